"""What the pages say on question 5: costs by year, who pays, the gap and the cliff, what moves them, what others pay."""

from __future__ import annotations

from typing import Any

from rightcall.locale import N_, Message, Money, Share, Words
from rightcall.planning import costs, funding_reasons, staffing_reasons
from rightcall.planning.budget.lines import Line
from rightcall.planning.budget.sources import Source
from rightcall.planning.funding import Funding
from rightcall.planning.report import money_charts
from rightcall.planning.report.blocks import Figure, Picture, Section, Table
from rightcall.planning.report.certainty import ASSUMED_SAID, UNKNOWN_SAID, sourced, stated
from rightcall.planning.report.employment_section import OTHERS
from rightcall.program.people import Position

KIND_NAMES = (
    N_("people"), N_("vehicles"), N_("equipment"), N_("training"), N_("software"), N_("space"), N_("evaluation"), N_("contract"), N_("other"),
    N_("city"), N_("county"), N_("levy"), N_("state"), N_("federal"), N_("grant"), N_("medicaid"), N_("opioid settlement"), N_("911 fees"), N_("philanthropy"),
)  # fmt: skip


def in_plan(funding: Funding | None, *, most: float, nature: float, words: Words, why_not: str = "") -> Section:
    """The plan's chapter on question 5. `most`, `nature`: the city's calls a year, at most and by nature."""
    title = Message(N_("Question 5: what it costs and who pays"))
    if funding is None:
        return Section("funding", title, (Message(N_("The money could not be reckoned: {why}"), {"why": why_not}),) if why_not else ())  # fmt: skip
    blocks: list[Any] = [_cards(funding), *funding_reasons.answer(funding)]
    if any(any(source.known) for source in funding.sources):
        blocks.append(_who_pays(funding, words))
    blocks += [_basis(funding), _lines(funding), _by_source(funding), *_matches(funding), _terms(funding), _where_from(funding), *funding_reasons.medicaid(funding), _assumptions(funding), *funding_reasons.cautions(funding)]  # fmt: skip
    if len(funding.scenarios) > 1:
        blocks.append(_scenarios(funding))
    if funding.swings and any(funding.gap):
        blocks.append(_tornado(funding, words))
    blocks += [*_per_response(funding), _comparators(), funding_reasons.NOT_PER_OFFENSE]
    blocks += [*funding_reasons.two_estimates(funding, most=most, nature=nature), *_need(funding)]
    blocks += [OTHERS, [Message(text) for text in funding_reasons.OTHERS]]
    return Section("funding", title, tuple(blocks))


def _cards(funding: Funding) -> tuple[Figure, ...]:
    years, cost, gap = funding.course.years, funding.cost, funding.gap
    cards = [
        Figure(Money(cost[0]), Message(N_("in {year}"), {"year": years[0].name}), Message(N_("the first fiscal year, of what is known"))),
        Figure(Money(cost[-1]), Message(N_("in {year}"), {"year": years[-1].name}), Message(N_("the last year looked at"))),
        Figure(Money(gap[-1]), Message(N_("open in {year}"), {"year": years[-1].name}), Message(N_("that no source pays"))),
    ]  # fmt: skip
    if funding.per_response is not None:
        p = funding.per_response
        cards.append(Figure(Money(round(p.dollars.value * 100)), Message(N_("a call that is answered")), Message(N_("simulated calls of a whole year, {year}"), {"year": p.year})))  # fmt: skip
    return tuple(cards)


def _years(funding: Funding) -> tuple[Any, ...]:
    return tuple(year.name for year in funding.course.years)


def _exact(cents: int | None) -> Any:
    return UNKNOWN_SAID if cents is None else Money(cents, exact=True) if cents else "–"


def _lines(funding: Funding) -> Table:
    """Every line of the budget to the cent, and the sums."""
    rows = [(_line_name(line), *(_exact(each) for each in line.cents)) for line in funding.lines]
    rows.append((Message(N_("All costs that are known")), *(_exact(each) for each in funding.cost)))
    rows.append((Message(N_("of which bought, not paid every year")), *(_exact(each) for each in funding.once)))
    return Table((Message(N_("cost")), *_years(funding)), tuple(rows), "budget")


def _line_name(line: Line) -> Any:
    return Message(N_("{name} (bought)"), {"name": line.name}) if line.once else line.name


def _by_source(funding: Funding) -> Table:
    """What each source pays by year to the cent, and the gap."""
    spent = funding.allocation.by_source
    rows: list[tuple[Any, ...]] = [(source.fund.name, *(_exact(int(each)) for each in spent[s])) for s, source in enumerate(funding.sources)]  # fmt: skip
    rows.append((Message(N_("Nobody yet: the gap")), *(_exact(each) for each in funding.gap)))
    return Table((Message(N_("who pays")), *_years(funding)), tuple(rows), "sources")


