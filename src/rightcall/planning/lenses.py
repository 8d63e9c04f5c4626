"""The five lenses on a city's calls: volume, frequency, location, risk, response time.

Each is a set of small tables, made from the calls from the public and their decisions.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rightcall.calls import clocks, places
from rightcall.calls.columns import AREA_LAYERS, HAZARDS
from rightcall.calls.families import is_public
from rightcall.measures import results
from rightcall.measures.results import Result
from rightcall.program.document import Program
from rightcall.triage import decisions, expected, situations
from rightcall.triage.decisions import Decided

UNMAPPED = "(not mapped)"
FAMILIAR = (5, 10, 20, 40)
COUNTS = ("calls", "by_nature", "at_most", "at_least")
WORDS = ("family", "first_type", *AREA_LAYERS)
WHEN = ("hour_of_week", "day")
FEW = 30


@dataclass(frozen=True)
class Lenses:
    """The tables of the plan by name, the totals that its first page needs, and how long calls wait today."""

    totals: dict[str, float]
    tables: dict[str, pl.DataFrame]
    waits: tuple[Result, ...]


def judged(calls: pl.LazyFrame, decided: Decided, *, program: Program, chances: pl.Series | None) -> pl.LazyFrame:
    """The calls with what the lenses count: `public, by_nature, at_most, at_least, assessed, hour_of_week, ...`."""
    unjudged = [rule.id for rule in program.rule if rule.not_assessed]
    # Where the family is unknown, nobody can say what a call is by nature.
    by_nature, outcome = pl.col("nature_eligible"), pl.col("outcome")
    assessed = by_nature.is_not_null() & ~(pl.col("rule").is_in(unjudged) & (outcome == "not ours"))
    frame = decided.onto(
        calls,
        assessed.alias("assessed"),
        (assessed & by_nature.fill_null(False)).alias("by_nature"),
        (assessed & (outcome != "not ours")).alias("at_most"),
        (assessed & (outcome == "ours")).alias("at_least"),
    )
    if chances is not None:
        frame = pl.concat([frame, chances.to_frame().lazy()], how="horizontal")
    local = pl.col("_local")
    return (
        frame.with_columns(
            is_public().alias("public"),
            clocks.to_local(pl.col("received_at"), time_zone=program.program.time_zone).alias("_local"),
        )
        .with_columns(clocks.hour_of_week(local).alias("hour_of_week"), local.dt.date().alias("day"))
        .drop("_local")
    )


def look(
    calls: pl.LazyFrame, decided: Decided, *, program: Program, unit_times: pl.LazyFrame | None,
    chances: pl.Series | None = None, hexagon_km: float = 1.0,
) -> Lenses:  # fmt: skip
    """Compute every table of the plan. `calls` must be the table that was decided, in its order."""
    frame = judged(calls, decided, program=program, chances=chances)
    totals, origins, public, ours = pl.collect_all(
        [_totals(frame, chances is not None), _origins(frame), _of_public(frame), _of_ours(frame)], engine="streaming"
    )
    every, own = public.lazy(), ours.lazy()
    layers = list(AREA_LAYERS)
    asked = {
        "families": _by(every, _family()),
        "types": _by(every, pl.col("first_type").alias("type"), "family", "family_basis"),
        "hours": _by(every, "hour_of_week"),
        "family_hours": _by(own, "family", "hour_of_week"),
        "days": _by(every, "day"),
        "hourly": _by(every, "day", (pl.col("hour_of_week") % 24).alias("hour")),
        "family_days": _by(own, "family", pl.col("day").dt.truncate("1mo").alias("month")),
        "screened": _screened(own),
        "hazards": _hazards(own, decided, "family"),
        "hazards_types": _hazards(own, decided, "first_type").rename({"first_type": "type"}),
        "hazards_hours": _hazards(own, decided, "hour_of_week"),
        **{layer: _by(every.filter(pl.col(layer).is_not_null()), pl.col(layer).alias("area")) for layer in layers},
        **{
            f"{layer}_{name}": _by(own.filter(pl.col(layer).is_not_null()), pl.col(layer).alias("area"), key)
            for layer in layers
            for name, key in (("families", "family"), ("hours", "hour_of_week"))
        },
        "familiar_families": _at_familiar_places(own, "family"),
        "familiar_hours": _at_familiar_places(own, "hour_of_week"),
        "places": _repeats(own, "place_key"),
        "people": _repeats(own, "person_key"),
    }
    got = {name: _plain(table) for name, table in zip(asked, pl.collect_all(list(asked.values())), strict=True)}
    tables = {name: _ordered(name, table) for name, table in {**got, "origins": origins}.items() if table.height}
    tables |= _hexagons(ours, hexagon_km)
    waits: tuple[Result, ...] = tuple(results.absent(name) for name in (*results.TIMES, "backlog"))
    if unit_times is not None:
        minutes = _minutes(frame, unit_times)
        found, waits = _waits(public.hstack(minutes), ours.hstack(minutes.filter(public["by_nature"])), program)
        tables |= found
    return Lenses({name: value or 0 for name, value in totals.row(0, named=True).items()}, tables, waits)


def _of_public(frame: pl.LazyFrame) -> pl.LazyFrame:
    """What the lenses read of each call from the public, small enough to hold in memory: words as categories."""
    return frame.filter("public").select(
        *(pl.col(name).cast(pl.Categorical) for name in WORDS), *WHEN, "family_basis", *COUNTS[1:]
    )


def _of_ours(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same, and more, of those that are ours by nature; keys as hashes."""
    keys = ("place_key", "person_key")
    # Asked in this order, the calls are read once for all tables; the other way round Polars reads them twice.
    return frame.filter("by_nature", "public").select(
        *(pl.col(name).cast(pl.Categorical) for name in (*WORDS, "rule")), *WHEN, *COUNTS[1:], situations.NUMBER, "received_at",
        *(pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name) for name in keys),
        *(pl.col(name).cast(pl.Float32) for name in ("lat", "lon")),
    )  # fmt: skip


