"""Two calls that must come out right, from the first word to the measures, as a CAD would send them."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client
from millbrook import CAST, Mirror, at_local

from rightcall.calls.sample import ASKED
from rightcall.measures import service as measures
from rightcall.web import clock
from rightcall.web.actions import accounts, encounters, messages
from rightcall.web.database import Database
from rightcall.web.models import Call, Decision, Outgoing, Response, Support, Unserved
from rightcall.web.queries import tables

FALSE: dict[str, Any] = dict.fromkeys(ASKED, False)


def minutes(start: dt.datetime | None, end: dt.datetime | None) -> float:
    assert start is not None
    assert end is not None
    return (end - start) / dt.timedelta(minutes=1)


class Center(Mirror):
    """A 911 center at our front door, on the Friday of the tests: its CAD, Dana at the board, Sam who supervises."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.time = at_local(0, 0)
        monkeypatch.setattr(clock, "_shown", lambda: self.time)
        _, self.key = messages.make_source("CAD", format="json", by=CAST["sam"], at=self.time)
        self.cad, self.desk = Client(), {name: Client() for name in ("telecommunicator", "supervisor")}
        for role, asking in self.desk.items():
            account = accounts.make(f"a {role}", roles=[role], by=CAST["sam"], at=self.time)
            asking.force_login(account, backend="rightcall.web.sign_in.Backend")

    def say(self, number: str, at: dt.datetime, **said: Any) -> Call:
        """One message of CAD, a second on its way."""
        self.time = at + dt.timedelta(seconds=1)
        told = {"message_id": f"m{next(self.sent)}", "sent_at": at, "number": number, **said}
        answer = self.cad.post("/api/cad/messages", json.dumps(told, default=dt.datetime.isoformat), content_type="application/json", headers={"Authorization": f"Bearer {self.key}"})  # fmt: skip
        assert answer.status_code == 200, answer.content
        return Call.objects.get(number=number)

    def answer(self, call: Call, fact: str, value: str, at: dt.datetime) -> None:
        """A keypress of Dana."""
        self.time = at
        told = self.desk["telecommunicator"].post(f"/board/call/{call.id}/answer/", {"fact": fact, "value": value})
        assert told.status_code == 302, told.content

    def page(self, address: str, at: dt.datetime) -> str:
        """What Sam reads, without marks and runs of blanks."""
        self.time = at
        return " ".join(re.sub(r"<[^>]+>", " ", self.desk["supervisor"].get(address).content.decode()).split())


