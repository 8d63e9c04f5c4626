"""Shifts on the wall clock in half hours, and crews that begin them on the days of a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rightcall.planning.staffing.need import DAY, SLOTS
from rightcall.program import conditions
from rightcall.program.people import Pattern
from rightcall.simulation.arrays import Flags, Whole

# Starts in the same four hours of the clock are one band: who works in it keeps its rhythm.
BAND = 8
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, order=True)
class ShiftType:
    """A shift on the wall clock, in half hours: when it begins in the day, and its length."""

    start: int
    length: int

    @property
    def hours(self) -> float:
        """Its length."""
        return self.length / 2

    @property
    def band(self) -> int:
        """The four hours of the clock in which it begins."""
        return self.start // BAND

    @property
    def starts(self) -> str:
        """When it begins, as documents write it."""
        return f"{self.start // 2:02d}:{30 * (self.start % 2):02d}"

    @property
    def name(self) -> str:
        """Such as `09–21`."""
        end = (self.start + self.length) % DAY
        return f"{_clock(self.start)}–{_clock(end)}"

    def slots(self, day: int) -> Whole:
        """The half hours of the week that it covers when it begins on a weekday; Sunday's night reaches into Monday."""
        return (day * DAY + self.start + np.arange(self.length)) % SLOTS


def _clock(slot: int) -> str:
    return f"{slot // 2:02d}" + (":30" if slot % 2 else "")


Crews = Mapping[ShiftType, tuple[int, ...]]


def units_of(crews: Crews) -> Whole:
    """Units on duty by half hour of the week [336]."""
    on = np.zeros(SLOTS, np.int64)
    for kind, counts in crews.items():
        for day, count in enumerate(counts):
            on[kind.slots(day)] += count
    return on


def types_of(pattern: Pattern) -> list[ShiftType]:
    """The shifts of a pattern."""
    starts = [conditions.clock(text) for text in pattern.starts]
    slots = [clock.hour * 2 + clock.minute // 30 for clock in starts if clock] or list(range(0, DAY, 2))
    return [ShiftType(start, round(pattern.hours * 2)) for start in sorted(set(slots))]


def fits(pattern: Pattern, opened: Flags) -> bool:
    """Whether any shift of a pattern lies inside the hours in which a team is open."""
    return any(opened[kind.slots(day)].all() for kind in types_of(pattern) for day in range(7))
