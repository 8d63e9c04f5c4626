"""What hours cost on top of pay: overtime, holidays, nights and weekends, on call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rightcall.planning import costs
from rightcall.planning.staffing.cover import DAY, WEEKS_A_YEAR, Cover
from rightcall.planning.staffing.employers import Work
from rightcall.planning.staffing.need import SLOTS
from rightcall.program import conditions, people, shifts
from rightcall.program.document import Program, Team
from rightcall.program.people import Premium
from rightcall.simulation.arrays import Flags, Real

WEEKEND_DAYS = (5, 6)


def weights(program: Program, team: Team) -> dict[str, float]:
    """What a person of each role of a team counts beside the others: by pay where all are known, else one."""
    found = {role: costs.hourly(program.position, role) for role in team.crew}
    known = {role: (pay[0] + pay[1]) / 2 for role, pay in found.items() if pay is not None}
    if len(known) < len(found):
        return dict.fromkeys(team.crew, 1.0)
    mean = sum(known.values()) / len(known)
    return {role: pay / mean for role, pay in known.items()}


def on_top(program: Program) -> Real:
    """What nights and weekends cost on top, as a share of pay, by half hour of the week [336]."""
    share = np.zeros(SLOTS)
    for premium in program.premium:
        if premium.kind in (people.NIGHT, people.WEEKEND):
            share[when(premium)] += premium.rate
    return share


def when(premium: Premium) -> Flags:
    """The half hours of the week in which a premium for nights or weekends is paid [336]."""
    clock = conditions.clock(premium.starts)
    start = 0 if clock is None else clock.hour * 2 + clock.minute // 30
    found = np.zeros(SLOTS, np.bool_)
    for day in WEEKEND_DAYS if premium.kind == people.WEEKEND else range(7):
        found[(day * DAY + start + np.arange(round(premium.hours * 2))) % SLOTS] = True
    return found


def work(
    program: Program, done: Sequence[tuple[Team, Cover]], staff: Mapping[str, float], *, late: Mapping[str, float], years: range
) -> Work:  # fmt: skip
    """What is to be paid a year. `late`: hours a year that crews of each team work past the end of a shift."""
    extra = dict.fromkeys(staff, 0.0)
    dollars = 0.0
    overtime = program.overtime
    holidays = len(shifts.holidays(program, years=years)) / len(years)
    for team, cover in done:
        units = cover.units
        for role, count in team.crew.items():
            if role not in overtime.exempt:
                extra[role] += late.get(team.id, 0.0) * count * overtime.rate
            for premium in program.premium:
                if premium.roles and role not in premium.roles:
                    continue
                if premium.kind in (people.NIGHT, people.WEEKEND):
                    hours = float(units[when(premium)].sum()) / 2 * WEEKS_A_YEAR * count
                elif premium.kind == people.HOLIDAY:
                    hours = float(units.sum()) / 2 / 7 * holidays * count
                else:
                    continue
                extra[role] += hours * premium.rate
                dollars += hours * premium.dollars
        for lines in cover.lines:
            beyond = max(0.0, lines.pattern.paid_hours - overtime.after_hours)
            for role in lines.roles:
                if role not in overtime.exempt:
                    extra[role] += lines.people * beyond * WEEKS_A_YEAR * (overtime.rate - 1)
    for premium in program.premium:
        if premium.kind == people.ON_CALL:
            dollars += premium.hours_a_week * WEEKS_A_YEAR * premium.dollars * max(1, len(premium.roles))
    return Work(staff, extra, dollars)
