"""Which source pays what: a linear program over all years that spends restricted money first and leaves the least gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rightcall.planning import solver
from rightcall.planning.budget.lines import Line
from rightcall.planning.budget.sources import Source
from rightcall.program.fiscal_years import FiscalYear
from rightcall.simulation.arrays import Whole

SECONDS = 20.0
# A cent of gap is dearer than a cent of any source; an early gap is a little dearer than a late one.
GAP, EARLIER = 1_000.0, 0.01
PROMISED = -100.0
# Source and year → line → the column of what it pays.
Pays = dict[tuple[int, int], dict[int, int]]


@dataclass(frozen=True)
class Allocation:
    """Cents of each source to each line in each year [s, l, y]; `gap`: cents of each line that nobody pays [l, y]."""

    paid: Whole
    gap: Whole

    @property
    def by_source(self) -> Whole:
        """Cents of each source by year [s, y]."""
        found: Whole = self.paid.sum(axis=1)
        return found

    @property
    def gap_by_year(self) -> Whole:
        """Cents that nobody pays, by year [y]."""
        found: Whole = self.gap.sum(axis=0)
        return found


def allocate(lines: Sequence[Line], sources: Sequence[Source], *, years: Sequence[FiscalYear]) -> Allocation:
    """Divide the costs that are known among the sources whose amounts are known.

    Restricted money goes first, then what ends first, local money last; a promise of the document comes before all. For
    every dollar of a source with a match, local money pays match / (1 − match) dollars of costs that it too may pay, and no
    local dollar is counted twice. Cents that no even division gives are set on the first source that has them left.
    """
    cost = np.array([line.known for line in lines], np.int64).reshape(len(lines), len(years))
    program = solver.Program()
    order = {number: rank for rank, number in enumerate(sorted(range(len(sources)), key=lambda s: _first(sources[s])))}
    pays: Pays = {}
    for k in range(len(years)):
        for number, line in enumerate(lines):
            if not cost[number, k]:
                continue
            early = EARLIER * (len(years) - k)
            mine = [program.column(cost=GAP + early, whole=False)]
            for s, source in enumerate(sources):
                if source.pays(line) and source.known[k]:
                    rank = PROMISED if line.paid_by == source.fund.name else order[s]
                    mine.append(program.column(cost=rank - early, whole=False))
                    pays.setdefault((s, k), {})[number] = mine[-1]
            due = float(cost[number, k]) / 100
            program.row([(column, 1.0) for column in mine], low=due, high=due)
    for (s, k), columns in pays.items():
        program.row([(column, 1.0) for column in columns.values()], high=sources[s].known[k] / 100)
    for s, source in enumerate(sources):
        if source.total is not None:
            everything = [column for k in range(len(years)) for column in pays.get((s, k), {}).values()]
            program.row([(column, 1.0) for column in everything], high=source.total / 100)
    _match(program, pays, lines, sources, len(years))
    found = program.solve(seconds=SECONDS, what="Which source pays what") if pays else None
    return _in_cents(cost, pays, sources, found)


def _first(source: Source) -> tuple[bool, bool, str]:
    """Restricted before free, what is not local before what is, what ends first before what goes on."""
    return source.local, not source.restricted, str(source.fund.end or "9999")


def _match(program: solver.Program, pays: Pays, lines: Sequence[Line], sources: Sequence[Source], years: int) -> None:
    """Local money beside every source that asks for it: columns of local dollars that stand as its match."""
    for k in range(years):
        local: dict[int, list[int]] = {}
        for g, other in enumerate(sources):
            for number, column in pays.get((g, k), {}).items() if other.local else ():
                local.setdefault(number, []).append(column)
        stands: dict[int, list[int]] = {number: [] for number in local}
        for s, source in enumerate(sources):
            if not source.fund.match:
                continue
            beside = {number: program.column(whole=False) for number in local if source.pays(lines[number])}
            for number, column in beside.items():
                stands[number].append(column)
            ratio = source.fund.match / (1 - source.fund.match)
            mine = pays.get((s, k), {}).values()
            program.row(
                [*((column, 1.0) for column in beside.values()), *((column, -ratio) for column in mine)], low=0.0
            )
        for number, columns in stands.items():
            if columns:
                program.row([*((column, 1.0) for column in local[number]), *((column, -1.0) for column in columns)], low=0.0)  # fmt: skip


def _in_cents(cost: Whole, pays: Pays, sources: Sequence[Source], found: solver.Solution | None) -> Allocation:
    """The solution in whole cents: rounded down, and what is left over given to the first source of the line with room."""
    paid = np.zeros((len(sources), *cost.shape), np.int64)
    if found is not None:
        for (s, k), columns in pays.items():
            for number, column in columns.items():
                paid[s, number, k] = max(0, math.floor(found.values[column] * 100 + 1e-4))
    for (s, k), columns in pays.items():
        source = sources[s]
        for number in columns:
            left = int(cost[number, k] - paid[:, number, k].sum())
            room = source.known[k] - int(paid[s, :, k].sum())
            if source.total is not None:
                room = min(room, source.total - int(paid[s].sum()))
            # Only what rounding left: a real gap is more than a cent a source.
            if 0 < left <= len(sources) and room > 0 and paid[s, number, k]:
                paid[s, number, k] += min(left, room)
            elif left < 0:
                paid[s, number, k] -= min(-left, int(paid[s, number, k]))
    return Allocation(paid, cost - paid.sum(axis=0))
