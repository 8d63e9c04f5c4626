"""Expected calls by hour of the week, with intervals; yearly season and holidays where the data reach.

The default is an hour-of-week profile whose cells are shrunk to weekday × hour of day. On small cities it ties with
methods that cost a thousand times more; `benchmarks/demand.py` shows the bake-off by rolling origin.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rightcall.calls.quality import Coverage
from rightcall.program import shifts
from rightcall.program.document import Program

HOURS = 24
WEEK = 7
LEAST_DAYS = 21
LEAST_MONTHS = 12
LEAST_HOLIDAYS = 5
Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Expected calls of our nature.

    `hours`: hour_of_week (0 is Monday at midnight), expected, low, high (a single hour of a coming week, 95 %).
    `months` and `holidays`: factors on it, empty where the data do not reach. `dispersion`: variance over mean, 1 is
    Poisson. `days`: days that it was fitted on.
    """

    hours: pl.DataFrame
    months: pl.DataFrame
    holiday_factor: float | None
    holiday_days: int
    dispersion: float
    per_week: float
    days: int

    def as_json(self) -> dict[str, Any]:
        """For plan.json."""
        return {"hours": self.hours.to_dicts(), "months": self.months.to_dicts(), "holiday_factor": self.holiday_factor,
                "holiday_days": self.holiday_days, "dispersion": self.dispersion, "per_week": self.per_week, "days": self.days}  # fmt: skip


def forecast(tables: dict[str, pl.DataFrame], period: Coverage, *, program: Program) -> Forecast | None:
    """Fit on the days that are well covered; None where fewer than three weeks are."""
    if "hourly" not in tables:
        return None
    days, grid = grid_of(tables["hourly"], period)
    if len(days) < LEAST_DAYS or not grid.sum():
        return None
    weekday = np.array([day.weekday() for day in days])
    profile = shrunk_profile(grid, weekday)
    months, seasonal = _months(grid, days, profile)
    off = shifts.holidays(program, years=range(days[0].year, days[-1].year + 1))
    is_holiday = np.array([day in off for day in days])
    factor = _holiday_factor(grid, profile[weekday] * seasonal[:, None], is_holiday)
    dispersion = _dispersion(grid, profile[weekday] * seasonal[:, None])
    flat = profile.reshape(-1)
    low, high = count_interval(flat, dispersion)
    hours = pl.DataFrame({"hour_of_week": np.arange(WEEK * HOURS), "expected": flat, "low": low, "high": high})
    return Forecast(hours, months, factor, int(is_holiday.sum()), dispersion, float(flat.sum()), len(days))


def grid_of(hourly: pl.DataFrame, period: Coverage) -> tuple[list[dt.date], Grid]:
    """Counts by day and hour, [days, 24], over the days that are well covered; hours without a call are zero."""
    days = period.days.filter(pl.col("solid"))["day"].to_list()
    place = {day: i for i, day in enumerate(days)}
    grid = np.zeros((len(days), HOURS))
    for day, hour, calls in hourly.select("day", "hour", "by_nature").iter_rows():
        if day in place:
            grid[place[day], hour] += calls
    return days, grid


def naive(grid: Grid, weekday: NDArray[Any], ahead: NDArray[Any]) -> Grid:
    """The same hour of the same weekday of the last week seen. [len(ahead), 24]"""
    last = {int(day): grid[np.flatnonzero(weekday == day)[-1]] for day in np.unique(weekday)}
    return np.array([last.get(int(day), grid.mean(axis=0)) for day in ahead])


def weekday_mean(grid: Grid, weekday: NDArray[Any], ahead: NDArray[Any]) -> Grid:
    """The mean of the same hour of the same weekday."""
    return np.array(
        [grid[weekday == day].mean(axis=0) if (weekday == day).any() else grid.mean(axis=0) for day in ahead]
    )


def shrunk(grid: Grid, weekday: NDArray[Any], ahead: NDArray[Any]) -> Grid:
    """`shrunk_profile` at the weekdays ahead."""
    return np.asarray(shrunk_profile(grid, weekday)[ahead])


def leveled(grid: Grid, weekday: NDArray[Any], ahead: NDArray[Any], *, half_life: float = 28.0) -> Grid:
    """The shrunk profile, lifted to the recent level (exponential weights with a half-life of 28 days, damped by half)."""
    profile = shrunk_profile(grid, weekday)
    weights = 0.5 ** (np.arange(len(grid))[::-1] / half_life)
    usual = (weights[:, None] * profile[weekday]).sum()
    level = (weights[:, None] * grid).sum() / usual if usual else 1.0
    return np.asarray(profile[ahead] * (1 + (level - 1) / 2))


METHODS: dict[str, Callable[[Grid, NDArray[Any], NDArray[Any]], Grid]] = {
    "same hour last week": naive, "hour-of-week mean": weekday_mean, "shrunk profile": shrunk, "shrunk profile × recent level": leveled,
}  # fmt: skip


def shrunk_profile(grid: Grid, weekday: NDArray[Any]) -> Grid:
    """Calls an hour by weekday and hour, [7, 24].

    Each cell is the posterior mean of a gamma prior around weekday × hour of day (the product of the margins), its
    strength by the method of moments over the cells (Efron & Morris 1973 in the Poisson-gamma form).
    """
    n = np.array([(weekday == day).sum() for day in range(WEEK)], dtype=float)
    return shrunk_cells(np.array([grid[weekday == day].sum(axis=0) for day in range(WEEK)]), n)


