"""Every measure, defined once: numerator, denominator, unit, what it needs, why it matters.

The definitions follow the four questions that a manager must answer to a mayor, a council and a community.
"""

from __future__ import annotations

from dataclasses import dataclass

from rightcall.locale import N_


@dataclass(frozen=True)
class Measure:
    """A measure in words. `needs`: the columns without which it cannot be computed."""

    id: str
    title: str
    numerator: str
    denominator: str
    unit: str
    needs: tuple[str, ...]
    why: str


MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure("calls_received", N_("Calls received"), N_("incidents in the calls table"), "", "calls", ("received_at",),
                N_("What the center has to answer at all.")),
        Measure("public_calls", N_("Calls from the public"), N_("incidents that are not officers' own work, administration, tests or scheduled transfers"),
                N_("incidents"), "calls", ("received_at",), N_("The denominator of every share: nobody else could have taken an officer's own work.")),
        Measure("eligible_by_nature", N_("Ours by nature"), N_("public calls that our rules would take with all hazards ignored, by the first type"),
                N_("public calls"), "share", ("family",), N_("The upper end of what a program is for. It is not what a team may be sent to.")),
        Measure("eligible_at_most", N_("Could have been ours, at most"), N_("public calls of a known type that are ours, or of which it cannot be said"),
                N_("public calls"), "share", ("family",), N_("What remains when every hazard that is recorded is taken out.")),
        Measure("eligible_at_least", N_("Could have been ours, at least"), N_("public calls that are ours whatever the unknown turns out to be"),
                N_("public calls"), "share", ("family",), N_("What is certain. Most exports say nothing about hazards, so it is often none.")),
        Measure("eligible_middle", N_("Could have been ours, by a sample read by hand"), N_("certain ones, and the share of the others that readers of the narratives called ours"),
                N_("public calls"), "share", ("family",), N_("The figure to plan with, as soon as a day of reading was done.")),
        Measure("eligible_expected", N_("Could have been ours, as expected"), N_("each call with its chance to be ours by the expectations of the program"),
                N_("public calls"), "share", ("family",), N_("A placeholder with sources, until a sample was read by hand.")),
        Measure("screened_out", N_("Screened out, by rule"), N_("public calls that are ours by nature and that a rule excludes"), N_("public calls that are ours by nature"),
                "share", ("family",), N_("Shows what each rule costs.")),
        Measure("not_assessed", N_("Not assessed"), N_("public calls whose type is missing or not yet mapped"), N_("public calls"), "share", ("first_type",),
                N_("Not assessed is not ineligible. It shrinks as the types are reviewed.")),
        Measure("time_in_queue", N_("Time in queue today"), N_("received → first unit assigned"), "", "minutes", ("received_at", "assigned_at"),
                N_("How long these calls wait until somebody is sent.")),
        Measure("turnout", N_("Turnout today"), N_("first unit assigned → en route"), "", "minutes", ("assigned_at", "en_route_at"), N_("How long until the unit rolls.")),
        Measure("travel", N_("Travel today"), N_("en route (assigned, where en route is not recorded) → first arrival"), "", "minutes", ("assigned_at", "arrived_at"), N_("How far units are.")),
        Measure("response_time", N_("Response time today"), N_("received → first arrival"), "", "minutes", ("received_at", "arrived_at"), N_("How long a neighbor waits today.")),
        Measure("time_on_scene", N_("Time on scene today"), N_("first arrival → last unit cleared"), "", "minutes", ("arrived_at", "cleared_at"), N_("How long a visit takes today.")),
        Measure("unit_time", N_("Unit time today"), N_("assigned → cleared, all units of the call"), "", "minutes", ("assigned_at", "cleared_at"),
                N_("What these calls take from police, fire and ambulance today.")),
        Measure("backlog", N_("Backlog at its worst today"), N_("most calls of our nature waiting for a first unit at once; by week in tables/backlog.csv"), "", "calls",
                ("received_at", "assigned_at"), N_("How bad it gets, which an average hides.")),
        Measure("coverage", N_("Coverage, all hours"), N_("eligible calls that one of our teams answered"), N_("eligible calls"), "share", ("decisions", "responses"),
                N_("What part of the need is met, whatever the hours on duty.")),
        Measure("coverage_on_duty", N_("Coverage while on duty"), N_("eligible calls that one of our teams answered"), N_("eligible calls that came while such a team was on duty"), "share",
                ("decisions", "responses", "duty"), N_("What the teams that there are can do. It says nothing of the night when nobody is on duty.")),
        Measure("uptake", N_("Uptake"), N_("eligible calls on duty that were offered to a team"), N_("eligible calls that came while such a team was on duty"), "share", ("decisions", "duty"),
                N_("A team that is not called helps nobody.")),
        Measure("answered_by_phone", N_("Answered by phone alone"), N_("calls that the desk answered and nobody visited"), N_("responses"), "calls", ("responses",), N_("A conversation that settles it spares a visit.")),
        Measure("answered_in_person", N_("Answered in person"), N_("visits of a team without police"), N_("responses"), "calls", ("responses",), N_("The core of most programs.")),
        Measure("answered_with_police", N_("Answered with police"), N_("visits of a clinician with an officer"), N_("responses"), "calls", ("responses",), N_("Where danger is likelier, and officers stay bound.")),
        Measure("queue", N_("Time in queue"), N_("received → first unit of ours assigned"), "", "minutes", ("responses",), N_("How long calls wait for a team of ours.")),
        Measure("crew_turnout", N_("Turnout"), N_("assigned → en route"), "", "minutes", ("responses",), N_("How long until a crew rolls.")),
        Measure("crew_travel", N_("Travel"), N_("en route → at the scene or staged"), "", "minutes", ("responses",), N_("How far crews are.")),
        Measure("crew_response", N_("Response time"), N_("received → arrival of one of our teams"), "", "minutes", ("responses",), N_("How long a neighbor waits for us.")),
        Measure("visit", N_("Time on scene"), N_("arrived → cleared, rides to care included"), "", "minutes", ("responses",), N_("How long a visit takes.")),
        Measure("unit_hours", N_("Unit time"), N_("assigned → available again, all our units"), "", "hours", ("responses",), N_("What the calls take from our units.")),
        Measure("hours_on_duty", N_("Hours on duty"), N_("hours of units on duty"), "", "hours", ("duty",), N_("What is paid for.")),
        Measure("busy_share", N_("Busy share"), N_("unit time"), N_("hours on duty"), "share", ("responses", "duty"), N_("Too low costs money, too high makes neighbors wait.")),
        Measure("per_unit_hour", N_("Responses per hour on duty"), N_("responses"), N_("hours on duty"), "responses an hour", ("responses", "duty"), N_("Compares programs of different size.")),
        Measure("backup_routine", N_("Back-up asked, routine"), N_("visits at which our crew asked police to come when they can"), N_("visits"), "share", ("responses", "support"), N_("The question that every council asks.")),
        Measure("backup_urgent", N_("Back-up asked, urgent"), N_("visits at which our crew asked police to come at once"), N_("visits"), "share", ("responses", "support"), N_("The question that every crew asks.")),
        Measure("moved", N_("Taken to a place of care"), N_("visits that ended with a ride"), N_("visits"), "share", ("responses",), N_("Shows the need for places that take people in.")),
        Measure("police_sent_along", N_("Police sent along"), N_("visits to which the center sent police before our crew arrived"), N_("visits"), "share", ("responses", "support"), N_("What the center does of its own accord, which is not what crews ask for.")),
        Measure("police_asked_us", N_("Police asked for us"), N_("responses that police requested"), N_("responses"), "share", ("responses",), N_("Trust of officers, and calls that the center did not offer.")),
        Measure("time_to_decide", N_("Time to decide"), N_("received → first decision"), "", "minutes", ("decisions",), N_("No call waits for a question.")),
        Measure("overrides", N_("Decided otherwise by a person"), N_("calls that a person decided otherwise than the program"), N_("calls that were decided"), "share", ("decisions",),
                N_("Many of one kind say that a rule is wrong.")),
        Measure("surprises", N_("Screening surprises"), N_("visits at which the crew found a weapon or violence that was said to be absent"), N_("visits"), "share", ("responses",),
                N_("What triage did not see is what endangers crews.")),
        Measure("hours_kept", N_("Hours on duty kept"), N_("hours on duty"), N_("hours on duty as planned"), "share", ("duty",), N_("A shift that nobody fills answers no call.")),
        Measure("contact_made", N_("Contact made"), N_("responses at which somebody was met or spoken to"), N_("responses whose end is known"), "share", ("responses",),
                N_("A crew that finds nobody there helps nobody.")),
        Measure("settled_alone", N_("Settled without police or ambulance"), N_("responses with contact to which neither came and which neither took over"), N_("responses with contact"),
                "share", ("responses", "support"), N_("What such a program is for.")),
        Measure("involuntary", N_("Moved against their will"), N_("neighbors who did not go of their own free will"), N_("neighbors who were taken to a place of care"), "share", ("people_met",),
                N_("Programs of this kind promise that it is rare.")),
        Measure("arrests", N_("Taken into custody"), N_("neighbors whom police took into custody"), N_("responses of which the crew said either"), "per 1,000", ("people_met",),
                N_("Calls that end in a cell are what a program is meant to spare.")),
        Measure("force_used", N_("Force used"), N_("neighbors on whom force was used, by anybody"), N_("responses of which the crew said either"), "per 1,000", ("people_met",),
                N_("Unarmed crews use none; what others use beside them is counted too.")),
        Measure("staff_injuries", N_("Injuries of staff"), N_("injuries of members of a crew"), N_("visits of which the crew wrote something down"), "per 1,000", ("staff_events",), N_("Whether unarmed crews come home.")),
        Measure("felt_safe", N_("Felt safe"), N_("responses of which the crew said that it felt safe"), N_("responses of which it said either"), "share", ("staff_events",), N_("Crews that are afraid do not stay.")),
        Measure("harm", N_("Neighbors who came to harm"), N_("neighbors injured or dead during contact, or within seven days"), N_("responses of which the crew said either"), "per 1,000", ("people_met",),
                N_("Whether neighbors are safe with us.")),
        Measure("complaints", N_("Complaints"), N_("neighbors about whose visit a complaint was made"), N_("responses of which the crew said either"), "per 1,000", ("people_met",), N_("Who complains tells us what to mend.")),
        Measure("felt_helped", N_("Said that it helped"), N_("neighbors who said that it helped"), N_("neighbors who said either"), "share", ("people_met",), N_("The neighbor's own word.")),
        Measure("missed_at_triage", N_("Missed at triage"), N_("calls of a sample that a reader calls ours"), N_("calls that were not ours and were read by hand, drawn by chance"), "share", ("readings",),
                N_("What the rules leave to police and need not.")),
        Measure("crew_backlog", N_("Backlog at its worst"), N_("most eligible calls waiting at once for a first unit of ours"), "", "calls", ("responses",), N_("How bad it gets, which an average hides.")),
    )
}  # fmt: skip
