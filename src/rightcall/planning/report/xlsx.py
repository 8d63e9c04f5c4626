"""The plan's workbook: the answer, a budget with live formulas, the sources, the worksheet and the checklist. No macros.

Cells to fill in or to change are marked; every sum and every amount of the budget is a formula on them. Text is always written
as text: nothing that a city wrote can become a formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from rightcall.locale import N_, Words
from rightcall.planning import worksheet_evidence
from rightcall.planning.budget.course import START
from rightcall.planning.budget.lines import Line, PeopleLine, PriceLine
from rightcall.planning.funding import Funding
from rightcall.planning.plan import Plan
from rightcall.planning.report import blocks, worksheet_workbook
from rightcall.planning.report.blocks import Report

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
# Where the budget's columns begin: what a line is, the parts of the years, the dollars.
FIRST_PART = 9


def write(plan: Plan, report: Report, path: Path, *, words: Words) -> None:
    """Write the workbook of a plan."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        looks = _looks(book)
        _answer(book, report, words, looks)
        if plan.funding is not None:
            _Budget(book, plan.funding, words, looks).write()
            _sources(book, plan.funding, words, looks)
        worksheet_workbook.write(
            book, plan.worksheet, worksheet_evidence.evidence(plan), words, looks, program=plan.program.program.name
        )
        book.set_properties({"title": words.value(report.title), "author": plan.program.program.jurisdiction})


def _looks(book: Any) -> dict[str, Any]:
    wrap = {"text_wrap": True, "valign": "top"}
    marked = {"bg_color": "#FFF6DC", "border": 1, "border_color": "#d9c9a8"}
    money = {"num_format": '#,##0.00;[Red]-#,##0.00;"–"'}
    return {
        "title": book.add_format({"bold": True, "font_size": 15}), "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}), "wrap": book.add_format(wrap),
        "year": book.add_format({"bold": True, "bottom": 1, "align": "right", "valign": "top"}), "section": book.add_format({"bold": True, "font_size": 12, "font_color": "#0b6e75"}), "pale": book.add_format({"font_color": "#8aa3ad", "font_size": 8, "valign": "top"}),
        "input": book.add_format({**wrap, **marked}), "marked": book.add_format(marked), "date": book.add_format({**wrap, **marked, "num_format": "yyyy-mm-dd"}), "number": book.add_format({**marked, "num_format": "#,##0.00##"}),
        "share": book.add_format({**marked, "num_format": "0.0##%"}), "dollars": book.add_format({**marked, **money}), "money": book.add_format(money), "sum": book.add_format({**money, "bold": True, "top": 1}),
        "name": book.add_format({"bold": True, "top": 1}), "part": book.add_format({"num_format": "0.0000", "font_color": "#5b6b75"}),
    }  # fmt: skip


def _answer(book: Any, report: Report, words: Words, looks: Mapping[str, Any]) -> None:
    """The first page in words and figures."""
    sheet = book.add_worksheet(words(N_("Answer")))
    widths = (46, 90)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    worksheet_workbook.for_paper(sheet)
    sheet.write_string(0, 0, words.value(report.title), looks["title"])
    sheet.write_string(1, 0, words.value(report.subtitle))
    sheet.write_string(3, 0, words.value(report.first_page.title), looks["section"])
    row = 4
    for block in report.first_page.blocks:
        if isinstance(block, tuple):
            for figure in block:
                sheet.write_string(row, 0, words.value(figure.label), looks["wrap"])
                sheet.write_string(row, 1, f"{words.value(figure.value)}  {words.value(figure.note) if figure.note else ''}".strip(), looks["wrap"])  # fmt: skip
                row += 1
        elif isinstance(block, (blocks.Table, blocks.Picture)):
            continue
        else:
            for line in block if isinstance(block, list) else [block]:
                sheet.merge_range(row, 0, row, 1, "", looks["wrap"])
                text = words.value(line)
                sheet.write_string(row, 0, text, looks["wrap"])
                sheet.set_row(row, worksheet_workbook.high({0: text}, (sum(widths),)))
                row += 1
    sheet.write_string(row + 1, 0, words(N_("Cells with this color are there to be filled in or changed; everything else follows.")), looks["marked"])  # fmt: skip


