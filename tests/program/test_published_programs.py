"""The published programs: real programs, said in the rule language, decide as their public criteria say."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rightcall.calls.columns import HAZARDS, Calls
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.triage import decisions, review

PROGRAMS = Path(__file__).parents[2] / "programs"
PUBLISHED = ("denver-star", "durham", "portland-street-response")
SAFE = dict.fromkeys(HAZARDS, False)
OURS, NOT_OURS, OPEN = decisions.OUTCOMES


def call(**known: Any) -> pl.DataFrame:
    """A call of one row; what is not given is unknown."""
    row = {
        "call_id": "1",
        "received_at": dt.datetime(2025, 11, 4, 20, tzinfo=dt.UTC),
        "source_file": "spec",
        "source_row": 1,
        **known,
    }
    return pl.DataFrame(
        {name: pl.Series(name, [row.get(name)], dtype=kind) for name, kind in Calls.polars_schema().items()}
    )


def decide(program: Program, **known: Any) -> decisions.Outcome:
    """What a program decides on a call; live and over a table it must be the same."""
    row = call(**known)
    live = decisions.decide_one(row, prepared=decisions.prepare(program))
    assert decisions.decide(row.lazy(), program=program).folded == (live,)
    return live


def published(name: str) -> Program:
    return file.read_program(PROGRAMS / name)


def dead_rules(program: Program) -> list[str]:
    return [str(remark.message) for remark in review.review(program) if remark.kind in ("never true", "never reached")]


# ------------------------------------------------------------------ the documents themselves


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in PROGRAMS.glob("*/program.toml")))
def test_every_program_in_the_folder_can_be_read(folder: str) -> None:
    assert published(folder).team


def test_the_three_published_programs_are_there() -> None:
    assert {path.parent.name for path in PROGRAMS.glob("*/program.toml")} >= set(PUBLISHED)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("durham", {"program.population", "shift[1].units", "home.reports_to", "fund[City budget, FY24].amount"}),
        ("denver-star", {"shift[1].units", "fund[City budget, 2024].amount", "position[Paramedic or EMT].pay.low"}),
        ("portland-street-response", {"shift[1].units", "team[follow-up].promise.contact_within_hours"}),
    ],
)
def test_what_is_not_public_is_listed_as_unknown(folder: str, expected: set[str]) -> None:
    unknowns = {key.lstrip(".") for key in published(folder).unknowns()}
    assert expected <= unknowns


@pytest.mark.parametrize("folder", ["denver-star", "durham", "portland-street-response"])
def test_no_rule_is_out_of_reach(folder: str) -> None:
    assert dead_rules(published(folder)) == []


@pytest.mark.parametrize("folder", PUBLISHED)
def test_every_published_value_has_its_source(folder: str) -> None:
    program = published(folder)
    assert program.home is not None
    sourced = [program.program, program.home, *program.team, *program.shift, *program.rule, *program.position]
    sourced += [fund for fund in program.fund if fund.amount != "unknown"]
    assert [thing for thing in sourced if not thing.source.strip()] == []
    assert [rule.id for rule in program.rule if not rule.why] == []


@pytest.mark.parametrize("folder", PUBLISHED)
def test_every_stated_pay_has_its_source(folder: str) -> None:
    stated = [post.pay for post in published(folder).position if post.pay.get("low", "unknown") != "unknown"]
    assert all(pay["source"] for pay in stated)
    assert len(stated) == (2 if folder == "durham" else 0)


@pytest.mark.parametrize("folder", PUBLISHED)
def test_no_share_is_expected_and_no_fact_is_presumed_without_a_source(folder: str) -> None:
    program = published(folder)
    assert program.expect == ()
    assert program.facts.presumed == {}


@pytest.mark.parametrize("folder", PUBLISHED)
def test_a_call_of_which_nothing_is_known_cannot_be_said(folder: str) -> None:
    outcome = decide(published(folder))
    assert (outcome.outcome, outcome.send) == (OPEN, ("usual",))


@pytest.mark.parametrize("folder", PUBLISHED)
@pytest.mark.parametrize("fact", ["weapon", "violence"])
def test_an_unknown_hazard_never_counts_as_absent(folder: str, fact: str) -> None:
    outcome = decide(published(folder), family="mental health", place_kind="outside", **{**SAFE, fact: None})
    assert (outcome.outcome, outcome.missing) == (OPEN, (fact,))


# ------------------------------------------------------------------ Durham

DURHAM: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    # what is known of the call, the outcome, whom it sends
    ({"family": "mental health", **SAFE}, OURS, ("community",)),
    ({"family": "trespass", **SAFE}, OURS, ("community",)),
    ({"family": "welfare", **SAFE}, OURS, ("community",)),
    ({"family": "intoxication", **SAFE}, OURS, ("community",)),
    ({"family": "panhandling", **SAFE}, OURS, ("community",)),
    ({"family": "indecency", **SAFE}, OURS, ("community",)),
    ({"family": "verbal disturbance", **SAFE}, OURS, ("community",)),
    ({"family": "suicide", **SAFE}, OURS, ("community",)),
    ({"family": "suicide", **SAFE, "weapon": True}, OURS, ("co-response",)),
    ({"family": "suicide", **SAFE, "weapon": None}, OURS, ("co-response",)),
    ({"family": "suicide", **SAFE, "weapon": True, "violence": True}, NOT_OURS, ("usual",)),
    ({"family": "suicide", **SAFE, "attempt_in_progress": True}, NOT_OURS, ("usual",)),
    ({"family": "suicide", **SAFE, "attempt_in_progress": True, "weapon": True}, NOT_OURS, ("usual",)),
    ({"family": "suicide", **SAFE, "attempt_in_progress": None, "weapon": True}, OPEN, ("usual",)),
    ({"family": "suicide", **SAFE, "attempt_in_progress": None}, OPEN, ("usual",)),
    ({"family": "trespass", **SAFE, "weapon": True}, NOT_OURS, ("usual",)),
    ({"family": "trespass", **SAFE, "violence": True}, NOT_OURS, ("usual",)),
    ({"weapon": True, "violence": True}, NOT_OURS, ("usual",)),
    ({**SAFE, "weapon": True}, OPEN, ("usual",)),
    ({"family": "noise", **SAFE}, NOT_OURS, ("usual",)),
    ({"family": "drugs", **SAFE}, NOT_OURS, ("usual",)),
    ({"family": "noise"}, NOT_OURS, ("usual",)),
    ({"family": "welfare"}, OPEN, ("usual",)),
    (SAFE, OPEN, ("usual",)),
]


@pytest.mark.parametrize(("known", "outcome", "send"), DURHAM)
def test_durham_decides_as_its_public_criteria_say(known: dict[str, Any], outcome: str, send: tuple[str, ...]) -> None:
    decided = decide(published("durham"), **known)
    assert (decided.outcome, decided.send) == (outcome, send)


def test_every_rule_of_durham_decides_some_call() -> None:
    program = published("durham")
    decided = {decide(program, **known).rule for known, _, _ in DURHAM}
    assert decided >= {rule.id for rule in program.rule}


def test_durham_sends_a_clinician_with_an_officer_to_a_suicide_threat_with_a_weapon() -> None:
    decided = decide(published("durham"), family="suicide", **{**SAFE, "weapon": True})
    assert (decided.team, decided.rule) == ("co-response", "suicide threat with a weapon")


def test_durham_proposes_the_most_protective_team_while_a_weapon_is_unknown_in_a_suicide_threat() -> None:
    decided = decide(published("durham"), family="suicide", **{**SAFE, "weapon": None})
    assert decided.possible == (("co-response",), ("community",))
    assert (decided.outcome, decided.team, decided.missing) == (OURS, "co-response", ("weapon",))


def test_durham_promises_to_follow_up_within_two_days() -> None:
    navigation = next(team for team in published("durham").team if team.id == "navigation")
    assert navigation.promise is not None
    assert navigation.promise.contact_within_hours == 48


def test_durham_has_nobody_on_duty_from_midnight_to_six() -> None:
    turns = [(int(shift.starts[:2]), int(shift.starts[:2]) + shift.hours) for shift in published("durham").shift]
    assert min(start for start, _ in turns) == 6
    assert max(end for _, end in turns) == 24


# ------------------------------------------------------------------ Denver

DENVER = [
    ({"family": "intoxication", **SAFE}, OURS, ("star",)),
    ({"family": "suicide", **SAFE}, OURS, ("star",)),
    ({"family": "welfare", **SAFE}, OURS, ("star",)),
    ({"family": "trespass", **SAFE}, OURS, ("star",)),
    ({"family": "indecency", **SAFE}, OURS, ("star",)),
    ({"family": "mental health", **SAFE}, OURS, ("star",)),
    ({"family": "trespass", "weapon": False, "violence": False}, OURS, ("star",)),
    ({"family": "trespass", **SAFE, "weapon": True}, NOT_OURS, ("co-responder",)),
    ({"family": "suicide", "violence": True}, NOT_OURS, ("co-responder",)),
    ({"family": "property", **SAFE, "weapon": True}, NOT_OURS, ("usual",)),
    ({"weapon": True}, NOT_OURS, ("co-responder", "usual")),
    ({"family": "panhandling", **SAFE}, NOT_OURS, ("usual",)),
    ({"family": "welfare", "weapon": False}, OPEN, ("usual",)),
]


@pytest.mark.parametrize(("known", "outcome", "send"), DENVER)
def test_denver_decides_as_its_public_criteria_say(known: dict[str, Any], outcome: str, send: tuple[str, ...]) -> None:
    decided = decide(published("denver-star"), **known)
    assert (decided.outcome, decided.send) == (outcome, send)


def test_the_two_rules_that_denver_keeps_as_comments_can_be_switched_on() -> None:
    text = (PROGRAMS / "denver-star" / file.FILE_NAME).read_text(encoding="utf-8")
    rule = re.compile(r"^# (\[\[rule\]\]|(?:id|when|send|why) = .*)$", re.MULTILINE)
    program = file.parse(rule.sub(r"\1", text), where="denver-star with both comments")
    assert len(program.rule) == len(published("denver-star").rule) + 2
    assert dead_rules(program) == []


# ------------------------------------------------------------------ Portland

CRISIS = {"family": "mental health", "place_kind": "outside", **SAFE}
PORTLAND = [
    (CRISIS, OURS),
    ({**CRISIS, "place_kind": "business"}, OURS),
    ({**CRISIS, "place_kind": "public building"}, OURS),
    ({**CRISIS, "family": "intoxication"}, OURS),
    ({**CRISIS, "family": "welfare"}, OURS),
    ({**CRISIS, "family": "disorder"}, OURS),
    ({**CRISIS, "family": "public assistance", "no_phone": True}, OURS),
    ({**CRISIS, "family": "public assistance", "no_phone": False}, NOT_OURS),
    ({**CRISIS, "family": "public assistance"}, OPEN),
    ({**CRISIS, "family": "welfare", "place_kind": "business"}, NOT_OURS),
    ({**CRISIS, "family": "disorder", "place_kind": "business"}, NOT_OURS),
    ({**CRISIS, "place_kind": "vehicle"}, NOT_OURS),
    ({**CRISIS, "place_kind": None}, OPEN),
    ({**CRISIS, "weapon": None}, OPEN),
    ({**CRISIS, "in_traffic": None}, OPEN),
    ({**CRISIS, "weapon": True}, NOT_OURS),
    ({**CRISIS, "in_traffic": True}, NOT_OURS),
    ({**CRISIS, "violence": True}, NOT_OURS),
    ({**CRISIS, "attempt_in_progress": True}, NOT_OURS),
    ({**CRISIS, "family": "property"}, NOT_OURS),
    ({**CRISIS, "family": None}, OPEN),
]


@pytest.mark.parametrize(("known", "outcome"), PORTLAND)
def test_portland_decides_as_its_published_criteria_say(known: dict[str, Any], outcome: str) -> None:
    assert decide(published("portland-street-response"), **known).outcome == outcome


@pytest.mark.parametrize("family", ["mental health", "intoxication", "welfare", "disorder", "public assistance", None])
def test_portland_does_not_go_into_a_private_residence(family: str | None) -> None:
    known = {**CRISIS, "family": family, "no_phone": True, "place_kind": "private residence"}
    assert decide(published("portland-street-response"), **known).outcome == NOT_OURS


@pytest.mark.parametrize("place", ["outside", "business", "private residence", None])
def test_portland_takes_no_suicidal_call_wherever_it_is(place: str | None) -> None:
    known = {"family": "suicide", "place_kind": place}
    assert decide(published("portland-street-response"), **known).outcome == NOT_OURS


def test_portland_asks_where_the_person_is_when_nobody_said() -> None:
    decided = decide(published("portland-street-response"), **{**CRISIS, "place_kind": None})
    assert decided.missing == ("place_kind",)


# ------------------------------------------------------------------ what other programs say: New York and EPD

NEW_YORK = """
[program]
name = "B-HEARD"
jurisdiction = "New York, NY"
time_zone = "America/New_York"
effective = 2021-06-06
source = "https://comptroller.nyc.gov, audit MG24-060A, 23 May 2025"

