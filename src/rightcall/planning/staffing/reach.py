"""Units on duty that the simulation agrees with: play them, add where calls wait too long, take away where none would.

The formula's first answer knows no travel that grows with load, no meals and no calls that wait across a change of
shift. So its units are simulated with shared luck; each four hours of the week that miss the target get a unit more in
their worst hour, and when none misses, units that nothing needs are taken away. What is found is enough, and has no block
with a unit too many, on the runs it was tried on; it is not proven to be the least. The verdict is told on other luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning.staffing import cover as covers
from rightcall.planning.staffing import need, week
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.shift_types import Crews
from rightcall.program.people import Target
from rightcall.progress import Progress, silent
from rightcall.simulation import arrays as a
from rightcall.simulation import replications, years
from rightcall.simulation.arrays import Flags, Real, Whole
from rightcall.simulation.scenario import Model

# Four hours of a weekday are judged together.
BLOCK = 8
BLOCKS = SLOTS // BLOCK
MOST_ROUNDS = 20
# Calls of the team to be simulated before a share is believed, and between how many runs.
ENOUGH_CALLS, FEWEST_RUNS, MOST_RUNS = 60_000, 6, 60
# Runs of the verdict have other numbers than those that the shifts were fitted on.
VERDICT_FIRST = 5_001


@dataclass(frozen=True)
class Verdict:
    """What the simulation says of shifts: calls of the team while it is open and those for which a unit was free in time,
    by half hour of the week [336], over a number of runs. `share`: the target. `by_run`: the share of each run [n]; `a_year`: calls a year.
    """

    asked: Real
    answered: Real
    share: float
    runs: int
    by_run: Real
    a_year: float = 0.0

    @property
    def overall(self) -> Estimate:
        """The share answered in time, all half hours together, and where nineteen of twenty runs lie."""
        total = float(self.asked.sum())
        spread = intervals.of_runs(self.by_run)
        return Estimate(float(self.answered.sum()) / total if total else np.nan, spread.low, spread.high)

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
    def below(self) -> list[int]:
        """Four hours of the week that are not above the target by a standard error: what is fitted wants that much room."""
        asked = self.asked.reshape(BLOCKS, BLOCK).sum(axis=1)
        room = np.sqrt(self.share * (1 - self.share) / np.maximum(asked, 1))
        return [int(block) for block in np.flatnonzero((asked > 0) & ~(self.by_block >= np.minimum(self.share + room, 1)))]  # fmt: skip

    @property
    def missed_slots(self) -> Flags:
        """Half hours that miss the target by more than the chance of a year's calls [336]."""
        # Simulated years repeat the same year's calls: more of them do not make more calls.
        pairs = zip(self.answered / self.runs, self.asked / self.runs, strict=True)
        return np.array([n > 0 and intervals.wilson(float(k), float(n)).high < self.share for k, n in pairs], np.bool_)

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
    """Units that must be on duty, what the simulation said of the formula's answer, and what it took to get here.

    `raised`, `lowered`: rounds of each kind. `verdict`: on the luck that the need was fitted on.
    """

    need: Whole
    first_need: Whole
    first: Verdict
    verdict: Verdict
    raised: int
    lowered: int
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
    mine, start, _ = given_to(model, log, team)
    return np.where(mine, start, np.nan)


def given_to(model: Model, log: a.Log, team: int) -> tuple[Flags, Real, Real]:
    """Which calls a unit of a team was given [n], and when each began and ended to keep it, where one was."""
    phone = model.team_arrays.by_phone[team]
    unit, start, end = (a.DESK_UNIT, a.DESK_ASSIGNED, a.DESK_CLEARED) if phone else (a.UNIT, a.ASSIGNED, a.FREED)
    mine = log.code[:, unit] >= 0
    mine[mine] = model.units.team[log.code[mine, unit]] == team
    return mine, log.time[:, start], log.time[:, end]


def demand(model: Model, team: int, *, runs: int = FEWEST_RUNS) -> Demand:
    """A team's calls in a model that gives it units without end."""
    counts, durations, total = np.zeros(SLOTS), [], 0
    for run in range(1, runs + 1):
        _, log = years.go(model, run=run)
        mine, start, end = given_to(model, log, team)
        counts += np.bincount(slot_of(model, start[mine]), minlength=SLOTS)
        durations.append((end - start)[mine])
        total += int(mine.sum())
    weeks = len(model.city.days) / 7 * runs
    return Demand(counts / weeks / need.SLOT_MINUTES, np.concatenate(durations), total / runs)


def runs_for(wanted: Demand) -> int:
    """As many runs as show enough calls."""
    return int(np.clip(np.ceil(ENOUGH_CALLS / max(wanted.a_run, 1.0)), FEWEST_RUNS, MOST_RUNS))


