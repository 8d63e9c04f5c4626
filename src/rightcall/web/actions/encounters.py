"""What a crew writes down: whom it met, what it found, and that it needs others."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from rightcall.calls.columns import AGE_BANDS
from rightcall.dispatch import backup
from rightcall.locale import Message
from rightcall.web.access import By, Missing
from rightcall.web.actions import trail
from rightcall.web.models import PersonMet, Response, Support
from rightcall.web.queries import calls as calls_of

SERVICES = ("police", "ems", "fire")


def _own(ident: uuid.UUID | str, by: By) -> Response:
    found = Response.objects.select_for_update(of=("self",)).filter(pk=ident).first()
    if found is None:
        raise Missing(Message("there is no such response for you."), mend=Message("Look at the board."))
    if by.unit != str(found.unit_id):
        calls_of.for_person(found.call_id, by=by)
    by.must("move own unit" if by.unit == str(found.unit_id) else "move a unit")
    return found


@transaction.atomic
def met(
    ident: uuid.UUID | str,
    *,
    age_band: str,
    contact: str,
    by: By,
    at: dt.datetime,
    outcome: str = "",
    voluntary: bool | None = None,
) -> PersonMet:
    """Note a neighbor whom the crew met, without a name."""
    response = _own(ident, by)
    if age_band and age_band not in AGE_BANDS:
        raise Missing(
            Message("“{age_band}” is no age band.", {"age_band": age_band}),
            mend=Message("It is one of: {list}.", {"list": [Message(each) for each in AGE_BANDS]}),
        )
    made = PersonMet.objects.create(
        response=response, age_band=age_band, contact=contact, outcome=outcome, voluntary=voluntary, told_at=at
    )
    trail.record("person met", by=by, at=at, about=f"response {response.id}")
    return made


@transaction.atomic
def ask_back_up(ident: uuid.UUID | str, *, service: str, kind: str, by: By, at: dt.datetime) -> Support:
    """Ask police, ambulance or fire to come. What was asked routinely may become urgent, never the other way round."""
    response = _own(ident, by)
    if service not in SERVICES:
        raise Missing(
            Message("“{service}” is no service that can be asked.", {"service": service}),
            mend=Message("It is one of: {list}.", {"list": list(SERVICES)}),
        )
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
