"""Larson's hypercube: which units are busy, exactly, for up to twelve units (Larson & Odoni, *Urban Operations
Research*, 5.4). Exponential service of one mean, calls by atom, each atom with its order of preference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags

from rightcall.errors import RightcallError
from rightcall.simulation.queues import erlang_c

MOST_UNITS = 12
BALANCED, NEARLY, MOST_STEPS = 1e-15, 1e-12, 100_000

Real = NDArray[np.float64]


class HypercubeError(RightcallError):
    """A system that the exact hypercube cannot solve."""


@dataclass(frozen=True)
class Hypercube:
    """`states` [2**u]: the chance that exactly these units are busy (unit i is bit i; in a queueing system the last one
    is *all busy and nobody waits*). `queued`: the chance that calls wait. `workload` [u]. `lost`: the share of calls
    lost. `sent` [a, u]: the share of all calls that are of an atom and answered by a unit.
    """

    states: Real
    queued: float
    workload: Real
    lost: float
    sent: Real


def solve(*, rates: Real, preferences: NDArray[np.int64], service: float, waits: bool) -> Hypercube:
    """The balance of the hypercube. For a atoms and u units: `rates` [a] calls a minute; `preferences` [a, u], units in
    the order in which they are asked; `service`, mean minutes; `waits`: whether calls wait when all are busy.

    Raises `HypercubeError` for more than twelve units, or a queue that never ends,
    or a chain that does not come to rest.
    """
    rates, preferences = np.asarray(rates, float), np.asarray(preferences)
    units, total = preferences.shape[1], float(np.sum(rates))
    load = total * service
    if units > MOST_UNITS:
        raise HypercubeError(
            f"{units} units are too many for the exact hypercube.", mend=f"Simulate, or use {MOST_UNITS}."
        )
    if waits and load >= units:
        raise HypercubeError(f"{units} units cannot keep up with {load:g} erlangs.", mend="Add units.")
    states = 1 << units
    every = np.arange(states)
    chosen = _first_free(preferences, every)
    # Of each rate: from which state it leads, to which, and how fast.
    source, target, rate = [], [], []
    for atom, calls in enumerate(rates):
        source.append(every[:-1])
        target.append(every[:-1] | (1 << chosen[atom, :-1]))
        rate.append(np.full(states - 1, calls))
    for unit in range(units):
        source.append(every[(every >> unit & 1) == 1])
        target.append(source[-1] & ~(1 << unit))
        rate.append(np.full(source[-1].size, 1 / service))
    shape, ends = (states, states), (np.concatenate(target), np.concatenate(source))
    into = coo_matrix((np.concatenate(rate), ends), shape=shape).tocsc()
    out = np.asarray(into.sum(axis=0)).ravel()
    # Uniformization: the chain in small steps has the same balance, and reaches it by repetition.
    step = into / out.max() + diags(1 - out / out.max())
    found = np.full(states, 1 / states)
    for _ in range(MOST_STEPS):
        before, found = found, step @ found
        change = float(np.abs(found - before).max())
        if change < BALANCED:
            break
    if change > NEARLY:
        raise HypercubeError("the hypercube did not come to rest.", mend="Simulate it instead.")
    found = found / found.sum()
    if waits:
        # Beyond all busy the states are a plain queue; its mass is added and everything scaled.
        queued = found[-1] * (load / units) / (1 - load / units)
        found, queued = found / (1 + queued), queued / (1 + queued)
    else:
        queued = 0.0
    busy = np.array([found[(every >> unit & 1) == 1].sum() + queued for unit in range(units)])
    return Hypercube(
        found, queued, busy, 0.0 if waits else float(found[-1]), _sent(rates, chosen, found, queued, units)
    )


def correction(*, units: int, busy: float) -> Real:
    """Larson's Q(N, ρ, j) for j = 0 … N−1: how much likelier it is than by independence that a unit is free after j
    busy ones were asked; calls wait (Larson & Odoni, eq. 5.42).
    """
    n, load = units, units * busy
    empty = 1 / (sum(load**k / math.factorial(k) for k in range(n)) + load**n / math.factorial(n) / (1 - busy))
    return np.array([
        sum(
            math.factorial(n - j - 1) * (n - k) / math.factorial(k - j) * n**k / math.factorial(n) * busy ** (k - j)
            for k in range(j, n)
        ) * empty / (1 - busy)
        for j in range(n)
    ])  # fmt: skip


def approximate(*, rates: Real, preferences: NDArray[np.int64], service: float, rounds: int = 100) -> Real:
    """Larson's approximation of the workloads [u], for any number of units; calls wait (5.5.3). A tenth of the hypercube's
    digits at a thousandth of its cost.
    """
    rates, preferences = np.asarray(rates, float), np.asarray(preferences)
    units, total = preferences.shape[1], float(rates.sum())
    busy = total * service / units
    factor = correction(units=units, busy=busy)
    waits = erlang_c(servers=units, arrivals=total, service=service).waits
    workload = np.full(units, busy)
    for _ in range(rounds):
        asked = np.zeros(units)
        for rate, order in zip(rates, preferences, strict=True):
            before = 1.0
            for place, unit in enumerate(order):
                asked[unit] += rate * service * factor[place] * before
                before *= workload[unit]
        found = (asked + total * service * waits / units) / (1 + asked)
        workload = found * total * service / found.sum()
    return workload


def _first_free(preferences: NDArray[np.int64], states: NDArray[np.int64]) -> NDArray[np.int64]:
    """The unit that each atom [a] gets in each state, the last (all busy) apart."""
    chosen = np.full((preferences.shape[0], states.size), -1)
    for place in range(preferences.shape[1] - 1, -1, -1):
        unit = preferences[:, place][:, None]
        chosen = np.where((states[None, :] >> unit) & 1 == 0, unit, chosen)
    return chosen


def _sent(rates: Real, chosen: NDArray[np.int64], states: Real, queued: float, units: int) -> Real:
    share = rates / rates.sum()
    sent = np.zeros((len(rates), units))
    for unit in range(units):
        sent[:, unit] = ((chosen[:, :-1] == unit) * states[None, :-1]).sum(axis=1) * share
    # A call that waits is answered by whichever unit gets free first; all are alike then.
    waiting = float(states[-1]) + queued if queued else 0.0
    return np.asarray(sent + waiting * share[:, None] / units)
