"""Which shifts cover the need of a week, and how many people of each role that takes: an implicit-tour program.

Crews begin shifts of a type (start, length) on a weekday. People of each role are on lines of a pattern (so many shifts a
week, so many weekends), each line in one band of starts; that some shape of lines gives the people that every weekday
needs is written as bounds (Burns & Carter 1985), and `rotation` then draws the lines. All roles of a crew are out
together: one number of crews ties them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rightcall.errors import NothingLeft, Problem
from rightcall.planning import solver
from rightcall.planning.staffing import stretches
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.shift_types import SATURDAY, SUNDAY, Crews, ShiftType, types_of, units_of
from rightcall.program import people
from rightcall.program.people import Pattern, Weekends, WorkRule
from rightcall.progress import Progress, silent
from rightcall.simulation.arrays import Flags, Real, Whole

# The band of lines that may begin at any hour.
MIXED = -1
# Shifts of one band that the same patterns allow.
Place = tuple[int, tuple[str, ...]]
WEEKS_A_YEAR = 365 / 7
# Seconds to look for a week with fewer types of shift among those of the least cost.
SIMPLER = 3.0
SAME_COST = 1e-6
# A change from one day to the next counts so much beside a type of shift.
CHANGE = 0.1


@dataclass(frozen=True)
class Terms:
    """What is asked of a cover: units needed [336], when the service is open [336], the crew, and how people may work.

    `net`: hours a year that one person works on shift and administration together, `week`: hours paid a week; `weight` of a person of each role beside
    the others, one by default; `premium` [336]: what an hour of the week costs on top, as a share of pay; `alike`: groups of
    weekdays that have the same shifts.
    """

    need: Whole
    open: Flags
    crew: Mapping[str, int]
    patterns: Sequence[Pattern]
    rules: Sequence[WorkRule] = ()
    net: float = 2080.0
    week: float = 40.0
    weight: Mapping[str, float] | None = None
    premium: Real | None = None
    alike: Sequence[Sequence[int]] = ()

    def patterns_of(self, role: str) -> list[Pattern]:
        """How people of a role may work."""
        return [pattern for pattern in self.patterns if not pattern.roles or role in pattern.roles]

    def rules_of(self, role: str) -> tuple[WorkRule, ...]:
        """The rules of work that hold for a role."""
        return tuple(rule for rule in self.rules if not rule.roles or role in rule.roles)


@dataclass(frozen=True)
class Lines:
    """People on one pattern in one band (`MIXED`: in all), so many of each of `roles`, and how many each weekday needs for each type of shift.

    Roles that work alike have the same lines, so that a crew stays together.
    """

    roles: tuple[str, ...]
    pattern: Pattern
    band: int
    people: int
    wanted: Crews


@dataclass(frozen=True)
class Cover:
    """Crews that begin each type of shift on each weekday, and the lines of people behind them.

    `gap`: how far the cost may be from the least there is; 0 where that is proven. `people`: working full time, by
    role: what the shifts take with leave and other duties, never fewer than the lines.
    """

    crews: Crews
    lines: tuple[Lines, ...]
    people: Mapping[str, float]
    cost: float
    gap: float
    stopped: bool = False
    interrupted: bool = False

    @property
    def units(self) -> Whole:
        """Units on duty in each half hour of the week [336]."""
        return units_of(self.crews)

    @property
    def crew_hours(self) -> float:
        """Hours of crews on duty a week."""
        return sum(kind.hours * sum(crews) for kind, crews in self.crews.items())


def weekends_of(pattern: Pattern, rules: Sequence[WorkRule]) -> Weekends | None:
    """The weekends that lines of a pattern may work: as it says, else by a rule on weekends in a row, else all (None). `rules`:
    those that hold for whoever is on the lines.

    Where every week is the same, a line that works a weekend works all of them.
    """
    if pattern.weekends is not None:
        return pattern.weekends
    most = min((int(rule.number) for rule in rules if rule.kind == people.WEEKENDS), default=None)
    if most is None:
        return None
    return Weekends(work=most, of=most + 1) if pattern.weeks > 1 else Weekends(work=0, of=1)


def net_hours(pattern: Pattern, *, net: float) -> float:
    """Hours a year that a person of a pattern is on shift: net hours less the administrative part of every week."""
    return net * pattern.hours * pattern.shifts_a_week / pattern.paid_hours


def solve(
    terms: Terms, *, seconds: float = 60.0, simple: bool = True, progress: Progress = silent
) -> Cover:  # fmt: skip
    """The cheapest cover. `simple`: look for fewer types of shift at the same cost.

    Raises `NothingLeft` where some half hour can be covered by no shift: which ones, and how many units they need.
    """
    refuse_uncoverable(terms)
    model = _Model(terms, _allowed(terms))
    try:
        found = model.program.solve(seconds=seconds, what="People and shifts", progress=progress)
    except solver.OutOfTime:
        raise NothingLeft(
            "no shifts were found in time.", mend="Allow more --seconds, fewer starts or fewer patterns."
        ) from None
    if found is None:
        raise NothingLeft("no people can work these shifts on these days by the rules of work.", mend="Loosen a rule, or allow another pattern.")  # fmt: skip
    if simple and not found.stopped:
        found = model.simpler(found, progress=progress)
    return model.read(found)


def _allowed(terms: Terms) -> dict[ShiftType, list[int]]:
    """Types of shift → weekdays on which every role can work them and the service is open all along."""
    found: dict[ShiftType, list[int]] = {}
    for kind in sorted({kind for pattern in terms.patterns for kind in types_of(pattern)}):
        days = []
        for day in range(7):
            off = day in (SATURDAY, SUNDAY)
            able = all(
                any(kind in types_of(p) and not (off and (w := weekends_of(p, terms.rules_of(role))) is not None and not w.work) for p in terms.patterns_of(role))
                for role in terms.crew
            )  # fmt: skip
            if able and terms.open[kind.slots(day)].all():
                days.append(day)
        if days:
            found[kind] = days
    return found


def refuse_uncoverable(terms: Terms) -> None:
    """Refuse half hours that need units and that no allowed shift covers: all of them, and how many units they need."""
    able = np.zeros(SLOTS, np.bool_)
    for kind, days in _allowed(terms).items():
        for day in days:
            able[kind.slots(day)] = True
    lost = (terms.need > 0) & ~able
    if not lost.any():
        return
    lengths = ", ".join(f"{hours:g}" for hours in sorted({pattern.hours for pattern in terms.patterns}))
    mend = f"Shifts of {lengths} hours must begin and end while the team is open, on days when every role may work. Add a [[pattern]] or more starts, or change the hours of the [[target]] or [[shift]]."  # fmt: skip
    if any(
        pattern.weeks == 1 and (w := weekends_of(pattern, terms.rules)) is not None and not w.work
        for pattern in terms.patterns
    ):
        mend += " Where every week is the same, a rule on weekends in a row leaves no weekend: give the pattern weeks and weekends."
    raise NothingLeft(
        [
            Problem(f"{each} needs {each.value:g} {'unit' if each.value == 1 else 'units'}, and no shift that is allowed covers it.", mend=mend if i == 0 else "")
            for i, each in enumerate(stretches.of(lost, terms.need))
        ]
    )  # fmt: skip


def _alike(terms: Terms) -> list[tuple[str, ...]]:
    """Roles that work alike: as many in a crew, the same patterns, the same rules."""
    found: dict[tuple[object, ...], list[str]] = {}
    for role, count in terms.crew.items():
        key = (count, tuple(pattern.id for pattern in terms.patterns_of(role)), terms.rules_of(role))
        found.setdefault(key, []).append(role)
    return [tuple(roles) for roles in found.values()]


def _ask(program: solver.Program, y: Mapping[tuple[ShiftType, int], int], need: Whole) -> None:
    """Enough crews in every half hour; half hours with the same shifts ask once, for the most of them."""
    covering: dict[int, list[int]] = {}
    for (kind, day), crews in y.items():
        for slot in kind.slots(day):
            covering.setdefault(int(slot), []).append(crews)
    asked: dict[tuple[int, ...], int] = {}
    for slot, columns in covering.items():
        key = tuple(columns)
        asked[key] = max(asked.get(key, 0), int(need[slot]))
    for columns_of, units in asked.items():
        if units:
            program.row([(column, 1.0) for column in columns_of], low=units)


def groups(alike: Sequence[Sequence[int]], days: Sequence[int]) -> list[list[int]]:
    """Days of each group among those given, and every other day by itself."""
    named = {day for group in alike for day in group}
    found = [[day for day in group if day in days] for group in alike]
    return [group for group in found if group] + [[day] for day in days if day not in named]


class _Model:
    """The program of a cover: its columns by what they mean."""

    def __init__(self, terms: Terms, allowed: Mapping[ShiftType, Sequence[int]]) -> None:
        self.terms, self.program, self.groups = terms, solver.Program(), _alike(terms)
        weight = terms.weight or dict.fromkeys(terms.crew, 1.0)
        self.y: dict[tuple[ShiftType, int], int] = {}
        self.n: dict[tuple[tuple[str, ...], str, int], int] = {}
        self.s: dict[tuple[tuple[str, ...], str, Place, int], int] = {}
        self.p: dict[tuple[str, ...], int] = {}
        self.places: dict[tuple[str, ...], dict[Place, list[ShiftType]]] = {}
        of_all = sum(weight[role] * count for role, count in terms.crew.items())
        most = int(terms.need.max(initial=0))
        for kind, days in allowed.items():
            for group in groups(terms.alike, days):
                on_top = 0.0 if terms.premium is None else sum(float(terms.premium[kind.slots(day)].sum()) for day in group) / 2 * of_all / terms.week  # fmt: skip
                column = self.program.column(cost=on_top, high=most)
                self.y |= {(kind, day): column for day in group}
        _ask(self.program, self.y, terms.need)
        for alike in self.groups:
            self._people(alike, terms.crew[alike[0]], sum(weight[role] for role in alike), allowed)

    def _people(self, alike: tuple[str, ...], count: int, weight: float, allowed: Mapping[ShiftType, Sequence[int]]) -> None:  # fmt: skip
        program, patterns = self.program, self.terms.patterns_of(alike[0])
        places = self.places[alike] = {}
        for kind in allowed:
            able = tuple(pattern.id for pattern in patterns if kind in types_of(pattern))
            places.setdefault((kind.band, able), []).append(kind)
        # People working full time: as many as the lines are, and as the shifts take with leave and other duties.
        self.p[alike] = program.column(cost=weight, whole=False)
        on_lines, on_shifts = [(self.p[alike], 1.0)], [(self.p[alike], 1.0)]
        for pattern in patterns:
            each = pattern.hours * WEEKS_A_YEAR / net_hours(pattern, net=self.terms.net)
            mine = [place for place in places if pattern.id in place[1]]
            for band in dict.fromkeys(MIXED if pattern.mixes_hours else place[0] for place in mine):
                lines = self.n[alike, pattern.id, band] = program.column()
                on_lines.append((lines, -pattern.paid_hours / self.terms.week))
                supply: list[list[int]] = [[] for _ in range(7)]
                for place in mine:
                    if band in (MIXED, place[0]):
                        for day in range(7):
                            self.s[alike, pattern.id, place, day] = program.column()
                            supply[day].append(self.s[alike, pattern.id, place, day])
                on_shifts += [(column, -each) for day in supply for column in day]
                self._bounds(pattern, lines, supply, self.terms.rules_of(alike[0]))
        for place, kinds in places.items():
            for day in range(7):
                crews = [(self.y[kind, day], -float(count)) for kind in kinds if (kind, day) in self.y]
                if crews:
                    program.row([*((self.s[alike, name, place, day], 1.0) for name in place[1]), *crews], low=0)
        program.row(on_lines, low=0)
        program.row(on_shifts, low=0)

    def _bounds(self, pattern: Pattern, lines: int, supply: list[list[int]], rules: Sequence[WorkRule]) -> None:
        """What lines of a pattern can give: shifts in all, on a day, on weekends, and on days that follow each other."""
        program, days = self.program, [[(column, 1.0) for column in day] for day in supply]
        program.row([*(term for day in days for term in day), (lines, -float(pattern.shifts_a_week))], high=0)
        weekends = weekends_of(pattern, rules)
        rest = max((rule.number for rule in rules if rule.kind == people.REST), default=0.0)
        share = 1.0 if weekends is None else weekends.work / weekends.of
        for number, day in enumerate(days):
            program.row([*day, (lines, -share if number in (SATURDAY, SUNDAY) else -1.0)], high=0)
            # In so many days one person can begin one shift only.
            window = min(7, math.ceil((pattern.hours + rest) / 24))
            if window > 1:
                program.row([*(term for k in range(window) for term in days[(number + k) % 7]), (lines, -1.0)], high=0)

    def simpler(self, found: solver.Solution, *, progress: Progress) -> solver.Solution:
        """The same cost with fewer types of shift, as far as a few seconds show; what was proven of the cost stays so."""
        program, most = self.program, float(self.terms.need.max(initial=0))
        costs = program.costs
        program.row(list(enumerate(costs)), high=found.cost * (1 + SAME_COST) + SAME_COST)
        program.costs = [0.0] * len(costs)
        start = list(found.values)
        for kind in dict.fromkeys(kind for kind, _ in self.y):
            mine = [column for (each, _), column in self.y.items() if each == kind]
            used = program.column(cost=1.0, high=1)
            start.append(float(any(found.values[column] for column in mine)))
            for column in mine:
                program.row([(column, 1.0), (used, -most)], high=0)
            for day in range(7):
                if (kind, day) in self.y and (kind, (day + 1) % 7) in self.y:
                    one, next_day = self.y[kind, day], self.y[kind, (day + 1) % 7]
                    change = program.column(cost=CHANGE, whole=False)
                    start.append(abs(float(found.values[one] - found.values[next_day])))
                    program.row([(one, 1.0), (next_day, -1.0), (change, -1.0)], high=0)
                    program.row([(next_day, 1.0), (one, -1.0), (change, -1.0)], high=0)
        try:
            fewer = program.solve(seconds=SIMPLER, what="Types of shift", progress=progress, start=np.array(start))
        except solver.OutOfTime:
            return found
        if fewer is None:
            return found
        return solver.Solution(fewer.values, found.cost, found.gap, found.stopped, fewer.interrupted)

    def read(self, found: solver.Solution) -> Cover:
        values = found.values
        all_crews = {
            kind: tuple(int(values[self.y[kind, day]]) if (kind, day) in self.y else 0 for day in range(7))
            for kind in dict.fromkeys(kind for kind, _ in self.y)
        }  # fmt: skip
        crews = {kind: counts for kind, counts in all_crews.items() if any(counts)}
        lines = self._lines(values, crews)
        staff = {role: float(values[column]) for alike, column in self.p.items() for role in alike}
        return Cover(crews, lines, staff, found.cost, found.gap, found.stopped, found.interrupted)

    def _lines(self, values: Real, crews: Crews) -> tuple[Lines, ...]:
        """Give the shifts of each place to the patterns that have people for it."""
        left = {alike: {kind: [self.terms.crew[alike[0]] * n for n in counts] for kind, counts in crews.items()} for alike in self.groups}  # fmt: skip
        found: list[Lines] = []
        for (alike, name, band), column in self.n.items():
            pattern = next(p for p in self.terms.patterns if p.id == name)
            wanted: dict[ShiftType, tuple[int, ...]] = {}
            for place, kinds in self.places[alike].items():
                if (alike, name, place, 0) not in self.s or band not in (MIXED, place[0]):
                    continue
                room = [round(values[self.s[alike, name, place, day]]) for day in range(7)]
                for kind in [kind for kind in kinds if kind in crews]:
                    taken = [min(room[day], left[alike][kind][day]) for day in range(7)]
                    for day in range(7):
                        room[day] -= taken[day]
                        left[alike][kind][day] -= taken[day]
                    if any(taken):
                        wanted[kind] = tuple(taken)
            if wanted:
                found.append(Lines(alike, pattern, band, round(values[column]), wanted))
        return tuple(found)
