"""Question 3 of the five: which shifts cover the demand, how many people that takes, and who employs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rightcall.errors import NothingLeft, Problem, RightcallError
from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning import demand as demands
from rightcall.planning.given import Source
from rightcall.planning.staffing import cover as covers
from rightcall.planning.staffing import employers, need, pay, people, reach, rotation
from rightcall.planning.staffing.cover import Cover, Lines, ShiftType, Terms
from rightcall.planning.staffing.employers import BreakEven, Option, Work
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.people import Needed
from rightcall.planning.staffing.reach import Crews, Demand, Reached, Trying, Verdict
from rightcall.planning.staffing.rotation import Rotation
from rightcall.program import conditions, people_faults, variants
from rightcall.program.document import Program, Shift, Team, Variant
from rightcall.program.people import NetHours, Pattern, Target, WorkRule
from rightcall.program.variants import Content
from rightcall.simulation import figures, replications, scenario, years
from rightcall.simulation.arrays import Flags, Real, Whole
from rightcall.simulation.city import City
from rightcall.simulation.figures import Trial
from rightcall.simulation.kinds import FOLLOW_UP
from rightcall.simulation.scenario import Model

ROUND_THE_CLOCK = np.ones(SLOTS, np.bool_)
# Units without end, for the load offered to a team: doubled while they are all busy more often than this.
GENEROUS, MOST_GENEROUS, SELDOM = 8, 128, 0.001
COVERAGE_RUNS = 20
# What a team's shifts keep when their hours are chosen anew.
KEPT = ("area", "base", "meal_minutes", "no_calls_in_last_minutes", "holidays")
Progress = Callable[[str, float], None]


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


@dataclass(frozen=True)
class Staffing:
    """All teams staffed, what their people cost with each employer, and the program with these shifts.

    `coverage`: of all calls for the program, with the shifts as written (None where they do not say how many units) and
    with these. `complete`: neither interrupted nor stopped before the least was proven.
    """

    made_at: dt.datetime
    sources: tuple[Source, ...]
    program: Program
    design: Program
    teams: tuple[Staffed, ...]
    left_out: Mapping[str, str]
    hours: NetHours
    patterns: tuple[Pattern, ...]
    rules: tuple[WorkRule, ...]
    work: Work
    options: tuple[Option, ...]
    break_even: BreakEven | None
    coverage: tuple[Estimate | None, Estimate]
    overtime_hours: Mapping[str, float]
    complete: bool

    @property
    def people(self) -> dict[str, float]:
        """People by role."""
        return people.total([each for team in self.teams for each in team.needed])


def staff(
    content: Content, program: Program, *, city: City, at: dt.datetime, where: str, sources: tuple[Source, ...] = (),
    seconds: float = 60.0, workers: int | None = None, progress: Progress = lambda step, share: None,
) -> Staffing:  # fmt: skip
    """Staff every team with a target, or with shifts of known size.

    `seconds`: at most so long for one program of people and shifts. Ctrl-C keeps the best found and marks it. Raises
    `NothingLeft` where a target is out of reach or no call is for a team, `StaffingError` where the document
    contradicts itself, with all that is wrong at once.
    """
    _refuse_contradictions(program, where)
    shared = _Shared(content, program, city, where, workers, progress)
    done: list[Staffed] = []
    left_out: dict[str, str] = {}
    complete = True
    for team in program.team:
        target = next((target for target in program.target if target.team == team.id), None)
        if target is None and not (reason := _as_written_fault(program, team)):
            staffed = shared.as_written(team, seconds=seconds)
        elif target is not None and team.kind != FOLLOW_UP:
            staffed = shared.to_target(team, target, seconds=seconds)
        else:
            left_out[team.id] = (
                reason if target is None else "follow-up is not simulated, so that no target can be checked"
            )
            continue
        shared.settle(staffed)
        done.append(staffed)
        stopped = staffed.cover.interrupted or (staffed.reached is not None and staffed.reached.interrupted)
        complete = complete and not staffed.cover.stopped and not stopped
        if stopped:
            break
    if not done:
        raise StaffingError([Problem(f"“{team}”: {why}.", where, "Write a [[target]], or shifts with units.") for team, why in left_out.items()])  # fmt: skip
    return _together(shared, done, left_out, at=at, sources=sources, complete=complete)


def _together(
    shared: _Shared, done: list[Staffed], left_out: dict[str, str], *, at: dt.datetime, sources: tuple[Source, ...], complete: bool
) -> Staffing:  # fmt: skip
    program, hours = shared.program, people.hours_of(shared.program)
    shared.progress("What the program would answer", 0.0)
    coverage, late = shared.coverage(done)
    every = [each for staffed in done for each in staffed.needed]
    work = pay.work(program, done_of(done), people.total(every), late=late, years=range(shared.city.days[0].year, shared.city.days[-1].year + 1))  # fmt: skip
    found = employers.options(program, work, hours=hours)
    return Staffing(
        made_at=at, sources=sources, program=program, design=shared.design, teams=tuple(done), left_out=left_out, hours=hours,
        patterns=people.patterns_of(program), rules=people.rules_of(program), work=work, options=found,
        break_even=employers.break_even(program, found, people=sum(people.total(every).values())), coverage=coverage,
        overtime_hours=late, complete=complete,
    )  # fmt: skip


def done_of(done: list[Staffed]) -> list[tuple[Team, Cover]]:
    """Teams and their covers."""
    return [(staffed.team, staffed.cover) for staffed in done]


def _refuse_contradictions(program: Program, where: str) -> None:
    """Patterns that no rule allows, the usual ones among them: the document alone was checked when it was read."""
    rules, problems = people.rules_of(program), []
    for pattern in people.patterns_of(program):
        for rule in rules:
            why = people_faults.against(pattern, rule)
            if why:
                problems.append(Problem(f"“{pattern.id}” {why}, against “{rule.kind}” ({rule.source}).", where, "Write a [[pattern]] that keeps the rule."))  # fmt: skip
    if problems and len({p.what.split("”")[0] for p in problems}) == len(people.patterns_of(program)):
        raise StaffingError(problems)


def _as_written_fault(program: Program, team: Team) -> str:
    mine = [shift for shift in program.shift if shift.team == team.id]
    if not mine:
        return "it has no target and no shifts"
    if any(shift.units == "unknown" for shift in mine):
        return "it has no target, and nobody says how many units its shifts have"
    if not team.crew:
        return "a crew nobody can form: it has no roles"
    return ""


def written_units(program: Program, team: str) -> Whole:
    """Units of a team on duty by half hour of an ordinary week, by the shifts as written [336]."""
    on = np.zeros(SLOTS, np.int64)
    for shift in program.shift:
        clock = conditions.clock(shift.starts)
        if shift.team != team or clock is None or shift.units == "unknown" or shift.holidays == "only":
            continue
        start = (clock.hour * 60 + clock.minute) / need.SLOT_MINUTES
        length = int(np.ceil(start + shift.hours * 2) - np.floor(start))
        for day in _days(shift.days):
            on[(day * covers.DAY + int(start) + np.arange(length)) % SLOTS] += int(shift.units)
    return on


def _days(days: str | tuple[str, ...]) -> list[int]:
    named = conditions.days_of(days if isinstance(days, str) else list(days), "", [])
    return [conditions.WEEKDAYS.index(name) for name in named]


def open_slots(target: Target) -> Flags:
    """When a target holds [336]."""
    clock = conditions.clock(target.starts)
    start = 0 if clock is None else (clock.hour * 60 + clock.minute) // need.SLOT_MINUTES
    found = np.zeros(SLOTS, np.bool_)
    for day in _days(target.days):
        found[(day * covers.DAY + start + np.arange(round(target.hours * 2))) % SLOTS] = True
    return found


def shifts_of(crews: Crews) -> list[Content]:
    """Crews as shifts of a document: weekdays with the same number of units together."""
    found: list[Content] = []
    for kind, counts in sorted(crews.items()):
        for units in sorted(set(counts) - {0}):
            days = [conditions.WEEKDAYS[day] for day in range(7) if counts[day] == units]
            found.append({"days": "daily" if len(days) == 7 else days, "starts": kind.starts, "hours": kind.hours, "units": units})  # fmt: skip
    return found


class _Shared:
    """What all teams of a staffing share: the city, the document under change, how calls are decided."""

    def __init__(self, content: Content, program: Program, city: City, where: str, workers: int | None, progress: Progress) -> None:  # fmt: skip
        self.content, self.program, self.design = content, program, program
        self.city, self.where, self.workers, self.progress = city, where, workers, progress
        self.routed = scenario.routes(city, program=program)
        self.settled: tuple[Content, ...] = ()

    def with_shifts(self, team: str, shifts: list[Content]) -> Program:
        """The program, teams that are settled as they are now, and one team with other shifts."""
        drop: tuple[Content, ...] = ({"drop_shift": {"team": team}},) if any(s.team == team for s in self.program.shift) else ()  # fmt: skip
        adds = tuple({"add_shift": {"team": team, **self._kept(team), **shift}} for shift in shifts)
        (made,) = variants.designs(self.content, [Variant(id="staffing", change=self.settled + drop + adds)], where=self.where)  # fmt: skip
        return made.program

    def _kept(self, team: str) -> Content:
        written = [shift for shift in self.content.get("shift", []) if shift.get("team") == team]
        kept = {key: written[0][key] for key in KEPT if written and key in written[0]}
        if any({key: shift.get(key) for key in ("area",)} != {"area": kept.get("area")} for shift in written):
            raise StaffingError(f"the shifts of “{team}” serve different areas; a target is for one area.", where=self.where, mend="Make a team of each area, or leave the target out.")  # fmt: skip
        return kept

    def model(self, program: Program) -> Model:
        return scenario.model(self.city, program=program, routed=self.routed, base=self.program)

    def settle(self, staffed: Staffed) -> None:
        """From here on the team has these shifts. Follow-up teams keep theirs: they are not simulated."""
        team = staffed.team.id
        drop: tuple[Content, ...] = ({"drop_shift": {"team": team}},) if any(s.team == team for s in self.program.shift) else ()  # fmt: skip
        adds = tuple({"add_shift": {"team": team, **self._kept_of(staffed), **shift}} for shift in shifts_of(staffed.crews))  # fmt: skip
        if staffed.target is not None:
            self.settled = (*self.settled, *drop, *adds)
            (made,) = variants.designs(self.content, [Variant(id="staffing", change=self.settled)], where=self.where)
            self.design = made.program

    def _kept_of(self, staffed: Staffed) -> Content:
        return self._kept(staffed.team.id)

    def terms(self, team: Team, wanted: Whole, opened: Flags) -> Terms:
        hours = people.hours_of(self.program)
        weight = pay.weights(self.program, team)
        return Terms(
            need=wanted, open=opened, crew=team.crew, patterns=people.patterns_of(self.program), rules=people.rules_of(self.program),
            net=hours.net, paid=hours.paid, weight=weight, premium=pay.on_top(self.program),
        )  # fmt: skip

    def as_written(self, team: Team, *, seconds: float) -> Staffed:
        """People for the hours and units that the document's shifts say."""
        wanted = written_units(self.program, team.id)
        if not wanted.any():
            raise NothingLeft(f"the shifts of “{team.name}” have no units.", where=self.where, mend="Write units = 1, or a [[target]].")  # fmt: skip
        opened = wanted > 0
        terms = self.terms(team, wanted, opened)
        terms = replace(terms, patterns=_with_edges(terms.patterns, opened))
        found = covers.solve(terms, seconds=seconds, progress=self._named(team))
        verdict = None
        if team.kind != FOLLOW_UP:
            model = self.model(self.design)
            watch = Target(team=team.id, share=0.0)
            verdict = Trying(lambda crews: model, model.teams.index(team.id), watch, opened, runs=reach.FEWEST_RUNS, workers=self.workers).verdict({})  # fmt: skip
        return self._staffed(team, None, opened, None, None, None, wanted, found, terms, verdict)

    def to_target(self, team: Team, target: Target, *, seconds: float) -> Staffed:
        """Shifts that reach a target, by formula, simulation and repair; then their people."""
        progress, opened = self._named(team), open_slots(target)
        progress("The load offered to it", 0.0)
        wanted = self._demand(team, target)
        totals = (wanted.arrivals * need.SLOT_MINUTES).reshape(7, covers.DAY)
        days = np.bincount([day.weekday() for day in self.city.days], minlength=7).astype(float)
        smooth = demands.shrunk_cells(totals * days[:, None], days).reshape(-1) / need.SLOT_MINUTES
        load = need.offered_load(np.where(opened, smooth, 0.0), durations=wanted.durations)
        first = need.units(load, service=wanted.service, share=target.share, within=target.within_minutes, at_least=target.at_least)  # fmt: skip
        first = np.where(opened, first, 0)
        terms = self.terms(team, first, opened)
        terms = replace(terms, patterns=_with_edges(terms.patterns, opened))
        number = next(i for i, each in enumerate(t for t in self.program.team if t.kind != FOLLOW_UP) if each.id == team.id)  # fmt: skip
        trying = Trying(
            lambda crews: self.model(self.with_shifts(team.id, shifts_of(crews))), number, target, opened,
            runs=reach.runs_for(wanted), workers=self.workers,
        )  # fmt: skip
        self._refuse_unreachable(team, target, opened, trying, units=2 * int(first.max()) + 4)
        got = reach.reach(terms, trying, at_least=target.at_least, progress=progress)
        final = replace(terms, need=got.need)
        found = covers.solve(final, seconds=seconds, progress=progress)
        if found.crews != got.crews and not got.interrupted and trying.verdict(found.crews).missed_blocks and not got.verdict.missed_blocks:  # fmt: skip
            found = covers.solve(final, seconds=seconds, crews=got.crews, progress=progress)
        progress("The verdict, on other luck", 0.9)
        verdict = trying.verdict(found.crews, first=reach.VERDICT_FIRST)
        return self._staffed(team, target, opened, wanted, load, got, got.need, found, final, verdict)

    def _staffed(
        self, team: Team, target: Target | None, opened: Flags, wanted: Demand | None, load: Real | None, got: Reached | None,
        needed: Whole, found: Cover, terms: Terms, verdict: Verdict | None,
    ) -> Staffed:  # fmt: skip
        drawn: list[Rotation] = []
        undrawn: list[Lines] = []
        for lines in found.lines:
            made = rotation.draw(lines, rules=terms.rules, progress=self._named(team))
            if made is None:
                undrawn.append(lines)
            else:
                drawn.append(made)
        more = {each.roles: 0 for each in drawn}
        for each in drawn:
            more[each.roles] += each.more
        roles = people.needed(team.id, team.crew, found, hours=people.hours_of(self.program), more=more)
        return Staffed(
            team, target, opened, wanted, load, got, needed, found, tuple(drawn), tuple(undrawn), roles, verdict
        )

    def _demand(self, team: Team, target: Target) -> Demand:
        units = GENEROUS
        while True:
            always = {"days": target.days if isinstance(target.days, str) else list(target.days), "starts": target.starts, "hours": target.hours, "units": units}  # fmt: skip
            model = self.model(self.with_shifts(team.id, [always]))
            number = model.teams.index(team.id)
            wanted = reach.demand(model, number)
            if not wanted.a_run:
                raise NothingLeft(f"no call of this city would be for “{team.name}” while it is open.", where=self.where, mend="Look at the rules that send it and at the hours of its [[target]].")  # fmt: skip
            load = float((wanted.arrivals * wanted.service).max())
            if units >= 2 * load + 4 or units >= MOST_GENEROUS:
                return wanted
            units *= 2

    def _refuse_unreachable(self, team: Team, target: Target, opened: Flags, trying: Trying, *, units: int) -> None:
        """Refuse a target that units without end would miss too: for what a crew lacks, no number of crews makes up."""
        days = _days(target.days)
        clock = conditions.clock(target.starts)
        start = 0 if clock is None else (clock.hour * 60 + clock.minute) // need.SLOT_MINUTES
        kind = ShiftType(start, round(target.hours * 2))
        verdict = trying.verdict({kind: tuple(units if day in days else 0 for day in range(7))})
        missed = np.zeros(SLOTS, np.bool_)
        for block in verdict.missed_blocks:
            missed[block * reach.BLOCK : (block + 1) * reach.BLOCK] = True
        missed &= opened & verdict.missed_slots
        if missed.any():
            told = covers.said(missed, np.round(100 * verdict.shortfall, 1))
            raise NothingLeft(
                [
                    Problem(f"“{team.name}” cannot reach {target.share:.0%} within {target.within_minutes:g} minutes on {when}, not with {units} units: it would be {points:g} points short.", self.where if i == 0 else "",
                            "Lower the target, allow a longer wait, or see which crew roles, languages or areas its rules ask for." if i == 0 else "")
                    for i, (when, points) in enumerate(told)
                ]
            )  # fmt: skip

    def _named(self, team: Team) -> Progress:
        return lambda step, share: self.progress(f"{team.name}: {step}", share)

    def coverage(self, done: list[Staffed]) -> tuple[tuple[Estimate | None, Estimate], dict[str, float]]:
        """Coverage of all calls, as written and with the shifts found; hours a year that each team works late."""
        after = self.model(self.design)
        layout = figures.layout(after, layer=None)
        rows = replications.replicate(Trial(after, layout), first=1, count=COVERAGE_RUNS, workers=self.workers)
        late = dict.fromkeys(after.teams, 0.0)
        for run in range(1, reach.FEWEST_RUNS + 1):
            _, log = years.go(after, run=run)
            for number, team in enumerate(after.teams):
                mine = float(log.overtime[after.units.team == number].sum())
                late[team] += mine / 60 / reach.FEWEST_RUNS * 365 / len(self.city.days)
        before = None
        if all(shift.units != "unknown" for shift in self.program.shift) and self.program.shift:
            then = self.model(self.program)
            were = replications.replicate(Trial(then, figures.layout(then, layer=None)), first=1, count=COVERAGE_RUNS, workers=self.workers)  # fmt: skip
            before = intervals.of_runs(were[:, figures.layout(then, layer=None).parts["coverage"]][:, 0])
        return (before, intervals.of_runs(rows[:, layout.parts["coverage"]][:, 0])), late


def _with_edges(patterns: Sequence[Pattern], opened: Flags) -> list[Pattern]:
    """Patterns that may also begin when the team opens and end when it closes, where their starts are the usual ones."""
    if opened.all():
        return list(patterns)
    opens = np.flatnonzero(opened & ~np.roll(opened, 1)) % covers.DAY
    closes = (np.flatnonzero(opened & ~np.roll(opened, -1)) + 1) % covers.DAY
    found = []
    for pattern in patterns:
        if pattern.starts != people.USUAL_STARTS:
            found.append(pattern)
            continue
        length = round(pattern.hours * 2)
        slots = sorted({*(int(slot) for slot in opens), *(int(slot - length) % covers.DAY for slot in closes)})
        more = tuple(ShiftType(slot, length).starts for slot in slots)
        found.append(pattern.model_copy(update={"starts": tuple(dict.fromkeys((*pattern.starts, *more)))}))
    return found


def written_shifts(program: Program, team: str) -> list[Shift]:
    """A team's shifts in a document."""
    return [shift for shift in program.shift if shift.team == team]
