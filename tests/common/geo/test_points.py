"""Coordinates that can't be what was meant are named for what is wrong with them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.geo.checks import check_extract
from common.geo.models import MapExtract
from common.geo.places import Point
from common.geo.points import Bounds, check_point, distance_m, map_bounds

HELSINKI = Bounds(24.93, 60.16, 24.96, 60.18)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (24.945, 60.172, None),
        (24.90, 60.172, None),  # a little beyond the edge
        (60.172, 24.945, "coordinates_swapped"),
        (0.0, 0.0, "coordinates_zero"),
        (0.001, -0.004, "coordinates_zero"),
        (24.0, 60.172, "coordinates_outside"),
        (24.945, -60.172, "coordinates_outside"),
        (200.0, 60.0, "coordinates_impossible"),
        (24.945, 90.1, "coordinates_impossible"),
    ],
)
def test_a_point_is_judged_by_the_map(lon: float, lat: float, code: str | None) -> None:
    problem = check_point(lon, lat, HELSINKI)
    assert (problem.code if problem else None) == code


def test_swapped_coordinates_come_back_the_right_way_round() -> None:
    problem = check_point(60.172, 24.945, HELSINKI)
    assert problem is not None
    assert problem.swapped == Point(24.945, 60.172)
    assert "Longitude comes first" in problem.message


def test_without_a_map_only_the_impossible_is_refused() -> None:
    assert check_point(60.172, 24.945) is None
    # 100 is no latitude, but it is a longitude.
    problem = check_point(25.0, 100.0)
    assert problem is not None
    assert problem.code == "coordinates_swapped"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_impossible(value: float) -> None:
    problem = check_point(value, 60.0, HELSINKI)
    assert problem is not None
    assert problem.code == "coordinates_impossible"


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_distance_is_the_same_both_ways_and_never_more_than_half_round(
    a: float, b: float, c: float, d: float
) -> None:
    there, back = distance_m(Point(a, b), Point(c, d)), distance_m(Point(c, d), Point(a, b))
    assert there == back
    assert 0 <= there <= 20_015_200


def test_a_degree_of_latitude_is_111_km() -> None:
    # 2 * pi * 6371.009 km / 360 = 111.195 km
    assert distance_m(Point(0, 0), Point(0, 1)) == pytest.approx(111_195, abs=2)


def test_the_maps_box_is_that_of_its_file(demo_map: MapExtract) -> None:
    # What the file's header states (osmium fileinfo): 24.9351762, 60.164155 to 24.9534145, 60.179113.
    assert map_bounds() == Bounds(24.9351762, 60.164155, 24.9534145, 60.179113)


def test_the_demo_map_bounds_nothing_where_a_service_finds_the_addresses(
    demo_map: MapExtract, settings: Any
) -> None:
    settings.GEOCODER = "nominatim"
    assert map_bounds() is None
    settings.OSM_EXTRACT = "/maps/region.osm.pbf"
    assert map_bounds() is not None


@pytest.mark.parametrize(
    ("geocoder", "extract", "warned"),
    [("embedded", "", True), ("embedded", "/maps/br.osm.pbf", False), ("photon", "", False)],
)
def test_deploying_with_the_demo_map_alone_is_warned_about(
    settings: Any, geocoder: str, extract: str, warned: bool
) -> None:
    settings.GEOCODER, settings.OSM_EXTRACT = geocoder, extract
    assert [message.id for message in check_extract(None)] == (["carteiro.W001"] if warned else [])
