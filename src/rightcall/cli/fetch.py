"""`rightcall fetch`: an agency's open data, as a file to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rightcall.cli.steps import out

EXAMPLE = "Example:  rightcall fetch Seattle --year 2024 -o seattle-2024.parquet"


def command(
    source: Annotated[str, typer.Argument(help="A name that OpenPoliceData knows.", show_default=False)],
    year: Annotated[int, typer.Option(help="Which year.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Parquet file to write.", show_default=False)],
    state: Annotated[str | None, typer.Option(help="State, where a name is not unique.", show_default=False)] = None,
) -> None:
    """Fetch calls for service that an agency publishes (needs the extra rightcall\\[opd] and the internet)."""
    from rightcall.calls import open_police_data

    rows = open_police_data.fetch(source, year=year, state=state, to=output)
    out.print(f"{rows:,} rows.  → {output}   Now:  rightcall read {output} -o … --timezone …")
