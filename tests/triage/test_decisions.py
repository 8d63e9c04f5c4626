"""Decisions: what a whole table carries, and the corners that random programs seldom meet."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from triage_cast import NOON, NOT_OURS, OPEN, OURS, call, calls, decided, live, program

from rightcall import tables
from rightcall.calls.columns import HAZARDS
from rightcall.program import conditions, file
from rightcall.triage import decisions, rules

# ------------------------------------------------------------------ the table of decisions


def test_the_decisions_of_a_table_keep_their_contract() -> None:
    written, incoming = program(), calls({"family": "welfare"}, {"weapon": True}, {"injury": False, "weapon": False})
    outcome = decisions.decide(incoming.lazy(), program=written)
    made = decisions.table(incoming.lazy(), outcome, program=written).collect()
    assert tables.check(made, decisions.Decisions, where="decisions").equals(made)
    assert made["decision_id"].to_list() == ["1/1", "2/1", "3/1"]
    assert made["outcome"].to_list() == [OPEN, NOT_OURS, OPEN]
    assert made["rule"].to_list() == ["care call", "weapon", "no rule"]
    assert made["possible"].to_list() == ["police | ems | community", "police", "community | no rule"]
    assert made["missing"].to_list() == ["weapon, injury", "", "family"]
    assert made["decided_at"].to_list() == [NOON] * 3
    assert made["shadow"].all()
    assert set(made["program_version"]) == {written.version}


def test_an_outcome_is_kept_once_for_all_calls_that_share_it() -> None:
    table = calls(*[{"family": "welfare", "weapon": i % 2 == 0} for i in range(1000)]).lazy()
    made = decisions.decide(table, program=program())
    assert made.outcome_ids.dtype == pl.UInt32
    assert made.outcome_ids.len() == 1000
    assert made.outcomes.height == len(made.folded) == 2


def test_a_table_without_calls_has_no_decisions() -> None:
    table = calls().lazy()
    made = decisions.decide(table, program=program())
    assert made.folded == ()
    assert decisions.table(table, made, program=program()).collect().height == 0


def test_the_calls_keep_their_order_beside_their_outcomes() -> None:
    rows = [{"call_id": f"c{i}", "weapon": i % 3 == 0, "family": "welfare"} for i in range(300)]
    made = decided(program(), *rows)
    assert made["call_id"].to_list() == [row["call_id"] for row in rows]
    assert made["rule"].to_list() == ["weapon" if row["weapon"] else "care call" for row in rows]


# ------------------------------------------------------------------ ours by nature


def test_by_nature_a_call_is_ours_whatever_its_hazards_are() -> None:
    armed = {"family": "welfare", "weapon": True}
    made = decided(program(), armed, {"family": "welfare"}, {"family": "alarm"}, {"weapon": False})
    assert made["nature_eligible"].to_list() == [True, True, False, None]


def test_by_nature_no_hazard_is_unknown_even_to_a_rule_that_asks_for_the_unknown() -> None:
    asks = '[[rule]]\nid = "not told"\nwhen = { family = "welfare", unknown = ["weapon"] }\nsend = ["usual"]\n'
    takes = '[[rule]]\nid = "care call"\nwhen = { family = "welfare" }\nsend = ["community"]\n'
    made = decided(program(asks + takes), {"family": "welfare"})
    assert made["rule"].to_list() == ["not told"]
    assert made["nature_eligible"].to_list() == [True]


def test_every_hazard_is_ignored_by_nature_and_nothing_else() -> None:
    ignored = rules.without_hazards(program('[facts]\npresumed = { caller = "first party" }\n'))
    assert set(ignored) == {*HAZARDS, "caller"}


def test_by_nature_it_may_be_open_whether_a_call_is_ours() -> None:
    written = program('[[rule]]\nid = "minor"\nwhen = { family = "welfare", age_band = "under 18" }\nsend = ["desk"]')
    assert decided(written, {"family": "welfare"})["nature_eligible"].to_list() == [True]


# ------------------------------------------------------------------ corners


def test_a_program_without_rules_takes_no_call() -> None:
    outcome = live(program(""), family="welfare")
    assert (outcome.outcome, outcome.rule, outcome.send) == (NOT_OURS, "no rule", ("usual",))
    assert decided(program(""), {"family": "welfare"})["outcome"].to_list() == [NOT_OURS]


def test_the_sixty_fourth_rule_counts_like_the_first() -> None:
    many = "".join(f'[[rule]]\nid = "r{i}"\nwhen = {{ type = "word {i}" }}\nsend = ["desk"]\n' for i in range(64))
    made = decided(program(many), {"first_type": "word 63"}, {"first_type": "word 0"}, {})
    assert made["rule"].to_list() == ["r63", "r0", "no rule"]
    assert live(program(many), first_type="word 63").rule == "r63"
    assert len(live(program(many)).rules) == 65


def test_a_fact_tested_twice_as_unknown_hides_no_other_fact() -> None:
    written = program("""
[[rule]]
id = "armed, not told"
when = { weapon = true, any = [{ unknown = ["injury"], family = "welfare" }, { unknown = ["injury"], fire = true }] }
send = ["co-response"]
""")
    assert conditions.columns(written.rule[0].condition) == ("weapon", "injury", "family", "fire")
    assert live(written).missing == ("weapon", "family", "fire")


@pytest.mark.parametrize(
    ("protection", "team"),
    [(["desk", "community"], "community"), (["community", "desk"], "desk"), (["desk"], "desk"), ([], "community")],
)
def test_the_last_of_the_protection_is_proposed_and_the_first_answer_where_none_is_named(
    protection: list[str], team: str
) -> None:
    written = program("""
