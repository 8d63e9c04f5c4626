"""Questions: Dana is shown those whose answer can still change the decision, and no others."""

from __future__ import annotations

from typing import Any

from triage_cast import CARE, NOT_OURS, OPEN, OURS, call, live, program

from rightcall.triage import decisions, questions

ASKED = '[facts]\nasked = ["weapon", "injury", "violence", "fire", "caller", "family", "in_traffic"]\n'


def worth_asking(rules: str, **known: Any) -> tuple[questions.Asked, ...]:
    return questions.worth_asking(call(**known), prepared=decisions.prepare(program(rules)))


def facts(rules: str, **known: Any) -> list[str]:
    return [asked.fact for asked in worth_asking(rules, **known)]


def test_nothing_is_asked_of_a_call_that_is_decided() -> None:
    assert facts(ASKED + CARE, weapon=True) == []
    assert facts(ASKED + CARE, weapon=False, injury=False, family="welfare") == []


def test_what_is_missing_is_asked_with_what_each_answer_would_leave() -> None:
    (asked,) = worth_asking(ASKED + CARE, weapon=False, family="welfare")
    assert asked.fact == "injury"
    assert {value: outcome.outcome for value, outcome in asked.answers.items()} == {True: NOT_OURS, False: OURS}


def test_only_facts_that_the_center_asks_for_are_asked() -> None:
    assert facts('[facts]\nasked = ["injury"]\n' + CARE, family="welfare") == ["injury"]
    assert facts(CARE, family="welfare") == []


def test_a_fact_whose_answer_changes_nothing_is_not_asked() -> None:
    rules = """
[[rule]]
id = "danger"
when = { any = [{ weapon = true, family = "suicide" }, { violence = true }] }
send = ["police"]
[[rule]]
id = "care call"
when = { family = ["welfare", "suicide"] }
send = ["community"]
"""
    assert live(program(rules), family="welfare").missing == ("weapon", "violence")
    assert facts(ASKED + rules, family="welfare") == ["violence"]
    assert facts(ASKED + rules, family="suicide") == ["weapon", "violence"]


def test_a_question_that_can_settle_the_call_comes_first() -> None:
    rules = """
[[rule]]
id = "armed and violent"
when = { weapon = true, violence = true }
send = ["police"]
[[rule]]
id = "burning"
when = { fire = true }
send = ["ems"]
[[rule]]
id = "care call"
when = { family = "welfare" }
send = ["community"]
"""
    assert live(program(rules), family="welfare").missing == ("weapon", "violence", "fire")
    first, *rest = worth_asking(ASKED + rules, family="welfare")
    assert first.fact == "fire"
    assert {value: outcome.outcome for value, outcome in first.answers.items()} == {True: NOT_OURS, False: OPEN}
    assert [asked.fact for asked in rest] == ["weapon", "violence"]


def test_of_two_that_cannot_settle_it_the_one_that_leaves_fewer_answers_comes_first() -> None:
    rules = """
[[rule]]
id = "traffic"
when = { in_traffic = true }
send = ["usual"]
[[rule]]
id = "armed"
when = { weapon = true }
send = ["police"]
[[rule]]
id = "armed and hurt"
when = { weapon = true, injury = true }
send = ["ems", "police"]
[[rule]]
id = "hurt, known"
when = { injury = true }
send = ["ems"]
[[rule]]
id = "care call"
when = { family = "welfare" }
send = ["community"]
"""
    order = facts(ASKED + rules, family="welfare")
    left = {
        asked.fact: sum(len(outcome.possible) for outcome in asked.answers.values())
        for asked in worth_asking(ASKED + rules, family="welfare")
    }
    assert len(order) == 3
    assert [left[fact] for fact in order] == sorted(left.values())
    assert len(set(left.values())) > 1


def test_at_most_three_questions_are_shown() -> None:
    hazards = ("weapon", "injury", "violence", "fire", "in_traffic")
    excluded = "".join(f'[[rule]]\nid = "{name}"\nwhen = {{ {name} = true }}\nsend = ["police"]\n' for name in hazards)
    rules = ASKED + excluded + '[[rule]]\nid = "care"\nwhen = { family = "welfare" }\nsend = ["community"]\n'
    assert len(live(program(rules), family="welfare").missing) == 5
    assert len(facts(rules, family="welfare")) == 3


def test_a_question_has_words_only_where_they_were_signed() -> None:
    wording = """
[[question]]
fact = "weapon"
ask = { en = "Are there any weapons?" }
signed_by = ["911 director", "medical director"]
[[question]]
fact = "injury"
ask = { en = "Is anybody hurt?" }
"""
    asked = {one.fact: one.question for one in worth_asking(ASKED + CARE + wording, family="welfare")}
    assert asked["weapon"] is not None
    assert asked["weapon"].ask == {"en": "Are there any weapons?"}
    assert asked["injury"] is None


def test_a_fact_that_is_a_word_is_asked_with_every_word() -> None:
    rules = """
[[rule]]
id = "on the line"
when = { family = "suicide", caller = "first party" }
send = ["desk"]
"""
    (asked,) = worth_asking(ASKED + rules, family="suicide")
    assert {value: outcome.outcome for value, outcome in asked.answers.items()} == {
        "first party": OURS, "second party": NOT_OURS, "third party": NOT_OURS,
    }  # fmt: skip


def test_dana_is_never_asked_for_the_family_of_a_call() -> None:
    assert live(program(ASKED + CARE), weapon=False, injury=False).missing == ("family",)
    assert facts(ASKED + CARE, weapon=False, injury=False) == []


def test_asking_does_not_change_the_call() -> None:
    incoming = call(family="welfare")
    before = incoming.clone()
    questions.worth_asking(incoming, prepared=decisions.prepare(program(ASKED + CARE)))
    assert incoming.equals(before)
