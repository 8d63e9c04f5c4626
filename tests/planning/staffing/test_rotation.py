"""Rotations: every one is checked by a checker that shares no code with what draws it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import numpy as np
import openpyxl
import pytest
import roster_checker as checker
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.locale import Words
from rightcall.planning.staffing import cover, people, rotation, rotation_files
from rightcall.planning.staffing.cover import Lines, Terms
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.rotation import Rotation
from rightcall.planning.staffing.shift_types import ShiftType
from rightcall.program.people import Pattern, Weekends, WorkRule

RULES = people.USUAL_RULES
TWELVES = people.USUAL_PATTERNS[2]
DAY, NIGHT = ShiftType(18, 24), ShiftType(42, 24)


def roster(each: Rotation, *, weeks: int, name: str = "") -> list[checker.Worked]:
    """What every line works over some weeks, one role at a time."""
    found = []
    for line in range(each.people):
        for week in range(weeks):
            cells, _ = each.week_of(line, week)
            for day, kind in enumerate(cells):
                if kind is not None:
                    begin = (week * 7 + day) * 1440 + kind.start * 30
                    found += [(f"{role} {name}{line}", role, begin, begin + kind.length * 30) for role in each.roles]
    return found


def problems(each: Rotation, rules: dict[str, Any] | None = None) -> list[str]:
    weeks, pattern = each.cycle, each.pattern
    weekends = None if pattern.weekends is None else (pattern.weekends.work, pattern.weekends.of)
    pause = pattern.break_days if pattern.weeks > 1 else 0
    return checker.broken(roster(each, weeks=weeks), weeks=weeks, shifts=pattern.shifts_a_week, weekends=weekends, pause=pause, **(rules or {"rest": 10, "in_a_row": 6}))  # fmt: skip


def drawn(
    people_: int, wanted: dict[ShiftType, tuple[int, ...]], pattern: Pattern = TWELVES, rules: Any = RULES
) -> Rotation:
    kind = next(iter(wanted))
    found = rotation.draw(Lines(("clinician",), pattern, kind.band, people_, wanted), rules=rules)
    assert found is not None
    return found


def test_durhams_pattern_is_three_twelves_a_week_with_one_weekend_in_three_and_a_break() -> None:
    found = drawn(6, {DAY: (2,) * 7})
    assert [group.people for group in found.groups] == [6]
    assert problems(found) == []
    assert checker.too_few(roster(found, weeks=6), weeks=6, seats={"clinician": 1}, need=[2 if 18 <= slot % 48 < 42 else 0 for slot in range(SLOTS)], slot=30) == []  # fmt: skip
    hours = [sum(kind.hours for kind in week if kind) + 4 for week in found.groups[0].weeks]
    assert hours == [40] * 6


@pytest.mark.parametrize("count", [3, 5, 6, 7, 9, 11, 13, 18])
def test_any_number_of_lines_closes(count: int) -> None:
    weekend = count // 3
    found = drawn(count, {DAY: (1, 1, 1, 1, 1, min(1, weekend), min(1, weekend))})
    assert problems(found) == []
    assert sum(group.people for group in found.groups) == found.people


def test_every_week_of_the_calendar_is_covered_alike() -> None:
    found = drawn(9, {DAY: (3, 3, 3, 3, 3, 3, 3)})
    for week in range(found.cycle):
        on = [sum(found.week_of(line, week)[0][day] == DAY for line in range(found.people)) for day in range(7)]
        assert all(n >= 3 for n in on)


def test_spare_shifts_are_those_beyond_the_cover() -> None:
    found = drawn(6, {DAY: (2,) * 7})
    spare = sum(sum(row) for group in found.groups for row in group.spare)
    assert spare == 6 * 3 - 14


def test_rules_that_leave_no_rotation_take_more_lines_or_are_told() -> None:
    eights = Pattern(id="x", hours=8, shifts_a_week=5, starts=("06:00",))
    two_off = (WorkRule(kind="days off in a row", at_least=2, source="article 3"),)
    tight = {ShiftType(12, 16): (3, 4, 4, 4, 3, 1, 1)}
    found = drawn(4, tight, eights, two_off)
    assert problems(found, {"off": 2}) == []
    never = (WorkRule(kind="days in a row", at_most=1, source="article 4"),)
    assert rotation.draw(Lines(("clinician",), eights, 1, 2, {ShiftType(12, 16): (2,) * 7}), rules=never) is None


def test_a_quick_turn_is_never_drawn() -> None:
    late, early = ShiftType(22, 24), ShiftType(16, 24)
    twelves = TWELVES.model_copy(update={"weekends": None, "break_days": 0})
    found = drawn(
        6, {early: (1,) * 7, late: (1,) * 7}, twelves, (WorkRule(kind="rest between shifts", at_least=11, source="x"),)
    )
    assert problems(found, {"rest": 11}) == []


@settings(max_examples=10)
@given(st.data())
def test_every_roster_of_a_random_week_is_feasible(data: st.DataObject) -> None:
    levels = data.draw(st.lists(st.integers(0, 3), min_size=6, max_size=6))
    weekend = data.draw(st.lists(st.integers(0, 2), min_size=6, max_size=6))
    need = np.concatenate([np.repeat(levels, 8)] * 5 + [np.repeat(weekend, 8)] * 2)
    if not need.any():
        return
    patterns = [p.model_copy(update={"starts": ("06:00", "12:00", "14:00", "20:00", "22:00")}) for p in people.USUAL_PATTERNS]  # fmt: skip
    found = cover.solve(Terms(need=need, open=np.ones(SLOTS, np.bool_), crew={"clinician": 1, "peer": 1}, patterns=patterns, rules=RULES, net=1698), simple=False)  # fmt: skip
    everybody: list[checker.Worked] = []
    weeks = 1
    made = []
    for number, lines in enumerate(found.lines):
        each = rotation.draw(lines, rules=RULES)
        assert each is not None
        assert problems(each) == []
        made.append((number, each))
        weeks = int(np.lcm(weeks, each.cycle))
    if weeks > 60:
        return
    for number, each in made:
        everybody += roster(each, weeks=weeks, name=f"{number}.")
    seats = {"clinician": 1, "peer": 1}
    assert checker.too_few(everybody, weeks=weeks, seats=seats, need=need.tolist(), slot=30) == []


def test_a_line_that_mixes_days_and_nights_still_rests() -> None:
    eights = Pattern(id="x", hours=8, shifts_a_week=5, starts=("06:00", "14:00", "22:00"), mixes_hours=True, weeks=5)
    need = np.ones(SLOTS, np.int64)
    found = cover.solve(
        Terms(need=need, open=need > 0, crew={"clinician": 1}, patterns=[eights], rules=RULES, net=1698)
    )
    (lines,) = found.lines
    assert lines.people == 5
    each = rotation.draw(lines, rules=RULES)
    assert each is not None
    assert problems(each) == []
    assert (
        checker.too_few(
            roster(each, weeks=each.cycle), weeks=each.cycle, seats={"clinician": 1}, need=[1] * SLOTS, slot=30
        )
        == []
    )


def test_the_checker_finds_what_is_wrong() -> None:
    twice = [("a", "clinician", 0, 480), ("a", "clinician", 600, 1080)]
    assert checker.broken(twice, weeks=1, rest=10)
    week = [("a", "clinician", day * 1440, day * 1440 + 480) for day in range(7)]
    assert checker.broken(week, weeks=1, in_a_row=6)
    assert checker.broken(week, weeks=1, weekends=(1, 3))
    assert checker.broken(week, weeks=1, shifts=5)
    assert checker.broken(week, weeks=1, pause=2)
    assert checker.too_few(week, weeks=1, seats={"clinician": 1}, need=[1] * SLOTS, slot=30)
    assert not checker.too_few(week, weeks=1, seats={"clinician": 1}, need=[1] * 16 + [0] * 32, slot=30)


def team(*rotations: Rotation, name: str = "Rosa's crew [1/2]") -> Any:
    return SimpleNamespace(team=SimpleNamespace(id="community", name=name), rotations=rotations)


def test_calendars_hold_every_shift_of_every_line(tmp_path: Path) -> None:
    found = drawn(6, {DAY: (2,) * 7})
    begins = rotation_files.monday(dt.date(2026, 3, 1))
    assert begins == dt.date(2026, 3, 2)
    rotation_files.write_calendars([team(found)], tmp_path, begins=begins, at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), time_zone="America/New_York", words=Words("en"))  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"community-A{k}.ics" for k in range(1, 7)]
    for line in range(6):
        calendar = icalendar.Calendar.from_ical((tmp_path / f"community-A{line + 1}.ics").read_bytes())
        events = [event for event in calendar.walk("VEVENT")]
        assert len(events) == 18
        assert all(event["RRULE"]["INTERVAL"] == [6] and event["RRULE"]["FREQ"] == ["WEEKLY"] for event in events)
        starts = {event["DTSTART"].dt for event in events}
        expected = set()
        for week in range(6):
            for day, kind in enumerate(found.week_of(line, week)[0]):
                if kind is not None:
                    expected.add(
                        dt.datetime.combine(
                            begins + dt.timedelta(days=7 * week + day), dt.time(9), tzinfo=ZoneInfo("America/New_York")
                        )
                    )
        assert starts == expected
        assert any(calendar.walk("VTIMEZONE"))


@pytest.mark.parametrize(
    ("sunday", "hours"), [(dt.date(2026, 3, 8), 11), (dt.date(2026, 11, 1), 13), (dt.date(2026, 6, 7), 12)]
)
def test_a_night_over_a_clock_change_is_an_hour_shorter_or_longer(sunday: dt.date, hours: float) -> None:
    begin, end = rotation_files.span(NIGHT, sunday - dt.timedelta(days=1), ZoneInfo("America/New_York"))
    assert (begin.hour, end.hour) == (21, 9)
    assert (end.astimezone(dt.UTC) - begin.astimezone(dt.UTC)) / dt.timedelta(hours=1) == hours


def test_a_week_with_a_clock_change_is_covered_in_every_hour_that_passes() -> None:
    nights, days = drawn(9, {NIGHT: (1,) * 7}), drawn(6, {DAY: (1,) * 7})
    zone = ZoneInfo("America/New_York")
    for monday in (dt.date(2026, 3, 2), dt.date(2026, 10, 26)):
        spans = []
        for each in (nights, days):
            for line in range(each.people):
                # The Sunday night before reaches into the Monday.
                for day in range(-1, 7):
                    kind = each.week_of(line, day // 7)[0][day % 7]
                    if kind is not None:
                        spans.append(rotation_files.span(kind, monday + dt.timedelta(days=day), zone))
        at = dt.datetime.combine(monday, dt.time(0), tzinfo=zone).astimezone(dt.UTC)
        last = dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(0), tzinfo=zone).astimezone(dt.UTC)
        passed = 0
        while at < last:
            assert any(begin.astimezone(dt.UTC) <= at < end.astimezone(dt.UTC) for begin, end in spans), at
            at, passed = at + dt.timedelta(minutes=30), passed + 1
        assert passed == (334 if monday.month == 3 else 338)


def test_the_workbook_shows_weeks_and_dates(tmp_path: Path) -> None:
    found = drawn(6, {DAY: (2,) * 7})
    for language in ("en", "es"):
        path = tmp_path / f"{language}.xlsx"
        rotation_files.write_workbook(
            [team(found), team(found)], path, begins=dt.date(2026, 3, 2), words=Words(language)
        )
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["Rosa s crew  1 2", "Rosa s crew  1 2 2"]
        sheet = book.worksheets[0]
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        lines = [row for row in cells if row[0] == "A3"]
        assert len(lines) == 1
        on = [value for value in lines[0][1:43] if value and str(value).startswith("09–21")]
        assert len(on) == 18


def test_rest_of_two_days_is_kept_after_a_day_of_24_hours() -> None:
    day = ShiftType(16, 48)
    long = Pattern(id="24", hours=24, shifts_a_week=2, starts=("08:00",))
    rest = (WorkRule(kind="rest between shifts", at_least=48, source="x"),)
    found = drawn(4, {day: (1,) * 7}, long, rest)
    assert problems(found, {"rest": 48}) == []
    whole = np.ones(SLOTS, np.int64)
    terms = Terms(need=whole, open=whole > 0, crew={"clinician": 1}, patterns=[long], rules=rest, net=1698)
    for lines in cover.solve(terms).lines:
        each = rotation.draw(lines, rules=rest)
        assert each is not None
        assert problems(each, {"rest": 48}) == []


def test_a_rule_on_weekends_shares_them() -> None:
    rule = (*RULES, WorkRule(kind="weekends in a row", at_most=1, source="article 5"))
    fixed = Pattern(id="fixed", hours=8, shifts_a_week=5, starts=("06:00",))
    turning = fixed.model_copy(update={"id": "turning", "weeks": 4})
    need = np.array([1 if 12 <= slot % 48 < 28 else 0 for slot in range(SLOTS)])
    found = cover.solve(
        Terms(need=need, open=need > 0, crew={"clinician": 1}, patterns=[fixed, turning], rules=rule, net=1698)
    )
    weeks = 0
    for lines in found.lines:
        assert lines.pattern.id == "turning"
        each = rotation.draw(lines, rules=rule)
        assert each is not None
        weeks = each.cycle
        assert checker.broken(roster(each, weeks=weeks), weeks=weeks, weekends=(1, 2), rest=10, in_a_row=6) == []
    assert weeks


def test_spare_shifts_are_spread_over_the_week() -> None:
    found = drawn(6, {DAY: (2,) * 7})
    spare = [sum(row[day] for group in found.groups for row in group.spare) for day in range(7)]
    # Four to spare; on one day together they would help on that day only.
    assert sum(spare) == 4
    assert sum(count > 0 for count in spare) >= 3


def test_files_of_calendars_stay_in_their_folder() -> None:
    assert rotation_files.plain("../x/y") == "x-y"
    assert rotation_files.plain("co-response") == "co-response"
    assert rotation_files.plain("///") == "team"


def test_a_fixed_week_repeats_every_week() -> None:
    eights = Pattern(id="x", hours=8, shifts_a_week=5, starts=("06:00",))
    found = drawn(2, {ShiftType(12, 16): (1,) * 7}, eights)
    assert found.cycle == 1
    assert found.week_of(0, 0) == found.week_of(0, 5)
    assert [name for name, _, _ in rotation.names([found])] == ["A1", "A2"]
    with pytest.raises(IndexError):
        found.week_of(2, 0)


def test_weekends_off_at_all_are_kept() -> None:
    never = Pattern(id="x", hours=8, shifts_a_week=5, starts=("06:00",), weekends=Weekends(work=0, of=1))
    found = drawn(2, {ShiftType(12, 16): (2, 2, 2, 2, 2, 0, 0)}, never)
    assert all(week[5] is None and week[6] is None for group in found.groups for week in group.weeks)
