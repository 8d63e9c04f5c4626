"""What waits in the event loop: the heap of coming events, the line before each team, and the units on duty.

All are arrays and are changed in place. They are inlined into the loop, because arrays that go from function to function
are counted.
"""

from __future__ import annotations

from numba import njit

from rightcall.simulation.arrays import Links, Real, Whole

NONE = -1
# Columns of the waiting list: neighbors in the queue, the team waited for, the step of the call, why a step failed.
NEXT, BEFORE, TEAM, STEP, WHY = range(5)
HEAD, TAIL = range(2)


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
def enqueue(line: Links, queue: Whole, call: int, team: int, level: int) -> None:
    """Put a call at the end of the line before a team, among those of its urgency."""
    tail = queue[team, level, TAIL]
    line[call, BEFORE], line[call, NEXT], line[call, TEAM] = tail, NONE, team
    if tail == NONE:
        queue[team, level, HEAD] = call
    else:
        line[tail, NEXT] = call
    queue[team, level, TAIL] = call


@njit(cache=True, inline="always")
def dequeue(line: Links, queue: Whole, call: int, level: int) -> None:
    """Take a call out of its line, wherever it stands."""
    team, before, following = line[call, TEAM], line[call, BEFORE], line[call, NEXT]
    if before == NONE:
        queue[team, level, HEAD] = following
    else:
        line[before, NEXT] = following
    if following == NONE:
        queue[team, level, TAIL] = before
    else:
        line[following, BEFORE] = before
    line[call, TEAM] = NONE


@njit(cache=True, inline="always")
def join(among: Whole, count: Whole, team: int, unit: int) -> None:
    """Put a unit among those on duty, in the order of the list."""
    at = count[team]
    while at > 0 and among[team, at - 1] > unit:
        among[team, at] = among[team, at - 1]
        at -= 1
    among[team, at] = unit
    count[team] += 1


@njit(cache=True, inline="always")
def leave(among: Whole, count: Whole, team: int, unit: int) -> None:
    """Take a unit off the list of those on duty."""
    count[team] -= 1
    at = count[team]
    while among[team, at] != unit:
        at -= 1
    for place in range(at, count[team]):
        among[team, place] = among[team, place + 1]
