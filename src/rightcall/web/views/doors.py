"""The door of every page: what somebody must be allowed to do to come in. A page without a door is refused by a test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from rightcall.locale import Message
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
