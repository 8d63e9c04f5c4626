"""A simulated year in the tables of the house: measures speak of it as of a real one."""

from __future__ import annotations

import datetime as dt

import invented_city as inv
import numpy as np
import polars as pl
import pytest

from rightcall.measures import service
from rightcall.measures.service import Service
from rightcall.simulation import city, figures, luck, output, scenario, years
from rightcall.simulation.scenario import Model

BUSY = (
    inv.EXPECT
    + '[[assume]]\ninput = "growth"\nvalue = 3\n[[assume]]\ninput = "back-up"\nvalue = 0.3\n[[assume]]\ninput = "hand-over"\nvalue = 0.5\n'
)


def played(model: Model, run: int) -> tuple[dict[str, pl.DataFrame], dict[str, float], dict[str, float]]:
    year, log = years.go(model, run=run)
    layout = figures.layout(model, layer=None)
    row = figures.read(model, year, log, layout=layout, run=run, levels=None)
    one = {name: float(row[layout.parts[name]][0]) for name in figures.SINGLE}
    reasons = dict(zip(figures.REASONS, row[layout.parts["reasons"]].tolist(), strict=True))
    return output.tables_of(model, year, log), one, reasons


def of(tables: dict[str, pl.DataFrame]) -> Service:
    return Service(
        **{name: tables[name] for name in ("calls", "decisions", "responses", "unserved", "duty", "support")}
    )


@pytest.mark.parametrize(("run", "line"), [(1, ""), (2, ""), (17, ""), (3, 'keep_on_line = "desk"\n')])
def test_the_measures_of_the_tables_are_the_figures_of_the_run(run: int, line: str) -> None:
    model = scenario.model(inv.place(inv.calls(days=30, a_day=40), stamps=True), program=inv.program(line + BUSY))
    tables, one, reasons = played(model, run)
    got = service.measure(of(tables), program=model.program)
    for measure, figure in (("coverage", "coverage"), ("coverage_on_duty", "coverage_on_duty")):
        assert got[measure].estimate is not None
        assert got[measure].estimate.value == pytest.approx(one[figure])
    assert got["coverage"].denominator == one["eligible"]
    assert got["coverage_on_duty"].denominator == one["eligible_on_duty"]
    counts = {"answered_by_phone": "by_phone", "answered_in_person": "in_person", "answered_with_police": "with_police", "crew_backlog": "backlog"}  # fmt: skip
    for measure, figure in counts.items():
        assert got[measure].numerator == one[figure], measure
    for measure, figure, how in (
        ("queue", "queue_mean", "mean"), ("queue", "queue_p90", "p90"), ("crew_response", "response_mean", "mean"),
        ("crew_response", "response_median", "median"), ("crew_response", "response_p90", "p90"), ("visit", "on_scene_mean", "mean"), ("crew_travel", "travel_mean", "mean"),
    ):  # fmt: skip
        assert getattr(got[measure], how) == pytest.approx(one[figure], rel=1e-6), (measure, how)
    assert got["unit_hours"].numerator == pytest.approx(one["unit_hours"], rel=1e-6)
    assert got["hours_on_duty"].numerator == pytest.approx(one["duty_hours"], rel=1e-6)
    assert got["busy_share"].mean == pytest.approx(one["busy_share"], rel=1e-6)
    assert got["per_unit_hour"].n == one["responses"]
    assert got["backup_routine"].numerator == one["backup_routine"] > 0
    assert got["backup_urgent"].numerator == one["backup_urgent"]
    assert got["moved"].numerator == one["transports"] > 0
    assert tables["calls"].height >= one["public"]
    by_reason: dict[str, int] = {}
    for words, n in service.unserved(of(tables)).items():
        by_reason[words[0]] = by_reason.get(words[0], 0) + n
    assert by_reason == {reason: n for reason, n in reasons.items() if n}


