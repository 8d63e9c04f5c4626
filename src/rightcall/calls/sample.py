"""An invented city, Millbrook, with a year of believable calls as its CAD would export them.

Nothing of it is real. The rates by kind, hour and district are made up; the mess (repeated rows, blank hazards,
missing stamps, calls at 0,0, an officer's own work) is what real exports show.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from rightcall.calls.columns import HAZARDS

ZONE = "America/New_York"
YEAR = 2025
CALLS = 42_000
DISTRICTS = ("North", "East", "Downtown", "Mill Hill", "South", "West")
DISTRICT_SHARES = (0.14, 0.17, 0.27, 0.18, 0.13, 0.11)
# What its call-takers ask about every call of care.
ASKED = tuple(name for name in HAZARDS if name != "injury")
CENTER = (35.72, -78.92)
STREETS = ("Oak", "Mill", "Church", "Elm", "Main", "River", "Cotton", "Depot", "Chapel", "Holly", "Union", "Lake")


@dataclass(frozen=True)
class Kind:
    """A kind of call: the city's word, its weight, priority, minutes on scene, and when it comes."""

    word: str
    weight: float
    priority: int
    minutes: float
    when: str
    weapon: float = 0.02
    source: str = "public"


KINDS = (
    Kind("WELFARE CHECK - NON URGENT", 38, 3, 22, "day"), Kind("WELFARE CHECK - URGENT", 17, 2, 26, "day"),
    Kind("MENTAL HEALTH CRISIS", 21, 2, 48, "evening", 0.06), Kind("SUICIDE THREAT", 10, 1, 55, "evening", 0.14),
    Kind("SUICIDE ATTEMPT", 3, 1, 60, "evening", 0.2), Kind("TRESPASS OR UNWANTED PERSON", 40, 3, 21, "day"),
    Kind("INTOXICATED PERSON", 19, 3, 19, "night"), Kind("PANHANDLING", 8, 4, 12, "day"), Kind("INDECENT EXPOSURE", 4, 3, 20, "day"),
    Kind("VERBAL DISTURBANCE", 30, 3, 19, "evening", 0.04), Kind("HOMELESS ENCAMPMENT", 7, 4, 18, "day"),
    Kind("NOISE COMPLAINT", 34, 4, 11, "night"), Kind("DOMESTIC DISTURBANCE", 36, 2, 38, "evening", 0.09),
    Kind("DISTURBANCE", 42, 2, 20, "evening", 0.05), Kind("FIGHT IN PROGRESS", 14, 1, 27, "night", 0.11),
    Kind("ASSAULT", 16, 1, 52, "night", 0.22), Kind("SHOTS FIRED", 7, 1, 30, "night", 0.95), Kind("SUSPICIOUS PERSON", 48, 3, 16, "night"),
    Kind("SUSPICIOUS VEHICLE", 30, 3, 14, "night"), Kind("ALARM - BURGLARY", 70, 3, 12, "flat"), Kind("LARCENY", 52, 4, 33, "day"),
    Kind("LARCENY FROM VEHICLE", 30, 4, 28, "day"), Kind("BREAKING AND ENTERING", 15, 2, 50, "day"), Kind("VANDALISM", 15, 4, 25, "day"),
    Kind("FRAUD", 15, 4, 30, "day"), Kind("ACCIDENT - PROPERTY DAMAGE", 64, 3, 38, "commute"), Kind("ACCIDENT - INJURY", 22, 1, 52, "commute"),
    Kind("TRAFFIC HAZARD", 26, 3, 14, "commute"), Kind("PARKING VIOLATION", 18, 4, 10, "day"), Kind("ANIMAL COMPLAINT", 18, 4, 18, "day"),
    Kind("911 HANG UP", 80, 3, 7, "flat"), Kind("ASSIST CITIZEN", 22, 4, 15, "day"), Kind("MISSING PERSON", 9, 2, 55, "evening"),
    Kind("RUNAWAY JUVENILE", 7, 3, 40, "evening"), Kind("HARASSMENT / THREATS", 19, 3, 26, "day", 0.05), Kind("OVERDOSE", 9, 1, 40, "night"),
    Kind("SICK PERSON", 14, 2, 30, "day"), Kind("DRUG COMPLAINT", 13, 3, 18, "evening"), Kind("WARRANT SERVICE", 8, 3, 40, "day"),
    Kind("FOLLOW UP", 9, 4, 20, "day"), Kind("ZZ TRNG 14", 5, 4, 10, "day"),
    Kind("TRAFFIC STOP", 190, 3, 11, "flat", 0.0, "officer"), Kind("DIRECTED PATROL", 120, 4, 19, "flat", 0.0, "officer"),
    Kind("BUSINESS CHECK", 75, 4, 9, "night", 0.0, "officer"), Kind("CAD TEST", 1, 4, 1, "flat", 0.0, "officer"),
)  # fmt: skip

