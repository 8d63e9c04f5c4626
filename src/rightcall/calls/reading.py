"""The steps from an opened export to typed calls and unit times; every row is kept, merged or set aside."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from rightcall import tables
from rightcall.calls import call_types, columns_of, export_file, places, salvage
from rightcall.calls.columns import FACTS, Calls
from rightcall.calls.layout import UNIT_STAMPS, Layout
from rightcall.errors import NothingLeft

SAMPLE_ROWS = 150_000
SAME_INCIDENT_HOURS = 24
BATCH_ROWS = 250_000


class Reading:
    """The steps of reading one file; each leaves its result as an attribute for the next."""

    def __init__(
        self, file: export_file.ExportFile, layout: Layout, time_zone: str, work: Path, key: bytes | None
    ) -> None:
        self.file, self.layout, self.time_zone, self.work = file, layout, time_zone, work
        self.pseudonyms = places.Pseudonyms(key) if key is not None else None
        self.rejected = file.rejected
        self.identical = pl.DataFrame(schema={"source_row": pl.Int64})
        self.facts: dict[str, int] = {}

    def name_types(self, mapping: pl.DataFrame | None) -> None:
        """What the city's words for calls mean: reviewed rows of `mapping`, proposals for the rest."""
        counts = pl.DataFrame(schema={"type": pl.String, "calls": pl.Int64})
        if "first_type" in self.layout.columns:
            word = columns_of.text(self.layout.columns["first_type"]).alias("type")
            words = self.file.frame.select(word).group_by("type").agg(pl.len().cast(pl.Int64).alias("calls"))
            counts = words.filter(pl.col("type").is_not_null()).collect(engine="streaming")
        self.mapping = call_types.propose_mapping(counts=counts, reviewed=mapping)

    def type_columns(self) -> None:
        """Every row typed and its family named, batch by batch to disk; rows without a time are set aside.

        Batches keep the memory of a file of any size to that of a few hundred thousand rows.
        """
        center = self._center()
        parts = []
        for number, batch in enumerate(self.file.frame.collect_batches(chunk_size=BATCH_ROWS, engine="streaming")):
            part = self.work / f"typed-{number:05d}.parquet"
            self._typed(batch.lazy(), center).collect().write_parquet(part, compression="lz4", statistics=False)
            parts.append(part)
        self.typed = pl.scan_parquet(parts)
        self._set_aside_untimed()
        self.good = self.typed.filter(pl.col("received_at").is_not_null())

    def _typed(self, frame: pl.LazyFrame, center: tuple[float, float] | None) -> pl.LazyFrame:
        typed = columns_of.calls(
            frame, self.layout, time_zone=self.time_zone, checksum=self.file.checksum, name=self.file.name,
            center=center, pseudonyms=self.pseudonyms,
        )  # fmt: skip
        if "first_type" not in typed.collect_schema():
            typed = typed.with_columns(pl.lit(None, dtype=pl.String).alias("first_type"))
        named = call_types.apply(calls=typed, mapping=self.mapping)
        have = named.collect_schema().names()
        helpers = [name for name in have if name.startswith("_") or name.endswith("_at")]
        return named.select(
            *(
                pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype=dtype).alias(name)
                for name, dtype in Calls.polars_schema().items()
            ),
            *(name for name in helpers if name not in Calls.columns()),
        )

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

    def _set_aside_untimed(self) -> None:
        bad = (
            self.typed.filter(pl.col("received_at").is_null())
            .select(pl.col("source_row").alias("_row"), "_line")
            .collect()
        )
        if bad.is_empty():
            return
        stamp = self.layout.stamps["received"]
        shown = pl.concat_str([pl.col(name).fill_null("") for name in stamp.names()], separator=" ").str.strip_chars()
        raw = pl.concat_str(
            [pl.col(name).fill_null("") for name in self.file.columns], separator=self.file.separator or ","
        )
        rows = (
            self.file.frame.join(bad.lazy().select("_row"), on="_row", how="semi")
            .select(
                pl.col("_row").alias("row"),
                pl.col("_line").alias("line"),
                shown.alias("shown"),
                raw.str.slice(0, salvage.RAW_KEPT).alias("raw"),
            )
            .collect(engine="streaming")
        )
        reason = (
            pl.when(pl.col("shown") == "")
            .then(pl.lit("no time of the call"))
            .otherwise(pl.lit("the time of the call cannot be read: ") + pl.col("shown").str.slice(0, 60))
        )
        self._reject(rows.select("row", "line", reason.alias("reason"), "raw"))

    def _reject(self, rows: pl.DataFrame) -> None:
        self.rejected = pl.concat([self.rejected, rows.cast(pl.Schema(salvage.REJECTED_SCHEMA))]).sort("row")

    def settle_repeats(self) -> None:
        """Rows that repeat an incident are merged into its first row; facts that any row reports are kept."""
        self.members: pl.DataFrame | None = None
        keys = self._incident_keys()
        if keys is None:
            return
        repeated = keys.filter(pl.len().over("key") > 1)
        reused = pl.col("incidents") > 1
        self.facts["reused"] = int(keys.filter(reused)["incident_number"].n_unique())
        agency = self.facts.get("agencies", 0) > 1
        plan = keys.filter(pl.col("key").is_in(repeated["key"].implode()) | reused | pl.lit(agency))
        if plan.is_empty():
            return
        first = plan.group_by("key").agg(
            pl.col("source_row").sort_by("received_at", "source_row").first().alias("first_row")
        )
        self.members = plan.join(first, on="key").select("source_row", "first_row", pl.col("key").alias("new_id"))
        self._merge(self.members.filter(pl.col("source_row") != pl.col("first_row")))

    def _incident_keys(self) -> pl.DataFrame | None:
        """Incidents that stand in several rows (or under several agencies), with the key that tells them apart."""
        if "incident_number" not in self.layout.columns:
            return self._identical_rows()
        named = ["incident_number", *(["agency"] if "agency" in self.layout.columns else [])]
        hashed = pl.col("incident_number").hash()
        # Sorting hashes is several times cheaper than grouping them, and takes eight bytes a row.
        hashes = self.good.select(hashed.alias("h")).collect(engine="streaming")["h"].sort()
        doubles = hashes.filter(hashes == hashes.shift(1)).unique().to_frame()
        if doubles.is_empty():
            return None
        rows = (
            self.good.filter(pl.col("incident_number").is_not_null())
            .join(doubles.lazy(), left_on=hashed, right_on="h", how="semi")
            .select(*named, "received_at", "source_row").collect(engine="streaming")
        )  # fmt: skip
        if "agency" in named:
            shared = rows.group_by("incident_number").agg(pl.col("agency").n_unique())["agency"].max()
            self.facts["agencies"] = int(tables.real(shared)) or 1
        owner = pl.col("agency").fill_null("") + "-" if self.facts.get("agencies", 0) > 1 else pl.lit("")
        number = (owner + pl.col("incident_number")).alias("number")
        return self._told_apart(rows.with_columns(number))

    def _identical_rows(self) -> pl.DataFrame | None:
        """Without incident numbers: rows that are the same word for word are one call."""
        whole = pl.concat_str([pl.col(name).fill_null("") for name in self.file.columns], separator="\x1f").hash()
        rows = self.file.frame.select(pl.col("_row").alias("source_row"), whole.alias("h")).collect(engine="streaming")
        hashes = rows["h"].sort()
        rows = rows.join(hashes.filter(hashes == hashes.shift(1)).unique().to_frame(), on="h", how="semi")
        if rows.is_empty():
            return None
        good = self.good.select("source_row", "received_at", "call_id").join(rows.lazy(), on="source_row")
        return good.collect(engine="streaming").with_columns(
            pl.col("call_id").alias("incident_number"),
            pl.col("call_id").sort_by("source_row").first().over("h").alias("key"),
            pl.lit(1).alias("incidents"),
        )

    def _told_apart(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of one number that lie more than a day from the next are different incidents: number and first day."""
        rows = rows.sort("number", "received_at", "source_row")
        wait = pl.col("received_at").diff().over("number")
        rows = rows.with_columns((wait > pl.duration(hours=SAME_INCIDENT_HOURS)).fill_null(False).alias("later"))
        rows = rows.with_columns(pl.col("later").cum_sum().over("number").alias("incident"))
        local_day = pl.col("received_at").dt.convert_time_zone(self.time_zone).dt.strftime("%Y-%m-%d")
        first_day = local_day.first().over("number", "incident")
        return rows.with_columns((pl.col("incident").max().over("number") + 1).alias("incidents")).with_columns(
            pl.when(pl.col("incidents") > 1)
            .then(pl.col("number") + " " + first_day)
            .otherwise(pl.col("number"))
            .alias("key")
        )

    def _merge(self, later: pl.DataFrame) -> None:
        if later.is_empty():
            return
        wanted = pl.concat([later["source_row"], later["first_row"]]).unique()
        raw = pl.concat_str(
            [pl.col(name).fill_null("") for name in self.file.columns], separator=self.file.separator or ","
        )
        texts = (
            self.file.frame.filter(pl.col("_row").is_in(wanted.implode()))
            .select("_row", pl.col("_line").alias("line"), raw.alias("raw")).collect(engine="streaming")
        )  # fmt: skip
        rows = (
            later.join(texts, left_on="source_row", right_on="_row")
            .join(texts.select("_row", pl.col("raw").alias("first_raw")), left_on="first_row", right_on="_row")
            .with_columns((pl.col("raw") == pl.col("first_raw")).alias("same"))
        )
        self.identical = rows.filter("same").select("source_row")
        self.facts["identical"], self.facts["merged"] = int(rows["same"].sum()), int((~rows["same"]).sum())
        told = pl.when("same").then(pl.lit("the same as row ")).otherwise(pl.lit("merged: the same incident as row "))
        self._reject(
            rows.select(pl.col("source_row").alias("row"), "line", (told + pl.col("first_row").cast(pl.String)).alias("reason"),
                        pl.col("raw").str.slice(0, salvage.RAW_KEPT))
        )  # fmt: skip

    def finish(self) -> None:
        """The calls and the unit times in their final form, lazily over what was typed."""
        self.linked = self._linked()
        rows = (
            self.linked.filter(pl.col("source_row") == pl.col("first_row")) if self.members is not None else self.linked
        )
        self.calls = self._with_facts_of_all_rows(rows).select(list(Calls.columns()))
        self.n = int(self.calls.select(pl.len()).collect(engine="streaming").item())
        if self.n == 0:
            raise NothingLeft(
                "no call is left: no row has a time that can be read.", where=self.file.name,
                mend="Check which column holds the time, and say it in a layout.",
            )  # fmt: skip
        self._units()

    def _linked(self) -> pl.LazyFrame:
        """Every good row with the final id of its call."""
        if self.members is None:
            return self.good
        return self.good.join(self.members.lazy(), on="source_row", how="left", maintain_order="left").with_columns(
            pl.coalesce("new_id", "call_id").alias("call_id"),
            pl.coalesce("first_row", "source_row").alias("first_row"),
        )

    def _with_facts_of_all_rows(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """A fact that any row of an incident reports is a fact of the incident."""
        if self.members is None:
            return rows
        repeated = self.linked.filter(pl.col("new_id").is_not_null())
        told = (
            repeated.group_by("new_id").agg(pl.col(list(FACTS)).max().name.prefix("_any_")).collect(engine="streaming")
        )
        return rows.join(told.lazy(), on="new_id", how="left", maintain_order="left").with_columns(
            pl.coalesce(f"_any_{name}", name).alias(name) for name in FACTS
        )

    def _units(self) -> None:
        """One row a unit of a call; of the units that a row lists, only the first has its stamps."""
        self.unit_times = None
        stamps = [role for role in UNIT_STAMPS if role in self.layout.stamps]
        named = "unit" in self.layout.columns
        if not stamps and not named:
            return
        # A row that repeats another word for word tells of no further unit.
        frame = self.linked.join(self.identical.lazy(), on="source_row", how="anti", maintain_order="left")
        own = pl.lit(True)
        if named and frame.select(pl.col("_unit").str.contains("[,;|]").any()).collect(engine="streaming").item():
            units = pl.col("_unit").str.replace_all(r"[;|]", ",").str.split(",").fill_null([None])
            frame = (
                frame.with_columns(units.alias("_unit"))
                .with_columns(pl.int_ranges(pl.col("_unit").list.len()).alias("_place"))
                .explode("_unit", "_place")
            )
            own = pl.col("_place") == 0
        present = set(frame.collect_schema().names())
        unknown = pl.lit(None, dtype=pl.String)
        self.unit_times = frame.select(
            "call_id",
            (pl.col("_service") if "_service" in present else unknown).alias("service"),
            (pl.col("_unit").str.strip_chars() if named else unknown).alias("unit"),
            *(
                (pl.when(own).then(pl.col(f"{role}_at")) if role in stamps else pl.lit(None, dtype=tables.UTC)).alias(
                    f"{role}_at"
                )
                for role in UNIT_STAMPS
            ),
        )
