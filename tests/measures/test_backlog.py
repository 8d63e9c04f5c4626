"""How many calls waited at once, against counting them one instant after the other."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.measures import results

ZONE = "America/Chicago"
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
CALL = st.tuples(st.integers(0, 30 * 24 * 4), st.one_of(st.none(), st.sampled_from([0, 15, 30, 7, 2000, -5])))


@settings(max_examples=100, deadline=None)
@given(st.lists(CALL, max_size=25))
def test_the_most_that_waited_at_once(calls: list[tuple[int, int | None]]) -> None:
    received = [START + dt.timedelta(minutes=15 * quarter) for quarter, _ in calls]
    timed = pl.DataFrame({
        "received_at": pl.Series(received, dtype=pl.Datetime("us", "UTC")),
        "time_in_queue": pl.Series([queue for _, queue in calls], dtype=pl.Float32),
    })  # fmt: skip
    weeks, worst = results.backlog(timed.lazy(), time_zone=ZONE)
    told = [(at, at + dt.timedelta(minutes=queue)) for at, (_, queue) in zip(received, calls, strict=True) if queue and 0 < queue <= 1440]  # fmt: skip
    most: dict[dt.date, int] = {}
    for now in sorted({time for pair in told for time in pair}):
        waiting = sum(begins <= now < ends for begins, ends in told)
        local = now.astimezone(ZoneInfo(ZONE)).date()
        week = local - dt.timedelta(days=local.weekday())
        most[week] = max(most.get(week, 0), waiting)
    assert dict(weeks.iter_rows()) == most
    assert worst.numerator == (max(most.values()) if most else None)
