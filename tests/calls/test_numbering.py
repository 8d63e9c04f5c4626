"""Words by number: numbers hold across batches, and blanks around a word or a number do not change what it means."""

from __future__ import annotations

import gc

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.calls import columns_of, places
from rightcall.calls.layout import Places
from rightcall.calls.numbering import Numbering

WORDS = st.one_of(st.none(), st.sampled_from(["", "Y", "N", " Y", "N ", "\tY", "x", " ", "é", "Yes"]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=6), max_size=5))
def test_a_word_keeps_its_number_across_batches(batches: list[list[str | None]]) -> None:
    numbering, seen = Numbering("w"), dict[str, int]()
    for batch in batches:
        frame = pl.DataFrame({"w": pl.Series(batch, dtype=pl.String)})
        numbers = frame.select(numbering.of(pl.col("w"))).to_series().to_list()
        gc.collect()
        for word, number in zip(batch, numbers, strict=True):
            assert (number is None) == (word is None)
            if word is not None:
                assert seen.setdefault(word, number) == number
    assert numbering.words.to_list() == sorted(seen, key=lambda word: seen[word])


@given(st.lists(WORDS, max_size=20))
def test_what_is_told_of_each_word_is_told_of_each_row(words: list[str | None]) -> None:
    frame = pl.DataFrame({"w": pl.Series(words, dtype=pl.String)})
    for of_word in (
        columns_of.text("w"),
        columns_of.flag("w", ("Y",), ("N", "")),
        columns_of.flag("w", ("Y",), ("N",)),
    ):
        numbering = Numbering("w")
        numbered = frame.with_columns(numbering.of(pl.col("w")))
        assert numbered.select(numbering.told(of_word)).to_series().to_list() == frame.select(of_word)["w"].to_list()


@given(st.lists(WORDS, max_size=20))
def test_words_are_looked_up_as_the_plain_way_would(words: list[str | None]) -> None:
    meanings = {"Y": True, "N": False}
    frame = pl.DataFrame({"w": pl.Series(words, dtype=pl.String)})
    got = frame.select(columns_of.looked_up("w", meanings, pl.Boolean))["w"]
    assert got.to_list() == [None if word is None else meanings.get(word.strip()) for word in words]


def test_no_word_may_mean_something_too() -> None:
    frame = pl.DataFrame({"w": ["Y", "", None, "  ", "x"]})
    assert frame.select(columns_of.flag("w", ("Y",), ("",)))["w"].to_list() == [True, False, False, False, None]


def test_degrees_are_read_with_blanks_around_them() -> None:
    spots = places.coordinates(Places(lat="y", lon="x"))
    assert spots is not None
    written = {"y": ["35.99", " 36.1", "", None, "here"], "x": ["-78.9", "-78.8 ", "\t-78.7\t", " ", "-78.6"]}
    lat, lon = pl.DataFrame(written).select(spots[0].alias("lat"), spots[1].alias("lon"))
    assert lat.to_list() == [35.99, 36.1, None, None, None]
    assert lon.to_list() == [-78.9, -78.8, -78.7, None, -78.6]
