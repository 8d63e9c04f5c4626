"""What is read from a form, and the lists from which forms choose."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from rightcall.calls.columns import AGE_BANDS
from rightcall.dispatch import outcomes
from rightcall.locale import Message
from rightcall.program.document import Program
from rightcall.web.access import Missing


def asked(request: HttpRequest, name: str) -> str:
    """A field of a form that must be there."""
    value = request.POST.get(name, "")
    if not value or "\x00" in value or len(value) > 2_000:
        raise Missing(
            Message("the field “{name}” is missing or too long.", {"name": name}), mend=Message("Fill it in.")
        )
    return value


def aboard(request: HttpRequest) -> list[str]:
    """Who is on board, from a form with a number for each role: a role once for each person, six of each at most."""
    said = {name.removeprefix("crew:"): value for name, value in request.POST.items() if name.startswith("crew:")}
    return [role for role, n in said.items() for _ in range(min(int(n), 6) if n.isdecimal() and len(n) < 3 else 0)]


def said(request: HttpRequest, name: str) -> bool | None:
    """Yes, no, or not said."""
    return {"yes": True, "no": False}.get(request.POST.get(name, ""))


def ident(text: str) -> uuid.UUID | None:
    """An id; None where it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def lists(program: Program) -> dict[str, object]:
    """The lists from which the forms about a call choose."""
    return {
        "with_police": {team.id for team in program.team if team.kind == "with police"},
        "override_reasons": outcomes.OVERRIDE_REASONS, "cancel_reasons": [each for each in outcomes.CANCEL_REASONS if each != outcomes.REASSIGNED], "outcomes": list(outcomes.OUTCOMES),
        "contacts": outcomes.CONTACTS, "destinations": outcomes.DESTINATIONS, "supplies": outcomes.SUPPLIES, "harms": outcomes.HARMS,
        "staff_events": [each for each in outcomes.STAFF_EVENTS if each != outcomes.FELT_SAFE], "severities": outcomes.SEVERITIES, "age_bands": AGE_BANDS,
    }  # fmt: skip
