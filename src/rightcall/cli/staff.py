"""`rightcall staff`: shifts for a target, who is on when, how many people, at what cost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out, steps

EXAMPLE = "Example:  rightcall staff our-program calls-2025.csv -o staffing"


def command(
    program: Annotated[Path, typer.Argument(help="A program.toml, or the folder that holds it.", show_default=False)],
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.", show_default=False)],
    seconds: Annotated[
        float, typer.Option(min=1, help="At most so long for the people and shifts of one team.")
    ] = 60.0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; by default one a core.", show_default=False)
    ] = None,
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
    sample: Annotated[
        Path | None, typer.Option(help="A sample that was read by hand (from `rightcall sample`).", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option(callback=language_of, help="Language of the page: en or es.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is not ours.")] = False,
) -> int:
    """Staff a program: shifts that reach the \\[\\[target]] of each team, rotations, people, employers, positions, hiring.

    Teams without a target are staffed for their shifts as written. Ctrl-C keeps the best found.
    """
    from rightcall import errors, folders
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.planning import staffing_run
    from rightcall.planning.report import staffing_folder

    folders.usable(output, force=force, inputs=[program, *calls])
    chosen = layouts.read_layout(layout) if layout else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        made = staffing_run.run(
            program, calls, work=Path(work), layout=chosen, sample=sample, key=folders.pseudonym_key(), seconds=seconds, workers=workers, progress=progress,
            read=asking.read,
        )  # fmt: skip
        with folders.written_whole(output, force=force) as draft:
            progress("Drawing the page", 0.0)
            staffing_folder.write(made, draft, language=language)
    show(made, output)
    return errors.INTERRUPTED if made.staffing.interrupted else errors.DONE


def show(made: object, output: Path) -> None:
    """Print what was found, and where the page lies."""
    from rich.markup import escape
    from rich.table import Table

    from rightcall.locale import Words
    from rightcall.planning import staffing_reasons
    from rightcall.planning.staffing_run import People

    assert isinstance(made, People)
    words = Words("en")
    if not made.staffing.complete:
        out.print("[yellow]Stopped early:[/yellow] the best found is kept; it may not be the least.")
    shown = Table(box=None, pad_edge=False)
    for title in ("team", "shift", *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")):
        shown.add_column(title, justify="left" if title in ("team", "shift") else "right")
    for staffed in made.staffing.teams:
        for number, (kind, counts) in enumerate(sorted(staffed.crews.items())):
            shown.add_row(
                escape(staffed.team.name) if number == 0 else "", kind.name, *(str(n) if n else "·" for n in counts)
            )
    out.print(shown)
    out.print()
    for line in (
        *staffing_reasons.answer(made.staffing),
        *staffing_reasons.by_team(made.staffing),
        *staffing_reasons.structure(made.structure)[:2],
    ):
        out.print(escape(words.value(line)))
    out.print(f"\n→ {output / 'report.html'}   {output / 'rotations.xlsx'}")
