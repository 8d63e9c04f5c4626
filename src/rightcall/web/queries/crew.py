"""A crew's own page: its unit, the calls that it has, and those that it had this shift."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from rightcall.dispatch import status
from rightcall.web import access
from rightcall.web.access import By
from rightcall.web.models import Change, Decision, PersonMet, Response, StaffEvent, Support, Unit
from rightcall.web.models.responses import GOING
from rightcall.web.queries import board, programs, units
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries.board import Detail, UnitRow


@dataclass(frozen=True)
class Crew:
    """One crew as it is now. `detail`: its call in full; `earlier`: what it had this shift, the newest first.

    `stamp` changes when anything does that the crew should see.
    """

    row: UnitRow
    going: tuple[Response, ...]
    detail: Detail | None
    earlier: tuple[Response, ...]
    stamp: str


def crew(*, by: By, at: dt.datetime) -> Crew | None:
    """The page of one's own unit; None for who is on none. Raises `AccessError`."""
    by.must("see own unit")
    # Taken first: what changes while the rest is read is new to the page.
    seen = stamp(by=by, at=at)
    unit = Unit.objects.filter(pk=by.unit).first() if by.unit else None
    if unit is None:
        return None
    held = list(calls_of.own_responses(by, at=at).select_related("call").prefetch_related("people_met", "staff_events").order_by("-assigned_at"))  # fmt: skip
    going = tuple(each for each in held if not each.over)
    detail = board.detail(going[0].call_id, by=by, at=at) if going else None
    row = board.unit_row(unit, at=at, live=programs.in_force(at=at))
    return Crew(row, going, detail, tuple(each for each in held if each.over), seen)


def stamp(*, by: By, at: dt.datetime) -> str:
    """A word that changes when the unit, its calls, their decisions or what was asked for it change."""
    by.must("see own unit")
    own = by.unit or None
    unit = Unit.objects.filter(pk=own).values_list("state", "state_at", "team").first()
    turn = units.last_turn(own, at=at) if own else None
    calls = list(Response.objects.filter(GOING, unit_id=own).values_list("call_id", flat=True))
    parts = (
        unit, turn and (turn.crew, turn.started_at, turn.ended_at),
        list(Response.objects.filter(call__in=calls).order_by("pk").values_list("pk", "state", "officer_unit", "checked_in_at")),
        list(Decision.objects.filter(call__in=calls).order_by("pk").values_list("pk", "override")), Change.objects.filter(call__in=calls).count(),
        list(Support.objects.filter(response__call__in=calls).order_by("pk").values_list("pk", "kind", "arrived_at")),
        PersonMet.objects.filter(response__unit_id=own).count(), StaffEvent.objects.filter(response__unit_id=own).count(),
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def can_take(*, by: By) -> str:
    """The name of one's own unit if it could have a call that it enters itself: free, and moved by no CAD. Else nothing."""
    unit = Unit.objects.filter(pk=by.unit).first() if by.unit and access.may(by.roles, "see own unit") else None
    return unit.name if unit and not unit.in_cad and unit.state in status.UNITS.free else ""
