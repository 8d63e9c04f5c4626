"""Who goes on a decided call, by who is there now: the rule's answer, else the next of its `otherwise`.

An answer with a team of ours needs that team; one without can always be sent. Where nothing is left, the center's usual
response goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rightcall.program.document import Program, Rule
from rightcall.triage.decisions import Outcome

FREE, BUSY, SHORT, OFF_DUTY, ELSEWHERE = "free", "busy", "short", "off duty", "elsewhere"
# Why a call that is ours was not taken, by what its team was doing.
REASON = {BUSY: "all busy", OFF_DUTY: "outside hours", ELSEWHERE: "outside area", SHORT: "unit withdrawn"}

# Those that waiting for a unit to be free does not mend.
LASTING = tuple(REASON[state] for state in (OFF_DUTY, ELSEWHERE, SHORT))


@dataclass(frozen=True)
class Sending:
    """The services that go; `team`: ours among them, if any; `reason`: why the team of the rule does not go now.

    `holds`: that team is busy, and the call waits for it.
    """

    services: tuple[str, ...]
    team: str | None
    wanted: str | None
    reason: str
    holds: bool = False


def hold_minutes(program: Program, priority: int | None) -> float | None:
    """How long a call may wait for a busy team, from its first decision; None where the program does not say.

    A priority between two waits like the more urgent of them. One that nobody knows is not taken to be harmless: it waits
    like the most urgent that waits at all.
    """
    said = {int(key): value for key, value in program.dispatch.hold_at_most_minutes.items() if key.isdigit()}
    if not said:
        return None
    known = sorted(said)
    if priority is None or priority <= 0:
        return said[next((key for key in known if said[key] > 0), known[0])]
    return said[max((key for key in known if key <= priority), default=known[0])]


def who_goes(
    outcome: Outcome, *, program: Program, teams: Mapping[str, str], hold: float = 0.0, waited: float = 0.0
) -> Sending:
    """Who goes on a call, as in the simulation: a busy team is waited for `hold` minutes, then the next answer is tried.

    `teams`: each team of ours → FREE, BUSY, SHORT of its least crew, OFF_DUTY or ELSEWHERE; a team that is not there is off duty. `waited`: minutes
    since the call was decided first.
    """
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
        if hold > 0 and set(lacking) == {BUSY}:
            if waited < hold:
                return Sending(answer, mine[0], outcome.team, reason, holds=True)
            waited -= hold
    return Sending((program.undecided.send,), None, outcome.team, reason)


def sender(outcome: Outcome, program: Program) -> Rule | None:
    """The possible rule whose answer is proposed; None where no rule sends it."""
    by_id = {rule.id: rule for rule in program.rule}
    sends = (by_id[name] for name in outcome.rules if name in by_id and by_id[name].send == outcome.send)
    return next(sends, by_id.get(outcome.rule))