class _Budget:
    """The sheet of the budget: inputs, a row a line, sums, who pays, and the gap."""

    def __init__(self, book: Any, funding: Funding, words: Words, looks: Mapping[str, Any]) -> None:
        self.sheet, self.funding, self.words, self.looks = (
            book.add_worksheet(words(N_("Budget"))),
            funding,
            words,
            looks,
        )
        self.years = len(funding.course.years)
        self.dollars = FIRST_PART + self.years

    def write(self) -> None:
        sheet, words, funding = self.sheet, self.words, self.funding
        sheet.set_column(0, 0, 46)
        sheet.set_column(1, FIRST_PART - 1, 13)
        sheet.set_column(FIRST_PART, self.dollars - 1, 9)
        sheet.set_column(self.dollars, self.dollars + self.years - 1, 16)
        sheet.write_string(0, 0, words(N_("Budget by fiscal year")), self.looks["title"])
        sheet.write_string(1, 0, words(N_("Part: the share of the year for which people are employed. Hours on top: overtime and differentials of all of them, in hours of plain pay.")), self.looks["pale"])  # fmt: skip
        self.step, self.pay_growth, self.begin, self.paid = self._inputs()
        row = 8
        people = [line for line in funding.lines if isinstance(line, PeopleLine)]
        prices = [line for line in funding.lines if isinstance(line, PriceLine)]
        first = row + 1
        self._titles(row, (N_("people"), N_("kind"), N_("number"), N_("pay a year, low"), N_("pay a year, high"), N_("hours paid each"), N_("hours of pay on top"), N_("benefits"), N_("overhead")), N_("part"))  # fmt: skip
        for line in people:
            row += 1
            self._people(row, line)
        row += 2
        self._titles(
            row,
            (N_("everything else"), N_("kind"), "", N_("price"), N_("growth a year"), "", "", "", ""),
            N_("how many"),
        )
        for price in prices:
            row += 1
            self._price(row, price)
        last, row = row, row + 1
        # The title row between holds no numbers, so that one range sums both parts.
        total = self._sums(row, words(N_("All costs that are known")), first, last, funding.cost)
        row += 2
        self._titles(row, (N_("who pays"), *("",) * (FIRST_PART - 1)), "")
        begin = row + 1
        spent = funding.allocation.by_source
        for s, source in enumerate(funding.sources):
            row += 1
            sheet.write_string(row, 0, source.fund.name, self.looks["wrap"])
            for k in range(self.years):
                sheet.write_number(row, self.dollars + k, int(spent[s, k]) / 100, self.looks["dollars"])
        row += 1
        sheet.write_string(row, 0, words(N_("Nobody yet: the gap")), self.looks["name"])
        for k in range(self.years):
            column = xl_col_to_name(self.dollars + k)
            paid = f"SUM({column}{begin + 1}:{column}{row})" if funding.sources else "0"
            sheet.write_formula(row, self.dollars + k, f"=ROUND({column}{total + 1}-{paid},2)", self.looks["sum"], funding.gap[k] / 100)  # fmt: skip
        sheet.write_string(row + 2, 0, words(N_("Change pay, people, prices or what a source gives: sums and gap follow. What each source may pay for is divided anew only by rightcall plan, and what is changed here is not taken back: write it into program.toml. Which lines stay open is one division of several.")), self.looks["pale"])  # fmt: skip
        sheet.freeze_panes(1, 1)
        worksheet_workbook.for_paper(sheet)

    def _inputs(self) -> tuple[str, str, str, str]:
        """What holds for all lines; returns where it stands."""
        course, found = self.funding.course, []
        for row, (title, value, look) in enumerate((
            (N_("steps of pay a year"), course.growth.step, "share"), (N_("growth of pay a year"), course.growth.pay, "share"), (N_("where in its range pay begins: 0 low, 1 high"), START[course.hired_at], "number"), (N_("hours paid a year, full time"), self.funding.hours.paid, "number"),
        ), start=2):  # fmt: skip
            self.sheet.write_string(row, 0, self.words(title))
            self.sheet.write_number(row, 1, value, self.looks[look])
            found.append(xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True))
        return found[0], found[1], found[2], found[3]

    def _titles(self, row: int, titles: tuple[str, ...], part: str) -> None:
        self.sheet.set_row(row, 32)
        for column, title in enumerate(titles):
            self.sheet.write_string(row, column, self.words(title) if title else "", self.looks["head"])
        for k, year in enumerate(self.funding.course.years):
            name = f"{self.words(part)} {year.name}" if part else ""
            self.sheet.write_string(row, FIRST_PART + k, name, self.looks["head"])
            self.sheet.write_string(row, self.dollars + k, year.name, self.looks["year"])

    def _maybe(self, row: int, column: int, value: float | None, look: str) -> None:
        if value is None:
            self.sheet.write_blank(row, column, None, self.looks[look])
        else:
            self.sheet.write_number(row, column, value, self.looks[look])

    def _people(self, row: int, line: PeopleLine) -> None:
        sheet = self.sheet
        # Pay stands by the year, as people know it; fifteen digits are what a cell holds.
        low, high = (
            (None, None) if line.pay is None else (float(f"{each * self.funding.hours.paid:.12g}") for each in line.pay)
        )
        sheet.write_string(row, 0, self.words.value(line.name), self.looks["wrap"])
        sheet.write_string(row, 1, self.words(line.kind))
        for column, value, look in ((2, line.people, "number"), (3, low, "dollars"), (4, high, "dollars"), (5, line.each, "number"), (6, line.on_top, "number"), (7, line.benefits, "share"), (8, self._load(line), "share")):  # fmt: skip
            self._maybe(row, column, value, look)
        cell = [xl_rowcol_to_cell(row, column, col_abs=True) for column in range(FIRST_PART)]
        for k in range(self.years):
            sheet.write_number(row, FIRST_PART + k, line.there[k], self.looks["part"])
            part = xl_rowcol_to_cell(row, FIRST_PART + k)
            start = f"({cell[3]}+({cell[4]}-{cell[3]})*{self.begin})"
            pay = f"MIN({cell[4]},{start}*(1+{self.step})^{line.steps[k]})*(1+{self.pay_growth})^{k}/{self.paid}"
            load = f"({cell[2]}*{cell[5]}*(1+{cell[7]})+{cell[6]})"
            formula = f"=IF(COUNT({cell[2]},{cell[3]},{cell[4]})=3,ROUND({part}*{load}*{pay}*(1+{cell[8]}),2),0)"
            sheet.write_formula(row, self.dollars + k, formula, self.looks["money"], line.known[k] / 100)

    def _load(self, line: PeopleLine) -> float | None:
        """Overhead, blank where nobody says it."""
        unknown = any(amount == "overhead" for _, amount in self.funding.unknown_loads)
        return None if unknown and not line.overhead else line.overhead

    def _price(self, row: int, line: PriceLine) -> None:
        sheet = self.sheet
        sheet.write_string(row, 0, self.words.value(line.name), self.looks["wrap"])
        sheet.write_string(row, 1, self.words(line.kind))
        self._maybe(row, 3, line.price, "dollars")
        sheet.write_number(row, 4, line.grows, self.looks["share"])
        price, grows = (xl_rowcol_to_cell(row, column, col_abs=True) for column in (3, 4))
        for k in range(self.years):
            sheet.write_number(row, FIRST_PART + k, line.quantity[k], self.looks["part"])
            part = xl_rowcol_to_cell(row, FIRST_PART + k)
            sheet.write_formula(row, self.dollars + k, f"=ROUND({part}*{price}*(1+{grows})^{k},2)", self.looks["money"], line.known[k] / 100)  # fmt: skip

    def _sums(self, row: int, name: str, first: int, last: int, known: tuple[int, ...]) -> int:
        self.sheet.write_string(row, 0, name, self.looks["name"])
        for k in range(self.years):
            column = xl_col_to_name(self.dollars + k)
            self.sheet.write_formula(row, self.dollars + k, f"=ROUND(SUM({column}{first + 1}:{column}{last + 1}),2)", self.looks["sum"], known[k] / 100)  # fmt: skip
        return row


