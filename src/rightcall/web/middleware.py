"""What is told where something is refused: a sentence on a page, or JSON where JSON was asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from rightcall.dispatch.status import MoveError
from rightcall.errors import RightcallError
from rightcall.web.access import AccessError, Conflict, Missing

log = logging.getLogger("rightcall.web")


STATUS = ((AccessError, 403), (Missing, 404), (Conflict, 409), (MoveError, 409))


class Told:
    """Turns errors that are for people into answers."""

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
            return answer(request, Missing("a field holds a letter that cannot be.", mend="Type it anew."), status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer for a `RightcallError`; anything else is a mistake of ours."""
        if not isinstance(error, RightcallError):
            return None
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
        log.info("refused", extra={"told": {"error": type(error).__name__, "status": status}})
        return answer(request, error, status=status)


def answer(request: HttpRequest, error: RightcallError, *, status: int) -> HttpResponse:
    """The sentence of an error, as the one who asked can read it."""
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        problems = [{"what": p.what, "where": p.where, "mend": p.mend} for p in error.problems]
        return JsonResponse({"problems": problems}, status=status)
    return render(request, "refused.html", {"problems": error.problems, "status": status}, status=status)