def _who_pays(funding: Funding, words: Words) -> Picture:
    cliff = funding.cliff
    said = Message(N_("Costs rise from {first} to {last}."), {"first": Money(funding.cost[0]), "last": Money(funding.cost[-1])})  # fmt: skip
    if cliff is not None:
        said = Message(N_("Costs go from {first} to {last}; until {year} what others can give falls by {fall} a year."), {"first": Money(funding.cost[0]), "last": Money(funding.cost[-1]), "year": cliff.year.name, "fall": Money(cliff.fall)})  # fmt: skip
    return Picture(money_charts.who_pays(funding, words), Message(N_("Who pays, by fiscal year, and what is open")), said, _by_source(funding))  # fmt: skip


def _basis(funding: Funding) -> Message:
    """What the lines of cost are, and why other chapters have other sums."""
    return Message(N_("Below is every line to the cent, with the people employed by {who}. Question 1 prices hours on duty alone; question 3 a whole year of the crews at today's pay; here pay, prices and hiring go through the years, and posts, vehicles and all else are in it."), {"who": staffing_reasons.name_of(funding.option)})  # fmt: skip


def _matches(funding: Funding) -> list[Table]:
    """Local money that a source asks for, by year: what a council must set aside beside it."""
    found = funding_reasons.matches(funding)
    if not found:
        return []
    rows = tuple(
        (Message(N_("for {name}"), {"name": name}), *(_exact(each) for each in cents)) for name, cents in found
    )
    return [Table((Message(N_("of local money, as the match")), *_years(funding)), rows)]


def _terms(funding: Funding) -> Table:
    """The sources as documents: days, ceilings, match, uses, certainty."""
    titles = tuple(Message(t) for t in (N_("source of money"), N_("kind"), N_("days"), N_("at most a year"), N_("at most in all"), N_("local match"), N_("pays for"), N_("how sure")))  # fmt: skip
    return Table(titles, tuple(_term(source, funding) for source in funding.sources))


def _term(source: Source, funding: Funding) -> tuple[Any, ...]:
    fund = source.fund
    most = max((each for each in source.most if each is not None), default=None)
    yearly: Any = UNKNOWN_SAID if most is None else Money(most)
    total: Any = UNKNOWN_SAID if "total" in source.missing else "–" if source.total is None else Money(source.total)
    return (
        fund.name, Message(fund.kind) if fund.kind in KIND_NAMES else fund.kind or "–", _days(source), yearly, total,
        Share(fund.match) if fund.match else "–", [_use(each, funding) for each in fund.pays_for] or Message(N_("everything")), funding_reasons.certainty(source),
    )  # fmt: skip


def _days(source: Source) -> Any:
    first, last = source.fund.start, source.fund.end
    if first is None and last is None:
        return Message(N_("no end"))
    if last is None:
        return Message(N_("from {day}"), {"day": first})
    return Message(N_("until {day}"), {"day": last}) if first is None else Message(N_("{first} to {last}"), {"first": first, "last": last})  # fmt: skip


def _use(name: str, funding: Funding) -> Any:
    """What a source may pay for, by the name that people know."""
    teams = {team.id: team.name for team in funding.program.team}
    return Message(name) if name in KIND_NAMES else teams.get(name, staffing_reasons.named(name))


def _where_from(funding: Funding) -> Message:
    listed = [Message(N_("{name} ({source})"), {"name": source.fund.name, "source": sourced(source.fund.source)}) for source in funding.sources]  # fmt: skip
    return Message(N_("Where these terms come from: {list}."), {"list": listed})


def _assumptions(funding: Funding) -> Table:
    """What the years rest on, each with its source and how sure it is."""
    budget, course = funding.program.budget, funding.course
    years = Message(N_("{first} to {last}"), {"first": course.years[0].first, "last": course.years[-1].last})
    begins = Message({"low": N_("low end"), "middle": N_("middle"), "high": N_("high end")}[course.hired_at])
    rows = [
        _rests(N_("fiscal years"), years, budget.source, ours=budget.first_year is None),
        _rests(N_("where in its range pay begins"), begins, budget.source, ours="hired_at" not in budget.model_fields_set),
    ]  # fmt: skip
    for name, value in (("step", budget.step), ("pay_growth", budget.pay_growth), ("price_growth", budget.price_growth)):  # fmt: skip
        rows.append(_rests(funding_reasons.GROWTH[name], UNKNOWN_SAID if value == "unknown" else Message("{share}", {"share": Share(value)}), budget.source))  # fmt: skip
    for position in funding.program.position:
        rows.append(_rests(N_("pay of {role}"), _pay(position), position.source, role=position.title))
    for cost in funding.program.cost:
        rows.append(_rests("{name}", UNKNOWN_SAID if cost.amount == "unknown" else Message("{money}", {"money": Money(round(cost.amount * 100))}), cost.source, name=cost.name))  # fmt: skip
    head = funding.program.program
    people: Any = UNKNOWN_SAID if head.population == "unknown" else Message("{n}", {"n": head.population})
    rows.append(_rests(N_("people who live here"), people, head.population_source))
    return Table(tuple(Message(t) for t in (N_("what the budget rests on"), N_("value"), N_("source"), N_("certainty"))), tuple(rows))  # fmt: skip


