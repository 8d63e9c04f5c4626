"""Question 3 of the five: which shifts cover the demand, how many people that takes, and who employs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from rightcall.errors import Problem
from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning.given import Source
from rightcall.planning.staffing import employers, pay, people, reach
from rightcall.planning.staffing.employers import BreakEven, Option, Work
from rightcall.planning.staffing.one_team import Staffed, Staffer, StaffingError
from rightcall.program import people_faults
from rightcall.program.document import Program, Team
from rightcall.program.people import NetHours, Pattern, Target, WorkRule
from rightcall.progress import Progress, silent
from rightcall.simulation import figures, replications, scenario, years
from rightcall.simulation.city import City
from rightcall.simulation.figures import Trial
from rightcall.simulation.kinds import FOLLOW_UP, Routes

COVERAGE_RUNS = 20
SECONDS = 60.0
ANSWERED = ("served", "by_phone", "in_person", "with_police")
STOPPED = "stopped before"


@dataclass(frozen=True)
class Staffing:
    """All teams staffed, what their people cost with each employer, and the program with these shifts.

    `left_out`: teams that were not staffed, and why. `coverage`: of all calls for the program, with the shifts as written
    (None where they do not say how many units) and with these; `answered`: calls a year with these, "served" in all and
    those "by_phone", "in_person", "with_police" among them. `late_hours`: hours a year that the crews of each team work
    past the end of a shift.
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
    answered: Mapping[str, Estimate]
    late_hours: Mapping[str, float]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return STOPPED in self.left_out.values() or any(each.interrupted for each in self.teams)

    @property
    def complete(self) -> bool:
        """Neither interrupted nor stopped before the least was proven."""
        return not self.interrupted and not any(each.cover.stopped for each in self.teams)

    @property
    def people(self) -> dict[str, float]:
        """People by role."""
        return people.total([each for team in self.teams for each in team.needed])


def staff(
    program: Program, *, city: City, at: dt.datetime, where: str, routed: Routes | None = None, screening: Estimate | None = None, sources: tuple[Source, ...] = (),
    seconds: float = SECONDS, workers: int | None = None, progress: Progress = silent,
) -> Staffing:  # fmt: skip
    """Staff every team with a target, or with shifts of known size.

    `routed`: from `scenario.routes`, where the program has them already. `screening`: as in `scenario.model`. `seconds`: at most so long for one program of people and shifts. Ctrl-C keeps the best found and marks it. Raises
    `NothingLeft` where a target is out of reach or no call is for a team, `StaffingError` where the document
    contradicts itself, with all that is wrong at once.
    """
    _refuse_contradictions(program, where)
    targets = {target.team: target for target in program.target}
    left_out = {team.id: why for team in program.team if (why := _fault(program, team, targets.get(team.id)))}
    wanted = [team for team in program.team if team.id not in left_out]
    if not wanted:
        raise StaffingError([Problem(f"“{team}”: {why}.", where, "Write a [[target]], or shifts with units.") for team, why in left_out.items()])  # fmt: skip
    staffer = Staffer(
        program,
        city,
        routed=routed or scenario.routes(city, program=program),
        screening=screening,
        where=where,
        seconds=seconds,
        workers=workers,
        progress=progress,
    )
    staffer.refuse([(team, targets.get(team.id)) for team in wanted])
    done: list[Staffed] = []
    for team in wanted:
        try:
            done.append(staffer.staff(team, targets.get(team.id)))
        except KeyboardInterrupt:
            # What is done is kept; nothing would be, if nothing is.
            if not done:
                raise
        if len(done) <= wanted.index(team) or done[-1].interrupted:
            left_out |= {other.id: STOPPED for other in wanted[len(done) :]}
            break
    progress("What the program would answer", 0.0)
    coverage, answered, late = _coverage(staffer, workers)
    hours, needs = people.hours_of(program), people.total([each for staffed in done for each in staffed.needed])
    over = range(city.days[0].year, city.days[-1].year + 1)
    work = pay.work(program, [(each.team, each.cover) for each in done], needs, late=late, years=over)
    options = employers.options(program, work, hours=hours)
    return Staffing(
        made_at=at, sources=sources, program=program, design=staffer.design, teams=tuple(done), left_out=left_out, hours=hours,
        patterns=people.patterns_of(program), rules=people.rules_of(program), work=work, options=options,
        break_even=employers.break_even(program, options, people=sum(needs.values())), coverage=coverage, answered=answered, late_hours=late,
    )  # fmt: skip


def _refuse_contradictions(program: Program, where: str) -> None:
    """Refuse rules that leave none of the ways to work, the usual ones among them."""
    patterns, problems = people.patterns_of(program), []
    for pattern in patterns:
        against = [(rule, why) for rule in people.rules_of(program) if (why := people_faults.against(pattern, rule))]
        problems += [Problem(f"“{pattern.id}” {why}, against “{rule.kind}” ({rule.source}).", where, "Write a [[pattern]] that keeps the rule.") for rule, why in against[:1]]  # fmt: skip
    if len(problems) == len(patterns):
        raise StaffingError(problems)


def _fault(program: Program, team: Team, target: Target | None) -> str:
    """Why a team is left out; empty where it is not."""
    mine = [shift for shift in program.shift if shift.team == team.id]
    if target is not None:
        return "follow-up is not simulated, so that no target can be checked" if team.kind == FOLLOW_UP else ""
    if not mine:
        return "it has no target and no shifts"
    if any(shift.units == "unknown" for shift in mine):
        return "it has no target, and nobody says how many units its shifts have"
    return "" if team.crew else "a crew nobody can form: it has no roles"


def _coverage(
    staffer: Staffer, workers: int | None
) -> tuple[tuple[Estimate | None, Estimate], dict[str, Estimate], dict[str, float]]:
    """Coverage of all calls, as written and with the shifts found; calls a year answered with these; hours a year that each
    team works late.
    """
    after = staffer.model(staffer.design)
    layout = figures.layout(after, layer=None)
    part = layout.parts["coverage"]
    rows = replications.replicate(Trial(after, layout), first=1, count=COVERAGE_RUNS, workers=workers)
    late = dict.fromkeys(after.teams, 0.0)
    for run in range(1, reach.FEWEST_RUNS + 1):
        _, log = years.go(after, run=run)
        for number, team in enumerate(after.teams):
            minutes = float(log.overtime[after.units.team == number].sum())
            late[team] += minutes / 60 / reach.FEWEST_RUNS * 365 / len(staffer.city.days)
    before = None
    if staffer.program.shift and all(shift.units != "unknown" for shift in staffer.program.shift):
        then = Trial(staffer.model(staffer.program), layout)
        before = intervals.of_runs(replications.replicate(then, first=1, count=COVERAGE_RUNS, workers=workers)[:, part][:, 0])  # fmt: skip
    year = 365 / len(staffer.city.days)
    answered = {name: intervals.of_runs(rows[:, layout.parts[name]][:, 0]).times(year) for name in ANSWERED}
    return (before, intervals.of_runs(rows[:, part][:, 0])), answered, late
