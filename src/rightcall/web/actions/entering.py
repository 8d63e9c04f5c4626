"""A call that is entered by hand, as the same message that a CAD would send."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from rightcall.calls import feed
from rightcall.calls.columns import FACTS
from rightcall.calls.feed import CallMessage
from rightcall.locale import Message
from rightcall.program import conditions
from rightcall.program.document import Rule
from rightcall.web.access import By, Conflict
from rightcall.web.actions import calls, dispatch
from rightcall.web.models import Call

KNOWN = {"yes": True, "no": False}


def families_of(rule: Rule) -> tuple[str, ...]:
    """The families that a rule speaks of."""
    found = [
        leaf.values
        for leaf in conditions.leaves(rule.condition)
        if isinstance(leaf, conditions.Is) and leaf.column == "family"
    ]
    return tuple(str(option) for options in found for option in options)


@transaction.atomic
def enter(given: dict[str, str], *, by: By, at: dt.datetime) -> Call:
    """Make the call of a form; where a crew says that it is there already (`with_us`), it has it.

    A form that is sent twice makes one call; a number that is taken is refused.

    Raises `FeedError` and `Conflict`.
    """
    by.must("enter a call")
    message = read(given, at=at, roles=by.roles)
    known = Call.objects.filter(agency=message.agency, number=message.number).first()
    if known is not None:
        if known.said.get("form") == message.message_id:
            return known
        raise Conflict(
            Message("there is a call {number} already.", {"number": message.number}),
            mend=Message("Open it on the board, or leave the number empty."),
        )
    made = calls.receive(message, by=by, at=at, in_cad=False)
    made.said["form"] = message.message_id
    made.save(update_fields=["said"])
    if given.get("with_us") == "yes" and by.unit:
        dispatch.take(made, by=by, at=at)
    return made


def read(given: dict[str, str], *, at: dt.datetime, roles: tuple[str, ...]) -> CallMessage:
    """The form as a message. A form that is sent twice is one call: its token is the number where none was typed.

    Raises `FeedError` with everything that is wrong.
    """
    token = given.get("token", "")[:36]
    number = given.get("number", "").strip() or f"{at:%y%m%d}-{token.replace('-', '')[:12].upper() or 'HAND'}"
    told: dict[str, Any] = {
        "message_id": f"hand/{token or at.isoformat()}",
        "sent_at": at,
        "received_at": at,
        "number": number,
    }
    told |= {
        name: given[name].strip()
        for name in ("type", "family", "caller", "age_band", "language", "callback", "remarks", "origin")
        if given.get(name, "").strip()
    }
    if given.get("priority", "").strip():
        told["priority"] = given["priority"].strip()
    place: dict[str, Any] = {
        name: given[f"place_{name}"].strip() for name in ("text", "kind") if given.get(f"place_{name}", "").strip()
    }
    place |= {name: given[name].strip() for name in ("lat", "lon") if given.get(name, "").strip()}
    told |= {"place": place} if place else {}
    told["facts"] = {name: KNOWN[given[f"fact_{name}"]] for name in FACTS if given.get(f"fact_{name}") in KNOWN}
    told.setdefault("origin", "radio" if "responder" in roles else "911")
    told["reports"] = [
        {
            "at": at,
            "channel": told["origin"],
            **(
                {"transferred_from": given["transferred_from"].strip()[:120]}
                if given.get("transferred_from", "").strip()
                else {}
            ),
        }
    ]
    told.setdefault("type", told.get("family", ""))
    if not told["type"]:
        del told["type"]
    return feed.read_content(told, now=at)