def _rests(text: str, value: Any, source: str, *, ours: bool = False, **values: Any) -> tuple[Any, ...]:
    """A row of that table; `ours`: the document is silent and we took the value."""
    if value == UNKNOWN_SAID or ours:
        return Message(text, values), value, "–", ASSUMED_SAID if ours else UNKNOWN_SAID
    return Message(text, values), value, sourced(source), stated(source)


def _pay(position: Position) -> Message:
    """The range of pay of a post as the document says it."""
    if costs.pay_of(position) is None:
        return UNKNOWN_SAID
    low, unit = position.pay["low"], str(position.pay.get("unit", "year"))
    values = {"low": Money(round(low * 100)), "high": Money(round(position.pay.get("high", low) * 100))}
    return Message({"year": N_("{low} to {high} a year"), "month": N_("{low} to {high} a month"), "week": N_("{low} to {high} a week"), "hour": N_("{low} to {high} an hour")}[unit], values)  # fmt: skip


def _scenarios(funding: Funding) -> Table:
    titles = (Message(N_("gap, if the money is")), *_years(funding), Message(N_("all years")))
    rows = tuple((scenario.name, *(Money(each) for each in scenario.gap), Money(sum(scenario.gap))) for scenario in funding.scenarios)  # fmt: skip
    return Table(titles, rows)


def _tornado(funding: Funding, words: Words) -> Picture:
    titles = tuple(Message(t) for t in (N_("input"), N_("first value"), N_("second value"), N_("gap at the first"), N_("gap at the second"), N_("whose range")))  # fmt: skip
    rows = tuple(
        (swing.name, swing.low, swing.high, Money(swing.at_low), Money(swing.at_high), Message(N_("ours, to try") if swing.ours else N_("the document's"))) for swing in funding.swings
    )  # fmt: skip
    widest = funding.swings[0]
    return Picture(
        money_charts.tornado(funding, words), Message(N_("What moves the gap of all years: one input at a time")),
        Message(N_("Widest: {name}, from {low} to {high}."), {"name": widest.name, "low": Money(min(widest.at_low, widest.at_high)), "high": Money(max(widest.at_low, widest.at_high))}),
        Table(titles, rows),
    )  # fmt: skip


def _per_response(funding: Funding) -> list[Any]:
    p = funding.per_response
    if p is None:
        return []
    return [Message(N_("{year}: {cost} for {calls} answered calls a year ({low} to {high}, simulated with these shifts), by phone and in person; what is bought again is spread over its years, what is bought once for all is left out."), {"year": p.year, "cost": Money(p.cost), "calls": round(p.answered.value), "low": round(p.answered.low), "high": round(p.answered.high)})]  # fmt: skip


def _comparators() -> Table:
    titles = tuple(Message(t) for t in (N_("published elsewhere"), N_("dollars"), N_("for"), N_("how far to trust it"), N_("source")))  # fmt: skip
    return Table(titles, tuple((c.name, Message("${n}", {"n": c.dollars}), Message(c.counts), Message(c.kind), c.source) for c in funding_reasons.COMPARATORS))  # fmt: skip


def _need(funding: Funding) -> list[Any]:
    need = funding.need
    if need is None:
        return []
    titles = (Message(N_("Crisis Now, people a month (inferred unit)")), Message(N_("number")))
    rows = (
        (Message(N_("crises that need somebody in person")), round(need.episodes, 1)), (Message(N_("met by a mobile team")), round(need.mobile, 1)), (Message(N_("in a crisis receiving facility")), round(need.facility, 1)),
        (Message(N_("in an emergency department")), round(need.emergency, 1)), (Message(N_("in a short-term bed")), round(need.short_term, 1)), (Message(N_("in an inpatient bed")), round(need.inpatient, 1)),
    )  # fmt: skip
    return [Table(titles, rows)]
