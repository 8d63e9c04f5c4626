"""Pages of the supervisor, the planner and the auditor."""

from __future__ import annotations

import json
import uuid

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from rightcall import audit, folders
from rightcall.errors import RightcallError
from rightcall.locale import Message
from rightcall.web import access
from rightcall.web.access import Missing
from rightcall.web.actions import accounts, messages, mirror, programs, reading, seeing, units
from rightcall.web.clock import now
from rightcall.web.forms import aboard, asked
from rightcall.web.models import Unit
from rightcall.web.models.messages import FORMATS
from rightcall.web.queries import comparing, standing
from rightcall.web.queries import programs as programs_of
from rightcall.web.queries import sample as samples
from rightcall.web.sign_in import address_of, by_of
from rightcall.web.views.doors import ANYBODY, door


@require_GET
@door("see measures")
def measures(request: HttpRequest) -> HttpResponse:
    """Part 1 and 2 of the measures, for today, this week, this month."""
    at = now()
    name = request.GET.get("span", standing.SPANS[0])
    found = standing.standing(name, by=by_of(request), at=at)
    return render(
        request, "standing/measures.html", {"standing": found, "spans": standing.SPANS, "span": name, "at": at}
    )


@require_GET
@door("read a sample")
def sample(request: HttpRequest) -> HttpResponse:
    """The next call of the sample."""
    by, at = by_of(request), now()
    found = samples.sample(by=by, at=at)
    if found.detail:
        seeing.saw(f"call {found.detail.row.call.id}", by=by, at=at)
    return render(request, "standing/sample.html", {"sample": found, "enough": samples.ENOUGH, "last": request.session.get("read"), "at": at})  # fmt: skip


