"""Places: coordinates that can be believed, pseudonyms of places, and a place blurred to a hexagon."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from rightcall import tables
from rightcall.calls.layout import Places
from rightcall.errors import RightcallError

FAR_LAT, FAR_LON = 1.0, 1.4
TELLS_A_PLACE = re.compile(r"(?i)\d|/|&|@|\bat\b|\band\b")
KM_PER_DEGREE = 111.32
# PROJ keeps its state by thread, and the threads on which Polars calls back lose theirs: one thread of our own.
PROJ = ThreadPoolExecutor(1, thread_name_prefix="proj")


class PlaceError(RightcallError):
    """Coordinates cannot be read as stated."""


def coordinates(places: Places) -> tuple[pl.Expr, pl.Expr] | None:
    """Expressions for latitude and longitude in degrees, or None where the export has none that can be read."""
    if places.lat and places.lon:
        return _number(places.lat), _number(places.lon)
    if places.point:
        return _point(pl.col(places.point))
    if places.x and places.y and places.epsg:
        both = pl.struct(
            _number(places.x).alias("x"),
            _number(places.y).alias("y"),
        ).map_batches(_unprojected(places.epsg), return_dtype=pl.Struct({"lat": pl.Float64, "lon": pl.Float64}))
        return both.struct.field("lat"), both.struct.field("lon")
    return None


def _number(column: str) -> pl.Expr:
    return pl.col(column).map_batches(_numbers, return_dtype=pl.Float64, is_elementwise=True)


def _numbers(text: pl.Series) -> pl.Series:
    """Numbers of a text; blanks are taken off only where something does not read as a number as it stands."""
    found = text.cast(pl.Float64, strict=False)
    if found.null_count() == text.null_count():
        return found
    return text.str.strip_chars().cast(pl.Float64, strict=False)


def _point(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """`POINT (lon lat)` or `(lat, lon)`."""
    pair = text.str.extract_groups(r"\(\s*(-?[0-9.]+)[ ,]+(-?[0-9.]+)\s*\)")
    first = pair.struct.field("1").cast(pl.Float64, strict=False)
    second = pair.struct.field("2").cast(pl.Float64, strict=False)
    lon_first = text.str.contains("POINT") | (first.abs() > 90)
    return pl.when(lon_first).then(second).otherwise(first), pl.when(lon_first).then(first).otherwise(second)


def epsg_or_esri(code: int) -> CRS:
    """A coordinate system by its code. Esri's own, from 100,000 on, stand where a map server states its system."""
    return CRS.from_authority("ESRI" if code >= 100_000 else "EPSG", code)


def _unprojected(epsg: int) -> Callable[[pl.Series], pl.Series]:
    try:
        transformer = Transformer.from_crs(epsg_or_esri(epsg), 4326, always_xy=True)
    except CRSError as error:
        raise PlaceError(
            f"EPSG:{epsg} is not a known coordinate system.", mend="Look it up for your state, e.g. 2272 or 32119."
        ) from error

    def convert(pairs: pl.Series) -> pl.Series:
        x, y = pairs.struct.field("x"), pairs.struct.field("y")
        known = (x.is_not_null() & y.is_not_null()).fill_null(False)
        nowhere = ((x == 0) | (y == 0)).fill_null(False)
        lon, lat = PROJ.submit(transformer.transform, x.fill_null(0).to_numpy(), y.fill_null(0).to_numpy()).result()
        out = pl.DataFrame({"lat": lat, "lon": lon}).select(
            # A zero stays a zero, so that it is counted as one.
            pl.when(known & nowhere).then(0.0).when(known & pl.col(name).is_finite()).then(pl.col(name)).alias(name)
            for name in ("lat", "lon")
        )
        return out.to_struct(pairs.name)

    return convert


def believable(lat: pl.Expr, lon: pl.Expr, *, center: tuple[float, float] | None) -> pl.Expr:
    """Whether a point can be a place of this city: in range, not 0,0, and within about 110 km of the median."""
    sound = lat.is_between(-90, 90) & lon.is_between(-180, 180) & ((lat != 0) | (lon != 0))
    if center is None:
        return sound
    return sound & ((lat - center[0]).abs() <= FAR_LAT) & ((lon - center[1]).abs() <= FAR_LON)


def tells_a_place(text: pl.Expr) -> pl.Expr:
    """Whether an address names a place: a number or a crossing; a street alone is no place."""
    return text.str.contains(TELLS_A_PLACE.pattern)


def pseudonyms(text: pl.Expr, *, key: bytes) -> pl.Expr:
    """Pseudonyms of places: HMAC-SHA-256 of the normalized text, 16 hex digits; null where no place is told."""
    return text.map_batches(
        lambda places: pl.Series([None if place is None else _pseudonym(place, key) for place in places], dtype=pl.String),
        return_dtype=pl.String, is_elementwise=True,
    )  # fmt: skip


def _pseudonym(place: str, key: bytes) -> str | None:
    if not TELLS_A_PLACE.search(place):
        return None
    normal = re.sub(r"[^A-Z0-9/&@]+", " ", place.upper()).strip()
    return hmac.new(key, normal.encode(), hashlib.sha256).hexdigest()[:16]


def hexagons(frame: pl.DataFrame, *, across_km: float) -> pl.DataFrame:
    """Add `hex_lat, hex_lon`: the center of the hexagon of the given width (flat to flat) that holds each point.

    Red Blob Games, "Hexagonal Grids", pointy top, axial rounding; the plane is equirectangular at the median.
    """
    middle = frame["lat"].median()
    if middle is None:
        return frame.with_columns(hex_lat=pl.lit(None, pl.Float64), hex_lon=pl.lit(None, pl.Float64))
    squeeze = math.cos(math.radians(tables.real(middle)))
    size = across_km / math.sqrt(3)
    x, y = pl.col("lon") * KM_PER_DEGREE * squeeze, pl.col("lat") * KM_PER_DEGREE
    q = (math.sqrt(3) / 3 * x - y / 3) / size
    r = (2 / 3 * y) / size
    s = -q - r
    rq, rr, rs = q.round(), r.round(), s.round()
    dq, dr, ds = (rq - q).abs(), (rr - r).abs(), (rs - s).abs()
    fixed_q = pl.when((dq > dr) & (dq > ds)).then(-rr - rs).otherwise(rq)
    fixed_r = pl.when((dr >= dq) & (dr > ds)).then(-rq - rs).otherwise(rr)
    hex_y = size * 1.5 * fixed_r
    hex_x = size * (math.sqrt(3) * fixed_q + math.sqrt(3) / 2 * fixed_r)
    return frame.with_columns(
        hex_lat=(hex_y / KM_PER_DEGREE).round(6), hex_lon=(hex_x / KM_PER_DEGREE / squeeze).round(6)
    )


def hexagon_outline(lat: float, lon: float, *, across_km: float) -> list[list[float]]:
    """The ring of a hexagon around its center, [lon, lat] pairs, closed."""
    squeeze = math.cos(math.radians(lat))
    size = across_km / math.sqrt(3)
    ring = []
    for corner in range(7):
        angle = math.radians(60 * (corner % 6) + 30)
        ring.append([
            lon + size * math.cos(angle) / KM_PER_DEGREE / squeeze,
            lat + size * math.sin(angle) / KM_PER_DEGREE,
        ])  # fmt: skip
    return ring
