"""The sample of calls that were left to others, to be read by hand: what did triage miss?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import CharField, Exists, F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from rightcall.calls.families import NOT_PUBLIC
from rightcall.web.access import By
from rightcall.web.models import Call, Decision, Reading, Response
from rightcall.web.queries import board, programs
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


def left_to_others(*, at: dt.datetime) -> QuerySet[Call]:
    """Calls of the public in the last thirty days that are over, were not ours, and that no unit of ours was with."""
    last = Decision.objects.filter(call=OuterRef("pk")).order_by("-sequence")
    ours = Response.objects.filter(call=OuterRef("pk"), canceled_at__isnull=True)
    over = Call.objects.filter(received_at__gt=at - BACK, merged_into__isnull=True).exclude(state="open")
    told = over.annotate(outcome=Subquery(last.values("outcome")[:1]), override=Subquery(last.values("override")[:1]))
    teams = [team.id for team in programs.in_force(at=at).program.team]
    public = told.exclude(origin="officer").exclude(family__in=NOT_PUBLIC)
    return public.filter(~Exists(ours), outcome__in=("not ours", "cannot be said")).exclude(override__in=teams)


def sample(*, by: By, at: dt.datetime) -> Sample:
    """The next call of the last thirty days that is over, was not ours, and that nobody has read. Raises `AccessError`.

    The order is that of a hash of the id, which knows nothing of the call: whatever was read so far is a sample by chance.
    """
    by.must("read a sample")
    left = left_to_others(at=at)
    by_chance = left.annotate(chance=Func(Cast("pk", CharField()), function="md5")).order_by(F("chance"))
    upcoming = by_chance.filter(readings__isnull=True).first()
    detail = board.detail(upcoming.pk, by=by, at=at) if upcoming else None
    return Sample(detail, Reading.objects.filter(call__in=left).count(), left.count())
