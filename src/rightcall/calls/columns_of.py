"""A layout as Polars expressions: the columns of an export → typed columns of calls and unit times."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rightcall.calls import clocks, places
from rightcall.calls import stamps as stamp_exprs
from rightcall.calls.columns import CATEGORIES, FACTS
from rightcall.calls.layout import UNIT_STAMPS, Layout, Stamp
from rightcall.calls.numbering import Numbering

PolarsType = pl.DataType | type[pl.DataType]
EMPTY = ("", "NA", "N/A", "NULL", "NONE", "NAN", "(NULL)", "#N/A", "-")
# Comparing with each spelling costs a tenth of folding the case of every value.
EMPTY_AS_WRITTEN = sorted(
    {spelling for word in EMPTY for spelling in (word, word.lower(), word.title())} | {"NaN", "Na"}
)
HALF_DAY, NEARLY_A_DAY = pl.duration(hours=12), pl.duration(hours=23)
SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
# Texts that are kept as the city writes them.
WORDS = (
    "agency", "jurisdiction", "first_type", "last_type", "area_beat", "area_sector",
    "area_district", "area_neighborhood", "area_zip", "place_text", "language", "closed_reason", "disposition",
)  # fmt: skip


def text(column: str) -> pl.Expr:
    """Text without the blanks around it; empty words are null."""
    stripped = pl.col(column).str.strip_chars()
    return pl.when(~stripped.is_in(EMPTY_AS_WRITTEN)).then(stripped)


def stamps(layout: Layout, *, time_zone: str) -> dict[str, pl.Expr]:
    """Every stamp of the layout as UTC, in the order of events."""
    made: dict[str, pl.Expr] = {}
    for role in ("received", "entered", "released", *UNIT_STAMPS):
        stamp = layout.stamps.get(role)
        if stamp is None:
            continue
        base = made.get(stamp.after or "received")
        if stamp.unit and stamp.column and base is not None:
            seconds = pl.col(stamp.column).str.strip_chars().cast(pl.Float64, strict=False) * SECONDS[stamp.unit]
            made[role] = base + pl.duration(microseconds=(seconds * 1e6).round().cast(pl.Int64))
        elif stamp.time and not stamp.date and base is not None:
            made[role] = _after_midnight(stamp, base, time_zone)[0]
        else:
            made[role] = stamp_exprs.utc(stamp, time_zone=time_zone)
    return made


def _after_midnight(stamp: Stamp, base: pl.Expr, time_zone: str) -> tuple[pl.Expr, pl.Expr]:
    """A time of day on the day of `base`, or on the next where it would lie half a day before; and whether so.

    Where it would lie nearly a day after, a stamp slightly too early has passed midnight backward.
    """
    start = clocks.to_local(base, time_zone=time_zone)
    same_day = start.dt.truncate("1d") + clocks.time_of_day(pl.col(stamp.time or ""), stamp.formats)
    passed = (same_day - start) < -HALF_DAY
    early = (same_day - start) > NEARLY_A_DAY
    days = pl.when(passed).then(1).when(early).then(-1).otherwise(0)
    local = same_day + pl.duration(days=days)
    return clocks.local_to_utc(local, time_zone=time_zone), passed


def passed_midnight(layout: Layout, *, time_zone: str) -> pl.Expr:
    """How many times of day were read as the next day."""
    made = stamps(layout, time_zone=time_zone)
    bare = [stamp for stamp in layout.stamps.values() if stamp.time and not stamp.date]
    return pl.sum_horizontal(
        [_after_midnight(stamp, made[stamp.after or "received"], time_zone)[1].sum() for stamp in bare] or [pl.lit(0)]
    )


def flag(column: str, true: tuple[str, ...], false: tuple[str, ...]) -> pl.Expr:
    """A yes-or-no column → true, false or null."""
    return looked_up(column, dict.fromkeys(false, False) | dict.fromkeys(true, True), pl.Boolean)


def looked_up(column: str, meanings: Mapping[str, object], dtype: PolarsType) -> pl.Expr:
    """What the words of a column mean; null for other words. Blanks around a word do not matter, and no word is `""`."""
    meanings = {"": None} | dict(meanings)
    known, given = pl.Series(list(meanings), dtype=pl.String), pl.Series(list(meanings.values()), dtype=dtype)
    word = pl.col(column).str.strip_chars().fill_null("")
    return word.replace_strict(known, given, default=None, return_dtype=dtype)


def calls(
    frame: pl.DataFrame, layout: Layout, *, time_zone: str, center: tuple[float, float] | None
) -> pl.DataFrame:  # fmt: skip
    """What the rows say each for itself, typed: number, stamps, places, units; helpers begin with `_`."""
    named = {"incident_number": "incident_number", "unit": "_unit", "service": "_service"}
    out = [text(layout.columns[role]).alias(name) for role, name in named.items() if role in layout.columns]
    out += [expr.alias(f"{role}_at") for role, expr in stamps(layout, time_zone=time_zone).items()]
    spots = places.coordinates(layout.places)
    if spots is not None:
        out += [spots[0].alias("lat"), spots[1].alias("lon")]
    rows = frame.lazy().select(*out, pl.col("_row").cast(pl.Int64).alias("source_row"))
    return rows.with_columns(_believed(center) if spots is not None else []).collect()


def _believed(center: tuple[float, float] | None) -> list[pl.Expr]:
    lat, lon = pl.col("lat"), pl.col("lon")
    good = places.believable(lat, lon, center=center)
    null_point = (lat == 0) & (lon == 0)
    return [
        pl.when(good).then(lat).alias("lat"), pl.when(good).then(lon).alias("lon"),
        null_point.fill_null(False).alias("_null_point"), (~good & ~null_point).fill_null(False).alias("_far_point"),
    ]  # fmt: skip


def of_words(layout: Layout) -> set[str]:
    """The columns of an export that are read word by word: the same words come again and again."""
    flags = [*layout.flags.values(), *([layout.officer_initiated] if layout.officer_initiated else [])]
    roles = [role for role in (*WORDS, "priority", *CATEGORIES) if role in layout.columns]
    return {layout.columns[role] for role in roles} | {flag.column for flag in flags}


def by_words(layout: Layout, words: Mapping[str, Numbering], *, key: bytes | None) -> list[pl.Expr]:
    """The columns of the calls table that `words`, by column of the export, tell of numbered rows. `key`: for pseudonyms."""

    def told(column: str, of_word: pl.Expr) -> pl.Expr:
        return words[column].told(of_word)

    columns = layout.columns
    out = [told(columns[role], text(columns[role])).alias(role) for role in WORDS if role in columns]
    out += [
        told(f.column, flag(f.column, f.true, f.false)).alias(fact) for fact, f in layout.flags.items() if fact in FACTS
    ]
    if "priority" in columns:
        priority = looked_up(columns["priority"], layout.priorities, pl.Int64)
        out.append(told(columns["priority"], priority).alias("initial_priority"))
    said = {
        role: told(
            columns[role],
            looked_up(columns[role], layout.values[role], pl.String).cast(pl.Enum(words_of), strict=False),
        )
        for role, words_of in CATEGORIES.items()
        if role in columns and role in layout.values
    }
    if layout.officer_initiated:
        f = layout.officer_initiated
        officer = pl.when(flag(f.column, f.true, f.false)).then(pl.lit("officer")).cast(pl.Enum(CATEGORIES["origin"]))
        by_officer = told(f.column, officer)
        said["origin"] = pl.coalesce(by_officer, said["origin"]) if "origin" in said else by_officer
    out += [expr.alias(role) for role, expr in said.items()]
    if "place_text" in columns:
        place = columns["place_text"]
        out.append(told(place, places.tells_a_place(text(place))).alias("_tells_a_place"))
        out += [told(place, places.pseudonyms(text(place), key=key)).alias("place_key")] if key is not None else []
    return out
