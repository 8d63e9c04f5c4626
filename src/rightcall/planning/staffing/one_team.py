"""One team staffed: shifts that reach its target, or its shifts as written, with their rotations and people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rightcall.errors import NothingLeft, Problem, RightcallError
from rightcall.measures.intervals import Estimate
from rightcall.planning import demand as demands
from rightcall.planning.staffing import cover as covers
from rightcall.planning.staffing import need, pay, people, reach, rotation, stretches, week
from rightcall.planning.staffing.cover import Cover, Lines, Terms
from rightcall.planning.staffing.people import Needed
from rightcall.planning.staffing.reach import Demand, Reached, Trying, Verdict
from rightcall.planning.staffing.rotation import Rotation
from rightcall.planning.staffing.shift_types import Crews
from rightcall.program.document import Program, Team
from rightcall.program.people import Target
from rightcall.progress import Progress
from rightcall.simulation import scenario
from rightcall.simulation.arrays import Flags, Real, Whole
from rightcall.simulation.city import City
from rightcall.simulation.kinds import FOLLOW_UP, Routes
from rightcall.simulation.scenario import Model

# Units without end, for the load offered to a team: more until they are more than twice the load.
GENEROUS, MOST_GENEROUS = 8, 4_096
# Rounds in which the shifts of the people's program are simulated and their need mended.
LAST_ROUNDS = 4


class StaffingError(RightcallError):
    """A staffing that cannot be made from this document."""


@dataclass(frozen=True)
class Staffed:
    """A team with its shifts and people. Half hours count from Monday at midnight.

    `target` None: the shifts as written are staffed, whatever they answer. `need` [336]: units that must be on duty while
    it is `open` [336]. `undrawn`: lines for which the rules of work leave no rotation. `verdict`: what the simulation
    says, on luck that the shifts were not fitted on; None for teams that take no calls.
    """

    team: Team
    target: Target | None
    open: Flags
    demand: Demand | None
    load: Real | None
    reached: Reached | None
    need: Whole
    cover: Cover
    rotations: tuple[Rotation, ...]
    undrawn: tuple[Lines, ...]
    needed: tuple[Needed, ...]
    verdict: Verdict | None

    @property
    def crews(self) -> Crews:
        """Crews that begin each type of shift on each weekday."""
        return self.cover.crews

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        drawing = any(each.interrupted for each in self.rotations)
        return drawing or self.cover.interrupted or (self.reached is not None and self.reached.interrupted)


class Staffer:
    """Staffs the teams of a program one after the other; those that are done keep the shifts that they were given.

    `design`: the program as it stands with these.
    """

    def __init__(
        self, program: Program, city: City, *, routed: Routes, screening: Estimate | None, where: str, seconds: float, workers: int | None, progress: Progress
    ) -> None:  # fmt: skip
        # Shifts without a number of units are those of teams that get others, or that are left out.
        self.program = program
        self.design = week.with_shifts(program, [shift for shift in program.shift if shift.units != "unknown"])
        self.city, self.where, self.seconds, self.workers, self.progress = city, where, seconds, workers, progress
        self.routed, self.screening = routed, screening

    def staff(self, team: Team, target: Target | None) -> Staffed:
        """Staff a team and settle its shifts."""
        progress: Progress = lambda step, share: self.progress(f"{team.name}: {step}", share)  # noqa: E731
        if target is None:
            return self._as_written(team, progress)
        found = self._to_target(team, target, progress)
        self.design = week.with_crews(self.design, {team.id: found.crews}, like=self.program)
        return found

    def refuse(self, wanted: Sequence[tuple[Team, Target | None]]) -> None:
        """Refuse half hours that no allowed shift covers, of all teams at once and before anything is simulated."""
        problems: list[Problem] = []
        for team, target in wanted:
            if target is None:
                units = week.written_units(self.program, team.id)
                opened = units > 0
            else:
                opened = week.open_slots(target)
                units = np.where(opened, target.at_least, 0)
            problems += self._uncoverable(team, self._terms(team, units, opened))
        if problems:
            raise NothingLeft(problems)

    def _uncoverable(self, team: Team, terms: Terms) -> list[Problem]:
        try:
            covers.refuse_uncoverable(terms)
        except NothingLeft as error:
            return [replace(problem, where=f"{self.where}, “{team.name}”") for problem in error.problems]
        return []

    def model(self, program: Program) -> Model:
        """A program on the city, compiled."""
        return scenario.model(
            self.city, program=program, routed=self.routed, screening=self.screening, base=self.program
        )

    def _with(self, team: str, crews: Crews) -> Model:
        return self.model(week.with_crews(self.design, {team: crews}, like=self.program))

    def _terms(self, team: Team, wanted: Whole, opened: Flags) -> Terms:
        hours = people.hours_of(self.program)
        return Terms(
            need=wanted, open=opened, crew=team.crew, patterns=week.with_edges(people.allowed(self.program), opened),
            rules=people.rules_of(self.program), net=hours.net, week=hours.paid / people.WEEKS_PAID, weight=pay.weights(self.program, team),
            premium=pay.on_top(self.program, team),
        )  # fmt: skip

    def _as_written(self, team: Team, progress: Progress) -> Staffed:
        """People for the hours and units that the document's shifts say."""
        wanted = week.written_units(self.program, team.id)
        if not wanted.any():
            raise NothingLeft(f"the shifts of “{team.name}” have no units.", where=self.where, mend="Write units = 1, or a [[target]].")  # fmt: skip
        opened = wanted > 0
        terms = replace(self._terms(team, wanted, opened), alike=week.alike_days(wanted))
        found = covers.solve(terms, seconds=self.seconds, progress=progress)
        verdict = None
        if team.kind != FOLLOW_UP:
            model = self.model(self.design)
            none = Target(team=team.id, share=0.0)
            trying = Trying(lambda crews: model, model.teams.index(team.id), none, opened=opened, runs=reach.FEWEST_RUNS, workers=self.workers)  # fmt: skip
            verdict = trying.verdict({}, first=reach.VERDICT_FIRST)
        return self._finished(team, None, opened, None, None, None, wanted, found, terms, verdict, progress)

    def _to_target(self, team: Team, target: Target, progress: Progress) -> Staffed:
        """Shifts that reach a target, by formula, simulation and repair; then their people."""
        progress("The load offered to it", 0.0)
        opened, wanted = week.open_slots(target), self._demand(team, target)
        load = need.offered_load(np.where(opened, self._smooth(wanted), 0.0), durations=wanted.durations)
        by_formula = need.units(load, service=wanted.service, share=target.share, within=target.within_minutes, at_least=target.at_least)  # fmt: skip
        first = np.where(opened, by_formula, 0)
        terms = replace(self._terms(team, first, opened), alike=week.alike_of(target))
        if lost := self._uncoverable(team, terms):
            raise NothingLeft(lost)
        number = next(i for i, each in enumerate(t for t in self.program.team if t.kind != FOLLOW_UP) if each.id == team.id)  # fmt: skip
        trying = Trying(lambda crews: self._with(team.id, crews), number, target, opened=opened, runs=reach.runs_for(wanted), workers=self.workers)  # fmt: skip
        self._refuse_unreachable(team, trying, units=2 * int(first.max()) + 4)
        got = reach.reach(first, trying, progress=progress)
        needed = got.need
        for last in range(LAST_ROUNDS):
            final = replace(terms, need=needed)
            found = covers.solve(final, seconds=self.seconds, progress=progress)
            if got.interrupted or got.verdict.below or found.stopped:
                break
            progress("Simulating the shifts", 0.9)
            verdict = trying.verdict(found.crews)
            if not verdict.below or last == LAST_ROUNDS - 1:
                break
            needed = reach.more(needed, verdict, found.units, trying)
        verdict = trying.verdict(found.crews, first=reach.VERDICT_FIRST)
        return self._finished(team, target, opened, wanted, load, got, needed, found, final, verdict, progress)

    def _smooth(self, wanted: Demand) -> Real:
        """Calls a minute by half hour, cells with few calls drawn to weekday × time of day [336]."""
        totals = (wanted.arrivals * need.SLOT_MINUTES).reshape(7, need.DAY)
        days = np.bincount([day.weekday() for day in self.city.days], minlength=7).astype(float)
        return demands.shrunk_cells(totals * days[:, None], days).reshape(-1) / need.SLOT_MINUTES

    def _demand(self, team: Team, target: Target) -> Demand:
        units = GENEROUS
        while True:
            model = self._with(team.id, week.always(target, units))
            wanted = reach.demand(model, model.teams.index(team.id))
            if not wanted.a_run:
                raise NothingLeft(f"no call of this city would be for “{team.name}” while it is open.", where=self.where, mend="Look at the rules that send it and at the hours of its [[target]].")  # fmt: skip
            enough = 2 * math.ceil((wanted.arrivals * wanted.service).max()) + 4
            if units >= min(enough, MOST_GENEROUS):
                return wanted
            units = min(max(2 * units, enough), MOST_GENEROUS)

    def _refuse_unreachable(self, team: Team, trying: Trying, *, units: int) -> None:
        """Refuse a target that units without end would miss too: for what a crew lacks, no number of crews makes up."""
        target = trying.target
        verdict = trying.verdict(week.always(target, units))
        missed = np.isin(np.arange(need.SLOTS) // reach.BLOCK, verdict.missed_blocks) & trying.open & verdict.missed_slots  # fmt: skip
        if not missed.any():
            return
        told = stretches.of(missed, np.round(100 * verdict.shortfall, 1))
        mend = "Lower the target, allow a longer wait, or see which crew roles, languages or areas its rules ask for."
        raise NothingLeft(
            [
                Problem(f"“{team.name}” cannot reach {target.share:.0%} within {target.within_minutes:g} minutes on {each}, not with {units} units: it would be up to {each.value:g} points short.",
                        self.where if i == 0 else "", mend if i == 0 else "")
                for i, each in enumerate(told)
            ]
        )  # fmt: skip

    def _finished(
        self, team: Team, target: Target | None, opened: Flags, wanted: Demand | None, load: Real | None, got: Reached | None,
        needed: Whole, found: Cover, terms: Terms, verdict: Verdict | None, progress: Progress,
    ) -> Staffed:  # fmt: skip
        drawn: list[Rotation] = []
        undrawn: list[Lines] = []
        more: dict[tuple[tuple[str, ...], int, str], int] = {}
        for lines in found.lines:
            made = rotation.draw(lines, rules=terms.rules, progress=progress)
            if made is None:
                undrawn.append(lines)
                continue
            drawn.append(made)
            more[lines.roles, lines.band, lines.pattern.id] = made.more
        roles = people.needed(team.id, team.crew, found, hours=people.hours_of(self.program), more=more)
        return Staffed(
            team, target, opened, wanted, load, got, needed, found, tuple(drawn), tuple(undrawn), roles, verdict
        )
