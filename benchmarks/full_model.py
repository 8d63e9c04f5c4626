"""One model with everything in it, by our kernel and by SimPy: a desk with callers who give up, priorities, holding,
shifts, four hundred zones, cancellations, rides, back-up. Both must answer the same share of the calls.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np

CALLS, SIDE, DAYS = 100_000, 20, 365
DESK, CREWS = 2, 24
# Four classes: share, priority, first to the desk, mean minutes on scene, longest wait.
CLASSES = ((0.15, 0, False, 45.0, 5.0), (0.25, 1, True, 40.0, 20.0), (0.35, 1, False, 30.0, 20.0), (0.25, 2, False, 20.0, 60.0))  # fmt: skip
PATIENCE, TALK, SETTLES = 6.0, 18.0, 0.45
CANCELS, RIDES, RIDE, FINISHING, BACKUP, TURNOUT = 0.05, 0.12, 25.0, 8.0, 0.03, 2.0
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "simulation"))


def minutes_between() -> np.ndarray:
    """Right-angle travel on a grid of zones, a minute and a half from one to the next."""
    x, y = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return 1.5 * (np.abs(x[:, None] - x) + np.abs(y[:, None] - y)) + 1.0


def homes() -> list[int]:
    """The base zones of the crews."""
    return [(k * 53) % (SIDE * SIDE) for k in range(CREWS)]


def shifts() -> list[tuple[int, float, float]]:
    """Every turn as (crew, begins, ends): half of the crews from 7 to 19, half from 19 to 7."""
    found = []
    for day in range(-1, DAYS + 1):
        for crew in range(CREWS):
            begins = day * 1440 + (7 * 60 if crew % 2 == 0 else 19 * 60)
            found.append((crew, max(0.0, begins), begins + 720.0))
    return [turn for turn in found if turn[2] > 0]


def arrivals(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, classes and zones of the calls of a year."""
    draw = np.random.default_rng(seed)
    at = np.sort(draw.random(CALLS)) * DAYS * 1440
    kind = draw.choice(len(CLASSES), CALLS, p=[each[0] for each in CLASSES])
    return at, kind, draw.integers(0, SIDE * SIDE, CALLS)


def ours() -> tuple[float, float]:
    """Seconds of a year by our kernel, and the share that was answered."""
    import queueing as q

    from rightcall.simulation import arrays as a
    from rightcall.simulation import kernel, luck

    n = len(CLASSES)
    law, mean, chance = np.zeros((n, 8), np.int64), np.zeros((n, 8)), np.zeros((n, 9))
    law[:, [a.PATIENCE, a.TALK, a.ON_SCENE, a.TRANSPORT, a.FINISHING, a.TURNOUT]] = luck.EXPONENTIAL
    mean[:, a.PATIENCE], mean[:, a.TALK], mean[:, a.TRANSPORT], mean[:, a.FINISHING], mean[:, a.TURNOUT] = PATIENCE, TALK, RIDE, FINISHING, TURNOUT  # fmt: skip
    mean[:, a.ON_SCENE] = [each[3] for each in CLASSES]
    chance[:, [a.OURS, a.TAKEN_UP]] = 1.0
    chance[:, a.SETTLES], chance[:, a.CANCELS], chance[:, a.TRANSPORTS], chance[:, a.ASKS_BACKUP] = SETTLES, CANCELS, RIDES, BACKUP  # fmt: skip
    steps = np.array([[0, 1] if each[2] else [1, -1] for each in CLASSES])
    hold = np.array([each[4] for each in CLASSES])
    zeros = np.zeros(n, np.uint64)
    kinds = a.Kinds(np.array([each[1] for each in CLASSES]), steps, hold, zeros, zeros, np.full(n, -1), chance, law, mean, np.zeros((n, 8)), np.zeros((n, 8), np.int64), np.zeros((1, 2)))  # fmt: skip
    units = q.units([0] * DESK + homes(), zones=SIDE * SIDE, team=[0] * DESK + [1] * CREWS)
    rows = [(0.0, 0, unit, a.BEGIN) for unit in range(DESK)]
    for crew, begins, ends in shifts():
        rows += [(begins, 0, DESK + crew, a.BEGIN), (ends, 1, DESK + crew, a.END)]
    rows.sort()
    turns = a.Turns(np.array([r[0] for r in rows]), np.array([r[2] for r in rows]), np.array([r[3] for r in rows]), np.zeros(len(rows)))  # fmt: skip
    teams = a.Teams(np.array([True, False]), np.array([False, False]), np.zeros(2, np.int64))
    roads = q.roads(minutes_between())
    at, kind, zone = arrivals(1)
    calls = a.Calls(at, kind, zone, np.arange(CALLS, dtype=np.uint64))
    scenario = a.Scenario(calls, kinds, units, teams, turns, roads, 0, False)
    # As in replications, where the log of an earlier run is written over; SimPy's calls are given too.
    log = kernel.run(scenario, seed=2)
    began = time.perf_counter()
    kernel.run(scenario, seed=1, into=log)
    took = time.perf_counter() - began
    return took, float((log.code[:, a.FATE] == a.SERVED).mean())


