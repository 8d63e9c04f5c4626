"""The specification is run: on a whole table, on each call alone, on the slow twin. All must give what it demands."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import polars as pl
import pytest
import twin

import specs
from rightcall.calls.columns import Calls
from rightcall.planning import lenses
from rightcall.program import file
from rightcall.triage import decisions

CHAPTERS = specs.read()
SPECS = [spec for chapter in CHAPTERS for spec in chapter.specs]
BY_TITLE = {spec.title: spec for spec in SPECS}
every_spec = pytest.mark.parametrize("spec", SPECS, ids=[spec.title for spec in SPECS])


def table(spec: specs.Spec) -> pl.DataFrame:
    """The calls of a spec as the table of the contract."""
    rows = [
        {"call_id": str(i), "source_file": "spec", "source_row": i, **row.known}
        for i, row in enumerate(spec.rows, start=1)
    ]
    schema = Calls.polars_schema()
    return pl.DataFrame({name: pl.Series(name, [row.get(name) for row in rows], dtype=t) for name, t in schema.items()})


def shown(outcome: decisions.Outcome | twin.Answer) -> dict[str, str]:
    """An outcome as the cells of a spec."""
    return {
        "outcome": outcome.outcome,
        "possible": " or ".join(" + ".join(answer) or "no rule" for answer in outcome.possible),
        "missing": ", ".join(outcome.missing),
        "rule": outcome.rules[-1],
        "team": outcome.team or "",
        "send": " + ".join(outcome.send),
    }


def demands(spec: specs.Spec, outcomes: list[Any]) -> None:
    """Every demanded cell, of every row at once, so that a failure shows the table."""
    told = [shown(outcome) for outcome in outcomes]
    demanded = [row.demanded for row in spec.rows]
    assert [{name: row[name] for name in spec.columns if name in row} for row in told] == demanded


@every_spec
def test_a_table_of_calls_is_decided_as_specified(spec: specs.Spec) -> None:
    decided = decisions.decide(table(spec).lazy(), program=file.parse(spec.document, where=spec.title))
    demands(spec, [decided.folded[number] for number in decided.outcome_ids])


@every_spec
def test_a_live_call_is_decided_as_specified(spec: specs.Spec) -> None:
    prepared = decisions.prepare(file.parse(spec.document, where=spec.title))
    calls = table(spec)
    demands(spec, [decisions.decide_one(calls[i], prepared=prepared) for i in range(calls.height)])


@every_spec
def test_the_slow_twin_decides_as_specified(spec: specs.Spec) -> None:
    program = tomllib.loads(spec.document)
    demands(spec, [twin.decide(program, row.known) for row in spec.rows])


@every_spec
def test_every_spec_demands_the_outcome_and_the_possible_answers(spec: specs.Spec) -> None:
    assert {"outcome", "possible"} <= set(spec.columns)
    assert spec.rows
    assert spec.sentence.endswith(".")


def test_there_are_enough_specs_and_no_two_of_one_title() -> None:
    assert len(SPECS) >= 25
    assert len(BY_TITLE) == len(SPECS)


def test_a_spec_can_fail() -> None:
    spec = BY_TITLE["The first true rule wins"]
    swapped = dataclasses.replace(spec, cells=(spec.cells[1], spec.cells[0], spec.cells[2]))
    demands(swapped, [twin.decide(tomllib.loads(spec.document), row.known) for row in swapped.rows])
    with pytest.raises(AssertionError):
        demands(spec, [twin.decide(tomllib.loads(spec.document), row.known) for row in swapped.rows])


def test_in_new_york_a_call_without_enough_information_is_counted_as_not_assessed() -> None:
    spec = BY_TITLE["New York: not enough information"]
    program, calls = file.parse(spec.document, where=spec.title), table(spec).lazy()
    decided = decisions.decide(calls, program=program)
    judged = lenses.judged(calls, decided, program=program, chances=None).collect()
    assert judged["assessed"].to_list() == [row.demanded["rule"] != "not enough information" for row in spec.rows]
