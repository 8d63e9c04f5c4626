"""Messages from outside: kept as they came, then read. At least once in, exactly once in effect."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
import uuid

from django.db import OperationalError, transaction
from django.db.models import F

from rightcall.calls import eido, feed, text_message
from rightcall.calls import layout as layouts
from rightcall.calls.feed import CallMessage, FeedError
from rightcall.errors import RightcallError
from rightcall.locale import Message
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import calls, trail
from rightcall.web.models import Message as Raw
from rightcall.web.models import Source
from rightcall.web.models.messages import FORMATS
from rightcall.web.queries.programs import NoProgram

log = logging.getLogger("rightcall.messages")
CHANCES = 4
# A deadlock, a change in between, the same message on two links at once: the same again may go well.
IN_THE_WAY = ("40P01", "40001", "23505")
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
            Message("a source needs a name of at most 60 letters, a known format and a delay of at most a week."),
            mend=Message("Correct the form."),
        )
    if Source.objects.filter(name=name).exists():
        raise Conflict(
            Message("there is a source “{name}” already.", {"name": name}), mend=Message("Choose another name.")
        )
    if format == "text":
        text_message.read_layout(layout)
    if format == "file" and layout:
        layouts.read_text(layout, where=name)
    key = _key()
    made = Source.objects.create(
        name=name, format=format, key_hash=_sum(key.encode()), delay_seconds=delay_seconds, layout=layout, made_at=at
    )
    trail.record("source make", by=by, at=at, about=f"source {made.id}", name=name, format=format)
    return made, key


@transaction.atomic
def new_key(ident: uuid.UUID | str, *, by: By, at: dt.datetime) -> str:
    """A new key of a source, which is shown this once; the old one opens nothing from now on. Raises `Missing`."""
    by.must("manage sources")
    found, key = _held(ident), _key()
    found.key_hash = _sum(key.encode())
    found.save(update_fields=["key_hash"])
    trail.record("source key", by=by, at=at, about=f"source {found.id}", name=found.name)
    return key


@transaction.atomic
def use_source(ident: uuid.UUID | str, *, active: bool, by: By, at: dt.datetime) -> Source:
    """Take a source out of use, or back into it: what it sends meanwhile is refused. Raises `Missing`."""
    by.must("manage sources")
    found = _held(ident)
    found.active = active
    found.save(update_fields=["active"])
    trail.record("source use", by=by, at=at, about=f"source {found.id}", name=found.name, active=active)
    return found


def _held(ident: uuid.UUID | str) -> Source:
    found = Source.objects.select_for_update().filter(pk=ident).first()
    if found is None:
        raise Missing(Message("there is no such source."), mend=Message("Choose one from the list."))
    return found


def _key() -> str:
    return f"rc_{secrets.token_urlsafe(32)}"


def source_of(key: str) -> Source:
    """The source that a key belongs to. Raises `Missing`, which does not say what is wrong with the key."""
    found = Source.objects.filter(key_hash=_sum(key.encode()), active=True).first() if key else None
    if found is None:
        raise Missing(Message("this key is not known."), mend=Message("Ask the supervisor for a key of this source."))
    return found


def take(raw: bytes, *, source: Source, at: dt.datetime, address: str = "") -> tuple[Raw, list[RightcallError]]:
    """Read one raw message and keep it, in one transaction. The same message again changes nothing, and says what came of
    the first. Raises `FeedError` for one that is too long to be kept, and `NoProgram`, the message being kept.
    """
    if len(raw) > feed.LARGEST_BYTES:
        raise FeedError(
            Message("the message is {n} bytes long.", {"n": len(raw)}),
            mend=Message("At most {n} are read.", {"n": feed.LARGEST_BYTES}),
        )
    # One row for all messages would make them wait for each other: a second is exact enough.
    if source.heard_at is None or at - source.heard_at > HEARD:
        Source.objects.filter(pk=source.pk).update(heard_at=at)
    total = _sum(raw)
    made = Raw(source=source, sender_id=_sender_id(raw, source) or f"sha256:{total}", hash=total, raw=raw, came_at=at)  # fmt: skip
    return _taken(made, at=at, address=address)


def read(message: Raw, *, at: dt.datetime) -> Raw:
    """Read a message that was kept and not read, as while no program was in force. Raises `NoProgram`."""
    return _taken(message, at=at, address="")[0]


def _taken(made: Raw, *, at: dt.datetime, address: str) -> tuple[Raw, list[RightcallError]]:
    by = By(f"source:{made.source.name}", (CAD,), address)
    for chance in range(CHANCES):
        try:
            with transaction.atomic():
                known = _known(made, by=by)
                if known is not None and known.state == "read":
                    return known, []
                message = known or made
                for each in parsed(bytes(message.raw), source=made.source, at=at):
                    message.call = calls.receive(each, by=by, at=at, in_cad=True)
                message.state = "read"
                message.save()
            return message, []
        except NoProgram as error:
            # Not the message's fault: it is read as soon as a program is in force.
            _not_read(made, "", by=by, at=at)
            raise error
        except RightcallError as error:
            return _not_read(made, str(error), by=by, at=at), [error]
        except Exception as error:
            if chance < CHANCES - 1 and getattr(error.__cause__, "sqlstate", "") in IN_THE_WAY:
                continue
            if isinstance(error, OperationalError):
                raise
            log.exception("a message could not be read")
            told = RightcallError(f"this message could not be read ({type(error).__name__}).", mend="It is kept; tell those who run the service.")  # fmt: skip
            return _not_read(made, str(told), by=by, at=at), [told]
    raise AssertionError


def _known(made: Raw, *, by: By) -> Raw | None:
    """The row of a message that is known, locked; one that came again is counted."""
    found = Raw.objects.filter(source_id=made.source_id, sender_id=made.sender_id).first()
    if found is None:
        return None
    if found.pk != made.pk:
        Raw.objects.filter(pk=found.pk).update(times=F("times") + 1)
    if found.hash != made.hash:
        trail.record("message forge", by=by, at=made.came_at, about=f"message {found.id}", outcome="refused")
    return Raw.objects.select_for_update(of=("self",)).select_related("source", "call").get(pk=found.pk)


@transaction.atomic
def _not_read(made: Raw, why: str, *, by: By, at: dt.datetime) -> Raw:
    """Keep a message that had no effect: refused with the reason, or, without one, to be read later."""
    clean = why.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:4_000]
    made.call, made.state, made.why = None, "refused" if why else "kept", clean
    Raw.objects.bulk_create([made], ignore_conflicts=True)
    held = Raw.objects.select_for_update(of=("self",)).get(source=made.source, sender_id=made.sender_id)
    if held.state == "kept" and why:
        Raw.objects.filter(pk=held.pk).update(state="refused", why=clean)
        held.state, held.why = "refused", clean
    if why:
        trail.record("message refuse", by=by, at=at, about=f"message {held.id}", outcome="refused")
    return held


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


def parsed(raw: bytes, *, source: Source, at: dt.datetime) -> list[CallMessage]:
    """What a raw message says, by the format of its source. Raises `FeedError`."""
    if source.format == "eido":
        return eido.read_eido(raw, now=at)
    if source.format == "text":
        return [text_message.read_text(raw, layout=text_message.read_layout(source.layout), now=at)]
    return [feed.read_json(raw, now=at)]


def _sum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
