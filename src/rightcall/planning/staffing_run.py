"""From files to the answers to questions 3 and 4: read the program and the calls, staff the teams, structure the program."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from pathlib import Path

from rightcall.calls import export
from rightcall.calls.layout import Layout
from rightcall.measures.intervals import Estimate
from rightcall.planning import comparing, hiring, staffing_model, team_structure
from rightcall.planning.given import Reader, Source
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.team_structure import Structure
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.progress import Progress, silent
from rightcall.simulation import scenario
from rightcall.simulation.city import City


@dataclass(frozen=True)
class People:
    """The answers to questions 3 and 4."""

    staffing: Staffing
    structure: Structure


def run(
    program: Path, calls: list[Path], *, work: Path, layout: Layout | None = None, sample: Path | None = None, key: bytes | None = None, at: dt.datetime | None = None,
    seconds: float = staffing_model.SECONDS, workers: int | None = None, progress: Progress = silent, read: Reader = export.read_export,
) -> People:  # fmt: skip
    """Staff a program on exports or on tables that were read before."""
    document = file.read_program(program)
    got, outlines = comparing.read_calls(program, document, calls, work=work, layout=layout, key=key, progress=progress, read=read)  # fmt: skip
    city = comparing.city_of(got.calls, got.unit_times, program=document, outlines=outlines)
    return chapter(
        document, city, at=at or dt.datetime.now(dt.UTC), screening=comparing.screening_of(sample, got.calls, document) if sample else None, where=str(file.locate(program)), sources=got.sources, seconds=seconds,
        workers=workers, progress=progress,
    )  # fmt: skip


def chapter(
    document: Program, city: City, *, at: dt.datetime, where: str, sources: tuple[Source, ...], screening: Estimate | None = None, seconds: float = staffing_model.SECONDS,
    workers: int | None = None, progress: Progress = silent,
) -> People:  # fmt: skip
    """Staff and structure a program on a city. `screening`: the share of a sample read by hand."""
    routed = scenario.routes(city, program=document)
    staffing = staffing_model.staff(
        document,
        city=city,
        at=at,
        where=where,
        routed=routed,
        screening=screening,
        sources=sources,
        seconds=seconds,
        workers=workers,
        progress=progress,
    )
    lines = {
        role: sum(each.lines for team in staffing.teams for each in team.needed if each.role == role)
        for role in staffing.people
    }
    # Lines may be part of a full week's: each still takes somebody.
    needed = {role: max(math.ceil(count - 1e-6), lines[role]) for role, count in staffing.people.items()}
    hires = None
    if any(needed.values()):
        hires = hiring.plan(
            staffing.design, staffing.teams, needed, at=at.date(),
            model_of=lambda program: scenario.model(city, program=program, routed=routed, screening=screening, base=document),
            workers=workers, progress=progress,
        )  # fmt: skip
    assessed = int((routed.count[routed.group] > 0).sum()) * 365 / len(city.days)
    return People(staffing, team_structure.of(staffing, assessed=assessed, hires=hires))
