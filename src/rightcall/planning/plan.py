"""The first plan: which of a city's calls an alternative response could have taken, every figure with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from rightcall.calls import quality
from rightcall.calls.quality import Coverage, Finding
from rightcall.errors import NothingLeft, RightcallError
from rightcall.locale import N_, Message, Share
from rightcall.measures import results
from rightcall.measures.catalogue import MEASURES
from rightcall.measures.intervals import Estimate
from rightcall.measures.results import Result
from rightcall.planning import (
    demand,
    funding,
    hand_reading,
    lenses,
    program_home,
)
from rightcall.planning.funding import Funding
from rightcall.planning.given import Source
from rightcall.planning.hand_reading import Reading
from rightcall.planning.outcomes import Outcomes
from rightcall.planning.program_home import Choice
from rightcall.planning.response_model import Comparison
from rightcall.planning.staffing_run import People
from rightcall.planning.worksheet import Worksheet
from rightcall.program.document import Program
from rightcall.progress import Progress, silent
from rightcall.triage import decisions, expected, review
from rightcall.triage.decisions import Decided

Chapter = TypeVar("Chapter")


@dataclass(frozen=True)
class Plan:
    """A first plan. `tables` are the tables behind every picture; `decided` the decision on every call."""

    program: Program
    made_at: dt.datetime
    sources: tuple[Source, ...]
    period: Coverage
    totals: dict[str, float]
    tables: dict[str, pl.DataFrame]
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]
    assumptions: tuple[Message, ...]
    remarks: tuple[Message, ...]
    forecast: demand.Forecast | None
    reading: Reading | None
    middle: Estimate | None
    outcomes: Outcomes | None
    decided: Decided
    calls: pl.LazyFrame
    area_layer: str | None
    hexagon_km: float
    comparison: Comparison | None = None
    # Why there is none, in the words of the error.
    no_comparison: str = ""
    people: People | None = None
    no_people: str = ""
    home: Choice | None = None
    no_home: str = ""
    funding: Funding | None = None
    no_funding: str = ""
    worksheet: Worksheet = field(default_factory=Worksheet)
    outlines: dict[str, Any] = field(default_factory=dict)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C cut short a chapter; what was found is kept, and marked there."""
        designs = self.comparison is not None and not self.comparison.complete
        return designs or (self.people is not None and self.people.staffing.interrupted)

    def result(self, measure: str) -> Result | None:
        """The result of one measure, if it was computed."""
        return next((result for result in self.results if result.measure.id == measure), None)

    def a_year(self, name: str) -> float:
        """A total by the year."""
        return self.totals[name] * 365 / self.period.days.height

    def share(self, name: str) -> float:
        """A total as a share of the calls from the public."""
        return self.totals[name] / self.totals["public"] if self.totals["public"] else 0.0


def make_plan(
    program: Program, calls: pl.LazyFrame, *, at: dt.datetime, unit_times: pl.LazyFrame | None = None,
    sources: tuple[Source, ...] = (), reading: Reading | None = None, outcomes: Outcomes | None = None,
    outlines: dict[str, Any] | None = None,
    comparison: Comparison | None = None, no_comparison: str = "", people: People | None = None, no_people: str = "",
    worksheet: Worksheet | None = None, progress: Progress = silent,
) -> Plan:  # fmt: skip
    """Plan a program on the calls of the past.

    `calls` and `unit_times` fit their contracts; `at` is the time of making. Raises `NothingLeft` where no call from
    the public is left.
    """
    progress("Deciding every call", 0.0)
    decided = decisions.decide(calls, program=program)
    chances = (
        expected.chances(calls, decided=decided, program=program)
        if any(e.share != "unknown" for e in program.expect)
        else None
    )
    progress("Looking through the five lenses", 0.0)
    points = calls.filter(pl.col("lat").is_not_null()).select(pl.len()).collect(engine="streaming").item()
    across = _hexagon_km(calls, points)
    seen = lenses.look(calls, decided, program=program, unit_times=unit_times, chances=chances, hexagon_km=across)
    if not seen.totals["public"]:
        raise NothingLeft(
            "no call from the public is left after officers' own work, administration, tests and transfers are taken out.",
            mend="Check the origins in the layout and the families in the call types.",
        )
    period = quality.coverage(calls, time_zone=program.program.time_zone)
    progress("Forecasting demand", 0.0)
    forecast = demand.forecast(seen.tables, period, program=program)
    middle = (
        hand_reading.middle_figure(reading, certain=seen.totals["at_least"], open_calls=_open(calls, decided, program))
        if reading
        else None
    )
    findings = _findings(sources, calls, period)
    home, no_home = _chapter(lambda: program_home.choose(program))
    funded, no_funding = _chapter(
        lambda: funding.fund(people.staffing, people.structure, progress=progress) if people else None
    )
    return Plan(
        program=program, made_at=at, sources=sources, period=period, totals=seen.totals, tables=_with_familiar(seen.tables),
        results=_results(seen.totals, seen.waits, middle), findings=findings,
        assumptions=_assumptions(program, seen.totals), remarks=tuple(r.message for r in review.review(program)),
        forecast=forecast, reading=reading, middle=middle, outcomes=outcomes, decided=decided, calls=calls,
        area_layer=_layer(seen.tables), hexagon_km=across, comparison=comparison, no_comparison=no_comparison, people=people, no_people=no_people,
        home=home, no_home=no_home, worksheet=worksheet or Worksheet(), funding=funded, no_funding=no_funding or no_people, outlines=outlines or {},
    )  # fmt: skip


