"""The reasoning on question 2 in words with figures, and what other cities did."""

from __future__ import annotations

import numpy as np

from rightcall.locale import N_, Message, Share
from rightcall.planning.program_home import Choice
from rightcall.program.document import Program
from rightcall.program.home import CRITERIA

# The usual homes, and where each can be looked at.
PRECEDENTS = {
    "own department": (
        N_("Durham: a department of its own, approved in June 2021, a branch beside 911, police, fire and ambulance (City of Durham, CivicAlerts 3205; ICMA)."),
        N_("Albuquerque: a cabinet-level department with city staff since September 2021 (CSG Justice Center)."),
    ),
    "fire": (
        N_("Portland: first in the fire bureau, then in a public safety service area (our table of peers; not confirmed)."),
        N_("Phoenix: in the fire department, 128 to 130 people (City of Phoenix, Legistar)."),
        N_("San Francisco: fire and public health together, clinicians and peers under contract (Transform911)."),
    ),
    "health": (
        N_("Denver: the department of public health; clinicians under contract beside the paramedics of Denver Health (NLC)."),
        N_("Philadelphia: the department of behavioral health with four contracted providers, reached by 988 (WHYY)."),
    ),
    "police": (
        N_("Olympia: in the police department, under contract in 2019, later with city staff; police back-up on 467 of about 2,301 calls in part of 2024 (JOLT News)."),
        N_("Eugene: money and dispatch through the police for decades, later through fire; the service ended there in April 2025 (OPB)."),
    ),
    "911 center": (
        N_("Houston: phone counselors of the local mental health authority inside the emergency center since 2015 (hcintercept.org, Crisis Call Diversion)."),
        N_("Seattle: a third public safety department that also runs the 911 center (City of Seattle)."),
    ),
    "city manager": (
        N_("Minneapolis: an office of community safety, the teams under contract with Canopy Roots (NLC)."),
        N_("New York: the mayor's office with fire and public hospitals; 35 % of eligible calls went unserved, and why was not tracked (City Comptroller, 2025)."),
    ),
    "contracted non-profit": (
        N_("Eugene: White Bird from 1989; the service ended there in April 2025 when the city was short of money and the nonprofit too (OPB)."),
        N_("Atlanta: a nonprofit paid by city, county and philanthropy, reached by 311 (Atlanta PAD)."),
    ),
    "regional body": (
        N_("Austin: the regional mental health authority, Integral Care, paid 60 % by the city and 40 % by the county (Integral Care, 2019)."),
    ),
}  # fmt: skip
METHOD = Message(N_("Each criterion has a weight, and people differ on it. Instead of one set of weights, {draws} were drawn evenly from all that are reasonable (stochastic multicriteria acceptability analysis, Lahdelma and Salminen), and scores from their ranges: an option that comes first for most of them is a choice that most views can live with."), {"draws": 20_000})  # fmt: skip
NOT_SCORED = Message(N_("The document does not score two homes yet, so none can be compared. Write [[home_option]] entries with scores from 1 to 5, a number, a range or unknown, and [[stakeholder]] entries with what each weighs."))  # fmt: skip
CLEAR = 0.5
# Differences of shares and weights below which nothing is said to be for or against.
LITTLE = 0.03
UNDECIDED = ("", "unknown", "to be decided")
# From here on a stakeholder's own weights put a home first; below, the ranges of the scores leave it open.
SURE = 0.6