def _sources(book: Any, funding: Funding, words: Words, looks: Mapping[str, Any]) -> None:
    """Which source pays which line in which year, as the plan divided it."""
    sheet = book.add_worksheet(words(N_("Sources")))
    titles = (words(N_("source of money")), words(N_("cost")), *(year.name for year in funding.course.years))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 1 + len(funding.course.years), 16)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, looks["head"])
    row = 0
    for s, source in enumerate(funding.sources):
        for n, line in enumerate(funding.lines):
            paid = funding.allocation.paid[s, n]
            if paid.any():
                row = _cells(sheet, row + 1, source.fund.name, line, paid, words, looks)
    for n, line in enumerate(funding.lines):
        if funding.allocation.gap[n].any():
            row = _cells(sheet, row + 1, words(N_("nobody yet")), line, funding.allocation.gap[n], words, looks)
    sheet.freeze_panes(1, 0)
    worksheet_workbook.for_paper(sheet)


def _cells(sheet: Any, row: int, who: str, line: Line, paid: Any, words: Words, looks: Mapping[str, Any]) -> int:
    sheet.write_string(row, 0, who, looks["wrap"])
    sheet.write_string(row, 1, words.value(line.name), looks["wrap"])
    for k, cents in enumerate(paid):
        sheet.write_number(row, 2 + k, int(cents) / 100, looks["money"])
    return row
