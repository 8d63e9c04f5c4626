"""The calls table: one row a CAD incident, and the facts that a rule may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rightcall import tables

FactKind = Literal["hazard", "volunteered", "context"]


@dataclass(frozen=True)
class Fact:
    """A fact about a call that is true, false or unknown.

    A *hazard* is never presumed absent. A *volunteered* fact may have a declared presumption.
    *Context* describes the call without making it dangerous.
    """

    name: str
    kind: FactKind
    doc: str


FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("weapon", "hazard", "a weapon was seen, used or mentioned"),
        Fact("violence", "hazard", "physical violence toward others, or a threat of it"),
        Fact("injury", "hazard", "somebody is hurt"),
        Fact("medical_emergency", "hazard", "somebody needs an ambulance now"),
        Fact("attempt_in_progress", "hazard", "a suicide attempt is under way"),
        Fact("crime_in_progress", "hazard", "a crime is under way"),
        Fact("fire", "hazard", "fire, smoke or hazardous material"),
        Fact("in_traffic", "hazard", "the person is in moving traffic or blocks it"),
        Fact("intimate_partner", "hazard", "between partners or family members"),
        Fact("sexual_or_child_present", "hazard", "a sexual act, or a child is present"),
        Fact("imminent_risk", "hazard", "a clinician says that danger is imminent"),
        Fact("verified_caution", "volunteered", "a reviewed, unexpired caution on the place or the person"),
        Fact("scene_secured", "volunteered", "an officer on scene says that it is safe"),
        Fact("caller_asks_police", "volunteered", "the caller wants an officer"),
        Fact("needs_report", "volunteered", "the caller needs a police report or a citation"),
        Fact("urgent", "context", "the city's own words call it urgent"),
        Fact("past_event", "context", "it is over: the words say past, cold or just occurred"),
        Fact("mental_health", "context", "somebody noted mental health as a factor"),
        Fact("alcohol", "context", "somebody noted alcohol as a factor"),
        Fact("drugs", "context", "somebody noted drugs as a factor"),
        Fact("no_phone", "context", "the person in need has no phone"),
    )
}

HAZARDS = tuple(fact.name for fact in FACTS.values() if fact.kind == "hazard")

ORIGINS = [
    "911", "non-emergency", "988", "311", "radio", "walk-up", "officer", "online", "alarm", "follow-up plan", "outreach",
]  # fmt: skip
REQUESTERS = ["caller", "police", "ems", "fire", "988", "ours"]
CALLERS = ["first party", "second party", "third party"]
PLACE_KINDS = ["private residence", "business", "public building", "outside", "vehicle", "care facility", "school"]
AGE_BANDS = ["under 18", "18 to 24", "25 to 64", "65 and over"]
FAMILY_BASES = ["reviewed", "proposed"]

# From the finest to the coarsest; a place may be known in several layers at once.
AREA_LAYERS = {
    "area_beat": "beat, grid cell or reporting district: the finest layer that police use",
    "area_sector": "sector, precinct, substation or police district",
    "area_district": "council district or ward",
    "area_neighborhood": "neighborhood",
    "area_zip": "ZIP code",
}


class Calls(tables.Table):
    """One row a CAD incident. Unknown is null. Times are UTC."""

    call_id = tables.text("the city's number, with the agency in front where numbers repeat", nullable=False)
    incident_number = tables.text("the city's own number of the incident")
    agency = tables.text("agency that owns the incident")
    jurisdiction = tables.text("jurisdiction, where an export covers several")
    received_at = tables.when("the center learned of it", nullable=False)
    entered_at = tables.when("typed into CAD")
    released_at = tables.when("released to a dispatcher")
    first_type = tables.text("the city's own word when the call came in")
    last_type = tables.text("the city's own word when the call was closed")
    family = tables.text("what rules speak of; null while unmapped")
    family_basis = tables.choice(FAMILY_BASES, "whether a person reviewed the mapping of the word")
    common_type = tables.text("APCO common incident type, for exchange")
    initial_priority = tables.whole("1 is most urgent")
    origin = tables.choice(ORIGINS, "how it reached the center")
    requested_by = tables.choice(REQUESTERS, "who asked")
    caller = tables.choice(CALLERS, "whether the caller is the person in need")
    area_beat = tables.text(AREA_LAYERS["area_beat"])
    area_sector = tables.text(AREA_LAYERS["area_sector"])
    area_district = tables.text(AREA_LAYERS["area_district"])
    area_neighborhood = tables.text(AREA_LAYERS["area_neighborhood"])
    area_zip = tables.text(AREA_LAYERS["area_zip"])
    lat = tables.number("latitude, degrees")
    lon = tables.number("longitude, degrees")
    place_kind = tables.choice(PLACE_KINDS, "what kind of place")
    place_text = tables.text("the place in the city's words; stays on the planner's machine")
    age_band = tables.choice(AGE_BANDS, "age of the person in need")
    language = tables.text("language of the caller")
    person_key = tables.text("pseudonym of the person in need")
    place_key = tables.text("pseudonym of the place")
    closed_reason = tables.text("why it was closed, in the city's words")
    disposition = tables.text("how it ended, in the city's words")
    merged_into = tables.text("call_id of the incident that it was merged into")
    reopened_from = tables.text("call_id of the incident that it reopened")
    weapon = tables.fact(FACTS["weapon"].doc)
    violence = tables.fact(FACTS["violence"].doc)
    injury = tables.fact(FACTS["injury"].doc)
    medical_emergency = tables.fact(FACTS["medical_emergency"].doc)
    attempt_in_progress = tables.fact(FACTS["attempt_in_progress"].doc)
    crime_in_progress = tables.fact(FACTS["crime_in_progress"].doc)
    fire = tables.fact(FACTS["fire"].doc)
    in_traffic = tables.fact(FACTS["in_traffic"].doc)
    intimate_partner = tables.fact(FACTS["intimate_partner"].doc)
    sexual_or_child_present = tables.fact(FACTS["sexual_or_child_present"].doc)
    imminent_risk = tables.fact(FACTS["imminent_risk"].doc)
    verified_caution = tables.fact(FACTS["verified_caution"].doc)
    scene_secured = tables.fact(FACTS["scene_secured"].doc)
    caller_asks_police = tables.fact(FACTS["caller_asks_police"].doc)
    needs_report = tables.fact(FACTS["needs_report"].doc)
    urgent = tables.fact(FACTS["urgent"].doc)
    past_event = tables.fact(FACTS["past_event"].doc)
    mental_health = tables.fact(FACTS["mental_health"].doc)
    alcohol = tables.fact(FACTS["alcohol"].doc)
    drugs = tables.fact(FACTS["drugs"].doc)
    no_phone = tables.fact(FACTS["no_phone"].doc)
    source_file = tables.text("name of the file that it was read from", nullable=False)
    source_row = tables.whole("row in that file, the first row of data is 1", nullable=False)


class UnitTimes(tables.Table):
    """What every unit of every service did; several rows of one incident in an export land here."""

    call_id = tables.text("the call", nullable=False)
    service = tables.text("police, ems, fire or ours")
    unit = tables.text("the unit's name")
    assigned_at = tables.when("given the call")
    en_route_at = tables.when("rolling")
    arrived_at = tables.when("on scene")
    cleared_at = tables.when("left the call")
    canceled_at = tables.when("taken off before arrival")


CATEGORIES: dict[str, list[str]] = {
    "origin": ORIGINS,
    "requested_by": REQUESTERS,
    "caller": CALLERS,
    "place_kind": PLACE_KINDS,
    "age_band": AGE_BANDS,
}
