"""How a page is set: Jinja2 with the words of the reader's language, as in the report."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment

from rightcall.calls.columns import HAZARDS
from rightcall.dispatch import status
from rightcall.errors import RightcallError
from rightcall.locale import N_, Words
from rightcall.web import access, clock
from rightcall.web.queries import programs
from rightcall.web.sign_in import language_of

# Pages of the menu: name, address, permission.
PAGES = (
    (N_("Board"), "/board/", "see the board"), (N_("My crew"), "/crew/", "see own unit"), (N_("Measures"), "/measures/", "see measures"), (N_("Sample"), "/sample/", "read a sample"), (N_("Program"), "/program/", "see the program"),
    (N_("Duty"), "/duty/", "manage duty"), (N_("Sources"), "/sources/", "manage sources"), (N_("Accounts"), "/people/", "manage accounts"), (N_("Audit"), "/audit/", "read the audit trail"),
)  # fmt: skip


def environment(**options: Any) -> Environment:
    """The Jinja2 environment of all pages."""
    made = Environment(**(options | {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}))
    made.globals.update(
        static=static, url=reverse, may=access.may, moves=_moves, unit_moves=_unit_moves, pages=PAGES, hazards=HAZARDS
    )
    made.filters["iso"] = lambda at: at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return made


def _moves(response: Any) -> tuple[str, ...]:
    """The events that may happen to a response now."""
    table = status.BY_PHONE if response.mode == "phone" else status.IN_PERSON
    return tuple(event for event in table.events(response.state) if event != "send a visit" or response.mode == "phone")


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
        "clock_jumped": abs(clock.jumped()) > clock.MOST_SECONDS,
        "when": lambda at: words.value(at.astimezone(zone)),
        "day": lambda at: words.value(at.astimezone(zone).date()),
        "amount": lambda n: words.value(int(n) if float(n).is_integer() else float(n)),
    }
