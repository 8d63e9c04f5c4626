"""`rightcall compare`: a program and its variants, simulated side by side on a city's own calls."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out, steps

EXAMPLE = "Example:  rightcall compare our-program calls-2025.csv --variant night.toml -o designs"


def command(
    program: Annotated[Path, typer.Argument(help="A program.toml, or the folder that holds it.", show_default=False)],
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.", show_default=False)],
    variant: Annotated[
        list[Path] | None, typer.Option(help="A file of \\[\\[variant]] entries; may be repeated.", show_default=False)
    ] = None,
    only: Annotated[
        bool, typer.Option("--only", help="Only the named variants, not the designs that every city asks about.")
    ] = False,
    runs: Annotated[int, typer.Option(min=5, help="Most runs of each design.")] = 100,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; by default one a core.", show_default=False)
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, tcp://…:8786.", show_default=False)
    ] = None,
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
    sample: Annotated[
        Path | None, typer.Option(help="A sample that was read by hand (from `rightcall sample`).", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option(callback=language_of, help="Language of the page: en or es.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is not ours.")] = False,
) -> int:
    """Compare designs: coverage, waiting, busy share, police hours returned and cost, with honest uncertainty.

    Ctrl-C keeps what is done and marks it as not complete.
    """
    from rightcall import errors, folders
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.planning import comparing
    from rightcall.planning.report import comparison_folder
    from rightcall.simulation import clusters

    folders.usable(output, force=force, inputs=[program, *calls])
    chosen = layouts.read_layout(layout) if layout else None
    with tempfile.TemporaryDirectory() as work, steps() as progress, clusters.client(cluster) as client:
        made = comparing.run(
            program, calls, work=Path(work), variant_files=variant or [], only=only, runs=runs, layout=chosen, sample=sample,
            key=folders.pseudonym_key(), workers=workers, cluster=client, progress=progress, read=asking.read,
        )  # fmt: skip
        with folders.written_whole(output, force=force) as draft:
            progress("Drawing the page", 0.0)
            comparison_folder.write(made, draft, language=language)
    show(made, output)
    return errors.DONE if made.complete else errors.INTERRUPTED


def show(made: object, output: Path) -> None:
    """Print what the designs say, and where the page lies."""
    from rich.markup import escape
    from rich.table import Table

    from rightcall.locale import Words
    from rightcall.planning import response_reasons
    from rightcall.planning.response_model import Comparison

    assert isinstance(made, Comparison)
    words = Words("en")
    if not made.complete:
        out.print(f"[yellow]Stopped early:[/yellow] {len(made.base.runs)} runs of each design are kept.")
    shown = Table(box=None, pad_edge=False)
    shown.add_column("design", max_width=32)
    for title in (
        "answered",
        "points more",
        "on duty",
        "minutes",
        "staff hours",
        *(["dollars"] if made.money else []),
    ):
        shown.add_column(title, justify="right", no_wrap=True)
    for design in made.designs:
        cover, more = design.spread("coverage"), made.difference(design, "coverage")
        row = [words.percent(cover.value), response_reasons.points(more.value), words.percent(design.spread("coverage_on_duty").value),
               f"{design.spread('response_mean').value:.1f}", f"{design.cost.staff_hours:,.0f}"]  # fmt: skip
        row += [f"{made.effort(design):,.0f}"] if made.money else []
        shown.add_row(escape(words.value(design.title)), *("–" if "nan" in cell.lower() else cell for cell in row))
    out.print(shown)
    out.print()
    for line in response_reasons.answer(made):
        out.print(escape(words.value(line)))
    out.print(f"\n→ {output / 'report.html'}")
