"""Times in an export: which format a column is written in, which clock it was written by, and what proves it.

A stamp can be read in four ways. `as written`: an offset or an epoch is believed, a bare time is local.
`local digits`: the offset is ignored. `utc digits`: a bare time is UTC. `utc as local`: the instant's UTC digits
are the local time (a local time that was shifted once too often by its offset).
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import polars as pl

from rightcall import tables

Clock = Literal["as written", "local digits", "utc digits", "utc as local"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)

EPOCHS = {"epoch seconds": 1_000_000, "epoch milliseconds": 1_000, "epoch microseconds": 1}
EXCEL_DAYS = "excel days"
EARLIEST, LATEST = 1971, 2099
FEW = 1_000
TWO_DAYS = dt.timedelta(days=2)
HOUR = 3_600_000_000
# No clock is changed within a quarter of an hour, and every offset is a whole number of them.
STEADY = "15m"
_EPOCH = dt.datetime(1970, 1, 1)
_BELIEVED = tuple((dt.datetime(year, 1, 1) - _EPOCH) // dt.timedelta(microseconds=1) for year in (EARLIEST, LATEST + 1))

_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y",
          "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d %b %Y",
          "%a %b %d %Y", "%A, %B %d, %Y", "%a %m/%d/%Y")  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p", "%H:%M:%S%.f", "%I:%M:%S%.f %p",
          "%I:%M:%S:%3f%p", "%H%M%S", "%H%M")  # fmt: skip
DATE_FORMATS = _DATES
TIME_FORMATS = _TIMES
STAMP_FORMATS = tuple(
    f"{date}{glue}{time}"
    for date in _DATES
    for time in _TIMES
    for glue in ((" ", "T") if date.startswith("%Y") else (" ", ", "))
    if not (time in ("%H%M%S", "%H%M") and date != "%Y%m%d")
) + tuple(
    f"{time} {date}" for date in ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y-%m-%d") for time in _TIMES[:4]
)  # fmt: skip
ZONED = re.compile(r"\d:\d\d.*(?:Z|\b(?:UTC|GMT))$|:\d\d(?:\.\d+)?(?: ?[AP]M)? ?[+-]\d\d(?::?\d\d)?$", re.IGNORECASE)


def has_offset(value: str) -> bool:
    """Whether a stamp carries its own offset."""
    return bool(ZONED.search(value.strip()))


def shares(values: pl.Series, formats: Sequence[str], *, kind: Literal["stamp", "date", "time"]) -> dict[str, float]:
    """The share of non-empty `values` that each format parses, formats that parse nothing left out."""
    values = values.drop_nulls().str.strip_chars()
    values = values.filter(values != "")
    if values.is_empty():
        return {}
    unique = values.unique(maintain_order=True)
    counted = values.value_counts(name="n")
    found: dict[str, float] = {}
    probe = unique.gather_every(max(unique.len() // 50, 1))
    shown = set("".join(probe).upper())
    for pattern in formats:
        # Most formats parse nothing at all; a small probe saves the rest of the column.
        if not _marks(pattern) <= shown:
            continue
        if _parsed(probe, pattern, kind).is_not_null().mean() in (0, None) and unique.len() > 50:
            continue
        good = counted.filter(_parsed(counted.to_series(0), pattern, kind).is_not_null())["n"].sum()
        if good:
            found[pattern] = tables.real(good) / values.len()
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _marks(pattern: str) -> set[str]:
    """The characters that every value of a format holds: its separators, and the M of AM and PM."""
    if pattern in EPOCHS or pattern == EXCEL_DAYS:
        return set()
    between = re.sub(r"%(?:\.f|3f|[a-zA-Z])", "", pattern)
    return {*between.replace(" ", ""), *("M" if "%p" in pattern else ""), *("." if "%.f" in pattern else "")}


def _parsed(values: pl.Series, pattern: str, kind: str) -> pl.Series:
    frame = pl.DataFrame({"v": values})
    if kind == "time":
        return frame.select(time_of_day(pl.col("v"), [pattern]))["v"]
    return frame.select(naive(pl.col("v"), [pattern]))["v"]


def naive(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Text → the digits as written, without zone (`Datetime('us')`); an epoch gives its UTC digits. Else null."""
    return text.map_batches(
        lambda values: _digits(values, formats), return_dtype=pl.Datetime("us"), is_elementwise=True
    )


