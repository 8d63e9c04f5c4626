"""Shifts and people: how long a proof takes, and a whole team at Durham's size.

    python benchmarks/staffing.py

A week of cover for a crew of three roles, one of which works otherwise than the others, at half hours, proven to need the
fewest people: with the same shifts on every weekday and with any. Then a team of a city with 130,000 calls from the public
a year, from its load to shifts that the simulation agrees with. Medians of several runs, without the first.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
RUNS = 3
CITY: list[Any] = []
STARTS = ("06:00", "07:00", "08:00", "10:00", "12:00", "14:00", "18:00", "20:00", "22:00")
DAYTIME = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 4, 4, 3, 2, 2)


def cover(*, alike: tuple[tuple[int, ...], ...]) -> tuple[float, str]:
    """Seconds of a proof, and what it found."""
    from rightcall.planning.staffing import cover as covers
    from rightcall.planning.staffing import people

    eights, tens, twelves = (pattern.model_copy(update={"starts": STARTS}) for pattern in people.USUAL_PATTERNS)
    mine = twelves.model_copy(update={"id": "emts", "roles": ("emt",)})
    rest = [pattern.model_copy(update={"roles": ("clinician", "peer")}) for pattern in (eights, tens, twelves)]
    emts = [pattern.model_copy(update={"id": f"{pattern.id}, emts", "roles": ("emt",)}) for pattern in (eights, tens)]
    need = np.tile(np.repeat(DAYTIME, 2), 7)
    need[5 * 48 :] += np.random.default_rng(0).random(96) < 0.5
    terms = covers.Terms(
        need=need, open=np.ones(need.size, np.bool_), crew={"clinician": 1, "peer": 1, "emt": 1}, patterns=[*rest, *emts, mine],
        rules=people.USUAL_RULES, net=1698, alike=alike,
    )  # fmt: skip
    began = time.perf_counter()
    found = covers.solve(terms, simple=False)
    told = f"{sum(found.people.values()):.1f} people, gap {found.gap:.1%}"
    return time.perf_counter() - began, told


def team() -> tuple[float, str]:
    """Seconds from the load of a team to its shifts, rotations and verdict, and what was found."""
    import simulation
    from rightcall.planning.staffing.one_team import Staffer
    from rightcall.program.people import Target
    from rightcall.simulation import scenario

    if not CITY:
        city, trials = simulation.city_and_designs(130_000)
        CITY.extend([trials[0].model.program, city])
    program, city = CITY
    community = next(each for each in program.team if each.id == "community")
    target = Target(team="community", share=0.8, within_minutes=10)
    began = time.perf_counter()
    staffer = Staffer(
        program,
        city,
        routed=scenario.routes(city, program=program),
        screening=None,
        where="the benchmark",
        seconds=60,
        workers=None,
        progress=lambda step, share: None,
    )
    found = staffer.staff(community, target)
    assert found.verdict is not None
    told = f"{sum(each.people for each in found.needed):.1f} people, {found.verdict.overall.value:.0%} in time, {len(found.verdict.missed_blocks)} of 42 blocks below"
    return time.perf_counter() - began, told


def report(what: str, goal: float, work: Callable[[], tuple[float, str]]) -> None:
    """Print a median beside its goal."""
    times, told = [], ""
    for _ in range(RUNS + 1):
        seconds, told = work()
        times.append(seconds)
    median = statistics.median(times[1:])
    print(f"{what:58} {median:6.2f} s   {'within' if median <= goal else 'over'} {goal:g} s   {told}")


if __name__ == "__main__":
    print(f"{dt.date.today()}  shifts and people")
    report("three roles, same shifts Monday to Friday, proven", 5, lambda: cover(alike=((0, 1, 2, 3, 4), (5,), (6,))))
    report("three roles, any shifts on any day, proven", 5, lambda: cover(alike=()))
    report("a team at Durham's size, to a target, simulated", 10, team)
