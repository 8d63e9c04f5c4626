"""The tables of what our teams did: responses, support, what nobody took, and duty."""

from __future__ import annotations

from rightcall import tables
from rightcall.calls.columns import AGE_BANDS, REQUESTERS
from rightcall.dispatch import outcomes

MODES = ["phone", "in person", "with police", "follow-up"]
SUPPORT_KINDS = ["sent along", "asked routine", "asked urgent", "asked us"]
# Why an eligible call had no team of ours. *caller gave up* and *canceled* came to the list of the house with the
# simulation, where both can be told apart from *all busy*.
REASONS = [
    "outside hours", "outside area", "all busy", "unit withdrawn", "dispatcher chose police", "caller asked for police",
    "upgraded", "caller gave up", "canceled", "still waiting", "unknown",
]  # fmt: skip


class Responses(tables.Table):
    """One row each time one of our teams is given a call. Unknown is null. Times are UTC."""

    response_id = tables.text("our own id", nullable=False)
    call_id = tables.text("the call", nullable=False)
    team = tables.text("the team", nullable=False)
    unit = tables.text("the unit")
    crew = tables.text("who was on it, by role")
    mode = tables.choice(MODES, "how it was answered", nullable=False)
    requested_by = tables.choice(REQUESTERS, "who asked for us")
    handed_from = tables.text("the response or service that handed it over")
    assigned_at = tables.when("the unit was given the call")
    en_route_at = tables.when("wheels turn")
    staged_at = tables.when("it waits near the scene")
    arrived_at = tables.when("with the neighbor, or on the line")
    transport_at = tables.when("it leaves with somebody")
    destination_at = tables.when("at the place of care")
    cleared_at = tables.when("the call is over")
    available_at = tables.when("the unit can be given a call again")
    canceled_at = tables.when("taken off before arrival")
    cancel_reason = tables.text("why")
    outcome = tables.text("how it ended, by dispatch/outcomes.py")
    found_weapon = tables.fact("the crew found a weapon")
    found_violence = tables.fact("the crew found violence")


class Support(tables.Table):
    """One row each time another service was asked to come to our response, or came along."""

    response_id = tables.text("the response", nullable=False)
    service = tables.text("police, ems, fire", nullable=False)
    kind = tables.choice(SUPPORT_KINDS, "who asked whom, and how urgently", nullable=False)
    asked_at = tables.when("when it was asked")
    arrived_at = tables.when("when it came")
    reason = tables.text("why")


class PeopleMet(tables.Table):
    """One row a neighbor a response, without a name. Unknown is null."""

    response_id = tables.text("the response", nullable=False)
    age_band = tables.choice(AGE_BANDS, "age")
    contact = tables.choice(list(outcomes.CONTACTS), "whether they spoke", nullable=False)
    outcome = tables.text("how it ended for them, by dispatch/outcomes.py")
    destination = tables.choice(list(outcomes.DESTINATIONS), "where they were taken")
    voluntary = tables.fact("of their own free will")
    arrest = tables.fact("police took them into custody")
    force = tables.fact("force was used on them")
    supplies = tables.text("what they were given, separated by commas")
    follow_up_asked = tables.fact("they were asked whether they want to be called upon")
    follow_up_wanted = tables.fact("they said yes")
    felt_helped = tables.fact("they said that it helped")
    complained = tables.fact("a complaint was made")
    harm = tables.choice(list(outcomes.HARMS), "what befell them during contact, or within seven days")


class StaffEvents(tables.Table):
    """What happened to a crew, or how it felt: one row an event. Nobody is named."""

    response_id = tables.text("the response", nullable=False)
    kind = tables.choice(list(outcomes.STAFF_EVENTS), "what", nullable=False)
    severity = tables.choice(list(outcomes.SEVERITIES), "of an injury, how grave")
    felt_safe = tables.fact("the crew felt safe")


class Unserved(tables.Table):
    """One row an eligible call that no team took."""

    call_id = tables.text("the call", nullable=False)
    reason = tables.choice(REASONS, "why", nullable=False)
    sent_instead = tables.text("who went instead")


class Duty(tables.Table):
    """One row a unit's turn of duty."""

    unit = tables.text("the unit", nullable=False)
    team = tables.text("its team", nullable=False)
    planned_start = tables.when("as planned", nullable=False)
    planned_end = tables.when("as planned", nullable=False)
    started_at = tables.when("when it began")
    ended_at = tables.when("when it ended")
    base = tables.text("where it waits")
    area = tables.text("what it serves")
    crew = tables.text("roles present")
    out_of_service_minutes = tables.number("minutes withdrawn, meals included")
