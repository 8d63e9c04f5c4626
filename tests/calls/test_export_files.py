"""Opening an export: every kind of file, every row accounted for, and a salvage pass that agrees with its slow twin."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented import Desk, as_csv, codes, made, received, stamp, table, utc

from rightcall.calls import export_file
from rightcall.calls.export_file import ExportFile
from rightcall.calls.packing import ExportFileError
from rightcall.errors import MustChoose

HEADER = "id,time,type\n"
CALLS = made(120)
EXPECTED = [utc(call.at, "America/Chicago") for call in CALLS]
TEXT = as_csv(
    table(CALLS, {"Incident Number": lambda c: c.number, "Call Time": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
                  "Call Type": lambda c: f"{c.type} café"})
)  # fmt: skip


def opened(folder: Path, content: str | bytes, name: str = "export.csv") -> ExportFile:
    path, work = folder / name, folder / "work"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    work.mkdir(exist_ok=True)
    return export_file.open_export(path, work=work)


def rows(file: ExportFile) -> list[tuple[int, int, list[str]]]:
    """Row, line and values of every sound row; what is empty is empty text."""
    frame = file.frame.select("_row", "_line", pl.concat_list(pl.col(file.columns).fill_null(""))).collect()
    return frame.rows()


def aside(file: ExportFile) -> list[tuple[int, int, str]]:
    return file.rejected.select("row", "line", "reason").rows()


# ------------------------------------------------------------------ kinds of file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_it_reads_every_usual_encoding(desk: Desk, encoding: str) -> None:
    got = desk.read(TEXT.encode(encoding))
    assert received(got) == EXPECTED
    assert got.calls.select(pl.col("first_type").str.ends_with("café").all()).collect().item()
    assert "preamble" not in codes(got)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_it_reads_every_ending_of_lines(desk: Desk, ending: str, encoding: str) -> None:
    assert received(desk.read(TEXT.replace("\n", ending).encode(encoding))) == EXPECTED


def test_it_reads_gz(desk: Desk) -> None:
    assert received(desk.read(gzip.compress(TEXT.encode()), name="export.csv.gz")) == EXPECTED


def test_it_reads_a_zip_that_holds_one_table(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("calls/export.csv", TEXT)
        archive.writestr("__MACOSX/calls/._export.csv", "x")
        archive.writestr("README.pdf", "x")
    assert received(desk.read(packed.getvalue(), name="export.zip")) == EXPECTED


def test_a_zip_that_holds_several_tables_must_be_chosen_from(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("2023.csv", TEXT)
        archive.writestr("2024.csv", TEXT)
    with pytest.raises(MustChoose, match=r"2 tables: 2023.csv, 2024.csv.*name one"):
        opened(tmp_path, packed.getvalue(), "export.zip")


def test_the_kind_is_told_by_the_content_not_by_the_name(desk: Desk) -> None:
    assert received(desk.read(gzip.compress(TEXT.encode()), name="export.csv")) == EXPECTED


# ------------------------------------------------------------------ headers and separators


def test_columns_of_one_name_and_columns_without_a_name_can_be_told_apart(tmp_path: Path) -> None:
    file = opened(tmp_path, "x,x,x (2),_row,_line,\na,b,c,d,e,f\n")
    assert len(set(file.columns)) == 6
    assert file.columns[:2] == ("x", "x (2)")
    assert file.columns[5] == "column 6"
    assert [values for _, _, values in rows(file)] == [["a", "b", "c", "d", "e", "f"]]


def test_a_header_may_hold_a_quoted_newline(tmp_path: Path) -> None:
    file = opened(tmp_path, 'id,"time\nof call",type\n1,a,b\n2,c,d\n')
    assert file.columns == ("id", "time of call", "type")
    assert [(row, line) for row, line, _ in rows(file)] == [(1, 3), (2, 4)]


def test_titles_above_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    file = opened(tmp_path, f"Calls of Anytown\n\n{HEADER}1,a,b\n2,c,d\n")
    assert file.columns == ("id", "time", "type")
    assert file.notes == {"preamble": 2}
    assert [(row, line) for row, line, _ in rows(file)] == [(1, 4), (2, 5)]


def test_titles_that_a_spreadsheet_padded_with_separators_are_skipped(tmp_path: Path) -> None:
    file = opened(tmp_path, f"Calls of Anytown,,\n,,\n{HEADER}1,a,b\n2,c,d\n")
    assert file.columns == ("id", "time", "type")


def test_a_line_that_names_the_separator_is_skipped(tmp_path: Path) -> None:
    file = opened(tmp_path, "sep=;\nid;time;type\n1;a;b\n")
    assert (file.separator, file.columns) == (";", ("id", "time", "type"))


def test_commas_within_the_fields_do_not_make_the_comma_the_separator(tmp_path: Path) -> None:
    file = opened(tmp_path, "id\ttime\taddress\n" + "1\ta\t1 Main, Box 2, Anytown, ST, USA\n" * 30)
    assert (file.separator, file.columns) == ("\t", ("id", "time", "address"))


def test_a_separator_too_many_at_the_end_of_every_row_is_forgiven(tmp_path: Path) -> None:
    file = opened(tmp_path, f"{HEADER}1,a,b,\n2,c,d,\n")
    assert [values for _, _, values in rows(file)] == [["1", "a", "b"], ["2", "c", "d"]]


def test_a_file_without_names_of_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportFileError, match=r"line 1 should name the columns.*Put a line with the names"):
        opened(tmp_path, "1,2024-01-01 10:00,NOISE\n2,2024-01-01 11:00,THEFT\n")


# ------------------------------------------------------------------ rows that are damaged


def test_it_sets_aside_a_row_with_an_open_quote(tmp_path: Path) -> None:
    file = opened(tmp_path, f'{HEADER}1,a,b\n2,"c,d\n3,e,f\n4,g,h\n')
    assert [row for row, _, _ in rows(file)] == [1, 3, 4]
    assert aside(file) == [(2, 3, "an open quote")]
    assert file.rejected["raw"].to_list() == ['2,"c,d']
    assert file.rows == 4


def test_it_sets_aside_rows_that_are_too_long_or_too_short(tmp_path: Path) -> None:
    file = opened(tmp_path, f"{HEADER}1,a,b\n2,c\n3,d,e,f\n4,g,h\n")
    assert rows(file) == [(1, 2, ["1", "a", "b"]), (4, 5, ["4", "g", "h"])]
    assert aside(file) == [(2, 3, "2 fields where the header has 3"), (3, 4, "4 fields where the header has 3")]


def test_it_sets_aside_a_row_with_a_quote_in_the_wrong_place(tmp_path: Path) -> None:
    file = opened(tmp_path, f'{HEADER}1,"a"b,c\n2,d,e\n')
    assert aside(file) == [(1, 2, "a quote in the wrong place")]
    assert rows(file) == [(2, 3, ["2", "d", "e"])]


def test_it_sets_aside_rows_in_another_encoding(tmp_path: Path) -> None:
    damaged = (HEADER + "1,é,b\n2,é,c\n3,é,c\n").encode() + '4,é,d\n5,"x\né",e\n'.encode("latin-1") + b"6,f,g\n"
    file = opened(tmp_path, damaged)
    assert [row for row, _, _ in rows(file)] == [1, 2, 3, 6]
    assert [(row, line) for row, line, _ in aside(file)] == [(4, 5), (5, 6)]
    assert {reason for _, _, reason in aside(file)} == {"the row is in another encoding than the rest of the file"}
    assert file.rejected["raw"].to_list() == ["4,é,d", '5,"x\né",e']


def test_a_byte_order_mark_says_utf_8_even_where_a_row_is_not(tmp_path: Path) -> None:
    file = opened(tmp_path, b"\xef\xbb\xbf" + (HEADER + "1,a,b\n").encode() + "2,é,c\n".encode("latin-1") + b"3,d,e\n")
    assert file.columns == ("id", "time", "type")
    assert [row for row, _, _ in aside(file)] == [2]


def test_it_keeps_quoted_newlines_and_carriage_returns(tmp_path: Path) -> None:
    file = opened(tmp_path, f'{HEADER}1,"a\r\nb",c\r\n2,"d\re",f\r\n3,g\rh,"i"\r\n4,j,k\r\n')
    assert rows(file) == [
        (1, 2, ["1", "a\r\nb", "c"]), (2, 4, ["2", "d\re", "f"]), (3, 5, ["3", "g\rh", "i"]), (4, 6, ["4", "j", "k"]),
    ]  # fmt: skip


def test_it_keeps_a_quote_that_is_an_inch(tmp_path: Path) -> None:
    file = opened(tmp_path, f'{HEADER}1,a,5" pipe\n2,c,d\n3,e,6" pipe\n4,"x, ""y""",z\n')
    assert [values[1:] for _, _, values in rows(file)] == [
        ["a", '5" pipe'],
        ["c", "d"],
        ["e", '6" pipe'],
        ['x, "y"', "z"],
    ]