def shrunk_cells(totals: Grid, n: Grid) -> Grid:
    """The same from the totals of each weekday and part of the day [7, h], seen on `n` days [7]."""
    hour_share = totals.sum(axis=0) / max(totals.sum(), 1e-12)
    everyday = totals.sum() / max(n.sum(), 1)
    day_level = np.divide(totals.sum(axis=1), n, out=np.full(WEEK, everyday), where=n > 0)
    prior = day_level[:, None] * hour_share[None, :]
    seen = np.repeat(n[:, None], totals.shape[1], axis=1)
    mean = np.divide(totals, seen, out=prior.copy(), where=seen > 0)
    excess = (seen * (mean - prior) ** 2 - prior).sum()
    spread = max(excess / max((seen * prior**2).sum(), 1e-12), 1e-6)
    # A gamma prior with mean `prior` and variance spread × prior² is worth 1 / (spread × prior) days of data.
    strength = 1.0 / (spread * np.maximum(prior, 1e-9))
    return np.asarray((seen * mean + strength * prior) / (seen + strength))


def _months(grid: Grid, days: list[dt.date], profile: Grid) -> tuple[pl.DataFrame, Grid]:
    """Factors by month of the year, and the factor of every day; all one where less than a year is covered."""
    month = np.array([day.month for day in days])
    weekday = np.array([day.weekday() for day in days])
    empty = pl.DataFrame(schema={"month": pl.Int64, "factor": pl.Float64, "days": pl.Int64})
    if len(np.unique(month)) < LEAST_MONTHS or (days[-1] - days[0]).days < 360:
        return empty, np.ones(len(days))
    expected = profile[weekday].sum(axis=1)
    factors = np.ones(13)
    for m in range(1, 13):
        here = month == m
        # The prior weight of one week keeps a month of a few days near one.
        factors[m] = (grid[here].sum() + 7 * expected.mean()) / (expected[here].sum() + 7 * expected.mean())
    table = pl.DataFrame(
        {"month": list(range(1, 13)), "factor": factors[1:], "days": [int((month == m).sum()) for m in range(1, 13)]}
    )
    return table, factors[month]


def _holiday_factor(grid: Grid, expected: Grid, is_holiday: NDArray[Any]) -> float | None:
    if is_holiday.sum() < LEAST_HOLIDAYS:
        return None
    usual = expected[is_holiday].sum()
    return float(grid[is_holiday].sum() / usual) if usual else None


def _dispersion(grid: Grid, expected: Grid) -> float:
    """Pearson's dispersion, at least 1: hours vary at least as much as Poisson."""
    safe = np.maximum(expected, 1e-9)
    return float(max(1.0, (((grid - safe) ** 2) / safe).sum() / max(grid.size - WEEK * HOURS, 1)))


def count_interval(mean: Grid, dispersion: float) -> tuple[Grid, Grid]:
    """The 95 % interval of one hour's count: Poisson, or negative binomial where hours vary more."""
    from scipy import stats

    mean = np.maximum(mean, 1e-9)
    if dispersion <= 1.001:
        return stats.poisson.ppf(0.025, mean), stats.poisson.ppf(0.975, mean)
    size = mean / (dispersion - 1)
    return stats.nbinom.ppf(0.025, size, 1 / dispersion), stats.nbinom.ppf(0.975, size, 1 / dispersion)


def bake_off(days: list[dt.date], grid: Grid, *, horizon: int = 28, origins: int = 6) -> pl.DataFrame:
    """Every method by rolling origin: `method, wape, share_of_naive`, and the Poisson floor.

    WAPE: sum of absolute errors over the sum of calls, by hour. The floor is the error that a forecast would still
    make that knew the true rate, with the counts Poisson around the rate of the shrunk profile fitted on all days.
    """
    weekday = np.array([day.weekday() for day in days])
    starts = [len(days) - horizon * k for k in range(1, origins + 1) if len(days) - horizon * k >= 2 * horizon]
    errors = dict.fromkeys(METHODS, 0.0)
    total = 0.0
    for start in starts:
        ahead = slice(start, start + horizon)
        total += grid[ahead].sum()
        for name, method in METHODS.items():
            errors[name] += float(np.abs(method(grid[:start], weekday[:start], weekday[ahead]) - grid[ahead]).sum())
    rows = [{"method": name, "wape": error / total if total else None} for name, error in errors.items()]
    rate = shrunk_profile(grid, weekday)[weekday]
    missed = sum(_absolute_deviation(rate[start : start + horizon]) for start in starts)
    rows.append({"method": "Poisson floor", "wape": missed / total if total else None})
    base = rows[0]["wape"]
    return pl.DataFrame(rows).with_columns((pl.col("wape") / base).alias("share_of_naive"))


def _absolute_deviation(rate: Grid) -> float:
    """The sum of the mean absolute deviations of Poisson counts around their rates (Crow 1958)."""
    from scipy import stats

    return float((2 * rate * stats.poisson.pmf(np.floor(rate), rate)).sum())
