"""Real exports, read with nobody at the keyboard and a time zone alone: every trap in them is found and said.

The data is not part of the repository: it lies in `$RIGHTCALL_DATA` or in `shared/data` beside the repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from rightcall.calls import export
from rightcall.calls.columns import Calls, UnitTimes
from rightcall.calls.quality import Finding

DATA = Path(os.environ.get("RIGHTCALL_DATA") or Path(__file__).parents[3] / "shared" / "data")
EXPORTS = {
    "burlington": ("burlington_vt/police-incidents-2022.csv", "America/New_York", 10_830),
    "san antonio": ("san_antonio_tx/sapd-calls-2022-2024.csv.gz", "America/Chicago", 376_392),
    "san luis obispo": ("san_luis_obispo_ca/slopd-calls-2021.csv", "America/Los_Angeles", 11_539),
    "boone": ("boone_county_mo/ems-2016.csv", "America/Chicago", 11_652),
}
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason=f"The real exports are not here: {DATA} does not exist. Name their folder in RIGHTCALL_DATA.",
)


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, export.Export]:
    """Each city read once."""
    found = {}
    for city, (name, zone, _) in EXPORTS.items():
        found[city] = export.read_export(DATA / name, work=tmp_path_factory.mktemp("work"), time_zone=zone)
    return found


def finding(got: export.Export, code: str) -> Finding:
    matching = [found for found in got.findings if found.code == code]
    assert matching, f"{code} was not found among {sorted({found.code for found in got.findings})}"
    return matching[0]


def local_hours(got: export.Export) -> pl.Series:
    hour = pl.col("received_at").dt.convert_time_zone(got.time_zone).dt.hour().cast(pl.Int64)
    return got.calls.sort("source_row").select(hour.alias("hour")).collect()["hour"]


def column(city: str, name: str) -> pl.Series:
    """A column of the export as it stands in the file."""
    return pl.read_csv(DATA / EXPORTS[city][0], infer_schema=False, columns=[name])[name]


@pytest.mark.parametrize("city", EXPORTS)
def test_every_row_is_a_call_or_set_aside(cities: dict[str, export.Export], city: str) -> None:
    got = cities[city]
    calls = got.calls.select(pl.len()).collect().item()
    assert got.rows == EXPORTS[city][2]
    assert calls + got.rejected.height == got.rows
    kept = got.calls.select("source_row").collect()["source_row"]
    assert sorted([*kept.to_list(), *got.rejected["row"].to_list()]) == list(range(1, got.rows + 1))


@pytest.mark.parametrize("city", EXPORTS)
def test_the_tables_fit_their_contracts(cities: dict[str, export.Export], city: str) -> None:
    got = cities[city]
    assert dict(got.calls.collect_schema()) == Calls.polars_schema()
    if got.unit_times is not None:
        assert dict(got.unit_times.collect_schema()) == UnitTimes.polars_schema()
    assert got.calls.select(pl.col("call_id").n_unique() == pl.len()).collect().item()


@pytest.mark.parametrize("city", EXPORTS)
def test_the_quiet_hours_lie_in_the_early_morning(cities: dict[str, export.Export], city: str) -> None:
    counts = local_hours(cities[city]).value_counts().sort("count")
    # Scheduled transfers leave their mark on an ambulance service, but nobody schedules one for the night.
    assert counts["hour"].head(3).is_between(1, 7).all()


# ------------------------------------------------------------------ Burlington


def test_burlingtons_clock_is_corrected_by_its_column_of_hours(cities: dict[str, export.Export]) -> None:
    corrected = finding(cities["burlington"], "clock_corrected")
    assert corrected.values["column"] == "call_time"
    assert "hour" in corrected.values["checks"]
    assert corrected.values["share"] >= 0.99
    assert corrected.values["before"] < 0.1
    said = column("burlington", "Hour").str.extract(r"(\d+)").cast(pl.Int64) % 12
    said = said + pl.Series([12 if "pm" in hour else 0 for hour in column("burlington", "Hour")])
    assert (local_hours(cities["burlington"]) == said).mean() >= 0.99  # type: ignore[operator]
    assert cities["burlington"].layout.stamps["received"].clock == "utc as local"


def test_burlingtons_unticked_box_is_no_denial(cities: dict[str, export.Export]) -> None:
    got = cities["burlington"]
    assert finding(got, "unticked").values["column"] == "dv_related"
    assert got.calls.select((pl.col("intimate_partner") == False).sum()).collect().item() == 0  # noqa: E712
    assert got.layout.flags["mental_health"].column == "mental_health"


def test_burlingtons_missing_places_are_said(cities: dict[str, export.Export]) -> None:
    assert finding(cities["burlington"], "no_place").values["share"] == pytest.approx(0.08, abs=0.01)
    assert finding(cities["burlington"], "officer_initiated").values["n"] > 0
    assert finding(cities["burlington"], "one_time")


# ------------------------------------------------------------------ San Antonio


def test_san_antonios_missing_am_and_pm_are_settled_by_the_milliseconds(cities: dict[str, export.Export]) -> None:
    got = cities["san antonio"]
    settled = finding(got, "half_day_clock")
    assert (settled.values["column"], settled.values["other"]) == ("Date + Time", "ResponseDate")
    assert settled.values["share"] >= 0.99
    milliseconds = column("san antonio", "ResponseDate").cast(pl.Int64)
    read = got.calls.sort("source_row").select(pl.col("received_at").dt.epoch("ms")).collect()["received_at"]
    assert (read == milliseconds).all()


def test_san_antonios_incomplete_months_are_never_low_months(cities: dict[str, export.Export]) -> None:
    partial = finding(cities["san antonio"], "months_partial")
    assert partial.values["n"] == 26
    assert partial.weight == "serious"
    assert finding(cities["san antonio"], "days_missing").values["n"] > 600


def test_san_antonios_officers_work_is_told_apart(cities: dict[str, export.Export]) -> None:
    assert finding(cities["san antonio"], "officer_initiated").values["n"] > 10_000
    assert finding(cities["san antonio"], "no_origin")


# ------------------------------------------------------------------ San Luis Obispo


def test_san_luis_obispos_times_pass_midnight(cities: dict[str, export.Export]) -> None:
    got = cities["san luis obispo"]
    assert finding(got, "passed_midnight").values["n"] > 100
    assert got.unit_times is not None
    waits = got.calls.join(got.unit_times, on="call_id").select(pl.col("arrived_at") - pl.col("received_at")).collect()
    hours = waits.to_series().drop_nulls().dt.total_hours()
    assert (hours.is_between(-12, 23)).all()
    assert (hours >= 0).mean() > 0.99  # type: ignore[operator]


def test_san_luis_obispos_cut_labels_are_seen(cities: dict[str, export.Export]) -> None:
    cut = finding(cities["san luis obispo"], "labels_cut")
    assert cut.values["length"] == 16
    assert cut.values["example"] == "ALARM MALFUNCTIO"


def test_san_luis_obispos_missing_times_are_said(cities: dict[str, export.Export]) -> None:
    got = cities["san luis obispo"]
    missing = {found.values["stamp"]: found.values["share"] for found in got.findings if found.code == "stamp_missing"}
    assert missing["assigned"] == pytest.approx(1 / 3, abs=0.03)
    assert finding(got, "no_clear")
    assert finding(got, "merged_rows").values["n"] == 3


# ------------------------------------------------------------------ Boone County


def test_boones_transfers_are_found(cities: dict[str, export.Export]) -> None:
    assert 0.4 < finding(cities["boone"], "scheduled_transfers").values["share"] < 0.7


def test_boones_coordinates_are_not_degrees_and_many_are_zero(cities: dict[str, export.Export]) -> None:
    got = cities["boone"]
    assert finding(got, "projected").values == {"x": "GeoX", "y": "GeoY"}
    assert finding(got, "null_points").values["n"] == pytest.approx(0.11 * got.rows, rel=0.05)
    assert got.calls.select(pl.col("lat").is_null().all()).collect().item()


def test_boones_coordinates_are_read_once_their_system_is_stated(
    cities: dict[str, export.Export], tmp_path: Path
) -> None:
    name, zone, _ = EXPORTS["boone"]
    layout = cities["boone"].layout
    # NAD83, Missouri Central, in feet: a code of Esri's, for EPSG has none.
    stated = layout.model_copy(update={"places": layout.places.model_copy(update={"epsg": 102697})})
    got = export.read_export(DATA / name, work=tmp_path, time_zone=zone, layout=stated)
    middle = got.calls.select(pl.col("lat").median(), pl.col("lon").median()).collect().row(0)
    assert middle == pytest.approx((38.95, -92.33), abs=0.1)
    assert finding(got, "null_points").values["n"] == finding(cities["boone"], "null_points").values["n"]


def test_boones_stamps_out_of_order_are_counted(cities: dict[str, export.Export]) -> None:
    pairs = {
        (found.values["earlier"], found.values["later"]): found.values["n"]
        for found in cities["boone"].findings if found.code == "out_of_order"
    }  # fmt: skip
    assert pairs["arrived", "cleared"] == 269
    assert set(cities["boone"].layout.stamps) == {"received", "assigned", "en_route", "arrived", "cleared"}
