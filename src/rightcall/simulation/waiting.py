"""What waits in the event loop: the heap of coming events, the line before each team, and the units on duty.

All are arrays and are changed in place; they are inlined into the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from rightcall.simulation.arrays import Real, Whole
from rightcall.simulation.ground import NO_TEAM, NOBODY, Index, Small

# Columns of `links`: neighbors in the line. Columns of `where`: the team waited for, the step of the call, why a step failed.
NEXT, BEFORE = range(2)
TEAM, STEP, WHY = range(3)
HEAD, TAIL = range(2)

# The loop makes no array and keeps none, and so need not count who holds one.
UNCOUNTED: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
Part = TypeVar("Part", bound=Callable[..., Any])


def inlined(part: Part) -> Part:
    """Compile a part of the loop into the loop."""
    return cast(Part, njit(forceinline=True, **UNCOUNTED)(part))


@inlined
def push(times: Real, codes: Whole, size: int, time: float, code: int) -> int:
    """Add an event to the heap; the new size. Events of one time come in the order of their codes."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if times[up] < time or (times[up] == time and codes[up] <= code):
            break
        times[at], codes[at] = times[up], codes[up]
        at = up
    times[at], codes[at] = time, code
    return size + 1


@inlined
def pop(times: Real, codes: Whole, size: int) -> int:
    """Take the first event off the heap; the new size."""
    size -= 1
    time, code = times[size], codes[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        right = down + 1
        if right < size and (
            times[right] < times[down] or (times[right] == times[down] and codes[right] < codes[down])
        ):
            down = right
        if time < times[down] or (time == times[down] and code <= codes[down]):
            break
        times[at], codes[at] = times[down], codes[down]
        at = down
    times[at], codes[at] = time, code
    return size


@inlined
def enqueue(links: Index, where: Small, queue: Index, call: int, team: int, level: int) -> None:
    """Put a call at the end of the line before a team, among those of its urgency."""
    tail = queue[team, level, TAIL]
    links[call, BEFORE], links[call, NEXT], where[call, TEAM] = tail, NOBODY, team
    if tail == NOBODY:
        queue[team, level, HEAD] = call
    else:
        links[tail, NEXT] = call
    queue[team, level, TAIL] = call


@inlined
def dequeue(links: Index, where: Small, queue: Index, call: int, team: int, level: int) -> None:
    """Take a call out of the line before a team, wherever it stands."""
    before, following = links[call, BEFORE], links[call, NEXT]
    if before == NOBODY:
        queue[team, level, HEAD] = following
    else:
        links[before, NEXT] = following
    if following == NOBODY:
        queue[team, level, TAIL] = before
    else:
        links[following, BEFORE] = before
    where[call, TEAM] = NO_TEAM


@inlined
def join(among: Index, count: Index, team: int, unit: int) -> None:
    """Put a unit among those on duty, in the order of the list."""
    at = count[team]
    while at > 0 and among[team, at - 1] > unit:
        among[team, at] = among[team, at - 1]
        at -= 1
    among[team, at] = unit
    count[team] += 1


@inlined
def leave(among: Index, count: Index, team: int, unit: int) -> None:
    """Take a unit off the list of those on duty."""
    count[team] -= 1
    at = count[team]
    while among[team, at] != unit:
        at -= 1
    for place in range(at, count[team]):
        among[team, place] = among[team, place + 1]
