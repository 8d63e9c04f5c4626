"""A crew's own page, and what a crew writes down."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from rightcall.web import forms
from rightcall.web.actions import encounters, seeing
from rightcall.web.clock import now
from rightcall.web.forms import asked, lists, said
from rightcall.web.queries import crew as crews
from rightcall.web.queries import programs, units
from rightcall.web.sign_in import by_of
from rightcall.web.views.doors import back, door


@require_GET
@door("see own unit")
def page(request: HttpRequest) -> HttpResponse:
    """One's own unit, its calls, and what can be done about them."""
    by, at = by_of(request), now()
    found = crews.crew(by=by, at=at)
    program = programs.in_force(at=at).program
    for response in (*found.going, *found.earlier) if found else ():
        seeing.saw(f"call {response.call_id}", by=by, at=at)
    staffed = units.staffed(program, at=at, units=[found.row.unit])[0] if found else None
    return render(request, "crew.html", {"crew": found, "staffed": staffed, "at": at, **lists(program)})


@require_GET
@door("see own unit")
def stamp(request: HttpRequest) -> JsonResponse:
    """A word that changes when there is something new to see."""
    return JsonResponse({"stamp": crews.stamp(by=by_of(request), at=now())})


@require_POST
@door("write down a visit")
def met(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """A neighbor whom the crew met."""
    told: dict[str, Any] = {name: request.POST.get(name, "") for name in ("age_band", "outcome", "destination", "harm")}
    told |= {name: said(request, name) for name in ("voluntary", "arrest", "force", "follow_up_wanted", "felt_helped", "complained")}  # fmt: skip
    told |= {"contact": asked(request, "contact"), "supplies": tuple(request.POST.getlist("supplies"))}
    made = encounters.met(
        ident, encounters.Met(**told), note=forms.ident(request.POST.get("note", "")), by=by_of(request), at=now()
    )
    return back(request, made.response.call_id)


@require_POST
@door("write down a visit")
def found(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """What the crew found, and whether it felt safe."""
    facts = {name: said(request, name) for name in ("weapon", "violence", "felt_safe")}
    return back(request, encounters.found(ident, by=by_of(request), at=now(), **facts).call_id)


@require_POST
@door("write down a visit")
def befell(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Something happened to one of the crew."""
    made = encounters.befell(ident, kind=asked(request, "kind"), severity=request.POST.get("severity", ""), note=forms.ident(request.POST.get("note", "")), by=by_of(request), at=now())  # fmt: skip
    return back(request, made.response.call_id)


@require_POST
@door("write down a visit")
def strike(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Take back a note."""
    return back(request, encounters.strike(ident, by=by_of(request), at=now()).call_id)
