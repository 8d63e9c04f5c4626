"""Sources of money by fiscal year: what each may give at most, and what Medicaid would bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rightcall.planning.budget.course import Course
from rightcall.planning.budget.fiscal_years import FiscalYear
from rightcall.planning.budget.lines import Line, cents
from rightcall.program.document import Program
from rightcall.program.money import LOCAL, Fund, Medicaid

# What a city must know before Medicaid brings a figure.
FACTORS = ("encounters", "payer_mix", "billable", "units", "rate", "collection")


@dataclass(frozen=True)
class Source:
    """A source by year: `most`, cents at most in each year, None where nobody says; `total`, cents at most in all.

    `missing`: what nobody says of it.
    """

    fund: Fund
    most: tuple[int | None, ...]
    total: int | None
    missing: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[int, ...]:
        """Cents at most by year, 0 where unknown."""
        return tuple(each or 0 for each in self.most)

    @property
    def local(self) -> bool:
        """Whether it may stand as the match of another's money."""
        return self.fund.kind in LOCAL

    @property
    def restricted(self) -> bool:
        """Whether it may pay for some things only."""
        return bool(self.fund.pays_for)

    def pays(self, line: Line) -> bool:
        """Whether it may pay for a line."""
        return not self.fund.pays_for or not line.tags.isdisjoint(self.fund.pays_for)


def of(program: Program, course: Course, *, in_person: float) -> tuple[Source, ...]:
    """The sources of a document. `in_person`: encounters a year at full strength, from the simulation."""
    return tuple(_source(fund, course, in_person) for fund in program.fund)


def _source(fund: Fund, course: Course, in_person: float) -> Source:
    parts = [year.part(fund.start, fund.end) for year in course.years]
    total = None if fund.total in (None, "unknown") else cents(float(fund.total or 0))
    ceiling = [cents(fund.amount * part) for part in parts] if isinstance(fund.amount, float) else None
    if fund.medicaid is None:
        # Without a yearly amount a known total may be spent in any of its years.
        if ceiling is None and total is not None:
            ceiling = [total if part else 0 for part in parts]
        return Source(fund, (None,) * len(parts) if ceiling is None else tuple(ceiling), total, () if ceiling else ("amount",))  # fmt: skip
    missing = unsaid(fund.medicaid)
    if missing:
        return Source(fund, (None,) * len(parts), total, missing)
    billed = [billing(fund.medicaid, in_person) * serving for serving in course.serving]
    whole = [cents(amount * part * new_money(fund.medicaid, year)) for amount, part, year in zip(billed, parts, course.years, strict=True)]  # fmt: skip
    most = whole if ceiling is None else [min(one, other) for one, other in zip(whole, ceiling, strict=True)]
    return Source(fund, tuple(most), total)


def unsaid(medicaid: Medicaid) -> tuple[str, ...]:
    """The factors of the formula that nobody says."""
    missing = [name for name in FACTORS if getattr(medicaid, name) == "unknown"]
    if medicaid.city_pays_rest == "unknown":
        missing.append("city_pays_rest")
    elif medicaid.city_pays_rest and not medicaid.federal_share:
        missing.append("federal_share")
    return tuple(missing)


def billing(medicaid: Medicaid, in_person: float) -> float:
    """Dollars a year that are collected: encounters × payer mix × billable × units × rate × collection (planning.md 8)."""
    encounters = in_person if medicaid.encounters == "simulated" else medicaid.encounters
    found = float(encounters)
    for name in FACTORS[1:]:
        found *= float(getattr(medicaid, name))
    return found


def new_money(medicaid: Medicaid, year: FiscalYear) -> float:
    """The share of what is collected that the city need not put up itself, over a year; 1 where the state bears the rest."""
    if not medicaid.city_pays_rest:
        return 1.0
    share, start = 0.0, None
    for each in medicaid.federal_share:
        share += each.share * year.part(start, each.end)
        start = None if each.end is None else each.end + dt.timedelta(days=1)
    return share


@dataclass(frozen=True)
class Cliff:
    """The steepest fall of money that is not the city's own from one year to the next: cents, and which sources end."""

    year: FiscalYear
    fall: int
    ending: tuple[str, ...]


def cliff(sources: Sequence[Source], spent: Sequence[Sequence[int]], years: Sequence[FiscalYear]) -> Cliff | None:
    """The steepest fall of what was `spent` of sources that are not local, by source and year [s][y]; None without one."""
    theirs = [(source, each) for source, each in zip(sources, spent, strict=True) if not source.local]
    falls = [sum(each[k - 1] for _, each in theirs) - sum(each[k] for _, each in theirs) for k in range(1, len(years))]
    if not falls or max(falls) <= 0:
        return None
    k = falls.index(max(falls)) + 1
    return Cliff(years[k], falls[k - 1], tuple(source.fund.name for source, each in theirs if each[k] < each[k - 1]))
