"""Units needed: the modified offered load, against the known answers and a chain solved minute by minute."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.planning.staffing import need
from rightcall.simulation import queues

HOUR = 60


def waits(servers: list[int], mean: float, swing: float, per: int = 60) -> np.ndarray:
    """P(all are busy) in each hour of the third day, M(t)/M/s(t), service of an hour: Kolmogorov's equations by RK4."""
    top = int(2.5 * (mean + swing) + 60)
    n, p, dt = np.arange(top + 1), np.zeros(top + 1), 1 / per
    p[int(mean)] = 1

    def moved(p: np.ndarray, t: float, s: int) -> np.ndarray:
        up, down = (mean + swing * math.sin(2 * math.pi * t / 24)) * p, np.minimum(n, s) * p
        up[-1] = 0
        out = -up - down
        out[1:] += up[:-1]
        out[:-1] += down[1:]
        return out

    found = np.zeros(24)
    for _ in range(3):
        for hour in range(24):
            s, seen = servers[hour], 0.0
            for k in range(per):
                t = hour + k * dt
                a = moved(p, t, s)
                b = moved(p + dt / 2 * a, t + dt / 2, s)
                c = moved(p + dt / 2 * b, t + dt / 2, s)
                d = moved(p + dt * c, t + dt, s)
                after = p + dt / 6 * (a + 2 * b + 2 * c + d)
                seen += (p[s:].sum() + after[s:].sum()) / 2
                p = after
            found[hour] = seen / per
    return found


def rates(mean: float, swing: float, slots: int) -> np.ndarray:
    """Calls a minute, the mean of each part of a day."""
    at = (np.arange(slots * 100) + 0.5) / (slots * 100) * 24
    return (mean + swing * np.sin(2 * np.pi * at / 24)).reshape(slots, 100).mean(axis=1) / HOUR


def exponential(mean: float, n: int = 40_000) -> np.ndarray:
    return -np.log(1 - (np.arange(n) + 0.5) / n) * mean


def fewest(load: np.ndarray) -> list[int]:
    return need.units(load, service=HOUR, share=0.9, within=0).tolist()


@pytest.mark.parametrize(
    ("mean", "swing", "by_hour", "worst", "over", "by_load", "worst_by_load"),
    [(6, 4, 250, 0.206, 7, 247, 0.098), (20, 12, 654, 0.320, 11, 656, 0.102)],
)
def test_hour_by_hour_erlang_understaffs_and_the_modified_offered_load_does_not(
    mean: float, swing: float, by_hour: int, worst: float, over: int, by_load: int, worst_by_load: float
) -> None:
    plain = fewest(rates(mean, swing, 24) * HOUR)
    assert sum(plain) == by_hour
    late = waits(plain, mean, swing)
    assert late.max() == pytest.approx(worst, abs=1e-3)
    assert (late > 0.12).sum() == over
    load = need.offered_load(rates(mean, swing, 288), durations=exponential(HOUR), slot=5, step=1).reshape(24, -1)
    better = fewest(load.mean(axis=1))
    assert sum(better) == by_load
    assert waits(better, mean, swing).max() == pytest.approx(worst_by_load, abs=1e-3)


def test_a_lag_of_one_service_time_nearly_does_too() -> None:
    lagged = fewest(np.roll(rates(6, 4, 24) * HOUR, 1))
    assert sum(lagged) == 250
    assert waits(lagged, 6, 4).max() == pytest.approx(0.092, abs=1e-3)


def test_the_load_is_that_of_eick_massey_and_whitt() -> None:
    load = need.offered_load(rates(6, 4, 1440), durations=exponential(HOUR), slot=1, step=1)
    exact = queues.offered_load(mean=6, swing=4, period=24, service=1)
    assert load == pytest.approx([exact((k + 1) / 60) for k in range(1440)], abs=0.01)


@given(st.lists(st.floats(1, 300), min_size=1, max_size=20), st.floats(0.001, 1))
def test_an_even_rate_offers_rate_times_mean_duration_whatever_the_law(durations: list[float], rate: float) -> None:
    load = need.offered_load(np.full(need.SLOTS, rate), durations=np.array(durations))
    assert load == pytest.approx(np.full(need.SLOTS, rate * np.mean(durations)), rel=1e-9)


def test_calls_of_sunday_night_load_monday_morning() -> None:
    arrivals = np.zeros(need.SLOTS)
    arrivals[-1] = 1 / 30
    load = need.offered_load(arrivals, durations=np.full(10, 90.0))
    assert load[0] == pytest.approx(1, abs=0.01)
    assert load[100] == pytest.approx(0, abs=1e-9)


@given(st.floats(0, 30), st.floats(0, 5), st.floats(0.5, 0.98), st.floats(0, 30))
def test_more_load_never_needs_fewer_units(load: float, more: float, share: float, within: float) -> None:
    few, many = need.units(np.array([load, load + more]), service=45, share=share, within=within)
    assert few <= many


@given(st.floats(0.1, 20), st.floats(0.5, 0.97), st.floats(0, 30))
def test_one_unit_fewer_would_miss(load: float, share: float, within: float) -> None:
    (units,) = need.units(np.array([load]), service=45, share=share, within=within).tolist()

    def reached(n: int) -> bool:
        return n > load and queues.erlang_c(servers=n, arrivals=load / 45, service=45).within(within) >= share

    assert reached(units)
    assert not reached(units - 1)


def test_the_largest_city_finds_its_units_too() -> None:
    (units,) = need.units(np.array([900.0]), service=45, share=0.9, within=0).tolist()
    # The square-root law: a tenth wait with 1.28 or so roots of the load to spare.
    assert 900 + 30 < units < 900 + 2 * 30


def test_no_load_needs_nobody_but_those_who_must_be_there() -> None:
    assert need.units(np.zeros(3), service=45, share=0.9, within=0).tolist() == [0, 0, 0]
    assert need.units(np.zeros(3), service=45, share=0.9, within=0, at_least=1).tolist() == [1, 1, 1]
