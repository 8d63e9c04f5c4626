"""The door of every page: what somebody must be allowed to do to come in. A page without a door is refused by a test."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from rightcall.calls.columns import AGE_BANDS
from rightcall.dispatch import outcomes
from rightcall.locale import Message
from rightcall.program.document import Program
from rightcall.web import access, clock
from rightcall.web.access import Missing
from rightcall.web.sign_in import by_of

View = Callable[..., HttpResponse]
ANYBODY = "anybody"


def door(permission: str) -> Callable[[View], View]:
    """Let in who may; send strangers to the sign-in."""
    if permission != ANYBODY and permission not in access.PERMISSIONS:
        raise KeyError(permission)

    def made(view: View) -> View:
        @functools.wraps(view)
        def inside(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            if permission != ANYBODY:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                by_of(request).must(permission)
            if request.method not in ("GET", "HEAD"):
                clock.check()
            return view(request, *arguments, **named)

        inside.permission = permission  # type: ignore[attr-defined]
        return inside

    return made


def asked(request: HttpRequest, name: str) -> str:
    """A field of a form that must be there."""
    value = request.POST.get(name, "")
    if not value or "\x00" in value or len(value) > 2_000:
        raise Missing(
            Message("the field “{name}” is missing or too long.", {"name": name}), mend=Message("Fill it in.")
        )
    return value


def aboard(request: HttpRequest) -> list[str]:
    """Who is on board, from a form with a number for each role: a role once for each person, six of each at most."""
    said = {name.removeprefix("crew:"): value for name, value in request.POST.items() if name.startswith("crew:")}
    return [role for role, n in said.items() for _ in range(min(int(n), 6) if n.isdecimal() and len(n) < 3 else 0)]


def said(request: HttpRequest, name: str) -> bool | None:
    """Yes, no, or not said."""
    return {"yes": True, "no": False}.get(request.POST.get(name, ""))


def back(request: HttpRequest, call: uuid.UUID | None) -> HttpResponse:
    """To where somebody came from after a deed: the board with the call open, or the page of one's own crew."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"call": str(call) if call else None})
    messages.success(request, "done")
    came = urlsplit(request.headers.get("Referer", "")).path
    if came == "/crew/" or not access.may(request.user.roles, "see the board"):
        return redirect("/crew/")
    return redirect(f"/board/?call={call}" if call else "/board/")


def lists(program: Program) -> dict[str, object]:
    """The lists from which the forms about a call choose."""
    return {
        "with_police": {team.id for team in program.team if team.kind == "with police"},
        "override_reasons": outcomes.OVERRIDE_REASONS, "cancel_reasons": [each for each in outcomes.CANCEL_REASONS if each != outcomes.REASSIGNED], "outcomes": list(outcomes.OUTCOMES),
        "contacts": outcomes.CONTACTS, "destinations": outcomes.DESTINATIONS, "supplies": outcomes.SUPPLIES, "harms": outcomes.HARMS,
        "staff_events": [each for each in outcomes.STAFF_EVENTS if each != outcomes.FELT_SAFE], "severities": outcomes.SEVERITIES, "age_bands": AGE_BANDS,
    }  # fmt: skip


def ident_of(request: HttpRequest, name: str) -> uuid.UUID | None:
    """An id that a form made, so that it can be sent twice; None where there is none."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        return None
