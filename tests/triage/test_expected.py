"""The expected figure: the chance that a call is ours, by the expectations that Priya wrote down. Never used live."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from typing import Any

import pytest
import twin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from triage_cast import CARE, NOON, OPEN, TEAMS, calls, decided, program

from rightcall.calls.columns import HAZARDS
from rightcall.triage import decisions, expected


def expect(fact: str, share: float | str, value: Any = True, when: str = "") -> str:
    said = {True: "true", False: "false"}.get(value, f'"{value}"')
    condition = f"when = {{ {when} }}\n" if when else ""
    share = f'"{share}"' if isinstance(share, str) else share
    return f'[[expect]]\nfact = "{fact}"\nvalue = {said}\nshare = {share}\n{condition}'


def chances(rules: str, *rows: dict[str, Any]) -> list[float | None]:
    written, table = program(rules), calls(*rows).lazy()
    found = expected.chances(table, decided=decisions.decide(table, program=written), program=written)
    assert found.name == expected.CHANCE
    return [None if chance is None else round(chance, 12) for chance in found]


WELFARE = {"family": "welfare"}


def test_what_is_decided_has_chance_one_or_none() -> None:
    safe = {**WELFARE, "weapon": False, "injury": False}
    assert chances(CARE, safe, {"weapon": True}, {**safe, "family": "alarm"}) == [1, 0, 0]


def test_two_unknown_hazards_are_drawn_independently() -> None:
    # Ours unless there is a weapon (1 in 10) or somebody is hurt (1 in 5): 0.9 x 0.8.
    rules = CARE + expect("weapon", 0.1) + expect("injury", 0.2)
    assert chances(rules, WELFARE) == [0.72]
    assert chances(rules, {**WELFARE, "weapon": False}) == [0.8]
    assert chances(rules, {**WELFARE, "injury": False}) == [0.9]


def test_without_a_share_for_a_missing_fact_nothing_is_expected() -> None:
    assert chances(CARE + expect("weapon", 0.1), WELFARE) == [None]
    assert chances(CARE + expect("weapon", 0.1) + expect("injury", "unknown"), WELFARE) == [None]
    assert chances(CARE, WELFARE, {"weapon": True}) == [None, 0]


def test_a_share_holds_only_where_its_condition_is_true() -> None:
    rules = CARE + expect("injury", 0) + expect("weapon", 0.5, when='family = "suicide"') + expect("weapon", 0.1)
    night = rules + expect("weapon", 0.9, value=False, when='hours = { from = "20:00" }')
    assert chances(rules, WELFARE, {"family": "suicide"}) == [0.9, 0.5]
    assert chances(rules.replace('family = "suicide" }\n\n', ""), {}) == [None]
    late = {**WELFARE, "received_at": NOON + dt.timedelta(hours=11)}
    assert chances(night, WELFARE, late) == [0.9, 0.9]


def test_a_share_whose_condition_nobody_knows_does_not_hold() -> None:
    rules = CARE + expect("injury", 0) + expect("weapon", 0.1, when="alcohol = false")
    assert chances(rules, {**WELFARE, "alcohol": False}, {**WELFARE, "alcohol": True}, WELFARE) == [0.9, None, None]


def test_a_share_may_be_of_a_word() -> None:
    rules = """
[[rule]]
id = "outside"
when = { family = "welfare", place_kind = ["outside", "vehicle"] }
send = ["community"]
"""
    shares = expect("place_kind", 0.25, "outside") + expect("place_kind", 0.05, "vehicle")
    assert chances(rules + shares, WELFARE) == [0.3]
    assert chances(rules + expect("place_kind", 1, "outside"), WELFARE) == [1]


def test_shares_that_come_to_more_than_one_are_scaled_so_that_no_chance_does() -> None:
    rules = CARE + expect("injury", 0) + expect("weapon", 0.9) + expect("weapon", 0.9, value=False)
    assert chances(rules, WELFARE) == [0.5]


def test_a_fact_that_is_presumed_is_not_drawn() -> None:
    rules = """
