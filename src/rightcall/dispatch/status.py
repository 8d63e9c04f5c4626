"""States of units and of responses, and the moves that are allowed between them, each declared once.

The live service takes its choices and constraints from these tables, the simulation its codes, the documentation its
diagrams. A *unit* is a crew with its vehicle, or a clinician at the desk; a *response* is one call in one unit's hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rightcall.errors import RightcallError
from rightcall.locale import Message


class MoveError(RightcallError):
    """A move that is not allowed from a state."""


@dataclass(frozen=True)
class Move:
    """One allowed move: from one of some states, by an event, to a state."""

    event: str
    sources: tuple[str, ...]
    target: str
    doc: str


@dataclass(frozen=True)
class States:
    """The states of one kind of thing. `docs`: every state with its meaning, the first is where a thing begins.

    `free`: states in which a unit may be given a call. `final`: states that nothing leaves.
    """

    name: str
    docs: dict[str, str]
    moves: tuple[Move, ...]
    free: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for source, move in self.each_move():
            unknown = {source, move.target} - set(self.docs)
            if unknown:
                raise ValueError(f"{self.name}: {move.event} speaks of {unknown}, which is no state")

    @cached_property
    def by_event(self) -> dict[tuple[str, str], Move]:
        """(state, event) → the move."""
        return {(source, move.event): move for source, move in self.each_move()}

    @cached_property
    def codes(self) -> dict[str, int]:
        """Each state's number, for arrays."""
        return {state: number for number, state in enumerate(self.docs)}

    @cached_property
    def active(self) -> tuple[str, ...]:
        """The states that something can still follow, in the order of the table."""
        return tuple(state for state in self.docs if state not in self.final)

    @cached_property
    def final(self) -> frozenset[str]:
        """The states that nothing leaves."""
        return frozenset(self.docs) - {source for source, _ in self.each_move()}

    def each_move(self) -> Iterator[tuple[str, Move]]:
        """Every (state, move) that is allowed."""
        for move in self.moves:
            for source in move.sources:
                yield source, move

    def events(self, state: str) -> tuple[str, ...]:
        """The events that may happen to a thing in a state, in the order of the table."""
        return tuple(move.event for source, move in self.each_move() if source == state)


ON_A_CALL = ("assigned", "en route", "staged", "on scene", "transporting", "at destination")

UNITS = States(
    "unit",
    {
        "off duty": "between shifts",
        "available": "on duty and free, at its base or post",
        "assigned": "has a call, not rolling yet",
        "en route": "rolling to the call",
        "staged": "near the call, waiting until the scene is said to be safe",
        "on scene": "with the neighbor; for a desk, on the line",
        "transporting": "taking somebody to a place of care",
        "at destination": "handing over at a place of care",
        "finishing": "the call is over, the record is being written or the vehicle made ready",
        "returning": "free again, on the way to its base",
        "unavailable": "on duty and not free: meal, fuel, a broken vehicle",
    },
    (
        Move("begin shift", ("off duty",), "available", "the crew signs on"),
        Move("assign", ("available", "returning"), "assigned", "it is given a call"),
        Move("roll", ("assigned",), "en route", "wheels turn"),
        Move("stage", ("en route",), "staged", "it waits near the scene"),
        Move("arrive", ("assigned", "en route", "staged"), "on scene", "it is with the neighbor, or on the line"),
        Move("cancel", ("assigned", "en route", "staged"), "returning", "it is taken off before arrival"),
        Move("transport", ("on scene",), "transporting", "it leaves with somebody"),
        Move("reach", ("transporting",), "at destination", "it reaches the place of care"),
        Move("clear", ("on scene", "at destination"), "finishing", "the call is over"),
        Move("free", ("finishing",), "returning", "it can be given a call again"),
        Move("be back", ("returning",), "available", "it is at its base"),
        Move("withdraw", ("available", "returning", "finishing"), "unavailable", "it is taken out of service"),
        Move("be ready", ("unavailable",), "available", "it is in service again"),
        Move("end shift", ("available", "returning", "unavailable", "finishing"), "off duty", "the crew signs off; a call in progress is finished first"),
    ),
    free=frozenset({"available", "returning"}),
)  # fmt: skip

