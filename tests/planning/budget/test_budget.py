"""The budget by hand: fiscal years, growth, hiring, every unit of a cost; and the sums that must agree with question 3."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "simulation"))
import invented_city as inv

from rightcall.planning import hiring
from rightcall.planning.budget import course, crisis_now, lines
from rightcall.planning.budget.course import Growth
from rightcall.planning.budget.lines import Line, PeopleLine
from rightcall.planning.hiring import Hires
from rightcall.planning.staffing import employers
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.staffing_run import People
from rightcall.program import fiscal_years

PAY = """
[[position]]
title = "Clinician"
role = "clinician"
employer = "city"
pay = { low = 62_400, high = 83_200, unit = "year" }
[[position]]
title = "Peer"
role = "peer"
employer = "city"
pay = { low = 20, high = 30, unit = "hour" }
[[position]]
title = "Navigator"
role = "navigator"
employer = "city"
pay = { low = 20, high = 30, unit = "hour" }
[[position]]
title = "Director"
employer = "city"
count = 1
pay = { low = 104_000, high = 104_000, unit = "year" }
[[position]]
title = "Analyst"
employer = "city"
"""
CITY = """
[[employer]]
id = "city"
benefits = 0.4
overhead = 0.1
vacancy = 0
oversight = 0
liability = 12_000
start_up = 5_000
"""
YEARS = "[budget]\nfirst_year = { from = 2027-07-01, until = 2028-06-30 }\n"


def test_fiscal_years_are_named_by_their_end_and_have_their_days() -> None:
    years = fiscal_years.of(inv.program(inv.EXPECT + YEARS).budget, begins=dt.date(2026, 1, 1))
    assert [year.name for year in years] == ["FY28", "FY29", "FY30", "FY31", "FY32"]
    assert [year.days for year in years] == [366, 365, 365, 365, 366]
    assert years[0].part(dt.date(2028, 1, 1), None) == pytest.approx(182 / 366)
    assert years[0].part(None, dt.date(2027, 7, 1)) == pytest.approx(1 / 366)
    assert years[0].part(dt.date(2028, 7, 1), None) == 0
    assert years[0].part(None, dt.date(2026, 7, 1)) == 0
    plain = fiscal_years.of(inv.program(inv.EXPECT).budget, begins=dt.date(2028, 1, 15))
    assert (plain[0].name, plain[0].first, plain[4].last) == ("2028", dt.date(2028, 1, 1), dt.date(2032, 12, 31))


@pytest.mark.parametrize(
    ("dollars", "told"), [(1.005, 101), (2.675, 268), (-2.675, -268), (0.004999, 0), (1e9 + 0.01, 100_000_000_001)]
)
def test_half_a_cent_is_rounded_away_from_zero_as_a_spreadsheet_does(dollars: float, told: int) -> None:
    assert lines.cents(dollars) == told


def plain(staffing: Staffing, hires: Hires | None, **budget: object) -> tuple[Line, ...]:
    """The lines of a staffing with other words on its budget."""
    other = staffing.program.model_copy(update={"budget": staffing.program.budget.model_copy(update=budget)})
    changed = replace(staffing, program=other)
    option = lines.option_of(other, staffing.options)
    return lines.of(changed, option, course.of(changed, hires, option))


def named(found: tuple[Line, ...], name: str) -> Line:
    return next(line for line in found if str(line.name) == name)


def test_a_whole_year_at_todays_pay_costs_what_question_3_says(paid: People) -> None:
    staffing = paid.staffing
    found = plain(staffing, None)
    option = lines.option_of(staffing.program, staffing.options)
    recurring = sum(line.known[1] for line in found if not line.once)
    assert recurring == pytest.approx(round(option.middle * 100), abs=len(found))
    assert sum(line.known[0] for line in found if line.once) == 500_000
    low = sum(line.known[1] for line in plain(staffing, None, hired_at="low") if not line.once)
    assert low == pytest.approx(round(option.low * 100), abs=len(found))


def test_pay_rises_by_steps_to_the_end_of_a_range_that_grows_itself(paid: People) -> None:
    found = plain(paid.staffing, None, hired_at="low", step=0.10, pay_growth=0.05)
    director, clinicians = named(found, "Director"), named(found, "Clinician, Cleo at the desk")
    # One salary, no range: 104,000 with benefits and overhead, five per cent more every year.
    assert director.cents[0] == round(104_000 * 1.4 * 1.1 * 100)
    assert director.cents[2] == pytest.approx(104_000 * 1.4 * 1.1 * 1.05**2 * 100, abs=1)
    first = clinicians.known[0]
    assert clinicians.known[1] == pytest.approx(first * 1.10 * 1.05, abs=1)
    # From 62,400 by tenths the top of 83,200 is met in the fourth year: 1.331 would be less than 4/3, 1.4641 is more.
    assert clinicians.known[3] == pytest.approx(first * 1.331 * 1.05**3, abs=1)
    assert clinicians.known[4] == pytest.approx(first * 4 / 3 * 1.05**4, abs=1)


def test_unknown_growth_is_none_and_named_and_unknown_costs_are_in_no_sum(paid: People) -> None:
    ahead = course.of(paid.staffing, None, paid.staffing.options[0])
    assert ahead.growth == Growth(0, 0, 0, ("step", "pay_growth", "price_growth"))
    analyst = named(plain(paid.staffing, None), "Analyst")
    assert analyst.unknown
    assert analyst.cents == (None,) * 5
    assert analyst.known == (0,) * 5


def test_people_cost_from_their_first_day_of_training(paid: People) -> None:
    hires = paid.structure.hires
    assert hires is not None
    ahead = course.of(paid.staffing, hires, paid.staffing.options[0])
    crews, serving = ahead.by_year(ahead.crews), ahead.by_year(ahead.serving)
    # Advertised on the first of May, twelve weeks to the first day of training: the 24th of July.
    begins = hires.posted + dt.timedelta(weeks=12)
    assert begins == dt.date(2027, 7, 24)
    year = ahead.years[0]
    expected = year.part(begins, None)
    assert crews[0] == pytest.approx(expected, abs=0.002)
    assert serving[0] == pytest.approx(year.part(begins + dt.timedelta(weeks=4), None), abs=0.002)
    assert crews[1:] == (1, 1, 1, 1)
    assert ahead.by_year(ahead.posts) == (1, 1, 1, 1, 1)
    assert ahead.hired == (sum(hires.people.values()), 0, 0, 0, 0)
    found = plain(paid.staffing, hires)
    assert named(found, "Peer, Rosa's crew").known[0] == pytest.approx(
        named(found, "Peer, Rosa's crew").known[1] * crews[0], abs=1
    )


def test_hiring_by_the_month_is_laid_over_the_years(paid: People) -> None:
    hires = paid.structure.hires
    assert hires is not None
    slow = replace(
        hires, months=tuple(replace(m, employed=(k + 1) / 24, share=0.0) for k, m in enumerate(hires.months))
    )
    ahead = course.of(paid.staffing, slow, paid.staffing.options[0])
    part = ahead.by_year(ahead.crews)[0]
    days = [31, 31, 30, 31, 30, 31, 31, 29, 31, 30, 31, 30]
    shares = [
        next(((k + 1) / 24 for k, m in enumerate(hires.months) if m.first_day == hiring.first_of(dt.date(2027, 7, 1), n)), 1.0)
        for n in range(12)
    ]  # fmt: skip
    assert part == pytest.approx(sum(d * s for d, s in zip(days, shares, strict=True)) / 366)


COSTS = {
    'unit = "month"\n': (12_000, 12_000, 12_000),
    "from = 2028-01-01\n": (round(1000 * 182 / 366, 2), 1000, 1000),
    "until = 2028-12-31\n": (1000, round(1000 * 184 / 365, 2), 0),
    'unit = "once"\n': (1000, 0, 0),
    'unit = "once"\nfrom = 2029-03-01\n': (0, 1000, 0),
    'unit = "once"\nevery_years = 2\n': (1000, 0, 1000),
    'unit = "once"\nfrom = 2040-01-01\n': (0, 0, 0),
    'unit = "once"\nfor_each = "unit"\nevery_years = 2\n': (3000, 0, 3000),
    'for_each = "unit"\n': (3000, 3000, 3000),
    "grows = 0.1\n": (1000, 1100, 1210),
}


@pytest.mark.parametrize("said", COSTS)
def test_every_way_to_say_a_cost_falls_due_as_it_says(paid: People, said: str) -> None:
    program = inv.program(
        inv.EXPECT + PAY + CITY + YEARS + f'[[cost]]\nname = "It"\nkind = "other"\namount = 1000\n{said}'
    )
    staffing = replace(paid.staffing, program=program)
    option = lines.option_of(program, staffing.options)
    line = lines.of(staffing, option, course.of(staffing, None, option))[-1]
    assert [each / 100 for each in line.known[:3]] == pytest.approx(COSTS[said])


def test_costs_for_each_person_and_each_hire_follow_the_people(paid: People) -> None:
    each = '[[cost]]\nname = "{n}"\namount = 1000\nfor_each = "{e}"\nunit = "{u}"\n'
    more = (
        each.format(n="Phone", e="person", u="year")
        + each.format(n="Kit", e="person", u="once")
        + each.format(n="Training", e="hire", u="once")
    )
    program = inv.program(inv.EXPECT + PAY + CITY + YEARS + more)
    leavers = paid.staffing.hours.model_copy(update={"turnover": 0.2})
    staffing = replace(paid.staffing, program=program, hours=leavers)
    option, hires = lines.option_of(program, staffing.options), paid.structure.hires
    assert hires is not None
    ahead = course.of(staffing, hires, option)
    part = ahead.by_year(ahead.crews)[0]
    everybody = ahead.people[0] + ahead.people[1]
    phone, kit, training = lines.of(staffing, option, ahead)[-3:]
    assert phone.known[1] == pytest.approx(everybody * 1000_00, abs=1)
    assert phone.known[0] == pytest.approx((ahead.people[0] * part + ahead.people[1]) * 1000_00, abs=1)
    assert kit.known[:2] == (pytest.approx(everybody * 1000_00, abs=1), 0)
    assert training.known[1] == pytest.approx(0.2 * ahead.people[0] * 1000_00, abs=1)
    assert training.known[0] == pytest.approx(
        (sum(hires.people.values()) + 0.2 * ahead.people[0] * part) * 1000_00, abs=1
    )
    assert (kit.once, training.once) == (True, False)


def test_lines_may_be_named_by_kind_role_title_team_and_name(paid: People) -> None:
    found = plain(paid.staffing, None)
    desk = named(found, "Clinician, Cleo at the desk")
    assert isinstance(desk, PeopleLine)
    assert {"people", "clinician", "desk", "Clinician"} <= desk.tags
    assert "community" not in desk.tags


def test_roles_of_several_teams_add_up_to_the_role(paid: People) -> None:
    found, staffing = plain(paid.staffing, None), paid.staffing
    load = employers.hours_of_pay(
        staffing.program, "clinician", staffing.work, employers.of(staffing.program)[0], hours=staffing.hours
    )
    mine = [line for line in found if isinstance(line, PeopleLine) and "clinician" in line.tags]
    assert len(mine) >= 2
    assert sum(line.people * line.each for line in mine if line.people) == pytest.approx(load.paid)
    assert sum(line.on_top for line in mine) == pytest.approx(load.on_top)
    assert sum(line.people or 0 for line in mine) == pytest.approx(staffing.people["clinician"])


# Episodes, mobile team, emergency department, receiving facility, short-term bed, inpatient: planning.md section 1.
WORKED = {
    100_000: (230.0, 73.6, 32.2, 146.28, 51.20, 45.00),
    300_000: (690.0, 220.8, 96.6, 438.84, 153.59, 135.0),
    1_000_000: (2_300.0, 736.0, 322.0, 1_462.8, 511.98, 450.0),
}


@pytest.mark.parametrize("population", WORKED)
def test_the_crisis_now_calculator_gives_its_worked_examples(population: int) -> None:
    need = crisis_now.need(population)
    told = (need.episodes, need.mobile, need.emergency, need.facility, need.short_term, need.inpatient)
    assert told == pytest.approx(WORKED[population], abs=0.005 if population == 100_000 else 0.05)


def only(paid: People, text: str, hires: Hires | None = None) -> tuple[float, ...]:
    """Dollars by year of the last cost of a document."""
    program = inv.program(inv.EXPECT + PAY + CITY + YEARS + text)
    staffing = replace(paid.staffing, program=program)
    option = lines.option_of(program, staffing.options)
    return tuple(each / 100 for each in lines.of(staffing, option, course.of(staffing, hires, option))[-1].known)


def test_a_cost_for_each_person_keeps_to_its_days(paid: People) -> None:
    cost = '[[cost]]\nname = "It"\namount = 1000\nfor_each = "person"\nfrom = 2028-07-01\nuntil = 2029-06-30\n'
    found = only(paid, cost)
    assert found[0] == 0
    assert found[1] > 1000
    assert found[2:] == (0, 0, 0)


def test_what_ends_before_the_program_begins_costs_nothing(paid: People) -> None:
    hires = paid.structure.hires
    assert hires is not None
    late = replace(hires, posted=dt.date(2027, 12, 1), months=tuple(replace(m, first_day=hiring.first_of(m.first_day, 7)) for m in hires.months))  # fmt: skip
    cost = '[[cost]]\nname = "It"\namount = 120_000\nuntil = 2027-11-30\n'
    assert only(paid, cost, late) == (0, 0, 0, 0, 0)
    # What is bought comes with the program, not before it.
    assert only(paid, '[[cost]]\nname = "It"\namount = 5\nunit = "once"\n', late)[:2] == (5, 0)
    two_years = replace(late, posted=dt.date(2029, 8, 1))
    assert only(paid, '[[cost]]\nname = "It"\namount = 5\nunit = "once"\n', two_years) == (0, 0, 5, 0, 0)


def test_what_was_bought_before_is_bought_again_when_its_years_are_over(paid: People) -> None:
    cost = '[[cost]]\nname = "It"\namount = 5\nunit = "once"\nfrom = 2026-01-01\nevery_years = 4\n'
    assert only(paid, cost) == (0, 0, 5, 0, 0)
    assert only(paid, cost + "until = 2029-06-30\n") == (0, 0, 0, 0, 0)
    yearly = '[[cost]]\nname = "It"\namount = 5\nunit = "once"\nevery_years = 1\nuntil = 2029-06-30\n'
    assert only(paid, yearly) == (5, 5, 0, 0, 0)


def test_steps_of_pay_begin_with_the_people_not_with_the_budget(paid: People) -> None:
    hires = paid.structure.hires
    assert hires is not None
    late = replace(hires, posted=dt.date(2030, 5, 1))
    found = plain(paid.staffing, late, hired_at="low", step=0.1)
    director = named(found, "Director")
    assert isinstance(director, PeopleLine)
    assert director.steps == (0, 0, 0, 1, 2)
    assert director.there[:2] == (0, 0)


def test_hires_of_before_the_budget_are_not_in_it(paid: People) -> None:
    hires = paid.structure.hires
    assert hires is not None
    months = tuple(replace(m, first_day=hiring.first_of(m.first_day, -24)) for m in hires.months)
    early = course.of(
        paid.staffing, replace(hires, posted=dt.date(2025, 5, 1), months=months), paid.staffing.options[0]
    )
    assert sum(early.hired) == 0
    assert early.by_year(early.crews) == (1, 1, 1, 1, 1)


def test_nobody_serves_before_the_employers_ramp_up_is_over(paid: People) -> None:
    program = inv.program(inv.EXPECT + PAY + CITY + "ramp_up_months = 6\n" + YEARS)
    ahead = course.of(replace(paid.staffing, program=program), None, paid.staffing.options[0])
    assert ahead.by_year(ahead.serving)[0] == pytest.approx(0.5, abs=0.01)
    assert ahead.by_year(ahead.crews)[0] == 1


def test_a_way_to_employ_the_people_that_there_is_not_is_refused(paid: People) -> None:
    other = paid.staffing.program.model_copy(
        update={"budget": paid.staffing.program.budget.model_copy(update={"option": "hybrid"})}
    )
    with pytest.raises(lines.BudgetError, match="the people can be employed by “city”"):
        lines.option_of(other, paid.staffing.options)


def test_posts_that_are_only_proposed_stand_in_no_sum_and_by_name(paid: People) -> None:
    option = paid.staffing.options[0]
    proposed = [post for post in paid.structure.posts if post.proposed]
    found = lines.of(paid.staffing, option, course.of(paid.staffing, None, option), proposed=proposed)
    assert proposed
    told = [line for line in found if isinstance(line, PeopleLine) and line.proposed]
    assert len(told) == len(proposed)
    assert all(line.unknown for line in told)
    assert str(told[0].name).endswith("(proposed)")
