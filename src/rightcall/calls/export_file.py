"""Opening an export: whatever the file is, a lazy table of text with every row accounted for.

CSV with any separator, gz, zip, XLSX, Parquet and JSON lines; UTF-8, UTF-16, Latin-1; quoted newlines.
Polars drops, blanks or refuses damaged rows; here a structure check finds them first, and a salvage pass
(`salvage.py`) sets them aside with their reason.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from rightcall.calls import packing, salvage
from rightcall.calls.packing import ExportFileError

ROW = "_row"
LINE = "_line"
MOST_COLUMNS = 2_000
SEPARATORS = (",", "\t", ";", "|")
TITLE_ROWS = 20
RESERVED = ("_row", "_line", "_start", "_by_row", "_by_line")


@dataclass(frozen=True)
class ExportFile:
    """An opened export.

    `frame`: lazy, every column text, plus `_row` (1 is the first row of data, rows set aside are counted)
    and `_line` (the physical line where that row begins). `raw`: lazy, each row as it was written: `_row`, `_line`,
    `raw`. `rejected`: row, line, reason, raw.
    """

    name: str
    checksum: str
    kind: str
    encoding: str
    separator: str
    columns: tuple[str, ...]
    rows: int
    frame: pl.LazyFrame
    raw: pl.LazyFrame
    rejected: pl.DataFrame
    notes: dict[str, int] = field(default_factory=dict)


def open_export(path: Path, *, work: Path) -> ExportFile:
    """Open `path`; decompressed, decoded and repaired copies go to the folder `work`.

    Raises `ExportFileError` for what is not a table, `MustChoose` for a zip with several tables.
    """
    if path.is_dir():
        raise ExportFileError("this is a folder, not an export.", where=str(path), mend="Name one file in it.")
    if not path.exists():
        raise ExportFileError("there is no such file.", where=str(path), mend="Check the spelling of the path.")
    if path.stat().st_size == 0:
        raise ExportFileError("the file is empty.", where=str(path), mend="Export it again from the CAD.")
    with ThreadPoolExecutor(1) as pool:
        checksum = pool.submit(_checksum, path)
        return replace(_opened(path, work), checksum=checksum.result())


def _opened(path: Path, work: Path) -> ExportFile:
    plain = packing.unpacked(path, work)
    head = packing.head(plain)
    if head.startswith(b"PAR1"):
        return _from_frame(path, "parquet", _read_parquet(plain))
    if head.startswith(b"PK"):
        sheet, above = _read_xlsx(plain, path)
        return _from_frame(path, "xlsx", sheet, above)
    text, encoding, notes = packing.as_utf8(plain, head, path, work)
    if packing.head(text).lstrip()[:1] in (b"{", b"["):
        return _from_json(path, encoding, text)
    return _from_csv(path, encoding, text, notes, work)


def _checksum(path: Path) -> str:
    # In one piece: reading block by block would ask each time for Python's lock, which the other checks hold.
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return hashlib.sha256(whole).hexdigest()


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise ExportFileError(
            "the Parquet file is cut short or damaged.", where=str(path), mend="Copy or export it again."
        ) from error


def _read_xlsx(plain: Path, path: Path) -> tuple[pl.DataFrame, int]:
    """The sheet with the most cells, and how many rows stand above its header."""
    import fastexcel

    try:
        book = fastexcel.read_excel(str(plain))
        sheets = [_sheet(book, name) for name in book.sheet_names]
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        raise ExportFileError(
            f"the workbook cannot be read ({str(error).splitlines()[0]}).",
            where=str(path),
            mend="Save it again as XLSX without a password.",
        ) from error
    sheets = [(sheet, above) for sheet, above in sheets if sheet.height and sheet.width > 1]
    if not sheets:
        raise ExportFileError("the workbook holds no table with rows.", where=str(path), mend="Export it again.")
    return max(sheets, key=lambda found: found[0].height * found[0].width)


def _sheet(book: Any, name: str) -> tuple[pl.DataFrame, int]:
    top = book.load_sheet(name, header_row=None, n_rows=TITLE_ROWS, dtypes="string").to_polars()
    rows = [[cell or "" for cell in row] for row in top.rows()]
    # Empty rows at the top are not part of the sheet for the reader, wherever it begins.
    above = next((number for number, row in enumerate(rows) if _holds_names(row)), 0)
    return book.load_sheet(name, header_row=above, schema_sample_rows=None).to_polars(), above


def _holds_names(cells: list[str]) -> bool:
    """Whether a row can be a header: most cells filled and distinct, hardly any a number or a time."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    values = sum(bool(VALUE.match(cell)) for cell in filled)
    return len(filled) >= max(2, 0.6 * len(cells)) and len(set(filled)) > len(filled) / 2 and values <= len(filled) / 4


