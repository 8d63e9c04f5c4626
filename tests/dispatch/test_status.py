"""States: what may happen to a unit and to a response, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.dispatch import status
from rightcall.dispatch.status import BY_PHONE, CALLS, IN_PERSON, SUPPORT, UNITS, Move, States


def walk(states: States, *events: str) -> str:
    state = next(iter(states.docs))
    for event in events:
        state = status.move(states, state=state, event=event)
    return state


def test_rosas_crew_goes_through_a_whole_call() -> None:
    events = ["begin shift", "assign", "roll", "stage", "arrive", "transport", "reach", "clear", "free", "be back"]
    assert walk(UNITS, *events) == "available"
    assert walk(UNITS, *events, "end shift") == "off duty"


def test_a_crew_on_the_way_back_can_be_given_a_call() -> None:
    assert walk(UNITS, "begin shift", "assign", "arrive", "clear", "free", "assign") == "assigned"


def test_a_crew_on_scene_cannot_sign_off() -> None:
    with pytest.raises(status.MoveError, match=r"a unit that is “on scene” cannot “end shift”.*transport, clear"):
        status.move(UNITS, state="on scene", event="end shift")


def test_what_is_over_stays_over() -> None:
    with pytest.raises(status.MoveError, match="Nothing follows"):
        status.move(IN_PERSON, state="cleared", event="roll")


def test_cleos_call_may_turn_into_a_visit() -> None:
    assert walk(BY_PHONE, "answer", "send a visit") == "turned into a visit"


def test_help_that_was_asked_for_can_be_made_urgent_even_on_its_way() -> None:
    assert walk(SUPPORT, "send", "upgrade") == "asked, urgent"


def test_only_a_free_unit_can_be_given_a_call() -> None:
    assert {state for state, event in UNITS.by_event if event == "assign"} == UNITS.free


@pytest.mark.parametrize("states", status.ALL, ids=lambda states: states.name)
def test_every_state_can_be_reached_and_left_for_an_end(states: States) -> None:
    # A unit and a call have no state that nothing leaves: a call that is over may be reopened or split again.
    rest = {UNITS.name: UNITS.free | {"off duty"}, CALLS.name: {"closed", "canceled", "merged"}}
    reached, ends = {next(iter(states.docs))}, set(states.final or rest[states.name])
    if states is SUPPORT:
        reached.add("asked, urgent")
    for _ in states.docs:
        reached |= {move.target for source, move in states.each_move() if source in reached}
        ends |= {source for source, move in states.each_move() if move.target in ends}
    assert reached == ends == set(states.docs)


@pytest.mark.parametrize("states", status.ALL, ids=lambda states: states.name)
def test_an_event_leads_from_a_state_to_one_state_only(states: States) -> None:
    pairs = [(source, move.event) for source, move in states.each_move()]
    assert len(pairs) == len(set(pairs))


def test_a_table_that_speaks_of_no_state_is_refused() -> None:
    with pytest.raises(ValueError, match="no state"):
        States("thing", {"here": ""}, (Move("go", ("here",), "there", ""),))


@given(st.lists(st.sampled_from(sorted({move.event for move in UNITS.moves})), max_size=30))
def test_a_unit_is_on_a_call_only_between_assigning_and_its_end(events: list[str]) -> None:
    state, open_call = "off duty", False
    for event in events:
        try:
            state = status.move(UNITS, state=state, event=event)
        except status.MoveError:
            continue
        open_call = event == "assign" or (open_call and event not in ("cancel", "clear"))
        assert (state in status.ON_A_CALL) == open_call
