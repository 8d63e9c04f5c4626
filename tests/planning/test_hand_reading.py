"""The middle of the interval: drawing, reading, agreeing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from rightcall.errors import NothingLeft
from rightcall.locale import Words
from rightcall.measures import intervals
from rightcall.planning import hand_reading
from rightcall.planning.hand_reading import ReadingError


def open_calls(**families: int) -> pl.DataFrame:
    rows = [(f"{family}-{n}", family) for family, count in families.items() for n in range(count)]
    return pl.DataFrame(
        {
            "call_id": [row[0] for row in rows],
            "incident_number": [row[0] for row in rows],
            "received_at": [dt.datetime(2025, 1, 1, tzinfo=dt.UTC)] * len(rows),
            "first_type": ["=SUM(A1)"] * len(rows),
            "family": [row[1] for row in rows],
            "missing": ["weapon, violence"] * len(rows),
        },
        schema_overrides={"received_at": pl.Datetime("us", "UTC")},
    )


def workbook(path: Path, drawn: pl.DataFrame) -> Path:
    hand_reading.write_workbook(drawn, path, time_zone="America/New_York", program="CARE", words=Words("en"))
    return path


def answer(path: Path, a: list[str], b: list[str], agreed: dict[int, str] | None = None) -> None:
    book = openpyxl.load_workbook(path)
    for name, answers in (("Reader A", a), ("Reader B", b)):
        for line, said in enumerate(answers, start=2):
            book[name].cell(line, 7).value = said
    for line, said in (agreed or {}).items():
        book["Agreed"].cell(line, 7).value = said
    book.save(path)


def test_each_family_is_drawn_in_proportion_and_the_small_ones_at_least_five_times() -> None:
    drawn = hand_reading.draw(open_calls(welfare=900, suicide=95, indecency=5), n=100, seed=1)
    counts = dict(drawn.group_by("family").len().iter_rows())
    assert drawn.height <= 100
    assert drawn["call_id"].n_unique() == drawn.height
    assert counts["welfare"] > 80
    assert counts["indecency"] >= 4


def test_the_same_seed_draws_the_same_calls() -> None:
    calls = open_calls(welfare=200, suicide=50)
    one, other = (hand_reading.draw(calls, n=40, seed=seed) for seed in (7, 8))
    assert hand_reading.draw(calls, n=40, seed=7).equals(one)
    assert not other.equals(one)


def test_nothing_is_drawn_from_nothing() -> None:
    with pytest.raises(NothingLeft, match="nothing is to be read"):
        hand_reading.draw(open_calls(), n=10, seed=1)


def test_the_workbook_holds_no_formula_and_asks_two_readers(tmp_path: Path) -> None:
    path = workbook(tmp_path / "s.xlsx", open_calls(welfare=6))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Read me", "Reader A", "Reader B", "Agreed"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert "'=SUM(A1)" in [cell.value for cell in cells]


def test_disagreements_that_were_settled_count_and_others_are_left_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "s.xlsx", open_calls(welfare=6))
    answer(path, ["yes", "yes", "no", "no", "yes", ""], ["Yes", "no", "no", "yes", "", ""], {3: "yes"})

    read = hand_reading.read_workbook(path)

    assert (read.drawn, read.read, read.ours, read.both_read, read.agreed, read.unresolved) == (6, 4, 3, 4, 2, 1)
    assert read.kappa == pytest.approx(0.0)


def test_one_reader_alone_gives_a_share_and_no_kappa(tmp_path: Path) -> None:
    path = workbook(tmp_path / "s.xlsx", open_calls(welfare=4))
    answer(path, ["yes", "no", "no", "no"], [])
    read = hand_reading.read_workbook(path)
    assert (read.read, read.ours, read.kappa) == (4, 1, None)


def test_an_answer_that_is_neither_yes_nor_no_is_named_with_its_place(tmp_path: Path) -> None:
    path = workbook(tmp_path / "s.xlsx", open_calls(welfare=2))
    answer(path, ["perhaps", "no"], ["no", "dunno"])
    with pytest.raises(ReadingError) as caught:
        hand_reading.read_workbook(path)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 2
    assert "sheet Reader A, row 2: “perhaps” is neither yes nor no" in told[0]


def test_a_workbook_that_is_not_ours_or_not_filled_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(ReadingError, match="not a sample workbook"):
        hand_reading.read_workbook(tmp_path / "other.xlsx")
    with pytest.raises(ReadingError, match="nobody has answered"):
        hand_reading.read_workbook(workbook(tmp_path / "s.xlsx", open_calls(welfare=2)))


def reading(**families: tuple[int, int]) -> hand_reading.Reading:
    table = pl.DataFrame(
        {"family": list(families), "read": [f[0] for f in families.values()], "ours": [f[1] for f in families.values()]}
    )
    read, ours = int(table["read"].sum()), int(table["ours"].sum())
    return hand_reading.Reading(read, table, read, ours, 0, 0, None, 0)


def test_a_proportional_sample_gives_the_plain_wilson_interval() -> None:
    told = hand_reading.middle_figure(
        reading(welfare=(80, 20), suicide=(20, 2)),
        certain=0,
        open_calls=pl.DataFrame({"family": ["welfare", "suicide"], "calls": [800, 200]}),
    )
    plain = intervals.wilson(22, 100).times(1_000)
    assert (told.value, told.low, told.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_a_lopsided_sample_is_weighted_back_and_tells_less() -> None:
    calls = pl.DataFrame({"family": ["welfare", "suicide"], "calls": [900, 100]})
    told = hand_reading.middle_figure(reading(welfare=(50, 25), suicide=(50, 5)), certain=7, open_calls=calls)
    assert told.value == pytest.approx(7 + 900 * 0.5 + 100 * 0.1)
    assert (
        told.high - told.low > intervals.wilson(46, 100).times(1_000).high - intervals.wilson(46, 100).times(1_000).low
    )


def test_families_that_nobody_read_take_the_share_of_all() -> None:
    calls = pl.DataFrame({"family": ["welfare", "trespass"], "calls": [100, 100]})
    told = hand_reading.middle_figure(reading(welfare=(50, 10)), certain=0, open_calls=calls)
    assert told.value == pytest.approx(40)
