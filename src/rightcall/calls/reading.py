"""The steps from an opened export to typed calls and unit times; every row is kept, merged or set aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from rightcall import tables
from rightcall.calls import call_types, clocks, export_file, salvage, typed
from rightcall.calls.columns import FACTS, Calls
from rightcall.calls.layout import UNIT_STAMPS, Layout
from rightcall.errors import NothingLeft

SAME_INCIDENT_HOURS = 24
SETTLED = "_settled"
MEMBERS = {"source_row": pl.Int64, "first_row": pl.Int64, "new_id": pl.String}


class Reading:
    """The steps of reading one file; each leaves its result as an attribute for the next."""

    def __init__(
        self, file: export_file.ExportFile, layout: Layout, time_zone: str, work: Path, key: bytes | None,
        mapping: pl.DataFrame | None,
    ) -> None:  # fmt: skip
        self.file, self.layout, self.time_zone, self.work, self.key = file, layout, time_zone, work, key
        self.mapping = call_types.NO_MAPPING if mapping is None else mapping
        self.rejected = file.rejected
        self.facts: dict[str, int] = {}

    def type_rows(self) -> None:
        """Every row typed and its family named; rows without a time are set aside."""
        typist = typed.Typist(self.file, self.layout, self.time_zone, self.work, self.key, self.mapping)
        got = typist.all_rows()
        if got.rows == 0:
            raise NothingLeft(
                "no call is left: no row has a time that can be read.", where=self.file.name,
                mend="Check which column holds the time, and say it in a layout.",
            )  # fmt: skip
        self.good, self.some, self.rows, self.mapping = got.frame, got.some, got.rows, got.mapping
        self.facts |= {"repeated_hour": got.repeated_hour, "missing_hour": got.missing_hour}
        self._reject(got.rejected)

    def _reject(self, rows: pl.DataFrame) -> None:
        self.rejected = pl.concat([self.rejected, rows.cast(pl.Schema(salvage.REJECTED_SCHEMA))]).sort("row")

    def settle_repeats(self) -> None:
        """Rows that repeat an incident are merged into its first row; facts that any row reports are kept."""
        self.members = pl.DataFrame(schema=MEMBERS)
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
        whole = self.file.raw.select(pl.col("_row").alias("source_row"), pl.col("raw").hash().alias("h"))
        rows = whole.filter(pl.col("source_row") > 0).collect(engine="streaming")
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
        local_day = clocks.to_local(pl.col("received_at"), time_zone=self.time_zone).dt.strftime("%Y-%m-%d")
        first_day = local_day.first().over("number", "incident")
        return rows.with_columns((pl.col("incident").max().over("number") + 1).alias("incidents")).with_columns(
            pl.when(pl.col("incidents") > 1)
            .then(pl.col("number") + " " + first_day)
            .otherwise(pl.col("number"))
            .alias("key")
        )

    def _merge(self, later: pl.DataFrame) -> None:
        self.identical: list[int] = []
        if later.is_empty():
            return
        wanted = pl.concat([later["source_row"], later["first_row"]]).unique()
        texts = (
            self.file.raw.filter(pl.col("_row").is_in(wanted.implode()))
            .select("_row", pl.col("_line").alias("line"), "raw").collect(engine="streaming")
        )  # fmt: skip
        rows = (
            later.join(texts, left_on="source_row", right_on="_row")
            .join(texts.select("_row", pl.col("raw").alias("first_raw")), left_on="first_row", right_on="_row")
            .with_columns((pl.col("raw") == pl.col("first_raw")).alias("same"))
        )
        self.identical = rows.filter("same")["source_row"].to_list()
        self.facts["identical"], self.facts["merged"] = int(rows["same"].sum()), int((~rows["same"]).sum())
        told = pl.when("same").then(pl.lit("the same as row ")).otherwise(pl.lit("merged: the same incident as row "))
        self._reject(
            rows.select(pl.col("source_row").alias("row"), "line", (told + pl.col("first_row").cast(pl.String)).alias("reason"),
                        pl.col("raw").str.slice(0, salvage.RAW_KEPT))
        )  # fmt: skip

    def finish(self) -> None:
        """The calls and the unit times in their final form, lazily over what was typed."""
        self.linked = self.calls = self.good
        if not self.members.is_empty():
            place, settled = self._settled()
            # Looking a row up by its place costs a tenth of joining every row of the file.
            found = [tables.at(settled[name], pl.col(SETTLED)) for name in settled.columns]
            frame = pl.concat([self.good, place.to_frame().lazy()], how="horizontal").with_columns(found)
            self.linked = frame.with_columns(pl.coalesce("_new_id", "call_id").alias("call_id"))
            self.calls = self.linked.filter(~pl.col("_later")).with_columns(
                pl.coalesce(f"_any_{name}", name).alias(name) for name in FACTS if f"_any_{name}" in settled.columns
            )
        self.calls = self.calls.select(list(Calls.columns()))
        self._units()

    def _settled(self) -> tuple[pl.Series, pl.DataFrame]:
        """What became of the rows of repeated incidents: `_new_id, _later, _identical` and `_any_`…, and its row for each
        typed row; the first row is for rows that repeat nothing.

        A fact that any row of an incident reports is a fact of the incident, and so of its first row.
        """
        repeated = self.some(pl.col("source_row").is_in(self.members["source_row"].implode()))
        rows = repeated.select("_at", "source_row", *FACTS).collect(engine="streaming")
        rows = rows.join(self.members, on="source_row").sort("_at")
        known = [name for name in FACTS if rows[name].null_count() < rows.height]
        told = rows.group_by("new_id").agg(pl.col(known).max().name.prefix("_any_"))
        settled = rows.join(told, on="new_id", maintain_order="left").select(
            pl.col("new_id").alias("_new_id"),
            (pl.col("source_row") != pl.col("first_row")).alias("_later"),
            pl.col("source_row").is_in(self.identical).alias("_identical"),
            *(f"_any_{name}" for name in known),
        )
        other = pl.DataFrame({"_new_id": None, "_later": False, "_identical": False}, schema_overrides=settled.schema)
        place = np.zeros(self.rows, dtype=np.uint32)
        place[rows["_at"].to_numpy()] = np.arange(1, rows.height + 1, dtype=np.uint32)
        return pl.Series(SETTLED, place), pl.concat([other, settled], how="diagonal")

    def _units(self) -> None:
        """One row a unit of a call; of the units that a row lists, only the first has its stamps."""
        self.unit_times = None
        told = [role for role in UNIT_STAMPS if role in self.layout.stamps]
        named = "unit" in self.layout.columns
        if not told and not named:
            return
        # A row that repeats another word for word tells of no further unit.
        frame = self.linked
        if not self.members.is_empty():
            frame = frame.filter(~pl.col("_identical"))
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
                (pl.when(own).then(pl.col(f"{role}_at")) if role in told else pl.lit(None, dtype=tables.UTC)).alias(
                    f"{role}_at"
                )
                for role in UNIT_STAMPS
            ),
        )
