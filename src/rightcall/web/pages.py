"""How a page is set: Jinja2 with the words of the reader's language, as in the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from rightcall.calls.columns import HAZARDS
from rightcall.dispatch import outcomes, status
from rightcall.errors import RightcallError
from rightcall.locale import N_, Words
from rightcall.web import access, clock, fields
from rightcall.web.queries import programs
from rightcall.web.sign_in import language_of

# Pages of the menu: name, address, permission.
PAGES = (
    (N_("Board"), "/board/", "see the board"), (N_("My crew"), "/crew/", "see own unit"), (N_("Measures"), "/measures/", "see measures"), (N_("Sample"), "/sample/", "read a sample"), (N_("Program"), "/program/", "see the program"),
    (N_("Duty"), "/duty/", "manage duty"), (N_("Sources"), "/sources/", "manage sources"), (N_("Accounts"), "/people/", "manage accounts"), (N_("Audit"), "/audit/", "read the audit trail"),
)  # fmt: skip


# *Fire* alone is what burns.
SERVICES = {"fire": N_("fire department")}


def environment(**options: Any) -> Environment:
    """The Jinja2 environment of all pages."""
    made = Environment(**(options | {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}))
    made.globals.update(
        static=static,
        url=reverse,
        may=access.may,
        moves=_moves,
        unit_moves=_unit_moves,
        pages=PAGES,
        hazards=HAZARDS,
        endings=outcomes.ENDINGS,
        new_id=fields.new_id,
    )
    made.filters["said"] = _said
    made.filters["iso"] = lambda at: at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return made


RARE = {"transport": 1, "send a visit": 1, "lose": 1, "hand over": 2, "cancel": 2}


def _moves(response: Any) -> tuple[str, ...]:
    """The events that may happen to a response now: the usual one first, those by which we lose it last."""
    table = status.BY_PHONE if response.mode == "phone" else status.IN_PERSON
    return tuple(sorted(table.events(response.state), key=lambda event: RARE.get(event, 0)))


@pass_context
def _said(context: Context, services: Iterable[str]) -> list[str]:
    """Services in the reader's language; a name of the city's own stays as it is."""
    return [context["_"](SERVICES.get(each, each)) for each in services]


def _unit_moves(unit: Any) -> tuple[str, ...]:
    """The events that may happen to a unit that has no call, as far as the desk says them."""
    return tuple(event for event in status.UNITS.events(unit.state) if event in ("free", "be ready", "withdraw"))


def _zone() -> dt.tzinfo:
    """The clock of the program in force, by which people here read times."""
    try:
        return ZoneInfo(programs.in_force(at=clock.now()).program.program.time_zone)
    except RightcallError:
        return dt.UTC


def around(request: HttpRequest) -> dict[str, Any]:
    """What every page has: words, the account, and whether it is in front of more than one language."""
    words = Words(language_of(request))
    zone = _zone()
    account = request.user if request.user.is_authenticated else None
    return {
        "_": words,
        "words": words,
        "account": account,
        "roles": account.roles if account else [],
        "path": request.path,
        "sign_in_elsewhere": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "clock_jumped": abs(clock.jumped()) > clock.MOST_SECONDS,
        "when": lambda at: words.value(at.astimezone(zone)),
        "hour": lambda at: words.hour(at.astimezone(zone), today=clock.now().astimezone(zone).date()),
        "time": lambda at: words.hour(at.astimezone(zone), today=at.astimezone(zone).date()),
        "short_day": words.short_day,
        "day": lambda at: words.value(at.astimezone(zone).date()),
        "amount": lambda n: words.value(int(n) if float(n).is_integer() else float(n)),
    }
