"""Forecasts of demand, on counts whose truth is known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from rightcall.calls.quality import Coverage
from rightcall.planning import demand
from rightcall.program import starter

PROGRAM = starter.program(time_zone="America/New_York")


def counts(days: int, *, seed: int = 1) -> tuple[list[dt.date], np.ndarray, np.ndarray]:
    """Days, Poisson counts [days, 24] and their true rates [7, 24]."""
    luck = np.random.default_rng(seed)
    hours = 0.6 + 0.5 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)
    rate = np.outer([1, 1, 1, 1, 1.2, 1.4, 1.1], hours)
    first = dt.date(2025, 1, 6)
    dates = [first + dt.timedelta(days=k) for k in range(days)]
    return dates, luck.poisson(rate[[day.weekday() for day in dates]]).astype(float), rate


def test_the_profile_comes_nearer_to_the_truth_than_the_plain_mean() -> None:
    errors = {"mean": 0.0, "shrunk": 0.0}
    for seed in range(8):
        days, grid, rate = counts(56, seed=seed)
        weekday = np.array([day.weekday() for day in days])
        errors["mean"] += float(((demand.weekday_mean(grid, weekday, np.arange(7)) - rate) ** 2).mean())
        errors["shrunk"] += float(((demand.shrunk_profile(grid, weekday) - rate) ** 2).mean())
    assert errors["shrunk"] < 0.6 * errors["mean"]


def test_the_profile_keeps_the_total_of_the_calls() -> None:
    days, grid, _ = counts(70)
    weekday = np.array([day.weekday() for day in days])
    assert demand.shrunk_profile(grid, weekday)[weekday].sum() == pytest.approx(grid.sum(), rel=0.01)


def test_the_interval_holds_about_95_of_100_hours() -> None:
    days, grid, rate = counts(700)
    weekday = np.array([day.weekday() for day in days])
    low, high = demand.count_interval(rate[weekday], 1.0)
    inside = ((grid >= low) & (grid <= high)).mean()
    assert 0.95 <= inside <= 0.995  # whole numbers make it wider, never narrower
    wide_low, wide_high = demand.count_interval(rate, 2.0)
    assert (wide_high >= demand.count_interval(rate, 1.0)[1]).all()
    assert (wide_low <= demand.count_interval(rate, 1.0)[0]).all()


def test_every_method_beats_last_week_and_none_the_floor_by_much() -> None:
    days, grid, _ = counts(200)
    table = demand.bake_off(days, grid)
    wape = dict(table.select("method", "wape").iter_rows())
    naive, floor = wape.pop("same hour last week"), wape.pop("Poisson floor")
    assert all(error < naive for error in wape.values())
    assert all(error > 0.95 * floor for error in wape.values())


def covered(days: list[dt.date], *, solid: list[bool] | None = None) -> Coverage:
    frame = pl.DataFrame({"day": days, "calls": [20] * len(days), "solid": solid or [True] * len(days)})
    return Coverage(days[0], days[-1], frame, pl.DataFrame(), (), ())


def hourly(days: list[dt.date], grid: np.ndarray) -> pl.DataFrame:
    rows = [(day, hour, int(grid[i, hour])) for i, day in enumerate(days) for hour in range(24)]
    return pl.DataFrame(rows, schema=["day", "hour", "by_nature"], orient="row")


def test_a_season_is_found_only_where_a_year_is_covered() -> None:
    days, grid, _ = counts(400)
    grid[[day.month == 7 for day in days]] *= 2
    told = demand.forecast({"hourly": hourly(days, grid)}, covered(days), program=PROGRAM)
    assert told is not None
    assert told.months.filter(pl.col("month") == 7)["factor"].item() > 1.5
    assert told.holiday_factor is not None

    short = demand.forecast({"hourly": hourly(days[:90], grid[:90])}, covered(days[:90]), program=PROGRAM)
    assert short is not None
    assert short.months.is_empty()


def test_days_that_are_badly_covered_do_not_pull_the_forecast_down() -> None:
    days, grid, _ = counts(60)
    holes = grid.copy()
    holes[10:30] = 0
    solid = [not 10 <= i < 30 for i in range(60)]
    whole = demand.forecast({"hourly": hourly(days, grid)}, covered(days), program=PROGRAM)
    told = demand.forecast({"hourly": hourly(days, holes)}, covered(days, solid=solid), program=PROGRAM)
    assert whole is not None
    assert told is not None
    assert told.per_week == pytest.approx(whole.per_week, rel=0.1)


def test_three_weeks_are_the_least() -> None:
    days, grid, _ = counts(20)
    assert demand.forecast({"hourly": hourly(days, grid)}, covered(days), program=PROGRAM) is None
    assert demand.forecast({}, covered(days), program=PROGRAM) is None