[[team]]
id = "b-heard"
name = "B-HEARD team"
kind = "in person"
crew = { clinician = 1, medic = 2 }

[[outside]]
id = "usual"
[[outside]]
id = "ems"

[[rule]]
id = "needs immediate transport"
when = { family = ["mental health"], medical_emergency = true }
send = ["ems"]

[[rule]]
id = "imminent harm"
when = { family = ["mental health"], imminent_risk = true }
send = ["usual"]

[[rule]]
id = "not enough information"
when = { family = ["mental health"], any = [{ unknown = ["medical_emergency"] }, { unknown = ["imminent_risk"] }] }
send = ["usual"]

[[rule]]
id = "mental health call"
when = { family = ["mental health"] }
send = ["b-heard"]
"""


def new_york() -> Program:
    return file.parse(NEW_YORK, where="New York")


def test_new_york_takes_a_mental_health_call_that_was_assessed() -> None:
    decided = decide(new_york(), family="mental health", medical_emergency=False, imminent_risk=False)
    assert (decided.outcome, decided.rule) == (OURS, "mental health call")


@pytest.mark.parametrize("missing", ["medical_emergency", "imminent_risk"])
def test_new_york_sends_the_usual_response_when_there_is_not_enough_information(missing: str) -> None:
    known = {"medical_emergency": False, "imminent_risk": False, missing: None}
    decided = decide(new_york(), family="mental health", **known)
    assert (decided.outcome, decided.rule) == (NOT_OURS, "not enough information")
    assert "usual" in decided.send


def test_without_that_rule_new_york_could_not_say() -> None:
    program = new_york()
    silent = program.model_copy(update={"rule": tuple(r for r in program.rule if r.id != "not enough information")})
    decided = decide(silent, family="mental health", medical_emergency=False)
    assert (decided.outcome, decided.missing) == (OPEN, ("imminent_risk",))


def test_not_enough_information_is_told_apart_from_found_ineligible() -> None:
    found = decide(new_york(), family="mental health", medical_emergency=False, imminent_risk=True)
    assert (found.outcome, found.rule) == (NOT_OURS, "imminent harm")


def test_a_call_of_unknown_type_is_not_booked_as_not_enough_information_in_new_york() -> None:
    decided = decide(new_york())
    assert decided.outcome == OPEN
    assert len(decided.rules) > 1


def test_not_enough_information_may_not_stand_alone_as_a_rule() -> None:
    alone = NEW_YORK.replace('family = ["mental health"], any', "any")
    with pytest.raises(file.ProgramError, match="nothing is known"):
        file.parse(alone, where="New York")


def test_every_rule_of_new_york_can_be_reached() -> None:
    assert dead_rules(new_york()) == []


EPD = """
[program]
name = "A center that codes by police protocols"
jurisdiction = "Anywhere"
time_zone = "America/New_York"
effective = 2025-01-01

