"""How the program builds up over the budget's years, day by day: who is there, who serves, what pay and prices have become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rightcall.planning import hiring
from rightcall.planning.hiring import Hires
from rightcall.planning.staffing import employers
from rightcall.planning.staffing.employers import Option
from rightcall.planning.staffing_model import Staffing
from rightcall.program import fiscal_years
from rightcall.program.document import Program
from rightcall.program.fiscal_years import FiscalYear
from rightcall.program.money import Cost
from rightcall.simulation.arrays import Real

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
    """By day of the budget [d]: `crews`, the share of the crews that is employed, `serving`, the share on shift; `posts`, 1
    from the day on which the posts beside them are there. By year [y]: `hired`, people whose training begins in it.

    `people`: on the crews and on the posts beside them, at full strength; `units`: the most that leave the building at once.
    `hired_at`: where in its range pay begins; `scale`: so many times the people on the crews, to try.
    """

    years: tuple[FiscalYear, ...]
    crews: Real
    serving: Real
    posts: Real
    hired: tuple[float, ...]
    people: tuple[float, float]
    units: int
    growth: Growth
    hired_at: str
    scale: float = 1.0

    def window(self, start: dt.date | None, end: dt.date | None) -> Real:
        """1 on the days from `start` to `end`, both in it, else 0 [d]."""
        first = self.years[0].first
        days = np.arange(self.posts.size)
        low = 0 if start is None else (start - first).days
        high = days.size if end is None else (end - first).days
        return ((days >= low) & (days <= high)).astype(float)

    def by_year(self, share: Real) -> tuple[float, ...]:
        """The mean of a share over the days of each year [y]."""
        found, at = [], 0
        for year in self.years:
            found.append(float(share[at : at + year.days].mean()))
            at += year.days
        return tuple(found)

    def pay(self, pay: tuple[float, float], year: int, *, steps: int) -> float:
        """Pay an hour in year number `year`, after so many steps: from its start by steps to the end of its range, and the
        range itself grows.
        """
        low, high = pay
        start = low + (high - low) * START[self.hired_at]
        return float(min(high, start * (1 + self.growth.step) ** steps) * (1 + self.growth.pay) ** year)

    def due(self, cost: Cost) -> tuple[float, ...]:
        """In which years [y] something that is bought falls due: on its day, else as the program begins, and again after its
        years as long as the cost lasts.
        """
        begins = int(np.argmax(self.posts > 0)) if self.posts.any() else self.posts.size
        day = cost.start or self.years[0].first + dt.timedelta(days=begins)
        found = [0.0] * len(self.years)
        while day <= self.years[-1].last and (cost.end is None or day <= cost.end):
            for k, year in enumerate(self.years):
                found[k] += year.first <= day <= year.last
            if cost.every_years is None:
                break
            day = _later(day, cost.every_years)
        return tuple(found)


def _later(day: dt.date, years: int) -> dt.date:
    """The same day some years later; the 28th of February for the 29th."""
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def growth_of(program: Program) -> Growth:
    """The growth of the document."""
    budget = program.budget
    said = {"step": budget.step, "pay_growth": budget.pay_growth, "price_growth": budget.price_growth}
    step, pay, price = (0.0 if value == "unknown" else float(value) for value in said.values())
    return Growth(step, pay, price, tuple(name for name, value in said.items() if value == "unknown"))


def of(staffing: Staffing, hires: Hires | None, option: Option) -> Course:
    """The course of a staffed program. Without a hiring plan all are there from the first day, and serve once the employer's
    ramp-up is over.
    """
    program = staffing.program
    years = fiscal_years.of(program.budget, begins=hires.posted if hires else staffing.made_at.date())
    away = [staffed.cover.units for staffed in staffing.teams if staffed.team.kind not in ("phone", "follow-up")]
    crews = sum(staffing.people.values())
    beside = sum(
        float(p.count) for p in program.position if p.role not in staffing.work.people and p.count != "unknown"
    )
    first, last = years[0].first, years[-1].last
    days = [first + dt.timedelta(days=k) for k in range((last - first).days + 1)]
    there = _shares(hires, days, "employed")
    posts = np.array([1.0 if hires is None or day >= hires.posted else 0.0 for day in days])
    ramp = max(
        employers.known(each.ramp_up_months) for each in employers.of(program) if each.id in option.employers.values()
    )
    begins = (hires.posted if hires else first) + dt.timedelta(days=round(ramp * 365 / 12))
    serving = _shares(hires, days, "share") * np.array([float(day >= begins) for day in days])
    left = 0.0 if staffing.hours.turnover == "unknown" else float(staffing.hours.turnover)
    course = Course(
        years, there, serving, posts, (), (crews, beside), int(np.sum(away, axis=0).max()) if away else 0, growth_of(program), program.budget.hired_at,
    )  # fmt: skip
    new = _begun(hires, years, crews)
    hired = tuple(begun + crews * left * part for begun, part in zip(new, course.by_year(there), strict=True))
    return replace(course, hired=hired)


def _shares(hires: Hires | None, days: list[dt.date], what: str) -> Real:
    """A share of the hiring plan by day; before it nobody is there, after it everybody."""
    if hires is None or not hires.months:
        return np.ones(len(days))
    shares = {(month.first_day.year, month.first_day.month): float(getattr(month, what)) for month in hires.months}
    first, last = min(shares), max(shares)
    return np.array([0.0 if (at := (d.year, d.month)) < first else 1.0 if at > last else shares[at] for d in days])


def _begun(hires: Hires | None, years: tuple[FiscalYear, ...], people: float) -> list[float]:
    """People whose training begins in each year; those of before the budget are not in it."""
    if hires is None or not hires.months:
        return [people, *[0.0] * (len(years) - 1)]

    def by(day: dt.date) -> float:
        months = [month for month in hires.months if hiring.first_of(month.first_day, 1) <= day]
        return float(months[-1].in_training + months[-1].on_shift) if months else 0.0

    ends = [by(years[0].first), *(by(year.last + dt.timedelta(days=1)) for year in years)]
    return [after - before for before, after in pairwise(ends)]