VALUE = re.compile(r"^[-+]?\d[\d\s:/.,+T-]*(?:Z|[AP]M)?$", re.IGNORECASE)


def _from_frame(path: Path, kind: str, frame: pl.DataFrame, above: int = 0) -> ExportFile:
    """A typed table as text, so that one reader serves all."""
    _check_width(path, frame.columns, frame.height)
    columns = _distinct(frame.columns)
    text = frame.select(
        _as_text(frame[name]).alias(column) for name, column in zip(frame.columns, columns, strict=True)
    )
    numbered = text.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    numbered = numbered.with_columns((pl.col(ROW) + 1 + above).alias(LINE))
    return ExportFile(
        path.name, "", kind, "", "", tuple(columns), text.height, numbered.lazy(), _raw(numbered.lazy(), columns),
        salvage.NONE_REJECTED,
        {"preamble": above} if above else {},
    )  # fmt: skip


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        pattern = "%Y-%m-%dT%H:%M:%S%z" if column.dtype.time_zone else "%Y-%m-%dT%H:%M:%S"
        # A workbook keeps days as fractions: 07:12:00 can come back as 07:11:59.999.
        return column.dt.offset_by("500ms").dt.strftime(pattern)
    if column.dtype.is_nested():
        return pl.Series(column.name, [json.dumps(value, default=str) for value in column.to_list()], dtype=pl.String)
    if column.dtype.is_float() and column.drop_nulls().is_finite().all() and (column.drop_nulls() % 1 == 0).all():
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    return column.cast(pl.String)


def _from_json(path: Path, encoding: str, text: Path) -> ExportFile:
    found = _json_lines(text)
    if not any(record for _, record, _ in found):
        found = _json_document(text)
    sound = [(row, line, record) for row, (line, record, _) in enumerate(found, start=1) if record]
    rejected = [
        salvage.rejection(row, line, "this line is not a JSON object", raw)
        for row, (line, record, raw) in enumerate(found, start=1) if not record
    ]  # fmt: skip
    if not sound:
        raise ExportFileError(
            "no line of it is a JSON object.", where=str(path), mend="Write one JSON object a line, or export as CSV."
        )
    names = list(dict.fromkeys(name for _, _, record in sound for name in record))
    _check_width(path, names, len(found))
    columns = _distinct(names)
    frame = pl.DataFrame(
        [pl.Series(column, [record.get(name) for _, _, record in sound], dtype=pl.String) for name, column in zip(names, columns, strict=True)]
    ).with_columns(pl.Series(ROW, [row for row, _, _ in sound]), pl.Series(LINE, [line for _, line, _ in sound]))  # fmt: skip
    return ExportFile(
        path.name, "", "json", encoding, "", tuple(columns), len(found), frame.lazy(), _raw(frame.lazy(), columns),
        salvage.rejections(rejected),
    )  # fmt: skip


JsonRows = list[tuple[int, dict[str, str | None] | None, str]]


def _json_lines(text: Path) -> JsonRows:
    """One object a line: (line, its fields as text or None where it is not an object, the line)."""
    found: JsonRows = []
    with text.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                whole = isinstance(record, dict) and "features" not in record
                found.append((number, packing.flat(record) if whole else None, line))
    return found


