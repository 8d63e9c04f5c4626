"""`rightcall sample`: draw the calls that two people should read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out, steps

EXAMPLE = "Example:  rightcall sample calls-2025.csv --program our-program --n 400 -o sample.xlsx"


def command(
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    program: Annotated[
        Path | None, typer.Option(help="The program; without it the starter's rules.", show_default=False)
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="How many calls.")] = 400,
    output: Annotated[Path, typer.Option("-o", "--output", help="Workbook to write.")] = Path("sample.xlsx"),
    seed: Annotated[int, typer.Option(help="The same seed draws the same calls.")] = 1,
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The city's time zone, if no program is given.", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option(callback=language_of, help="en or es.")] = "en",
) -> None:
    """Draw calls of which it cannot be said, as a workbook for two independent readers of the narratives."""
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.locale import Words
    from rightcall.planning import first_plan, given, hand_reading
    from rightcall.program import file, starter

    if program:
        read = file.read_program(program)
    else:
        read = starter.program(time_zone=timezone or given.time_zone_of(calls))
    chosen = layouts.read_layout(layout) if layout else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        drawn, open_calls = first_plan.sample(
            read, calls, n=n, seed=seed, work=Path(work), layout=chosen, mapping=given.mapping_of(program, read),
            progress=progress, read=asking.read,
        )  # fmt: skip
    draft = output.with_name(output.name + ".tmp")
    hand_reading.write_workbook(
        drawn, draft, time_zone=read.program.time_zone, program=read.program.name, words=Words(language)
    )
    draft.replace(output)
    out.print(f"{drawn.height} of {open_calls:,} calls of which it cannot be said.  → {output}")
    out.print(f"When both sheets are filled:  rightcall plan … --sample {output}")
