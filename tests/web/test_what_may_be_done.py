"""Who may do what: the table of access.py, cell by cell, over every address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from millbrook import CAST, Mirror, at_local

from rightcall.web import access, urls
from rightcall.web.access import PERMISSIONS, ROLES, AccessError, By
from rightcall.web.actions import accounts
from rightcall.web.database import Database
from rightcall.web.models import AuditRow, Call
from rightcall.web.views.doors import ANYBODY

POSTS = {
    "answer",
    "override",
    "assign",
    "conclude",
    "move",
    "back_up",
    "move_unit",
    "hand_in",
    "in_force",
    "withdraw",
    "begin_or_finish",
    "make_source",
    "seen",
    "make_account",
    "change_account",
    "language",
    "met",
    "found",
    "befell",
    "strike",
    "read",
    "change_source",
}


def pages() -> Iterator[tuple[str, Any]]:
    for pattern in urls.urlpatterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern), pattern.callback


PAGES = dict(pages())
SIGNED_IN = [role for role in ROLES if role != access.PUBLIC]


def address(pattern: str) -> str:
    made = (
        pattern.replace("<uuid:ident>", str(uuid.UUID(int=5)))
        .replace("<str:version>", "0" * 64)
        .replace("<str:username>", "nobody-such")
    )
    return "/" + made.replace("<str:ident>", "x").replace("<str:token>", "y")


def client(role: str) -> Client:
    made = Client(raise_request_exception=False)
    if role != access.PUBLIC:
        account = accounts.make(f"test-{role}", roles=[role], by=CAST["sam"], at=at_local(8, 0))
        made.force_login(account, backend="rightcall.web.sign_in.Backend")
    return made


def test_every_page_has_a_door() -> None:
    for pattern, view in PAGES.items():
        assert getattr(view, "permission", None) in {*PERMISSIONS, ANYBODY}, pattern


def test_every_permission_is_known_by_its_sentence_and_held_by_somebody() -> None:
    assert all(each.doc and each.roles and each.roles <= set(ROLES) for each in PERMISSIONS.values())
    assert all(access.PUBLIC not in each.roles for each in PERMISSIONS.values())


@pytest.mark.parametrize("role", ROLES)
def test_each_page_lets_in_whom_the_table_lets_in(fresh: Database, role: str) -> None:
    Mirror()
    asking = client(role)
    for pattern, view in PAGES.items():
        answer = asking.post(address(pattern)) if view.__name__ in POSTS else asking.get(address(pattern))
        if view.permission == ANYBODY:
            assert answer.status_code not in (403, 500), pattern
        elif role == access.PUBLIC:
            assert answer.status_code == 302, pattern
            assert answer["Location"].startswith("/accounts/login/"), pattern
        elif access.may([role], view.permission):
            assert answer.status_code not in (403, 500), (pattern, answer.content[:300])
        else:
            assert answer.status_code == 403, (pattern, role)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_each_cell_of_the_table(permission: str, role: str) -> None:
    by = By("somebody", (role,))
    if role in PERMISSIONS[permission].roles:
        by.must(permission)
    else:
        with pytest.raises(AccessError, match="you may not do this"):
            by.must(permission)


def test_a_writing_page_is_not_reached_by_reading(fresh: Database) -> None:
    Mirror()
    asking = client("supervisor")
    for pattern, view in PAGES.items():
        if view.__name__ in POSTS:
            assert asking.get(address(pattern)).status_code == 405, pattern


def test_a_forged_form_changes_nothing(fresh: Database) -> None:
    mirror = Mirror()
    call = mirror.say("1", at_local(14, 0), type="TRESPASS")
    asking = Client(enforce_csrf_checks=True)
    asking.force_login(
        accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=at_local(8, 0)),
        backend="rightcall.web.sign_in.Backend",
    )
    answer = asking.post(f"/board/call/{call.id}/answer/", {"fact": "weapon", "value": "yes"})
    assert answer.status_code == 403
    assert "this form was not sent from a page" in answer.content.decode()
    call.refresh_from_db()
    assert call.facts == {}
    row = AuditRow.objects.get(action="request", outcome="refused")
    assert (row.actor, row.detail["status"], row.detail["ident"]) == ("dana", 403, str(call.id))


def test_what_a_role_may_not_do_leaves_a_row(fresh: Database) -> None:
    Mirror()
    client("planner").get("/board/")
    row = AuditRow.objects.get(action="request", outcome="refused")
    assert (row.actor, row.about, row.detail["why"]) == ("test-planner", "page board/", "AccessError")


def test_a_form_that_is_too_large_is_refused_and_noted(fresh: Database) -> None:
    Mirror()
    answer = client("telecommunicator").post("/calls/new/", {"remarks": "x" * 1_200_000})
    assert answer.status_code == 400
    assert "too large" in answer.content.decode()
    assert AuditRow.objects.filter(action="request", outcome="refused", detail__status=400).count() == 1
    assert not Call.objects.exists()


def test_a_token_in_an_address_is_not_kept(fresh: Database) -> None:
    Client().get("/welcome/abc/a-secret-token/")
    assert "a-secret-token" not in str(list(AuditRow.objects.values()))


def test_a_responder_sees_the_calls_of_her_own_crew_and_no_others(fresh: Database) -> None:
    from rightcall.web.models import Unit

    mirror = Mirror()
    hers = mirror.say(
        "1",
        at_local(14, 0),
        type="TRESPASS",
        units=[{"service": "ours", "unit": "CR-1", "assigned_at": at_local(14, 0)}],
    )
    other = mirror.say(
        "2",
        at_local(14, 1),
        type="WELFARE CHECK",
        remarks="her brother is ill",
        units=[{"service": "ours", "unit": "CR-2", "assigned_at": at_local(14, 1)}],
    )
    rosa = accounts.make(
        "rosa", roles=["responder"], by=CAST["sam"], at=at_local(8, 0), unit=Unit.objects.get(name="CR-1")
    )
    asking = Client()
    asking.force_login(rosa, backend="rightcall.web.sign_in.Backend")
    assert asking.get(f"/board/call/{hers.id}/").status_code == 200
    guessed = asking.get(f"/board/call/{other.id}/")
    unknown = asking.get(f"/board/call/{uuid.uuid4()}/")
    assert guessed.status_code == unknown.status_code == 404
    assert b"brother" not in guessed.content
    # What is told does not say whether there is such a call.
    token = re.compile(
        rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
    )
    assert b"no such call for you" in guessed.content
    assert token.sub(b"", guessed.content) == token.sub(b"", unknown.content)
    rows = AuditRow.objects.filter(actor="rosa", action="request", outcome="refused").order_by("id")
    assert rows[0].detail["ident"] == str(other.id)
    assert [(row.detail["why"], row.detail["status"]) for row in rows] == [("Missing", 404)] * 2
    answer = asking.post(f"/board/response/{other.responses.get().id}/move/", {"event": "check in"})
    assert answer.status_code == 404


def test_no_address_leads_to_a_page_of_django() -> None:
    assert not [str(each.pattern) for each in get_resolver().url_patterns if "admin" in str(each.pattern)]


def test_a_refusal_is_said_in_the_language_of_the_page(fresh: Database) -> None:
    mirror = Mirror()
    call = mirror.say("1", at_local(14, 0), type="TRESPASS")
    mirror.say("1", at_local(14, 5), event="close", disposition="done")
    asking = client("telecommunicator")
    asking.cookies["language"] = "es"
    from rightcall.web.models import Account

    Account.objects.filter(username="test-telecommunicator").update(language="es")
    page = asking.post(f"/board/call/{call.id}/answer/", {"fact": "weapon", "value": "yes"}).content.decode()
    assert "la llamada ya está cerrada. Reábrala primero" in re.sub(r"<[^>]+>", "", page)
    told = asking.post(f"/board/call/{call.id}/answer/", {"fact": "weapon", "value": "yes"}, headers={"Accept": "application/json"}).json()  # fmt: skip
    assert told["problems"] == [{"what": "the call is closed by now.", "where": "", "mend": "Reopen it first, if it was not over."}]  # fmt: skip


@pytest.mark.parametrize("word", ["{x}", "{0.__class__}", "}{", "%(x)s", "'; drop table web_call; --"])
def test_words_that_nobody_offered_are_refused_as_they_are(fresh: Database, word: str) -> None:
    mirror = Mirror()
    call = mirror.say("1", at_local(14, 0), type="TRESPASS", units=[{"service": "ours", "unit": "CR-1", "assigned_at": at_local(14, 0)}])  # fmt: skip
    asking = client("supervisor")
    for path, form in {
        f"/board/call/{call.id}/answer/": {"fact": "weapon", "value": word}, f"/board/call/{call.id}/override/": {"send": word, "reason": word},
        f"/board/call/{call.id}/assign/": {"unit": word}, f"/board/response/{call.responses.get().id}/move/": {"event": word},
        f"/board/response/{call.responses.get().id}/back-up/": {"service": word, "kind": word}, "/people/make/": {"username": "x", "roles": word},
        "/sources/make/": {"name": "x", "format": word}, f"/program/{'0' * 64}/in-force/": {"day": word},
    }.items():  # fmt: skip
        answer = asking.post(path, form)
        assert answer.status_code in (404, 409, 422), (path, answer.status_code)
