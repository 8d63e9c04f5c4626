"""The board: calls and units as they are now, and what can be done about them."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from rightcall.locale import Message
from rightcall.web import forms
from rightcall.web.access import Missing
from rightcall.web.actions import calls, deciding, dispatch, encounters, seeing, units
from rightcall.web.clock import now
from rightcall.web.forms import aboard, asked, lists
from rightcall.web.models import Unit
from rightcall.web.queries import board as boards
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs
from rightcall.web.sign_in import by_of
from rightcall.web.views.doors import back, door

# An id that nothing has.
NOBODY = uuid.UUID(int=0)


@require_GET
@door("see the board")
def page(request: HttpRequest) -> HttpResponse:
    """The whole board, with one call open if the address names it."""
    by, at = by_of(request), now()
    board = boards.board(by=by, at=at)
    chosen, number = request.GET.get("call", ""), request.GET.get("number", "")[:80]
    ident = forms.ident(chosen) or (calls_of.numbered(number, by=by) if number else None)
    detail = boards.detail(ident, by=by, at=at) if ident else None
    live = programs.in_force(at=at)
    seeing.saw(f"call {detail.row.call.id}" if detail else "board", by=by, at=at)
    return render(
        request,
        "board/page.html",
        {
            "board": board,
            "detail": detail,
            "number": number,
            "program": live.program,
            "at": at,
            "points": _map(board),
            **lists(live.program),
        },
    )


@require_GET
@door("see the board")
def rows(request: HttpRequest) -> JsonResponse:
    """Rows that changed, drawn anew: `calls` and `units` by id; null where one is not on the board any more."""
    by, at = by_of(request), now()
    wanted = [ident for ident in request.GET.get("calls", "").split(",") if forms.ident(ident)][:200]
    board = boards.board(by=by, at=at)
    program = programs.in_force(at=at).program
    by_id = {str(row.call.id): row for row in board.rows}
    drawn = {
        ident: _drawn(request, "board/call_row.html", row=by_id[ident], at=at, program=program)
        if ident in by_id
        else None
        for ident in wanted
    }
    return JsonResponse({
        "calls": drawn, "order": [str(row.call.id) for row in board.rows], "units": _drawn(request, "board/units.html", board=board, at=at, program=program),
        "counts": board.counts, "summary": _drawn(request, "board/summary.html", board=board, at=at), "since": board.since, "now": at.isoformat(), "map": _map(board),
    })  # fmt: skip


@require_GET
@door("see the board")
def areas(request: HttpRequest) -> JsonResponse:
    """The outlines of the program's areas, for the map: those of the first layer."""
    nothing = {"type": "FeatureCollection", "features": []}
    return JsonResponse(next(iter(programs.in_force(at=now()).outlines.values()), nothing))


@require_GET
@door("see own calls")
def detail(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """One call in full."""
    by, at = by_of(request), now()
    found = boards.detail(ident, by=by, at=at)
    seeing.saw(f"call {ident}", by=by, at=at)
    program = programs.in_force(at=at).program
    return render(request, "board/detail.html", {"detail": found, "program": program, "at": at, **lists(program)})


@require_POST
@door("answer a question")
def answer(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """An answer to a question, one keypress."""
    said = asked(request, "value")
    value = {"yes": True, "no": False, "unknown": None}.get(said, said)
    deciding.answer(ident, fact=asked(request, "fact"), value=value, by=by_of(request), at=now())
    return back(request, ident)


@require_POST
@door("override")
def override(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Decide otherwise, with a reason."""
    deciding.override(ident, send=asked(request, "send"), reason=asked(request, "reason"), by=by_of(request), at=now())
    return back(request, ident)


@require_POST
@door("close a call")
def conclude(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """A call that no CAD holds is over, or is not."""
    event, told = asked(request, "event"), request.POST
    calls.conclude(ident, event=event, by=by_of(request), at=now(), disposition=told.get("disposition", ""), other=told.get("other", "")[:80])  # fmt: skip
    return back(request, ident if event in ("reopen", "split") else None)


@require_POST
@door("assign")
def assign(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Give the call to a unit, beside others or instead of one."""
    unit, instead = asked(request, "unit"), request.POST.get("instead_of", "")
    dispatch.assign(
        ident,
        unit=forms.ident(unit) or NOBODY,
        by=by_of(request),
        at=now(),
        officer_unit=request.POST.get("officer_unit", "")[:60],
        instead_of=(forms.ident(instead) or NOBODY) if instead else None,
    )
    return back(request, ident)


@require_POST
@door("move own unit")
def move(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Something happened to a response."""
    event, by, at = asked(request, "event"), by_of(request), now()
    if event == "check in":
        response = dispatch.check_in(ident, by=by, at=at)
    else:
        response = dispatch.move(
            ident,
            event=event,
            by=by,
            at=at,
            outcome=request.POST.get("outcome", ""),
            cancel_reason=request.POST.get("reason", ""),
        )
    return back(request, response.call_id)


@require_POST
@door("move own unit")
def back_up(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """The crew needs others."""
    made = encounters.ask_back_up(
        ident, service=asked(request, "service"), kind=asked(request, "kind"), by=by_of(request), at=now()
    )
    return back(request, made.response.call_id)


@require_POST
@door("move own unit")
def move_unit(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Something happened to a unit without a call."""
    event, by, at = asked(request, "event"), by_of(request), now()
    if event in ("begin shift", "end shift", "crew"):
        unit = Unit.objects.filter(pk=ident).first()
        if unit is None:
            raise Missing(Message("there is no such unit."), mend=Message("Choose one from the list."))
        if event == "crew":
            units.staff(unit, aboard(request), by=by, at=at)
        else:
            (units.begin if event == "begin shift" else units.finish)(unit, by=by, at=at)
    else:
        dispatch.move_unit(ident, event=event, by=by, at=at)
    return back(request, None)


def _drawn(request: HttpRequest, name: str, **values: object) -> str:
    return render(request, name, values).content.decode()


def _map(board: boards.Board) -> list[dict[str, object]]:
    """Points of the map: calls and units that have a place."""
    found: list[dict[str, object]] = [
        {"kind": "call", "id": str(row.call.id), "name": row.call.number, "lat": row.call.lat, "lon": row.call.lon, "alarm": row.alarm, "waits": row.waits}
        for row in board.rows if row.call.lat is not None
    ]  # fmt: skip
    found += [
        {"kind": "unit", "id": str(each.unit.id), "name": each.unit.name, "lat": each.unit.lat, "lon": each.unit.lon, "alarm": each.alarm, "state": each.unit.state}
        for each in board.units if each.unit.lat is not None
    ]  # fmt: skip
    return found