@require_POST
@door("read a sample")
def read(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """What a reader says of a call."""
    reading.read(ident, verdict=asked(request, "verdict"), by=by_of(request), at=now())
    request.session["read"] = str(ident)
    return redirect("/sample/")


@require_GET
@door("see the program")
def program(request: HttpRequest) -> HttpResponse:
    """The program in force and the versions that are to come."""
    by, at = by_of(request), now()
    live = programs_of.in_force(at=at)
    return render(
        request,
        "standing/program.html",
        {
            "live": live.program,
            "versions": standing.versions(by=by),
            "at": at,
            "problems": [],
            "text": programs_of.current_row(at=at).text,
        },
    )


@require_POST
@door("propose a program")
def hand_in(request: HttpRequest) -> HttpResponse:
    """Check a new version and show what it would have changed."""
    by, at = by_of(request), now()
    text = request.POST.get("text", "")
    try:
        live = programs_of.current_row(at=at)
        made = programs.hand_in(text, call_types=live.call_types, outlines=live.outlines, by=by, at=at)
    except RightcallError as error:
        live_program = programs_of.in_force(at=at).program
        shown = {
            "live": live_program,
            "versions": standing.versions(by=by),
            "at": at,
            "problems": error.problems,
            "text": text,
        }
        return render(request, "standing/program.html", shown, status=422)
    return redirect(f"/program/{made.version}/")


@require_GET
@door("see the program")
def version(request: HttpRequest, version: str) -> HttpResponse:
    """One version: its text, and what it would have changed in the last month."""
    by, at = by_of(request), now()
    row = programs_of.row_of(version)
    found = comparing.with_last_month(version, at=at, by=by)
    return render(
        request,
        "standing/version.html",
        {"row": row, "found": found, "at": at, "holds": programs_of.current_row(at=at).version == row.version},
    )


@require_POST
@door("put a program in force")
def in_force(request: HttpRequest, version: str) -> HttpResponse:
    """From now, or from a day."""
    by, at = by_of(request), now()
    day = request.POST.get("from", "")
    zone = programs_of.in_force(at=at).program.program.time_zone
    programs.put_in_force(version, takes_effect_at=standing.begin_of(day, zone=zone) if day else at, by=by, at=at)
    flash.success(request, "done")
    return redirect("/program/")


@require_POST
@door("put a program in force")
def withdraw(request: HttpRequest, version: str) -> HttpResponse:
    """Take back what is to come."""
    programs.withdraw(version, by=by_of(request), at=now())
    return redirect("/program/")


@require_GET
@door("manage duty")
def duty(request: HttpRequest) -> HttpResponse:
    """Turns of duty, and every unit."""
    by, at = by_of(request), now()
    return render(
        request,
        "standing/duty.html",
        {"week": standing.week(by=by, at=at), "crews": standing.crews(by=by, at=at), "at": at},
    )


@require_POST
@door("manage duty")
def begin_or_finish(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Sign a unit on or off, or say who is on board."""
    unit = Unit.objects.filter(pk=ident).first()
    if unit is None:
        raise Missing(Message("there is no such unit."), mend=Message("Choose one from the list."))
    event, by, at = asked(request, "event"), by_of(request), now()
    if event == "crew":
        units.staff(unit, aboard(request), by=by, at=at)
    else:
        (units.finish if event == "end shift" else units.begin)(unit, by=by, at=at)
    return redirect("/duty/")


@require_GET
@door("manage sources")
def sources(request: HttpRequest) -> HttpResponse:
    """Who sends calls, what came of it, where we differed."""
    heard, refused, differ = standing.sources(by=by_of(request))
    return render(
        request,
        "standing/sources.html",
        {
            "heard": heard,
            "refused": refused,
            "differ": differ,
            "formats": FORMATS[:4],
            "key": request.session.pop("key", None),
        },
    )


@require_POST
@door("manage sources")
def seen(request: HttpRequest) -> HttpResponse:
    """The differences that are shown were looked at."""
    mirror.seen(request.POST.getlist("difference"), by=by_of(request), at=now())
    return redirect("/sources/")


@require_POST
@door("manage sources")
def make_source(request: HttpRequest) -> HttpResponse:
    """A new source; its key is shown once."""
    _, key = messages.make_source(
        asked(request, "name"),
        format=asked(request, "format"),
        by=by_of(request),
        at=now(),
        delay_seconds=int(request.POST["delay"])
        if request.POST.get("delay", "").isdecimal() and len(request.POST["delay"]) < 9
        else 0,
        layout=request.POST.get("layout", ""),
    )
    request.session["key"] = key
    return redirect("/sources/")


@require_POST
@door("manage sources")
def change_source(request: HttpRequest, ident: uuid.UUID) -> HttpResponse:
    """Out of use, back, or a new key, which is shown once."""
    by, at, what = by_of(request), now(), asked(request, "what")
    if what == "key":
        request.session["key"] = messages.new_key(ident, by=by, at=at)
    elif what in ("off", "on"):
        messages.use_source(ident, active=what == "on", by=by, at=at)
    return redirect("/sources/")


@require_GET
@door("manage accounts")
def people(request: HttpRequest) -> HttpResponse:
    """Every account."""
    roles = [role for role in access.ROLES if role != access.PUBLIC]
    return render(
        request,
        "standing/people.html",
        {
            "accounts": standing.accounts(by=by_of(request)),
            "roles_of_all": roles,
            "docs": access.ROLES,
            "link": request.session.pop("link", None),
            "units": standing.all_units(by=by_of(request)),
        },
    )


@require_POST
@door("manage accounts")
def make_account(request: HttpRequest) -> HttpResponse:
    """A new account; its link is shown once."""
    made = accounts.make(
        asked(request, "username"),
        roles=request.POST.getlist("roles"),
        name=request.POST.get("name", "")[:200],
        by=by_of(request),
        at=now(),
    )
    request.session["link"] = request.build_absolute_uri(accounts.link_of(made))
    return redirect("/people/")


@require_POST
@door("manage accounts")
def change_account(request: HttpRequest, username: str) -> HttpResponse:
    """Release, put out of use or back, give a new link, change roles, or put on a unit."""
    by, at, what = by_of(request), now(), asked(request, "what")
    if what == "release":
        accounts.release(username, by=by, at=at)
    elif what in ("off", "on"):
        accounts.change(username, active=what == "on", by=by, at=at)
    elif what == "roles":
        accounts.change(username, roles=request.POST.getlist("roles"), by=by, at=at)
    elif what == "unit":
        accounts.on_unit(username, request.POST.get("unit", "")[:60], by=by, at=at)
    elif what == "link":
        request.session["link"] = request.build_absolute_uri(accounts.new_link(username, by=by, at=at))
    return redirect("/people/")


@require_GET
@door("read the audit trail")
def trail(request: HttpRequest) -> HttpResponse:
    """The audit trail, the newest first."""
    page = (
        int(request.GET["page"])
        if request.GET.get("page", "").isdecimal() and 0 < int(request.GET["page"]) < 10_000
        else 1
    )
    rows, links, waiting = standing.trail(
        by=by_of(request), page=page, about=request.GET.get("about", "")[:120], actor=request.GET.get("actor", "")[:150]
    )
    return render(
        request,
        "standing/audit.html",
        {"rows": rows, "links": links, "waiting": waiting, "page": page, "more": len(rows) == standing.PAGE},
    )


@require_GET
@door("read the audit trail")
def head(request: HttpRequest) -> HttpResponse:
    """The signed head, to be kept elsewhere."""
    told = standing.head(by=by_of(request), at=now(), key=folders.signing_key())
    return HttpResponse(
        json.dumps(told, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f"attachment; filename=audit-head-{told['number']}.json"},
    )


@require_GET
@door("read the audit trail")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The whole trail with its links, a JSON object a line."""
    lines = (
        json.dumps(
            {"number": link.number, "before": link.before, "hash": link.hash, "row": link.row}, ensure_ascii=False
        )
        + "\n"
        for link in audit.read_database(standing.url())
    )
    return StreamingHttpResponse(
        lines, content_type="application/x-ndjson", headers={"Content-Disposition": "attachment; filename=audit.jsonl"}
    )


@require_GET
@door(ANYBODY)
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus; from this machine alone."""
    if address_of(request) not in ("127.0.0.1", "::1"):
        return JsonResponse({"problems": [{"what": "only from this machine.", "where": "", "mend": ""}]}, status=403)
    lines = [f"{name} {value}" for name, value in standing.metrics().items()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
