"""Kernels made for one model alone: no log, no shifts, no classes. They bound what a general kernel can reach on a machine."""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.inf


@njit(cache=True)
def queue(at: np.ndarray, service: np.ndarray, servers: int) -> float:  # pragma: no cover
    """Mean wait of M/M/c by an event heap and one line of waiting calls.

    `at`, `service`: float64 of shape (calls,), in one unit of time, `at` rising.
    """
    n, waits = at.size, 0.0
    ends, busy = np.empty(servers), 0
    line, first, last = np.empty(n, np.int64), 0, 0
    came = 0
    while came < n or busy > 0:
        soonest = ends[0] if busy else NEVER
        if came < n and at[came] < soonest:
            if busy == servers:
                line[last] = came
                last += 1
            else:
                end, here = at[came] + service[came], busy
                busy += 1
                while here and ends[(here - 1) >> 1] > end:
                    ends[here] = ends[(here - 1) >> 1]
                    here = (here - 1) >> 1
                ends[here] = end
            came += 1
            continue
        if first < last:
            call = line[first]
            first += 1
            waits += soonest - at[call]
            end = soonest + service[call]
        else:
            busy -= 1
            end = ends[busy]
        here, below = 0, 1
        while below < busy:
            below += below + 1 < busy and ends[below + 1] < ends[below]
            if ends[below] >= end:
                break
            ends[here] = ends[below]
            here, below = below, 2 * below + 1
        ends[here] = end
    return waits / n


@njit(cache=True)
def lost(at: np.ndarray, zone: np.ndarray, service: np.ndarray, minutes: np.ndarray) -> float:  # pragma: no cover
    """Share of calls lost where the nearest free unit goes, by lists of preference: units never leave their base.

    `at`, `service`: float64 of shape (calls,); `zone`: int64 of shape (calls,); `minutes`: float64 of shape (units, zones).
    """
    units = minutes.shape[0]
    nearest = np.empty((minutes.shape[1], units), np.int64)
    for here in range(minutes.shape[1]):
        nearest[here] = np.argsort(minutes[:, here])
    free, gone = np.zeros(units), 0
    for call in range(at.size):
        for unit in nearest[zone[call]]:
            if free[unit] <= at[call]:
                free[unit] = at[call] + minutes[unit, zone[call]] + service[call]
                break
        else:
            gone += 1
    return gone / at.size
