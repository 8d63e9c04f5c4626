"""The event loop: calls, units, shifts and queues over arrays, compiled.

Three streams are merged by time: arrivals and turns of duty, both sorted beforehand, and a heap of what is still to
happen (a unit gets free while calls wait, a talk leads to a visit, patience ends). At one instant a turn begins first,
then units get free, then talks lead to visits, then patience ends, then calls arrive, and meals and the ends of turns
come last. That a unit gets free is an event only when somebody waits for it; else its time stands in an array. Whatever
happens to a call is drawn from the call's own luck. Every call ends in one fate; nothing is lost.

All functions are inlined into one, and no array is made in it, so that nobody need count who holds one: counting took
most of the time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rightcall.dispatch.choice import choose_unit
from rightcall.simulation import arrays as a
from rightcall.simulation import ground, luck
from rightcall.simulation.arrays import Codes, Log, Real, Scenario
from rightcall.simulation.ground import NO_TEAM, NOBODY, Facts, State, number
from rightcall.simulation.waiting import (
    HEAD,
    NEXT,
    STEP,
    TEAM,
    UNCOUNTED,
    WHY,
    dequeue,
    enqueue,
    inlined,
    join,
    leave,
    pop,
    push,
)

# What the heap holds: a kind of event and, below it, whose it is.
FREE, VISIT, DEADLINE = 1 << 40, 2 << 40, 3 << 40
WHOSE = (1 << 40) - 1


@inlined
def _happens(f: Facts, own: np.uint64, k: int, which: int, purpose: int) -> bool:
    share = f.chance[k, which]
    return bool(share > 0.0 and (share >= 1.0 or luck.at(own, purpose) < share))


@inlined
def _lasts(f: Facts, own: np.uint64, k: int, which: int, purpose: int) -> float:
    rule = f.law[k, which]
    if rule == luck.CONSTANT:
        return float(f.mean[k, which])
    u01 = luck.at(own, purpose)
    return luck.drawn(rule, f.mean[k, which], f.spread[k, which], f.quantiles, f.table[k, which], u01)


@inlined
def _end_without_team(time: Real, code: Codes, call: int, now: float, reason: int) -> None:
    """A call that the desk took stays served, with why nobody came."""
    code[call, a.REASON] = reason
    time[call, a.GIVEN_UP_AT] = now
    if code[call, a.DESK_UNIT] < 0:
        code[call, a.FATE] = a.UNSERVED


@inlined
def _announce(s: State, unit: int, heap: int) -> int:
    """Make it an event that a unit gets free."""
    s.announced[unit] = True
    return push(s.heap_time, s.heap_code, heap, s.free_from[unit], FREE + unit)


@inlined
def _occupy(s: State, unit: int, team: int, until: float, heap: int) -> int:
    """A unit is busy until a time, and whoever waits for its team hears of it then."""
    s.free_from[unit] = s.done_at[unit] = until
    if s.waiting[team] > 0:
        heap = _announce(s, unit, heap)
    return heap


@inlined
def _turn(f: Facts, s: State, overtime: Real, turn: int, now: float) -> bool:
    """A turn of duty begins or ends, or a meal is due; whether the unit may take a call now."""
    who, what = f.turn_unit[turn], f.turn_what[turn]
    may_take = False
    if what == a.BEGIN:
        if not s.on_duty[who]:
            join(s.among, s.listed, f.team[who], who)
            s.place[who], s.back_at[who] = f.home[who], now
        s.on_duty[who] = True
        s.free_from[who] = s.done_at[who] = max(now, s.done_at[who])
        may_take = s.free_from[who] <= now
    elif what == a.MEAL:
        # A free unit eats now, a busy one as soon as its call is over.
        if s.free_from[who] <= now:
            s.free_from[who] = now + f.turn_minutes[turn]
        elif s.done_at[who] > now:
            # What was announced is no longer when it gets free.
            s.free_from[who], s.announced[who] = s.free_from[who] + f.turn_minutes[turn], False
    elif what == a.LAST_CALL:
        s.free_from[who], s.announced[who] = np.inf, False
    elif s.on_duty[who]:
        s.on_duty[who], s.free_from[who], s.announced[who] = False, np.inf, False
        leave(s.among, s.listed, f.team[who], who)
        overtime[who] += max(0.0, s.done_at[who] - now)
    s.soonest[f.team[who]] = -np.inf
    return may_take


@inlined
def _longest_waiting(f: Facts, s: State, unit: int, now: float) -> int:
    """The call of its team that a free unit takes: the most urgent, of those the one that waits longest; or `NOBODY`."""
    team, free = f.team[unit], np.int64(0)
    taken: int = NOBODY
    if f.keep_free[team] > 0:
        for row in range(s.listed[team]):
            free += s.free_from[s.among[team, row]] <= now
    for level in range(s.queue.shape[1]):
        if taken != NOBODY or (level > 0 and 0 < f.keep_free[team] >= free):
            break
        call = s.queue[team, level, HEAD]
        while call != NOBODY:
            if f.may[f.need[f.kind[call]], f.zone[call], unit]:
                dequeue(s.links, s.where, s.queue, call, team, level)
                s.waiting[team] -= 1
                taken = call
                break
            call = s.links[call, NEXT]
    return taken


@inlined
def _come_home(f: Facts, s: State, team: int, now: float) -> None:
    """Whoever of a team is back at its base by now stands there."""
    if s.next_home[team] <= now:
        s.next_home[team] = np.inf
        for row in range(s.listed[team]):
            other = s.among[team, row]
            if s.back_at[other] <= now:
                s.place[other] = f.home[other]
            elif s.place[other] != f.home[other]:
                s.next_home[team] = min(s.next_home[team], s.back_at[other])


@inlined
def _nearest(f: Facts, s: State, call: int, team: int, need: int, band: int, now: float) -> int:
    """The unit of a team that should go to a call now, or `NOBODY`."""
    chosen = -1
    if s.soonest[team] <= now:
        keep = f.keep_free[team] if f.priority[f.kind[call]] > 0 else 0
        chosen = choose_unit(
            s.free_from, now, s.among, s.listed, f.may, s.place, s.done_at, f.minutes, band, team, need, f.zone[call], keep, f.ties
        )  # fmt: skip
    unit: int = NOBODY if chosen < 0 else number(chosen)
    return unit


@inlined
def _wait(f: Facts, s: State, call: int, team: int, until: float, now: float, heap: int) -> int:
    """A call waits for a team until a time."""
    enqueue(s.links, s.where, s.queue, call, team, f.priority[f.kind[call]])
    s.waiting[team] += 1
    if s.soonest[team] <= now:
        s.soonest[team] = np.inf
        for row in range(s.listed[team]):
            other = s.among[team, row]
            s.soonest[team] = min(s.soonest[team], s.free_from[other])
            if not s.announced[other] and now < s.free_from[other] < np.inf:
                heap = _announce(s, other, heap)
    s.deadline[call] = until
    if until < np.inf:
        heap = push(s.heap_time, s.heap_code, heap, until, DEADLINE + call)
    return heap


@inlined
def _offer(f: Facts, s: State, time: Real, code: Codes, call: int, band: int, now: float, heap: int) -> tuple[int, int]:
    """Its teams in order: a unit goes, or the call waits, or the next team is tried. The unit, or `NOBODY`; the heap's size."""
    k, unit, waits = f.kind[call], NOBODY, False
    while (
        unit == NOBODY and not waits
        and s.where[call, STEP] < f.steps.shape[1] and f.steps[k, s.where[call, STEP]] != NO_TEAM
    ):  # fmt: skip
        team = f.steps[k, s.where[call, STEP]]
        reason = a.ALL_BUSY
        if not f.covered[team, f.zone[call]]:
            reason = a.OUTSIDE_AREA
        elif s.listed[team] == 0:
            reason = a.OUTSIDE_HOURS
        else:
            if not f.stays:
                _come_home(f, s, team, now)
            unit = _nearest(f, s, call, team, f.need[k], band, now)
            longest = f.hold[k]
            if unit == NOBODY and f.by_phone[team]:
                longest = min(longest, _lasts(f, s.own[call], k, a.PATIENCE, luck.PATIENCE))
            if unit == NOBODY and longest > 0.0:
                heap = _wait(f, s, call, team, now + longest, now, heap)
                waits = True
        if unit == NOBODY and not waits:
            if s.where[call, WHY] == a.NO_REASON:
                s.where[call, WHY] = reason
            s.where[call, STEP] += 1
    if unit == NOBODY and not waits:
        _end_without_team(time, code, call, now, s.where[call, WHY])
    return unit, heap