[[rule]]
id = "injured"
when = { injury = true }
send = ["ems", "community"]
[[rule]]
id = "welfare"
when = { family = "welfare" }
send = ["desk"]
""")
    undecided = written.undecided.model_copy(update={"protection": tuple(protection)})
    outcome = live(written.model_copy(update={"undecided": undecided}), family="welfare")
    assert (outcome.outcome, outcome.team) == (OURS, team)
    assert outcome.send == (("ems", "community") if team == "community" else ("desk",))


def test_the_union_of_what_is_not_ours_names_each_service_once() -> None:
    settled = decisions.settle(
        program(), answers=[("ems", "police"), (), ("police",)], rules_left=("a", "b", "no rule"), missing=()
    )
    assert settled.send == ("ems", "police", "usual")
    assert settled.possible == (("ems", "police"), (), ("police",))


def test_the_clock_of_a_call_is_the_time_at_which_it_was_received() -> None:
    written = program("""
[[rule]]
id = "night"
when = { family = "welfare", hours = { from = "22:00", to = "06:00" } }
send = ["police"]
""")
    midnight = dt.datetime(2026, 7, 1, 4, tzinfo=dt.UTC)
    assert live(written, family="welfare", received_at=midnight).rule == "night"
    assert live(written, family="welfare", received_at=midnight + dt.timedelta(hours=6)).rule == "no rule"


def test_a_known_fact_overrules_its_presumption() -> None:
    written = program("""
[facts]
presumed = { scene_secured = true, caller = "third party" }
[[rule]]
id = "secured"
when = { family = "welfare", scene_secured = true, caller = "third party" }
send = ["community"]
""")
    assert live(written, family="welfare").rule == "secured"
    assert live(written, family="welfare", scene_secured=False).rule == "no rule"
    assert live(written, family="welfare", caller="first party").rule == "no rule"


def test_a_condition_joins_nothing_to_true_for_all_and_to_false_for_any() -> None:
    told = pl.DataFrame({"one": [1]}).select(
        rules.value(conditions.All(()), column={}, local=pl.col("one")).alias("all"),
        rules.value(conditions.Any_(()), column={}, local=pl.col("one")).alias("any"),
    )
    assert told.row(0) == (True, False)


def test_live_and_over_a_table_the_letters_of_a_pattern_mean_themselves() -> None:
    odd = "A b-c#d&e~f(g)[h]{i}?+.|^$<>%\t\n"
    pattern = odd.replace("\t", "\\t").replace("\n", "\\n")
    written = program(f'[[rule]]\nid = "odd"\nwhen = {{ type = "{pattern}*" }}\nsend = ["desk"]\n')
    assert live(written, first_type=odd.upper() + "more").rule == "odd"
    assert decided(written, {"first_type": odd + "\n"}, {"first_type": "x" + odd})["rule"].to_list() == [
        "odd", "no rule",
    ]  # fmt: skip


# ------------------------------------------------------------------ what is refused before any call is decided


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("family = []", "rule[1].when.family names nothing."),
        ("type = []", "rule[1].when.type names nothing."),
        ("priority = []", "rule[1].when.priority names nothing."),
        ("unknown = []", "rule[1].when.unknown names nothing."),
        ("area = { beat = [] }", "rule[1].when.area names no beat."),
        ("hours = { days = [] }", "rule[1].when.hours names no day."),
        ('hours = { from = "09:00Z" }', "rule[1].when.hours has a time that cannot be read."),
        ('priority = { at_least = "three" }', "rule[1].when.priority must be whole numbers"),
        ("priority = { at_least = 2.5 }", "rule[1].when.priority must be whole numbers"),
        ("priority = { at_most = true }", "rule[1].when.priority must be whole numbers"),
        ("priority = {}", "rule[1].when.priority must be whole numbers"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_with_a_sentence(condition: str, sentence: str) -> None:
    with pytest.raises(file.ProgramError) as refused:
        program(f'[[rule]]\nid = "r"\nwhen = {{ weapon = true, {condition} }}\nsend = ["desk"]\n')
    assert len(refused.value.problems) == 1
    assert sentence in str(refused.value.problems[0])


@pytest.mark.parametrize(
    "when",
    [
        'hours = { from = "22:00", to = "04:00", days = "friday" }, not = { hours = { days = "friday" } }',
        'hours = { from = "22:00", to = "04:00", days = "friday" }, not = { hours = { days = "saturday" } }',
        'not = { hours = { from = "00:30", to = "00:00" } }',
    ],
)
def test_a_rule_that_is_true_of_the_unknown_at_some_hour_of_the_week_is_refused(when: str) -> None:
    with pytest.raises(file.ProgramError, match="is true of a call of which nothing is known"):
        program(f'[[rule]]\nid = "r"\nwhen = {{ {when} }}\nsend = ["desk"]\n')


def test_a_live_call_may_lack_the_columns_that_no_rule_speaks_of() -> None:
    bare = call(family="welfare", weapon=False, injury=False).select("received_at", "family", "weapon", "injury")
    assert decisions.decide_one(bare, prepared=decisions.prepare(program())).outcome == OURS
