"""Lines of cost by fiscal year: people with their pay, employers' fixed amounts, and the costs of the document.

Every amount of a line in a year is rounded to the cent, half away from zero, by the formula that the workbook writes; sums
are sums of whole cents. A line is one of two: people (the part of the year there × hours of pay at full strength × pay an
hour × (1 + overhead)), or anything else (quantity × price × growth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rightcall.locale import N_, Message
from rightcall.planning import costs, staffing_reasons
from rightcall.planning.budget.course import Course
from rightcall.planning.staffing import employers
from rightcall.planning.staffing.employers import Option
from rightcall.planning.staffing_model import Staffing
from rightcall.program.document import Program
from rightcall.program.money import ONCE, PEOPLE, Cost
from rightcall.program.money_faults import YEARLY
from rightcall.program.people import Employer

Name = Message | str


@dataclass(frozen=True)
class Line:
    """A line of the budget. `tags`: what a source may name to pay for it; `once`: it does not come again every year;
    `paid_by`: the source that is promised for it; `cents` by year, None where nobody says what it costs.
    """

    name: Name
    kind: str
    tags: frozenset[str]
    once: bool
    paid_by: str
    source: str
    cents: tuple[int | None, ...]

    @property
    def known(self) -> tuple[int, ...]:
        """Cents by year, 0 where unknown."""
        return tuple(each or 0 for each in self.cents)

    @property
    def unknown(self) -> bool:
        """Whether nobody says what it costs."""
        return None in self.cents


@dataclass(frozen=True)
class PeopleLine(Line):
    """People of a role on a team, or of a post. `people`: None where nobody says how many; `each`: hours paid a year to one,
    with benefits, and `on_top`: to all together, without; `there`: the part of each year for which they are employed;
    `pay`: dollars an hour, low and high, None where unknown; `benefits` and `overhead` as shares.
    """

    people: float | None
    each: float
    on_top: float
    there: tuple[float, ...]
    pay: tuple[float, float] | None
    benefits: float
    overhead: float


@dataclass(frozen=True)
class PriceLine(Line):
    """Anything else: `quantity` by year × `price` × growth."""

    quantity: tuple[float, ...]
    price: float | None
    grows: float


def cents(dollars: float) -> int:
    """Dollars as whole cents, half a cent away from zero, as a spreadsheet's ROUND does it."""
    # Fifteen digits are what a spreadsheet keeps; more would take errors of binary fractions for half cents.
    return int((Decimal(f"{dollars:.15g}") * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def option_of(program: Program, options: Sequence[Option]) -> Option:
    """The way to employ the people that is budgeted: the document's word, else the first."""
    return next((option for option in options if option.name == program.budget.option), options[0])


def of(staffing: Staffing, option: Option, course: Course) -> tuple[Line, ...]:
    """All lines of a staffed program."""
    return (
        *_crews(staffing, option, course), *_posts(staffing, option, course), *_fixed(staffing, option, course),
        *(_cost(cost, course) for cost in staffing.program.cost),
    )  # fmt: skip


def _crews(staffing: Staffing, option: Option, course: Course) -> list[Line]:
    """A line for each role of each team; hours on top of a role are shared out by people."""
    program, work, found = staffing.program, staffing.work, []
    known = {each.id: each for each in employers.of(program)}
    for staffed in staffing.teams:
        for needed in staffed.needed:
            employer = known[option.employers[needed.role]]
            titles = [position.title for position in program.position if position.role == needed.role]
            name = Message(N_("{role}, {team}"), {"role": titles[0] if len(titles) == 1 else staffing_reasons.named(needed.role), "team": staffed.team.name})  # fmt: skip
            hours = employers.hours_of_pay(program, needed.role, work, employer, hours=staffing.hours)
            all_of_role = work.people[needed.role]
            share = needed.people / all_of_role if all_of_role else 0.0
            each = hours.paid / all_of_role if all_of_role else staffing.hours.paid
            pay = employers.hourly(program, needed.role, employer, year=staffing.hours.paid)
            found.append(_people(name, {needed.role, staffed.team.id, *titles}, needed.people, each, share * hours.on_top, pay, employer, course.crews, course))  # fmt: skip
    return found


def _posts(staffing: Staffing, option: Option, course: Course) -> list[Line]:
    """A line for each post beside the crews; without a count or pay, its cost is unknown."""
    program, found = staffing.program, []
    known = {each.id: each for each in employers.of(program)}
    for position in program.position:
        if position.role in staffing.work.people:
            continue
        employer = known.get(position.employer) or known[next(iter(option.employers.values()))]
        count = None if position.count == "unknown" else float(position.count)
        pay = costs.pay_of(position, year=staffing.hours.paid)
        found.append(_people(position.title, {position.title, position.role} - {""}, count, staffing.hours.paid, 0.0, pay, employer, course.posts, course))  # fmt: skip
    return found


def _people(
    name: Name, tags: set[str], people: float | None, each: float, on_top: float, pay: tuple[float, float] | None, employer: Employer,
    there: tuple[float, ...], course: Course,
) -> Line:  # fmt: skip
    benefits, overhead = employers.known(employer.benefits), employers.known(employer.overhead)
    amounts: tuple[int | None, ...] = (None,) * len(there)
    if pay is not None and people is not None:
        load = people * each * (1 + benefits) + on_top
        amounts = tuple(cents(part * load * course.pay(pay, k) * (1 + overhead)) for k, part in enumerate(there))
    return PeopleLine(name, PEOPLE, frozenset({PEOPLE, *tags}), False, "", employer.source, amounts, people, each, on_top, there, pay, benefits, overhead)  # fmt: skip


def _price(
    name: Name, kind: str, quantity: Sequence[float], price: float | str, grows: float, *, once: bool = False, paid_by: str = "",
    source: str = "",
) -> Line:  # fmt: skip
    known = None if isinstance(price, str) else float(price)
    amounts = tuple(
        None if known is None else cents(each * known * (1 + grows) ** k) for k, each in enumerate(quantity)
    )
    named = {name} if isinstance(name, str) else set()
    return PriceLine(name, kind, frozenset({kind, *named}), once, paid_by, source, amounts, tuple(quantity), known, grows)  # fmt: skip


def _fixed(staffing: Staffing, option: Option, course: Course) -> list[Line]:
    """On call, and what an employer costs besides its people: oversight and liability every year, start-up once."""
    known = {each.id: each for each in employers.of(staffing.program)}
    growth, found = course.growth, []
    if staffing.work.dollars:
        found.append(_price(Message(N_("On call and dollars on top of pay")), PEOPLE, course.posts, staffing.work.dollars, growth.pay))  # fmt: skip
    first = [1.0 if course.due(k) else 0.0 for k in range(len(course.years))]
    for employer in (known[ident] for ident in dict.fromkeys(option.employers.values())):
        kind, who = "contract" if employer.kind == "contractor" else "other", {"who": staffing_reasons.title(employer.name or employer.id)}  # fmt: skip
        for name, amount, quantity, once in (
            (N_("Oversight of {who}"), employer.oversight, course.posts, False), (N_("Liability, {who}"), employer.liability, course.posts, False),
            (N_("Start-up of {who}"), employer.start_up, first, True),
        ):  # fmt: skip
            if amount != 0:
                found.append(_price(Message(name, who), kind, quantity, amount, growth.price, once=once, source=employer.source))  # fmt: skip
    return found


def _cost(cost: Cost, course: Course) -> Line:
    """A cost of the document: how often it falls due in each year, for how many."""
    quantity = []
    for k, year in enumerate(course.years):
        if cost.for_each == "hire":
            quantity.append(course.hired[k] * (year.part(cost.start, cost.end) > 0))
            continue
        each = {"": 1.0, "unit": float(course.units), "person": course.people}[cost.for_each]
        if cost.unit == ONCE:
            quantity.append(each if course.due(k, cost) else 0.0)
        else:
            # Without a day of its own a cost begins with the program.
            part = year.part(cost.start, cost.end) if cost.start else course.posts[k] * year.part(None, cost.end)
            quantity.append(each * YEARLY[cost.unit] * (course.crews[k] if cost.for_each == "person" else part))
    grows = course.growth.price if cost.grows is None else cost.grows
    once = cost.unit == ONCE and cost.for_each != "hire" and cost.every_years is None
    return _price(cost.name, cost.kind or "other", quantity, cost.amount, grows, once=once, paid_by=cost.paid_by, source=cost.source)  # fmt: skip
