"""Calls as the rules see them, and as a person may see them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet

from rightcall.calls import feed
from rightcall.calls.columns import FACTS
from rightcall.locale import Message
from rightcall.triage.decisions import Outcome
from rightcall.web import access, clock
from rightcall.web.access import By, Missing
from rightcall.web.models import Call, Decision, Response
from rightcall.web.models.responses import GOING
from rightcall.web.queries import units
from rightcall.web.queries.programs import InForce

# A crew sees the calls of its own turn of duty, never those of sixteen hours ago, and until two hours after it.
SHIFT, AFTERWARDS = dt.timedelta(hours=16), dt.timedelta(hours=2)
# Columns of the calls table that a stored call holds under the same name.
SAME = (
    "agency", "received_at", "entered_at", "released_at", "first_type", "last_type", "family", "family_basis", "common_type", "origin",
    "requested_by", "caller", "lat", "lon", "place_kind", "place_text", "age_band", "language", "closed_reason", "disposition",
)  # fmt: skip


def values(call: Call) -> dict[str, Any]:
    """A stored call as values of the calls table; empty is unknown."""
    known = {name: getattr(call, name) for name in SAME}
    known = {name: None if value == "" else value for name, value in known.items()}
    known |= {name: call.facts.get(name) for name in FACTS}
    known |= {f"area_{layer}": name for layer, name in call.areas.items()}
    merged = call.merged_into
    return known | {
        "call_id": str(call.id), "incident_number": call.number, "initial_priority": call.priority,
        "merged_into": str(merged.id) if merged else None,
    }  # fmt: skip


def facts(call: Call, live: InForce) -> dict[str, bool]:
    """The facts of a call that hold, by what was said and what its type and its protocol's code mean in this program."""
    words = {"last_type": call.last_type, "determinant": call.determinant}
    meant = [
        (_since(call, name), {fact: live.word(word).get(fact) for fact in FACTS})
        for name, word in words.items()
        if word
    ]
    return feed.known_facts(told=call.told, said=call.said, meant=meant)


def _since(call: Call, name: str) -> str:
    """Since when a word was said of a call without another in between: saying it again tells nothing new."""
    said = sorted((key.partition("@")[2], word) for key, word in call.said.items() if key.startswith(f"{name}@"))
    since = ""
    for place, (at, word) in enumerate(said):
        if place == 0 or word != said[place - 1][1]:
            since = at
    return since


def row(call: Call) -> pl.DataFrame:
    """A stored call as a table with one row, for `decide_one`."""
    return feed.one_row(values(call))


def own_responses(by: By, *, at: dt.datetime) -> QuerySet[Response]:
    """What a responder's unit has, and what it had since its turn of duty began."""
    if not by.unit:
        return Response.objects.none()
    turn = units.last_turn(by.unit, at=at)
    since = at
    if turn is not None:
        ended = turn.ended_at or (turn.planned_end if turn.started_at is None else at)
        since = max(turn.started_at or turn.planned_start, at - SHIFT) if ended >= at - AFTERWARDS else at
    return Response.objects.filter(GOING | Q(assigned_at__gte=since), unit_id=by.unit)


def for_person(ident: uuid.UUID | str, *, by: By, at: dt.datetime | None = None) -> Call:
    """A call that this person may see. Raises `Missing` for what does not exist and for what they may not see, alike."""
    found = Call.objects.filter(pk=ident).select_related("merged_into").first()
    if found is not None and access.may(by.roles, "see the board"):
        return found
    if found is not None and access.may(by.roles, "see own calls") and own_responses(by, at=at or clock.now()).filter(call=found).exists():  # fmt: skip
        return found
    raise Missing(
        Message("there is no such call for you."), mend=Message("Look at the board for the calls that you may see.")
    )


def numbered(number: str, *, by: By) -> uuid.UUID | None:
    """The newest call of a number, open or over; None where there is none. Raises `AccessError`."""
    by.must("see the board")
    found = Call.objects.filter(number__iexact=number.strip()).order_by("-received_at").first()
    return found.id if found else None


def outcome_of(decision: Decision, live: InForce) -> Outcome:
    """A kept decision as the outcome that it was."""
    known = live.program.team_ids | {service.id for service in live.program.outside}
    possible = tuple(
        tuple(service for service in answer.split(" + ") if service in known)
        for answer in decision.possible.split(" | ")
    )
    return Outcome(
        decision.outcome,
        possible,
        tuple(decision.rules),
        decision.team or None,
        tuple(decision.send),
        tuple(decision.missing),
    )
