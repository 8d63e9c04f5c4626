"""Measures of the past: the catalogue applied to calls, decisions and unit times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rightcall import tables
from rightcall.calls import clocks
from rightcall.measures import intervals
from rightcall.measures.catalogue import MEASURES, Measure
from rightcall.measures.intervals import Estimate

LONGEST_MINUTES = 24 * 60
DURATIONS: dict[str, tuple[str, str]] = {
    "time_in_queue": ("received_at", "assigned_at"),
    "turnout": ("assigned_at", "en_route_at"),
    "travel": ("rolling_at", "arrived_at"),
    "response_time": ("received_at", "arrived_at"),
    "time_on_scene": ("arrived_at", "cleared_at"),
}
TIMES = (*DURATIONS, "unit_time")
STAMPS = ("assigned_at", "en_route_at", "arrived_at", "cleared_at")


@dataclass(frozen=True)
class Result:
    """One measure computed. `left_out`: rows that could not count, by reason. `absent`: why nothing was computed."""

    measure: Measure
    numerator: float | None = None
    denominator: float | None = None
    estimate: Estimate | None = None
    median: float | None = None
    p90: float | None = None
    mean: float | None = None
    n: int | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For plan.json; unknown is null."""
        figures: dict[str, Any] = {"id": self.measure.id, "unit": self.measure.unit}
        for name in ("numerator", "denominator", "median", "p90", "mean", "n"):
            value = getattr(self, name)
            figures[name] = round(value, 3) if isinstance(value, float) else value
        if self.estimate:
            figures |= {"value": self.estimate.value, "low": self.estimate.low, "high": self.estimate.high}
        return {**figures, "left_out": self.left_out, "needs": list(self.absent)}


def share(measure: str, hits: float, of: float) -> Result:
    """A share of calls with its Wilson interval."""
    return Result(MEASURES[measure], hits, of, intervals.wilson(hits, of) if of else None)


def rate(measure: str, events: int, of: int) -> Result:
    """Rare events per 1,000 with their exact interval; where there was none, the upper end is the rule of three."""
    if not of:
        return Result(MEASURES[measure], float(events), 0.0)
    found = intervals.poisson(events, of / 1000)
    high = found.high if events else 1000 * intervals.rule_of_three(of)
    return Result(MEASURES[measure], float(events), float(of), Estimate(found.value, found.low, high), n=of)


def count(measure: str, n: int, of: int | None = None) -> Result:
    """A plain count."""
    return Result(MEASURES[measure], float(n), None if of is None else float(of), None, n=n)


def gaps(calls: pl.LazyFrame, unit_times: pl.LazyFrame) -> pl.LazyFrame:
    """The calls with a column for each of `TIMES`: minutes between its stamps as they stand, null where one is missing.

    The stamps of a call are the first assigned, rolling and arrived, and the last cleared, over all its units; unit
    time is the sum over the units whose stamps are recorded. `call_id` may be any key that both tables share. Minutes
    are Float32.
    """
    own = _of_own_rows(calls, unit_times)
    if own is None:
        timed = calls.join(_of_all_rows(unit_times), on="call_id", how="left")
    else:
        timed = pl.concat([calls, own.lazy()], how="horizontal")
    return timed.with_columns(pl.coalesce("en_route_at", "assigned_at").alias("rolling_at")).with_columns(
        _minutes_between(start, end).cast(pl.Float32).alias(name) for name, (start, end) in DURATIONS.items()
    )


def _of_all_rows(unit_times: pl.LazyFrame) -> pl.LazyFrame:
    """The stamps and the unit time of each call that has rows of units."""
    whole = _minutes_between("assigned_at", "cleared_at")
    return unit_times.group_by("call_id").agg(
        pl.col("assigned_at").min(), pl.col("en_route_at").min(), pl.col("arrived_at").min(), pl.col("cleared_at").max(),
        pl.when(whole.count() > 0).then(whole.sum()).cast(pl.Float32).alias("unit_time"),
    )  # fmt: skip


