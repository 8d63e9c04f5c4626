"""Progress that people see: one line a step, with a bar and the time; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rightcall.locale import LANGUAGES

out = Console(highlight=False, soft_wrap=True)


def language_of(value: str) -> str:
    """A language that pages can be made in; a callback of options."""
    if value not in LANGUAGES:
        raise typer.BadParameter(f"“{value}” is no language of ours; use {' or '.join(LANGUAGES)}.")
    return value


def _bars() -> Progress:
    watched = Console(stderr=True)
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=28), TimeElapsedColumn(),
        console=watched, transient=True, disable=not watched.is_terminal,
    )  # fmt: skip


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """Yields a function to be called with the name of each step as it begins."""
    with _bars() as bars:
        task = bars.add_task("Starting", total=total)

        def step(name: str) -> None:
            bars.update(task, description=name, advance=1)

        yield step


@contextmanager
def shares() -> Iterator[Callable[[str, float], None]]:
    """Yields a function to be called with the name of a step and the share of it that is done."""
    with _bars() as bars:
        task = bars.add_task("Starting", total=1.0)
        yield lambda name, share: bars.update(task, description=name, completed=share)
