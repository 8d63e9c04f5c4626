"""`rightcall read`: an export → calls, with every row accounted for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out, steps

EXAMPLE = "Example:  rightcall read calls-2025.csv -o calls-2025 --timezone America/New_York"


def command(
    export: Annotated[
        Path, typer.Argument(help="CSV, TSV, XLSX, Parquet or JSON lines; gz and zip too.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.", show_default=False)],
    layout: Annotated[
        Path | None, typer.Option(help="A layout.toml that says which column is what.", show_default=False)
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The city's time zone, e.g. America/Chicago.", show_default=False)
    ] = None,
    types: Annotated[Path | None, typer.Option(help="A reviewed call_types.csv.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is not ours.")] = False,
) -> None:
    """Read any CAD export: calls.parquet, unit_times.parquet, rejected.csv, findings.json, layout.toml."""
    from rightcall import folders
    from rightcall.calls import export as exports
    from rightcall.calls import layout as layouts
    from rightcall.calls import type_file
    from rightcall.cli import asking

    folders.usable(output, force=force, inputs=[export])
    chosen = layouts.read_layout(layout) if layout else None
    mapping = type_file.read_mapping(types) if types else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        got = asking.read(
            export, layout=chosen, work=Path(work), time_zone=timezone, mapping=mapping, key=folders.pseudonym_key(), progress=progress,
        )  # fmt: skip
        with folders.written_whole(output, force=force) as draft:
            exports.write(got, draft)
        calls = got.rows - got.rejected.height
    show(got, output, calls)


def show(got: object, output: Path, calls: int) -> None:
    """Print what was understood, what was found, and where it lies."""
    from rich.markup import escape
    from rich.table import Table

    from rightcall.calls.export import Export

    assert isinstance(got, Export)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for title in ("column", "is", "sure"):
        table.add_column(title)
    for column, role in got.layout.uses().items():
        sure = got.layout.sure.get(role)
        table.add_row(escape(column), role.replace("_", " "), f"{sure:.0%}" if sure is not None else "")
    out.print(table)
    marks = {"serious": "[red]![/red]", "warning": "[yellow]![/yellow]", "note": "[dim]·[/dim]"}
    for finding in got.findings:
        out.print(f"{marks[finding.weight]} {escape(str(finding.message))}")
    out.print(
        f"\n[bold]{calls:,}[/bold] calls from {got.rows:,} rows, {got.rejected.height:,} rows set aside or merged.  → {output}"
    )
