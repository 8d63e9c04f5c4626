"""Is the simulation right? A service's own calls played again."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rightcall.calls.columns import Calls
from rightcall.errors import NothingLeft
from rightcall.locale import Words
from rightcall.planning import given, replay
from rightcall.planning.replay import Replay
from rightcall.planning.report import html, replay_page

ZONE = "America/Chicago"
NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
DATA = Path(os.environ.get("RIGHTCALL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
BOONE = DATA / "boone_county_mo" / "ems-2016.csv"


def service(*, units: int, days: int = 60, a_day: int = 40, minutes: float = 45.0, family: str = "medical") -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """A service that sends whichever unit is free first, two minutes after the call at best."""
    draw = np.random.default_rng(3)
    begin = dt.datetime(2026, 1, 5, 6, tzinfo=dt.UTC)
    at = np.sort(draw.random(days * a_day)) * days * 1440
    free = np.zeros(units)
    rows = []
    for number, moment in enumerate(at):
        unit = int(np.argmin(free))
        assigned = max(moment + 2.0, free[unit])
        free[unit] = assigned + draw.exponential(minutes)
        rows.append((f"c{number}", moment, assigned, free[unit], f"M{unit}"))
    table = pl.DataFrame(rows, schema=["call_id", "received", "assigned", "cleared", "unit"], orient="row")
    when = {name: (pl.lit(begin) + pl.duration(microseconds=(pl.col(name) * 60e6).cast(pl.Int64))).dt.cast_time_unit("us") for name in ("received", "assigned", "cleared")}  # fmt: skip
    known = {"call_id": pl.col("call_id"), "received_at": when["received"], "family": pl.lit(family), "source_file": pl.lit("x"), "source_row": pl.lit(1)}  # fmt: skip
    schema = Calls.polars_schema()
    calls = table.select(known.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items())
    nothing = pl.lit(None, pl.Datetime("us", "UTC"))
    times = table.select("call_id", pl.lit("ems").alias("service"), "unit", when["assigned"].alias("assigned_at"), nothing.alias("en_route_at"), nothing.alias("arrived_at"), when["cleared"].alias("cleared_at"), nothing.alias("canceled_at"))  # fmt: skip
    return calls, times


def played(calls: pl.DataFrame, times: pl.DataFrame) -> Replay:
    return replay.replay(calls.lazy(), times.lazy(), time_zone=ZONE, runs=10)


def test_a_service_with_room_is_found_again() -> None:
    made = played(*service(units=6))
    assert made.units == 6
    assert made.delay_simulated == pytest.approx(made.delay_mean, abs=0.3)
    assert made.busy_error < 0.12
    assert made.alike > 0.7


def test_waiting_for_a_unit_comes_out_of_the_simulation() -> None:
    # Two units for 1.25 erlangs: calls wait for tens of minutes, and nothing in the model was told so.
    made = played(*service(units=2))
    assert made.delay_mean > 15
    assert made.delay_simulated == pytest.approx(made.delay_mean, rel=0.35)


def test_transfers_keep_units_busy_and_are_left_out_of_the_curves() -> None:
    calls, times = service(units=3)
    half = pl.col("call_id").str.slice(1).cast(pl.Int64) % 2 == 0
    mixed = calls.with_columns(
        pl.when(half).then(pl.lit("medical transfer")).otherwise(pl.col("family")).alias("family")
    )
    made = played(mixed, times)
    assert made.calls == made.left_out == calls.height // 2
    alone = played(mixed.filter(pl.col("family") != "medical transfer"), times)
    assert made.delay_simulated > alone.delay_simulated


def test_an_export_without_units_is_told_what_to_ask_for() -> None:
    calls, times = service(units=2, days=2)
    with pytest.raises(NothingLeft, match="which unit went"):
        replay.replay(calls.lazy(), None, time_zone=ZONE)
    with pytest.raises(NothingLeft, match="too few calls"):
        replay.replay(calls.lazy(), times.head(5).lazy(), time_zone=ZONE)


def test_the_page_shows_both_curves_in_both_languages() -> None:
    made = played(*service(units=3, days=20))
    for language, word in (("en", "in reality"), ("es", "en realidad")):
        words = Words(language)
        page = html.render(replay_page.report(made, name="x.csv", at=NOW, words=words), words)
        assert page.count("<svg") == 2
        assert word in page
        assert "<nav" not in page
    assert len(made.as_json()["hours"]) == 24


@pytest.mark.skipif(not BOONE.exists(), reason="the ambulance calls of Boone County are not here")
def test_the_ambulances_of_boone_county_are_found_again() -> None:
    with tempfile.TemporaryDirectory() as work:
        got = given.calls_of([BOONE], work=Path(work), time_zone=ZONE, key=b"x" * 32)
        made = replay.replay(got.calls, got.unit_times, time_zone=ZONE)
    assert made.calls > 4000
    assert made.left_out > 6000
    assert made.delay_error < 0.3
    assert made.busy_error < 0.1
    assert made.alike > 0.97
