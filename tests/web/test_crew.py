"""A crew's own page: what it has, what it does, what it writes down, and what comes of that in the measures."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from millbrook import CAST, Mirror, at_local

from rightcall.calls.sample import ASKED
from rightcall.dispatch import outcomes
from rightcall.program import starter
from rightcall.web import clock
from rightcall.web.access import Missing
from rightcall.web.actions import accounts, calls, deciding, dispatch, encounters, reading, units
from rightcall.web.database import Database
from rightcall.web.models import Account, AuditRow, Call, PersonMet, Response, StaffEvent, Unit
from rightcall.web.queries import standing

ASSIGN = starter.sample_text().replace('mode = "mirror"', 'mode = "assign"')
FALSE = dict.fromkeys(ASKED, False)
AT = at_local(14, 0)


class City(Mirror):
    """The sample city in assign mode, Rosa on CR-1, and her phone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(ASSIGN)
        self.time = AT
        monkeypatch.setattr(clock, "_shown", lambda: self.time)
        for unit in Unit.objects.all():
            units.begin(unit, by=CAST["sam"], at=at_local(13, 0))
        self.unit = Unit.objects.get(name="CR-1")
        self.rosa = self.client("rosa", "responder", self.unit)

    def client(self, name: str, role: str, unit: Unit | None = None) -> Client:
        account = accounts.make(name, roles=[role], by=CAST["sam"], at=AT, unit=unit)
        asking = Client()
        asking.force_login(account, backend="rightcall.web.sign_in.Backend")
        return asking

    def page(self, asking: Client | None = None, address: str = "/crew/") -> str:
        answer = (asking or self.rosa).get(address)
        assert answer.status_code == 200, answer.content
        return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())

    def post(self, address: str, minutes: float = 0, **form: Any) -> Any:
        self.time += dt.timedelta(minutes=minutes)
        return self.rosa.post(address, form)


