"""Signing in: accounts are made by a supervisor, locked after five wrong passwords, and may come from the city's own directory."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals as mfa_signals
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.socialaccount import signals as social_signals
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.shortcuts import redirect, render

from rightcall.locale import LANGUAGES
from rightcall.web.access import By
from rightcall.web.models import Account, AuditRow

# CJIS AC-7: so many wrong passwords in so many minutes, then a supervisor releases the account.
MOST_WRONG, WITHIN = 5, dt.timedelta(minutes=15)


def by_of(request: HttpRequest) -> By:
    """Who asks."""
    address = address_of(request)
    account = request.user
    if not account.is_authenticated:
        return By("nobody", ("public",), address)
    return By(account.username, tuple(account.roles), address, str(account.unit_id or ""))


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: whoever the last proxy of ours spoke with; without one, the other end of the line."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.PROXIES
    return str(hops[-min(trusted, len(hops))] if trusted and hops else request.META.get("REMOTE_ADDR", ""))[:64]


def language_of(request: HttpRequest) -> str:
    """The reader's language: of the account, else of the cookie, else what the browser asks for, else English."""
    account = getattr(request, "user", None)
    wanted = [
        getattr(account, "language", "") if account and account.is_authenticated else "",
        request.COOKIES.get("language", ""),
    ]
    wanted += [part.split(";")[0].strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(",")]
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


def account_of(session: str) -> Account | None:
    """The account of a session that is still good."""
    store = SessionStore(session)
    ident = store.get(SESSION_KEY)
    found = Account.objects.filter(pk=ident, is_active=True, locked_at__isnull=True).first() if ident else None
    return found if found is not None and store.get("_auth_user_hash") == found.get_session_auth_hash() else None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Backend(AuthenticationBackend):
    """Signs in, and keeps signed in, whose account is in use and not locked."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this account may do anything now."""
        return bool(user.is_active and user.locked_at is None)


class Accounts(DefaultAccountAdapter):
    """Nobody makes an account for himself; a locked one stays locked until a supervisor releases it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """By what attempts are counted."""
        return address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a locked account before its password is looked at, with the same words as a wrong password."""
        super().pre_authenticate(request, **credentials)
        found = Account.objects.filter(username__iexact=credentials.get("username") or "").first()
        if found is not None and found.locked_at is not None:
            note("sign-in", found.username, request, outcome="refused", why="locked")
            raise self.validation_error("username_password_mismatch")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note it; the fifth within fifteen minutes locks the account."""
        super().authentication_failed(request, **credentials)
        found = Account.objects.filter(username__iexact=credentials.get("username") or "").first()
        note("sign-in", found.username if found else "nobody", request, outcome="refused", why="wrong password")
        if found is None:
            return
        mine = AuditRow.objects.filter(about=f"account {found.username}", at__gt=_now() - WITHIN)
        good = (
            mine.filter(Q(action="account release") | Q(action="sign-in", outcome="done"))
            .order_by("-id")
            .values_list("id", flat=True)
            .first()
        )
        wrong = mine.filter(action="sign-in", outcome="refused", detail__why="wrong password", id__gt=good or 0).count()
        if wrong >= MOST_WRONG and found.locked_at is None:
            Account.objects.filter(pk=found.pk).update(locked_at=_now())
            note("account lock", found.username, request, why="wrong passwords")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *more: Any, **named: Any
    ) -> None:
        """That somebody signed in or out is seen without being said."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *more, **named)

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Refuse a locked account that comes by another way than its password."""
        if user.locked_at is not None:
            note("sign-in", user.username, request, outcome="refused", why="locked")
            messages.error(request, self.error_messages["username_password_mismatch"])
            return redirect("/accounts/login/")
        return super().pre_login(request, user, **more)

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Note it."""
        note("sign-in", user.username, request)
        return super().post_login(request, user, **more)


class Passkey(LoginWebAuthnForm):
    """Signing in by passkey; what is refused leaves a row."""

    def clean(self) -> Any:
        """Note it."""
        if self.errors:
            note("sign-in", "nobody", context.request, outcome="refused", why="passkey")
        return super().clean()


# What somebody changes about how they sign in, and what the trail calls it.
CHANGES = {
    account_signals.password_changed: "account password", mfa_signals.authenticator_added: "second factor add",
    mfa_signals.authenticator_removed: "second factor remove", mfa_signals.authenticator_reset: "second factor reset",
    social_signals.social_account_added: "directory connect", social_signals.social_account_removed: "directory remove",
}  # fmt: skip


@receiver(list(CHANGES))
def changed(signal: Signal, request: HttpRequest, **told: Any) -> None:
    """Note it."""
    person = told.get("user") or told.get("socialaccount") or told["sociallogin"]
    factor = told.get("authenticator")
    note(CHANGES[signal], getattr(person, "user", person).username, request, **{"kind": factor.type} if factor else {})


@receiver(mfa_signals.authentication_failed)
def failed(request: HttpRequest, user: Account, **told: Any) -> None:
    """Note a second factor that was wrong."""
    note("second factor", user.username, request, outcome="refused", why="wrong code")


class FromElsewhere(DefaultSocialAccountAdapter):
    """Accounts of the city's directory: they sign in where a supervisor made an account of that name."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: a stranger of the directory is no member of the program."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect the directory's person with the account of the same name, at the first sign-in.

        An account that has a password is in somebody's hands: only they connect it, once they are signed in.
        """
        if sociallogin.is_existing or (request.user.is_authenticated and sociallogin.state.get("process") == "connect"):
            return
        data = sociallogin.account.extra_data
        data = data.get("userinfo", data) if isinstance(data, dict) else {}
        name = str(data.get("preferred_username") or data.get("email") or "")
        found = (
            Account.objects.filter(username__iexact=name, is_active=True, locked_at__isnull=True).first()
            if name
            else None
        )
        # A name of the directory may be given to somebody else later; the account stays its first owner's.
        taken = found is not None and SocialAccount.objects.filter(user=found, provider=sociallogin.account.provider).exists()  # fmt: skip
        if found is not None and (taken or found.has_usable_password()):
            found = None
        if found is None:
            note("sign-in", "nobody", request, outcome="refused", why="no account for this person of the directory")
            raise ImmediateHttpResponse(render(request, "no_account.html", {"name": name}, status=403))
        sociallogin.connect(request, found)


def note(action: str, name: str, request: HttpRequest, *, outcome: str = "done", **detail: Any) -> None:
    """An audit row about signing in."""
    AuditRow.objects.create(
        at=_now(),
        actor=name,
        action=action,
        outcome=outcome,
        about=f"account {name}",
        detail=detail,
        address=address_of(request),
    )
