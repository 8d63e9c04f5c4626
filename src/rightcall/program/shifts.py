"""Who is on duty when: the shifts of a program laid out over days, with holidays and clock changes.

A shift's hours are those of the wall clock: a night from 22:00 to 08:00 has nine hours when clocks go forward and eleven
when they go back, as the crew would say. A beginning that the clock skips is an hour later, one that stands twice is
the earlier.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rightcall.errors import Problem, RightcallError
from rightcall.program import conditions
from rightcall.program.document import Program, Shift


class ShiftError(RightcallError):
    """Shifts that cannot be laid out."""


@dataclass(frozen=True)
class Turn:
    """One unit's turn of duty: half-open, UTC. `number`: the shift's place in the document; `unit`: a name of its own."""

    team: str
    unit: str
    number: int
    starts: dt.datetime
    ends: dt.datetime

    @property
    def hours(self) -> float:
        """Hours that pass, which differ from the wall clock's when it is changed."""
        return (self.ends - self.starts) / dt.timedelta(hours=1)


def holidays(program: Program, *, years: range) -> frozenset[dt.date]:
    """The public holidays of the program's state (the last word of its jurisdiction), else of the United States."""
    import holidays as known

    state = program.program.jurisdiction.rpartition(",")[2].strip().upper()
    subdivision = state if state in known.list_supported_countries()["US"] else None
    return frozenset(known.country_holidays("US", subdiv=subdivision, years=years))


def turns(program: Program, *, first: dt.date, last: dt.date) -> list[Turn]:
    """Every turn of duty that begins on a day from `first` to `last`, both included, in order of time and unit.

    Raises `ShiftError`, with all that is wrong at once: shifts without a number of units, no shift at all.
    """
    problems = [
        Problem(
            f"nobody says how many units of “{shift.team}” are on duty from {shift.starts}.", f"shift[{number}].units",
            "Write a number.",
        )
        for number, shift in enumerate(program.shift, start=1) if shift.units == "unknown"
    ]  # fmt: skip
    if not program.shift:
        problems.append(Problem("the program has no shifts.", "shift", 'Add a [[shift]] with team, starts = "09:00", hours and units.'))  # fmt: skip
    if problems:
        raise ShiftError(problems)
    off = holidays(program, years=range(first.year, last.year + 1))
    zone = ZoneInfo(program.program.time_zone)
    days = [first + dt.timedelta(days=k) for k in range((last - first).days + 1)]
    found = [
        Turn(shift.team, f"{shift.team} {number}.{k + 1}", number, *_span(shift, day, zone))
        for number, shift in enumerate(program.shift, start=1)
        for day in days if begins(shift, day, holiday=day in off)
        for k in range(int(shift.units))
    ]  # fmt: skip
    return sorted(found, key=lambda turn: (turn.starts, turn.number, turn.unit))


def in_years(shifts: Iterable[Shift], *, first: dt.date, last: dt.date) -> tuple[Shift, ...]:
    """Shifts as they would run from `first` to `last`, for calls of another year: one with both `from` and `until` less than
    a year apart is a season, which comes every year; else its dates do not count.
    """
    found: list[Shift] = []
    for shift in shifts:
        start, end = shift.start, shift.end
        if start is None or end is None or (end - start).days >= 365:
            found.append(shift.model_copy(update={"start": None, "end": None}))
            continue
        for year in range(first.year - 1, last.year + 1):
            begin = start + (dt.date(year, 1, 1) - dt.date(start.year, 1, 1))
            until = begin + (end - start)
            if begin <= last and until >= first:
                found.append(shift.model_copy(update={"start": begin, "end": until}))
    return tuple(found)


def begins(shift: Shift, day: dt.date, *, holiday: bool) -> bool:
    """Whether a shift begins on a day."""
    named = conditions.days_of(shift.days if isinstance(shift.days, str) else list(shift.days), "", [])
    within = (shift.start is None or day >= shift.start) and (shift.end is None or day <= shift.end)
    works = {"work": True, "off": not holiday, "only": holiday}[shift.holidays]
    return within and works and conditions.WEEKDAYS[day.weekday()] in named


def _span(shift: Shift, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    clock = conditions.clock(shift.starts)
    if clock is None:
        raise ShiftError(f"“{shift.starts}” is no time.", mend='Write it as "09:00".')
    local = dt.datetime.combine(day, clock, tzinfo=zone)
    # Adding to a local time moves the wall clock; a time that the clock skips becomes an hour later in UTC by itself.
    return local.astimezone(dt.UTC), (local + dt.timedelta(hours=shift.hours)).astimezone(dt.UTC)
