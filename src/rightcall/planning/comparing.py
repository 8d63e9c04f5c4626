"""From files to a comparison: read the program, its variants and the calls, and simulate the designs side by side."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from rightcall.calls import areas, export, families, quality
from rightcall.calls.layout import Layout
from rightcall.errors import NothingLeft
from rightcall.locale import N_, Message
from rightcall.measures.intervals import Estimate
from rightcall.planning import given, hand_reading, lenses, response_model, shift_search
from rightcall.planning.given import Given, Reader, Source
from rightcall.planning.response_model import Comparison
from rightcall.planning.shift_search import Search
from rightcall.program import file, variants
from rightcall.program.document import Program, Variant
from rightcall.progress import Progress, silent
from rightcall.simulation import city
from rightcall.simulation.city import City, Used
from rightcall.triage import decisions

CHAPTER_RUNS = 40


def run(
    program: Path, calls: list[Path], *, work: Path, variant_files: list[Path], only: bool = False, runs: int = response_model.MOST_RUNS,
    layout: Layout | None = None, sample: Path | None = None, key: bytes | None = None, at: dt.datetime | None = None,
    workers: int | None = None, cluster: Any = None, progress: Progress = silent, read: Reader = export.read_export,
) -> Comparison:  # fmt: skip
    """Compare a program's designs on exports or on tables that were read before."""
    content, document = file.read_content(program), file.read_program(program)
    named = [*document.variant, *(variant for path in variant_files for variant in variants.read_variants(path))]
    chosen: list[Variant] = [*([] if only and named else response_model.usual(document)), *named]
    # What is wrong with the designs is told before the long reading begins.
    variants.designs(content, chosen, where=str(file.locate(program)))
    got, outlines = read_calls(
        program, document, calls, work=work, layout=layout, key=key, progress=progress, read=read
    )
    place = city_of(got.calls, got.unit_times, program=document, content=content, chosen=chosen, outlines=outlines)
    screening = screening_of(sample, got.calls, document) if sample else None
    return response_model.compare(
        content, document, city=place, chosen=chosen, at=at or dt.datetime.now(dt.UTC), where=str(file.locate(program)),
        sources=got.sources, outlines=outlines, screening=screening, runs=runs, workers=workers, cluster=cluster, progress=progress,
    )  # fmt: skip


def chapter(
    program: Path, document: Program, calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, *, at: dt.datetime,
    sources: tuple[Source, ...], outlines: dict[str, Any], screening: Estimate | None, progress: Progress,
) -> Comparison:  # fmt: skip
    """Question 1 in a plan: the usual designs and the program's own, with fewer runs and without the curve of returns."""
    content = file.read_content(program)
    chosen = [*response_model.usual(document), *document.variant]
    place = city_of(calls, unit_times, program=document, content=content, chosen=chosen, outlines=outlines)
    made = response_model.compare(
        content, document, city=place, chosen=chosen, at=at, where=file.locate(program).name, sources=sources, outlines=outlines,
        screening=screening, runs=CHAPTER_RUNS, deep=False, progress=progress,
    )  # fmt: skip
    if not made.complete:
        raise KeyboardInterrupt
    return made


def suggest(
    program: Path, calls: list[Path], *, work: Path, budget: float | None, target: float | None, team: str | None, most: int,
    layout: Layout | None = None, key: bytes | None = None, progress: Progress = silent, read: Reader = export.read_export,
) -> Search:  # fmt: skip
    """Search shift patterns of a program on exports or on tables that were read before."""
    content, document = file.read_content(program), file.read_program(program)
    got, outlines = read_calls(
        program, document, calls, work=work, layout=layout, key=key, progress=progress, read=read
    )
    place = city_of(got.calls, got.unit_times, program=document, outlines=outlines)
    return shift_search.search(
        content, document, city=place, where=str(file.locate(program)), budget=budget, target=target, team=team, most=most, progress=progress
    )  # fmt: skip


def read_calls(
    program: Path, document: Program, calls: list[Path], *, work: Path, layout: Layout | None, key: bytes | None, progress: Progress, read: Reader
) -> tuple[Given, dict[str, Any]]:  # fmt: skip
    """The calls with their areas, and the outlines of these."""
    got = given.calls_of(
        calls, work=work, time_zone=document.program.time_zone, layout=layout, mapping=given.mapping_of(program, document),
        key=key, progress=progress, read=read,
    )  # fmt: skip
    outlines = areas.outlines(document.program.areas, file.locate(program).parent)
    progress("Looking at the city", 0.0)
    return replace(got, calls=given.with_areas(got.calls, outlines, work)), outlines


def city_of(
    calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, *, program: Program, content: variants.Content | None = None,
    chosen: list[Variant] | None = None, outlines: dict[str, Any] | None = None,
) -> City:  # fmt: skip
    """The city of a table of calls, its zones cut at the borders that some shift of some design keeps to."""
    public = calls.filter(families.is_public() & pl.col("family").is_not_null())
    if public.select(pl.len()).collect(engine="streaming").item() == 0:
        raise NothingLeft("no call from the public has a known type.", mend="Map the city's types: `rightcall types`.")
    designs = [program] if content is None else [program, *(d.program for d in variants.designs(content, chosen or [], where=""))]  # fmt: skip
    layers = {f"area_{layer}" for each in designs for shift in each.shift if isinstance(shift.area, dict) for layer in shift.area}  # fmt: skip
    zone = program.program.time_zone
    period = quality.coverage(calls, time_zone=zone)
    place = city.read(
        public, unit_times, period=period, time_zone=zone, layers=tuple(sorted(layers)), outlines=outlines
    )
    unmapped = calls.filter(families.is_public() & pl.col("family").is_null()).select(pl.len()).collect(engine="streaming").item()  # fmt: skip
    aside = [Used(Message(N_("demand")), Message(N_("{n} calls whose type is missing or not mapped are not assessed, and not simulated"), {"n": unmapped}))] if unmapped else []  # fmt: skip
    return replace(place, used=(*place.used, *aside, *_areas_used(place, outlines or {})))


def _areas_used(place: City, outlines: dict[str, Any]) -> list[Used]:
    """What is wrong with areas: those that overlap, and calls on the map that lie in none."""
    found = []
    for layer, content in outlines.items():
        what = Message(N_("areas, {file}"), {"file": layer.removeprefix("area_")})
        for one, other in areas.overlaps(content)[:5]:
            found.append(Used(what, Message(N_("“{one}” and “{other}” overlap; a call in both is counted in one of them"), {"one": one, "other": other})))  # fmt: skip
        lost = place.frame.filter(pl.col("lat").is_not_null() & pl.col(layer).is_null()).height
        if lost:
            found.append(Used(what, Message(N_("{n} calls on the map lie in no area; a shift that keeps to areas does not serve them"), {"n": lost})))  # fmt: skip
    return found


def screening_of(sample: Path, calls: pl.LazyFrame, program: Program) -> Estimate:
    """The share of the calls of which it cannot be said that readers called ours."""
    decided = decisions.decide(calls, program=program)
    open_calls = lenses.middle(calls, decided, program=program).group_by("family").agg(pl.len().alias("calls"))
    total = float(open_calls["calls"].sum())
    found = hand_reading.middle_figure(hand_reading.read_workbook(sample), certain=0.0, open_calls=open_calls)
    return found.times(1 / total) if total else Estimate(0.0, 0.0, 0.0)
