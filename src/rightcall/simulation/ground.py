"""What the event loop works on: a scenario's arrays as compiled code reads them fastest, and the arrays that it changes.

Numbers of calls, units, teams and zones are unsigned here: of a signed one compiled code asks each time whether it counts
from the end. All arrays are made before the loop begins, so that the loop need not count who holds them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rightcall.dispatch import choice
from rightcall.simulation import arrays as a
from rightcall.simulation.arrays import Flags, Real, Scenario, Units, Whole

# Numbers of calls, units, teams and zones: arrays of uint32, where there are few of uint16; a number of one's own is made
# by `number`.
Index = NDArray[Any]
Small = NDArray[Any]
number: Any = np.uint32
NOBODY: Any = np.uint32(0xFFFFFFFF)
NO_TEAM: Any = np.uint16(0xFFFF)


class Facts(NamedTuple):
    """What does not change while a run goes on; shapes as in `arrays`.

    `need` and `alone` [k]: the rows of `may` [c, z, u] that tell which units may take a kind, and which of any role may
    stay on the line; `screened`, `eventful` [k]: kinds that
    may turn out not to be ours or not be offered, and visits to which something may happen; `covered` [g, z]: whether any
    unit of a team serves a zone (a team without units is off duty, not out of its area); `visits`, `talks` [k]: whether a
    team in person, or by phone, is among a kind's steps.
    """

    at: Real
    kind: Index
    zone: Index
    key: a.Bits
    priority: Index
    steps: Small
    hold: Real
    need: Index
    alone: Index
    keeps: Small
    screened: Flags
    eventful: Flags
    chance: Real
    law: Whole
    mean: Real
    spread: Real
    table: Index
    quantiles: Real
    team: Index
    home: Index
    may: Flags
    covered: Flags
    visits: Flags
    talks: Flags
    by_phone: Flags
    with_officer: Flags
    keep_free: Whole
    turn_at: Real
    turn_unit: Index
    turn_what: Whole
    turn_minutes: Real
    minutes: Real
    band: Index
    first_minute: float
    ties: int
    stays: bool


class State(NamedTuple):
    """What changes. Of units: `free_from`, when each may be given a call, and `done_at`, when its last call is over;
    `place`, and `back_at`, when it is home again. Of teams: `among` and `listed`, its units on duty and their number; `next_home`, when the
    first of them is back; `soonest`, before which none is free and all are announced. What waits: the heap, the line before
    each team (`queue`, `links`, `where`, see `waiting`), how many stand in it and until when. Foretold for every call, because a
    loop that waits for luck waits long: its `own` stream, and how long it takes on `scene` and in `talk` where it may come
    to that.
    """

    free_from: Real
    done_at: Real
    on_duty: Flags
    announced: Flags
    place: Index
    back_at: Real
    among: Index
    listed: Index
    next_home: Real
    soonest: Real
    heap_time: Real
    heap_code: Whole
    queue: Index
    waiting: Whole
    links: Index
    where: Small
    deadline: Real
    own: a.Bits
    scene: Real
    talk: Real


def facts(sc: Scenario) -> Facts:
    """A scenario for the loop."""
    units, teams, kinds, chance = sc.units, sc.teams, sc.kinds, sc.kinds.chance
    asked = np.stack([kinds.need_roles, kinds.need_languages], axis=1)
    alone = np.stack([np.zeros_like(kinds.need_roles), kinds.need_languages], axis=1)
    needs, need = np.unique(np.concatenate([asked, alone]), axis=0, return_inverse=True)
    unusual = [a.CANCELS, a.STAGES, a.FINDS_OTHER, a.TRANSPORTS, a.ASKS_BACKUP]
    visits, talks = (_any(np.isin(kinds.steps, np.flatnonzero(those))) for those in (~teams.by_phone, teams.by_phone))  # fmt: skip
    return Facts(
        at=sc.calls.at, kind=_index(sc.calls.kind), zone=_index(sc.calls.zone), key=sc.calls.key,
        priority=_index(kinds.priority), steps=kinds.steps.astype(np.uint16), hold=kinds.hold,
        need=_index(need.reshape(2, -1)[0]), alone=_index(need.reshape(2, -1)[1]), keeps=kinds.keeps.astype(np.uint16),
        screened=_any(chance[:, [a.OURS, a.TAKEN_UP]] < 1.0), eventful=_any(chance[:, unusual] > 0.0),
        chance=chance, law=kinds.law, mean=kinds.mean, spread=kinds.spread, table=_index(kinds.table),
        quantiles=kinds.quantiles, team=_index(units.team), home=_index(units.home),
        may=choice.who_may(units.roles, units.languages, units.serves, needs[:, 0].copy(), needs[:, 1].copy()),
        covered=covered(units, teams=teams.by_phone.size), visits=visits, talks=talks, **teams._asdict(), turn_at=sc.turns.at,
        turn_unit=_index(sc.turns.unit), turn_what=sc.turns.what, turn_minutes=sc.turns.minutes, minutes=sc.roads.minutes,
        band=_index(sc.roads.band), first_minute=sc.roads.first_minute, ties=sc.ties, stays=sc.stays,
    )  # fmt: skip


def covered(units: Units, *, teams: int) -> Flags:
    """Whether any unit of a team serves a zone [g, z]; a team without units is off duty, not out of its area."""
    found = np.ones((teams, units.serves.shape[1]), np.bool_)
    for team in np.unique(units.team):
        found[team] = units.serves[units.team == team].any(axis=0)
    return found


def state(f: Facts) -> State:
    """How a run begins: nobody on duty, nobody waiting."""
    n, m, u, g = f.at.size, f.turn_at.size, f.team.size, f.by_phone.size
    levels = int(f.priority.max(initial=0)) + 1
    room = u + 2 * m + n * (f.steps.shape[1] + 1) + 1
    return State(
        np.full(u, np.inf), np.zeros(u), np.zeros(u, np.bool_), np.zeros(u, np.bool_), f.home.copy(), np.zeros(u),
        np.zeros((g, u), np.uint32), np.zeros(g, np.uint32), np.zeros(g), np.full(g, -np.inf),
        np.empty(room), np.empty(room, np.int64), np.full((g, levels, 2), NOBODY), np.zeros(g, np.int64),
        np.empty((n, 2), np.uint32), np.zeros((n, 3), np.uint16), np.empty(n),
        np.empty(n, np.uint64), np.empty(n), np.empty(n),
    )  # fmt: skip


def _any(flags: Flags) -> Flags:
    """Whether any is set in each row."""
    return np.asarray(flags.any(axis=1))


def _index(numbers: NDArray[np.integer]) -> Index:
    return numbers.astype(number)
