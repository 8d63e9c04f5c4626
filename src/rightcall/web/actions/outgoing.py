"""What goes back to CAD: written with the deed, sent by a worker, tried again until it is taken."""

from __future__ import annotations

import datetime as dt
import os
import time

from django.db import transaction

from rightcall.dispatch import outcomes
from rightcall.web.access import By
from rightcall.web.actions import trail
from rightcall.web.connections.cad import back
from rightcall.web.models import Outgoing, Response, Unit

# A worker that is told to stop ends within it, but for the one that is being sent.
AT_MOST_SECONDS = 2.0


def tell(response: Response, unit: Unit, *, at: dt.datetime) -> None:
    """Note what CAD should know of a unit of ours that it does not move, on a call that it holds."""
    if not response.call.in_cad or unit.in_cad:
        return
    code = ("", "")
    if response.cleared_at is not None and response.outcome:
        code = outcomes.disposition(response.outcome)
    elif response.canceled_at is not None:
        code = outcomes.CANCELED_EN_ROUTE if response.en_route_at else outcomes.CANCELED
    code = code if code[0] else ("", "")
    try:
        told = back.Back(number=response.call.number, unit=unit.name, status=unit.state, at=at.isoformat(), lat=unit.lat, lon=unit.lon, disposition=code[0], disposition_words=code[1])  # fmt: skip
    except back.BackError:
        # A number or name that may not go out: the deed itself is done, and it is seen that CAD was not told.
        trail.record("cad tell", by=By("rightcall"), at=at, about=f"call {response.call_id}", outcome="refused")
        return
    Outgoing.objects.create(call=response.call, made_at=at, body=told.as_json())


def deliver(*, at: dt.datetime) -> int:
    """Send what waits, in order, to the address of `RIGHTCALL_CAD_URL`; how many were taken. Without an address nothing is sent."""
    url, key, form = (
        os.environ.get("RIGHTCALL_CAD_URL", ""),
        os.environ.get("RIGHTCALL_CAD_KEY", ""),
        os.environ.get("RIGHTCALL_CAD_FORMAT", "json"),
    )
    if not url:
        return 0
    taken, begun = 0, time.monotonic()
    for ident in Outgoing.objects.filter(sent_at__isnull=True).order_by("made_at").values_list("pk", flat=True)[:200]:
        if time.monotonic() > begun + AT_MOST_SECONDS:
            break
        with transaction.atomic():
            held = Outgoing.objects.select_for_update(skip_locked=True).filter(pk=ident, sent_at__isnull=True).first()
            if held is None:
                continue
            told = back.Back(**held.body)
            held.tries += 1
            try:
                body = (
                    told.as_eido(issuer=os.environ.get("RIGHTCALL_ISSUER", "rightcall.invalid"))
                    if form == "eido"
                    else told.as_json()
                )
                back.send(body, url=url, key=key, ident=str(held.pk))
                held.sent_at, held.why_not = at, ""
            except back.BackError as error:
                held.why_not = str(error)[:300]
            held.save()
        if held.sent_at is None:
            break
        taken += 1
    return taken