def _origins(frame: pl.LazyFrame) -> pl.LazyFrame:
    counted = frame.group_by("origin").agg(pl.len().alias("calls"))
    return counted.with_columns(pl.col("origin").cast(pl.String).fill_null("unknown"))


def _family() -> pl.Expr:
    return pl.col("family").fill_null(pl.lit(UNMAPPED, dtype=pl.Categorical)).alias("family")


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """Categories as text again."""
    return table.with_columns(pl.selectors.categorical().cast(pl.String))


def _totals(frame: pl.LazyFrame, expected_too: bool) -> pl.LazyFrame:
    public = pl.col("public")
    sums = [(public & pl.col(name)).sum().alias(name) for name in ("by_nature", "at_most", "at_least", "assessed")]
    if expected_too:
        chance = pl.col(expected.CHANCE).filter(public & pl.col("assessed"))
        sums += [chance.sum().alias("expected"), chance.is_null().sum().alias("not_expected")]
    return frame.select(
        pl.len().alias("calls"), public.sum().alias("public"),
        (public & (pl.col("family_basis") == "reviewed").fill_null(False)).sum().alias("reviewed"),
        (public & (pl.col("family_basis") == "proposed").fill_null(False)).sum().alias("proposed"),
        (pl.col("origin") == "officer").fill_null(False).sum().alias("officer"),
        pl.col("lat").is_not_null().sum().alias("with_point"),
        pl.col("place_key").is_not_null().sum().alias("with_place"),
        pl.col("person_key").is_not_null().sum().alias("with_person"),
        (public & pl.col("by_nature") & ~pl.col("at_most")).sum().alias("screened_out"),
        *sums,
    )  # fmt: skip


def _by(frame: pl.LazyFrame, *keys: str | pl.Expr) -> pl.LazyFrame:
    return frame.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("calls"),
        *(pl.col(name).sum().cast(pl.Int64) for name in ("by_nature", "at_most", "at_least")),
    )


def _ordered(name: str, table: pl.DataFrame) -> pl.DataFrame:
    if name in ("hours", "days", "hourly", "family_days", "family_hours", "hazards_hours", "familiar_hours"):
        return table.sort(
            [column for column in ("family", "day", "month", "hour", "hour_of_week") if column in table.columns]
        )
    counts = [column for column in ("by_nature", "calls") if column in table.columns]
    rest = [column for column in table.columns if column not in counts and table[column].dtype != pl.Boolean]
    return table.sort([*counts, *rest], descending=[True] * len(counts) + [False] * len(rest), nulls_last=True)


def _screened(ours: pl.LazyFrame) -> pl.LazyFrame:
    """Calls of our nature that a rule excludes, by that rule and family."""
    out = ours.filter(~pl.col("at_most"))
    return out.group_by("rule", "family").agg(pl.len().cast(pl.Int64).alias("calls"))


def _hazards(ours: pl.LazyFrame, decided: Decided, key: str) -> pl.LazyFrame:
    """For the calls of our nature: how often each hazard is known to be there, known to be absent, unknown."""
    calls, hazards = pl.col("calls"), decided.situations.lazy().select(situations.NUMBER, *HAZARDS)
    counted = ours.group_by(key, situations.NUMBER).agg(pl.len().cast(pl.Int64).alias("calls"))
    return counted.join(hazards, on=situations.NUMBER).group_by(key).agg(
        calls.sum(),
        calls.filter(pl.any_horizontal(HAZARDS)).sum().alias("any.yes"),
        *(calls.filter(pl.col(name)).sum().alias(f"{name}.yes") for name in HAZARDS),
        *(calls.filter(~pl.col(name)).sum().alias(f"{name}.no") for name in HAZARDS),
    )  # fmt: skip


