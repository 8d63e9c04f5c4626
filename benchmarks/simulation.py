"""The kernel against SimPy, Ciw, cimba and the floor, as ratios in one run, on one pinned core.

    python benchmarks/simulation.py

*Bare* is a kernel made for that model alone, without a log (`bare_kernels.py`): what the machine allows.

M/M/5 at load 0.8, 200,000 calls: every engine draws its own calls; the floor only draws two exponentials a call. Twelve
units, 100,000 calls, the nearest free unit goes, a call that finds none is lost; the floor reads the call and draws one
exponential. Ours writes a whole log over that of the run before, as replications do. The full model (`full_model.py`) has everything in it. A year of Durham's size is compared whole: 130,000
calls from the public, ten designs, a hundred runs of each. Each figure is the median of several runs in a process of its own, without its first (compilation).
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
from typing import Any

import numpy as np

SERVERS, LOAD, CALLS, LOST_CALLS, UNITS, ZONES = 5, 0.8, 200_000, 100_000, 12, 13
RUNS = 7
LOGS: list[Any] = []
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "simulation"))


def played(scenario: Any) -> None:
    """One run, its log written over that of the run before."""
    from rightcall.simulation import kernel

    LOGS.append(kernel.run(scenario, seed=1, into=LOGS.pop() if LOGS else None))


def mm5_ours() -> float:
    """M/M/5 by our kernel, its arrivals drawn."""
    import queueing as q

    draw = np.random.default_rng(1)
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(1 / (SERVERS * LOAD), CALLS))
    zeros = np.zeros(CALLS, np.int64)
    scenario = q.scenario(
        q.Calls(at, zeros, zeros, np.arange(CALLS, dtype=np.uint64)), q.kinds(), q.units([0] * SERVERS)
    )
    played(scenario)
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


def mm5_bare() -> float:
    """M/M/5 by a kernel made for it alone."""
    import bare_kernels

    draw = np.random.default_rng(1)
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(1 / (SERVERS * LOAD), CALLS))
    wait = bare_kernels.queue(at, draw.exponential(1.0, CALLS), SERVERS)
    took = time.perf_counter() - began
    if abs(wait - 0.554) > 0.05:
        raise SystemExit(f"Erlang C says 0.554, the bare kernel {wait:.3f}")
    return took


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
    """Twelve units by our kernel, its calls drawn."""
    import queueing as q

    draw = np.random.default_rng(2)
    kinds, units = q.kinds(mean=35.0, hold=0.0), q.units(list(range(UNITS)), zones=ZONES)
    travel = q.roads(minutes_between())
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(40 / (UNITS * 0.6), LOST_CALLS))
    zone, zeros = draw.integers(0, ZONES, LOST_CALLS), np.zeros(LOST_CALLS, np.int64)
    calls = q.Calls(at, zeros, zone, np.arange(LOST_CALLS, dtype=np.uint64))
    played(q.scenario(calls, kinds, units, travel=travel))
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


def lost_bare() -> float:
    """Twelve units by a kernel made for them alone."""
    import bare_kernels

    draw = np.random.default_rng(2)
    minutes = minutes_between()[:UNITS]
    began = time.perf_counter()
    at = np.cumsum(draw.exponential(40 / (UNITS * 0.6), LOST_CALLS))
    zone = draw.integers(0, ZONES, LOST_CALLS)
    bare_kernels.lost(at, zone, draw.exponential(35.0, LOST_CALLS), minutes)
    return time.perf_counter() - began


def lost_floor() -> float:
    """One exponential and one zone a call, and nothing else."""
    draw = np.random.default_rng(2)
    began = time.perf_counter()
    draw.exponential(1.0, LOST_CALLS), draw.integers(0, ZONES, LOST_CALLS)
    return time.perf_counter() - began


def full_ours() -> float:
    """The full model by our kernel."""
    import full_model

    return full_model.ours()[0]


def full_simpy() -> float:
    """The full model by SimPy, which must answer the same share of the calls."""
    import full_model

    took, answered = full_model.by_simpy()
    if abs(answered - full_model.ours()[1]) > 0.01:
        raise SystemExit("the two do not simulate the same model")
    return took


SIDES: dict[str, Callable[[], float]] = {
    "mm5 ours": mm5_ours, "mm5 simpy": mm5_simpy, "mm5 ciw": mm5_ciw, "mm5 cimba": mm5_cimba, "mm5 bare": mm5_bare,
    "mm5 floor": mm5_floor,
    "12 units ours": lost_ours, "12 units simpy": lost_simpy, "12 units bare": lost_bare, "12 units floor": lost_floor,
    "full ours": full_ours, "full simpy": full_simpy,
}  # fmt: skip
TARGETS = (
    ("mm5 simpy", "mm5 ours", "M/M/5 over SimPy", 200), ("mm5 ciw", "mm5 ours", "M/M/5 over Ciw", None),
    ("mm5 cimba", "mm5 ours", "M/M/5 over cimba", 5), ("mm5 simpy", "mm5 bare", "M/M/5 alone over SimPy", None),
    ("mm5 floor", "mm5 ours", "M/M/5, share of the floor", None),
    ("12 units simpy", "12 units ours", "12 units over SimPy", 250),
    ("12 units simpy", "12 units bare", "12 units alone over SimPy", None),
    ("12 units floor", "12 units bare", "12 units alone, share of floor", None),
    ("12 units floor", "12 units ours", "12 units, share of the floor", 1 / 3),
    ("full simpy", "full ours", "full model over SimPy", 100),
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


def city_and_designs(calls: int) -> tuple[object, list[object]]:
    """An invented city with so many calls from the public in a year, and ten designs compiled on it."""
    import tempfile

    from rightcall.calls import sample
    from rightcall.planning import comparing, given
    from rightcall.program import file, starter, variants
    from rightcall.program.document import Variant
    from rightcall.simulation import figures, scenario
    from rightcall.simulation.figures import Trial

    folder = Path(tempfile.mkdtemp(prefix="rightcall-bench-"))
    sample.write(folder / "calls.csv", folder / "areas.geojson", seed=1, n=round(calls / 0.7044))
    starter.write_sample(folder / "program.toml")
    content, base = file.read_content(folder), file.read_program(folder)
    got = given.calls_of([folder / "calls.csv"], work=folder, time_zone=base.program.time_zone, key=b"x" * 32)
    place = comparing.city_of(got.calls, got.unit_times, program=base)
    wanted = [Variant(id=str(n), change=({"change_shift": {"team": "community", "set": {"units": n}}},)) for n in range(1, 10)]  # fmt: skip
    programs = [base, *(design.program for design in variants.designs(content, wanted, where="bench"))]
    routed = scenario.routes(place, program=base)
    models = [scenario.model(place, program=program, routed=routed) for program in programs]
    return place, [Trial(model, figures.layout(model, layer=None)) for model in models]


def year() -> float:
    """Seconds to compare a year of Durham's size: ten designs, a hundred runs of each, on the cores that there are."""
    from rightcall.simulation import replications

    place, trials = city_and_designs(130_000)
    print(f"{place.frame.height:,} calls from the public, {trials[0].model.may_be_ours.size:,} that may be ours")
    trials[0](1)
    began = time.perf_counter()
    for trial in trials:
        replications.replicate(trial, first=1, count=100)
    return time.perf_counter() - began


