"""Shifts that the simulation agrees with: play them, raise the need where calls wait too long, drop what is not needed.

The formula's first answer knows no travel that grows with load, no meals and no calls that wait across a change of
shift. So the shifts that it leads to are simulated with shared luck; in each four hours of the week that miss the target
the worst hour is given a unit more, and when none misses, shifts that nothing needs are dropped. What is found is enough,
and has no shift too many, on the runs it was tried on; it is not proven to be the least. The verdict is told on other luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning.staffing import cover, need
from rightcall.planning.staffing.cover import ShiftType, Terms
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.solver import Progress
from rightcall.program.people import Target
from rightcall.simulation import arrays as a
from rightcall.simulation import replications, years
from rightcall.simulation.arrays import Flags, Real, Whole
from rightcall.simulation.scenario import Model

Crews = Mapping[ShiftType, tuple[int, ...]]
# Four hours of a weekday are judged together.
BLOCK = 8
BLOCKS = SLOTS // BLOCK
MOST_ROUNDS = 20
# Calls of the team to be simulated before a share is believed, and between how many runs.
ENOUGH_CALLS, FEWEST_RUNS, MOST_RUNS = 60_000, 6, 60
# Runs of the verdict have other numbers than those that the shifts were fitted on.
VERDICT_FIRST = 5_001
DROP_TRIES = 40


@dataclass(frozen=True)
class Verdict:
    """What the simulation says of shifts: calls of the team while it is open and those for which a unit was free in time,
    by half hour of the week [336], over a number of runs. `share`: the target.
    """

    asked: Real
    answered: Real
    share: float
    runs: int

    @property
    def overall(self) -> Estimate:
        """The share answered in time, all half hours together."""
        return intervals.wilson(float(self.answered.sum()), float(self.asked.sum()))

    @property
    def by_slot(self) -> Real:
        """The share by half hour [336]; NaN where no call came."""
        return np.where(self.asked > 0, self.answered / np.maximum(self.asked, 1), np.nan)

    @property
    def by_block(self) -> Real:
        """The share by four hours of the week [42]; NaN where no call came."""
        asked, answered = (each.reshape(BLOCKS, BLOCK).sum(axis=1) for each in (self.asked, self.answered))
        return np.where(asked > 0, answered / np.maximum(asked, 1), np.nan)

    @property
    def missed_blocks(self) -> list[int]:
        """Four hours of the week that miss the target."""
        shares = self.by_block
        return [int(block) for block in np.flatnonzero(np.nan_to_num(shares, nan=1.0) < self.share)]

    @property
    def missed_slots(self) -> Flags:
        """Half hours that miss the target by more than chance [336]."""
        asked, answered = self.asked, self.answered
        high = np.array([intervals.wilson(float(k), float(n)).high if n else 1.0 for k, n in zip(answered, asked, strict=True)])  # fmt: skip
        return np.asarray(high < self.share)

    @property
    def shortfall(self) -> Real:
        """By how much each half hour misses the target, as a share [336]; 0 where it does not."""
        return np.where(self.asked > 0, np.maximum(0.0, self.share - np.nan_to_num(self.by_slot, nan=1.0)), 0.0)


@dataclass(frozen=True)
class Demand:
    """Calls of a team by half hour of the week, a minute [336]; minutes that they keep a unit [n]; calls a run on average."""

    arrivals: Real
    durations: Real
    a_run: float

    @property
    def service(self) -> float:
        """Mean minutes that a call keeps a unit."""
        return float(self.durations.mean())


@dataclass(frozen=True)
class Reached:
    """Crews and the need behind them, what the simulation said of the formula's answer and of these, and what it took."""

    crews: Crews
    need: Whole
    first_need: Whole
    first: Verdict
    verdict: Verdict
    rounds: int
    dropped: int
    interrupted: bool = False


@dataclass(frozen=True)
class Watch:
    """One run of a model, reduced to a team's calls by half hour: asked and answered in time [2, 336]."""

    model: Model
    team: int
    within: float
    open: Flags

    def __call__(self, run: int) -> Real:
        """The counts of run number `run`."""
        model = self.model
        year, log = years.go(model, run=run)
        calls = year.scenario.calls
        mine = (model.kind_arrays.steps[calls.kind, 0] == self.team) & model.covered[self.team, calls.zone]
        slot = slot_of(model, calls.at)
        mine &= self.open[slot]
        waited = first_assigned(model, log, self.team) - calls.at
        in_time = mine & (waited <= self.within + 1e-6)
        return np.stack([np.bincount(slot[each], minlength=SLOTS) for each in (mine, in_time)]).astype(float)