def test_every_call_ends_once_and_every_row_has_its_call() -> None:
    model = scenario.model(inv.place(inv.calls(days=30, a_day=30)), program=inv.program(BUSY))
    tables, _, _ = played(model, 4)
    ids = tables["calls"]["call_id"]
    assert ids.is_unique().all()
    decided = tables["decisions"]
    assert decided["call_id"].sort().equals(ids.sort())
    ours = set(decided.filter(pl.col("outcome") == "ours")["call_id"])
    answered = set(tables["responses"].filter(pl.col("arrived_at").is_not_null())["call_id"])
    lost = set(tables["unserved"]["call_id"])
    assert answered | lost == ours
    assert not answered & lost


def test_nobody_is_in_two_places_and_none_is_sent_off_duty() -> None:
    model = scenario.model(inv.place(inv.calls(days=30, a_day=60)), program=inv.program(BUSY))
    tables, _, _ = played(model, 5)
    turns = tables["duty"].rows_by_key("unit", named=True)
    for unit, rows in tables["responses"].sort("assigned_at").rows_by_key("unit", named=True).items():
        free = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        for row in rows:
            # Stamps are rounded to microseconds.
            assert row["assigned_at"] >= free - dt.timedelta(microseconds=2), unit
            free = row["available_at"] or row["canceled_at"]
            assert any(turn["started_at"] <= row["assigned_at"] < turn["ended_at"] for turn in turns[unit])


def test_stamps_stand_in_the_order_of_events() -> None:
    model = scenario.model(inv.place(stamps=True), program=inv.program(BUSY))
    tables, _, _ = played(model, 6)
    names = [
        "assigned_at",
        "en_route_at",
        "staged_at",
        "arrived_at",
        "transport_at",
        "destination_at",
        "cleared_at",
        "available_at",
    ]
    for row in tables["responses"].select(names).iter_rows():
        known = [moment for moment in row if moment is not None]
        assert known == sorted(known)


def test_the_times_of_calls_are_those_of_the_wall_clock() -> None:
    table = inv.calls(days=40)
    offered = inv.program(inv.EXPECT + '[[assume]]\ninput = "uptake"\nvalue = 1\n')
    model = scenario.model(inv.place(table), program=offered)
    year, log = years.go(model, run=1)
    got = output.tables_of(model, year, log)["calls"]["received_at"].dt.convert_time_zone(inv.ZONE)
    known = table["received_at"].dt.convert_time_zone(inv.ZONE)
    minutes = [set((each.dt.hour().cast(pl.Int32) * 60 + each.dt.minute()).to_list()) for each in (got, known)]
    # Clocks go forward in these days: what would fall into the hour that is skipped comes an hour later.
    assert minutes[0] <= minutes[1] | {minute + 60 for minute in minutes[1] if 120 <= minute < 180}


def test_measures_of_an_empty_program_are_told_as_absent() -> None:
    nobody = inv.program().model_copy(update={"shift": tuple(s.model_copy(update={"units": 0}) for s in inv.program().shift)})  # fmt: skip
    tables, _, _ = played(scenario.model(inv.place(), program=nobody), 1)
    got = service.measure(of(tables), program=nobody)
    assert got["coverage"].estimate is not None
    assert got["coverage"].estimate.value == 0
    assert got["coverage_on_duty"].estimate is None
    assert got["busy_share"].absent
    assert got["crew_response"].absent


def test_minutes_have_one_mean_in_whatever_order_a_query_gives_them() -> None:
    rng = np.random.default_rng(5)
    gaps = rng.lognormal(3, 1, 5_000).astype(np.float32)
    part = pl.DataFrame({"time_on_scene": gaps})
    one, other = (
        city._in_order(part.sample(fraction=1.0, shuffle=True, seed=seed), "time_on_scene") for seed in (1, 2)
    )
    # To the last bit: a plan that is made again must not differ.
    assert one.tobytes() == other.tobytes()
    assert one.dtype == np.float64
    assert luck.table_of(one).tobytes() == luck.table_of(other).tobytes()
