"""Repeated rows: further units are kept as units, copies are not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rightcall.calls import export, layout, typed

HEAD = "call time,dispatched,cleared,type,address,unit"


def row(n: int, unit: str = "A1") -> str:
    day = f"2024-01-{n % 28 + 1:02d} {n % 24:02d}"
    return f"{day}:00:00,{day}:05:00,{day}:30:00,WELFARE CHECK,{n} Oak St,{unit}"


def read(folder: Path, head: str, rows: list[str]) -> export.Export:
    path = folder / "calls.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return export.read_export(path, work=folder, time_zone="America/Chicago")


@pytest.mark.parametrize("numbered", [True, False])
def test_a_copy_of_a_row_is_no_second_call_and_no_second_unit(tmp_path: Path, numbered: bool) -> None:
    rows = [row(n) for n in range(50)]
    rows += rows[3:6]
    if numbered:
        rows = [f"24-{n % 50 if n < 50 else n - 47},{line}" for n, line in enumerate(rows)]
    got = read(tmp_path, ("incident number," if numbered else "") + HEAD, rows)

    assert got.rows == 53
    assert got.calls.collect().height == 50
    assert got.rejected["reason"].to_list() == ["the same as row 4", "the same as row 5", "the same as row 6"]
    assert got.unit_times is not None
    assert got.unit_times.collect().height == 50
    assert any(finding.code == "identical_rows" for finding in got.findings)


def test_a_further_unit_of_an_incident_is_a_unit_and_not_a_call(tmp_path: Path) -> None:
    rows = [f"24-{n},{row(n)}" for n in range(50)] + [f"24-7,{row(7, 'B2')}"]
    got = read(tmp_path, "incident number," + HEAD, rows)

    assert got.calls.collect().height == 50
    assert got.rejected["reason"].to_list() == ["merged: the same incident as row 8"]
    assert got.unit_times is not None
    units = got.unit_times.filter(pl.col("call_id") == "24-7").collect()
    assert sorted(units["unit"]) == ["A1", "B2"]


def test_a_row_with_several_units_gives_each_a_row_and_its_stamps_to_the_first(tmp_path: Path) -> None:
    rows = [f"24-{n},{row(n, chr(34) + 'A1,B2' + chr(34))}" for n in range(30)]
    got = read(tmp_path, "incident number," + HEAD, rows)

    assert got.unit_times is not None
    units = got.unit_times.collect()
    assert units.height == 60
    assert units.filter(pl.col("unit") == "A1")["assigned_at"].null_count() == 0
    assert units.filter(pl.col("unit") == "B2")["assigned_at"].null_count() == 30


def test_however_many_rows_are_read_at_once_the_calls_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["WELFARE CHECK", "NOISE", "", "TRESPASS", "N/A"]
    rows = [f"{'' if n % 11 == 0 else f'24-{n}'},{row(n).replace('WELFARE CHECK', words[n % 5])}" for n in range(90)]
    rows += [f"24-{n},{row(n, 'B2')}" for n in (7, 8, 50)] + ["24-7," + row(7), "24-99,soon,,,NOISE,1 Oak St,A1"]
    whole = read(tmp_path, "incident number," + HEAD, rows)
    calls, units = whole.calls.collect(), whole.unit_times
    monkeypatch.setattr(typed, "BATCH_ROWS", 7)
    parts = tmp_path / "parts"
    parts.mkdir()
    got = read(parts, "incident number," + HEAD, rows)

    ids = pl.col("call_id")
    assert len(list(parts.glob("typed-*.parquet"))) > 5
    assert got.calls.collect().equals(calls)
    assert units is not None
    assert got.unit_times is not None
    assert got.unit_times.collect().equals(units.collect())
    assert got.rejected.equals(whole.rejected)
    assert got.mapping.equals(whole.mapping)
    assert got.findings == whole.findings
    assert calls.filter(ids.str.contains("-") & ~ids.str.starts_with("24-")).height == 9


def test_calls_without_a_single_type_are_calls_all_the_same(tmp_path: Path) -> None:
    rows = [row(n).replace("WELFARE CHECK", "") for n in range(40)]
    path = tmp_path / "calls.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    named = layout.Layout(columns={"first_type": "type", "place_text": "address"})
    calls = export.read_export(path, work=tmp_path, time_zone="America/Chicago", layout=named).calls.collect()
    assert calls.height == 40
    assert calls["family"].null_count() == calls["weapon"].null_count() == 40
