"""Lines of cost by fiscal year: people with their pay, employers' fixed amounts, and the costs of the document.

Every amount of a line in a year is rounded to the cent, half away from zero, by the formula that the workbook writes; sums
are sums of whole cents. A line is one of two: people (the part of the year there × hours of pay at full strength × pay an
hour × (1 + overhead)), or anything else (quantity × price × growth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rightcall.errors import RightcallError
from rightcall.locale import N_, Message
from rightcall.planning import costs, staffing_reasons
from rightcall.planning.budget.course import Course
from rightcall.planning.staffing import employers
from rightcall.planning.staffing.employers import Option
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.team_structure import Post
from rightcall.program.document import Program
from rightcall.program.money import ONCE, PEOPLE, YEARLY, Cost
from rightcall.program.people import Employer

Name = Message | str


@dataclass(frozen=True)
class Line:
    """A line of the budget. `tags`: what a source may name to pay for it; `once`: it is bought, not paid every year;
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
    with benefits, and `on_top`: to all together, without; `there`: the part of each year for which they are employed, and
    `steps` that they have had by then; `pay`: dollars an hour, low and high, None where unknown; `benefits` and `overhead` as
    shares. `crew`: of a crew, not of a post beside them; `proposed`: nobody has written it down.
    """

    people: float | None
    each: float
    on_top: float
    there: tuple[float, ...]
    steps: tuple[int, ...]
    pay: tuple[float, float] | None
    benefits: float
    overhead: float
    crew: bool = False
    proposed: bool = False


@dataclass(frozen=True)
class PriceLine(Line):
    """Anything else: `quantity` by year × `price` × growth. `every`: bought again after so many years; `for_hires`: for each
    person hired.
    """

    quantity: tuple[float, ...]
    price: float | None
    grows: float
    every: int | None = None
    for_hires: bool = False


class BudgetError(RightcallError):
    """A document whose money contradicts its staffing."""


def cents(dollars: float) -> int:
    """Dollars as whole cents, half a cent away from zero, as a spreadsheet's ROUND does it."""
    # Fifteen digits are what a spreadsheet keeps; more would take errors of binary fractions for half cents.
    return int((Decimal(f"{dollars:.15g}") * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def option_of(program: Program, options: Sequence[Option]) -> Option:
    """The way to employ the people that is budgeted: the document's word, else the first. Raises `BudgetError`."""
    asked = program.budget.option
    names = {each.id: each.name or each.id for each in employers.of(program)}
    found = [option for option in options if asked in ("", option.name) or names.get(asked) == option.name]
    if not found:
        known = ", ".join(f"“{option.name}”" for option in options)
        raise BudgetError(f"budget.option is “{asked}”, and the people can be employed by {known}.", mend="Write one of these, or leave it out.")  # fmt: skip
    return found[0]


def of(staffing: Staffing, option: Option, course: Course, *, proposed: Sequence[Post] = ()) -> tuple[Line, ...]:
    """All lines of a staffed program; `proposed`: posts that nobody has written down, whose pay nobody says."""
    return (
        *_crews(staffing, option, course), *_posts(staffing, option, course, proposed), *_fixed(staffing, option, course),
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
            share = needed.people / all_of_role * course.scale if all_of_role else 0.0
            each = hours.paid / all_of_role if all_of_role else staffing.hours.paid
            pay = employers.hourly(program, needed.role, employer, year=staffing.hours.paid)
            found.append(_people(name, {needed.role, staffed.team.id, *titles}, needed.people * course.scale, each, share * hours.on_top, pay, employer, course, crew=True))  # fmt: skip
    return found


def _posts(staffing: Staffing, option: Option, course: Course, proposed: Sequence[Post]) -> list[Line]:
    """A line for each post beside the crews; without a count or pay, its cost is unknown."""
    program, found = staffing.program, []
    known = {each.id: each for each in employers.of(program)}
    usual = known[next(iter(option.employers.values()))]
    for position in program.position:
        if position.role in staffing.work.people:
            continue
        employer = known.get(position.employer) or usual
        count = None if position.count == "unknown" else float(position.count)
        pay = costs.pay_of(position, year=staffing.hours.paid)
        found.append(_people(position.title, {position.title, position.role} - {""}, count, staffing.hours.paid, 0.0, pay, employer, course))  # fmt: skip
    for post in proposed:
        name = Message(N_("{title} (proposed)"), {"title": post.title})
        found.append(_people(name, set(), post.count, staffing.hours.paid, 0.0, None, usual, course, proposed=True))
    return found


def _people(
    name: Name, tags: set[str], people: float | None, each: float, on_top: float, pay: tuple[float, float] | None, employer: Employer,
    course: Course, *, crew: bool = False, proposed: bool = False,
) -> Line:  # fmt: skip
    there = course.by_year(course.crews if crew else course.posts)
    first = next((k for k, part in enumerate(there) if part > 0), 0)
    steps = tuple(max(0, k - first) for k in range(len(there)))
    benefits, overhead = employers.known(employer.benefits), employers.known(employer.overhead)
    amounts: tuple[int | None, ...] = (None,) * len(there)
    if pay is not None and people is not None:
        load = people * each * (1 + benefits) + on_top
        amounts = tuple(
            cents(part * load * course.pay(pay, k, steps=steps[k]) * (1 + overhead)) for k, part in enumerate(there)
        )
    return PeopleLine(
        name, PEOPLE, frozenset({PEOPLE, *tags}), False, "", employer.source, amounts, people, each, on_top, there, steps, pay, benefits, overhead, crew, proposed,
    )  # fmt: skip


def _price(
    name: Name, kind: str, quantity: Sequence[float], price: float | str, grows: float, *, once: bool = False, cost: Cost | None = None,
    source: str = "",
) -> Line:  # fmt: skip
    known = None if isinstance(price, str) else float(price)
    amounts = tuple(
        None if known is None else cents(each * known * (1 + grows) ** k) for k, each in enumerate(quantity)
    )
    named = {name} if isinstance(name, str) else set()
    return PriceLine(
        name, kind, frozenset({kind, *named}), once, cost.paid_by if cost else "", "" if known is None else source, amounts, tuple(quantity), known, grows,
        cost.every_years if cost else None, cost is not None and cost.for_each == "hire",
    )  # fmt: skip


def _fixed(staffing: Staffing, option: Option, course: Course) -> list[Line]:
    """On call, and what an employer costs besides its people: oversight and liability every year, start-up once."""
    known = {each.id: each for each in employers.of(staffing.program)}
    growth, found = course.growth, []
    there = course.by_year(course.posts)
    if staffing.work.dollars:
        found.append(_price(Message(N_("On call and dollars on top of pay")), PEOPLE, course.by_year(course.crews), staffing.work.dollars, growth.pay))  # fmt: skip
    first = course.due(Cost(name="start-up"))
    for employer in (known[ident] for ident in dict.fromkeys(option.employers.values())):
        kind, who = "contract" if employer.kind == "contractor" else "other", {"who": staffing_reasons.title(employer.name or employer.id)}  # fmt: skip
        for name, amount, quantity, once in (
            (N_("Oversight ({who})"), employer.oversight, there, False), (N_("Liability ({who})"), employer.liability, there, False),
            (N_("Start-up ({who})"), employer.start_up, first, True),
        ):  # fmt: skip
            if amount != 0:
                found.append(_price(Message(name, who), kind, quantity, amount, growth.price, once=once, source=employer.source))  # fmt: skip
    return found


def _cost(cost: Cost, course: Course) -> Line:
    """A cost of the document: how often it falls due in each year, for how many."""
    crews, beside = course.people[0] * course.scale, course.people[1]
    window = course.window(cost.start, cost.end)
    if cost.for_each == "hire":
        quantity = tuple(new * course.scale * bool(part) for new, part in zip(course.hired, course.by_year(window), strict=True))  # fmt: skip
    elif cost.unit == ONCE:
        each = {None: 1.0, "unit": float(course.units), "person": crews + beside}[cost.for_each]
        quantity = tuple(each * times for times in course.due(cost))
    elif cost.for_each == "person":
        quantity = tuple(YEARLY[cost.unit] * part for part in course.by_year(window * (crews * course.crews + beside * course.posts)))  # fmt: skip
    else:
        each = 1.0 if cost.for_each is None else float(course.units)
        # Without a day of its own a cost begins with the program.
        open_for = window if cost.start else window * course.posts
        quantity = tuple(YEARLY[cost.unit] * each * part for part in course.by_year(open_for))
    grows = course.growth.price if cost.grows is None else cost.grows
    return _price(cost.name, cost.kind or "other", quantity, cost.amount, grows, once=cost.unit == ONCE and cost.for_each != "hire", cost=cost, source=cost.source)  # fmt: skip
