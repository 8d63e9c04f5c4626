"""The known answers of the field: formulas to their digits, simulations within the interval of their own runs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import queueing as q
from scipy import stats

from rightcall.simulation import arrays as a
from rightcall.simulation import hypercube, kernel, luck, queues

LARSON = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1]])
LARSON_RATES = np.array([0.50, 0.25, 0.35, 0.40])


def agrees(run: Callable[[int], float], known: float, *, runs: int = 12) -> None:
    """The mean of some runs lies within their own 99.9 % interval of a known answer, and that interval says something."""
    found = np.array([run(seed) for seed in range(1, runs + 1)])
    half = stats.t.ppf(0.9995, runs - 1) * found.std(ddof=1) / math.sqrt(runs)
    assert abs(found.mean() - known) <= half, (found.mean(), known, half)
    assert half < 0.2 * abs(known)


# ---------------------------------------------------------------- formulas


def test_larsons_three_servers_with_a_queue() -> None:
    got = hypercube.solve(rates=LARSON_RATES, preferences=LARSON, service=1.0, waits=True)
    assert got.workload == pytest.approx([0.55736, 0.47337, 0.46926], abs=5e-6)
    # Named by units 3, 2, 1: state 3 is units 1 and 2 busy.
    assert got.states == pytest.approx(
        [0.21053, 0.13669, 0.08863, 0.09489, 0.09047, 0.08894, 0.05301, 0.11842], abs=6e-6
    )
    assert got.queued == pytest.approx(0.11842, abs=5e-6)
    assert got.sent.sum() == pytest.approx(1)
    assert got.states.sum() + got.queued == pytest.approx(1)


def test_larsons_approximation() -> None:
    assert hypercube.correction(units=3, busy=0.5) == pytest.approx([1, 0.73684, 0.63158], abs=5e-6)
    third = hypercube.approximate(rates=LARSON_RATES, preferences=LARSON, service=1.0, rounds=3)
    assert third == pytest.approx([0.5627, 0.4716, 0.4657], abs=6e-5)
    end = hypercube.approximate(rates=LARSON_RATES, preferences=LARSON, service=1.0)
    assert end == pytest.approx([0.56263, 0.47170, 0.46566], abs=6e-6)


def test_larsons_three_servers_without_a_queue() -> None:
    got = hypercube.solve(rates=LARSON_RATES, preferences=LARSON, service=1.0, waits=False)
    assert got.workload == pytest.approx([0.49791, 0.40263, 0.39797], abs=5e-6)
    assert got.lost == pytest.approx(0.134328, abs=5e-7)
    assert got.lost == pytest.approx(queues.erlang_b(servers=3, load=1.5))
    assert got.sent.sum() == pytest.approx(1 - got.lost)


def line(w: float) -> tuple[float, float]:
    """Two units on a line from -1 to 1, at .75 and -.25, the first for all that is less than `w` to its left: mean travel
    and how much more the first works. Cells of 1/252 hold no home and no boundary, so that sums are exact.
    """
    at = -1 + (np.arange(504) + 0.5) / 252
    heavy = at > 0.75
    rates = 1.25 * np.where(heavy, 0.5 / heavy.sum(), 0.5 / (~heavy).sum())
    order = np.where((at > 0.75 - w)[:, None], [0, 1], [1, 0])
    got = hypercube.solve(rates=rates, preferences=order, service=1.0, waits=False)
    travel = np.abs(at[:, None] - np.array([0.75, -0.25]))
    return float((got.sent * travel).sum() / got.sent.sum()), float(got.workload[0] - got.workload[1])


def test_the_best_boundary_between_two_units() -> None:
    best = 53 / 126
    assert line(1 / 2) == pytest.approx((0.46246, 0.05236), abs=6e-6)
    assert line(best) == pytest.approx((0.46166, 0.04405), abs=6e-6)
    assert line(best)[0] == min(line(k / 252)[0] for k in range(96, 117))
    # At the boundary the call goes to the unit that is nearer by s0.
    assert (1 - best) - best == pytest.approx(10 / 63)


def test_nine_units_on_a_line() -> None:
    atoms, homes = np.arange(18) + 0.5, 2 * np.arange(9) + 1.0
    order = np.argsort(np.abs(atoms[:, None] - homes), axis=1, kind="stable")
    known = {
        0.3: (0.001413, [0.26883, 0.30475, 0.30959]), 0.5: (0.023567, [0.43523, 0.48890, 0.50500]),
        0.7: (0.088505, [0.58414, 0.63596, 0.65493]),
    }  # fmt: skip
    for load, (lost, workload) in known.items():
        got = hypercube.solve(rates=np.full(18, load * 9 / 18), preferences=order, service=1.0, waits=False)
        assert got.lost == pytest.approx(lost, abs=6e-7)
        assert got.workload[:3] == pytest.approx(workload, abs=6e-6)


def test_the_hypercube_says_what_it_cannot_solve() -> None:
    with pytest.raises(hypercube.HypercubeError, match="13 units are too many"):
        hypercube.solve(rates=np.ones(1), preferences=np.arange(13)[None], service=1.0, waits=False)
    with pytest.raises(hypercube.HypercubeError, match="cannot keep up"):
        hypercube.solve(rates=np.array([4.0]), preferences=np.arange(3)[None], service=1.0, waits=True)


def test_servers_with_a_queue() -> None:
    bronson = queues.erlang_c(servers=3, arrivals=300 / 365, service=365 / 182.5)
    assert bronson.length == pytest.approx(0.352, abs=6e-4)
    assert bronson.wait == pytest.approx(0.43, abs=5e-3)
    for servers, length, wait in ((5, 0.2328, 0.0629), (6, 0.0636, 0.0172), (7, 0.0173, 0.0047)):
        got = queues.erlang_c(servers=servers, arrivals=3.7, service=1 / 1.33)
        assert got.length == pytest.approx(length, abs=6e-5)
        assert got.wait == pytest.approx(wait, abs=6e-5)
    assert queues.erlang_c(servers=5, arrivals=3.7, service=1 / 1.33).busy == pytest.approx(0.5564, abs=6e-5)
    desk = queues.erlang_c(servers=14, arrivals=100 / 30, service=3)
    assert desk.waits == pytest.approx(0.1741319335950498, abs=1e-12)
    assert desk.within(20 / 60) == pytest.approx(0.8883500191794669, abs=1e-12)
    with pytest.raises(ValueError, match="cannot keep up"):
        queues.erlang_c(servers=3, arrivals=3, service=1)


def test_lines_that_are_lost_when_busy() -> None:
    assert queues.erlang_b_load(servers=15, blocked=0.01) == pytest.approx(8.108, abs=6e-4)
    assert queues.erlang_b(servers=30, load=25) == pytest.approx(0.052603, abs=6e-7)


def test_callers_who_give_up() -> None:
    got = queues.erlang_a(servers=14, arrivals=100 / 30, service=3, patience=5)
    assert (got.waits, got.abandons, got.busy) == pytest.approx((0.14526, 0.013984, 0.704297), abs=6e-6)
    assert got.wait == pytest.approx(0.069919, abs=6e-7)
    assert got.within(0) == pytest.approx(1 - got.waits)
    assert math.isnan(got.within(1))
    crowd = queues.erlang_a(servers=50, arrivals=48, service=1, patience=2)
    assert (crowd.abandons, crowd.wait * 60, crowd.length, crowd.busy) == pytest.approx((0.030912, 3.7095, 2.9676, 0.93032), abs=5e-5)  # fmt: skip
    patient = queues.erlang_c(servers=50, arrivals=48, service=1)
    assert (patient.wait * 60, patient.length) == pytest.approx((20.8337, 16.667), abs=5e-4)
    assert patient.within(58.139 / 60) == pytest.approx(0.9, abs=1e-5)
    heavy = queues.erlang_a(servers=400, arrivals=900, service=1, patience=1)
    assert heavy.length == pytest.approx(500, abs=1)


def test_urgent_calls_first() -> None:
    known = [0.0157, 0.0236, 0.0405, 0.0900]
    assert queues.priorities(servers=5, arrivals=[6, 4, 6, 5], service=1 / 6) == pytest.approx(known, abs=6e-5)
    assert queues.priorities(servers=1, arrivals=[0.2, 0.6, 1.2], service=1 / 3) == pytest.approx(
        [0.2381, 0.3247, 0.9091], abs=6e-5
    )
    assert queues.priorities(servers=2, arrivals=[0.2, 0.6, 1.2], service=1 / 3) == pytest.approx(
        [0.0287, 0.0332, 0.0481], abs=6e-5
    )


def test_the_load_of_the_day_lags_behind_its_calls() -> None:
    load = queues.offered_load(mean=6, swing=4, period=24, service=1)
    peak = max(np.arange(0, 24, 0.01), key=load)
    assert 6 < peak < 7.1
    assert load(peak) < 10
    assert np.mean([load(t) for t in np.arange(0, 24, 0.01)]) == pytest.approx(6, abs=1e-3)


# ---------------------------------------------------------------- the kernel


@pytest.mark.parametrize(("servers", "wait"), [(5, 0.0629), (6, 0.0172)])
def test_the_kernel_queues_as_erlang_says(servers: int, wait: float) -> None:
    known = queues.erlang_c(servers=servers, arrivals=3.7, service=1 / 1.33).wait

    def run(seed: int) -> float:
        calls = q.arrivals(rates=[3.7], end=40_000, seed=seed)
        log = kernel.run(q.scenario(calls, q.kinds(mean=1 / 1.33), q.units([0] * servers)), seed=seed)
        return float(q.waits(log, calls)[1000:].mean())

    assert known == pytest.approx(wait, abs=6e-5)
    agrees(run, known)


@pytest.mark.parametrize("law", [luck.EXPONENTIAL, luck.CONSTANT, luck.LOGNORMAL])
def test_the_kernel_loses_as_erlang_says_whatever_the_law_of_service(law: int) -> None:
    kinds = q.kinds(mean=1.0, hold=0.0)
    kinds.law[:, a.ON_SCENE], kinds.spread[:, a.ON_SCENE] = law, 0.8

    def run(seed: int) -> float:
        calls = q.arrivals(rates=[1.5], end=20_000, seed=seed)
        log = kernel.run(q.scenario(calls, kinds, q.units([0] * 3)), seed=seed)
        return float((log.code[:, a.FATE] == a.UNSERVED).mean())

    agrees(run, queues.erlang_b(servers=3, load=1.5))


def test_the_kernels_callers_give_up_as_palm_says() -> None:
    known = queues.erlang_a(servers=14, arrivals=100 / 30, service=3, patience=5)
    kinds = q.kinds(mean=3.0, patience=5.0, phone=True)
    runs = {}
    for seed in range(1, 13):
        calls = q.arrivals(rates=[100 / 30], end=30_000, seed=seed)
        log = kernel.run(q.scenario(calls, kinds, q.units([0] * 14), phone=True), seed=seed)
        gone = log.code[:, a.REASON] == a.GAVE_UP
        wait = np.where(gone, log.time[:, a.GIVEN_UP_AT], log.time[:, a.DESK_ASSIGNED]) - calls.at
        runs[seed] = (gone.mean(), wait.mean(), (wait > 0).mean(), a.busy(log, units=14).sum() / 14 / 30_000)
    for place, value in enumerate((known.abandons, known.wait, known.waits, known.busy)):
        agrees(lambda seed, place=place: runs[seed][place], value)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("servers", "rates", "service"),
    [(5, [6, 4, 6, 5], 1 / 6), (1, [0.2, 0.6, 1.2], 1 / 3), (2, [0.2, 0.6, 1.2], 1 / 3)],
)
def test_the_kernel_takes_urgent_calls_first(servers: int, rates: list[float], service: float) -> None:
    known = queues.priorities(servers=servers, arrivals=rates, service=service)
    kinds = q.kinds(n=len(rates), mean=service, priority=list(range(len(rates))))
    means = {}
    for seed in range(1, 17):
        calls = q.arrivals(rates=rates, end=200_000 / sum(rates), seed=seed)
        log = kernel.run(q.scenario(calls, kinds, q.units([0] * servers)), seed=seed)
        wait = q.waits(log, calls)
        means[seed] = [wait[calls.kind == k].mean() for k in range(len(rates))]
    for k, value in enumerate(known):
        agrees(lambda seed, k=k: means[seed][k], value, runs=16)  # type: ignore[misc]


@pytest.mark.parametrize("waits", [True, False])
def test_the_kernel_sends_units_as_the_hypercube_says(waits: bool) -> None:
    known = hypercube.solve(rates=LARSON_RATES, preferences=LARSON, service=1.0, waits=waits)
    ranks = np.argsort(LARSON, axis=1).T
    minutes = np.zeros((4, 4))
    minutes[:3] = ranks * 1e-6
    kinds = q.kinds(mean=1.0, hold=q.FOREVER if waits else 0.0)
    share = list(LARSON_RATES / LARSON_RATES.sum())
    busy = {}
    for seed in range(1, 13):
        calls = q.arrivals(rates=[1.5], end=40_000, seed=seed, zones=share)
        scenario = q.scenario(calls, kinds, q.units([0, 1, 2], zones=4), travel=q.roads(minutes))
        busy[seed] = a.busy(kernel.run(scenario, seed=seed), units=3) / 40_000
    for unit in range(3):
        agrees(lambda seed, unit=unit: busy[seed][unit], known.workload[unit])  # type: ignore[misc]


def test_the_kernel_follows_a_day_that_rises_and_falls() -> None:
    """Patience as long as service: the number in system is that of servers without end, a Poisson number with a known
    mean, so what abandons is known too."""

    def run(seed: int) -> float:
        draw = np.random.default_rng(seed)
        end, hour = 24 * 400.0, 1.0
        at = np.sort(draw.random(draw.poisson(10 * end)) * end)
        at = at[draw.random(at.size) < (6 + 4 * np.sin(2 * math.pi * at / 24)) / 10]
        calls = a.Calls(
            at, np.zeros(at.size, np.int64), np.zeros(at.size, np.int64), np.arange(at.size, dtype=np.uint64)
        )
        kinds = q.kinds(mean=hour, patience=hour, phone=True)
        log = kernel.run(q.scenario(calls, kinds, q.units([0] * 7), phone=True), seed=seed)
        return float((log.code[at > 24, a.REASON] == a.GAVE_UP).mean())

    load = queues.offered_load(mean=6, swing=4, period=24, service=1)
    times = np.arange(0, 24, 0.01)
    over = [sum((n - 7) * stats.poisson.pmf(n, load(t)) for n in range(8, 60)) for t in times]
    assert np.mean(over) / 6 == pytest.approx(0.181792, abs=2e-6)
    agrees(run, 0.181792)


# ------------------------------------------------------------------ staffing over the day


def least_servers(load: float, *, waits: float = 0.1) -> int:
    """The fewest servers with which no more than a share of calls waits (Erlang C)."""
    servers = max(1, math.ceil(load + 1e-9))
    while load >= servers or queues.erlang_c(servers=servers, arrivals=load, service=1.0).waits > waits:
        servers += 1
    return servers


def waits_by_hour(staff: list[int], *, mean: float, swing: float, states: int = 90, steps: int = 200) -> list[float]:
    """The share that waits in each hour of a day that repeats itself: the birth and death chain, stepped through time."""
    p, n = np.zeros(states), np.arange(states)
    p[0] = 1.0
    found: list[float] = []
    for day in range(6):
        for hour, servers in enumerate(staff):
            leave = np.minimum(n, servers) / steps
            asked = waited = 0.0
            for step in range(steps):
                rate = mean + swing * math.sin(2 * math.pi * (hour + (step + 0.5) / steps) / 24)
                asked, waited = asked + rate, waited + rate * p[servers:].sum()
                up, down = p * rate / steps, p * leave
                up[-1] = 0.0
                p = p - up - down
                p[1:] += up[:-1]
                p[:-1] += down[1:]
            if day == 5:
                found.append(waited / asked)
    return found


@pytest.mark.parametrize(
    ("mean", "swing", "by_hour", "worst", "over", "by_load", "worst_by_load"),
    [(6, 4, 250, 0.206, 7, 247, 0.098), (20, 12, 654, 0.320, 11, 656, 0.102)],
)
def test_staffing_hour_by_hour_leaves_callers_waiting_and_the_modified_load_does_not(
    mean: float, swing: float, by_hour: int, worst: float, over: int, by_load: int, worst_by_load: float
) -> None:
    fine = (np.arange(60) + 0.5) / 60
    rates = [np.mean(mean + swing * np.sin(2 * math.pi * (hour + fine) / 24)) for hour in range(24)]
    naive = [least_servers(float(rate)) for rate in rates]
    load = queues.offered_load(mean=mean, swing=swing, period=24, service=1)
    modified = [least_servers(float(np.mean([load(hour + part) for part in fine]))) for hour in range(24)]
    assert sum(naive) == by_hour
    assert sum(modified) == pytest.approx(by_load, abs=2)
    shares = waits_by_hour(naive, mean=mean, swing=swing)
    assert max(shares) == pytest.approx(worst, abs=0.004)
    assert sum(share > 0.12 for share in shares) == over
    assert max(waits_by_hour(modified, mean=mean, swing=swing)) == pytest.approx(worst_by_load, abs=0.012)
