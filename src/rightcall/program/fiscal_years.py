"""Fiscal years of a budget, and which part of one a stretch of days takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rightcall.program.money import Budget


@dataclass(frozen=True)
class FiscalYear:
    """Twelve months, from the first day to the last, both in it; named by the year in which it ends."""

    first: dt.date
    last: dt.date

    @property
    def name(self) -> str:
        """FY28 for one that ends in 2028; 2028 for the calendar year."""
        return str(self.first.year) if (self.first.month, self.first.day) == (1, 1) else f"FY{self.last.year % 100:02d}"

    @property
    def days(self) -> int:
        """365 or 366."""
        return (self.last - self.first).days + 1

    def part(self, start: dt.date | None, end: dt.date | None) -> float:
        """The share of its days that lies from `start` to `end`, both in it; None: without end on that side."""
        first, last = max(self.first, start or self.first), min(self.last, end or self.last)
        return max(0, (last - first).days + 1) / self.days


def of(budget: Budget, *, begins: dt.date) -> tuple[FiscalYear, ...]:
    """The budget's years; `begins`: where the document does not say its fiscal year, from the first of that day's month."""
    first = budget.first_year.start if budget.first_year is not None else begins.replace(day=1)
    return tuple(
        FiscalYear(first.replace(year=first.year + k), first.replace(year=first.year + k + 1) - dt.timedelta(days=1))
        for k in range(budget.years)
    )