def test_it_passes_over_empty_lines_without_counting_them(tmp_path: Path) -> None:
    file = opened(tmp_path, f"{HEADER}1,a,b\n\n2,c,d\n \n\n")
    assert [(row, line) for row, line, _ in rows(file)] == [(1, 2), (2, 4)]
    assert file.rows == 2


def test_a_last_line_without_an_ending_is_a_row(tmp_path: Path) -> None:
    assert len(rows(opened(tmp_path, f"{HEADER}1,a,b\n2,c,d"))) == 2
    assert len(rows(opened(tmp_path, f"{HEADER}1,a\n2,c,d"))) == 1


def test_a_null_byte_within_a_text_does_not_make_it_binary(tmp_path: Path) -> None:
    assert opened(tmp_path, HEADER + "1,a\x00,b\n" + "2,c,d\n" * 500).rows == 501


def test_a_field_of_fifty_megabytes_is_set_aside(tmp_path: Path) -> None:
    file = opened(tmp_path, f"{HEADER}1,a,b\n2,{'x' * 50_000_000},d\n3,e,f\n")
    assert [row for row, _, _ in rows(file)] == [1, 3]
    assert aside(file) == [(2, 3, "a row of 50 MB")]
    assert len(file.rejected["raw"][0]) < 1100


# ------------------------------------------------------------------ the slow twin

