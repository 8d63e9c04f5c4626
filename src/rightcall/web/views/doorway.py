"""The start, the language, health and the calls that are entered by hand."""

from __future__ import annotations

import uuid

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rightcall.calls import feed
from rightcall.calls.columns import AGE_BANDS, CALLERS, ORIGINS, PLACE_KINDS
from rightcall.errors import Problem
from rightcall.locale import LANGUAGES, Message
from rightcall.web import access, clock, middleware
from rightcall.web.access import Conflict, Missing
from rightcall.web.actions import accounts, entering
from rightcall.web.clock import now
from rightcall.web.models import Account
from rightcall.web.pages import PAGES
from rightcall.web.queries import crew as crews
from rightcall.web.queries import programs
from rightcall.web.sign_in import by_of
from rightcall.web.views.doors import ANYBODY, door


@require_GET
@door(ANYBODY)
def start(request: HttpRequest) -> HttpResponse:
    """To the first page that this person may see."""
    if not request.user.is_authenticated:
        return redirect("/accounts/login/")
    first = next((address for _, address, permission in PAGES if access.may(request.user.roles, permission)), None)
    return redirect(first) if first else render(request, "nothing_yet.html")


@require_POST
@door(ANYBODY)
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, for the account too."""
    wanted = request.POST.get("language", "")
    if wanted not in LANGUAGES:
        raise Missing(Message("this language is not there."), mend=Message("Choose English or Spanish."))
    if request.user.is_authenticated:
        Account.objects.filter(pk=request.user.pk).update(language=wanted)
    onward = request.POST.get("next", "/")
    answer = redirect(onward if onward.startswith("/") and not onward.startswith("//") and "\\" not in onward else "/")
    answer.set_cookie("language", wanted, max_age=365 * 86400, samesite="Lax", httponly=True)
    return answer


@require_http_methods(["GET", "POST"])
@door(ANYBODY)
def welcome(request: HttpRequest, ident: str, token: str) -> HttpResponse:
    """The one-time link: choose a password, then sign in with it."""
    account = accounts.welcomed(ident, token)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            accounts.choose_password(account, request.POST.get("password", ""), at=now())
            return redirect("/accounts/login/")
        except Missing as error:
            problems = error.problems
    return render(request, "welcome.html", {"who": account, "problems": problems}, status=422 if problems else 200)


@door(ANYBODY)
def made_by_a_supervisor(request: HttpRequest) -> HttpResponse:
    """Where others let people make accounts, or ask for a new password by mail."""
    raise Missing(Message("accounts and passwords are not made here."), mend=Message("Ask a supervisor for a one-time link."))  # fmt: skip


@require_GET
@door(ANYBODY)
def health(request: HttpRequest) -> JsonResponse:
    """Whether the process lives."""
    return JsonResponse({"alive": True})


@require_GET
@door(ANYBODY)
def ready(request: HttpRequest) -> JsonResponse:
    """Whether work can be done: the clock is right, the database answers and a program is in force."""
    try:
        clock.check()
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        version = programs.in_force(at=now()).program.version
    except Exception as error:
        return JsonResponse({"ready": False, "why": type(error).__name__}, status=503)
    return JsonResponse({"ready": True, "program": version})


@require_http_methods(["GET", "POST"])
@door("enter a call")
def new_call(request: HttpRequest) -> HttpResponse:
    """A call by hand: by keyboard alone, in under 20 seconds."""
    by, at = by_of(request), now()
    live = programs.in_force(at=at)
    lists = {
        "origins": ORIGINS,
        "callers": CALLERS,
        "age_bands": AGE_BANDS,
        "place_kinds": PLACE_KINDS,
        "families": sorted({f for rule in live.program.rule for f in entering.families_of(rule)}),
        "asked": live.program.facts.asked,
        "own": crews.can_take(by=by),
        "usual": "radio" if access.RESPONDER in by.roles else "911",
    }
    if request.method == "GET":
        return render(
            request, "board/new_call.html", {**lists, "given": {}, "problems": [], "token": str(uuid.uuid4())}
        )
    try:
        call = entering.enter(request.POST.dict(), by=by, at=at)
    except (feed.FeedError, Conflict) as error:
        middleware.note(request, type(error).__name__, status=422)
        return render(
            request,
            "board/new_call.html",
            {**lists, "given": request.POST.dict(), "problems": error.problems, "token": request.POST.get("token", "")},
            status=422,
        )
    return redirect(f"/board/?call={call.id}" if access.may(by.roles, "see the board") else "/")
