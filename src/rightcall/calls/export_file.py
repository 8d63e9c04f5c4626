"""Opening an export: whatever the file is, a lazy table of text with every row accounted for.

CSV with any separator, gz, zip, XLSX, Parquet and JSON lines; UTF-8, UTF-16, Latin-1; quoted newlines.
Polars drops, blanks or refuses damaged rows; here a structure check finds them first, and a salvage pass
(`salvage.py`) sets them aside with their reason.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rightcall.calls import packing, salvage
from rightcall.calls.packing import ExportFileError

ROW = "_row"
LINE = "_line"
MOST_COLUMNS = 2_000
SEPARATORS = (",", "\t", ";", "|")
DATA_SUFFIXES = (".csv", ".txt", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".xlsx", ".parquet")


@dataclass(frozen=True)
class ExportFile:
    """An opened export.

    `frame`: lazy, every column text, plus `_row` (1 is the first row of data, rows set aside are counted)
    and `_line` (the physical line where that row begins). `rejected`: row, line, reason, raw.
    """

    name: str
    checksum: str
    kind: str
    encoding: str
    separator: str
    columns: tuple[str, ...]
    rows: int
    frame: pl.LazyFrame
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
    checksum = _checksum(path)
    plain = packing.unpacked(path, work)
    head = packing.head(plain)
    if head.startswith(b"PAR1"):
        return _from_frame(path, checksum, "parquet", _read_parquet(plain))
    if head.startswith(b"PK"):
        return _from_frame(path, checksum, "xlsx", _read_xlsx(plain, path))
    text, encoding, notes = packing.as_utf8(plain, head, path, work)
    if packing.head(text).lstrip()[:1] == b"{":
        return _from_json_lines(path, checksum, encoding, text)
    return _from_csv(path, checksum, encoding, text, notes, work)


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise ExportFileError(
            "the Parquet file is cut short or damaged.", where=str(path), mend="Copy or export it again."
        ) from error


def _read_xlsx(plain: Path, path: Path) -> pl.DataFrame:
    import fastexcel

    try:
        book = fastexcel.read_excel(str(plain))
        sheets = [book.load_sheet(name, header_row=0, schema_sample_rows=1000).to_polars() for name in book.sheet_names]
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        raise ExportFileError(
            f"the workbook cannot be read ({str(error).splitlines()[0]}).",
            where=str(path),
            mend="Save it again as XLSX without a password.",
        ) from error
    sheets = [sheet for sheet in sheets if sheet.height and sheet.width > 1]
    if not sheets:
        raise ExportFileError("the workbook holds no table with rows.", where=str(path), mend="Export it again.")
    return max(sheets, key=lambda sheet: sheet.height * sheet.width)


def _from_frame(path: Path, checksum: str, kind: str, frame: pl.DataFrame) -> ExportFile:
    """A typed table as text, so that one reader serves all."""
    _check_width(path, frame.columns, frame.height)
    text = frame.select(_as_text(frame[name]) for name in frame.columns)
    rows = text.height
    numbered = text.with_row_index(ROW, offset=1).with_columns((pl.col(ROW).cast(pl.Int64) + 1).alias(LINE))
    return ExportFile(
        path.name, checksum, kind, "", "", tuple(frame.columns), rows, numbered.lazy(), salvage.NONE_REJECTED
    )


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        pattern = "%Y-%m-%dT%H:%M:%S%z" if column.dtype.time_zone else "%Y-%m-%dT%H:%M:%S"
        return column.dt.strftime(pattern)
    if column.dtype.is_nested():
        return pl.Series(column.name, [json.dumps(value, default=str) for value in column.to_list()], dtype=pl.String)
    if column.dtype.is_float() and column.drop_nulls().is_finite().all() and (column.drop_nulls() % 1 == 0).all():
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    return column.cast(pl.String)


def _from_json_lines(path: Path, checksum: str, encoding: str, text: Path) -> ExportFile:
    records, rejected, rows = [], [], 0
    with text.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            rows += 1
            record = _json_object(line)
            if record is None:
                rejected.append(salvage.rejection(rows, number, "this line is not a JSON object", line))
            else:
                records.append({**record, ROW: rows, LINE: number})
    if not records:
        raise ExportFileError(
            "no line of it is a JSON object.", where=str(path), mend="Write one JSON object a line, or export as CSV."
        )
    columns = list(dict.fromkeys(name for record in records for name in record if name not in (ROW, LINE)))
    _check_width(path, columns, rows)
    data = {
        name: pl.Series(name, [_json_text(record.get(name)) for record in records], dtype=pl.String) for name in columns
    }
    frame = pl.DataFrame(data).with_columns(
        pl.Series(ROW, [record[ROW] for record in records]), pl.Series(LINE, [record[LINE] for record in records])
    )
    return ExportFile(
        path.name, checksum, "json lines", encoding, "", tuple(columns), rows, frame.lazy(),
        salvage.rejections(rejected),
    )  # fmt: skip


def _json_object(line: str) -> dict[str, object] | None:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value)


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


def _from_csv(path: Path, checksum: str, encoding: str, text: Path, notes: dict[str, int], work: Path) -> ExportFile:
    separator, header_line = _sniffed(text, path)
    header = salvage.header(text, header_line, separator)
    _check_width(path, header, rows=1)
    columns = _distinct(header)
    census = salvage.examine(text, separator=separator, width=len(header), header_line=header_line)
    sound = census.special.is_empty() and header_line == 1
    target = text if sound else work / "salvaged"
    repaired = salvage.repair(
        text, target, separator=separator, width=len(header), header_line=header_line, census=census
    )
    _check_width(path, columns, repaired.rows)
    if repaired.good == 0:
        raise ExportFileError(
            f"none of its {repaired.rows:,} rows has {len(columns)} columns as the header has.",
            where=str(path),
            mend="Check the separator and the quotes.",
        )
    frame = pl.scan_csv(
        target, has_header=sound, separator=separator, infer_schema=False, row_index_name=ROW, row_index_offset=1,
        new_columns=columns, empty_string_is_null=True,
    )  # fmt: skip
    if sound:
        frame = frame.with_columns(pl.col(ROW).cast(pl.Int64), (pl.col(ROW).cast(pl.Int64) + 1).alias(LINE))
    else:
        frame = repaired.numbered(frame)
    if repaired.preamble:
        notes = {**notes, "preamble": repaired.preamble}
    return ExportFile(
        path.name, checksum, "csv", encoding, separator, tuple(columns), repaired.rows, frame,
        salvage.rejections(repaired.rejected), notes,
    )  # fmt: skip


def _distinct(header: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for position, raw in enumerate(header, start=1):
        name = raw.strip() or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _sniffed(text: Path, path: Path) -> tuple[str, int]:
    """The separator, and the line of the header (1 unless titles stand above it)."""
    lines = packing.head(text).decode("utf-8", errors="ignore").splitlines()[:200]
    lines = lines[:-1] if len(lines) > 2 else lines
    best: tuple[float, str, int] | None = None
    for separator in SEPARATORS:
        widths = [salvage.width_of(line, separator) for line in lines if line.strip()]
        usual = max(set(widths), key=widths.count) if widths else 1
        if usual < 2:
            usual = widths[0] if widths else 1
        if usual < 2:
            continue
        agreement = widths.count(usual) / len(widths)
        if best is None or (agreement >= 0.5, usual, agreement) > (best[0] >= 0.5, best[2], best[0]):
            best = (agreement, separator, usual)
    if best is None:
        raise ExportFileError(
            "only one column was found.", where=str(path), mend="Separate the columns by comma, tab, semicolon or bar."
        )
    for number, line in enumerate(lines[:20], start=1):
        if salvage.width_of(line, best[1]) == best[2]:
            return best[1], number
    return best[1], 1
