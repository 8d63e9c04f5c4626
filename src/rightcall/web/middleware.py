"""What is told where something is refused: a sentence on a page, or JSON where JSON was asked for; and a row in the trail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from rightcall.dispatch.status import MoveError
from rightcall.errors import RightcallError
from rightcall.locale import LANGUAGES, N_, Message, Words
from rightcall.web import clock
from rightcall.web.access import AccessError, By, Conflict, Missing
from rightcall.web.actions import trail
from rightcall.web.sign_in import address_of, by_of, language_of

log = logging.getLogger("rightcall.web")


STATUS = ((AccessError, 403), (Missing, 404), (Conflict, 409), (MoveError, 409), (clock.ClockError, 503))
# Only what names a thing of ours is kept of an address: it may hold a one-time token.
NAMED = ("ident", "version")
# Pages whose sentences come from Django and allauth, which have Spanish of their own.
ELSEWHERE = ("/accounts/", "/welcome/")


class Told:
    """Turns errors that are for people into answers, and has libraries speak the reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a NUL letter in an address or a form is in nobody's words."""
        if "\x00" in request.path or any(
            "\x00" in value
            for name in ("GET", "POST")
            if not request.path.startswith("/api/")
            for values in getattr(request, name).lists()
            for value in values[1]
        ):
            return refuse(
                request,
                Missing(Message("a field holds a letter that cannot be."), mend=Message("Type it anew.")),
                status=400,
            )
        if not request.path.startswith(ELSEWHERE):
            return self.get_response(request)
        try:
            language = language_of(request)
        except (OperationalError, InterfaceError) as error:
            return away(request, error)
        with translation.override(language):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer for a `RightcallError`, and while the database is away; anything else is a mistake of ours."""
        if isinstance(error, OperationalError | InterfaceError):
            return away(request, error)
        return refuse(request, error, status=status_of(error)) if isinstance(error, RightcallError) else None


def status_of(error: Exception) -> int:
    """The HTTP status of an error that is for people."""
    return next((code for kind, code in STATUS if isinstance(error, kind)), 422)


def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database does not answer or has no room: nothing was done, and the same may be sent again."""
    log.error("the database is away", extra={"told": {"error": type(error).__name__, "code": getattr(error.__cause__, "sqlstate", None) or ""}})  # fmt: skip
    what, mend = (
        N_("the service cannot keep anything just now; nothing was changed."),
        N_("Send it again in a few seconds."),
    )
    if _wants_json(request):
        answer: HttpResponse = JsonResponse({"problems": [{"what": what, "where": "", "mend": mend}]}, status=503)
    else:
        # Drawn without the database, which the frame of every other page asks who is there.
        words = Words(request.COOKIES.get("language", "en") if request.COOKIES.get("language") in LANGUAGES else "en")
        answer = HttpResponse(f"{words(what)} {words(mend)}", status=503, content_type="text/plain; charset=utf-8")
    answer["Retry-After"] = "5"
    return answer


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def refuse(request: HttpRequest, error: RightcallError, *, status: int, by: By | None = None) -> HttpResponse:
    """The sentence of an error, as the one who asked can read it, and a row in the trail."""
    note(request, type(error).__name__, status=status, by=by)
    if _wants_json(request):
        problems = [{"what": str(p.what), "where": p.where, "mend": str(p.mend)} for p in error.problems]
        return JsonResponse({"problems": problems}, status=status)
    return render(request, "refused.html", {"problems": error.problems, "status": status}, status=status)


def note(request: HttpRequest, why: str, *, status: int, by: By | None = None) -> None:
    """The row of a refusal: who, which page, of what, why."""
    log.info("refused", extra={"told": {"error": why, "status": status}})
    found = request.resolver_match
    named = {name: str(value) for name, value in found.kwargs.items() if name in NAMED} if found else {}
    if by is None:
        by = by_of(request) if hasattr(request, "user") else By("nobody", address=address_of(request))
    page = found.route[:100] if found else "unknown"
    trail.refuse("request", by=by, at=clock.now(), about=f"page {page}", often=status < 500, method=request.method, why=why, status=status, **named)  # fmt: skip


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from a page of ours."""
    told = Missing(Message("this form was not sent from a page of this service, or the page is too old."), mend=Message("Go back, load the page anew, and send it again."))  # fmt: skip
    return refuse(request, told, status=403)


def bad(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """A request that is too large, or not as a browser sends it."""
    return refuse(request, Missing(Message("this request is too large, or cannot be read."), mend=Message("Send less at once.")), status=400)  # fmt: skip