@inlined
def _talk(f: Facts, s: State, time: Real, code: Codes, call: int, who: int, now: float, heap: int) -> int:
    """Somebody at the desk takes a call; what it does not settle leads to a visit."""
    done, settled = now + s.talk[call], _happens(f, s.own[call], f.kind[call], a.SETTLES, luck.SETTLED)
    time[call, a.DESK_ASSIGNED], time[call, a.DESK_CLEARED] = now, done
    code[call, a.DESK_UNIT], code[call, a.FATE] = who, a.SERVED
    code[call, a.DESK_OUTCOME] = a.SETTLED if settled else a.VISIT
    if not settled:
        heap = push(s.heap_time, s.heap_code, heap, done, VISIT + call)
    return _occupy(s, who, f.team[who], done, heap)


@inlined
def _stay_on_line(f: Facts, s: State, time: Real, code: Codes, call: int, band: int, now: float, until: float, heap: int) -> int:  # fmt: skip
    """Where the rule keeps a team on the line and somebody of it is free, the caller is not alone until the crew is there."""
    team = f.keeps[f.kind[call]]
    other = _nearest(f, s, call, team, f.alone[f.kind[call]], band, now)
    if other != NOBODY:
        time[call, a.DESK_ASSIGNED], time[call, a.DESK_CLEARED] = now, until
        code[call, a.DESK_UNIT], code[call, a.FATE], code[call, a.DESK_OUTCOME] = other, a.SERVED, a.VISIT
        heap = _occupy(s, other, team, until, heap)
    return heap


