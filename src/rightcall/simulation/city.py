"""What a city's own calls tell a simulation: where and when they come, how long they take, what police do today.

It is read once for all designs. A *zone* is a hexagon of the map (or an area, where calls have no points), cut at the
borders of the areas that some shift serves.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import shapely

from rightcall.calls import clocks, places
from rightcall.calls.columns import AREA_LAYERS
from rightcall.calls.quality import Coverage
from rightcall.dispatch.travel import great_circle_km
from rightcall.errors import NothingLeft
from rightcall.locale import N_, Message
from rightcall.measures import results
from rightcall.simulation import luck
from rightcall.simulation.arrays import Bits, Real, Whole

MOST_ZONES = 300
WIDTHS = (0.5, 1.0, 2.0, 4.0, 8.0)
LEVELS = np.linspace(0, 1, 33)
FEWEST = 30
LONGEST_DAYS, SHORTEST_DAYS = 364, 28
# A day may be replaced by a like day (the same weekday) up to so many days away.
NEAR_DAYS = 28
DAY = 1440.0
NOWHERE = "(no place)"
STILL_THERE, LONGEST_TRIP = 20, 120
MOST_AT_MIDNIGHT = 0.9
# Columns that neither a rule nor a measure reads: a city of millions would not fit otherwise.
UNUSED = ("incident_number", "agency", "jurisdiction", "entered_at", "released_at", "common_type", "place_text", "person_key",
          "place_key", "closed_reason", "disposition", "merged_into", "reopened_from", "family_basis")  # fmt: skip


@dataclass(frozen=True)
class Used:
    """Where a figure came from, in words: what, and the source."""

    what: Message | str
    source: Message | str


@dataclass(frozen=True)
class Zones:
    """z zones: `lat`, `lon` [z] in degrees (NaN where nothing has a place), and the area of each by layer."""

    lat: Real
    lon: Real
    areas: dict[str, tuple[str, ...]]

    @property
    def placed(self) -> bool:
        """Whether distances between zones are known."""
        return bool(np.isfinite(self.lat).all())


@dataclass(frozen=True)
class Times:
    """Minutes as the city's stamps show them, as quantiles at `LEVELS`, one row each; `of` names the rows.

    `of`: ("on scene", family), ("turnout", ""), ("response", ""), ("travel", ""); `n`: on how many calls each stands.
    """

    quantiles: Real
    of: dict[tuple[str, str], int]
    n: tuple[int, ...] = ()

    def used(self, what: str, family: str, title: Message) -> list[Used]:
        """Where such minutes come from, if the city's stamps tell them."""
        row = self.of.get((what, family))
        if row is None:
            return []
        mean = float(np.trapezoid(self.quantiles[row], LEVELS))
        source = Message(
            N_("the city's own stamps of {n} calls, {mean} minutes on average"), {"n": self.n[row], "mean": mean}
        )
        return [Used(title, source)]


@dataclass(frozen=True)
class Trips:
    """t journeys of the city's units from one call to the next: kilometers in a straight line, minutes, hour of the day."""

    km: Real
    minutes: Real
    hour: Whole


@dataclass(frozen=True)
class City:
    """n calls from the public in order of time, and what is known of their city.

    `frame`: the calls as rules see them. `key` [n] names a call's luck, `minute` [n] of its local day, `zone` [n],
    `family` [n] in `families`, `priority` [n] (1 is most urgent, 0 unknown). `day_first` [s + 1]: where each covered
    day begins among the calls, by `source_days` [s]. `days` [d]: the days that are simulated, on the wall
    clock: each has 1,440 minutes; `like` [d, c] the covered days that may stand for each, of which there are
    `like_count` [d].
    `attended`, `police_minutes` [f]: the share of calls of a family that police go to and their unit minutes for each,
    NaN where no stamp says.
    """

    time_zone: str
    frame: pl.DataFrame
    key: Bits
    minute: Real
    zone: Whole
    family: Whole
    families: tuple[str, ...]
    priority: Whole
    source_days: tuple[dt.date, ...]
    day_first: Whole
    days: tuple[dt.date, ...]
    like: Whole
    like_count: Whole
    zones: Zones
    times: Times
    trips: Trips
    attended: Real
    police_minutes: Real
    used: tuple[Used, ...]

    @property
    def minutes(self) -> float:
        """Length of the simulated time."""
        return DAY * len(self.days)

    def minute_of(self, moment: dt.datetime) -> float:
        """Minutes on the wall clock from the first local midnight."""
        local = moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
        return (local - dt.datetime.combine(self.days[0], dt.time())) / dt.timedelta(minutes=1)


