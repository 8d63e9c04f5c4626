"""What was given to plan with: exports, or tables that were read before, brought together with their sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rightcall import tables
from rightcall.calls import areas, call_types, export, type_file
from rightcall.calls.columns import Calls, UnitTimes
from rightcall.calls.layout import Layout
from rightcall.calls.quality import Finding
from rightcall.errors import MustChoose, RightcallError
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.progress import Progress, silent

Reader = Callable[..., export.Export]


@dataclass(frozen=True)
class Source:
    """Where the calls came from: file name, checksum, rows and rejected rows, and what was found."""

    name: str
    checksum: str = ""
    rows: int = 0
    rejected: int = 0
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For plan.json and compare.json."""
        return {"name": self.name, "checksum": self.checksum, "rows": self.rows, "rejected": self.rejected}


@dataclass(frozen=True)
class Given:
    """Everything that was read: calls and unit times of all files together, and where they came from."""

    calls: pl.LazyFrame
    unit_times: pl.LazyFrame | None
    sources: tuple[Source, ...]


def mapping_of(folder: Path | None, program: Program) -> pl.DataFrame | None:
    """The reviewed call types of a program: the file that it names, or `call_types.csv` beside it."""
    if folder is None:
        return None
    beside = file.locate(folder).parent / (program.program.call_types or "call_types.csv")
    if program.program.call_types is None and not beside.exists():
        return None
    return type_file.read_mapping(beside)


def calls_of(
    paths: list[Path], *, work: Path, time_zone: str, layout: Layout | None = None, mapping: pl.DataFrame | None = None,
    key: bytes | None = None, progress: Progress = silent, read: Reader = export.read_export,
) -> Given:  # fmt: skip
    """Read exports, folders that `rightcall read` wrote, or their calls.parquet, and put them end to end."""
    parts = []
    for number, path in enumerate(paths):
        ours = _ours(path)
        if ours is not None:
            progress("Reading the calls", 0.0)
            parts.append(_read_ours(ours, mapping))
            continue
        got = read(
            path,
            work=fresh(work, f"read-{number}"),
            layout=layout,
            time_zone=time_zone,
            mapping=mapping,
            key=key,
            progress=progress,
        )
        source = Source(path.name, got.checksum, got.rows, got.rejected.height, got.findings)
        parts.append(Given(got.calls, got.unit_times, (source,)))
    return parts[0] if len(parts) == 1 else _together(parts, work)


def fresh(work: Path, name: str) -> Path:
    """A new folder inside the working folder."""
    folder = work / name
    folder.mkdir()
    return folder


def _ours(path: Path) -> Path | None:
    """The calls table, where a path is one of ours."""
    if path.is_dir():
        inside = path / "calls.parquet"
        if not inside.exists():
            raise RightcallError(
                "this folder holds no calls.parquet.",
                where=str(path),
                mend="Name an export, or a folder that `rightcall read` wrote.",
            )
        return inside
    if path.suffix != ".parquet" or not path.exists():
        return None
    try:
        names = set(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return None
    return path if {"call_id", "received_at", "source_row"} <= names else None


def _read_ours(path: Path, mapping: pl.DataFrame | None) -> Given:
    present = set(pl.read_parquet_schema(path))
    schema = Calls.polars_schema()
    calls = pl.scan_parquet(path).select(
        pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )
    if mapping is not None:
        whole = call_types.propose_mapping(counts=type_counts(calls), reviewed=mapping)
        calls = call_types.apply(calls=calls, mapping=whole).select(
            pl.col(name).cast(dtype) for name, dtype in schema.items()
        )
    units = path.parent / "unit_times.parquet"
    unit_times = pl.scan_parquet(units) if units.exists() else None
    if unit_times is not None and set(UnitTimes.columns()) - set(unit_times.collect_schema()):
        raise tables.TableError(
            "it lacks columns of the unit times table.", where=str(units), mend="Run `rightcall read` again."
        )
    return Given(calls, unit_times, (_source_of(path),))


def _source_of(path: Path) -> Source:
    """The findings that were written beside a calls table."""
    found = path.parent / "findings.json"
    if not found.exists():
        return Source(path.name)
    told = json.loads(found.read_text(encoding="utf-8"))
    findings = tuple(Finding(entry["code"], entry["values"]) for entry in told["findings"])
    return Source(path.parent.name, told["checksum"], told["rows"], told["rejected"], findings)


def time_zone_of(paths: list[Path]) -> str:
    """The time zone that `rightcall read` wrote beside its calls. Raises `MustChoose` where none was written."""
    for path in paths:
        beside = (path if path.is_dir() else path.parent) / "findings.json"
        if beside.exists():
            return str(json.loads(beside.read_text(encoding="utf-8"))["time_zone"])
    raise MustChoose(
        "the time zone of the city is not known.",
        where=str(paths[0]),
        mend="Add --timezone, for example America/New_York.",
    )


def type_counts(calls: pl.LazyFrame) -> pl.DataFrame:
    """How many calls each of the city's words has: `type, calls`."""
    return (
        calls.filter(pl.col("first_type").is_not_null()).group_by(pl.col("first_type").alias("type"))
        .agg(pl.len().cast(pl.Int64).alias("calls")).collect(engine="streaming")
    )  # fmt: skip


def _together(parts: list[Given], work: Path) -> Given:
    """Several files as one table; a call that stands in two of them is kept once."""
    target = work / "together.parquet"
    pl.concat([part.calls for part in parts]).unique("call_id", keep="first", maintain_order=True).sink_parquet(target)
    kept = pl.scan_parquet(target)
    before = sum(part.calls.select(pl.len()).collect().item() for part in parts)
    doubles = before - kept.select(pl.len()).collect().item()
    units = [part.unit_times for part in parts if part.unit_times is not None]
    sources = tuple(source for part in parts for source in part.sources)
    if doubles:
        sources = (*sources, Source("together", findings=(Finding("in_two_files", {"n": doubles}),)))
    return Given(kept, pl.concat(units).unique() if units else None, sources)


def with_areas(calls: pl.LazyFrame, outlines: dict[str, Any], work: Path) -> pl.LazyFrame:
    """Areas by the point on the map, where the export does not name them."""
    if not outlines:
        return calls
    target = work / "with-areas.parquet"
    areas.named(calls, outlines=outlines).sink_parquet(target)
    return pl.scan_parquet(target)
