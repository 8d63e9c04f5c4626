"""A small invented city and its program, for the tests of designs."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import numpy as np
import polars as pl
import pytest

from rightcall.calls import quality
from rightcall.calls.columns import Calls, UnitTimes
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.program.file import ProgramError
from rightcall.simulation import city, scenario
from rightcall.simulation.city import City
from rightcall.simulation.scenario import Model

ZONE = "America/New_York"
TEXT = """
[program]
name = "CARE"
jurisdiction = "Millbrook, NC"
time_zone = "America/New_York"
effective = 2026-01-01

[[team]]
id = "desk"
name = "Cleo at the desk"
kind = "phone"
crew = { clinician = 1 }
[[team]]
id = "community"
name = "Rosa's crew"
kind = "in person"
crew = { clinician = 1, peer = 1 }
[[team]]
id = "co-response"
name = "Clinician with an officer"
kind = "with police"
crew = { clinician = 1 }
[[team]]
id = "navigation"
name = "Nico"
kind = "follow-up"

[[outside]]
id = "police"
[[outside]]
id = "usual"

[[shift]]
team = "desk"
starts = "06:00"
hours = 18
units = 1
[[shift]]
team = "community"
starts = "09:00"
hours = 12
units = 2
[[shift]]
team = "co-response"
starts = "09:00"
hours = 12
units = 1
[[shift]]
team = "navigation"
starts = "09:00"
hours = 8
units = 1

[undecided]
send = "usual"
protection = ["desk", "community", "co-response"]

[facts]
presumed = { requested_by = "caller", scene_secured = false }

[dispatch]
hold_at_most_minutes = { 1 = 0, 3 = 30 }

[[rule]]
id = "hand-over"
when = { requested_by = "police", scene_secured = true }
send = ["community"]
[[rule]]
id = "weapon"
when = { weapon = true }
send = ["police"]
[[rule]]
id = "talk"
when = { family = "suicide" }
send = ["desk"]
otherwise = [["co-response"], ["usual"]]
[[rule]]
id = "care"
when = { family = ["welfare", "mental health"] }
send = ["community"]
otherwise = [["usual"]]
"""
EXPECT = '[[expect]]\nfact = "weapon"\nshare = 0.1\nsource = "invented"\n'
FAMILIES = ("welfare", "mental health", "suicide", "noise")


def content(more: str = EXPECT) -> dict[str, Any]:
    return tomllib.loads(TEXT + more)


def program(more: str = EXPECT) -> Program:
    return file.parse(TEXT + more, where="the test's program")


def wrong(more: str) -> str:
    """What is said of a document that is refused."""
    with pytest.raises(ProgramError) as raised:
        program(EXPECT + more)
    return str(raised.value)


def calls(
    *, days: int = 35, a_day: int = 12, points: bool = True, first: dt.date = dt.date(2026, 2, 2)
) -> pl.DataFrame:
    """Evenly spread calls; weapons are unknown on all but every tenth, where there is none."""
    draw = np.random.default_rng(7)
    n = days * a_day
    begin = dt.datetime.combine(first, dt.time(5), tzinfo=dt.UTC)
    at = [begin + dt.timedelta(minutes=float(minute)) for minute in np.sort(draw.random(n)) * 1440 * days]
    rows = {
        "call_id": [f"c{k}" for k in range(n)], "received_at": at, "family": [FAMILIES[k] for k in draw.integers(0, 4, n)],
        "initial_priority": draw.choice([1, 3], n), "weapon": [False if k % 10 == 0 else None for k in range(n)],
        "area_district": [("East", "West")[k] for k in draw.integers(0, 2, n)], "source_file": ["x"] * n, "source_row": list(range(1, n + 1)),
        "lat": 35.7 + draw.random(n) * 0.08 if points else [None] * n, "lon": -78.9 + draw.random(n) * 0.08 if points else [None] * n,
    }  # fmt: skip
    schema = Calls.polars_schema()
    frame = pl.DataFrame(rows, strict=False)
    return frame.select(pl.col(name).cast(dtype) if name in rows else pl.lit(None, dtype).alias(name) for name, dtype in schema.items())  # fmt: skip


def unit_times(table: pl.DataFrame, *, scene: float = 20.0) -> pl.DataFrame:
    """One police unit a call: assigned after 5 minutes, there after 15, gone after `scene` more."""
    at = pl.col("received_at")
    stamps = {"assigned_at": 5.0, "en_route_at": 6.0, "arrived_at": 15.0, "cleared_at": 15.0 + scene}
    made = table.select(
        "call_id", pl.lit("police").alias("service"), pl.lit("P1").alias("unit"),
        *((at + pl.duration(seconds=int(60 * minutes))).alias(name) for name, minutes in stamps.items()),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("canceled_at"),
    )  # fmt: skip
    return made.select(list(UnitTimes.polars_schema()))


def place(table: pl.DataFrame | None = None, *, stamps: bool = False, layers: tuple[str, ...] = ()) -> City:
    table = calls() if table is None else table
    period = quality.coverage(table.lazy(), time_zone=ZONE)
    times = unit_times(table).lazy() if stamps else None
    return city.read(table.lazy(), times, period=period, time_zone=ZONE, layers=layers)


def model(more: str = EXPECT, **given: Any) -> Model:
    return scenario.model(place(**given), program=program(more))