@inlined
def _visit(f: Facts, s: State, time: Real, code: Codes, call: int, who: int, band: int, now: float, heap: int) -> int:
    """A crew goes. Its whole course is drawn now, since nothing later can change it."""
    k, crew, own, unusual = f.kind[call], f.team[who], s.own[call], f.eventful[f.kind[call]]
    if s.back_at[who] <= now:
        s.place[who] = f.home[who]
    travel = f.minutes[band, f.zone[call], s.place[who]]
    rolled = now + _lasts(f, own, k, a.TURNOUT, luck.TURNOUT)
    time[call, a.ASSIGNED], time[call, a.ROLLED], code[call, a.UNIT] = now, rolled, who
    canceled = unusual and _happens(f, own, k, a.CANCELS, luck.CANCEL)
    if canceled:
        there = done = rolled + travel * luck.at(own, luck.CANCEL_WHEN)
        time[call, a.CANCELED_AT] = time[call, a.FREED] = done
    else:
        there, waited = rolled + travel, 0.0
        if f.with_officer[crew]:
            waited = max(0.0, now + _lasts(f, own, k, a.OFFICER, luck.OFFICER) - there)
        if unusual and _happens(f, own, k, a.STAGES, luck.STAGE):
            waited = max(waited, _lasts(f, own, k, a.STAGING, luck.STAGE_TIME))
        if waited > 0.0:
            time[call, a.STAGED] = there
        there += waited
        scene = s.scene[call]
        found = unusual and _happens(f, own, k, a.FINDS_OTHER, luck.FOUND)
        if found:
            scene *= luck.at(own, luck.FOUND_WHEN)
        leaves = there + scene
        cleared = leaves
        if unusual and not found and _happens(f, own, k, a.TRANSPORTS, luck.TRANSPORT):
            time[call, a.TRANSPORTED] = leaves
            cleared = leaves + _lasts(f, own, k, a.TRANSPORT, luck.TRANSPORT_TIME)
        done = cleared + _lasts(f, own, k, a.FINISHING, luck.FINISH)
        if unusual and _happens(f, own, k, a.ASKS_BACKUP, luck.BACKUP):
            urgent = _happens(f, own, k, a.ASKS_URGENTLY, luck.URGENT)
            code[call, a.SUPPORT] = a.URGENT if urgent else a.ROUTINE
        time[call, a.ARRIVED], time[call, a.CLEARED], time[call, a.FREED] = there, cleared, done
        code[call, a.FATE], code[call, a.REASON], code[call, a.FOUND] = a.SERVED, a.NO_REASON, found
        if not f.stays:
            s.place[who] = f.zone[call]
    if not f.stays:
        then = f.band[np.uint64((done + f.first_minute) / 60.0) % np.uint64(168)]
        s.back_at[who] = done + f.minutes[then, f.home[who], s.place[who]]
        s.next_home[crew] = min(s.next_home[crew], s.back_at[who])
    heap = _occupy(s, who, crew, done, heap)
    if f.keeps[k] != NO_TEAM and code[call, a.DESK_UNIT] < 0:
        heap = _stay_on_line(f, s, time, code, call, band, now, there, heap)
    if canceled:
        _end_without_team(time, code, call, done, a.CANCELED)
    return heap


@inlined
def _foretell(f: Facts, s: State, seed: np.uint64) -> None:
    for call in range(f.at.shape[0]):
        s.own[call] = luck.stream(seed, f.key[call])
    for call in range(f.at.shape[0]):
        k = f.kind[call]
        if f.visits[k]:
            s.scene[call] = _lasts(f, s.own[call], k, a.ON_SCENE, luck.ON_SCENE)
        if f.talks[k]:
            s.talk[call] = _lasts(f, s.own[call], k, a.TALK, luck.TALK)


