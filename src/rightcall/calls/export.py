"""Reading any export: file → layout → typed calls and unit times, every row accounted for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from rightcall import tables
from rightcall.calls import evidence, export_file, guess, reading, reading_quality, timed, typed
from rightcall.calls import layout as layouts
from rightcall.calls.layout import Layout
from rightcall.calls.quality import Finding
from rightcall.errors import MustChoose, RightcallError
from rightcall.progress import Progress, silent


@dataclass(frozen=True)
class Export:
    """What reading an export gives.

    `calls` and `unit_times` are lazy and fit their contracts; `rejected` has row, line, reason, raw;
    `rows` = calls + rejected.
    """

    calls: pl.LazyFrame
    unit_times: pl.LazyFrame | None
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]
    layout: Layout
    time_zone: str
    rows: int
    checksum: str
    mapping: pl.DataFrame


def zone(name: str) -> str:
    """A time zone that exists, or an error that says how they are named."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RightcallError(
            f"there is no time zone “{name}”.", mend="Use a name such as America/New_York or America/Chicago."
        ) from error
    return name


def read_export(
    path: Path, *, work: Path, layout: Layout | None = None, time_zone: str | None = None,
    mapping: pl.DataFrame | None = None, key: bytes | None = None, progress: Progress = silent,
) -> Export:  # fmt: skip
    """Read one export. Intermediate files go to the existing folder `work`, which must outlive the result.

    `mapping`: reviewed or proposed call types (`type_file.read_mapping`); words it lacks are proposed.
    `key`: for pseudonyms of places; without it there are none.
    Raises `ExportFileError`, `LayoutError`, `MustChoose`, `NothingLeft`.
    """
    progress("Looking at the file", 0.0)
    file = export_file.open_export(path, work=work)
    start = layout or layouts.recognized(file.columns) or Layout()
    layouts.check_fits(start, file.columns, where=file.name)
    chosen_zone = time_zone or start.time_zone
    if chosen_zone is None:
        raise MustChoose(
            "the time zone of the city is not known.", where=file.name, mend="Add --timezone America/New_York."
        )
    zone(chosen_zone)
    progress("Understanding its columns", 0.0)
    try:
        understood, notes = understand(file, start, time_zone=chosen_zone)
    except MustChoose as choice:
        choice.decided = start.model_dump(exclude_defaults=True, mode="json")
        raise
    got = reading.Reading(file, understood, chosen_zone, work, key, mapping)
    progress("Reading the calls", 0.0)
    got.type_rows()
    progress("Looking for repeated incidents", 0.0)
    got.settle_repeats()
    got.finish()
    progress("Checking quality", 0.0)
    findings = [*(Finding(code, values) for code, values in notes), *reading_quality.findings(got)]
    return Export(
        calls=got.calls, unit_times=got.unit_times, rejected=got.rejected, findings=tuple(findings),
        layout=understood, time_zone=chosen_zone, rows=file.rows, checksum=file.checksum, mapping=got.mapping,
    )  # fmt: skip


def understand(
    file: export_file.ExportFile, start: Layout, *, time_zone: str
) -> tuple[Layout, list[tuple[str, dict[str, Any]]]]:
    """Complete a layout from the file's names and values. Raises `MustChoose` where nothing decides."""
    sample = file.frame.head(typed.SAMPLE_ROWS).collect(engine="streaming")
    values = sample.drop("_row", "_line")
    times = timed.timed_columns(values, taken=set(start.uses()))
    named = guess.complete(start, values.drop(set(times) & set(values.columns)))
    named = named.model_copy(update={"time_zone": time_zone, "source": start.source or file.name})
    return evidence.decide(sample, times=times, layout=named, time_zone=time_zone)


def write(export: Export, directory: Path) -> None:
    """Write calls.parquet, unit_times.parquet, rejected.csv, findings.json and layout.toml into `directory`."""
    export.calls.sink_parquet(directory / "calls.parquet", metadata={"rightcall.time_zone": export.time_zone})
    if export.unit_times is not None:
        export.unit_times.sink_parquet(directory / "unit_times.parquet")
    tables.write_csv(export.rejected, directory / "rejected.csv")
    findings = {"rows": export.rows, "calls": export.calls.select(pl.len()).collect().item(), "rejected": export.rejected.height,
                "time_zone": export.time_zone, "checksum": export.checksum,
                "findings": [finding.as_json() for finding in export.findings]}  # fmt: skip
    (directory / "findings.json").write_text(
        json.dumps(findings, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    (directory / "layout.toml").write_text(layouts.as_toml(export.layout), encoding="utf-8")
