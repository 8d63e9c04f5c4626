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
    pays: dict[tuple[int, int, int], int] = {}
    gaps: dict[tuple[int, int], int] = {}
    for k in range(len(years)):
        for number, line in enumerate(lines):
            if not cost[number, k]:
                continue
            early = EARLIER * (len(years) - k)
            gaps[number, k] = program.column(cost=GAP + early, whole=False)
            for s, source in enumerate(sources):
                if source.pays(line) and source.known[k]:
                    rank = PROMISED if line.paid_by == source.fund.name else order[s]
                    pays[s, number, k] = program.column(cost=rank - early, whole=False)
            mine = [pays[s, number, k] for s in range(len(sources)) if (s, number, k) in pays]
            due = float(cost[number, k]) / 100
            program.row([(column, 1.0) for column in (gaps[number, k], *mine)], low=due, high=due)
    for s, source in enumerate(sources):
        for k in range(len(years)):
            program.row(((column, 1.0) for (of, _, y), column in pays.items() if of == s and y == k), high=source.known[k] / 100)  # fmt: skip
        if source.total is not None:
            program.row(((column, 1.0) for (of, _, _), column in pays.items() if of == s), high=source.total / 100)
    _match(program, pays, lines, sources, len(years))
    found = program.solve(seconds=SECONDS, what="Which source pays what") if pays else None
    return _in_cents(cost, pays, sources, found)


def _first(source: Source) -> tuple[bool, bool, str]:
    """Restricted before free, what is not local before what is, what ends first before what goes on."""
    return source.local, not source.restricted, str(source.fund.end or "9999")


def _match(program: solver.Program, pays: dict[tuple[int, int, int], int], lines: Sequence[Line], sources: Sequence[Source], years: int) -> None:  # fmt: skip
    """Local money beside every source that asks for it: columns of local dollars that stand as its match."""
    asking = [s for s, source in enumerate(sources) if source.fund.match]
    for k in range(years):
        stands: dict[int, list[int]] = {}
        for s in asking:
            mine = [column for (of, _, y), column in pays.items() if of == s and y == k]
            beside = []
            for number, line in enumerate(lines):
                local = [
                    pays[g, number, k] for g, other in enumerate(sources) if other.local and (g, number, k) in pays
                ]
                if local and sources[s].pays(line):
                    column = program.column(whole=False)
                    beside.append(column)
                    stands.setdefault(number, []).append(column)
            ratio = sources[s].fund.match / (1 - sources[s].fund.match)
            program.row([*((column, 1.0) for column in beside), *((column, -ratio) for column in mine)], low=0.0)
        for number, columns in stands.items():
            local = [pays[g, number, k] for g, other in enumerate(sources) if other.local and (g, number, k) in pays]
            program.row([*((column, 1.0) for column in local), *((column, -1.0) for column in columns)], low=0.0)


def _in_cents(cost: Whole, pays: dict[tuple[int, int, int], int], sources: Sequence[Source], found: solver.Solution | None) -> Allocation:  # fmt: skip
    """The solution in whole cents: rounded down, and what is left over given to the first source of the line with room."""
    paid = np.zeros((len(sources), *cost.shape), np.int64)
    if found is not None:
        for at, column in pays.items():
            paid[at] = max(0, math.floor(found.values[column] * 100 + 1e-4))
    for s, number, k in pays:
        source = sources[s]
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