@pytest.fixture
def city(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> City:
    return City(monkeypatch)


def given(city: City, number: str = "1", unit: str = "CR-1") -> Response:
    call = city.say(number, AT, type="TRESPASS", facts=FALSE, remarks=f"a man in doorway {number}")
    return dispatch.assign(call.id, unit=Unit.objects.get(name=unit).id, by=CAST["dana"], at=AT)


def test_a_visit_by_the_crews_own_page_from_assigned_to_the_measures(city: City) -> None:
    mine, other = given(city), given(city, "2", "CR-2")
    assert "a man in doorway 1" in city.page()
    assert "doorway 2" not in city.page()
    at = f"/board/response/{mine.id}"
    for event in ("roll", "arrive"):
        assert city.post(f"{at}/move/", 5, event=event)["Location"] == "/crew/"
    city.post(f"{at}/back-up/", 1, service="police", kind="routine")
    assert "back-up: police, asked routine" in city.page()
    city.post(
        f"{at}/met/", 20, contact="met", age_band="25 to 64", outcome="moved to a place", destination="shelter", voluntary="yes", follow_up_wanted="yes",
        felt_helped="yes", arrest="no", force="no", complained="no", harm="no harm", supplies=["water", "naloxone"],
    )  # fmt: skip
    city.post(f"{at}/found/", 0, weapon="yes", felt_safe="no")
    city.post(f"{at}/befell/", 0, kind="injury", severity="first aid")
    city.post(f"{at}/move/", 5, event="transport")
    city.post(f"{at}/move/", 5, event="reach")
    assert city.post(f"{at}/move/", 5, event="clear", outcome="moved to a place").status_code == 302
    assert "Earlier this shift" in city.page()
    told = standing.standing("today", by=CAST["sam"], at=city.time)
    arriving = told.results["What happens when our teams arrive?"]
    pairs = {name: (each.numerator, each.denominator) for name, each in arriving.items()}
    once = {name for name, pair in pairs.items() if pair == (1, 1)}
    assert once == {"contact_made", "settled_alone", "surprises", "backup_routine", "moved", "staff_injuries", "felt_helped"}  # fmt: skip
    assert {name for name, pair in pairs.items() if pair == (0, 1)} == {
        "involuntary", "backup_urgent", "police_sent_along", "police_asked_us", "arrests", "force_used", "harm", "complaints", "felt_safe",
    }  # fmt: skip
    assert told.counted["Where neighbors were taken"] == {("shelter",): 1}
    assert told.counted["What neighbors were given"] == {("naloxone",): 1, ("water",): 1}
    assert told.counted["What befell our crews"] == {("injury", "first aid"): 1}
    assert other.people_met.count() == 0


def test_a_crew_writes_of_its_own_visits_alone(city: City) -> None:
    other = given(city, "2", "CR-2")
    for what, form in (("met", {"contact": "met"}), ("found", {"weapon": "yes"}), ("befell", {"kind": "threat"}), ("back-up", {"service": "police", "kind": "urgent"})):  # fmt: skip
        assert city.post(f"/board/response/{other.id}/{what}/", **form).status_code == 404, what
    note = encounters.met(other.id, encounters.Met("met"), by=CAST["cleo"], at=AT)
    assert city.post(f"/board/note/{note.id}/strike/").status_code == 404
    assert PersonMet.objects.count() == 1
    assert StaffEvent.objects.count() == 0


def test_two_crews_on_one_call_write_each_of_its_own(city: City) -> None:
    mine = given(city)
    other = dispatch.assign(mine.call_id, unit=Unit.objects.get(name="CR-2").id, by=CAST["dana"], at=AT)
    account = Account.objects.get(username="rosa")
    account.roles = ["responder", "navigator"]
    account.save()
    assert city.post(f"/board/response/{other.id}/met/", contact="met").status_code == 404
    assert city.post(f"/board/response/{mine.id}/met/", contact="met").status_code == 302


def test_a_note_by_mistake_is_taken_back_and_the_trail_knows(city: City) -> None:
    def known() -> float | None:
        told = standing.standing("today", by=CAST["sam"], at=city.time)
        return told.results["What happens when our teams arrive?"]["arrests"].denominator

    mine = given(city)
    city.post(f"/board/response/{mine.id}/move/", 1, event="arrive")
    city.post(f"/board/response/{mine.id}/met/", contact="met", arrest="no")
    note = PersonMet.objects.get().id
    assert "take back" in city.page()
    assert known() == 1
    city.post(f"/board/note/{note}/strike/")
    assert "take back" not in city.page()
    assert known() == 0
    assert city.post(f"/board/note/{note}/strike/").status_code == 404
    assert PersonMet.objects.get().struck_at is not None, "it is kept"
    noted = AuditRow.objects.filter(actor="rosa", about=f"response {mine.id}", detail__note=str(note)).order_by("id")
    assert list(noted.values_list("action", flat=True)) == ["person met", "note strike"]


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("met", {"contact": "spoke with her cousin"}), ("met", {"contact": "met", "outcome": "methadone"}), ("met", {"contact": "met", "destination": "her mother"}),
        ("met", {"contact": "met", "harm": "bruised"}), ("met", {"contact": "met", "supplies": ["cash"]}), ("befell", {"kind": "felt safe"}),
        ("befell", {"kind": "injury"}), ("befell", {"kind": "injury", "severity": "bad"}),
    ],
)  # fmt: skip
def test_a_word_that_is_in_no_list_is_refused_and_nothing_is_kept(city: City, what: str, form: dict[str, Any]) -> None:
    mine = given(city)
    answer = city.post(f"/board/response/{mine.id}/{what}/", **form)
    assert answer.status_code == 404
    assert b"is not in the list" in answer.content
    assert PersonMet.objects.count() + StaffEvent.objects.count() == 0


def test_the_database_holds_the_lists_too(city: City) -> None:
    mine = given(city)
    rows: list[tuple[Any, dict[str, Any]]] = [
        (PersonMet, {"contact": "chatted"}), (PersonMet, {"contact": "met", "harm": "sad"}), (PersonMet, {"contact": "met", "follow_up_wanted": True}),
        (StaffEvent, {"kind": "injury"}), (StaffEvent, {"kind": "threat", "severity": "death"}), (StaffEvent, {"kind": "party"}),
    ]  # fmt: skip
    for model, row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(response=mine, told_at=AT, **row)
    for felt in (True, False):
        encounters.found(mine.id, weapon=None, violence=None, felt_safe=felt, by=CAST["cleo"], at=AT)
    assert StaffEvent.objects.get(kind=outcomes.FELT_SAFE).felt_safe is False


