"""Fetching a police agency's open data by the OpenPoliceData library (extra `rightcall[opd]`).

Fetching is not reading: what comes from the network is written to a file as it is, and read from there like any
other export, again and again.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import polars as pl

from rightcall.errors import RightcallError


class FetchError(RightcallError):
    """Open data could not be fetched."""


def fetch(source: str, *, year: int, to: Path, state: str | None = None) -> int:
    """Fetch the calls for service of an agency and a year into a Parquet file of text. Returns the rows.

    `source` is a name that OpenPoliceData knows, such as "Seattle". Raises `FetchError`.
    """
    library = _library()
    try:
        table = library.Source(source, state=state).load("CALLS FOR SERVICE", year, pbar=False, format_date=False).table
    except Exception as error:
        raise FetchError(
            f"the calls of {source} in {year} could not be fetched ({str(error).splitlines()[0]}).",
            mend="Check the name and the year at openpolicedata.readthedocs.io, and the connection.",
        ) from error
    frame = as_text(table)
    if frame.is_empty():
        raise FetchError(f"{source} has no calls in {year}.", mend="Choose another year.")
    draft = to.with_name(to.name + ".tmp")
    frame.write_parquet(draft)
    draft.replace(to)
    return frame.height


def as_text(table: Any) -> pl.DataFrame:
    """A pandas table as text columns, null where it has none."""
    columns = {}
    for name in table.columns:
        known = table[name].notna()
        columns[str(name)] = pl.Series(
            str(name),
            [str(value) if there else None for value, there in zip(table[name], known, strict=True)],
            dtype=pl.String,
        )
    return pl.DataFrame(columns)


def _library() -> Any:
    try:
        return importlib.import_module("openpolicedata")
    except ImportError as error:
        raise FetchError(
            "the library for open police data is not installed.", mend='Run: pip install "rightcall[opd]"'
        ) from error
