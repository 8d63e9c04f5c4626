"""Orders of messages that once went wrong: what holds in the end is the same, whichever came first."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import pytest
from millbrook import CAST, Mirror, at_local
from test_dispatching import ASSIGN, FALSE
from test_messages_from_cad import Cad
from test_who_goes import EAST, WHOEVER, sign_on
from test_who_goes import ZONE as ZONED

from rightcall.dispatch import sending
from rightcall.measures import service as measures
from rightcall.web.actions import deciding, dispatch
from rightcall.web.database import Database
from rightcall.web.models import Call, Decision, Duty, Response, Unit, Unserved
from rightcall.web.queries import board, tables
from rightcall.web.queries import units as units_of

AT = at_local(14, 0)


@pytest.fixture
def cad(fresh: Database) -> Cad:
    Mirror()
    return Cad()


def play(cad: Cad, name: str, told: list[dict[str, Any]], order: tuple[int, ...]) -> Call:
    """Messages about one call, a second apart by their sender's clock, in some order of arrival."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    cad.post(cad.say(f"{name}-other", late=-900, type="TRESPASS"))
    for k in order:
        said = {key: f"{name}-other" if value == "OTHER" else value for key, value in told[k].items()}
        assert cad.post({"message_id": f"{name}/{k}", "sent_at": (now + dt.timedelta(seconds=k)).isoformat(), "number": name, **said}).status_code == 200  # fmt: skip
    return Call.objects.get(number=name)


ORDERS: dict[str, list[dict[str, Any]]] = {
    "a duplicate that is closed": [{"type": "TRESPASS"}, {"event": "merge", "other_number": "OTHER"}, {"event": "close", "disposition": "duplicate"}],
    "a duplicate that ended and was none": [{"type": "TRESPASS"}, {"event": "merge", "other_number": "OTHER"}, {"event": "close", "disposition": "d"}, {"event": "split", "other_number": "OTHER"}],
    "a duplicate that was reopened": [{"type": "TRESPASS"}, {"event": "merge", "other_number": "OTHER"}, {"event": "reopen"}, {"event": "cancel"}],
    "reopened, then a duplicate": [{"event": "close", "disposition": "d"}, {"event": "reopen"}, {"event": "merge", "other_number": "OTHER"}, {"event": "split", "other_number": "OTHER"}],
    "areas by layer": [{"type": "TRESPASS", "place": {"areas": {"beat": "A"}}}, {"place": {"areas": {"district": "D"}}}, {"place": {"areas": {"beat": "B"}}}],
    "an answer between repeats of a word": [{"type": "SHOTS FIRED"}, {"facts": {"weapon": False}}, {"type": "SHOTS FIRED"}],
    "another word between": [{"type": "SHOTS FIRED"}, {"facts": {"weapon": False}}, {"type": "TRESPASS"}, {"type": "SHOTS FIRED"}],
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_what_holds_does_not_depend_on_what_came_first(cad: Cad, name: str) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(len(ORDERS[name])))):
        call = play(cad, f"{list(ORDERS).index(name)}-{number}", ORDERS[name], order)
        assert call.reports.count() == 1
        ends.add((call.state, call.merged_into_id is not None, str(sorted(call.areas.items())), call.facts.get("weapon"), call.last_type))  # fmt: skip
    assert len(ends) == 1, ends
    state, merged, areas, weapon, _ = ends.pop()
    expected = {"a duplicate that is closed": ("merged", True), "a duplicate that ended and was none": ("closed", False), "a duplicate that was reopened": ("canceled", False), "reopened, then a duplicate": ("open", False), "areas by layer": "[('beat', 'B'), ('district', 'D')]", "an answer between repeats of a word": False, "another word between": True}[name]  # fmt: skip
    assert expected in ((state, merged), areas, weapon)


def test_calls_that_were_merged_the_wrong_way_round_are_merged_as_was_said_last(cad: Cad) -> None:
    for number in ("1", "2"):
        cad.post(cad.say(number, type="TRESPASS", late=-60))
    cad.post(cad.say("1", event="merge", other_number="2", late=-30))
    assert cad.post(cad.say("2", event="merge", other_number="1", late=-10)).status_code == 200
    one, two = (Call.objects.get(number=number) for number in ("1", "2"))
    assert (one.state, two.state, two.merged_into) == ("open", "merged", one)


def test_a_point_elsewhere_is_in_none_of_the_areas_of_before(fresh: Database) -> None:
    city = Mirror(ZONED, outlines={"area_district": {"type": "FeatureCollection", "features": [EAST]}})
    call = city.say("1", AT, type="TRESPASS", place={"lat": 35.7, "lon": -78.85})
    assert call.areas == {"district": "East"}
    assert city.say("1", AT + dt.timedelta(minutes=1), place={"lat": 35.7, "lon": -79.2}).areas == {}
    city.say("1", AT + dt.timedelta(minutes=2), place={"lat": 35.7, "lon": -78.85})
    assert city.say("1", AT + dt.timedelta(minutes=3), place={"lat": None, "lon": None}).areas == {}


def unit(minute: int, **more: Any) -> dict[str, Any]:
    given = AT + dt.timedelta(minutes=minute)
    return {"service": "ours", "unit": "CR-1", "assigned_at": given, "en_route_at": given + dt.timedelta(minutes=1), "arrived_at": given + dt.timedelta(minutes=5), **more}  # fmt: skip


