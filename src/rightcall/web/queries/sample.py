"""The sample of calls that were left to others, to be read by hand: what did triage miss?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import CharField, F, Func, OuterRef, Subquery
from django.db.models.functions import Cast

from rightcall.web.access import By
from rightcall.web.models import Call, Decision, Reading
from rightcall.web.queries import board
from rightcall.web.queries.board import Detail

BACK = dt.timedelta(days=30)
# Half a day of reading: a share of 5 % is then known to within 4 points.
ENOUGH = 120


@dataclass(frozen=True)
class Sample:
    """The next call to read, None where none is left; how many were read of how many."""

    detail: Detail | None
    read: int
    of: int


def sample(*, by: By, at: dt.datetime) -> Sample:
    """The next call of the last thirty days that is over, was not ours, and that nobody has read. Raises `AccessError`.

    The order is that of a hash of the id, which knows nothing of the call: whatever was read so far is a sample by chance.
    """
    by.must("read a sample")
    last = Decision.objects.filter(call=OuterRef("pk")).order_by("-sequence").values("outcome")[:1]
    left = Call.objects.filter(received_at__gt=at - BACK, merged_into__isnull=True).exclude(state="open").annotate(
        outcome=Subquery(last), chance=Func(Cast("pk", CharField()), function="md5"),
    ).filter(outcome__in=("not ours", "cannot be said"))  # fmt: skip
    upcoming = left.filter(readings__isnull=True).order_by(F("chance")).first()
    detail = board.detail(upcoming.pk, by=by, at=at) if upcoming else None
    return Sample(detail, Reading.objects.filter(call__in=left).count(), left.count())
