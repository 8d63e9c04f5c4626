"""Times: every way of writing them, and local time to UTC as the standard library has it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.calls import clocks, stamps
from rightcall.calls.layout import Stamp

ZONES = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu", "America/St_Johns", "America/Puerto_Rico", "Europe/London", "UTC",
]  # fmt: skip
WHEN = dt.datetime(2024, 1, 5, 19, 12, 33)


def naive(text: str, *formats: str) -> dt.datetime | None:
    return pl.DataFrame({"t": [text]}).select(clocks.naive(pl.col("t"), formats)).item()


def slow_utc(local: dt.datetime, zone: str) -> dt.datetime:
    """By zoneinfo: the earlier of a repeated hour; a time that does not exist an hour forward."""
    there = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    utc = there.astimezone(dt.UTC)
    if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        return (local + dt.timedelta(hours=1)).replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC)
    return utc


def to_utc(local: list[dt.datetime], zone: str) -> list[dt.datetime]:
    frame = pl.DataFrame({"t": pl.Series(local, dtype=pl.Datetime("us"))})
    return frame.select(clocks.local_to_utc(pl.col("t"), time_zone=zone))["t"].to_list()


LOCAL = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2037, 12, 31))
# Around the clock changes of the United States: second Sunday of March, first Sunday of November, since 2007.
CHANGES = st.builds(
    lambda year, spring, minutes: _change(year, spring) + dt.timedelta(minutes=minutes),
    st.integers(2007, 2037), st.booleans(), st.integers(-180, 240),
)  # fmt: skip


def _change(year: int, spring: bool) -> dt.datetime:
    first = dt.datetime(year, 3, 8, 2) if spring else dt.datetime(year, 11, 1, 2)
    return first + dt.timedelta(days=(6 - first.weekday()) % 7)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(LOCAL, CHANGES), min_size=1, max_size=20), st.sampled_from(ZONES))
def test_local_time_becomes_utc_as_the_standard_library_has_it(local: list[dt.datetime], zone: str) -> None:
    assert to_utc(local, zone) == [slow_utc(moment, zone) for moment in local]


def test_of_a_repeated_hour_the_earlier_is_taken() -> None:
    assert to_utc([dt.datetime(2024, 11, 3, 1, 30)], "America/New_York") == [
        dt.datetime(2024, 11, 3, 5, 30, tzinfo=dt.UTC)
    ]


def test_a_time_that_does_not_exist_is_read_an_hour_later() -> None:
    assert to_utc([dt.datetime(2024, 3, 10, 2, 30)], "America/New_York") == [
        dt.datetime(2024, 3, 10, 7, 30, tzinfo=dt.UTC)
    ]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2024-01-05 19:12:33", "%Y-%m-%d %H:%M:%S"),
        ("2024-01-05T19:12:33", "%Y-%m-%dT%H:%M:%S"),
        ("2024-01-05T19:12:33.000", "%Y-%m-%dT%H:%M:%S%.f"),
        ("01/05/2024 07:12:33 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("1/5/2024 7:12:33 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("01/05/2024 07:12:33PM", "%m/%d/%Y %I:%M:%S%p"),
        ("01/05/24 19:12:33", "%m/%d/%y %H:%M:%S"),
        ("05/01/2024 19:12:33", "%d/%m/%Y %H:%M:%S"),
        ("05.01.2024 19:12:33", "%d.%m.%Y %H:%M:%S"),
        ("5-Jan-24 19:12:33", "%d-%b-%y %H:%M:%S"),
        ("Jan 5, 2024 7:12:33 PM", "%b %d, %Y %I:%M:%S %p"),
        ("January 5, 2024 7:12:33 PM", "%B %d, %Y %I:%M:%S %p"),
        ("Jan  5 2024 07:12:33:000PM", "%b %d %Y %I:%M:%S:%3f%p"),
        ("20240105 191233", "%Y%m%d %H%M%S"),
        ("1704481953", "epoch seconds"),
        ("1704481953000", "epoch milliseconds"),
        ("1704481953000000", "epoch microseconds"),
        ("45296.80038194", "excel days"),
        (" 2024-01-05 19:12:33 ", "%Y-%m-%d %H:%M:%S"),
        ("2024-01-05T19:12:33Z", "%Y-%m-%dT%H:%M:%S%z"),
        ("2024-01-05T19:12:33-06:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("2024-01-05T19:12:33-0600", "%Y-%m-%dT%H:%M:%S%z"),
        ("2024/01/05 19:12:33+00", "%Y/%m/%d %H:%M:%S%z"),
        ("2024-01-05 19:12:33.000 UTC", "%Y-%m-%d %H:%M:%S%.f%z"),
    ],
)
def test_every_usual_way_of_writing_a_time_is_read_and_found(text: str, pattern: str) -> None:
    read = naive(text, pattern)
    assert read is not None
    assert abs(read - WHEN) < dt.timedelta(seconds=1)
    if pattern not in (*clocks.EPOCHS, clocks.EXCEL_DAYS):
        known = [f"{known}%z" for known in clocks.STAMP_FORMATS] if clocks.has_offset(text) else clocks.STAMP_FORMATS
        assert pattern in clocks.shares(pl.Series([text]), known, kind="stamp")


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("0000-01-05 19:12:33", "%Y-%m-%d %H:%M:%S"),
        ("9999-12-31 23:59:59", "%Y-%m-%d %H:%M:%S"),
        ("1900-01-01 00:00:00", "%Y-%m-%d %H:%M:%S"),
        ("02/29/2023 10:00", "%m/%d/%Y %H:%M"),
        ("02/30/2024 10:00", "%m/%d/%Y %H:%M"),
        ("01/05/24 10:00", "%m/%d/%Y %H:%M"),
        ("253402300799000", "epoch milliseconds"),
        ("01/05/2024 25:00", "%m/%d/%Y %H:%M"),
        ("", "%m/%d/%Y %H:%M"),
        ("NULL", "%m/%d/%Y %H:%M"),
    ],
)
def test_what_cannot_be_the_time_of_a_call_is_unknown(text: str, pattern: str) -> None:
    assert naive(text, pattern) is None


def test_the_29th_of_february_of_a_leap_year_is_read() -> None:
    assert naive("02/29/2024 10:00", "%m/%d/%Y %H:%M") == dt.datetime(2024, 2, 29, 10)


def test_each_row_is_read_by_the_first_format_that_fits_it() -> None:
    frame = pl.DataFrame({"t": ["01/05/2024 19:12:33", None, "01/05/2024 7:12:33 PM", "nothing"]})
    read = frame.select(clocks.naive(pl.col("t"), ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"]))["t"]
    assert read.to_list() == [WHEN, None, WHEN, None]


@pytest.mark.parametrize(
    ("text", "pattern", "minutes"),
    [("712", "%H%M", 432), ("0712", "%H%M", 432), ("5", "%H%M", 5), ("2359", "%H%M", 1439), ("7:12 pm", "%I:%M %p", 1152),
     ("07:12:00", "%H:%M:%S", 432), ("12:05 AM", "%I:%M %p", 5), ("71200", "%H%M%S", 432), ("712.0", "%H%M", 432)],
)  # fmt: skip
def test_times_of_day_are_read(text: str, pattern: str, minutes: int) -> None:
    read = pl.DataFrame({"t": [text]}).select(clocks.time_of_day(pl.col("t"), [pattern])).item()
    assert read == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["2460", "772", "24:00:00", "x", ""])
def test_what_is_no_time_of_day_is_unknown(text: str) -> None:
    frame = pl.DataFrame({"t": [text]})
    assert frame.select(clocks.time_of_day(pl.col("t"), ["%H%M", "%H:%M:%S"])).item() is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("2024-01-05T19:12:33Z", 0), ("2024-01-05T19:12:33 UTC", 0), ("2024-01-05T19:12:33-05:00", -300),
     ("2024-01-05T19:12:33+0530", 330), ("2024/01/05 19:12:33+00", 0), ("2024/01/05 19:12:33.5-06", -360)],
)  # fmt: skip
def test_offsets_are_read(text: str, minutes: int) -> None:
    assert clocks.has_offset(text)
    read = pl.DataFrame({"t": [text]}).select(clocks.offset(pl.col("t"))).item()
    assert read == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["2024-01-05", "01-05-2024 10:00", "2024-01-05 10:00:33", "10:00 5-Jan-24"])
def test_a_date_is_not_taken_for_an_offset(text: str) -> None:
    assert not clocks.has_offset(text)


UTC_OF = {
    "as written": dt.datetime(2024, 1, 5, 19, 12, 33),
    "local digits": dt.datetime(2024, 1, 5, 18, 12, 33),
    "utc as local": dt.datetime(2024, 1, 6, 0, 12, 33),
    "utc digits": dt.datetime(2024, 1, 5, 13, 12, 33),
}


@pytest.mark.parametrize("clock", clocks.CLOCKS)
def test_a_stamp_is_read_by_its_clock(clock: clocks.Clock) -> None:
    stamp = Stamp(column="t", formats=("%Y-%m-%dT%H:%M:%S%z",), clock=clock)
    frame = pl.DataFrame({"t": ["2024-01-05T13:12:33-06:00"]})
    read = frame.select(stamps.utc(stamp, time_zone="America/New_York")).item()
    assert read.replace(tzinfo=None) == UTC_OF[clock]


@given(st.integers(0, 23))
def test_the_quietest_hours_are_found_wherever_they_lie(quiet: int) -> None:
    hours = [hour for hour in range(24) for _ in range(2 if (hour - quiet) % 24 < 5 else 10)]
    middle, depth = clocks.trough(pl.Series(hours))
    assert middle == (quiet + 2.5) % 24
    assert depth < 0.5


def test_the_days_of_a_clock_change_are_known() -> None:
    days = clocks.days_of_change(dt.date(2024, 1, 1), dt.date(2024, 12, 31), time_zone="America/Chicago")
    assert days == [dt.date(2024, 3, 10), dt.date(2024, 11, 3)]
    assert clocks.days_of_change(dt.date(2024, 1, 1), dt.date(2024, 12, 31), time_zone="America/Phoenix") == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 365 * 3), st.sampled_from([1, 30, 2_000]), st.booleans())
def test_a_long_column_is_converted_as_each_of_its_times_is(zone: str, first: int, step: int, gap: bool) -> None:
    start = dt.datetime(2023, 1, 1) + dt.timedelta(days=first)
    times = [None if gap and k % 7 == 0 else start + dt.timedelta(minutes=step * k) for k in range(clocks.FEW + 50)]
    column = pl.DataFrame({"t": pl.Series(times, dtype=pl.Datetime("us"))})
    utc = column.select(clocks.local_to_utc(pl.col("t"), time_zone=zone))["t"]
    one_by_one = [None if time is None else slow_utc(time, zone) for time in times]
    assert utc.to_list() == one_by_one
    back = utc.to_frame().select(clocks.to_local(pl.col("t"), time_zone=zone))["t"].to_list()
    there = ZoneInfo(zone)
    assert back == [None if time is None else time.astimezone(there).replace(tzinfo=None) for time in one_by_one]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(dt.datetime(1973, 1, 1), dt.datetime(2037, 12, 31)), min_size=1, max_size=20),
    st.sampled_from([*ZONES, "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham"]),
)
def test_a_quarter_of_an_hour_lies_on_one_day(instants: list[dt.datetime], zone: str) -> None:
    column = pl.DataFrame({"t": pl.Series(instants, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")})
    whole, quarter = pl.col("t"), pl.col("t").dt.truncate(clocks.STEADY)
    days = column.select(clocks.to_local(at, time_zone=zone).dt.date().alias(name) for at, name in ((whole, "a"), (quarter, "b")))  # fmt: skip
    assert days["a"].to_list() == days["b"].to_list()


@given(st.lists(st.datetimes(dt.datetime(1960, 1, 1), dt.datetime(2099, 12, 31))))
def test_the_hour_of_the_week_begins_on_monday(local: list[dt.datetime]) -> None:
    hours = pl.DataFrame({"t": pl.Series(local, dtype=pl.Datetime("us"))}).select(clocks.hour_of_week(pl.col("t")))
    assert hours["t"].to_list() == [time.weekday() * 24 + time.hour for time in local]
