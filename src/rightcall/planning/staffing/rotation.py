"""Who is on when, week by week: rotations of anonymous lines, drawn for the people and the shifts of a cover.

People of a group go through the same weeks one after the other, each a week behind the next, so that everybody has the
same weekends and every week of the calendar is covered alike. Where a pattern's rotation has one week, each line keeps its
own days.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rightcall.planning import solver
from rightcall.planning.solver import Program
from rightcall.planning.staffing.cover import Lines, weekends_of
from rightcall.planning.staffing.shift_types import SATURDAY, SUNDAY, ShiftType
from rightcall.program import people
from rightcall.program.people import Pattern, Weekends, WorkRule
from rightcall.progress import Progress, silent
from rightcall.simulation.arrays import Real

Week = tuple[ShiftType | None, ...]
# Lines that may be added where rules leave no rotation for as many as the cover counts.
MOST_MORE = 4
# A weekday without a shift to spare, beside a piece of work.
NO_SPARE = 0.6
# A rotation with few pieces will do; that none has fewer need not be proven.
NEAR = 0.1


@dataclass(frozen=True)
class Group:
    """Weeks that the people of a group go through, one after the other [w, 7]; person i begins with week i.

    `spare` [w, 7]: shifts that the cover can do without on any day; they stand in for people on leave.
    """

    weeks: tuple[Week, ...]
    spare: tuple[tuple[bool, ...], ...]

    @property
    def people(self) -> int:
        """As many as weeks."""
        return len(self.weeks)


@dataclass(frozen=True)
class Rotation:
    """The rotation of people who work alike: so many lines of each of `roles`. `more`: lines beyond those of the cover,
    for the rules of work.
    """

    roles: tuple[str, ...]
    pattern: Pattern
    groups: tuple[Group, ...]
    more: int
    interrupted: bool = False

    @property
    def people(self) -> int:
        """Lines of each role."""
        return sum(group.people for group in self.groups)

    @property
    def cycle(self) -> int:
        """Weeks after which everybody is back at the beginning."""
        return int(np.lcm.reduce([group.people if self.pattern.weeks > 1 else 1 for group in self.groups]))

    def week_of(self, line: int, week: int) -> tuple[Week, tuple[bool, ...]]:
        """What a line (from 0) does in a week of the calendar (from 0), and which of its shifts are spare."""
        for group in self.groups:
            if line < group.people:
                at = (line + week) % group.people if self.pattern.weeks > 1 else line
                return group.weeks[at], group.spare[at]
            line -= group.people
        raise IndexError(line)


def draw(
    lines: Lines, *, rules: Sequence[WorkRule], seconds: float = 3.0, progress: Progress = silent
) -> Rotation | None:  # fmt: skip
    """Draw the rotation of lines; with up to `MOST_MORE` lines more where none keeps the rules. None where none was found.

    Every line has its pattern's shifts each week, its weekends and its break; every rule that speaks of one of the roles is
    kept; every weekday has the people that the cover wants.
    """
    mine = [rule for rule in rules if not rule.roles or set(rule.roles) & set(lines.roles)]
    for more in range(MOST_MORE + 1):
        sizes = _sizes(lines.people + more, lines.pattern)
        found = _drawn(lines, sizes, mine, seconds, progress)
        if found is not None:
            groups, solved = found
            return Rotation(lines.roles, lines.pattern, groups, more, solved.interrupted)
    return None


def _sizes(count: int, pattern: Pattern) -> list[int]:
    """Groups as long as the rotation; the last takes those who are left over and rotates over as many weeks more."""
    if pattern.weeks == 1:
        return [1] * count
    full = max(1, count // pattern.weeks)
    return [pattern.weeks] * (full - 1) + [count - pattern.weeks * (full - 1)]


def _drawn(
    lines: Lines, sizes: list[int], rules: list[WorkRule], seconds: float, progress: Progress
) -> tuple[tuple[Group, ...], solver.Solution] | None:  # fmt: skip
    program, pattern, kinds = Program(), lines.pattern, list(lines.wanted)
    cells: list[list[dict[ShiftType, int]]] = []
    for size in sizes:
        days = [{kind: program.column(high=1) for kind in kinds} for _ in range(7 * size)]
        cells.append(days)
        _weeks(program, days, size, pattern, weekends_of(pattern, rules))
        _rules(program, days, pattern, rules)
        _pieces(program, days)
    for kind, wanted in lines.wanted.items():
        for day, count in enumerate(wanted):
            if count:
                program.row([(each[kind], 1.0) for days in cells for each in days[day::7]], low=float(count))
    _spares(program, cells, lines)
    try:
        found = program.solve(seconds=seconds, what="Rotation", progress=progress, gap=NEAR)
    except solver.OutOfTime:
        return None
    if found is None:
        return None
    weeks = [[_worked(days[7 * w : 7 * w + 7], found.values) for w in range(len(days) // 7)] for days in cells]
    return _spared(weeks, lines.wanted), found


def _weeks(
    program: Program, days: list[dict[ShiftType, int]], size: int, pattern: Pattern, weekends: Weekends | None
) -> None:  # fmt: skip
    """One shift a day, the pattern's shifts each week, its weekends and its break."""
    for day in days:
        program.row([(column, 1.0) for column in day.values()], high=1)
    for week in range(size):
        row = [(column, 1.0) for day in days[7 * week : 7 * week + 7] for column in day.values()]
        program.row(row, low=pattern.shifts_a_week, high=pattern.shifts_a_week)
    if weekends is not None and weekends.work < weekends.of:
        at_work = [program.column(high=1) for _ in range(size)]
        for week, weekend in enumerate(at_work):
            for free in (SATURDAY, SUNDAY):
                program.row([*((column, 1.0) for column in days[7 * week + free].values()), (weekend, -1.0)], high=0)
        for week in range(size):
            # A rotation shorter than the window meets its own weekends again in it.
            some = [at_work[(week + k) % size] for k in range(weekends.of)]
            program.row([(column, 1.0) for column in some], high=weekends.work)
    if pattern.break_days and pattern.weeks > 1:
        begins = [program.column(high=1) for _ in days]
        for at, begin in enumerate(begins):
            for k in range(pattern.break_days):
                program.row([*((column, 1.0) for column in days[(at + k) % len(days)].values()), (begin, 1.0)], high=1)
        program.row([(begin, 1.0) for begin in begins], low=max(1, size // pattern.weeks))


def _rules(program: Program, days: list[dict[ShiftType, int]], pattern: Pattern, rules: list[WorkRule]) -> None:
    """Rest between shifts, days in a row, days off in a row. Hours a week are the pattern's, and were checked with it."""
    off = max((int(rule.number) for rule in rules if rule.kind == people.DAYS_OFF), default=1)
    rest = max((rule.number for rule in rules if rule.kind == people.REST), default=0.0)
    most = min((int(rule.number) for rule in rules if rule.kind == people.IN_A_ROW), default=7 * len(days))
    n = len(days)
    for at in range(n):
        for kind, column in days[at].items():
            for k in range(1, min(n, math.ceil((pattern.hours + rest) / 24) + 1)):
                for other, later in days[(at + k) % n].items():
                    if (other.start - kind.start - kind.length) / 2 + 24 * k < rest:
                        program.row([(column, 1.0), (later, 1.0)], high=1)
        if most < n:
            run = [(column, 1.0) for k in range(most + 1) for column in days[(at + k) % n].values()]
            program.row(run, high=most)
        for k in range(2, off + 1) if n > off else ():
            # Work, then k − 1 days off, then work again is too short a rest.
            ends = [(c, 1.0) for c in days[at].values()] + [(c, 1.0) for c in days[(at + k) % n].values()]
            between = [(c, -1.0) for j in range(1, k) for c in days[(at + j) % n].values()]
            program.row([*ends, *between], high=1)


def _pieces(program: Program, days: list[dict[ShiftType, int]]) -> None:
    """Each piece of work in a row costs one: fewer, longer pieces leave longer times off."""
    n = len(days)
    for at in range(n):
        begins = program.column(cost=1.0, high=1, whole=False)
        here = [(column, 1.0) for column in days[at].values()]
        before = [(column, -1.0) for column in days[(at - 1) % n].values()]
        program.row([*here, *before, (begins, -1.0)], high=0)


def _spares(program: Program, cells: list[list[dict[ShiftType, int]]], lines: Lines) -> None:
    """A weekday without a shift to spare costs something: nobody could stand in for somebody on leave."""
    for day in range(7):
        all_on = [(column, 1.0) for days in cells for each in days[day::7] for column in each.values()]
        wanted = sum(counts[day] for counts in lines.wanted.values())
        if wanted:
            none = program.column(cost=NO_SPARE, high=1, whole=False)
            program.row([*all_on, (none, 1.0)], low=float(wanted + 1))


def _worked(days: list[dict[ShiftType, int]], values: Real) -> Week:
    return tuple(next((kind for kind, column in day.items() if values[column] > 0.5), None) for day in days)


def _spared(groups: list[list[Week]], wanted: Mapping[ShiftType, tuple[int, ...]]) -> tuple[Group, ...]:
    """Mark the shifts beyond what is wanted, the last of each day."""
    left = {(kind, day): count for kind, counts in wanted.items() for day, count in enumerate(counts)}
    found = []
    for weeks in groups:
        marked = []
        for week in weeks:
            row = []
            for day, kind in enumerate(week):
                if kind is None:
                    row.append(False)
                    continue
                row.append(left.get((kind, day), 0) == 0)
                left[kind, day] = max(0, left.get((kind, day), 0) - 1)
            marked.append(tuple(row))
        found.append(Group(tuple(weeks), tuple(marked)))
    return tuple(found)


def names(rotations: Sequence[Rotation]) -> Iterator[tuple[str, Rotation, int]]:
    """A name for every line of every rotation: A1, A2, … B1 …"""
    for number, each in enumerate(rotations):
        letter = chr(ord("A") + number % 26) * (1 + number // 26)
        for line in range(each.people):
            yield f"{letter}{line + 1}", each, line
