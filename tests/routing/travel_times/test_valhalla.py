"""The adapter against a real valhalla_service over tiles of the demo extract."""

import json
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import requests

from common.geo.extract import extract_path
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
from routing.travel_times.valhalla import ValhallaTravelTimes, polyline6
from tests.routing.travel_times.faulty import in_front_of
from tests.routing.travel_times.test_osrm import (
    ATLANTIC,
    KAISANIEMI,
    RAILWAY_STATION,
    SENATE_SQUARE,
    TOWN,
    grid,
)


@pytest.fixture(scope="module")
def valhalla_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as its own tools make and start it, with its limits as they come."""
    from valhalla.config import get_config

    folder = tmp_path_factory.mktemp("valhalla")
    tools = Path(find_spec("valhalla").submodule_search_locations[0]) / "bin"
    (folder / "tiles").mkdir()
    url = f"http://127.0.0.1:{roads._free_port()}"
    config = get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
    config["httpd"]["service"] |= {
        "listen": url.replace("http", "tcp"),
        "loopback": f"ipc://{folder}/loopback",
        "interrupt": f"ipc://{folder}/interrupt",
    }
    for part in ("loki", "thor", "odin"):
        config[part]["service"]["proxy"] = f"ipc://{folder}/{part}"
    file = folder / "valhalla.json"
    file.write_text(json.dumps(config))
    build = [str(tools / "valhalla_build_tiles"), "-c", str(file), str(extract_path())]
    subprocess.run(build, check=True, capture_output=True)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([tools / "valhalla_service", file, "1"], stdout=log, stderr=log)
    try:
        _wait(url, server)
        yield url
    finally:
        server.kill()
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None
        try:
            if requests.get(f"{url}/status", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError("valhalla_service did not start.")


@pytest.fixture
def valhalla(valhalla_url: str) -> ValhallaTravelTimes:
    return ValhallaTravelTimes(valhalla_url)


def table_of(url: str, points: list[Point]) -> np.ndarray:
    """The server's own times for cars, cell by cell as objects, unlike the adapter asks."""
    places = [{"lon": lon, "lat": lat} for lon, lat in points]
    question = {"sources": places, "targets": places, "costing": "auto", "verbose": True}
    answer = requests.post(f"{url}/sources_to_targets", json=question, timeout=10).json()
    return np.array([[c["time"] for c in row] for row in answer["sources_to_targets"]], dtype=float)


def test_a_matrix_holds_what_the_server_says(valhalla: ValhallaTravelTimes) -> None:
    points = grid(30)
    durations, distances, source = valhalla.matrix(points, "van")
    assert source == ROADS
    assert durations.dtype == distances.dtype == np.int64
    told = table_of(valhalla.server.url, points)
    # One of the points lies at the end of a street that no car may leave: the server says null.
    assert np.isnan(told).any()
    assert np.array_equal(durations, np.nan_to_num(np.ceil(told), nan=UNREACHABLE))
    assert np.array_equal(durations == UNREACHABLE, distances == UNREACHABLE)
    assert (durations != durations.T).any()
    assert distances.max() > 500  # metres, not kilometres: the extract is 1.7 km high


@pytest.mark.parametrize("kind", VEHICLE_KINDS)
def test_each_kind_has_its_costing_and_agrees_with_the_other_engine_about_the_way(
    valhalla: ValhallaTravelTimes, osrm: OsrmTravelTimes, kind: str
) -> None:
    ours, other = valhalla.matrix(grid(25), kind), osrm.matrix(grid(25), kind)
    apart = (ours.distances_m > 200) & (other.distances_m > 200)
    # Two engines with speeds of their own, on the same streets.
    metres = ours.distances_m[apart] / other.distances_m[apart]
    seconds = ours.durations_s[apart] / other.durations_s[apart]
    assert np.median(metres) == pytest.approx(1, abs=0.2)
    assert 0.4 < np.median(seconds) < 2.5


def test_the_kinds_differ(valhalla: ValhallaTravelTimes) -> None:
    van, scooter, bicycle = (valhalla.matrix(TOWN, k).durations_s for k in VEHICLE_KINDS)
    assert not np.array_equal(van, bicycle)
    assert not np.array_equal(scooter, bicycle)


