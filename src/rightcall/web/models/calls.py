"""Calls: what the center was told, what was changed, how it was decided, and what nobody took."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rightcall.calls.columns import AGE_BANDS, CALLERS, ORIGINS, PLACE_KINDS, REQUESTERS
from rightcall.dispatch import status
from rightcall.dispatch.columns import REASONS
from rightcall.triage.decisions import OUTCOMES
from rightcall.web import fields

# Who has a call that nobody of ours has, and who keeps a caller on the line whom nobody took over.
CENTER = "911 center"


def _maybe(kind: str, doc: str, values: list[str]) -> object:
    return fields.choice(kind, doc, values, blank=True, default="")


class Call(models.Model):
    """One incident as it is now. Every change of a field is a row of `Change`; the owner is never empty."""

    id = fields.key()
    agency = fields.text("plain", "the agency that owns the incident", longest=60)
    number = fields.text("plain", "the incident's number, as people say it", longest=80, blank=False)
    state = fields.choice("plain", "its state", status.CALLS.docs, default="open")
    owner = fields.text("plain", "who has it now: the center, a unit, a service", longest=120, blank=False)
    on_line = fields.text("plain", "who keeps the caller on the line", longest=120)
    in_cad = models.BooleanField(default=False, db_comment="plain: the center's CAD holds it")
    received_at = fields.when("the center learned of it", db_index=True)
    entered_at = fields.sometime("typed into CAD")
    released_at = fields.sometime("released to a dispatcher")
    known_at = fields.when("when the service learned of it")
    said = fields.document("plain", "field to the time, by the sender's clock, at which its value was said")
    heard_at = fields.when("when its sender was heard last")
    first_type = fields.text("plain", "the city's own word when it came in")
    last_type = fields.text("plain", "the city's own word now")
    family = fields.text("plain", "what rules speak of; empty while unmapped", longest=60)
    family_basis = fields.text("plain", "whether a person reviewed the mapping of the word", longest=20)
    common_type = fields.text("plain", "APCO common incident type, for exchange", longest=20)
    priority = fields.whole("plain", "1 is most urgent", null=True, blank=True)
    origin = _maybe("plain", "how it reached the center", ORIGINS)
    requested_by = _maybe("plain", "who asked", REQUESTERS)
    caller = _maybe("personal", "whether the caller is the person in need", CALLERS)
    age_band = _maybe("personal", "age of the person in need", AGE_BANDS)
    language = fields.text("personal", "language of the caller", longest=35)
    callback = fields.text("personal", "where the caller can be reached", longest=80)
    place_text = fields.text("personal", "the place in words", longest=500)
    place_kind = _maybe("personal", "what kind of place", PLACE_KINDS)
    lat = fields.number("personal", "degrees north")
    lon = fields.number("personal", "degrees east")
    areas = fields.document("plain", "layer of areas to the area's name")
    determinant = fields.text("health", "the code of a licensed protocol", longest=60)
    told = fields.document(
        "health", "facts as they were said, whatever the city's words mean; null was said to be unknown"
    )
    facts = fields.document(
        "health", "facts that hold: as said, or as the city's words mean; what is not here is unknown"
    )
    remarks = fields.note("health", "what the center typed for those who go")
    closed_at = fields.sometime("when it ended")
    closed_reason = fields.text("plain", "why, in the city's words")
    disposition = fields.text("plain", "how it ended", longest=80)
    merged_into = fields.link(
        "self", "the call that it is the same matter as", null=True, blank=True, related_name="merged"
    )
    reopened = fields.whole("plain", "how often it was reopened", default=0)

    class Meta:
        """One row a number and agency; nobody's call does not exist; no closed call without a disposition."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="call_number_is_unique", fields=["agency", "number"]),
            models.CheckConstraint(name="call_state_is_known", condition=Q(state__in=list(status.CALLS.docs))),
            models.CheckConstraint(name="call_has_an_owner", condition=~Q(owner="")),
            models.CheckConstraint(name="closed_call_has_a_disposition", condition=~Q(state="closed") | (~Q(disposition="") & Q(closed_at__isnull=False))),
            models.CheckConstraint(name="merged_call_names_the_other", condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into__isnull=True))),
            models.CheckConstraint(name="call_is_on_earth", condition=Q(lat__isnull=True) | Q(lat__range=(-90, 90), lon__range=(-180, 180))),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "received_at"])]  # noqa: RUF012

    def __str__(self) -> str:
        return self.number


