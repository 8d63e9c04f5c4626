"""What a crew writes down: whom it met, what it found, how it fared, and that it needs others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from rightcall.calls.columns import AGE_BANDS
from rightcall.dispatch import backup, outcomes
from rightcall.locale import N_, Message
from rightcall.web import access
from rightcall.web.access import By, Missing
from rightcall.web.actions import trail
from rightcall.web.fields import new_id
from rightcall.web.models import PersonMet, Response, StaffEvent, Support
from rightcall.web.queries import calls as calls_of

SERVICES = (N_("police"), N_("ems"), N_("fire"))


@dataclass(frozen=True)
class Met:
    """What is said of a neighbor whom a crew met; what is not said is empty, or None."""

    contact: str
    age_band: str = ""
    outcome: str = ""
    destination: str = ""
    voluntary: bool | None = None
    arrest: bool | None = None
    force: bool | None = None
    supplies: tuple[str, ...] = ()
    follow_up_asked: bool | None = None
    follow_up_wanted: bool | None = None
    felt_helped: bool | None = None
    complained: bool | None = None
    harm: str = ""


def _own(ident: uuid.UUID | str, by: By, at: dt.datetime, *, permission: str = "write down a visit") -> Response:
    found = Response.objects.select_for_update(of=("self",)).filter(pk=ident).first()
    if found is None:
        raise Missing(Message("there is no such response for you."), mend=Message("Look at the board."))
    calls_of.for_person(found.call_id, by=by, at=at)
    by.must(permission)
    if by.unit != str(found.unit_id) and not access.may(by.roles, "see the board"):
        raise Missing(Message("there is no such response for you."), mend=Message("Look at your own calls."))
    return found


@transaction.atomic
def met(ident: uuid.UUID | str, said: Met, *, by: By, at: dt.datetime, note: uuid.UUID | None = None) -> PersonMet:
    """Note a neighbor whom the crew met, without a name. Every word is from a list; raises `Missing` for another.

    `note`: an id made by the caller, so that a second sending has no effect.
    """
    response = _own(ident, by, at)
    known = PersonMet.objects.filter(pk=note, response=response).first() if note else None
    if known is not None:
        return known
    access.listed(said.contact, outcomes.CONTACTS, what=N_("contact"))
    lists = (
        (said.age_band, AGE_BANDS, N_("age")), (said.outcome, outcomes.OUTCOMES, N_("outcome")), (said.harm, outcomes.HARMS, N_("harm")),
        (said.destination, outcomes.DESTINATIONS, N_("destination")),
    )  # fmt: skip
    for word, words, what in lists:
        if word:
            access.listed(word, words, what=what)
    for word in said.supplies:
        access.listed(word, outcomes.SUPPLIES, what=N_("supplies"))
    # Who says what they want was asked.
    asked = True if said.follow_up_wanted is not None else said.follow_up_asked
    made = PersonMet.objects.create(id=note or new_id(), response=response, told_at=at, **vars(said) | {"supplies": list(said.supplies), "follow_up_asked": asked})  # fmt: skip
    trail.record("person met", by=by, at=at, about=f"response {response.id}", note=str(made.id))
    return made


@transaction.atomic
def strike(ident: uuid.UUID | str, *, by: By, at: dt.datetime) -> Response:
    """Take back a neighbor, or an event of the crew, that was noted by mistake: it is kept, and counts no more."""
    held = PersonMet.objects.filter(pk=ident, struck_at__isnull=True).first() or StaffEvent.objects.filter(pk=ident, struck_at__isnull=True).first()  # fmt: skip
    if held is None:
        raise Missing(Message("there is no such note."), mend=Message("It may have been taken back already."))
    response = _own(held.response_id, by, at)
    held.struck_at = at
    held.save(update_fields=["struck_at"])
    trail.record("note strike", by=by, at=at, about=f"response {response.id}", note=str(held.id))
    return response


@transaction.atomic
def found(
    ident: uuid.UUID | str, *, weapon: bool | None, violence: bool | None, felt_safe: bool | None, by: By, at: dt.datetime
) -> Response:  # fmt: skip
    """What the crew found that nobody had said, and whether it felt safe; None is *not said*, and takes back what was."""
    response = _own(ident, by, at)
    response.found_weapon, response.found_violence = weapon, violence
    response.save(update_fields=["found_weapon", "found_violence"])
    told = StaffEvent.objects.filter(response=response, kind=outcomes.FELT_SAFE, struck_at__isnull=True)
    if felt_safe is None:
        told.update(struck_at=at)
    elif not told.update(felt_safe=felt_safe, told_at=at):
        StaffEvent.objects.create(response=response, kind=outcomes.FELT_SAFE, felt_safe=felt_safe, told_at=at)
    trail.record("response found", by=by, at=at, about=f"response {response.id}")
    return response


@transaction.atomic
def befell(
    ident: uuid.UUID | str, *, kind: str, by: By, at: dt.datetime, severity: str = "", note: uuid.UUID | None = None
) -> StaffEvent:  # fmt: skip
    """Something happened to a member of the crew: an injury with its severity, a threat, an exposure, a near miss. `note`: as in `met`."""
    response = _own(ident, by, at)
    known = StaffEvent.objects.filter(pk=note, response=response).first() if note else None
    if known is not None:
        return known
    access.listed(
        kind, [each for each in outcomes.STAFF_EVENTS if each != outcomes.FELT_SAFE], what=N_("what happened")
    )
    if kind == outcomes.INJURY:
        access.listed(severity, outcomes.SEVERITIES, what=N_("severity"))
    made = StaffEvent.objects.create(id=note or new_id(), response=response, kind=kind, severity=severity if kind == outcomes.INJURY else "", told_at=at)  # fmt: skip
    trail.record("crew event", by=by, at=at, about=f"response {response.id}", note=str(made.id))
    return made


@transaction.atomic
def ask_back_up(ident: uuid.UUID | str, *, service: str, kind: str, by: By, at: dt.datetime) -> Support:
    """Ask police, ambulance or fire to come. What was asked routinely may become urgent, never the other way round."""
    response = _own(ident, by, at, permission="move own unit")
    access.listed(service, SERVICES, what=N_("service"))
    backup.asked(kind=kind)
    other = Support.objects.filter(
        response=response, service=service, kind__in=("asked routine", "asked urgent")
    ).first()
    if other is not None:
        if kind == "urgent" and other.kind == "asked routine":
            other.kind = "asked urgent"
            other.save()
        made = other
    else:
        made = Support.objects.create(response=response, service=service, kind=f"asked {kind}", asked_at=at)
    trail.record("back-up ask", by=by, at=at, about=f"response {response.id}", service=service, kind=kind)
    trail.tell("call", response.call_id, at=at)
    return made
