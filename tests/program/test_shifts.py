"""Who is on duty when: days, holidays, clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.program import file, shifts, starter
from rightcall.program.document import Program

ZONE = ZoneInfo("America/New_York")
HEAD = starter.text(name="CARE", jurisdiction="Millbrook, NC", time_zone="America/New_York").split("[[shift]]")[0]
MONDAY = dt.date(2026, 3, 2)


def program(*entries: str) -> Program:
    return file.parse(HEAD + "".join(f"\n[[shift]]\n{entry}\n" for entry in entries), where="program.toml")


def shift(text: str = "", *, starts: str = "09:00", hours: float = 12, units: object = 1) -> str:
    return f'team = "community"\nstarts = "{starts}"\nhours = {hours}\nunits = {units}\n{text}'


def laid_out(one: Program, first: dt.date, days: int = 1) -> list[shifts.Turn]:
    return shifts.turns(one, first=first, last=first + dt.timedelta(days=days - 1))


def test_two_vans_for_a_week_are_fourteen_turns() -> None:
    got = laid_out(program(shift(units=2)), MONDAY, 7)
    assert len(got) == 14
    assert [turn.unit for turn in got[:2]] == ["community 1.1", "community 1.2"]
    assert got[0].starts.astimezone(ZONE) == dt.datetime(2026, 3, 2, 9, tzinfo=ZONE)
    assert got[0].hours == 12
    assert got == sorted(got, key=lambda turn: (turn.starts, turn.number, turn.unit))


@pytest.mark.parametrize(
    ("days", "count"), [('days = "weekdays"', 5), ('days = "weekends"', 2), ('days = ["monday", "sunday"]', 2), ("", 7)]
)
def test_a_shift_begins_on_its_days(days: str, count: int) -> None:
    assert len(laid_out(program(shift(days)), MONDAY, 7)) == count


def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    night = program(shift(starts="22:00", hours=10))
    assert [turn.hours for turn in laid_out(night, dt.date(2026, 3, 6), 3)] == [10, 9, 10]
    assert [turn.hours for turn in laid_out(night, dt.date(2026, 10, 30), 3)] == [10, 11, 10]
    ends = laid_out(night, dt.date(2026, 3, 7))[0].ends
    assert ends.astimezone(ZONE).time() == dt.time(8)


def test_a_beginning_that_the_clock_skips_is_an_hour_later_and_one_that_stands_twice_is_the_earlier() -> None:
    spring = laid_out(program(shift(starts="02:30", hours=8)), dt.date(2026, 3, 8))[0]
    assert spring.starts.astimezone(ZONE).time() == dt.time(3, 30)
    assert spring.hours == 7
    autumn = laid_out(program(shift(starts="01:30", hours=8)), dt.date(2026, 11, 1))[0]
    assert autumn.starts == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)
    assert autumn.hours == 9


def test_holidays_can_be_worked_left_out_or_staffed_alone() -> None:
    new_year = dt.date(2025, 12, 29)
    three = program(shift(), shift('holidays = "off"'), shift('holidays = "only"'))
    got = laid_out(three, new_year, 7)
    assert [sum(turn.number == number for turn in got) for number in (1, 2, 3)] == [7, 6, 1]
    assert [turn.starts.astimezone(ZONE).date() for turn in got if turn.number == 3] == [dt.date(2026, 1, 1)]


def test_a_shift_may_begin_and_end_with_the_seasons() -> None:
    got = laid_out(program(shift("from = 2026-03-04\nuntil = 2026-03-06")), MONDAY, 7)
    assert [turn.starts.astimezone(ZONE).day for turn in got] == [4, 5, 6]


def test_unknown_numbers_of_units_are_all_named_at_once() -> None:
    with pytest.raises(shifts.ShiftError) as caught:
        laid_out(program(shift(units='"unknown"'), shift(), shift(units='"unknown"', starts="21:00")), MONDAY)
    assert [problem.where for problem in caught.value.problems] == ["shift[1].units", "shift[3].units"]
    assert "from 21:00" in str(caught.value)


def test_a_program_without_shifts_is_told_to_add_one() -> None:
    with pytest.raises(shifts.ShiftError, match="no shifts"):
        laid_out(program(), MONDAY)


@given(
    st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 1)), st.integers(0, 23), st.sampled_from([0.5, 8, 10, 12, 24]), st.integers(0, 3)
)  # fmt: skip
def test_a_day_of_shifts_has_its_hours_but_for_clock_changes(day: dt.date, hour: int, hours: float, units: int) -> None:
    got = laid_out(program(shift(starts=f"{hour:02d}:00", hours=hours, units=units)), day, 3)
    assert len(got) == 3 * units
    assert all(abs(turn.hours - hours) <= 1 and turn.starts <= turn.ends for turn in got)
