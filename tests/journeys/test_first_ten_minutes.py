"""A city's first ten minutes: Priya has a CAD export and a council date."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from rightcall.cli import app

CARE = ("WELFARE CHECK", "TRESPASS", "MENTAL HEALTH CRISIS", "SUICIDE THREAT", "INTOXICATED PERSON")
OTHER = ("LARCENY", "BURGLARY ALARM", "ACCIDENT - PROPERTY DAMAGE", "SUSPICIOUS VEHICLE", "SHOPLIFTING")


def export(path: Path, *, hazards: bool) -> None:
    """1,060 rows of which 60 repeat an incident; of the 1,000, 400 are officers' own work, 150 are care calls."""
    start = dt.datetime(2025, 3, 1, 0, 7)
    rows = []
    for number in range(1_000):
        when = start + dt.timedelta(minutes=83 * number)
        kind = "officer" if number % 5 < 2 else "care" if number % 4 == 0 else "other"
        rows.append({"Incident Number": f"25-{number:05d}", "Call Received": when.strftime("%Y-%m-%d %H:%M:%S"),
                     "Call Type": "", "kind": kind, "Call Source": "Officer" if kind == "officer" else "911",
                     "Council District": str(number // 7 % 5 + 1), "Priority": "3", "Weapon": "", "Violence": "", "Injury": ""})  # fmt: skip
    care = [row for row in rows if row["kind"] == "care"]
    for i, row in enumerate(care[150:]):
        row["kind"] = "other" + str(i)
    for i, row in enumerate(rows):
        row["Call Type"] = (
            CARE[i % 5] if row["kind"] == "care" else "TRAFFIC STOP" if row["kind"] == "officer" else OTHER[i % 5]
        )
    for row in care[:150:12][:12]:
        row["Weapon"] = "Y"
    assert sum(row["kind"] == "care" for row in rows) == 150
    rows += [dict(row) for row in rows[100:700:10]]
    names = [name for name in rows[0] if name != "kind" and (hazards or name not in ("Weapon", "Violence", "Injury"))]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    assert app.run(["new", str(tmp_path / "program"), "--jurisdiction", "Durham, NC"]) == 0
    return tmp_path / "program"


def plan_of(folder: Path) -> dict:
    return json.loads((folder / "plan.json").read_text())


def test_the_plan_leads_with_the_honest_interval_and_then_with_the_middle(program: Path, tmp_path: Path) -> None:
    calls, out = tmp_path / "calls.csv", tmp_path / "plan"
    export(calls, hazards=True)

    assert app.run(["plan", str(program), str(calls), "-o", str(out)]) == 0

    plan = plan_of(out)
    assert plan["sources"][0]["rows"] == 1_060
    assert plan["sources"][0]["rejected"] == 60
    assert (plan["calls"]["calls"], plan["calls"]["officer"], plan["calls"]["public"]) == (1_000, 400, 600)
    assert plan["eligible"]["by_nature"] == 150
    assert plan["eligible"]["share_by_nature"] == pytest.approx(0.25)
    assert (plan["eligible"]["at_most"], plan["eligible"]["at_least"]) == (138, 0)
    assert plan["eligible"]["not_assessed"] == 0
    assert plan["area_layer"] == "area_district"
    districts = pl.read_csv(out / "tables" / "area_district.csv")
    assert districts.height == 5
    assert districts["by_nature"].sum() == 150
    report = (out / "report.html").read_text()
    assert all(figure in report for figure in (">600<", ">150<", ">138<", ">0<"))

    sample = tmp_path / "sample.xlsx"
    arguments = ["sample", str(calls), "--program", str(program), "--n", "100", "-o", str(sample)]
    assert app.run(arguments) == 0
    fill(sample, ours=22)

    assert app.run(["plan", str(program), str(calls), "-o", str(out), "--sample", str(sample)]) == 0

    plan = plan_of(out)
    middle = plan["eligible"]["middle"]
    assert (round(middle["value"]), round(middle["low"]), round(middle["high"])) == (30, 21, 43)
    assert plan["hand_reading"]["read"] == 100
    assert plan["hand_reading"]["kappa"] == pytest.approx(1.0)
    assert "21 to 43" in (out / "report.html").read_text()


def fill(path: Path, *, ours: int) -> None:
    """Two readers agree on every call; the first `ours` are yes."""
    book = openpyxl.load_workbook(path)
    for name in ("Reader A", "Reader B"):
        sheet = book[name]
        for line in range(2, sheet.max_row + 1):
            sheet.cell(line, 7).value = "yes" if line - 2 < ours else "no"
    book.save(path)


def test_an_export_without_any_hazard_still_gives_a_useful_plan_and_says_what_a_day_of_reading_would_add(
    program: Path, tmp_path: Path
) -> None:
    calls, out = tmp_path / "calls.csv", tmp_path / "plan"
    export(calls, hazards=False)

    assert app.run(["plan", str(program), str(calls), "-o", str(out)]) == 0

    plan = plan_of(out)
    assert (plan["eligible"]["by_nature"], plan["eligible"]["at_most"], plan["eligible"]["at_least"]) == (150, 150, 0)
    assert any(finding["code"] == "no_hazards" for finding in plan["findings"])
    report = (out / "report.html").read_text()
    assert "One day of reading 150 narratives" in report
    assert pl.read_parquet(out / "decisions.parquet").height == 1_000


def test_every_row_is_a_call_or_is_listed_with_its_reason(tmp_path: Path) -> None:
    calls, out = tmp_path / "calls.csv", tmp_path / "read"
    export(calls, hazards=True)

    assert app.run(["read", str(calls), "-o", str(out), "--timezone", "America/New_York"]) == 0

    rejected = pl.read_csv(out / "rejected.csv")
    assert rejected.columns == ["row", "line", "reason", "raw"]
    assert pl.read_parquet(out / "calls.parquet").height + rejected.height == 1_060
    assert rejected["reason"].str.starts_with("the same as row").all()

    again = tmp_path / "again"
    layout = str(out / "layout.toml")
    assert app.run(["read", str(calls), "-o", str(again), "--layout", layout]) == 0
    assert pl.read_parquet(again / "calls.parquet").equals(pl.read_parquet(out / "calls.parquet"))
