"""`rightcall new`: a program document to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out

EXAMPLE = 'Example:  rightcall new our-program --name CARE --jurisdiction "Millbrook, NC" --timezone America/New_York'


def command(
    folder: Annotated[Path, typer.Argument(help="Folder to write.", show_default=False)],
    name: Annotated[str, typer.Option(help="Name of the program.")] = "Community Response",
    jurisdiction: Annotated[str, typer.Option(help="City and state.")] = "Our City, NC",
    timezone: Annotated[str, typer.Option(help="The city's time zone.")] = "America/New_York",
    force: Annotated[
        bool, typer.Option("--force", help="Replace the program that is there; it stays as program.toml.before.")
    ] = False,
) -> None:
    """Begin a program document from a starter, to be edited: teams, shifts, rules, why."""
    from rightcall.errors import RightcallError
    from rightcall.program import starter

    path = folder / "program.toml"
    if path.exists() and not force:
        raise RightcallError(
            "there is a program in it already.",
            where=str(folder),
            mend="Choose another name, or add --force to replace it.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name("program.toml.tmp")
        starter.write(draft, name=name, jurisdiction=jurisdiction, time_zone=timezone)
        if path.exists():
            # A way back: the last program stays beside the new one.
            path.replace(path.with_name("program.toml.before"))
        draft.replace(path)
    except OSError as error:
        raise RightcallError(f"it cannot be written ({error.strerror}).", where=str(folder), mend="Choose another name.") from error  # fmt: skip
    out.print(f"→ {folder}/program.toml   Edit it, then:  rightcall check {folder}")
