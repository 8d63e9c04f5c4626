"""What CAD says of units. CAD is the system of record: where it and we differ, CAD wins, and the difference is listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from rightcall.calls.feed import CallMessage, UnitNow
from rightcall.dispatch import outcomes, status
from rightcall.errors import RightcallError
from rightcall.locale import Message
from rightcall.web.access import By, Missing
from rightcall.web.actions import dispatch, trail
from rightcall.web.models import Call, Disagreement, Response, Support, Unit, UnitTime
from rightcall.web.models.responses import GOING
from rightcall.web.queries import programs
from rightcall.web.queries import units as units_of

# What is kept of a unit of any service.
KEPT = ("assigned_at", "en_route_at", "arrived_at", "cleared_at", "canceled_at")
# What CAD tells of a unit of ours, in the order in which it happens.
EVENTS = (
    ("en_route_at", "roll"), ("staged_at", "stage"), ("arrived_at", "arrive"), ("transport_at", "transport"), ("destination_at", "reach"),
    ("canceled_at", "cancel"), ("cleared_at", "clear"),
)  # fmt: skip
STAMPS = ("assigned_at", *(name for name, _ in EVENTS))


def news(call: Call, message: CallMessage) -> list[UnitNow]:
    """What a message says of the units on a call that nobody said later; it is noted on the call that this message did."""
    found = []
    at = message.stamp
    for told in sorted(message.units, key=lambda each: (each.service, each.unit)):
        key = f"units.{told.service}.{told.unit}"
        stamps = [name for name in STAMPS if getattr(told, name) is not None]
        late = {name: None for name in stamps if call.said.get(f"{key}.{name}", "") > at}
        call.said.update({f"{key}.{name}": at for name in stamps if name not in late})
        if len(late) < len(stamps):
            found.append(told.model_copy(update=late))
    return found


def units(call: Call, told: Iterable[UnitNow], *, by: By, at: dt.datetime) -> None:
    """Take over what CAD says of the units on a call."""
    for each in told:
        stamps = {name: getattr(each, name) for name in KEPT if getattr(each, name) is not None}
        noted = UnitTime(call=call, service=each.service, unit=each.unit, **stamps)
        UnitTime.objects.bulk_create([noted], update_conflicts=True, unique_fields=["call", "service", "unit"], update_fields=list(stamps) or ["unit"])  # fmt: skip
        if each.service == "police":
            _police(call, each)
        if each.service != "ours":
            continue
        try:
            with transaction.atomic():
                _ours(call, each, by=by, at=at)
        except (RightcallError, IntegrityError, DataError) as error:
            # What is said of a unit never holds up what is said of the call; the stamps stay in the message.
            differ(call=call, unit=Unit.objects.filter(name=each.unit).first(), field="times", ours="as they were", theirs=type(error).__name__, at=at)  # fmt: skip


def _police(call: Call, told: UnitNow) -> None:
    """Police that were given the call before a crew of ours arrived came along; when they came is noted."""
    for response in Response.objects.filter(call=call).exclude(mode="phone"):
        asked = Support.objects.filter(response=response, service="police").exclude(kind="asked us").first()
        over = response.cleared_at or response.canceled_at
        along = told.assigned_at is not None and (over is None or told.assigned_at < over)
        if asked is None and along and (response.arrived_at is None or told.assigned_at < response.arrived_at):
            asked = Support.objects.create(
                response=response, service="police", kind="sent along", asked_at=told.assigned_at
            )
        if asked is not None and asked.arrived_at is None and told.arrived_at is not None:
            asked.arrived_at = told.arrived_at
            asked.save()


def _ours(call: Call, told: UnitNow, *, by: By, at: dt.datetime) -> None:
    unit = Unit.objects.select_for_update().filter(name=told.unit).first()
    if unit is None:
        differ(call=call, unit=None, field="unit", ours="no such unit", theirs=told.unit, at=at)
        return
    first = min(
        (moment for name in STAMPS if (moment := getattr(told, name)) is not None),
        default=None,
    )
    if first is None:
        return
    held = Response.objects.select_for_update(of=("self",)).filter(call=call, unit=unit)
    response = held.order_by("assigned_at").last()
    if response is None and first < unit.state_at and (told.cleared_at or told.canceled_at):
        _past(call, unit, told, first)
        return
    if response is None or (response.over and first > (response.cleared_at or response.canceled_at)):
        _free(unit, call=call, since=first, by=by, at=at)
        response = dispatch.give(call, unit, at=first, known_at=at, by=by)
    elif told.assigned_at is not None and response.assigned_at != told.assigned_at:
        differ(call=call, unit=unit, field="assigned_at", ours=response.assigned_at.isoformat(), theirs=told.assigned_at.isoformat(), at=at)  # fmt: skip
        response.assigned_at = told.assigned_at
        response.save()
    events = sorted(
        (
            (moment, order, name, event)
            for order, (name, event) in enumerate(EVENTS)
            if (moment := getattr(told, name)) is not None
        )
    )
    for moment, _, name, event in events:
        known = getattr(response, name)
        if known is None:
            _follow(response, event, told, moment, by=by, at=at)
        elif known != moment:
            differ(call=call, unit=unit, field=name, ours=known.isoformat(), theirs=moment.isoformat(), at=at)
            setattr(response, name, moment)
            response.save()


def _past(call: Call, unit: Unit, told: UnitNow, first: dt.datetime) -> None:
    """A visit that was over before what is known of the unit now: it is noted whole, and the present stays as it is."""
    live = programs.in_force(at=first) if programs.any_in_force(at=first) else None
    team = next((team for team in live.program.team if team.id == unit.team), None) if live else None
    outcome = outcomes.stated(told.outcome)
    over = {"state": "cleared", "cleared_at": told.cleared_at, "outcome": outcome} if told.cleared_at else {"state": "canceled", "canceled_at": told.canceled_at, "cancel_reason": "CAD took it off"}  # fmt: skip
    Response.objects.create(
        call=call, unit=unit, team=unit.team, crew=units_of.aboard(unit, at=first), mode=team.kind if team else "in person", requested_by=call.requested_by,
        assigned_at=first, en_route_at=told.en_route_at, staged_at=told.staged_at, arrived_at=told.arrived_at, transport_at=told.transport_at,
        destination_at=told.destination_at, available_at=told.cleared_at, **over,
    )  # fmt: skip


def _follow(response: Response, event: str, told: UnitNow, moment: dt.datetime, *, by: By, at: dt.datetime) -> None:
    """Move as CAD says. What our table of moves does not allow is listed, and its time is kept."""
    phone = response.mode == "phone"
    event = {"arrive": "answer", "clear": "settle", "cancel": "lose"}.get(event, event) if phone else event
    if phone and event in ("roll", "stage", "transport", "reach"):
        return
    outcome = outcomes.stated(told.outcome)
    reason = "CAD took it off" if event == "cancel" else ""
    moment = max(moment, response.assigned_at)
    ends = dispatch.STAMP[event] in ("cleared_at", "canceled_at")
    try:
        # CAD's end of a visit holds, even where something later is known of it: then it ends there.
        dispatch.apply(response, event=event, at=max(moment, dispatch.latest_of(response)) if ends else moment, known_at=at, by=by, outcome=outcome, cancel_reason=reason)  # fmt: skip
        if ends and response.unit.in_cad:
            _ready(response, at=moment, known_at=at)
    except status.MoveError:
        differ(call=response.call, unit=response.unit, field="state", ours=response.state, theirs=event, at=at)
        if not response.over and dispatch.STAMP[event] not in ("cleared_at", "canceled_at"):
            setattr(response, dispatch.STAMP[event], moment)
            response.save()


def _ready(response: Response, *, at: dt.datetime, known_at: dt.datetime) -> None:
    """A unit that CAD cleared is free: no later stamp of CAD says so."""
    unit = Unit.objects.select_for_update().get(pk=response.unit_id)
    if unit.state in ("finishing", "returning"):
        unit.state, unit.state_at, unit.known_at, unit.idle_since = "available", max(at, unit.state_at), known_at, at
        unit.save()
    Response.objects.filter(pk=response.pk, available_at__isnull=True, cleared_at__isnull=False).update(available_at=at)
    trail.tell("unit", unit.pk, at=known_at)


def _free(unit: Unit, *, call: Call, since: dt.datetime, by: By, at: dt.datetime) -> None:
    """CAD gave a unit a call while we thought it busy or off duty: what we thought is ended, and listed."""
    for held in Response.objects.select_for_update(of=("self",)).filter(GOING, unit=unit):
        differ(call=held.call, unit=unit, field="state", ours=held.state, theirs=f"given {call.number}", at=at)
        there = held.state in ("on scene", "transporting", "at destination", "on the line")
        event = ("settle" if there else "lose") if held.mode == "phone" else ("clear" if there else "cancel")
        if event == "clear" and held.state == "transporting":
            dispatch.apply(held, event="reach", at=max(since, dispatch.latest_of(held)), known_at=at, by=by)
        dispatch.apply(
            held,
            event=event,
            at=max(since, dispatch.latest_of(held)),
            known_at=at,
            by=by,
            outcome=outcomes.NOT_STATED,
            cancel_reason="CAD took it off",
        )
    unit.refresh_from_db()
    if unit.state not in status.UNITS.free:
        # A unit that CAD moves is on duty when CAD says so; that nobody signed it on here is no difference.
        if unit.state not in ("finishing", "off duty"):
            differ(call=call, unit=unit, field="state", ours=unit.state, theirs=f"given {call.number}", at=at)
        unit.state = "available"
        unit.save()


def differ(*, call: Call | None, unit: Unit | None, field: str, ours: str, theirs: str, at: dt.datetime) -> None:
    """List a difference, once until somebody looks at it; CAD's side is what holds."""
    told = {"call": call, "unit": unit, "field": field, "ours": ours[:200], "theirs": theirs[:200], "seen_at": None}
    _, made = Disagreement.objects.get_or_create(**told, defaults={"at": at})
    if not made:
        return
    if call is not None:
        trail.tell("call", call.id, at=at)


@transaction.atomic
def seen(idents: Iterable[str], *, by: By, at: dt.datetime) -> int:
    """Somebody looked at differences with CAD: they are kept, and listed no more. How many there were."""
    by.must("manage sources")
    known = [ident for ident in idents if len(ident) == 36]
    try:
        done = Disagreement.objects.filter(pk__in=known, seen_at__isnull=True).update(seen_at=at, seen_by=by.name)
    except ValidationError:
        raise Missing(Message("there is no such difference."), mend=Message("Load the page anew.")) from None
    trail.record("differences seen", by=by, at=at, about="sources", n=done)
    return done
