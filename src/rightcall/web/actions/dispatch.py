"""Units and their responses: given a call, moved, taken off, over. Moves only by the tables of dispatch/status.py."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from rightcall.calls.feed import MOST_AHEAD
from rightcall.dispatch import outcomes, status
from rightcall.locale import N_, Message
from rightcall.web import access
from rightcall.web.access import AccessError, By, Conflict, Missing
from rightcall.web.actions import outgoing, trail
from rightcall.web.models import Call, Decision, Response, StatusEvent, Support, Unit, Unserved
from rightcall.web.models.calls import CENTER
from rightcall.web.models.responses import GOING
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs
from rightcall.web.queries import units as units_of

# What happens to the unit when something happens to its response.
UNIT_EVENT = {
    "roll": "roll", "stage": "stage", "arrive": "arrive", "answer": "arrive", "cancel": "cancel", "transport": "transport", "reach": "reach",
    "clear": "clear", "settle": "clear", "send a visit": "clear",
}  # fmt: skip
STAMP = {
    "roll": "en_route_at", "stage": "staged_at", "arrive": "arrived_at", "answer": "arrived_at", "transport": "transport_at", "reach": "destination_at",
    "cancel": "canceled_at", "clear": "cleared_at", "settle": "cleared_at", "send a visit": "cleared_at", "hand over": "cleared_at", "lose": "cleared_at",
}  # fmt: skip
# What an event says of the outcome by itself.
IMPLIED = {
    "settle": "settled by phone",
    "send a visit": "turned into a visit",
    "lose": "caller gone",
    "hand over": "handed to police",
}


def table_of(response: Response) -> status.States:
    """The states of a response: by phone or in person."""
    return status.BY_PHONE if response.mode == "phone" else status.IN_PERSON


@transaction.atomic
def assign(
    call: uuid.UUID | str, *, unit: uuid.UUID | str, by: By, at: dt.datetime, officer_unit: str = "", instead_of: uuid.UUID | str | None = None,
) -> Response:  # fmt: skip
    """Give a call to a unit that no CAD moves, beside those that have it, or instead of one: then that response is canceled.

    Raises `Conflict` where the unit or the call is not free for that any more, `MoveError` where the other is there already.
    Either all of it is done, or nothing.
    """
    by.must("assign")
    seen = calls_of.for_person(call, by=by)
    held = Call.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if held.state != "open":
        raise Conflict(
            Message("the call is {state} by now.", {"state": Message(held.state)}),
            mend=Message("Reopen it first, if it was not over."),
        )
    if instead_of is not None:
        _take_off(instead_of, held, other=unit, by=by, at=at)
    chosen = _free(unit)
    if Response.objects.filter(GOING, call=held, unit=chosen).exists():
        raise Conflict(
            Message("{unit} has this call already.", {"unit": chosen.name}), mend=Message("Nothing needs to be done.")
        )
    made = give(held, chosen, at=at, known_at=at, by=by, officer_unit=officer_unit)
    trail.record("unit assign", by=by, at=at, about=f"call {held.id}", unit=chosen.name, response=str(made.id))
    return made


@transaction.atomic
def take(call: Call, *, by: By, at: dt.datetime) -> Response:
    """A crew that met somebody by itself has the call that it entered, and is there. Raises `Conflict` where its unit is not free for that."""
    by.must("enter a call")
    made = give(call, _free(by.unit or uuid.UUID(int=0)), at=at, known_at=at, by=by)
    apply(made, event="answer" if made.mode == "phone" else "arrive", at=at, known_at=at, by=by)
    trail.record("unit take", by=by, at=at, about=f"call {call.id}", unit=made.unit.name, response=str(made.id))
    return made


def _take_off(ident: uuid.UUID | str, call: Call, *, other: uuid.UUID | str, by: By, at: dt.datetime) -> None:
    """Take a unit off a call, so that another has it."""
    going = Response.objects.filter(GOING, pk=ident, call=call).first()
    if going is None:
        raise Conflict(
            Message("that unit does not have this call any more."), mend=Message("Look at what is known by now.")
        )
    # Both units in one order: two desks that exchange units never wait for each other.
    list(Unit.objects.select_for_update().filter(pk__in=[going.unit_id, other]).order_by("pk"))
    move(going.pk, event="cancel", cancel_reason=outcomes.REASSIGNED, by=by, at=at)


def _free(ident: uuid.UUID | str) -> Unit:
    chosen = Unit.objects.select_for_update().filter(pk=ident).first()
    if chosen is None:
        raise Missing(Message("there is no such unit."), mend=Message("Choose one from the list."))
    if chosen.in_cad:
        raise Conflict(
            Message("{unit} is moved by the center's CAD.", {"unit": chosen.name}),
            mend=Message("Assign it there; it appears here by itself."),
        )
    if chosen.state not in status.UNITS.free:
        raise Conflict(
            Message("{unit} is “{state}” by now.", {"unit": chosen.name, "state": Message(chosen.state)}),
            mend=Message("Choose a unit that is free."),
        )
    return chosen


def give(call: Call, unit: Unit, *, at: dt.datetime, known_at: dt.datetime, by: By, officer_unit: str = "") -> Response:
    """Make the response of a unit that was given a call. Raises `Conflict` where it has another at that time."""
    live = programs.in_force(at=known_at)
    team = next((team for team in live.program.team if team.id == unit.team), None)
    mode = team.kind if team else "in person"
    last = Decision.objects.filter(call=call).order_by("sequence").last()
    try:
        with transaction.atomic():
            made = Response.objects.create(
                call=call, unit=unit, team=unit.team, crew=units_of.aboard(unit, at=at), mode=mode, state="assigned", requested_by=call.requested_by,
                officer_unit=officer_unit, assigned_at=at, checked_in_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            Message("{unit} has another call at that time.", {"unit": unit.name}), mend=Message("Clear that one first.")
        ) from error
    if call.requested_by == "police":
        Support.objects.get_or_create(response=made, service="police", kind="asked us", defaults={"asked_at": at})
    if mode == "with police" or (last is not None and "police" in last.send and last.outcome != "ours"):
        Support.objects.get_or_create(response=made, service="police", kind="sent along", defaults={"asked_at": at})
    _moved(unit, "assign", response=made, at=at, known_at=known_at, by=by)
    outgoing.tell(made, unit, at=at)
    call.owner = unit.name
    call.save(update_fields=["owner"])
    Unserved.objects.filter(call=call).delete()
    trail.tell("call", call.id, at=known_at)
    return made


@transaction.atomic
def move(
    ident: uuid.UUID | str, *, event: str, by: By, at: dt.datetime, happened_at: dt.datetime | None = None, outcome: str = "", cancel_reason: str = "",
    event_id: uuid.UUID | None = None,
) -> Response:  # fmt: skip
    """Something happened to a response. `event_id`: made by the caller, so that a second sending has no effect.

    `happened_at` may be earlier than now, as from a phone without a signal. An event that is older than what is known
    already only fills in its time; the present stays as it is.
    """
    found = Response.objects.select_related("unit", "call").filter(pk=ident).first()
    if found is None:
        raise Missing(Message("there is no such response for you."), mend=Message("Look at the board."))
    own = by.unit == str(found.unit_id)
    calls_of.for_person(found.call_id, by=by, at=at)
    by.must("move own unit" if own else "move a unit")
    # Always the call first, then the unit, then the response: two deeds never wait for each other.
    Call.objects.select_for_update(of=("self",)).get(pk=found.call_id)
    unit = Unit.objects.select_for_update().get(pk=found.unit_id)
    response = Response.objects.select_for_update(of=("self",)).get(pk=ident)
    if unit.in_cad:
        raise Conflict(
            Message("{unit} is moved by the center's CAD.", {"unit": unit.name}),
            mend=Message("Say it on the radio; it appears here by itself."),
        )
    if event_id is not None and StatusEvent.objects.filter(pk=event_id).exists():
        return response
    then = happened_at or at
    if then > at + MOST_AHEAD:
        raise Conflict(Message("that has not happened yet."), mend=Message("Check the clock of the phone."))
    fits = outcomes.ENDINGS.get(event, ())
    if outcome and fits and outcome not in fits:
        raise Missing(
            Message("“{outcome}” is not how that ends.", {"outcome": Message(outcome)}),
            mend=Message("Choose one of: {list}.", {"list": [Message(each) for each in fits]}),
        )
    apply(
        response,
        event=event,
        at=then,
        known_at=at,
        by=by,
        outcome=outcome,
        cancel_reason=cancel_reason,
        event_id=event_id,
    )
    trail.record(f"response {event}", by=by, at=at, about=f"response {response.id}", unit=unit.name)
    return response


def apply(
    response: Response, *, event: str, at: dt.datetime, known_at: dt.datetime, by: By, outcome: str = "", cancel_reason: str = "", event_id: uuid.UUID | None = None,
) -> bool:  # fmt: skip
    """Move a response and its unit by an event. Says whether it moved the present; raises `MoveError` where it may not."""
    latest = latest_of(response)
    if at < latest:
        return _fill_in(response, event, at=at, known_at=known_at, by=by, event_id=event_id)
    target = status.move(table_of(response), state=response.state, event=event)
    before = response.state
    response.state = target
    setattr(response, STAMP[event], at)
    if event == "cancel":
        response.cancel_reason = cancel_reason or outcomes.CANCEL_REASONS[0]
        access.listed(response.cancel_reason, outcomes.CANCEL_REASONS, what=N_("reasons"))
    elif target in table_of(response).final:
        response.outcome = outcome or IMPLIED.get(event, "")
        if not response.outcome:
            raise Conflict(
                Message("it is not said how it ended."),
                mend=Message("Choose one of: {list}.", {"list": [Message(each) for each in outcomes.OUTCOMES]}),
            )
        outcomes.disposition(response.outcome)
    response.checked_in_at = max(at, response.checked_in_at or at)
    response.save()
    unit = Unit.objects.select_for_update().get(pk=response.unit_id)
    unit_event = UNIT_EVENT.get(event) or (
        "clear" if before in ("on scene", "on the line", "transporting", "at destination") else "cancel"
    )
    _moved(unit, unit_event, response=response, at=at, known_at=known_at, by=by, event_id=event_id, told=event)
    if event == "arrive" and response.call.lat is not None:
        unit.lat, unit.lon, unit.placed_at = response.call.lat, response.call.lon, at
        unit.save(update_fields=["lat", "lon", "placed_at"])
    outgoing.tell(response, unit, at=at)
    if target in table_of(response).final:
        _owner_after(response)
    trail.tell("call", response.call_id, at=known_at)
    return True


def latest_of(response: Response) -> dt.datetime:
    """The time of the newest event of a response that is known."""
    return max(
        at for name in ("assigned_at", *sorted(set(STAMP.values()))) if (at := getattr(response, name)) is not None
    )


def _fill_in(
    response: Response, event: str, *, at: dt.datetime, known_at: dt.datetime, by: By, event_id: uuid.UUID | None
) -> bool:
    """A late event: its time is kept where none is and it fits between the others; the present stays as it is."""
    if event not in STAMP or event in ("cancel", "clear", "settle", "send a visit", "hand over", "lose"):
        raise Conflict(
            Message(
                "“{event}” at {time} is older than something that no longer holds.",
                {"event": Message(event), "time": at.isoformat(timespec="seconds")},
            ),
            mend=Message("Look at what is known by now."),
        )
    if getattr(response, STAMP[event]) is None and at >= response.assigned_at:
        setattr(response, STAMP[event], at)
        response.save()
    StatusEvent.objects.create(
        **({"id": event_id} if event_id else {}), unit_id=response.unit_id, response=response, event=event, state=response.state, happened_at=at,
        known_at=known_at, by=by.name, applied=False,
    )  # fmt: skip
    trail.tell("call", response.call_id, at=known_at)
    return False


def _moved(
    unit: Unit, event: str, *, response: Response | None, at: dt.datetime, known_at: dt.datetime, by: By, event_id: uuid.UUID | None = None, told: str = "",
) -> None:  # fmt: skip
    unit.state = status.move(status.UNITS, state=unit.state, event=event)
    unit.state_at, unit.known_at = at, known_at
    if unit.state in status.UNITS.free:
        unit.idle_since = at
    unit.save()
    StatusEvent.objects.create(
        **({"id": event_id} if event_id else {}), unit=unit, response=response, event=told or event, state=unit.state, happened_at=at,
        known_at=known_at, by=by.name,
    )  # fmt: skip
    trail.tell("unit", unit.id, at=known_at)


def _owner_after(response: Response) -> None:
    """Who has the call once a unit is done with it: another unit of ours, whoever took it, else the center again."""
    call = Call.objects.select_for_update(of=("self",)).get(pk=response.call_id)
    other = Response.objects.filter(GOING, call=call).select_related("unit").first()
    handed = {"handed to EMS": "ems", "handed to police": "police"}.get(response.outcome)
    call.owner = other.unit.name if other else handed or CENTER
    call.save(update_fields=["owner"])


@transaction.atomic
def move_unit(
    ident: uuid.UUID | str,
    *,
    event: str,
    by: By,
    at: dt.datetime,
    happened_at: dt.datetime | None = None,
    event_id: uuid.UUID | None = None,
) -> Unit:
    """Something happened to a unit that has no call: signed on, free, withdrawn, ready, signed off."""
    unit = Unit.objects.select_for_update().filter(pk=ident).first()
    if unit is None:
        raise Missing(Message("there is no such unit."), mend=Message("Choose one from the list."))
    by.must("move own unit" if by.unit == str(unit.id) else "move a unit")
    if by.unit and by.unit != str(unit.id) and by.roles == ("responder",):
        raise AccessError(Message("this is another crew's unit."), mend=Message("Ask the desk."))
    if unit.in_cad:
        raise Conflict(
            Message("{unit} is moved by the center's CAD.", {"unit": unit.name}),
            mend=Message("Say it on the radio; it appears here by itself."),
        )
    if event_id is not None and StatusEvent.objects.filter(pk=event_id).exists():
        return unit
    then = happened_at or at
    if then > at + MOST_AHEAD:
        raise Conflict(Message("that has not happened yet."), mend=Message("Check the clock of the phone."))
    if event in UNIT_EVENT.values() or event == "assign":
        raise Conflict(
            Message(
                "“{event}” happens to a call of {unit}, not to the unit alone.",
                {"event": Message(event), "unit": unit.name},
            ),
            mend=Message("Move the response."),
        )
    if then < unit.state_at:
        StatusEvent.objects.create(**({"id": event_id} if event_id else {}), unit=unit, event=event, state=unit.state, happened_at=then, known_at=at, by=by.name, applied=False)  # fmt: skip
        return unit
    _moved(unit, event, response=None, at=then, known_at=at, by=by, event_id=event_id)
    if event == "free":
        Response.objects.filter(unit=unit, available_at__isnull=True, cleared_at__isnull=False).update(
            available_at=then
        )
    trail.record(f"unit {event}", by=by, at=at, about=f"unit {unit.id}", unit=unit.name)
    return unit


@transaction.atomic
def check_in(ident: uuid.UUID | str, *, by: By, at: dt.datetime) -> Response:
    """The crew of a response was heard: its check-in clock begins anew."""
    found = Response.objects.select_for_update(of=("self",)).filter(pk=ident).first()
    if found is None:
        raise Missing(Message("there is no such response for you."), mend=Message("Look at the board."))
    calls_of.for_person(found.call_id, by=by, at=at)
    by.must("move own unit" if by.unit == str(found.unit_id) else "move a unit")
    found.checked_in_at, found.acknowledged_at = at, found.acknowledged_at or at
    found.save(update_fields=["checked_in_at", "acknowledged_at"])
    trail.record("response check in", by=by, at=at, about=f"response {found.id}")
    trail.tell("call", found.call_id, at=at)
    return found
