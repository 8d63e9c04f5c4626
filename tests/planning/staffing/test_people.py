"""People, pay and employers: the worked examples of the planning reference, and costs by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "simulation"))
import invented_city as inv

from rightcall.planning.staffing import cover, employers, pay, people
from rightcall.planning.staffing.cover import Cover, Lines
from rightcall.planning.staffing.employers import Work
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.shift_types import ShiftType
from rightcall.program.document import Program
from rightcall.program.people import NetHours, Pattern

ALWAYS = ShiftType(0, 48)


def always(seats: dict[str, int], pattern: Pattern | None = None, *, hours: float = 24, lines: int = 1) -> Cover:
    """One crew on duty so many hours of every day, whatever the lines."""
    kind = ShiftType(0, round(hours * 2))
    way = pattern or Pattern(id="x", hours=8, shifts_a_week=5)
    return Cover({kind: (1,) * 7}, (Lines(tuple(seats), way, 0, lines, {kind: (1,) * 7}),), {}, 0.0, 0.0)


def needed(net: float, crew: dict[str, int], **given: Any) -> float:
    hours = NetHours(paid=2080, leave={"absent": 2080 - net})
    return sum(each.people for each in people.needed("community", crew, always(crew, **given), hours=hours, more={}))


@pytest.mark.parametrize(
    ("net", "one", "two", "three"), [(1593, 5.50, 11.00, 16.50), (1698, 5.16, 10.32, 15.48), (1750, 5.01, 10.01, 15.02), (1850, 4.74, 9.47, 14.21)]
)  # fmt: skip
def test_a_seat_around_the_clock_by_net_hours(net: float, one: float, two: float, three: float) -> None:
    # planning.md section 3: 8,760 hours a year / net hours of a person.
    roles = ("clinician", "peer", "emt")
    for count, expected in ((1, one), (2, two), (3, three)):
        assert round(needed(net, dict.fromkeys(roles[:count], 1)), 2) == pytest.approx(expected, abs=0.0051)


@pytest.mark.parametrize(("net", "one", "three"), [(1593, 2.75, 8.25), (1698, 2.58, 7.74)])
def test_twelve_hours_a_day_by_net_hours(net: float, one: float, three: float) -> None:
    assert round(needed(net, {"clinician": 1}, hours=12), 2) == one
    assert round(needed(net, dict.fromkeys(("clinician", "peer", "emt"), 1), hours=12), 2) == pytest.approx(
        three, abs=0.0051
    )


def test_four_administrative_hours_of_forty_leave_ninety_percent() -> None:
    twelves = people.USUAL_PATTERNS[2]
    assert cover.net_hours(twelves, net=1698) == pytest.approx(1528.2)
    assert round(needed(1698, {"clinician": 1}, pattern=twelves, hours=12), 2) == 2.87
    assert round(needed(1698, dict.fromkeys(("clinician", "peer", "emt"), 1), pattern=twelves, hours=12), 2) == 8.60


def test_the_usual_person_works_1698_hours() -> None:
    assert people.USUAL_HOURS.net == 1698
    assert 2920 / people.USUAL_HOURS.net == pytest.approx(1.72, abs=0.001)


def test_leave_is_paid_and_duties_are_worked() -> None:
    hours = NetHours(paid=2080, leave={"vacation": 120, "sick leave": 80}, duties={"training": 100})
    assert (hours.worked, hours.net) == (1880, 1780)


def test_posts_stand_empty_between_leavers_and_their_successors() -> None:
    hours = NetHours(turnover=0.2, months_to_fill=6)
    # A fifth leaves a year and each post stays empty for half a year: a tenth of those who are there.
    assert hours.vacancy == pytest.approx(0.1 / 1.1)
    (found,) = people.needed("t", {"clinician": 1}, always({"clinician": 1}), hours=NetHours(leave={"absent": 382}, turnover=0.2, months_to_fill=6), more={})  # fmt: skip
    assert found.posts == pytest.approx(found.people * 1.1)
    assert NetHours(turnover=0.2).vacancy is None


def test_people_are_never_fewer_than_the_lines() -> None:
    (found,) = people.needed(
        "t", {"clinician": 1}, always({"clinician": 1}, lines=6), hours=people.USUAL_HOURS, more={}
    )
    assert (found.lines, found.people) == (6, 6.0)
    assert found.by_hours == pytest.approx(5.159, abs=0.001)
    lines = (("clinician",), 0, "x")
    (more,) = people.needed(
        "t", {"clinician": 1}, always({"clinician": 1}, lines=6), hours=people.USUAL_HOURS, more={lines: 2}
    )
    assert more.people == 8


# ------------------------------------------------------------------ employers

PAID = """
[[position]]
title = "Clinician"
role = "clinician"
employer = "unknown"
pay = { low = 62400, high = 83200, unit = "year" }
[[position]]
title = "Peer"
role = "peer"
employer = "unknown"
pay = { low = 20, high = 30, unit = "hour" }
"""
BOTH = (
    PAID
    + """
