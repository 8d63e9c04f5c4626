"""Known answers for the few formulas that every measure uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.measures import intervals


def test_wilson_gives_the_textbook_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81 of 263.
    told = intervals.wilson(81, 263)
    assert (round(told.low, 4), round(told.high, 4)) == (0.2553, 0.3662)
    nothing = intervals.wilson(0, 20)
    assert (nothing.low, round(nothing.high, 4)) == (0.0, 0.1611)


def test_wilson_of_22_of_100_on_138_calls_is_21_to_43() -> None:
    told = intervals.wilson(22, 100).times(138)
    assert (round(told.value), round(told.low), round(told.high)) == (30, 21, 43)


def test_no_injury_in_twenty_thousand_is_at_most_fifteen_in_a_hundred_thousand() -> None:
    # Minneapolis: 0 in about 20,000 is at most 0.15 per 1,000.
    assert intervals.rule_of_three(20_000) * 1_000 == pytest.approx(0.15)
    assert intervals.poisson(0, 20_000).high * 1_000 == pytest.approx(0.184, abs=1e-3)


def test_poisson_gives_the_exact_interval_of_garwood() -> None:
    told = intervals.poisson(3, 1)
    assert (round(told.low, 3), round(told.high, 3)) == (0.619, 8.767)


def test_kappa_gives_the_textbook_answer() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa 0.4.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert intervals.kappa(pairs) == pytest.approx(0.4)
    assert intervals.kappa([]) is None
    assert intervals.kappa([("y", "y")] * 3) is None


@given(st.integers(1, 10_000), st.data())
def test_an_interval_holds_its_estimate_and_stays_within_zero_and_one(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    told = intervals.wilson(hits, n)
    assert 0 <= told.low <= told.value + 1e-12
    assert told.value - 1e-12 <= told.high <= 1


def test_new_yorks_published_shares_hold() -> None:
    # Three fiscal years: 59,178 + 37,113 = 96,291; 13,042 of 37,113 unserved; served 24,071.
    assert round(intervals.wilson(13_042, 37_113).value, 3) == 0.351
    assert round(intervals.wilson(37_113 - 13_042, 37_113).value, 3) == 0.649