@inlined
def _arrive(f: Facts, s: State, time: Real, code: Codes, call: int, now: float) -> bool:
    """A call comes; whether it is offered to a team."""
    k = f.kind[call]
    for column in range(time.shape[1]):
        time[call, column] = np.nan
    for column in range(code.shape[1]):
        code[call, column] = -1
    s.where[call, TEAM] = NO_TEAM
    if f.screened[k] and not _happens(f, s.own[call], k, a.OURS, luck.SCREENING):
        code[call, a.FATE] = a.NOT_OURS
        return False
    if f.screened[k] and not _happens(f, s.own[call], k, a.TAKEN_UP, luck.UPTAKE):
        _end_without_team(time, code, call, now, a.DISPATCHER_CHOSE_POLICE)
        return False
    return True


@inlined
def _run_out(f: Facts, s: State, time: Real, code: Codes, call: int, now: float) -> bool:
    """A call has waited as long as it may; whether its next team is tried."""
    k, team = f.kind[call], s.where[call, TEAM]
    if team == NO_TEAM or s.deadline[call] != now:
        return False
    dequeue(s.links, s.where, s.queue, call, team, f.priority[k])
    s.waiting[team] -= 1
    if f.by_phone[team] and _lasts(f, s.own[call], k, a.PATIENCE, luck.PATIENCE) <= f.hold[k]:
        _end_without_team(time, code, call, now, a.GAVE_UP)
        return False
    if s.where[call, WHY] == a.NO_REASON:
        s.where[call, WHY] = a.ALL_BUSY
    s.where[call, STEP] += 1
    return True


@inlined
def _close(s: State, time: Real, code: Codes) -> None:
    """Whoever waits when nothing more can happen waits for nobody."""
    for team in range(s.queue.shape[0]):
        for level in range(s.queue.shape[1]):
            call = s.queue[team, level, HEAD]
            while call != NOBODY:
                _end_without_team(time, code, call, np.inf, a.STILL_WAITING)
                call = s.links[call, NEXT]


@njit(cache=True, nogil=True, **UNCOUNTED)  # type: ignore[untyped-decorator]
def _loop(f: Facts, s: State, seed: np.uint64, time: Real, code: Codes, overtime: Real) -> None:  # noqa: C901
    _foretell(f, s, seed)
    n, m = f.at.shape[0], f.turn_at.shape[0]
    next_call, next_turn, heap = 0, 0, 0
    band, hour_ends = number(0), -np.inf
    while True:
        arrives = f.at[next_call] if next_call < n else np.inf
        turns = f.turn_at[next_turn] if next_turn < m else np.inf
        event = s.heap_time[0] if heap else np.inf
        now = min(arrives, turns, event)
        if now == np.inf:
            break
        if now >= hour_ends:
            hour = np.uint64((now + f.first_minute) / 60.0)
            band, hour_ends = f.band[hour % np.uint64(168)], (hour + 1.0) * 60.0 - f.first_minute
        # What this event leaves to do: a unit that may take a waiting call, or a call to offer.
        unit, call = NOBODY, NOBODY
        begins = next_turn < m and f.turn_what[next_turn] == a.BEGIN and turns <= min(arrives, event)
        if begins or turns < min(arrives, event):
            who = f.turn_unit[next_turn]
            if _turn(f, s, overtime, next_turn, now):
                unit = who
            if s.waiting[f.team[who]] > 0 and now < s.free_from[who] < np.inf:
                heap = _announce(s, who, heap)
            next_turn += 1
        elif event <= arrives:
            what = s.heap_code[0]
            who = number(what & WHOSE)
            heap = pop(s.heap_time, s.heap_code, heap)
            if what < VISIT:
                if s.free_from[who] == now:
                    s.announced[who], unit = False, who
            elif what < DEADLINE:
                s.where[who, STEP] += 1
                call = who
            elif _run_out(f, s, time, code, who, now):
                call = who
        else:
            if _arrive(f, s, time, code, number(next_call), now):
                call = number(next_call)
            next_call += 1

        if unit != NOBODY:
            call = _longest_waiting(f, s, unit, now)
        elif call != NOBODY:
            unit, heap = _offer(f, s, time, code, call, band, now, heap)
        if unit != NOBODY and call != NOBODY:
            if f.by_phone[f.team[unit]]:
                heap = _talk(f, s, time, code, call, unit, now, heap)
            else:
                heap = _visit(f, s, time, code, call, unit, band, now, heap)
    _close(s, time, code)


def run(scenario: Scenario, *, seed: int, into: Log | None = None) -> Log:
    """One run of a scenario. The same seed gives the same run, to the last bit.

    `into`: the log of an earlier run of as many calls and units, to be written over.
    """
    log = a.new_log(scenario) if into is None else into
    log.overtime[:] = 0.0
    facts = ground.facts(scenario)
    _loop(facts, ground.state(facts), np.uint64(luck.mixed(np.uint64(seed))), log.time, log.code, log.overtime)
    return log
