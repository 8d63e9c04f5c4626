"""The slow twin of the kernel: one heap, dictionaries and plain words, written from the rules and not from the kernel."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rightcall.dispatch import choice
from rightcall.simulation import arrays as a
from rightcall.simulation import luck
from rightcall.simulation.arrays import Scenario

BEGIN, FREED, VISIT, DEADLINE, ARRIVAL, OTHER_TURN = range(6)


@dataclass
class Crew:
    number: int
    place: int
    on_duty: bool = False
    takes_calls: bool = False
    done_at: float = 0.0
    eats_until: float = 0.0
    meal_due: float = 0.0
    back_at: float = 0.0
    idle_since: float = 0.0

    def free(self, now: float) -> bool:
        return self.on_duty and self.takes_calls and self.done_at <= now and self.eats_until <= now


@dataclass
class Twin:
    """Runs a scenario and keeps, for each call, what happened in words."""

    scenario: Scenario
    seed: int
    events: list[tuple[float, int, int]] = field(default_factory=list)
    told: dict[int, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mixed = np.uint64(luck.mixed(np.uint64(self.seed)))
        self.crews = [Crew(u, int(home)) for u, home in enumerate(self.scenario.units.home)]
        self.overtime = dict.fromkeys(range(len(self.crews)), 0.0)
        self.step: dict[int, int] = {}
        self.until: dict[int, float] = {}
        self.failed: dict[int, int] = {}

    def run(self) -> Twin:
        calls, turns = self.scenario.calls, self.scenario.turns
        for number, at in enumerate(calls.at):
            heapq.heappush(self.events, (float(at), ARRIVAL, number))
        for number, at in enumerate(turns.at):
            heapq.heappush(self.events, (float(at), BEGIN if turns.what[number] == a.BEGIN else OTHER_TURN, number))
        while self.events:
            now, what, whose = heapq.heappop(self.events)
            {
                BEGIN: self.begin, FREED: self.freed, VISIT: self.visit_wanted, DEADLINE: self.out_of_time,
                ARRIVAL: self.arrive, OTHER_TURN: self.turn,
            }[what](now, whose)  # fmt: skip
        for call in [call for line in self.waiting.values() for call in line]:
            self.no_team(call, math.inf, a.STILL_WAITING)
        return self

    # ---------------------------------------------------------------- luck

    def kind(self, call: int) -> int:
        return int(self.scenario.calls.kind[call])

    def u(self, call: int, purpose: int) -> float:
        return float(luck.uniform(self.mixed, self.scenario.calls.key[call], purpose))

    def happens(self, call: int, which: int, purpose: int) -> bool:
        return self.u(call, purpose) < self.scenario.kinds.chance[self.kind(call), which]

    def lasts(self, call: int, which: int, purpose: int) -> float:
        kinds, k = self.scenario.kinds, self.kind(call)
        row, u = kinds.table[k, which], self.u(call, purpose)
        return float(
            luck.drawn(kinds.law[k, which], kinds.mean[k, which], kinds.spread[k, which], kinds.quantiles, row, u)
        )

    def travel(self, now: float, start: int, zone: int) -> float:
        roads = self.scenario.roads
        return float(roads.minutes[roads.band[int((now + roads.first_minute) / 60) % 168], zone, start])

    # ---------------------------------------------------------------- turns of duty

    def begin(self, now: float, event: int) -> None:
        crew = self.crews[self.scenario.turns.unit[event]]
        if not crew.on_duty:
            crew.place, crew.back_at = int(self.scenario.units.home[crew.number]), now
        crew.idle_since = max(now, crew.done_at)
        crew.on_duty, crew.takes_calls, crew.eats_until, crew.meal_due = True, True, 0.0, 0.0
        self.may_take(crew, now)

    def turn(self, now: float, event: int) -> None:
        turns = self.scenario.turns
        crew, minutes = self.crews[turns.unit[event]], float(turns.minutes[event])
        if turns.what[event] == a.MEAL:
            if crew.free(now):
                self.eat(crew, now, minutes)
            elif crew.done_at > now:
                crew.meal_due = minutes
        elif turns.what[event] == a.LAST_CALL:
            crew.takes_calls = False
        elif crew.on_duty:
            crew.on_duty = False
            self.overtime[crew.number] += max(0.0, crew.done_at - now)

    def eat(self, crew: Crew, now: float, minutes: float) -> None:
        crew.eats_until, crew.meal_due = now + minutes, 0.0
        heapq.heappush(self.events, (crew.eats_until, FREED, crew.number))

    def freed(self, now: float, number: int) -> None:
        crew = self.crews[number]
        if crew.done_at == now and crew.meal_due > 0:
            self.eat(crew, now, crew.meal_due)
        else:
            self.may_take(crew, now)

    def visit_wanted(self, now: float, call: int) -> None:
        self.step[call] += 1
        self.offer(call, now)

    # ---------------------------------------------------------------- calls

    def arrive(self, now: float, call: int) -> None:
        self.told[call] = {"desk": None, "unit": None, "times": {}, "support": None, "found": None}
        self.step[call], self.failed[call] = 0, a.NO_REASON
        if not self.happens(call, a.OURS, luck.SCREENING):
            self.told[call]["fate"] = a.NOT_OURS
        elif not self.happens(call, a.TAKEN_UP, luck.UPTAKE):
            self.no_team(call, now, a.DISPATCHER_CHOSE_POLICE)
        else:
            self.offer(call, now)

    def no_team(self, call: int, now: float, reason: int) -> None:
        told = self.told[call]
        told["reason"], told["times"]["given up"] = reason, now
        told["fate"] = a.UNSERVED if told["desk"] is None else a.SERVED

    def offer(self, call: int, now: float) -> None:
        kinds, units, teams, k = self.scenario.kinds, self.scenario.units, self.scenario.teams, self.kind(call)
        zone = int(self.scenario.calls.zone[call])
        while self.step[call] < kinds.steps.shape[1] and kinds.steps[k, self.step[call]] >= 0:
            team = int(kinds.steps[k, self.step[call]])
            members = [crew for crew in self.crews if units.team[crew.number] == team]
            if members and not any(units.serves[crew.number, zone] for crew in members):
                reason = a.OUTSIDE_AREA
            elif not any(crew.on_duty for crew in members):
                reason = a.OUTSIDE_HOURS
            else:
                reason = a.ALL_BUSY
                if not self.scenario.stays:
                    for crew in self.crews:
                        if crew.free(now) and crew.back_at <= now:
                            crew.place = int(units.home[crew.number])
                free = [crew for crew in members if crew.free(now)]
                able = [crew for crew in free if self.may_go(crew, call)]
                reserve = int(teams.keep_free[team]) if kinds.priority[k] > 0 else 0
                if able and len(free) > reserve:
                    return self.give(call, self.best(able, zone, now), now)
                patience = self.lasts(call, a.PATIENCE, luck.PATIENCE) if teams.by_phone[team] else math.inf
                longest = min(float(kinds.hold[k]), patience)
                if longest > 0:
                    self.waiting.setdefault(team, []).append(call)
                    self.until[call] = now + longest
                    if longest < math.inf:
                        heapq.heappush(self.events, (now + longest, DEADLINE, call))
                    return None
            self.failed[call] = self.failed[call] or reason
            self.step[call] += 1
        return self.no_team(call, now, self.failed[call])

    def may_go(self, crew: Crew, call: int) -> bool:
        units, kinds, k = self.scenario.units, self.scenario.kinds, self.kind(call)
        return bool(
            units.serves[crew.number, self.scenario.calls.zone[call]]
            and not kinds.need_roles[k] & ~units.roles[crew.number]
            and not kinds.need_languages[k] & ~units.languages[crew.number]
        )

    def best(self, able: list[Crew], zone: int, now: float) -> Crew:
        least = min(self.travel(now, crew.place, zone) for crew in able)
        near = [crew for crew in able if self.travel(now, crew.place, zone) == least]
        idle = self.scenario.ties == choice.LONGEST_IDLE
        return min(near, key=lambda crew: (crew.idle_since if idle else 0.0, crew.number))

    def out_of_time(self, now: float, call: int) -> None:
        team = next((team for team, line in self.waiting.items() if call in line), None)
        if team is None or self.until[call] != now:
            return
        self.waiting[team].remove(call)
        hold = self.scenario.kinds.hold[self.kind(call)]
        if self.scenario.teams.by_phone[team] and self.lasts(call, a.PATIENCE, luck.PATIENCE) <= hold:
            return self.no_team(call, now, a.GAVE_UP)
        self.failed[call] = self.failed[call] or a.ALL_BUSY
        self.step[call] += 1
        return self.offer(call, now)

    def may_take(self, crew: Crew, now: float) -> None:
        if not crew.free(now):
            return None
        kinds, team = self.scenario.kinds, int(self.scenario.units.team[crew.number])
        free = sum(other.free(now) and self.scenario.units.team[other.number] == team for other in self.crews)
        line = sorted(self.waiting.get(team, []), key=lambda call: kinds.priority[self.kind(call)])
        for call in line:
            if kinds.priority[self.kind(call)] > 0 and 0 < self.scenario.teams.keep_free[team] >= free:
                break
            if self.may_go(crew, call):
                self.waiting[team].remove(call)
                return self.give(call, crew, now)
        return None

    # ---------------------------------------------------------------- responses

    def give(self, call: int, crew: Crew, now: float) -> None:
        told, times = self.told[call], self.told[call]["times"]
        zone, home = int(self.scenario.calls.zone[call]), int(self.scenario.units.home[crew.number])
        if self.scenario.teams.by_phone[self.scenario.units.team[crew.number]]:
            done = now + self.lasts(call, a.TALK, luck.TALK)
            times["desk assigned"], times["desk cleared"] = now, done
            told["desk"], told["fate"] = crew.number, a.SERVED
            told["settled"] = self.happens(call, a.SETTLES, luck.SETTLED)
            if not told["settled"]:
                heapq.heappush(self.events, (done, VISIT, call))
        else:
            if crew.back_at <= now:
                crew.place = home
            travel = self.travel(now, crew.place, zone)
            rolled = now + self.lasts(call, a.TURNOUT, luck.TURNOUT)
            told["unit"], times["assigned"], times["rolled"] = crew.number, now, rolled
            staying = self.stays_on_line(call, crew, now)
            if self.happens(call, a.CANCELS, luck.CANCEL):
                times["canceled"] = times["freed"] = rolled + travel * self.u(call, luck.CANCEL_WHEN)
                self.keep(call, staying, now, times["canceled"])
                self.no_team(call, times["canceled"], a.CANCELED)
            else:
                self.visit(call, crew, now, rolled + travel)
                self.keep(call, staying, now, times["arrived"])
                if not self.scenario.stays:
                    crew.place = zone
            done = times["freed"]
            if not self.scenario.stays:
                crew.back_at = done + self.travel(done, crew.place, home)
        crew.done_at = crew.idle_since = done
        heapq.heappush(self.events, (done, FREED, crew.number))

    def stays_on_line(self, call: int, sent: Crew, now: float) -> Crew | None:
        """Somebody free of the team that the rule keeps on the line, whatever role the call asks of a crew."""
        kinds, units, k, zone = self.scenario.kinds, self.scenario.units, self.kind(call), int(self.scenario.calls.zone[call])  # fmt: skip
        team = int(kinds.keeps[k])
        if team < 0 or self.told[call]["desk"] is not None:
            return None
        free = [c for c in self.crews if c is not sent and units.team[c.number] == team and c.free(now)]
        able = [
            c for c in free
            if units.serves[c.number, zone] and not kinds.need_languages[k] & ~units.languages[c.number]
        ]  # fmt: skip
        reserve = int(self.scenario.teams.keep_free[team]) if kinds.priority[k] > 0 else 0
        return self.best(able, zone, now) if able and len(free) > reserve else None

    def keep(self, call: int, crew: Crew | None, now: float, until: float) -> None:
        if crew is None:
            return
        told, times = self.told[call], self.told[call]["times"]
        told["desk"], told["settled"], told["fate"] = crew.number, False, a.SERVED
        times["desk assigned"], times["desk cleared"] = now, until
        crew.done_at = crew.idle_since = until
        heapq.heappush(self.events, (until, FREED, crew.number))

    def visit(self, call: int, crew: Crew, now: float, there: float) -> None:
        told, times = self.told[call], self.told[call]["times"]
        waited = 0.0
        if self.scenario.teams.with_officer[self.scenario.units.team[crew.number]]:
            waited = max(0.0, now + self.lasts(call, a.OFFICER, luck.OFFICER) - there)
        if self.happens(call, a.STAGES, luck.STAGE):
            waited = max(waited, self.lasts(call, a.STAGING, luck.STAGE_TIME))
        if waited > 0:
            times["staged"] = there
        times["arrived"] = there + waited
        scene = self.lasts(call, a.ON_SCENE, luck.ON_SCENE)
        told["found"] = self.happens(call, a.FINDS_OTHER, luck.FOUND)
        if told["found"]:
            scene *= self.u(call, luck.FOUND_WHEN)
        cleared = times["arrived"] + scene
        if not told["found"] and self.happens(call, a.TRANSPORTS, luck.TRANSPORT):
            times["transported"] = cleared
            cleared += self.lasts(call, a.TRANSPORT, luck.TRANSPORT_TIME)
        times["cleared"], times["freed"] = cleared, cleared + self.lasts(call, a.FINISHING, luck.FINISH)
        if self.happens(call, a.ASKS_BACKUP, luck.BACKUP):
            told["support"] = a.URGENT if self.happens(call, a.ASKS_URGENTLY, luck.URGENT) else a.ROUTINE
        told["fate"], told["reason"] = a.SERVED, a.NO_REASON
