"""What our teams did: responses, each move of them, who else came, whom they met."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from rightcall.calls.columns import AGE_BANDS, REQUESTERS
from rightcall.dispatch import outcomes, status
from rightcall.dispatch.columns import MODES, SUPPORT_KINDS
from rightcall.web import fields

STATES = tuple(dict.fromkeys([*status.IN_PERSON.docs, *status.BY_PHONE.docs]))
# Neither cleared nor canceled: the unit has the call.
GOING = Q(cleared_at__isnull=True, canceled_at__isnull=True)
OVER = tuple(dict.fromkeys([*sorted(status.IN_PERSON.final), *sorted(status.BY_PHONE.final)]))


class Response(models.Model):
    """One call in one unit's hands. Times are those of the events; `StatusEvent` keeps when each was learned."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="responses")
    unit = fields.link("web.Unit", "the unit", related_name="responses")
    team = fields.text("plain", "its team", longest=60)
    crew = fields.words("plain", "roles on board when it was given the call")
    mode = fields.choice("plain", "how it was answered", MODES)
    state = fields.choice("plain", "its state", STATES)
    requested_by = fields.choice("plain", "who asked for us", REQUESTERS, blank=True, default="")
    handed_from = fields.text("plain", "the response or service that handed it over", longest=80)
    officer_unit = fields.text("plain", "the officer's unit, where police go along", longest=60)
    assigned_at = fields.when("given the call")
    acknowledged_at = fields.sometime("the crew said that it has the call")
    en_route_at = fields.sometime("wheels turn")
    staged_at = fields.sometime("it waits near the scene")
    arrived_at = fields.sometime("with the neighbor, or on the line")
    transport_at = fields.sometime("it leaves with somebody")
    destination_at = fields.sometime("at the place of care")
    cleared_at = fields.sometime("the call is over for it")
    available_at = fields.sometime("it can be given a call again")
    canceled_at = fields.sometime("taken off before arrival")
    cancel_reason = fields.text("plain", "why", longest=80)
    outcome = fields.choice("plain", "how it ended", outcomes.OUTCOMES, blank=True, default="")
    checked_in_at = fields.sometime("the crew was heard last")
    found_weapon = fields.fact("health", "the crew found a weapon")
    found_violence = fields.fact("health", "the crew found violence")
    during = models.GeneratedField(
        expression=Func(F("assigned_at"), Coalesce(F("cleared_at"), F("canceled_at")), function="TSTZRANGE"), output_field=DateTimeRangeField(),
        db_persist=True, db_comment="plain: how long the unit had the call",
    )  # fmt: skip

    @property
    def over(self) -> bool:
        """Whether the unit has the call no more."""
        return self.cleared_at is not None or self.canceled_at is not None

    class Meta:
        """A unit has one call at a time; what is over has an end, what was cleared an outcome."""

        constraints = [  # noqa: RUF012
            ExclusionConstraint(name="unit_has_one_call_at_a_time", expressions=[("unit", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)]),
            models.CheckConstraint(name="response_state_is_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(name="what_is_over_has_an_end", condition=Q(state__in=OVER, cleared_at__isnull=False) | Q(state__in=OVER, canceled_at__isnull=False) | (~Q(state__in=OVER) & GOING)),
            models.CheckConstraint(name="cleared_response_has_an_outcome", condition=Q(cleared_at__isnull=True) | ~Q(outcome="")),
            models.CheckConstraint(name="canceled_response_has_a_reason", condition=Q(canceled_at__isnull=True) | ~Q(cancel_reason="")),
        ]  # fmt: skip
        indexes = [models.Index(fields=["call", "assigned_at"])]  # noqa: RUF012


class StatusEvent(models.Model):
    """One event of a unit, as it was told: append-only. `applied`: it moved the present; a late one only fills in."""

    id = fields.key()
    unit = fields.link("web.Unit", "the unit", related_name="events")
    response = fields.link("web.Response", "the response", null=True, blank=True, related_name="events")
    event = fields.text("plain", "what happened, by dispatch/status.py", longest=30, blank=False)
    state = fields.text("plain", "the unit's state after it", longest=30)
    happened_at = fields.when("when it happened")
    known_at = fields.when("when the service learned of it")
    by = fields.text("personal", "who said so", longest=150)
    applied = models.BooleanField(default=True, db_comment="plain: it changed the present")

    class Meta:
        """Read along a unit's day."""

        indexes = [models.Index(fields=["unit", "happened_at"])]  # noqa: RUF012


class Support(models.Model):
    """Another service that came along, was asked for, or asked us."""

    id = fields.key()
    response = fields.link("web.Response", "the response", related_name="support")
    service = fields.text("plain", "police, ems, fire", longest=30, blank=False)
    kind = fields.choice("plain", "who asked whom, and how urgently", SUPPORT_KINDS)
    asked_at = fields.when("when")
    arrived_at = fields.sometime("when it came")
    reason = fields.text("plain", "why", longest=120)

    class Meta:
        """Once a response, service and kind."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="support_is_noted_once", fields=["response", "service", "kind"])
        ]


class UnitTime(models.Model):
    """What a unit of any service did on a call, as CAD says."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="unit_times")
    service = fields.text("plain", "police, ems, fire or ours", longest=30)
    unit = fields.text("plain", "the unit's name", longest=60, blank=False)
    assigned_at = fields.sometime("given the call")
    en_route_at = fields.sometime("rolling")
    arrived_at = fields.sometime("on scene")
    cleared_at = fields.sometime("left the call")
    canceled_at = fields.sometime("taken off before arrival")

    class Meta:
        """One row a unit on a call."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="unit_time_is_unique", fields=["call", "service", "unit"])
        ]


class PersonMet(models.Model):
    """One neighbor whom a crew met, without a name."""

    id = fields.key()
    response = fields.link("web.Response", "the response", related_name="people_met")
    age_band = fields.choice("personal", "age", AGE_BANDS, blank=True, default="")
    contact = fields.choice("plain", "whether they spoke", outcomes.CONTACTS)
    outcome = fields.choice("health", "how it ended for them", outcomes.OUTCOMES, blank=True, default="")
    destination = fields.choice("health", "where they were taken", outcomes.DESTINATIONS, blank=True, default="")
    voluntary = fields.fact("health", "of their own free will")
    arrest = fields.fact("personal", "police took them into custody")
    force = fields.fact("personal", "force was used on them")
    supplies = fields.words("health", "what they were given")
    follow_up_asked = fields.fact("health", "they were asked whether they want to be called upon")
    follow_up_wanted = fields.fact("health", "they said yes")
    felt_helped = fields.fact("health", "they said that it helped")
    complained = fields.fact("personal", "a complaint was made")
    harm = fields.choice(
        "health", "what befell them during contact, or within seven days", outcomes.HARMS, blank=True, default=""
    )
    told_at = fields.when("when it was written down")
    struck_at = fields.sometime("when it was taken back")

    class Meta:
        """Every word is from its list; nobody wants what they were not asked."""

        constraints = [  # noqa: RUF012
            models.CheckConstraint(name="contact_is_known", condition=Q(contact__in=outcomes.CONTACTS)),
            models.CheckConstraint(name="harm_is_known", condition=Q(harm__in=("", *outcomes.HARMS))),
            models.CheckConstraint(name="who_wants_was_asked", condition=Q(follow_up_wanted__isnull=True) | Q(follow_up_asked__isnull=False, follow_up_asked=True)),
        ]  # fmt: skip


class StaffEvent(models.Model):
    """What happened to a crew, or how it felt. Nobody is named; how it felt is said once a response."""

    id = fields.key()
    response = fields.link("web.Response", "the response", related_name="staff_events")
    kind = fields.choice("plain", "what", outcomes.STAFF_EVENTS)
    severity = fields.choice("health", "of an injury, how grave", outcomes.SEVERITIES, blank=True, default="")
    felt_safe = fields.fact("personal", "the crew felt safe")
    told_at = fields.when("when it was written down")
    struck_at = fields.sometime("when it was taken back")

    class Meta:
        """An injury has a severity, and nothing else has one."""

        constraints = [  # noqa: RUF012
            models.CheckConstraint(name="staff_event_is_known", condition=Q(kind__in=outcomes.STAFF_EVENTS)),
            models.CheckConstraint(name="an_injury_has_a_severity", condition=Q(kind=outcomes.INJURY, severity__in=outcomes.SEVERITIES) | (~Q(kind=outcomes.INJURY) & Q(severity=""))),
            models.UniqueConstraint(name="felt_safe_is_said_once", fields=["response"], condition=Q(kind=outcomes.FELT_SAFE, struck_at__isnull=True)),
        ]  # fmt: skip
