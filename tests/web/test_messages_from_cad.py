"""Messages from a CAD: at least once in, in any order, exactly once in effect; what is bad is refused and changes nothing."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from millbrook import AT, CAST, Mirror, at_local

from rightcall.calls.sample import ASKED
from rightcall.web.actions import messages
from rightcall.web.database import Database
from rightcall.web.models import (
    AuditRow,
    Call,
    Change,
    Decision,
    Disagreement,
    Message,
    Report,
    Response,
    Source,
    UnitTime,
    Unserved,
)
from rightcall.web.queries import board

FALSE = dict.fromkeys(ASKED, False)


class Cad:
    """A CAD behind the public door."""

    def __init__(self, format: str = "json", layout: str = "") -> None:
        self.source, self.key = messages.make_source(
            f"cad {format}", format=format, by=CAST["sam"], at=AT, layout=layout
        )
        self.client = Client(raise_request_exception=False)
        self.numbers = itertools.count()
        self.keys: dict[str, str] = {}

    def post(self, body: bytes | dict[str, Any], *, path: str = "/api/cad/messages", key: str | None = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            path,
            raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key if key is None else key}"},
        )

    def say(self, number: str, **said: Any) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC)
        return {
            "message_id": f"{number}/{next(self.numbers)}",
            "sent_at": (now + dt.timedelta(seconds=said.pop("late", 0))).isoformat(),
            "number": number,
            **said,
        }


@pytest.fixture
def cad(fresh: Database) -> Cad:
    Mirror()
    return Cad()


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Call, Report, Change, Decision, UnitTime, Response))


def test_a_message_makes_a_call_that_is_decided(cad: Cad) -> None:
    answer = cad.post(cad.say("1", type="TRESPASS", priority=3, facts=FALSE))
    assert answer.status_code == 200, answer.content
    assert answer.json()["call"] == "1"
    call = Call.objects.get()
    assert (call.number, call.family, call.priority, call.owner, call.in_cad) == (
        "1",
        "trespass",
        3,
        "911 center",
        True,
    )
    assert Decision.objects.get().team == "community"
    assert bytes(Message.objects.get().raw).startswith(b"{")


def test_the_same_message_again_has_no_effect(cad: Cad) -> None:
    said = cad.say("1", type="TRESPASS", facts=FALSE, reports=[{"at": dt.datetime.now(dt.UTC).isoformat()}])
    first = cad.post(said)
    before = counts()
    again = cad.post(said)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert counts() == before
    assert Message.objects.get().times == 2


def test_another_message_under_the_same_id_is_noted_and_has_no_effect(cad: Cad) -> None:
    said = cad.say("1", type="TRESPASS")
    cad.post(said)
    before = counts()
    cad.post(said | {"facts": {"weapon": True}})
    assert counts() == before
    assert Call.objects.get().facts == {}
    assert AuditRow.objects.filter(action="message forge", outcome="refused").count() == 1


def test_an_older_message_does_not_take_back_what_a_newer_one_said(cad: Cad) -> None:
    cad.post(cad.say("1", type="TRESPASS", priority=3, late=-5))
    cad.post(cad.say("1", priority=1, facts={"weapon": True}, late=-1))
    cad.post(cad.say("1", priority=2, facts={"weapon": False}, remarks="by the door", late=-3))
    call = Call.objects.get()
    assert (call.priority, call.facts, call.remarks) == (1, {"weapon": True}, "by the door")


def test_a_type_change_is_kept_and_decides_again(cad: Cad) -> None:
    cad.post(cad.say("1", type="TRESPASS", facts=FALSE, late=-3))
    cad.post(cad.say("1", type="SHOTS FIRED", late=-1))
    call = Call.objects.get()
    assert (call.first_type, call.last_type) == ("TRESPASS", "SHOTS FIRED")
    assert [d.outcome for d in Decision.objects.order_by("sequence")] == ["ours", "not ours"]
    assert Change.objects.filter(field="last_type").count() == 2


def test_a_fact_may_be_taken_back(cad: Cad) -> None:
    cad.post(cad.say("1", type="TRESPASS", facts={"weapon": True}, late=-3))
    cad.post(cad.say("1", facts={"weapon": None}, late=-1))
    assert "weapon" not in Call.objects.get().facts


def test_calls_are_merged_split_and_reopened(cad: Cad) -> None:
    for number in ("1", "2"):
        cad.post(cad.say(number, type="TRESPASS", late=-9))
    cad.post(cad.say("2", event="merge", other_number="1", late=-8))
    assert Call.objects.get(number="2").merged_into == Call.objects.get(number="1")
    cad.post(cad.say("2", event="split", other_number="1", late=-7))
    two = Call.objects.get(number="2")
    assert (two.state, two.merged_into) == ("open", None)
    cad.post(cad.say("1", event="close", disposition="done", late=-6))
    assert Call.objects.get(number="1").state == "closed"
    cad.post(cad.say("1", event="reopen", late=-5))
    one = Call.objects.get(number="1")
    assert (one.state, one.closed_at, one.reopened) == ("open", None, 1)
    cad.post(cad.say("1", event="close", disposition="done", late=-5.5))
    assert Call.objects.get(number="1").state == "open", "an older message does not close it again"
    cad.post(cad.say("1", event="cancel", late=-4))
    assert Call.objects.get(number="1").state == "canceled"


def test_a_merge_that_comes_before_the_other_call_waits_for_nothing(cad: Cad) -> None:
    cad.post(cad.say("2", event="merge", other_number="1", late=-3))
    cad.post(cad.say("1", type="TRESPASS", late=-5))
    assert Call.objects.get(number="2").merged_into == Call.objects.get(number="1")
    assert Call.objects.get(number="1").last_type == "TRESPASS"


def test_a_link_that_was_down_for_an_hour_and_replays_ends_in_the_same_state(cad: Cad) -> None:
    now = dt.datetime.now(dt.UTC)

    def at(minutes: float) -> str:
        return (now - dt.timedelta(minutes=60 - minutes)).isoformat()

    unit = {"service": "ours", "unit": "CR-1", "assigned_at": at(5)}
    told = [
        {"type": "TRESPASS", "facts": FALSE}, {"units": [unit]}, {"units": [unit | {"en_route_at": at(7)}]}, {"priority": 2},
        {"units": [unit | {"en_route_at": at(7), "arrived_at": at(20)}]}, {"units": [unit | {"en_route_at": at(7), "arrived_at": at(20), "cleared_at": at(50), "outcome": "settled on scene"}]},
        {"event": "close", "disposition": "settled on scene"},
    ]  # fmt: skip
    for place, said in enumerate(told):
        assert (
            cad.post({"message_id": f"m{place}", "sent_at": at(5 + place * 7), "number": "1", **said}).status_code
            == 200
        )
    before = counts()
    state = Call.objects.values("state", "priority", "facts", "disposition", "owner").get()
    response = Response.objects.values("state", "arrived_at", "cleared_at", "outcome").get()
    assert (state["state"], response["state"]) == ("closed", "cleared")
    for place, said in enumerate(told):
        cad.post({"message_id": f"m{place}", "sent_at": at(5 + place * 7), "number": "1", **said})
    assert counts() == before
    assert Call.objects.values("state", "priority", "facts", "disposition", "owner").get() == state
    assert Response.objects.values("state", "arrived_at", "cleared_at", "outcome").get() == response


FIELDS = [
    {"priority": 1},
    {"priority": 2},
    {"facts": {"weapon": True}},
    {"facts": {"weapon": False}},
    {"type": "TRESPASS"},
    {"type": "WELFARE CHECK"},
    {"type": "SHOTS FIRED"},
    {"type": "WELFARE CHECK", "facts": {"weapon": False}},
    {"facts": {"weapon": None}},
    {"family": "suicide"},
    {"determinant": "ASSAULT WITH WEAPON"},
    {"determinant": "TRESPASS"},
    {"remarks": "x"},
    {"reports": [{"transferred_from": "988"}]},
    {"units": ["assigned_at"]},
    {"units": ["assigned_at", "en_route_at"]},
    {"units": ["arrived_at"]},
    {"event": "close", "disposition": "d"},
    {"event": "cancel"},
    {"event": "reopen"},
    {"event": "merge"},
    {"event": "split"},
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.sampled_from(FIELDS), min_size=2, max_size=6),
    at_once=st.booleans(),
    order=st.randoms(use_true_random=False),
    repeats=st.integers(0, 2),
)
def test_any_order_with_repeats_ends_as_the_order_of_sending(
    cad: Cad, said: list[dict[str, Any]], at_once: bool, order: Any, repeats: int
) -> None:
    # The same messages by two links, about two calls.
    other = "another link"
    if other not in cad.keys:
        cad.keys[other] = messages.make_source(other, format="json", by=CAST["sam"], at=AT)[1]
    place = next(cad.numbers)
    number = {name: f"{place}-{name}" for name in ("straight", "shuffled")}
    keys = {"straight": cad.key, "shuffled": cad.keys[other]}
    now = dt.datetime.now(dt.UTC)

    def at(k: int) -> str:
        return (now - dt.timedelta(seconds=60 - k)).isoformat()

    told = [
        {
            "message_id": f"{place}/{k}",
            "sent_at": at(0 if at_once else k),
            **each,
            **({"other_number": f"{place}-other"} if each.get("event") in ("merge", "split") else {}),
            **({"reports": [{"at": at(k), **each["reports"][0]}]} if "reports" in each else {}),
            **({"units": [{"service": "police", "unit": "P1", **{stamp: at(k) for stamp in each["units"]}}]} if "units" in each else {}),
        }
        for k, each in enumerate(said)
    ]  # fmt: skip
    mixed = told * (1 + repeats)
    order.shuffle(mixed)
    for name, all_of_them in (("straight", told), ("shuffled", mixed)):
        for each in all_of_them:
            assert cad.post(each | {"number": number[name]}, key=keys[name]).status_code == 200
    one, other = (
        Call.objects.values(
            "state", "merged_into", "closed_at", "priority", "facts", "told", "first_type", "last_type", "family", "determinant", "remarks", "received_at", "on_line"
        ).get(number=number[name])
        for name in number
    )  # fmt: skip
    assert one == other
    reports = [list(Report.objects.filter(call__number=number[name]).order_by("at", "unsaid").values_list("at", "channel", "transferred_from")) for name in number]  # fmt: skip
    assert reports[0] == reports[1]
    times = [list(UnitTime.objects.filter(call__number=number[name]).values_list("assigned_at", "en_route_at", "arrived_at")) for name in number]  # fmt: skip
    assert times[0] == times[1]


def test_where_cad_and_we_differ_cad_wins_and_it_is_listed(cad: Cad) -> None:
    now = dt.datetime.now(dt.UTC)
    given_at, later = (now - dt.timedelta(minutes=9)).isoformat(), (now - dt.timedelta(minutes=5)).isoformat()
    cad.post(
        cad.say(
            "1",
            type="TRESPASS",
            units=[{"service": "ours", "unit": "CR-1", "assigned_at": given_at, "en_route_at": later}],
        )
    )
    cad.post(
        cad.say(
            "2",
            type="TRESPASS",
            units=[{"service": "ours", "unit": "CR-1", "assigned_at": (now - dt.timedelta(minutes=2)).isoformat()}],
        )
    )
    first, second = Response.objects.order_by("assigned_at")
    assert (first.state, first.cancel_reason, second.state) == ("canceled", "CAD took it off", "assigned")
    assert Disagreement.objects.filter(field="state").exists()
    cad.post(cad.say("3", type="TRESPASS", units=[{"service": "ours", "unit": "CR-77", "assigned_at": given_at}]))
    assert Disagreement.objects.filter(field="unit", theirs="CR-77").exists()


BAD: dict[str, Any] = {
    "no json": b"{", "not utf-8": b"\xff\xfe", "a list": b"[]", "nothing": b"", "a number": b"1e999", "not a number": b'{"priority": NaN}', "deep": b"[" * 100_000,
    "no number": {"message_id": "1", "sent_at": "2026-11-20T14:00:00-05:00"}, "no zone": {"message_id": "1", "number": "1", "sent_at": "2026-11-20T14:00:00"},
    "unknown field": "ssn", "future": {"sent_at": "2199-01-01T00:00:00Z"}, "long ago": {"sent_at": "1999-01-01T00:00:00Z"}, "unknown fact": {"facts": {"drunk": True}},
    "a fact that is a word": {"facts": {"weapon": "yes please"}}, "unknown word": {"origin": "pigeon"}, "off the earth": {"place": {"lat": 99, "lon": 0}}, "half a place": {"place": {"lat": 35.0}},
    "infinite": b'{"message_id": "1", "number": "1", "sent_at": "2026-11-20T14:00:00Z", "place": {"lat": 1e400, "lon": 0}}', "merge with nobody": {"event": "merge"},
    "merge with itself": {"event": "merge", "other_number": "1"}, "too urgent": {"priority": 0}, "a number of control letters": {"number": "1\u0000"}, "long": {"remarks": "x" * 30_000},
    "an event of its own": {"event": "explode"},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_refused_with_a_reason_and_changes_nothing(cad: Cad, name: str) -> None:
    bad = BAD[name]
    if bad == "ssn":
        bad = cad.say("1", ssn="123-45-6789")
    elif isinstance(bad, dict) and not {"message_id", "number"} <= set(bad):
        bad = cad.say("1") | bad if "number" in bad or "message_id" not in bad else bad
    answer = cad.post(bad)
    assert answer.status_code == 422, answer.content
    assert answer.json()["problems"][0]["what"]
    assert Call.objects.count() == 0
    assert AuditRow.objects.filter(action="message refuse", outcome="refused").count() == 1
    assert Message.objects.get().state == "refused"


def test_a_huge_message_is_refused_before_it_is_read(cad: Cad) -> None:
    answer = cad.post(b'{"x": "' + b"x" * 2_000_000 + b'"}')
    assert answer.status_code == 413
    assert "too long" in answer.json()["problems"][0]["what"]
    assert Call.objects.count() == 0
    assert AuditRow.objects.get(action="request", outcome="refused").actor == "source:cad json"


@pytest.mark.parametrize("key", ["", "wrong", "rc_" + "A" * 43, "'; drop table web_call; --"])
def test_a_wrong_key_is_refused_without_saying_why(cad: Cad, key: str) -> None:
    for _ in range(3):
        assert cad.post(cad.say("1", type="TRESPASS"), key=key).status_code == 401
    assert counts() == (0,) * 6
    # Once a minute for an address, so that nobody fills the trail from outside.
    assert AuditRow.objects.filter(action="request", outcome="refused", actor="nobody").count() == 1


def test_a_source_that_was_put_out_of_use_is_not_heard(cad: Cad) -> None:
    Source.objects.update(active=False)
    assert cad.post(cad.say("1")).status_code == 401


EVIL = "'; DROP TABLE web_call; --<script>alert(1)</script>{{7*7}}${7*7}%s\u202e"


def test_sql_and_html_in_every_text_are_text(cad: Cad) -> None:
    said = cad.say(
        "1",
        type=EVIL[:90],
        remarks=EVIL,
        callback=EVIL[:70],
        language="e<s",
        closed_reason=EVIL[:80],
        place={"text": EVIL, "areas": {"beat": EVIL[:50]}},
    )
    assert cad.post(said).status_code == 200
    call = Call.objects.get()
    assert (call.remarks, call.place_text) == (EVIL, EVIL)
    from rightcall.web.actions import accounts

    asking = Client()
    asking.force_login(
        accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=at_local(8, 0)),
        backend="rightcall.web.sign_in.Backend",
    )
    page = asking.get(f"/board/?call={call.id}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


def test_a_text_of_the_stated_layout_is_read(fresh: Database) -> None:
    Mirror()
    layout = 'time_zone = "America/New_York"\ntime = "%m/%d/%Y %H:%M:%S"\n[labels]\nnumber = "INC"\ntype = "NATURE"\nplace = "LOC"\npriority = "PRI"\nreceived_at = "TIME"\nremarks = "COMMENTS"\n'
    cad = Cad("text", layout)
    now = dt.datetime.now(dt.UTC)
    mail = f"From: cad@example.gov\r\nDate: {now:%a, %d %b %Y %H:%M:%S +0000}\r\nSubject: dispatch\r\n\r\nINC: 26-0004711  PRI: P2\r\nNATURE: WELFARE CHECK\r\nLOC: 12 Oak St, APT 4\r\nCOMMENTS: has not been seen\r\nfor two days\r\n"
    answer = cad.post(mail.encode(), path="/api/cad/text")
    assert answer.status_code == 200, answer.content
    call = Call.objects.get()
    assert (call.number, call.last_type, call.place_text, call.priority) == (
        "26-0004711",
        "WELFARE CHECK",
        "12 Oak St, APT 4",
        2,
    )
    assert call.remarks == "has not been seen\r\nfor two days"
    refused = cad.post(b"hello", path="/api/cad/text")
    assert refused.status_code == 422
    assert "INC" in refused.json()["problems"][0]["what"]


def test_a_source_of_one_format_is_not_taken_for_another(cad: Cad) -> None:
    assert cad.post(cad.say("1"), path="/api/cad/eido").status_code == 409


def test_a_call_that_is_heard_of_when_it_is_over_was_decided(cad: Cad) -> None:
    now = dt.datetime.now(dt.UTC)
    given = (now - dt.timedelta(minutes=50)).isoformat()
    over = (now - dt.timedelta(minutes=5)).isoformat()
    unit = {"service": "ours", "unit": "CR-1", "assigned_at": given, "arrived_at": given, "cleared_at": over}
    said = cad.say("1", type="TRESPASS", facts=FALSE, received_at=given, units=[unit], event="close", disposition="done")  # fmt: skip
    assert cad.post(said).status_code == 200
    call = Call.objects.get()
    assert (call.state, call.decisions.get().team) == ("closed", "community")
    assert Response.objects.get().state == "cleared"
    assert not Unserved.objects.exists()


def test_what_was_so_while_a_call_was_open_is_decided_on_although_its_end_was_heard_first(cad: Cad) -> None:
    first = cad.say("1", type="TRESPASS", facts=FALSE, late=-600)
    cad.post(cad.say("1", event="close", disposition="done", late=-60))
    assert Decision.objects.get().outcome == "cannot be said"
    cad.post(first)
    assert Decision.objects.order_by("sequence").last().team == "community"
    assert Unserved.objects.get().reason in ("outside hours", "all busy", "unknown")
    corrected = Decision.objects.count()
    cad.post(cad.say("1", type="ASSAULT"))
    assert Decision.objects.count() == corrected, "what is found out afterwards does not change who should have gone"


def test_what_a_licensed_protocol_told_is_not_asked_again(cad: Cad) -> None:
    known = {name: False for name in ASKED if name not in ("weapon", "violence")}
    cad.post(cad.say("1", type="WELFARE CHECK", facts=known))
    call = Call.objects.get()
    asked = [each.fact for each in board.detail(call.id, by=CAST["dana"], at=dt.datetime.now(dt.UTC)).asked]
    assert asked == ["weapon", "violence"]
    cad.post(cad.say("1", determinant="ASSAULT WITH WEAPON"))
    call.refresh_from_db()
    assert (call.last_type, call.facts["weapon"], call.facts["violence"]) == ("WELFARE CHECK", True, True)
    found = board.detail(call.id, by=CAST["dana"], at=dt.datetime.now(dt.UTC))
    assert found.asked == ()
    assert found.row.decision is not None
    assert found.row.decision.send == ["police"]
    cad.post(cad.say("1", facts={"weapon": False, "violence": False}))
    assert Decision.objects.order_by("sequence").last().outcome == "ours", "who asked the caller knows better than the code"  # fmt: skip
