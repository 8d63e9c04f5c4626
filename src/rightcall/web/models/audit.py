"""Who did and saw what: rows that are never changed, and the chain that shows if one was."""

from __future__ import annotations

from django.db import models

from rightcall.web import fields


class AuditRow(models.Model):
    """One thing that somebody did or saw. Written in the transaction of the deed; its link follows within a second."""

    id = models.BigAutoField(primary_key=True, db_comment="plain: our own id")
    at = fields.when("when it happened, by the server's clock")
    actor = fields.text("personal", "the account, the source or the part of the service that did it", blank=False)
    action = fields.text("plain", "what was done, noun and verb", longest=80, blank=False)
    outcome = fields.text("plain", "done, refused", longest=20, default="done")
    about = fields.text("plain", "kind and id of what it was done to", longest=120)
    detail = fields.document("plain", "values without a person in them")
    address = fields.text("personal", "where the request came from", longest=64)
    transaction = models.BigIntegerField(
        default=0, db_comment="plain: the transaction that wrote it; set by the database"
    )

    class Meta:
        """Read by what it is about, and in the order of writing."""

        indexes = [models.Index(fields=["about", "id"]), models.Index(fields=["transaction", "id"])]  # noqa: RUF012


class AuditLink(models.Model):
    """A row's place in the chain: number, hash of the link before, hash of this."""

    number = models.BigIntegerField(primary_key=True, db_comment="plain: 1 for the first")
    row = models.OneToOneField(AuditRow, on_delete=models.PROTECT, db_comment="plain: the row", related_name="link")
    before = models.CharField(max_length=64, db_comment="plain: the hash of the link before")
    hash = models.CharField(max_length=64, db_comment="plain: SHA-256 of the canonical link")
