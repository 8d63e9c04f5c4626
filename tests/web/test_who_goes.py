"""Who goes, live: by the same areas, hours, roles and languages as in the simulation."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

import pytest
from millbrook import CAST, Mirror, at_local
from test_dispatching import ASSIGN, FALSE

from rightcall.dispatch import sending, travel
from rightcall.web.access import Conflict, Missing
from rightcall.web.actions import dispatch, programs, units
from rightcall.web.database import Database
from rightcall.web.models import Duty, Unit, Unserved
from rightcall.web.queries import board
from rightcall.web.queries import programs as programs_of
from rightcall.web.queries import units as units_of

# A crew may go out whoever is on board.
WHOEVER = ASSIGN.replace("goes_with_at_least = { clinician = 1, peer = 1 }\n", "")
AT = at_local(14, 0)
EAST = {
    "type": "Feature",
    "properties": {"area": "East"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[-78.9, 35.6], [-78.9, 35.8], [-78.8, 35.8], [-78.8, 35.6], [-78.9, 35.6]]],
    },
}
ZONE = ASSIGN.replace('units = 2\narea = "city"', 'units = 2\narea = { district = ["East"] }')


def sign_on() -> None:
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=at_local(13, 0))


def test_a_pilot_zone_is_served_and_no_other_place(fresh: Database) -> None:
    assert ZONE != ASSIGN
    city = Mirror(ZONE, outlines={"area_district": {"type": "FeatureCollection", "features": [EAST]}})
    sign_on()
    assert Duty.objects.filter(unit__team="community", areas={"district": ["East"]}).exists()
    inside = city.say("1", AT, type="TRESPASS", facts=FALSE, place={"lat": 35.7, "lon": -78.85})
    assert inside.areas == {"district": "East"}, "the area is found from the point"
    outside = city.say(
        "2", AT, type="TRESPASS", facts=FALSE, place={"lat": 35.7, "lon": -79.2, "areas": {"district": "West"}}
    )
    nowhere = city.say("3", AT, type="TRESPASS", facts=FALSE)
    told = {call.number: units_of.teams(city.program, call, at=AT)["community"] for call in (inside, outside, nowhere)}
    assert told == {"1": sending.FREE, "2": sending.ELSEWHERE, "3": sending.FREE}
    assert units_of.propose(programs_of.in_force(at=AT), outside, "community", at=AT) is None


@pytest.mark.parametrize(("roles", "goes"), [(["clinician", "peer"], True), (["peer", "emt"], False)])
def test_a_rule_that_requires_a_role_gets_a_crew_that_has_it(fresh: Database, roles: list[str], goes: bool) -> None:
    city = Mirror(WHOEVER)
    sign_on()
    Duty.objects.filter(unit__team="community").update(crew=roles)
    minor: dict[str, Any] = {"type": "WELFARE CHECK", "facts": FALSE, "caller": "third party", "age_band": "under 18"}
    city.say("1", AT, **minor)
    row = board.board(by=CAST["dana"], at=AT).rows[0]
    assert row.decision is not None
    assert row.decision.rules == ["minor"]
    assert (row.proposed is not None) == goes


def test_a_caller_who_speaks_spanish_gets_a_crew_that_does(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    sign_on()
    Unit.objects.filter(name="CR-1").update(languages=["en"])
    Unit.objects.filter(name="CR-2").update(languages=["en", "es"])
    call = city.say("1", AT, type="TRESPASS", facts=FALSE, language="es")
    found = units_of.propose(programs_of.in_force(at=AT), call, "community", at=AT)
    assert found is not None
    assert found.unit.name == "CR-2"


def test_minutes_are_those_of_the_hour(fresh: Database) -> None:
    speeds = ", ".join("60" if hour == 14 else "15" for hour in range(24))
    text = re.sub(r"(?ms)^\[travel\]$.*?^(?=\[)", f"[travel]\nspeed_kmh = [{speeds}]\ndetour = 1\n\n", ASSIGN)
    assert speeds in text
    city = Mirror(text)
    sign_on()
    Unit.objects.update(lat=35.7, lon=-78.9)
    call = city.say("1", AT, type="TRESPASS", facts=FALSE, place={"lat": 35.8, "lon": -78.9})
    km = float(travel.great_circle_km(35.7, -78.9, 35.8, -78.9))  # type: ignore[arg-type]
    for hour, speed in ((14, 60), (15, 15)):
        found = units_of.propose(programs_of.in_force(at=AT), call, "community", at=at_local(hour, 30))
        assert found is not None
        assert found.minutes == pytest.approx(60 * km / speed)


def test_minutes_between_areas_are_those_that_the_program_names(fresh: Database) -> None:
    table = '[travel]\nspeed_kmh = 60\ndetour = 1\nlayer = "district"\nminutes = { West = { East = 17 } }\n\n'
    city = Mirror(re.sub(r"(?ms)^\[travel\]$.*?^(?=\[)", table, ASSIGN))
    sign_on()
    live = dataclasses.replace(
        programs_of.in_force(at=AT), areas_at=lambda lat, lon: {"area_district": "West" if lon < -78.9 else "East"}
    )
    Unit.objects.update(lat=35.7, lon=-78.95)
    call = city.say(
        "1", AT, type="TRESPASS", facts=FALSE, place={"lat": 35.7, "lon": -78.85, "areas": {"district": "East"}}
    )
    named = units_of.propose(live, call, "community", at=AT)
    Unit.objects.update(lat=35.7, lon=-78.85)
    open_pair = units_of.propose(live, call, "community", at=AT)
    assert named is not None
    assert open_pair is not None
    assert named.minutes == 17
    assert open_pair.minutes == 0


def test_a_busy_team_is_waited_for_as_long_as_the_program_says_then_the_next_is_proposed(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    sign_on()
    for number, unit in enumerate(Unit.objects.filter(team="community", state="available")):
        other = city.say(f"busy-{number}", AT, type="TRESPASS", facts=FALSE)
        dispatch.assign(other.id, unit=unit.id, by=CAST["dana"], at=AT)
    city.say("1", AT, type="TRESPASS", facts=FALSE, priority=3)
    limit = city.program.dispatch.hold_at_most_minutes["3"]

    def row(minutes: float) -> board.Row:
        rows = board.board(by=CAST["dana"], at=AT + dt.timedelta(minutes=minutes)).rows
        return next(each for each in rows if each.call.number == "1")

    early, late = row(limit - 1), row(limit)
    assert early.going is not None
    assert late.going is not None
    assert (early.going.holds, early.going.team, early.alarm) == (True, "community", "soon")
    assert early.limit == AT + dt.timedelta(minutes=limit)
    assert (late.going.holds, late.going.services, late.alarm) == (False, ("usual",), "late")


def test_a_unit_that_does_not_say_that_it_has_its_call_is_seen(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    sign_on()
    call = city.say("1", AT, type="TRESPASS", facts=FALSE)
    response = dispatch.assign(call.id, unit=Unit.objects.get(name="CR-1").id, by=CAST["dana"], at=AT)
    within = city.program.dispatch.acknowledge_within_seconds
    assert within is not None

    def row(seconds: float) -> board.UnitRow:
        rows = board.unit_rows(by=CAST["dana"], at=AT + dt.timedelta(seconds=seconds))
        return next(each for each in rows if each.unit.name == "CR-1")

    assert (row(within - 1).unheard, row(within - 1).alarm) == (True, "soon")
    assert row(within).alarm == "late"
    dispatch.check_in(response.id, by=CAST["dana"], at=AT + dt.timedelta(seconds=within))
    assert (row(within + 1).unheard, row(within + 1).alarm) == (False, "")


def test_a_crew_that_is_short_does_not_go_until_somebody_joins_it(fresh: Database) -> None:
    """The program's `goes_with_at_least`: a clinician and a peer."""
    city = Mirror(ASSIGN)
    sign_on()
    for unit in Unit.objects.filter(team="community"):
        units.staff(unit, ["peer", "emt"], by=CAST["sam"], at=AT)
    city.say("1", AT, type="TRESPASS", facts=FALSE)

    def row() -> board.Row:
        return board.board(by=CAST["dana"], at=AT).rows[0]

    assert row().proposed is None
    assert Unserved.objects.get().reason == "unit withdrawn"
    assert {each.short for each in board.unit_rows(by=CAST["dana"], at=AT) if each.unit.team == "community"} == {("clinician",)}  # fmt: skip
    units.staff(Unit.objects.get(name="CR-2"), ["peer", "clinician"], by=CAST["sam"], at=AT)
    found = row().proposed
    assert found is not None
    assert found.unit.name == "CR-2"
    with pytest.raises(Missing, match="no role of this team"):
        units.staff(found.unit, ["pilot"], by=CAST["sam"], at=AT)
    units.finish(found.unit, by=CAST["sam"], at=AT)
    with pytest.raises(Conflict, match="not on duty"):
        units.staff(found.unit, ["peer"], by=CAST["sam"], at=AT)


