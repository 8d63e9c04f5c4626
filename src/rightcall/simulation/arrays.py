"""What the kernel reads and writes, as named tuples of arrays. Times are minutes from the start of the run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]
Codes = NDArray[np.int32]

NOT_OURS, SERVED, UNSERVED = range(3)
(NO_REASON, OUTSIDE_HOURS, OUTSIDE_AREA, ALL_BUSY, DISPATCHER_CHOSE_POLICE, GAVE_UP, CANCELED, STILL_WAITING) = range(8)
SETTLED, VISIT = 1, 2
ROUTINE, URGENT = 1, 2
BEGIN, MEAL, LAST_CALL, END = range(4)

# Columns of `Kinds.chance`.
(OURS, TAKEN_UP, SETTLES, CANCELS, STAGES, FINDS_OTHER, TRANSPORTS, ASKS_BACKUP, ASKS_URGENTLY) = range(9)
# Columns of `Kinds.law`, `mean`, `spread` and `table`.
(PATIENCE, TALK, TURNOUT, OFFICER, STAGING, ON_SCENE, TRANSPORT, FINISHING) = range(8)
# Columns of `Log.time`.
(
    DESK_ASSIGNED,
    DESK_CLEARED,
    ASSIGNED,
    ROLLED,
    STAGED,
    ARRIVED,
    TRANSPORTED,
    CLEARED,
    FREED,
    CANCELED_AT,
    GIVEN_UP_AT,
) = range(11)
# Columns of `Log.code`.
(FATE, REASON, DESK_UNIT, DESK_OUTCOME, UNIT, SUPPORT, FOUND) = range(7)


class Calls(NamedTuple):
    """n calls in order of time: `at` [n], `kind` [n], `zone` [n], `key` [n], which names a call's luck."""

    at: Real
    kind: Whole
    zone: Whole
    key: Bits


class Kinds(NamedTuple):
    """k kinds of call.

    `priority` [k], 0 the most urgent; `steps` [k, s], the teams to try in order, -1 where they end; `hold` [k], the
    longest wait for each of them; `need_roles`, `need_languages` [k]; `keeps` [k], the team of which somebody stays on the
    line until a crew is there, or -1; `chance` [k, 9]; of each duration its `law`,
    `mean`, `spread` and row in `quantiles` (`table`), each [k, 8].
    """

    priority: Whole
    steps: Whole
    hold: Real
    need_roles: Bits
    need_languages: Bits
    keeps: Whole
    chance: Real
    law: Whole
    mean: Real
    spread: Real
    table: Whole
    quantiles: Real


class Units(NamedTuple):
    """u units: `team`, `roles`, `languages`, `home` zone, each [u]; `serves` [u, z]."""

    team: Whole
    roles: Bits
    languages: Bits
    home: Whole
    serves: Flags


class Teams(NamedTuple):
    """g teams: `by_phone`, `with_officer`, and units that stay free for the most urgent calls (`keep_free`)."""

    by_phone: Flags
    with_officer: Flags
    keep_free: Whole


class Turns(NamedTuple):
    """Begin, meal, last call and end of every turn of duty, in order of time: `at`, `unit`, `what`, `minutes` (meals)."""

    at: Real
    unit: Whole
    what: Whole
    minutes: Real


class Roads(NamedTuple):
    """Travel: `minutes` [b, z, z] to a zone from another, in b bands; `band` [168] of each hour of the week; `first_minute` of the run in its week."""

    minutes: Real
    band: Whole
    first_minute: float


class Scenario(NamedTuple):
    """Everything that a run depends on but its seed. `stays`: units return to their base at once and unseen."""

    calls: Calls
    kinds: Kinds
    units: Units
    teams: Teams
    turns: Turns
    roads: Roads
    ties: int
    stays: bool


class Log(NamedTuple):
    """What happened: `time` [n, 11] (NaN: it did not), `code` [n, 7] (-1: none); `overtime` [u]."""

    time: Real
    code: Codes
    overtime: Real


def new_log(scenario: Scenario) -> Log:
    """An empty log for a scenario."""
    n, u = scenario.calls.at.shape[0], scenario.units.team.shape[0]
    return Log(np.empty((n, 11)), np.empty((n, 7), dtype=np.int32), np.zeros(u))


def busy(log: Log, *, units: int) -> Real:
    """Minutes that each unit was on calls, from assigned to free again, over the run [u]."""
    minutes = np.zeros(units)
    for unit, start, end in ((UNIT, ASSIGNED, FREED), (DESK_UNIT, DESK_ASSIGNED, DESK_CLEARED)):
        went = log.code[:, unit] >= 0
        lasted = log.time[went, end] - log.time[went, start]
        minutes += np.bincount(log.code[went, unit], weights=lasted, minlength=units)
    return minutes