_HOURS = np.arange(24)
_BASE = 1 + 0.62 * np.cos((_HOURS - 16.5) / 24 * 2 * np.pi)
PROFILES = {
    "flat": 0.6 + 0.4 * _BASE, "day": _BASE * (1 + 0.45 * np.cos((_HOURS - 13.5) / 24 * 2 * np.pi)),
    "evening": _BASE * (1 + 0.3 * np.cos((_HOURS - 19.5) / 24 * 2 * np.pi)), "night": 0.55 + 0.65 * (1 + np.cos((_HOURS - 22.5) / 24 * 2 * np.pi)) - 0.45 * np.isin(_HOURS, (3, 4, 5)),
    "commute": _BASE + 0.8 * np.isin(_HOURS, (7, 8, 16, 17)),
}  # fmt: skip


def calls(*, seed: int, n: int = CALLS) -> pl.DataFrame:
    """A year of Millbrook's CAD export as text columns, in the order of time."""
    luck = np.random.default_rng(seed)
    weights = np.array([kind.weight for kind in KINDS])
    which = luck.choice(len(KINDS), size=n, p=weights / weights.sum())
    start = dt.date(YEAR, 1, 1)
    # Two February days are missing, as a failed nightly job leaves them.
    season = np.array([1 + 0.12 * np.cos((day - 200) / 365 * 2 * np.pi) for day in range(365)])
    season[[44, 45]] = 0
    days = luck.choice(365, size=n, p=season / season.sum())
    hours = np.array([luck.choice(24, p=PROFILES[KINDS[k].when] / PROFILES[KINDS[k].when].sum()) for k in which])
    seconds = luck.integers(0, 3600, size=n)
    order = np.lexsort((seconds, hours, days))
    rows = [
        _row(luck, KINDS[which[i]], start + dt.timedelta(days=int(days[i])), int(hours[i]), int(seconds[i]), number)
        for number, i in enumerate(order, 1)
    ]
    rows = _with_repeats(rows, luck)
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), orient="row")


