"""Units needed in every half hour of a week, from the modified offered load: a first answer, which the simulation checks.

Hour-by-hour Erlang understaffs where a call takes as long as an hour, because load follows calls with a delay. The load
offered at a moment is the mean number that would be in service if there were units without end:
m(t) = ∫ λ(t − u) P(S > u) du (Eick, Massey & Whitt 1993); units are then what Erlang's formula asks for under m(t)
(Jennings, Mandelbaum, Massey & Whitt 1996).
"""

from __future__ import annotations

import math

import numpy as np

from rightcall.simulation import queues
from rightcall.simulation.arrays import Real, Whole

WEEK_MINUTES = 7 * 24 * 60
SLOT_MINUTES = 30
SLOTS = WEEK_MINUTES // SLOT_MINUTES
DAY = SLOTS // 7
# The load is followed in steps of so many minutes.
STEP = 5
MOST_UNITS = 5_000


def offered_load(arrivals: Real, *, durations: Real, slot: float = SLOT_MINUTES, step: float = STEP) -> Real:
    """The modified offered load in erlangs, its mean in each slot of a period that repeats.

    `arrivals` [k]: calls a minute in each slot of `slot` minutes; `durations` [n]: minutes that calls keep a unit.
    """
    rate = np.repeat(arrivals, round(slot / step))
    n, longest = rate.size, float(durations.max(initial=0.0))
    ages = np.arange(0.0, longest + step, step)
    ordered = np.sort(durations)
    # Mean of P(S > u) over each step of age, so that Σ survival · step is the mean duration exactly.
    capped = np.concatenate([[0.0], np.cumsum(ordered)])
    place = np.searchsorted(ordered, ages, side="right")
    below = (capped[place] + ages * (ordered.size - place)) / max(ordered.size, 1)
    survival = np.diff(below)
    wrapped = np.bincount(np.arange(survival.size) % n, weights=survival, minlength=n)
    # Calls of the step itself have been in service for half a step on average at its end.
    load = np.fft.irfft(np.fft.rfft(rate) * np.fft.rfft(wrapped), n)
    return np.asarray(np.maximum(load, 0.0).reshape(arrivals.size, -1).mean(axis=1))


def units(load: Real, *, service: float, share: float, within: float, at_least: int = 0) -> Whole:
    """The fewest units under each load with which a share of the calls waits no longer than `within` minutes (Erlang C).

    `service`: mean minutes that a call keeps a unit. Never falls when the load rises.
    """
    found: dict[float, int] = {}
    for value in np.unique(load):
        found[float(value)] = max(at_least, _fewest(float(value), service, share, within))
    return np.array([found[float(value)] for value in load], np.int64)


def _fewest(load: float, service: float, share: float, within: float) -> int:
    if load <= 1e-9:
        return 0
    for servers in range(max(1, math.floor(load) + 1), MOST_UNITS + 1):
        if load < servers and queues.erlang_c(servers=servers, arrivals=load / service, service=service).within(within) >= share:  # fmt: skip
            return servers
    return MOST_UNITS
