"""How a table contract is written and checked. Every table of the house is a `Table` (a dataframely schema)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from rightcall.errors import RightcallError

UTC = pl.Datetime("us", "UTC")


class TableError(RightcallError):
    """A table does not fit its contract."""


class Table(dy.Schema):
    """Base of all contracts; columns are declared with `when`, `text`, `fact`, `number` and `choice`."""

    @classmethod
    def polars_schema(cls) -> dict[str, pl.DataType]:
        """Column name → Polars type, in the contract's order."""
        return dict(cls.create_empty().schema)


def when(doc: str, *, nullable: bool = True) -> dy.Datetime:
    """An instant, UTC, microseconds."""
    return dy.Datetime(time_unit="us", time_zone="UTC", nullable=nullable, metadata={"doc": doc})


def text(doc: str, *, nullable: bool = True) -> dy.String:
    """Text as it came, or a name."""
    return dy.String(nullable=nullable, metadata={"doc": doc})


def fact(doc: str) -> dy.Bool:
    """True, false, or null when nobody knows."""
    return dy.Bool(nullable=True, metadata={"doc": doc})


def number(doc: str) -> dy.Float64:
    """A real number; the unit is in its description."""
    return dy.Float64(nullable=True, metadata={"doc": doc})


def whole(doc: str, *, nullable: bool = True) -> dy.Int64:
    """A whole number."""
    return dy.Int64(nullable=nullable, metadata={"doc": doc})


def choice(values: list[str], doc: str, *, nullable: bool = True) -> dy.Enum:
    """One of a fixed list of words."""
    return dy.Enum(values, nullable=nullable, metadata={"doc": doc})


def real(scalar: Any) -> float:
    """A scalar that Polars gave (a mean, a sum, an extreme) as a number; none is zero."""
    return float(scalar) if scalar is not None else 0.0


def at(values: pl.Series, place: pl.Expr) -> pl.Expr:
    """What stands in `values` at each place, named as they are; null where there is no place."""
    if values.dtype == pl.Boolean and values.has_nulls():
        # Bits that may be unknown are slow to pick one by one; bytes are not.
        code = at(values.cast(pl.UInt8).fill_null(2), place)
        return pl.when(code < 2).then(code == 1)
    # Picking from several chunks builds every word anew.
    return pl.lit(values.rechunk()).gather(place)


def check(frame: pl.DataFrame, contract: type[Table], *, where: str) -> pl.DataFrame:
    """Return `frame` in the contract's column order and types, or raise `TableError` naming the columns at fault.

    Missing nullable columns are added as nulls, so that an export with one timestamp still makes a whole table.
    """
    wanted = contract.polars_schema()
    missing = [name for name, column in contract.columns().items() if name not in frame.columns and not column.nullable]
    if missing:
        raise TableError(f"the column {', '.join(missing)} is missing.", where=where)
    frame = frame.select(
        [
            pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in wanted.items()
        ]
    )
    valid, failures = contract.filter(frame)
    if len(failures):
        raise TableError(f"{len(failures)} rows break the contract: {failures.counts()}.", where=where)
    return valid


def read(path: Path, contract: type[Table]) -> pl.DataFrame:
    """Read a Parquet table of ours and check it against its contract."""
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"this is not a table that Rightcall wrote ({error}).", where=str(path)) from error
    return check(frame, contract, where=str(path))


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]") & ~pl.col(name).str.contains(r"^[+-]?[0-9.,]+$"))
        .then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, dtype in frame.schema.items() if dtype == pl.String
    )  # fmt: skip


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a CSV that a spreadsheet opens without running anything in it; the header is always there."""
    harmless(frame).write_csv(path)
