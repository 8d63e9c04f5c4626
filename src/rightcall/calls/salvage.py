"""The salvage pass: which lines of a CSV are damaged, and a copy without them that Polars can trust.

A line is sound when it has as many fields as the header and its quotes are closed. Only the others are read
one by one: a quoted newline is put together, and what cannot be read is set aside with its reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

REJECTED_SCHEMA: dict[str, Any] = {"row": pl.Int64, "line": pl.Int64, "reason": pl.String, "raw": pl.String}
NONE_REJECTED = pl.DataFrame(schema=REJECTED_SCHEMA)
MOST_LINES_A_ROW = 500
MOST_BYTES_A_ROW = 2**20
RAW_KEPT = 1_000
UNDECODABLE = "�undecodable�"


@dataclass(frozen=True)
class Census:
    """What the structure check found: `special` holds the 0-based physical lines that are not plainly sound."""

    special: pl.Series


@dataclass
class Repaired:
    """The outcome of a salvage: counts, rows set aside, and where the good rows stood in the original."""

    rows: int = 0
    good: int = 0
    preamble: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    row_shifts: list[int] = field(default_factory=list)
    line_shifts: list[int] = field(default_factory=list)

    def mark(self, line: int) -> None:
        """Remember the shift from the next good row to its original row and line, where the shift changes."""
        row_shift, line_shift = self.rows - self.good, line - self.good
        if not self.starts or (row_shift, line_shift) != (self.row_shifts[-1], self.line_shifts[-1]):
            self.starts.append(self.good)
            self.row_shifts.append(row_shift)
            self.line_shifts.append(line_shift)

    def numbered(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Replace the row index of the repaired copy by the original row and line."""
        shifts = pl.DataFrame(
            {"_start": self.starts, "_by_row": self.row_shifts, "_by_line": self.line_shifts}, schema_overrides={
                "_start": pl.Int64, "_by_row": pl.Int64, "_by_line": pl.Int64}
        ).lazy()  # fmt: skip
        return (
            frame.with_columns((pl.col("_row").cast(pl.Int64) - 1).alias("_start"))
            .join_asof(shifts, on="_start", strategy="backward")
            .with_columns(
                (pl.col("_start") + pl.col("_by_row")).alias("_row"),
                (pl.col("_start") + pl.col("_by_line")).alias("_line"),
            )
            .drop("_start", "_by_row", "_by_line")
        )


def rejection(row: int, line: int, reason: str, raw: str) -> dict[str, Any]:
    """One row set aside; its text is kept up to a thousand characters."""
    raw = raw.rstrip("\r\n")
    if len(raw) > RAW_KEPT:
        raw = f"{raw[:RAW_KEPT]} … ({len(raw):,} characters)"
    return {"row": row, "line": line, "reason": reason, "raw": raw}