def answer(choice: Choice, program: Program) -> list[Message]:
    """What question 2 comes to, the most important first."""
    order = np.argsort(-choice.first, kind="stable")
    names = [option_name(choice, int(o)) for o in order]
    first, second = int(order[0]), int(order[1])
    values = {"one": names[0], "share": Share(float(choice.first[first])), "other": names[1], "then": Share(float(choice.first[second]))}  # fmt: skip
    text = (
        N_("“{one}” comes first for {share} of all reasonable weights, “{other}” for {then}.")
        if choice.first[first] >= CLEAR
        else N_("No home is best for most weights: “{one}” comes first for {share}, “{other}” for {then}.")
    )
    said = [Message(text, values)]
    apart = choice.central[first] - choice.central[second]
    if not np.isnan(apart).any() and np.abs(apart).max() > LITTLE:
        more = int(np.argmax(choice.central[first] - choice.central[second]))
        less = int(np.argmin(choice.central[first] - choice.central[second]))
        said.append(Message(N_("“{one}” is for those who give more weight to “{more}”, “{other}” for those who give more to “{less}”."), values | {"more": criterion_name(choice, more), "less": criterion_name(choice, less)}))  # fmt: skip
    c = choice.deciding
    if abs(float(choice.without[c, first] - choice.first[first])) < LITTLE:
        said.append(Message(N_("No single criterion decides: without any one of them the shares stay about the same.")))
        return [*said, *_views(choice), *_named(choice, program)]
    now = int(np.argmax(choice.without[c]))
    values = {"criterion": criterion_name(choice, c), "one": names[0], "share": Share(float(choice.without[c, first])), "now": option_name(choice, now), "then": Share(float(choice.without[c, now]))}  # fmt: skip
    text = (
        N_("The criterion that decides is “{criterion}”: without it “{one}” comes first for {share}.")
        if now == first
        else N_("The criterion that decides is “{criterion}”: without it “{now}” comes first, for {then}, and “{one}” for {share}.")
    )  # fmt: skip
    said.append(Message(text, values))
    return [*said, *_views(choice), *_named(choice, program)]


def _named(choice: Choice, program: Program) -> list[Message]:
    """What is unknown of the scores, and what the document has chosen."""
    said = []
    if choice.unscored:
        said.append(Message(N_("{share} of the scores are unknown; they range over the whole scale here."), {"share": Share(choice.unscored)}))  # fmt: skip
    return [*said, *named(program)]


def named(program: Program) -> list[Message]:
    """The home that the document has chosen, if it has."""
    home = program.home.department if program.home else ""
    return [] if home in UNDECIDED else [Message(N_("The program names as its home: {department}."), {"department": home})]  # fmt: skip


def _views(choice: Choice) -> list[Message]:
    """Where those who have a say agree and where not."""
    if not choice.views:
        return []
    by_first: dict[int, list[str]] = {}
    torn = [view.name for view in choice.views if view.share < SURE]
    for view in choice.views:
        if view.share >= SURE:
            by_first.setdefault(view.first, []).append(view.name)
    if not by_first:
        return [Message(N_("By their own weights no stakeholder clearly puts one home first."))]
    if len(by_first) == 1 and len(choice.views) > 1 and not torn:
        return [Message(N_("All {n} stakeholders put “{one}” first by their own weights."), {"n": len(choice.views), "one": option_name(choice, choice.views[0].first)})]  # fmt: skip
    listed = [Message(N_("“{one}” ({who})"), {"one": option_name(choice, o), "who": names}) for o, names in by_first.items()]  # fmt: skip
    said = [Message(N_("By their own weights the stakeholders put first: {list}."), {"list": listed})]
    if torn:
        said.append(Message(N_("Not clear, by their own weights: {list}."), {"list": torn}))
    if choice.apart:
        one, other, c = max(choice.apart, key=lambda pair: abs(pair[0].weights[pair[2]] - pair[1].weights[pair[2]]))
        said.append(Message(N_("They differ most on “{criterion}”: {one} gives it {first} of all weight, {other} {second}."), {"criterion": criterion_name(choice, c), "one": one.name, "other": other.name, "first": Share(float(one.weights[c])), "second": Share(float(other.weights[c]))}))  # fmt: skip
    return said


def option_name(choice: Choice, o: int) -> Message | str:
    """What an option is called: the usual ones in the reader's language, the city's as it says them."""
    option = choice.options[o]
    return option.name or (Message(HOMES[option.id]) if option.id in HOMES else option.id)


def criterion_name(choice: Choice, c: int) -> Message | str:
    """What a criterion is called: the usual ones in the reader's language, the city's as it says them."""
    criterion = choice.criteria[c]
    return criterion.name or (Message(criterion.id) if criterion.id in CRITERIA else criterion.id)


HOMES = {
    "own department": N_("a department of its own"), "fire": N_("the fire department"), "health": N_("the health department"), "police": N_("the police department"),
    "911 center": N_("the 911 center"), "city manager": N_("the city manager's office"), "contracted non-profit": N_("a non-profit under contract"), "regional body": N_("a regional body"),
}  # fmt: skip
# The usual criteria as they are said.
SAID = (
    N_("dispatch integration"), N_("independence"), N_("clinical oversight"), N_("data access"), N_("cost"), N_("speed"), N_("public trust"), N_("labor"), N_("continuity"),
)  # fmt: skip
assert SAID == CRITERIA
