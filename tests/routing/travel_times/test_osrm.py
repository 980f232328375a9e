"""The adapter against a real osrm-routed over the demo extract."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from routing.travel_times import roads
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import (
    ROADS,
    UNREACHABLE,
    VEHICLE_KINDS,
    NoRoadNear,
    Point,
    RoadEngineUnavailable,
)

RAILWAY_STATION: Point = (24.9414, 60.1710)
KAISANIEMI: Point = (24.9466, 60.1723)
SENATE_SQUARE: Point = (24.9522, 60.1695)
ATLANTIC: Point = (0.0, 0.0)
TOWN = [RAILWAY_STATION, KAISANIEMI, SENATE_SQUARE]


def grid(count: int) -> list[Point]:
    """Points all over the extract."""
    side = int(np.ceil(np.sqrt(count)))
    lons, lats = np.meshgrid(np.linspace(24.937, 24.951, side), np.linspace(60.166, 60.177, side))
    return [(float(lon), float(lat)) for lon, lat in zip(lons.flat, lats.flat, strict=True)][:count]


def table_of(url: str, points: list[Point]) -> np.ndarray:
    """The server's own durations, by a plain GET and the standard library."""
    server = http.client.HTTPConnection(urlsplit(url).netloc)
    where = ";".join(f"{lon},{lat}" for lon, lat in points)
    server.request("GET", f"/table/v1/driving/{where}?annotations=duration,distance")
    answer = json.loads(server.getresponse().read())
    server.close()
    return np.array(answer["durations"], dtype=float)


@pytest.mark.parametrize("kind", VEHICLE_KINDS)
def test_a_matrix_holds_what_the_server_says_rounded_up(osrm: OsrmTravelTimes, kind: str) -> None:
    durations, distances, source = osrm.matrix(TOWN, kind)
    assert source == ROADS
    assert durations.dtype == distances.dtype == np.int64
    assert np.array_equal(durations, np.ceil(table_of(osrm.urls[kind], TOWN)))
    off_diagonal = ~np.eye(3, dtype=bool)
    # Between 200 m and 3 km by road, at 1 to 20 m/s.
    assert ((distances[off_diagonal] > 200) & (distances[off_diagonal] < 3000)).all()
    assert (durations[off_diagonal] > distances[off_diagonal] / 20).all()


