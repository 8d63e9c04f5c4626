"""Is the simulation right? A service's own calls are played again, and what comes out is held against what happened.

Units and their duty are inferred from the stamps: a unit is on duty from its first call to its last, as long as no gap is
longer than `LONGEST_GAP`, and as long before and after as it usually waits for a call. Scheduled transfers keep units busy
as they did and are left out of both curves. How long units are busy with a call is drawn from the same stamps, by family and
part of the day, so that the busy curve shows whether calls meet units as they did; how long calls wait is not fitted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rightcall.calls import clocks
from rightcall.calls.families import FAMILIES
from rightcall.dispatch.travel import PARTS
from rightcall.errors import NothingLeft, RightcallError
from rightcall.measures import results
from rightcall.program import conditions
from rightcall.simulation import arrays as a
from rightcall.simulation import kernel, luck
from rightcall.simulation.arrays import Calls, Kinds, Real, Roads, Scenario, Teams, Turns, Units, Whole
from rightcall.simulation.city import FEWEST, LEVELS

LEFT_OUT = ("medical transfer",)
LONGEST_GAP = 6 * 60.0
RUNS = 20
HOURS = 24
# The longest delays of all are mistakes of a clock; the distance looks at the middle of nine tenths.
MIDDLE = np.linspace(0.05, 0.95, 91)


class ReplayError(RightcallError):
    """Calls that cannot be played again as asked."""


@dataclass(frozen=True)
class Replay:
    """What happened and what was simulated.

    `hours`: hour, calls, real and simulated minutes from call to dispatch (`delay`, `delay_simulated`, `delay_low`,
    `delay_high`) and unit hours busy a day (`busy`, …). `delay_error`, `busy_error`: the mean distance of the two
    curves, weighted by calls, in minutes and as a share of the mean. `apart`: Wasserstein distance of all delays in
    minutes. `unusable`: calls without a unit, or whose times cannot be. `alike`: the correlation of the busy curves.
    """

    first: dt.date
    last: dt.date
    calls: int
    left_out: int
    unusable: int
    units: int
    duty_hours_a_day: float
    hours: pl.DataFrame
    delay_mean: float
    delay_simulated: float
    delay_error: float
    busy_error: float
    apart: float
    alike: float
    runs: int

    def as_json(self) -> dict[str, Any]:
        """For replay.json."""
        told = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("hours", "first", "last")
        }
        return {"format": "rightcall replay 1", "first": self.first.isoformat(), "last": self.last.isoformat(), **told, "hours": self.hours.to_dicts()}  # fmt: skip


@dataclass(frozen=True)
class _Past:
    """n calls in order: minutes from the first when received, assigned and cleared, whether they count, and their unit."""

    received: Real
    assigned: Real
    cleared: Real
    counts: a.Flags
    unit: Whole
    hour: Whole
    family: Whole

    @property
    def part(self) -> Whole:
        return np.searchsorted(PARTS, self.hour, side="right") - 1

    @property
    def delay(self) -> Real:
        return self.assigned - self.received


def replay(
    calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, *, time_zone: str, left_out: tuple[str, ...] = LEFT_OUT, runs: int = RUNS
) -> Replay:  # fmt: skip
    """Play a service's calls again. Raises `NothingLeft` where the export does not say who went and when."""
    unknown = [family for family in left_out if family not in FAMILIES]
    if unknown:
        raise ReplayError(f"“{unknown[0]}” is no family.", mend=conditions.nearest(unknown[0], list(FAMILIES)))
    past, first, last, unusable = _past(calls, unit_times, time_zone, left_out)
    intervals = _duty(past)
    scenario, counts = _scenario(past, intervals)
    handling = _handling(past)
    delays, curves, busy = [], [], []
    days = (last - first).days + 1
    log = None
    for run in range(1, runs + 1):
        log = kernel.run(scenario, seed=run, into=log)
        delay = log.time[:, a.ASSIGNED] - scenario.calls.at + _drawn_handling(past, handling, run)
        kept = counts & np.isfinite(delay)
        delays.append(delay[kept])
        curves.append(_by_hour(past.hour[kept], delay[kept]))
        busy.append(_busy(past, log.time[:, a.ASSIGNED], log.time[:, a.FREED], kept) / days)
    real = past.counts
    calls_by_hour = np.bincount(past.hour[real], minlength=HOURS)
    real_delay, real_busy = _by_hour(past.hour[real], past.delay[real]), _busy(past, past.assigned, past.cleared, real) / days  # fmt: skip
    sim_delay, sim_busy = np.nanmean(curves, axis=0), np.mean(busy, axis=0)
    hours = pl.DataFrame({
        "hour": np.arange(HOURS), "calls": calls_by_hour, "delay": real_delay, "delay_simulated": sim_delay,
        "delay_low": np.nanquantile(curves, 0.025, axis=0), "delay_high": np.nanquantile(curves, 0.975, axis=0),
        "busy": real_busy, "busy_simulated": sim_busy, "busy_low": np.quantile(busy, 0.025, axis=0), "busy_high": np.quantile(busy, 0.975, axis=0),
    })  # fmt: skip
    weight = calls_by_hour / calls_by_hour.sum()
    pooled = np.concatenate(delays)
    known = np.isfinite(real_delay) & np.isfinite(sim_delay)
    return Replay(
        first=first, last=last, calls=int(real.sum()), left_out=int((~real).sum()), unusable=unusable, units=len(intervals),
        duty_hours_a_day=float(sum((end - start) for turns in intervals for start, end in turns) / 60 / days), hours=hours,
        delay_mean=float(past.delay[real].mean()), delay_simulated=float(pooled.mean()),
        delay_error=float((np.abs(real_delay - sim_delay) * weight)[known].sum()),
        busy_error=float(np.abs(real_busy - sim_busy).mean() / max(real_busy.mean(), 1e-9)),
        apart=float(np.abs(np.quantile(past.delay[real], MIDDLE) - np.quantile(pooled, MIDDLE)).mean()),
        alike=float(np.corrcoef(real_busy, sim_busy)[0, 1]) if real_busy.std() > 0 and sim_busy.std() > 0 else 0.0, runs=runs,
    )  # fmt: skip


