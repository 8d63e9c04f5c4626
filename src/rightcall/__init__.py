"""Rightcall: plan, rehearse, run and improve an alternative 911 response program.

The same as the command line, from Python: `read` an export, `plan` a program on calls.
"""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rightcall.calls.export import Export
    from rightcall.planning.plan import Plan

__version__ = "0.1.0"

# Intermediate tables of `read` and `plan` live as long as this process.
_work: list[tempfile.TemporaryDirectory[str]] = []


def read(export: str | Path, *, time_zone: str | None = None, layout: str | Path | None = None) -> Export:
    """Read any CAD export: `.calls` and `.unit_times` (Polars LazyFrames), `.rejected`, `.findings`, `.layout`.

    Raises `RightcallError` with sentences for people; `MustChoose` where nothing in the data decides.
    """
    from rightcall import folders
    from rightcall.calls import export as exports
    from rightcall.calls import layout as layouts

    chosen = layouts.read_layout(Path(layout)) if layout else None
    key = folders.pseudonym_key()
    return exports.read_export(Path(export), work=_fresh(), time_zone=time_zone, layout=chosen, key=key)


def plan(
    program: str | Path,
    *calls: str | Path,
    layout: str | Path | None = None,
    sample: str | Path | None = None,
    outcomes: str | Path | None = None,
    at: datetime.datetime | None = None,
) -> Plan:
    """The first plan of a program on exports, or on what `rightcall read` wrote: `.totals`, `.tables`, `.results`.

    `sample` is a workbook that was read by hand, `outcomes` a file of reports, arrests, force, injuries, back-up.
    """
    from rightcall import folders
    from rightcall.calls import layout as layouts
    from rightcall.planning import first_plan

    chosen: dict[str, Any] = {"layout": layouts.read_layout(Path(layout)) if layout else None, "at": at}
    chosen |= {"sample": Path(sample) if sample else None, "outcomes": Path(outcomes) if outcomes else None}
    paths = [Path(path) for path in calls]
    return first_plan.run(Path(program), paths, work=_fresh(), key=folders.pseudonym_key(), **chosen)


def write(plan: Plan, folder: str | Path, *, language: str = "en", force: bool = False) -> None:
    """Write a plan: report.html, report.pdf, plan.xlsx, plan.json, tables/*.csv, decisions.parquet. A folder of ours is replaced."""
    from rightcall import folders
    from rightcall.planning.report import folder as folder_of

    with folders.written_whole(Path(folder), force=force) as draft:
        folder_of.write(plan, draft, language=language)


def _fresh() -> Path:
    _work.append(tempfile.TemporaryDirectory(prefix="rightcall-"))
    return Path(_work[-1].name)
