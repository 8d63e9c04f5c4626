"""What can be wrong with the money of a program: sources that end before they begin, money that is promised twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from rightcall.program import conditions
from rightcall.program.conditions import Fault
from rightcall.program.document import Program
from rightcall.program.money import FUND_KINDS, KINDS, MEDICAID, ONCE, UNITS, Cost, Days, Fund

YEARLY = {"year": 1.0, "month": 12.0, "week": 365 / 7, "day": 365.0, ONCE: 1.0}
A_CENT = 0.01


def faults(program: Program) -> Iterator[Fault]:
    """What contradicts itself in these parts: key, what is wrong, how to mend it."""
    budget, funds = program.budget, [fund.name for fund in program.fund]
    if budget.first_year is not None:
        yield from _year_faults(budget.first_year)
    employers = [each.name or each.id for each in program.employer]
    if budget.option and program.employer:
        yield from conditions.named(
            "budget.option", [budget.option], [*employers, "hybrid"], "way to employ the people"
        )
    yield from conditions.twice("fund", funds, "name")
    yield from conditions.twice("cost", [cost.name for cost in program.cost], "name")
    uses = _uses(program)
    for i, fund in enumerate(program.fund, start=1):
        yield from _fund_faults(f"fund[{i}]", fund)
        yield from conditions.named(f"fund[{i}].pays_for", list(fund.pays_for), uses, "kind of cost, cost, position, role or team")  # fmt: skip
    for i, cost in enumerate(program.cost, start=1):
        yield from _cost_faults(f"cost[{i}]", cost)
        if cost.paid_by:
            yield from conditions.named(f"cost[{i}].paid_by", [cost.paid_by], funds, "source of money")
    yield from _promised(program)


def _uses(program: Program) -> list[str]:
    """Everything that a source may name as what it pays for."""
    roles = {role for team in program.team for role in team.crew}
    return [
        *KINDS, *(cost.name for cost in program.cost), *(position.title for position in program.position),
        *sorted(roles), *(team.id for team in program.team),
    ]  # fmt: skip


def _year_faults(year: Days) -> Iterator[Fault]:
    after = year.end + dt.timedelta(days=1)
    months = (after.year - year.start.year) * 12 + after.month - year.start.month
    if months != 12 or after.day != year.start.day:
        yield "budget.first_year", f"({year.start} to {year.end}) is no year of twelve months.", "Write { from = 2027-07-01, until = 2028-06-30 }: the first and the last day."  # fmt: skip
    elif year.start.day != 1:
        yield "budget.first_year", f"begins on {year.start}, not on the first of a month.", "Write the first of the month."  # fmt: skip


def _fund_faults(key: str, fund: Fund) -> Iterator[Fault]:
    if fund.start is not None and fund.end is not None and fund.end < fund.start:
        yield f"{key}.until", f"({fund.end}) is before from ({fund.start}): “{fund.name}” ends before it begins.", "Put the two days in order."  # fmt: skip
    if fund.kind and fund.kind not in FUND_KINDS:
        yield f"{key}.kind", f"is “{fund.kind}”, which is no kind of source.", conditions.nearest(fund.kind, list(FUND_KINDS))  # fmt: skip
    if isinstance(fund.total, float) and isinstance(fund.amount, float) and fund.total < fund.amount:
        yield f"{key}.total", f"({fund.total:,.0f}) is less than the amount of a year ({fund.amount:,.0f}).", "amount is the most in a fiscal year, total the most in all."  # fmt: skip
    if fund.match == 1:
        yield f"{key}.match", "is 1: then local money pays everything.", "Write the local share, such as 0.25."
    if fund.medicaid is None:
        return
    if fund.kind != MEDICAID:
        yield f"{key}.medicaid", f"stands with a source of the kind “{fund.kind or 'none'}”.", f'Write kind = "{MEDICAID}".'  # fmt: skip
    ends = [share.end for share in fund.medicaid.federal_share]
    known = [end for end in ends if end is not None]
    if known != sorted(set(known)) or None in ends[:-1]:
        yield f"{key}.medicaid.federal_share", "is not in order of its ends.", "Put the one that ends first in front; only the last may have no end."  # fmt: skip


def _cost_faults(key: str, cost: Cost) -> Iterator[Fault]:
    if cost.start is not None and cost.end is not None and cost.end < cost.start:
        yield f"{key}.until", f"({cost.end}) is before from ({cost.start}).", "Put the two days in order."
    if cost.kind and cost.kind not in KINDS:
        yield f"{key}.kind", f"is “{cost.kind}”, which is no kind of cost.", conditions.nearest(cost.kind, list(KINDS))
    if cost.unit not in UNITS:
        yield f"{key}.unit", f"is “{cost.unit}”.", f"Write one of: {', '.join(UNITS)}."
    if cost.every_years is not None and cost.unit != ONCE:
        yield f"{key}.every_years", f"means nothing for a cost by the {cost.unit}.", 'Write unit = "once".'
    if cost.for_each == "hire" and cost.unit != ONCE:
        yield f"{key}.for_each", f"is each hire, and the amount falls due by the {cost.unit}.", 'Write unit = "once".'


def _promised(program: Program) -> Iterator[Fault]:
    """Sources that are promised for more than they give in a year."""
    left = {fund.name: fund.amount for fund in program.fund if isinstance(fund.amount, float)}
    named: dict[str, list[str]] = {}
    for i, cost in enumerate(program.cost, start=1):
        if cost.paid_by not in left or cost.amount == "unknown" or cost.for_each or cost.unit not in YEARLY:
            continue
        left[cost.paid_by] -= cost.amount * YEARLY[cost.unit]
        named.setdefault(cost.paid_by, []).append(f"“{cost.name}”")
        if left[cost.paid_by] < -A_CENT:
            yield f"cost[{i}].paid_by", f"promises money of “{cost.paid_by}” that is promised already: {', '.join(named[cost.paid_by])} need {-left[cost.paid_by]:,.0f} dollars a year more than it gives.", "Let another source pay, or leave paid_by out: the plan then divides what there is."  # fmt: skip
