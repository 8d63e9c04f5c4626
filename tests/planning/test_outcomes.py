"""Outcomes are joined by incident number; the share that could be joined comes first."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rightcall.planning import outcomes
from rightcall.planning.outcomes import OutcomesError

JUDGED = pl.DataFrame(
    {
        "incident_number": [f"25-{n:03d}" for n in range(10)],
        "family": ["welfare"] * 5 + ["noise"] * 5,
        "public": [True] * 9 + [False],
        "by_nature": [True] * 5 + [False] * 5,
    }
).lazy()


def file(folder: Path, text: str) -> Path:
    path = folder / "outcomes.csv"
    path.write_text(text)
    return path


def test_arrests_and_force_are_counted_by_family_with_what_could_be_joined(tmp_path: Path) -> None:
    path = file(
        tmp_path, "Incident Number,Arrest Made,Use of Force,Officer Injured\n25 000,Y,0,no\n25-001,N,2,no\n25-001,Y,0,no\n25-006,Y,0,no\n99-999,Y,1,yes\n"
    )  # fmt: skip
    told = outcomes.join(path, JUDGED, work=tmp_path)

    assert (told.rows, told.joined, told.calls, told.of) == (5, 4, 3, 9)
    assert told.kinds == ("arrest", "force", "officer_injury")
    assert told.table.to_dicts() == [{"family": "welfare", "calls": 5, "arrest": 2, "force": 1, "officer_injury": 0}]
    assert told.as_json()["share_joined"] == pytest.approx(0.8)


def test_the_number_is_found_by_its_values_where_its_name_says_nothing(tmp_path: Path) -> None:
    path = file(tmp_path, "ref,backup requested\n25000,1\n25001,0\n25002,1\n")
    assert outcomes.join(path, JUDGED, work=tmp_path).joined == 3


def test_a_file_that_tells_no_outcome_or_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutcomesError, match="tells an outcome"):
        outcomes.join(file(tmp_path, "incident number,color\n25-000,red\n25-001,blue\n"), JUDGED, work=tmp_path)
    with pytest.raises(OutcomesError, match="incident numbers"):
        outcomes.join(file(tmp_path, "badge,arrest\n1,Y\n1,N\n1,N\n1,N\n1,N\n"), JUDGED, work=tmp_path)
