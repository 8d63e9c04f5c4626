"""`rightcall suggest`: search shift patterns under a budget or for a coverage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out, steps

EXAMPLE = "Example:  rightcall suggest our-program calls-2025.csv --budget 1500000 -o suggested.toml"


def command(
    program: Annotated[Path, typer.Argument(help="A program.toml, or the folder that holds it.", show_default=False)],
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    budget: Annotated[
        float | None,
        typer.Option(
            min=0, help="The most a year: dollars where all pay is known, else staff hours.", show_default=False
        ),
    ] = None,
    coverage: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="The least share answered in all hours, 0.6 for 60 %.", show_default=False),
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="The team; by default the first in person.", show_default=False)
    ] = None,
    most: Annotated[int, typer.Option("--shifts", min=1, max=4, help="Most units' shifts a day.")] = 4,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File of variants to write, for `rightcall compare`.", show_default=False),
    ] = None,
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
) -> None:
    """Search daily shift patterns of one team, everything else as it is, and print what no other pattern beats."""
    from rich.markup import escape
    from rich.table import Table

    from rightcall import folders
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.locale import Words
    from rightcall.planning import comparing, shift_search

    chosen = layouts.read_layout(layout) if layout else None
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        found = comparing.suggest(
            program, calls, work=Path(work), budget=budget, target=coverage, team=team, most=most, layout=chosen,
            key=folders.pseudonym_key(), progress=progress, read=asking.read,
        )  # fmt: skip
    words, shown = Words("en"), Table(box=None, pad_edge=False)
    for title, side in (
        ("pattern", "left"),
        ("answered", "right"),
        ("nineteen of twenty", "right"),
        ("on duty", "right"),
        ("dollars" if found.money else "staff hours", "right"),
    ):
        shown.add_column(title, justify="left" if side == "left" else "right")
    for each in found.frontier:
        cover = each.coverage
        shown.add_row(escape(each.pattern.name), words.percent(cover.value), f"{words.percent(cover.low)}–{words.percent(cover.high)}",
                      words.percent(each.on_duty.value), f"{each.effort:,.0f}")  # fmt: skip
    out.print(shown)
    out.print(
        f"\n{found.screened:,} patterns were screened by a formula, {found.coarse} simulated with {shift_search.COARSE_RUNS} runs, "
        f"{found.fine} with {shift_search.FINE_RUNS}; {len(found.frontier)} of these no other one beats. Not proven to be the best."
    )
    if output is not None:
        draft = output.with_name(output.name + ".tmp")
        draft.write_text("\n".join(shift_search.as_toml(found)), encoding="utf-8")
        draft.replace(output)
        out.print(
            f"→ {output}   Compare them:  rightcall compare {program} {calls[0]} --variant {output} --only -o designs"
        )