def test_blocks_give_the_same_as_one_table(valhalla: ValhallaTravelTimes) -> None:
    points = grid(33)
    whole = valhalla.matrix(points, "van")
    small = ValhallaTravelTimes(valhalla.server.url, max_pairs=100).matrix(points, "van")
    assert np.array_equal(whole.durations_s, small.durations_s)
    assert np.array_equal(whole.distances_m, small.distances_m)


def test_more_than_the_servers_limit_comes_in_blocks(valhalla: ValhallaTravelTimes) -> None:
    # 60 x 60 = 3,600 pairs where the server allows 2,500.
    assert valhalla.matrix(TOWN * 20, "bicycle").durations_s.min() == 0


def test_a_limit_that_is_set_too_high_says_which_setting_to_change(valhalla_url: str) -> None:
    greedy = ValhallaTravelTimes(valhalla_url, max_pairs=10_000)
    with pytest.raises(RoadEngineUnavailable, match="CARTEIRO_VALHALLA_MAX_PAIRS"):
        greedy.matrix(grid(60), "van")


def test_a_point_without_a_road_is_named_and_the_others_are_answered(
    valhalla: ValhallaTravelTimes,
) -> None:
    found = valhalla.matrix([RAILWAY_STATION, ATLANTIC, SENATE_SQUARE], "van")
    assert found.off_road == (1,)
    assert found.durations_s[0].tolist()[1] == UNREACHABLE
    assert found.durations_s[0, 2] > 0


def test_snapping_and_refusing(valhalla: ValhallaTravelTimes) -> None:
    snapped = valhalla.snap(RAILWAY_STATION, "van")
    assert 0 <= snapped.distance_m < 150
    assert valhalla.snap(snapped.point, "van").distance_m <= 1
    with pytest.raises(NoRoadNear, match="move the pin"):
        valhalla.snap(ATLANTIC, "van")
    assert valhalla.snap_all([KAISANIEMI, ATLANTIC], "van")[1] is None


def test_a_route_follows_the_roads_through_more_places_than_one_question_may_name(
    valhalla: ValhallaTravelTimes,
) -> None:
    points = TOWN * 15
    route = valhalla.route(points, "van")
    durations, distances, _ = valhalla.matrix(TOWN, "van")
    assert len(route.legs) == 44
    for number, leg in enumerate(route.legs):
        way = number % 3, (number + 1) % 3
        assert abs(leg.duration_s - durations[way]) <= 2
        assert abs(leg.distance_m - distances[way]) <= 5
    assert route.source == ROADS
    assert len(route.line) > 200
    assert all(24.93 < lon < 24.96 and 60.16 < lat < 60.18 for lon, lat in route.line)
    # Neighbours on the line are neighbours on the ground: no piece begins elsewhere than the one before ended.
    steps = np.abs(np.diff(np.array(route.line), axis=0))
    assert steps.max() < 0.01


def test_the_shape_is_read_as_it_was_written() -> None:
    # Valhalla's documentation of polyline6: 1e6, latitude first, zigzag and five bits a character.
    assert polyline6("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI") == [
        (-120.2, 38.5),
        (-120.95, 40.7),
        (-126.453, 43.252),
    ]


def test_the_map_is_named_by_version_and_tiles(valhalla: ValhallaTravelTimes) -> None:
    engine, version, tiles = valhalla.version("van").split(":")
    assert (engine, version[0]) == ("valhalla", "3")
    assert int(tiles) > 1_700_000_000
    assert valhalla.matrix(TOWN, "van").version == valhalla.version("bicycle")


def test_a_server_that_may_not_do_what_is_needed_is_refused_by_name(valhalla_url: str) -> None:
    def without_matrix(answer: bytes) -> bytes:
        return answer.replace(b'"sources_to_targets",', b"")

    with in_front_of(valhalla_url) as faulty:
        faulty.change = without_matrix
        with pytest.raises(RoadEngineUnavailable, match="does not offer sources_to_targets"):
            ValhallaTravelTimes(faulty.url).version("van")
