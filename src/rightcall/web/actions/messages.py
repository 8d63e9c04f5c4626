"""Messages from outside: kept as they came, then read. At least once in, exactly once in effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.db.models import F

from rightcall.calls import eido, feed, text_message
from rightcall.calls.feed import CallMessage, FeedError
from rightcall.errors import RightcallError
from rightcall.web.access import By, Missing
from rightcall.web.actions import calls, trail
from rightcall.web.models import Message, Source

# What CAD sends may move what a person may, and more: it is the system of record.
CAD = "cad"


@transaction.atomic
def make_source(
    name: str, *, format: str, by: By, at: dt.datetime, delay_seconds: int = 0, layout: str = ""
) -> tuple[Source, str]:
    """A new source and its key, which is shown this once. Raises `Conflict` by the database where the name is taken."""
    by.must("manage sources")
    if format == "text":
        text_message.read_layout(layout)
    key = f"rc_{secrets.token_urlsafe(32)}"
    made = Source.objects.create(
        name=name, format=format, key_hash=_sum(key.encode()), delay_seconds=delay_seconds, layout=layout, made_at=at
    )
    trail.record("source make", by=by, at=at, about=f"source {made.id}", name=name, format=format)
    return made, key


def source_of(key: str) -> Source:
    """The source that a key belongs to. Raises `Missing`, which does not say what is wrong with the key."""
    found = Source.objects.filter(key_hash=_sum(key.encode()), active=True).first() if key else None
    if found is None:
        raise Missing("this key is not known.", mend="Ask the supervisor for a key of this source.")
    return found


def take(raw: bytes, *, source: Source, at: dt.datetime, address: str = "") -> tuple[Message, list[RightcallError]]:
    """Keep one raw message, then read it. The same message again changes nothing, and says what came of the first."""
    message, new = keep(raw, source=source, at=at)
    if not new and message.state != "kept":
        return message, []
    return read(message, at=at, address=address)


@transaction.atomic
def keep(raw: bytes, *, source: Source, at: dt.datetime) -> tuple[Message, bool]:
    """Keep a raw message under its sender's id. Says whether it is new."""
    if len(raw) > feed.LARGEST_BYTES:
        raise FeedError(f"the message is {len(raw):,} bytes long.", mend=f"At most {feed.LARGEST_BYTES:,} are read.")
    total = _sum(raw)
    ident = _sender_id(raw, source) or f"sha256:{total}"
    made = Message(source=source, sender_id=ident, hash=total, raw=raw, came_at=at)
    Message.objects.bulk_create([made], ignore_conflicts=True)
    found = Message.objects.select_for_update().get(source=source, sender_id=ident)
    Source.objects.filter(pk=source.pk).update(heard_at=at)
    if found.id == made.id:
        return found, True
    Message.objects.filter(pk=found.pk).update(times=F("times") + 1)
    if found.hash != total:
        trail.record(
            "message forge", by=By(f"source:{source.name}"), at=at, about=f"message {found.id}", outcome="refused"
        )
    return found, False


def _sender_id(raw: bytes, source: Source) -> str:
    """The sender's own id, if the message can be read that far."""
    if source.format != "json":
        return ""
    try:
        content = feed.load(raw)
    except FeedError:
        return ""
    ident = content.get("message_id") if isinstance(content, dict) else None
    return ident if isinstance(ident, str) and 0 < len(ident) <= 200 and "\x00" not in ident else ""


def read(message: Message, *, at: dt.datetime, address: str = "") -> tuple[Message, list[RightcallError]]:
    """Read a kept message: all that it says takes effect, or nothing does and it is said why."""
    by = By(f"source:{message.source.name}", (CAD,), address)
    try:
        with transaction.atomic():
            held = Message.objects.select_for_update().select_related("source").get(pk=message.pk)
            if held.state != "kept":
                return held, []
            for each in parsed(bytes(held.raw), source=held.source, at=at):
                held.call = calls.receive(each, by=by, at=at, in_cad=True)
            held.state = "read"
            held.save()
            return held, []
    except RightcallError as error:
        with transaction.atomic():
            Message.objects.filter(pk=message.pk).update(state="refused", why=str(error)[:4_000])
            trail.record("message refuse", by=by, at=at, about=f"message {message.id}", outcome="refused")
        message.refresh_from_db()
        return message, [error]


def parsed(raw: bytes, *, source: Source, at: dt.datetime) -> list[CallMessage]:
    """What a raw message says, by the format of its source. Raises `FeedError`."""
    if source.format == "eido":
        return eido.read_eido(raw, now=at)
    if source.format == "text":
        return [text_message.read_text(raw, layout=text_message.read_layout(source.layout), now=at)]
    return [feed.read_json(raw, now=at)]


def _sum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
