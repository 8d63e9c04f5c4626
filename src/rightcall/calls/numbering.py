"""Texts of a column as numbers that hold across batches: what is told of a text need be found once."""

from __future__ import annotations

import polars as pl


class Numbering:
    """The distinct texts that came so far, numbered from 0 in the order in which they came."""

    def __init__(self) -> None:
        self._categories = pl.Categories.random()
        self._type = pl.Categorical(self._categories)
        # Polars forgets the texts of categories that no series holds.
        self._held = pl.Series([], dtype=self._type)

    def of(self, texts: pl.Series) -> pl.Series:
        """The number of each text (UInt32), null for none; new ones are taken up."""
        return texts.cast(self._type).to_physical()

    @property
    def texts(self) -> pl.Series:
        """The texts in the order of their numbers."""
        return self._categories.to_series()