def costs() -> list[dict[str, float]]:
    """Microseconds a run by the number of calls (24 crews) and of crews (100,000 calls) in the full model."""
    import full_model

    found = []
    for calls, crews in [(n, 24) for n in (12_500, 25_000, 50_000, 100_000, 200_000, 400_000)] + [
        (100_000, n) for n in (6, 12, 48, 96, 192)
    ]:
        full_model.CALLS, full_model.CREWS = calls, crews
        full_model.DAYS = max(1, round(365 * calls / 100_000))
        found.append({"calls": calls, "crews": crews, "seconds": min(full_model.ours()[0] for _ in range(5))})
    return found


def draw_costs(rows: list[dict[str, float]]) -> None:
    """The picture of how cost grows, for the documentation."""
    import altair as alt
    import vl_convert

    def panel(part: list[dict[str, float]], by: str, title: str) -> alt.Chart:
        data = alt.Data(values=[{"x": row[by], "y": 1e3 * row["seconds"]} for row in part])
        return (
            alt.Chart(data, width=270, height=200, title=title).mark_line(point={"color": "#0b6e75"}, color="#0b6e75")
            .encode(x=alt.X("x:Q", title=by, axis=alt.Axis(tickCount=4, labelOverlap=True)), y=alt.Y("y:Q", title="milliseconds a run"))
        )  # fmt: skip

    calls, crews = [row for row in rows if row["crews"] == 24], [row for row in rows if row["calls"] == 100_000]
    both = panel(calls, "calls", "24 crews") | panel(
        sorted(crews, key=lambda row: row["crews"]), "crews", "100,000 calls"
    )
    target = Path(__file__).parent.parent / "docs" / "pictures" / "kernel-cost.svg"
    target.write_text(vl_convert.vegalite_to_svg(both.configure(background="#fdfdfc").to_json()), encoding="utf-8")


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
    took = year()
    print(f"{'a year of Durham, 10 × 100':30} {took:8.1f} s target ≤ 30   {'reached' if took <= 30 else 'MISSED'}")
    rows = costs()
    draw_costs(rows)
    for row in rows:
        print(
            f"{row['calls']:9,.0f} calls {row['crews']:4.0f} crews {1e3 * row['seconds']:9.1f} ms  {1e9 * row['seconds'] / row['calls']:6.0f} ns a call"
        )


if __name__ == "__main__":
    main()
