"""Shift patterns worth having: a coarse formula over many, the simulation over the few that it leaves.

The formula takes each hour of the day by itself (Erlang A, patience the mean wait that the program allows), which flatters
long calls and forgets the way to the call; it is for choosing what to simulate, and nothing of it is shown. The search
is not proven to find the best, and says how many patterns it tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import tomlkit

from rightcall.errors import NothingLeft, RightcallError
from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning import costs, response_model
from rightcall.planning.costs import Cost
from rightcall.program import conditions, variants
from rightcall.program.document import Program, Variant
from rightcall.program.variants import Content
from rightcall.progress import Progress, silent
from rightcall.simulation import figures, queues, replications, scenario
from rightcall.simulation.arrays import Real
from rightcall.simulation.city import City
from rightcall.simulation.figures import Trial
from rightcall.simulation.kinds import FOLLOW_UP

STARTS = tuple(range(0, 24, 2))
HOURS = (8, 10, 12)
MOST_SHIFTS = 4
# Patterns that are simulated coarsely, and those that are then simulated well.
COARSE, FINE = 48, 10
COARSE_RUNS, FINE_RUNS = 10, 100
GENEROUS = 8
ROOM = 1.02


class SearchError(RightcallError):
    """A search that cannot be made."""


@dataclass(frozen=True)
class Pattern:
    """Shifts of one team, daily: (first hour, hours) each, the same twice for two units."""

    shifts: tuple[tuple[int, int], ...]

    @property
    def units(self) -> dict[tuple[int, int], int]:
        """How many units each shift has."""
        return {shift: self.shifts.count(shift) for shift in dict.fromkeys(self.shifts)}

    @property
    def name(self) -> str:
        """Such as `2 × 09–21, 20–06`."""
        return ", ".join(
            f"{f'{n} × ' if n > 1 else ''}{start:02d}–{(start + hours) % 24:02d}" for (start, hours), n in self.units.items()
        )  # fmt: skip

    def variant(self, team: str, area: Any) -> Variant:
        """The pattern in place of all shifts of a team."""
        adds = tuple(
            {"add_shift": {"team": team, "starts": f"{start:02d}:00", "hours": hours, "units": n, **({} if area is None else {"area": area})}}
            for (start, hours), n in self.units.items()
        )  # fmt: skip
        return Variant(id=self.name, change=({"drop_shift": {"team": team}}, *adds))


@dataclass(frozen=True)
class Found:
    """A pattern that was simulated well: its coverage and cost."""

    pattern: Pattern
    coverage: Estimate
    on_duty: Estimate
    response: Estimate
    cost: Cost
    dominated: bool

    @property
    def effort(self) -> float:
        """Dollars a year where they are known, else staff hours a year."""
        return self.cost.staff_hours if self.cost.middle is None else self.cost.middle


@dataclass(frozen=True)
class Search:
    """What was found, the cheapest first, and how much was tried: by formula, coarsely, well."""

    team: str
    area: Any
    found: tuple[Found, ...]
    screened: int
    coarse: int
    fine: int
    money: bool

    @property
    def frontier(self) -> tuple[Found, ...]:
        """The patterns that no other one beats."""
        return tuple(each for each in self.found if not each.dominated)


def search(
    content: Content, base: Program, *, city: City, where: str, budget: float | None = None, target: float | None = None,
    team: str | None = None, most: int = MOST_SHIFTS, workers: int | None = None, progress: Progress = silent,
) -> Search:  # fmt: skip
    """Search daily patterns of one team, everything else as it is.

    `budget`: the most that the whole design may take a year, in dollars where all pay is known, else in staff hours.
    `target`: the least coverage in all hours. Raises `NothingLeft` where the budget buys nothing or nothing reaches the
    target, with what would.
    """
    main = team or response_model.first_in_person(base)
    if main is None:
        raise NothingLeft("the program has no team in person with shifts.", mend="Add a [[shift]], or name a --team.")
    known = [each.id for each in base.team if each.kind != FOLLOW_UP]
    if main not in known:
        raise SearchError(f"“{main}” is no team that takes calls.", mend=conditions.nearest(main, known))
    areas = [shift.get("area") for shift in content.get("shift", []) if shift.get("team") == main]
    if any(each != areas[0] for each in areas):
        raise SearchError(f"the shifts of “{main}” serve different areas; one area at a time can be searched.", mend="Keep the shifts of one area in a copy of the program.")  # fmt: skip
    area = areas[0] if areas else None
    progress("Screening patterns by formula", 0.0)
    routed = scenario.routes(city, program=base)
    screen = _Screen(content, base, city, main, area, routed, where, workers)
    patterns = [Pattern(combo) for size in range(1, most + 1) for combo in combinations_with_replacement(_types(), size)]  # fmt: skip
    effort, coverage = screen.efforts(patterns), screen.coverages(patterns)
    affordable = np.flatnonzero(effort <= (np.inf if budget is None else budget * ROOM))
    if not affordable.size:
        least = float(effort.min())
        raise NothingLeft(f"the budget buys no shift of “{main}”: the least pattern takes {least:,.0f} a year with all else as it is.", mend="Raise it, or drop another team's shifts.")  # fmt: skip
    chosen = [patterns[k] for k in _spread_out(effort, coverage, affordable)]
    coarse = []
    for number, pattern in enumerate(chosen):
        progress("Simulating coarsely", number / len(chosen))
        coarse.append(screen.simulated(pattern, COARSE_RUNS))
    inside = [each for each in coarse if budget is None or each.effort <= budget]
    if not inside:
        raise NothingLeft(f"the budget buys no shift of “{main}” with all else as it is.", mend="Raise it, or drop another team's shifts.")  # fmt: skip
    best = _front(inside)[-FINE:] if target is None else _near(inside, target)
    fine = []
    for number, each in enumerate(best):
        progress("Simulating well", number / len(best))
        fine.append(screen.simulated(each.pattern, FINE_RUNS))
    if target is not None and not any(each.coverage.value >= target for each in fine):
        most_found = max(each.coverage.value for each in fine)
        raise NothingLeft(f"no pattern of up to {most} shifts reaches {target:.0%}; the most is {most_found:.0%}.", mend="Lower the target, raise --shifts, or see in `rightcall compare` what else is missed.")  # fmt: skip
    marked = _front(fine)
    done = tuple(sorted((_marked(each, each not in marked) for each in fine), key=lambda each: each.effort))
    return Search(main, area, done, len(patterns), len(chosen), len(fine), done[0].cost.middle is not None)


def _types() -> tuple[tuple[int, int], ...]:
    return tuple((start, hours) for start in STARTS for hours in HOURS)


def _spread_out(effort: Real, coverage: Real, among: Any) -> list[int]:
    """The best patterns of every price, so that the formula's faults cost no part of the frontier."""
    edges = np.linspace(effort[among].min(), effort[among].max() + 1, COARSE // 4 + 1)
    price = np.searchsorted(edges, effort[among], side="right")
    bands = [among[price == band] for band in np.unique(price)]
    return [int(k) for band in bands for k in band[np.argsort(-coverage[band], kind="stable")][:4]][:COARSE]


def _front(found: list[Found]) -> list[Found]:
    """Those that no other beats, the cheapest first."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (round(one.effort), -one.coverage.value)):
        if not kept or each.coverage.value > kept[-1].coverage.value:
            kept.append(each)
    return kept


def _near(found: list[Found], target: float) -> list[Found]:
    """The cheapest that reach a target, with a little room for noise."""
    enough = [each for each in found if each.coverage.value >= target - 0.02]
    return sorted(enough or found, key=lambda each: each.effort if enough else -each.coverage.value)[:FINE]


def _marked(found: Found, dominated: bool) -> Found:
    return Found(found.pattern, found.coverage, found.on_duty, found.response, found.cost, dominated)


class _Screen:
    """What all patterns of a search share: calls by hour, service, cost, and the base whose team is replaced."""

    def __init__(
        self, content: Content, base: Program, city: City, team: str, area: Any, routed: Any, where: str, workers: int | None,
    ) -> None:  # fmt: skip
        self.content, self.base, self.city, self.team, self.area = content, base, city, team, area
        self.routed, self.where, self.workers = routed, where, workers
        always = {"team": team, "starts": "00:00", "hours": 24, "units": GENEROUS, **({} if area is None else {"area": area})}  # fmt: skip
        wide = self.design(Variant(id="generous", change=({"drop_shift": {"team": team}}, {"add_shift": always})))
        model = scenario.model(city, program=wide.program, routed=routed)
        layout = figures.layout(model, layer=None)
        rows = replications.replicate(Trial(model, layout), first=1, count=COARSE_RUNS, workers=workers).mean(axis=0)
        number = model.teams.index(team)
        by_hour = rows[layout.parts["eligible_by_hour"]].reshape(7, 24).sum(axis=0)
        responses = rows[layout.parts["team_responses"]][number]
        busy = rows[layout.parts["team_busy_share"]][number] * rows[layout.parts["team_duty_hours"]][number]
        if not responses:
            raise NothingLeft(f"no call of this city would be for “{team}”.", mend="Look at the rules that send it.")
        self.arrivals = by_hour / by_hour.sum() * responses / len(city.days)
        self.service = busy / responses
        mine = (model.kind_arrays.steps == number).any(axis=1)
        self.patience = max(float(model.kind_arrays.hold[mine].mean()) / 60, 1e-3)

    def design(self, variant: Variant) -> variants.Design:
        (made,) = variants.designs(self.content, [variant], where=self.where)
        return made

    def efforts(self, patterns: list[Pattern]) -> Real:
        """What each design takes a year: linear in the hours of the team."""
        ten, nothing = (self._cost(Pattern(shifts)) for shifts in (((0, 10),), ((0, 8),)))
        an_hour = (ten - nothing) / 2
        fixed = nothing - 8 * an_hour
        return np.array([fixed + an_hour * sum(hours for _, hours in pattern.shifts) for pattern in patterns])

    def _cost(self, pattern: Pattern) -> float:
        cost = self.cost(self.design(pattern.variant(self.team, self.area)).program)
        return cost.staff_hours if cost.middle is None else cost.middle

    def cost(self, program: Program) -> Cost:
        return costs.of(program, first=self.city.days[0], last=self.city.days[-1], besides=(FOLLOW_UP,))

    def coverages(self, patterns: list[Pattern]) -> Real:
        """The share of the team's calls that a pattern would answer, by formula."""
        answered = np.zeros((24, MOST_SHIFTS + 5))
        for hour in range(24):
            for units in range(1, answered.shape[1]):
                lost = queues.erlang_a(servers=units, arrivals=max(self.arrivals[hour], 1e-9), service=self.service, patience=self.patience).abandons  # fmt: skip
                answered[hour, units] = self.arrivals[hour] * (1 - lost)
        on = {shift: _hours_of(shift) for shift in _types()}
        hours = np.arange(24)
        most = answered.shape[1] - 1
        rows = [answered[hours, np.minimum(sum(on[shift] for shift in p.shifts), most)].sum() for p in patterns]
        return np.array(rows, float) / float(self.arrivals.sum())

    def simulated(self, pattern: Pattern, runs: int) -> Found:
        program = self.design(pattern.variant(self.team, self.area)).program
        model = scenario.model(self.city, program=program, routed=self.routed)
        layout = figures.layout(model, layer=None)
        rows = replications.replicate(Trial(model, layout), first=1, count=runs, workers=self.workers)
        of = {name: intervals.of_runs(rows[:, layout.parts[name]][:, 0]) for name in ("coverage", "coverage_on_duty", "response_mean")}  # fmt: skip
        return Found(pattern, of["coverage"], of["coverage_on_duty"], of["response_mean"], self.cost(program), False)


def _hours_of(shift: tuple[int, int]) -> Any:
    covered = np.zeros(24, np.int64)
    covered[[(shift[0] + k) % 24 for k in range(shift[1])]] = 1
    return covered


def as_toml(found: Search) -> Iterator[str]:
    """The frontier as variants for `rightcall compare`."""
    for each in found.frontier:
        variant = each.pattern.variant(found.team, found.area)
        yield tomlkit.dumps({"variant": [{"id": variant.id, "change": list(variant.change)}]})
