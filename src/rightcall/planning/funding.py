"""Question 5 of the five: what the program costs by fiscal year, who pays, what gap and what cliff are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rightcall.locale import N_, Message, Share
from rightcall.measures.intervals import Estimate
from rightcall.planning import hiring
from rightcall.planning.budget import allocation, course, lines, sources
from rightcall.planning.budget.allocation import Allocation
from rightcall.planning.budget.course import Course, Growth
from rightcall.planning.budget.crisis_now import Need, need
from rightcall.planning.budget.lines import Line, PeopleLine, PriceLine
from rightcall.planning.budget.sources import Cliff, Source
from rightcall.planning.hiring import Hires
from rightcall.planning.staffing import employers
from rightcall.planning.staffing.employers import Option
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.team_structure import Structure
from rightcall.program.document import Program
from rightcall.program.money import HOPED, MEDICAID, SECURED
from rightcall.program.people import NetHours
from rightcall.progress import Progress, silent

# Ranges of ours for what the document does not bound; the page says that they are.
PEOPLE_SWING, GROWTH_SWING, UNKNOWN_GROWTH, BILLABLE_SWING, LATE_MONTHS = 0.10, 0.01, 0.04, 0.25, 3
# Sources that are taken away one by one, the largest first.
MOST_SOURCES = 12


@dataclass(frozen=True)
class Scenario:
    """The same costs with other money: cents of gap by year."""

    name: Message
    gap: tuple[int, ...]


@dataclass(frozen=True)
class Swing:
    """What one input does to the gap of all years, in cents, at each end of its range. `ours`: the range is not the city's."""

    name: Message
    low: Message
    high: Message
    at_low: int
    at_high: int
    ours: bool

    @property
    def width(self) -> int:
        """How far the ends lie apart."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class PerResponse:
    """Dollars for a call that is answered, in a whole year: cents of cost, answered calls, and their quotient."""

    year: str
    cost: int
    answered: Estimate
    dollars: Estimate


@dataclass(frozen=True)
class Funding:
    """The answer to question 5. `option`: how the people are employed; `hours`: of a person's year; `in_person`: calls
    a year answered in person; `need`: by population, None where that is unknown.
    """

    program: Program
    option: Option
    hours: NetHours
    in_person: float
    course: Course
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    allocation: Allocation
    cliff: Cliff | None
    scenarios: tuple[Scenario, ...]
    swings: tuple[Swing, ...]
    per_response: PerResponse | None
    need: Need | None

    @property
    def cost(self) -> tuple[int, ...]:
        """Cents of all known costs by year."""
        return tuple(sum(line.known[k] for line in self.lines) for k in range(len(self.course.years)))

    @property
    def once(self) -> tuple[int, ...]:
        """Cents of what is bought and not paid every year, by year."""
        return tuple(sum(line.known[k] for line in self.lines if line.once) for k in range(len(self.course.years)))

    @property
    def gap(self) -> tuple[int, ...]:
        """Cents that nobody pays, by year."""
        return tuple(int(each) for each in self.allocation.gap_by_year)

    @property
    def unknown_lines(self) -> tuple[Line, ...]:
        """Lines whose cost nobody says; they are in no sum."""
        return tuple(line for line in self.lines if line.unknown)

    @property
    def unknown_loads(self) -> tuple[tuple[str, str], ...]:
        """What nobody says of those who employ the people, as (who, amount): nothing in the sums."""
        known = {each.id: each for each in employers.of(self.program)}
        return tuple((known[ident].name or ident, amount) for ident, amount in self.option.missing if amount in ("benefits", "overhead", "vacancy"))  # fmt: skip

    @property
    def replaced(self) -> bool:
        """Whether something is paid for each hire, and people who take the place of leavers are not counted."""
        each = any(isinstance(line, PriceLine) and line.for_hires for line in self.lines)
        return each and self.hours.turnover == "unknown"

    @property
    def unknown_sources(self) -> tuple[Source, ...]:
        """Sources of which something is not said; where that is the amount, they pay nothing here."""
        return tuple(source for source in self.sources if source.missing)


def fund(staffing: Staffing, structure: Structure, *, progress: Progress = silent) -> Funding:
    """Cost a staffed program through its fiscal years and divide the costs among the document's sources. Raises
    `BudgetError` where the budget's way to employ the people is none that there is.
    """
    program, hires = staffing.program, structure.hires
    option = lines.option_of(program, staffing.options)
    ahead = course.of(staffing, hires, option)
    proposed = [post for post in structure.posts if post.proposed]
    in_person = staffing.answered["in_person"].value + staffing.answered["with_police"].value
    progress("Which source pays what", 0.0)

    def costed(changed: Course) -> tuple[Line, ...]:
        return lines.of(staffing, option, changed, proposed=proposed)

    def money_of(changed: Course) -> tuple[Source, ...]:
        return sources.of(program, changed, in_person=in_person)

    cost, money = costed(ahead), money_of(ahead)
    divided = allocation.allocate(cost, money, years=ahead.years)

    def gap(other: Sequence[Line] = cost, given: Sequence[Source] = money) -> tuple[int, ...]:
        same = other is cost and given is money
        found = divided if same else allocation.allocate(other, given, years=ahead.years)
        return tuple(int(each) for each in found.gap_by_year)

    population = program.program.population
    late = None if hires is None else course.of(staffing, _later(hires), option)
    return Funding(
        program, option, staffing.hours, in_person, ahead, cost, money, divided, sources.cliff(money, divided.by_source.tolist(), ahead.years),
        tuple(_scenarios(money, gap)), tuple(_swings(ahead, late, cost, money, costed, money_of, gap, progress)), _per_response(staffing, ahead, cost),
        None if population == "unknown" else need(population),
    )  # fmt: skip


def _later(hires: Hires) -> Hires:
    """The same hiring some months later."""
    months = tuple(replace(month, first_day=hiring.first_of(month.first_day, LATE_MONTHS)) for month in hires.months)
    return replace(hires, months=months)


Gap = Callable[..., tuple[int, ...]]


def _scenarios(money: Sequence[Source], gap: Gap) -> list[Scenario]:
    """The money as stated, without what is only hoped for, with what is secured alone, and weighed by its risk."""
    found = [Scenario(Message(N_("all sources as stated")), gap())]
    if any(source.fund.certainty in (HOPED, "unknown") for source in money):
        kept = [source for source in money if source.fund.certainty not in (HOPED, "unknown")]
        found.append(Scenario(Message(N_("without what is only hoped for or not said to be sure")), gap(given=kept)))
    if any(source.fund.certainty != SECURED for source in money):
        found.append(Scenario(Message(N_("only what is secured")), gap(given=[source for source in money if source.fund.certainty == SECURED])))  # fmt: skip
    if any(source.fund.risk for source in money):
        weighed = [_times(source, 1 - (source.fund.risk or 0.0)) for source in money]
        found.append(Scenario(Message(N_("each source weighed by its stated risk")), gap(given=weighed)))
    return found


def _times(source: Source, share: float) -> Source:
    most = tuple(None if each is None else int(each * share) for each in source.most)
    return replace(source, most=most, total=None if source.total is None else int(source.total * share))


def _swings(
    ahead: Course, late: Course | None, cost: Sequence[Line], money: Sequence[Source], costed: Callable[[Course], Sequence[Line]],
    money_of: Callable[[Course], Sequence[Source]], gap: Gap, progress: Progress,
) -> list[Swing]:  # fmt: skip
    """One input at a time, everything else as it is; the widest first."""
    found: list[Swing] = []
    base = sum(gap())

    def add(text: str, low: Message, high: Message, at_low: int, at_high: int, *, ours: bool, **values: object) -> None:
        progress("What moves the gap", 0.0)
        found.append(Swing(Message(text, values), low, high, at_low, at_high, ours))

    def with_(changed: Course) -> int:
        return sum(gap(costed(changed)))

    if any(isinstance(line, PeopleLine) and line.pay and line.pay[0] < line.pay[1] for line in cost):
        add(N_("where in its range pay begins"), Message(N_("low end")), Message(N_("high end")), with_(replace(ahead, hired_at="low")), with_(replace(ahead, hired_at="high")), ours=False)  # fmt: skip
    fewer, more = (with_(replace(ahead, scale=1 + side * PEOPLE_SWING)) for side in (-1, 1))
    add(N_("people on the crews"), Message(N_("{share} fewer"), {"share": Share(PEOPLE_SWING)}), Message(N_("{share} more"), {"share": Share(PEOPLE_SWING)}), fewer, more, ours=True)  # fmt: skip
    for name, key, field in ((N_("growth of pay a year"), "pay_growth", "pay"), (N_("growth of prices a year"), "price_growth", "price")):  # fmt: skip
        stated = getattr(ahead.growth, field)
        unknown = key in ahead.growth.unknown
        ends = (0.0, UNKNOWN_GROWTH) if unknown else (max(0.0, stated - GROWTH_SWING), stated + GROWTH_SWING)
        changed = [with_(replace(ahead, growth=_grown(ahead.growth, field, end))) for end in ends]
        add(name, Message(N_("{share}"), {"share": Share(ends[0])}), Message(N_("{share}"), {"share": Share(ends[1])}), *changed, ours=True)  # fmt: skip
    if late is not None:
        then = sum(gap(costed(late), money_of(late)))
        add(N_("hiring"), Message(N_("as planned")), Message(N_("{n} months later"), {"n": LATE_MONTHS}), base, then, ours=True)  # fmt: skip
    unsure = sorted((source for source in money if source.fund.certainty != SECURED and any(source.known)), key=lambda each: -sum(each.known))  # fmt: skip
    for source in unsure[:MOST_SOURCES]:
        without = sum(gap(given=[other for other in money if other is not source]))
        add(N_("the source “{name}”"), Message(N_("comes")), Message(N_("does not come")), base, without, ours=False, name=source.fund.name)  # fmt: skip
    for source in unsure[:MOST_SOURCES]:
        if source.fund.kind == MEDICAID and source.fund.medicaid is not None:
            less, more_money = ([_times(other, 1 + side * BILLABLE_SWING) if other is source else other for other in money] for side in (-1, 1))  # fmt: skip
            add(N_("what “{name}” brings"), Message(N_("{share} more"), {"share": Share(BILLABLE_SWING)}), Message(N_("{share} less"), {"share": Share(BILLABLE_SWING)}), sum(gap(given=more_money)), sum(gap(given=less)), ours=True, name=source.fund.name)  # fmt: skip
    return sorted((swing for swing in found if swing.width), key=lambda swing: -swing.width)


def _grown(growth: Growth, field: str, value: float) -> Growth:
    return replace(growth, pay=value) if field == "pay" else replace(growth, price=value)


def _per_response(staffing: Staffing, ahead: Course, cost: Sequence[Line]) -> PerResponse | None:
    """Of the first year in which all crews serve all year: what comes every year, and what is bought again, spread over its
    years. None where the pay of a crew is unknown: the quotient would mean nothing.
    """
    answered = staffing.answered["served"]
    whole = next((k for k, serving in enumerate(ahead.by_year(ahead.serving)) if serving > 1 - 1e-9), None)
    crews = [line for line in cost if isinstance(line, PeopleLine) and line.crew]
    if whole is None or answered.low <= 0 or any(line.unknown for line in crews):
        return None
    cents = sum(line.known[whole] for line in cost if not line.once)
    for line in cost:
        if isinstance(line, PriceLine) and line.once and line.every is not None:
            cents += max(line.known) // line.every
    dollars = Estimate(cents / 100 / answered.value, cents / 100 / answered.high, cents / 100 / answered.low)
    return PerResponse(ahead.years[whole].name, cents, answered, dollars) if cents else None