def _digits(values: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Each format in turn, on what was left open before it: most rows are parsed once, and as they stand."""
    if not formats:
        return pl.Series(values.name, [None] * len(values), dtype=pl.Datetime("us"))
    found = _parsed_by(values, formats[0])
    for pattern in formats:
        rest = (found.is_null() & values.is_not_null()).arg_true()
        if rest.is_empty():
            break
        found = found.scatter(rest, _parsed_by(values.gather(rest).str.strip_chars(), pattern))
    return found


def _parsed_by(text: pl.Series, pattern: str) -> pl.Series:
    name = text.name
    when = pl.DataFrame({name: text}).select(_naive(pl.col(name), pattern).alias(name))[name]
    if when.null_count() == len(when) or _span(when) is not None:
        return when
    sound = when.dt.year().is_between(EARLIEST, LATEST)
    return when.to_frame().select(pl.when(sound).then(pl.col(name)).alias(name))[name]


def _naive(text: pl.Expr, pattern: str) -> pl.Expr:
    if pattern in EPOCHS:
        number = text.str.extract(r"^(\d{9,16})(?:\.0*)?$", 1).cast(pl.Int64, strict=False)
        return (number * EPOCHS[pattern]).cast(pl.Datetime("us"))
    if pattern == EXCEL_DAYS:
        days = text.str.extract(r"^(\d{5}(?:\.\d+)?)$", 1).cast(pl.Float64, strict=False)
        return ((days - 25_569) * 86_400e6).round().cast(pl.Int64).cast(pl.Datetime("us"))
    if pattern.endswith("%z"):
        text = _whole_offset(text).str.replace(r"[+-]\d{2}:?\d{2}$", "")
        pattern = pattern.removesuffix("%z")
        text = text.str.strip_chars_end()
    if _has_time(pattern):
        # Most times are written once; remembering each costs more than reading it.
        return text.str.to_datetime(pattern, time_unit="us", strict=False, cache=False)
    return text.str.to_date(pattern, strict=False).cast(pl.Datetime("us"))


def _whole_offset(text: pl.Expr) -> pl.Expr:
    """An offset in hours and minutes, however it is written: `Z`, `UTC`, `+00`, `-0500`."""
    return text.str.replace(r"\s*(?:Z|UTC|GMT)$", "+00:00").str.replace(r"(:\d{2}(?:\.\d+)?[+-]\d{2})$", "$1:00")


def _has_time(pattern: str) -> bool:
    return "%H" in pattern or "%I" in pattern


def offset(text: pl.Expr) -> pl.Expr:
    """The offset from UTC written at the end of a stamp, as a duration; zero for Z; null where none is written."""
    text = _whole_offset(text.str.strip_chars())
    sign = pl.when(text.str.extract(r"([+-])\d{2}:?\d{2}$", 1) == "-").then(-1).otherwise(1)
    hours = text.str.extract(r"[+-](\d{2}):?\d{2}$", 1).cast(pl.Int64)
    minutes = text.str.extract(r"[+-]\d{2}:?(\d{2})$", 1).cast(pl.Int64)
    return pl.duration(minutes=sign * (hours * 60 + minutes))


def time_of_day(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Text → time since midnight as a duration, else null. `0712` and `712` are 07:12."""
    text = text.str.strip_chars()
    parsed = []
    for pattern in formats:
        if pattern in ("%H%M", "%H%M%S"):
            width = 4 if pattern == "%H%M" else 6
            digits = text.str.extract(rf"^(\d{{1,{width}}})(?:\.0*)?$", 1).str.zfill(width)
            clock = digits.str.to_time(pattern, strict=False)
        else:
            clock = text.str.to_uppercase().str.to_time(pattern, strict=False)
        parsed.append(clock.cast(pl.Duration("us")))
    return pl.coalesce(parsed)


def instant(digits: pl.Expr, *, clock: Clock, zoned: bool, shift: pl.Expr | None, time_zone: str) -> pl.Expr:
    """Digits as written → UTC.

    `zoned`: the stamp carries its own offset (`shift`) or is an epoch (`shift` is None).
    A repeated local hour is the earlier one, a local time that does not exist is an hour forward.
    """
    utc = (digits - shift if shift is not None else digits) if zoned else digits
    if clock == "as written" and zoned:
        return utc.dt.replace_time_zone("UTC")
    if clock == "utc digits":
        return digits.dt.replace_time_zone("UTC")
    return local_to_utc(utc if clock == "utc as local" else digits, time_zone=time_zone)


def local_to_utc(local: pl.Expr, *, time_zone: str) -> pl.Expr:
    """Local digits → UTC: the earlier of a repeated hour, an hour forward where the hour does not exist."""
    return local.map_batches(
        lambda digits: _to_utc(digits, time_zone), return_dtype=pl.Datetime("us", "UTC"), is_elementwise=True
    )


def _to_utc(digits: pl.Series, time_zone: str) -> pl.Series:
    def in_zone(local: pl.Series) -> pl.Series:
        return local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")

    steady = _steady_offset(digits, time_zone)
    if steady is not None:
        return (digits - steady).dt.replace_time_zone("UTC")
    exact = in_zone(digits)
    if exact.null_count() > digits.null_count():
        skipped = (exact.is_null() & digits.is_not_null()).arg_true()
        exact = exact.scatter(skipped, in_zone(digits.gather(skipped) + dt.timedelta(hours=1)))
    return exact.dt.convert_time_zone("UTC")


def to_local(instants: pl.Expr, *, time_zone: str) -> pl.Expr:
    """UTC → local digits, without zone."""
    return instants.map_batches(
        lambda utc: _to_local(utc, time_zone), return_dtype=pl.Datetime("us"), is_elementwise=True
    )


def _to_local(utc: pl.Series, time_zone: str) -> pl.Series:
    steady = _steady_offset(utc, time_zone)
    if steady is not None:
        return (utc + steady).dt.replace_time_zone(None)
    return utc.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)


