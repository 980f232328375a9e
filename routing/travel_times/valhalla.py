"""Travel times from a Valhalla server (3.5 or later) over HTTP; one map for all vehicle kinds, each with its costing.

Valhalla bounds a matrix by its number of pairs (`service_limits.<costing>.max_matrix_location_pairs`), so tables are
asked in blocks. Its distances come in kilometres.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import isqrt
from typing import Any

import numpy as np

from routing.travel_times.haversine import crow_m
from routing.travel_times.protocol import (
    ROADS,
    SNAP_LIMIT_M,
    UNREACHABLE,
    VERSION_AGE_S,
    IntMatrix,
    Leg,
    NoRoadNear,
    NoRoute,
    Point,
    RoadEngineUnavailable,
    RoadRoute,
    Snap,
    TravelBlock,
    TravelMatrix,
    join_routes,
    spread,
)
from routing.travel_times.servers import RoadServer

COSTING = {"van": "auto", "scooter": "motor_scooter", "bicycle": "bicycle"}
MAX_PAIRS = 2_500
"""Valhalla's own limit of pairs in one matrix, unless its configuration says otherwise."""
ROUTE_MOST = 20
"""Places of one route: Valhalla's own limit for cars."""
LOCATE_MOST = 500
IN_PARALLEL = 2
NEEDED = frozenset({"locate", "route", "sources_to_targets", "status"})
NO_EDGES, NO_PATH, TOO_MANY_PAIRS = {170, 171}, {441, 442}, {150, 153}
"""Error codes of Valhalla (src/exceptions.h, 3.9): no road near, no way, over a limit."""