def test_what_was_said_by_mistake_is_unsaid(city: City) -> None:
    mine = given(city)
    at = f"/board/response/{mine.id}/found/"
    city.post(at, weapon="yes", violence="no", felt_safe="yes")
    city.post(at, weapon="", violence="yes", felt_safe="")
    mine.refresh_from_db()
    assert (mine.found_weapon, mine.found_violence) == (None, True)
    assert not StaffEvent.objects.filter(struck_at__isnull=True).exists()


def test_what_is_sent_twice_is_noted_once(city: City) -> None:
    mine = given(city)
    for note, what, form in ((uuid.uuid4(), "met", {"contact": "met"}), (uuid.uuid4(), "befell", {"kind": "threat"})):
        for _ in range(2):
            assert city.post(f"/board/response/{mine.id}/{what}/", note=str(note), **form).status_code == 302
    assert (PersonMet.objects.count(), StaffEvent.objects.count()) == (1, 1)
    page = city.rosa.get("/crew/").content.decode()
    assert len(set(re.findall(r'name="note" value="([^"]+)"', page))) == 2, "each form has an id of its own"


def test_a_crew_sees_its_own_turn_and_not_the_one_before(city: City) -> None:
    early = given(city)
    dispatch.move(early.id, event="arrive", by=CAST["dana"], at=AT + dt.timedelta(minutes=5))
    encounters.met(early.id, encounters.Met("met", destination="sobering or detox"), by=CAST["cleo"], at=AT + dt.timedelta(minutes=6))  # fmt: skip
    dispatch.move(early.id, event="clear", outcome="settled on scene", by=CAST["dana"], at=AT + dt.timedelta(minutes=20))  # fmt: skip
    city.time = AT + dt.timedelta(minutes=30)
    assert "sobering or detox" in city.page()
    units.finish(city.unit, by=CAST["sam"], at=city.time)
    city.time += dt.timedelta(hours=1)
    assert "sobering or detox" in city.page(), "whoever comes home late may still write"
    city.time += dt.timedelta(hours=2)
    assert "sobering or detox" not in city.page()
    city.time = at_local(10, 0) + dt.timedelta(days=1)
    units.begin(Unit.objects.get(pk=city.unit.pk), by=CAST["sam"], at=city.time)
    assert "Earlier this shift" not in city.page(), "the next crew does not read it"
    for what, form in (("met", {"contact": "met"}), ("move", {"event": "check in"}), ("back-up", {"service": "police", "kind": "urgent"})):  # fmt: skip
        assert city.post(f"/board/response/{early.id}/{what}/", **form).status_code == 404, what


def test_whoever_takes_calls_does_not_read_what_crews_write_down(city: City) -> None:
    mine = given(city)
    encounters.met(mine.id, encounters.Met("met", destination="sobering or detox"), by=CAST["cleo"], at=AT)
    dana, cleo = city.client("dora", "telecommunicator"), city.client("clea", "clinician")
    for asking, seen in ((dana, False), (cleo, True)):
        assert ("What the crew writes down" in city.page(asking, f"/board/call/{mine.call_id}/")) == seen
    assert dana.post(f"/board/response/{mine.id}/met/", {"contact": "met"}).status_code == 403


def test_a_visit_ends_as_such_a_visit_can(city: City) -> None:
    mine = given(city)
    city.post(f"/board/response/{mine.id}/move/", 1, event="arrive")
    odd = city.post(f"/board/response/{mine.id}/move/", 1, event="hand over", outcome="settled on scene")
    assert odd.status_code == 404
    mine.refresh_from_db()
    assert mine.state == "on scene"


