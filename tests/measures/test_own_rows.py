"""The stamps of a call are the same, whether its rows are grouped or its own row is taken."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rightcall.measures import results

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
STAMP = st.one_of(st.none(), st.integers(0, 600).map(lambda minutes: START + dt.timedelta(minutes=minutes)))
ROW = st.tuples(STAMP, STAMP, STAMP, STAMP)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(ROW, max_size=3), max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_taking_the_own_row_gives_what_grouping_gives(calls: list[list[tuple[object, ...]]], luck: object, mixed: bool) -> None:  # fmt: skip
    """Keys as numbers may take the short way; as text they never do."""
    rows = [(number, *row) for number, each in enumerate(calls) for row in each]
    if mixed:
        luck.shuffle(rows)  # type: ignore[attr-defined]
    schema = {"call_id": pl.UInt64, **dict.fromkeys(results.STAMPS, pl.Datetime("us", "UTC"))}
    units = pl.DataFrame(rows, schema=schema, orient="row")
    frame = pl.DataFrame({"call_id": range(len(calls)), "received_at": [START] * len(calls)}, schema={"call_id": pl.UInt64, "received_at": pl.Datetime("us", "UTC")})  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(results, "FEW_BESIDE", 10)
        short = results.gaps(frame.lazy(), units.lazy()).collect()
    as_text = pl.col("call_id").cast(pl.String)
    long = results.gaps(frame.lazy().with_columns(as_text), units.lazy().with_columns(as_text)).collect()
    assert_frame_equal(short.with_columns(as_text).select(long.columns), long, check_row_order=False, abs_tol=1e-3)
    assert short["call_id"].equals(frame["call_id"])


def test_one_row_a_call_with_few_repeated_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FEW_BESIDE", 0.5)
    frame = pl.DataFrame({"call_id": [7, 8, 9]}, schema={"call_id": pl.UInt64})
    stamps = {name: [START + dt.timedelta(minutes=k) for k in range(4)] for name in results.STAMPS}
    units = pl.DataFrame({"call_id": [7, 8, 7, 9], **stamps}, schema_overrides={"call_id": pl.UInt64})
    beside = results._beside_own_rows(frame.lazy(), units.lazy())
    assert beside is not None
    own = beside.collect()
    assert own["assigned_at"].dt.minute().to_list() == [0, 1, 3]
    assert own["cleared_at"].dt.minute().to_list() == [2, 1, 3]
    assert results._beside_own_rows(frame.lazy(), units.reverse().lazy()) is None


@pytest.mark.parametrize(
    ("keys", "rows", "own"),
    [
        ([], [], []),
        ([1, 2, 3], [1, 2, 3], [1, 1, 1]),
        ([1, 2, 3], [1, 1, 2, 3, 3, 3], [1, 0, 1, 1, 0, 0]),
        ([1, 2, 3], [1, 2, 1, 3], [1, 1, 0, 1]),
        ([1, 2, 3], [9, 1, 2, 3], [0, 1, 1, 1]),
        ([1, 2, 3], [1, 2, 3, 1], [1, 1, 1, 0]),
        ([1, 2, 3], [2, 1, 2, 3], [0, 1, 1, 1]),
        ([1, 2, 3], [1, 2], None),
        ([1, 2, 3], [1, 3, 2], None),
        ([1, 2, 3], [1, 2, 4, 4], None),
        ([1, 2, 3], [1, 2, 1, 2, 1, 3], None),
    ],
)
def test_rows_that_follow_the_calls(keys: list[int], rows: list[int], own: list[int] | None) -> None:
    found = results._first_rows(np.array(keys, dtype=np.uint64), np.array(rows, dtype=np.uint64), most=0.5)
    assert (found if found is None else found.cast(pl.Int64).to_list()) == own


def test_rows_that_follow_the_calls_over_many_blocks() -> None:
    luck = np.random.default_rng(5)
    keys = np.unique(luck.integers(0, 2**62, 40_000).astype(np.uint64))
    luck.shuffle(keys)
    places = np.sort(luck.choice(np.arange(10, len(keys)), 500, replace=False))
    rows = np.insert(keys, places, keys[places - 9])
    found = results._first_rows(keys, rows, most=0.02)
    assert found is not None
    assert (rows[found.to_numpy()] == keys).all()
    assert results._first_rows(keys[::-1], rows, most=0.02) is None
    assert results._first_rows(keys[:20_000], rows[:20_000], most=0.02) is None