[facts]
presumed = { needs_report = false }
[[rule]]
id = "report"
when = { needs_report = true }
send = ["usual"]
""" + CARE  # fmt: skip
    rules += expect("weapon", 0.1) + expect("injury", 0) + expect("needs_report", 1)
    assert chances(rules, WELFARE, {**WELFARE, "needs_report": True}) == [0.9, 0]


def test_rules_that_never_speak_of_the_family_can_be_expected_too() -> None:
    rules = '[[rule]]\nid = "unarmed"\nwhen = { weapon = false }\nsend = ["community"]\n'
    assert chances(rules + expect("weapon", 0.25), {}) == [0.75]


def test_the_clock_counts_as_it_was_when_each_call_came_in() -> None:
    rules = """
[[rule]]
id = "night"
when = { weapon = true, hours = { from = "22:00", to = "06:00" } }
send = ["police"]
[[rule]]
id = "care call"
when = { family = "welfare", hours = { from = "06:00", to = "23:00" } }
send = ["community"]
"""
    times = [NOON.replace(day=3, hour=hour) for hour in (12, 20)] + [NOON.replace(day=4, hour=hour) for hour in (3, 5)]
    assert chances(rules + expect("weapon", 0.3), *({**WELFARE, "received_at": at} for at in times)) == [1, 1, 0.7, 0]


def test_two_calls_that_differ_by_the_clock_alone_may_have_different_chances() -> None:
    rules = """
