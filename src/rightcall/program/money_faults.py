"""What can be wrong with the money of a program: sources that end before they begin, money that is promised twice."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator

from rightcall.program import conditions, fiscal_years
from rightcall.program.conditions import Fault
from rightcall.program.document import Program
from rightcall.program.fiscal_years import FiscalYear
from rightcall.program.money import FUND_KINDS, KINDS, MEDICAID, ONCE, UNITS, YEARLY, Cost, Days, Fund

A_CENT = 0.01
# More a year is a slip of the decimal point.
MOST_GROWTH = 0.15


def faults(program: Program) -> Iterator[Fault]:
    """What contradicts itself in these parts: key, what is wrong, how to mend it."""
    budget, funds = program.budget, [fund.name for fund in program.fund]
    for name in ("step", "pay_growth", "price_growth"):
        value = getattr(budget, name)
        if value != "unknown" and value > MOST_GROWTH:
            yield f"budget.{name}", f"is {value:.0%} a year.", "Write 0.03 for 3 %."
    if budget.first_year is not None:
        yield from _year_faults(budget.first_year)
    ways = [*(name for each in program.employer for name in (each.id, each.name) if name), "hybrid"]
    if not program.employer:
        ways = ["city", "contractor", *ways]
    if budget.option:
        yield from conditions.named("budget.option", [budget.option], ways, "way to employ the people")
    yield from conditions.twice("fund", funds, "name")
    yield from conditions.twice("cost", [cost.name for cost in program.cost], "name")
    uses = _uses(program)
    for i, fund in enumerate(program.fund, start=1):
        yield from _fund_faults(f"fund[{i}]", fund)
        for use in fund.pays_for:
            if use not in uses:
                near = difflib.get_close_matches(use, uses, 1, 0.6)
                mend = f"Did you mean “{near[0]}”?" if near else f"Write a kind of cost ({', '.join(KINDS)}), the name of a cost, a position's title, a role or a team."  # fmt: skip
                yield (
                    f"fund[{i}].pays_for",
                    f"names “{use}”, which no cost, position, role or team of this program is called.",
                    mend,
                )
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
    if cost.unit not in UNITS:
        return
    if cost.every_years is not None and cost.unit != ONCE:
        yield f"{key}.every_years", f"means nothing for a cost by the {cost.unit}.", 'Write unit = "once".'
    if cost.for_each == "hire" and cost.unit != ONCE:
        yield f"{key}.for_each", f"is each hire, and the amount falls due by the {cost.unit}.", 'Write unit = "once".'


def _promised(program: Program) -> Iterator[Fault]:
    """Promises that a source cannot keep: for what it may not pay, after its end, more than it gives in a year or in all."""
    funds = {fund.name: fund for fund in program.fund}
    begins = next((cost.start for cost in program.cost if cost.start), program.program.effective)
    years = fiscal_years.of(program.budget, begins=begins)
    spent: dict[str, list[float]] = {}
    named: dict[str, list[str]] = {}
    for i, cost in enumerate(program.cost, start=1):
        fund = funds.get(cost.paid_by)
        if fund is None:
            continue
        if fund.pays_for and not {cost.name, cost.kind or "other"} & set(fund.pays_for):
            yield f"cost[{i}].paid_by", f"promises money of “{fund.name}” for “{cost.name}”, which it may not pay for.", f"Add {cost.kind or cost.name} to its pays_for, or let another source pay."  # fmt: skip
            continue
        if cost.amount == "unknown" or cost.for_each is not None or cost.unit not in UNITS:
            continue
        needs = [_needs(cost, year, first=k == 0) for k, year in enumerate(years)]
        before = spent.setdefault(fund.name, [0.0] * len(years))
        spent[fund.name] = [have + need for have, need in zip(before, needs, strict=True)]
        named.setdefault(fund.name, []).append(f"“{cost.name}”")
        for year, need in zip(years, spent[fund.name], strict=True):
            gives = fund.amount * year.part(fund.start, fund.end) if isinstance(fund.amount, float) else None
            if gives is not None and need > gives + A_CENT:
                yield f"cost[{i}].paid_by", f"promises money of “{fund.name}” that is promised already or is not there: in {year.name} {', '.join(named[fund.name])} need {need:,.0f} dollars, and it gives {gives:,.0f}.", "Let another source pay, or leave paid_by out: the plan then divides what there is."  # fmt: skip
                break
        else:
            whole = sum(spent[fund.name])
            if isinstance(fund.total, float) and whole > fund.total + A_CENT:
                yield f"cost[{i}].paid_by", f"promises money of “{fund.name}” that is promised already: {', '.join(named[fund.name])} need {whole:,.0f} dollars in all, and it gives {fund.total:,.0f}.", "Let another source pay, or leave paid_by out: the plan then divides what there is."  # fmt: skip


def _needs(cost: Cost, year: FiscalYear, *, first: bool) -> float:
    """What a cost of one comes to in a year, without growth."""
    amount = 0.0 if cost.amount == "unknown" else cost.amount
    if cost.unit != ONCE:
        return amount * YEARLY[cost.unit] * year.part(cost.start, cost.end)
    bought = first if cost.start is None else year.first <= cost.start <= year.last
    return amount * bought
