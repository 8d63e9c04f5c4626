"""How the program builds up over the budget's years: who is there in each, what pay and prices have become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rightcall.planning import hiring
from rightcall.planning.budget import fiscal_years
from rightcall.planning.budget.fiscal_years import FiscalYear
from rightcall.planning.hiring import Hires
from rightcall.planning.staffing_model import Staffing
from rightcall.program.document import Program
from rightcall.program.money import Cost

START = {"low": 0.0, "middle": 0.5, "high": 1.0}


@dataclass(frozen=True)
class Growth:
    """What pay and prices rise a year, as shares; 0 where the document does not say, which `unknown` names."""

    step: float
    pay: float
    price: float
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """By year [y]: `crews`, the part of it for which the crews are employed, and `serving`, for which they are on shift;
    `posts`, the same of the posts beside them, who come with the first advertisement; `hired`, people hired in it.

    `hired_at`: where in its range pay begins. `units`: the most that leave the building at once.
    """

    years: tuple[FiscalYear, ...]
    crews: tuple[float, ...]
    serving: tuple[float, ...]
    posts: tuple[float, ...]
    hired: tuple[float, ...]
    people: float
    units: int
    growth: Growth
    hired_at: str

    def pay(self, pay: tuple[float, float], year: int) -> float:
        """Pay an hour in year number `year`: from its start by steps to the end of its range, and the range itself grows."""
        low, high = pay
        start = low + (high - low) * START[self.hired_at]
        return float(min(high, start * (1 + self.growth.step) ** year) * (1 + self.growth.pay) ** year)

    def due(self, year: int, cost: Cost | None = None) -> bool:
        """Whether what is bought once falls due in a year: on its day, else with the first year, and again after its years."""
        day = None if cost is None else cost.start
        bought = next((k for k, each in enumerate(self.years) if day is None or each.first <= day <= each.last), None)
        age = -1 if bought is None else year - bought
        return age == 0 or (
            age > 0 and cost is not None and cost.every_years is not None and age % cost.every_years == 0
        )


def growth_of(program: Program) -> Growth:
    """The growth of the document."""
    budget = program.budget
    said = {"step": budget.step, "pay_growth": budget.pay_growth, "price_growth": budget.price_growth}
    step, pay, price = (0.0 if value == "unknown" else float(value) for value in said.values())
    return Growth(step, pay, price, tuple(name for name, value in said.items() if value == "unknown"))


def of(staffing: Staffing, hires: Hires | None) -> Course:
    """The course of a staffed program. Without a hiring plan all are there from the first day."""
    program = staffing.program
    years = fiscal_years.of(program, begins=hires.posted if hires else staffing.made_at.date())
    away = [staffed.cover.units for staffed in staffing.teams if staffed.team.kind not in ("phone", "follow-up")]
    people = sum(staffing.people.values())
    crews = tuple(_part(hires, year, "employed") for year in years)
    left = 0.0 if staffing.hours.turnover == "unknown" else float(staffing.hours.turnover)
    return Course(
        years, crews, tuple(_part(hires, year, "share") for year in years), tuple(year.part(hires.posted if hires else None, None) for year in years),
        tuple(new + people * left * part for new, part in zip(_hired(hires, years, people), crews, strict=True)),
        people, int(np.sum(away, axis=0).max()) if away else 0, growth_of(program), program.budget.hired_at,
    )  # fmt: skip


def _part(hires: Hires | None, year: FiscalYear, what: str) -> float:
    """The mean over a year's days of a share of the hiring plan; before it nobody is there, after it everybody."""
    if hires is None or not hires.months:
        return 1.0
    shares = {month.first_day: float(getattr(month, what)) for month in hires.months}
    first, last = min(shares), max(shares)
    total = 0.0
    for number in range(12):
        day, after = hiring.first_of(year.first, number), hiring.first_of(year.first, number + 1)
        share = 0.0 if day < first else 1.0 if day > last else shares[day]
        total += share * (after - day).days
    return total / year.days


def _hired(hires: Hires | None, years: Sequence[FiscalYear], people: float) -> list[float]:
    """People whose training begins in each year."""
    if hires is None or not hires.months:
        return [people, *[0.0] * (len(years) - 1)]
    before, found = 0.0, []
    for year in years:
        by_then = [month for month in hires.months if month.first_day <= year.last]
        there = float(by_then[-1].in_training + by_then[-1].on_shift) if by_then else 0.0
        found.append(there - before)
        before = there
    return found
