"""A week in half hours, and the shifts of a document that put units into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rightcall.errors import RightcallError
from rightcall.planning.staffing import people
from rightcall.planning.staffing.need import DAY, SLOTS
from rightcall.planning.staffing.shift_types import SATURDAY, Crews, ShiftType
from rightcall.program import conditions
from rightcall.program.document import Program, Shift
from rightcall.program.people import Pattern, Target
from rightcall.simulation.arrays import Flags, Whole

# What a team's shifts keep when their hours are chosen anew.
KEPT = ("area", "base", "meal_minutes", "no_calls_in_last_minutes", "holidays")


class WeekError(RightcallError):
    """Shifts that cannot be replaced."""


def days_of(days: str | tuple[str, ...]) -> list[int]:
    """Day words as numbers, Monday 0."""
    named = conditions.days_of(days if isinstance(days, str) else list(days), "", [])
    return [conditions.WEEKDAYS.index(name) for name in named]


def slot_of(clock: str) -> float:
    """`"09:15"` → 18.5 half hours of the day."""
    time = conditions.clock(clock)
    return 0.0 if time is None else (time.hour * 60 + time.minute) / 30


def open_slots(target: Target) -> Flags:
    """When a target holds [336]."""
    kind, found = open_kind(target), np.zeros(SLOTS, np.bool_)
    for day in days_of(target.days):
        found[kind.slots(day)] = True
    return found


def open_kind(target: Target) -> ShiftType:
    """The hours of a target as one long shift."""
    return ShiftType(int(slot_of(target.starts)), round(target.hours * 2))


def alike_of(target: Target) -> tuple[tuple[int, ...], ...]:
    """Groups of weekdays that have the same shifts."""
    days = tuple(days_of(target.days))
    if target.same_shifts == "daily":
        return (days,)
    if target.same_shifts == "weekdays":
        return (tuple(day for day in days if day < SATURDAY), *((day,) for day in days if day >= SATURDAY))
    return ()


def alike_days(units: Whole) -> tuple[tuple[int, ...], ...]:
    """Weekdays with the same units in every half hour."""
    found: dict[bytes, list[int]] = {}
    for day, row in enumerate(units.reshape(7, DAY)):
        found.setdefault(row.tobytes(), []).append(day)
    return tuple(tuple(days) for days in found.values())


def evened(units: Whole, alike: Sequence[Sequence[int]]) -> Whole:
    """The most units of the days of each group in all of them [336]."""
    out = units.reshape(7, DAY).copy()
    for group in alike:
        if len(group) > 1:
            out[list(group)] = out[list(group)].max(axis=0)
    return out.reshape(-1)


def always(target: Target, units: int) -> Crews:
    """So many units whenever a target holds."""
    days = days_of(target.days)
    return {open_kind(target): tuple(units if day in days else 0 for day in range(7))}


def written_units(program: Program, team: str) -> Whole:
    """Units of a team on duty by half hour of an ordinary week, by the shifts as written [336]; of several seasons the one
    with most unit hours, for which there must be people too.
    """
    mine = [
        shift for shift in program.shift if shift.team == team and shift.units != "unknown" and shift.holidays != "only"
    ]
    first = min((shift.start for shift in mine if shift.start), default=program.program.effective)
    begins = {
        first,
        *(shift.start for shift in mine if shift.start),
        *(shift.end + dt.timedelta(days=1) for shift in mine if shift.end),
    }
    weeks = [_units_on(mine, day) for day in sorted(begins)]
    return max(weeks, key=lambda on: int(on.sum()))


def _units_on(shifts: Sequence[Shift], day: dt.date) -> Whole:
    """Units by half hour of the shifts of a season [336]."""
    on = np.zeros(SLOTS, np.int64)
    for shift in shifts:
        if (shift.start and day < shift.start) or (shift.end and day > shift.end):
            continue
        start = slot_of(shift.starts)
        length = int(np.ceil(start + shift.hours * 2) - np.floor(start))
        for weekday in days_of(shift.days):
            on[(weekday * DAY + int(start) + np.arange(length)) % SLOTS] += int(shift.units)
    return on


def layers(units: Whole) -> Crews:
    """Shifts that put exactly so many units on duty: the first unit whenever there is one, the second whenever there are
    two, and so on, each of no more than a day.
    """
    found: dict[ShiftType, list[int]] = {}
    for layer in range(1, int(units.max(initial=0)) + 1):
        on = units >= layer
        edges = np.flatnonzero(on & ~np.roll(on, 1))
        for begin in edges if edges.size else [0]:
            at = int(begin)
            length = SLOTS if not edges.size else int(np.argmin(np.roll(on, -at)))
            while length > 0:
                piece = min(length, DAY)
                found.setdefault(ShiftType(at % DAY, piece), [0] * 7)[at % SLOTS // DAY] += 1
                at, length = at + piece, length - piece
    return {kind: tuple(counts) for kind, counts in found.items()}


def shifts_of(crews: Crews) -> list[dict[str, Any]]:
    """Crews as shifts of a document: weekdays with the same number of units together."""
    found: list[dict[str, Any]] = []
    for kind, counts in sorted(crews.items()):
        for units in sorted(set(counts) - {0}):
            days = [conditions.WEEKDAYS[day] for day in range(7) if counts[day] == units]
            found.append({"days": "daily" if len(days) == 7 else days, "starts": kind.starts, "hours": kind.hours, "units": units})  # fmt: skip
    return found


def with_crews(program: Program, crews: Mapping[str, Crews], *, like: Program | None = None) -> Program:
    """The program with other shifts for some teams, by their ids. What else their shifts said stays as in `like` (the program
    itself): area, meals, holidays of the first; where it has several bases, units go to them in turn.

    Raises `WeekError` where a team's shifts serve different areas: which crews would serve which is not said.
    """
    kept, made = [shift for shift in program.shift if shift.team not in crews], []
    for team, shifts in crews.items():
        written = [shift for shift in (like or program).shift if shift.team == team]
        if any(shift.area != written[0].area for shift in written):
            raise WeekError(f"the shifts of “{team}” serve different areas; a target is for one area.", mend="Make a team of each area, or leave the target out.")  # fmt: skip
        same = {key: getattr(written[0], key) for key in KEPT} if written else {}
        made += [Shift.model_validate({"team": team, **same, **said}) for said in at_bases(shifts_of(shifts), written)]
    return with_shifts(program, [*kept, *made])


def at_bases(shifts: Sequence[dict[str, Any]], written: Sequence[Shift]) -> list[dict[str, Any]]:
    """Shifts with their units shared out to the bases of the written ones, in turn."""
    bases = list(dict.fromkeys(shift.base for shift in written if shift.base))
    if len(bases) < 2:
        return list(shifts)
    found, turn = [], 0
    for said in shifts:
        units = int(said["units"])
        for number, base in enumerate(bases):
            # Those whose turn it is get the units that are left over.
            mine = units // len(bases) + ((number - turn) % len(bases) < units % len(bases))
            if mine:
                found.append({**said, "base": base, "units": mine})
        turn += units
    return found


def with_shifts(program: Program, shifts: Sequence[Shift]) -> Program:
    """The program with these shifts. Built anew, not copied: a copy would keep the version of the old document."""
    return Program(**{name: getattr(program, name) for name in Program.model_fields} | {"shift": tuple(shifts)})


def with_edges(patterns: Sequence[Pattern], opened: Flags) -> list[Pattern]:
    """Patterns that may also begin when the team opens and end when it closes, where their starts are the usual ones or not named."""
    if opened.all():
        return list(patterns)
    opens = np.flatnonzero(opened & ~np.roll(opened, 1)) % DAY
    closes = (np.flatnonzero(opened & ~np.roll(opened, -1)) + 1) % DAY
    found = []
    for pattern in patterns:
        if pattern.starts and pattern.starts != people.USUAL_STARTS:
            found.append(pattern)
            continue
        starts = pattern.starts or tuple(f"{hour:02d}:00" for hour in range(24))
        length = round(pattern.hours * 2)
        slots = sorted({*(int(slot) for slot in opens), *(int(slot - length) % DAY for slot in closes)})
        more = tuple(ShiftType(slot, length).starts for slot in slots)
        found.append(pattern.model_copy(update={"starts": tuple(dict.fromkeys((*starts, *more)))}))
    return found
