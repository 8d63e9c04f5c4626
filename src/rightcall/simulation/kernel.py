"""The event loop: calls, units, shifts and queues over arrays, compiled.

Three streams are merged by time: arrivals and turns of duty, both sorted beforehand, and a heap of what is still to
happen (a unit gets free while calls wait, a talk leads to a visit, patience ends). At one instant a turn begins first,
then units get free, then talks lead to visits, then patience ends, then calls arrive, and meals and the ends of turns
come last. That a unit gets free is an event only when somebody waits for it; else its time stands in an array. Whatever happens to a call is drawn from
the call's own luck. Every call ends in one fate; nothing is lost.

The loop is one function, because compiled code that hands dozens of arrays from function to function spends most of its
time counting references to them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rightcall.dispatch.choice import NOBODY, choose_unit
from rightcall.simulation import arrays as a
from rightcall.simulation import luck
from rightcall.simulation.arrays import Codes, Log, Real, Scenario
from rightcall.simulation.waiting import HEAD, NEXT, NONE, STEP, TEAM, WHY, dequeue, enqueue, join, leave, pop, push

# What the heap holds: a kind of event and, below it, whose it is.
FREE, VISIT, DEADLINE = 1 << 40, 2 << 40, 3 << 40
WHOSE = (1 << 40) - 1


@njit(cache=True, inline="always")
def _end_without_team(time: Real, code: Codes, call: int, now: float, reason: int) -> None:
    """A call that the desk took stays served, with why nobody came."""
    code[call, a.REASON] = reason
    time[call, a.GIVEN_UP_AT] = now
    if code[call, a.DESK_UNIT] == NONE:
        code[call, a.FATE] = a.UNSERVED


@njit(cache=True, nogil=True, error_model="numpy")
def _loop(sc: Scenario, seed: np.uint64, time: Real, code: Codes, overtime: Real) -> None:  # noqa: C901, PLR0915
    at, kind_of, zone_of, key = sc.calls.at, sc.calls.kind, sc.calls.zone, sc.calls.key
    priority, steps, hold = sc.kinds.priority, sc.kinds.steps, sc.kinds.hold
    need_roles, need_languages, chance = sc.kinds.need_roles, sc.kinds.need_languages, sc.kinds.chance
    law, mean, spread = sc.kinds.law, sc.kinds.mean, sc.kinds.spread
    table, quantiles = sc.kinds.table, sc.kinds.quantiles
    team, roles, languages = sc.units.team, sc.units.roles, sc.units.languages
    home, serves = sc.units.home, sc.units.serves
    by_phone, with_officer, keep_free = sc.teams.by_phone, sc.teams.with_officer, sc.teams.keep_free
    turn_at, turn_unit, turn_what, turn_minutes = sc.turns.at, sc.turns.unit, sc.turns.what, sc.turns.minutes
    minutes, band_of, first_minute = sc.roads.minutes, sc.roads.band, sc.roads.first_minute
    ties, stays = sc.ties, sc.stays

    n, m, u, g = at.shape[0], turn_at.shape[0], team.shape[0], by_phone.shape[0]
    levels = 1
    for k in range(priority.shape[0]):
        levels = max(levels, priority[k] + 1)
    # Most kinds of call are plain; asking once saves asking for each thing that could happen.
    screened, eventful = np.zeros(priority.shape[0], np.bool_), np.zeros(priority.shape[0], np.bool_)
    for k in range(priority.shape[0]):
        screened[k] = chance[k, a.OURS] < 1.0 or chance[k, a.TAKEN_UP] < 1.0
        eventful[k] = (
            chance[k, a.CANCELS] + chance[k, a.STAGES] + chance[k, a.FINDS_OTHER]
            + chance[k, a.TRANSPORTS] + chance[k, a.ASKS_BACKUP] > 0.0
        )  # fmt: skip
    # `free_from`: when a unit may be given a call; `done_at`: when its last call was or will be over.
    free_from, done_at = np.full(u, np.inf), np.zeros(u)
    on_duty, announced = np.zeros(u, np.bool_), np.zeros(u, np.bool_)
    # `next_home`: when the first unit of a team is back at its base.
    place, back_at, next_home = home.copy(), np.zeros(u), np.zeros(g)
    among, count = np.zeros((g, u), np.int64), np.zeros(g, np.int64)
    serves_zone = serves.T.copy()
    # A team without units is off duty, not out of its area.
    covered = np.ones((g, serves.shape[1]), np.bool_)
    for unit in range(u):
        covered[team[unit]] = False
    for unit in range(u):
        for z in range(serves.shape[1]):
            covered[team[unit], z] |= serves[unit, z]
    room = u + 2 * m + n * (steps.shape[1] + 1) + 1
    heap_time, heap_code, heap = np.empty(room), np.empty(room, np.int64), 0
    queue, waiting = np.full((g, levels, 2), NONE, np.int64), np.zeros(g, np.int64)
    line, deadline = np.zeros((n, 5), np.int32), np.zeros(n)
    next_call, next_turn = 0, 0
    band, hour_ends = 0, -np.inf

    def happens(own: np.uint64, k: int, which: int, purpose: int) -> bool:
        share = chance[k, which]
        return bool(share > 0.0 and (share >= 1.0 or luck.at(own, purpose) < share))

    def lasts(own: np.uint64, k: int, which: int, purpose: int) -> float:
        rule = law[k, which]
        if rule == luck.CONSTANT:
            return float(mean[k, which])
        u01 = luck.at(own, purpose)
        return luck.drawn(rule, mean[k, which], spread[k, which], quantiles, table[k, which], u01)

    while True:
        arrives = at[next_call] if next_call < n else np.inf
        turns = turn_at[next_turn] if next_turn < m else np.inf
        event = heap_time[0] if heap else np.inf
        now = min(arrives, turns, event)
        if now >= hour_ends and now < np.inf:
            hour = int((now + first_minute) / 60.0)
            band, hour_ends = band_of[hour % 168], (hour + 1) * 60.0 - first_minute
        # What this event leaves to do: a unit that may take a waiting call, and a call to offer.
        unit, offered = NONE, NONE

        if turns < min(arrives, event) or (
            next_turn < m and turn_what[next_turn] == a.BEGIN and turns <= min(arrives, event)
        ):
            who, what = turn_unit[next_turn], turn_what[next_turn]
            if what == a.BEGIN:
                if not on_duty[who]:
                    join(among, count, team[who], who)
                    place[who], back_at[who] = home[who], now
                on_duty[who] = True
                free_from[who] = done_at[who] = max(now, done_at[who])
                if free_from[who] <= now:
                    unit = who
            elif what == a.MEAL:
                # A free unit eats now, a busy one as soon as its call is over.
                if free_from[who] <= now:
                    free_from[who] = now + turn_minutes[next_turn]
                elif done_at[who] > now:
                    # What was announced is no longer when it gets free.
                    free_from[who], announced[who] = free_from[who] + turn_minutes[next_turn], False
            elif what == a.LAST_CALL:
                free_from[who], announced[who] = np.inf, False
            elif on_duty[who]:
                on_duty[who], free_from[who], announced[who] = False, np.inf, False
                leave(among, count, team[who], who)
                overtime[who] += max(0.0, done_at[who] - now)
            if waiting[team[who]] > 0 and now < free_from[who] < np.inf:
                heap, announced[who] = push(heap_time, heap_code, heap, free_from[who], FREE + who), True
            next_turn += 1

        elif event <= arrives and event < np.inf:
            what = heap_code[0]
            who = what & WHOSE
            heap = pop(heap_time, heap_code, heap)
            if what < VISIT:
                if free_from[who] == now:
                    announced[who], unit = False, who
            elif what < DEADLINE:
                line[who, STEP] += 1
                offered = who
            elif line[who, TEAM] != NONE and deadline[who] == now:
                k, waited_for = kind_of[who], line[who, TEAM]
                dequeue(line, queue, who, priority[k])
                waiting[waited_for] -= 1
                if by_phone[waited_for] and lasts(luck.stream(seed, key[who]), k, a.PATIENCE, luck.PATIENCE) <= hold[k]:
                    _end_without_team(time, code, who, now, a.GAVE_UP)
                else:
                    if line[who, WHY] == a.NO_REASON:
                        line[who, WHY] = a.ALL_BUSY
                    line[who, STEP] += 1
                    offered = who

        elif next_call < n:
            call = next_call
            next_call += 1
            k = kind_of[call]
            for column in range(time.shape[1]):
                time[call, column] = np.nan
            for column in range(code.shape[1]):
                code[call, column] = NONE
            line[call, TEAM] = NONE
            if screened[k] and not happens(luck.stream(seed, key[call]), k, a.OURS, luck.SCREENING):
                code[call, a.FATE] = a.NOT_OURS
            elif screened[k] and not happens(luck.stream(seed, key[call]), k, a.TAKEN_UP, luck.UPTAKE):
                _end_without_team(time, code, call, now, a.DISPATCHER_CHOSE_POLICE)
            else:
                offered = call
        else:
            break

        while unit != NONE or offered != NONE:
            taken, taker = NONE, NONE
            if unit != NONE:
                # The free unit takes the call of its team that waits longest, the most urgent first.
                its_team, able = team[unit], 0
                if keep_free[its_team] > 0:
                    for listed in range(count[its_team]):
                        able += free_from[among[its_team, listed]] <= now
                for level in range(levels):
                    if taken != NONE or (level > 0 and keep_free[its_team] > 0 and able <= keep_free[its_team]):
                        break
                    call = queue[its_team, level, HEAD]
                    while call != NONE:
                        k = kind_of[call]
                        if (
                            serves[unit, zone_of[call]]
                            and (roles[unit] & need_roles[k]) == need_roles[k]
                            and (languages[unit] & need_languages[k]) == need_languages[k]
                        ):
                            taken, taker = call, unit
                            dequeue(line, queue, call, level)
                            waiting[its_team] -= 1
                            break
                        call = line[call, NEXT]
                unit = NONE
            else:
                # Its teams in order: a unit goes, or the call waits, or the next team is tried.
                call, k, zone = offered, kind_of[offered], zone_of[offered]
                offered = NONE
                waits = False
                while (
                    taken == NONE
                    and not waits
                    and line[call, STEP] < steps.shape[1]
                    and steps[k, line[call, STEP]] != NONE
                ):
                    wanted = steps[k, line[call, STEP]]
                    reason = a.ALL_BUSY
                    if not covered[wanted, zone]:
                        reason = a.OUTSIDE_AREA
                    elif count[wanted] == 0:
                        reason = a.OUTSIDE_HOURS
                    else:
                        if not stays and next_home[wanted] <= now:
                            next_home[wanted] = np.inf
                            for listed in range(count[wanted]):
                                other = among[wanted, listed]
                                if back_at[other] <= now:
                                    place[other] = home[other]
                                elif place[other] != home[other]:
                                    next_home[wanted] = min(next_home[wanted], back_at[other])
                        keep = keep_free[wanted] if priority[k] > 0 else 0
                        chosen = choose_unit(
                            free_from, now, among, count, roles, languages, serves_zone, place, done_at, minutes, band, wanted,
                            need_roles[k], need_languages[k], zone, keep, ties,
                        )  # fmt: skip
                        if chosen != NOBODY:
                            taken, taker = call, chosen
                            break
                        longest = hold[k]
                        if by_phone[wanted]:
                            longest = min(longest, lasts(luck.stream(seed, key[call]), k, a.PATIENCE, luck.PATIENCE))
                        if longest > 0.0:
                            enqueue(line, queue, call, wanted, priority[k])
                            waiting[wanted] += 1
                            for listed in range(count[wanted]):
                                other = among[wanted, listed]
                                if not announced[other] and now < free_from[other] < np.inf:
                                    heap = push(heap_time, heap_code, heap, free_from[other], FREE + other)
                                    announced[other] = True
                            deadline[call] = now + longest
                            if longest < np.inf:
                                heap = push(heap_time, heap_code, heap, now + longest, DEADLINE + call)
                            waits = True
                            break
                    if line[call, WHY] == a.NO_REASON:
                        line[call, WHY] = reason
                    line[call, STEP] += 1
                if taken == NONE and not waits:
                    _end_without_team(time, code, call, now, line[call, WHY])
            if taken == NONE:
                continue

            # The whole course is drawn when a unit is given the call, since nothing later can change it.
            call, who, k = taken, taker, kind_of[taken]
            crew, unusual, travel, rolled = team[who], eventful[k], 0.0, now
            own = luck.stream(seed, key[call])
            if not by_phone[crew]:
                if back_at[who] <= now:
                    place[who] = home[who]
                travel = minutes[band, zone_of[call], place[who]]
                rolled = now + lasts(own, k, a.TURNOUT, luck.TURNOUT)
                time[call, a.ASSIGNED], time[call, a.ROLLED], code[call, a.UNIT] = now, rolled, who
            if by_phone[crew]:
                done = now + lasts(own, k, a.TALK, luck.TALK)
                settled = happens(own, k, a.SETTLES, luck.SETTLED)
                time[call, a.DESK_ASSIGNED], time[call, a.DESK_CLEARED] = now, done
                code[call, a.DESK_UNIT], code[call, a.FATE] = who, a.SERVED
                code[call, a.DESK_OUTCOME] = a.SETTLED if settled else a.VISIT
                if not settled:
                    heap = push(heap_time, heap_code, heap, done, VISIT + call)
            elif unusual and happens(own, k, a.CANCELS, luck.CANCEL):
                done = rolled + travel * luck.at(own, luck.CANCEL_WHEN)
                time[call, a.CANCELED_AT] = time[call, a.FREED] = done
                _end_without_team(time, code, call, done, a.CANCELED)
            else:
                there, waited = rolled + travel, 0.0
                if with_officer[crew]:
                    waited = max(0.0, now + lasts(own, k, a.OFFICER, luck.OFFICER) - there)
                if unusual and happens(own, k, a.STAGES, luck.STAGE):
                    waited = max(waited, lasts(own, k, a.STAGING, luck.STAGE_TIME))
                if waited > 0.0:
                    time[call, a.STAGED] = there
                arrived = there + waited
                scene = lasts(own, k, a.ON_SCENE, luck.ON_SCENE)
                found = unusual and happens(own, k, a.FINDS_OTHER, luck.FOUND)
                if found:
                    scene *= luck.at(own, luck.FOUND_WHEN)
                leaves = arrived + scene
                cleared = leaves
                if unusual and not found and happens(own, k, a.TRANSPORTS, luck.TRANSPORT):
                    time[call, a.TRANSPORTED] = leaves
                    cleared = leaves + lasts(own, k, a.TRANSPORT, luck.TRANSPORT_TIME)
                done = cleared + lasts(own, k, a.FINISHING, luck.FINISH)
                if unusual and happens(own, k, a.ASKS_BACKUP, luck.BACKUP):
                    code[call, a.SUPPORT] = a.URGENT if happens(own, k, a.ASKS_URGENTLY, luck.URGENT) else a.ROUTINE
                time[call, a.ARRIVED], time[call, a.CLEARED], time[call, a.FREED] = arrived, cleared, done
                code[call, a.FATE], code[call, a.REASON], code[call, a.FOUND] = a.SERVED, a.NO_REASON, found
                if not stays:
                    place[who] = zone_of[call]
            free_from[who] = done_at[who] = done
            if not stays:
                then = band_of[int((done + first_minute) / 60.0) % 168]
                back_at[who] = done + minutes[then, home[who], place[who]]
                next_home[crew] = min(next_home[crew], back_at[who])
            if waiting[crew] > 0:
                heap, announced[who] = push(heap_time, heap_code, heap, done, FREE + who), True

    for call in range(n):
        if line[call, TEAM] != NONE:
            _end_without_team(time, code, call, np.inf, a.STILL_WAITING)


def run(scenario: Scenario, *, seed: int, into: Log | None = None) -> Log:
    """One run of a scenario. The same seed gives the same run, to the last bit.

    `into`: the log of an earlier run of as many calls and units, to be written over.
    """
    log = a.new_log(scenario) if into is None else into
    log.overtime[:] = 0.0
    _loop(scenario, np.uint64(luck.mixed(np.uint64(seed))), log.time, log.code, log.overtime)
    return log
