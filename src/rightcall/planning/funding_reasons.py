"""The reasoning on question 5 in words with figures: cautions of each kind of money, comparators, what others did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rightcall.locale import N_, Message, Money, Share
from rightcall.planning import staffing_reasons
from rightcall.planning.budget import crisis_now, sources
from rightcall.planning.budget.lines import PeopleLine
from rightcall.planning.budget.sources import Source
from rightcall.planning.funding import Funding
from rightcall.program.money import MEDICAID, NINE_ONE_ONE

FMAP_ENDS = dt.date(2027, 3, 31)
OTHERS = (
    N_("Durham: the city's budget; $2.8 million and 15 people for the first year (FY22), nearly $4.8 million for the department in FY23 (NewsBreak; INDY Week)."),
    N_("Denver: pilot grants of $208,141 (Denver Post), later the city's budget: $7.2 million in 2024 (NLC) or $6.4 million (Denverite)."),
    N_("Olympia: a levy of 2017, about $2.8 million a year; $497,000 a year and $110,100 to start in 2019 (The Olympian)."),
    N_("Austin: 60 % from the city and 40 % from the county (Integral Care, 2019)."),
    N_("Among 554 mobile crisis programs 63 % bill insurance, and 25 % live on state and county general funds alone (Goldman et al. 2024)."),
)  # fmt: skip
GRANT = "grant"
CAUTIONS = {
    MEDICAID: N_("The enhanced federal share of 85 % for mobile crisis (section 9813 of the American Rescue Plan) ends on {date}; plan on the regular share. It asks for a team of at least two around the clock, one of them able to assess, outside hospitals: a program that is closed at night may not meet that (NASDDDS; Georgetown CCF)."),
    NINE_ONE_ONE: N_("911 fees may pay only for the 911 center and for receiving or dispatching calls (FCC 21-80, 47 CFR 9.23): clinicians inside the center are plausible; do not put vans on them without counsel."),
    "opioid settlement": N_("Opioid settlements end: the distributors pay over 18 years, Johnson & Johnson over 9. What they may pay for stands in the settlement's list of uses; have counsel confirm it (council packets; the list was not read)."),
    GRANT: N_("A grant ends. Federal crisis grants of 2022 gave at most $750,000 a year for up to four years (SAMHSA), and the agency's restructuring of May 2025 puts such money at risk (BH Business)."),
}  # fmt: skip
CONTENT_911 = N_("“{name}” pays for more than the team in the 911 center: look at that with counsel.")


@dataclass(frozen=True)
class Comparator:
    """A published cost: dollars, what one of it is, how far it can be trusted, where it stands."""

    name: str
    dollars: int
    counts: str
    kind: str
    source: str


READ, DERIVED = N_("read in the source"), N_("our arithmetic from read figures")
COMPARATORS = (
    Comparator("Denver STAR, 2020", 278, N_("a call answered in the pilot: its grants over 748 calls"), DERIVED, "Denver Post, February 2022"),
    Comparator("Minneapolis BCR, 2022", 640, N_("a call: a year's contract over about 9,200 calls"), DERIVED, "NLC; KSTP, February 2024"),
    Comparator("San Francisco SCRT, 2020–2022", 1_180, N_("a call, at most: two years' money over 14,230 calls"), DERIVED, "The San Francisco News; San Francisco Chronicle"),
    Comparator("Houston, fire department", 1_404, N_("a response of the fire department, for comparison"), READ, "hcintercept.org, Crisis Call Diversion"),
    Comparator("Mobile crisis, WSIPP", 1_407, N_("a participant, net cost; benefits $1,578, a 46 % chance that they exceed the cost"), READ, "Washington State Institute for Public Policy, December 2024"),
)  # fmt: skip
assert all(each.counts for each in COMPARATORS)
NOT_PER_OFFENSE = Message(N_("The often quoted $151 against $646 of Denver is for an offense, not for a call."))
TWO_ESTIMATES = Message(N_("Why the two differ: the calculator counts crises in a population, wherever they would call, 988, a clinic or nobody; the city's calls are those that came to 911, by the words of a call-taker, welfare checks and nuisances among them. The calculator rests on Arizona in 2014. Take it as a cross-check, never as the plan's demand."))  # fmt: skip


def answer(funding: Funding) -> list[Message]:
    """What question 5 comes to, the most important first."""
    said = headline(funding)
    if funding.once[0]:
        said.insert(
            1, Message(N_("{once} of the first year is bought, not paid every year."), {"once": Money(funding.once[0])})
        )
    said += cliff(funding)
    if funding.per_response is not None:
        p = funding.per_response
        said.append(Message(N_("That is about {dollars} ({low} to {high}) for a call that is answered, in {year}, the first whole year."), {"dollars": _cents(p.dollars.value), "low": _cents(p.dollars.low), "high": _cents(p.dollars.high), "year": p.year}))  # fmt: skip
    return [*said, *unknown(funding)]


def cliff(funding: Funding) -> list[Message]:
    """When the money of others falls away, if it does."""
    found = funding.cliff
    if found is None:
        return []
    changes = [Message(N_("{name} {change}"), {"name": name, "change": Money(cents)}) for name, cents in found.changes]
    return [Message(N_("The cliff: from {before} to {year} what others can give falls by {fall} a year ({list})."), {"before": found.before.name, "year": found.year.name, "fall": Money(found.fall), "list": changes})]  # fmt: skip


def headline(funding: Funding) -> list[Message]:
    """What it costs, and what is open: two sentences."""
    cost, gap, years = funding.cost, funding.gap, funding.course.years
    values = {"first": years[0].name, "cost": Money(cost[0]), "last": years[-1].name, "then": Money(cost[-1])}
    people = [line for line in funding.unknown_lines if isinstance(line, PeopleLine)]
    text = N_("The program costs {cost} in {first} and {then} in {last}, of what is known.")
    if people:
        values |= {"n": len(people)}
        text = N_("It costs more than {cost} in {first} and {then} in {last}: what {n} of its groups of people cost is unknown and in no sum.")  # fmt: skip
    said = [Message(text, values)]
    if not any(cost):
        return [Message(N_("Nobody says yet what anything costs: pay and costs are unknown."))]
    if not any(gap):
        said.append(Message(_paid(people, funding)))
    elif not any(any(source.known) for source in funding.sources):
        said.append(Message(N_("No source says an amount yet, so that nobody pays for it yet.")))
    else:
        said.append(Message(N_("The sources named leave {gap} open in {first} and {after} in {last}, {all} over all {n} years."), {"gap": Money(gap[0]), "first": years[0].name, "after": Money(gap[-1]), "last": years[-1].name, "all": Money(sum(gap)), "n": len(years)}))  # fmt: skip
    return said


def _paid(people: list[PeopleLine], funding: Funding) -> str:
    """What may be said where nothing of what is known stays open."""
    if people:
        return N_("Whether the sources named pay for all of it cannot be said until the people's cost is known.")
    if funding.unknown_lines:
        return N_("The sources named pay for all that is known in every year.")
    return N_("The sources named pay for all of it in every year.")


def _cents(dollars: float) -> Money:
    return Money(round(dollars * 100))


def unknown(funding: Funding) -> list[Message]:
    """What nobody says, by name: costs, sources, growth."""
    said = []
    if funding.unknown_lines:
        said.append(Message(N_("In no sum, because nobody says what they cost: {list}."), {"list": [line.name for line in funding.unknown_lines]}))  # fmt: skip
    silent = [source for source in funding.unknown_sources if None in source.most]
    if silent:
        said.append(Message(N_("Without an amount, and so paying nothing here: {list}."), {"list": [missing(source) for source in silent]}))  # fmt: skip
    no_total = [source.fund.name for source in funding.unknown_sources if "total" in source.missing]
    if no_total:
        said.append(Message(N_("How much these give in all is unknown; here they go on every year: {list}."), {"list": no_total}))  # fmt: skip
    outside = [source.fund.name for source in funding.sources if not source.missing and not any(source.known)]
    if outside:
        said.append(Message(N_("Give nothing in these years: {list}."), {"list": outside}))
    loads = [Message(LOADS[amount], {"who": staffing_reasons.title(who)}) for who, amount in funding.unknown_loads]
    if loads:
        said.append(Message(N_("Taken as nothing because nobody says them: {list}."), {"list": loads}))
    if funding.replaced:
        said.append(Message(N_("People who take the place of those who leave are in no sum: the document does not say the turnover.")))  # fmt: skip
    if funding.course.growth.unknown:
        said.append(Message(N_("Taken as nothing because the document does not say: {list}."), {"list": [Message(GROWTH[name]) for name in funding.course.growth.unknown]}))  # fmt: skip
    return said


LOADS = {
    "benefits": N_("benefits ({who})"),
    "overhead": N_("overhead ({who})"),
    "vacancy": N_("posts that stand empty ({who})"),
}
GROWTH = {"step": N_("steps of pay"), "pay_growth": N_("growth of pay"), "price_growth": N_("growth of prices")}
FACTS = {
    "amount": N_("its amount"), "total": N_("what it gives in all"), "encounters": N_("encounters a year"), "payer_mix": N_("the share of people with Medicaid"), "billable": N_("the share of encounters that can be billed"),
    "units": N_("units an encounter"), "rate": N_("the rate"), "collection": N_("the share that is collected"), "city_pays_rest": N_("who pays the part that is not federal"), "federal_share": N_("the federal share"),
}  # fmt: skip


def missing(source: Source) -> Message | str:
    """A source and what nobody says of it."""
    if source.missing == ("amount",):
        return source.fund.name
    return Message(N_("{name} ({list})"), {"name": source.fund.name, "list": [Message(FACTS[each]) for each in source.missing]})  # fmt: skip


def cautions(funding: Funding) -> list[Message]:
    """What to know of each kind of money that the document names."""
    kinds = dict.fromkeys(GRANT if source.fund.kind == "federal" else source.fund.kind for source in funding.sources)
    said = [Message(CAUTIONS[kind], {"date": FMAP_ENDS} if kind == MEDICAID else {}) for kind in kinds if kind in CAUTIONS]  # fmt: skip
    phone = {team.id for team in funding.program.team if team.kind == "phone"}
    for source in funding.sources:
        if source.fund.kind == NINE_ONE_ONE and not (source.fund.pays_for and set(source.fund.pays_for) <= phone):
            said.append(Message(CONTENT_911, {"name": source.fund.name}))
    return said


def medicaid(funding: Funding) -> list[Message]:
    """What Medicaid would bring, factor by factor, so that it can be checked."""
    said = []
    for source in funding.sources:
        terms = source.fund.medicaid
        if terms is None or sources.unsaid(terms):
            continue
        encounters = funding.in_person if terms.encounters == "simulated" else float(terms.encounters)
        values = {
            "name": source.fund.name, "n": round(encounters), "mix": Share(float(terms.payer_mix)), "billable": Share(float(terms.billable)), "units": staffing_reasons.whole(float(terms.units)),
            "rate": _cents(float(terms.rate)), "collection": Share(float(terms.collection)), "sum": _cents(sources.billing(terms, funding.in_person)),
        }  # fmt: skip
        said.append(Message(N_("“{name}”: {n} encounters a year in person × {mix} with Medicaid × {billable} billable × {units} units × {rate} × {collection} collected = {sum} in a whole year."), values))  # fmt: skip
        if terms.city_pays_rest:
            said.append(Message(N_("Of that only the federal share is new money; the city puts up the rest.")))
    return said


def matches(funding: Funding) -> list[tuple[str, tuple[int, ...]]]:
    """Local money that must stand beside each source that asks for it: cents by year."""
    found = []
    for s, source in enumerate(funding.sources):
        if source.fund.match:
            ratio = source.fund.match / (1 - source.fund.match)
            spent = funding.allocation.by_source[s]
            found.append((source.fund.name, tuple(round(int(each) * ratio) for each in spent)))
    return found


def two_estimates(funding: Funding, *, most: float, nature: float) -> list[Message]:
    """The calculator's need beside the city's own calls a year; why they differ."""
    if funding.need is None:
        return [Message(N_("The Crisis Now calculator needs the population; the document does not say it."))]
    values = {"mobile": round(funding.need.mobile * 12), "people": funding.need.population, "most": round(most), "nature": round(nature), "source": Message(crisis_now.SOURCE)}  # fmt: skip
    return [Message(N_("If its 230 crises for 100,000 people are by the month, which is inferred and not printed, the Crisis Now calculator gives {mobile} crises a year that need a mobile team for {people} people ({source}); the city's own calls give {nature} a year by nature, at most {most}."), values), TWO_ESTIMATES]  # fmt: skip


def certainty(source: Source) -> Message:
    """How sure a source is, with its risk where that is said."""
    word = Message(SURE[source.fund.certainty])
    if source.fund.risk is None:
        return word
    return Message(N_("{word}; {share} risk that it does not come"), {"word": word, "share": Share(source.fund.risk)})


SURE = {"secured": N_("secured"), "likely": N_("likely"), "hoped": N_("hoped for"), "unknown": N_("not said")}
