"""Who goes on a decided call, by who is there now: the rule's answer, else the next of its `otherwise`.

An answer with a team of ours needs that team; one without can always be sent. Where nothing is left, the center's usual
response goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rightcall.program.document import Program, Rule
from rightcall.triage.decisions import Outcome

FREE, BUSY, OFF_DUTY, ELSEWHERE = "free", "busy", "off duty", "elsewhere"
# Why a call that is ours was not taken, by what its team was doing.
REASON = {BUSY: "all busy", OFF_DUTY: "outside hours", ELSEWHERE: "outside area"}


@dataclass(frozen=True)
class Sending:
    """The services that go now; `team`: ours among them, if any; `reason`: why the team of the rule does not."""

    services: tuple[str, ...]
    team: str | None
    wanted: str | None
    reason: str


def who_goes(outcome: Outcome, *, program: Program, teams: Mapping[str, str]) -> Sending:
    """Who goes on a call. `teams`: each team of ours → FREE, BUSY, OFF_DUTY or ELSEWHERE; a team that is not there is off duty."""
    if outcome.outcome != "ours":
        return Sending(outcome.send, None, None, "")
    rule = sender(outcome, program)
    answers = (outcome.send, *(rule.otherwise if rule else ()))
    reason = ""
    for answer in answers:
        mine = [service for service in answer if service in program.team_ids]
        lacking = [teams.get(team, OFF_DUTY) for team in mine if teams.get(team, OFF_DUTY) != FREE]
        if not lacking:
            return Sending(answer, mine[0] if mine else None, outcome.team, reason)
        reason = reason or REASON[lacking[0]]
    return Sending((program.undecided.send,), None, outcome.team, reason)


def sender(outcome: Outcome, program: Program) -> Rule | None:
    """The possible rule whose answer is proposed; None where no rule sends it."""
    by_id = {rule.id: rule for rule in program.rule}
    sends = (by_id[name] for name in outcome.rules if name in by_id and by_id[name].send == outcome.send)
    return next(sends, by_id.get(outcome.rule))
