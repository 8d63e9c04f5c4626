"""Reading calls by hand: whether one that was left to others would have been ours."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from rightcall.locale import N_, Message
from rightcall.triage.decisions import OUTCOMES
from rightcall.web import access
from rightcall.web.access import By, Missing
from rightcall.web.actions import trail
from rightcall.web.models import Reading
from rightcall.web.queries import sample as samples


@transaction.atomic
def read(call: uuid.UUID | str, *, verdict: str, by: By, at: dt.datetime) -> Reading:
    """Say what the call would have been; said again, the last word holds. Raises `Missing`."""
    by.must("read a sample")
    held = samples.left_to_others(at=at).filter(pk=call).first()
    if held is None:
        raise Missing(Message("this call is not one of the sample."), mend=Message("Read the one that is shown."))
    access.listed(verdict, OUTCOMES, what=N_("verdict"))
    made, _ = Reading.objects.update_or_create(call=held, defaults={"verdict": verdict, "read_at": at})
    trail.record("call verdict", by=by, at=at, about=f"call {held.id}", verdict=verdict)
    return made