def _row(luck: np.random.Generator, kind: Kind, day: dt.date, hour: int, second: int, number: int) -> dict[str, str]:
    received = dt.datetime.combine(day, dt.time(hour)) + dt.timedelta(seconds=second)
    district = int(luck.choice(len(DISTRICTS), p=DISTRICT_SHARES))
    officer = kind.source == "officer"
    wait = (
        0.0
        if officer
        else luck.gamma(1.1, (2.0, 5.0, 14.0, 24.0)[kind.priority - 1] * (1.35 if 15 <= hour <= 22 else 1.0))
    )
    dispatched = received + dt.timedelta(minutes=wait)
    en_route = dispatched + dt.timedelta(minutes=0 if officer else luck.gamma(2, 0.6))
    arrived = en_route + dt.timedelta(minutes=0 if officer else luck.gamma(3, 2.1))
    cleared = arrived + dt.timedelta(minutes=luck.lognormal(np.log(kind.minutes), 0.55))
    lat, lon = _point(luck, district)
    lost, canceled = luck.random() < 0.03, luck.random() < 0.06 and not officer
    # A few addresses call again and again.
    house = int(luck.zipf(1.9)) % 400 if luck.random() < 0.25 else int(luck.integers(1, 900))
    return {
        "Incident Number": f"{YEAR}-{number:06d}", "Call Received": _stamp(received), "Dispatched": _stamp(dispatched),
        "En Route": "" if canceled else _stamp(en_route), "Arrived": "" if canceled else _stamp(arrived), "Cleared": _stamp(cleared),
        "Nature": kind.word, "Priority": str(kind.priority),
        "Call Source": "Officer" if officer else str(luck.choice(["E911", "Phone", "Walk In"], p=[0.62, 0.36, 0.02])),
        "Unit": f"{luck.choice(list('ABCD'))}{luck.integers(10, 60)}",
        "Address": f"{house * 4} {STREETS[(house + district) % len(STREETS)]} St", "Beat": f"{district + 1}{luck.integers(1, 4)}",
        "Latitude": "0" if lost else f"{lat:.5f}", "Longitude": "0" if lost else f"{lon:.5f}",
        "Weapon": _flag(luck, kind.weapon, asked=0.55 if kind.priority <= 2 else 0.25),
        "Injuries": _flag(luck, 0.08 if kind.priority <= 2 else 0.02, asked=0.4),
    }  # fmt: skip


def _stamp(moment: dt.datetime) -> str:
    # A local time that the spring change skips is written as the clock would then show it.
    zone = ZoneInfo(ZONE)
    real = moment.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone)
    return real.strftime("%m/%d/%Y %H:%M:%S")


def _flag(luck: np.random.Generator, chance: float, *, asked: float) -> str:
    if luck.random() < chance:
        return "Y"
    return "N" if luck.random() < asked else ""


def _with_repeats(rows: list[dict[str, str]], luck: np.random.Generator) -> list[dict[str, str]]:
    """Some incidents stand in the export again, for a further unit or by mistake."""
    out = []
    for row in rows:
        out.append(row)
        if luck.random() < 0.02:
            out.append({**row, "Unit": f"E{luck.integers(10, 60)}"} if luck.random() < 0.8 else dict(row))
    return out


def cell(district: int) -> tuple[float, float, float, float]:
    """South, north, west and east of a district: a grid of two rows and three columns."""
    line, column = divmod(district, 3)
    south = CENTER[0] + (0.0 if line == 0 else -0.045)
    west = CENTER[1] - 0.0825 + 0.055 * column
    return south, south + 0.045, west, west + 0.055


def _point(luck: np.random.Generator, district: int) -> tuple[float, float]:
    south, north, west, east = cell(district)
    lat, lon = luck.beta(2, 2), luck.beta(2, 2)
    return south + (north - south) * (0.04 + 0.92 * lat), west + (east - west) * (0.04 + 0.92 * lon)


def outlines() -> dict[str, Any]:
    """The council districts of Millbrook as GeoJSON; borders bend a little, as a river town's would."""
    features = []
    for number, name in enumerate(DISTRICTS):
        south, north, west, east = cell(number)
        ring = [_bent(west, south), *(_bent(west + (east - west) * t, south) for t in (0.25, 0.5, 0.75)), _bent(east, south),
                *(_bent(east, south + (north - south) * t) for t in (0.25, 0.5, 0.75)), _bent(east, north),
                *(_bent(east - (east - west) * t, north) for t in (0.25, 0.5, 0.75)), _bent(west, north),
                *(_bent(west, north - (north - south) * t) for t in (0.25, 0.5, 0.75)), _bent(west, south)]  # fmt: skip
        features.append(
            {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return {"type": "FeatureCollection", "features": features}


def _bent(lon: float, lat: float) -> list[float]:
    return [round(lon + 0.0016 * np.sin(lat * 260), 6), round(lat + 0.0014 * np.sin(lon * 210), 6)]


def write(export: Path, areas: Path, *, seed: int, n: int = CALLS) -> None:
    """Write the export as CSV and the districts as GeoJSON."""
    calls(seed=seed, n=n).write_csv(export)
    areas.write_text(json.dumps(outlines()), encoding="utf-8")