def hour_of_week(local: pl.Expr) -> pl.Expr:
    """The hour of the week of local digits (Int16): 0 is the hour after midnight of Monday."""
    # The calendar began on a Thursday; counting hours since then costs half of asking for weekday and hour.
    return ((local.to_physical() // HOUR + 3 * 24) % (7 * 24)).cast(pl.Int16)


def _steady_offset(times: pl.Series, time_zone: str) -> dt.timedelta | None:
    """The offset from UTC where it is one for all `times`, given in either clock; adding it is ten times faster."""
    span = _span(times) if len(times) >= FEW else None
    if span is None or days_of_change(span[0] - TWO_DAYS, span[1] + TWO_DAYS, time_zone=time_zone):
        return None
    return dt.datetime.combine(span[0], dt.time(12), tzinfo=ZoneInfo(time_zone)).utcoffset()


def _span(times: pl.Series) -> tuple[dt.date, dt.date] | None:
    """The first and the last day among `times`; None where there are none or some lie outside the years we believe."""
    whole = times.to_physical()
    if whole.null_count() == len(whole):
        return None
    first, last = tables.real(whole.min()), tables.real(whole.max())
    if first < _BELIEVED[0] or last >= _BELIEVED[1]:
        return None
    return (_EPOCH + dt.timedelta(microseconds=first)).date(), (_EPOCH + dt.timedelta(microseconds=last)).date()


def clock_changes(local: pl.Expr, *, time_zone: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether local digits fall into a repeated hour, and whether they do not exist."""
    earliest = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    latest = local.dt.replace_time_zone(time_zone, ambiguous="latest", non_existent="null")
    return earliest != latest, earliest.is_null() & local.is_not_null()


def days_of_change(first: dt.date, last: dt.date, *, time_zone: str) -> list[dt.date]:
    """The local days between two, both included, on which the clock is changed."""
    known = _days_of_change(time_zone)
    return known[bisect_left(known, first) : bisect_right(known, last)]


@cache
def _days_of_change(time_zone: str) -> list[dt.date]:
    zone = ZoneInfo(time_zone)
    start = dt.date(EARLIEST - 1, 1, 1)
    days = [start + dt.timedelta(days=k) for k in range((dt.date(LATEST + 2, 1, 1) - start).days)]
    offsets = [dt.datetime.combine(day, dt.time(), tzinfo=zone).utcoffset() for day in days]
    return [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]


def readings(zoned: bool) -> tuple[Clock, ...]:
    """The ways in which a stamp could be read."""
    return ("as written", "local digits", "utc as local") if zoned else ("as written", "utc digits")


def trough(local_hours: pl.Series) -> tuple[float, float]:
    """Where the quietest five hours of the day lie, and how deep they are.

    Returns (their middle, in hours after midnight; their mean relative to the mean of the day). Calls from the
    public are rarest between two and six in every city that we know.
    """
    counts = [0.0] * 24
    for hour, number in local_hours.drop_nulls().value_counts(name="n").iter_rows():
        counts[int(hour)] = float(number)
    total = sum(counts)
    if not total:
        return 4.0, 1.0
    windows = [sum(counts[(start + k) % 24] for k in range(5)) for start in range(24)]
    quietest = min(range(24), key=windows.__getitem__)
    return float((quietest + 2.5) % 24), windows[quietest] / 5 / (total / 24)


def in_early_morning(middle: float) -> bool:
    """Whether the trough lies where a city sleeps: its middle between 2:00 and 7:00."""
    return 2.0 <= middle <= 7.0
