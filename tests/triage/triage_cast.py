"""A small program and its calls, for the tests of triage."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from rightcall.calls.columns import Calls
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.triage import decisions

OURS, NOT_OURS, OPEN = decisions.OUTCOMES
NOON = dt.datetime(2026, 3, 3, 17, tzinfo=dt.UTC)
TEAMS = """
[program]
name = "CARE"
jurisdiction = "Millbrook, NC"
time_zone = "America/New_York"
effective = 2026-01-01

[[team]]
id = "desk"
name = "Cleo at the desk"
kind = "phone"
[[team]]
id = "community"
name = "Rosa's crew"
kind = "in person"
[[team]]
id = "co-response"
name = "Clinician with an officer"
kind = "with police"

[[outside]]
id = "police"
name = "Police"
[[outside]]
id = "ems"
[[outside]]
id = "usual"
name = "The usual response"

[undecided]
send = "usual"
protection = ["desk", "community", "co-response"]
"""
# Two exclusions above one inclusion: the shape of nearly every program.
CARE = """
[[rule]]
id = "weapon"
when = { weapon = true }
send = ["police"]
why = "We are unarmed."

[[rule]]
id = "hurt"
when = { injury = true }
send = ["ems"]

[[rule]]
id = "care call"
when = { family = ["welfare", "suicide"] }
send = ["community"]
why = "Somebody needs care."
"""


def program(rules: str = CARE) -> Program:
    """The program whose rules (and facts, questions, expectations) Priya wrote."""
    return file.parse(TEAMS + rules, where="program.toml")


def calls(*rows: dict[str, Any]) -> pl.DataFrame:
    """A table of calls; what is not given is unknown."""
    full = [
        {"call_id": str(i), "received_at": NOON, "source_file": "calls.csv", "source_row": i, **row}
        for i, row in enumerate(rows, start=1)
    ]
    schema = Calls.polars_schema()
    return pl.DataFrame({name: pl.Series(name, [row.get(name) for row in full], dtype=t) for name, t in schema.items()})


def call(**known: Any) -> pl.DataFrame:
    """One call."""
    return calls(known)


def decided(written: Program, *rows: dict[str, Any]) -> pl.DataFrame:
    """The outcome columns of a table of calls, in its order."""
    table = calls(*rows).lazy()
    return decisions.decide(table, program=written).onto(table).collect()


def live(written: Program, **known: Any) -> decisions.Outcome:
    """What Dana sees at once."""
    return decisions.decide_one(call(**known), prepared=decisions.prepare(written))
