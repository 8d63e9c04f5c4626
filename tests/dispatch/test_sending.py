"""Who goes on a decided call, by what the teams are doing and how long it has waited."""

from __future__ import annotations

import pytest

from rightcall.dispatch import sending
from rightcall.dispatch.sending import BUSY, ELSEWHERE, FREE, OFF_DUTY
from rightcall.program import file, starter
from rightcall.program.document import Program
from rightcall.triage.decisions import Outcome

SAMPLE = file.parse(starter.sample_text(), where="the sample")
PHONE = next(rule for rule in SAMPLE.rule if len(rule.otherwise) >= 2)
TEAMS = [answer[0] for answer in (PHONE.send, *PHONE.otherwise) if answer[0] in SAMPLE.team_ids]


def ours(program: Program = SAMPLE) -> Outcome:
    return Outcome("ours", (PHONE.send,), (PHONE.id,), PHONE.send[0], PHONE.send, ())


@pytest.mark.parametrize(
    ("doing", "waited", "services", "reason", "holds"),
    [
        ({0: FREE}, 0, 0, "", False),
        ({0: BUSY, 1: FREE}, 0, 0, "all busy", True),
        ({0: BUSY, 1: FREE}, 9.9, 0, "all busy", True),
        ({0: BUSY, 1: FREE}, 10, 1, "all busy", False),
        ({0: OFF_DUTY, 1: FREE}, 0, 1, "outside hours", False),
        ({0: ELSEWHERE, 1: BUSY}, 0, 1, "outside area", True),
        ({0: BUSY, 1: BUSY}, 12, 1, "all busy", True),
        ({0: BUSY, 1: BUSY}, 20, None, "all busy", False),
        ({}, 0, None, "outside hours", False),
    ],
)
def test_a_busy_team_is_waited_for_then_the_next_answer_is_tried(
    doing: dict[int, str], waited: float, services: int | None, reason: str, holds: bool
) -> None:
    teams = {TEAMS[place]: now for place, now in doing.items()}
    found = sending.who_goes(ours(), program=SAMPLE, teams=teams, hold=10, waited=waited)
    assert (found.reason, found.holds) == (reason, holds)
    if services is None:
        assert found.team not in SAMPLE.team_ids
    else:
        assert found.team == TEAMS[services]


def test_without_a_limit_nobody_is_waited_for() -> None:
    found = sending.who_goes(ours(), program=SAMPLE, teams={TEAMS[0]: BUSY, TEAMS[1]: FREE})
    assert (found.team, found.holds) == (TEAMS[1], False)


@pytest.mark.parametrize(
    ("limits", "priority", "minutes"),
    [
        ({}, 3, None),
        ({"1": 0, "2": 10, "4": 45}, 1, 0),
        ({"1": 0, "2": 10, "4": 45}, 3, 10),
        ({"1": 0, "2": 10, "4": 45}, 9, 45),
        ({"1": 0, "2": 10, "4": 45}, None, 10),
        ({"2": 10}, 1, 10),
    ],
)
def test_a_limit_by_priority_is_never_longer_than_of_the_more_urgent(
    limits: dict[str, float], priority: int | None, minutes: float | None
) -> None:
    limited = SAMPLE.model_copy(update={"dispatch": SAMPLE.dispatch.model_copy(update={"hold_at_most_minutes": limits})})  # fmt: skip
    assert sending.hold_minutes(limited, priority) == minutes