def _at_familiar_places(ours: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Of the calls of our nature in the last 365 days: all, and those from places that had five or more."""
    known = ours.filter(pl.col("place_key").is_not_null())
    recent = known.filter(pl.col("day") > pl.col("day").max() - pl.duration(days=365))
    often = (pl.len().over("place_key") >= FAMILIAR[0]).alias("familiar")
    return (
        recent.with_columns(often)
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias("calls"), pl.col("familiar").sum().cast(pl.Int64))
    )


def _repeats(ours: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """How many calls of our nature each place (or person) had, in its busiest 365 days counted from the last day.

    One row a key, without the key itself: it is a pseudonym and appears in no output.
    """
    known = ours.filter(pl.col(key).is_not_null())
    recent = known.filter(pl.col("day") > pl.col("day").max() - pl.duration(days=365))
    grouped = recent.group_by(key).agg(
        pl.len().cast(pl.Int64).alias("calls"), pl.col("family").mode().cast(pl.String).min().alias("family")
    )
    return grouped.select("calls", "family")


def familiar(repeats: pl.DataFrame) -> pl.DataFrame:
    """Places (or people) with at least 5, 10, 20, 40 calls in 365 days, and their share of the calls."""
    total = int(repeats["calls"].sum())
    rows = []
    for least in FAMILIAR:
        often = repeats.filter(pl.col("calls") >= least)
        rows.append(
            {"at_least": least, "places": often.height, "share_of_places": often.height / max(repeats.height, 1),
             "calls": int(often["calls"].sum()), "share_of_calls": int(often["calls"].sum()) / max(total, 1)}
        )  # fmt: skip
    return pl.DataFrame(rows)


def _hexagons(ours: pl.DataFrame, across_km: float) -> dict[str, pl.DataFrame]:
    points = ours.filter(pl.col("lat").is_not_null()).select("lat", "lon", "at_most", "at_least")
    if points.height < FEW:
        return {}
    cells = (
        places.hexagons(points, across_km=across_km)
        .group_by("hex_lat", "hex_lon")
        .agg(
            pl.len().cast(pl.Int64).alias("by_nature"),
            pl.col("at_most").sum().cast(pl.Int64),
            pl.col("at_least").sum().cast(pl.Int64),
        )
    )
    return {"hexagons": cells.sort("by_nature", "hex_lat", "hex_lon", descending=[True, False, False])}


def _minutes(frame: pl.LazyFrame, unit_times: pl.LazyFrame) -> pl.DataFrame:
    """The minutes of each call from the public, in their order."""
    key = pl.col("call_id").hash()
    timed = results.gaps(frame.select(key, "received_at", "public"), unit_times.with_columns(key))
    return timed.filter("public").select(results.TIMES).collect(engine="streaming")


def _waits(
    public: pl.DataFrame, ours: pl.DataFrame, program: Program
) -> tuple[dict[str, pl.DataFrame], tuple[Result, ...]]:
    """Response today: by family, and by type and hour for the calls of our nature; and the measures over all of these."""
    stats = [each for name in results.TIMES for each in _figures(name, known=public[name].null_count() < public.height)]
    every, own = public.lazy(), ours.lazy()
    hour = (pl.col("hour_of_week") % 24).alias("hour")
    by_family, by_type, by_hour, by_hour_of_week = map(_plain, pl.collect_all([
        every.group_by(_family()).agg(pl.col("by_nature").any(), *stats),
        own.group_by(pl.col("first_type").alias("type"), "family").agg(*stats),
        own.group_by(hour).agg(*stats),
        own.group_by("hour_of_week").agg(*stats),
    ]))  # fmt: skip
    weeks, worst = results.backlog(own, time_zone=program.program.time_zone)
    overall = (*results.durations(own), worst)
    if not any(by_family[f"{name}.n"].sum() for name in results.TIMES):
        return {}, overall
    return {
        "waits_by_family": by_family.sort("by_nature", "response_time.n", "family", descending=[True, True, False]),
        "waits_by_type": by_type.sort("response_time.n", "type", descending=[True, False]),
        "waits_by_hour": by_hour.sort("hour"),
        "waits_by_hour_of_week": by_hour_of_week.sort("hour_of_week"),
        **({"backlog": weeks} if weeks.height else {}),
    }, overall


def _figures(name: str, *, known: bool) -> list[pl.Expr]:
    """How many calls tell a duration, and its median, ninth decile and mean; of one that none tells, nothing is computed."""
    if not known:
        unknown = [pl.lit(None, pl.Float32).alias(f"{name}.{label}") for label in ("median", "p90", "mean")]
        return [pl.lit(0, pl.UInt32).alias(f"{name}.n"), *unknown]
    value = results.minutes(name)
    return [
        value.count().alias(f"{name}.n"), value.median().alias(f"{name}.median"),
        value.quantile(0.9, "linear").alias(f"{name}.p90"), value.mean().alias(f"{name}.mean"),
    ]  # fmt: skip


def middle(calls: pl.LazyFrame, decided: Decided, *, program: Program) -> pl.DataFrame:
    """The calls from the public of which it cannot be said, for a sample: `call_id, family, first_type, received_at`."""
    frame = judged(calls, decided, program=program, chances=None)
    open_calls = frame.filter(pl.col("public") & pl.col("assessed") & (pl.col("outcome") == decisions.OUTCOMES[2]))
    return open_calls.select(
        "call_id", "incident_number", "received_at", "first_type", "family", pl.col("missing").cast(pl.String)
    ).collect(engine="streaming")
