"""A clock that jumps: a clear refusal, a row in the trail, no state changed; and everything as before once it is right."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from millbrook import CAST, at_local
from test_messages_from_cad import Cad, cad, counts  # noqa: F401

from rightcall.web import clock
from rightcall.web.actions import accounts
from rightcall.web.models import AuditRow, Call, Message


@pytest.mark.parametrize("seconds", [-7_200, 172_800])
def test_nothing_is_taken_while_the_clock_is_wrong(
    cad: Cad, monkeypatch: pytest.MonkeyPatch, seconds: int  # noqa: F811
) -> None:  # fmt: skip
    said = cad.say("1", type="TRESPASS")
    assert cad.post(said).status_code == 200
    dana = Client()
    dana.force_login(accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=at_local(8, 0)), backend="rightcall.web.sign_in.Backend")  # fmt: skip
    before, call = counts(), Call.objects.get()
    with monkeypatch.context() as wrong:
        wrong.setattr(clock, "_wall", lambda: time.time() + seconds)
        answer = cad.post(cad.say("2", type="TRESPASS"))
        assert answer.status_code == 503
        told = answer.json()["problems"][0]
        assert f"jumped by {seconds // 60:+d} minutes" in told["what"]
        assert "start the service again" in told["mend"]
        assert cad.post(cad.say("3", type="TRESPASS")).status_code == 503
        asked = dana.post(f"/board/call/{call.id}/answer/", {"fact": "weapon", "value": "yes"})
        assert asked.status_code == 503
        assert "jumped" in asked.content.decode()
        page = dana.get("/board/")
        assert page.status_code == 200, "the board is still seen"
        assert "The clock of this machine jumped" in page.content.decode()
        assert dana.get("/ready").json() == {"ready": False, "why": "ClockError"}
    assert counts() == before
    assert Message.objects.count() == 1
    rows = AuditRow.objects.filter(action="request", outcome="refused", detail__why="ClockError")
    assert sorted(rows.values_list("actor", flat=True)) == ["dana", "source:cad json"], "once a minute for a sender"
    assert cad.post(cad.say("2", type="TRESPASS")).status_code == 200
    assert dana.get("/ready").status_code == 200
    assert dana.post(f"/board/call/{call.id}/answer/", {"fact": "weapon", "value": "yes"}).status_code == 302


@pytest.mark.parametrize("seconds", [-240, 0, 240])
def test_a_small_step_of_the_clock_holds_up_nobody(
    cad: Cad, monkeypatch: pytest.MonkeyPatch, seconds: int  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(clock, "_wall", lambda: time.time() + seconds)
    assert cad.post(cad.say("1", type="TRESPASS")).status_code == 200
