"""The salvage pass: which lines of a CSV are damaged, and a copy without them that Polars can trust.

A line is plainly sound when it has as many fields as the header and every quote opens and closes a whole field.
Only the others are read one by one, by Python's strict CSV reader: a quoted newline is put together, a quote in the
middle of a field is text, and what cannot be read is set aside with its reason. A line ends at a line feed.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl

REJECTED_SCHEMA: dict[str, Any] = {"row": pl.Int64, "line": pl.Int64, "reason": pl.String, "raw": pl.String}
NONE_REJECTED = pl.DataFrame(schema=REJECTED_SCHEMA)
MOST_LINES_A_ROW = 500
MOST_BYTES_A_ROW = 2**20
BLOCK_BYTES = 2**18
NEWLINE, RETURN_BYTE, QUOTE = 10, 13, 34
RAW_KEPT = 1_000
UNDECODABLE = "�undecodable�"
RETURN = "\ue00d"


@dataclass(frozen=True)
class Census:
    """What the structure check found: the 0-based physical lines that are not plainly sound; how many there are."""

    special: pl.Series
    lines: int | None = None


@dataclass
class Repaired:
    """The outcome of a salvage: counts, rows set aside, and where the good rows stood in the original."""

    rows: int = 0
    good: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    row_shifts: list[int] = field(default_factory=list)
    line_shifts: list[int] = field(default_factory=list)

    def mark(self, line: int) -> None:
        """Remember the shift from the next good row to its original row and line, where the shift changes."""
        row_shift, line_shift = self.rows + 1 - self.good, line + 1 - self.good
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


def fields(record: str, separator: str) -> list[str] | None:
    """The fields of one record, or None where a quote stays open or stands in the wrong place."""
    record = record.removesuffix("\n").removesuffix("\r")
    if '"' not in record:
        return record.split(separator)
    # The module's limit protects against runaway quotes; here the length was bounded before.
    csv.field_size_limit(2**31 - 1)
    # Only a line feed ends a line; the module would end one at a lone carriage return too.
    lines = io.StringIO(record.replace("\r", RETURN), newline="")
    try:
        found = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return [value.replace(RETURN, "\r") for value in found[0]] if len(found) == 1 else None


def records(lines: list[str], separator: str) -> list[tuple[int, int, list[str]]]:
    """The records among lines whose quotes are right: first line (1 is the first), last line, fields."""
    found = []
    at = 0
    while at < len(lines):
        for taken in range(1, min(20, len(lines) - at) + 1):
            record = fields("".join(lines[at : at + taken]), separator)
            if record is not None:
                break
        else:
            taken = 1
        if record is not None and any(record):
            found.append((at + 1, at + taken, record))
        at += taken
    return found


def examine(path: Path, *, separator: str, width: int, header_end: int) -> Census:
    """Find the lines that are not plainly sound, streaming over the file."""
    lines = _regular(path, separator=separator, width=width)
    if lines is not None:
        return Census(pl.Series(dtype=pl.Int64), lines)
    text, sep = pl.col("line"), re.escape(separator)
    one = rf'(?:"(?:[^"]|"")*"|[^"\r{sep}]*)'
    quoting = text.str.contains(rf"^{one}(?:{sep}{one})*\r?$")
    outside = text.str.replace_all('"[^"]*"', "").str.count_matches(separator, literal=True)
    plain = (
        ~text.str.contains('"', literal=True)
        & (text.str.count_matches(separator, literal=True) == width - 1)
        & ~text.str.contains(UNDECODABLE, literal=True)
    )
    special = (
        pl.scan_lines(path, row_index_name="number")
        .filter(pl.col("number") >= header_end)
        .filter(~plain.fill_null(False) | (text.str.len_bytes() > MOST_BYTES_A_ROW))
        .filter(
            ~(plain | (quoting & (outside == width - 1))).fill_null(False)
            | (text.str.len_bytes() > MOST_BYTES_A_ROW)
            | text.str.contains(UNDECODABLE, literal=True)
        )
        .select("number")
        .collect(engine="streaming")
    )
    return Census(special["number"].cast(pl.Int64).sort())


def _regular(path: Path, *, separator: str, width: int) -> int | None:
    """How many lines a file has, where every line has the same number of separators, and quotes only around fields.

    Looking at bytes proves what the slower check would find, for the files that most systems write; else None.
    """
    mark, total = separator.encode(), 0
    for block in whole_lines(path, size=BLOCK_BYTES):
        lines = _regular_block(block if block.endswith(b"\n") else block + b"\n", mark, width)
        if lines is None:
            return None
        total += lines
    return total


def whole_lines(path: Path, *, size: int) -> Iterator[bytes]:
    """A file in blocks of whole lines of about `size` bytes; only the last line may lack its end."""
    with path.open("rb") as stream:
        block = stream.read(size)
        while block:
            end = block.rfind(b"\n") + 1
            if end:
                stream.seek(end - len(block), os.SEEK_CUR)
                yield block[:end]
                block = stream.read(size)
            elif more := stream.read(len(block)):
                block += more
            else:
                yield block
                return


def _regular_block(block: bytes, mark: bytes, width: int) -> int | None:
    """How many lines a block of whole lines has where each has `width` fields and is plainly sound, else None."""
    if not block.isascii() and UNDECODABLE.encode() in block:
        return None
    others = bytes(byte for byte in range(256) if byte not in mark + b'\n"')
    # A pair of quotes that holds no mark goes away; any other stays and tells.
    marks = block.translate(None, delete=others).replace(b'""', b"")
    lines, rest = divmod(len(marks), width)
    if rest or marks != (mark * (width - 1) + b"\n") * lines or _has_long_line(block):
        return None
    return lines if _quotes_around_fields(block, mark) else None


def _has_long_line(block: bytes) -> bool:
    start = 0
    while len(block) - start > MOST_BYTES_A_ROW:
        # The last end of a line within reach: a few steps a block, not one a line.
        start = block.rfind(b"\n", start, start + MOST_BYTES_A_ROW + 1) + 1
        if start == 0:
            return True
    return False


def _quotes_around_fields(block: bytes, mark: bytes) -> bool:
    """Whether of quotes that come in pairs each stands at the beginning or the end of a field."""
    letters = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(letters == QUOTE)
    # Before the first letter stands, as it were, the end of a line: a block ends with one.
    before, after = letters[quotes[0::2] - 1], letters[quotes[1::2] + 1]
    begins, ends = (before == ord(mark)) | (before == NEWLINE), (after == ord(mark)) | (after == NEWLINE)
    if begins.all() and not ends.all():
        others = quotes[1::2][~ends]
        return bool((letters[others + 1] == RETURN_BYTE).all() and (letters[others + 2] == NEWLINE).all())
    return bool(begins.all())


def repair(path: Path, target: Path, *, separator: str, width: int, header_end: int, census: Census) -> Repaired:
    """Count the rows; where lines are damaged, write the sound ones to `target` (without header)."""
    if target == path:
        lines = census.lines
        if lines is None:
            lines = int(pl.scan_lines(path).select(pl.len()).collect(engine="streaming").item())
        return Repaired(rows=lines - header_end, good=lines - header_end)
    special = frozenset(census.special.to_list())
    # Only the line feed ends a line, here as in the census: a lone carriage return is text.
    with path.open(encoding="utf-8", newline="\n") as source, target.open("w", encoding="utf-8", newline="") as out:
        lines_left = enumerate(source)
        for _ in range(header_end):
            next(lines_left)
        work = _Salvage(lines_left, out, separator, width)
        while (line := work.next_line()) is not None:
            if line[0] not in special:
                work.keep(*line)
            elif line[1].strip():
                work.salvage(*line)
        return work.result


class _Salvage:
    """One pass over the lines of a damaged file."""

    def __init__(self, lines: Iterator[tuple[int, str]], out: IO[str], separator: str, width: int) -> None:
        self.lines, self.out, self.separator, self.width = lines, out, separator, width
        self.waiting: deque[tuple[int, str]] = deque()
        self.result = Repaired()

    def next_line(self) -> tuple[int, str] | None:
        return self.waiting.popleft() if self.waiting else next(self.lines, None)

    def keep(self, number: int, record: str) -> None:
        self.result.mark(number)
        self.result.rows += 1
        self.result.good += 1
        self.out.write(record if record.endswith("\n") else record + "\n")

    def set_aside(self, number: int, reason: str, record: str) -> None:
        self.result.rows += 1
        row = rejection(self.result.rows, number + 1, reason, record.replace(UNDECODABLE, ""))
        self.result.rejected.append(row)

    def salvage(self, number: int, line: str) -> None:
        """Read one special line, together with the lines that follow where a quote stays open."""
        if len(line) > MOST_BYTES_A_ROW:
            return self.set_aside(number, f"a row of {len(line) / 1e6:.0f} MB", line)
        found = fields(line, self.separator)
        record = line
        open_quote = found is None and fields(line.rstrip("\r\n") + '"', self.separator) is not None
        if open_quote:
            record = self._with_following(line)
            found = fields(record, self.separator)
        if UNDECODABLE in record:
            return self.set_aside(number, "the row is in another encoding than the rest of the file", record)
        if found is None:
            return self.set_aside(number, "an open quote" if open_quote else "a quote in the wrong place", line)
        if len(found) == self.width + 1 and found[-1] == "":
            found = found[:-1]
        if len(found) != self.width:
            return self.set_aside(number, f"{len(found)} fields where the header has {self.width}", record)
        return self.keep(number, _written(found, self.separator))

    def _with_following(self, line: str) -> str:
        """The line with those that close its quote and make it a whole row; else the line alone."""
        taken: list[tuple[int, str]] = []
        record = line
        while len(taken) < MOST_LINES_A_ROW and len(record) <= MOST_BYTES_A_ROW:
            following = self.next_line()
            if following is None:
                break
            taken.append(following)
            record += following[1]
            if following[1].count('"') % 2:
                found = fields(record, self.separator)
                if found is not None and len(found) == self.width:
                    return record
                break
        self.waiting.extendleft(reversed(taken))
        return line


def _written(values: list[str], separator: str) -> str:
    """A record as Polars reads it without doubt."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerow(values)
    return out.getvalue().removesuffix("\r\n") + "\n"


def without_undecodable_lines(path: Path, target: Path) -> Path:
    """A UTF-8 copy in which every line that is not UTF-8 is marked, to be set aside by the salvage pass."""
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as out:
        for line in source:
            try:
                out.write(line.decode("utf-8-sig"))
            except UnicodeDecodeError:
                out.write(UNDECODABLE + line.decode("cp1252", errors="replace"))
    return target
