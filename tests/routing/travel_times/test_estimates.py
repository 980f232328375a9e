"""The estimate without roads, and when it is used."""

import numpy as np
import pytest
from geopy.distance import geodesic

from routing.travel_times.haversine import HaversineTravelTimes, crow_distances_m
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import ESTIMATE, ROADS, VEHICLE_KINDS, NoRoadNear, Point
from routing.travel_times.providers import FirstThatAnswers, travel_times

TOWN: list[Point] = [(24.9414, 60.1710), (24.9522, 60.1695), (24.97, 60.2), (-46.63, -23.55)]


def test_crow_distances_agree_with_the_geodesic() -> None:
    crow = crow_distances_m(TOWN)
    for i, (lon, lat) in enumerate(TOWN):
        for j, (other_lon, other_lat) in enumerate(TOWN):
            # A sphere is off by at most 0.56 %.
            assert crow[i, j] == pytest.approx(
                geodesic((lat, lon), (other_lat, other_lon)).m, rel=0.0056, abs=0.01
            )


def test_short_hops_are_slower_than_long_ones() -> None:
    # 0.01 and 0.1 degrees of latitude: 1,112 m at 21 km/h = 190.6 s, 11,120 m at 29 km/h = 1,380.4 s.
    durations, distances, source = HaversineTravelTimes().matrix(
        [(25.0, 60.0), (25.0, 60.01), (25.0, 60.1)], "van"
    )
    assert durations[0, 1:].tolist() == [191, 1381]
    assert distances[0, 1:].tolist() == [1557, 15568]
    assert source == ESTIMATE


@pytest.mark.parametrize("kind", VEHICLE_KINDS)
def test_every_vehicle_kind_has_an_estimate(kind: str) -> None:
    durations = HaversineTravelTimes().matrix(TOWN, kind).durations_s
    assert (durations.diagonal() == 0).all()
    assert (durations[~np.eye(4, dtype=bool)] > 0).all()


def test_an_estimated_route_is_a_straight_line_with_matching_legs() -> None:
    source = HaversineTravelTimes()
    route = source.route(TOWN[:3], "bicycle")
    assert route.line == tuple(TOWN[:3])
    assert [leg.duration_s for leg in route.legs] == source.matrix(
        TOWN[:3], "bicycle"
    ).durations_s.diagonal(1).tolist()


def test_the_roads_are_used_while_they_answer(road_urls: dict[str, str]) -> None:
    source = FirstThatAnswers({"osrm": OsrmTravelTimes(road_urls)}, HaversineTravelTimes())
    assert source.matrix(TOWN[:2], "VAN").source == ROADS


def test_a_missing_kind_is_estimated_and_marked(road_urls: dict[str, str]) -> None:
    source = FirstThatAnswers(
        {"osrm": OsrmTravelTimes({"van": road_urls["van"]})}, HaversineTravelTimes()
    )
    assert source.matrix(TOWN[:2], "bicycle").is_estimate
    assert not source.matrix(TOWN[:2], "van").is_estimate


def test_a_point_off_the_road_is_never_hidden_by_an_estimate(road_urls: dict[str, str]) -> None:
    source = FirstThatAnswers({"osrm": OsrmTravelTimes(road_urls)}, HaversineTravelTimes())
    with pytest.raises(NoRoadNear):
        source.snap((0.0, 0.0), "van")


def test_the_settings_choose(settings: object, road_urls: dict[str, str]) -> None:
    settings.OSRM_URLS = {}  # type: ignore[attr-defined]
    assert travel_times().matrix(TOWN[:2], "van").is_estimate
    settings.OSRM_URLS = road_urls  # type: ignore[attr-defined]
    assert not travel_times().matrix(TOWN[:2], "van").is_estimate
    assert travel_times() is travel_times()
