"""Accounts: made with roles, given a one-time link, locked, released."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from rightcall.locale import Message
from rightcall.web.access import PUBLIC, RESPONDER, ROLES, By, Conflict, Missing
from rightcall.web.actions import trail
from rightcall.web.models import Account, Unit


@transaction.atomic
def make(
    username: str,
    *,
    roles: list[str],
    by: By,
    at: dt.datetime,
    name: str = "",
    language: str = "en",
    unit: Unit | None = None,
) -> Account:
    """A new account without a password: it is chosen by the one-time link."""
    by.must("manage accounts")
    stray = [role for role in roles if role not in ROLES or role == PUBLIC]
    if stray or not roles:
        raise Missing(
            Message("“{list}” is no role.", {"list": list(stray)}) if stray else Message("no role is chosen."),
            mend=Message("The roles are: {list}.", {"list": [Message(role) for role in ROLES if role != PUBLIC]}),
        )
    if not 0 < len(username.strip()) <= 100 or len(name) > 200:
        raise Missing(Message("a name to sign in with has 1 to 100 letters."), mend=Message("Choose another."))
    made = Account(username=username.strip(), name=name or username, roles=roles, language=language, unit=unit)
    made.set_unusable_password()
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Conflict(
            Message("there is an account “{username}” already.", {"username": username}),
            mend=Message("Choose another name."),
        ) from error
    trail.record("account make", by=by, at=at, about=f"account {made.username}", roles=roles)
    return made


def link_of(account: Account) -> str:
    """The path of the one-time link by which its owner chooses a password; it ends with the first use and after three days."""
    return f"/welcome/{urlsafe_base64_encode(str(account.pk).encode())}/{default_token_generator.make_token(account)}/"


def welcomed(ident: str, token: str) -> Account:
    """The account of a one-time link. Raises `Missing`."""
    try:
        found = Account.objects.filter(pk=force_str(urlsafe_base64_decode(ident)), is_active=True).first()
    except (ValueError, ValidationError):
        found = None
    if found is None or not default_token_generator.check_token(found, token):
        raise Missing(
            Message("this link was used already, or is too old."), mend=Message("Ask a supervisor for a new one.")
        )
    return found


@transaction.atomic
def choose_password(account: Account, password: str, *, at: dt.datetime) -> None:
    """Set the password of somebody who came by a one-time link. Raises `Missing` with why a password is too weak."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Missing(Message("this password is too weak."), mend=" ".join(error.messages)) from error
    account.set_password(password)
    account.locked_at = None
    account.save()
    trail.record(
        "account password", by=By(account.username, tuple(account.roles)), at=at, about=f"account {account.username}"
    )


@transaction.atomic
def new_link(username: str, *, by: By, at: dt.datetime) -> str:
    """A new one-time link; whoever has it may take the account, so it is noted as a deed of its own."""
    by.must("manage accounts")
    found = _named(username)
    trail.record("account link", by=by, at=at, about=f"account {found.username}")
    return link_of(found)


@transaction.atomic
def release(username: str, *, by: By, at: dt.datetime) -> Account:
    """Release an account that was locked."""
    by.must("manage accounts")
    found = _named(username)
    found.locked_at = None
    found.save()
    trail.record("account release", by=by, at=at, about=f"account {found.username}")
    return found


@transaction.atomic
def on_unit(username: str, unit: str, *, by: By, at: dt.datetime) -> Account:
    """Put somebody on a unit, by its name, or on none: a responder sees the calls of that unit alone."""
    by.must("manage accounts")
    found = _named(username)
    found.unit = Unit.objects.filter(name=unit).first() if unit else None
    if unit and found.unit is None:
        raise Missing(Message("there is no such unit."), mend=Message("Choose one from the list."))
    found.save(update_fields=["unit"])
    trail.record("account unit", by=by, at=at, about=f"account {found.username}", unit=unit)
    return found


@transaction.atomic
def change(
    username: str, *, by: By, at: dt.datetime, roles: list[str] | None = None, active: bool | None = None
) -> Account:
    """Change roles, or take the account out of use; its sessions end at once."""
    by.must("manage accounts")
    found = _named(username)
    if found.username == by.name and (active is False or (roles is not None and "supervisor" not in roles)):
        raise Conflict(Message("you would lock yourself out."), mend=Message("Let another supervisor do that."))
    if roles is not None:
        stray = [role for role in roles if role not in ROLES or role == PUBLIC]
        if stray or not roles:
            raise Missing(
                Message("these are no roles."),
                mend=Message("The roles are: {list}.", {"list": [Message(each) for each in ROLES]}),
            )
        found.roles = roles
        if RESPONDER not in roles:
            found.unit = None
    if active is not None:
        found.is_active = active
    found.save()
    trail.record(
        "account change", by=by, at=at, about=f"account {found.username}", roles=found.roles, active=found.is_active
    )
    return found


def _named(username: str) -> Account:
    found = Account.objects.select_for_update().filter(username__iexact=username).first()
    if found is None:
        raise Missing(Message("there is no such account."), mend=Message("Choose one from the list."))
    return found
