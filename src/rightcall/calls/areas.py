"""Areas in layers: outlines from GeoJSON, and the area that holds a point."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.polygon import orient

from rightcall.errors import RightcallError


class AreaError(RightcallError):
    """A file of areas cannot be used."""


class AreaFile(Protocol):
    """What a program says of a file of areas."""

    @property
    def layer(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


def outlines(files: Iterable[AreaFile], folder: Path) -> dict[str, dict[str, Any]]:
    """Layer (`area_district`, …) → GeoJSON of its areas, each with a property `area`. Files lie in `folder`."""
    found = {}
    for entry in files:
        path = folder / entry.file
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            features = [
                {
                    "type": "Feature",
                    "properties": {"area": str(feature["properties"][entry.name])},
                    "geometry": _clockwise(feature["geometry"]),
                }
                for feature in content["features"]
            ]
        except (OSError, json.JSONDecodeError) as error:
            raise AreaError(
                f"it cannot be read ({error}).", where=str(path), mend="Export the areas as GeoJSON in degrees."
            ) from error
        except (KeyError, TypeError) as error:
            raise AreaError(
                f"an area has no {error}.",
                where=str(path),
                mend=f"Each feature needs a geometry and a property “{entry.name}”.",
            ) from error
        found[f"area_{entry.layer}"] = {"type": "FeatureCollection", "features": features}
    return found


def _clockwise(geometry: dict[str, Any]) -> dict[str, Any]:
    """Outer rings clockwise, as the maps want them; the other way round would color the rest of the world."""
    drawn = shape(geometry)
    parts = drawn.geoms if drawn.geom_type == "MultiPolygon" else [drawn]
    return dict(mapping(shapely.MultiPolygon([orient(part, sign=-1.0) for part in parts])))


def named(calls: pl.LazyFrame, *, outlines: dict[str, dict[str, Any]]) -> pl.LazyFrame:
    """Fill the area of each layer from the point on the map, where the export leaves it open."""
    exprs = []
    for layer, content in outlines.items():
        names, tree = _tree(content)

        def locate(points: pl.Series, names: list[str] = names, tree: shapely.STRtree = tree) -> pl.Series:
            lat, lon = points.struct.field("lat").to_numpy(), points.struct.field("lon").to_numpy()
            known = np.flatnonzero(~np.isnan(lat) & ~np.isnan(lon))
            hits = tree.query(shapely.points(lon[known], lat[known]), predicate="intersects")
            found: list[str | None] = [None] * len(points)
            for point, area in zip(*hits, strict=True):
                found[known[point]] = names[area]
            return pl.Series(points.name, found, dtype=pl.String)

        place = pl.struct(pl.col("lat").fill_null(float("nan")), pl.col("lon").fill_null(float("nan")))
        exprs.append(pl.coalesce(pl.col(layer), place.map_batches(locate, return_dtype=pl.String)).alias(layer))
    return calls.with_columns(exprs)


def locator(outlines: dict[str, dict[str, Any]]) -> Callable[[float, float], dict[str, str]]:
    """A function that names the area of each layer in which a point lies, made once for many points one by one."""
    trees = {layer: _tree(content) for layer, content in outlines.items()}

    def at(lat: float, lon: float) -> dict[str, str]:
        point, found = shapely.Point(lon, lat), {}
        for layer, (names, tree) in trees.items():
            hits = tree.query(point, predicate="intersects")
            if len(hits):
                found[layer] = names[int(hits.max())]
        return found

    return at


def _tree(content: dict[str, Any]) -> tuple[list[str], shapely.STRtree]:
    try:
        shapes = [shape(feature["geometry"]) for feature in content["features"]]
    except (ShapelyError, ValueError, KeyError, AttributeError) as error:
        raise AreaError(f"an outline is damaged ({error}).", mend="Export the areas again.") from error
    return [feature["properties"]["area"] for feature in content["features"]], shapely.STRtree(shapes)


def overlaps(content: dict[str, Any], *, least: float = 0.01) -> list[tuple[str, str]]:
    """Pairs of areas that share more than `least` of the smaller one: a point there belongs to the one listed last."""
    names, tree = _tree(content)
    shapes = tree.geometries
    found = []
    for one, other in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if one < other and names[one] != names[other]:
            shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
            if shared > least * min(shapely.area(shapes[one]), shapely.area(shapes[other])):
                found.append((names[one], names[other]))
    return sorted(found)
