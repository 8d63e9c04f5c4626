"""A version of the program before it holds: what it would have moved last month, from when it holds, who made which decision."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from millbrook import CAST, Mirror, at_local
from test_messages_from_cad import FALSE

from rightcall.program import starter
from rightcall.web.access import AccessError
from rightcall.web.actions import accounts, programs
from rightcall.web.database import Database
from rightcall.web.models import Decision
from rightcall.web.queries import comparing

AT = at_local(14, 0)
OTHER = starter.sample_text().replace('"trespass", ', "", 1)


@pytest.fixture
def city(fresh: Database) -> Mirror:
    made = Mirror()
    for number, word in enumerate(["TRESPASS", "TRESPASS", "WELFARE CHECK", "BURGLARY"]):
        made.say(str(number), AT + dt.timedelta(minutes=number), type=word, facts=FALSE, caller="third party")
    made.say("old", AT, type="TRESPASS", facts=FALSE, caller="third party", received_at=AT - dt.timedelta(days=31))  # fmt: skip
    return made


def test_it_says_which_calls_of_the_last_month_would_have_gone_elsewhere(city: Mirror) -> None:
    version = programs.hand_in(OTHER, by=CAST["priya"], at=AT).version
    found = comparing.with_last_month(version, at=AT + dt.timedelta(hours=1), by=CAST["priya"])
    assert (found.calls, found.moved) == (4, 2), "what came 31 days ago is not of the last month"
    assert [each.number for each in found.shown] == ["0", "1"]
    assert (found.shown[0].before.team, found.shown[0].after.outcome) == ("community", "not ours")
    with pytest.raises(AccessError):
        comparing.with_last_month(version, at=AT, by=CAST["nobody"])


def test_it_holds_from_its_day_and_every_decision_keeps_the_version_that_made_it(city: Mirror) -> None:
    made = programs.hand_in(OTHER, by=CAST["priya"], at=AT)
    with pytest.raises(AccessError):
        programs.put_in_force(made.version, takes_effect_at=AT + dt.timedelta(days=1), by=CAST["priya"], at=AT)
    programs.put_in_force(made.version, takes_effect_at=AT + dt.timedelta(days=1), by=CAST["sam"], at=AT)
    before = city.say("before", AT + dt.timedelta(hours=23), type="TRESPASS", facts=FALSE)
    after = city.say("after", AT + dt.timedelta(hours=25), type="TRESPASS", facts=FALSE)
    assert Decision.objects.get(call=before).program_id == city.program.version
    assert Decision.objects.get(call=after).program_id == made.version
    assert (Decision.objects.get(call=before).team, Decision.objects.get(call=after).outcome) == ("community", "not ours")  # fmt: skip


def test_the_page_lists_what_would_have_moved(city: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightcall.web import clock

    monkeypatch.setattr(clock, "_shown", lambda: AT + dt.timedelta(hours=1))
    planner = Client()
    planner.force_login(accounts.make("priya2", roles=["planner"], by=CAST["sam"], at=AT), backend="rightcall.web.sign_in.Backend")  # fmt: skip
    answer = planner.post("/program/hand-in/", {"text": OTHER})
    assert answer.status_code == 302
    page = " ".join(re.sub(r"<[^>]+>", " ", planner.get(answer["Location"]).content.decode()).split())
    assert "Of 4 calls of the last 30 days it would have moved 2." in page
    assert "TRESPASS" in page
    bad = planner.post("/program/hand-in/", {"text": OTHER.replace("[undecided]", "[undecidde]")})
    assert bad.status_code == 422
    assert "undecidde" in bad.content.decode()
