"""Which forecast is best: a bake-off by rolling origin, on calls of our nature of the shared exports.

    python benchmarks/demand.py

For each city: every method's hourly error (WAPE), 28 days ahead from up to six origins, beside the naive "same hour
last week" and the Poisson floor that no forecast can beat.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import polars as pl

from rightcall.calls import export, quality
from rightcall.calls import sample as city
from rightcall.planning import demand, lenses
from rightcall.program import starter
from rightcall.triage import decisions

DATA = Path(os.environ.get("RIGHTCALL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CITIES = (
    ("Burlington, VT", "burlington_vt/police-incidents-2022.csv", "America/New_York", None),
    ("San Luis Obispo, CA", "san_luis_obispo_ca/slopd-calls-2021.csv", "America/Los_Angeles", None),
    ("Boone County, MO (all public ambulance calls)", "boone_county_mo/ems-2016.csv", "America/Chicago", "calls"),
)


def bake(path: Path, time_zone: str, value: str | None) -> pl.DataFrame:
    """The bake-off on one export."""
    program = starter.program(time_zone=time_zone)
    with tempfile.TemporaryDirectory() as work:
        got = export.read_export(path, work=Path(work), time_zone=time_zone)
        decided = decisions.decide(got.calls, program=program)
        seen = lenses.look(got.calls, decided, program=program, unit_times=None)
        period = quality.coverage(got.calls, time_zone=time_zone)
        hourly = seen.tables["hourly"]
        if value:
            hourly = hourly.with_columns(pl.col(value).alias("by_nature"))
        return demand.bake_off(*demand.grid_of(hourly, period))


def main() -> None:
    """Run the bake-off on every city that is there, and on the invented one."""
    pl.Config.set_tbl_hide_dataframe_shape(True).set_tbl_hide_column_data_types(True).set_fmt_str_lengths(60)
    for name, file, time_zone, value in CITIES:
        path = DATA / file
        if not path.exists():
            print(f"{name}: the export is not here, skipped.")
            continue
        print(f"\n{name}")
        print(bake(path, time_zone, value))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.csv"
        city.write(path, Path(folder) / "areas.geojson", seed=1)
        print("\nMillbrook (invented)")
        print(bake(path, city.ZONE, None))


if __name__ == "__main__":
    main()