def _json_document(text: Path) -> JsonRows:
    """One document: a list of objects, or the features of a map."""
    try:
        document = json.loads(text.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return []
    rows = document.get("features", []) if isinstance(document, dict) else document
    return [
        (row, packing.flat(record) if isinstance(record, dict) else None, json.dumps(record))
        for row, record in enumerate(rows, start=1)
    ]


def _check_width(path: Path, columns: list[str] | tuple[str, ...], rows: int) -> None:
    if len(columns) > MOST_COLUMNS:
        raise ExportFileError(
            f"it has {len(columns):,} columns; an export of calls has some dozens.",
            where=str(path),
            mend="Export one row a call, with one column a field.",
        )
    if len(columns) < 2:
        raise ExportFileError(
            "only one column was found.",
            where=str(path),
            mend="Separate the columns by comma, tab, semicolon or bar.",
        )
    if rows == 0:
        raise ExportFileError("it has a header and no rows.", where=str(path), mend="Widen the period of the export.")


def _from_csv(path: Path, encoding: str, text: Path, notes: dict[str, int], work: Path) -> ExportFile:
    separator, above, header_end, header = _sniffed(text, path)
    _check_width(path, header, rows=1)
    columns, width = _distinct(header), len(header)
    census = salvage.examine(text, separator=separator, width=width, header_end=header_end)
    sound = census.special.is_empty()
    target = text if sound else work / "salvaged"
    repaired = salvage.repair(text, target, separator=separator, width=width, header_end=header_end, census=census)
    _check_width(path, columns, repaired.rows)
    if repaired.good == 0:
        raise ExportFileError(
            f"none of its {repaired.rows:,} rows has {width} columns as the header has.",
            where=str(path),
            mend="Check the separator and the quotes.",
        )
    frame = pl.scan_csv(
        target, has_header=False, skip_lines=header_end if sound else 0, separator=separator, infer_schema=False,
        row_index_name=ROW, row_index_offset=1, new_columns=columns, empty_string_is_null=True,
    )  # fmt: skip
    if sound:
        row, line = pl.col(ROW).cast(pl.Int64), pl.col(LINE).cast(pl.Int64)
        frame = frame.with_columns(row, (row + header_end).alias(LINE))
        lines = pl.scan_lines(text, name="raw", row_index_name=LINE, row_index_offset=1)
        raw = lines.select((line - header_end).alias(ROW), line, pl.col("raw").str.strip_suffix("\r"))
    else:
        frame = repaired.numbered(frame)
        raw = _raw(frame, columns, separator)
    return ExportFile(
        path.name, "", "csv", encoding, separator, tuple(columns), repaired.rows, frame, raw,
        salvage.rejections(repaired.rejected), {**notes, "preamble": above} if above else notes,
    )  # fmt: skip


def _raw(frame: pl.LazyFrame, columns: list[str], separator: str = ",") -> pl.LazyFrame:
    """The rows of a table written out, where they are not lines of a file."""
    return frame.select(ROW, LINE, written(columns, separator).alias("raw"))


def written(columns: Sequence[str], separator: str) -> pl.Expr:
    """The fields of a row in one text."""
    return pl.concat_str([pl.col(name).fill_null("") for name in columns], separator=separator)


def _distinct(header: list[str]) -> list[str]:
    names: list[str] = []
    for position, raw in enumerate(header, start=1):
        plain = " ".join(raw.split()) or f"column {position}"
        name, copies = plain, 1
        while name in names or name in RESERVED:
            copies += 1
            name = f"{plain} ({copies})"
        names.append(name)
    return names


def _sniffed(text: Path, path: Path) -> tuple[str, int, int, list[str]]:
    """The separator, the lines above the header (titles), the line where it ends, and its names."""
    lines = packing.head(text).decode("utf-8", errors="ignore").split("\n")[:300]
    lines = [f"{line}\n" for line in (lines[:-1] if len(lines) > 2 else lines)]
    best: tuple[tuple[bool, bool, int, int, float], str, tuple[int, int, list[str]]] | None = None
    for separator in SEPARATORS:
        records = salvage.records(lines, separator)
        widths = [len(names) for _, _, names in records]
        usual = max(widths, key=lambda width: (width > 1) * widths.count(width), default=1)
        if usual < 2:
            continue
        header = _header(records, usual)
        agreement = widths.count(usual) / len(widths)
        # Names of columns hold no separators, so a wrong separator finds its header too late.
        score = (_holds_names(header[2]), agreement >= 0.5, -header[0], usual, agreement)
        if best is None or score > best[0]:
            best = (score, separator, header)
    if best is None:
        raise ExportFileError(
            "only one column was found.", where=str(path), mend="Separate the columns by comma, tab, semicolon or bar."
        )
    _, separator, (first, last, names) = best
    if sum(bool(VALUE.match(name.strip())) for name in names) > len(names) / 4:
        raise ExportFileError(
            f"line {first} should name the columns, but it holds values ({', '.join(names[:4])}).",
            where=str(path),
            mend="Put a line with the names of the columns above it.",
        )
    return separator, first - 1, last, names


def _header(records: list[tuple[int, int, list[str]]], usual: int) -> tuple[int, int, list[str]]:
    """The first record that is as wide as most and holds names; else the first that is as wide.

    Where rows end with a separator too many, the header is one field narrower than they are.
    """
    top = records[:TITLE_ROWS]
    wide = [record for record in records if len(record[2]) == usual]
    named = [record for record in top if _holds_names(record[2])]
    return next(
        (record for width in (usual, usual - 1) for record in named if len(record[2]) == width and width > 1), wide[0]
    )