def test_a_crew_that_meets_somebody_has_the_call_that_it_enters(city: City) -> None:
    assert "CR-1 is there already" in city.page(address="/calls/new/")
    answer = city.post(
        "/calls/new/", token="t1", family="welfare", place_text="12 Oak St", with_us="yes", origin="walk-up"
    )
    assert answer["Location"] == "/"
    held = Response.objects.get()
    assert (held.unit.name, held.state, held.call.origin, held.call.owner) == ("CR-1", "on scene", "walk-up", "CR-1")
    assert city.rosa.get("/")["Location"] == "/crew/"
    assert "12 Oak St" in city.page()
    # The same form again changes nothing; another while the unit is busy keeps what was typed.
    city.post("/calls/new/", token="t1", family="welfare", place_text="12 Oak St", with_us="yes")
    assert Response.objects.count() == Call.objects.count() == 1
    busy = city.post("/calls/new/", token="t2", family="welfare", place_text="7 Elm St", with_us="yes")
    assert busy.status_code == 422
    assert AuditRow.objects.filter(actor="rosa", outcome="refused", detail__why="Conflict").count() == 1
    assert "7 Elm St" in busy.content.decode()
    assert Call.objects.count() == 1
    assert city.post("/calls/new/", token="t2", family="welfare", place_text="7 Elm St").status_code == 302