[[team]]
id = "van"
name = "Van"
kind = "in person"

[[outside]]
id = "usual"

[[rule]]
id = "weapon in the code"
when = { type = ["121C*W*", "121D*W*", "127D*W*"] }
send = ["usual"]

[[rule]]
id = "mental disorder, not violent"
when = { type = ["121C*"] }
send = ["van"]

[[rule]]
id = "suicide threat"
when = { type = ["127D*"] }
send = ["van"]
"""


@pytest.mark.parametrize(
    ("code", "outcome", "rule"),
    [
        ("121D1W", NOT_OURS, "weapon in the code"),
        ("121d1w", NOT_OURS, "weapon in the code"),
        ("121D01 Wpn", NOT_OURS, "weapon in the code"),
        ("121C1W", NOT_OURS, "weapon in the code"),
        ("127D2W", NOT_OURS, "weapon in the code"),
        ("121C1", OURS, "mental disorder, not violent"),
        ("127D1", OURS, "suicide threat"),
        ("121D1", NOT_OURS, "no rule"),
        ("113D2W", NOT_OURS, "no rule"),
    ],
)
def test_the_suffix_of_an_epd_code_excludes_a_weapon(code: str, outcome: str, rule: str) -> None:
    decided = decide(file.parse(EPD, where="EPD"), first_type=code)
    assert (decided.outcome, decided.rule) == (outcome, rule)


def test_a_call_without_a_code_is_not_taken_to_have_no_weapon() -> None:
    assert decide(file.parse(EPD, where="EPD")).outcome == OPEN


def test_every_rule_about_epd_codes_can_be_reached() -> None:
    assert dead_rules(file.parse(EPD, where="EPD")) == []
