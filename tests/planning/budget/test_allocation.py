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
from rightcall.planning.budget.fiscal_years import FiscalYear
from rightcall.planning.budget.lines import Line
from rightcall.planning.budget.sources import Source
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


def ahead(*, serving: tuple[float, ...] = (1.0,) * 5) -> Course:
    whole = (1.0,) * 5
    return Course(YEARS, whole, serving, whole, (0.0,) * 5, 0.0, 0, Growth(0, 0, 0), "low")


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
    half = given_by(fund, ahead(serving=(0.5, 1, 1, 1, 1)))
    assert half.known[0] * 2 == half.known[1]
    capped = Fund(name="m", kind="medicaid", amount=10_000.0, medicaid=Medicaid(**MEDICAID))
    assert given_by(capped).known[0] == 10_000_00


def test_the_enhanced_federal_share_ends_on_its_day() -> None:
    shares = [{"share": 0.85, "until": dt.date(2028, 3, 31)}, {"share": 0.65}]
    medicaid = Medicaid(**(MEDICAID | {"city_pays_rest": True, "federal_share": shares}))
    year = YEARS[0]
    early, late = year.part(None, dt.date(2028, 3, 31)), year.part(dt.date(2028, 4, 1), None)
    assert sources.new_money(medicaid, year) == pytest.approx(0.85 * early + 0.65 * late)
    assert sources.new_money(medicaid, YEARS[1]) == pytest.approx(0.65)
    over = Medicaid(**(MEDICAID | {"city_pays_rest": True, "federal_share": shares[:1]}))
    assert sources.new_money(over, YEARS[1]) == 0
    assert sources.new_money(Medicaid(**MEDICAID), year) == 1


@pytest.mark.parametrize("factor", ["payer_mix", "billable", "units", "rate", "collection", "city_pays_rest"])
def test_a_factor_that_nobody_says_makes_the_money_unknown_and_is_named(factor: str) -> None:
    said = {name: value for name, value in MEDICAID.items() if name != factor}
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**said)))
    assert found.missing == (factor,)
    assert found.most == (None,) * 5


def test_who_bears_the_rest_needs_the_federal_share() -> None:
    found = given_by(Fund(name="m", kind="medicaid", medicaid=Medicaid(**(MEDICAID | {"city_pays_rest": True}))))
    assert found.missing == ("federal_share",)


def test_the_cliff_is_the_steepest_fall_of_other_peoples_money() -> None:
    money = [source("city", 5, 1, 1, kind="city"), source("a", 9, 9, 2), source("b", 3, 0, 0)]
    found = sources.cliff(money, np.array([[5, 1, 1], [9, 9, 2], [3, 0, 0]]).tolist(), YEARS[:3])
    assert found is not None
    assert (found.year, found.fall, found.ending) == (YEARS[2], 7, ("a",))
    assert sources.cliff(money[:1], [[5, 1, 1]], YEARS[:3]) is None
    assert sources.cliff([], [], YEARS) is None
