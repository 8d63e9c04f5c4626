"""Reasons: every decision can be said in one sentence, and what would have changed it."""

from __future__ import annotations

from typing import Any

import polars as pl
from triage_cast import CARE, NOT_OURS, OPEN, OURS, call, live, program

from rightcall.locale import Words
from rightcall.triage import decisions, reasons

TWO_TEAMS = """
[[rule]]
id = "on the line"
when = { family = "suicide", caller = "first party" }
send = ["desk"]
[[rule]]
id = "suicide"
when = { family = "suicide" }
send = ["community"]
"""


def said(rules: str, **known: Any) -> str:
    written = program(rules)
    return reasons.sentence(live(written, **known), program=written, words=Words("en"))


def changes(rules: str, incoming: pl.DataFrame) -> dict[str, tuple[object, str]]:
    found = reasons.what_would_change(incoming, prepared=decisions.prepare(program(rules)))
    return {fact: (value, outcome.outcome) for fact, value, outcome in found}


def test_a_call_of_ours_names_the_rule_who_goes_and_why() -> None:
    sentence = said(CARE, family="welfare", weapon=False, injury=False)
    assert sentence == "Ours: the rule “care call” sends Rosa's crew. Somebody needs care."


def test_a_call_that_a_rule_excludes_names_the_rule_and_why() -> None:
    assert said(CARE, weapon=True) == "Not ours: the rule “weapon” sends Police. We are unarmed."


def test_a_rule_without_a_reason_leaves_no_gap_at_the_end() -> None:
    assert said(CARE, weapon=False, injury=True) == "Not ours: the rule “hurt” sends ems."


def test_a_call_that_is_not_ours_in_any_case_names_the_rule_that_ends_it() -> None:
    sentence = said(CARE, injury=True)
    assert sentence == "Not ours, whatever the unknown turns out to be: at the latest by the rule “hurt”."


def test_a_call_that_no_rule_takes_says_so() -> None:
    sentence = said(CARE, weapon=False, injury=False, family="alarm")
    assert sentence == "Not ours: no rule of the program takes this call."


def test_what_cannot_be_said_names_the_missing_facts_and_that_nobody_waits() -> None:
    rules = CARE.replace("weapon = true", "crime_in_progress = true")
    sentence = said(rules, family="welfare")
    assert sentence == "It cannot be said: crime in progress, injury unknown. The usual response goes at once."


def test_a_call_that_is_ours_in_every_case_names_the_most_protective_team() -> None:
    sentence = said(TWO_TEAMS, family="suicide")
    assert sentence == "Ours in every case; the most protective team is proposed: Rosa's crew."


def test_services_are_said_by_the_names_that_the_program_gives_them() -> None:
    assert reasons.service_names(("usual", "ems", "desk", "moon"), program()) == (
        "The usual response + ems + Cleo at the desk + moon"
    )


def test_a_single_fact_that_would_have_changed_a_decision_is_found() -> None:
    assert changes(CARE, call(weapon=True, injury=False, family="welfare")) == {"weapon": (False, OURS)}


def test_a_fact_that_nobody_knows_or_that_is_a_word_is_no_change() -> None:
    rules = CARE.replace('when = { family = ["welfare", "suicide"] }', 'when = { family = "welfare", fire = false }')
    assert changes(rules, call(weapon=False, injury=False, family="welfare", fire=False)) == {"fire": (True, NOT_OURS)}
    assert changes(rules, call(weapon=True, family="welfare")) == {"weapon": (False, OPEN)}


def test_a_fact_whose_other_value_leaves_the_outcome_is_no_change() -> None:
    assert changes(CARE, call(weapon=True, injury=True, family="welfare")) == {}


def test_where_no_rule_took_the_call_every_known_fact_is_tried() -> None:
    rules = '[[rule]]\nid = "safe"\nwhen = { family = "welfare", weapon = false }\nsend = ["community"]\n'
    assert changes(rules, call(family="welfare", weapon=True, fire=True)) == {"weapon": (False, OURS)}


def test_a_change_may_also_be_to_what_cannot_be_said() -> None:
    assert changes(CARE, call(weapon=True, family="welfare")) == {"weapon": (False, OPEN)}