@pytest.fixture
def mirror(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> Center:
    return Center(monkeypatch)


def test_a_trespass_that_is_staged_handed_over_and_told_again(mirror: Center) -> None:  # noqa: PLR0915
    at = at_local
    one = mirror.say(
        "1",
        at(14, 0),
        type="TRESPASS",
        received_at=at(14, 0),
        facts=FALSE,
        caller="third party",
        age_band="25 to 64",
        place={"lat": 35.99, "lon": -78.9},
    )
    assert Decision.objects.get(call=one).team == "community"
    mirror.say("1", at(14, 6), units=[{"service": "ours", "unit": "CR-2", "assigned_at": at(14, 6)}])
    mirror.say(
        "1", at(14, 9), units=[{"service": "ours", "unit": "CR-2", "assigned_at": at(14, 6), "en_route_at": at(14, 9)}]
    )
    mirror.say("1", at(14, 15), facts={"weapon": True}, reports=[{"at": at(14, 15), "channel": "911"}])
    assert Decision.objects.filter(call=one).order_by("sequence").last().send == ["police"]  # type: ignore[union-attr]
    crew = {
        "service": "ours",
        "unit": "CR-2",
        "assigned_at": at(14, 6),
        "en_route_at": at(14, 9),
        "staged_at": at(14, 15),
    }
    police = {"service": "police", "unit": "2A14", "assigned_at": at(14, 16), "arrived_at": at(14, 22)}
    mirror.say("1", at(14, 22), units=[crew, police])
    mirror.say("1", at(14, 31), requested_by="police", facts={"scene_secured": True})
    mirror.say("1", at(14, 33), units=[crew | {"arrived_at": at(14, 33)}, police])
    first = Response.objects.get(call=one)
    crew_met = [encounters.Met("declined", age_band="under 18"), encounters.Met("met", age_band="25 to 64", outcome="moved to a place", voluntary=True)]  # fmt: skip
    for each in crew_met:
        encounters.met(first.id, each, by=CAST["sam"], at=at(14, 50))
    mirror.say(
        "1",
        at(15, 40),
        units=[
            crew | {"arrived_at": at(14, 33), "cleared_at": at(15, 40), "outcome": "settled on scene"},
            police | {"cleared_at": at(15, 0)},
        ],
    )

    mirror.say(
        "2", at(16, 10), type="TRESPASS", received_at=at(16, 10), facts=FALSE, caller="third party", age_band="25 to 64"
    )
    mirror.say(
        "2",
        at(16, 11),
        units=[{"service": "ours", "unit": "CR-1", "assigned_at": at(16, 11), "en_route_at": at(16, 12)}],
    )
    mirror.say("2", at(16, 13), event="merge", other_number="1")
    mirror.say(
        "2",
        at(16, 14),
        units=[
            {
                "service": "ours",
                "unit": "CR-1",
                "assigned_at": at(16, 11),
                "en_route_at": at(16, 12),
                "canceled_at": at(16, 14),
            }
        ],
    )
    mirror.say("1", at(16, 20), event="close", disposition="settled on scene")

    day = {"start": at(0, 0), "end": at(0, 0) + dt.timedelta(days=1)}
    found = tables.service(**day, now=at(17, 0))
    assert found.calls.height == 1
    assert tables.reports(**day).height == 3
    assert found.decisions.height == 4
    assert found.decisions["sequence"].to_list() == [1, 2, 3, 4]
    assert found.responses.height == 2
    assert tables.people_met(**day).height == 2
    two = found.responses.filter(found.responses["unit"] == "CR-2").row(0, named=True)
    assert minutes(found.calls["received_at"][0], two["arrived_at"]) == 33
    assert minutes(two["staged_at"], two["arrived_at"]) == 18
    assert minutes(two["assigned_at"], two["cleared_at"]) == 94
    kinds = sorted(Support.objects.filter(response__unit__name="CR-2").values_list("kind", flat=True))
    assert kinds == ["asked us", "sent along"]
    assert minutes(at(14, 0), Support.objects.get(kind="sent along").arrived_at) == 22
    one_canceled = found.responses.filter(found.responses["unit"] == "CR-1").row(0, named=True)
    assert one_canceled["canceled_at"] == at(16, 14)
    assert one_canceled["arrived_at"] is None

    told = measures.measure(found, program=mirror.program)
    assert (told["coverage"].numerator, told["coverage"].denominator) == (1, 1)
    assert told["crew_response"].mean == 33
    assert told["crew_response"].n == 1
    assert told["backup_routine"].numerator == told["backup_urgent"].numerator == 0
    assert told["police_asked_us"].numerator == 1
    assert Unserved.objects.count() == 0
    page = mirror.page("/measures/?span=today", at(17, 0))
    assert "Coverage, all hours 100% (21% – 100%) 1 / 1 eligible calls" in page
    assert "Response time median 33.0, mean 33.0, nine of ten within 33.0 min 1" in page
    assert "Police sent along 100% (21% – 100%) 1 / 1 visits" in page
    assert "Police asked for us 100% (21% – 100%) 1 / 1 responses" in page
    assert "Back-up asked, urgent 0% (0% – 79%) 0 / 1 visits" in page


def test_a_caller_with_a_gun_at_night_when_nobody_of_ours_is_on_duty(mirror: Center) -> None:
    at = at_local
    told = {"at": at(2, 40), "channel": "988", "transferred_from": "988, counselor Ines R."}
    call = mirror.say(
        "9",
        at(2, 40),
        type="SUICIDAL SUBJECT",
        received_at=at(2, 40),
        caller="first party",
        facts={"weapon": True},
        reports=[told],
        origin="988",
        requested_by="988",
    )
    first = Decision.objects.get(call=call)
    assert first.outcome == "cannot be said"
    assert first.send == ["usual"]
    assert call.on_line == "988, counselor Ines R."
    assert not Unserved.objects.filter(call=call).exists()
    for minute, fact in enumerate(name for name in ASKED if name != "weapon"):
        mirror.answer(call, fact, "no", at(2, 41) + dt.timedelta(seconds=20 * minute))
    last = Decision.objects.filter(call=call).order_by("sequence").last()
    assert last is not None
    assert (last.outcome, last.team) == ("ours", "co-response")
    unserved = Unserved.objects.get(call=call)
    assert (unserved.reason, unserved.sent_instead) == ("outside hours", "police + ems")
    call.refresh_from_db()
    assert call.on_line == "988, counselor Ines R."
    assert call.owner == "911 center"
    mirror.say("9", at(2, 52), facts={"medical_emergency": True, "injury": True}, remarks="shot herself")
    final = Decision.objects.filter(call=call).order_by("sequence").last()
    assert final is not None
    assert sorted(final.send) == ["ems", "police"]
    mirror.say("9", at(3, 30), event="close", disposition="transported by EMS")
    unserved.refresh_from_db()
    assert unserved.reason == "outside hours"
    assert Call.objects.get(pk=call.pk).state == "closed"
    for message in Outgoing.objects.all():
        assert not {"shot", "suicid", "gun", "988"} & set(str(message.body).lower().split())
