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
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Begin a program document from a starter, to be edited: teams, shifts, rules, why."""
    from rightcall import folders
    from rightcall.errors import RightcallError
    from rightcall.program import starter

    if (folder / "program.toml").exists() and not force:
        raise RightcallError(
            "there is a program in it already.",
            where=str(folder),
            mend="Choose another name, or add --force to replace it.",
        )
    with folders.written_whole(folder, force=force) as draft:
        starter.write(draft / "program.toml", name=name, jurisdiction=jurisdiction, time_zone=timezone)
    out.print(f"→ {folder}/program.toml   Edit it, then:  rightcall check {folder}")
