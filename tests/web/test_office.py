"""What a supervisor does between the calls: sources and their keys, roles, the week's duty, differences with CAD."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from millbrook import CAST, Mirror, at_local

from rightcall.dispatch import outcomes, status
from rightcall.web import clock
from rightcall.web.actions import accounts, messages
from rightcall.web.database import Database
from rightcall.web.models import Account, AuditRow, Call, Disagreement, Source
from rightcall.web.queries import standing

AT = at_local(14, 0)


@pytest.fixture
def sam(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> Client:
    Mirror()
    monkeypatch.setattr(clock, "_shown", lambda: AT)
    made = Client()
    made.force_login(accounts.make("sue", roles=["supervisor"], by=CAST["sam"], at=AT), backend="rightcall.web.sign_in.Backend")  # fmt: skip
    return made


def say(key: str, number: str, **said: Any) -> int:
    told = {"message_id": str(uuid.uuid4()), "sent_at": AT, "number": number, **said}
    answer = Client().post("/api/cad/messages", json.dumps(told, default=dt.datetime.isoformat), content_type="application/json", headers={"Authorization": f"Bearer {key}"})  # fmt: skip
    return answer.status_code


def test_a_key_that_got_out_is_replaced_and_a_source_is_put_out_of_use(sam: Client) -> None:
    source, old = messages.make_source("CAD", format="json", by=CAST["sam"], at=AT)
    assert say(old, "1", type="TRESPASS") == 200
    change = f"/sources/{source.id}/change/"
    page = sam.post(change, {"what": "key"}, follow=True).content.decode()
    new = page.split("<code>")[1].split("</code>")[0]
    assert "<code>" not in sam.get("/sources/").content.decode(), "it is shown once"
    assert [say(old, "2", type="TRESPASS"), say(new, "3", type="TRESPASS")] == [401, 200]
    sam.post(change, {"what": "off"})
    assert say(new, "4", type="TRESPASS") == 401
    sam.post(change, {"what": "on"})
    assert say(new, "4", type="TRESPASS") == 200
    assert sorted(Call.objects.values_list("number", flat=True)) == ["1", "3", "4"]
    done = list(AuditRow.objects.filter(about=f"source {source.id}").order_by("id").values_list("action", flat=True))
    assert done == ["source make", "source key", "source use", "source use"]
    assert new not in str(list(AuditRow.objects.values())) + str(list(Source.objects.values()))
    assert sam.post(f"/sources/{uuid.uuid4()}/change/", {"what": "key"}).status_code == 404


def test_roles_are_changed_and_nobody_locks_himself_out(sam: Client) -> None:
    accounts.make("lou", roles=["responder"], by=CAST["sam"], at=AT)
    assert sam.post("/people/lou/change/", {"what": "roles", "roles": ["navigator", "clinician"]}).status_code == 302
    assert sorted(Account.objects.get(username="lou").roles) == ["clinician", "navigator"]
    assert sam.post("/people/lou/change/", {"what": "roles"}).status_code == 404, "nobody is without a role"
    assert sam.post("/people/lou/change/", {"what": "roles", "roles": ["public"]}).status_code == 404
    assert sam.post("/people/sue/change/", {"what": "roles", "roles": ["planner"]}).status_code == 409
    assert Account.objects.get(username="sue").roles == ["supervisor"]


def test_the_week_is_that_of_the_programs_clock(sam: Client) -> None:
    week = standing.week(by=CAST["sam"], at=at_local(23, 30))
    assert (week.days[0], week.days[-1], len(week.days)) == (dt.date(2026, 11, 19), dt.date(2026, 11, 26), 8)
    friday = week.turns["CR-1"][dt.date(2026, 11, 20)]
    assert [(turn.planned_start, turn.planned_end) for turn in friday] == [(at_local(9, 0), at_local(21, 0))]
    page = sam.get("/duty/").content.decode()
    assert "Fri, Nov 20" in page
    assert "9:00" in page


def test_a_difference_is_listed_once_until_somebody_looked_at_it(sam: Client) -> None:
    _, key = messages.make_source("CAD", format="json", by=CAST["sam"], at=AT)
    unknown = {"service": "ours", "unit": "CR-9", "assigned_at": AT}
    for minute in range(3):
        assert say(key, "1", type="TRESPASS", units=[unknown], remarks=f"{minute}") == 200
    assert Disagreement.objects.count() == 1
    sam.post("/sources/seen/", {"difference": [str(Disagreement.objects.get().id)]})
    say(key, "1", units=[unknown | {"en_route_at": AT}])
    assert Disagreement.objects.filter(seen_at__isnull=True).count() == 1


def test_a_program_is_changed_from_the_one_in_force(sam: Client) -> None:
    page = sam.get("/program/").content.decode()
    text = page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    assert "[program]" in text
    version = standing.versions(by=CAST["sam"])[0].version
    assert "It is in force." in sam.get(f"/program/{version}/").content.decode()
    assert "Put it in force" not in sam.get(f"/program/{version}/").content.decode()


def test_only_endings_that_fit_are_offered() -> None:
    assert set(outcomes.ENDINGS) <= {move.event for move in status.IN_PERSON.moves}
    assert {word for words in outcomes.ENDINGS.values() for word in words} <= set(outcomes.OUTCOMES)
    assert not {"settled by phone", "turned into a visit", "caller gone"} & set(outcomes.ENDINGS["clear"])
    assert set(outcomes.ENDINGS["hand over"]) == set(outcomes.HANDED_OVER)


def test_a_call_that_is_over_is_found_by_its_number_and_reopened(sam: Client) -> None:
    from rightcall.web.actions import calls, entering

    held = entering.enter({"type": "TRESPASS", "token": "t", "number": "H-7"}, by=CAST["sam"], at=AT)
    calls.conclude(held.id, event="close", disposition="settled on scene", by=CAST["sam"], at=AT)
    assert "H-7" not in sam.get("/board/").content.decode()
    page = sam.get("/board/", {"number": " h-7 "}).content.decode()
    assert f'data-detail="{held.id}"' in page
    assert 'value="reopen"' in page
    assert AuditRow.objects.filter(action="call read", about=f"call {held.id}", actor="sue").exists()
    assert "There is no call X-9." in sam.get("/board/", {"number": "X-9"}).content.decode()
    rosa = Client()
    rosa.force_login(accounts.make("rosa", roles=["responder"], by=CAST["sam"], at=AT), backend="rightcall.web.sign_in.Backend")  # fmt: skip
    assert rosa.get("/board/", {"number": "H-7"}).status_code == 403


def test_what_was_done_is_said_once_and_not_to_who_signs_in_next(fresh: Database) -> None:
    Mirror()
    account = accounts.make("dora", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    accounts.choose_password(account, "lantern-harbor-maple", at=AT)
    asking = Client()
    asking.post("/accounts/login/", {"login": "dora", "password": "lantern-harbor-maple"})
    board = asking.get("/board/").content.decode()
    assert 'class="done"' not in board, "that somebody signed in is seen"
    call = asking.post("/calls/new/", {"token": "t", "type": "TRESPASS"})["Location"].split("=")[1]
    asking.post(f"/board/call/{call}/answer/", {"fact": "weapon", "value": "no"})
    assert ['class="done" role="status">done<' in asking.get("/board/").content.decode() for _ in range(2)] == [True, False]  # fmt: skip
    asking.post(f"/board/call/{call}/answer/", {"fact": "weapon", "value": "yes"})
    asking.get("/board/")
    asking.post("/accounts/logout/")
    page = asking.get("/accounts/login/").content.decode()
    assert 'role="status"' not in page
    assert 'class="problem" role="alert">' not in page.replace(
        'id="passkey-failed" class="problem" role="alert" hidden', ""
    )


def test_the_sample_holds_what_the_measures_call_the_public(sam: Client) -> None:
    """One rule on two floors: `left_to_others` asks the database, `is_public` a table."""
    from rightcall.calls.families import is_public
    from rightcall.web.models import Decision
    from rightcall.web.queries import tables
    from rightcall.web.queries.sample import left_to_others

    _, key = messages.make_source("CAD", format="json", by=CAST["sam"], at=AT)
    kinds = [{"type": "BURGLARY"}, {"type": "BURGLARY", "origin": "officer"}, {"type": "X", "family": "administrative"}, {"type": "X", "family": "officer-initiated"}, {"family": "violence", "origin": "911"}, {"type": "never heard of"}]  # fmt: skip
    for place, kind in enumerate(kinds):
        assert say(key, str(place), **kind) == 200
        assert say(key, str(place), event="close", disposition="d") == 200
    held = tables.service(start=at_local(0, 0), end=at_local(23, 0), now=at_local(22, 0))
    public = set(held.calls.filter(is_public())["call_id"])
    ours = {str(each.call_id) for each in Decision.objects.filter(outcome="ours")}
    assert {str(call.id) for call in left_to_others(at=at_local(15, 0))} == public - ours
    assert 0 < len(public) < len(kinds)
