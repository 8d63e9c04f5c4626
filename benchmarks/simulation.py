"""The kernel against SimPy, Ciw, cimba and the floor, as ratios in one run, on one pinned core.

    python benchmarks/simulation.py

M/M/5 at load 0.8, 200,000 calls: every engine draws its own calls; the floor only draws two exponentials a call. Twelve
units, 100,000 calls, the nearest free unit goes, a call that finds none is lost; the floor reads the call and draws one
exponential. Each figure is the median of several runs in a process of its own, without its first (compilation).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SERVERS, LOAD, CALLS, LOST_CALLS, UNITS, ZONES = 5, 0.8, 200_000, 100_000, 12, 13
RUNS = 7
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "simulation"))


def mm5_ours() -> float:
    """M/M/5 by our kernel, its arrivals drawn and its log made."""
    import queueing as q

    from rightcall.simulation import kernel

    draw = np.random.default_rng(1)
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(1 / (SERVERS * LOAD), CALLS))
    zeros = np.zeros(CALLS, np.int64)
    scenario = q.scenario(
        q.Calls(at, zeros, zeros, np.arange(CALLS, dtype=np.uint64)), q.kinds(), q.units([0] * SERVERS)
    )
    kernel.run(scenario, seed=1)
    return time.perf_counter() - began


def mm5_simpy() -> float:
    """M/M/5 by SimPy; a quarter of the calls, scaled."""
    import random

    import simpy

    luck = random.Random(1)
    waits: list[float] = []

    def call(env: simpy.Environment, servers: simpy.Resource) -> object:
        came = env.now
        with servers.request() as request:
            yield request
            waits.append(env.now - came)
            yield env.timeout(luck.expovariate(1.0))

    def calls(env: simpy.Environment, servers: simpy.Resource, n: int) -> object:
        for _ in range(n):
            yield env.timeout(luck.expovariate(SERVERS * LOAD))
            env.process(call(env, servers))

    n = CALLS // 4
    began = time.perf_counter()
    env = simpy.Environment()
    env.process(calls(env, simpy.Resource(env, SERVERS), n))
    env.run()
    return (time.perf_counter() - began) * CALLS / n


def mm5_ciw() -> float:
    """M/M/5 by Ciw; a tenth of the calls, scaled."""
    import ciw

    n = CALLS // 10
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=SERVERS * LOAD)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)], number_of_servers=[SERVERS],
    )  # fmt: skip
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    began = time.perf_counter()
    simulation.simulate_until_max_customers(n, method="Finish")
    return (time.perf_counter() - began) * CALLS / n


def mm5_cimba() -> float:
    """M/M/5 by cimba."""
    import cimba as cb
    import cimba_queue

    model = cimba_queue.model(servers=SERVERS, arrivals=SERVERS * LOAD)
    window = cb.Window(warmup=0, duration=CALLS / (SERVERS * LOAD))
    experiment = cb.Experiment(model, replications=1, window=window, seed=1)
    began = time.perf_counter()
    experiment.run(workers=1)
    return time.perf_counter() - began


def mm5_floor() -> float:
    """Two exponentials a call, and nothing else."""
    draw = np.random.default_rng(1)
    began = time.perf_counter()
    draw.exponential(1.0, CALLS), draw.exponential(1.0, CALLS)
    return time.perf_counter() - began


def minutes_between() -> np.ndarray:
    """Travel between the zones of the twelve units."""
    return np.random.default_rng(0).random((ZONES, ZONES)) * 10


def lost_ours() -> float:
    """Twelve units by our kernel, its calls drawn and its log made."""
    import queueing as q

    from rightcall.simulation import kernel

    draw = np.random.default_rng(2)
    kinds, units = q.kinds(mean=35.0, hold=0.0), q.units(list(range(UNITS)), zones=ZONES)
    travel = q.roads(minutes_between())
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(40 / (UNITS * 0.6), LOST_CALLS))
    zone, zeros = draw.integers(0, ZONES, LOST_CALLS), np.zeros(LOST_CALLS, np.int64)
    calls = q.Calls(at, zeros, zone, np.arange(LOST_CALLS, dtype=np.uint64))
    kernel.run(q.scenario(calls, kinds, units, travel=travel), seed=1)
    return time.perf_counter() - began


def lost_simpy() -> float:
    """Twelve units by SimPy; a quarter of the calls, scaled."""
    import random

    import simpy

    luck, minutes, n = random.Random(1), minutes_between().tolist(), LOST_CALLS // 4
    free, lost = [True] * UNITS, 0

    def visit(env: simpy.Environment, unit: int, zone: int) -> object:
        yield env.timeout(minutes[unit][zone] + luck.expovariate(1 / 35))
        free[unit] = True

    def calls(env: simpy.Environment) -> object:
        nonlocal lost
        for _ in range(n):
            yield env.timeout(luck.expovariate(UNITS * 0.6 / 40))
            zone = luck.randrange(ZONES)
            unit = min((u for u in range(UNITS) if free[u]), key=lambda u: minutes[u][zone], default=None)
            if unit is None:
                lost += 1
            else:
                free[unit] = False
                env.process(visit(env, unit, zone))

    began = time.perf_counter()
    env = simpy.Environment()
    env.process(calls(env))
    env.run()
    return (time.perf_counter() - began) * LOST_CALLS / n


def lost_floor() -> float:
    """One exponential and one zone a call, and nothing else."""
    draw = np.random.default_rng(2)
    began = time.perf_counter()
    draw.exponential(1.0, LOST_CALLS), draw.integers(0, ZONES, LOST_CALLS)
    return time.perf_counter() - began


SIDES: dict[str, Callable[[], float]] = {
    "mm5 ours": mm5_ours, "mm5 simpy": mm5_simpy, "mm5 ciw": mm5_ciw, "mm5 cimba": mm5_cimba, "mm5 floor": mm5_floor,
    "12 units ours": lost_ours, "12 units simpy": lost_simpy, "12 units floor": lost_floor,
}  # fmt: skip
TARGETS = (
    ("mm5 simpy", "mm5 ours", "M/M/5 over SimPy", 200), ("mm5 ciw", "mm5 ours", "M/M/5 over Ciw", None),
    ("mm5 cimba", "mm5 ours", "M/M/5 over cimba", 5), ("mm5 floor", "mm5 ours", "M/M/5, share of the floor", None),
    ("12 units simpy", "12 units ours", "12 units over SimPy", 250),
    ("12 units floor", "12 units ours", "12 units, share of the floor", 1 / 3),
)  # fmt: skip


def threads() -> float:
    """How much faster two threads are than one on 200 replications of 130,000 calls: the median of three."""
    import queueing as q

    from rightcall.simulation import replications

    scenario = q.scenario(q.arrivals(rates=[SERVERS * LOAD], end=32_500, seed=1), q.kinds(), q.units([0] * SERVERS))

    trial = replications.fixed(scenario, read=lambda _, log: np.array([log.overtime.sum()]))

    def took(workers: int) -> float:
        began = time.perf_counter()
        replications.replicate(trial, first=1, count=200, workers=workers)
        return time.perf_counter() - began

    took(2)
    return statistics.median(took(1) / took(2) for _ in range(3))


def side(name: str) -> list[float]:
    """The seconds of one side's runs, in a process of its own on one core."""
    done = subprocess.run([sys.executable, __file__, "--side", name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    return list(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run every side and print calls a second and the ratios against their targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=SIDES)
    options = parser.parse_args()
    if options.side:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(json.dumps([SIDES[options.side]() for _ in range(RUNS + 1)][1:]))
        return
    seconds = {name: statistics.median(side(name)) for name in SIDES}
    for name, took in seconds.items():
        print(f"{name:16} {(CALLS if name.startswith('mm5') else LOST_CALLS) / took:14,.0f} calls/s")
    for slow, fast, what, target in TARGETS:
        ratio = seconds[slow] / seconds[fast]
        told = "" if target is None else f"   target ≥ {target:.3g}   {'reached' if ratio >= target else 'MISSED'}"
        print(f"{what:30} {ratio:8.2f}{told}")
    ratio = threads()
    print(f"{'two threads over one':30} {ratio:8.2f}   target ≥ 1.7   {'reached' if ratio >= 1.7 else 'MISSED'}")


if __name__ == "__main__":
    main()
