"""Which unit goes: one function over arrays, ordinary when called live and compiled when the simulation calls it.

A unit may go when it is free, of the wanted team, has the roles and the language that the call asks for, and serves the
zone. Of those the one with the least travel goes; ties and reserves are as the program declares them.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

NOBODY = -1
LISTED_FIRST, LONGEST_IDLE = 0, 1
SAME_MINUTES = 1e-9

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Bits = NDArray[np.uint64]
Minutes = NDArray[np.float64]


def who_may(roles: Bits, languages: Bits, serves: Flags, need_roles: Bits, need_languages: Bits) -> Flags:
    """Which units may take which calls, free or not: [c, z, u] for c needs, z zones and u units.

    `roles` and `languages` [u] as bits; `serves` [u, z], where the program sends each unit; `need_roles` and
    `need_languages` [c]: bits that a unit must have all of.
    """
    asked, spoken = need_roles[:, None], need_languages[:, None]
    able = ((roles & asked) == asked) & ((languages & spoken) == spoken)
    return np.ascontiguousarray(able[:, None, :] & serves.T[None, :, :])


@register_jitable(inline="always")
def choose_unit(
    free_from: Minutes, now: float, among: Whole, count: Whole, may: Flags, place: Whole, idle_since: Minutes,
    minutes: Minutes, band: int, wanted: int, need: int, zone: int, keep_free: int, ties: int,
) -> int:  # fmt: skip
    """The number of the unit that should go, or `NOBODY`.

    For g teams, u units, c needs, z zones, p places and b bands of the day: `free_from` [u], when each is free by the
    clock that says `now` (infinity: it takes no calls); `among` [g, u], the units on duty of each team in the order of the
    list, of which there are `count` [g]; `may` [c, z, u], as `who_may` tells; `place` [u], where each unit is;
    `idle_since` [u], any clock; `minutes` [b, z, p], travel to a zone from a place, of which the `band` of now counts.
    `wanted` team; `need` and `zone` of the call; `keep_free`: so many units of the team stay back; `ties`:
    `LISTED_FIRST` or `LONGEST_IDLE`.
    """
    best, least, free = NOBODY, np.inf, 0
    # Without branches: which units are free is luck, and a processor that guesses wrong waits longer than it computes.
    for listed in range(count[wanted]):
        unit = among[wanted, listed]
        is_free = free_from[unit] <= now
        free += is_free
        travel = minutes[band, zone, place[unit]]
        travel = travel if is_free & may[need, zone, unit] else np.inf
        nearer = travel < least - SAME_MINUTES
        best = unit if nearer else best
        least = travel if nearer else least
    if free <= keep_free:
        return NOBODY
    if ties == LONGEST_IDLE and best != NOBODY:
        idle = np.inf
        for listed in range(count[wanted]):
            unit = among[wanted, listed]
            as_near = minutes[band, zone, place[unit]] <= least + SAME_MINUTES
            if as_near and free_from[unit] <= now and may[need, zone, unit] and idle_since[unit] < idle:
                best, idle = unit, idle_since[unit]
    return best
