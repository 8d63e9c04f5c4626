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


@register_jitable(inline="always")
def choose_unit(
    free_from: Minutes, now: float, among: Whole, count: Whole, roles: Bits, languages: Bits, serves: Flags, place: Whole, idle_since: Minutes,
    minutes: Minutes, band: int, wanted: int, need_roles: int, need_languages: int, zone: int, keep_free: int, ties: int,
) -> int:  # fmt: skip
    """The number of the unit that should go, or `NOBODY`.

    For g teams, u units, z zones, p places and b bands of the day: `free_from` [u], when each is free by the clock that
    says `now` (infinity: it takes no calls); `among` [g, u], the units on duty of each team in the order of the list, of
    which there are `count` [g]; `roles` and `languages` [u] as bits; `serves` [z, u], whether the program sends the unit
    there; `place` [u], where it is; `idle_since` [u], any clock; `minutes` [b, z, p], travel to a zone from a place, of
    which the `band` of now counts. `wanted` team; `need_roles`, `need_languages`: bits that a unit must have all of;
    `keep_free`: so many units of the team stay back; `ties`: `LISTED_FIRST` or `LONGEST_IDLE`.
    """
    best, least, idle, able = NOBODY, np.inf, np.inf, 0
    # Without branches: which units are free is luck, and a processor that guesses wrong waits longer than it computes.
    for listed in range(count[wanted]):
        unit = among[wanted, listed]
        may = free_from[unit] <= now
        able += may
        may &= serves[zone, unit]
        may &= ((roles[unit] & need_roles) == need_roles) & ((languages[unit] & need_languages) == need_languages)
        travel, since = minutes[band, zone, place[unit]], idle_since[unit]
        nearer = may & (travel < least - SAME_MINUTES)
        as_near = may & (ties == LONGEST_IDLE) & (travel <= least + SAME_MINUTES) & (since < idle)
        best = unit if nearer | as_near else best
        idle = since if nearer | as_near else idle
        least = travel if nearer else least
    return best if able > keep_free else NOBODY
