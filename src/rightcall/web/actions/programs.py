"""Versions of the program document: handed in, put in force from a day, withdrawn before it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import transaction

from rightcall.locale import Message
from rightcall.program import file
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import trail
from rightcall.web.models import ProgramVersion


@transaction.atomic
def hand_in(
    text: str, *, call_types: str = "", outlines: dict[str, Any] | None = None, by: By, at: dt.datetime
) -> ProgramVersion:
    """Check a document and keep it. The same document again is the same version. Raises `ProgramError`, and `Conflict` where
    what lies beside it (the meaning of words, the areas) changed and the document did not.
    """
    by.must("propose a program")
    program = file.parse(text, where="program.toml")
    version, new = ProgramVersion.objects.get_or_create(version=program.version, defaults={"text": text, "call_types": call_types, "outlines": outlines or {}, "handed_in_at": at, "handed_in_by": by.name})  # fmt: skip
    if not new and (version.call_types != call_types or version.outlines != json.loads(json.dumps(outlines or {}))):
        raise Conflict(
            Message(
                "this document is known already, with other meanings of words or other areas beside it; those hold."
            ),
            mend=Message(
                "Change the document too, if only in a reviewed date: decisions keep the version that made them."
            ),
        )
    if new:
        trail.record("program hand in", by=by, at=at, about=f"program {program.version[:12]}")
    return version


@transaction.atomic
def put_in_force(version: str, *, takes_effect_at: dt.datetime, by: By, at: dt.datetime) -> ProgramVersion:
    """Say from when a version holds: now or later, never in the past, since decisions were made by then."""
    by.must("put a program in force")
    if takes_effect_at < at:
        raise Conflict(
            Message("a version cannot hold from a time that is over."), mend=Message("Choose now, or a later day.")
        )
    found = _locked(version)
    if found.takes_effect_at is not None and found.takes_effect_at <= at and found.withdrawn_at is None:
        raise Conflict(
            Message("this version holds already, or held before: when it did stays as it was."),
            mend=Message("Hand in a document that differs, if only in a reviewed date."),
        )
    found.takes_effect_at, found.put_in_force_by, found.withdrawn_at = takes_effect_at, by.name, None
    found.save()
    trail.record(
        "program put in force",
        by=by,
        at=at,
        about=f"program {version[:12]}",
        takes_effect_at=takes_effect_at.isoformat(),
    )
    return found


@transaction.atomic
def withdraw(version: str, *, by: By, at: dt.datetime) -> ProgramVersion:
    """Take back a version that does not hold yet."""
    by.must("put a program in force")
    found = _locked(version)
    if found.takes_effect_at is None or found.takes_effect_at <= at:
        raise Conflict(
            Message("this version holds already, or nobody scheduled it."),
            mend=Message("Put another version in force instead."),
        )
    found.withdrawn_at = at
    found.save()
    trail.record("program withdraw", by=by, at=at, about=f"program {version[:12]}")
    return found


def _locked(version: str) -> ProgramVersion:
    found = ProgramVersion.objects.select_for_update().filter(version=version).first()
    if found is None:
        raise Missing(Message("there is no such version."), mend=Message("Choose one from the list."))
    return found
