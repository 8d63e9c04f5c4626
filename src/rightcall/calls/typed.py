"""The rows of an export, typed: batch by batch to disk; a row without a time is set aside.

Batches keep the memory of a file of any size to that of a few hundred thousand rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rightcall.calls import call_types, clocks, columns_of, export_file, places, salvage, stamps
from rightcall.calls.columns import Calls
from rightcall.calls.layout import Layout

SAMPLE_ROWS = 150_000
BATCH_ROWS = 250_000


@dataclass(frozen=True)
class Typed:
    """The rows of an export that have a time.

    `frame`: lazy, the columns of calls and helpers that begin with `_` or are stamps of units. `rejected`: row, line,
    reason, raw. `mapping`: what the city's words were taken for. `repeated_hour`, `missing_hour`: rows whose local time
    stands twice on the clock, or not at all.
    """

    frame: pl.LazyFrame
    rows: int
    rejected: pl.DataFrame
    mapping: pl.DataFrame
    repeated_hour: int
    missing_hour: int


@dataclass(frozen=True)
class _Batch:
    path: Path
    rows: int
    words: pl.DataFrame
    rejected: pl.DataFrame
    repeated_hour: int
    missing_hour: int


@dataclass(frozen=True)
class Typist:
    """Types the rows of one file by one layout. `mapping`: reviewed or proposed types; words it lacks are proposed."""

    file: export_file.ExportFile
    layout: Layout
    time_zone: str
    work: Path
    pseudonyms: places.Pseudonyms | None
    mapping: pl.DataFrame

    def all_rows(self) -> Typed:
        """Type every row; parts go to the folder `work`."""
        done = list(self._batches())
        return Typed(
            frame=_whole(pl.scan_parquet([batch.path for batch in done])),
            rows=sum(batch.rows for batch in done),
            rejected=pl.concat([batch.rejected for batch in done]),
            mapping=call_types.propose_mapping(counts=pl.concat([b.words for b in done]), reviewed=self.mapping),
            repeated_hour=sum(batch.repeated_hour for batch in done),
            missing_hour=sum(batch.missing_hour for batch in done),
        )

    def _batches(self) -> Iterator[_Batch]:
        center = self._center()
        for number, rows in enumerate(self.file.frame.collect_batches(chunk_size=BATCH_ROWS, engine="streaming")):
            yield self._batch(number, rows, center)

    def _batch(self, number: int, rows: pl.DataFrame, center: tuple[float, float] | None) -> _Batch:
        typed = columns_of.calls(
            rows, self.layout, time_zone=self.time_zone, checksum=self.file.checksum, name=self.file.name,
            center=center, pseudonyms=self.pseudonyms,
        )  # fmt: skip
        twice, never = self._clock_changes(rows, typed["received_at"])
        timed = typed["received_at"].is_not_null()
        named, words = self._named(typed.filter(timed))
        path = self.work / f"typed-{number:05d}.parquet"
        named.write_parquet(path, compression="uncompressed", statistics=False)
        return _Batch(path, named.height, words, self._untimed(rows.filter(~timed)), twice, never)

    def _named(self, typed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """A batch with what the city's words mean, and how often it holds each word.

        Words that nobody reviewed get their proposal, which depends on the word alone.
        """
        if "first_type" not in typed.columns:
            typed = typed.with_columns(pl.lit(None, dtype=pl.String).alias("first_type"))
        words = typed["first_type"].rename("type").value_counts(name="calls")
        mapping = call_types.propose_mapping(counts=words, reviewed=self.mapping)
        named = call_types.apply(calls=typed.lazy(), mapping=mapping)
        have, schema = named.collect_schema().names(), Calls.polars_schema()
        helpers = sorted(set(have) - set(schema))
        return named.select(*(pl.col(n).cast(t) for n, t in schema.items() if n in have), *helpers).collect(), words

    def _untimed(self, rows: pl.DataFrame) -> pl.DataFrame:
        stamp = self.layout.stamps["received"]
        shown = pl.concat_str([pl.col(name).fill_null("") for name in stamp.names()], separator=" ").str.strip_chars()
        told = pl.lit("the time of the call cannot be read: ") + shown.str.slice(0, 60)
        reason = pl.when(shown == "").then(pl.lit("no time of the call")).otherwise(told)
        raw = export_file.written(self.file.columns, self.file.separator or ",").str.slice(0, salvage.RAW_KEPT)
        return rows.select(
            pl.col("_row").alias("row"), pl.col("_line").alias("line"), reason.alias("reason"), raw.alias("raw")
        )  # fmt: skip

    def _clock_changes(self, rows: pl.DataFrame, received: pl.Series) -> tuple[int, int]:
        """Rows in an hour that clocks repeat, and in one that they skip; only days of a change are read again."""
        stamp = self.layout.stamps["received"]
        if (stamps.zoned(stamp) and stamp.clock == "as written") or stamp.clock == "utc digits":
            return 0, 0
        local = received.to_frame().select(clocks.to_local(pl.col("received_at"), time_zone=self.time_zone).dt.date())
        day = local.to_series()
        first, last = day.min(), day.max()
        if not isinstance(first, dt.date) or not isinstance(last, dt.date):
            return 0, 0
        changes = clocks.days_of_change(first, last, time_zone=self.time_zone)
        near = rows.filter(day.is_in(changes)).select(stamps.digits(stamp).alias("local"))
        twice, never = clocks.clock_changes(pl.col("local"), time_zone=self.time_zone)
        return near.select(twice.sum().alias("twice"), never.sum().alias("never")).row(0)

    def _center(self) -> tuple[float, float] | None:
        both = places.coordinates(self.layout.places)
        if both is None:
            return None
        lat, lon = both
        middle = (
            self.file.frame.head(SAMPLE_ROWS).select(lat.alias("lat"), lon.alias("lon"))
            .filter(places.believable(pl.col("lat"), pl.col("lon"), center=None)).median().collect()
        )  # fmt: skip
        return None if middle["lat"][0] is None else (middle["lat"][0], middle["lon"][0])


def _whole(typed: pl.LazyFrame) -> pl.LazyFrame:
    """What was typed, with the columns that this export lacks; they take no room on disk."""
    have = typed.collect_schema().names()
    return typed.select(
        *(
            pl.col(name) if name in have else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in Calls.polars_schema().items()
        ),
        *(name for name in have if name not in Calls.columns()),
    )
