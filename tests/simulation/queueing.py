"""Small scenarios in the words of queueing theory, for known answers and for the slow twin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rightcall.dispatch import choice
from rightcall.simulation import arrays as a
from rightcall.simulation import luck
from rightcall.simulation.arrays import Calls, Kinds, Log, Roads, Scenario, Teams, Turns, Units

FOREVER = np.inf


def kinds(
    *, n: int = 1, mean: float | list[float] = 1.0, priority: list[int] | None = None, hold: float = FOREVER,
    patience: float | None = None, phone: bool = False, steps: list[list[int]] | None = None,
) -> Kinds:  # fmt: skip
    """`n` kinds served for exponential times of a mean; by phone the patience is exponential too."""
    law = np.zeros((n, 8), np.int64)
    means = np.zeros((n, 8))
    served = a.TALK if phone else a.ON_SCENE
    law[:, served], means[:, served] = luck.EXPONENTIAL, mean
    means[:, a.PATIENCE] = FOREVER
    if patience is not None:
        law[:, a.PATIENCE], means[:, a.PATIENCE] = luck.EXPONENTIAL, patience
    chance = np.zeros((n, 9))
    chance[:, [a.OURS, a.TAKEN_UP, a.SETTLES]] = 1.0
    zeros = np.zeros(n, np.uint64)
    return Kinds(
        np.array(priority or [0] * n), np.array(steps or [[0]] * n), np.full(n, hold), zeros, zeros, np.full(n, -1), chance, law, means,
        np.zeros((n, 8)), np.zeros((n, 8), np.int64), np.zeros((1, 2)),
    )  # fmt: skip


def units(homes: list[int], *, zones: int = 1, team: list[int] | None = None) -> Units:
    """Units with their base zones, all serving every zone."""
    u = len(homes)
    everything = np.full(u, 2**64 - 1, np.uint64)
    return Units(np.array(team or [0] * u), everything, everything, np.array(homes), np.ones((u, zones), np.bool_))


def always_on(count: int) -> Turns:
    """Every unit on duty from the start, for good."""
    return Turns(np.zeros(count), np.arange(count), np.full(count, a.BEGIN), np.zeros(count))


def roads(minutes: NDArray[np.float64] | None = None, *, zones: int = 1) -> Roads:
    """Travel times that are the same at every hour; without them, none."""
    table = np.zeros((1, zones, zones)) if minutes is None else np.ascontiguousarray(minutes.T)[None]
    return Roads(table, np.zeros(168, np.int64), 0.0)


def arrivals(*, rates: list[float], end: float, seed: int, zones: list[float] | None = None) -> Calls:
    """Poisson calls of several kinds, at rates per minute; `zones`: the share of each zone."""
    draw = np.random.default_rng(seed)
    total = sum(rates)
    n = draw.poisson(total * end)
    at = np.sort(draw.random(n) * end)
    kind = draw.choice(len(rates), n, p=np.array(rates) / total)
    zone = np.zeros(n, np.int64) if zones is None else draw.choice(len(zones), n, p=zones)
    return Calls(at, kind, zone, np.arange(n, dtype=np.uint64))


def scenario(
    calls: Calls, which: Kinds, crews: Units, *, travel: Roads | None = None, turns: Turns | None = None,
    phone: bool = False, ties: int = choice.LISTED_FIRST, stays: bool = True, keep_free: int = 0,
) -> Scenario:  # fmt: skip
    """A scenario of one kind of team (or several alike)."""
    teams = int(crews.team.max()) + 1
    flags = np.zeros(teams, np.bool_)
    return Scenario(
        calls, which, crews, Teams(flags | phone, flags, np.full(teams, keep_free)), turns or always_on(len(crews.team)),
        travel or roads(zones=crews.serves.shape[1]), ties, stays,
    )  # fmt: skip


def waits(log: Log, calls: Calls, *, phone: bool = False) -> NDArray[np.float64]:
    """Minutes from a call to its assignment; NaN where it never came."""
    return log.time[:, a.DESK_ASSIGNED if phone else a.ASSIGNED] - calls.at
