"""`rightcall demo`: the whole job on an invented city."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out

EXAMPLE = "Example:  rightcall demo -o demo"


def command(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")] = Path("demo"),
    language: Annotated[str, typer.Option(callback=language_of, help="en or es.")] = "en",
    live: Annotated[
        bool, typer.Option(help="Run the program afterwards, with invented calls coming in, until Ctrl-C.")
    ] = True,
    port: Annotated[int, typer.Option(help="Port of the live service; 0 takes any that is free.")] = 8911,
) -> int:
    """Invent a city, write its CAD export and program, read the one and plan by the other; then run the program live."""
    from rightcall import folders
    from rightcall.calls import sample as city
    from rightcall.cli import plan
    from rightcall.program import starter

    place = output / "millbrook"
    folders.usable(output / "plan")
    with tempfile.TemporaryDirectory() as work:
        draft = Path(work)
        city.write(draft / "millbrook-calls.csv", draft / "areas.geojson", seed=1)
        starter.write_sample(draft / "program.toml")
        changed = [made.name for made in draft.iterdir() if (place / made.name).exists() and (place / made.name).read_bytes() != made.read_bytes()]  # fmt: skip
        if changed:
            raise folders.FolderError(f"somebody changed {', '.join(sorted(changed))} of the invented city.", where=str(place), mend="Choose another folder with -o.")  # fmt: skip
        place.mkdir(parents=True, exist_ok=True)
        for made in draft.iterdir():
            shutil.copyfile(made, place / made.name)
    out.print(f"Millbrook, an invented city: {place}/millbrook-calls.csv, {place}/program.toml")
    out.print(f"$ rightcall plan {place} {place}/millbrook-calls.csv -o {output}/plan")
    done = plan.command(
        program=place, calls=[place / "millbrook-calls.csv"], output=output / "plan", layout=None, sample=None, outcomes=None,
        designs=True, language=language, force=False,
    )  # fmt: skip
    return _live(place, port=port) if live and not done else done


def _live(place: Path, *, port: int) -> int:
    """The program live; without a terminal, or with CI=1: start, check health, play ten calls, stop."""
    try:
        from rightcall.web import database, running
    except ModuleNotFoundError as error:
        out.print(f"The live service is not installed ({error.name}): pip install 'rightcall[web]'")
        return 0
    short = os.environ.get("CI") == "1" or not sys.stdout.isatty()
    host, port = "127.0.0.1", running.free_port("127.0.0.1", 0 if short else port)
    home = Path(tempfile.mkdtemp(prefix="rightcall-demo-"))
    home.chmod(0o755)
    os.environ["RIGHTCALL_HOME"] = str(home)
    try:
        with database.opened(home) as found:
            out.print("Starting the live service …")
            running.point(found)
            from rightcall.web import demonstration

            told = demonstration.begin(place, host=host, port=port, calls=10 if short else None, say=out.print)
        out.print(told)
        return 0
    finally:
        shutil.rmtree(home, ignore_errors=True)
