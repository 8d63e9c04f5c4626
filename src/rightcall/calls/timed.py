"""Columns that hold times: full stamps, dates or times of day, in which formats, and what their names say."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from rightcall import tables
from rightcall.calls import clocks, guess

STAMP_NAMES: dict[str, tuple[str, ...]] = {
    "received": (
        r"\b(call|time|date|first|phone)?.*received\b|\brcvd\b|\brecd\b", r"^(call|incident|event|case|cfs) ?(date ?)?time ?(stamp)?$|^calltime$|^call timestamp$",
        r"\b(time|date) ?creat|\bcreat\w* ?(date|time|on|at)|\bcreated\b", r"^(date ?time|datetime|timestamp|date time of (call|incident|event))$",
        r"\breported\b|\bphone ?pick", r"\b(call|incident|event|case|cfs|start|open\w*|begin|occurred?|from)\b.*\b(date|time)\b|\bdate ?time\b|^start$",
        r"^(date|time)$", r"\bresponse (date|time)\b", r"\b(date|time)\b",
    ),
    "entered": (r"\bent(ry|ered)\b",),
    "released": (r"\bqueue[d]?\b|\bpending\b|\breleased?\b",),
    "assigned": (r"\bfirst (disp\w*|assign\w*)\b", r"\bdisp(atch(ed)?)?\b|\bassign(ed)?\b|\bdispd\b",),
    "en_route": (r"\ben ?rou?te\b|\benroute\b|\benrt\b|\bresponding\b|\brolled\b",),
    "arrived": (r"\bfirst (arriv\w*|on ?scene)\b|\bfirst .*arriv", r"\barriv\w*\b|\barrv?\b|\bon ?scene\b|\bat scene\b",),
    "cleared": (r"\blast (clear\w*|close\w*)\b", r"\bclear(ed)?\b|\bclrd?\b|\bclos(e|ed|ing)\b|\bcomplet\w*\b|\bavailable\b|\bend(ed)?\b|\bfinish\w*\b",),
    "canceled": (r"\bcancel\w*\b",),
}  # fmt: skip


# An epoch column is numbers throughout.
WHOLE = 0.99


@dataclass(frozen=True)
class Timed:
    """A column that holds times: full stamps, dates or times of day; `formats` with the share each parses."""

    name: str
    kind: str
    formats: dict[str, float]
    share: float
    zoned: bool
    half_day: bool


def timed_columns(frame: pl.DataFrame, *, taken: set[str]) -> dict[str, Timed]:
    """Every column whose values are mostly times."""
    found = {}
    for name in frame.columns:
        if name not in taken:
            timed = _timed(frame[name])
            if timed:
                found[name] = timed
    return found


SHAPES = r"\d[:/.-]\d|^\d{1,2}[- ][A-Za-z]{3}|^[A-Za-z]{3,9},? (?:[A-Za-z]{3,9} )?\d|^\d{8}"
NAMES = r"time|date|dispatch|arriv|clear|receiv|enroute|hour|hrs|tm|dt"


def _timed(column: pl.Series) -> Timed | None:
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(~values.str.to_uppercase().is_in(("", "NA", "N/A", "NULL", "NONE")))
    if values.is_empty() or not tables.real(values.head(200).str.contains(r"\d").mean()) >= 0.9:
        return None
    if values.len() > 20_000:
        values = values.sample(20_000, seed=1)
    if _share(values, r"^\d{9,16}(\.0*)?$") > 0.9 or _share(values, SHAPES) <= 0.6:
        return _of_numbers(values, name_says=bool(re.search(NAMES, guess.words(column.name))))
    offsets = bool(tables.real(values.head(500).map_elements(clocks.has_offset, return_dtype=pl.Boolean).mean()) > 0.9)
    for kind, patterns in (
        ("stamp", _zoned(offsets)),
        ("date", clocks.DATE_FORMATS),
        ("time", clocks.TIME_FORMATS[:-2]),
    ):
        formats = clocks.shares(values, patterns, kind=kind)  # type: ignore[arg-type]
        if formats and max(formats.values()) > 0.3 and sum(families(formats).values()) > 0.6:
            kind = _kind(values, formats) if kind == "stamp" else kind
            return Timed(column.name, kind, formats, max(formats.values()), offsets, _half_day(values, kind))
    return _of_numbers(values, name_says=bool(re.search(NAMES, guess.words(column.name))))


def _of_numbers(values: pl.Series, *, name_says: bool) -> Timed | None:
    """Times written as bare numbers: since 1970, hours and minutes in one, or days as a workbook counts them."""
    name = values.name
    if _share(values, r"^\d{9,16}(\.0*)?$") > 0.9:
        formats = clocks.shares(values, tuple(clocks.EPOCHS), kind="stamp")
        best = {pattern: share for pattern, share in formats.items() if share > WHOLE}
        if not best or not (name_says or _recent(values)):
            return None
        return Timed(name, _kind(values, best), best, 1.0, True, False)
    if not name_says:
        return None
    longest = tables.real(values.head(500).str.len_chars().max())
    if _share(values, r"^\d{1,6}(\.0)?$") > 0.9 and longest >= 4:
        formats = clocks.shares(values, ("%H%M", "%H%M%S"), kind="time")
        if formats and max(formats.values()) > 0.95:
            return Timed(name, "time", formats, max(formats.values()), False, False)
    if _share(values, r"^\d{5}(\.\d+)?$") > 0.9:
        return Timed(name, "stamp", {clocks.EXCEL_DAYS: 1.0}, 1.0, False, False)
    return None


def _share(values: pl.Series, pattern: str) -> float:
    return tables.real(values.head(500).str.contains(pattern).mean())


def _kind(values: pl.Series, formats: dict[str, float]) -> str:
    """Whether stamps tell a time of day: where all say the same one (two, with summer time), they are dates."""
    told = values.head(5_000).to_frame().select(clocks.naive(pl.col(values.name), tuple(formats)).dt.time()).to_series()
    told = told.drop_nulls()
    return "date" if told.len() >= 20 and told.n_unique() <= 2 else "stamp"


def _recent(values: pl.Series) -> bool:
    """Whether bare numbers would be times between 2000 and 2037, as an identity number would hardly all be."""
    numbers = values.cast(pl.Float64, strict=False).drop_nulls()
    return bool((numbers.is_between(946e6, 2.13e9) | numbers.is_between(946e9, 2.13e12)).mean() == 1.0) and (
        values.str.len_chars().n_unique() == 1
    )


def _zoned(offsets: bool) -> tuple[str, ...]:
    return tuple(f"{pattern}%z" for pattern in clocks.STAMP_FORMATS) if offsets else clocks.STAMP_FORMATS


def order_of(pattern: str) -> str:
    """The order of day and month in a format: `md`, `dm`, or `plain` where a name or a leading year decides."""
    if re.search(r"%m[/.-]%d[/.-]%[yY]", pattern):
        return "md"
    return "dm" if re.search(r"%d[/.-]%m", pattern) else "plain"


def families(formats: dict[str, float]) -> dict[str, float]:
    """The best share by order of day and month."""
    best: dict[str, float] = {}
    for pattern, share in formats.items():
        best[order_of(pattern)] = max(best.get(order_of(pattern), 0.0), share)
    return best


def _half_day(values: pl.Series, kind: str) -> bool:
    """Whether times of day are ambiguous: written by a 12-hour clock, with AM or PM missing on some or all."""
    if kind == "date":
        return False
    times = values.str.extract(r"(\d{1,2}):\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?$", 1).cast(
        pl.Int64, strict=False
    )
    marked = values.str.contains(r"[AaPp]\.?[Mm]\.?$")
    bare = times.filter(~marked).drop_nulls()
    if bare.is_empty() or tables.real(bare.max()) > 12 or tables.real(bare.min()) < 1:
        return False
    return bool(marked.any()) or (bare.len() >= 200 and bare.n_unique() == 12)


def rank(name: str, role: str) -> float:
    """How tellingly a column name speaks of a role, 0 to 1."""
    plain = guess.words(name)
    patterns = STAMP_NAMES[role]
    for rank, pattern in enumerate(patterns):
        if re.search(pattern, plain):
            return 1 - rank / (len(patterns) + 1)
    return 0.0


def other_event(name: str) -> bool:
    """Whether a name speaks of a later event than the call."""
    return any(rank(name, role) for role in ("assigned", "en_route", "arrived", "cleared", "canceled"))
