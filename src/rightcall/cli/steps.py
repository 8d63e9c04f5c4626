"""Progress that people see: one line a step, with a bar and the time; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from rightcall.locale import LANGUAGES
from rightcall.progress import Progress

out = Console(highlight=False, soft_wrap=True)


def language_of(value: str) -> str:
    """A language that pages can be made in; a callback of options."""
    if value not in LANGUAGES:
        raise typer.BadParameter(f"“{value}” is no language of ours; use {' or '.join(LANGUAGES)}.")
    return value


@contextmanager
def steps() -> Iterator[Progress]:
    """Yields a function to be called with the name of a step and the share of it that is done, 0 where that is not known."""
    watched = Console(stderr=True)
    with Bars(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=28), TimeElapsedColumn(),
        console=watched, transient=True, disable=not watched.is_terminal,
    ) as bars:  # fmt: skip
        task = bars.add_task("Starting", total=None)

        def show(step: str, share: float) -> None:
            # Without a total the bar pulses; `update` cannot take one away.
            bars.tasks[0].total = 1.0 if share else None
            bars.update(task, description=step, completed=share)

        yield show