def _chapter(make: Callable[[], Chapter | None]) -> tuple[Chapter | None, str]:
    """A chapter, or why there is none: what is wrong with one costs no other."""
    try:
        return make(), ""
    except RightcallError as error:
        return None, str(error)


def _open(calls: pl.LazyFrame, decided: Decided, program: Program) -> pl.DataFrame:
    return lenses.middle(calls, decided, program=program).group_by("family").agg(pl.len().alias("calls"))


def _hexagon_km(calls: pl.LazyFrame, points: int) -> float:
    """A width that gives a few dozen hexagons, whatever the size of the city: 0.5, 1, 2 or 4 km."""
    if not points:
        return 1.0
    low, high = (
        calls.select(pl.col("lat").quantile(0.02).alias("a"), pl.col("lat").quantile(0.98).alias("b"))
        .collect(engine="streaming")
        .row(0)
    )
    span = (high - low) * 111.32
    return next((width for width in (0.5, 1.0, 2.0) if span / width <= 22), 4.0)


def _with_familiar(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    kept = {name: table for name, table in tables.items() if name not in ("places", "people")}
    for name in ("places", "people"):
        if name in tables:
            kept[f"familiar_{name}"] = lenses.familiar(tables[name])
            kept[f"busiest_{name}"] = tables[name].head(20).with_row_index("rank", offset=1)
    return kept


def _layer(tables: dict[str, pl.DataFrame]) -> str | None:
    """The layer that a council member knows: district first, else the coarsest that there is."""
    for layer in ("area_district", "area_sector", "area_neighborhood", "area_beat", "area_zip"):
        if layer in tables and tables[layer].height > 1:
            return layer
    return None


def _findings(sources: tuple[Source, ...], calls: pl.LazyFrame, period: Coverage) -> tuple[Finding, ...]:
    """The findings of reading; where a table of ours was given, those that the table itself tells."""
    told = [finding for source in sources for finding in source.findings]
    return tuple(told) or (*quality.of_calls(calls), *quality.of_coverage(period))


def _results(totals: dict[str, float], waits: tuple[Result, ...], middle: Estimate | None) -> tuple[Result, ...]:
    public, assessed = totals["public"], totals["assessed"]
    found = [
        results.count("calls_received", int(totals["calls"])),
        results.count("public_calls", int(public), int(totals["calls"])),
        results.share("eligible_by_nature", totals["by_nature"], public),
        results.share("eligible_at_most", totals["at_most"], public),
        results.share("eligible_at_least", totals["at_least"], public),
        results.share("screened_out", totals["screened_out"], totals["by_nature"]),
        results.share("not_assessed", public - assessed, public),
    ]
    if middle:
        found.append(Result(MEASURES["eligible_middle"], middle.value, public, middle.times(1 / public)))
    if "expected" in totals and not totals["not_expected"]:
        found.append(Result(MEASURES["eligible_expected"], totals["expected"], public))
    return (*found, *waits)


def _assumptions(program: Program, totals: dict[str, float]) -> tuple[Message, ...]:
    said = [
        Message(N_("The rules are those of “{name}”, effective {date}, version {version}."),
                {"name": program.program.name, "date": program.program.effective, "version": program.version[:12]}),
        Message(N_("Every call is decided by its first type and by what was recorded; what nobody recorded is unknown, never absent.")),
        Message(N_("Shares are of calls from the public: officers' own work, administration, tests and scheduled transfers are left out.")),
        Message(N_("{n} calls have a type that was mapped by proposal and not yet reviewed by a person; {m} by a reviewed mapping."),
                {"n": int(totals["proposed"]), "m": int(totals["reviewed"])}),
    ]  # fmt: skip
    for name, value in program.facts.presumed.items():
        shown = value if isinstance(value, str) else (N_("yes") if value else N_("no"))
        said.append(
            Message(
                N_("Where nobody said otherwise, “{fact}” is presumed to be {value}."),
                {"fact": name.replace("_", " "), "value": Message(str(shown))},
            )
        )
    for entry in program.expect:
        if entry.share == "unknown":
            said.append(
                Message(
                    N_(
                        "How often “{fact}” is so among the calls where it is unknown is not known; no expected figure uses it."
                    ),
                    {"fact": entry.fact.replace("_", " ")},
                )
            )
        else:
            said.append(
                Message(
                    N_(
                        "“{fact}” is expected to be {value} on {share} of the calls where it is unknown. Source: {source}."
                    ),
                    {
                        "fact": entry.fact.replace("_", " "),
                        "value": entry.value,
                        "share": Share(float(entry.share)),
                        "source": entry.source or Message(N_("none stated")),
                    },
                )
            )
    return tuple(said)
