"""The known layouts: exports that many people have, recognized by their columns and read without a word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from invented import Desk, Made, as_csv, codes, made, received, stamp, table, times, utc

from rightcall.calls import export, layout
from rightcall.errors import MustChoose

Tell = Callable[[Made], object]


def column(got: export.Export, name: str) -> list[object]:
    return got.calls.sort("source_row").collect()[name].to_list()


def in_zone(calls: list[Made], zone: str, when: Callable[[Made], dt.datetime | None]) -> list[dt.datetime | None]:
    moments = [when(call) for call in calls]
    return [utc(moment, zone) if moment else None for moment in moments]


def read(tmp_path: Path, text: str, **how: object) -> export.Export:
    """Without a time zone: the layout knows it."""
    path, work = tmp_path / "export.csv", tmp_path / "work"
    path.write_text(text, encoding="utf-8")
    work.mkdir()
    return export.read_export(path, work=work, **how)  # type: ignore[arg-type]


def minutes(earlier: dt.datetime, later: dt.datetime | None) -> object:
    return round((later - earlier).total_seconds() / 60, 2) if later else ""


SEATTLE: dict[str, Tell] = {
    "CAD Event Number": lambda c: f"20240000{c.number}",
    "Event Clearance Description": lambda c: "REPORT WRITTEN (NO ARREST)",
    "Call Type": lambda c: "ONVIEW" if c.officer else ("911" if c.priority < 3 else "TELEPHONE OTHER, NOT 911"),
    "Priority": lambda c: c.priority,
    "Initial Call Type": lambda c: c.type,
    "Final Call Type": lambda c: f"--{c.final}",
    "Original Time Queued": stamp("%m/%d/%Y %I:%M:%S %p", lambda c: c.at),
    "Arrived Time": lambda c: (
        f"{c.arrived:%b %d %Y %I:%M:%S}:000{c.arrived:%p}" if c.arrived else "Jan  1 1900 12:00:00:000AM"
    ),
    "Precinct": lambda c: "NORTH",
    "Sector": lambda c: c.beat[0],
    "Beat": lambda c: c.beat,
    "Blurred Longitude": lambda c: c.lon,
    "Blurred Latitude": lambda c: c.lat,
}

NEW_ORLEANS: dict[str, Tell] = {
    "NOPD_Item": lambda c: f"A{c.number}24",
    "Type": lambda c: "103D",
    "TypeText": lambda c: c.final,
    "Priority": lambda c: "1A",
    "InitialType": lambda c: "21",
    "InitialTypeText": lambda c: c.type,
    "InitialPriority": lambda c: ("2A", "2B", "1A", "1C", "0A")[c.priority - 1],
    "MapX": lambda c: 3_680_000 + c.priority,
    "MapY": lambda c: 532_000 + c.priority,
    "TimeCreate": stamp("%m/%d/%Y %I:%M:%S %p", lambda c: c.at),
    "TimeDispatch": stamp("%m/%d/%Y %I:%M:%S %p", lambda c: c.dispatched),
    "TimeArrive": stamp("%m/%d/%Y %I:%M:%S %p", lambda c: c.arrived),
    "TimeClosed": stamp("%m/%d/%Y %I:%M:%S %p", lambda c: c.cleared),
    "Disposition": lambda c: "NAT",
    "DispositionText": lambda c: "Necessary Action Taken",
    "SelfInitiated": lambda c: "Y" if c.officer else "N",
    "Beat": lambda c: c.beat,
    "BLOCK_ADDRESS": lambda c: c.address,
    "Zip": lambda c: 70112,
    "PoliceDistrict": lambda c: c.priority,
    "Location": lambda c: f"POINT ({c.lon} {c.lat})",
}

DETROIT: dict[str, Tell] = {
    "incident_address": lambda c: c.address,
    "zip_code": lambda c: 48201,
    "priority": lambda c: c.priority,
    "callcode": lambda c: c.type[:4],
    "calldescription": lambda c: c.type,
    "category": lambda c: c.type.split()[0],
    "call_timestamp": lambda c: utc(c.at, "America/Detroit").strftime("%Y/%m/%d %H:%M:%S+00"),
    "precinct_sca": lambda c: c.beat,
    "respondingunit": lambda c: c.unit,
    "officerinitiated": lambda c: "Yes" if c.officer else "No",
    "intaketime": lambda c: 0.5,
    "dispatchtime": lambda c: minutes(c.at + dt.timedelta(seconds=30), c.dispatched),
    "traveltime": lambda c: minutes(c.dispatched, c.arrived) if c.dispatched else "",
    "totalresponsetime": lambda c: minutes(c.at, c.arrived),
    "time_on_scene": lambda c: minutes(c.arrived, c.cleared) if c.arrived else "",
    "totaltime": lambda c: minutes(c.at, c.cleared),
    "neighborhood": lambda c: f"N{c.beat}",
    "council_district": lambda c: c.priority,
    "longitude": lambda c: c.lon,
    "latitude": lambda c: c.lat,
}


def seconds(earlier: dt.datetime, later: dt.datetime | None) -> object:
    return int((later - earlier).total_seconds()) if later else ""


EUGENE: dict[str, Tell] = {
    "yr": stamp("%Y", lambda c: c.at),
    "service": lambda c: "LAW",
    "inci_id": lambda c: f"24{c.number}",
    "calltime": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
    "case_id": lambda c: "",
    "callsource": lambda c: "SELF" if c.officer else "W911",
    "nature": lambda c: c.type,
    "closecode": lambda c: "RSLV",
    "closed_as": lambda c: c.final,
    "secs_to_disp": lambda c: seconds(c.at, c.dispatched),
    "secs_to_arrv": lambda c: seconds(c.at, c.arrived),
    "secs_to_close": lambda c: seconds(c.at, c.cleared),
    "disp": lambda c: int(c.dispatched is not None),
    "arrv": lambda c: int(c.arrived is not None),
    "beat": lambda c: c.beat,
    "priority": lambda c: c.priority,
    "zip": lambda c: 97401,
    "primeunit": lambda c: c.unit,
    "units_dispd": lambda c: 1,
    "units_arrived": lambda c: 1,
}


def test_seattle_is_read(tmp_path: Path) -> None:
    calls = made(1200)
    got = read(tmp_path, as_csv(table(calls, SEATTLE)))
    zone = "America/Los_Angeles"
    assert (got.layout.name, got.time_zone) == ("Seattle police calls", zone)
    assert received(got) == in_zone(calls, zone, lambda c: c.at)
    assert times(got, "arrived_at") == in_zone(calls, zone, lambda c: c.arrived)
    assert column(got, "first_type") == [c.type for c in calls]
    assert column(got, "last_type") == [f"--{c.final}" for c in calls]
    assert column(got, "initial_priority") == [c.priority for c in calls]
    expected = ["officer" if c.officer else "911" if c.priority < 3 else "non-emergency" for c in calls]
    assert column(got, "origin") == expected
    assert column(got, "lon") == [c.lon for c in calls]


def test_new_orleans_is_read_and_2a_is_its_most_urgent(tmp_path: Path) -> None:
    calls = made(1200)
    got = read(tmp_path, as_csv(table(calls, NEW_ORLEANS)))
    zone = "America/Chicago"
    assert got.layout.name == "New Orleans police calls"
    assert received(got) == in_zone(calls, zone, lambda c: c.at)
    assert times(got, "assigned_at") == in_zone(calls, zone, lambda c: c.dispatched)
    assert times(got, "arrived_at") == in_zone(calls, zone, lambda c: c.arrived)
    assert times(got, "cleared_at") == in_zone(calls, zone, lambda c: c.cleared)
    assert column(got, "first_type") == [c.type for c in calls]
    assert column(got, "initial_priority") == [c.priority for c in calls]
    assert [said == "officer" for said in column(got, "origin")] == [c.officer for c in calls]
    assert column(got, "lat") == [c.lat for c in calls]
    assert "priority_words" not in codes(got)


def test_detroit_chains_its_minutes(tmp_path: Path) -> None:
    calls = made(1200)
    got = read(tmp_path, as_csv(table(calls, DETROIT)))
    zone = "America/Detroit"
    assert got.layout.name == "Detroit police calls"
    assert received(got) == in_zone(calls, zone, lambda c: c.at)

    def near(name: str, expected: list[dt.datetime | None]) -> bool:
        # Minutes with two decimals, three of them in a row.
        pairs = list(zip(times(got, name), expected, strict=True))
        return all(a is b if a is None or b is None else abs(a - b) < dt.timedelta(seconds=2) for a, b in pairs)

    assert near("assigned_at", in_zone(calls, zone, lambda c: c.dispatched))
    assert near("arrived_at", in_zone(calls, zone, lambda c: c.arrived))
    assert near("cleared_at", in_zone(calls, zone, lambda c: c.cleared if c.arrived else None))
    assert [said == "officer" for said in column(got, "origin")] == [c.officer for c in calls]
    assert "no_number" in codes(got)


def test_eugene_counts_seconds_from_the_call(tmp_path: Path) -> None:
    calls = made(1200)
    got = read(tmp_path, as_csv(table(calls, EUGENE)))
    zone = "America/Los_Angeles"
    assert got.layout.name == "Eugene police calls"
    assert received(got) == in_zone(calls, zone, lambda c: c.at)
    assert times(got, "assigned_at") == in_zone(calls, zone, lambda c: c.dispatched)
    assert times(got, "cleared_at") == in_zone(calls, zone, lambda c: c.cleared)
    assert column(got, "last_type") == [c.final for c in calls]
    assert column(got, "origin") == ["officer" if c.officer else "911" for c in calls]
    assert got.unit_times is not None
    assert got.unit_times.collect()["unit"].to_list() == [c.unit for c in calls]


@pytest.mark.parametrize(
    ("number", "made_at", "changed_at", "name"),
    [(":id", ":created_at", ":updated_at", "Socrata"), ("OBJECTID", "created_date", "last_edited_date", "ArcGIS")],
)
def test_the_platforms_own_times_are_never_the_calls(
    desk: Desk, number: str, made_at: str, changed_at: str, name: str
) -> None:
    calls = made(300)
    columns: dict[str, Tell] = {
        number: lambda c: c.number,
        made_at: stamp("%Y-%m-%dT%H:%M:%S.000Z", lambda c: c.at + dt.timedelta(days=3)),
        changed_at: stamp("%Y-%m-%dT%H:%M:%S.000Z", lambda c: c.at + dt.timedelta(days=3)),
        "EventNo": lambda c: f"24-{c.number}",
        "EventType": lambda c: c.type,
        "EventTime": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
    }
    got = desk.read(as_csv(table(calls, columns)))
    assert got.layout.name == name
    assert received(got) == in_zone(calls, desk.zone, lambda c: c.at)
    assert got.layout.columns["incident_number"] == "EventNo"
    assert set(got.layout.ignore) == {number, made_at, changed_at}


def test_every_known_layout_is_recognized_by_columns_that_it_names_or_ignores() -> None:
    for known in layout.known_layouts():
        assert known.recognize, known.name
        assert set(known.uses()) <= {*known.recognize, *known.ignore}, known.name


@pytest.mark.parametrize("columns", [SEATTLE, NEW_ORLEANS, DETROIT, EUGENE])
def test_what_was_understood_reads_the_export_again_alike(tmp_path: Path, columns: dict[str, Tell]) -> None:
    text = as_csv(table(made(1200), columns))
    first = read(tmp_path, text)
    document = tmp_path / "layout.toml"
    document.write_text(layout.as_toml(first.layout), encoding="utf-8")
    (tmp_path / "again").mkdir()
    second = read(tmp_path / "again", text, layout=layout.read_layout(document))
    assert second.calls.collect().equals(first.calls.collect())
    assert second.layout.stamps == first.layout.stamps


def test_a_layout_that_only_names_the_column_of_the_time_finds_out_how_it_is_written(desk: Desk) -> None:
    calls = made(1200)
    text = as_csv(
        table(calls, {"a": lambda c: utc(c.at, desk.zone).strftime("%Y-%m-%d %H:%M:%S"), "b": lambda c: c.type})
    )
    got = desk.read(text, layout=layout.parse({"stamps": {"received": {"column": "a"}}}, where="layout.toml"))
    assert received(got) == in_zone(calls, desk.zone, lambda c: c.at)
    assert got.layout.stamps["received"].clock == "utc digits"


def test_a_layout_that_names_a_column_without_times_is_refused(desk: Desk) -> None:
    text = as_csv(table(made(50), {"a": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at), "b": lambda c: c.type}))
    with pytest.raises(MustChoose, match=r"“b” holds no times.*formats"):
        desk.read(text, layout=layout.parse({"stamps": {"received": {"column": "b"}}}, where="layout.toml"))


def test_projected_coordinates_are_read_once_their_system_is_stated(desk: Desk) -> None:
    from pyproj import Transformer

    calls = made(300)
    forward = Transformer.from_crs(4326, 2272, always_xy=True)
    spots = {c.number: forward.transform(c.lon + 19.0, c.lat) for c in calls}
    columns: dict[str, Tell] = {
        "Incident": lambda c: c.number,
        "Time": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
        "Type": lambda c: c.type,
        "X": lambda c: 0 if c.priority == 1 else spots[c.number][0],
        "Y": lambda c: 0 if c.priority == 1 else spots[c.number][1],
    }
    text = as_csv(table(calls, columns))
    unknown = desk.read(text)
    assert {"projected", "null_points"} <= codes(unknown)
    assert set(column(unknown, "lat")) == {None}
    stated = desk.read(text, layout=layout.parse({"places": {"x": "X", "y": "Y", "epsg": 2272}}, where="layout.toml"))
    assert "null_points" in codes(stated)
    for call, lat in zip(calls, column(stated, "lat"), strict=True):
        assert lat is None if call.priority == 1 else lat == pytest.approx(call.lat, abs=1e-5)


def test_points_at_zero_and_far_away_become_unknown_and_are_counted(desk: Desk) -> None:
    calls = made(300)
    columns: dict[str, Tell] = {
        "Incident": lambda c: c.number,
        "Time": stamp("%Y-%m-%d %H:%M:%S", lambda c: c.at),
        "Type": lambda c: c.type,
        "Latitude": lambda c: {1: 0, 2: -41.0}.get(c.priority, c.lat),
        "Longitude": lambda c: {1: 0}.get(c.priority, c.lon),
    }
    got = desk.read(as_csv(table(calls, columns)))
    found = {finding.code: finding.values.get("n") for finding in got.findings}
    assert found["null_points"] == sum(c.priority == 1 for c in calls)
    assert found["far_points"] == sum(c.priority == 2 for c in calls)
    assert got.calls.filter(pl.col("lat").is_not_null()).select(pl.len()).collect().item() == sum(
        c.priority > 2 for c in calls
    )