def _past(
    calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, time_zone: str, left_out: tuple[str, ...]
) -> tuple[_Past, dt.date, dt.date, int]:  # fmt: skip
    needs = "Ask for the unit and the times at which it was dispatched, arrived and cleared."
    if unit_times is None:
        raise NothingLeft("the export does not say which unit went and when.", mend=needs)
    first_row = unit_times.filter(pl.col("assigned_at").is_not_null() & pl.col("unit").is_not_null()).sort("assigned_at").unique("call_id", keep="first", maintain_order=True)  # fmt: skip
    local = clocks.to_local(pl.col("received_at"), time_zone=time_zone)
    joined = calls.select("call_id", "received_at", "family", local.dt.date().alias("day"), local.dt.hour().cast(pl.Int64).alias("hour")).join(first_row, on="call_id")  # fmt: skip
    span = (pl.col("cleared_at") - pl.col("assigned_at")).dt.total_minutes()
    delay = (pl.col("assigned_at") - pl.col("received_at")).dt.total_minutes()
    aside = pl.col("family").is_in(list(left_out)).fill_null(False)
    # Transfers are asked for when they were dispatched; the kernel wants calls in that order.
    asked = pl.when(aside).then(pl.col("assigned_at")).otherwise(pl.col("received_at"))
    sound = joined.filter(span.is_between(0, results.LONGEST_MINUTES) & delay.is_between(0, 240)).with_columns((~aside).alias("counts"), asked.alias("asked")).sort("asked", "call_id").collect()  # fmt: skip
    counts = sound["counts"]
    if int(counts.sum()) < FEWEST or sound["unit"].n_unique() < 1:
        raise NothingLeft("too few calls have a unit with its times.", mend=needs)
    zero = sound["received_at"].dt.truncate("1h").min()

    def minutes(name: str) -> Real:
        return (sound[name] - zero).dt.total_microseconds().to_numpy() / 60e6

    assigned, cleared = minutes("assigned_at"), minutes("cleared_at")
    units = {name: i for i, name in enumerate(sorted(sound["unit"].unique().to_list()))}
    days = sound["day"].sort()
    past = _Past(
        minutes("received_at"), assigned, cleared, counts.to_numpy(),
        sound["unit"].replace_strict(units, return_dtype=pl.Int64).to_numpy(), sound["hour"].to_numpy(),
        sound["family"].fill_null("").rank("dense").cast(pl.Int64).to_numpy() - 1,
    )  # fmt: skip
    return past, days[0], days[-1], calls.select(pl.len()).collect().item() - sound.height


def _duty(past: _Past) -> list[list[tuple[float, float]]]:
    """Turns of duty of each unit, minutes from the first call."""
    found = []
    for unit in range(int(past.unit.max()) + 1):
        mine = np.flatnonzero(past.unit == unit)
        mine = mine[np.argsort(past.assigned[mine], kind="stable")]
        begins, ends = past.assigned[mine], np.maximum.accumulate(past.cleared[mine])
        gaps = begins[1:] - ends[:-1]
        short = gaps[(gaps > 0) & (gaps <= LONGEST_GAP)]
        usual = float(short.mean()) if short.size else 0.0
        cuts = np.flatnonzero(gaps > LONGEST_GAP)
        starts = begins[np.concatenate([[0], cuts + 1])] - usual
        stops = ends[np.concatenate([cuts, [len(mine) - 1]])] + usual
        found.append(list(zip(starts.tolist(), stops.tolist(), strict=True)))
    return found


