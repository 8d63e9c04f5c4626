"""Reading an export with a person at the keyboard: what nothing decides is asked; elsewhere it is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rightcall.errors import MustChoose

if TYPE_CHECKING:
    from rightcall.calls.export import Export
    from rightcall.calls.layout import Layout


def read(path: Path, *, layout: Layout | None, ask: bool | None = None, **how: Any) -> Export:
    """`read_export`, asking on a terminal wherever it must be chosen."""
    from rightcall.calls import export
    from rightcall.calls import layout as layouts

    asking = sys.stdin.isatty() and sys.stderr.isatty() if ask is None else ask
    while True:
        try:
            return export.read_export(path, layout=layout, **how)
        except MustChoose as choice:
            if not asking or not all(problem.options for problem in choice.problems):
                raise
            document = choice.decided or {}
            for problem in choice.problems:
                typer.echo(f"\n{problem.where}: {problem.what}", err=True)
                for number, (told, _) in enumerate(problem.options, start=1):
                    typer.echo(f"  {number}  {told}", err=True)
                picked = 0
                while not 1 <= picked <= len(problem.options):
                    picked = typer.prompt("Which", type=int, err=True)
                document = merged(document, problem.options[picked - 1][1])
            layout = layouts.parse(document, where=path.name)


def merged(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """A document with the lines of a patch laid over it."""
    result = dict(document)
    for key, value in patch.items():
        result[key] = merged(result.get(key, {}), value) if isinstance(value, dict) else value
    return result
