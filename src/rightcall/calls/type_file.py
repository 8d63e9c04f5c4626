"""The mapping of a city's words as a file that a person reviews in a spreadsheet."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
from rapidfuzz import process

from rightcall.calls.call_types import COLUMNS
from rightcall.calls.families import FAMILIES
from rightcall.errors import Problem, RightcallError

FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # spreadsheets take the full-width signs too


class MappingError(RightcallError):
    """A mapping of call types that cannot be used as it stands."""


def _read_cell(column: str, text: str, where: str) -> str | float | None:
    """The value of a cell; raises what is wrong with it."""
    text = text[1:] if text.startswith("'") and FORMULA.match(text.lstrip("'")) else text
    if column == "type":
        return text
    if not (text := text.strip()):
        return None
    known = {"family": list(FAMILIES), "common_type": [code for f in FAMILIES.values() for code in f.common_types]}
    if text not in known.get(column, [text]):
        near = process.extractOne(text, known[column], processor=str.lower)[0]
        raise MappingError(f'"{text}" is no known {column}.', where=where, mend=f'Did you mean "{near}"?')
    if COLUMNS[column] == pl.String:
        return text
    if COLUMNS[column] == pl.Boolean:
        if text.lower() not in ("yes", "no"):
            raise MappingError(f'"{text}" is not an answer.', where=where, mend="Write yes, no, or leave it empty.")
        return text.lower() == "yes"
    if not re.fullmatch(r"\d{1,15}" if column == "calls" else r"[01](\.0*)?|0?\.\d+", text):
        raise MappingError(f'"{text}" is not a number that fits here.', where=where, mend="Leave it empty.")
    return int(text) if column == "calls" else float(text)


def read_mapping(path: Path) -> pl.DataFrame:
    """Read a mapping that a person edited in a spreadsheet, or raise `MappingError` with everything wrong in it."""
    problems: list[Problem] = []
    rows: dict[str, list[str | float | None]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", restkey="beyond the last column")
            header = list(reader.fieldnames or [])
            if "type" not in header:
                raise MappingError("the column type is missing.", where=f"{path}, line 1", mend="Put it back.")
            for name in [name for name in header if name not in COLUMNS]:
                near = process.extractOne(name, list(COLUMNS), processor=str.lower)[0]
                where = f"{path}, line 1, column {name}"
                problems.append(Problem(f'"{name}" is no column or fact.', where, f'Did you mean "{near}"?'))
            for row in reader:
                cells: list[str | float | None] = []
                where = f"{path}, line {reader.line_num}, column"
                for column in COLUMNS:
                    try:
                        cells.append(_read_cell(column, row.get(column, ""), f"{where} {column}"))
                    except MappingError as error:
                        problems += error.problems
                if row["type"] in rows:
                    problems.append(Problem(f'"{row["type"]}" is there twice.', f"{where} type", "Keep one of them."))
                rows[row["type"]] = cells
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MappingError(f"cannot be read ({error}).", where=str(path), mend="Save it as CSV, UTF-8.") from error
    if problems:
        raise MappingError(problems)
    return pl.DataFrame(list(rows.values()), schema=COLUMNS, orient="row")


def _cell(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text.lstrip("'")) else text


def write_mapping(*, mapping: pl.DataFrame, path: Path) -> None:
    """Write a mapping as CSV for a spreadsheet; no cell can act as a formula, and `read_mapping` gets all back."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in row] for row in mapping.select(*COLUMNS).iter_rows())