def read(
    calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, *, period: Coverage, time_zone: str,
    layers: tuple[str, ...] = (), outlines: dict[str, Any] | None = None, every_call: pl.LazyFrame | None = None,
) -> City:  # fmt: skip
    """What calls from the public tell. `layers`: those whose borders a shift keeps to. `every_call`: also those that are
    not from the public, for where units were before. Raises `NothingLeft`.
    """
    local = clocks.to_local(pl.col("received_at"), time_zone=time_zone)
    solid = period.days.filter(pl.col("solid"))["day"].to_list()
    if not solid:
        raise NothingLeft("no day of the export is covered well enough to simulate.", mend="Give a longer export.")
    days = _horizon(solid)
    source_days = [day for day in solid if days[0] - dt.timedelta(days=NEAR_DAYS) <= day <= days[-1]]
    frame = (
        calls.drop(UNUSED, strict=False).with_columns(local.dt.date().alias("_day"), ((local - local.dt.truncate("1d")).dt.total_microseconds() / 60e6).alias("_minute"))
        .filter(pl.col("_day").is_in(source_days)).collect(engine="streaming").sort("_day", "_minute", "call_id")
    )  # fmt: skip
    if (frame["_minute"] == 0).sum() > MOST_AT_MIDNIGHT * frame.height:
        raise NothingLeft("the calls have dates without times of day, so nothing can be said about shifts.", mend="Ask for the time of each call.")  # fmt: skip
    zone, zones = _zones(frame, layers, outlines or {})
    families = sorted(frame["family"].drop_nulls().unique().to_list())
    family = frame["family"].replace_strict({name: i for i, name in enumerate(families)}, default=len(families), return_dtype=pl.Int64)  # fmt: skip
    times, attended, police_minutes = _stamps(frame, unit_times, [*families, NOWHERE])
    counted = frame.group_by("_day").len().sort("_day")
    count = dict(zip(counted["_day"].to_list(), counted["len"].to_list(), strict=True))
    like, like_count = _like(days, source_days)
    return City(
        time_zone=time_zone, frame=frame.drop("_day", "_minute"), key=frame["call_id"].hash(seed=0).to_numpy().astype(np.uint64),
        minute=frame["_minute"].to_numpy(), zone=zone, family=family.to_numpy(), families=tuple(families),
        priority=frame["initial_priority"].fill_null(0).to_numpy(), source_days=tuple(source_days),
        day_first=np.concatenate([[0], np.cumsum([count.get(day, 0) for day in source_days])]).astype(np.int64),
        days=tuple(days), like=like, like_count=like_count, zones=zones, times=times, trips=_trips(calls if every_call is None else every_call, unit_times, time_zone),
        attended=attended, police_minutes=police_minutes,
        used=(Used(Message(N_("demand")), Message(N_("{n} calls from the public on {days} days of the export; each simulated day is a like day of it"), {"n": frame.height, "days": len(source_days)})),),
    )  # fmt: skip


