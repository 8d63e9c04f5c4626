"""Columns that say what they hold: each is declared plain, personal, health or SUD (42 CFR Part 2), in the database too.

The declaration is the beginning of the column's comment, so that a city's inventory of data can be read off the catalog.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

KINDS = ("plain", "personal", "health", "SUD")


def declared(field: Any) -> tuple[str, str]:
    """The kind of a field and what it holds; the kind is empty where nothing was declared."""
    kind, _, doc = (field.db_comment or "").partition(": ")
    return (kind, doc) if kind in KINDS else ("", "")


def key() -> Any:
    """An id of our own, a UUIDv7 that the caller makes."""
    return models.UUIDField(primary_key=True, default=new_id, editable=False, db_comment="plain: our own id")


def text(kind: str, doc: str, *, longest: int = 200, **more: Any) -> Any:
    """A line of text; empty where nobody knows."""
    return models.CharField(max_length=longest, db_comment=f"{kind}: {doc}", **{"blank": True, "default": ""} | more)


def note(kind: str, doc: str, **more: Any) -> Any:
    """Text of any length."""
    return models.TextField(db_comment=f"{kind}: {doc}", **{"blank": True, "default": ""} | more)


def choice(kind: str, doc: str, values: Iterable[str], **more: Any) -> Any:
    """One of a list of words."""
    given = [(value, value) for value in values]
    return models.CharField(max_length=60, choices=given, db_comment=f"{kind}: {doc}", **more)


def when(doc: str, **more: Any) -> Any:
    """An instant."""
    return models.DateTimeField(db_comment=f"plain: {doc}", **more)


def sometime(doc: str) -> Any:
    """An instant that may be unknown."""
    return when(doc, null=True, blank=True)


def number(kind: str, doc: str, **more: Any) -> Any:
    """A real number that may be unknown."""
    return models.FloatField(db_comment=f"{kind}: {doc}", **{"null": True, "blank": True} | more)


def whole(kind: str, doc: str, **more: Any) -> Any:
    """A whole number."""
    return models.IntegerField(db_comment=f"{kind}: {doc}", **more)


def fact(kind: str, doc: str) -> Any:
    """True, false, or null where nobody knows."""
    return models.BooleanField(null=True, blank=True, db_comment=f"{kind}: {doc}")


def words(kind: str, doc: str) -> Any:
    """Several words."""
    return ArrayField(models.CharField(max_length=100), default=list, blank=True, db_comment=f"{kind}: {doc}")


def document(kind: str, doc: str, **more: Any) -> Any:
    """A JSON document."""
    return models.JSONField(db_comment=f"{kind}: {doc}", **{"default": dict, "blank": True} | more)


def link(to: str, doc: str, **more: Any) -> Any:
    """A row of another table; what is linked to cannot be deleted."""
    return models.ForeignKey(to, on_delete=models.PROTECT, db_comment=f"plain: {doc}", **more)


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): in the order in which they were made."""
    import secrets
    import time

    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)
