"""The folder of a plan: report.html, plan.json, tables/*.csv, decisions.parquet."""

from __future__ import annotations

import json
from pathlib import Path

from rightcall import tables
from rightcall.locale import Words
from rightcall.planning import funding_json, plan_json, staffing_json
from rightcall.planning.plan import Plan
from rightcall.planning.report import contents, html, pdf, structure_section, xlsx
from rightcall.progress import Progress, silent
from rightcall.triage import decisions


def write(plan: Plan, folder: Path, *, language: str = "en", progress: Progress = silent) -> None:
    """Write a plan into an existing, empty folder."""
    progress("Writing the tables", 0.0)
    (folder / "plan.json").write_text(
        json.dumps(plan_json.as_json(plan), indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    (folder / "tables").mkdir()
    for name, table in plan.tables.items():
        tables.write_csv(table, folder / "tables" / f"{name}.csv")
    if plan.forecast:
        tables.write_csv(plan.forecast.hours, folder / "tables" / "demand.csv")
    if plan.people:
        for name, table in staffing_json.tables(plan.people).items():
            tables.write_csv(table, folder / "tables" / f"{name}.csv")
        drawing = structure_section.organization(plan.people.structure, Words(language))
        (folder / "organization.svg").write_text(drawing, encoding="utf-8")
    if plan.funding:
        for name, table in funding_json.tables(plan.funding).items():
            tables.write_csv(table, folder / "tables" / f"{name}.csv")
    if plan.outcomes:
        tables.write_csv(plan.outcomes.table, folder / "tables" / "outcomes.csv")
    decisions.table(plan.calls, plan.decided, program=plan.program).sink_parquet(folder / "decisions.parquet")
    progress("Drawing the report", 0.0)
    words = Words(language)
    report = contents.report(plan, words)
    (folder / "report.html").write_text(html.render(report, words), encoding="utf-8")
    xlsx.write(plan, report, folder / "plan.xlsx", words=words)
    progress("Setting the PDF", 0.0)
    (folder / "report.pdf").write_bytes(
        pdf.render(report, words, at=plan.made_at, author=plan.program.program.jurisdiction)
    )