def _horizon(solid: list[dt.date]) -> list[dt.date]:
    """The last year of the export, or as much as there is, in whole weeks, but no less than four."""
    span = (solid[-1] - solid[0]).days + 1
    length = max(SHORTEST_DAYS, min(span, LONGEST_DAYS) // 7 * 7)
    return [solid[-1] - dt.timedelta(days=length - 1 - k) for k in range(length)]


def _like(days: list[dt.date], source_days: list[dt.date]) -> tuple[Whole, Whole]:
    """For each day the covered days that may stand for it: the same weekday, near in the season, else the nearest."""
    number = np.array([day.toordinal() for day in source_days])
    weekday = np.array([day.weekday() for day in source_days])
    found = []
    for day in days:
        away = np.abs(number - day.toordinal())
        # A year has no end: December's neighbor is January.
        away = np.minimum(away % 364, 364 - away % 364)
        same = np.flatnonzero(weekday == day.weekday())
        near = same[away[same] <= NEAR_DAYS]
        if near.size == 0:
            pool = same if same.size else np.arange(len(source_days))
            near = pool[np.argsort(away[pool], kind="stable")[:4]]
        found.append(near)
    table = np.zeros((len(days), max(len(near) for near in found)), np.int64)
    for row, near in enumerate(found):
        table[row, : len(near)] = near
    return table, np.array([len(near) for near in found])


def _zones(frame: pl.DataFrame, layers: tuple[str, ...], outlines: dict[str, Any]) -> tuple[Whole, Zones]:
    known = frame.with_row_index("_at").filter(pl.col("lat").is_not_null() & pl.col("lon").is_not_null())
    keys = list(layers)
    if known.height >= FEWEST:
        for width in WIDTHS:
            cut = places.hexagons(known.select("_at", "lat", "lon", *AREA_LAYERS), across_km=width)
            if cut.select("hex_lat", "hex_lon", *keys).n_unique() <= MOST_ZONES:
                break
        keys = ["hex_lat", "hex_lon", *keys]
    else:
        layer = next((name for name in AREA_LAYERS if 1 < frame[name].n_unique() <= MOST_ZONES), None)
        keys = list(dict.fromkeys([*keys, *([layer] if layer else [])]))
        cut = frame.with_row_index("_at").filter(pl.all_horizontal(pl.col(keys).is_not_null())) if keys else frame.with_row_index("_at")  # fmt: skip
        if cut.is_empty() or not keys:
            one = Zones(np.full(1, np.nan), np.full(1, np.nan), {name: (NOWHERE,) for name in AREA_LAYERS})
            return np.zeros(frame.height, np.int64), one
    most = [pl.col(name).mode().sort(nulls_last=True).first().fill_null(NOWHERE).alias(name) for name in AREA_LAYERS if name not in keys]  # fmt: skip
    points = [pl.col("lat").mean().alias("_lat"), pl.col("lon").mean().alias("_lon")]
    cells = cut.group_by(keys).agg(pl.len().alias("_n"), *points, *most).sort("_n", *keys, descending=[True] + [False] * len(keys), nulls_last=True).with_row_index("_zone")  # fmt: skip
    of_known = cut.join(cells.select("_zone", *keys), on=keys, nulls_equal=True, maintain_order="left")
    zone = np.full(frame.height, -1, np.int64)
    zone[of_known["_at"].to_numpy()] = of_known["_zone"].to_numpy()
    _placeless(frame, zone)
    lat, lon = cells["_lat"].to_numpy().astype(float), cells["_lon"].to_numpy().astype(float)
    areas = {name: tuple(cells[name].fill_null(NOWHERE).to_list()) for name in AREA_LAYERS}
    if not np.isfinite(lat).all():
        lat, lon = _centers(areas, outlines, len(cells))
    return zone, Zones(lat, lon, areas)


def _placeless(frame: pl.DataFrame, zone: Whole) -> None:
    """A call without a place gets that of another call: one of its own area where that is known, by its own number."""
    known = np.flatnonzero(zone >= 0)
    number = frame["call_id"].hash(seed=1).to_numpy()
    for layer in AREA_LAYERS:
        open_calls = np.flatnonzero(zone < 0)
        if not open_calls.size:
            return
        areas = frame[layer].to_numpy()
        by_area: dict[str, list[int]] = {}
        for at in known:
            if areas[at] is not None:
                by_area.setdefault(areas[at], []).append(int(at))
        for at in open_calls:
            pool = by_area.get(areas[at], ())
            if pool:
                zone[at] = zone[pool[int(number[at] % np.uint64(len(pool)))]]
    for at in np.flatnonzero(zone < 0):
        zone[at] = zone[known[int(number[at] % np.uint64(known.size))]]


def _centers(areas: dict[str, tuple[str, ...]], outlines: dict[str, Any], count: int) -> tuple[Real, Real]:
    """The middle of each zone's area, where an outline tells it; NaN everywhere if one is missing."""
    for layer, content in outlines.items():
        middle = {f["properties"]["area"]: shapely.geometry.shape(f["geometry"]).representative_point() for f in content["features"]}  # fmt: skip
        if all(name in middle for name in areas[layer]):
            return np.array([middle[name].y for name in areas[layer]]), np.array([middle[name].x for name in areas[layer]])  # fmt: skip
    return np.full(count, np.nan), np.full(count, np.nan)


def _stamps(frame: pl.DataFrame, unit_times: pl.LazyFrame | None, families: list[str]) -> tuple[Times, Real, Real]:
    """What the stamps of the city's units say of durations and of police today."""
    nothing = np.full(len(families), np.nan)
    if unit_times is None:
        return Times(np.zeros((0, LEVELS.size)), {}), nothing, nothing.copy()
    police = unit_times.filter(pl.col("service").is_null() | (pl.col("service") == "police"))
    only_others = police.select(pl.len()).collect().item() == 0
    if only_others:
        police = unit_times
    timed = results.gaps(frame.lazy().select("call_id", "received_at", "family"), police).collect()
    rows: list[Real] = []
    of: dict[tuple[str, str], int] = {}
    counts = []

    def learn(what: str, family: str, column: str, part: pl.DataFrame) -> None:
        minutes = _in_order(part, column)
        if minutes.size >= FEWEST:
            of[what, family] = len(rows)
            rows.append(luck.table_of(minutes, count=LEVELS.size))
            counts.append(int(minutes.size))

    for what, column in (("response", "response_time"), ("turnout", "turnout"), ("travel", "travel")):
        learn(what, "", column, timed)
    all_attended, all_minutes = _police(timed)
    attended, minutes = np.full(len(families), all_attended), np.full(len(families), all_minutes)
    for number, family in enumerate(families):
        part = timed.filter(pl.col("family") == family)
        learn("on scene", family, "time_on_scene", part)
        of_family, minutes_of = _police(part)
        # A rare family is taken to be like the others.
        attended[number] = all_attended if np.isnan(of_family) else of_family
        minutes[number] = all_minutes if np.isnan(minutes_of) else minutes_of
    if only_others:
        attended, minutes = nothing, nothing.copy()
    return Times(np.array(rows).reshape(len(rows), LEVELS.size), of, tuple(counts)), attended, minutes


def _police(timed: pl.DataFrame) -> tuple[float, float]:
    """The share of calls that police went to and their mean unit minutes for each; NaN where there are too few."""
    there = timed.filter(pl.col("arrived_at").is_not_null())
    share = there.height / timed.height if timed.height >= FEWEST else np.nan
    minutes = _in_order(there, "unit_time")
    return share, float(minutes.mean()) if minutes.size >= FEWEST else np.nan


def _in_order(part: pl.DataFrame, column: str) -> Real:
    """Minutes from the least: a mean over rows as a query happens to give them is not the same to the last bit twice."""
    minutes = part.select(results.minutes(column).cast(pl.Float64).alias("m"))["m"].drop_nulls()
    return minutes.sort().to_numpy()


def _trips(calls: pl.LazyFrame, unit_times: pl.LazyFrame | None, time_zone: str) -> Trips:
    """Journeys that began where the unit's last call was: those given at most `STILL_THERE` minutes after it was over."""
    none = Trips(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    if unit_times is None:
        return none
    on_the_map = pl.col("lat").is_not_null() & pl.col("lon").is_not_null()
    places = calls.filter(on_the_map).select("call_id", "lat", "lon")
    known = unit_times.filter(pl.col("unit").is_not_null() & pl.col("assigned_at").is_not_null()).join(
        places, on="call_id"
    )
    rolling = pl.coalesce("en_route_at", "assigned_at")
    hour = clocks.to_local(rolling, time_zone=time_zone).dt.hour().cast(pl.Int64).alias("hour")
    table = (
        known.sort("unit", "assigned_at")
        .with_columns(*(pl.col(name).shift(1).over("unit").alias(f"{name}_before") for name in ("lat", "lon", "cleared_at")))
        .filter((pl.col("assigned_at") - pl.col("cleared_at_before")).dt.total_minutes().is_between(0, STILL_THERE))
        .select("lat", "lon", "lat_before", "lon_before", hour, ((pl.col("arrived_at") - rolling).dt.total_microseconds() / 60e6).alias("minutes"))
        .filter(pl.col("minutes").is_between(0, LONGEST_TRIP, closed="right")).collect().sort(pl.all())
    )  # fmt: skip
    if not table.height:
        return none
    before, at = (
        [table[name].to_numpy() for name in names] for names in (("lat_before", "lon_before"), ("lat", "lon"))
    )
    return Trips(great_circle_km(*before, *at), table["minutes"].to_numpy(), table["hour"].to_numpy())
