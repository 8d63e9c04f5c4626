"""Every figure of the plan for machines: plan.json, whose JSON Schema is in docs/reference."""

from __future__ import annotations

from typing import Any

import rightcall
from rightcall.calls.columns import HAZARDS
from rightcall.measures.intervals import Estimate
from rightcall.planning import funding_json, response_json, staffing_json, worksheet_evidence
from rightcall.planning.plan import Plan

FORMAT = "rightcall plan 1"


def as_json(plan: Plan) -> dict[str, Any]:
    """The content of plan.json."""
    totals = plan.totals
    return {
        "format": FORMAT,
        "program": {"name": plan.program.program.name, "jurisdiction": plan.program.program.jurisdiction,
                    "version": plan.program.version, "unknown": plan.program.unknowns()},
        "code_version": rightcall.__version__,
        "made_at": plan.made_at.isoformat(),
        "time_zone": plan.program.program.time_zone,
        "period": {"first": plan.period.first.isoformat(), "last": plan.period.last.isoformat(),
                   "days": plan.period.days.height, "days_missing": len(plan.period.missing), "days_thin": len(plan.period.thin)},
        "sources": [source.as_json() for source in plan.sources],
        "calls": {name: int(totals[name]) for name in ("calls", "public", "officer", "assessed", "reviewed", "proposed")},
        "eligible": {
            "by_nature": int(totals["by_nature"]), "at_most": int(totals["at_most"]), "at_least": int(totals["at_least"]),
            "screened_out": int(totals["screened_out"]), "not_assessed": int(totals["public"] - totals["assessed"]),
            "share_by_nature": plan.share("by_nature"), "share_at_most": plan.share("at_most"), "share_at_least": plan.share("at_least"),
            "middle": _estimate(plan.middle),
            "expected": round(totals["expected"], 1) if "expected" in totals and not totals["not_expected"] else None,
        },
        "hazards_recorded": [name for name in HAZARDS if "hazards" in plan.tables and (plan.tables["hazards"][f"{name}.yes"] + plan.tables["hazards"][f"{name}.no"]).sum()],
        "area_layer": plan.area_layer,
        "measures": [result.as_json() for result in plan.results],
        "hand_reading": plan.reading.as_json() if plan.reading else None,
        "outcomes": plan.outcomes.as_json() if plan.outcomes else None,
        "demand": plan.forecast.as_json() if plan.forecast else None,
        "response_model": response_json.as_json(plan.comparison) if plan.comparison else None,
        "staffing_model": staffing_json.of_staffing(plan.people.staffing) if plan.people else None,
        "team_structure": staffing_json.of_structure(plan.people.structure) if plan.people else None,
        "program_home": funding_json.of_home(plan.home, plan.program) if plan.home else None,
        "funding": funding_json.of_funding(plan.funding) if plan.funding else None,
        "worksheet": worksheet_evidence.as_json(plan),
        "findings": [finding.as_json() for finding in plan.findings],
        "assumptions": [str(message) for message in plan.assumptions],
        "remarks": [str(message) for message in plan.remarks],
        "tables": {name: f"tables/{name}.csv" for name in sorted(plan.tables)},
    }  # fmt: skip


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {"value": estimate.value, "low": estimate.low, "high": estimate.high}
