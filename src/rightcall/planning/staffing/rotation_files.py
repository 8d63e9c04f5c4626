"""Rotations to take away: a workbook of who is on when, and a calendar for every line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rightcall.locale import N_, Message, Words
from rightcall.planning.staffing import rotation
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.rotation import Rotation
from rightcall.planning.staffing.shift_types import ShiftType

# Weeks of dates in the workbook, where the rotation is longer.
MOST_WEEKS = 26
DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def monday(day: dt.date) -> dt.date:
    """The first Monday on or after a day."""
    return day + dt.timedelta(days=-day.weekday() % 7)


def span(kind: ShiftType, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """When a shift begins and ends on a day, by the wall clock: when clocks change it is an hour shorter or longer."""
    begin = dt.datetime.combine(day, dt.time(kind.start // 2, 30 * (kind.start % 2)))
    end = begin + dt.timedelta(minutes=30 * kind.length)
    return begin.replace(tzinfo=zone), end.replace(tzinfo=zone)


def write_workbook(teams: Sequence[Staffed], path: Path, *, begins: dt.date, words: Words) -> None:
    """A sheet a team: the weeks of each rotation, then every line on every date. `begins`: a Monday."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        looks = {
            "title": book.add_format({"bold": True, "font_size": 14}), "head": book.add_format({"bold": True, "bottom": 1, "align": "center"}),
            "name": book.add_format({"bold": True}), "on": book.add_format({"bg_color": "#c9dfe1", "align": "center"}),
            "spare": book.add_format({"bg_color": "#eef3f4", "italic": True, "align": "center"}), "off": book.add_format({"font_color": "#8aa3ad", "align": "center"}),
            "plain": book.add_format({"text_wrap": False}),
        }  # fmt: skip
        taken: set[str] = set()
        for staffed in teams:
            sheet = book.add_worksheet(_sheet_name(staffed.team.name, taken))
            sheet.set_column(0, 0, 26)
            sheet.freeze_panes(0, 1)
            sheet.set_column(1, 7 * MOST_WEEKS, 9)
            row = _weeks(sheet, staffed, words, looks)
            _dates(sheet, staffed, words, looks, row + 2, begins)
        book.set_properties(
            {
                "title": words(N_("Rotations")),
                "comments": words(N_("Lines are anonymous: who has which is for the supervisor to say.")),
            }
        )


def _sheet_name(name: str, taken: set[str]) -> str:
    plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in name).strip()[:28] or "team"
    found, number = plain, 2
    while found.lower() in taken:
        found, number = f"{plain[:26]} {number}", number + 1
    taken.add(found.lower())
    return found


def _weeks(sheet: Any, staffed: Staffed, words: Words, looks: dict[str, Any]) -> int:
    sheet.write(0, 0, words(N_("{team}: weeks of the rotation"), team=staffed.team.name), looks["title"])
    sheet.write(
        1,
        0,
        words(N_("* a shift that the cover can do without: who has it stands in for people on leave.")),
        looks["plain"],
    )
    row = 3
    for each, names in _named(staffed):
        roles = ", ".join(each.roles)
        sheet.write(row, 0, f"{each.pattern.id}: {roles}", looks["name"])
        for column, day in enumerate([*DAYS, N_("hours")], start=1):
            sheet.write(row, column, words(day), looks["head"])
        row += 1
        at = 0
        for group in each.groups:
            for week, spare in zip(group.weeks, group.spare, strict=True):
                sheet.write(
                    row, 0, words(N_("{line} begins here"), line=names[at]) if each.pattern.weeks > 1 else names[at]
                )
                for column, (kind, extra) in enumerate(zip(week, spare, strict=True), start=1):
                    _cell(sheet, row, column, kind, extra, looks)
                sheet.write(row, 8, sum(kind.hours for kind in week if kind) + each.pattern.administrative_hours)
                row, at = row + 1, at + 1
        row += 1
    return row


def _dates(sheet: Any, staffed: Staffed, words: Words, looks: dict[str, Any], row: int, begins: dt.date) -> None:
    weeks = min(MOST_WEEKS, max((each.cycle for each, _ in _named(staffed)), default=1))
    sheet.write(
        row,
        0,
        words(N_("{team}: every line on every date, from {day}"), team=staffed.team.name, day=begins),
        looks["title"],
    )
    row += 1
    for day in range(7 * weeks):
        sheet.write(row, day + 1, words(DAYS[day % 7]), looks["head"])
        sheet.write(row + 1, day + 1, f"{begins + dt.timedelta(days=day):%m/%d}", looks["head"])
    row += 2
    for name, each, line in rotation.names(staffed.rotations):
        sheet.write(row, 0, name, looks["name"])
        for week in range(weeks):
            cells, spare = each.week_of(line, week)
            for day, (kind, extra) in enumerate(zip(cells, spare, strict=True)):
                _cell(sheet, row, 7 * week + day + 1, kind, extra, looks)
        row += 1


def _cell(sheet: Any, row: int, column: int, kind: ShiftType | None, spare: bool, looks: dict[str, Any]) -> None:
    if kind is None:
        sheet.write(row, column, "·", looks["off"])
    else:
        sheet.write(row, column, kind.name + ("*" if spare else ""), looks["spare" if spare else "on"])


def _named(staffed: Staffed) -> list[tuple[Rotation, list[str]]]:
    found: list[tuple[Rotation, list[str]]] = [(each, []) for each in staffed.rotations]
    for name, each, _ in rotation.names(staffed.rotations):
        next(names for of, names in found if of is each).append(name)
    return found


def write_calendars(
    teams: Sequence[Staffed], folder: Path, *, begins: dt.date, at: dt.datetime, time_zone: str, words: Words
) -> None:
    """A calendar (RFC 5545) for every line of every team: its shifts repeat with the weeks of its rotation."""
    import icalendar

    zone = ZoneInfo(time_zone)
    for staffed in teams:
        for name, each, line in rotation.names(staffed.rotations):
            calendar = icalendar.Calendar()
            calendar.add("prodid", "-//Rightcall//rotation//EN")
            calendar.add("version", "2.0")
            calendar.add("x-wr-calname", f"{staffed.team.name} {name}")
            repeats = _repeats(each, line)
            for week in range(repeats):
                cells, spare = each.week_of(line, week)
                for day, kind in enumerate(cells):
                    if kind is None:
                        continue
                    begin, end = span(kind, begins + dt.timedelta(days=7 * week + day), zone)
                    event = icalendar.Event()
                    event.add("uid", f"{staffed.team.id}-{name}-{week}-{day}@rightcall.invalid")
                    event.add("dtstamp", at)
                    event.add("dtstart", begin)
                    event.add("dtend", end)
                    event.add("rrule", {"freq": "weekly", "interval": repeats})
                    title = N_("{team}, spare") if spare[day] else "{team}"
                    event.add("summary", words.value(Message(title, {"team": staffed.team.name})))
                    calendar.add_component(event)
            calendar.add_missing_timezones()
            (folder / f"{plain(staffed.team.id)}-{name}.ics").write_bytes(calendar.to_ical())


def plain(name: str) -> str:
    """A name that can stand in a file's name."""
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "team"


def _repeats(each: Rotation, line: int) -> int:
    """Weeks after which a line does the same again."""
    if each.pattern.weeks == 1:
        return 1
    for group in each.groups:
        if line < group.people:
            return group.people
        line -= group.people
    raise IndexError(line)
