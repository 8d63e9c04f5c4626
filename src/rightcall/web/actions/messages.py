"""Messages from outside: kept as they came, then read. At least once in, exactly once in effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets

from django.db import IntegrityError, OperationalError, transaction
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
HEARD = dt.timedelta(seconds=1)

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
    """Keep one raw message and read it, in one transaction. The same message again changes nothing, and says what came of
    the first. Raises `NoProgram`, the message being kept.
    """
    for chance in range(CHANCES):
        try:
            with transaction.atomic():
                message, new = keep(raw, source=source, at=at)
                if not new and message.state != "kept":
                    return message, []
                told = _tried(message, raw, at=at, address=address)
            break
        except OperationalError as error:
            if not _in_the_way(error) or chance == CHANCES - 1:
                raise
    if isinstance(told, NoProgram):
        raise told
    return message, [told] if told else []


def _tried(message: Message, raw: bytes, *, at: dt.datetime, address: str) -> RightcallError | None:
    """All that a message says takes effect, or nothing does and it is kept why: what stood in the way."""
    by = By(f"source:{message.source.name}", (CAD,), address)
    try:
        with transaction.atomic():
            for each in parsed(raw, source=message.source, at=at):
                message.call = calls.receive(each, by=by, at=at, in_cad=True)
            message.state = "read"
            message.save(update_fields=["state", "call"])
        return None
    except NoProgram as error:
        # Not the message's fault: it is read as soon as a program is in force.
        return error
    except RightcallError as error:
        told = error
    except OperationalError:
        raise
    except Exception as error:
        log.exception("a message could not be read")
        told = RightcallError(f"this message could not be read ({type(error).__name__}).", mend="It is kept; tell those who run the service.")  # fmt: skip
    clean = str(told).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:4_000]
    message.state, message.why, message.call = "refused", clean, None
    message.save(update_fields=["state", "why", "call"])
    trail.record("message refuse", by=by, at=at, about=f"message {message.id}", outcome="refused")
    return told


def _in_the_way(error: OperationalError) -> bool:
    """Whether another transaction stood in the way, so that the same again may go well."""
    return getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001")


@transaction.atomic
def keep(raw: bytes, *, source: Source, at: dt.datetime) -> tuple[Message, bool]:
    """Keep a raw message under its sender's id. Says whether it is new."""
    if len(raw) > feed.LARGEST_BYTES:
        raise FeedError(f"the message is {len(raw):,} bytes long.", mend=f"At most {feed.LARGEST_BYTES:,} are read.")
    total = _sum(raw)
    ident = _sender_id(raw, source) or f"sha256:{total}"
    try:
        with transaction.atomic():
            made = Message.objects.create(source=source, sender_id=ident, hash=total, raw=raw, came_at=at)
        # One row for all messages would make them wait for each other: a second is exact enough.
        if source.heard_at is None or at - source.heard_at > HEARD:
            Source.objects.filter(pk=source.pk).update(heard_at=at)
        return made, True
    except IntegrityError:
        found = Message.objects.select_for_update().select_related("source").get(source=source, sender_id=ident)
    Message.objects.filter(pk=found.pk).update(times=F("times") + 1)
    if found.hash != total:
        trail.record("message forge", by=By(f"source:{source.name}"), at=at, about=f"message {found.id}", outcome="refused")  # fmt: skip
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


def read(message: Message, *, at: dt.datetime) -> Message:
    """Read a message that was kept and not read, as after a crash or while no program was in force. Raises `NoProgram`."""
    with transaction.atomic():
        held = Message.objects.select_for_update().select_related("source").get(pk=message.pk)
        told = _tried(held, bytes(held.raw), at=at, address="") if held.state == "kept" else None
    if isinstance(told, NoProgram):
        raise told
    return held


def parsed(raw: bytes, *, source: Source, at: dt.datetime) -> list[CallMessage]:
    """What a raw message says, by the format of its source. Raises `FeedError`."""
    if source.format == "eido":
        return eido.read_eido(raw, now=at)
    if source.format == "text":
        return [text_message.read_text(raw, layout=text_message.read_layout(source.layout), now=at)]
    return [feed.read_json(raw, now=at)]


def _sum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
