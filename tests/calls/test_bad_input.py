"""Bad exports: one clear sentence (what, where, how to mend), or the bad rows set aside and the rest read."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from invented import Desk, as_csv, codes, made, received, stamp, table

from rightcall import errors
from rightcall.calls import export, export_file, layout
from rightcall.calls.packing import ExportFileError
from rightcall.errors import MustChoose, NothingLeft, RightcallError

CALLS = made(200)
TEXT = as_csv(
    table(CALLS, {"Incident Number": lambda c: c.number, "Call Time": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
                  "Call Type": lambda c: c.type})
)  # fmt: skip
ZIPPED = io.BytesIO()
with zipfile.ZipFile(ZIPPED, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("export.csv", TEXT)
    archive.writestr("notes.pdf", "x")


def refusal(folder: Path, content: bytes, name: str = "export.csv") -> RightcallError:
    path, work = folder / name, folder / "work"
    path.write_bytes(content)
    work.mkdir()
    with pytest.raises(RightcallError) as refused:
        export.read_export(path, work=work, time_zone="America/Chicago")
    return refused.value


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("export.csv", b"", "the file is empty"),
        ("export.csv", b"\n\n\n", "only one column"),
        ("export.csv", b"id,time,type\n", "a header and no rows"),
        ("export.csv", b"id,time,type\n\n\n", "a header and no rows"),
        ("export.csv", TEXT.replace(",", "~").encode(), "only one column"),
        ("export.csv", TEXT.split("\n", 1)[1].encode(), "should name the columns"),
        ("export.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:-40], "cut short or damaged"),
        ("export.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:40], "cut short or damaged"),
        ("export.csv.gz", b"\x1f\x8b" + b"\x00" * 60, "cut short or damaged"),
        ("export.zip", ZIPPED.getvalue()[:-60], "cut short or damaged"),
        ("export.zip", ZIPPED.getvalue().replace(b"export.csv", b"export.bin"), "holds no table"),
        ("export.xlsx", b"PK\x03\x04" + b"\x00" * 60, "cannot be read"),
        ("export.parquet", b"PAR1" + b"\x00" * 60, "cut short or damaged"),
        ("export.csv", b"\x00\x01\x02\x03" * 5000, "not text"),
        ("export.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 50, "not text"),
        ("export.csv", b"\xff\xfei\x00d\x00,\x00t\x00\n\x00\x00\xd8\x00\xd8", "text is damaged"),
        ("export.csv", (",".join(f"c{k}" for k in range(10_000)) + "\n" + "1," * 9_999 + "1\n").encode(), "10,000 columns"),
        ("export.jsonl", b'{"a": 1\n{"b": 2\n', "JSON object"),
        ("export.json", b"[1, 2, 3]", "JSON object"),
        ("export.json", b'["' + b"[" * 100_000, "JSON object"),
        ("export.csv", b'id,time,type\n1,"a,b\n2,"c,d\n', "none of its 2 rows"),
        ("export.csv", b"id,number,type\nx,y,NOISE\n" * 30, "no column was recognized as the time"),
    ],
)  # fmt: skip
def test_it_refuses_in_one_sentence_that_says_what_where_and_how_to_mend(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    refused = refusal(tmp_path, content, name)
    (problem,) = refused.problems
    assert what in problem.what
    assert name in problem.where
    assert problem.mend.endswith((".", '"'))
    assert "\n" not in str(problem)
    assert refused.exit_code in (errors.REFUSED, errors.MUST_CHOOSE)


def test_it_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ExportFileError, match=r"this is a folder.*Name one file"):
        export_file.open_export(tmp_path, work=tmp_path)


def test_it_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExportFileError, match=r"no such file.*spelling"):
        export_file.open_export(tmp_path / "calls.csv", work=tmp_path)


def test_it_asks_for_the_time_zone(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(TEXT)
    with pytest.raises(MustChoose, match=r"time zone of the city is not known.*--timezone"):
        export.read_export(path, work=tmp_path)


@pytest.mark.parametrize("zone", ["America/Gotham", "", "../etc", "EST5EDT4", "/"])
def test_it_refuses_a_time_zone_that_does_not_exist(zone: str) -> None:
    with pytest.raises(RightcallError, match="no time zone"):
        export.zone(zone)


def test_no_call_is_left_where_no_time_can_be_read(desk: Desk) -> None:
    said = layout.parse(
        {"stamps": {"received": {"column": "Call Time", "formats": ["%d.%m.%Y %H:%M"]}}}, where="layout.toml"
    )
    with pytest.raises(NothingLeft, match="no row has a time") as refused:
        desk.read(TEXT, layout=said)
    assert refused.value.exit_code == errors.NOTHING_LEFT


# ------------------------------------------------------------------ rows set aside, the rest read


def with_rows(*more: str) -> str:
    return TEXT + "".join(f"{row}\n" for row in more)


@pytest.mark.parametrize(
    "when", ["0000-01-01 10:00:00", "9999-12-31 10:00:00", "2023-02-29 10:00:00", "yesterday", "", "NULL"]
)
def test_a_row_whose_time_cannot_be_read_is_set_aside(desk: Desk, when: str) -> None:
    got = desk.read(with_rows(f"99,{when},NOISE"))
    assert got.rejected.select("row", "line").rows() == [(201, 202)]
    assert "time of the call" in got.rejected["reason"][0]
    assert got.rejected["raw"][0].startswith("99,")
    assert "not_read" in codes(got)


def test_the_29th_of_february_is_a_day(desk: Desk) -> None:
    got = desk.read(with_rows("99,2024-02-29 10:00:00,NOISE"))
    assert received(got)[-1] == dt.datetime(2024, 2, 29, 16, tzinfo=dt.UTC)


def test_times_in_the_gap_and_the_overlap_of_a_clock_change_are_read_and_counted(desk: Desk) -> None:
    got = desk.read(with_rows("98,2024-03-10 02:30:00,NOISE", "99,2024-11-03 01:30:00,NOISE"))
    assert received(got)[-2:] == [
        dt.datetime(2024, 3, 10, 8, 30, tzinfo=dt.UTC), dt.datetime(2024, 11, 3, 6, 30, tzinfo=dt.UTC)
    ]  # fmt: skip
    found = {finding.code: finding.values.get("n") for finding in got.findings}
    assert (found["missing_hour"], found["repeated_hour"]) == (1, 1)


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3+cmd", "@SUM(1)", "\t=1"])
def test_a_formula_in_a_cell_reaches_no_csv_as_a_formula(desk: Desk, cell: str) -> None:
    got = desk.read(with_rows(f'"{cell}",never,NOISE', f'99,2024-01-05 10:00:00,"{cell}"'))
    target = desk.folder / "out"
    target.mkdir()
    export.write(got, target)
    written = pl.read_csv(target / "rejected.csv")
    assert not written["raw"].str.contains(r"^[=+\-@\t]").any()
    assert got.calls.sort("source_row").collect()["first_type"][-1] == cell.strip()


def test_rejected_csv_always_has_its_header(desk: Desk) -> None:
    got = desk.read(TEXT)
    target = desk.folder / "out"
    target.mkdir()
    export.write(got, target)
    assert (target / "rejected.csv").read_text() == "row,line,reason,raw\n"


def test_what_is_damaged_in_every_way_at_once_still_adds_up(desk: Desk) -> None:
    head, *lines = TEXT.splitlines()
    lines[10] += ",too,long"
    lines[20] = "short"
    lines[30] = lines[30].replace(",", ',"', 1)
    lines[40] = lines[40].replace("2024", "0000")
    lines[50] = lines[51]
    lines[60] += " café"
    lines[61] += " café"
    content = "\n".join([head, *lines]).encode() + b"\n" + "9,2024-01-05 10:00:00,caf\xe9\n".encode("latin-1")
    got = desk.read(content)
    reasons = got.rejected.sort("row").select("row", pl.col("reason").str.slice(0, 12)).rows()
    assert [row for row, _ in reasons] == [11, 21, 31, 41, 52, 201]
    assert got.rejected["line"].to_list() == [12, 22, 32, 42, 53, 202]


@pytest.mark.parametrize(
    "content", ["x", "☃", "'", '"', "\\", "<script>alert(1)</script>", "{{ 7 * 7 }}", "$HOME", "\u202e"]
)
def test_odd_words_are_kept_as_they_are(desk: Desk, content: str) -> None:
    quoted = content.replace('"', '""')
    got = desk.read(with_rows(f'99,2024-01-05 10:00:00,"{quoted}"'))
    assert got.calls.sort("source_row").collect()["first_type"][-1] == content


Spoil = Callable[[str], str]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda text: text + "[", "not TOML"),
        (lambda text: text.replace("[columns]", "[columns]\nhat = 'x'"), "columns.hat is not a role"),
        (lambda text: text.replace("[stamps.received]", "[stamps.recieved]"), "stamps.recieved is not a time"),
        (lambda text: text.replace("Call Time", "Call Tme"), "“Call Tme” that the export does not have"),
        (lambda text: text.replace("rightcall layout 1", "rightcall layout 9"), "format"),
    ],
)
def test_a_layout_that_is_wrong_is_refused(desk: Desk, spoil: Spoil, what: str) -> None:
    document = desk.folder / "layout.toml"
    document.write_text(spoil(layout.as_toml(desk.read(TEXT).layout)), encoding="utf-8")
    with pytest.raises(layout.LayoutError) as refused:
        desk.read(TEXT, layout=layout.read_layout(document))
    assert what in str(refused.value)


def test_an_unknown_coordinate_system_is_refused(desk: Desk) -> None:
    text = as_csv(
        table(CALLS, {"Call Time": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at), "Call Type": lambda c: c.type,
                      "X": lambda c: c.number, "Y": lambda c: c.number})
    )  # fmt: skip
    said = layout.parse({"places": {"x": "X", "y": "Y", "epsg": 999_999}}, where="layout.toml")
    with pytest.raises(RightcallError, match="EPSG:999999 is not a known"):
        desk.read(text, layout=said)
