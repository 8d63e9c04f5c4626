"""Question 5 whole: sums, scenarios, what moves the gap, what a call costs, and what the pages say of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "simulation"))
import invented_city as inv
from test_allocation import check
from test_budget import CITY, PAY, YEARS

from rightcall.locale import Words
from rightcall.planning import funding, funding_json, funding_reasons
from rightcall.planning.funding import Funding
from rightcall.planning.report import funding_section, html
from rightcall.planning.report.blocks import Report
from rightcall.planning.staffing_run import People
from rightcall.program.money import HOPED, LIKELY, SECURED

MONEY = """
[[cost]]
name = "Vans"
kind = "vehicles"
amount = 60_000
unit = "once"
for_each = "unit"
[[cost]]
name = "Space"
kind = "space"
[[fund]]
name = "General fund"
kind = "city"
amount = 400_000
certainty = "secured"
[[fund]]
name = "Grant {2027}"
kind = "grant"
amount = 300_000
until = 2029-06-30
pays_for = ["people"]
certainty = "likely"
risk = 0.4
[[fund]]
name = "Foundation"
kind = "philanthropy"
amount = 50_000
certainty = "hoped"
[[fund]]
name = "Medicaid"
kind = "medicaid"
certainty = "likely"
[fund.medicaid]
payer_mix = 0.4
billable = 0.5
units = 3
rate = 90
collection = 0.8
city_pays_rest = false
[[fund]]
name = "911 fees"
kind = "911 fees"
amount = 40_000
[[fund]]
name = "County share"
kind = "county"
"""


def fund(paid: People, more: str = MONEY, **head: Any) -> Funding:
    program = inv.program(inv.EXPECT + PAY + CITY + YEARS + more)
    if head:
        program = program.model_copy(update={"program": program.program.model_copy(update=head)})
    return funding.fund(replace(paid.staffing, program=program), paid.structure)


@pytest.fixture(scope="module")
def funded(paid: People) -> Funding:
    return fund(paid, population=300_000)


def test_costs_are_paid_or_open_to_the_cent(funded: Funding) -> None:
    check(funded.allocation, funded.lines, funded.sources)
    spent = funded.allocation.by_source.sum(axis=0)
    assert [int(s) + g for s, g in zip(spent, funded.gap, strict=True)] == list(funded.cost)
    assert funded.once[0] == funded.course.units * 60_000_00 + 5_000_00
    assert funded.once[1:] == (0, 0, 0, 0)
    assert funded.cliff is not None
    assert (funded.cliff.before.name, funded.cliff.year.name) == ("FY29", "FY30")
    assert ("Grant {2027}", -300_000_00) in funded.cliff.changes


def test_medicaid_is_billed_for_those_met_in_person(funded: Funding, paid: People) -> None:
    medicaid = next(source for source in funded.sources if source.fund.name == "Medicaid")
    met = paid.staffing.answered["in_person"].value + paid.staffing.answered["with_police"].value
    assert medicaid.known[1] == pytest.approx(met * 0.4 * 0.5 * 270 * 0.8 * 100, abs=1)
    assert medicaid.known[0] == pytest.approx(
        medicaid.known[1] * funded.course.by_year(funded.course.serving)[0], abs=300_00
    )


def test_less_money_never_makes_a_smaller_gap(funded: Funding) -> None:
    gaps = [sum(scenario.gap) for scenario in funded.scenarios]
    names = [str(scenario.name) for scenario in funded.scenarios]
    assert names == [
        "all sources as stated", "without what is only hoped for or not said to be sure", "only what is secured", "each source weighed by its stated risk",
    ]  # fmt: skip
    assert gaps[0] == sum(funded.gap)
    assert gaps[0] < gaps[1] < gaps[2]
    assert gaps[3] > gaps[0]
    secured = sum(cost - 400_000_00 for cost in funded.cost)
    assert gaps[2] == secured


def test_what_moves_the_gap_is_told_from_the_widest(funded: Funding) -> None:
    swings = {str(swing.name): swing for swing in funded.swings}
    assert [swing.width for swing in funded.swings] == sorted((swing.width for swing in funded.swings), reverse=True)
    base = sum(funded.gap)
    grant = swings["the source “Grant {2027}”"]
    assert grant.at_low == base
    assert grant.at_high == base + 2 * 300_000_00
    assert not grant.ours
    pay = swings["where in its range pay begins"]
    assert pay.at_low < base < pay.at_high
    people = swings["people on the crews"]
    assert people.at_low < base < people.at_high
    assert people.ours
    assert "the source “General fund”" not in swings
    assert swings["hiring"].at_high < base
    medicaid = swings["what “Medicaid” brings"]
    assert medicaid.at_low < base < medicaid.at_high


def test_a_call_costs_what_a_whole_year_costs_over_what_is_answered(funded: Funding, paid: People) -> None:
    per = funded.per_response
    assert per is not None
    assert per.year == "FY29"
    # The vans are bought once for all here; what comes every year is in it.
    assert per.cost == funded.cost[1]
    assert per.dollars.value == pytest.approx(funded.cost[1] / 100 / paid.staffing.answered["served"].value)
    assert per.dollars.low < per.dollars.value < per.dollars.high


def test_unknown_amounts_are_said_and_listed(funded: Funding) -> None:
    said = " ".join(str(line) for line in funding_reasons.answer(funded))
    assert "In no sum, because nobody says what they cost: Navigator, Analyst, " in said
    assert "(proposed), Space." in said
    assert "Without an amount, and so paying nothing here: County share." in said
    assert "Taken as nothing because the document does not say: steps of pay, growth of pay, growth of prices." in said
    told = funding_json.of_funding(funded)
    assert [line["dollars"] for line in told["lines"] if line["name"] == "Space"] == [[None] * 5]


def test_every_kind_of_money_comes_with_its_caution(funded: Funding) -> None:
    said = " ".join(str(line) for line in funding_reasons.cautions(funded))
    assert "ends on March 31, 2027" in said
    assert "do not put vans on them without counsel" in said
    assert "“911 fees” pays for more than the team in the 911 center" in said
    assert "A grant ends." in said


def test_fees_for_the_desk_alone_are_not_warned_of(paid: People) -> None:
    desk = fund(paid, '[[fund]]\nname = "F"\nkind = "911 fees"\namount = 1\npays_for = ["desk"]\n')
    assert "“F” pays for more" not in " ".join(str(line) for line in funding_reasons.cautions(desk))


def test_the_two_estimates_of_need_stand_side_by_side_with_why_they_differ(funded: Funding, paid: People) -> None:
    said = " ".join(str(line) for line in funding_reasons.two_estimates(funded, most=5_000, nature=6_000))
    assert "If its 230 crises for 100,000 people are by the month, which is inferred and not printed" in said
    assert "gives 2,650 crises a year that need a mobile team for 300,000 people (Virginia DBHDS" in said
    nobody = funding_reasons.two_estimates(fund(paid), most=1, nature=1)
    assert "needs the population" in str(nobody[0])


def test_without_money_everything_is_open_and_without_pay_nothing_is_known(paid: People) -> None:
    none = fund(paid, "")
    assert none.gap == none.cost
    assert "nobody pays for it yet" in " ".join(str(line) for line in funding_reasons.headline(none))
    program = inv.program(inv.EXPECT + YEARS)
    bare = funding.fund(replace(paid.staffing, program=program), paid.structure)
    assert set(bare.cost) == {0}
    assert str(funding_reasons.headline(bare)[0]).startswith("Nobody says yet what anything costs")
    assert bare.per_response is None
    enough = fund(paid, '[[fund]]\nname = "City"\nkind = "city"\namount = 900_000_000\n')
    assert not any(enough.gap)
    assert "cannot be said until the people's cost is known" in str(funding_reasons.headline(enough)[1])


def test_a_budget_without_the_crews_pay_is_not_told_as_the_programs_cost(paid: People) -> None:
    program = inv.program(inv.EXPECT + CITY + YEARS + MONEY)
    found = funding.fund(replace(paid.staffing, program=program), paid.structure)
    said = [str(line) for line in funding_reasons.headline(found)]
    assert said[0].startswith("It costs more than $")
    assert "groups of people cost is unknown" in said[0]
    assert found.per_response is None
    whole = PAY[: PAY.index('[[position]]\ntitle = "Analyst"')].replace(
        'employer = "city"', 'employer = "city"\ncount = 1'
    )
    city = CITY.replace("oversight = 0", "oversight = 0\nramp_up_months = 0")
    known = fund(paid, '[[fund]]\nname = "City"\nkind = "city"\namount = 900_000_000\n')
    sure = inv.program(
        inv.EXPECT
        + whole.replace("\ncount = 1\ncount = 1", "\ncount = 1")
        + city
        + YEARS
        + '[[fund]]\nname = "City"\nkind = "city"\namount = 900_000_000\n'
    )
    paid_for = funding.fund(replace(paid.staffing, program=sure), replace(paid.structure, posts=()))
    assert known.unknown_lines
    assert not paid_for.unknown_lines
    assert "pay for all of it in every year" in str(funding_reasons.headline(paid_for)[1])


def test_how_sure_a_source_is_stands_in_its_terms(funded: Funding) -> None:
    told = {source.fund.name: str(funding_reasons.certainty(source)) for source in funded.sources}
    assert {source.fund.certainty for source in funded.sources} == {SECURED, LIKELY, HOPED, "unknown"}
    assert told["Grant {2027}"] == "likely; 40% risk that it does not come"


@pytest.mark.parametrize("language", ["en", "es"])
def test_page_and_json_hold_the_same_cents(funded: Funding, language: str) -> None:
    words = Words(language)
    section = funding_section.in_plan(funded, most=5_000, nature=6_000, words=words)
    page = html.render(Report("t", "s", section, ()), words)
    told = json.loads(json.dumps(funding_json.of_funding(funded)))
    assert "hired_at" in told["assumed"]
    for amounts in (
        told["cost"],
        told["gap"],
        *(line["dollars"] for line in told["lines"]),
        *(s["pays"] for s in told["sources"]),
    ):
        for amount in amounts:
            if amount not in (None, "0.00"):
                assert f"${float(amount):,.2f}" in page
    assert sum(round(float(line["dollars"][0] or 0) * 100) for line in told["lines"]) == funded.cost[0]
    assert "Grant {2027}" in page


def test_tables_hold_every_cell(funded: Funding) -> None:
    tables = funding_json.tables(funded)
    budget, paid = tables["budget"], tables["sources"]
    total = budget["dollars"].drop_nulls().str.to_decimal(scale=2).sum()
    assert total == sum(funded.cost) / 100 or round(float(total) * 100) == sum(funded.cost)
    spent = round(float(paid["dollars"].str.to_decimal(scale=2).sum()) * 100)
    left = round(float(budget["nobody_pays"].str.to_decimal(scale=2).sum()) * 100)
    assert spent + left == sum(funded.cost)


def test_what_is_bought_again_is_spread_over_its_years(paid: People) -> None:
    vans = '[[cost]]\nname = "Vans"\nkind = "vehicles"\namount = 40_000\nunit = "once"\nfor_each = "unit"\nevery_years = 4\n'
    without, with_ = fund(paid, "").per_response, fund(paid, vans).per_response
    assert without is not None
    assert with_ is not None
    units = fund(paid, vans).course.units
    assert with_.cost == without.cost + units * 40_000_00 // 4


def test_the_chapter_shows_what_it_rests_on(funded: Funding) -> None:
    section = funding_section.in_plan(funded, most=1, nature=1, words=Words("en"))
    page = html.render(Report("t", "s", section, ()), Words("en"))
    assert "encounters a year in person × 40% with Medicaid × 50% billable × 3 units × $90 × 80% collected" in page
    assert "with the people employed by city" in page
    assert "what the budget rests on" in page
    assert "fiscal years" in page
    matched = funding_reasons.matches(funded)
    assert matched == []


def test_a_match_is_shown_in_dollars(paid: People) -> None:
    more = '[[fund]]\nname = "City"\nkind = "city"\namount = 900_000\n[[fund]]\nname = "Grant"\nkind = "grant"\namount = 300_000\nmatch = 0.25\n'
    found = fund(paid, more)
    ((name, cents),) = funding_reasons.matches(found)
    assert name == "Grant"
    assert cents[0] == pytest.approx(100_000_00, abs=2)


def test_federal_money_is_cautioned_as_a_grant_is(paid: People) -> None:
    found = fund(paid, '[[fund]]\nname = "SAMHSA"\nkind = "federal"\namount = 1\n')
    assert "A grant ends." in " ".join(str(line) for line in funding_reasons.cautions(found))


def test_many_sources_and_costs_are_divided_in_a_moment(paid: People) -> None:
    import time

    more = "".join(f'[[fund]]\nname = "f{i}"\nkind = "grant"\namount = {10_000 + i}\nmatch = 0.1\n' for i in range(20))
    more += "".join(f'[[cost]]\nname = "c{i}"\namount = {5_000 + i}\n' for i in range(20))
    began = time.monotonic()
    found = fund(paid, more + '[[fund]]\nname = "City"\nkind = "city"\namount = 100_000\n')
    check(found.allocation, found.lines, found.sources)
    assert time.monotonic() - began < 60
