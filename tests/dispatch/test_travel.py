"""Travel: distances, speeds, tables, and what a city's own trips show."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from rightcall.dispatch import travel

LAT, LON = np.array([36.0, 36.0, 36.1]), np.array([-78.9, -78.8, -78.9])
degrees = st.floats(-80, 80, allow_nan=False)


@given(degrees, degrees, degrees, degrees)
def test_distances_are_those_of_the_globe(lat: float, lon: float, to_lat: float, to_lon: float) -> None:
    _, _, meters = Geod(a=travel.EARTH_KM * 1000, f=0).inv(lon, lat, to_lon, to_lat)
    got = travel.great_circle_km(np.array(lat), np.array(lon), np.array(to_lat), np.array(to_lon))
    assert float(got) == pytest.approx(meters / 1000, abs=1e-3)


def test_a_vehicle_that_must_speed_up_takes_longer_and_smoothly() -> None:
    speed, pickup = 40.0, 0.25
    joint = 2 * pickup
    seconds_up, tiny = joint / speed * 60, 1e-6
    at = travel.cruise_minutes(np.array([joint - tiny, joint, joint + tiny, 5.0]), speed_kmh=speed, pickup_km=pickup)
    assert at[1] == pytest.approx(2 * joint / speed * 60)
    assert (at[1] - at[0]) / tiny == pytest.approx((at[2] - at[1]) / tiny, rel=1e-4)
    assert at[3] == pytest.approx(5 / speed * 60 + seconds_up)
    assert travel.cruise_minutes(np.array(5.0), speed_kmh=speed) == pytest.approx(7.5)


def test_the_nearest_of_a_spatial_poisson_field() -> None:
    """Mean distance .5/√density in a straight line (Urban Operations Research 3.8.2)."""
    draw, density, side = np.random.default_rng(1), 1.0, 40.0
    degree = math.pi * travel.EARTH_KM / 180
    here, nearest = np.array(0.0), []
    for _ in range(400):
        x, y = (draw.random((2, draw.poisson(density * side**2))) * side - side / 2) / degree
        nearest.append(travel.great_circle_km(here, here, y, x).min())
    assert abs(np.mean(nearest) - 0.5) < 3.3 * np.std(nearest) / math.sqrt(len(nearest))


def test_speeds_by_hour_make_as_many_tables_as_there_are_speeds() -> None:
    rush = [30.0 if hour in (8, 17) else 40.0 for hour in range(24)]
    got = travel.by_speed(LAT, LON, speed_kmh=rush, detour=1.3)
    assert got.minutes.shape == (2, 3, 3)
    one = got.minutes[got.band[24 + 8], 0, 1]
    assert one == pytest.approx(got.minutes[got.band[3], 0, 1] * 40 / 30)
    assert one == pytest.approx(1.3 * 9.0 / 30 * 60, rel=0.01)
    assert str(got.how) == "Travel: straight line × 1.3 at 30–40 km/h."


@pytest.mark.parametrize(("speed", "detour"), [(0, 1.3), (-5, 1.3), (30, 0.9), (math.nan, 1.3)])
def test_a_speed_that_cannot_be_is_refused(speed: float, detour: float) -> None:
    with pytest.raises(travel.TravelError, match=r"speed|detour"):
        travel.by_speed(LAT, LON, speed_kmh=speed, detour=detour)


def test_a_table_between_areas_is_taken_as_it_is() -> None:
    table = np.array([[0.0, 7.0], [9.0, 0.0]])
    got = travel.by_table(table)
    assert got.minutes[got.band[100], 1, 0] == 9
    by_hour = travel.by_table(np.stack([table + hour for hour in range(24)]))
    assert by_hour.minutes[by_hour.band[24 + 5], 0, 1] == 12


@pytest.mark.parametrize("table", [[[0.0, -1.0], [1.0, 0.0]], [[0.0, math.nan], [1.0, 0.0]]])
def test_negative_or_missing_times_are_refused(table: list[list[float]]) -> None:
    with pytest.raises(travel.TravelError, match="negative or missing"):
        travel.by_table(np.array(table))


def test_tables_of_another_shape_are_refused() -> None:
    with pytest.raises(travel.TravelError, match="one or 24"):
        travel.by_table(np.zeros((3, 2, 2)))
    with pytest.raises(travel.TravelError, match="square"):
        travel.by_table(np.zeros((2, 3)))


def test_a_citys_trips_are_learned_and_foretold() -> None:
    draw = np.random.default_rng(3)
    km, hour = draw.gamma(2, 2, 4000), draw.integers(0, 24, 4000)
    slow = np.where((hour >= 15) & (hour < 19), 1.4, 1.0)
    minutes = (2 + km * 1.8) * slow * draw.lognormal(-0.02, 0.2, 4000)
    got = travel.from_trips(LAT, LON, km=km, minutes=minutes, hour=hour)
    assert got.fit is not None
    assert got.fit.error < 0.4 * got.fit.error_of_mean
    between = travel.great_circle_km(LAT[0], LON[0], LAT[1], LON[1])
    truth = 2 + float(between) * 1.8
    assert got.minutes[got.band[11], 0, 1] == pytest.approx(truth, rel=0.07)
    assert got.minutes[got.band[16], 0, 1] == pytest.approx(1.4 * truth, rel=0.09)
    assert "4000 trips" in str(got.how) or "4,000 trips" in str(got.how)


@given(st.integers(0, 1000))
def test_farther_never_takes_less(seed: int) -> None:
    draw = np.random.default_rng(seed)
    km, minutes = draw.random(200) * 20, draw.random(200) * 60
    learned = travel.curve(km, minutes, draw.integers(0, 24, 200))
    along = learned.at(np.linspace(0, 60, 300), np.full(300, 12))
    assert (np.diff(along) >= -1e-9).all()


def test_too_few_trips_are_said_to_be_too_few() -> None:
    with pytest.raises(travel.TravelError, match="too few"):
        travel.from_trips(LAT, LON, km=np.ones(10), minutes=np.ones(10), hour=np.zeros(10))


def test_trips_that_go_nowhere_are_refused() -> None:
    with pytest.raises(travel.TravelError, match="no trip covers any distance"):
        travel.from_trips(LAT, LON, km=np.zeros(60), minutes=np.ones(60), hour=np.zeros(60))


def test_trips_that_cannot_be_are_left_out() -> None:
    draw = np.random.default_rng(4)
    km, minutes, hour = draw.random(300) * 10, draw.random(300) * 20, draw.integers(0, 24, 300)
    minutes[:20], minutes[20:40], km[40:60] = math.nan, -3, math.inf
    got = travel.from_trips(LAT, LON, km=km, minutes=minutes, hour=hour)
    assert "240 trips" in str(got.how)


def test_minutes_between_areas_hold_both_ways_and_the_rest_goes_by_the_speed() -> None:
    said = {"North": {"North": 4.0, "South": 11.0}, "South": {"North": 14.0}}
    assert travel.between(said, "North", "South") == 11
    assert travel.between(said, "South", "North") == 14
    assert travel.between({"A": {"B": 3.0}}, "B", "A") == 3
    assert np.isnan(travel.between(said, "South", "South"))
    flat = travel.by_table(np.stack([np.full((3, 3), 20.0 + hour) for hour in range(24)]))
    got = travel.by_areas(said, ("South", "North", "North"), otherwise=flat, layer="district")
    assert got.minutes[5].tolist() == [[25.0, 14.0, 14.0], [11.0, 4.0, 4.0], [11.0, 4.0, 4.0]]
    assert "1 of 4 pairs" in str(got.how)
    whole = travel.by_areas(
        said | {"South": {"South": 5.0}}, ("South", "North", "North"), otherwise=flat, layer="district"
    )
    assert "pairs" not in str(whole.how)
