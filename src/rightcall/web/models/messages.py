"""What came in and goes out, as it came; and what screens are told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rightcall.web import fields

FORMATS = ["json", "eido", "file", "text", "by hand"]


class Source(models.Model):
    """Somebody who may send calls: a CAD link, a folder, a mailbox."""

    id = fields.key()
    name = fields.text("plain", "its name", longest=60, unique=True, blank=False)
    format = fields.choice("plain", "what it sends", FORMATS)
    key_hash = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_index=True,
        db_comment="plain: SHA-256 of its key; the key itself is shown once",
    )
    delay_seconds = fields.whole("plain", "how old its messages are when they come", default=0)
    layout = fields.note("plain", "how its text or file is laid out")
    active = models.BooleanField(default=True, db_comment="plain: may send")
    made_at = fields.when("when it was made")
    heard_at = fields.sometime("when it sent last")


class Message(models.Model):
    """One message as it came, and what came of it. The same message twice is one row."""

    id = fields.key()
    source = fields.link("web.Source", "who sent it", related_name="messages")
    sender_id = fields.text("plain", "the sender's own id of the message, else its hash", longest=200, blank=False)
    hash = models.CharField(max_length=64, db_comment="plain: SHA-256 of the raw message")
    raw = models.BinaryField(db_comment="health: the message as it came")
    came_at = fields.when("when it came")
    state = fields.choice("plain", "what came of it", ["kept", "read", "refused"], default="kept")
    why = fields.note("plain", "why it was refused")
    times = fields.whole("plain", "how often it came", default=1)
    call = fields.link("web.Call", "the call that it speaks of", null=True, blank=True, related_name="messages")

    class Meta:
        """Once a sender and id: a second one has no effect."""

        constraints = [models.UniqueConstraint(name="message_has_one_effect", fields=["source", "sender_id"])]  # noqa: RUF012
        indexes = [models.Index(fields=["state", "came_at"], condition=Q(state="kept"), name="messages_to_read")]  # noqa: RUF012


class Outgoing(models.Model):
    """One message back to CAD: unit, status, place, a disposition from a fixed list, nothing else."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="outgoing")
    made_at = fields.when("when it was made")
    body = fields.document("plain", "what is sent")
    sent_at = fields.sometime("when the other side took it")
    tries = fields.whole("plain", "how often it was tried", default=0)
    why_not = fields.text("plain", "why it was not taken", longest=300)


class Disagreement(models.Model):
    """Where CAD and we differed. CAD won."""

    id = fields.key()
    call = fields.link("web.Call", "the call", null=True, blank=True, related_name="disagreements")
    unit = fields.link("web.Unit", "the unit", null=True, blank=True, related_name="disagreements")
    field = fields.text("plain", "what they differed in", longest=60)
    ours = fields.text("health", "what we had")
    theirs = fields.text("health", "what CAD says")
    at = fields.when("when it was seen")
    seen_at = fields.sometime("when a supervisor looked at it")
    seen_by = fields.text("personal", "who")


class Notice(models.Model):
    """Something changed that screens show. `transaction` orders them safely: an id is not the order of commits."""

    id = models.BigAutoField(primary_key=True, db_comment="plain: our own id")
    transaction = models.BigIntegerField(
        default=0, db_index=True, db_comment="plain: the transaction that wrote it; set by the database"
    )
    at = fields.when("when")
    kind = fields.text("plain", "call or unit", longest=20, blank=False)
    key = fields.text("plain", "which", longest=60, blank=False)
