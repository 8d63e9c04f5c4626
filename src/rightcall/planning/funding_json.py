"""The answers to questions 2 and 5 for machines: two parts of plan.json, and their tables. Money is text with two decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from rightcall.locale import ENGLISH
from rightcall.planning import funding_reasons, home_reasons
from rightcall.planning.budget.lines import Line
from rightcall.planning.budget.sources import Source
from rightcall.planning.funding import Funding
from rightcall.planning.program_home import Choice
from rightcall.program.document import Program


def of_home(choice: Choice, program: Program) -> dict[str, Any]:
    """Question 2."""
    criteria, options = [each.id for each in choice.criteria], [each.id for each in choice.options]
    return {
        "answer": [str(line) for line in home_reasons.answer(choice, program)], "draws": choice.draws, "unscored": round(choice.unscored, 4), "deciding": criteria[choice.deciding],
        "criteria": [{"id": each.id, "at_least": each.at_least, "at_most": each.at_most} for each in choice.criteria],
        "options": [
            {"id": option.id, "scores": {name: list(score) if isinstance(score, tuple) else score for name, score in option.scores.items()}, "source": option.source,
             "ranks": [round(float(share), 4) for share in choice.ranks[o]], "confidence": _number(choice.confidence[o]),
             "central_weights": None if np.isnan(choice.central[o]).any() else dict(zip(criteria, map(_number, choice.central[o]), strict=True))}
            for o, option in enumerate(choice.options)
        ],
        "without": {name: dict(zip(options, map(_number, choice.without[c]), strict=True)) for c, name in enumerate(criteria)},
        "stakeholders": [{"name": view.name, "weights": dict(zip(criteria, map(_number, view.weights), strict=True)), "first": options[view.first], "share": round(view.share, 4)} for view in choice.views],
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def of_funding(funding: Funding) -> dict[str, Any]:
    """Question 5."""
    p = funding.per_response
    return {
        "answer": [str(line) for line in funding_reasons.answer(funding)], "option": funding.option.name,
        "years": [{"name": year.name, "from": year.first.isoformat(), "until": year.last.isoformat()} for year in funding.course.years],
        "employed": [round(part, 4) for part in funding.course.by_year(funding.course.crews)], "serving": [round(part, 4) for part in funding.course.by_year(funding.course.serving)],
        "assumed": {"hired_at": funding.course.hired_at, "step": funding.course.growth.step, "pay_growth": funding.course.growth.pay, "price_growth": funding.course.growth.price, "unknown": list(funding.course.growth.unknown), "in_person": round(funding.in_person, 1)},
        "lines": [_line(line) for line in funding.lines], "cost": [dollars(each) for each in funding.cost], "once": [dollars(each) for each in funding.once],
        "sources": [_source(source, funding, s) for s, source in enumerate(funding.sources)], "gap": [dollars(each) for each in funding.gap],
        "cliff": None if funding.cliff is None else {"year": funding.cliff.year.name, "fall": dollars(funding.cliff.fall), "from": funding.cliff.before.name, "changes": {name: dollars(cents) for name, cents in funding.cliff.changes}},
        "scenarios": [{"name": str(each.name), "gap": [dollars(cents) for cents in each.gap]} for each in funding.scenarios],
        "sensitivity": [{"input": str(each.name), "low": str(each.low), "high": str(each.high), "gap_at_low": dollars(each.at_low), "gap_at_high": dollars(each.at_high), "ours": each.ours} for each in funding.swings],
        "per_response": None if p is None else {"year": p.year, "cost": dollars(p.cost), "answered": _estimate(p.answered), "dollars": _estimate(p.dollars)},
        "crisis_now": None if funding.need is None else {name: value if name == "population" else round(value, 2) for name, value in vars(funding.need).items()},
    }  # fmt: skip


def dollars(cents: int | None) -> str | None:
    """Cents as text with two decimals; None where unknown."""
    return None if cents is None else f"{Decimal(int(cents)) / 100:.2f}"


def _estimate(estimate: Any) -> dict[str, float]:
    return {name: round(getattr(estimate, name), 2) for name in ("value", "low", "high")}


def _line(line: Line) -> dict[str, Any]:
    return {"name": ENGLISH.value(line.name), "kind": line.kind, "once": line.once, "source": line.source, "dollars": [dollars(each) for each in line.cents]}  # fmt: skip


def _source(source: Source, funding: Funding, s: int) -> dict[str, Any]:
    fund, spent = source.fund, funding.allocation.by_source[s]
    return {
        "name": fund.name, "kind": fund.kind, "certainty": fund.certainty, "risk": fund.risk, "match": fund.match, "pays_for": list(fund.pays_for), "source": fund.source, "missing": list(source.missing), "medicaid": None if fund.medicaid is None else fund.medicaid.model_dump(mode="json", by_alias=True),
        "at_most": [dollars(each) for each in source.most], "total": dollars(source.total), "pays": [dollars(int(each)) for each in spent],
    }  # fmt: skip


def tables(funding: Funding) -> dict[str, pl.DataFrame]:
    """The budget by line, and which source pays which line, a row for each year; dollars as text with two decimals."""
    names = [ENGLISH.value(line.name) for line in funding.lines]
    years = [year.name for year in funding.course.years]
    budget = [
        {"cost": names[n], "kind": line.kind, "once": line.once, "year": years[k], "dollars": dollars(cents), "nobody_pays": dollars(int(funding.allocation.gap[n, k]))}
        for n, line in enumerate(funding.lines) for k, cents in enumerate(line.cents)
    ]  # fmt: skip
    paid = [
        {"source": source.fund.name, "cost": names[n], "year": years[k], "dollars": dollars(int(funding.allocation.paid[s, n, k]))}
        for s, source in enumerate(funding.sources) for n in range(len(names)) for k in range(len(years)) if funding.allocation.paid[s, n, k]
    ]  # fmt: skip
    schema = {"source": pl.String, "cost": pl.String, "year": pl.String, "dollars": pl.String}
    return {"budget": pl.DataFrame(budget, infer_schema_length=None), "sources": pl.DataFrame(paid, schema=schema)}