def test_a_server_that_knows_only_json_gives_the_same(
    osrm: OsrmTravelTimes, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = grid(40)
    binary = osrm.matrix(points, "van")
    server = osrm._server("van")
    send = server.send

    def send_in_json(method: str, path: str, body: dict[str, Any]) -> tuple[bytes, bool]:
        return send(method, path, {**body, "format": "json"})

    monkeypatch.setattr(server, "send", send_in_json)
    as_json = osrm.matrix(points, "van")
    assert np.array_equal(binary.durations_s, as_json.durations_s)
    assert np.array_equal(binary.distances_m, as_json.distances_m)


def test_a_matrix_is_not_mirrored(osrm: OsrmTravelTimes) -> None:
    durations = osrm.matrix(grid(30), "van").durations_s
    assert (durations != durations.T).any()


def test_blocks_give_the_same_as_one_table(road_urls: dict[str, str]) -> None:
    points = grid(53)
    whole = OsrmTravelTimes(road_urls).matrix(points, "bicycle")
    in_blocks = OsrmTravelTimes(road_urls, max_table_size=20).matrix(points, "bicycle")
    assert np.array_equal(whole.durations_s, in_blocks.durations_s)
    assert np.array_equal(whole.distances_m, in_blocks.distances_m)


def test_several_parcels_for_one_door_are_no_distance_apart(osrm: OsrmTravelTimes) -> None:
    durations, distances, _ = osrm.matrix([RAILWAY_STATION, SENATE_SQUARE, RAILWAY_STATION], "van")
    assert durations[0, 2] == durations[2, 0] == distances[0, 2] == 0
    assert durations[0, 1] == durations[2, 1] > 0


def test_points_that_snap_to_one_spot_are_no_distance_apart_and_not_unreachable(
    osrm: OsrmTravelTimes,
) -> None:
    spot = osrm.snap(RAILWAY_STATION, "van").point
    beside = (spot[0] + 1e-6, spot[1])
    durations = osrm.matrix([spot, beside, SENATE_SQUARE], "van").durations_s
    assert set(durations[:2, :2].flat) <= {0, 1}


def test_a_point_without_a_road_is_named_and_the_others_are_answered(osrm: OsrmTravelTimes) -> None:
    found = osrm.matrix([RAILWAY_STATION, ATLANTIC, SENATE_SQUARE, ATLANTIC], "van")
    assert found.off_road == (1, 3)
    assert (found.durations_s[1, [0, 2, 3]] == UNREACHABLE).all()
    assert (found.distances_m[[0, 2, 3], 1] == UNREACHABLE).all()
    assert (
        found.durations_s[0, 2]
        == osrm.matrix([RAILWAY_STATION, SENATE_SQUARE], "van").durations_s[0, 1]
    )


def test_one_point_or_none_needs_no_server() -> None:
    nobody = OsrmTravelTimes({})
    assert nobody.matrix([], "van").durations_s.shape == (0, 0)
    assert nobody.matrix([RAILWAY_STATION], "van").durations_s.tolist() == [[0]]


def test_a_route_follows_the_roads_and_its_legs_agree_with_the_matrix(
    osrm: OsrmTravelTimes,
) -> None:
    route = osrm.route(TOWN, "bicycle")
    durations, distances, _ = osrm.matrix(TOWN, "bicycle")
    # A table rounds each cell, a route each step: a second and some metres apart.
    for leg, duration, distance in zip(
        route.legs, durations.diagonal(1), distances.diagonal(1), strict=True
    ):
        assert abs(leg.duration_s - duration) <= 2
        assert abs(leg.distance_m - distance) <= 5
    assert len(route.line) > 10
    assert all(24.93 < lon < 24.96 and 60.16 < lat < 60.18 for lon, lat in route.line)


def test_snapping_says_how_far_the_road_is(osrm: OsrmTravelTimes) -> None:
    snapped = osrm.snap(RAILWAY_STATION, "van")
    assert 0 <= snapped.distance_m < 150
    assert osrm.snap(snapped.point, "van").distance_m <= 1


def test_far_from_any_road_nothing_snaps(osrm: OsrmTravelTimes) -> None:
    with pytest.raises(NoRoadNear, match="move the pin"):
        osrm.snap(ATLANTIC, "van")
    with pytest.raises(NoRoadNear) as refusal:
        osrm.route([RAILWAY_STATION, ATLANTIC], "van")
    assert refusal.value.point == ATLANTIC


def test_a_server_that_is_down_is_named() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        down = OsrmTravelTimes({"van": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        with pytest.raises(RoadEngineUnavailable, match="van"):
            down.matrix(TOWN, "van")


def test_a_kind_without_a_server_says_which_setting_to_fill() -> None:
    with pytest.raises(RoadEngineUnavailable, match="CARTEIRO_OSRM_URLS"):
        OsrmTravelTimes({}).matrix(TOWN, "van")


def test_a_server_that_allows_less_than_we_think_is_asked_in_smaller_blocks(
    prepared: dict[str, Path],
) -> None:
    points = grid(120)
    with roads.serving({"van": prepared["van"]}, threads=1, max_table_size=50) as urls:
        found = OsrmTravelTimes(urls).matrix(points, "van")
    with roads.serving({"van": prepared["van"]}, threads=1) as urls:
        right = OsrmTravelTimes(urls).matrix(points, "van")
    assert np.array_equal(found.durations_s, right.durations_s)
    assert np.array_equal(found.distances_m, right.distances_m)


def test_a_server_that_allows_next_to_nothing_is_refused_with_its_words(
    prepared: dict[str, Path],
) -> None:
    with (
        roads.serving({"van": prepared["van"]}, threads=1, max_table_size=5) as urls,
        pytest.raises(RoadEngineUnavailable, match="TooBig"),
    ):
        OsrmTravelTimes(urls).matrix(grid(60), "van")


def test_a_block_is_the_same_part_of_the_matrix(osrm: OsrmTravelTimes) -> None:
    points = grid(40)
    whole = osrm.matrix(points, "van")
    part = osrm.block(points[5:12], points, "van")
    assert np.array_equal(part.durations_s, whole.durations_s[5:12])
    assert np.array_equal(part.distances_m, whole.distances_m[5:12])


def test_every_answer_names_the_map(osrm: OsrmTravelTimes, prepared: dict[str, Path]) -> None:
    # The folder is named for the kind and what its network is made from; so is the map.
    name = f"osrm:{prepared['van'].parent.name}"
    assert osrm.version("van") == name
    assert osrm.matrix(TOWN, "van").version == name
    assert osrm.block(TOWN[:1], TOWN[1:], "van").version == name
    assert osrm.version("bicycle") != name


def test_the_points_a_table_starts_from_are_told_and_tables_from_them_are_the_same(
    osrm: OsrmTravelTimes,
) -> None:
    points = grid(60)
    snaps = osrm.snap_all([*points, ATLANTIC], "van")
    assert snaps[-1] is None
    on_road = [snap.point for snap in snaps[:-1] if snap]
    assert len(on_road) == 60
    asked, again = osrm.matrix(points, "van"), osrm.matrix(on_road, "van")
    # A snapped point lies within 0.1 m of where the table started from.
    assert np.abs(asked.durations_s - again.durations_s).max() <= 1
    assert np.abs(asked.distances_m - again.distances_m).max() <= 1


def test_one_point_is_snapped_as_many_are(osrm: OsrmTravelTimes) -> None:
    assert osrm.snap_all(TOWN[:1], "van") == osrm.snap_all(TOWN, "van")[:1]
    assert osrm.snap_all([], "van") == []
