"""The rows of an export, typed: batch by batch to disk; a row without a time is set aside.

Batches keep the memory of a file of any size to that of a few hundred thousand rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rightcall.calls import call_types, clocks, columns_of, export_file, places, salvage, stamps
from rightcall.calls.columns import Calls
from rightcall.calls.layout import Layout
from rightcall.calls.numbering import Numbering

SAMPLE_ROWS = 150_000
BATCH_ROWS = 250_000


@dataclass(frozen=True)
class Typed:
    """The rows of an export that have a time.

    `frame`: lazy, the columns of calls and helpers that begin with `_` or are stamps of units. `some`: only its rows for
    which an expression over `source_row` holds, with `_at`, their place in it. `rejected`: row, line, reason, raw. `mapping`: what the city's words were taken for. `repeated_hour`, `missing_hour`: rows whose local time
    stands twice on the clock, or not at all.
    """

    frame: pl.LazyFrame
    some: Callable[[pl.Expr], pl.LazyFrame]
    rows: int
    rejected: pl.DataFrame
    mapping: pl.DataFrame
    repeated_hour: int
    missing_hour: int


@dataclass(frozen=True)
class _Batch:
    path: Path
    rows: int
    numbered: bool
    rejected: pl.DataFrame
    repeated_hour: int
    missing_hour: int


@dataclass(frozen=True)
class Typist:
    """Types the rows of one file by one layout. `mapping`: reviewed or proposed types; words it lacks are proposed.
    `key`: for pseudonyms of places.
    """

    file: export_file.ExportFile
    layout: Layout
    time_zone: str
    work: Path
    key: bytes | None
    mapping: pl.DataFrame

    def all_rows(self) -> Typed:
        """Type every row; parts go to the folder `work`, with numbers for words."""
        center, words = self._center(), {column: Numbering(column) for column in columns_of.of_words(self.layout)}
        numbered = self.file.frame.with_columns(numbers.of(pl.col(column)) for column, numbers in words.items())
        batches = numbered.collect_batches(chunk_size=BATCH_ROWS, engine="streaming")
        names = [numbers.number for numbers in words.values()]
        done = [self._batch(number, rows, center, names) for number, rows in enumerate(batches)]
        frame = pl.scan_parquet([batch.path for batch in done])
        mapping = call_types.propose_mapping(counts=self._counts(frame, words), reviewed=self.mapping)

        def whole(rows: pl.LazyFrame) -> pl.LazyFrame:
            return self._whole(self._told(rows, words, mapping), numbered=all(batch.numbered for batch in done))

        return Typed(
            frame=whole(frame),
            some=lambda which: whole(frame.with_row_index("_at").filter(which)),
            rows=sum(batch.rows for batch in done),
            rejected=pl.concat([batch.rejected for batch in done]),
            mapping=mapping,
            repeated_hour=sum(batch.repeated_hour for batch in done),
            missing_hour=sum(batch.missing_hour for batch in done),
        )

    def _batch(self, number: int, rows: pl.DataFrame, center: tuple[float, float] | None, words: list[str]) -> _Batch:
        typed = columns_of.calls(rows, self.layout, time_zone=self.time_zone, center=center)
        twice, never = self._clock_changes(rows, typed["received_at"])
        timed = typed["received_at"].is_not_null()
        typed = typed.with_columns(rows[name] for name in words)
        typed = typed if timed.all() else typed.filter(timed)
        path = self.work / f"typed-{number:05d}.parquet"
        typed.write_parquet(path, compression="uncompressed", statistics=False)
        numbered = "incident_number" in typed.columns and not typed["incident_number"].has_nulls()
        return _Batch(path, typed.height, numbered, self._untimed(rows.filter(~timed)), twice, never)

    def _counts(self, numbered: pl.LazyFrame, words: dict[str, Numbering]) -> pl.DataFrame:
        """How many calls each word for their type has: `type, calls`."""
        if "first_type" not in self.layout.columns:
            return pl.DataFrame(schema={"type": pl.String, "calls": pl.UInt32})
        column = self.layout.columns["first_type"]
        counts = numbered.group_by(words[column].number).agg(pl.len().alias("calls"))
        named = counts.select(words[column].told(columns_of.text(column)).alias("type"), "calls")
        return named.collect(engine="streaming")

    def _told(self, typed: pl.LazyFrame, words: dict[str, Numbering], mapping: pl.DataFrame) -> pl.LazyFrame:
        """The calls with what their words mean, looked up when it is asked for."""
        told = typed.with_columns(columns_of.by_words(self.layout, words, key=self.key))
        if "first_type" in self.layout.columns:
            column = self.layout.columns["first_type"]
            of_word = call_types.row_of(mapping, columns_of.text(column))
            told = call_types.apply(calls=told, mapping=mapping, row=words[column].told(of_word))
        return told.drop(numbers.number for numbers in words.values())

    def _whole(self, typed: pl.LazyFrame, *, numbered: bool) -> pl.LazyFrame:
        """What was typed, with the columns that this export lacks; they take no room on disk."""
        have = typed.collect_schema().names()
        made_up = pl.lit(self.file.checksum[:12] + "-") + pl.col("source_row").cast(pl.String)
        number = pl.col("incident_number")
        known = {
            "source_file": pl.lit(self.file.name),
            "call_id": number if numbered else pl.coalesce(number, made_up) if "incident_number" in have else made_up,
            **{name: pl.col(name) for name in have},
        }
        return typed.select(
            *(known.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in Calls.polars_schema().items()),
            *(name for name in have if name not in Calls.columns()),
        )

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