def slot_of(model: Model, at: Real) -> Whole:
    """The half hour of the week of minutes of a run."""
    return np.asarray(((at + model.roads.first_minute) // need.SLOT_MINUTES).astype(np.int64) % SLOTS)


def first_assigned(model: Model, log: a.Log, team: int) -> Real:
    """When a unit of a team was given each call [n]; NaN where none was."""
    unit, at = (a.DESK_UNIT, a.DESK_ASSIGNED) if model.team_arrays.by_phone[team] else (a.UNIT, a.ASSIGNED)
    went = log.code[:, unit]
    mine = (went >= 0) & (model.units.team[np.maximum(went, 0)] == team) if model.units.team.size else went >= 0
    return np.where(mine, log.time[:, at], np.nan)


def demand(model: Model, team: int, *, runs: int = FEWEST_RUNS) -> Demand:
    """A team's calls in a model that gives it units without end."""
    counts, durations, total = np.zeros(SLOTS), [], 0
    unit, start, end = (a.DESK_UNIT, a.DESK_ASSIGNED, a.DESK_CLEARED) if model.team_arrays.by_phone[team] else (a.UNIT, a.ASSIGNED, a.FREED)  # fmt: skip
    for run in range(1, runs + 1):
        _, log = years.go(model, run=run)
        went = log.code[:, unit] >= 0
        went[went] = model.units.team[log.code[went, unit]] == team
        counts += np.bincount(slot_of(model, log.time[went, start]), minlength=SLOTS)
        durations.append(log.time[went, end] - log.time[went, start])
        total += int(went.sum())
    weeks = len(model.city.days) / 7 * runs
    return Demand(counts / weeks / need.SLOT_MINUTES, np.concatenate(durations), total / runs)


def runs_for(wanted: Demand) -> int:
    """As many runs as show enough calls."""
    return int(np.clip(np.ceil(ENOUGH_CALLS / max(wanted.a_run, 1.0)), FEWEST_RUNS, MOST_RUNS))


class Trying:
    """Simulates crews of a team; `model_of` compiles the program with given crews."""

    def __init__(
        self, model_of: Callable[[Crews], Model], team: int, target: Target, opened: Flags, *, runs: int, workers: int | None = None
    ) -> None:  # fmt: skip
        self.model_of, self.team, self.target, self.open = model_of, team, target, opened
        self.runs, self.workers, self.tried = runs, workers, 0

    def verdict(self, crews: Crews, *, first: int = 1) -> Verdict:
        """What the simulation says of crews."""
        self.tried += 1
        watch = Watch(self.model_of(crews), self.team, self.target.within_minutes, self.open)
        rows = replications.replicate(lambda run: watch(run).reshape(-1), first=first, count=self.runs, workers=self.workers)  # fmt: skip
        asked, answered = rows.sum(axis=0).reshape(2, SLOTS)
        return Verdict(asked, answered, self.target.share, self.runs)


def reach(terms: Terms, trying: Trying, *, at_least: int, progress: Progress = lambda step, share: None) -> Reached:
    """Crews with which every four hours of the week reach the target, and none of which can be dropped.

    Ends after `MOST_ROUNDS` rounds with what misses least; its verdict then names what is missed. Ctrl-C keeps the best.
    """
    wanted = terms.need.copy()
    crews = cover.crews_alone(terms)
    progress("Simulating the first answer", 0.0)
    first = verdict = trying.verdict(crews)
    best, rounds, dropped, interrupted = (crews, verdict, wanted), 0, 0, False
    try:
        while verdict.missed_blocks and rounds < MOST_ROUNDS:
            rounds += 1
            progress(f"{len(verdict.missed_blocks)} of {BLOCKS} blocks of four hours miss the target", rounds / MOST_ROUNDS)  # fmt: skip
            wanted = _raised(wanted, crews, verdict, trying.open)
            crews = cover.crews_alone(replace(terms, need=wanted))
            verdict = trying.verdict(crews)
            if _misses(verdict) < _misses(best[1]):
                best = crews, verdict, wanted
        crews, verdict, wanted = best
        if not verdict.missed_blocks:
            crews, dropped = _dropped(crews, trying, at_least=at_least, progress=progress)
    except KeyboardInterrupt:
        interrupted = True
        crews, verdict, wanted = best
    # What is covered now is what the target needs.
    needed = np.where(trying.open, units_of(crews), 0)
    return Reached(crews, needed, terms.need, first, verdict, rounds, dropped, interrupted)


def units_of(crews: Crews) -> Whole:
    """Units on duty by half hour of the week [336]."""
    on = np.zeros(SLOTS, np.int64)
    for kind, counts in crews.items():
        for day, count in enumerate(counts):
            on[kind.slots(day)] += count
    return on


def _misses(verdict: Verdict) -> tuple[int, float]:
    return len(verdict.missed_blocks), float((verdict.asked - verdict.answered).sum())


def _raised(wanted: Whole, crews: Crews, verdict: Verdict, opened: Flags) -> Whole:
    """The need with a unit more in the worst hour of each block that misses."""
    out, on = wanted.copy(), units_of(crews)
    lost = (verdict.asked - verdict.answered).reshape(BLOCKS, BLOCK // 2, 2).sum(axis=2)
    for block in verdict.missed_blocks:
        hour = block * BLOCK + 2 * int(np.argmax(lost[block]))
        for slot in (hour, hour + 1):
            if opened[slot]:
                out[slot] = max(out[slot], on[slot] + 1)
    return out


def _dropped(crews: Crews, trying: Trying, *, at_least: int, progress: Progress) -> tuple[dict[ShiftType, tuple[int, ...]], int]:  # fmt: skip
    """Crews without the shifts that nothing needs: those whose hours have most room are tried first."""
    kept = dict(crews)
    verdict = trying.verdict(kept)
    room = np.nan_to_num(verdict.by_block - verdict.share, nan=1.0).repeat(BLOCK)
    order = sorted(
        ((kind, day) for kind, counts in kept.items() for day, count in enumerate(counts) if count),
        key=lambda each: float(room[each[0].slots(each[1])].min()), reverse=True,
    )  # fmt: skip
    gone = 0
    for tried, (kind, day) in enumerate(order[:DROP_TRIES]):
        progress("Dropping shifts that nothing needs", tried / min(len(order), DROP_TRIES))
        counts = list(kept[kind])
        counts[day] -= 1
        without = {**kept, kind: tuple(counts)}
        if (units_of(without)[trying.open] < at_least).any():
            continue
        if not trying.verdict(without).missed_blocks:
            kept, gone = without, gone + 1
    return {kind: counts for kind, counts in kept.items() if any(counts)}, gone
