"""Question 1 of the five: which response team models would help most here, where and when?

Designs are simulated side by side on the city's own calls, with shared luck; what nobody measured is drawn from a
stated range in every run, so that the intervals hold it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rightcall.errors import NothingLeft, RightcallError
from rightcall.locale import N_, Message
from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning import costs, formulas
from rightcall.planning.costs import Cost
from rightcall.planning.formulas import Check
from rightcall.planning.given import Source
from rightcall.program import variants
from rightcall.program.document import Program, Shift, Variant
from rightcall.program.variants import Content, Design
from rightcall.progress import Progress, silent
from rightcall.simulation import figures, inputs, replications, scenario
from rightcall.simulation.arrays import Real
from rightcall.simulation.city import City
from rightcall.simulation.figures import Layout, Trial
from rightcall.simulation.inputs import Input
from rightcall.simulation.kinds import FOLLOW_UP, Routes
from rightcall.simulation.scenario import Model

AS_WRITTEN, ALWAYS, UNIT_MORE = N_("as written"), N_("around the clock"), N_("a unit more")
ALONE = N_("{team} alone")
HALF_WIDTH, MOST_RUNS, BATCH = 0.005, 100, 20
SENSITIVITY_RUNS = 8
# Efforts that differ by less are the same: clocks change within shifts.
SAME_PRICE = 0.001
MOST_UNITS = 8
LAYERS = ("area_district", "area_sector", "area_neighborhood", "area_beat", "area_zip")
MOST_AREAS = 30


@dataclass(frozen=True)
class Simulated:
    """A design with its runs [n, k]; `layout` says where each figure stands."""

    id: str
    comment: str
    model: Model
    layout: Layout
    runs: Real
    cost: Cost

    def of(self, name: str) -> Real:
        """A figure over the runs, [n] or [n, m]."""
        part = self.runs[:, self.layout.parts[name]]
        return part[:, 0] if name in figures.SINGLE else part

    def spread(self, name: str) -> Estimate:
        """The mean of a figure and between which values it lies in nineteen of twenty runs."""
        return intervals.of_runs(self.of(name))

    def mean(self, name: str) -> Real:
        """The mean over the runs of each figure of a list; NaN where no run knows it."""
        values = self.of(name)
        known = np.isfinite(values)
        return np.asarray(np.where(known.any(0), np.where(known, values, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan))  # fmt: skip

    @property
    def area_coverage(self) -> dict[str, float | None]:
        """The mean coverage of each area."""
        eligible, served = self.mean("eligible_by_area"), self.mean("served_by_area")
        return {
            area: float(served[i] / eligible[i]) if eligible[i] else None for i, area in enumerate(self.layout.areas)
        }

    @property
    def title(self) -> Message | str:
        """What it is called: ours in the reader's language, the city's as they are."""
        if self.id in (AS_WRITTEN, ALWAYS, UNIT_MORE):
            return Message(self.id)
        alone = next((team.name for team in self.model.program.team if self.id == ALONE.format(team=team.name)), None)
        return self.id if alone is None else Message(ALONE, {"team": alone})

    @property
    def years(self) -> float:
        """Simulated time in years of 365 days."""
        return len(self.model.city.days) / 365

    @property
    def per_response(self) -> Estimate | None:
        """Dollars a response, over the runs and the range of pay."""
        if self.cost.low is None or self.cost.high is None or self.cost.middle is None:
            return None
        responses = self.of("responses") / self.years
        if not (responses > 0).all():
            return None
        edges = intervals.of_runs(1 / responses)
        return Estimate(self.cost.middle * edges.value, self.cost.low * edges.low, self.cost.high * edges.high)


@dataclass(frozen=True)
class Swing:
    """What an input does to coverage on duty: at its lowest and at its highest, all others at their likeliest."""

    entry: Input
    low: float
    high: float
    usual: float

    @property
    def width(self) -> float:
        """How far coverage moves."""
        return abs(self.high - self.low)


@dataclass(frozen=True)
class Comparison:
    """Designs side by side; the first is the program as it stands. `complete`: not interrupted.

    `precision`: within how many points the mean coverage of every design is known. `returns`: the base with 1, 2, …
    units of its first team in person. `dominated`: designs that another one beats on cost and coverage.
    """

    made_at: dt.datetime
    sources: tuple[Source, ...]
    designs: tuple[Simulated, ...]
    returns: tuple[tuple[int, Simulated], ...]
    swings: tuple[Swing, ...]
    checks: tuple[Check, ...]
    precision: float
    complete: bool
    outlines: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> Simulated:
        """The program as it stands."""
        return self.designs[0]

    def difference(self, design: Simulated, name: str) -> Estimate:
        """How much a figure differs from the base, run by run: mean, and where nineteen of twenty runs lie."""
        n = min(len(design.runs), len(self.base.runs))
        return intervals.of_runs(design.of(name)[:n] - self.base.of(name)[:n])

    @property
    def money(self) -> bool:
        """Whether the dollars of every design are known; else efforts are staff hours."""
        return all(
            design.cost.middle is not None for design in (*self.designs, *(design for _, design in self.returns))
        )

    def effort(self, design: Simulated) -> float:
        """What a design takes a year: dollars where those of all designs are known, else staff hours."""
        return design.cost.middle if self.money and design.cost.middle is not None else design.cost.staff_hours

    @property
    def dominated(self) -> dict[str, str]:
        """Design → a design that covers no less and costs no more, and is better in one of the two."""
        found: dict[str, str] = {}
        for one in self.designs:
            for other in self.designs:
                cost, coverage = self.effort(other) - self.effort(one), other.spread("coverage").value - one.spread("coverage").value  # fmt: skip
                # At the same price it must be better in nineteen of twenty runs, not only on average.
                alike = abs(cost) <= SAME_PRICE * self.effort(one)
                paired = intervals.of_runs(other.of("coverage") - one.of("coverage"))
                sure = paired.low > 0 if alike else cost < 0 and coverage >= 0
                if sure and one.id not in found:
                    found[one.id] = other.id
        return found


def compare(
    content: Content, base: Program, *, city: City, chosen: Sequence[Variant], at: dt.datetime, where: str,
    sources: tuple[Source, ...] = (), outlines: dict[str, Any] | None = None, screening: Estimate | None = None, runs: int = MOST_RUNS,
    half_width: float = HALF_WIDTH, workers: int | None = None, cluster: Any = None, deep: bool = True,
    progress: Progress = silent,
) -> Comparison:  # fmt: skip
    """Simulate the program and its variants side by side. Ctrl-C keeps what is done and marks it as not complete.

    `chosen`: see `usual` for what every city asks about. `deep`: also the curve of returns and what each input does. `progress`: a step and the share of it that is done.
    """
    progress("Compiling the designs", 0.0)
    made = variants.designs(content, chosen, where=where)
    layer = area_layer(city)
    routed: dict[str, Routes] = {}

    def simulated(design: Design) -> tuple[Design, Model, Layout]:
        key = triage_of(design.program)
        if key not in routed:
            routed[key] = scenario.routes(city, program=design.program)
        model = scenario.model(city, program=design.program, routed=routed[key], screening=screening, base=base)
        return design, model, figures.layout(model, layer=layer)

    compiled, problems = [], []
    for design in (Design(AS_WRITTEN, "", base), *made):
        try:
            compiled.append(simulated(design))
        except RightcallError as error:
            if design.id == AS_WRITTEN:
                raise
            problems += [replace(p, where=f"{where}, “{design.id}”, {p.where}") for p in error.problems]
    if problems:
        raise variants.VariantError(problems)
    if not compiled[0][1].may_be_ours.size:
        raise NothingLeft("no call of this city could be ours by these rules.", mend="Look at `rightcall plan` first.")
    complete, done, extra = True, [np.zeros((0, each[2].size)) for each in compiled], []
    swings: tuple[Swing, ...] = ()
    trials = [Trial(model, layout) for _, model, layout in compiled]
    watch = compiled[0][2].parts["coverage"]
    try:
        for done in replications.until(trials, watch=watch, half_width=half_width, most=runs, batch=BATCH, workers=workers, cluster=cluster):  # fmt: skip
            progress("Simulating", len(done[0]) / runs)
        if deep:
            extra = _returns(content, base, simulated, runs=len(done[0]), workers=workers, cluster=cluster, progress=progress)  # fmt: skip
            swings = sensitivity(trials[0], workers=workers, cluster=cluster, progress=progress)
    except KeyboardInterrupt:
        complete = False
        if not len(done[0]):
            raise
    first, last = city.days[0], city.days[-1]

    def result(each: tuple[Design, Model, Layout], rows: Real) -> Simulated:
        design, model, layout = each
        spent = costs.of(design.program, first=first, last=last, besides=(FOLLOW_UP,))
        return Simulated(design.id, design.comment, model, layout, rows, spent)

    designs = tuple(result(each, rows) for each, rows in zip(compiled, done, strict=True))
    widths = [e.high - e.value for d in designs for e in replications.estimates(d.of("coverage")[:, None])]
    return Comparison(
        made_at=at, sources=sources, designs=designs, returns=tuple((n, result(each, rows)) for n, each, rows in extra),
        swings=swings, checks=formulas.checks(designs[0].model, of=designs[0].of), precision=max(widths), complete=complete, outlines=outlines or {},
    )  # fmt: skip


def triage_of(program: Program) -> str:
    """What decides which calls may go where: designs that share it share their routes."""
    told = program.model_dump(mode="json", by_alias=True, include={"expect": True, "undecided": True, "facts": True, "rule": {"__all__": {"id", "send", "not_assessed"}}}, exclude={"expect": {"__all__": {"when"}}})  # fmt: skip
    conditions = [repr(rule.condition) for rule in program.rule] + [repr(entry.when) for entry in program.expect]
    return json.dumps([told, conditions, sorted(program.team_ids)], sort_keys=True)


def area_layer(city: City) -> str | None:
    """The layer that a council member knows: district first; none where a map of it would have too many parts."""
    return next((layer for layer in LAYERS if 1 < len(set(city.zones.areas[layer])) <= MOST_AREAS), None)


def usual(program: Program) -> list[Variant]:
    """The designs that every city asks about: each team alone, the first team in person around the clock, a unit more."""
    found = []
    working = [team for team in program.team if any(s.team == team.id for s in program.shift) and team.kind != FOLLOW_UP]  # fmt: skip
    for team in working if len(working) > 1 else []:
        # Shifts go and rules stay, so that every design is asked for the same calls.
        others = tuple({"drop_shift": {"team": other.id}} for other in working if other is not team)
        found.append(Variant(id=ALONE.format(team=team.name), change=others))
    main = first_in_person(program)
    if main is not None:
        mine = [shift for shift in program.shift if shift.team == main]
        found.append(Variant(id=ALWAYS, change=_always(mine)))
        more = tuple({"change_shift": {**_where(shift), "set": {"units": int(shift.units) + 1}}} for shift in mine if shift.units != "unknown")  # fmt: skip
        found.append(Variant(id=UNIT_MORE, change=more))
    return found


def _always(mine: list[Shift]) -> tuple[dict[str, Any], ...]:
    """The largest shift of each area around the clock, in place of all of that area."""
    largest: dict[str, Shift] = {}
    for shift in mine:
        best = largest.setdefault(repr(shift.area), shift)
        if shift.units != "unknown" and (best.units == "unknown" or int(shift.units) > int(best.units)):
            largest[repr(shift.area)] = shift
    kept = list(largest.values())
    dropped = tuple({"drop_shift": _where(shift)} for shift in mine if not any(shift is each for each in kept))
    return dropped + tuple({"change_shift": {**_where(shift), "set": {"days": "daily", "hours": 24}}} for shift in kept)


def _where(shift: Shift) -> dict[str, Any]:
    """How a change finds a shift: by what its document says of it."""
    said: dict[str, Any] = {"team": shift.team, "starts": shift.starts}
    for key in ("days", "base", "area"):
        if key in shift.model_fields_set:
            value = getattr(shift, key)
            plain = {layer: list(names) for layer, names in value.items()} if isinstance(value, dict) else value
            said[key] = list(plain) if isinstance(plain, tuple) else plain
    return said


def first_in_person(program: Program) -> str | None:
    """The first team that goes in person, with shifts of known size."""
    sized = {shift.team for shift in program.shift if shift.units not in ("unknown", 0)}
    wanted = [team.id for kind in ("in person", "with police") for team in program.team if team.kind == kind]
    return next((team for team in wanted if team in sized), None)


def with_units(program: Program, team: str, units: int) -> tuple[dict[str, Any], ...]:
    """Changes that give every shift of a team so many units."""
    starts = dict.fromkeys(shift.starts for shift in program.shift if shift.team == team)
    return tuple({"change_shift": {"team": team, "starts": start, "set": {"units": units}}} for start in starts)


def _returns(
    content: Content, base: Program, simulated: Callable[[Design], tuple[Design, Model, Layout]], *, runs: int,
    workers: int | None, cluster: Any, progress: Progress,
) -> list[tuple[int, tuple[Design, Model, Layout], Real]]:  # fmt: skip
    main = first_in_person(base)
    if main is None:
        return []
    found = []
    for units in range(1, MOST_UNITS + 1):
        progress("What each next unit brings", (units - 1) / MOST_UNITS)
        wanted = Variant(id=f"{units}", change=with_units(base, main, units))
        (design,) = variants.designs(content, [wanted], where="the curve of returns")
        each = simulated(design)
        rows = replications.replicate(Trial(each[1], each[2]), first=1, count=runs, workers=workers, cluster=cluster)
        found.append((units, each, rows))
    return found


def sensitivity(
    trial: Trial, *, workers: int | None = None, cluster: Any = None,
    progress: Progress = silent,
) -> tuple[Swing, ...]:  # fmt: skip
    """What each input does to coverage on duty, the widest first: one at a time, by the same luck."""
    given = trial.model.inputs
    middle = {name: _likeliest(entry) for name, entry in given.general.items()}
    part = trial.layout.parts["coverage_on_duty"]

    def coverage(levels: dict[str, float]) -> float:
        at = Trial(trial.model, trial.layout, levels)
        rows = replications.replicate(at, first=1, count=SENSITIVITY_RUNS, workers=workers, cluster=cluster)
        return float(intervals.of_runs(rows[:, part][:, 0]).value)

    usual = coverage(middle)
    found = []
    open_inputs = [(name, entry) for name, entry in given.general.items() if entry.low < entry.high and matters(name, trial.model)]  # fmt: skip
    for number, (name, entry) in enumerate(open_inputs):
        progress("What each input does", number / len(open_inputs))
        found.append(Swing(entry, coverage({**middle, name: 0.0}), coverage({**middle, name: 1.0}), usual))
    return tuple(sorted(found, key=lambda swing: (-swing.width, swing.entry.name)))


def _likeliest(entry: Input) -> float:
    """The level at which an input takes its likeliest value."""
    span = entry.high - entry.low
    return (entry.value - entry.low) / span if span > 0 else 0.5


def matters(name: str, model: Model) -> bool:
    """Whether a model uses an input at all."""
    stamps = model.city.times.of
    if name == "screening":
        return bool(model.routes.uncertain[model.routes.group[model.may_be_ours]].any())
    if name in ("settled by phone", "talk", "patience"):
        return bool(model.team_arrays.by_phone.any())
    return not (name == "turnout" and ("turnout", "") in stamps) and name in inputs.CATALOGUE