def test_a_crew_that_takes_over_without_signing_off_is_the_one_on_board(fresh: Database) -> None:
    Mirror(ASSIGN)
    sign_on()
    unit, evening = Unit.objects.get(name="CR-1"), at_local(21, 30)
    Duty.objects.filter(unit=unit, planned_start__gt=AT).delete()
    units.begin(unit, by=CAST["sam"], at=evening)
    units.staff(unit, ["peer"], by=CAST["sam"], at=evening)
    (turn,) = units_of.on_duty(at=evening, unit=unit)
    assert (turn.crew, units_of.aboard(unit, at=evening), units_of.aboard(unit, at=AT)) == (["peer"], ["peer"], ["clinician", "peer", "emt"])  # fmt: skip
    assert Duty.objects.filter(unit=unit, started_at__isnull=False, ended_at__isnull=True).count() == 1


def test_a_program_with_another_crew_changes_the_turns_that_nobody_began(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    sign_on()
    text = ASSIGN.replace("crew = { clinician = 1, peer = 1, emt = 1 }", "crew = { clinician = 1, peer = 2 }")
    version = programs.hand_in(text, by=CAST["sam"], at=AT)
    programs.put_in_force(version.version, takes_effect_at=AT, by=CAST["sam"], at=AT)
    units.lay_out_ahead(programs_of.in_force(at=AT).program, by=CAST["sam"], at=AT)
    crews = {tuple(turn.crew): turn.started_at is not None for turn in Duty.objects.filter(unit__name="CR-1", planned_end__gt=AT)}  # fmt: skip
    assert crews == {("clinician", "peer", "emt"): True, ("clinician", "peer", "peer"): False}
    assert city.program.version != version.version