def _of_own_rows(calls: pl.LazyFrame, unit_times: pl.LazyFrame) -> pl.DataFrame | None:
    """The same for each of n calls in their order, where keys are numbers and all calls but few have one row of units, in the
    order of the calls, as in an export of one row a call; else None. It costs a third of grouping and joining.
    """
    keys = calls.select("call_id").collect()["call_id"]
    if not keys.dtype.is_integer():
        return None
    rows = unit_times.select("call_id", *STAMPS).collect(engine="streaming")
    in_order = rows["call_id"].sort()
    several = in_order.filter(in_order == in_order.shift(1)).unique().implode()
    repeated = rows["call_id"].is_in(several)
    first = repeated.arg_true().gather(rows["call_id"].filter(repeated).arg_unique())
    own = rows.filter((~repeated).scatter(first, True))
    if not own["call_id"].equals(keys):
        return None
    own = own.with_columns(_minutes_between("assigned_at", "cleared_at").cast(pl.Float32).alias("unit_time"))
    place = keys.is_in(several).arg_true()
    more = _of_all_rows(rows.filter(repeated).lazy()).collect()
    more = keys.gather(place).to_frame().join(more, on="call_id", how="left", maintain_order="left")
    return own.select(own[name].scatter(place, more[name]) for name in (*STAMPS, "unit_time"))


def _minutes_between(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_microseconds() / 60e6


def minutes(name: str) -> pl.Expr:
    """The minutes of a duration that can be believed: null where they are negative or over a day."""
    return pl.when(pl.col(name).is_between(0, LONGEST_MINUTES)).then(pl.col(name))


def durations(timed: pl.LazyFrame) -> tuple[Result, ...]:
    """Queue, turnout, travel, response and time on scene of calls with their `gaps`."""
    asked: list[pl.Expr] = []
    for name in TIMES:
        value, gap = minutes(name), pl.col(name)
        asked += [
            value.mean().alias(f"{name}.mean"),
            value.median().alias(f"{name}.median"),
            value.quantile(0.9, "linear").alias(f"{name}.p90"),
            value.count().alias(f"{name}.n"),
            gap.is_null().sum().alias(f"{name}.missing stamp"),
            (gap < 0).sum().alias(f"{name}.out of order"),
            (gap > LONGEST_MINUTES).sum().alias(f"{name}.over a day"),
        ]
    got = timed.select(asked).collect().row(0, named=True)
    found = []
    for name in TIMES:
        if not got[f"{name}.n"]:
            found.append(Result(MEASURES[name], n=0, absent=MEASURES[name].needs))
            continue
        left_out = {why: got[f"{name}.{why}"] for why in ("missing stamp", "out of order", "over a day")}
        figures = {how: got[f"{name}.{how}"] for how in ("n", "mean", "median", "p90")}
        found.append(Result(MEASURES[name], **figures, left_out={why: n for why, n in left_out.items() if n}))
    return tuple(found)


def backlog(timed: pl.LazyFrame, *, time_zone: str) -> tuple[pl.DataFrame, Result]:
    """How many calls waited for a first unit at once: the most by week (`week, waiting`), and the most of all.

    `timed` holds `received_at` and `time_in_queue`. A call that was never given a unit is not counted as waiting.
    """
    known = timed.select("received_at", minutes("time_in_queue").alias("queue")).filter(pl.col("queue") > 0).collect()
    if known.is_empty():
        return pl.DataFrame(schema={"week": pl.Date, "waiting": pl.Int64}), absent("backlog")
    end = pl.col("received_at") + pl.duration(microseconds=(pl.col("queue").cast(pl.Float64) * 60e6).cast(pl.Int64))
    begins = known.select(pl.col("received_at").alias("at"), pl.lit(1, dtype=pl.Int64).alias("step"))
    ends = known.select(end.alias("at"), pl.lit(-1, dtype=pl.Int64).alias("step"))
    # Intervals are half-open: a call that leaves the queue makes room before the next one joins.
    events = pl.concat([begins, ends]).sort("at", "step").with_columns(pl.col("step").cum_sum().alias("waiting"))
    week = clocks.to_local(pl.col("at"), time_zone=time_zone).dt.date().dt.truncate("1w").alias("week")
    weeks = events.group_by(week).agg(pl.col("waiting").max()).sort("week")
    most = int(tables.real(weeks["waiting"].max()))
    return weeks, Result(MEASURES["backlog"], float(most), n=known.height)


def absent(measure: str) -> Result:
    """A measure that the data cannot give."""
    return Result(MEASURES[measure], absent=MEASURES[measure].needs)