class ValhallaTravelTimes:
    """One server for every vehicle kind.

    Parameters
    ----------
    url
        Base URL, for instance http://127.0.0.1:8002.
    max_pairs
        What its configuration allows a matrix.
    """

    def __init__(self, url: str, *, max_pairs: int = MAX_PAIRS) -> None:
        self.server = RoadServer(url, "Valhalla")
        self.max_pairs = max_pairs
        self._version = ("", -VERSION_AGE_S)
        self._checking = threading.Lock()

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix; raises RoadEngineUnavailable."""
        size = len(points)
        if size < 2:
            nothing = np.zeros((size, size), dtype=np.int64)
            return TravelMatrix(nothing, nothing.copy(), ROADS)
        # One point off the road fails a whole matrix of Valhalla's: they are sorted out before.
        on_road = [i for i, snap in enumerate(self.snap_all(points, vehicle_kind)) if snap]
        near = [points[i] for i in on_road]
        durations, distances, version = self.block(near, near, vehicle_kind)
        if len(near) == size:
            return TravelMatrix(durations, distances, ROADS, version=version)
        off_road = tuple(sorted(set(range(size)) - set(on_road)))
        durations, distances = spread(durations, on_road, size), spread(distances, on_road, size)
        return TravelMatrix(durations, distances, ROADS, off_road, version)

    def block(
        self, sources: Sequence[Point], targets: Sequence[Point], vehicle_kind: str
    ) -> TravelBlock:
        """As RoadEngine.block."""
        version = self.version(vehicle_kind)
        durations = np.zeros((len(sources), len(targets)), dtype=np.int64)
        distances = np.zeros((len(sources), len(targets)), dtype=np.int64)

        def fill(part: tuple[slice, slice]) -> None:
            durations[part], distances[part] = self._block(
                sources[part[0]], targets[part[1]], vehicle_kind
            )

        side = max(1, isqrt(self.max_pairs))
        width = min(max(1, len(targets)), side)
        height = max(1, self.max_pairs // width)
        parts = list(product(_slices(len(sources), height), _slices(len(targets), width)))
        with ThreadPoolExecutor(IN_PARALLEL) as pool:
            list(pool.map(fill, parts))
        return TravelBlock(durations, distances, version)

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route; raises RoadEngineUnavailable too."""
        return join_routes(points, ROUTE_MOST, lambda piece: self._route(piece, vehicle_kind))

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap; raises RoadEngineUnavailable too."""
        (snap,) = self.snap_all([point], vehicle_kind)
        if snap is None:
            raise NoRoadNear(point)
        return snap

    def snap_all(self, points: Sequence[Point], vehicle_kind: str) -> list[Snap | None]:
        """As RoadEngine.snap_all."""
        pieces = (
            points[start : start + LOCATE_MOST] for start in range(0, len(points), LOCATE_MOST)
        )
        return [snap for piece in pieces for snap in self._snap_piece(piece, vehicle_kind)]

    def version(self, vehicle_kind: str) -> str:
        """As RoadEngine.version; raises RoadEngineUnavailable too when the server lacks what is needed."""
        with self._checking:
            version, seen_at = self._version
            if time.monotonic() - seen_at >= VERSION_AGE_S:
                version = _version_of(self.server.ask("GET", "status"))
                self._version = version, time.monotonic()
        return version

    # Questions

    def _block(
        self, sources: Sequence[Point], targets: Sequence[Point], vehicle_kind: str
    ) -> tuple[IntMatrix, IntMatrix]:
        question = {
            "sources": [_place(point) for point in sources],
            "targets": [_place(point) for point in targets],
            "costing": _costing(vehicle_kind), "verbose": False, "units": "kilometers",
        }  # fmt: skip
        found = self._ask("sources_to_targets", question, sources)["sources_to_targets"]
        # null is no road, and becomes nan.
        seconds = np.array(found["durations"], dtype=np.float64)
        metres = np.array(found["distances"], dtype=np.float64) * 1000
        no_road = np.isnan(seconds)
        # Kilometres come with three decimals; times 1,000 they must not be rounded up to the next metre.
        durations = np.nan_to_num(np.ceil(seconds)).astype(np.int64)
        distances = np.nan_to_num(np.ceil(metres - 1e-6)).astype(np.int64)
        durations[no_road] = distances[no_road] = UNREACHABLE
        return durations, distances

    def _route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        question = {
            "locations": [_place(point) for point in points], "costing": _costing(vehicle_kind),
            "shape_format": "polyline6", "directions_type": "none", "units": "kilometers",
        }  # fmt: skip
        found = self._ask("route", question, points)["trip"]["legs"]
        legs: list[Leg] = []
        line: list[Point] = []
        for leg in found:
            told = leg["summary"]
            legs.append(Leg(_up(told["time"]), _up(told["length"] * 1000 - 1e-6)))
            shape = polyline6(leg["shape"])
            line += shape[1:] if line and line[-1] == shape[0] else shape
        return RoadRoute(tuple(legs), tuple(line), ROADS)

    def _snap_piece(self, points: Sequence[Point], vehicle_kind: str) -> list[Snap | None]:
        if not points:
            return []
        question = {
            "locations": [_place(point) for point in points], "costing": _costing(vehicle_kind),
            "verbose": False,
        }  # fmt: skip
        found = self._ask("locate", question, points)
        return [_nearest(point, place) for point, place in zip(points, found, strict=True)]

    def _ask(self, action: str, question: dict[str, Any], points: Sequence[Point]) -> Any:
        answer = self.server.ask("POST", action, question)
        code = answer.get("error_code") if isinstance(answer, dict) else None
        if code is None:
            return answer
        if code in NO_EDGES:
            raise NoRoadNear(points[0])
        if code in NO_PATH:
            raise NoRoute("No road leads along these points: check the addresses on the map.")
        hint = " Set CARTEIRO_VALHALLA_MAX_PAIRS to its limit." if code in TOO_MANY_PAIRS else ""
        raise RoadEngineUnavailable(
            f"The road engine Valhalla answered {code}: {str(answer.get('error'))[:200]}.{hint}"
        )


def polyline6(shape: str) -> list[Point]:
    """The points of an encoded polyline of six decimals (Google's algorithm; Valhalla and OSRM write it)."""
    points: list[Point] = []
    values = [0, 0]
    shift = value = axis = 0
    for char in shape:
        bits = ord(char) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            values[axis] += ~(value >> 1) if value & 1 else value >> 1
            if axis:
                points.append((values[1] / 1e6, values[0] / 1e6))
            axis, shift, value = 1 - axis, 0, 0
    return points


def _version_of(status: Any) -> str:
    """The engine's name of its map. Raises RoadEngineUnavailable when it can't do what is needed."""
    if not isinstance(status, dict) or "version" not in status:
        raise RoadEngineUnavailable("The road engine Valhalla did not say its version.")
    missing = NEEDED - set(status.get("available_actions", NEEDED))
    if missing:
        raise RoadEngineUnavailable(
            f"The road engine Valhalla does not offer {', '.join(sorted(missing))}: allow it in loki.actions."
        )
    tiles = status.get("tileset_last_modified", "")
    return f"valhalla:{status['version']}:{tiles}" if tiles else ""


def _nearest(point: Point, place: Any) -> Snap | None:
    edges = [
        (edge["correlated_lon"], edge["correlated_lat"])
        for edge in (place or {}).get("edges") or ()
    ]
    snaps = (Snap(edge, _up(crow_m(point, edge))) for edge in edges)
    best = min(snaps, key=lambda snap: snap.distance_m, default=None)
    return best if best and best.distance_m <= SNAP_LIMIT_M else None


def _place(point: Point) -> dict[str, float]:
    return {"lon": point[0], "lat": point[1], "search_cutoff": SNAP_LIMIT_M}


def _costing(vehicle_kind: str) -> str:
    costing = COSTING.get(vehicle_kind)
    if costing is None:
        raise RoadEngineUnavailable(f"Valhalla has no costing for {vehicle_kind}.", 0)
    return costing


def _slices(size: int, step: int) -> list[slice]:
    return [slice(start, start + step) for start in range(0, size, step)]


def _up(value: float) -> int:
    return int(np.ceil(value))
