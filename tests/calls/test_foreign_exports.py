"""Exports in the style of other cities, invented: each with what must be understood of it, nobody at the keyboard."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest
from invented import (
    Desk,
    Made,
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

from rightcall.calls import layout
from rightcall.errors import MustChoose

# ------------------------------------------------------------------ styles of cities


def test_phoenix_has_one_time_with_am_and_pm_glued_to_it(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "INCIDENT_NUM": lambda c: f"2024{c.number}", "DISP_CODE": lambda c: c.type[:3], "DISPOSITION": lambda c: "CLOSED",
        "FINAL_RADIO_CODE": lambda c: c.final[:4], "FINAL_CALL_TYPE": lambda c: c.final,
        "CALL_RECEIVED": stamp("%m/%d/%Y %I:%M:%S%p", at), "HUNDREDBLOCKADDR": lambda c: c.address, "GRID": lambda c: c.beat,
    })))  # fmt: skip
    assert received(got) == truth(calls)
    named = got.layout.columns
    assert (named["incident_number"], named["area_beat"], named["place_text"]) == (
        "INCIDENT_NUM",
        "GRID",
        "HUNDREDBLOCKADDR",
    )
    assert (named["first_type"], got.layout.sure["first_type"]) == ("FINAL_CALL_TYPE", 0.3)
    assert "one_time" in codes(got)


def test_inform_cad_names_every_step(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "Master_Incident_Number": lambda c: f"DP{c.number}", "Response_Date": stamp("%Y-%m-%d %H:%M:%S.000", at),
        "Problem": lambda c: c.type, "Priority_Description": lambda c: f"{c.priority} - ROUTINE", "Sector": lambda c: c.beat[0],
        "MethodOfCallRcvd": lambda c: "Officer" if c.officer else "E-911",
        "Time_PhonePickUp": stamp("%Y-%m-%d %H:%M:%S.000", at),
        "Time_First_Unit_Assigned": stamp("%Y-%m-%d %H:%M:%S.000", dispatched),
        "Time_First_Unit_Arrived": stamp("%Y-%m-%d %H:%M:%S.000", arrived),
        "Time_CallClosed": stamp("%Y-%m-%d %H:%M:%S.000", cleared), "Call_Disposition": lambda c: "REPORT",
        "Primary_Unit": lambda c: c.unit,
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert times(got, "assigned_at") == truth(calls, dispatched)
    assert times(got, "arrived_at") == truth(calls, arrived)
    assert times(got, "cleared_at") == truth(calls, cleared)
    assert got.layout.columns["incident_number"] == "Master_Incident_Number"
    assert got.layout.columns["first_type"] == "Problem"
    assert got.layout.columns["disposition"] == "Call_Disposition"
    origins = got.calls.group_by("origin").len().collect()
    assert dict(origins.iter_rows())["officer"] == sum(call.officer for call in calls)


def test_cincinnati_has_two_names_for_the_type_and_a_color_for_the_priority(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "ADDRESS_X": lambda c: c.address, "LATITUDE_X": lambda c: c.lat, "LONGITUDE_X": lambda c: c.lon,
        "AGENCY": lambda c: "CPD", "CREATE_TIME_INCIDENT": stamp("%m/%d/%Y %I:%M:%S %p", at),
        "DISPOSITION_TEXT": lambda c: "ADV: ADVISED", "EVENT_NUMBER": lambda c: f"CPD24{c.number}",
        "INCIDENT_TYPE_ID": lambda c: c.type[:5], "INCIDENT_TYPE_DESC": lambda c: c.type, "PRIORITY": lambda c: c.priority,
        "PRIORITY_COLOR": lambda c: "", "ARRIVAL_TIME_PRIMARY_UNIT": stamp("%m/%d/%Y %I:%M:%S %p", arrived),
        "CLOSED_TIME_INCIDENT": stamp("%m/%d/%Y %I:%M:%S %p", cleared),
        "DISPATCH_TIME_PRIMARY_UNIT": stamp("%m/%d/%Y %I:%M:%S %p", dispatched), "BEAT": lambda c: c.beat,
        "COMMUNITY_COUNCIL_NEIGHBORHOOD": lambda c: f"N{c.beat}", "DISTRICT": lambda c: c.beat[0],
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert times(got, "assigned_at") == truth(calls, dispatched)
    assert times(got, "arrived_at") == truth(calls, arrived)
    assert times(got, "cleared_at") == truth(calls, cleared)
    named = got.layout.columns
    assert (named["first_type"], named["incident_number"]) == ("INCIDENT_TYPE_DESC", "EVENT_NUMBER")
    assert (named["area_beat"], named["area_sector"], named["place_text"]) == ("BEAT", "DISTRICT", "ADDRESS_X")
    assert named["area_neighborhood"] == "COMMUNITY_COUNCIL_NEIGHBORHOOD"
    assert (got.layout.places.lat, got.layout.places.lon) == ("LATITUDE_X", "LONGITUDE_X")


def test_baltimore_writes_local_time_with_the_offset_of_utc(desk: Desk) -> None:
    calls = made(1600)
    got = desk.read(as_csv(table(calls, {
        "recordId": lambda c: c.number + 5_000_000, "callKey": lambda c: f"CAD-{c.number}",
        "callDateTime": stamp("%Y/%m/%d %H:%M:%S+00", at), "priority": lambda c: ("Low", "Medium", "High")[c.priority % 3],
        "district": lambda c: c.beat[0], "description": lambda c: c.type, "callNumber": lambda c: f"P{c.number}",
        "incidentLocation": lambda c: c.address, "Neighborhood": lambda c: f"N{c.beat}", "PoliceDistrict": lambda c: c.beat[0],
        "PolicePost": lambda c: c.beat, "CouncilDistrict": lambda c: c.priority,
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert "clock_by_trough" in codes(got)
    assert "priority_words" in codes(got)
    assert got.layout.columns["first_type"] == "description"


def test_tucson_says_the_time_again_in_columns_of_its_own(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "call_id": lambda c: f"T{c.number}", "case_id": lambda c: "" if c.priority > 2 else f"24{c.number}", "agency": lambda c: "TPD",
        "ADDRESS_PUBLIC": lambda c: c.address, "city": lambda c: "TUCSON", "NATURECODE": lambda c: c.type[:4],
        "NatureCodeDesc": lambda c: c.type, "ACTDATETIME": lambda c: in_utc(c).strftime("%Y/%m/%d %H:%M:%S+00"),
        "ACT_MONTH": stamp("%b", at), "ACT_YEAR": stamp("%Y", at), "HOUR": stamp("%H", at), "DOW": stamp("%A", at),
        "NEIGHBORHD": lambda c: f"N{c.beat}", "WARD": lambda c: c.priority,
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert got.layout.stamps["received"].clock == "as written"
    assert got.layout.columns["incident_number"] == "call_id"
    assert got.layout.columns["first_type"] == "NatureCodeDesc"
    assert got.layout.columns["jurisdiction"] == "city"


def test_montgomery_county_writes_seconds_between_the_steps(desk: Desk) -> None:
    calls = made()

    def seconds(call: Made, later: dt.datetime | None) -> object:
        return int((later - call.at).total_seconds()) if later else ""

    got = desk.read(as_csv(table(calls, {
        "Incident ID": lambda c: f"P{c.number}", "Crime Report Number": lambda c: "" if c.priority > 2 else c.number,
        "Start Time": stamp("%m/%d/%Y %I:%M:%S %p", at), "End Time": stamp("%m/%d/%Y %I:%M:%S %p", cleared),
        "Priority": lambda c: c.priority, "Initial Type": lambda c: c.type, "Close Type": lambda c: c.final,
        "Address": lambda c: c.address, "City": lambda c: "GAITHERSBURG", "State": lambda c: "MD", "Zip": lambda c: 20877,
        "Longitude": lambda c: c.lon, "Latitude": lambda c: c.lat, "Police District Number": lambda c: f"{c.priority}D",
        "Beat": lambda c: c.beat, "CallTime Dispatch": lambda c: seconds(c, c.dispatched),
        "CallTime Arrive": lambda c: seconds(c, c.arrived), "CallTime Cleared": lambda c: seconds(c, c.cleared),
        "Disposition Desc": lambda c: "REPORT",
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert times(got, "cleared_at") == truth(calls, cleared)
    named = got.layout.columns
    assert (named["first_type"], named["last_type"], named["area_beat"]) == ("Initial Type", "Close Type", "Beat")
    assert named["incident_number"] == "Incident ID"
    assert named["disposition"] == "Disposition Desc"


def test_chandler_spreads_the_call_over_times_that_name_queue_and_close(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "call_for_service_number": lambda c: f"24-{c.number}", "call_type_initial": lambda c: c.type,
        "call_type_final": lambda c: c.final, "call_source": lambda c: "Officer Initiated" if c.officer else "Telephone",
        "call_received_at": stamp("%Y-%m-%d %H:%M", at), "call_dispatched_at": stamp("%Y-%m-%d %H:%M", dispatched),
        "officer_on_scene_at": stamp("%Y-%m-%d %H:%M", arrived), "call_closed_at": stamp("%Y-%m-%d %H:%M", cleared),
        "beat": lambda c: c.beat, "priority_level": lambda c: f"P{c.priority}",
    })))  # fmt: skip
    assert received(got) == minutes(truth(calls))
    assert times(got, "assigned_at") == minutes(truth(calls, dispatched))
    assert times(got, "arrived_at") == minutes(truth(calls, arrived))
    assert times(got, "cleared_at") == minutes(truth(calls, cleared))
    named = got.layout.columns
    assert (named["first_type"], named["last_type"], named["origin"]) == (
        "call_type_initial",
        "call_type_final",
        "call_source",
    )
    assert named["incident_number"] == "call_for_service_number"
    assert got.layout.priorities["P2"] == 2


def test_gainesville_says_hour_and_weekday_beside_the_time(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, {
        "ID": lambda c: c.number, "Incident Type": lambda c: c.type, "Report Date": stamp("%Y-%m-%dT%H:%M:%S.000", at),
        "Report Hour of Day": stamp("%H", at), "Report Day of Week": stamp("%A", at), "City": lambda c: "GAINESVILLE",
        "Address": lambda c: c.address, "Latitude": lambda c: c.lat, "Longitude": lambda c: c.lon,
        "Location": lambda c: f"({c.lat}, {c.lon})",
    })))  # fmt: skip
    assert received(got) == truth(calls)
    assert got.layout.columns["incident_number"] == "ID"
    assert got.layout.columns["place_text"] == "Address"
    assert got.calls.select(pl.col("lat").is_not_null().all()).collect().item()


def test_a_point_in_one_column_is_read(desk: Desk) -> None:
    calls = made(300)
    got = desk.read(as_csv(table(calls, {
        "Incident Number": lambda c: c.number, "Call Type": lambda c: c.type, "Received Date/Time": stamp("%m/%d/%Y %H:%M", at),
        "Location": lambda c: f"{c.address}\nOMAHA, NE\n({c.lat}, {c.lon})",
    })))  # fmt: skip
    spots = got.calls.sort("source_row").select("lat", "lon").collect()
    assert spots.rows() == [(call.lat, call.lon) for call in calls]
    assert got.rejected.is_empty()


def test_a_date_at_midnight_and_a_time_beside_it_are_one_time(desk: Desk) -> None:
    calls = made()
    columns: dict[str, Tell] = {
        "Incident_Number": lambda c: c.number,
        "Nature of Call": lambda c: c.type,
        "Date": stamp("%Y-%m-%dT00:00:00.000", at),
        "Time": stamp("%H:%M:%S", at),
        "Block": lambda c: 200,
        "Location": lambda c: "MAIN ST",
    }
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == truth(calls)
    assert (got.layout.stamps["received"].date, got.layout.stamps["received"].time) == ("Date", "Time")
    assert (got.layout.columns["first_type"], got.layout.columns["place_text"]) == ("Nature of Call", "Location")


def test_midnights_alone_are_a_date_without_a_time(desk: Desk) -> None:
    got = desk.read(as_csv(table(made(), simple(stamp("%m/%d/%Y 12:00:00 AM", at), name="Incident Date"))))
    assert "date_only" in codes(got)


def test_durations_are_not_taken_for_times_of_day(desk: Desk) -> None:
    def lasted(call: Made) -> object:
        return f"0{call.dispatched - call.at}" if call.dispatched else ""

    calls = made()
    columns = simple(
        stamp("%-m/%-d/%y %-H:%M", at), name="Date/Time", **{"Dispatch Time": lasted, "Response Time": lasted}
    )
    got = desk.read(as_csv(table(calls, columns)))
    assert received(got) == minutes(truth(calls))
    assert set(got.layout.stamps) == {"received"}


def test_where_only_the_dispatch_is_timed_a_person_must_say_so(desk: Desk) -> None:
    columns: dict[str, Tell] = {
        "Incident_Number": lambda c: c.number,
        "Dispatch_Date": stamp("%m/%d/%Y 12:00:00 AM", at),
        "Dispatch_Time": stamp("%H:%M:%S", at),
        "Call_Type_Text": lambda c: c.type,
    }
    calls = made()
    with pytest.raises(MustChoose, match="Columns that hold times: Dispatch_Date, Dispatch_Time") as refused:
        desk.read(as_csv(table(calls, columns)))
    ((told, lines),) = refused.value.problems[0].options
    assert told == "Dispatch_Date + Dispatch_Time"
    got = desk.read(as_csv(table(calls, columns)), layout=layout.parse(lines, where="layout.toml"))
    assert received(got) == truth(calls)


def test_a_ten_code_is_named_by_its_description(desk: Desk) -> None:
    columns = {
        "Event Number": lambda c: c.number,
        "Call Received": stamp("%m/%d/%Y %H:%M:%S", at),
        "Tencode": lambda c: c.priority + 40,
        "Tencode Description": lambda c: c.type,
        "Disposition Code": lambda c: "11",
        "Disposition Description": lambda c: "DISREGARD",
        "Unit Dispatched": lambda c: c.unit,
        "Received By": lambda c: f"Dana {c.priority}",
        "How Received": lambda c: "911 Line",
    }
    named = desk.read(as_csv(table(made(), columns))).layout.columns
    assert (named["first_type"], named["disposition"]) == ("Tencode Description", "Disposition Description")
    assert (named["unit"], named["origin"]) == ("Unit Dispatched", "How Received")


# ------------------------------------------------------------------ reports of CAD vendors

REPORT: dict[str, Tell] = {
    "CFS #": lambda c: f"24-{c.number}", "Date": stamp("%m/%d/%Y", at), "Rcvd": stamp("%H:%M", at),
    "Disp": stamp("%H:%M", dispatched), "Enrt": stamp("%H:%M", dispatched), "Arrv": stamp("%H:%M", arrived),
    "Clr": stamp("%H:%M", cleared), "Nature": lambda c: c.type, "Location": lambda c: c.address, "Unit": lambda c: c.unit,
}  # fmt: skip


@pytest.mark.parametrize("padding", ["", ",,,,,,,,,"])
def test_a_report_with_titles_above_and_a_total_below_is_read(desk: Desk, padding: str) -> None:
    calls = made()
    text = (
        f"Anytown Police Department{padding}\nCalls for Service by Date, Time{padding[2:]}\n{padding}\n"
        + as_csv(table(calls, REPORT))
        + f"{padding}\nTotal Calls: {len(calls)}{padding}\n"
    )
    got = desk.read(text)
    assert received(got) == minutes(truth(calls))
    assert got.layout.columns["incident_number"] == "CFS #"
    assert {"preamble", "not_read", "passed_midnight"} <= codes(got)
    assert "Total" in got.rejected["raw"][-1]


def test_short_names_of_a_report_are_understood(desk: Desk) -> None:
    calls = made()
    got = desk.read(as_csv(table(calls, REPORT)))
    assert set(got.layout.stamps) == {"received", "assigned", "en_route", "arrived", "cleared"}
    assert times(got, "cleared_at") == minutes(truth(calls, cleared))
    assert (got.layout.columns["first_type"], got.layout.columns["unit"]) == ("Nature", "Unit")


def test_a_report_that_repeats_its_header_on_every_page_is_read(desk: Desk) -> None:
    calls = made(300)
    rows = table(calls, REPORT)
    paged = [row for k, row in enumerate(rows[1:]) for row in ([rows[0], row] if k % 50 == 0 else [row])]
    got = desk.read(as_csv(paged))
    assert received(got) == minutes(truth(calls))
    assert got.rejected.height == 5


def test_a_workbook_with_titles_and_real_times_is_read(desk: Desk) -> None:
    import xlsxwriter

    calls = made(400)
    path = desk.folder / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, when = book.add_worksheet("Calls"), book.add_format({"num_format": "m/d/yyyy h:mm:ss"})
        sheet.write(0, 0, "Calls for service, January to March")
        for column, name in enumerate(("Incident No", "Received", "Type", "Priority", "Cleared")):
            sheet.write(2, column, name)
        for row, call in enumerate(calls, start=3):
            sheet.write(row, 0, f"24-{call.number}")
            sheet.write_datetime(row, 1, call.at, when)
            sheet.write(row, 2, call.type)
            sheet.write(row, 3, call.priority if row < 390 else "2A")
            sheet.write_datetime(row, 4, call.cleared, when)
        sheet.write(len(calls) + 4, 0, f"{len(calls)} calls")
    got = desk.read(path)
    assert received(got) == truth(calls)
    assert times(got, "cleared_at") == truth(calls, cleared)
    assert got.layout.columns["incident_number"] == "Incident No"
    assert got.calls.sort("source_row").collect()["initial_priority"].to_list()[:380] == [
        c.priority for c in calls[:380]
    ]


# ------------------------------------------------------------------ other shapes


def test_json_lines_with_a_nested_place_are_read(desk: Desk) -> None:
    calls = made(300)
    lines = [
        json.dumps({"incident_number": f"24{c.number}", "call_type": c.type, "received": c.at.isoformat(), "priority": c.priority,
                    "location": {"address": c.address, "latitude": str(c.lat), "longitude": str(c.lon)}})
        for c in calls
    ]  # fmt: skip
    got = desk.read("\n".join(lines), name="calls.jsonl")
    assert received(got) == truth(calls)
    assert (got.layout.places.lat, got.layout.places.lon) == ("location.latitude", "location.longitude")
    assert got.layout.columns["place_text"] == "location.address"
    assert got.layout.columns["incident_number"] == "incident_number"


def test_an_array_of_json_objects_with_points_is_read(desk: Desk) -> None:
    calls = made(300)
    rows = [
        {"cad_event_number": f"24{c.number}", "initial_call_type": c.type, "time_queued": c.at.isoformat(timespec="milliseconds"),
         "location_point": {"type": "Point", "coordinates": [c.lon, c.lat]}}
        for c in calls
    ]  # fmt: skip
    got = desk.read(json.dumps(rows), name="calls.json")
    assert received(got) == truth(calls)
    spots = got.calls.sort("source_row").select("lat", "lon").collect()
    assert spots.rows() == [(call.lat, call.lon) for call in calls]


def test_the_features_of_a_map_are_read(desk: Desk) -> None:
    calls = made(300)
    rows = [
        {"type": "Feature", "properties": {"INCIDENT_NUMBER": c.number, "CALL_TYPE": c.type, "CALL_TIME": int(in_utc(c).timestamp() * 1000)},
         "geometry": {"type": "Point", "coordinates": [c.lon, c.lat]}}
        for c in calls
    ]  # fmt: skip
    got = desk.read(json.dumps({"type": "FeatureCollection", "features": rows}), name="calls.geojson")
    assert received(got) == truth(calls)
    assert got.calls.select(pl.col("lat").is_not_null().all()).collect().item()


def test_parquet_is_read(desk: Desk) -> None:
    calls = made(300)
    path = desk.folder / "calls.parquet"
    pl.DataFrame({
        "incident_id": [c.number for c in calls], "call_type": [c.type for c in calls], "received": [c.at for c in calls],
        "cleared": [in_utc(c) for c in calls],
    }).write_parquet(path)  # fmt: skip
    got = desk.read(path)
    assert received(got) == truth(calls)
    assert times(got, "cleared_at") == truth(calls)
