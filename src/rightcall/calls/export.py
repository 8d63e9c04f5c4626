"""Reading any export: file → layout → typed calls and unit times, every row accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from rightcall import tables
from rightcall.calls import (
    call_types,
    clocks,
    columns_of,
    evidence,
    export_file,
    guess,
    places,
    quality,
    salvage,
)  # fmt: skip
from rightcall.calls import (
    layout as layouts,
)
from rightcall.calls.columns import FACTS, HAZARDS, Calls, UnitTimes
from rightcall.calls.layout import UNIT_STAMPS, Layout
from rightcall.calls.quality import Finding
from rightcall.errors import MustChoose, NothingLeft, RightcallError

SAMPLE_ROWS = 300_000
SAME_INCIDENT_HOURS = 24
Progress = Callable[[str], None]


class ExportError(RightcallError):
    """The export was opened, but its calls cannot be read."""


@dataclass(frozen=True)
class Export:
    """What reading an export gives.

    `calls` and `unit_times` are lazy and fit their contracts; `rejected` has row, line, reason, raw;
    `rows` = calls + rejected.
    """

    calls: pl.LazyFrame
    unit_times: pl.LazyFrame | None
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]
    layout: Layout
    time_zone: str
    rows: int
    checksum: str
    mapping: pl.DataFrame


def zone(name: str) -> str:
    """A time zone that exists, or an error that says how they are named."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RightcallError(
            f"there is no time zone “{name}”.", mend="Use a name such as America/New_York or America/Chicago."
        ) from error
    return name


def read_export(
    path: Path, *, work: Path, layout: Layout | None = None, time_zone: str | None = None,
    mapping: pl.DataFrame | None = None, key: bytes | None = None, progress: Progress = lambda step: None,
) -> Export:  # fmt: skip
    """Read one export. Intermediate files go to the existing folder `work`, which must outlive the result.

    `mapping`: reviewed or proposed call types (`call_types.read_mapping`); words it lacks are proposed.
    `key`: for pseudonyms of places; without it there are none.
    Raises `ExportFileError`, `LayoutError`, `MustChoose`, `NothingLeft`.
    """
    progress("Looking at the file")
    file = export_file.open_export(path, work=work)
    start = layout or layouts.recognized(file.columns) or Layout()
    layouts.check_fits(start, file.columns, where=file.name)
    chosen_zone = time_zone or start.time_zone
    if chosen_zone is None:
        raise MustChoose(
            "the time zone of the city is not known.", where=file.name, mend="Add --timezone America/New_York."
        )
    zone(chosen_zone)
    progress("Understanding its columns")
    understood, notes = understand(file, start, time_zone=chosen_zone)
    progress("Reading the calls")
    reading = _Reading(file, understood, chosen_zone, work, key)
    reading.type_columns()
    progress("Looking for repeated incidents")
    reading.settle_repeats()
    progress("Naming the types of call")
    reading.name_types(mapping)
    progress("Checking quality")
    findings = [*(Finding(code, values) for code, values in notes), *reading.findings()]
    return Export(
        calls=reading.calls, unit_times=reading.unit_times, rejected=reading.rejected, findings=tuple(findings),
        layout=understood, time_zone=chosen_zone, rows=file.rows, checksum=file.checksum, mapping=reading.mapping,
    )  # fmt: skip


def understand(
    file: export_file.ExportFile, start: Layout, *, time_zone: str
) -> tuple[Layout, list[tuple[str, dict[str, Any]]]]:
    """Complete a layout from the file's names and values. Raises `MustChoose` where nothing decides."""
    sample = file.frame.head(SAMPLE_ROWS).collect(engine="streaming")
    values = sample.drop("_row", "_line")
    timed = evidence.timed_columns(values, taken=set(start.uses()))
    named = guess.complete(start, values.drop(set(timed) & set(values.columns)))
    named = named.model_copy(update={"time_zone": time_zone, "source": start.source or file.name})
    return evidence.decide(sample, layout=named, time_zone=time_zone)


