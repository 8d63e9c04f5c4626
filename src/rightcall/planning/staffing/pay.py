"""What hours cost on top of pay: overtime, holidays, nights and weekends, on call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rightcall.planning import costs
from rightcall.planning.staffing import people as of_people
from rightcall.planning.staffing import week
from rightcall.planning.staffing.cover import WEEKS_A_YEAR, Cover
from rightcall.planning.staffing.employers import Work
from rightcall.planning.staffing.need import DAY, SLOTS
from rightcall.planning.staffing.shift_types import SATURDAY, SUNDAY
from rightcall.program import people, shifts
from rightcall.program.document import Program, Team
from rightcall.program.people import Premium
from rightcall.simulation.arrays import Flags, Real


def weights(program: Program, team: Team) -> dict[str, float]:
    """What a person of each role of a team counts beside the others: by pay where all are known, else one."""
    found = {role: costs.hourly(program.position, role) for role in team.crew}
    known = {role: (pay[0] + pay[1]) / 2 for role, pay in found.items() if pay is not None}
    if len(known) < len(found):
        return dict.fromkeys(team.crew, 1.0)
    mean = sum(known.values()) / len(known)
    return {role: pay / mean for role, pay in known.items()}


def on_top(program: Program, team: Team) -> Real:
    """What nights and weekends cost on top for a crew, as a share of its pay, by half hour of the week [336].

    Dollars count where the pay of all roles is known.
    """
    share, weight = np.zeros(SLOTS), weights(program, team)
    whole = sum(weight[role] * count for role, count in team.crew.items())
    found = {role: costs.hourly(program.position, role) for role in team.crew}
    for premium in program.premium:
        if premium.kind not in (people.NIGHT, people.WEEKEND):
            continue
        for role, count in team.crew.items():
            pay = found[role]
            if not premium.roles or role in premium.roles:
                dollars = 0.0 if pay is None else premium.dollars / max(sum(pay) / 2, 1e-9)
                share[when(premium)] += (premium.rate + dollars) * weight[role] * count / whole
    return share


def when(premium: Premium) -> Flags:
    """The half hours of the week in which a premium for nights or weekends is paid [336]."""
    start = int(week.slot_of(premium.starts))
    found = np.zeros(SLOTS, np.bool_)
    for day in (SATURDAY, SUNDAY) if premium.kind == people.WEEKEND else range(7):
        found[(day * DAY + start + np.arange(round(premium.hours * 2))) % SLOTS] = True
    return found


def others(program: Program, crews: Mapping[str, float]) -> tuple[tuple[float, tuple[float, float], str], ...]:
    """Posts beside the crews whose number and pay are stated."""
    year, found = of_people.hours_of(program).paid, []
    for position in program.position:
        pay = costs.pay_of(position, year=year)
        if position.role not in crews and position.count != "unknown" and pay is not None:
            found.append((float(position.count), pay, position.employer if position.employer != "unknown" else ""))
    return tuple(found)


def unpriced(program: Program, crews: Mapping[str, float]) -> tuple[str, ...]:
    """Titles of the positions beside the crews that are in no sum."""
    beside = [position for position in program.position if position.role not in crews]
    return tuple(each.title for each in beside if each.count == "unknown" or costs.pay_of(each) is None)


def work(
    program: Program, done: Sequence[tuple[Team, Cover]], staff: Mapping[str, float], *, late: Mapping[str, float], years: range
) -> Work:  # fmt: skip
    """What is to be paid a year. `late`: hours a year that crews of each team work past the end of a shift."""
    extra = dict.fromkeys(staff, 0.0)
    off = {team.id for team, _ in done if all(shift.holidays == "off" for shift in program.shift if shift.team == team.id) and any(shift.team == team.id for shift in program.shift)}  # fmt: skip
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
                elif premium.kind == people.HOLIDAY and team.id not in off:
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
    return Work(staff, extra, dollars, others(program, staff))