[[rule]]
id = "danger"
when = { weapon = true, any = [{ violence = true }, { hours = { from = "22:00", to = "06:00" } }] }
send = ["police"]
[[rule]]
id = "care call"
when = { family = "welfare" }
send = ["community"]
"""
    rules += expect("weapon", 0.5) + expect("violence", 0.5)
    night = {**WELFARE, "received_at": NOON.replace(day=4, hour=5)}
    assert len({outcome for outcome in decided(program(rules), WELFARE, night)[decisions.OUTCOME_ID]}) == 1
    assert chances(rules, WELFARE, night, WELFARE) == [0.75, 0.5, 0.75]


def test_of_more_missing_facts_than_can_be_drawn_nothing_is_expected() -> None:
    presumable = ["scene_secured", "needs_report"]
    names = [*HAZARDS, *presumable]
    danger = "[[rule]]\nid = \"danger\"\nsend = [\"police\"]\nwhen = { any = [" + ", ".join(f"{{ {n} = true }}" for n in names) + "] }\n"  # fmt: skip
    care = '[[rule]]\nid = "care"\nwhen = { family = "welfare" }\nsend = ["community"]\n'
    rules = danger + care + "".join(expect(name, 0.0) for name in names)
    assert len(names) == expected.MOST_MISSING + 1
    assert chances(rules, WELFARE, {**WELFARE, "fire": False}) == [None, 1]


def test_a_missing_fact_that_no_share_can_be_given_for_leaves_it_unexpected() -> None:
    rules = '[[rule]]\nid = "later"\nwhen = { priority = 3 }\nsend = ["community"]\n'
    assert chances(rules + expect("weapon", 0.5), {}, {"initial_priority": 3}) == [None, 1]


def test_a_call_that_only_tested_facts_leave_open_is_not_expected() -> None:
    rules = '[[rule]]\nid = "odd"\nwhen = { weapon = true, unknown = ["weapon"] }\nsend = ["community"]\n'
    (outcome,) = decided(program(rules), {}).rows(named=True)
    assert (outcome["outcome"], outcome["missing"]) == (OPEN, "")
    assert chances(rules + expect("weapon", 0.5), {}) == [None]


def test_the_share_of_a_family_leaves_the_rest_to_what_is_not_ours() -> None:
    rules = '[[rule]]\nid = "care"\nwhen = { family = "welfare" }\nsend = ["community"]\n'
    assert chances(rules + expect("family", 0.4, "welfare"), {}) == [0.4]


def test_calls_that_are_alike_are_expected_alike_in_their_order() -> None:
    rules = CARE + expect("weapon", 0.1) + expect("injury", 0.2)
    rows = [WELFARE, {"weapon": True}, {**WELFARE, "weapon": False}, WELFARE, {"family": "alarm"}] * 20
    assert chances(rules, *rows) == [0.72, 0, 0.8, 0.72, 0] * 20


def test_a_table_without_calls_has_no_chances() -> None:
    assert chances(CARE) == []


# ------------------------------------------------------------------ by hand, slowly

FACTS = ("weapon", "violence", "injury", "fire")
BY_HAND = """
[[rule]]
id = "danger"
when = { any = [{ weapon = true, violence = true }, { fire = true }] }
send = ["police"]
[[rule]]
id = "settled by phone"
when = { family = "welfare", weapon = false }
unless = { injury = true }
send = ["desk"]
[[rule]]
id = "hurt"
when = { injury = true }
send = ["ems"]
[[rule]]
id = "care call"
when = { family = ["welfare", "suicide"] }
send = ["community"]
"""


def slowly(rules: str, shares: dict[str, float], call: dict[str, Any]) -> float:
    """Every completion of what is unknown, decided by the twin, weighed by its shares."""
    document = tomllib.loads(TEAMS + rules)
    unknown = [name for name in FACTS if call.get(name) is None]
    total = 0.0
    for values in itertools.product([True, False], repeat=len(unknown)):
        weight = 1.0
        for name, value in zip(unknown, values, strict=True):
            weight *= shares[name] if value else 1 - shares[name]
        completed = {"received_at": NOON, **call, **dict(zip(unknown, values, strict=True))}
        total += weight * (twin.decide(document, completed).outcome == "ours")
    return total


def test_the_chance_computed_by_hand_is_the_chance_computed() -> None:
    shares = {"weapon": 0.1, "violence": 0.3, "injury": 0.2, "fire": 0.05}
    rules = BY_HAND + "".join(expect(name, share) for name, share in shares.items())
    # No fire (0.95), not armed and violent at once (1 - 0.03), and nobody hurt (0.8).
    assert chances(rules, WELFARE) == [pytest.approx(0.95 * 0.97 * 0.8)]
    # Armed for certain: no fire (0.95), not violent (0.7), nobody hurt (0.8).
    assert chances(rules, {**WELFARE, "weapon": True}) == [pytest.approx(0.95 * 0.7 * 0.8)]
    assert slowly(BY_HAND, shares, WELFARE) == pytest.approx(0.95 * 0.97 * 0.8)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    shares=st.fixed_dictionaries({name: st.sampled_from([0.0, 0.05, 0.25, 0.5, 1.0]) for name in FACTS}),
    rows=st.lists(
        st.fixed_dictionaries(
            {"family": st.sampled_from(["welfare", "suicide", "alarm"])},
            optional={name: st.booleans() for name in FACTS},
        ),
        min_size=1, max_size=4,
    ),
)  # fmt: skip
def test_every_completion_weighed_by_the_twin_gives_the_same_chance(
    shares: dict[str, float], rows: list[dict[str, Any]]
) -> None:
    rules = BY_HAND + "".join(expect(name, share) for name, share in shares.items())
    assert chances(rules, *rows) == [pytest.approx(slowly(BY_HAND, shares, row)) for row in rows]


def ways(rules: str, *rows: dict[str, Any]) -> list[tuple[list[tuple[str, str, float]], bool]]:
    written, table = program(rules), calls(*rows).lazy()
    found = expected.ways(table, decided=decisions.decide(table, program=written), program=written)
    each = [found.ways[number] for number in found.numbers]
    return [([(way.rule, way.team, round(way.chance, 12)) for way in one.ways], one.certain) for one in each]


PHONE = """
[[rule]]
id = "talk"
when = { family = "welfare", alcohol = true }
send = ["desk"]
"""


def test_a_call_goes_each_way_by_the_share_of_its_facts() -> None:
    rules = PHONE + CARE + expect("weapon", 0.1) + expect("injury", 0) + expect("alcohol", 0.25)
    assert ways(rules, WELFARE) == [([("talk", "desk", 0.25), ("care call", "community", 0.675)], True)]
    assert ways(rules, {**WELFARE, "alcohol": True}, {"family": "alarm"}) == [([("talk", "desk", 1)], True), ([], True)]


def test_without_a_share_the_ways_are_those_without_a_hazard() -> None:
    assert ways(CARE, WELFARE) == [([("care call", "community", 1)], False)]
    # What is no hazard stays unknown, and the most protective team is proposed by the rule that is reached for certain.
    assert ways(PHONE + CARE, WELFARE) == [([("care call", "community", 1)], False)]
    either = """
[[rule]]
id = "young"
when = { family = "welfare", age_band = "under 18" }
send = ["community"]
otherwise = [["co-response"]]
"""
    assert ways(either + CARE, WELFARE) == [([("care call", "community", 1)], False)]
