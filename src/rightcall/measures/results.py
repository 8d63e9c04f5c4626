"""Measures of the past: the catalogue applied to calls, decisions and unit times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
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
Numbers = npt.NDArray[np.uint64]
# Rows of units that are not the first of their call are stepped over one by one, comparing blocks between them.
FEW_BESIDE, BLOCK = 0.02, 4096
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
    timed = _beside_own_rows(calls, unit_times)
    if timed is None:
        timed = calls.join(_of_all_rows(unit_times), on="call_id", how="left", maintain_order="left")
    return timed.with_columns(pl.coalesce("en_route_at", "assigned_at").alias("rolling_at")).with_columns(
        _minutes_between(start, end).cast(pl.Float32).alias(name) for name, (start, end) in DURATIONS.items()
    )


def _of_all_rows(unit_times: pl.LazyFrame) -> pl.LazyFrame:
    """The stamps and the unit time of each call that has rows of units."""
    whole = _unit_time()
    return unit_times.group_by("call_id").agg(
        pl.col("assigned_at").min(), pl.col("en_route_at").min(), pl.col("arrived_at").min(), pl.col("cleared_at").max(),
        pl.when(whole.count() > 0).then(whole.sum()).alias("unit_time"),
    )  # fmt: skip


def _beside_own_rows(calls: pl.LazyFrame, unit_times: pl.LazyFrame) -> pl.LazyFrame | None:
    """The same beside each call, where keys are numbers and the rows of units follow the calls in their order, as in an
    export of one row a call; else None. It costs a third of grouping and joining, and next to no memory.
    """
    if not calls.collect_schema()["call_id"].is_integer():
        return None
    keys, rows = (table.select("call_id").collect(engine="streaming")["call_id"] for table in (calls, unit_times))
    own = _first_rows(keys.to_numpy(), rows.to_numpy(), most=FEW_BESIDE)
    if own is None:
        return None
    several = rows.filter(~own).unique().implode()
    more = _of_all_rows(unit_times.filter(pl.col("call_id").is_in(several))).collect(engine="streaming")
    which = np.zeros(len(keys), dtype=np.uint32)
    which[place := keys.is_in(several).to_numpy()] = np.arange(1, more.height + 1)
    more = keys.filter(place).to_frame().join(more, on="call_id", how="left", maintain_order="left")
    more = pl.concat([more.clear(1), more])
    one = unit_times.select(*STAMPS, _unit_time().alias("unit_time"))
    one = pl.concat([one, own.alias("own").to_frame().lazy()], how="horizontal").filter("own").drop("own")
    beside = pl.concat([calls, one, pl.Series("which", which).to_frame().lazy()], how="horizontal")
    if more.height > 1:
        names = (*STAMPS, "unit_time")
        beside = beside.with_columns(pl.coalesce(tables.at(more[name], pl.col("which")), name) for name in names)
    return beside.drop("which")


def _first_rows(keys: Numbers, rows: Numbers, *, most: float) -> pl.Series | None:
    """Which rows are the first of their key, where these give the keys in their order; None where they do not, or where the
    others are too many and too scattered to step over them one by one (over `most` of the keys).
    """
    own = np.ones(len(rows), dtype=bool)
    own[1:] = rows[1:] != rows[:-1]
    heads = rows[own]
    beside: list[int] = []
    spare, at = len(heads) - len(keys), 0
    if not 0 <= spare <= len(keys) * most:
        return None
    while at < len(keys):
        block = keys[at : at + BLOCK]
        differs = block != heads[at + len(beside) :][: len(block)]
        if not differs.any():
            at += len(block)
        elif len(beside) == spare:
            return None
        else:
            at += int(differs.argmax())
            beside.append(at + len(beside))
    beside += range(len(keys) + len(beside), len(heads))
    own[np.flatnonzero(own)[beside]] = False
    return pl.Series(own)


def _unit_time() -> pl.Expr:
    return _minutes_between("assigned_at", "cleared_at").cast(pl.Float32)


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
    # One number to sort by: intervals are half-open, so a call that leaves makes room before the next one joins.
    begins, ends = (known.select(at.to_physical() * 2 + joins) for at, joins in ((pl.col("received_at"), 1), (end, 0)))
    order = pl.concat([begins, ends]).to_series().sort()
    events = pl.DataFrame({"at": (order // 2).cast(tables.UTC), "waiting": ((order % 2) * 2 - 1).cum_sum()})
    quarters = events.group_by(pl.col("at").dt.truncate(clocks.STEADY)).agg(pl.col("waiting").max())
    week = clocks.to_local(pl.col("at"), time_zone=time_zone).dt.date().dt.truncate("1w").alias("week")
    weeks = quarters.group_by(week).agg(pl.col("waiting").max()).sort("week")
    most = int(tables.real(weeks["waiting"].max()))
    return weeks, Result(MEASURES["backlog"], float(most), n=known.height)


def absent(measure: str) -> Result:
    """A measure that the data cannot give."""
    return Result(MEASURES[measure], absent=MEASURES[measure].needs)
