"""`rightcall plan`: a program and a city's calls → the first plan."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out, steps

EXAMPLE = "Example:  rightcall plan our-program calls-2025.csv -o plan-2025"


def command(
    program: Annotated[Path, typer.Argument(help="A program.toml, or the folder that holds it.", show_default=False)],
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.", show_default=False)],
    layout: Annotated[
        Path | None, typer.Option(help="A layout.toml that says which column is what.", show_default=False)
    ] = None,
    sample: Annotated[
        Path | None, typer.Option(help="A sample that was read by hand (from `rightcall sample`).", show_default=False)
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option(help="Reports, arrests, force, injuries, back-up by incident number.", show_default=False),
    ] = None,
    designs: Annotated[bool, typer.Option(help="Also simulate designs side by side, and staff the teams.")] = True,
    language: Annotated[str, typer.Option(callback=language_of, help="Language of the report: en or es.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is not ours.")] = False,
) -> int:
    """Plan: the five questions answered for the council, as page, PDF and workbook: calls and teams, home, shifts and people,
    positions, money.
    """
    from rightcall import errors, folders
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.planning import first_plan
    from rightcall.planning.report import folder

    folders.usable(output, force=force, inputs=[program, *calls])
    chosen = layouts.read_layout(layout) if layout else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        made = first_plan.run(
            program, calls, work=Path(work), layout=chosen, sample=sample, outcomes=outcomes, designs=designs, key=folders.pseudonym_key(),
            progress=progress, read=asking.read,
        )  # fmt: skip
        with folders.written_whole(output, force=force) as draft:
            folder.write(made, draft, language=language, progress=progress)
    show(made, output)
    return errors.INTERRUPTED if made.interrupted else errors.DONE


def show(made: object, output: Path) -> None:
    """Print the first page in five lines, and where the report lies."""
    from rich.markup import escape

    from rightcall.locale import Words
    from rightcall.planning import funding_reasons, response_reasons, staffing_reasons
    from rightcall.planning.plan import Plan
    from rightcall.planning.report import contents

    assert isinstance(made, Plan)
    words = Words("en")
    if made.interrupted:
        out.print("[yellow]Stopped early:[/yellow] what was done is kept, and marked where it is not complete.")
    for line in contents.headline(made):
        out.print(escape(words.value(line)))
    if made.comparison:
        out.print(escape(words.value(response_reasons.answer(made.comparison)[0])))
    if made.people:
        out.print(escape(words.value(staffing_reasons.in_all(made.people.staffing))))
    if made.funding:
        for line in funding_reasons.headline(made.funding):
            out.print(escape(words.value(line)))
    out.print(
        f"\n→ {output / 'report.html'}, report.pdf for the council, plan.xlsx to change the budget and to fill in the worksheet"
    )
