"""The words of a column as numbers that hold across batches: what is told of a word need be found once."""

from __future__ import annotations

import polars as pl

from rightcall import tables


class Numbering:
    """The distinct words of a column, numbered from 0 as they come."""

    def __init__(self, column: str) -> None:
        self.column, self.number = column, f"_number of {column}"
        self._categories = pl.Categories.random()
        self._type = pl.Categorical(self._categories)
        # Polars forgets the words of categories that no series holds.
        self._held = pl.Series([], dtype=self._type)

    def of(self, words: pl.Expr) -> pl.Expr:
        """The number of each word (UInt32, named `number`), null for none; new ones are taken up when it is computed."""
        return words.cast(self._type).to_physical().alias(self.number)

    @property
    def words(self) -> pl.Series:
        """The words that came, in the order of their numbers."""
        return self._categories.to_series().rename(self.column)

    def told(self, of_word: pl.Expr) -> pl.Expr:
        """What an expression over the column tells of each row that has a number, computed once for each word and for none."""
        none = pl.Series(self.column, [None], dtype=pl.String)
        told = pl.concat([self.words, none]).to_frame().select(of_word).to_series()
        number, nothing = pl.col(self.number), len(told) - 1
        return tables.at(told, number if told[nothing] is None else number.fill_null(nothing))
