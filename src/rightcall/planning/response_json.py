"""A comparison for machines: what stands in compare.json and in plan.json."""

from __future__ import annotations

from typing import Any

import numpy as np

import rightcall
from rightcall.measures.intervals import Estimate
from rightcall.planning.response_model import Comparison, Simulated
from rightcall.simulation import figures


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Every figure of the comparison for machines."""
    base = comparison.base
    return {
        "format": "rightcall comparison 1", "made_at": comparison.made_at.isoformat(), "code_version": rightcall.__version__,
        "complete": comparison.complete, "runs": len(base.runs), "precision": _number(comparison.precision),
        "program": {"name": base.model.program.program.name, "version": base.model.program.version},
        "period": {"first": base.model.city.days[0].isoformat(), "last": base.model.city.days[-1].isoformat()},
        "sources": [source.as_json() for source in comparison.sources],
        "designs": [_design_json(comparison, design) for design in comparison.designs],
        "returns": [{"units": units, "coverage": _estimate(design.spread("coverage")), "coverage_on_duty": _estimate(design.spread("coverage_on_duty"))} for units, design in comparison.returns],
        "inputs": [{"input": h.entry.name, "family": list(h.family), "months": list(h.months), "low": h.entry.low, "value": h.entry.value, "high": h.entry.high, "source": h.entry.source, "from_program": h.entry.ours} for h in base.model.inputs.all()],
        "sensitivity": [{"input": s.entry.name, "coverage_at_low": _number(s.low), "coverage_at_high": _number(s.high)} for s in comparison.swings],
        "used": [{"figure": str(u.what), "source": str(u.source)} for u in base.model.used],
        "checks": [{"what": c.what, "team": c.team, "units": c.units, "load": _number(c.load), "formula": _number(c.formula), "simulated": _estimate(c.simulated)} for c in comparison.checks],
        "areas": {"layer": base.layout.layer, "names": list(base.layout.areas)},
    }  # fmt: skip


def _design_json(comparison: Comparison, design: Simulated) -> dict[str, Any]:
    return {
        "id": design.id, "comment": design.comment, "program_version": design.model.program.version, "dominated_by": comparison.dominated.get(design.id),
        "cost": {"low": design.cost.low, "high": design.cost.high, "staff_hours": design.cost.staff_hours, "pay_unknown": list(design.cost.missing)},
        "per_response": None if design.per_response is None else _estimate(design.per_response),
        "measures": {name: _estimate(design.spread(name)) for name in figures.SINGLE},
        "difference": {name: _estimate(comparison.difference(design, name)) for name in figures.SINGLE},
        "unserved": dict(zip(figures.REASONS, (_number(v) for v in design.mean("reasons")), strict=True)),
        "teams": {team: {"busy_share": _number(design.mean("team_busy_share")[i]), "responses": _number(design.mean("team_responses")[i]), "duty_hours": _number(design.mean("team_duty_hours")[i]), "busy_share_by_hour": [_number(share) for share in design.mean("busy_by_hour")[24 * i : 24 * i + 24]]} for i, team in enumerate(design.layout.teams)},
        "coverage_by_hour_of_week": [None if not e else _number(s / e) for e, s in zip(design.mean("eligible_by_hour"), design.mean("served_by_hour"), strict=True)],
        "coverage_by_area": design.area_coverage,
        "response_minutes_by_area": dict(zip(design.layout.areas, (_number(v) for v in design.mean("response_by_area")), strict=True)),
    }  # fmt: skip


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _number(estimate.value), "low": _number(estimate.low), "high": _number(estimate.high)}


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
