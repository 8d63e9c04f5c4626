"""Travel times: by distance and speed, by a table between areas, or as a city's own stamps show them.

Whatever they come from, they end as minutes between zones for every hour of the week, with a sentence that says how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from rightcall.errors import RightcallError
from rightcall.locale import N_, Message

EARTH_KM = 6371.0088
# Where a program says nothing of travel: 30 km/h along a way that is 1.3 times a straight line.
SPEED_KMH, DETOUR = 30.0, 1.3
HOURS = 168
# Parts of the day whose traffic differs, as hours of their beginning.
PARTS = (0, 6, 10, 15, 19)
MOST_BANDS, FEWEST = 12, 30
# Every fifth trip is held back to see how well the fit foretells trips that it has not seen.
HELD_BACK = 5

Real = NDArray[np.float64]
Whole = NDArray[np.int64]


class TravelError(RightcallError):
    """Travel times that cannot be."""


@dataclass(frozen=True)
class Fit:
    """How well travel times foretell trips that were held back: their number, mean absolute error in minutes, the same
    of the mean of all trips, and the share within two minutes.
    """

    n: int
    error: float
    error_of_mean: float
    within_two: float


@dataclass(frozen=True)
class Travel:
    """Minutes between zones: `minutes` [b, z, z] in b bands, `band` [168] of each hour of the week from Monday 0:00.

    `how`: a sentence that says what they come from. `fit`: where they come from trips.
    """

    minutes: Real
    band: Whole
    how: Message
    fit: Fit | None = None

    def __post_init__(self) -> None:
        if self.minutes.ndim != 3 or self.minutes.shape[1] != self.minutes.shape[2] or self.band.shape != (HOURS,):
            raise TravelError("travel times need a square table for each band and a band for each hour of the week.")
        if not np.isfinite(self.minutes).all() or (self.minutes < 0).any():
            raise TravelError(
                "some travel times are negative or missing.", mend="Give every pair of areas a number of minutes."
            )


def great_circle_km(lat: Real, lon: Real, to_lat: Real, to_lon: Real) -> Real:
    """Kilometers along the great circle between points in degrees (haversine); arrays are broadcast."""
    a, b, c, d = (np.radians(np.asarray(value, float)) for value in (lat, lon, to_lat, to_lon))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def cruise_minutes(km: Real, *, speed_kmh: float, pickup_km: float = 0.0) -> Real:
    """Minutes over a distance when a vehicle needs `pickup_km` to reach its speed and as much to stop.

    Kolesar, Walker & Hausner (RAND R-1449): with acceleration a and cruise v, 2√(d/a) up to d = v²/a, then v/a + d/v;
    here v²/a is twice `pickup_km`.
    """
    km = np.asarray(km, float)
    hours = km / speed_kmh
    if pickup_km > 0:
        joint = 2 * pickup_km
        short = 2 * np.sqrt(km * joint) / speed_kmh
        hours = np.where(km <= joint, short, (joint + km) / speed_kmh)
    return np.asarray(60 * hours)


def by_speed(
    lat: Real, lon: Real, *, speed_kmh: float | Sequence[float], detour: float, pickup_km: float = 0.0
) -> Travel:
    """Great circle × detour at one speed, or at a speed for each of the 24 hours of the day, between z points.

    Raises `TravelError` for speeds or detours that cannot be.
    """
    speeds = np.broadcast_to(np.asarray(speed_kmh, float), 24)
    if detour < 1 or (speeds <= 0).any() or not np.isfinite(speeds).all():
        raise TravelError("a speed must be above 0 km/h and a detour at least 1.", mend="Use 30 and 1.3, for example.")
    km = detour * great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    distinct, of_hour = np.unique(speeds, return_inverse=True)
    minutes = np.stack([cruise_minutes(km, speed_kmh=float(speed), pickup_km=pickup_km) for speed in distinct])
    told = f"{distinct.min():g}" if distinct.size == 1 else f"{distinct.min():g}–{distinct.max():g}"
    how = Message(N_("Travel: straight line × {detour} at {speed} km/h."), {"detour": f"{detour:g}", "speed": told})
    return Travel(minutes, np.tile(of_hour, 7), how)


def between(minutes: Mapping[str, Mapping[str, float]], start: str, to: str) -> float:
    """Minutes from an area to another as a program names them, one way or the other; NaN where it does not."""
    there = minutes.get(start, {}).get(to)
    back = minutes.get(to, {}).get(start)
    return float("nan") if there is None and back is None else float(back if there is None else there)  # type: ignore[arg-type]


def by_areas(
    minutes: Mapping[str, Mapping[str, float]], areas: Sequence[str], *, otherwise: Travel, layer: str
) -> Travel:
    """Minutes that a program names between areas, where z zones lie in `areas` [z]; `otherwise` for pairs that it does not name."""
    names = sorted(set(areas))
    known = np.array([[between(minutes, start, to) for to in names] for start in names])
    of_zone = np.searchsorted(np.array(names), np.array(areas))
    table = known[of_zone[:, None], of_zone[None, :]]
    open_pairs = int(np.isnan(known).sum())
    how = Message(
        N_("Travel: the program's minutes between {n} areas of the layer {layer}; {open} of {pairs} pairs are not in it and go by the speed. {otherwise}"),
        {"n": len(names), "layer": layer, "open": open_pairs, "pairs": known.size, "otherwise": otherwise.how},
    ) if open_pairs else Message(N_("Travel: the program's minutes between {n} areas of the layer {layer}."), {"n": len(names), "layer": layer})  # fmt: skip
    return Travel(np.where(np.isnan(table), otherwise.minutes, table), otherwise.band, how)


def by_table(minutes: Real) -> Travel:
    """A table of minutes between z zones, the same at every hour, or one table for each of the 24 hours of the day."""
    table = np.asarray(minutes, float)
    table = table[None] if table.ndim == 2 else table
    if table.shape[0] not in (1, 24):
        raise TravelError(f"{table.shape[0]} tables of travel times were given; one or 24 can be read.")
    of_hour = np.arange(24) if table.shape[0] == 24 else np.zeros(24, np.int64)
    return Travel(table, np.tile(of_hour, 7), Message(N_("Travel: the city's own table between areas.")))


@dataclass(frozen=True)
class Curve:
    """Mean minutes by distance, straight lines between `km` and `minutes`, times a factor for each part of the day."""

    km: Real
    minutes: Real
    factor: Real

    def at(self, km: Real, hour: Whole) -> Real:
        """Minutes over distances at hours of the day."""
        beyond = np.maximum(np.asarray(km, float) / self.km[-1], 1.0)
        part = np.searchsorted(PARTS, np.asarray(hour), side="right") - 1
        return np.asarray(np.interp(km, self.km, self.minutes) * beyond * self.factor[part])


def curve(km: Real, minutes: Real, hour: Whole) -> Curve:
    """Fit mean minutes by distance to n trips: bands of equal numbers of trips, never falling with distance.

    Raises `TravelError` with fewer than thirty trips, or none that covers a distance.
    """
    if len(km) < FEWEST:
        raise TravelError(f"{len(km)} trips are too few to learn travel times from.", mend="State a speed instead.")
    if not (km > 0).any():
        raise TravelError("no trip covers any distance.", mend="Check the places of the trips, or state a speed.")
    bands = int(np.clip(len(km) // FEWEST, 1, MOST_BANDS))
    order = np.argsort(km, kind="stable")
    parts = np.array_split(order, bands)
    middle = np.array([km[part].mean() for part in parts])
    mean = np.asarray(isotonic_regression([minutes[part].mean() for part in parts], weights=[len(p) for p in parts]).x)
    apart = np.concatenate([[True], np.diff(middle) > 0])
    plain = Curve(middle[apart], mean[apart], np.ones(len(PARTS)))
    expected = plain.at(km, hour)
    part_of = np.searchsorted(PARTS, hour, side="right") - 1
    factor = np.ones(len(PARTS))
    for part in range(len(PARTS)):
        mine = part_of == part
        # A part of the day with few trips is drawn toward the whole day.
        factor[part] = (minutes[mine].sum() + FEWEST * minutes.mean()) / (
            expected[mine].sum() + FEWEST * expected.mean()
        )
    return Curve(plain.km, plain.minutes, factor)


def from_trips(lat: Real, lon: Real, *, km: Real, minutes: Real, hour: Whole) -> Travel:
    """Minutes between z points as n trips of the city show them: their distances, minutes and hours of the day.

    Trips that are not finite, negative or longer than four hours are left out. Raises `TravelError`.
    """
    km, minutes, hour = np.asarray(km, float), np.asarray(minutes, float), np.asarray(hour)
    sound = np.isfinite(km) & np.isfinite(minutes) & (minutes >= 0) & (minutes <= 240) & (km >= 0)
    km, minutes, hour = km[sound], minutes[sound], hour[sound]
    held = np.arange(len(km)) % HELD_BACK == HELD_BACK - 1
    learned = curve(km[~held], minutes[~held], hour[~held])
    miss = np.abs(learned.at(km[held], hour[held]) - minutes[held])
    of_mean = np.abs(minutes[~held].mean() - minutes[held])
    fit = Fit(int(held.sum()), float(miss.mean()), float(of_mean.mean()), float((miss <= 2).mean()))
    whole = curve(km, minutes, hour)
    between = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    tables = np.stack([whole.at(between, np.array(start)) for start in PARTS])
    of_hour = np.searchsorted(PARTS, np.arange(24), side="right") - 1
    how = Message(
        N_("Travel: as {n} trips of the city show; on {held} that were held back it misses by {error} minutes on average (their mean alone by {of_mean})."),
        {"n": len(km), "held": fit.n, "error": f"{fit.error:.1f}", "of_mean": f"{fit.error_of_mean:.1f}"},
    )  # fmt: skip
    return Travel(tables, np.tile(of_hour, 7), how, fit)