def by_simpy(part: int = 10) -> tuple[float, float]:  # noqa: C901, PLR0915
    """The same by SimPy on a part of the year, scaled to the whole."""
    import simpy

    luck, minutes = random.Random(1), minutes_between().tolist()
    at, kind, zone = arrivals(1)
    n = CALLS // part
    home = homes()
    place, back_at = list(home), [0.0] * CREWS
    on_duty, busy = [False] * CREWS, [False] * CREWS
    waiting: list[tuple[int, int, object]] = []
    served = [False] * n

    def duty(env: simpy.Environment, crew: int, begins: float, ends: float) -> object:
        yield env.timeout(begins - env.now)
        on_duty[crew] = True
        place[crew], back_at[crew] = home[crew], env.now
        take(env, crew)
        yield env.timeout(ends - env.now)
        on_duty[crew] = False

    def take(env: simpy.Environment, crew: int) -> None:
        while on_duty[crew] and not busy[crew] and waiting:
            best = min(waiting, key=lambda each: (each[0], each[1]))
            waiting.remove(best)
            busy[crew] = True
            best[2].succeed(crew)

    def call(env: simpy.Environment, number: int, desk: simpy.PriorityResource) -> object:
        k, z = int(kind[number]), int(zone[number])
        _, priority, by_phone, scene, hold = CLASSES[k]
        if by_phone:
            with desk.request(priority=priority) as request:
                patience = luck.expovariate(1 / PATIENCE)
                answered = yield request | env.timeout(min(patience, hold))
                if request not in answered:
                    if patience <= hold:
                        return
                else:
                    served[number] = True
                    yield env.timeout(luck.expovariate(1 / TALK))
                    if luck.random() < SETTLES:
                        return
        for crew in range(CREWS):
            if back_at[crew] <= env.now and not busy[crew]:
                place[crew] = home[crew]
        free = [crew for crew in range(CREWS) if on_duty[crew] and not busy[crew]]
        if free:
            crew = min(free, key=lambda unit: minutes[place[unit]][z])
            busy[crew] = True
        else:
            wait = env.event()
            entry = (priority, number, wait)
            waiting.append(entry)
            got = yield wait | env.timeout(hold)
            if wait not in got:
                if entry in waiting:
                    waiting.remove(entry)
                return
            crew = got[wait]
        if back_at[crew] <= env.now:
            place[crew] = home[crew]
        travel = minutes[place[crew]][z]
        yield env.timeout(luck.expovariate(1 / TURNOUT))
        if luck.random() < CANCELS:
            yield env.timeout(travel * luck.random())
        else:
            yield env.timeout(travel)
            served[number] = True
            place[crew] = z
            yield env.timeout(luck.expovariate(1 / scene))
            if luck.random() < RIDES:
                yield env.timeout(luck.expovariate(1 / RIDE))
            luck.random() < BACKUP  # noqa: B015
            yield env.timeout(luck.expovariate(1 / FINISHING))
        busy[crew] = False
        back_at[crew] = env.now + minutes[place[crew]][home[crew]]
        take(env, crew)

    def calls(env: simpy.Environment, desk: simpy.PriorityResource) -> object:
        for number in range(n):
            yield env.timeout(at[number] - env.now)
            env.process(call(env, number, desk))

    began = time.perf_counter()
    env = simpy.Environment()
    desk = simpy.PriorityResource(env, DESK)
    for crew, begins, ends in shifts():
        if begins < at[n - 1]:
            env.process(duty(env, crew, begins, ends))
    env.process(calls(env, desk))
    env.run()
    return (time.perf_counter() - began) * part, sum(served) / n