def _handling(past: _Past) -> Real:
    """Quantiles of the time that the center itself takes: delays of calls that came while few units were busy."""
    at = np.sort(past.assigned)
    over = np.sort(past.cleared)
    busy = np.searchsorted(at, past.received) - np.searchsorted(over, past.received)
    quiet = past.counts & (busy <= np.median(busy))
    return luck.table_of(past.delay[quiet], count=LEVELS.size)


def _drawn_handling(past: _Past, levels: Real, run: int) -> Real:
    """How long the center takes with each call in a run; none for what is left out."""
    u = np.random.default_rng(run).random(past.received.size)
    return np.where(past.counts, np.interp(u, LEVELS, levels), 0.0)


def _scenario(past: _Past, intervals: list[list[tuple[float, float]]]) -> tuple[Scenario, a.Flags]:
    """Calls that count, by family and with drawn times, and transfers, each a kind that takes what it took."""
    n, units = past.received.size, len(intervals)
    counts = past.counts
    at = np.where(counts, past.received, past.assigned)
    transfers = np.flatnonzero(~counts)
    parts = len(PARTS)
    families = (int(past.family.max()) + 1) * parts
    kind = past.family * parts + past.part
    kind[transfers] = families + np.arange(transfers.size)
    k = families + transfers.size
    law, mean, table = np.zeros((k, 8), np.int64), np.zeros((k, 8)), np.zeros((k, 8), np.int64)
    # The whole time from dispatch to clearing, whether or not a unit arrived.
    law[:families, a.ON_SCENE], table[:families, a.ON_SCENE] = luck.QUANTILES, np.arange(families)
    mean[families:, a.ON_SCENE] = (past.cleared - past.assigned)[transfers]
    quantiles = np.array([_quantiles(past, *divmod(row, parts)) for row in range(families)])
    chance = np.zeros((k, 9))
    chance[:, [a.OURS, a.TAKEN_UP]] = 1.0
    zeros, everything = np.zeros(k, np.uint64), np.full(units, 2**64 - 1, np.uint64)
    priority = np.ones(k, np.int64)
    priority[:families] = 0
    kinds = Kinds(priority, np.zeros((k, 1), np.int64), np.full(k, np.inf), zeros, zeros, np.full(k, -1), chance, law, mean, np.zeros((k, 8)), table, quantiles)  # fmt: skip
    events = sorted((moment, what, unit) for unit, turns in enumerate(intervals) for turn in turns for moment, what in zip(turn, (a.BEGIN, a.END), strict=True))  # fmt: skip
    turns = Turns(np.array([e[0] for e in events]), np.array([e[2] for e in events]), np.array([e[1] for e in events]), np.zeros(len(events)))  # fmt: skip
    calls = Calls(at, kind, np.zeros(n, np.int64), np.arange(n, dtype=np.uint64))
    crews = Units(np.zeros(units, np.int64), everything, everything, np.zeros(units, np.int64), np.ones((units, 1), np.bool_))  # fmt: skip
    teams = Teams(np.array([False]), np.array([False]), np.array([0]))
    roads = Roads(np.zeros((1, 1, 1)), np.zeros(168, np.int64), 0.0)
    return Scenario(calls, kinds, crews, teams, turns, roads, 1, True), counts


def _quantiles(past: _Past, family: int, part: int) -> Real:
    """How long units are busy with a call of a family in a part of the day; of all day, or of all calls that count, where
    there are too few.
    """
    minutes = past.cleared - past.assigned
    of_family, of_part = past.family == family, past.part == part
    for mine in (of_family & of_part, of_family, past.counts):
        known = minutes[mine & past.counts]
        if known.size >= FEWEST:
            return luck.table_of(known, count=LEVELS.size)
    return np.zeros(LEVELS.size)


def _by_hour(hour: Whole, value: Real) -> Real:
    count = np.bincount(hour, minlength=HOURS)
    sums = np.bincount(hour, weights=value, minlength=HOURS)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _busy(past: _Past, begins: Real, ends: Real, which: a.Flags) -> Real:
    """Unit hours by hour of the day: the hour of a call's receipt says on which clock its minutes lie."""
    known = which & np.isfinite(begins) & np.isfinite(ends)
    offset = past.hour[known] * 60.0 - np.floor(past.received[known] / 60.0) * 60.0
    at, until = begins[known] + offset, ends[known] + offset
    total = np.zeros(HOURS)
    while at.size:
        edge = np.minimum((np.floor(at / 60) + 1) * 60, until)
        np.add.at(total, (at // 60).astype(np.int64) % HOURS, edge - at)
        more = edge < until
        at, until = edge[more], until[more]
    return total / 60
