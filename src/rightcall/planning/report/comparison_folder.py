"""The folder of a comparison: report.html, compare.json, tables/*.csv."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from rightcall import tables
from rightcall.locale import Words
from rightcall.planning import response_json
from rightcall.planning.report import comparison as contents
from rightcall.planning.report import html
from rightcall.planning.response_model import Comparison
from rightcall.simulation import figures


def write(comparison: Comparison, folder: Path, *, language: str = "en") -> None:
    """Write a comparison into an existing, empty folder."""
    told = json.dumps(response_json.as_json(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / "compare.json").write_text(told, encoding="utf-8")
    (folder / "tables").mkdir()
    for name, table in frames(comparison).items():
        tables.write_csv(table, folder / "tables" / f"{name}.csv")
    words = Words(language)
    (folder / "report.html").write_text(html.render(contents.report(comparison, words), words), encoding="utf-8")


def frames(comparison: Comparison) -> dict[str, pl.DataFrame]:
    """The tables behind the page: designs × measures, and every run."""
    designs, runs = [], []
    for design in comparison.designs:
        row: dict[str, object] = {
            "design": design.id,
            "effort": comparison.effort(design),
            "staff_hours": design.cost.staff_hours,
        }
        for name in figures.SINGLE:
            estimate = design.spread(name)
            row |= {name: estimate.value, f"{name}.low": estimate.low, f"{name}.high": estimate.high}
        designs.append(row)
        for number, run in enumerate(design.runs[:, : len(figures.SINGLE)], start=1):
            runs.append({"design": design.id, "run": number, **dict(zip(figures.SINGLE, run.tolist(), strict=True))})
    return {"designs": pl.DataFrame(designs), "runs": pl.DataFrame(runs)}
