"""Invented calls with a daily rhythm, to be written in the style of any city's export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from rightcall.calls import export
from rightcall.calls.layout import Layout

# Calls of the public by hour of the day: rare around four, most in the late afternoon.
RHYTHM = (30, 22, 17, 14, 12, 13, 18, 28, 38, 44, 48, 52, 55, 56, 58, 62, 66, 68, 66, 62, 58, 54, 46, 38)
TYPES = (
    "WELFARE CHECK", "DISTURBANCE", "SUSPICIOUS PERSON", "TRESPASS", "NOISE COMPLAINT", "TRAFFIC STOP", "ALARM BURGLAR",
    "MENTAL HEALTH", "THEFT REPORT", "DOMESTIC VERBAL", "INTOXICATED PERSON", "ABANDONED VEHICLE", "PARKING",
)  # fmt: skip
STREETS = ("MAIN ST", "OAK AVE", "RIVER RD", "4TH ST", "COLLEGE BLVD", "PINE ST")


@dataclass(frozen=True)
class Made:
    """One invented call. Times are local, without zone, whole seconds."""

    number: int
    at: dt.datetime
    dispatched: dt.datetime | None
    arrived: dt.datetime | None
    cleared: dt.datetime
    type: str
    final: str
    priority: int
    beat: str
    address: str
    lat: float
    lon: float
    unit: str
    officer: bool


def made(
    n: int = 900, *, start: dt.date = dt.date(2024, 1, 2), days: int = 60, seed: int = 7, first: int = 24_000_101
) -> list[Made]:
    """Invented calls in order of time."""
    luck = random.Random(seed)
    moments = sorted(
        dt.datetime.combine(start, dt.time())
        + dt.timedelta(days=luck.randrange(days), hours=luck.choices(range(24), RHYTHM)[0], seconds=luck.randrange(3600))
        for _ in range(n)
    )  # fmt: skip
    return [_call(luck, first + k, at) for k, at in enumerate(moments)]


def _call(luck: random.Random, number: int, at: dt.datetime) -> Made:
    officer = luck.random() < 0.2
    dispatched = None if luck.random() < 0.08 else at + dt.timedelta(seconds=luck.randrange(20, 1500))
    arrived = dispatched + dt.timedelta(seconds=luck.randrange(60, 1500)) if dispatched else None
    cleared = (arrived or at) + dt.timedelta(seconds=luck.randrange(200, 4000))
    kind = "TRAFFIC STOP" if officer else luck.choice(TYPES)
    final = kind if luck.random() < 0.7 else luck.choice(TYPES)
    beat = f"{luck.choice('ABC')}{luck.randrange(1, 7)}"
    address = f"{luck.randrange(1, 90)}00 BLOCK OF {luck.choice(STREETS)}"
    place = round(41.2 + luck.random() / 8, 6), round(-95.9 - luck.random() / 8, 6)
    return Made(number, at, dispatched, arrived, cleared, kind, final, luck.randrange(1, 6), beat, address, *place,
                f"{luck.randrange(1, 5)}{beat}", officer)  # fmt: skip


def utc(local: dt.datetime, zone: str) -> dt.datetime:
    """A local time → UTC, by the standard library."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def table(calls: Sequence[Made], columns: dict[str, Callable[[Made], object]]) -> list[list[str]]:
    """Header and rows: each column's name with what it says of a call."""
    rows = [[_said(tell(call)) for tell in columns.values()] for call in calls]
    return [list(columns), *rows]


def _said(value: object) -> str:
    return "" if value is None else str(value)


def as_csv(rows: Sequence[Sequence[str]], *, separator: str = ",") -> str:
    """Rows as the text of a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


def stamp(pattern: str, when: Callable[[Made], dt.datetime | None]) -> Callable[[Made], str]:
    """A column that says a time in a format."""

    def said(call: Made) -> str:
        moment = when(call)
        return moment.strftime(pattern) if moment else ""

    return said


@dataclass
class Desk:
    """A folder in which exports are written and read, with nobody at the keyboard."""

    folder: Path
    zone: str = "America/Chicago"
    files: int = field(default=0)

    def read(
        self, content: str | bytes | Path, *, name: str = "export.csv", layout: Layout | None = None
    ) -> export.Export:
        """Read a content as if it were a file of that name; rows must add up."""
        self.files += 1
        work = self.folder / f"work-{self.files}"
        work.mkdir()
        path = content if isinstance(content, Path) else work / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        got = export.read_export(path, work=work, time_zone=self.zone, layout=layout)
        assert got.calls.select(pl.len()).collect().item() + got.rejected.height == got.rows
        return got


def codes(got: export.Export) -> set[str]:
    """The codes of what was found."""
    return {finding.code for finding in got.findings}


def received(got: export.Export) -> list[dt.datetime]:
    """When the calls came, in the order of the file."""
    return got.calls.sort("source_row").collect()["received_at"].to_list()


def times(got: export.Export, name: str) -> list[dt.datetime | None]:
    """A time of the units, in the order of the file."""
    assert got.unit_times is not None
    rows = got.calls.select("call_id", "source_row").join(got.unit_times, on="call_id").sort("source_row").collect()
    return rows[name].to_list()


Tell = Callable[[Made], object]


def at(call: Made) -> dt.datetime:
    """When it came."""
    return call.at


def dispatched(call: Made) -> dt.datetime | None:
    """When a unit was given it."""
    return call.dispatched


def arrived(call: Made) -> dt.datetime | None:
    """When a unit arrived."""
    return call.arrived


def cleared(call: Made) -> dt.datetime:
    """When the last unit left."""
    return call.cleared


def in_utc(call: Made) -> dt.datetime:
    """When it came, in UTC."""
    return utc(call.at, "America/Chicago")


def truth(calls: list[Made], when: Callable[[Made], dt.datetime | None] = at) -> list[dt.datetime | None]:
    """A time of every call in UTC."""
    moments = [when(call) for call in calls]
    return [utc(moment, "America/Chicago") if moment else None for moment in moments]


def minutes(moments: list[dt.datetime | None]) -> list[dt.datetime | None]:
    """Times without their seconds."""
    return [moment.replace(second=0) if moment else None for moment in moments]


def simple(told: Tell, name: str = "Call Time", **more: Tell) -> dict[str, Tell]:
    """An export of a number, a time and a type."""
    return {"Incident Number": lambda c: f"24{c.number}", name: told, "Call Type": lambda c: c.type, **more}