def test_who_took_a_neighbor_over_stays_the_owner_of_a_call_that_is_closed_in_the_same_breath(fresh: Database) -> None:
    city = Mirror()
    city.say("1", AT, type="TRESPASS", facts=FALSE, units=[unit(0)])
    done = AT + dt.timedelta(minutes=30)
    city.say("1", done, units=[unit(0, cleared_at=done, outcome="handed to EMS")], event="close", disposition="done")
    assert Call.objects.values_list("state", "owner").get() == ("closed", "ems")
    again = AT + dt.timedelta(minutes=40)
    city.say("1", again, event="reopen", units=[{"service": "ours", "unit": "CR-2", "assigned_at": again}])
    assert Call.objects.values_list("state", "owner").get() == ("open", "CR-2")


def test_a_visit_that_is_heard_of_after_the_end_of_its_call_was_no_missed_one(fresh: Database) -> None:
    city = Mirror()
    city.say("1", AT, type="TRESPASS", facts=FALSE)
    city.say("1", AT + dt.timedelta(minutes=50), event="close", disposition="done")
    assert Unserved.objects.exists()
    city.say("1", AT + dt.timedelta(minutes=55), units=[unit(2, cleared_at=AT + dt.timedelta(minutes=40))])
    assert Response.objects.get().state == "cleared"
    assert not Unserved.objects.exists()


def test_what_a_person_decided_holds_while_the_answer_of_the_program_is_the_same(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    call = city.say("1", AT, type="TRESPASS", facts=FALSE, caller="third party")
    deciding.override(call.id, send="police", reason="the caller asked for it", by=CAST["dana"], at=AT)
    city.say("1", AT + dt.timedelta(minutes=1), caller="second party")
    last = Decision.objects.order_by("sequence").last()
    assert last is not None
    assert (last.sequence, last.override, last.overridden_by) == (2, "police", "dana")
    city.say("1", AT + dt.timedelta(minutes=2), facts={"medical_emergency": True})
    last = Decision.objects.order_by("sequence").last()
    assert last is not None
    assert (last.override, "ems" in last.send) == ("", True), "something new: a person looks again"
    held = tables.service(start=at_local(0, 0), end=at_local(23, 0), now=at_local(22, 0))
    assert measures.overridden(held, time_zone="America/New_York") == {("the caller asked for it", "12–16"): 1}


def test_a_free_crew_that_may_not_go_is_busy_and_its_call_is_held_for_it(fresh: Database) -> None:
    city = Mirror(WHOEVER)
    sign_on()
    Duty.objects.filter(unit__team="community").update(crew=["emt"])
    city.say("1", AT, type="WELFARE CHECK", facts=FALSE, caller="third party", age_band="under 18", priority=3)
    limit = city.program.dispatch.hold_at_most_minutes["3"]
    early, late = (board.board(by=CAST["dana"], at=AT + dt.timedelta(minutes=m)).rows[0] for m in (1, limit))
    assert early.going is not None
    assert late.going is not None
    assert (early.going.holds, early.proposed) == (True, None)
    assert late.going.team == "co-response", "the next of its rule"


def test_a_turn_that_nobody_signed_on_to_is_off_duty_and_not_kept(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    call = city.say("1", AT, type="TRESPASS", facts=FALSE)
    assert Duty.objects.filter(unit__team="community", planned_start__lte=AT, planned_end__gt=AT).exists()
    assert units_of.teams(city.program, call, at=AT)["community"] == sending.OFF_DUTY
    told = measures.measure(tables.service(start=at_local(0, 0), end=at_local(23, 0), now=AT), program=city.program)
    assert told["hours_kept"].mean == 0.0
    unit = Unit.objects.get(name="CR-1")
    sign_on()
    assert units_of.teams(city.program, call, at=AT)["community"] == sending.FREE
    dispatch.move_unit(unit.id, event="withdraw", by=CAST["dana"], at=AT)
    told = measures.measure(tables.service(start=at_local(0, 0), end=at_local(23, 0), now=AT), program=city.program)
    kept = told["hours_kept"].mean
    assert kept is not None
    assert 0 < kept < 1


def test_one_telling_is_one_report_however_it_is_told(cad: Cad) -> None:
    first = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20)
    told = [{"at": (first + dt.timedelta(minutes=m)).isoformat(), "channel": "911"} for m in (0, 4)]
    for name, order in (("a", (0, 1)), ("b", (1, 0))):
        said: list[dict[str, Any]] = [{"type": "TRESPASS"}, {"reports": told}]
        for k in order:
            sent = (first + dt.timedelta(minutes=k * 5)).isoformat()
            assert cad.post({"message_id": f"{name}/{k}", "sent_at": sent, "number": name, **said[k]}).status_code == 200  # fmt: skip
        assert Call.objects.get(number=name).reports.count() == 2


def test_a_call_is_reopened_as_often_as_it_had_ended(cad: Cad) -> None:
    told: list[dict[str, Any]] = [{"event": "close", "disposition": "d"}, {"event": "reopen"}, {"event": "reopen"}]
    for number, order in enumerate(permutations(range(3))):
        call = play(cad, f"again-{number}", told, order)
        assert (call.state, call.reopened, call.closed_at) == ("open", 1, None), order
