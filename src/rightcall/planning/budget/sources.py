"""Sources of money by fiscal year: what each may give at most, and what Medicaid would bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rightcall.planning.budget.course import Course
from rightcall.planning.budget.lines import Line, cents
from rightcall.program.document import Program
from rightcall.program.fiscal_years import FiscalYear
from rightcall.program.money import LOCAL, OWN, Fund, Medicaid
from rightcall.simulation.arrays import Real

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
    def own(self) -> bool:
        """Whether it is the city's own."""
        return self.fund.kind in OWN

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
    window = course.window(fund.start, fund.end)
    parts = course.by_year(window)
    total = cents(fund.total) if isinstance(fund.total, float) else None
    missing = ("total",) if fund.total == "unknown" else ()
    ceiling = None
    if isinstance(fund.amount, float):
        ceiling = tuple(cents(fund.amount * part * (1 + (fund.grows or 0.0)) ** k) for k, part in enumerate(parts))
    if fund.medicaid is not None:
        brings, unknown = _medicaid(fund.medicaid, course, window, in_person)
        if ceiling is not None:
            brings = tuple(None if one is None else min(one, other) for one, other in zip(brings, ceiling, strict=True))
        return Source(fund, brings, total, (*unknown, *missing))
    if ceiling is None and total is not None:
        # Without a yearly amount a known total may be spent in any of its years.
        ceiling = tuple(total if part else 0 for part in parts)
    if ceiling is None:
        return Source(fund, (None,) * len(parts), total, ("amount", *missing))
    return Source(fund, ceiling, total, missing)


def _medicaid(medicaid: Medicaid, course: Course, window: Real, in_person: float) -> tuple[tuple[int | None, ...], tuple[str, ...]]:  # fmt: skip
    """Cents by year, None where unknown, and what nobody says."""
    missing = unsaid(medicaid)
    if missing:
        return (None,) * len(course.years), missing
    share, told = new_money(medicaid, course)
    days = window * course.serving
    billed = billing(medicaid, in_person)
    parts, sure = course.by_year(days * share), course.by_year(days * told)
    whole = course.by_year(days)
    found = tuple(cents(billed * part) if known >= all_ - 1e-12 else None for part, known, all_ in zip(parts, sure, whole, strict=True))  # fmt: skip
    return found, ("federal_share",) if None in found else ()


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


def new_money(medicaid: Medicaid, course: Course) -> tuple[Real, Real]:
    """The share of what is collected that the city need not put up itself, by day, 1 where the state bears the rest; and 1 on
    the days for which it is said, else 0 [d].
    """
    if not medicaid.city_pays_rest:
        whole = course.window(None, None)
        return whole, whole
    share, told, start = course.window(None, None) * 0, course.window(None, None) * 0, None
    for each in medicaid.federal_share:
        days = course.window(start, each.end)
        share, told = share + each.share * days, told + days
        start = None if each.end is None else each.end + dt.timedelta(days=1)
    return share, told


@dataclass(frozen=True)
class Cliff:
    """The greatest fall of money that is not the city's own, over years in which it goes down one after the other: from
    the year before, until the last of them; cents a year less in all, and how much each source gives less or more.
    """

    before: FiscalYear
    year: FiscalYear
    fall: int
    changes: tuple[tuple[str, int], ...]


def cliff(sources: Sequence[Source], spent: Sequence[Sequence[int]], years: Sequence[FiscalYear]) -> Cliff | None:
    """The greatest fall of what the sources of others can give; of one with a ceiling over its life, what is `spent` of it,
    by source and year [s][y]. None without a fall.
    """
    theirs = [(source, each if source.total is not None else source.known) for source, each in zip(sources, spent, strict=True) if not source.own]  # fmt: skip
    total = [sum(each[k] for _, each in theirs) for k in range(len(years))]
    best: tuple[int, int, int] | None = None
    start = 0
    for k in range(1, len(years)):
        if total[k] >= total[k - 1]:
            start = k
        elif best is None or total[start] - total[k] > best[0]:
            best = (total[start] - total[k], start, k)
    if best is None:
        return None
    fall, first, last = best
    changes = tuple(
        (source.fund.name, each[last] - each[first]) for source, each in theirs if each[last] != each[first]
    )
    return Cliff(years[first], years[last], fall, changes)
