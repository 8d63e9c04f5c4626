"""Who saw what of a person: a row of the trail for every look, one in five minutes for the same eyes on the same thing."""

from __future__ import annotations

import datetime as dt

from rightcall.web.access import By
from rightcall.web.actions import trail
from rightcall.web.models import AuditRow

AGAIN = dt.timedelta(minutes=5)


def saw(about: str, *, by: By, at: dt.datetime) -> None:
    """Note that somebody saw a call, or the whole board."""
    if not AuditRow.objects.filter(about=about, actor=by.name, action="call read", at__gt=at - AGAIN).exists():
        trail.record("call read", by=by, at=at, about=about)
