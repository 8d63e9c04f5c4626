"""Fetching open data, on recorded frames: the library itself needs the internet."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from rightcall.calls import export, open_police_data

RECORDED = pd.DataFrame(
    {
        "INCIDENT_ID": [f"24-{n}" for n in range(40)],
        "CALL_TIMESTAMP": [f"2024-03-{n % 28 + 1:02d} {n % 24:02d}:15:00" for n in range(40)],
        "CALL_TYPE": ["WELFARE CHECK", None] * 20,
        "BEAT": [1.0, float("nan")] * 20,
    }
)


class Source:
    def __init__(self, name: str, state: str | None = None) -> None:
        if name != "Millbrook":
            raise ValueError(f"{name} is not a known source")

    def load(self, table_type: str, date: int, **how: object) -> types.SimpleNamespace:
        assert table_type == "CALLS FOR SERVICE"
        return types.SimpleNamespace(table=RECORDED if date == 2024 else RECORDED.head(0))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpolicedata", types.SimpleNamespace(Source=Source))


def test_what_was_fetched_is_read_like_any_export(library: None, tmp_path: Path) -> None:
    target = tmp_path / "millbrook.parquet"

    assert open_police_data.fetch("Millbrook", year=2024, to=target) == 40

    work = tmp_path / "work"
    work.mkdir()
    got = export.read_export(target, work=work, time_zone="America/New_York")
    assert got.calls.collect().height == 40
    assert got.calls.select(pl.col("first_type").null_count()).collect().item() == 20


def test_it_says_what_could_not_be_fetched(library: None, tmp_path: Path) -> None:
    with pytest.raises(open_police_data.FetchError, match="Gotham is not a known source"):
        open_police_data.fetch("Gotham", year=2024, to=tmp_path / "x.parquet")
    with pytest.raises(open_police_data.FetchError, match="no calls in 2019"):
        open_police_data.fetch("Millbrook", year=2019, to=tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_it_says_how_to_install_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "openpolicedata", None)
    with pytest.raises(open_police_data.FetchError, match=r"rightcall\[opd\]"):
        open_police_data.fetch("Millbrook", year=2024, to=tmp_path / "x.parquet")
