"""The home and the money of a program: what contradicts itself is named, with the key, and refused whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
import invented_city as inv

FUND = '[[fund]]\nname = "Grant"\nkind = "grant"\namount = 100_000\n'
COST = '[[cost]]\nname = "Vans"\nkind = "vehicles"\namount = 60_000\n'
MEDICAID = '[[fund]]\nname = "M"\nkind = "medicaid"\n[fund.medicaid]\n'
OPTION = '[[home_option]]\nid = "fire"\nscores = { cost = 3 }\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FUND + "from = 2028-07-01\nuntil = 2027-06-30\n", "fund[1].until (2027-06-30) is before from (2028-07-01): “Grant” ends before it begins."),
        (FUND + FUND, "fund[2].name “Grant” is used twice."),
        (FUND + COST + 'paid_by = "Grant"\n' + COST.replace("Vans", "Radios") + 'paid_by = "Grant"\n', "cost[2].paid_by promises money of “Grant” that is promised already or is not there: in 2026 “Vans”, “Radios” need 120,000 dollars, and it gives 100,000."),
        (FUND + COST.replace("60_000", "9_000") + 'unit = "month"\npaid_by = "Grant"\n', "need 108,000 dollars, and it gives 100,000"),
        (FUND.replace("amount = 100_000", "total = 200_000") + COST.replace("60_000", "200_000") + 'unit = "once"\npaid_by = "Grant"\n' + COST.replace("Vans", "Radios").replace("60_000", "200_000") + 'unit = "once"\nfrom = 2028-03-01\npaid_by = "Grant"\n', "need 400,000 dollars in all, and it gives 200,000"),
        (FUND + "until = 2025-12-31\n" + COST + 'paid_by = "Grant"\n', "and it gives 0"),
        (FUND + 'pays_for = ["people"]\n' + COST + 'paid_by = "Grant"\n', "cost[1].paid_by promises money of “Grant” for “Vans”, which it may not pay for."),
        ("[budget]\npay_growth = 0.3\n", "budget.pay_growth is 30% a year."),
        (COST.replace("60_000", "9e16"), "cost[1].amount is wrong"),
        ('[[position]]\ntitle = "Chief"\npay = { low = 98, high = 128, unit = "year" }\n', "position[1].pay makes 0.05 dollars an hour (98 by the year)."),
        ('[[position]]\ntitle = "Chief"\npay = { low = 62608, high = 70000, unit = "hour" }\n', "position[1].pay makes 62,608.00 dollars an hour"),
        ('[[employer]]\nid = "np"\nroles = ["clinician"]\n', "employer leaves nobody who may employ the role “peer”."),
        (FUND + "match = 25\n", "a share lies between 0 and 1: write 0.25 for 25 %"),
        (FUND + "match = 1\n", "fund[1].match is 1: then local money pays everything."),
        (FUND + "risk = 30\n", "a share lies between 0 and 1"),
        (FUND + 'certainty = "sure"\n', "fund[1].certainty is wrong"),
        (FUND + "total = 50_000\n", "fund[1].total (50,000) is less than the amount of a year (100,000)."),
        (FUND.replace('"grant"', '"opiod settlement"'), "fund[1].kind is “opiod settlement”, which is no kind of source. Did you mean “opioid settlement”?"),
        (FUND + 'pays_for = ["vehicle"]\n', "fund[1].pays_for names “vehicle”, which no cost, position, role or team of this program is called. Did you mean “vehicles”?"),
        (FUND + 'pays_for = ["salaries"]\n', "Write a kind of cost (people, vehicles, equipment"),
        (FUND + "[fund.medicaid]\nrate = 90\n", "fund[1].medicaid stands with a source of the kind “grant”."),
        (MEDICAID + "payer_mix = 45\n", "a share lies between 0 and 1"),
        (MEDICAID + "federal_share = [{ share = 0.65 }, { share = 0.85, until = 2027-03-31 }]\n", "fund[1].medicaid.federal_share is not in order of its ends."),
        (COST + "from = 2028-01-01\nuntil = 2027-01-01\n", "cost[1].until (2027-01-01) is before from (2028-01-01)."),
        (COST.replace("vehicles", "cars"), "cost[1].kind is “cars”, which is no kind of cost."),
        (COST + 'unit = "decade"\n', "cost[1].unit is “decade”. Write one of: year, month, week, day, once."),
        (COST + "every_years = 4\n", "cost[1].every_years means nothing for a cost by the year."),
        (COST + 'for_each = "hire"\n', "cost[1].for_each is each hire, and the amount falls due by the year."),
        (COST + 'paid_by = "Gran"\n' + FUND, "cost[1].paid_by names “Gran”, which is no source of money of this program. Did you mean “Grant”?"),
        ("[budget]\nfirst_year = { from = 2027-07-01, until = 2028-07-31 }\n", "budget.first_year (2027-07-01 to 2028-07-31) is no year of twelve months."),
        ("[budget]\nfirst_year = { from = 2027-07-15, until = 2028-07-14 }\n", "budget.first_year begins on 2027-07-15, not on the first of a month."),
        ("[budget]\nyears = 3\n", "budget.years is wrong: input should be greater than or equal to 5"),
        ("[budget]\npay_growth = 3\n", "a share lies between 0 and 1"),
        ('[[employer]]\nid = "city"\n[budget]\noption = "county"\n', "budget.option names “county”, which is no way to employ the people of this program."),
        ('[[stakeholder]]\nname = "Mayor"\nweights = { cost = 0, speed = 0 }\n', "stakeholder[1].weights of “Mayor” sum to nothing."),
        ('[[stakeholder]]\nname = "Mayor"\n', "stakeholder[1].weights of “Mayor” sum to nothing."),
        ('[[stakeholder]]\nname = "Mayor"\nweights = { costs = 1 }\n', "stakeholder[1].weights names “costs”, which is no criterion of this program. Did you mean “cost”?"),
        ('[[stakeholder]]\nname = "Mayor"\nweights = { cost = -1 }\n', "stakeholder[1].weights.cost is wrong"),
        (OPTION + OPTION, "home_option[2].id “fire” is used twice."),
        (OPTION.replace("cost = 3", "cost = 7"), 'a score is a number from 1 to 5, a range such as [2, 4], or "unknown"'),
        (OPTION.replace("cost = 3", "cost = [4, 2]"), "the low end of a range comes first: write [2, 4]"),
        (OPTION.replace("cost = 3", 'cost = "good"'), 'a score is a number from 1 to 5'),
        ('[[home_criterion]]\nid = "a"\nat_least = 0.6\n[[home_criterion]]\nid = "b"\nat_least = 0.6\n', "home_criterion leaves no weights: at_least makes 1.2 in all"),
        ('[[home_criterion]]\nid = "a"\nat_most = 0.2\n[[home_criterion]]\nid = "b"\nat_most = 0.6\n', "home_criterion leaves no weights: at_most makes 0.8 in all"),
        ('[[home_criterion]]\nid = "a"\nat_least = 0.6\nat_most = 0.2\n', "home_criterion[1].at_least is more than at_most (0.6 and 0.2)."),
        (OPTION + '[[home_criterion]]\nid = "price"\n', "home_option[1].scores names “cost”, which is no criterion of this program."),
    ],
)  # fmt: skip
def test_it_refuses_money_and_homes_that_cannot_be(text: str, told: str) -> None:
    assert told in inv.wrong(text)


def test_every_problem_is_told_with_its_line_at_once() -> None:
    said = inv.wrong(FUND + "match = 1\n" + COST + 'unit = "decade"\n')
    assert "fund[1].match" in said
    assert "cost[1].unit" in said
    assert said.count("line ") == 2


def test_what_medicaid_brings_is_computed_and_its_amount_not_unknown() -> None:
    program = inv.program(inv.EXPECT + MEDICAID + "rate = 90\n")
    assert program.fund[0].amount is None
    assert "fund[M].amount" not in program.unknowns()
    assert "fund[M].medicaid.payer_mix" in program.unknowns()


def test_a_leap_year_and_the_calendar_year_are_years_of_twelve_months() -> None:
    for first, last in (("2027-03-01", "2028-02-29"), ("2028-01-01", "2028-12-31"), ("2027-10-01", "2028-09-30")):
        program = inv.program(inv.EXPECT + f"[budget]\nfirst_year = {{ from = {first}, until = {last} }}\n")
        assert program.budget.first_year is not None


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("[budget]\nx = $1,300,000\n", "Write amounts without $ and commas: 1_300_000."),
        ("[budget]\nx = 1,300,000\n", "Write numbers without commas: 1_300_000."),
        ("[budget]\nx = 20%\n", "Write a share as 0.2 for 20 %."),
        ("[budget]\nx = 10/01/2027\n", "Write dates as 2027-10-01, without quotes."),
        ("[budget]\nx = “FY28”\n", 'Use straight quotes: "…".'),
        ("[budget]\ndispatch integration = 4\n", 'Put quotes around a name with spaces: "public trust" = 3.'),
        ("[budget]\nx = city\n", 'Put quotes around words: kind = "city".'),
        ("[budget]\nyears = 5\n[budget]\nyears = 6\n", "[budget] stands on line"),
    ],
)  # fmt: skip
def test_what_people_write_instead_of_toml_is_told_in_their_words(text: str, mend: str) -> None:
    assert mend in inv.wrong(text)


def test_promises_of_different_years_are_kept_apart() -> None:
    two = COST.replace("60_000", "100_000")
    text = (
        FUND
        + two
        + 'paid_by = "Grant"\nuntil = 2026-12-31\n'
        + two.replace("Vans", "Radios")
        + 'paid_by = "Grant"\nfrom = 2027-01-01\nuntil = 2027-12-31\n'
    )
    assert (
        len(inv.program(inv.EXPECT + "[budget]\nfirst_year = { from = 2026-01-01, until = 2026-12-31 }\n" + text).cost)
        == 2
    )