PLAIN = [
    "a",
    "x,y",
    '5" pipe',
    'say "hi"',
    "",
    "two\nlines",
    "two\r\nlines",
    "a\rb",
    "é",
    " b ",
    "=cmd()",
    "12:00",
    "'",
    ";",
]
DAMAGED = ["short", "long", "open quote", "text after a quote"]


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, list[str]]], list[tuple[int, int]]]:
    """A file, its sound rows (row, line, values) and its damaged ones (row, line); sound rows are in the majority."""
    width, ending = draw(st.integers(2, 5)), draw(st.sampled_from(["\n", "\r\n"]))
    kinds = draw(st.lists(st.sampled_from(["sound", "sound", "sound", "empty", *DAMAGED]), max_size=24))
    kinds = ["sound"] * (sum(kind in DAMAGED for kind in kinds) + 1) + kinds
    kinds = draw(st.permutations(kinds))
    text, sound, damaged, row = (
        _line([f"name {k}" for k in range(width)], ending, quoted=draw(st.booleans())),
        [],
        [],
        0,
    )
    for kind in kinds:
        line, row = text.count("\n") + 1, row + (kind != "empty")
        values = [f"k{row}", *(draw(st.sampled_from(PLAIN)) for _ in range(width - 1))]
        if kind == "sound":
            text += _line(values, ending, quoted=draw(st.booleans()))
            sound.append((row, line, values))
        else:
            text += {
                "empty": "", "short": ",".join(values[:1] + ["a"] * (width - 2)), "long": ",".join([f"k{row}"] + ["a"] * width),
                "open quote": f'k{row},"' + ",".join(["a"] * (width - 1)), "text after a quote": f'k{row},"a"b' + ",c" * (width - 2),
            }[kind] + ending  # fmt: skip
            damaged += [(row, line)] if kind != "empty" else []
    return text, sound, damaged


def _line(values: list[str], ending: str, *, quoted: bool) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerow(values)
    return out.getvalue()


def twin(text: str, width: int) -> list[list[str]]:
    """Python's csv module, a line at a time: a line that it cannot read alone is tried with those that follow."""
    lines = text.split("\n")
    found, at = [], 1
    while at < len(lines):
        for taken in range(1, 10):
            record = "\n".join(lines[at : at + taken]).removesuffix("\r").replace("\r", "\ue000")
            try:
                values = next(csv.reader(io.StringIO(record, newline=""), strict=True), [])
            except csv.Error:
                continue
            if len(values) == width:
                found.append([value.replace("\ue000", "\r") for value in values])
                at += taken - 1
            break
        at += 1
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged_files())
def test_every_sound_row_is_kept_exactly_and_every_other_set_aside(
    case: tuple[str, list[tuple[int, int, list[str]]], list[tuple[int, int]]],
) -> None:
    text, sound, damaged = case
    with tempfile.TemporaryDirectory() as folder:
        file = opened(Path(folder), text)
        got = rows(file)
        assert got == sound
        assert [(row, line) for row, line, _ in aside(file)] == damaged
        assert len(got) + file.rejected.height == file.rows
        assert [values for _, _, values in got] == twin(text, len(file.columns))
