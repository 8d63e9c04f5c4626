"""`rightcall check`: is a program document sound, and what does it leave unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out

EXAMPLE = "Example:  rightcall check programs/durham"


def command(
    program: Annotated[Path, typer.Argument(help="A program.toml, or the folder that holds it.", show_default=False)],
) -> int:
    """Check a program document: every mistake with its line, rules that can never fire, what is unknown."""
    from rich.markup import escape

    from rightcall.errors import REFUSED
    from rightcall.program import file, variants
    from rightcall.simulation import inputs
    from rightcall.triage import review

    read = file.read_program(program)
    inputs.of(read)
    variants.designs(file.read_content(program), read.variant, where=str(file.locate(program)))
    remarks = review.review(read)
    for remark in remarks:
        mark = "[yellow]![/yellow]" if remark.kind == "overlaps" else "[red]×[/red]"
        out.print(f"{mark} {escape(str(remark.message))}")
    unknown = read.unknowns()
    if unknown:
        out.print(f"[dim]{len(unknown)} values are unknown:[/dim] {escape(', '.join(unknown))}")
    out.print(
        f"{escape(read.program.name)}: {len(read.team)} teams, {len(read.shift)} shifts, {len(read.rule)} rules. Version {read.version[:12]}."
    )
    return REFUSED if any(remark.kind != "overlaps" for remark in remarks) else 0
