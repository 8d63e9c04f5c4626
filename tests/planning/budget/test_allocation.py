"""Who pays what: against an exhaustive cut, against a checker of its own, and by hand where money has conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.planning.budget import allocation, sources
from rightcall.planning.budget.allocation import Allocation
from rightcall.planning.budget.course import Course, Growth
from rightcall.planning.budget.lines import Line
from rightcall.planning.budget.sources import Source
from rightcall.program.fiscal_years import FiscalYear
from rightcall.program.money import Fund, Medicaid

YEARS = tuple(FiscalYear(dt.date(2027 + k, 7, 1), dt.date(2028 + k, 6, 30)) for k in range(5))


def line(name: str, *cents: int | None, tags: Sequence[str] = (), paid_by: str = "") -> Line:
    return Line(name, "other", frozenset({"other", name, *tags}), False, paid_by, "", cents)


def source(name: str, *most: int | None, total: int | None = None, **said: Any) -> Source:
    return Source(Fund(name=name, **{"kind": "grant", **said}), most, total)


def check(found: Allocation, lines: Sequence[Line], money: Sequence[Source]) -> None:
    """Everything that an allocation must keep, looked at one by one; shares no code with the program that made it."""
    paid, gap = found.paid, found.gap
    assert paid.min(initial=0) >= 0
    assert gap.min(initial=0) >= 0
    years = gap.shape[1] if gap.ndim == 2 else 0
    for n, each in enumerate(lines):
        for k in range(years):
            assert int(paid[:, n, k].sum()) + int(gap[n, k]) == (each.cents[k] or 0)
    for s, given_ in enumerate(money):
        for k in range(years):
            assert int(paid[s, :, k].sum()) <= (given_.most[k] or 0)
            for n, each in enumerate(lines):
                if given_.fund.pays_for and not set(given_.fund.pays_for) & set(each.tags):
                    assert paid[s, n, k] == 0
        if given_.total is not None:
            assert int(paid[s].sum()) <= given_.total


def least_gap(costs: Sequence[int], tags: Sequence[frozenset[str]], money: Sequence[tuple[int, frozenset[str]]]) -> int:
    """The gap that nobody can avoid in one year: over all sets of lines, what they cost beyond all who may pay for any."""
    every = range(len(costs))
    worst = 0
    for chosen in chain.from_iterable(combinations(every, size) for size in range(len(costs) + 1)):
        may = sum(most for most, uses in money if any(not uses or uses & tags[n] for n in chosen))
        worst = max(worst, sum(costs[n] for n in chosen) - may)
    return worst


USES = ("a", "b", "c")
some = st.lists(st.sampled_from(USES), max_size=3, unique=True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**9), some), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 10**9), some), max_size=5),
)
def test_the_gap_is_the_least_that_there_can_be(costs: list[Any], money: list[Any]) -> None:
    lines = [line(f"l{n}", cents, tags=tags) for n, (cents, tags) in enumerate(costs)]
    funds = [source(f"s{s}", most, pays_for=tuple(uses)) for s, (most, uses) in enumerate(money)]
    found = allocation.allocate(lines, funds, years=YEARS[:1])
    check(found, lines, funds)
    exact = least_gap(
        [c for c, _ in costs], [frozenset(t) | {"other"} for _, t in costs], [(m, frozenset(u)) for m, u in money]
    )
    assert int(found.gap.sum()) == pytest.approx(exact, abs=len(lines) * (len(funds) + 1))
    assert int(found.gap.sum()) >= exact


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_ceilings_over_years_and_matches_hold(data: st.DataObject) -> None:
    cents = st.integers(0, 10**8)
    lines = [line(f"l{n}", *data.draw(st.tuples(cents, cents, cents)), tags=data.draw(some)) for n in range(3)]
    funds = [
        source("city", *data.draw(st.tuples(cents, cents, cents)), kind="city"),
        source("grant", *data.draw(st.tuples(cents, cents, cents)), total=data.draw(cents), match=data.draw(st.sampled_from([0.0, 0.2, 0.5])), pays_for=tuple(data.draw(some))),
    ]  # fmt: skip
    found = allocation.allocate(lines, funds, years=YEARS[:3])
    check(found, lines, funds)
    ratio = funds[1].fund.match / (1 - funds[1].fund.match)
    for k in range(3):
        beside = sum(int(found.paid[0, n, k]) for n in range(3) if funds[1].pays(lines[n]))
        assert beside + 10 >= ratio * int(found.paid[1, :, k].sum())


def test_restricted_money_goes_first_then_what_ends_then_the_citys_own() -> None:
    lines = [line("vans", 100_00), line("crew", 100_00)]
    funds = [
        source("general", 200_00, kind="city"),
        source("late", 60_00, until=dt.date(2030, 6, 30)),
        source("soon", 60_00, until=dt.date(2028, 6, 30)),
        source("vans only", 50_00, pays_for=("vans",)),
    ]
    found = allocation.allocate(lines, funds, years=YEARS[:1])
    assert found.by_source[:, 0].tolist() == [30_00, 60_00, 60_00, 50_00]
    assert not found.gap.any()


def test_money_for_one_thing_goes_before_money_for_all_even_if_that_ends_first() -> None:
    lines = [line("vans", 100_00)]
    funds = [source("soon", 100_00, until=dt.date(2028, 6, 30)), source("vans only", 70_00, pays_for=("vans",))]
    assert allocation.allocate(lines, funds, years=YEARS[:1]).by_source[:, 0].tolist() == [30_00, 70_00]


def test_restricted_money_is_not_wasted_on_what_free_money_could_pay() -> None:
    # A greedy hand gives "both" to the vans first and leaves the crew without.
    lines = [line("vans", 100_00), line("crew", 100_00)]
    funds = [source("both", 100_00, pays_for=("vans", "crew")), source("vans", 100_00, pays_for=("vans",))]
    assert not allocation.allocate(lines, funds, years=YEARS[:1]).gap.any()


def test_no_local_dollar_is_the_match_of_two_grants() -> None:
    lines = [line("crew", 400_00)]
    funds = [
        source("city", 50_00, kind="city"), source("one", 300_00, match=0.5, pays_for=("crew",)), source("other", 300_00, match=0.5, pays_for=("crew",)),
    ]  # fmt: skip
    found = allocation.allocate(lines, funds, years=YEARS[:1])
    check(found, lines, funds)
    # Fifty of the city bring fifty of the grants in all, not fifty of each.
    assert found.by_source[1:].sum() == pytest.approx(50_00, abs=2)
    assert found.gap.sum() == pytest.approx(300_00, abs=2)


def test_match_stands_on_costs_that_the_grant_may_pay() -> None:
    lines = [line("crew", 100_00), line("office", 100_00)]
    funds = [source("city", 100_00, kind="city", pays_for=("office",)), source("grant", 100_00, match=0.2, pays_for=("crew",))]  # fmt: skip
    found = allocation.allocate(lines, funds, years=YEARS[:1])
    assert found.by_source[1].sum() == 0


def test_a_promise_comes_before_all_else() -> None:
    lines = [line("crew", 100_00), line("study", 40_00, paid_by="city")]
    funds = [source("city", 60_00, kind="city"), source("grant", 90_00)]
    found = allocation.allocate(lines, funds, years=YEARS[:1])
    assert found.paid[0, 1, 0] == 40_00
    assert not found.gap.any()


def test_a_total_is_spent_once_and_early_years_come_first() -> None:
    lines = [line("crew", 100_00, 100_00, 100_00)]
    found = allocation.allocate(lines, [source("grant", 100_00, 100_00, 100_00, total=150_00)], years=YEARS[:3])
    assert found.by_source[0].tolist() == [100_00, 50_00, 0]
    assert found.gap_by_year.tolist() == [0, 50_00, 100_00]


def test_unknown_costs_and_unknown_money_are_nothing_here() -> None:
    lines = [line("crew", 100_00), line("space", None)]
    found = allocation.allocate(lines, [source("city", None, kind="city")], years=YEARS[:1])
    assert found.paid.sum() == 0
    assert found.gap[:, 0].tolist() == [100_00, 0]
    assert allocation.allocate([], [], years=YEARS).gap_by_year.tolist() == [0] * 5


# ------------------------------------------------------------------ what sources give


DAYS = sum(year.days for year in YEARS)


def ahead(*, serves: dt.date | None = None) -> Course:
    """Everybody is there; nobody serves before a day."""
    whole = np.ones(DAYS)
    late = 0 if serves is None else (serves - YEARS[0].first).days
    return Course(YEARS, whole, np.where(np.arange(DAYS) >= late, 1.0, 0.0), whole, (0.0,) * 5, (0.0, 0.0), 0, Growth(0, 0, 0), "low")  # fmt: skip


def given_by(fund: Fund, course: Course | None = None, in_person: float = 1000.0) -> Source:
    return sources._source(fund, course or ahead(), in_person)


def test_a_source_gives_its_part_of_a_year_and_nothing_outside_its_days() -> None:
    fund = Fund(name="g", amount=366_000.0, **{"from": dt.date(2027, 10, 1), "until": dt.date(2029, 6, 30)})
    assert given_by(fund).known == (274_000_00, 366_000_00, 0, 0, 0)
    whole = given_by(Fund(name="t", total=90_000.0, **{"until": dt.date(2029, 6, 30)}))
    assert (whole.most, whole.total) == ((90_000_00, 90_000_00, 0, 0, 0), 90_000_00)
    unknown = given_by(Fund(name="u"))
    assert (unknown.most, unknown.missing) == ((None,) * 5, ("amount",))


MEDICAID = {"payer_mix": 0.5, "billable": 0.4, "units": 3.0, "rate": 90.0, "collection": 0.8, "city_pays_rest": False}


def test_medicaid_pays_by_the_formula_of_encounters() -> None:
    # Three quarter hours of H2011 at North Carolina's floor are $270 an encounter (planning.md section 8).
    one = Medicaid(
        encounters=1.0, payer_mix=1.0, billable=1.0, units=3.0, rate=90.0, collection=1.0, city_pays_rest=False
    )
    assert sources.billing(one, 0.0) == pytest.approx(270)
    fund = Fund(name="m", kind="medicaid", medicaid=Medicaid(**MEDICAID))
    assert given_by(fund).known[0] == round(1000 * 0.5 * 0.4 * 270 * 0.8 * 100)
    late = given_by(fund, ahead(serves=dt.date(2028, 1, 1)))
    assert late.known[0] == pytest.approx(late.known[1] * 182 / 366, abs=1)
    # A fund that begins when the service does loses nothing by it.
    begins = Fund(name="m", kind="medicaid", medicaid=Medicaid(**MEDICAID), **{"from": dt.date(2028, 1, 1)})
    assert given_by(begins, ahead(serves=dt.date(2028, 1, 1))).known == late.known
    capped = Fund(name="m", kind="medicaid", amount=10_000.0, medicaid=Medicaid(**MEDICAID))
    assert given_by(capped).known[0] == 10_000_00


def test_the_enhanced_federal_share_ends_on_its_day() -> None:
    shares = [{"share": 0.85, "until": dt.date(2028, 3, 31)}, {"share": 0.65}]
    terms = MEDICAID | {"city_pays_rest": True, "federal_share": shares}
    year = YEARS[0]
    whole = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**MEDICAID))).known[0]
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**terms)))
    early, late = year.part(None, dt.date(2028, 3, 31)), year.part(dt.date(2028, 4, 1), None)
    assert found.known[0] == pytest.approx(whole * (0.85 * early + 0.65 * late), abs=2)
    assert found.known[1] == pytest.approx(
        given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**MEDICAID))).known[1] * 0.65, abs=2
    )
    # Money that begins after the enhanced share is paid at the regular one, not at a mean of the year.
    after = Fund(name="m", kind="medicaid", medicaid=Medicaid(**terms), **{"from": dt.date(2028, 4, 1)})
    assert given_by(after).known[0] == pytest.approx(whole * 0.65 * late, abs=2)


def test_a_federal_share_that_nobody_says_any_more_is_unknown_and_not_nothing() -> None:
    shares = [{"share": 0.85, "until": dt.date(2029, 6, 30)}]
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**(MEDICAID | {"city_pays_rest": True, "federal_share": shares}))))  # fmt: skip
    assert [each is None for each in found.most] == [False, False, True, True, True]
    assert found.missing == ("federal_share",)


def test_a_source_may_grow_and_its_whole_may_be_unknown() -> None:
    found = given_by(Fund(name="g", amount=100_000.0, grows=0.1, total="unknown"))
    assert found.known[:3] == (100_000_00, 110_000_00, 121_000_00)
    assert (found.total, found.missing) == (None, ("total",))


@pytest.mark.parametrize("factor", ["payer_mix", "billable", "units", "rate", "collection", "city_pays_rest"])
def test_a_factor_that_nobody_says_makes_the_money_unknown_and_is_named(factor: str) -> None:
    said = {name: value for name, value in MEDICAID.items() if name != factor}
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**said)))
    assert found.missing == (factor,)
    assert found.most == (None,) * 5


def test_who_bears_the_rest_needs_the_federal_share() -> None:
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**(MEDICAID | {"city_pays_rest": True}))))
    assert found.missing == ("federal_share",)


def test_the_cliff_is_the_greatest_fall_of_what_others_can_give() -> None:
    money = [source("city", 5, 1, 1, kind="city"), source("a", 9, 9, 2), source("b", 3, 0, 0)]
    found = sources.cliff(money, [[5, 1, 1], [9, 9, 2], [3, 0, 0]], YEARS[:3])
    assert found is not None
    # Both falls follow each other: from twelve to two.
    assert (found.before, found.year, found.fall) == (YEARS[0], YEARS[2], 10)
    assert found.changes == (("a", -7), ("b", -3))
    assert sources.cliff(money[:1], [[5, 1, 1]], YEARS[:3]) is None
    assert sources.cliff([], [], YEARS) is None


def test_a_countys_money_can_fall_away_and_what_is_only_not_needed_does_not() -> None:
    county = source("county", 20, 0, kind="county")
    found = sources.cliff([county], [[20, 0]], YEARS[:2])
    assert found is not None
    assert found.fall == 20
    # The grant goes on; only the vans that it paid are bought.
    assert sources.cliff([source("vans", 25, 25)], [[25, 0]], YEARS[:2]) is None
    # What ends is told beside what begins.
    both = [source("a", 100, 0), source("b", 0, 90)]
    told = sources.cliff(both, [[100, 0], [0, 90]], YEARS[:2])
    assert told is not None
    assert (told.fall, told.changes) == (10, (("a", -100), ("b", 90)))
