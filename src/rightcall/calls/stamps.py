"""A stamp of a layout as expressions: its digits, its instant, its local time."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from rightcall.calls import clocks
from rightcall.calls.layout import Stamp
from rightcall.errors import Problem


@dataclass
class Found:
    """The stamps decided so far, and what was noticed on the way (finding code, values)."""

    stamps: dict[str, Stamp] = field(default_factory=dict)
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def zoned(stamp: Stamp) -> bool:
    """Whether a stamp carries its own zone: an offset or an epoch."""
    return any(pattern.endswith("%z") or pattern in clocks.EPOCHS for pattern in stamp.formats)


def tells_hours(stamp: Stamp) -> bool:
    """Whether a stamp tells a time of day, and not the date alone."""
    return any("%H" in p or "%I" in p or p in clocks.EPOCHS or p == clocks.EXCEL_DAYS for p in stamp.formats)


def digits(stamp: Stamp) -> pl.Expr:
    """The digits of a stamp as written, from one column or from a date and a time."""
    if stamp.date and stamp.time:
        # A date may be written with a time that says nothing, such as midnight.
        day = clocks.naive(pl.col(stamp.date), stamp.date_formats).dt.truncate("1d")
        return day + clocks.time_of_day(pl.col(stamp.time), stamp.formats)
    return clocks.naive(pl.col(stamp.column or ""), stamp.formats)


def utc(stamp: Stamp, *, time_zone: str) -> pl.Expr:
    """A stamp → UTC by its clock."""
    shift = clocks.offset(pl.col(stamp.column)) if stamp.column and stamp.formats[0].endswith("%z") else None
    return clocks.instant(digits(stamp), clock=stamp.clock, zoned=zoned(stamp), shift=shift, time_zone=time_zone)


def local(stamp: Stamp, time_zone: str) -> pl.Expr:
    """A stamp → local digits by its clock."""
    return clocks.to_local(utc(stamp, time_zone=time_zone), time_zone=time_zone)
