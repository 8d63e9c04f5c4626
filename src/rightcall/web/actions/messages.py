"""Messages from outside: kept as they came, then read. At least once in, exactly once in effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets

from django.db import OperationalError, transaction
from django.db.models import F

from rightcall.calls import eido, feed, text_message
from rightcall.calls.feed import CallMessage, FeedError
from rightcall.errors import RightcallError
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import calls, trail
from rightcall.web.models import Message, Source
from rightcall.web.models.messages import FORMATS
from rightcall.web.queries.programs import NoProgram

log = logging.getLogger("rightcall.messages")
CHANCES = 4

# What CAD sends may move what a person may, and more: it is the system of record.
CAD = "cad"


@transaction.atomic
def make_source(
    name: str, *, format: str, by: By, at: dt.datetime, delay_seconds: int = 0, layout: str = ""
) -> tuple[Source, str]:
    """A new source and its key, which is shown this once. Raises `Conflict` by the database where the name is taken."""
    by.must("manage sources")
    if not 0 < len(name) <= 60 or format not in FORMATS or not 0 <= delay_seconds <= 604_800:
        raise Missing(
            "a source needs a name of at most 60 letters, a known format and a delay of at most a week.",
            mend="Correct the form.",
        )
    if Source.objects.filter(name=name).exists():
        raise Conflict(f"there is a source “{name}” already.", mend="Choose another name.")
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
    return ident if isinstance(ident, str) and 0 < len(ident) <= 200 and ident.isprintable() else ""


def read(message: Message, *, at: dt.datetime, address: str = "") -> tuple[Message, list[RightcallError]]:
    """Read a kept message: all that it says takes effect, or nothing does and it is said why."""
    by = By(f"source:{message.source.name}", (CAD,), address)
    try:
        return _read(message, by=by, at=at), []
    except NoProgram:
        # Not the message's fault: it is read as soon as a program is in force.
        raise
    except RightcallError as error:
        return _refuse(message, str(error), by=by, at=at), [error]
    except OperationalError:
        raise
    except Exception as error:
        log.exception("a message could not be read")
        told = RightcallError(
            f"this message could not be read ({type(error).__name__}).",
            mend="It is kept; tell those who run the service.",
        )
        return _refuse(message, str(told), by=by, at=at), [told]


def _read(message: Message, *, by: By, at: dt.datetime) -> Message:
    """In one transaction, which is tried again where another one stood in its way."""
    for chance in range(CHANCES):
        try:
            with transaction.atomic():
                held = Message.objects.select_for_update().select_related("source").get(pk=message.pk)
                if held.state != "kept":
                    return held
                for each in parsed(bytes(held.raw), source=held.source, at=at):
                    held.call = calls.receive(each, by=by, at=at, in_cad=True)
                held.state = "read"
                held.save()
                return held
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in ("40P01", "40001") or chance == CHANCES - 1:
                raise
    raise AssertionError


def _refuse(message: Message, why: str, *, by: By, at: dt.datetime) -> Message:
    clean = why.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:4_000]
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="refused", why=clean)
        trail.record("message refuse", by=by, at=at, about=f"message {message.id}", outcome="refused")
    message.refresh_from_db()
    return message


def parsed(raw: bytes, *, source: Source, at: dt.datetime) -> list[CallMessage]:
    """What a raw message says, by the format of its source. Raises `FeedError`."""
    if source.format == "eido":
        return eido.read_eido(raw, now=at)
    if source.format == "text":
        return [text_message.read_text(raw, layout=text_message.read_layout(source.layout), now=at)]
    return [feed.read_json(raw, now=at)]


def _sum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
