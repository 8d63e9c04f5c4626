"""A version of the program beside the one in force, on the calls of the last month: which would have gone elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from rightcall.calls.columns import Calls
from rightcall.triage import decisions
from rightcall.triage.decisions import Outcome
from rightcall.web.access import By
from rightcall.web.models import Call
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs

MONTH = dt.timedelta(days=30)
MOST_SHOWN = 200


@dataclass(frozen=True)
class Moved:
    """A call that another version decides otherwise."""

    number: str
    received_at: dt.datetime
    type: str
    before: Outcome
    after: Outcome


@dataclass(frozen=True)
class Compared:
    """How many calls were looked at, and those that moved (the first few hundred)."""

    calls: int
    moved: int
    shown: tuple[Moved, ...]


def with_last_month(version: str, *, at: dt.datetime, by: By) -> Compared:
    """Decide the calls of the last 30 days by the program in force and by a version."""
    by.must("see the program")
    now, then = programs.in_force(at=at), programs.of_version(version)
    held = list(
        Call.objects.filter(received_at__gte=at - MONTH, merged_into__isnull=True)
        .select_related("merged_into")
        .order_by("received_at")
    )
    schema = Calls.polars_schema()
    rows = [
        {name: ({"source_file": "live", "source_row": 1} | calls_of.values(call)).get(name) for name in schema}
        for call in held
    ]
    table = pl.DataFrame(rows, schema=schema, orient="row").lazy()
    if not rows:
        return Compared(0, 0, ())
    one, other = (decisions.decide(table, program=each.program) for each in (now, then))
    found: list[Moved] = []
    moved = 0
    for call, a, b in zip(held, one.outcome_ids, other.outcome_ids, strict=True):
        before, after = one.folded[a], other.folded[b]
        if (before.outcome, before.send) != (after.outcome, after.send):
            moved += 1
            if len(found) < MOST_SHOWN:
                found.append(Moved(call.number, call.received_at, call.last_type, before, after))
    return Compared(len(held), moved, tuple(found))