def test_a_unit_that_cad_moves_cannot_take_a_call_here(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_shown", lambda: AT)
    city = Mirror()
    account = accounts.make("rosa", roles=["responder"], by=CAST["sam"], at=AT, unit=Unit.objects.get(name="CR-1"))
    asking = Client()
    asking.force_login(account, backend="rightcall.web.sign_in.Backend")
    assert b"is there already" not in asking.get("/calls/new/").content
    assert asking.post("/calls/new/", {"token": "t", "family": "welfare", "with_us": "yes"}).status_code == 422
    assert not Call.objects.exists()
    assert asking.post("/calls/new/", {"token": "t", "family": "welfare"}).status_code == 302
    city.say("9", AT, type="TRESPASS", facts=FALSE, units=[{"service": "ours", "unit": "CR-1", "assigned_at": AT}])
    page = asking.get("/crew/").content.decode()
    assert "CAD moves this unit" in page
    assert "police, urgent" in page, "help can be asked for whoever moves the unit"


def test_danger_that_is_told_on_the_way_is_said_first(city: City) -> None:
    given(city)
    assert "Stay away" not in city.page()
    city.say("1", AT + dt.timedelta(minutes=1), facts={"weapon": True})
    page = city.page()
    assert "No longer ours. Stay away until the desk speaks with you." in page
    assert page.index("weapon: yes") < page.index("attempt in progress: no")


def test_the_page_knows_when_there_is_something_new(city: City) -> None:
    def stamp() -> str:
        return str(city.rosa.get("/crew/stamp/").json()["stamp"])

    idle = stamp()
    mine = given(city)
    seen = [idle, stamp()]
    city.say("2", AT, type="TRESPASS", facts=FALSE)
    assert stamp() == seen[-1], "a call of others is no news"
    city.say("1", AT + dt.timedelta(minutes=1), facts={"weapon": True})
    seen.append(stamp())
    encounters.ask_back_up(mine.id, service="police", kind="urgent", by=CAST["dana"], at=AT)
    seen.append(stamp())
    units.staff(city.unit, ["peer"], by=CAST["sam"], at=city.time)
    seen.append(stamp())
    encounters.met(mine.id, encounters.Met("met"), by=CAST["cleo"], at=city.time)
    seen.append(stamp())
    dispatch.assign(mine.call_id, unit=Unit.objects.get(name="CR-2").id, by=CAST["dana"], at=city.time)
    seen.append(stamp())
    dispatch.move(mine.id, event="cancel", cancel_reason="police took it", by=CAST["dana"], at=city.time + dt.timedelta(minutes=2))  # fmt: skip
    seen.append(stamp())
    assert len(set(seen)) == len(seen)


def test_a_responder_without_a_unit_is_told_who_can_help(city: City) -> None:
    lost = city.client("lou", "responder")
    assert "A supervisor puts you on one" in city.page(lost)
    assert lost.get("/crew/stamp/").status_code == 200
    sam = city.client("sue", "supervisor")
    assert sam.post("/people/lou/change/", {"what": "unit", "unit": "CR-2"}).status_code == 302
    assert "CR-2" in city.page(lost)
    assert sam.post("/people/lou/change/", {"what": "unit", "unit": "CR-99"}).status_code == 404
    sam.post("/people/lou/change/", {"what": "unit", "unit": ""})
    assert "A supervisor puts you on one" in city.page(lost)


def test_who_is_on_board_is_said_on_the_crews_page_and_on_the_page_of_duty(city: City) -> None:
    city.post(f"/board/unit/{city.unit.id}/move/", event="crew", **{"crew:peer": "1", "crew:emt": "1", "crew:clinician": "0"})  # fmt: skip
    assert "may not go out without: clinician" in city.page()
    sam = city.client("sue", "supervisor")
    assert "may not go out without: clinician" in city.page(sam, "/duty/")
    assert (
        sam.post(f"/duty/{city.unit.id}/", {"event": "crew", "crew:clinician": "1", "crew:peer": "1"}).status_code
        == 302
    )
    assert "may not go out" not in city.page()
    assert given(city).crew == ["clinician", "peer"]


def test_signing_on_and_off_by_the_crews_own_page(city: City) -> None:
    for event, state in (("end shift", "off duty"), ("begin shift", "available"), ("withdraw", "unavailable"), ("be ready", "available")):  # fmt: skip
        assert city.post(f"/board/unit/{city.unit.id}/move/", 1, event=event)["Location"] == "/crew/"
        city.unit.refresh_from_db()
        assert city.unit.state == state
    other = Unit.objects.get(name="CR-2")
    assert city.post(f"/board/unit/{other.id}/move/", 1, event="withdraw").status_code == 403


def test_a_sample_is_read_in_an_order_that_knows_nothing_of_the_calls(city: City) -> None:
    for number in range(6):
        city.say(str(number), AT, type="BURGLARY" if number else "TRESPASS", facts=FALSE)
        city.say(str(number), AT + dt.timedelta(minutes=1), event="close", disposition="police report")
    city.say("open", AT, type="BURGLARY")
    # A crew met somebody, and a person sent ours against the program: neither was left to others.
    city.post("/calls/new/", token="t", number="met", family="welfare", with_us="yes")
    met = Call.objects.get(number="met")
    dispatch.move(Response.objects.get(call=met).id, event="clear", outcome="settled on scene", by=CAST["dana"], at=AT)
    calls.conclude(met.id, event="close", disposition="settled on scene", by=CAST["dana"], at=AT)
    sent = city.say("sent", AT, type="BURGLARY")
    deciding.override(sent.id, send="community", reason="known history of the place", by=CAST["dana"], at=AT)
    city.say("sent", AT + dt.timedelta(minutes=1), event="close", disposition="done")
    city.time = at_local(15, 0)
    cleo = city.client("clea", "clinician")
    seen = []
    for n in range(5):
        page = city.page(cleo, "/sample/")
        assert f"read so far: {n} of 5" in page
        number = page.split("are enough")[1].split()[0]
        call = Call.objects.get(number=number)
        cleo.post(f"/sample/{call.id}/", {"verdict": "ours" if n == 0 else "not ours"})
        seen.append(number)
    assert sorted(seen) == ["1", "2", "3", "4", "5"], "neither what was ours nor what is not over"
    assert "Nothing is left to read" in city.page(cleo, "/sample/")
    found = standing.standing("today", by=CAST["sam"], at=city.time).results["How is our program performing?"]["missed_at_triage"]  # fmt: skip
    assert (found.numerator, found.denominator) == (1, 5)
    cleo.post(f"/sample/{Call.objects.get(number=seen[0]).id}/", {"verdict": "cannot be said"})
    for call, verdict in ((Call.objects.get(number="1"), "maybe"), (Call.objects.get(number="0"), "ours"), (Call.objects.get(number="open"), "ours")):  # fmt: skip
        with pytest.raises(Missing):
            reading.read(call.id, verdict=verdict, by=CAST["cleo"], at=city.time)
    found = standing.standing("today", by=CAST["sam"], at=city.time).results["How is our program performing?"]["missed_at_triage"]  # fmt: skip
    assert (found.numerator, found.denominator, found.left_out) == (0, 4, {"cannot be said": 1})