[[employer]]
id = "city"
kind = "city"
benefits = 0.5
overhead = 0.1
vacancy = 0
oversight = 0
liability = 20000
start_up = 100000
ramp_up_months = 3
data_access = "full"
dispatch_control = "full"
[[employer]]
id = "Harbor"
name = "Harbor Health"
kind = "contractor"
benefits = 0.4
overhead = 0.2
vacancy = 0
oversight = 60000
liability = 0
start_up = 50000
ramp_up_months = 6
"""
)
WORK = Work({"clinician": 10.0, "peer": 5.0}, {"clinician": 100.0, "peer": 0.0}, 1000.0)
HOURS = NetHours(paid=2080, leave={"absent": 80})


def program(text: str) -> Program:
    return inv.program(inv.EXPECT + text)


def test_both_employers_are_costed_by_hand() -> None:
    city, contractor, hybrid = employers.options(program(BOTH), WORK, hours=HOURS)
    # Hours paid, leave among them, with benefits; overtime and differentials without.
    clinicians, peers = 10 * 2080, 5 * 2080
    assert city.low == pytest.approx(((clinicians * 1.5 + 100) * 30 + peers * 1.5 * 20) * 1.1 + 20_000 + 1000)
    assert city.high == pytest.approx(((clinicians * 1.5 + 100) * 40 + peers * 1.5 * 30) * 1.1 + 20_000 + 1000)
    assert contractor.low == pytest.approx(((clinicians * 1.4 + 100) * 30 + peers * 1.4 * 20) * 1.2 + 60_000 + 1000)
    assert (city.missing, contractor.missing) == ((), ())
    assert (city.once, city.first_year, contractor.once, contractor.first_year) == (100_000, 0.75, 50_000, 0.5)
    assert hybrid.employers == {"clinician": "Harbor", "peer": "city"}
    assert hybrid.low == pytest.approx((clinicians * 1.4 + 100) * 30 * 1.2 + peers * 20 * 1.5 * 1.1 + 80_000 + 1000)
    assert (hybrid.once, hybrid.first_year) == (150_000, 0.5)


def test_the_shifts_of_empty_posts_are_overtime_and_their_pay_is_saved() -> None:
    rule = '[overtime]\nafter_hours = 40\nrate = 1.5\nexempt = ["clinician"]\ncounsel = "City attorney, March"\n'
    document = program(BOTH.replace("vacancy = 0", "vacancy = 0.1", 1) + rule)
    city, contractor, _ = employers.options(document, WORK, hours=HOURS)
    # One clinician of ten, paid straight time for what others work, and half a peer of five at time and a half.
    clinicians = 9 * 2080 * 1.5 + 1 * 2000 * 1.0 + 100
    peers = 4.5 * 2080 * 1.5 + 0.5 * 2000 * 1.5
    assert city.low == pytest.approx((clinicians * 30 + peers * 20) * 1.1 + 20_000 + 1000)
    assert contractor.low == pytest.approx(((20_800 * 1.4 + 100) * 30 + 10_400 * 1.4 * 20) * 1.2 + 60_000 + 1000)


def test_they_break_even_where_both_cost_the_same() -> None:
    document = program(BOTH)
    city, contractor, _ = found = employers.options(document, WORK, hours=HOURS)
    even = employers.break_even(document, found, people=15)
    assert even is not None
    assert even.room == pytest.approx(city.middle - contractor.middle)
    assert even.overhead is not None
    again = program(BOTH.replace("overhead = 0.2", f"overhead = {even.overhead}"))
    one, other, _ = employers.options(again, WORK, hours=HOURS)
    assert one.middle == pytest.approx(other.middle)


def test_by_size_they_cross_where_fixed_costs_are_made_good() -> None:
    cheap = BOTH.replace("overhead = 0.2", "overhead = 0.05")
    document = program(cheap)
    work = Work(WORK.people, {"clinician": 0.0, "peer": 0.0})
    even = employers.break_even(document, employers.options(document, work, hours=HOURS), people=15)
    assert even is not None
    assert even.people is not None
    scale = even.people / 15
    at = Work({role: count * scale for role, count in work.people.items()}, work.extra)
    one, other, _ = employers.options(document, at, hours=HOURS)
    assert one.middle == pytest.approx(other.middle)


def test_what_nobody_says_is_missing_and_never_guessed() -> None:
    city, contractor, _ = employers.options(program(PAID), WORK, hours=HOURS)
    assert city.missing == tuple(("city", amount) for amount in ("overhead", "vacancy", "oversight", "liability"))
    assert city.once is None
    assert city.low == pytest.approx((20_800 * 1.451 + 100) * 30 + 10_400 * 1.451 * 20 + 1000)
    assert contractor.low < city.low
    nobody = employers.options(program(""), WORK, hours=HOURS)
    assert nobody[0].missing[:2] == (("city", "clinician"), ("city", "peer"))
    assert employers.break_even(program(""), nobody, people=15) is None


def test_positions_as_written_are_the_hybrid() -> None:
    text = BOTH.replace('role = "peer"\nemployer = "unknown"', 'role = "peer"\nemployer = "Harbor"').replace(
        'role = "clinician"\nemployer = "unknown"', 'role = "clinician"\nemployer = "city"'
    )
    assert employers.options(program(text), WORK, hours=HOURS)[-1].employers == {"clinician": "city", "peer": "Harbor"}


def test_the_benefits_of_the_usual_employers_are_those_of_the_bureau_less_paid_leave() -> None:
    assert pytest.approx((38.5 - 7.4) / (61.5 + 7.4), abs=5e-4) == employers.CITY_BENEFITS
    assert pytest.approx((29.8 - 7.4) / (70.2 + 7.4), abs=5e-4) == employers.PRIVATE_BENEFITS


def test_a_salary_is_paid_whole_whatever_the_hours_of_a_year_are() -> None:
    short = NetHours(paid=1950, leave={"absent": 250})
    city = employers.options(
        program(BOTH.replace("overhead = 0.1", "overhead = 0")), Work({"clinician": 1.0}, {}), hours=short
    )[0]
    assert city.low == pytest.approx(62_400 * 1.5 + 20_000)


def test_posts_beside_the_crews_are_paid_where_their_number_and_pay_are_stated() -> None:
    more = (
        PAID
        + '[[position]]\ntitle = "Director"\ncount = 1\npay = { low = 100000, high = 120000, unit = "year" }\n[[position]]\ntitle = "Analyst"\ncount = 1\n'
    )
    crews = {"clinician": 1.0, "peer": 1.0}
    assert pay.others(program(more), crews) == ((1.0, (100_000 / 2080, 120_000 / 2080), ""),)
    without, with_it = (
        employers.options(program(more), Work(crews, {}, 0.0, others), hours=HOURS)[0]
        for others in ((), pay.others(program(more), crews))
    )
    assert with_it.low - without.low == pytest.approx(100_000 * 1.451)


def test_employers_that_are_no_employers_of_the_document_make_no_hybrid() -> None:
    text = PAID.replace(
        'role = "clinician"\nemployer = "unknown"', 'role = "clinician"\nemployer = "county health"'
    ).replace('role = "peer"\nemployer = "unknown"', 'role = "peer"\nemployer = "city"')
    assert employers.options(program(text), WORK, hours=HOURS)[-1].employers == {
        "clinician": "contractor",
        "peer": "city",
    }
    only_peers = BOTH.replace('kind = "contractor"', 'kind = "contractor"\nroles = ["peer"]')
    found = employers.options(program(only_peers), WORK, hours=HOURS)
    assert [option.name for option in found] == ["city", "hybrid"]
    assert found[-1].employers == {"clinician": "city", "peer": "Harbor"}


def test_an_employers_own_pay_comes_first_and_its_share_of_anothers_next() -> None:
    own = (
        BOTH
        + '[[position]]\ntitle = "Harbor clinician"\nrole = "clinician"\nemployer = "Harbor"\npay = { low = 25, high = 25, unit = "hour" }\n'
    )
    harbor = next(each for each in program(own).employer if each.id == "Harbor")
    assert employers.hourly(program(own), "clinician", harbor, year=2080) == (25, 25)
    less = program(BOTH.replace('name = "Harbor Health"', 'name = "Harbor Health"\npay = 0.9'))
    assert employers.hourly(less, "peer", less.employer[1], year=2080) == pytest.approx((18, 27))


# ------------------------------------------------------------------ what is paid on top


def work(text: str, *, late: float = 0.0, paid: float = 40.0, crew: dict[str, int] | None = None) -> Work:
    document = program(text)
    seats = crew or {"clinician": 1, "peer": 1}
    team = document.team[1].model_copy(update={"crew": seats})
    way = Pattern(id="x", hours=8, shifts_a_week=5, administrative_hours=paid - 40)
    got = Cover({ALWAYS: (1,) * 7}, (Lines(tuple(seats), way, 0, 6, {}),), {}, 0.0, 0.0)
    return pay.work(
        document, [(team, got)], dict.fromkeys(seats, 6.0), late={"community": late}, years=range(2026, 2027)
    )


def test_hours_past_the_end_of_a_shift_are_overtime_for_everybody_on_the_crew() -> None:
    assert work("", late=100).extra == {"clinician": 150, "peer": 150}
    assert work('[overtime]\nrate = 2\nexempt = ["peer"]\ncounsel = "memo of 2026"\n', late=100).extra == {
        "clinician": 200,
        "peer": 0,
    }


def test_hours_beyond_forty_a_week_are_paid_half_more() -> None:
    assert work("", paid=44).extra["peer"] == pytest.approx(6 * 4 * 365 / 7 * 0.5)


def test_nights_weekends_and_holidays_are_paid_on_top() -> None:
    night = work('[[premium]]\nkind = "night"\nrate = 0.1\nstarts = "22:00"\nhours = 8\n')
    assert night.extra["clinician"] == pytest.approx(8 * 365 * 0.1)
    weekend = work('[[premium]]\nkind = "weekend"\ndollars = 2\nroles = ["peer"]\n')
    assert weekend.extra == {"clinician": 0, "peer": 0}
    assert weekend.dollars == pytest.approx(48 * 365 / 7 * 2)
    holiday = work('[[premium]]\nkind = "holiday"\nrate = 1\n')
    days = holiday.extra["peer"] / 24
    assert 9 <= days <= 16
    call = work('[[premium]]\nkind = "on call"\ndollars = 3\nhours_a_week = 168\nroles = ["clinician"]\n')
    assert call.dollars == pytest.approx(168 * 365 / 7 * 3)


def test_a_night_premium_reaches_into_the_next_day() -> None:
    document = program('[[premium]]\nkind = "night"\nrate = 0.1\nstarts = "22:00"\nhours = 8\n')
    share = pay.on_top(document, document.team[1])
    assert share.shape == (SLOTS,)
    assert np.flatnonzero(share[:48]).tolist() == [*range(12), *range(44, 48)]


def test_weights_are_pay_beside_the_mean_and_one_where_any_is_unknown() -> None:
    document = program(PAID)
    team = document.team[1]
    found = pay.weights(document, team)
    assert found["clinician"] / found["peer"] == pytest.approx(35 / 25)
    assert sum(found.values()) / 2 == pytest.approx(1)
    assert pay.weights(program(""), team) == {"clinician": 1.0, "peer": 1.0}
