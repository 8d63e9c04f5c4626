"""An independent checker of rosters: plain loops over people and minutes. It shares no code with what draws them.

A roster is a list of (person, role, first minute, last minute), in minutes of the wall clock from a Monday at midnight,
over a whole number of weeks after which it repeats.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

WEEK = 7 * 24 * 60
DAY = 24 * 60
Worked = tuple[str, str, int, int]


def too_few(roster: list[Worked], *, weeks: int, seats: dict[str, int], need: list[int], slot: int) -> list[str]:
    """Half hours in which a role has fewer people than the units needed."""
    found = []
    there: dict[str, list[int]] = {role: [0] * (weeks * WEEK // slot) for role in seats}
    for _, role, first, last in roster:
        for at in range(first // slot, -(-last // slot)):
            there[role][at % len(there[role])] += 1
    for role, count in seats.items():
        for at, people in enumerate(there[role]):
            wanted = count * need[at % len(need)]
            if people < wanted:
                found.append(f"{role} at {at}: {people} of {wanted}")
    return found


def broken(
    roster: list[Worked], *, weeks: int, rest: float = 0, in_a_row: int = 99, shifts: int | None = None,
    weekends: tuple[int, int] | None = None, pause: int = 0, off: int = 1,
) -> list[str]:  # fmt: skip
    """Rules of work that a person's line breaks; the roster is played again and again, so that its end meets its beginning."""
    found, mine = [], defaultdict(list)
    for person, _, first, last in roster:
        mine[person].append((first, last))
    total, times = weeks * WEEK, 2 + (weekends[1] if weekends else 0)
    for person, worked in mine.items():
        again = sorted((first + k * total, last + k * total) for first, last in worked for k in range(times))
        days = sorted({first // DAY for first, _ in again})
        wrong = [f"{(b - a) / 60} hours of rest" for (_, a), (b, _) in pairwise(again) if b - a < rest * 60]
        if len(days) != len(again):
            wrong.append("two shifts on a day")
        wrong += _of_days(days, times * 7 * weeks, in_a_row, pause, off)
        if weekends is not None:
            wrong += _of_weekends(set(days), times * weeks, *weekends)
        for week in range(weeks) if shifts is not None else ():
            count = sum(1 for first, _ in worked if first // WEEK == week)
            if count != shifts:
                wrong.append(f"{count} shifts in week {week}")
        found += [f"{person}: {what}" for what in wrong]
    return found


def _of_days(days: list[int], last: int, in_a_row: int, pause: int, off: int) -> list[str]:
    found, run, busy = [], 0, set(days)
    for day in range(last):
        run = run + 1 if day in busy else 0
        if run > in_a_row:
            found.append(f"more than {in_a_row} days in a row")
            break
    gaps = [b - a - 1 for a, b in pairwise(days) if b - a > 1]
    if off > 1 and gaps and min(gaps) < off:
        found.append(f"{min(gaps)} days off")
    if pause and (not gaps or max(gaps) < pause):
        found.append(f"no {pause} days off")
    return found


def _of_weekends(busy: set[int], weeks: int, work: int, of: int) -> list[str]:
    on = [any((7 * week + day) in busy for day in (5, 6)) for week in range(weeks)]
    windows = [sum(on[week : week + of]) for week in range(weeks - of + 1)]
    return [f"more than {work} of {of} weekends"] if max(windows) > work else []
