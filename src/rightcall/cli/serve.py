"""`rightcall serve`: the program runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out
from rightcall.errors import RightcallError

EXAMPLE = "Example:  rightcall serve program.toml"


def command(
    program: Annotated[Path | None, typer.Argument(help="A program document or its folder, to be handed in.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.")] = 8911,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=32,
            help="How many serve side by side; as many as there are cores, at most four, unless you say so.",
        ),
    ] = None,
    release: Annotated[str | None, typer.Option(help="Release this account and print a one-time link for it.")] = None,
) -> int:
    """Start the live service: the board, sign-in, and the addresses at which CAD sends calls. Ctrl-C stops it."""
    try:
        from rightcall.web import database, running, serving
    except ModuleNotFoundError as error:
        raise RightcallError(f"the live service is not installed ({error.name}).", mend="pip install 'rightcall[web]'") from error  # fmt: skip
    port = running.free_port(host, port)
    with database.opened() as found:
        out.print("Bringing the database up to date …")
        running.point(found)
        at = dt.datetime.now(dt.UTC)
        name = running.program_in_force(program, at=at, say=out.print)
        address = f"http://{host}:{port}"
        link = running.first_supervisor(address, at=at)
        back = running.way_back(release, address, at=at) if release else None

        def ready() -> None:
            out.print(f"{name} runs at {address}")
            if back:
                out.print(f"“{release}” chooses a new password here, once: {back}")
            if link:
                out.print(f"The first supervisor chooses a password here, once: {link}")

        serving.serve(host=host, port=port, ready=ready, processes=processes or serving.PROCESSES)
    out.print("Stopped.")
    return 0
