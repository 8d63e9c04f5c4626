"""Invented exports that differ in their clocks and in their rows: what must be understood of them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from invented import (
    Desk,
    Tell,
    arrived,
    as_csv,
    at,
    cleared,
    codes,
    dispatched,
    in_utc,
    made,
    minutes,
    received,
    simple,
    stamp,
    table,
    times,
    truth,
)

from rightcall.errors import MustChoose

CHICAGO = ZoneInfo("America/Chicago")


# ------------------------------------------------------------------ clocks


def test_a_z_that_is_really_local_is_seen_by_the_quiet_hours(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(stamp("%Y-%m-%dT%H:%M:%SZ", at)))))
    assert received(got) == truth(calls)
    assert "clock_by_trough" in codes(got)


def test_a_z_that_is_utc_is_believed(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(lambda c: in_utc(c).strftime("%Y-%m-%dT%H:%M:%SZ")))))
    assert received(got) == truth(calls)
    assert not {"clock_by_trough", "clock_shifted"} & codes(got)


def test_bare_times_that_are_really_utc_are_seen_by_the_quiet_hours(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(lambda c: in_utc(c).strftime("%Y-%m-%d %H:%M:%S")))))
    assert received(got) == truth(calls)
    assert got.layout.stamps["received"].clock == "utc digits"


def test_milliseconds_since_1970_are_read(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(lambda c: int(in_utc(c).timestamp() * 1000)))))
    assert received(got) == truth(calls)


def test_milliseconds_that_count_local_time_are_seen_by_the_quiet_hours(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(lambda c: int(c.at.replace(tzinfo=dt.UTC).timestamp() * 1000)))))
    assert received(got) == truth(calls)


def test_seconds_since_1970_are_read(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, simple(lambda c: int(in_utc(c).timestamp())))))
    assert received(got) == truth(calls)


def test_offsets_are_believed(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, simple(lambda c: c.at.replace(tzinfo=CHICAGO).isoformat()))))
    assert received(got) == truth(calls)


def test_another_column_that_says_the_hour_corrects_the_clock(desk: Desk) -> None:
    calls = made(300)
    columns = simple(stamp("%Y-%m-%dT%H:%M:%SZ", at), Hour=stamp("%H", at))
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == truth(calls)
    assert got.layout.stamps["received"].clock == "local digits"
    assert "clock_corrected" in codes(got)


def test_day_and_month_that_nothing_decides_are_refused(desk: Desk) -> None:
    luck = made(400)
    calls = sorted((c for c in luck if c.at.day <= 12), key=lambda c: c.address + c.unit)
    with pytest.raises(MustChoose) as refused:
        desk.read(as_csv(table(calls, {"Date": stamp("%m/%d/%Y %H:%M", at), "Type": lambda c: c.type})))
    problem = refused.value.problems[0]
    assert "month/day" in problem.what
    assert "[stamps.received]" in problem.mend
    assert len(problem.options) == 2


@pytest.mark.parametrize("pattern", ["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"])
def test_day_and_month_are_told_apart_by_the_order_of_rows(desk: Desk, pattern: str) -> None:
    calls = [c for c in made(1200) if c.at.day <= 12]
    got = desk.read(as_csv(table(calls, simple(stamp(pattern, at)))))
    assert received(got) == truth(calls)


def test_dates_like_5_jan_24_and_times_like_712_are_read(desk: Desk) -> None:
    calls = made()
    columns: dict[str, Tell] = {
        "Inc No": lambda c: c.number, "Date": lambda c: f"{c.at.day}-{c.at:%b-%y}", "Time": lambda c: int(f"{c.at:%H%M}"),
        "Time Dispatched": lambda c: int(f"{c.dispatched:%H%M}") if c.dispatched else "", "Nature": lambda c: c.type,
    }  # fmt: skip
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == minutes(truth(calls))
    assert times(got, "assigned_at") == minutes(truth(calls, dispatched))


def test_twelve_hour_times_without_am_and_pm_are_refused(desk: Desk) -> None:
    calls = made()
    with pytest.raises(MustChoose, match="12-hour clock"):
        desk.read(
            as_csv(
                table(calls, {"Date": stamp("%m/%d/%Y", at), "Time": stamp("%I:%M:%S", at), "Type": lambda c: c.type})
            )
        )


def test_twelve_hour_times_are_settled_by_a_column_that_tells_the_same_time(desk: Desk) -> None:
    calls = made()
    columns: dict[str, Tell] = {
        "Date": stamp("%m/%d/%Y", at), "Time": stamp("%I:%M:%S", at), "Type": lambda c: c.type,
        "Stamp": lambda c: int(in_utc(c).timestamp()),
    }  # fmt: skip
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == truth(calls)
    assert "half_day_clock" in codes(got)


def test_a_time_of_day_with_seconds_and_date_in_two_columns_is_read(desk: Desk) -> None:
    calls = made()
    columns: dict[str, Tell] = {"Event": lambda c: c.number, "Call Date": stamp("%Y%m%d", at), "Call Time": stamp("%I:%M %p", at),
                                "Description": lambda c: c.type}  # fmt: skip
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == minutes(truth(calls))
    assert got.layout.columns["first_type"] == "Description"


def test_a_time_before_its_date_is_read(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, simple(stamp("%H:%M:%S %m/%d/%y", at), name="When reported"))))
    assert received(got) == truth(calls)


def test_a_date_that_names_its_weekday_is_read(desk: Desk) -> None:
    calls = made()
    columns: dict[str, Tell] = {
        "Call Number": lambda c: c.number,
        "CallDate": stamp("%a %b %d %Y", at),
        "CallTime": stamp("%I:%M:%S %p", at),
        "CallType": lambda c: c.type,
        "TimeArrived": stamp("%I:%M:%S %p", arrived),
    }
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == truth(calls)
    assert times(got, "arrived_at") == truth(calls, arrived)


def test_seven_times_are_read(desk: Desk) -> None:
    calls = made()
    pattern = "%m/%d/%Y %H:%M:%S"
    got = desk.read(as_csv(table(calls, {
        "Event ID": lambda c: c.number, "Event Type": lambda c: c.type, "Time Received": stamp(pattern, at),
        "Time Entered": stamp(pattern, at), "Time Queued": stamp(pattern, at), "Time Dispatched": stamp(pattern, dispatched),
        "Time Enroute": stamp(pattern, dispatched), "Time On Scene": stamp(pattern, arrived), "Time Closed": stamp(pattern, cleared),
    })))  # fmt: skip
    assert set(got.layout.stamps) == {"received", "entered", "released", "assigned", "en_route", "arrived", "cleared"}
    assert received(got) == truth(calls)
    assert times(got, "arrived_at") == truth(calls, arrived)


def test_a_date_without_a_time_is_read_and_said(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, simple(stamp("%m/%d/%Y", at), name="Incident Date"))))
    assert "date_only" in codes(got)


# ------------------------------------------------------------------ rows and numbers


def test_one_row_per_unit_becomes_one_call_with_several_units(desk: Desk) -> None:
    calls = made(300)
    columns: dict[str, Tell] = {
        "Incident Number": lambda c: f"24{c.number}", "Incident Time": stamp("%m/%d/%Y %H:%M:%S", at), "Call Type": lambda c: c.type,
        "Unit ID": lambda c: c.unit, "Unit Dispatched": stamp("%m/%d/%Y %H:%M:%S", dispatched),
        "Unit On Scene": stamp("%m/%d/%Y %H:%M:%S", arrived), "Unit Cleared": stamp("%m/%d/%Y %H:%M:%S", cleared),
    }  # fmt: skip
    rows = table(calls, columns)
    many = [[*row[:3], f"U{k}", *row[4:]] for row in rows[1:] for k in range(6)]
    got = desk.read(as_csv([rows[0], *many]))
    assert got.calls.select(pl.len()).collect().item() == 300
    assert got.rejected.height == 1500
    assert got.unit_times is not None
    assert got.unit_times.select(pl.len()).collect().item() == 1800
    assert "merged_rows" in codes(got)


def test_hazards_that_are_yes_no_or_blank_keep_the_blank_unknown(desk: Desk) -> None:
    calls = made(300)
    flag: Tell = lambda c: {1: "Y", 2: "N"}.get(c.priority, "")  # noqa: E731
    got = desk.read(
        as_csv(table(calls, simple(stamp("%Y-%m-%d %H:%M:%S", at), **{"Weapon Involved": flag, "Injuries": flag})))
    )
    facts = got.calls.sort("source_row").select("weapon", "injury").collect()
    expected = [{1: True, 2: False}.get(c.priority) for c in calls]
    assert facts["weapon"].to_list() == facts["injury"].to_list() == expected
    assert "hazards_blank" in codes(got)


def test_numbers_that_repeat_across_agencies_stay_different_calls(desk: Desk) -> None:
    calls = made(600)
    columns = simple(stamp("%Y-%m-%d %H:%M:%S", at), Agency=lambda c: "PD" if c.number % 2 else "SO")
    rows = table(calls, columns)
    rows[1:] = [[f"{k // 2}", *row[1:]] for k, row in enumerate(rows[1:])]
    got = desk.read(as_csv(rows))
    assert got.calls.select(pl.len()).collect().item() == 600
    assert got.calls.select(pl.col("call_id").n_unique()).collect().item() == 600


def test_numbers_that_begin_again_each_year_stay_different_calls(desk: Desk) -> None:
    calls = made(300, start=dt.date(2023, 1, 1)) + made(300, start=dt.date(2024, 1, 1), seed=8)
    got = desk.read(as_csv(table(calls, simple(stamp("%Y-%m-%d %H:%M:%S", at)))))
    assert got.calls.select(pl.len()).collect().item() == 600
    assert got.calls.select(pl.col("call_id").n_unique()).collect().item() == 600
    assert "numbers_reused" in codes(got)


def test_an_incident_that_passes_midnight_stays_one_call_where_numbers_are_reused(desk: Desk) -> None:
    rows = [["Incident Number", "Call Time", "Call Type"]]
    rows += [[str(k), f"2023-03-{1 + k // 10:02} {k % 24:02}:10:00", "NOISE"] for k in range(200)]
    rows += [["7", "2024-01-05 23:58:00", "FIGHT"], ["7", "2024-01-06 00:01:00", "FIGHT"]]
    got = desk.read(as_csv(rows))
    assert got.calls.filter(pl.col("incident_number") == "7").select(pl.len()).collect().item() == 2
    assert got.rejected["row"].to_list() == [202]


def test_repeated_rows_of_one_incident_are_not_numbers_used_again(desk: Desk) -> None:
    calls = made(300)
    rows = table(calls, simple(stamp("%Y-%m-%d %H:%M:%S", at)))
    got = desk.read(as_csv([rows[0], *(row for row in rows[1:] for _ in range(2))]))
    assert got.calls.select(pl.len()).collect().item() == 300
    assert "identical_rows" in codes(got)
    assert "numbers_reused" not in codes(got)
    assert got.calls.collect()["call_id"].sort().to_list() == [f"24{call.number}" for call in calls]


def test_semicolons_tabs_and_bars_are_read(desk: Desk) -> None:
    calls = made(100)
    for separator in (";", "\t", "|"):
        columns = simple(stamp("%Y-%m-%d %H:%M:%S", at), Location=lambda c: f"{c.address}, OMAHA, NE, USA, {c.beat}")
        got = desk.read(as_csv(table(calls, columns), separator=separator))
        assert received(got) == truth(calls)
