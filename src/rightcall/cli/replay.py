"""`rightcall replay`: play a service's own calls again, and hold the simulation against what happened."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out, steps

EXAMPLE = "Example:  rightcall replay ambulance-2016.csv --timezone America/Chicago -o replay"


def command(
    calls: Annotated[list[Path], typer.Argument(help="Exports, or what `rightcall read` wrote.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.", show_default=False)],
    timezone: Annotated[
        str | None, typer.Option(help="The city's time zone, where the calls were not read before.", show_default=False)
    ] = None,
    left_out: Annotated[
        list[str] | None,
        typer.Option(
            help="Families that keep units busy but are not compared; default: medical transfer.", show_default=False
        ),
    ] = None,
    runs: Annotated[int, typer.Option(min=2, help="Runs.")] = 20,
    layout: Annotated[Path | None, typer.Option(help="A layout.toml.", show_default=False)] = None,
    language: Annotated[str, typer.Option(callback=language_of, help="en or es.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is not ours.")] = False,
) -> None:
    """Play a service's own calls again: dispatch delays and busy units, simulated beside what happened."""
    import datetime as dt
    import json

    from rightcall import folders
    from rightcall.calls import layout as layouts
    from rightcall.cli import asking
    from rightcall.locale import Words
    from rightcall.planning import given, replay
    from rightcall.planning.report import html, replay_page

    folders.usable(output, force=force, inputs=calls)
    chosen = layouts.read_layout(layout) if layout else None
    zone = timezone or given.time_zone_of(calls)
    with tempfile.TemporaryDirectory() as work, steps() as progress:
        got = given.calls_of(
            calls, work=Path(work), time_zone=zone, layout=chosen, key=folders.pseudonym_key(),
            progress=progress, read=asking.read,
        )  # fmt: skip
        progress("Playing the calls again", 0.5)
        aside = tuple(left_out) if left_out else replay.LEFT_OUT
        made = replay.replay(got.calls, got.unit_times, time_zone=zone, left_out=aside, runs=runs)
        words = Words(language)
        page = html.render(replay_page.report(made, name=calls[0].name, at=dt.datetime.now(dt.UTC), words=words), words)
        with folders.written_whole(output, force=force) as draft:
            (draft / "replay.json").write_text(json.dumps(made.as_json(), indent=2) + "\n", encoding="utf-8")
            (draft / "report.html").write_text(page, encoding="utf-8")
    out.print(f"{made.calls:,} calls, {made.units} units inferred.")
    out.print(
        f"From call to dispatch: {made.delay_mean:.2f} minutes in reality, {made.delay_simulated:.2f} simulated; by hour {made.delay_error:.2f} apart."
    )
    out.print(
        f"Unit hours busy: {made.busy_error:.1%} apart by hour, correlated at {made.alike:.2f}.\n\n→ {output / 'report.html'}"
    )
