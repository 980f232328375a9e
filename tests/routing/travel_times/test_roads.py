"""Preparing an extract and running its servers."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import osmium
import pytest
from django.core.management import call_command

from routing.travel_times import roads
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import UNREACHABLE

ROOT = Path(__file__).resolve().parents[3]
STEP = 0.01


def write_ring(path: Path, step: float = STEP) -> None:
    """A square of roads: the north side a motorway, the other sides residential streets."""
    corners = [(25.0, 60.0), (25.0, 60.0 + step), (25.02, 60.0 + step), (25.02, 60.0)]
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate(corners, 1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
        for number, (kind, ends) in enumerate(
            [
                ("residential", [1, 2]),
                ("motorway", [2, 3]),
                ("residential", [3, 4]),
                ("residential", [4, 1]),
            ],
            1,
        ):
            tags = {"highway": kind, "oneway": "no"}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=ends, tags=tags))


def test_a_scooter_keeps_off_the_motorway_that_a_van_takes(tmp_path: Path) -> None:
    extract = tmp_path / "ring.osm.pbf"
    write_ring(extract)
    corners = [(25.0, 60.0 + STEP), (25.02, 60.0 + STEP)]
    prepared = roads.prepare(extract, tmp_path / "cache", kinds=["van", "scooter"])
    with roads.serving(prepared, threads=1) as urls:
        source = OsrmTravelTimes(urls)
        van, scooter = (
            source.route(corners, "van").legs[0],
            source.route(corners, "scooter").legs[0],
        )
    # Along the motorway 1,115 m; round by the streets that and twice 1,112 m.
    assert van.distance_m == pytest.approx(1_115, abs=20)
    assert scooter.distance_m == pytest.approx(3_340, abs=40)


def test_two_islands_have_no_road_between_them(
    tmp_path: Path,
) -> None:
    extract = tmp_path / "islands.osm.pbf"
    with osmium.SimpleWriter(str(extract)) as writer:
        for number, place in enumerate(
            [(25.0, 60.0), (25.01, 60.0), (26.0, 60.0), (26.01, 60.0)], 1
        ):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
        for number, ends in enumerate([[1, 2], [3, 4]], 1):
            writer.add_way(
                osmium.osm.mutable.Way(id=number, nodes=ends, tags={"highway": "residential"})
            )
    prepared = roads.prepare(extract, tmp_path / "cache", kinds=["van"])
    with roads.serving(prepared, threads=1) as urls:
        found = OsrmTravelTimes(urls).matrix(
            [(25.001, 60.0), (25.009, 60.0), (26.001, 60.0)], "van"
        )
    assert found.off_road == ()
    assert found.durations_s[0, 1] > 0
    assert found.durations_s[[0, 2], [2, 0]].tolist() == [UNREACHABLE, UNREACHABLE]
    assert found.distances_m[[0, 2], [2, 0]].tolist() == [UNREACHABLE, UNREACHABLE]


def test_preparing_again_finds_it_done(tmp_path: Path) -> None:
    extract = tmp_path / "ring.osm.pbf"
    write_ring(extract)
    said: list[str] = []
    first = roads.prepare(extract, tmp_path / "cache", kinds=["van"], report=said.append)
    steps = len(said)
    assert steps >= 2
    assert roads.prepare(extract, tmp_path / "cache", kinds=["van"], report=said.append) == first
    assert len(said) == steps


def test_another_extract_is_prepared_anew(tmp_path: Path) -> None:
    one, two = tmp_path / "one.osm.pbf", tmp_path / "two.osm.pbf"
    write_ring(one)
    write_ring(two, step=0.02)
    cache = tmp_path / "cache"
    assert roads.prepare(one, cache, kinds=["van"]) != roads.prepare(two, cache, kinds=["van"])


def test_a_broken_extract_is_refused_with_what_the_tool_said_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    extract = tmp_path / "broken.osm.pbf"
    extract.write_bytes(b"not a map")
    with pytest.raises(roads.RoadsNotPrepared, match="osrm-extract failed"):
        roads.prepare(extract, tmp_path / "cache", kinds=["van"])
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_servers_listen_on_the_ports_they_are_given(prepared: dict[str, Path]) -> None:
    first = roads._free_port()
    two = dict(list(prepared.items())[:2])
    assert len(two) == 2

    servers = roads.serve(two, first_port=first)

    roads.stop(servers)
    assert [server.url for server in servers] == [
        f"http://127.0.0.1:{first}",
        f"http://127.0.0.1:{first + 1}",
    ]


def test_serving_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(roads.RoadsNotPrepared, match="ended with exit code"):
        roads.serve({"van": tmp_path / "nothing.osrm"})


def test_the_command_writes_its_urls_and_stops_its_servers_on_sigterm(
    tmp_path: Path, prepared: object
) -> None:
    file = tmp_path / "urls.json"
    command = [
        sys.executable,
        "manage.py",
        "serve_roads",
        "--kinds",
        "van",
        "bicycle",
        "--urls-file",
        str(file),
    ]
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not file.exists():
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        urls = json.loads(file.read_text())
        assert OsrmTravelTimes(urls).snap((24.9414, 60.1710), "van").distance_m < 150
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)
    assert child.returncode == 0
    assert not file.exists()
    with pytest.raises(roads.RoadsNotPrepared):
        roads._wait_until_listening(roads.Server("van", urls["van"], child), seconds=1)


def test_the_command_names_each_network_for_whoever_starts_the_servers(
    settings: object, tmp_path: Path
) -> None:
    extract = tmp_path / "ring.osm.pbf"
    write_ring(extract)
    settings.OSM_EXTRACT, settings.LOCAL = str(extract), tmp_path  # type: ignore[attr-defined]
    said = StringIO()
    call_command("prepare_roads", stdout=said)
    ready = json.loads((tmp_path / "roads" / "ready.json").read_text())
    with roads.serving({kind: Path(path) for kind, path in ready.items()}, threads=1) as urls:
        assert set(urls) == {"van", "scooter", "bicycle"}
    assert "Roads ready for van, scooter, bicycle" in said.getvalue()