class Report(models.Model):
    """One time that somebody told the center of it."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="reports")
    at = fields.when("when")
    channel = fields.choice("plain", "how", ORIGINS)
    transferred_from = fields.text("plain", "the service that stays on the line or handed over", longest=120)
    transferred_to = fields.text("plain", "who took the caller", longest=120)
    unsaid = models.BooleanField(
        default=False, db_comment="plain: the first message of the call told of none, so it is one itself"
    )

    class Meta:
        """The same telling is one report, however often it is sent."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="report_is_told_once", fields=["call", "at", "channel", "unsaid"])
        ]


class Change(models.Model):
    """A field of a call that was changed: append-only."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="changes")
    field = fields.text("plain", "the field or fact", longest=60)
    old = fields.document("health", "the value before", null=True)
    new = fields.document("health", "the value since", null=True)
    happened_at = fields.when("when it was so")
    known_at = fields.when("when the service learned of it")
    by_role = fields.text("plain", "the role or source that said so", longest=60)


class Decision(models.Model):
    """One time that a call was decided: append-only, but for an override, which comes once and later."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="decisions")
    sequence = fields.whole("plain", "1 for the first on the call")
    decided_at = fields.when("when")
    program = fields.link("web.ProgramVersion", "the version that made it")
    outcome = fields.choice("plain", "ours, not ours, cannot be said", OUTCOMES)
    possible = fields.note("plain", "the answers left, services joined by +, answers by |")
    nature_eligible = fields.fact("plain", "ours by nature, hazards ignored")
    team = fields.text("plain", "the team that is proposed", longest=60)
    send = fields.words("plain", "the services that the program sends")
    rules = fields.words("plain", "the possible rules in order")
    missing = fields.words("plain", "the facts that are missing")
    because = fields.text("plain", "what made it be decided: received, changed, asked, a new program", longest=40)
    override = fields.text("plain", "what a person decided instead", longest=120)
    override_reason = fields.text("plain", "why", longest=60)
    overridden_at = fields.sometime("when")
    overridden_by = fields.text("personal", "by whom")
    shadow = models.BooleanField(default=False, db_comment="plain: for comparison only, nothing was sent")

    class Meta:
        """Numbered without gaps or repeats; an override always has its reason."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="decision_sequence_is_unique", fields=["call", "sequence"]),
            models.CheckConstraint(name="override_has_a_reason", condition=Q(override="") | (~Q(override_reason="") & Q(overridden_at__isnull=False))),
        ]  # fmt: skip


class Unserved(models.Model):
    """Why an eligible call was not taken by a team of ours, and who went instead."""

    id = fields.key()
    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="unserved", db_comment="plain: the call")
    reason = fields.choice("plain", "why", REASONS)
    sent_instead = fields.text("plain", "who went instead", longest=120, blank=False)
    at = fields.when("when that was so")


class Reading(models.Model):
    """What somebody who read a call by hand says of it: whether it would have been ours. One a call; the trail knows who."""

    id = fields.key()
    call = fields.link("web.Call", "the call", related_name="readings")
    verdict = fields.choice("plain", "ours, not ours, cannot be said", OUTCOMES)
    read_at = fields.when("when")

    class Meta:
        """Once a call."""

        constraints = [  # noqa: RUF012
            models.UniqueConstraint(name="call_is_read_once", fields=["call"]),
            models.CheckConstraint(name="reading_has_a_verdict", condition=Q(verdict__in=list(OUTCOMES))),
        ]  # fmt: skip
