"""From files to a plan: read what was given, bring it together, simulate the program's designs, plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from rightcall.calls import areas, export
from rightcall.calls.layout import Layout
from rightcall.errors import RightcallError
from rightcall.measures.intervals import Estimate
from rightcall.planning import comparing, given, hand_reading, lenses, plan, staffing_run, worksheet
from rightcall.planning import outcomes as outcome_files
from rightcall.planning.given import Reader
from rightcall.planning.plan import Plan
from rightcall.planning.response_model import Comparison
from rightcall.planning.staffing_run import People
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.progress import Progress, silent
from rightcall.triage import decisions

# The plan is to be there soon; `rightcall staff` may take longer.
STAFFING_SECONDS = 20.0


def run(
    program: Path | Program, calls: list[Path], *, work: Path, layout: Layout | None = None, sample: Path | None = None,
    outcomes: Path | None = None, key: bytes | None = None, at: dt.datetime | None = None,
    designs: bool = True, progress: Progress = silent, read: Reader = export.read_export,
) -> Plan:  # fmt: skip
    """The first plan of a program (a document, or where it lies) on exports or on tables that were read before.

    `designs`: also simulate the designs of a document that lies in a file, and staff and structure it; where it says too
    little for that, the plan says what is missing.
    """
    document = program if isinstance(program, Program) else file.read_program(program)
    answers = None if isinstance(program, Program) else worksheet.read(worksheet.locate(program))
    folder = None if isinstance(program, Program) else program
    mapping = given.mapping_of(folder, document)
    reading = hand_reading.read_workbook(sample) if sample else None
    got = given.calls_of(
        calls,
        work=work,
        time_zone=document.program.time_zone,
        layout=layout,
        mapping=mapping,
        key=key,
        progress=progress,
        read=read,
    )
    outlines = areas.outlines(document.program.areas, file.locate(folder).parent) if folder else {}
    placed = given.with_areas(got.calls, outlines, work)
    joined = None
    if outcomes:
        progress("Joining outcomes", 0.0)
        decided = decisions.decide(placed, program=document)
        joined = outcome_files.join(
            outcomes, lenses.judged(placed, decided, program=document, chances=None), work=given.fresh(work, "outcomes")
        )
    at = at or dt.datetime.now(dt.UTC)
    compared, why, people, why_no_people = None, "", None, ""
    if folder is not None and designs:
        screening = comparing.screening_of(sample, placed, document) if sample else None
        try:
            compared = comparing.chapter(
                folder, document, placed, got.unit_times, at=at, sources=got.sources, outlines=outlines, screening=screening,
                progress=progress,
            )  # fmt: skip
        except RightcallError as error:
            why = str(error)
        people, why_no_people = _people(
            document, folder, placed, got, compared, outlines=outlines, at=at, screening=screening, progress=progress
        )  # fmt: skip
    return plan.make_plan(
        document, placed, at=at, comparison=compared, no_comparison=why, people=people, no_people=why_no_people, unit_times=got.unit_times, sources=got.sources,
        reading=reading, outcomes=joined, outlines=outlines, worksheet=answers, progress=progress,
    )  # fmt: skip


def _people(
    document: Program, folder: Path, calls: pl.LazyFrame, got: given.Given, compared: Comparison | None, *, outlines: dict[str, Any],
    at: dt.datetime, screening: Estimate | None, progress: Progress,
) -> tuple[People | None, str]:  # fmt: skip
    """Shifts, people and structure, or why there are none."""
    try:
        city = (
            compared.base.model.city
            if compared
            else comparing.city_of(calls, got.unit_times, program=document, outlines=outlines)
        )
        made = staffing_run.chapter(
            document, city, at=at, where=file.locate(folder).name, sources=got.sources, screening=screening, seconds=STAFFING_SECONDS,
            progress=progress,
        )  # fmt: skip
    except RightcallError as error:
        return None, str(error)
    return made, ""


def sample(
    program: Program, calls: list[Path], *, n: int, seed: int, work: Path, layout: Layout | None = None,
    mapping: pl.DataFrame | None = None, progress: Progress = silent, read: Reader = export.read_export,
) -> tuple[pl.DataFrame, int]:  # fmt: skip
    """Draw calls that cannot be said. Returns them and how many there are in all."""
    got = given.calls_of(
        calls,
        work=work,
        time_zone=program.program.time_zone,
        layout=layout,
        mapping=mapping,
        progress=progress,
        read=read,
    )
    progress("Deciding every call", 0.0)
    decided = decisions.decide(got.calls, program=program)
    open_calls = lenses.middle(got.calls, decided, program=program)
    return hand_reading.draw(open_calls, n=n, seed=seed), open_calls.height
