"""What a hostile or unlucky day brings: each of these once went wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.test import Client
from millbrook import CAST, Mirror, at_local
from test_dispatching import ASSIGN, FALSE, together
from test_messages_from_cad import Cad

from rightcall.dispatch import sending
from rightcall.web import tasks
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import accounts, dispatch, encounters, entering, messages, outgoing, programs, units
from rightcall.web.database import Database
from rightcall.web.models import (
    AuditRow,
    Call,
    Decision,
    Disagreement,
    Duty,
    Message,
    Outgoing,
    ProgramVersion,
    Response,
    Unit,
)
from rightcall.web.queries import board, calls
from rightcall.web.queries import units as units_of

AT = at_local(10, 0)


def later(minutes: float) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


@pytest.fixture
def cad(fresh: Database) -> Cad:
    Mirror()
    return Cad()


POISON: dict[str, Any] = {
    "a nul in a text": {"remarks": "a\u0000b"}, "a nul in a name": {"a\u0000b": 1}, "a nul in a fact": {"facts": {"we\u0000apon": True}},
    "the year one": {"received_at": "0001-01-01T00:00:00+14:00"}, "a stamp of the year one": {"units": [{"service": "ours", "unit": "CR-1", "assigned_at": "0001-01-01T00:00:00+14:00"}]},
    "a lone surrogate": {"message_id": "\ud800"}, "half a letter": {"remarks": "\udfff"}, "too large a priority": {"priority": 10**30},
}  # fmt: skip


@pytest.mark.parametrize("name", POISON)
def test_nothing_that_is_sent_can_hold_up_what_comes_after(cad: Cad, name: str) -> None:
    assert cad.post(cad.say("1", type="TRESPASS") | POISON[name]).status_code == 422
    assert Message.objects.get().state == "refused"
    assert cad.post(cad.say("2", type="TRESPASS")).status_code == 200


def test_what_was_kept_is_read_later_and_one_that_fails_does_not_hold_up_the_others(
    cad: Cad, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime.now(dt.UTC)
    for number in ("1", "2"):
        raw = b'{"message_id": "m%s", "sent_at": "%s", "number": "%s"}' % (number.encode(), now.isoformat().encode(), number.encode())  # fmt: skip
        Message.objects.create(source=cad.source, sender_id=f"m{number}", hash=hashlib.sha256(raw).hexdigest(), raw=raw, came_at=now - dt.timedelta(minutes=1))  # fmt: skip
    monkeypatch.setattr(
        messages.calls,
        "receive",
        lambda message, **more: (
            1 / 0
            if message.number == "1"
            else Call.objects.get_or_create(number="2", owner="x", received_at=now, known_at=now, heard_at=now)[0]
        ),
    )
    tasks.read_kept(0)
    assert list(Message.objects.order_by("sender_id").values_list("state", flat=True)) == ["refused", "read"]


def test_without_a_program_a_message_is_kept_and_read_once_there_is_one(fresh: Database) -> None:
    now = dt.datetime.now(dt.UTC)
    cad = Cad()
    assert cad.post(cad.say("1", type="TRESPASS")).status_code != 200
    assert Message.objects.get().state == "kept"
    Mirror()
    Message.objects.update(came_at=now - dt.timedelta(minutes=1))
    tasks.read_kept(0)
    assert Message.objects.get().state == "read"
    assert Call.objects.get().number == "1"


def test_the_version_that_holds_cannot_be_taken_away_by_scheduling_it(fresh: Database) -> None:
    Mirror()
    version = ProgramVersion.objects.get().version
    with pytest.raises(Conflict, match="holds already"):
        programs.put_in_force(version, takes_effect_at=later(600), by=CAST["sam"], at=AT)


def crew(**stamps: float) -> list[dict[str, Any]]:
    return [{"service": "ours", "unit": "CR-1", **{f"{name}_at": later(minute) for name, minute in stamps.items()}}]


def test_a_crew_that_cad_cleared_is_free_again_and_proposed(fresh: Database) -> None:
    city = Mirror()
    city.say("1", later(20), type="TRESPASS", facts=FALSE, units=crew(assigned=0, en_route=1, arrived=5, cleared=20))
    assert Unit.objects.get(name="CR-1").state == "available"
    assert Response.objects.get().available_at == later(20)
    second = city.say("2", later(21), type="TRESPASS", facts=FALSE)
    assert units_of.teams(city.program, second, at=later(21))["community"] == sending.FREE


def test_an_end_that_comes_after_the_next_call_is_taken(fresh: Database) -> None:
    city = Mirror()
    city.say("1", later(0), type="TRESPASS", units=crew(assigned=0, en_route=1))
    city.say("2", later(31), type="TRESPASS", units=crew(assigned=31))
    city.say("1", later(32), units=crew(assigned=0, en_route=1, arrived=10, cleared=30))
    first = Response.objects.get(call__number="1")
    assert first.arrived_at == later(10), "the crew met somebody"
    assert Response.objects.get(call__number="2").state == "assigned"


def test_a_visit_that_was_over_before_is_noted_without_moving_the_unit(fresh: Database) -> None:
    city = Mirror()
    city.say("2", later(40), type="TRESPASS", units=crew(assigned=40, en_route=41))
    city.say(
        "1",
        later(42),
        type="TRESPASS",
        event="close",
        disposition="d",
        units=crew(assigned=0, en_route=1, arrived=9, cleared=30),
    )
    old = Response.objects.get(call__number="1")
    assert (old.state, old.cleared_at) == ("cleared", later(30))
    assert (Unit.objects.get(name="CR-1").state, Response.objects.get(call__number="2").state) == (
        "en route",
        "en route",
    )
    assert Call.objects.get(number="1").state == "closed"


def test_a_correction_that_would_overlap_is_listed_and_the_call_is_taken_all_the_same(fresh: Database) -> None:
    city = Mirror()
    city.say("1", later(30), type="TRESPASS", units=crew(assigned=0, arrived=9, cleared=30))
    city.say("2", later(31), type="TRESPASS", units=crew(assigned=31))
    city.say("1", later(35), priority=1, units=crew(assigned=0, arrived=9, cleared=33))
    assert Call.objects.get(number="1").priority == 1
    assert Disagreement.objects.filter(field="times").exists()
    city.say("1", later(36), units=crew(assigned=0, arrived=9, cleared=-5))
    assert Response.objects.get(call__number="1").cleared_at == later(30)


def test_a_close_that_is_behind_our_clock_is_taken(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=later(-30))
    held = city.say("1", later(0), type="TRESPASS")
    dispatch.assign(held.id, unit=Unit.objects.get(name="CR-1").id, by=CAST["dana"], at=later(0.1))
    city.say("1", later(0.05), event="close", disposition="d")
    assert Call.objects.get().state == "closed"
    assert Response.objects.get().state == "canceled"


def test_a_close_and_a_cancel_that_race_both_end(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=later(-30))
    for number in range(6):
        held = city.say(str(number), later(number), type="TRESPASS")
        free = Unit.objects.filter(
            state__in=("available", "returning"), team__in=("community", "co-response", "desk")
        ).first()
        assert free is not None
        response = dispatch.assign(held.id, unit=free.id, by=CAST["dana"], at=later(number))
        event = "lose" if response.mode == "phone" else "cancel"
        done = together([
            lambda r=response, e=event, n=number: dispatch.move(r.id, event=e, by=CAST["dana"], at=later(n + 0.5)),
            lambda n=number: city.say(str(n), later(n + 0.5), event="close", disposition="d"),
        ])  # fmt: skip
        assert all(
            not isinstance(each, Exception) or "MoveError" in type(each).__name__ or isinstance(each, Conflict)
            for each in done
        ), done
        assert Call.objects.get(number=str(number)).state == "closed"


def test_what_goes_to_cad_waits_through_any_outage(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    city = Mirror()
    for unit in Unit.objects.filter(in_cad=False):
        units.begin(unit, by=CAST["sam"], at=later(-30))
    held = city.say("2026_001 B", later(0), type="SUICIDE THREAT")
    desk = Unit.objects.get(name="Desk-1")
    response = dispatch.assign(held.id, unit=desk.id, by=CAST["cleo"], at=later(1))
    assert Outgoing.objects.count() == 0, "a number of another form does not go out, and does not stand in the way"
    assert AuditRow.objects.filter(action="cad tell", outcome="refused").exists()
    dispatch.move(response.id, event="lose", by=CAST["cleo"], at=later(2))
    dispatch.move_unit(desk.id, event="free", by=CAST["cleo"], at=later(3)) if Unit.objects.get(
        pk=desk.pk
    ).state == "finishing" else None
    other = city.say("26-7", later(4), type="SUICIDE THREAT")
    dispatch.assign(other.id, unit=desk.id, by=CAST["cleo"], at=later(5))
    monkeypatch.setenv("RIGHTCALL_CAD_URL", "http://127.0.0.1:9/")
    for _ in range(60):
        outgoing.deliver(at=later(6))
    assert Outgoing.objects.get(sent_at=None).tries == 60


def test_a_merged_call_that_cad_closes_as_a_duplicate_stays_merged(fresh: Database) -> None:
    city = Mirror()
    for number in ("1", "2"):
        city.say(number, later(0), type="TRESPASS")
    city.say("2", later(1), event="merge", other_number="1")
    city.say("2", later(2), event="close", disposition="DUPLICATE")
    assert (Call.objects.get(number="2").state, Call.objects.get(number="2").merged_into) == (
        "merged",
        Call.objects.get(number="1"),
    )


def test_a_hand_entry_never_changes_a_call_that_is_there(fresh: Database) -> None:
    city = Mirror()
    city.say("77", later(0), type="TRESPASS", remarks="as CAD says")
    rosa = By("rosa", ("responder",), unit="x")
    with pytest.raises(Conflict, match="a call 77 already"):
        entering.enter({"number": "77", "token": "t", "remarks": "mine"}, by=rosa, at=later(1))
    assert Call.objects.get().remarks == "as CAD says"
    form = {"token": "11111111-2222-3333-4444-555555555555", "family": "welfare"}
    first, again = (entering.enter(form, by=rosa, at=later(1)) for _ in range(2))
    assert first.id == again.id
    assert Call.objects.count() == 2


def test_a_crew_sees_the_calls_of_its_shift_and_not_those_of_another_day(fresh: Database) -> None:
    city = Mirror()
    held = city.say("1", later(20), type="TRESPASS", units=crew(assigned=0, arrived=5, cleared=20))
    rosa = By("rosa", ("responder",), unit=str(Unit.objects.get(name="CR-1").id))
    assert calls.for_person(held.id, by=rosa, at=later(60)).id == held.id
    with pytest.raises(Missing):
        calls.for_person(held.id, by=rosa, at=later(20 + 17 * 60))


def test_advice_is_withheld_when_cad_is_silent_and_not_when_a_call_is_quiet(fresh: Database) -> None:
    city = Mirror()
    source, _ = messages.make_source("x", format="json", by=CAST["sam"], at=later(0))
    city.say("1", later(0), type="TRESPASS", facts=FALSE)
    source.heard_at = later(29)
    source.save()
    quiet = board.board(by=CAST["dana"], at=later(30)).rows[0]
    assert quiet.withheld is False
    assert quiet.proposed is not None
    silent = board.board(by=CAST["dana"], at=later(32)).rows[0]
    assert silent.withheld is True
    assert silent.proposed is None


def test_who_signs_off_early_and_on_again_has_one_turn(fresh: Database) -> None:
    Mirror(ASSIGN)
    unit = Unit.objects.get(name="CR-1")
    units.begin(unit, by=CAST["sam"], at=later(0))
    units.finish(unit, by=CAST["sam"], at=later(60))
    duty = units.begin(unit, by=CAST["sam"], at=later(120))
    assert duty.ended_at is None
    assert Unit.objects.get(name="CR-1").state == "available"


def test_a_look_at_a_call_is_in_the_trail(fresh: Database) -> None:
    from django.test import Client

    from rightcall.web.actions import accounts

    city = Mirror()
    held = city.say("1", later(0), type="TRESPASS", remarks="bipolar")
    asking = Client()
    asking.force_login(
        accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT),
        backend="rightcall.web.sign_in.Backend",
    )
    for _ in range(3):
        assert asking.get(f"/board/call/{held.id}/").status_code == 200
    assert AuditRow.objects.filter(action="call read", actor="dana", about=f"call {held.id}").count() == 1
    asking.get("/board/")
    assert AuditRow.objects.filter(action="call read", actor="dana", about="board").count() == 1


HOSTILE = (
    ("/sources/make/", {"name": "x" * 99, "format": "json"}), ("/sources/make/", {"name": "cad json", "format": "json"}), ("/sources/make/", {"name": "y", "format": "pigeon"}),
    ("/sources/make/", {"name": "y", "format": "json", "delay": "999999999999"}), ("/sources/make/", {"name": "z", "format": "json", "delay": "²"}), ("/people/make/", {"username": "x" * 151, "roles": "planner"}),
    ("/people/make/", {"username": " ", "roles": "planner"}), ("/people/make/", {"username": "a\x00b", "roles": "planner"}), ("/people/make/", {"username": "q", "name": "n" * 999, "roles": "planner"}),
    ("/program/hand-in/", {"text": "\x00"}), ("/program/hand-in/", {"text": "[["}), ("/program/hand-in/", {}), ("/board/unit/00000000-0000-0000-0000-000000000005/move/", {"event": "begin shift"}),
    ("/calls/new/", {"remarks": "a\x00b"}), ("/calls/new/", {"priority": "9" * 40}), ("/calls/new/", {"lat": "nan", "lon": "inf"}), ("/calls/new/", {"family": "no such family", "token": "\ud800"}),
)  # fmt: skip


@pytest.mark.parametrize(("path", "form"), HOSTILE, ids=[f"{path} {n}" for n, (path, _) in enumerate(HOSTILE)])
def test_a_hostile_form_gets_a_sentence(cad: Cad, path: str, form: dict[str, str]) -> None:
    from django.test import Client

    from rightcall.web.actions import accounts

    asking = Client(raise_request_exception=False)
    asking.force_login(
        accounts.make("sam", roles=["supervisor"], by=CAST["sam"], at=AT), backend="rightcall.web.sign_in.Backend"
    )
    answer = asking.post(
        path,
        {name: value.encode("utf-8", "surrogatepass") if "\ud800" in value else value for name, value in form.items()},
    )
    assert answer.status_code < 500, answer.content[:200]
    assert Decision.objects.count() <= 1


def test_back_up_that_was_asked_routinely_may_become_urgent_and_never_less(fresh: Database) -> None:
    city = Mirror(ASSIGN)
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=later(-30))
    held = city.say("1", later(0), type="TRESPASS")
    response = dispatch.assign(held.id, unit=Unit.objects.get(name="CR-1").id, by=CAST["dana"], at=later(1))
    for kind in ("routine", "urgent", "routine"):
        made = encounters.ask_back_up(response.id, service="police", kind=kind, by=CAST["dana"], at=later(2))
    assert made.kind == "asked urgent"


def test_other_meanings_beside_the_same_document_are_not_lost_in_silence(fresh: Database) -> None:
    Mirror()
    held = ProgramVersion.objects.get()
    with pytest.raises(Conflict, match="known already"):
        programs.hand_in(held.text, call_types="type,family\nX,welfare\n", by=CAST["sam"], at=AT)
    assert programs.hand_in(held.text, by=CAST["sam"], at=AT).version == held.version
    assert ProgramVersion.objects.get().call_types == ""


def test_differences_that_were_looked_at_are_kept_and_listed_no_more(cad: Cad) -> None:
    for number in ("1", "2"):
        cad.post(cad.say(number, type="TRESPASS", units=[{"service": "ours", "unit": f"CR-7{number}", "assigned_at": dt.datetime.now(dt.UTC).isoformat()}]))  # fmt: skip
    sam = Client()
    sam.force_login(accounts.make("samuel", roles=["supervisor"], by=CAST["sam"], at=AT), backend="rightcall.web.sign_in.Backend")  # fmt: skip
    assert "CR-71" in sam.get("/sources/").content.decode()
    first, second = Disagreement.objects.order_by("at")
    assert sam.post("/sources/seen/", {"difference": [str(first.id)]}).status_code == 302
    page = sam.get("/sources/").content.decode()
    assert "CR-71" not in page
    assert "CR-72" in page
    first.refresh_from_db()
    assert (first.seen_by, Disagreement.objects.count()) == ("samuel", 2)
    assert sam.post("/sources/seen/", {"difference": ["x" * 36]}).status_code == 404
    assert second.seen_at is None


def test_turns_of_duty_are_laid_out_ahead_again_and_again(fresh: Database) -> None:
    Mirror()
    tasks.lay_out(0)
    last = Duty.objects.order_by("-planned_start").values_list("planned_start", flat=True).first()
    assert last is not None
    assert last > dt.datetime.now(dt.UTC) + dt.timedelta(days=12)
    before = Duty.objects.count()
    tasks.lay_out(0)
    assert Duty.objects.count() == before