IN_PERSON = States(
    "response in person",
    {
        "assigned": "a unit was given the call",
        "en route": "the unit is rolling",
        "staged": "the unit waits near the scene",
        "on scene": "the unit is with the neighbor",
        "transporting": "somebody is taken to a place of care",
        "at destination": "handing over there",
        "cleared": "over",
        "canceled": "taken off before arrival, with a reason",
        "handed over": "given to police or ambulance, which stay with it",
    },
    (
        Move("roll", ("assigned",), "en route", "wheels turn"),
        Move("stage", ("en route",), "staged", "until the scene is said to be safe"),
        Move("arrive", ("assigned", "en route", "staged"), "on scene", "the unit is there"),
        Move("cancel", ("assigned", "en route", "staged"), "canceled", "before arrival, by the center, the caller or police"),
        Move("hand over", ("assigned", "en route", "staged", "on scene"), "handed over", "another service takes it"),
        Move("transport", ("on scene",), "transporting", "with the neighbor's consent"),
        Move("reach", ("transporting",), "at destination", "at the place of care"),
        Move("clear", ("on scene", "at destination"), "cleared", "over"),
    ),
)  # fmt: skip

BY_PHONE = States(
    "response by phone",
    {
        "assigned": "a clinician was given the call",
        "on the line": "speaking with the caller",
        "settled": "over, nobody needs to go",
        "turned into a visit": "a team is sent; that is a response of its own",
        "handed over": "given to police or ambulance",
        "hung up": "the caller was gone before it was settled",
    },
    (
        Move("answer", ("assigned",), "on the line", "the two speak"),
        Move("lose", ("assigned", "on the line"), "hung up", "the caller is gone"),
        Move("settle", ("on the line",), "settled", "by phone alone"),
        Move("send a visit", ("on the line",), "turned into a visit", "somebody should go"),
        Move("hand over", ("assigned", "on the line"), "handed over", "another service takes it"),
    ),
)  # fmt: skip

SUPPORT = States(
    "support",
    {
        "asked, routine": "another service was asked to come when it can",
        "asked, urgent": "another service was asked to come at once",
        "on the way": "a unit of that service was given the call",
        "there": "it arrived",
        "released": "it is no longer needed, or our team has left",
        "refused": "nobody could be sent",
    },
    (
        Move("upgrade", ("asked, routine", "on the way"), "asked, urgent", "it got worse"),
        Move("send", ("asked, routine", "asked, urgent"), "on the way", "a unit was given the call"),
        Move("refuse", ("asked, routine", "asked, urgent"), "refused", "nobody is free"),
        Move("arrive", ("on the way",), "there", "it is on scene"),
        Move("release", ("asked, routine", "asked, urgent", "on the way", "there"), "released", "it may go"),
    ),
)  # fmt: skip

CALLS = States(
    "call",
    {
        "open": "somebody owns it: the center, a unit of ours or another service",
        "closed": "over, with a disposition",
        "canceled": "called off before anybody arrived",
        "merged": "the same matter as another call, which goes on",
    },
    (
        Move("close", ("open",), "closed", "everybody is done, and it is said how it ended"),
        Move("cancel", ("open",), "canceled", "nobody is needed any more"),
        Move("merge", ("open", "closed", "canceled"), "merged", "it turns out to be the same matter as another call"),
        Move("reopen", ("closed", "canceled"), "open", "it was not over"),
        Move("split", ("merged",), "open", "it turns out to be a matter of its own after all"),
    ),
)  # fmt: skip

ALL = (CALLS, UNITS, IN_PERSON, BY_PHONE, SUPPORT)


def move(states: States, *, state: str, event: str) -> str:
    """The state after an event. Raises `MoveError`, which names what may happen instead."""
    found = states.by_event.get((state, event))
    if found is not None:
        return found.target
    may = states.events(state)
    raise MoveError(
        Message(
            "a {thing} that is “{state}” cannot “{event}”.",
            {"thing": Message(states.name), "state": Message(state), "event": Message(event)},
        ),
        mend=Message("From here it may: {list}.", {"list": [Message(each) for each in may]})
        if may
        else Message("Nothing follows that state."),
    )
