"""The evaluator and its slow twin agree, on random programs and random calls; and what must hold of every decision."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import Any

import polars as pl
import pytest
import twin
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rightcall.calls.columns import AREA_LAYERS, CATEGORIES, FACTS, Calls
from rightcall.program import conditions, file
from rightcall.program.document import Program
from rightcall.triage import decisions

QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
TEAMS, OUTSIDE = ["desk", "community", "co-response"], ["police", "ems", "usual"]
ZONES = ["America/New_York", "America/Denver", "America/Los_Angeles", "America/Phoenix", "America/St_Johns"]
FAMILIES = ["welfare", "suicide", "mental health"]
TYPES = ["121D1W", "121D1", "SUSP. PERSON (WPN)", "WELFARE", "", "a\nb"]
PATTERNS = ["121D*", "*W", "*wpn*", "susp. person (*", "*", "welfare", "1*D*W", "121.*", "a*b", ""]
AREAS = ["1", "2", "North+"]
VALUES: dict[str, list[Any]] = {
    **{fact: [True, False] for fact in FACTS},
    **CATEGORIES,
    "family": FAMILIES,
    "first_type": TYPES,
    "initial_priority": [0, 1, 2, 3, 4, 100],
    **{layer: AREAS for layer in AREA_LAYERS},
}
SCHEMA = Calls.polars_schema()
# Clocks go forward on 9 March and back on 2 November 2025; the others are an ordinary week and the turn of a year.
NIGHTS = [dt.datetime(*day, tzinfo=dt.UTC) for day in ((2025, 3, 9), (2025, 11, 2), (2025, 6, 11), (2026, 1, 1))]


# ------------------------------------------------------------------ random programs


SEND = st.lists(st.sampled_from(TEAMS + OUTSIDE), min_size=1, max_size=2, unique=True)
LEVEL = st.integers(1, 4)
CLOCK = st.integers(0, 48).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
DAYS = ["daily", "weekdays", "weekends", *twin.WEEK]
LAYERS = ["beat", "district"]


def one_or_several(draw: st.DrawFn, values: list[Any]) -> Any:
    """One of the values, or a list of up to three."""
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
    return chosen[0] if len(chosen) == 1 and draw(st.booleans()) else chosen


def some(draw: st.DrawFn, names: list[str], *, least: int = 1) -> list[str]:
    """A few of the names, each once."""
    return draw(st.lists(st.sampled_from(names), min_size=least, max_size=2, unique=True))


def condition(draw: st.DrawFn, facts: list[str], unknowns: bool, depth: int = 0) -> dict[str, Any]:
    """A condition that speaks of a few facts, so that rules meet; nested three deep at most."""
    kinds = ["flags", "flags", "words", "words", "type", "priority", "area", "hours"] + ["unknown"] * unknowns
    joints = [] if depth == 3 else ["any", "any", "and_any", "all", "not", "both", "both"]
    kind = draw(st.sampled_from(kinds + joints))
    if kind in ("any", "and_any", "all"):
        parts = [condition(draw, facts, unknowns, depth + 1) for _ in range(draw(st.integers(1, 3)))]
        return {kind: parts}
    if kind == "not":
        return {"not": condition(draw, facts, unknowns, depth + 1)}
    if kind == "both":
        return {**condition(draw, facts, unknowns, depth + 1), **condition(draw, facts, unknowns, depth + 1)}
    return leaf(draw, kind, facts)


def leaf(draw: st.DrawFn, kind: str, facts: list[str]) -> dict[str, Any]:
    """A condition without parts."""
    if kind == "flags":
        return {name: draw(st.booleans()) for name in some(draw, [name for name in facts if name in FACTS])}
    if kind == "words":
        name = draw(st.sampled_from([name for name in facts if name not in FACTS]))
        return {name: one_or_several(draw, VALUES[name])}
    if kind == "type":
        return {"type": one_or_several(draw, PATTERNS)}
    if kind == "priority":
        bounds = some(draw, ["at_least", "at_most"], least=0)
        return {"priority": {name: draw(LEVEL) for name in bounds} or one_or_several(draw, [1, 2, 3, 4])}
    if kind == "area":
        return {"area": {layer: one_or_several(draw, AREAS) for layer in some(draw, LAYERS)}}
    if kind == "hours":
        clocks = {name: draw(CLOCK) for name in some(draw, ["from", "to"], least=0)}
        return {"hours": clocks | ({"days": one_or_several(draw, DAYS)} if draw(st.booleans()) else {})}
    return {"unknown": one_or_several(draw, facts)}


@st.composite
def documents(draw: st.DrawFn, unknowns: bool = True, refused: bool = False) -> dict[str, Any]:
    """The content of a program; without `refused`, rules that are true of the unknown are left out."""
    facts = [
        *draw(st.lists(st.sampled_from(list(FACTS)), min_size=1, max_size=4, unique=True)),
        *draw(st.lists(st.sampled_from(["family", *CATEGORIES]), min_size=1, max_size=2, unique=True)),
    ]
    rules = []
    for i in range(draw(st.integers(2, 12))):
        rule = {"id": f"r{i}", "when": condition(draw, facts, unknowns), "send": draw(SEND)}
        if draw(st.integers(0, 3)) == 3:
            rule["unless"] = condition(draw, facts, unknowns)
        rules.append(rule)
    volunteered = [name for name in facts if name not in FACTS or FACTS[name].kind != "hazard"]
    presumed = {name: draw(st.sampled_from(VALUES[name])) for name in volunteered if draw(st.booleans())}
    if not refused:
        rules = [rule for rule in rules if not twin.is_true_of_the_unknown(rule, presumed)]
    protection = draw(st.permutations(TEAMS).map(lambda order: order[: len(order) - draw(st.integers(0, 1))]))
    return {
        "program": {
            "name": "Random",
            "jurisdiction": "Nowhere",
            "time_zone": draw(st.sampled_from(ZONES)),
            "effective": dt.date(2026, 1, 1),
        },
        "team": [{"id": name, "name": name, "kind": "in person"} for name in TEAMS],
        "outside": [{"id": name} for name in OUTSIDE],
        "undecided": {"send": draw(st.sampled_from(["usual", "police"])), "protection": protection},
        "facts": {"presumed": presumed},
        "rule": rules,
    }


def toml(value: Any) -> str:
    """A value as inline TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return str(value) if isinstance(value, dt.date) else json.dumps(value)


