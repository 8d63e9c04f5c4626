"""Closed formulas beside the simulation, for the busiest team of a design, where their assumptions nearly hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.simulation import hypercube, queues
from rightcall.simulation.arrays import Real
from rightcall.simulation.scenario import Model

LOST, TRAVEL = "lost", "travel"


@dataclass(frozen=True)
class Check:
    """A formula beside the simulation. `what`: the share of calls that find every unit busy, or mean minutes of travel.

    `load` in erlangs while the team is on duty.
    """

    what: str
    team: str
    units: int
    load: float
    formula: float
    simulated: Estimate


def checks(model: Model, *, of: Callable[[str], Real]) -> tuple[Check, ...]:
    """Erlang's formula for calls without a free unit, and the hypercube's mean travel, for the team with most responses.

    `of`: a figure over the runs. They assume that calls come evenly over the hours on duty, that the team keeps one size,
    that service and patience are exponential, and, for travel, that units start from their bases. Where calls wait,
    patience is the longest wait that the program allows (Erlang A), else nobody waits (Erlang B).
    """
    number = int(np.argmax(of("team_responses").mean(axis=0)))
    on_duty = float(model.duty[number].sum())
    responses, hours = float(of("team_responses")[:, number].mean()), float(of("team_duty_hours")[:, number].mean())
    if not on_duty or not responses:
        return ()
    units = max(1, round(hours * 60 / on_duty))
    service = float(np.nanmean(of("team_busy_share")[:, number])) * hours * 60 / responses
    asked, lost = of("team_asked")[:, number], of("team_all_busy")[:, number]
    arrivals = (responses + float(lost.mean())) / on_duty
    mine = model.kind_arrays.steps[:, 0] == number
    waits = float(np.mean(model.kind_arrays.hold[mine])) if mine.any() else 0.0
    team, load = model.teams[number], arrivals * service
    if waits > 0:
        formula = queues.erlang_a(servers=units, arrivals=arrivals, service=service, patience=waits).abandons
    else:
        formula = queues.erlang_b(servers=units, load=load)
    found = [Check(LOST, team, units, load, formula, intervals.of_runs(lost / np.maximum(asked, 1)))]
    travel = _travel(model, number, units, arrivals, service, waits=waits > 0)
    if travel is not None:
        found.append(Check(TRAVEL, team, units, load, travel, intervals.of_runs(of("travel_mean"))))
    return tuple(found)


def _travel(model: Model, team: int, units: int, arrivals: float, service: float, *, waits: bool) -> float | None:
    """Mean minutes of travel by the exact hypercube; None for more than twelve units, or a load that it cannot carry."""
    if model.units.team.size == 0 or units > hypercube.MOST_UNITS or (waits and arrivals * service >= units):
        return None
    homes = model.units.home[model.units.team == team][:units]
    zone = model.city.zone[model.may_be_ours]
    weight = np.bincount(zone, minlength=model.city.zones.lat.size).astype(float)
    minutes = model.travel.minutes[0][homes].T
    preferences = np.argsort(minutes, axis=1, kind="stable")
    solved = hypercube.solve(
        rates=arrivals * weight / weight.sum(), preferences=preferences, service=service, waits=waits
    )
    return float((solved.sent * minutes).sum() / solved.sent.sum())
