"""Many runs: the same for any number of threads, as many as are needed, and designs that meet the same luck."""

from __future__ import annotations

import math

import numpy as np
import pytest
import queueing as q

from rightcall.simulation import arrays as a
from rightcall.simulation import replications
from rightcall.simulation.arrays import Log, Real, Scenario


def figures(scenario: Scenario, log: Log) -> Real:
    """Share unserved, mean wait, and how long each unit was busy."""
    wait = q.waits(log, scenario.calls)
    return np.array(
        [(log.code[:, a.FATE] == a.UNSERVED).mean(), np.nanmean(wait), *a.busy(log, units=len(scenario.units.team))]
    )


def unserved(scenario: Scenario, log: Log) -> Real:
    return np.array([(log.code[:, a.FATE] == a.UNSERVED).mean()])


def design(units: int) -> Scenario:
    calls = q.arrivals(rates=[0.1], end=10_000, seed=5)
    kinds = q.kinds(mean=30.0, hold=15.0)
    return q.scenario(calls, kinds, q.units([0] * units))


def test_the_result_is_the_same_to_the_last_bit_for_any_number_of_threads() -> None:
    one = replications.replicate(replications.fixed(design(3), read=figures), first=1, count=12, workers=1)
    two = replications.replicate(replications.fixed(design(3), read=figures), first=1, count=12, workers=2)
    parts = [
        replications.replicate(replications.fixed(design(3), read=figures), first=k, count=4, workers=3)
        for k in (1, 5, 9)
    ]
    assert one.tobytes() == two.tobytes() == np.concatenate(parts).tobytes()
    assert len(np.unique(one[:, 0])) > 3


def test_a_van_more_is_seen_clearer_with_shared_luck() -> None:
    three, four = (
        replications.replicate(replications.fixed(design(n), read=unserved), first=1, count=40) for n in (3, 4)
    )
    other = replications.replicate(replications.fixed(design(4), read=unserved), first=1001, count=40)
    paired, apart = replications.differences(four, three)[0], replications.differences(other, three)[0]
    assert paired.high < 0
    assert paired.high - paired.low < 0.8 * (apart.high - apart.low)


def test_it_runs_until_it_knows_enough_and_no_longer() -> None:
    steps = list(
        replications.until(
            [replications.fixed(design(3), read=unserved)], watch=slice(0, 1), half_width=0.004, most=200, batch=5
        )
    )
    found = [replications.estimates(results)[0] for (results,) in steps]
    widths = [estimate.high - estimate.value for estimate in found]
    assert widths[-1] <= 0.004
    assert all(width > 0.004 for width in widths[:-1])
    assert len(steps) > 1
    rough = list(
        replications.until([replications.fixed(design(3), read=unserved)], watch=slice(0, 1), half_width=1.0, most=200)
    )
    assert len(rough) == 1
    never = replications.until(
        [replications.fixed(design(3), read=unserved)], watch=slice(0, 1), half_width=1e-9, most=23
    )
    assert len(list(never)[-1][0]) == 23


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    hits = sum(e.low <= 5 <= e.high for e in replications.estimates(draw.normal(5, 2, (8, 2000))))
    assert abs(hits - 1900) < 4 * math.sqrt(2000 * 0.95 * 0.05)


def test_what_is_not_known_does_not_count() -> None:
    got = replications.estimates(np.array([[1.0, math.nan, math.nan], [3.0, 2.0, math.nan]]))
    assert got[0].value == 2
    assert (got[1].value, got[1].high) == (2, math.inf)
    assert math.isnan(got[2].value)


def test_a_log_is_written_over() -> None:
    from rightcall.simulation import kernel

    scenario = design(3)
    fresh = kernel.run(scenario, seed=2)
    used = kernel.run(scenario, seed=2, into=kernel.run(scenario, seed=9))
    assert np.array_equal(fresh.time, used.time, equal_nan=True)
    assert np.array_equal(fresh.code, used.code)
    assert np.array_equal(fresh.overtime, used.overtime)


def test_busy_time_is_that_of_the_load() -> None:
    scenario = design(6)
    got = replications.replicate(
        replications.fixed(scenario, read=lambda _, log: a.busy(log, units=6)), first=1, count=20
    )
    assert got.sum(axis=1).mean() == pytest.approx(len(scenario.calls.at) * 30, rel=0.03)
