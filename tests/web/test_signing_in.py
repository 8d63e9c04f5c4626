"""Signing in: by password, with a second factor, by the city's directory; locked after five wrong passwords; never by guessing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings
from millbrook import CAST, Mirror, at_local

from rightcall.web import access, running, sign_in, urls
from rightcall.web.access import Conflict, Missing
from rightcall.web.actions import accounts
from rightcall.web.database import Database
from rightcall.web.models import Account, AuditRow

WORD = "lantern-harbor-maple"
AT = at_local(8, 0)


@pytest.fixture
def dana(fresh: Database) -> Account:
    Mirror()
    cache.clear()
    made = accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    accounts.choose_password(made, WORD, at=AT)
    return made


@pytest.fixture
def settings_of() -> Iterator[Any]:
    """Django's settings, put back afterwards."""
    with override_settings():
        yield settings


def enter(client: Client, password: str, name: str = "dana") -> Any:
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_a_right_password_leads_to_the_board(dana: Account) -> None:
    client = Client()
    answer = enter(client, WORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/board/"
    assert AuditRow.objects.filter(actor="dana", action="sign-in", outcome="done").count() == 1


def test_a_wrong_password_and_an_unknown_name_are_told_alike(dana: Account) -> None:
    wrong, unknown = enter(Client(), "wrong"), enter(Client(), "wrong", "nobody-such")
    assert wrong.status_code == unknown.status_code == 200
    assert b"do not belong together" in wrong.content
    assert b"do not belong together" in unknown.content
    assert not wrong.wsgi_request.user.is_authenticated


def test_five_wrong_passwords_lock_until_a_supervisor_releases(dana: Account) -> None:
    for _ in range(sign_in.MOST_WRONG):
        enter(Client(), "wrong")
    dana.refresh_from_db()
    assert dana.locked_at is not None
    cache.clear()
    locked = enter(Client(), WORD)
    assert locked.status_code == 200, "the right password does not open it"
    assert b"do not belong together" in locked.content
    assert AuditRow.objects.filter(action="account lock", about="account dana").count() == 1
    accounts.release("dana", by=CAST["sam"], at=AT)
    assert enter(Client(), WORD).status_code == 302


def test_ten_thousand_attempts_open_nothing_and_are_cut_short(dana: Account) -> None:
    client = Client()
    codes: dict[int, int] = {}
    for number in range(10_000):
        code = enter(client, f"guess-{number}").status_code
        codes[code] = codes.get(code, 0) + 1
    assert codes.keys() == {200, 429}
    dana.refresh_from_db()
    assert dana.locked_at is not None
    # Nearly all are refused before a password is looked at.
    assert sign_in.MOST_WRONG <= AuditRow.objects.filter(action="sign-in", outcome="refused").count() <= 50


def test_a_session_ends_when_the_account_is_put_out_of_use_or_locked(dana: Account) -> None:
    client = Client()
    enter(client, WORD)
    assert client.get("/board/").status_code == 200
    session = client.session.session_key
    assert sign_in.account_of(session) == dana
    accounts.change("dana", active=False, by=CAST["sam"], at=AT)
    assert sign_in.account_of(session) is None
    assert client.get("/board/").status_code == 302
    accounts.change("dana", active=True, by=CAST["sam"], at=AT)
    assert client.get("/board/").status_code == 200
    Account.objects.update(locked_at=AT)
    assert client.get("/board/").status_code == 302


def test_a_new_password_ends_the_old_sessions(dana: Account) -> None:
    client = Client()
    enter(client, WORD)
    dana.refresh_from_db()
    accounts.choose_password(dana, "another long sentence", at=AT)
    assert client.get("/board/").status_code == 302


def test_the_one_time_link_sets_a_password_once(fresh: Database) -> None:
    Mirror()
    made = accounts.make("rosa", roles=["responder"], by=CAST["sam"], at=AT)
    link = accounts.link_of(made)
    client = Client()
    assert b"rosa" in client.get(link).content
    weak = client.post(link, {"password": "short"})
    assert weak.status_code == 422
    assert b"12 characters" in weak.content
    assert client.post(link, {"password": WORD}).status_code == 302
    assert client.get(link).status_code == 404
    for forged in ("/welcome/x/y/", link.replace(link.split("/")[2], "MDFhMjA3"), link[:-4] + "0000/"):
        assert client.get(forged).status_code == 404
    assert enter(client, WORD, "rosa").status_code == 302


def test_whoever_runs_the_machine_lets_a_locked_supervisor_back_in(dana: Account) -> None:
    Account.objects.update(locked_at=AT)
    link = running.way_back("dana", "http://testserver", at=AT)
    client = Client()
    assert client.post(link.removeprefix("http://testserver"), {"password": "another long sentence"}).status_code == 302
    assert enter(client, "another long sentence").status_code == 302
    with pytest.raises(Missing, match="no such account"):
        running.way_back("nobody-such", "", at=AT)


def test_nobody_makes_an_account_for_himself(fresh: Database) -> None:
    Mirror()
    answer = Client().post("/accounts/signup/", {"username": "me", "password1": WORD, "password2": WORD})
    assert answer.status_code == 404
    assert Account.objects.count() == 0


def test_accounts_are_made_with_known_roles_and_names_of_their_own(dana: Account) -> None:
    with pytest.raises(Missing, match="no role"):
        accounts.make("x", roles=["emperor"], by=CAST["sam"], at=AT)
    with pytest.raises(Missing, match="no role"):
        accounts.make("x", roles=[access.PUBLIC], by=CAST["sam"], at=AT)
    with pytest.raises(Conflict, match="already"):
        accounts.make("dana", roles=["clinician"], by=CAST["sam"], at=AT)
    with pytest.raises(access.AccessError):
        accounts.make("x", roles=["clinician"], by=CAST["dana"], at=AT)
    accounts.make("sam", roles=["supervisor"], by=CAST["sam"], at=AT)
    with pytest.raises(Conflict, match="yourself out"):
        accounts.change("sam", active=False, by=CAST["sam"], at=AT)


def test_a_second_factor_is_asked_for_once_it_is_set(dana: Account) -> None:
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import (
        format_hotp_value,
        generate_totp_secret,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    secret = generate_totp_secret()
    Authenticator.objects.create(
        user=dana, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(secret)}
    )
    client = Client()
    answer = enter(client, WORD)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/board/").status_code == 302, "the password alone is not enough"
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.get("/board/").status_code == 302
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get("/board/").status_code == 200
    again = Client()
    enter(again, WORD)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert again.get("/board/").status_code == 302, "a code opens once"


def test_the_pages_of_second_factors_are_there(dana: Account) -> None:
    client = Client()
    enter(client, WORD)
    for page in ("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        answer = client.get(page, follow=True)
        assert answer.status_code == 200, page


def test_the_pages_of_second_factors_speak_the_language_of_the_account(dana: Account) -> None:
    client = Client()
    enter(client, WORD)
    Account.objects.update(language="es")
    page = client.get("/accounts/2fa/").content.decode()
    assert '<html lang="es">' in page
    assert "Autenticación de doble factor" in page
    assert "Authentication" not in page
    weak = client.post("/accounts/password/change/", {"oldpassword": WORD, "password1": "kurz", "password2": "kurz"})
    assert "demasiado corta" in weak.content.decode()
    Account.objects.update(language="en")
    assert "Two-Factor Authentication" in client.get("/accounts/2fa/").content.decode()


@pytest.mark.parametrize("page", urls.NOT_HERE)
def test_accounts_and_passwords_are_made_by_a_supervisor_alone(dana: Account, page: str) -> None:
    client = Client()
    for _ in range(2):
        for answer in (client.get(f"/accounts/{page}"), client.post(f"/accounts/{page}", {"email": "a@example.org"})):
            assert answer.status_code == 404
            assert "Ask a supervisor" in answer.content.decode()
        enter(client, WORD)


def test_every_change_of_how_somebody_signs_in_leaves_a_row(dana: Account) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    client = Client()
    enter(client, WORD)
    assert "/accounts/reauthenticate/" in client.get("/accounts/2fa/totp/activate/")["Location"]
    client.post("/accounts/reauthenticate/", {"password": WORD})
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user=dana, type="totp").exists()
    other = Client()
    enter(other, WORD)
    other.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    new = f"{WORD}-two"
    assert client.post("/accounts/password/change/", {"oldpassword": WORD, "password1": new, "password2": new}).status_code == 302  # fmt: skip
    rows = AuditRow.objects.filter(about="account dana").order_by("id").values_list("action", "outcome", "actor")
    told = [row for row in rows if row[0].startswith(("second", "account password"))]
    assert told == [
        ("account password", "done", "dana"), ("second factor add", "done", "dana"), ("second factor add", "done", "dana"), ("second factor", "refused", "dana"),
        ("second factor remove", "done", "dana"), ("second factor remove", "done", "dana"), ("account password", "done", "dana"),
    ]  # fmt: skip
    assert secret not in str(list(AuditRow.objects.values()))


def test_a_passkey_that_is_refused_is_said_and_leaves_a_row(dana: Account) -> None:
    client = Client()
    page = client.post("/accounts/2fa/webauthn/login/", {"credential": "{}"}, follow=True).content.decode()
    assert 'role="alert"' in page.split("mfa_login")[0]
    assert AuditRow.objects.filter(action="sign-in", outcome="refused", detail__why="passkey").count() == 1


def test_a_locked_account_is_not_opened_by_another_way(dana: Account) -> None:
    from allauth.account.models import Login

    Account.objects.update(locked_at=dt.datetime.now(dt.UTC))
    request = RequestFactory().get("/")
    request.session = Client().session
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    told = sign_in.Accounts(request).pre_login(
        request, Account.objects.get(), **{name: getattr(Login(user=dana), name) for name in ("email_verification", "signal_kwargs", "email", "signup", "redirect_url")},
    )  # fmt: skip
    assert told["Location"] == "/accounts/login/"
    assert AuditRow.objects.filter(action="sign-in", outcome="refused", detail__why="locked").count() == 1


# ------------------------------------------------------------------ the city's own directory


# The provider leans on something that its own library calls old.
OF_THE_PROVIDER = pytest.mark.filterwarnings("ignore:get_jwt_config")


@pytest.fixture
def directory(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real OpenID Connect provider, on this machine."""
    import oidc_provider_mock
    from django.test import override_settings

    Mirror()
    cache.clear()
    with oidc_provider_mock.run_server_in_thread() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        app = {
            "provider_id": "city",
            "name": "City",
            "client_id": "rightcall",
            "secret": "shared",
            "settings": {"server_url": f"{url}/.well-known/openid-configuration"},
        }
        with override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}):
            yield url


def by_directory(
    url: str, subject: str, name: str, *, client: Client | None = None, process: str = "login"
) -> tuple[Client, Any]:
    """Go through the whole dance as a browser would."""
    import http.client
    import json
    from urllib.parse import urlencode, urlsplit

    def ask(
        method: str, address: str, body: str | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> http.client.HTTPResponse:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        connection.request(method, f"{parts.path}?{parts.query}", body, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    assert ask(
        "PUT", f"{url}/users/{subject}", json.dumps({"preferred_username": name}), "application/json"
    ).status in (200, 204)
    client = client or Client()
    begun = client.post(f"/accounts/oidc/city/login/?process={process}")
    assert begun.status_code == 302, begun.content[:500]
    answer = ask("POST", begun["Location"], urlencode({"sub": subject}))
    assert answer.status == 302
    back = urlsplit(str(answer.getheader("Location")))
    return client, client.get(f"{back.path}?{back.query}")


@OF_THE_PROVIDER
def test_a_person_of_the_directory_signs_in_where_there_is_an_account_of_that_name(directory: str) -> None:
    accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    assert "Sign in with the city" in Client().get("/accounts/login/").content.decode()
    client, answer = by_directory(directory, "s-1", "dana")
    assert answer.status_code == 302, answer.content[:800]
    assert client.get("/board/").status_code == 200
    again, _ = by_directory(directory, "s-1", "dana")
    assert again.get("/board/").status_code == 200


@OF_THE_PROVIDER
def test_a_stranger_of_the_directory_is_told_whom_to_ask(directory: str) -> None:
    client, answer = by_directory(directory, "s-2", "somebody-else")
    assert answer.status_code == 403
    assert b"Ask a supervisor" in answer.content
    assert client.get("/board/").status_code == 302
    assert Account.objects.count() == 0


@OF_THE_PROVIDER
def test_another_person_of_the_directory_does_not_take_over_an_account(directory: str) -> None:
    accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    by_directory(directory, "s-1", "dana")
    client, _ = by_directory(directory, "s-3", "dana")
    assert client.get("/board/").status_code == 302, "the name was taken into use by another person before"


@OF_THE_PROVIDER
def test_an_account_with_a_password_is_connected_by_its_owner_alone(directory: str) -> None:
    held = accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    accounts.choose_password(held, WORD, at=AT)
    namesake, answer = by_directory(directory, "s-4", "dana")
    assert answer.status_code == 403
    assert namesake.get("/board/").status_code == 302
    owner = Client()
    enter(owner, WORD)
    _, answer = by_directory(directory, "s-5", "d.dispatcher", client=owner, process="connect")
    assert answer.status_code == 302, answer.content[:500]
    later, _ = by_directory(directory, "s-5", "d.dispatcher")
    assert later.get("/board/").status_code == 200
    assert AuditRow.objects.filter(action="directory connect", actor="dana").count() == 1


@OF_THE_PROVIDER
def test_a_locked_account_is_not_opened_by_the_directory(directory: str) -> None:
    accounts.make("dana", roles=["telecommunicator"], by=CAST["sam"], at=AT)
    by_directory(directory, "s-1", "dana")
    Account.objects.update(locked_at=dt.datetime.now(dt.UTC))
    client, _ = by_directory(directory, "s-1", "dana")
    assert client.get("/board/").status_code == 302


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [(0, "6.6.6.6", "10.0.0.9"), (1, "6.6.6.6, 8.8.8.8", "8.8.8.8"), (2, "6.6.6.6, 8.8.8.8", "6.6.6.6"), (1, "", "10.0.0.9"), (2, "8.8.8.8", "8.8.8.8")],
)  # fmt: skip
def test_whom_the_proxy_spoke_with_is_believed_and_nobody_else(settings_of: Any, proxies: int, told: str, address: str) -> None:  # fmt: skip
    settings_of.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", **({"HTTP_X_FORWARDED_FOR": told} if told else {}))
    assert sign_in.address_of(request) == address


def test_figures_are_not_shown_to_whom_a_proxy_lets_in(fresh: Database, settings_of: Any) -> None:
    settings_of.PROXIES = 1
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", HTTP_X_FORWARDED_FOR="8.8.8.8").status_code in (403, 404)
