"""`rightcall types`: propose what a city's words for calls mean, for a person to review."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out, steps

EXAMPLE = "Example:  rightcall types calls-2025.csv -o our-program/call_types.csv --timezone America/New_York"


def command(
    calls: Annotated[Path, typer.Argument(help="An export, or what `rightcall read` wrote.", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="CSV to write; reviewed rows in it are kept.", show_default=False)
    ],
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
    timezone: Annotated[str, typer.Option(help="The city's time zone.")] = "UTC",
) -> None:
    """Propose the family of every type of call, the most frequent first. Put your name into `reviewed_by` to keep a row."""
    from rightcall.calls import call_types, type_file
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.planning import given

    chosen = layouts.read_layout(layout) if layout else None
    reviewed = type_file.read_mapping(output) if output.exists() else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        got = given.calls_of(
            [calls],
            work=Path(work),
            time_zone=timezone,
            layout=chosen,
            mapping=reviewed,
            progress=progress,
            read=asking.read,
        )
        mapping = call_types.propose_mapping(counts=given.type_counts(got.calls), reviewed=reviewed)
    output.parent.mkdir(parents=True, exist_ok=True)
    type_file.write_mapping(mapping=mapping, path=output)
    import polars as pl

    unmapped = mapping.filter(pl.col("family").is_null())
    total = max(int(mapping["calls"].sum()), 1)
    kept = mapping.filter(pl.col("reviewed_by").fill_null("") != "").height
    out.print(
        f"{mapping.height} types; {kept} reviewed and kept; {unmapped.height} not mapped "
        f"({int(unmapped['calls'].sum()) / total:.1%} of the calls).  → {output}"
    )
