"""The program documents that hold, held, and will hold."""

from __future__ import annotations

from django.db import models

from rightcall.web import fields


class ProgramVersion(models.Model):
    """One version of the program document, as it was handed in. Never changed; a day says from when it holds."""

    version = models.CharField(max_length=64, primary_key=True, db_comment="plain: SHA-256 of the canonical document")
    text = fields.note("plain", "program.toml as it was handed in", blank=False)
    call_types = fields.note("plain", "call_types.csv as it was handed in")
    outlines = fields.document("plain", "layer to its areas as GeoJSON, for the map and for the area of a point")
    handed_in_at = fields.when("when it was handed in")
    handed_in_by = fields.text("personal", "by whom")
    takes_effect_at = fields.sometime("from when it holds; null while nobody has said")
    put_in_force_by = fields.text("personal", "who said so")
    withdrawn_at = fields.sometime("taken back before it took effect")
