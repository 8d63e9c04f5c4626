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

from rightcall.locale import N_
from rightcall.web import access, clock
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


def back(request: HttpRequest, call: uuid.UUID | None) -> HttpResponse:
    """To where somebody came from after a deed: the board with the call open, or the page of one's own crew."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"call": str(call) if call else None})
    messages.success(request, N_("done"))
    came = urlsplit(request.headers.get("Referer", "")).path
    if came == "/crew/" or not access.may(request.user.roles, "see the board"):
        return redirect("/crew/")
    return redirect(f"/board/?call={call}" if call else "/board/")
