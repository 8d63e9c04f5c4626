"""The answers to questions 3 and 4 for machines: staffing.json, and two parts of plan.json."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import rightcall
from rightcall.measures.intervals import Estimate
from rightcall.planning import staffing_reasons
from rightcall.planning.staffing import employers, rotation
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.reach import Verdict
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.staffing_run import People
from rightcall.planning.team_structure import Structure

FORMAT = "rightcall staffing 1"


def document(people: People) -> dict[str, Any]:
    """All of staffing.json."""
    staffing = people.staffing
    return {
        "format": FORMAT, "program": {"name": staffing.program.program.name, "version": staffing.program.version}, "code_version": rightcall.__version__,
        "made_at": staffing.made_at.isoformat(), "sources": [source.as_json() for source in staffing.sources],
        "staffing_model": of_staffing(staffing), "team_structure": of_structure(people.structure),
    }  # fmt: skip


def of_staffing(staffing: Staffing) -> dict[str, Any]:
    """Question 3."""
    before, after = staffing.coverage
    even = staffing.break_even
    return {
        "complete": staffing.complete, "answer": [str(line) for line in (*staffing_reasons.answer(staffing), *staffing_reasons.by_team(staffing))],
        "people": {role: round(count, 3) for role, count in staffing.people.items()},
        "net_hours": {"paid": staffing.hours.paid, "leave": staffing.hours.leave, "duties": staffing.hours.duties, "net": staffing.hours.net,
                      "vacancy": staffing.hours.vacancy, "source": staffing.hours.source},
        "coverage": {"as_written": None if before is None else _estimate(before), "with_these_shifts": _estimate(after)},
        "answered_a_year": {name: _estimate(estimate) for name, estimate in staffing.answered.items()},
        "teams": [_team(staffed) for staffed in staffing.teams], "left_out": dict(staffing.left_out),
        "late_hours": {team: round(hours, 1) for team, hours in staffing.late_hours.items()},
        "rules": [{"kind": rule.kind, "number": rule.number, "roles": list(rule.roles), "source": rule.source} for rule in staffing.rules],
        "patterns": [pattern.model_dump(mode="json", exclude_defaults=True) for pattern in staffing.patterns],
        "employers": [
            {"name": o.name, "by_role": dict(o.employers), "low": round(o.low, 2), "high": round(o.high, 2), "missing": [list(each) for each in o.missing],
             "start_up": o.once, "first_year_served": o.first_year}
            for o in staffing.options
        ],
        "on_top": {"hours_of_pay": {role: round(hours, 1) for role, hours in staffing.work.extra.items()}, "dollars": round(staffing.work.dollars, 2)},
        "stated": [employer.model_dump(mode="json", exclude_defaults=True) for employer in employers.of(staffing.program)],
        "break_even": None if even is None else {"first": even.first, "second": even.second, "room": round(even.room, 2), "overhead": even.overhead, "people": even.people},
    }  # fmt: skip


def _team(staffed: Staffed) -> dict[str, Any]:
    target, reached = staffed.target, staffed.reached
    return {
        "team": staffed.team.id, "target": None if target is None else target.model_dump(mode="json", exclude_defaults=True),
        "shifts": [{"starts": kind.starts, "hours": kind.hours, "units": list(counts)} for kind, counts in sorted(staffed.crews.items())],
        "crew_hours_a_week": staffed.cover.crew_hours, "gap": staffed.cover.gap if np.isfinite(staffed.cover.gap) else None, "proven": not staffed.cover.stopped,
        "service_minutes": None if staffed.demand is None else round(staffed.demand.service, 3),
        "unit_hours_by_formula": None if reached is None else float(reached.first_need.sum()) / 2,
        "answered_by_formula": None if reached is None else _estimate(reached.first.overall),
        "rounds": None if reached is None else {"adding": reached.raised, "taking_away": reached.lowered},
        "verdict": None if staffed.verdict is None else _verdict(staffed.verdict, staffed),
        "people": [
            {"role": n.role, "hours_on_shift": round(n.on_shift, 1), "hours_each": round(n.each, 1), "lines": n.lines, "people": round(n.people, 3), "posts": n.posts}
            for n in staffed.needed
        ],
        "lines_without_rotation": sum(lines.people for lines in staffed.undrawn),
    }  # fmt: skip


def _verdict(found: Verdict, staffed: Staffed) -> dict[str, Any]:
    missed = (
        []
        if staffed.target is None
        else [
            {"when": str(each), "points": round(each.value, 2)} for each in staffing_reasons.missed_half_hours(staffed)
        ]
    )
    return {"answered": _estimate(found.overall), "runs": found.runs, "blocks_below": len(found.missed_blocks) if staffed.target else None, "missed": missed}  # fmt: skip


def of_structure(structure: Structure) -> dict[str, Any]:
    """Question 4."""
    hires = structure.hires
    return {
        "answer": [str(line) for line in staffing_reasons.structure(structure)],
        "posts": [
            {"title": str(p.title), "role": p.role, "count": p.count, "reports_to": p.above, "covers": list(p.covers), "employer": p.employer, "proposed": p.proposed}
            for p in structure.posts
        ],
        "spans": [{"title": str(s.title), "holders": s.holders, "reports": s.reports, "each": round(s.each, 2), "within_norm": not structure.wrong(s)} for s in structure.spans],
        "norm": {"least": structure.least, "most": structure.most, "source": structure.norm},
        "duties": [{"duty": d.name, "named": d.named, "wanted": round(d.wanted, 2), "share_of_hours": d.share} for d in structure.duties],
        "telecommunicators": {"calls_assessed": round(structure.assessed), "minutes": None if structure.telecommunicators is None else structure.telecommunicators[0],
                              "people": None if structure.telecommunicators is None else round(structure.telecommunicators[1], 3), "people_a_minute": round(structure.a_minute, 4)},
        "hiring": None if hires is None else {
            "people": dict(hires.people), "posted": hires.posted.isoformat(), "first_shift": hires.first_shift.isoformat(), "all_on_shift": hires.all_on_shift.isoformat(),
            "months": [{"month": m.first_day.isoformat(), "in_selection": m.in_selection, "in_training": m.in_training, "on_shift": m.on_shift, "share": round(m.share, 4)} for m in hires.months],
            "coverage_by_share": [{"share": share, "coverage": _estimate(cover)} for share, cover in hires.curve],
            "late": [{"months": each.months, "posts_empty": each.empty, "calls_missed": round(each.missed, 1), "coverage": [round(float(c), 4) for c in each.coverage]} for each in hires.late],
        },
    }  # fmt: skip


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {
        name: None if not np.isfinite(value := getattr(found, name)) else round(float(value), 5)
        for name in ("value", "low", "high")
    }


def tables(people: People) -> dict[str, pl.DataFrame]:
    """The tables behind the pages."""
    staffing, structure = people.staffing, people.structure
    halves, rotas, needed = [], [], []
    for staffed in staffing.teams:
        units, verdict = staffed.cover.units, staffed.verdict
        for slot in range(units.size):
            halves.append({
                "team": staffed.team.id, "day": slot // 48, "starts": f"{slot % 48 // 2:02d}:{30 * (slot % 2):02d}", "load": None if staffed.load is None else float(staffed.load[slot]),
                "needed_by_formula": None if staffed.reached is None else int(staffed.reached.first_need[slot]), "needed": int(staffed.need[slot]), "on_duty": int(units[slot]),
                "asked": None if verdict is None else float(verdict.asked[slot]), "in_time": None if verdict is None else float(verdict.answered[slot]),
            })  # fmt: skip
        for name, each, line in rotation.names(staffed.rotations):
            for week in range(each.cycle if each.pattern.weeks > 1 else 1):
                cells, spare = each.week_of(line, week)
                for day, kind in enumerate(cells):
                    if kind is not None:
                        rotas.append({"team": staffed.team.id, "line": name, "roles": ", ".join(each.roles), "pattern": each.pattern.id, "week": week + 1, "day": day, "starts": kind.starts, "hours": kind.hours, "spare": spare[day]})  # fmt: skip
        needed += [{"team": n.team, "role": n.role, "seats": n.seats, "hours_on_shift": n.on_shift, "hours_each": n.each, "lines": n.lines, "people": n.people, "posts": n.posts} for n in staffed.needed]  # fmt: skip
    found = {
        "staffing_need": pl.DataFrame(halves, infer_schema_length=None),
        "staffing_people": pl.DataFrame(needed, infer_schema_length=None),
    }
    found["staffing_positions"] = pl.DataFrame(
        [{"position": str(p.title), "posts": p.count, "reports_to": p.above, "covers": ", ".join(p.covers), "employer": p.employer, "proposed": p.proposed} for p in structure.posts], infer_schema_length=None
    )  # fmt: skip
    if rotas:
        found["staffing_rotations"] = pl.DataFrame(rotas, infer_schema_length=None)
    found["staffing_shifts"] = pl.DataFrame(
        [{"team": s.team.id, "starts": kind.starts, "hours": kind.hours, **dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), counts, strict=True))} for s in staffing.teams for kind, counts in sorted(s.crews.items())], infer_schema_length=None
    )  # fmt: skip
    return found
