"""Looking over the rules: Sam is told which can never fire and which overlap, and never falsely."""

from __future__ import annotations

import pytest
from triage_cast import CARE, program

from rightcall.calls.columns import HAZARDS
from rightcall.program import file
from rightcall.triage import review


def rule(name: str, when: str, send: str = "police") -> str:
    return f'[[rule]]\nid = "{name}"\nwhen = {{ {when} }}\nsend = ["{send}"]\n'


def remarks(*written: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.kind, one.rule, one.others) for one in review.review(program("".join(written)))]


def test_exclusions_above_inclusions_are_in_order() -> None:
    assert remarks(CARE) == []


@pytest.mark.parametrize(
    "when",
    [
        "weapon = true, not = { weapon = true }",
        'family = "welfare", all = [{ family = "suicide" }]',
        "priority = 1, not = { priority = { at_most = 2 } }",
        'weapon = true, hours = { from = "09:00", to = "10:00" }, not = { hours = { from = "08:00", to = "11:00" } }',
        "not = {}",
        'all = [{ hours = { to = "01:00" } }, { hours = { from = "02:00", to = "03:00" } }]',
        'weapon = true, unknown = ["weapon"]',
        'area = { beat = "1" }, not = { area = { beat = ["1", "2"] } }',
    ],
)
def test_a_rule_whose_conditions_exclude_each_other_can_never_fire(when: str) -> None:
    assert remarks(rule("idle", when)) == [("never true", "idle", ())]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("weapon = true", 'weapon = true, family = "suicide"'),
        ('type = "*"', 'type = ["121D*", "*WPN*"]'),
        ('type = "121*"', 'type = "121D*W"'),
        ("priority = { at_most = 3 }", "priority = 2"),
        ("priority = { at_most = 2 }", "not = { priority = { at_least = 2 } }"),
        ("priority = { at_least = 3 }", "not = { priority = { at_most = 3 } }"),
        ("priority = { at_least = 2 }", "priority = { at_least = 3, at_most = 4 }"),
        ('area = { beat = ["1", "2"] }', 'area = { beat = "2" }'),
        ('family = ["welfare", "suicide"]', 'family = "suicide", injury = true'),
        ('weapon = true, hours = { from = "20:00", to = "08:00" }', 'weapon = true, hours = { from = "22:00", to = "06:00" }'),
        ('family = "welfare", unknown = ["fire"]', 'family = "welfare", unknown = ["fire"], weapon = true'),
    ],
)  # fmt: skip
def test_a_rule_below_one_that_is_always_true_before_it_can_never_fire(first: str, second: str) -> None:
    assert remarks(rule("wide", first), rule("narrow", second)) == [("never reached", "narrow", ("wide",))]
    assert all(kind != "never reached" for kind, _, _ in remarks(rule("narrow", second), rule("wide", first)))


def test_two_rules_together_may_leave_nothing_to_a_third() -> None:
    both = remarks(rule("armed", "weapon = true"), rule("not armed", "weapon = false"), rule("told", "any = [{ weapon = true }, { weapon = false }]"))  # fmt: skip
    assert both == [("never reached", "told", ("armed", "not armed"))]


def test_a_rule_above_that_asks_for_the_unknown_leaves_the_known_to_the_one_below() -> None:
    above = rule("not told", 'family = "welfare", unknown = ["fire"]')
    assert remarks(above, rule("care", 'family = "welfare"', "community")) == [("overlaps", "care", ("not told",))]


def test_rules_that_are_true_of_the_same_calls_and_send_differently_overlap() -> None:
    armed, suicide = rule("armed", "weapon = true"), 'weapon = true, any = [{ family = "suicide" }, { injury = true }]'
    assert remarks(rule("suicide", 'family = "suicide"', "desk"), rule("armed suicide", suicide)) == [
        ("overlaps", "armed suicide", ("suicide",))
    ]
    assert remarks(armed, rule("any hazard", "any = [{ weapon = true }, { injury = true }]")) == []


def test_rules_that_speak_of_different_facts_do_not_overlap() -> None:
    assert remarks(rule("armed", "weapon = true"), rule("care", 'family = "welfare"', "community")) == []


def test_a_presumption_counts_for_what_the_rule_does_not_speak_of() -> None:
    presumed = "[facts]\npresumed = { needs_report = true }\n"
    report = rule("report", 'family = "welfare", needs_report = true')
    assert remarks(presumed, report, rule("care", 'family = ["welfare", "suicide"]', "community")) == [
        ("overlaps", "care", ("report",))
    ]  # fmt: skip


def test_every_remark_is_a_sentence() -> None:
    written = program(
        rule("armed", "weapon = true")
        + rule("idle", "fire = true, not = { fire = true }")
        + rule("late", "weapon = true, injury = true")
        + rule("mixed", "any = [{ weapon = true }, { injury = true }]", "ems")
    )
    assert [str(remark.message) for remark in review.review(written)] == [
        "The rule “idle” can never fire: its conditions exclude each other.",
        "The rule “late” can never fire: “armed” is true before it in every case.",
        "The rule “mixed” and “armed”, “late” are true of the same calls and send differently; the earlier wins.",
    ]


def test_a_rule_of_many_facts_is_not_falsely_called_idle() -> None:
    safe = ", ".join(f"{name} = false" for name in HAZARDS)
    assert remarks(rule("safe", safe, "community")) == []


def test_a_rule_of_more_facts_than_can_be_tried_is_called_neither_idle_nor_out_of_reach() -> None:
    danger = "any = [" + ", ".join(f"{{ {name} = true }}" for name in HAZARDS) + "]"
    idle = ", ".join(f"{name} = true" for name in HAZARDS) + ", not = { weapon = true }"
    assert remarks(rule("danger", danger), rule("danger again", danger), rule("idle", idle)) == []


def test_of_more_combinations_than_can_be_tried_an_even_part_still_finds_overlaps() -> None:
    danger = "any = [" + ", ".join(f"{{ {name} = true }}" for name in HAZARDS) + "]"
    assert remarks(rule("danger", danger), rule("danger again", danger, "ems")) == [
        ("overlaps", "danger again", ("danger",))
    ]


def test_an_even_part_meets_every_value_of_every_fact() -> None:
    combos, every = review._combinations([[None, True, False]] * 12)
    assert not every
    assert len(combos) <= review.MOST_TRIALS
    assert len(set(combos)) == len(combos)
    assert all({combo[place] for combo in combos} == {None, True, False} for place in range(12))


def test_few_enough_combinations_are_all_tried() -> None:
    combos, every = review._combinations([[1, 2], ["a", "b", "c"]])
    assert every
    assert len(set(combos)) == 6
    assert [review._combination(number, [[1, 2], ["a", "b", "c"]]) for number in range(6)] == combos


def test_a_rule_that_is_true_of_the_unknown_never_comes_to_a_review() -> None:
    with pytest.raises(file.ProgramError, match="is true of a call of which nothing is known"):
        program(rule("all", 'not = { unknown = ["weapon"] }, any = [{ unknown = ["fire"] }, { weapon = true }]') + rule("night", 'hours = { from = "22:00", to = "06:00" }'))  # fmt: skip
