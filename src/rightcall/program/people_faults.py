"""What can be wrong with the people of a program: rules that contradict each other, roles that no team uses, circles."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from rightcall.program import conditions
from rightcall.program.conditions import Fault
from rightcall.program.document import Program
from rightcall.program.people import (
    DAYS_OFF,
    DUTIES,
    FULL_WEEK,
    HOLIDAY,
    IN_A_ROW,
    NIGHT,
    ON_CALL,
    PAY_UNITS,
    REST,
    RULE_UNITS,
    WEEK,
    WEEKENDS,
    Overtime,
    Pattern,
    Position,
    Premium,
    Target,
    WorkRule,
)

# Dollars an hour outside which pay is a slip of the unit.
LEAST_PAY, MOST_PAY = 4.0, 400.0


def faults(program: Program) -> Iterator[Fault]:
    """What contradicts itself in these parts: key, what is wrong, how to mend it."""
    teams = {team.id: team for team in program.team}
    roles = sorted({role for team in teams.values() for role in team.crew})
    for i, target in enumerate(program.target, start=1):
        yield from _target_faults(f"target[{i}]", target, teams)
    yield from conditions.twice("target", [target.team for target in program.target], "team")
    for i, pattern in enumerate(program.pattern, start=1):
        yield from _pattern_faults(f"pattern[{i}]", pattern)
        yield from _roles(f"pattern[{i}].roles", pattern.roles, roles)
    yield from conditions.twice("pattern", [pattern.id for pattern in program.pattern], "id")
    for i, rule in enumerate(program.work_rule, start=1):
        yield from _rule_faults(f"work_rule[{i}]", rule)
        yield from _roles(f"work_rule[{i}].roles", rule.roles, roles)
    yield from _contradictions(program, roles)
    yield from _overtime_faults(program.overtime, roles)
    for i, premium in enumerate(program.premium, start=1):
        yield from _roles(f"premium[{i}].roles", premium.roles, roles)
        if conditions.clock(premium.starts) is None:
            yield f"premium[{i}].starts", f"“{premium.starts}” is no time.", 'Write it as "21:00".'
        yield from _premium_faults(f"premium[{i}]", premium)
    hours = program.net_hours
    if hours is not None and not hours.leave:
        yield "net_hours.leave", "is missing: nobody is there all the hours that are paid.", "Write leave = { vacation = 120, holidays = 104, \"sick leave\" = 60 }, in hours a year."  # fmt: skip
    if hours is not None and hours.net <= 0:
        yield "net_hours", f"leaves no hours: {hours.paid:g} paid, {hours.paid - hours.net:g} taken away.", "Look at leave and duties; they are hours a year."  # fmt: skip
    yield from _position_faults(program)
    if program.structure.span_least > program.structure.span_most:
        yield "structure.span_least", "is more than span_most.", "Put them in order."


def _target_faults(key: str, target: Target, teams: dict[str, Any]) -> Iterator[Fault]:
    if target.team not in teams:
        yield f"{key}.team", f"names “{target.team}”, which is no team of this program.", conditions.nearest(target.team, list(teams)) if teams else ""  # fmt: skip
    elif teams[target.team].kind == "follow-up":
        yield f"{key}.team", f"is for “{target.team}”, and follow-up is not simulated: no target of it can be checked.", "Leave it out; its shifts as written are staffed."  # fmt: skip
    elif not teams[target.team].crew:
        yield f"{key}.team", f"is for “{target.team}”, a crew that nobody can form: it has no roles.", "Write crew = { clinician = 1, peer = 1 } on the team."  # fmt: skip
    if target.share == 1:
        yield f"{key}.share", "is 1: no number of units is free for every call.", "Write 0.95, or 0.99 at the most."
    clock = conditions.clock(target.starts)
    if clock is None or (clock.hour * 60 + clock.minute) % 30 or (target.hours * 2) % 1:
        yield f"{key}.starts", f"({target.starts}, {target.hours:g} hours) does not keep to half hours.", 'Write "09:00" and hours = 12.5.'  # fmt: skip
    faults: list[Fault] = []
    conditions.days_of(target.days if isinstance(target.days, str) else list(target.days), f"{key}.days", faults)
    yield from faults


def _pattern_faults(key: str, pattern: Pattern) -> Iterator[Fault]:
    for start in pattern.starts:
        clock = conditions.clock(start)
        if clock is None or clock.minute % 30:
            yield f"{key}.starts", f"“{start}” is no full or half hour.", 'Write it as "09:00".'
    if (pattern.hours * 2) % 1:
        yield f"{key}.hours", f"({pattern.hours:g}) does not keep to half hours.", "Write 10, or 10.5."
    if pattern.hours * pattern.shifts_a_week > 168:
        yield f"{key}.shifts_a_week", f"makes {pattern.hours * pattern.shifts_a_week:g} hours in a week of 168.", "Write fewer shifts."  # fmt: skip
    weekends = pattern.weekends
    if weekends is not None:
        if weekends.work > weekends.of:
            yield f"{key}.weekends", f"works {weekends.work} of {weekends.of}.", "Put the smaller number into work."
        elif pattern.weeks % weekends.of:
            yield f"{key}.weeks", f"is {pattern.weeks}, which {weekends.of} weekends do not divide: the rotation would not close.", f"Write a multiple of {weekends.of}."  # fmt: skip
        elif not weekends.work and pattern.shifts_a_week > 5:
            yield f"{key}.weekends", f"are all off, and {pattern.shifts_a_week} shifts a week find five days.", "Let weekends be worked, or write fewer shifts."  # fmt: skip
    # Every week has its shifts: the longest run off lies at the end of one and the beginning of the next.
    free = 2 * (7 - pattern.shifts_a_week)
    if pattern.break_days and pattern.weeks == 1:
        yield f"{key}.break_days", "mean nothing where every week is the same.", "Write the weeks of the rotation, or leave them out."  # fmt: skip
    elif pattern.break_days > free:
        yield f"{key}.break_days", f"({pattern.break_days}) are more than {pattern.shifts_a_week} shifts in every week leave: {free}.", "Write fewer days, or fewer shifts a week."  # fmt: skip


def _rule_faults(key: str, rule: WorkRule) -> Iterator[Fault]:
    unit, side = RULE_UNITS[rule.kind]
    if getattr(rule, side) is None:
        yield f"{key}.{side}", f"is missing: a rule on {rule.kind} says the {'least' if side == 'at_least' else 'most'} {unit}.", f"Write {side} = …"  # fmt: skip
    elif rule.kind == IN_A_ROW and rule.number < 1:
        yield f"{key}.at_most", "leaves no day to work.", "Write at least 1."
    other = "at_most" if side == "at_least" else "at_least"
    if getattr(rule, other) is not None:
        yield f"{key}.{other}", f"means nothing for {rule.kind}.", f"Use {side}."
    if not rule.source:
        yield f"{key}.source", "is missing: a rule of work stands in a contract or a policy.", 'Write source = "contract, article 12".'  # fmt: skip


def _contradictions(program: Program, roles: list[str]) -> Iterator[Fault]:
    """Patterns that no rule of work allows; roles for which none is left."""
    for i, pattern in enumerate(program.pattern, start=1):
        for rule in program.work_rule:
            if rule.roles and pattern.roles and not set(rule.roles) & set(pattern.roles):
                continue
            why = against(pattern, rule)
            if why:
                yield f"pattern[{i}]", f"“{pattern.id}” {why}, against “{rule.kind}” ({rule.source or 'no source'}).", "Change one of them."  # fmt: skip
    if program.pattern:
        for role in roles:
            if not any(not pattern.roles or role in pattern.roles for pattern in program.pattern):
                yield "pattern", f"leaves no way to work for the role “{role}”.", f'Add "{role}" to the roles of a pattern.'  # fmt: skip


def against(pattern: Pattern, rule: WorkRule) -> str:
    """How a pattern breaks a rule whatever its days are; empty where it need not."""
    side = RULE_UNITS[rule.kind][1]
    if getattr(rule, side) is None:
        return ""
    if rule.kind == WEEK and pattern.paid_hours > rule.number:
        return f"has {pattern.paid_hours:g} hours a week"
    if rule.kind == REST and pattern.shifts_a_week > 1 and pattern.hours + rule.number > 168 / pattern.shifts_a_week:
        return f"leaves less than {rule.number:g} hours between its shifts"
    if rule.kind == WEEKENDS and pattern.weekends is not None and pattern.weekends.work > rule.number:
        return f"works {pattern.weekends.work} weekends in a row"
    if rule.kind == IN_A_ROW and pattern.shifts_a_week == 7 and rule.number < 7:
        return "works every day"
    if rule.kind == DAYS_OFF and 0 < 7 - pattern.shifts_a_week < rule.number and pattern.weeks == 1:
        return f"has {7 - pattern.shifts_a_week} days off a week"
    return ""


def _premium_faults(key: str, premium: Premium) -> Iterator[Fault]:
    said = premium.model_fields_set
    if not premium.rate and not premium.dollars:
        yield key, "says no amount.", "Write rate = 0.1 for 10 % of pay, or dollars an hour."
    if premium.kind == NIGHT and not {"starts", "hours"} <= said:
        yield key, "does not say when it is night.", 'Write starts = "22:00" and hours = 8.'
    if premium.kind in (HOLIDAY, ON_CALL) and {"starts", "hours"} & said:
        yield key, f"says hours of the day, which mean nothing for “{premium.kind}”.", "Leave starts and hours out."
    if premium.kind == ON_CALL and (premium.rate or not premium.dollars or not premium.hours_a_week):
        yield (
            key,
            "is paid in dollars for so many hours a week.",
            "Write dollars = 3 and hours_a_week = 168, and no rate.",
        )


def _overtime_faults(overtime: Overtime, roles: list[str]) -> Iterator[Fault]:
    if overtime.period_days != 7:
        yield "overtime.period_days", f"is {overtime.period_days}: work periods of up to 28 days are for police and firefighters (29 U.S.C. 207(k)), not for these roles.", "Remove it: overtime of hourly civilians is counted by the week."  # fmt: skip
    if overtime.after_hours > FULL_WEEK and not overtime.counsel:
        yield "overtime.after_hours", f"is {overtime.after_hours:g}: hourly civilians are paid overtime after {FULL_WEEK:g} hours a week.", 'If the city\'s counsel says otherwise, write counsel = "memo of …".'  # fmt: skip
    if overtime.exempt and not overtime.counsel:
        yield "overtime.exempt", "exempts roles from overtime.", 'If the city\'s counsel says so, write counsel = "memo of …".'  # fmt: skip
    yield from _roles("overtime.exempt", overtime.exempt, roles)


def _position_faults(program: Program) -> Iterator[Fault]:
    employers = [employer.id for employer in program.employer]
    roles = sorted({role for team in program.team for role in team.crew})
    yield from conditions.twice("employer", employers, "id")
    for role in roles:
        if program.employer and not any(not each.roles or role in each.roles for each in program.employer):
            yield "employer", f"leaves nobody who may employ the role “{role}”.", f'Add "{role}" to the roles of an employer, or leave its roles out.'  # fmt: skip
    yield from conditions.twice("position", [position.title for position in program.position], "title")
    for i, position in enumerate(program.position, start=1):
        key = f"position[{i}]"
        low, high, unit = (position.pay.get(name) for name in ("low", "high", "unit"))
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            yield f"{key}.pay", f"begins above where it ends ({low} and {high}).", "Put them in order."
        for end in (low, high):
            if (
                isinstance(end, (int, float))
                and unit in PAY_UNITS
                and not LEAST_PAY <= end / PAY_UNITS[unit] <= MOST_PAY
            ):
                yield f"{key}.pay", f"makes {end / PAY_UNITS[unit]:,.2f} dollars an hour ({end:,.0f} by the {unit}).", "Look at the unit: year, month, week, day or hour."  # fmt: skip
                break
        if unit is not None and unit not in PAY_UNITS:
            yield f"{key}.pay", f"is by “{unit}”.", f"Write one of: {', '.join(PAY_UNITS)}."
        if employers and position.employer not in ("unknown", *employers):
            yield f"{key}.employer", f"names “{position.employer}”, which is no employer of this program.", conditions.nearest(position.employer, employers)  # fmt: skip
        # A post may be for a role that no team uses (now, or in a design); one that is nearly the same is a slip.
        if position.role and position.role not in roles and difflib.get_close_matches(position.role, roles, 1, 0.8):
            yield from _roles(f"{key}.role", [position.role], roles)
        for duty in position.covers:
            if duty not in DUTIES:
                yield f"{key}.covers", f"names “{duty}”, which is no duty.", conditions.nearest(duty, list(DUTIES))
        yield from _circle(key, position, program.position)


def _circle(key: str, position: Position, positions: Iterable[Position]) -> Iterator[Fault]:
    above = {each.title: each.reports_to for each in positions}
    seen, at = [position.title], position.reports_to
    while at in above and at not in seen:
        seen.append(at)
        at = above[at]
    if at == position.title:
        yield f"{key}.reports_to", f"goes in a circle: {' → '.join([*seen, at])}.", "Let one of them report to somebody else."  # fmt: skip


def _roles(key: str, named: Iterable[str], roles: list[str]) -> Iterator[Fault]:
    for role in named:
        if role not in roles:
            yield key, f"names “{role}”, a role that no team uses.", conditions.nearest(role, roles) if roles else ""