class Trying:
    """Simulates crews of a team; `model_of` compiles the program with given crews."""

    def __init__(
        self, model_of: Callable[[Crews], Model], team: int, target: Target, *, opened: Flags, runs: int, workers: int | None = None
    ) -> None:  # fmt: skip
        self.model_of, self.team, self.target, self.open = model_of, team, target, opened
        self.alike = week.alike_of(target)
        self.runs, self.workers = runs, workers

    def verdict(self, crews: Crews, *, first: int = 1) -> Verdict:
        """What the simulation says of crews."""
        watch = Watch(self.model_of(crews), self.team, self.target.within_minutes, self.open)
        rows = replications.replicate(lambda run: watch(run).reshape(-1), first=first, count=self.runs, workers=self.workers)  # fmt: skip
        asked, answered = rows.sum(axis=0).reshape(2, SLOTS)
        totals = rows.reshape(self.runs, 2, SLOTS).sum(axis=2)
        shares = np.where(totals[:, 0] > 0, totals[:, 1] / np.maximum(totals[:, 0], 1), np.nan)
        return Verdict(
            asked,
            answered,
            self.target.share,
            self.runs,
            shares,
            float(asked.sum()) / self.runs * 365 / len(watch.model.city.days),
        )


def reach(first_need: Whole, trying: Trying, *, progress: Progress = silent) -> Reached:
    """Units by half hour with which every four hours of the week reach the target, lowered until none can be lower.

    No shifts are cut yet: exactly so many units are on duty. Ends after `MOST_ROUNDS` rounds with what misses least; its
    verdict then names what is missed. Ctrl-C keeps the best.
    """
    progress("Simulating the first answer", 0.0)
    wanted = first_need = week.evened(first_need, trying.alike)
    first = verdict = trying.verdict(week.layers(wanted))
    best, raised, lowered, interrupted = (wanted, verdict), 0, 0, False
    try:
        while verdict.below and raised < MOST_ROUNDS:
            raised += 1
            progress(f"{len(verdict.below)} of {BLOCKS} blocks of four hours miss the target", raised / MOST_ROUNDS)
            wanted = more(wanted, verdict, wanted, trying)
            verdict = trying.verdict(week.layers(wanted))
            if _misses(verdict) < _misses(best[1]):
                best = wanted, verdict
        locked: set[int] = set()
        while not best[1].below and lowered < MOST_ROUNDS:
            fewer, touched = _fewer(best[0], best[1], locked, trying)
            if not touched:
                break
            lowered += 1
            progress(f"Taking units out of {len(touched)} blocks of four hours", lowered / MOST_ROUNDS)
            best, locked = _kept(best, fewer, touched, locked, trying)
    except KeyboardInterrupt:
        interrupted = True
    return Reached(best[0], first_need, first, best[1], raised, lowered, interrupted)


def _misses(verdict: Verdict) -> tuple[int, float]:
    return len(verdict.below), float((verdict.asked - verdict.answered).sum())


def more(wanted: Whole, verdict: Verdict, on: Whole, trying: Trying) -> Whole:
    """The need with a unit more than there were `on` duty in the worst hour of each block that misses, alike days alike."""
    out = wanted.copy()
    lost = (verdict.asked - verdict.answered).reshape(BLOCKS, BLOCK // 2, 2).sum(axis=2)
    for block in verdict.below:
        hour = block * BLOCK + 2 * int(np.argmax(lost[block]))
        for slot in (hour, hour + 1):
            if trying.open[slot]:
                out[slot] = max(out[slot], on[slot] + 1)
    return np.where(trying.open, week.evened(out, trying.alike), 0)


def _fewer(wanted: Whole, verdict: Verdict, locked: set[int], trying: Trying) -> tuple[Whole, list[int]]:
    """A unit less in the block of every two neighbors that has more room, where its need is highest, on alike days alike."""
    touched: list[int] = []
    out = wanted.copy()
    room = np.nan_to_num(verdict.by_block - verdict.share, nan=1.0)
    a_day = BLOCKS // 7
    groups = [
        [day * a_day + part for day in group]
        for group in covers.groups(trying.alike, range(7))
        for part in range(a_day)
    ]
    for group in sorted(groups, key=lambda blocks: -float(room[blocks].min())):
        near = {(block + k) % BLOCKS for block in group for k in (-1, 1)}
        top = max(int(out[block * BLOCK : (block + 1) * BLOCK].max()) for block in group)
        if locked & set(group) or near & set(touched) or top <= trying.target.at_least:
            continue
        for block in group:
            part = out[block * BLOCK : (block + 1) * BLOCK]
            part[part == top] -= 1
        touched += group
    return out, touched


def _kept(
    best: tuple[Whole, Verdict], fewer: Whole, touched: list[int], locked: set[int], trying: Trying
) -> tuple[tuple[Whole, Verdict], set[int]]:  # fmt: skip
    """What of a try to do with fewer holds: blocks that miss, and those before them, get theirs back and are left alone."""
    verdict = trying.verdict(week.layers(fewer))
    bad = {near % BLOCKS for block in verdict.below for near in (block - 1, block, block + 1)}
    a_day = BLOCKS // 7
    for group in trying.alike:
        parts = {block % a_day for block in bad if block // a_day in group}
        bad |= {day * a_day + part for day in group for part in parts}
    bad &= set(touched)
    if not verdict.below:
        return (fewer, verdict), locked
    bad = bad or set(touched)
    locked = locked | bad
    if bad == set(touched):
        return best, locked
    restored = fewer.copy()
    for block in bad:
        restored[block * BLOCK : (block + 1) * BLOCK] = best[0][block * BLOCK : (block + 1) * BLOCK]
    again = trying.verdict(week.layers(restored))
    return ((restored, again), locked) if not again.below else (best, locked | set(touched))