def rejections(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The table of rejected rows: row, line, reason, raw."""
    return pl.DataFrame(rows, schema=REJECTED_SCHEMA) if rows else NONE_REJECTED


def fields(line: str, separator: str) -> list[str]:
    """The fields of one record."""
    # The module's limit protects against runaway quotes; here the length was bounded before.
    csv.field_size_limit(2**31 - 1)
    return next(csv.reader(io.StringIO(line), delimiter=separator), [])


def width_of(line: str, separator: str) -> int:
    """How many fields a line has; a line whose quote stays open counts to its end."""
    return line.count(separator) + 1 if '"' not in line else len(fields(line, separator))


def header(path: Path, line: int, separator: str) -> list[str]:
    """The column names on the given line (1 is the first)."""
    with path.open(encoding="utf-8", newline="") as stream:
        for _ in range(line - 1):
            stream.readline()
        return fields(stream.readline(), separator)


def examine(path: Path, *, separator: str, width: int, header_line: int) -> Census:
    """Find the lines that are not plainly sound, streaming over the file."""
    text = pl.col("line")
    seps = text.str.count_matches(separator, literal=True)
    plain = ~text.str.contains('"', literal=True) & (seps == width - 1)
    quotes = text.str.count_matches('"', literal=True)
    unquoted = text.str.replace_all('"[^"]*"', "").str.count_matches(separator, literal=True)
    special = (
        pl.scan_lines(path, row_index_name="number")
        .filter(pl.col("number") >= header_line)
        .filter(~plain.fill_null(False) | (text.str.len_bytes() > MOST_BYTES_A_ROW))
        .filter(
            (quotes % 2 == 1)
            | (unquoted != width - 1)
            | text.is_null()
            | (text.str.len_bytes() > MOST_BYTES_A_ROW)
            | text.str.starts_with(UNDECODABLE)
        )
        .select("number")
        .collect(engine="streaming")
    )
    return Census(special["number"].cast(pl.Int64).sort())


def repair(path: Path, target: Path, *, separator: str, width: int, header_line: int, census: Census) -> Repaired:
    """Count the rows; where lines are damaged, write the sound ones to `target` (without header)."""
    result = Repaired(preamble=header_line - 1)
    if target == path:
        result.rows = result.good = pl.scan_lines(path).select(pl.len()).collect(engine="streaming").item() - 1
        return result
    special = frozenset(census.special.to_list())
    with path.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        lines = _numbered_lines(source)
        for _ in range(header_line):
            next(lines)
        waiting: list[tuple[int, str]] = []
        while True:
            number, line = waiting.pop(0) if waiting else next(lines, (-1, ""))
            if number < 0:
                return result
            if number not in special:
                _keep(result, out, number, line)
            elif line.strip():
                waiting = _salvage(result, out, number, line, lines, waiting, separator, width)


def _numbered_lines(source: io.TextIOBase | Any) -> Iterator[tuple[int, str]]:
    yield from enumerate(source)


def _keep(result: Repaired, out: Any, number: int, record: str) -> None:
    result.mark(number)
    result.rows += 1
    result.good += 1
    out.write(record if record.endswith("\n") else record + "\n")


def _salvage(
    result: Repaired, out: Any, number: int, line: str, lines: Iterator[tuple[int, str]],
    waiting: list[tuple[int, str]], separator: str, width: int,
) -> list[tuple[int, str]]:  # fmt: skip
    """Read one special line, with the lines that follow it where a quote is open. Returns lines to read again."""
    if line.count('"') % 2 == 0:
        reason = _reason(line, separator, width)
        if reason and len(fields(line, separator)) == width + 1 and line.rstrip("\r\n").endswith(separator):
            _keep(result, out, number, line.rstrip("\r\n").removesuffix(separator))
        elif reason:
            _set_aside(result, number, reason, line)
        else:
            _keep(result, out, number, line)
        return waiting
    taken: list[tuple[int, str]] = []
    record = line
    while len(taken) < MOST_LINES_A_ROW and len(record) <= MOST_BYTES_A_ROW:
        following = waiting.pop(0) if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        record += following[1]
        if record.count('"') % 2 == 0:
            if len(fields(record, separator)) == width:
                _keep(result, out, number, record)
                return waiting
            break
    _set_aside(result, number, "an open quote", line)
    return taken + waiting


def _reason(line: str, separator: str, width: int) -> str:
    if line.startswith(UNDECODABLE):
        return "the row is in another encoding than the rest of the file"
    if len(line) > MOST_BYTES_A_ROW:
        return f"a row of {len(line) / 1e6:.0f} MB"
    found = len(fields(line, separator))
    if found == width:
        return ""
    return f"{found} fields where the header has {width}"


def _set_aside(result: Repaired, number: int, reason: str, line: str) -> None:
    result.rows += 1
    result.rejected.append(rejection(result.rows, number + 1, reason, line.removeprefix(UNDECODABLE)))


def without_undecodable_lines(path: Path, target: Path) -> Path:
    """A UTF-8 copy in which every line that is not UTF-8 is marked, to be set aside by the salvage pass."""
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as out:
        for line in source:
            try:
                out.write(line.decode("utf-8-sig"))
            except UnicodeDecodeError:
                out.write(UNDECODABLE + line.decode("cp1252", errors="replace"))
    return target
