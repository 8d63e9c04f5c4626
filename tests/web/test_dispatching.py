"""Units, responses and their moves: held by the table of moves, by the database, and against racing clients."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from millbrook import CAST, Mirror, at_local

from rightcall.calls.sample import ASKED
from rightcall.dispatch.status import MoveError
from rightcall.errors import RightcallError
from rightcall.program import starter
from rightcall.web.access import Conflict, Missing
from rightcall.web.actions import calls, deciding, dispatch, entering, units
from rightcall.web.database import Database
from rightcall.web.models import Call, Duty, Notice, Response, StatusEvent, Unit, Unserved

DANA = CAST["dana"]
ASSIGN = starter.sample_text().replace('mode = "mirror"', 'mode = "assign"')
FALSE = dict.fromkeys(ASKED, False)
AT = at_local(14, 0)


@pytest.fixture
def city(fresh: Database) -> Mirror:
    """The sample city whose board itself moves units, its crews signed on."""
    made = Mirror(ASSIGN)
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=at_local(13, 0))
    return made


def call(city: Mirror, number: str = "1", at: dt.datetime = AT) -> Call:
    made: Call = city.say(number, at, type="TRESPASS", facts=FALSE, place={"lat": 35.72, "lon": -78.92})
    return made


def unit(name: str = "CR-1") -> Unit:
    return Unit.objects.get(name=name)


def later(minutes: float) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def test_a_visit_from_assigned_to_free(city: Mirror) -> None:
    held = call(city)
    response = dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
    for minute, event in ((2, "roll"), (9, "arrive"), (30, "clear")):
        dispatch.move(
            response.id, event=event, by=DANA, at=later(minute), outcome="settled on scene" if event == "clear" else ""
        )
    response.refresh_from_db()
    assert (response.state, response.outcome, response.arrived_at) == ("cleared", "settled on scene", later(9))
    assert unit().state == "finishing"
    dispatch.move_unit(unit().id, event="free", by=DANA, at=later(35))
    response.refresh_from_db()
    assert (unit().state, response.available_at) == ("returning", later(35))
    assert [e.event for e in StatusEvent.objects.filter(unit=unit()).order_by("happened_at")] == [
        "begin shift",
        "assign",
        "roll",
        "arrive",
        "clear",
        "free",
    ]
    assert (unit().lat, unit().lon) == (35.72, -78.92), "a crew is where it went"


def test_what_the_table_does_not_allow_is_refused_with_what_may_be(city: Mirror) -> None:
    response = dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    with pytest.raises(MoveError, match="From here it may: roll, arrive, cancel, hand over"):
        dispatch.move(response.id, event="transport", by=DANA, at=later(2))
    with pytest.raises(Conflict, match="how it ended"):
        dispatch.move(response.id, event="arrive", by=DANA, at=later(2))
        dispatch.move(response.id, event="clear", by=DANA, at=later(3))
    with pytest.raises(RightcallError, match="is not how that ends"):
        dispatch.move(response.id, event="clear", by=DANA, at=later(3), outcome="a long private story")
    assert Response.objects.get().state == "on scene"


def test_a_busy_unit_is_refused_and_stays_as_it_is(city: Mirror) -> None:
    first = dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    dispatch.move(first.id, event="roll", by=DANA, at=later(2))
    with pytest.raises(Conflict, match="“en route” by now"):
        dispatch.assign(call(city, "2").id, unit=unit().id, by=DANA, at=later(3))
    assert unit().state == "en route"


def test_a_unit_that_cad_moves_is_never_moved_by_the_board(fresh: Database) -> None:
    city = Mirror()
    held = call(city)
    with pytest.raises(Conflict, match="moved by the center's CAD"):
        dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
    city.say("1", later(2), units=[{"service": "ours", "unit": "CR-1", "assigned_at": later(2)}])
    with pytest.raises(Conflict, match="moved by the center's CAD"):
        dispatch.move(Response.objects.get().id, event="roll", by=DANA, at=later(3))
    with pytest.raises(Conflict, match="moved by the center's CAD"):
        dispatch.move_unit(unit().id, event="withdraw", by=DANA, at=later(3))


def test_a_late_status_from_a_phone_does_not_rewrite_the_present(city: Mirror) -> None:
    response = dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    dispatch.move(response.id, event="arrive", by=DANA, at=later(12), happened_at=later(9))
    dispatch.move(response.id, event="roll", by=DANA, at=later(20), happened_at=later(3))
    response.refresh_from_db()
    assert (response.state, response.en_route_at, response.arrived_at) == ("on scene", later(3), later(9))
    late = StatusEvent.objects.get(event="roll")
    assert (late.applied, late.happened_at, late.known_at) == (False, later(3), later(20))
    assert unit().state == "on scene"
    with pytest.raises(Conflict, match="not happened yet"):
        dispatch.move(
            response.id, event="clear", by=DANA, at=later(21), happened_at=later(40), outcome="settled on scene"
        )


def test_an_event_that_is_sent_twice_has_one_effect(city: Mirror) -> None:
    response = dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    ident = uuid.uuid4()
    for _ in range(3):
        dispatch.move(response.id, event="roll", by=DANA, at=later(2), event_id=ident)
    assert StatusEvent.objects.filter(event="roll").count() == 1


def together(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Do all at once, each in a thread and a connection of its own; what came of each."""
    start, done = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(place: int) -> None:
        start.wait()
        try:
            done[place] = deeds[place]()
        except (RightcallError, IntegrityError) as error:
            done[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return done


def test_of_many_who_race_for_one_unit_one_gets_it(city: Mirror) -> None:
    held = [call(city, str(number)) for number in range(8)]
    done = together([lambda each=each: dispatch.assign(each.id, unit=unit().id, by=DANA, at=later(1)) for each in held])
    got = [each for each in done if isinstance(each, Response)]
    assert len(got) == 1
    assert all(isinstance(each, (Response, Conflict)) for each in done), done
    assert Response.objects.count() == 1


def test_of_many_who_tell_of_one_new_call_one_makes_it(city: Mirror) -> None:
    done = together([lambda: city.say("9", AT, type="TRESPASS", facts=FALSE) for _ in range(8)])
    assert not [each for each in done if isinstance(each, Exception)]
    assert Call.objects.filter(number="9").count() == 1
    assert Call.objects.get(number="9").decisions.count() == 1
    assert Call.objects.get(number="9").reports.count() == 1


def test_two_answers_at_once_are_two_decisions_in_order(city: Mirror) -> None:
    held = city.say("1", AT, type="TRESPASS")
    done = together(
        [
            lambda fact=fact: deciding.answer(held.id, fact=fact, value=False, by=DANA, at=later(1))
            for fact in ("weapon", "violence", "fire", "in_traffic")
        ]
    )
    assert not [each for each in done if isinstance(each, Exception)]
    assert sorted(held.decisions.values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]
    held.refresh_from_db()
    assert len(held.facts) == 4


DIRTY = {
    "two calls at once": "insert into web_response (id, call_id, unit_id, team, crew, mode, state, requested_by, handed_from, officer_unit, assigned_at, cancel_reason, outcome) select gen_random_uuid(), call_id, unit_id, team, crew, mode, 'assigned', '', '', '', assigned_at + interval '1 minute', '', '' from web_response",
    "a state of its own": "update web_unit set state = 'on the moon'",
    "no owner": "update web_call set owner = ''",
    "closed without a disposition": "update web_call set state = 'closed', closed_at = now(), disposition = ''",
    "cleared without an outcome": "update web_response set state = 'cleared', cleared_at = assigned_at + interval '1 hour', outcome = ''",
    "over without an end": "update web_response set state = 'cleared', outcome = 'settled on scene'",
    "canceled without a reason": "update web_response set state = 'canceled', canceled_at = assigned_at + interval '1 minute', cancel_reason = ''",
    "an end before the beginning": "update web_response set state = 'cleared', outcome = 'not stated', cleared_at = assigned_at - interval '1 hour'",
    "overlapping duty": "insert into web_duty (id, unit_id, planned_start, planned_end, crew, areas, out_of_service_minutes) select gen_random_uuid(), unit_id, planned_start + interval '1 hour', planned_end, crew, areas, 0 from web_duty limit 1",
    "an override without a reason": "update web_decision set override = 'police', overridden_at = now()",
    "merged into nothing": "update web_call set state = 'merged'",
    "off the earth": "update web_call set lat = 99, lon = 0",
    "a decision twice": "insert into web_decision (id, call_id, sequence, decided_at, program_id, outcome, possible, team, send, rules, missing, because, override, override_reason, overridden_by, shadow) select gen_random_uuid(), call_id, sequence, decided_at, program_id, outcome, possible, team, send, rules, missing, because, '', '', '', false from web_decision limit 1",
    "a changed change": "update web_change set field = 'x'", "a changed event": "update web_statusevent set event = 'x'", "an event less": "delete from web_statusevent",
    "a changed audit row": "update web_auditrow set actor = 'x'", "an audit row less": "delete from web_auditrow", "an empty trail": "truncate web_auditrow cascade",
}  # fmt: skip


@pytest.mark.parametrize("name", DIRTY)
def test_the_database_itself_refuses(city: Mirror, fresh: Database, name: str) -> None:
    dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    # Even the owner of the tables, by hand.
    with psycopg.connect(fresh.owner_url) as owner, pytest.raises(psycopg.Error) as refused:
        owner.execute(DIRTY[name])
    assert isinstance(
        refused.value,
        (psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege, psycopg.errors.DataException),
    ), refused.value


def test_the_restricted_role_may_not_take_the_rules_away(city: Mirror, fresh: Database) -> None:
    for deed in (
        "alter table web_auditrow disable trigger all",
        "drop trigger append_only on web_auditrow",
        "create role mine",
        "alter table web_call add column x int",
    ):
        with psycopg.connect(fresh.url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(deed)


def test_an_override_needs_a_reason_of_the_list_and_is_kept(city: Mirror) -> None:
    held = call(city)
    with pytest.raises(RightcallError, match="not in the list: reasons"):
        deciding.override(held.id, send="police", reason="I do not like them", by=DANA, at=later(1))
    with pytest.raises(RightcallError, match="no service"):
        deciding.override(held.id, send="army", reason="the caller asked for it", by=DANA, at=later(1))
    made = deciding.override(held.id, send="police", reason="the caller asked for it", by=DANA, at=later(1))
    assert (made.override, made.override_reason, made.overridden_by) == ("police", "the caller asked for it", "dana")
    assert Unserved.objects.get(call=held).reason == "caller asked for police"


def test_a_deed_that_fails_leaves_nothing(city: Mirror) -> None:
    held = call(city)
    before = (Notice.objects.count(), StatusEvent.objects.count())
    with pytest.raises(IntegrityError), transaction.atomic():
        dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
        Call.objects.filter(pk=held.pk).update(owner="")
    assert (Notice.objects.count(), StatusEvent.objects.count()) == before
    assert unit().state == "available"


def test_a_crew_signs_off_only_when_its_call_is_over(city: Mirror) -> None:
    dispatch.assign(call(city).id, unit=unit().id, by=DANA, at=later(1))
    with pytest.raises(MoveError):
        units.finish(unit(), by=CAST["sam"], at=later(2))
    units.finish(unit("CR-2"), by=CAST["sam"], at=later(2))
    assert Duty.objects.filter(unit=unit("CR-2"), ended_at=later(2)).exists()


def test_a_call_that_is_closed_takes_its_units_off(city: Mirror) -> None:
    held = call(city)
    dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
    with transaction.atomic():
        calls.end(
            Call.objects.get(), event="cancel", disposition="not stated", by=DANA, at=later(2), happened_at=later(2)
        )
    assert (Response.objects.get().state, Response.objects.get().cancel_reason) == (
        "canceled",
        "the caller called it off",
    )
    assert unit().state == "returning"
    assert Unserved.objects.get().reason == "canceled"


def test_a_call_that_no_cad_holds_is_ended_and_taken_up_again_at_the_desk(city: Mirror) -> None:

    def enter(token: str) -> Call:
        return entering.enter({"type": "TRESPASS", "token": token, "number": token}, by=CAST["dana"], at=AT)

    one, two = enter("walk-up-1"), enter("walk-up-2")
    visit = dispatch.assign(one.id, unit=Unit.objects.get(name="CR-1").id, by=CAST["dana"], at=AT)
    dispatch.move(visit.id, event="roll", by=CAST["dana"], at=AT + dt.timedelta(minutes=1))
    dispatch.move(visit.id, event="arrive", by=CAST["dana"], at=AT + dt.timedelta(minutes=9))
    later = AT + dt.timedelta(minutes=30)

    def conclude(call: Call, event: str, **more: str) -> Call:
        calls.conclude(call.id, event=event, by=CAST["dana"], at=later, **more)
        return Call.objects.get(pk=call.pk)

    with pytest.raises(Conflict, match="still there"):
        conclude(one, "close", disposition="settled on scene")
    dispatch.move(visit.id, event="clear", outcome="settled on scene", by=CAST["dana"], at=later)
    with pytest.raises(Missing, match="how it ended"):
        conclude(one, "close")
    assert conclude(one, "close", disposition="settled on scene").state == "closed"
    with pytest.raises(MoveError):
        conclude(one, "close", disposition="settled on scene")
    assert conclude(one, "reopen").state == "open"
    assert conclude(two, "merge", other="walk-up-1").merged_into == one
    assert conclude(two, "split").state == "open"
    assert conclude(two, "cancel", disposition="caller gone").state == "canceled"
    with pytest.raises(Missing, match="no other call"):
        conclude(one, "merge", other="nothing")
    of_cad = city.say("9", AT, type="TRESPASS")
    with pytest.raises(Conflict, match="CAD holds"):
        conclude(of_cad, "close", disposition="settled on scene")


def test_a_call_is_given_to_another_unit_in_one_step(city: Mirror) -> None:
    held = call(city)
    first = dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
    dispatch.move(first.id, event="roll", by=DANA, at=later(2))
    second = dispatch.assign(held.id, unit=unit("CR-2").id, instead_of=first.id, by=DANA, at=later(3))
    first.refresh_from_db()
    held.refresh_from_db()
    assert (first.state, first.cancel_reason, first.canceled_at) == ("canceled", "another unit has it now", later(3))
    assert (second.state, held.owner, unit().state) == ("assigned", "CR-2", "returning")
    assert not Unserved.objects.exists()


def test_a_reassignment_that_cannot_be_leaves_everything_as_it_was(city: Mirror) -> None:
    held, other = call(city), call(city, "2")
    first = dispatch.assign(held.id, unit=unit().id, by=DANA, at=later(1))
    busy = dispatch.assign(other.id, unit=unit("CR-2").id, by=DANA, at=later(1))
    with pytest.raises(Conflict, match="by now"):
        dispatch.assign(held.id, unit=unit("CR-2").id, instead_of=first.id, by=DANA, at=later(2))
    with pytest.raises(Conflict, match="does not have this call"):
        dispatch.assign(held.id, unit=unit("CR-2").id, instead_of=busy.id, by=DANA, at=later(2))
    first.refresh_from_db()
    assert (first.state, unit().state) == ("assigned", "assigned")
    dispatch.move(busy.id, event="arrive", by=DANA, at=later(3))
    with pytest.raises(MoveError):
        dispatch.assign(other.id, unit=unit("Desk-1").id, instead_of=busy.id, by=DANA, at=later(4))
    busy.refresh_from_db()
    assert busy.state == "on scene"
    assert Response.objects.count() == 2
