"""What a report is made of: sentences, figures, pictures, tables, sections. Nothing here knows HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rightcall.locale import N_, Message, Money, Share
from rightcall.planning import lenses
from rightcall.planning.given import Source

Sentence = Message | str


MOST_ROWS = 15
# What stands for a figure that is not there.
NO_FIGURE = (None, "–", "", Message(N_("unknown")))


@dataclass(frozen=True)
class Figure:
    """A big number with what it counts and its reason."""

    value: Any
    label: Sentence
    note: Sentence = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A small table: titles and rows; `more` rows are left to the CSV of the given name."""

    titles: tuple[Sentence, ...]
    rows: tuple[tuple[Any, ...], ...]
    csv: str = ""
    more: int = 0

    @property
    def figures(self) -> tuple[bool, ...]:
        """For each column, whether it holds figures, which stand at the right: nothing else, and at least one."""
        columns = [[row[i] for row in self.rows] for i in range(len(self.titles))]
        return tuple(any(map(is_figure, cells)) and all(is_figure(cell) or cell in NO_FIGURE for cell in cells) for cells in columns)  # fmt: skip


def is_figure(cell: Any) -> bool:
    """Whether a cell is a number, a share, money, or a range of them."""
    ranged = isinstance(cell, Message) and "low" in cell.values
    return ranged or (isinstance(cell, (int, float, Share, Money)) and not isinstance(cell, bool))


@dataclass(frozen=True)
class Picture:
    """A chart with its text alternative and the table behind it."""

    chart: Any
    title: Sentence
    alternative: Sentence
    table: Table
    # A map is readable when it is small; other pictures scroll on a phone.
    fit: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the report. Blocks are sentences, figures, pictures, tables and lists, in order. `under`: it belongs to the
    chapter before it.
    """

    ident: str
    title: Sentence
    blocks: tuple[Any, ...] = ()
    lead: Sentence = ""
    under: bool = False


@dataclass(frozen=True)
class Report:
    """The whole report."""

    title: Sentence
    subtitle: Sentence
    first_page: Section
    sections: tuple[Section, ...]
    footer: tuple[Sentence, ...] = field(default_factory=tuple)


COUNT_TITLES: tuple[Sentence, ...] = (
    Message(N_("calls")), Message(N_("ours by nature")), Message(N_("at most")), Message(N_("at least")),
)  # fmt: skip


def counts_table(table: pl.DataFrame, first: list[str], titles: tuple[Sentence, ...], csv: str) -> Table:
    """A table of counts, led by the columns `first`; long ones are cut and point to their CSV."""
    rows = []
    for row in table.head(MOST_ROWS).iter_rows(named=True):
        ours = ("family",)  # the other columns hold the city's own words
        names = [Message(row[name]) if name in ours and row[name] is not None else row[name] for name in first]
        rows.append((*names, *(row[name] for name in lenses.COUNTS)))
    return Table((*titles, *COUNT_TITLES), tuple(rows), csv, max(0, table.height - MOST_ROWS))


def layer_name(layer: str) -> str:
    """What a layer of areas is called."""
    return {
        "area_beat": N_("beat"), "area_sector": N_("sector"), "area_district": N_("council district"), "area_neighborhood": N_("neighborhood"), "area_zip": N_("ZIP code"),
    }[layer]  # fmt: skip


def minutes(value: float | None) -> float | str:
    """Minutes to one decimal, or a dash."""
    return "–" if value is None else round(value, 1)


def sources_said(sources: Iterable[Source]) -> list[Message]:
    """A line for each file, for the foot of a page."""
    return [
        Message(N_("{name}: {rows} rows, {rejected} set aside or merged, checksum {sum}."), {"name": s.name, "rows": s.rows, "rejected": s.rejected, "sum": s.checksum[:12]})
        for s in sources if s.checksum
    ]  # fmt: skip