class _Reading:
    """The steps of reading one file; each leaves its result as an attribute for the next."""

    def __init__(
        self, file: export_file.ExportFile, layout: Layout, time_zone: str, work: Path, key: bytes | None
    ) -> None:
        self.file, self.layout, self.time_zone, self.work, self.key = file, layout, time_zone, work, key
        self.rejected = file.rejected
        self.facts: dict[str, int] = {}

    def type_columns(self) -> None:
        """Every row typed, streamed to disk; rows without a time are set aside."""
        center = self._center()
        exprs = columns_of.calls(
            self.layout, time_zone=self.time_zone, checksum=self.file.checksum, name=self.file.name, center=center,
            key=self.key,
        )  # fmt: skip
        typed = self.work / "typed.parquet"
        self.file.frame.select(exprs).sink_parquet(typed, compression="lz4", row_group_size=250_000)
        self.typed = pl.scan_parquet(typed)
        self._set_aside_untimed()
        self.good = self.typed.filter(pl.col("received_at").is_not_null())

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
        self.rejected = pl.concat([self.rejected, rows.cast(salvage.REJECTED_SCHEMA)]).sort("row")  # type: ignore[arg-type]

    def settle_repeats(self) -> None:
        """Rows that repeat an incident are merged into its first row; facts that any row reports are kept."""
        self.members = None
        keys = self._incident_keys()
        if keys is None:
            return
        repeated = keys.filter(pl.len().over("key") > 1)
        self.facts["reused"] = int(
            repeated.filter(pl.col("spread") > SAME_INCIDENT_HOURS)["incident_number"].n_unique()
        )
        agency = self.facts.get("agencies", 0) > 1
        plan = keys.filter(
            pl.col("key").is_in(repeated["key"].implode()) | (pl.col("spread") > SAME_INCIDENT_HOURS) | pl.lit(agency)
        )
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
            return None
        named = ["incident_number", *(["agency"] if "agency" in self.layout.columns else [])]
        hashed = pl.col("incident_number").hash()
        doubles = (
            self.good.select(hashed.alias("h"))
            .group_by("h")
            .len()
            .filter(pl.col("len") > 1)
            .select("h")
            .collect(engine="streaming")
        )
        rows = (
            self.good.filter(pl.col("incident_number").is_not_null())
            .join(doubles.lazy(), left_on=hashed, right_on="h", how="semi")
            .select(*named, "received_at", "source_row").collect(engine="streaming")
        )  # fmt: skip
        if "agency" in named:
            shared = rows.group_by("incident_number").agg(pl.col("agency").n_unique())["agency"].max()
            self.facts["agencies"] = int(shared or 1)  # type: ignore[call-overload]
        owner = pl.col("agency").fill_null("") + "-" if self.facts.get("agencies", 0) > 1 else pl.lit("")
        number = (owner + pl.col("incident_number")).alias("number")
        spread = (
            (pl.col("received_at").max() - pl.col("received_at").min()).dt.total_hours().over("number").alias("spread")
        )
        local_day = pl.col("received_at").dt.convert_time_zone(self.time_zone).dt.strftime("%Y-%m-%d")
        key = (
            pl.when(pl.col("spread") > SAME_INCIDENT_HOURS)
            .then(pl.col("number") + " " + local_day)
            .otherwise(pl.col("number"))
        )
        return rows.with_columns(number).with_columns(spread).with_columns(key.alias("key"))

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
        self.facts["identical"], self.facts["merged"] = int(rows["same"].sum()), int((~rows["same"]).sum())
        told = pl.when("same").then(pl.lit("the same as row ")).otherwise(pl.lit("merged: the same incident as row "))
        self._reject(
            rows.select(pl.col("source_row").alias("row"), "line", (told + pl.col("first_row").cast(pl.String)).alias("reason"),
                        pl.col("raw").str.slice(0, salvage.RAW_KEPT))
        )  # fmt: skip

    def name_types(self, mapping: pl.DataFrame | None) -> None:
        """Families by the city's words; the calls and the unit times take their final form."""
        self._number_calls()
        counts = (
            self.numbered.filter(pl.col("first_type").is_not_null()).group_by(pl.col("first_type").alias("type"))
            .agg(pl.len().alias("calls")).collect(engine="streaming")
            if "first_type" in self.layout.columns else pl.DataFrame(schema={"type": pl.String, "calls": pl.Int64})
        )  # fmt: skip
        self.mapping = call_types.propose_mapping(counts=counts, reviewed=mapping)
        schema = Calls.polars_schema()
        present = self.numbered.collect_schema().names()
        whole = self.numbered.select(
            pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in schema.items()
        )
        mapped = call_types.apply(calls=whole, mapping=self.mapping).select(
            pl.col(name).cast(dtype) for name, dtype in schema.items()
        )
        target = self.work / "calls.parquet"
        mapped.sink_parquet(target, row_group_size=250_000)
        self.calls = pl.scan_parquet(target)
        self.n = int(self.calls.select(pl.len()).collect().item())
        if self.n == 0:
            raise NothingLeft("no call is left: no row has a time that can be read.", where=self.file.name,
                              mend="rejected.csv would list them; check the time columns in a layout.")  # fmt: skip
        self._units()

    def _number_calls(self) -> None:
        if self.members is None:
            self.numbered = self.linked = self.good
            return
        members = self.members.lazy()
        self.linked = self.good.join(members, on="source_row", how="left").with_columns(
            pl.coalesce("new_id", "call_id").alias("call_id"), pl.coalesce("first_row", "source_row").alias("first_row")
        )
        facts = [name for name in FACTS if name in self.layout.flags]
        self.numbered = self.linked.filter(pl.col("source_row") == pl.col("first_row"))
        if facts:
            any_row = (
                self.linked.filter(pl.col("new_id").is_not_null())
                .group_by("new_id")
                .agg(pl.col(facts).max().name.prefix("_any_"))
            )
            self.numbered = self.numbered.join(any_row, on="new_id", how="left").with_columns(
                pl.coalesce(f"_any_{name}", name).alias(name) for name in facts
            )

    def _units(self) -> None:
        self.unit_times = None
        stamps = [role for role in UNIT_STAMPS if role in self.layout.stamps]
        named = "unit" in self.layout.columns
        if not stamps and not named:
            return
        units = (
            pl.col("_unit").str.replace_all(r"[;|]", ",").str.split(",")
            if named
            else pl.lit([None], dtype=pl.List(pl.String))
        )
        frame = self.linked.with_columns(units.alias("_list"))
        # The stamps of a row with several units are those of the first; of the others only the name is known.
        frame = (
            frame.with_columns(pl.col("_list").fill_null([None]))
            .with_columns(pl.int_ranges(pl.col("_list").list.len()).alias("_place"))
            .explode("_list", "_place")
        )
        first = pl.col("_place") == 0
        present = set(frame.collect_schema().names())
        target = self.work / "unit_times.parquet"
        frame.select(
            pl.col("call_id"),
            (pl.col("_service") if "_service" in present else pl.lit(None, pl.String)).alias("service"),
            pl.col("_list").str.strip_chars().alias("unit"),
            *[
                (pl.when(first).then(pl.col(f"{role}_at")) if role in stamps else pl.lit(None))
                .cast(tables.UTC)
                .alias(f"{role}_at")
                for role in UNIT_STAMPS
            ],
        ).select(list(UnitTimes.columns())).sink_parquet(target)
        self.unit_times = pl.scan_parquet(target)

    def findings(self) -> list[Finding]:
        """Everything that people must know before they believe a figure."""
        found: list[Finding] = []
        for code, key in (("identical_rows", "identical"), ("merged_rows", "merged"), ("numbers_reused", "reused")):
            if self.facts.get(key):
                found.append(Finding(code, {"n": self.facts[key]}))
        if "incident_number" not in self.layout.columns:
            found.append(Finding("no_number"))
        found += self._of_file() + self._of_times() + quality.of_calls(self.calls, rows=self.file.rows)
        found += quality.of_coverage(quality.coverage(self.calls, time_zone=self.time_zone))
        return found + self._of_words() + self._of_places()

    def _of_file(self) -> list[Finding]:
        found = [Finding(code, {"n": n}) for code, n in self.file.notes.items()]
        damaged = self.rejected.filter(~pl.col("reason").str.contains("^(merged|the same as)"))
        if damaged.height:
            kinds = damaged["reason"].str.replace(r":.*$", "").value_counts(sort=True, name="n").head(4)
            reasons = "; ".join(f"{reason}: {n}" for reason, n in kinds.iter_rows())
            found.append(Finding("not_read", {"n": damaged.height, "reasons": reasons}))
        return found

    def _of_times(self) -> list[Finding]:
        layout, found = self.layout, []
        unit_stamps = [role for role in UNIT_STAMPS if role in layout.stamps]
        if not unit_stamps:
            found.append(Finding("one_time"))
        elif "cleared" not in unit_stamps:
            found.append(Finding("no_clear"))
        order = [role for role in layouts.STAMPS if role in layout.stamps]
        pairs = [(a, b) for a, b in zip(order, order[1:], strict=False)]
        counted = self.good.select(
            *[(pl.col(f"{b}_at") < pl.col(f"{a}_at")).sum().alias(f"{a}>{b}") for a, b in pairs],
            *[pl.col(f"{role}_at").is_null().mean().alias(role) for role in unit_stamps],
            pl.len().alias("n"),
        ).collect(engine="streaming").row(0, named=True)  # fmt: skip
        found += [
            Finding("out_of_order", {"n": counted[f"{a}>{b}"], "earlier": a, "later": b})
            for a, b in pairs
            if counted[f"{a}>{b}"]
        ]
        found += [
            Finding("stamp_missing", {"share": counted[role], "stamp": role})
            for role in unit_stamps
            if counted[role] > 0.01
        ]
        if any(stamp.time and not stamp.date for stamp in layout.stamps.values()):
            n = self.file.frame.select(columns_of.passed_midnight(layout, time_zone=self.time_zone)).collect().item()
            found += [Finding("passed_midnight", {"n": int(n)})] if n else []
        return found + self._of_clock_changes()

    def _of_clock_changes(self) -> list[Finding]:
        stamp = self.layout.stamps["received"]
        if (evidence.zoned(stamp) and stamp.clock == "as written") or stamp.clock == "utc digits":
            return []
        local = evidence.digits(stamp)
        near = pl.col("local").dt.hour().is_between(0, 3) & pl.col("local").dt.month().is_in([3, 4, 10, 11])
        frame = self.file.frame.select(local.alias("local")).filter(near)
        twice, never = clocks.clock_changes(pl.col("local"), time_zone=self.time_zone)
        n = (
            frame.select(twice.sum().alias("twice"), never.sum().alias("never"))
            .collect(engine="streaming")
            .row(0, named=True)
        )
        found = [Finding("repeated_hour", {"n": n["twice"]})] if n["twice"] else []
        return found + ([Finding("missing_hour", {"n": n["never"]})] if n["never"] else [])

    def _of_words(self) -> list[Finding]:
        found = []
        for role in ("first_type", "last_type", "disposition", "closed_reason"):
            if role in self.layout.columns:
                labels = self.calls.select(pl.col(role).unique()).collect(engine="streaming")[role]
                cut = quality.labels_cut(self.layout.columns[role], labels)
                found += [cut] if cut else []
        hazards = [name for name in HAZARDS if name in self.layout.flags]
        if not hazards:
            found.append(Finding("no_hazards"))
        else:
            known = (
                self.calls.select(pl.col(name).is_not_null().mean() for name in hazards).collect().row(0, named=True)
            )
            found += [
                Finding("hazards_blank", {"fact": name, "share": share})
                for name, share in known.items()
                if share < 0.99
            ]
        found += [Finding("unticked", {"column": flag.column}) for flag in self.layout.flags.values() if flag.why]
        if "priority" in self.layout.columns:
            found.append(self._of_priorities())
        return found

    def _of_priorities(self) -> Finding:
        column = self.layout.columns["priority"]
        values = (
            self.file.frame.select(columns_of.text(column).unique())
            .collect(engine="streaming")
            .to_series()
            .drop_nulls()
            .sort()
            .to_list()
        )
        wordy = [value for value in values if value not in self.layout.priorities]
        if wordy:
            return Finding("priority_words", {"column": column, "examples": ", ".join(wordy[:5])})
        return Finding("priority_read", {"column": column})

    def _of_places(self) -> list[Finding]:
        found, spots = [], self.layout.places
        if spots.x and spots.y and spots.epsg is None:
            found.append(Finding("projected", {"x": spots.x, "y": spots.y}))
            zero = pl.col(spots.x).cast(pl.Float64, strict=False) == 0
            n = self.file.frame.select(zero.sum()).collect(engine="streaming").item()
            found += [Finding("null_points", {"n": int(n)})] if n else []
        elif spots.names():
            n = (
                self.good.select(pl.col("_null_point").sum(), pl.col("_far_point").sum())
                .collect(engine="streaming")
                .row(0)
            )
            found += [Finding("null_points", {"n": int(n[0])})] if n[0] else []
            found += [Finding("far_points", {"n": int(n[1])})] if n[1] else []
        if "place_text" in self.layout.columns:
            told = self.calls.select(places.tells_a_place(pl.col("place_text")).mean()).collect().item()
            if told is not None and told < 0.2:
                found.append(Finding("street_only", {"column": self.layout.columns["place_text"]}))
        return found


def write(export: Export, directory: Path) -> None:
    """Write calls.parquet, unit_times.parquet, rejected.csv, findings.json and layout.toml into `directory`."""
    export.calls.sink_parquet(directory / "calls.parquet", metadata={"rightcall.time_zone": export.time_zone})
    if export.unit_times is not None:
        export.unit_times.sink_parquet(directory / "unit_times.parquet")
    tables.write_csv(export.rejected, directory / "rejected.csv")
    findings = {"rows": export.rows, "calls": export.calls.select(pl.len()).collect().item(), "rejected": export.rejected.height,
                "time_zone": export.time_zone, "checksum": export.checksum,
                "findings": [finding.as_json() for finding in export.findings]}  # fmt: skip
    (directory / "findings.json").write_text(
        json.dumps(findings, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    (directory / "layout.toml").write_text(layouts.as_toml(export.layout), encoding="utf-8")