def read(document: dict[str, Any]) -> tuple[dict[str, Any], Program]:
    """The document as it stands in a file: the raw tables for the twin, the program for the house."""
    text = "\n".join(f"{name} = {toml(value)}" for name, value in document.items())
    return tomllib.loads(text), file.parse(text, where="program.toml")


# ------------------------------------------------------------------ random calls


@st.composite
def moments(draw: st.DrawFn) -> dt.datetime:
    """A time on a quarter of an hour, or next to it, within a day and a night of one of the nights."""
    quarter, near = draw(st.integers(-100, 100)), draw(st.sampled_from([0, 0, -1, 1]))
    return draw(st.sampled_from(NIGHTS)) + dt.timedelta(minutes=15 * quarter, microseconds=near)


KNOWN_OR_NOT = {name: st.sampled_from([None, *values]) for name, values in VALUES.items()}


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """A call: every column that a rule may speak of is known or not, at a time that may be near a clock change."""
    row = {name: draw(value) for name, value in KNOWN_OR_NOT.items()}
    return {"received_at": draw(moments()), **{name: value for name, value in row.items() if value is not None}}


def tables(least: int = 1, most: int = 6) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(calls(), min_size=least, max_size=most)


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Calls as the table of the contract."""
    full = [{"call_id": str(i), "source_file": "random", "source_row": i, **row} for i, row in enumerate(rows, start=1)]
    return pl.DataFrame({name: pl.Series(name, [row.get(name) for row in full], dtype=t) for name, t in SCHEMA.items()})


def decide(rows: list[dict[str, Any]], program: Program) -> list[decisions.Outcome]:
    """The outcomes of a table, in its order."""
    decided = decisions.decide(table(rows).lazy(), program=program)
    return [decided.folded[number] for number in decided.outcome_ids]


# ------------------------------------------------------------------ the twin


@settings(QUIET, max_examples=250)
@given(documents(), tables())
def test_the_table_the_live_call_and_the_slow_twin_agree(document: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    raw, program = read(document)
    frame = table(rows)
    decided = decisions.decide(frame.lazy(), program=program)
    told = decided.onto(frame.lazy()).collect().rows(named=True)
    prepared = decisions.prepare(program)
    for place, row in enumerate(rows):
        by_twin = twin.decide(raw, row)
        by_table = decided.folded[decided.outcome_ids[place]]
        assert vars(by_table) == vars(by_twin)
        assert decisions.decide_one(frame[place], prepared=prepared) == by_table
        assert told[place]["outcome"] == by_twin.outcome
        assert told[place]["possible"] == " | ".join(" + ".join(one) or "no rule" for one in by_twin.possible)
        assert told[place]["team"] == by_twin.team
        assert told[place]["rule"] == by_twin.rules[-1]
        assert told[place]["missing"] == ", ".join(by_twin.missing)
        assert told[place]["nature_eligible"] is twin.is_ours_by_nature(raw, row)


@st.composite
def programs_of_one_hour(draw: st.DrawFn) -> dict[str, Any]:
    """A program with one rule that is true at certain hours."""
    document = draw(documents())
    return {
        **document,
        "facts": {"presumed": {}},
        "rule": [{"id": "r", "when": {"urgent": True, **leaf(draw, "hours", [])}, "send": ["desk"]}],
    }


@settings(QUIET, max_examples=100)
@given(programs_of_one_hour(), st.lists(moments(), min_size=12, max_size=24))
def test_hours_are_those_on_the_wall_around_clock_changes_too(document: dict[str, Any], at: list[dt.datetime]) -> None:
    raw, program = read(document)
    rows = [{"urgent": True, "received_at": moment} for moment in at]
    assert [outcome.rule for outcome in decide(rows, program)] == [twin.decide(raw, row).rules[-1] for row in rows]


@settings(QUIET, max_examples=150)
@given(documents(refused=True), tables(most=3))
def test_the_truth_of_every_rule_is_the_truth_by_the_twin(document: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    said = {twin.TRUE: True, twin.NOBODY_KNOWS: None, twin.FALSE: False}
    for rule in document["rule"]:
        when, faults = conditions.parse(rule["when"], key="when")
        assert faults == []
        for row in rows:
            local = twin.local_time(document, row)
            assert conditions.truth(when, {**row, "local_time": local}) is said[twin.truth(rule["when"], row, local)]


@settings(QUIET, max_examples=150)
@given(documents(refused=True))
def test_a_program_is_refused_exactly_when_a_rule_is_true_of_the_unknown(document: dict[str, Any]) -> None:
    wrong = [
        i
        for i, rule in enumerate(document["rule"], start=1)
        if twin.is_true_of_the_unknown(rule, document["facts"]["presumed"])
    ]
    if not wrong:
        read(document)
        return
    with pytest.raises(file.ProgramError) as refused:
        read(document)
    sentences = [str(problem) for problem in refused.value.problems]
    assert len(sentences) == len(wrong)
    for i in wrong:
        assert any(f"rule[{i}].when is true of a call of which nothing is known." in said for said in sentences)


# ------------------------------------------------------------------ what must hold of every decision


@settings(QUIET, max_examples=150)
@given(documents(unknowns=False), calls(), st.data())
def test_an_unknown_never_makes_a_call_ours(
    document: dict[str, Any], call: dict[str, Any], data: st.DataObject
) -> None:
    raw, program = read(document)
    spoken = [name for name in twin.spoken_of(raw) if name not in document["facts"]["presumed"]]
    known = [name for name in spoken if name in call]
    assume(known)
    forgotten = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    before, after = decide([call, {**call, **dict.fromkeys(forgotten)}], program)
    assert set(before.possible) <= set(after.possible)
    assert set(before.rules) <= set(after.rules)
    if before.outcome != "ours":
        assert after.outcome != "ours"
    if before.outcome == "cannot be said":
        assert after.outcome == "cannot be said"


@settings(QUIET, max_examples=150)
@given(documents(unknowns=False), tables(), st.data())
def test_what_turns_out_lies_between_at_least_and_at_most(
    document: dict[str, Any], rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    raw, program = read(document)
    spoken = [name for name in twin.spoken_of(raw) if name not in document["facts"]["presumed"]]
    completed = [
        {**row, **{name: data.draw(st.sampled_from(VALUES[name])) for name in spoken if name not in row}}
        for row in rows
    ]
    before, after = decide(rows, program), decide(completed, program)
    at_least = sum(outcome.outcome == "ours" for outcome in before)
    at_most = sum(outcome.outcome != "not ours" for outcome in before)
    assert at_least <= sum(outcome.outcome == "ours" for outcome in after) <= at_most
    for still_open, settled in zip(before, after, strict=True):
        assert set(settled.possible) <= set(still_open.possible)
        assert len(settled.possible) == 1
        assert settled.outcome != "cannot be said"
        assert settled.missing == ()


@settings(QUIET, max_examples=75)
@given(documents(), tables(least=2), st.randoms(use_true_random=False))
def test_decisions_do_not_depend_on_the_order_of_the_rows(
    document: dict[str, Any], rows: list[dict[str, Any]], chance: Any
) -> None:
    _, program = read(document)
    order = list(range(len(rows)))
    chance.shuffle(order)
    straight, shuffled = decide(rows, program), decide([rows[i] for i in order], program)
    assert shuffled == [straight[i] for i in order]


@settings(QUIET, max_examples=75)
@given(documents(), tables(least=2))
def test_a_call_alone_is_decided_as_in_a_table_of_many(document: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    _, program = read(document)
    assert decide(rows * 3, program) == [decide([row], program)[0] for row in rows] * 3


@settings(QUIET, max_examples=75)
@given(documents(), calls())
def test_what_the_rules_do_not_speak_of_changes_nothing(document: dict[str, Any], call: dict[str, Any]) -> None:
    raw, program = read(document)
    bare = {name: value for name, value in call.items() if name in (*twin.spoken_of(raw), "received_at")}
    assert decide([call], program) == decide([bare], program)
