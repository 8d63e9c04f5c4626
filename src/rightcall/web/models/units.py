"""Crews with their vehicles, clinicians at the desk, and their turns of duty."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from rightcall.dispatch import status
from rightcall.web import fields


class Unit(models.Model):
    """A unit of ours as it is now."""

    id = fields.key()
    name = fields.text("plain", "its name on the air", longest=60, unique=True, blank=False)
    team = fields.text("plain", "its team, by the program", longest=60, blank=False)
    in_cad = models.BooleanField(default=False, db_comment="plain: the center's CAD moves it, we only show it")
    state = fields.choice("plain", "its status", status.UNITS.docs, default="off duty")
    state_at = fields.when("since when, by the event's own clock")
    known_at = fields.when("when the service learned of it")
    roles = fields.words("plain", "roles that it goes out with, as planned")
    languages = fields.words("plain", "languages spoken on board")
    lat = fields.number("plain", "where it is, degrees north")
    lon = fields.number("plain", "where it is, degrees east")
    placed_at = fields.sometime("when it was there")
    base = fields.text("plain", "where it waits")
    idle_since = fields.sometime("free since")

    class Meta:
        """States are those of dispatch/status.py."""

        constraints = [  # noqa: RUF012
            models.CheckConstraint(name="unit_state_is_known", condition=Q(state__in=list(status.UNITS.docs))),
            models.CheckConstraint(name="unit_is_on_earth", condition=Q(lat__isnull=True) | Q(lat__range=(-90, 90), lon__range=(-180, 180))),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Duty(models.Model):
    """A unit's turn of duty; two turns of one unit never overlap."""

    id = fields.key()
    unit = fields.link("web.Unit", "the unit", related_name="duty")
    planned_start = fields.when("as planned")
    planned_end = fields.when("as planned")
    started_at = fields.sometime("when it began")
    ended_at = fields.sometime("when it ended")
    crew = fields.words("plain", "roles present")
    areas = fields.document("plain", "layer to the names of the areas that it serves; nothing is everywhere")
    out_of_service_minutes = fields.number("plain", "minutes withdrawn, meals included", default=0.0, null=False)
    withdrawn_at = fields.sometime("out of service since")
    planned = models.GeneratedField(
        expression=Func(F("planned_start"), F("planned_end"), function="TSTZRANGE"), output_field=DateTimeRangeField(), db_persist=True,
        db_comment="plain: the turn as a range",
    )  # fmt: skip

    class Meta:
        """No overlap, and an end after the beginning."""

        constraints = [  # noqa: RUF012
            ExclusionConstraint(name="duty_does_not_overlap", expressions=[("unit", RangeOperators.EQUAL), ("planned", RangeOperators.OVERLAPS)]),
            models.CheckConstraint(name="duty_ends_after_it_begins", condition=Q(planned_end__gt=F("planned_start"))),
        ]  # fmt: skip
