"""Half hours of a week in words: stretches of the clock on weekdays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rightcall.planning.staffing.need import DAY
from rightcall.simulation.arrays import Flags, Real, Whole

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Stretch:
    """Half hours of the same clock on some weekdays, and the highest value in them."""

    days: tuple[int, ...]
    clock: str
    value: float

    def __str__(self) -> str:
        days = self.days
        if self.in_a_row:
            return f"{NAMES[days[0]]}–{NAMES[days[-1]]} {self.clock}"
        return f"{', '.join(NAMES[day] for day in days)} {self.clock}"

    @property
    def in_a_row(self) -> bool:
        """Three days or more, one after the other."""
        return len(self.days) > 2 and self.days[-1] - self.days[0] == len(self.days) - 1


def of(marked: Flags, values: Whole | Real) -> list[Stretch]:
    """Runs of marked half hours, alike weekdays together, and the highest value in each."""
    runs: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for day in range(7):
        row, worth = marked[day * DAY : (day + 1) * DAY], values[day * DAY : (day + 1) * DAY]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            runs.setdefault((int(start), int(end)), []).append((day, float(worth[start:end].max())))
    found = []
    for (start, end), days in sorted(runs.items()):
        clock = f"{start // 2:02d}:{30 * (start % 2):02d}–{end // 2:02d}:{30 * (end % 2):02d}"
        found.append(Stretch(tuple(day for day, _ in days), clock, max(value for _, value in days)))
    return found
