"""Picking from a column by place, whatever the column holds."""

from __future__ import annotations

import polars as pl
import pytest

from rightcall import tables


@pytest.mark.parametrize(
    "values",
    [
        pl.Series("v", ["one", None, "a word of more than twelve letters"]),
        pl.Series("v", [True, None, False]),
        pl.Series("v", [True, False, False]),
        pl.Series("v", [1.5, None, 2.5]),
        pl.Series("v", ["a", "b", None], dtype=pl.Categorical),
        pl.concat([pl.Series("v", [True, None]), pl.Series("v", [False])], rechunk=False),
    ],
)
def test_what_stands_at_each_place(values: pl.Series) -> None:
    places = [2, 0, None, 1, 1]
    frame = pl.DataFrame({"p": pl.Series(places, dtype=pl.UInt32)}).lazy().select(tables.at(values, pl.col("p")))
    told = frame.collect(engine="streaming")["v"]
    assert told.dtype == values.dtype
    assert told.to_list() == [None if place is None else values[place] for place in places]
