"""The executable specification of the rule language: chapters of specs, read from the TOML files beside this module.

The same specs are run on the evaluator (`test_specs.py`) and generate the manual (`docs/generate.py`). A spec is a
title, one sentence, rules, and a small table: a row is a call, the columns before `outcome` are what is known of it,
those from there on are what is demanded. `?`, or no column, is unknown.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightcall.calls.columns import FACTS

FOLDER = Path(__file__).parent
UNKNOWN = "?"
ANSWERS = {"yes": True, "no": False}
DEMANDED = ("outcome", "possible", "missing", "rule", "team", "send")
# A plain Tuesday at noon, where a spec does not speak of the time.
TIME = "2026-03-03 12:00"


@dataclass(frozen=True)
class Row:
    """One call: what is known of it, and what is demanded of its decision."""

    known: dict[str, Any]
    demanded: dict[str, str]


@dataclass(frozen=True)
class Spec:
    """One thing that the rule language does."""

    title: str
    sentence: str
    program: str
    note: str
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def document(self) -> str:
        """The whole program document, as TOML: the rules of the spec among the teams of the cast."""
        return f"{cast()}\n{self.program}"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The calls with what is demanded."""
        return tuple(self._row(dict(zip(self.columns, cells, strict=True))) for cells in self.cells)

    def _row(self, cells: dict[str, str]) -> Row:
        known = {name: _value(name, cell) for name, cell in cells.items() if name not in (*DEMANDED, "time")}
        known["received_at"] = _instant(cells.get("time", TIME))
        return Row(
            {name: value for name, value in known.items() if value is not None},
            {name: cell for name, cell in cells.items() if name in DEMANDED},
        )


@dataclass(frozen=True)
class Chapter:
    """Specs that belong together."""

    title: str
    sentence: str
    specs: tuple[Spec, ...]


def read() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the numbers of its files."""
    return tuple(_chapter(path) for path in sorted(FOLDER.glob("[0-9]*.toml")))


def cast() -> str:
    """The teams and services that the rules of all specs speak of, as TOML."""
    return (FOLDER / "cast.toml").read_text(encoding="utf-8")


def _chapter(path: Path) -> Chapter:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return Chapter(content["title"], content["sentence"], tuple(_spec(spec, path) for spec in content["spec"]))


def _spec(content: dict[str, str], path: Path) -> Spec:
    lines = [[cell.strip() for cell in line.split("|")] for line in content["calls"].strip().splitlines()]
    if any(len(line) != len(lines[0]) for line in lines):
        raise ValueError(f"{path.name}: the rows of “{content['title']}” differ in length.")
    return Spec(
        content["title"],
        content["sentence"],
        content["rules"].strip(),
        content.get("note", ""),
        tuple(lines[0]),
        tuple(map(tuple, lines[1:])),
    )


def _value(name: str, cell: str) -> Any:
    if cell == UNKNOWN:
        return None
    if name in FACTS:
        return ANSWERS[cell]
    return int(cell) if name == "initial_priority" else cell


def _instant(cell: str) -> dt.datetime:
    """The instant of a local time of the cast's city."""
    zone = zoneinfo.ZoneInfo(tomllib.loads(cast())["program"]["time_zone"])
    return dt.datetime.fromisoformat(cell).replace(tzinfo=zone).astimezone(dt.UTC)
