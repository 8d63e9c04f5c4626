"""`rightcall demo`: the whole job on an invented city."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import language_of, out

EXAMPLE = "Example:  rightcall demo -o demo"


def command(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")] = Path("demo"),
    language: Annotated[str, typer.Option(callback=language_of, help="en or es.")] = "en",
) -> int:
    """Invent a city, write its CAD export and program, read the one and plan by the other."""
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
    return plan.command(
        program=place, calls=[place / "millbrook-calls.csv"], output=output / "plan", layout=None, sample=None, outcomes=None,
        designs=True, language=language, force=False,
    )  # fmt: skip
