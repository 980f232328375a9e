"""Travel times from an osrm-routed server, the embedded child or a remote one.

The profile is the server's: one server per vehicle kind. Tables are asked by POST as flatbuffers, whose numbers numpy
reads as they lie (as JSON, a table of 2,000 x 2,000 takes the server a third longer and us a second to read); a server
that knows only JSON, or only GET (OSRM 5), is understood too. Tables over the server's limit are asked in blocks, two
at a time.
"""

import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from routing.travel_times import flatbuffers
from routing.travel_times.osrm_words import as_url, code_of, table_of, table_question
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

MAX_TABLE_SIZE = 2_000
"""The server's --max-table-size, which bounds rows times columns by its square."""
SMALLEST_TABLE = 25
"""A server that refuses even this many rows and columns is not asked for less."""
IN_PARALLEL = 2
TABLE_TRIES = 8
"""Halving the limit from 2,000 to SMALLEST_TABLE takes seven; a map that is exchanged between two blocks one."""
GET_MOST = 100
"""Rows and columns of a block, and points of a route, in a URL: 5.7 kB, where proxies stop at 8 kB; also OSRM 5's own limit."""
ALL_SIDES: list[Point] = [(-179.0, 0.0), (179.0, 0.0), (0.0, 85.0), (0.0, -85.0)]
"""Their nearest roads lie at the edges of any map; an island does not hold them all."""
SNAP_MOST = 1_000
ROUTE_MOST = 400
"""Points of one route; the server's --max-viaroute-size is 500 unless told otherwise."""


NOWHERE = {
    "coordinates": [(0, 0), (0, 0)], "radiuses": [None, None], "annotations": ["duration"],
    "generate_hints": False, "skip_waypoints": True,
}  # fmt: skip


class OsrmTravelTimes:
    """One base URL per vehicle kind.

    Parameters
    ----------
    urls
        Base URL of the server by vehicle kind, for instance http://127.0.0.1:5000.
    max_table_size
        What the servers were started with; where one allows less, that is noticed.
    map_version
        What to call the map of servers that do not name it themselves (osrm-extract --data_version).
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        max_table_size: int = MAX_TABLE_SIZE,
        map_version: str = "",
    ) -> None:
        self.urls = dict(urls)
        self.max_table_size = max_table_size
        self.map_version = map_version
        self._servers: dict[str, RoadServer] = {}
        self._limits: dict[str, int] = {}
        self._get_only: set[str] = set()
        self._versions: dict[str, tuple[str, float]] = {}

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix; raises RoadEngineUnavailable."""
        size, on_road = len(points), list(range(len(points)))
        try:
            durations, distances, version = self._table(points, on_road, on_road, vehicle_kind)
        except NoRoadNear:
            snaps = self.snap_all(points, vehicle_kind)
            on_road = [i for i, snap in enumerate(snaps) if snap]
            near = [points[i] for i in on_road]
            numbers = range(len(near))
            durations, distances, version = self._table(near, numbers, numbers, vehicle_kind)
        if len(on_road) == size:
            return TravelMatrix(durations, distances, ROADS, version=version)
        off_road = tuple(sorted(set(range(size)) - set(on_road)))
        durations, distances = spread(durations, on_road, size), spread(distances, on_road, size)
        return TravelMatrix(durations, distances, ROADS, off_road, version)

    def block(
        self, sources: Sequence[Point], targets: Sequence[Point], vehicle_kind: str
    ) -> TravelBlock:
        """As RoadEngine.block."""
        points = [*sources, *targets]
        rows, columns = range(len(sources)), range(len(sources), len(points))
        return TravelBlock(*self._table(points, rows, columns, vehicle_kind))

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route; raises RoadEngineUnavailable too."""
        most = GET_MOST if vehicle_kind in self._get_only else ROUTE_MOST
        return join_routes(points, most, lambda piece: self._route(piece, vehicle_kind))

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap; raises RoadEngineUnavailable too."""
        path = f"nearest/v1/driving/{point[0]:.6f},{point[1]:.6f}?generate_hints=false"
        answer = self._server(vehicle_kind).ask("GET", path)
        nearest = self._checked(answer, vehicle_kind, [point])["waypoints"][0]
        if nearest["distance"] > SNAP_LIMIT_M:
            raise NoRoadNear(point, _up(nearest["distance"]))
        lon, lat = nearest["location"]
        return Snap((lon, lat), _up(nearest["distance"]))

    def snap_all(self, points: Sequence[Point], vehicle_kind: str) -> list[Snap | None]:
        """As RoadEngine.snap_all: what the server's own table says it started from, in one question for many points."""
        most = GET_MOST - len(ALL_SIDES) if vehicle_kind in self._get_only else SNAP_MOST
        pieces = (points[start : start + most] for start in range(0, len(points), most))
        return [snap for piece in pieces for snap in self._snap_piece(piece, vehicle_kind)]

    def version(self, vehicle_kind: str) -> str:
        """As RoadEngine.version."""
        server = self._server(vehicle_kind)
        if time.monotonic() - self._versions[vehicle_kind][1] >= VERSION_AGE_S:
            self._probe(server, vehicle_kind)
        return self._versions[vehicle_kind][0]

    # Tables

    def _table(
        self,
        points: Sequence[Point],
        rows: Sequence[int],
        columns: Sequence[int],
        vehicle_kind: str,
    ) -> tuple[IntMatrix, IntMatrix, str]:
        """(rows, columns) seconds and metres, and the map's name. Raises NoRoadNear for a point off the road."""
        durations = np.zeros((len(rows), len(columns)), dtype=np.int64)
        distances = np.zeros((len(rows), len(columns)), dtype=np.int64)
        if durations.size == 0 or len(points) < 2:
            return durations, distances, ""
        for _ in range(TABLE_TRIES):
            try:
                versions = self._fill(durations, distances, points, (rows, columns), vehicle_kind)
            except _BlockTooBig:
                continue
            if len(versions) == 1:
                return durations, distances, versions.pop()
        raise RoadEngineUnavailable(
            f"The road engine for {vehicle_kind} changed its map or its limits while it was asked: ask again."
        )

    def _fill(
        self,
        durations: IntMatrix,
        distances: IntMatrix,
        points: Sequence[Point],
        numbers: tuple[Sequence[int], Sequence[int]],
        vehicle_kind: str,
    ) -> set[str]:
        """Write all blocks; return the names of the maps they are of."""
        rows, columns = numbers
        versions: set[str] = set()

        def fill(part: tuple[range, range]) -> None:
            at = np.s_[part[0].start : part[0].stop, part[1].start : part[1].stop]
            part_rows, part_columns = [rows[i] for i in part[0]], [columns[i] for i in part[1]]
            durations[at], distances[at], version = self._block(
                vehicle_kind, points, part_rows, part_columns
            )
            versions.add(version)

        height, width = self._block_size(vehicle_kind, len(rows), len(columns))
        parts = list(product(_ranges(len(rows), height), _ranges(len(columns), width)))
        if len(parts) == 1:
            fill(parts[0])
        else:
            with ThreadPoolExecutor(IN_PARALLEL) as pool:
                list(pool.map(fill, parts))
        return versions

    def _block(
        self,
        vehicle_kind: str,
        points: Sequence[Point],
        rows: Sequence[int],
        columns: Sequence[int],
    ) -> tuple[IntMatrix, IntMatrix, str]:
        """(rows, columns) seconds and metres, and the map's name."""
        server, question = self._server(vehicle_kind), table_question(points, rows, columns)
        table = None
        if vehicle_kind not in self._get_only:
            form = {**question, "format": "flatbuffers"}
            answer, is_json = server.send("POST", "table/v1/driving", form)
            if not is_json:
                table = flatbuffers.read_table(answer)
            elif code_of(told := server.parsed(answer)) == "Ok":
                table = table_of(told)
        if table is None:
            # GET only, or a refusal, asked again in JSON for its code and words.
            try:
                table = table_of(self._ask(vehicle_kind, "table", question))
            except _TooBig as error:
                self._learn_limit(vehicle_kind, isqrt(len(rows) * len(columns)), error)
                raise _BlockTooBig from error
        no_road = tuple(table.no_road.T)
        version = self._note_version(vehicle_kind, table.data_version)
        durations = _whole_numbers(table.durations_s, no_road)
        return durations, _whole_numbers(table.distances_m, no_road), version

    def _block_size(self, vehicle_kind: str, rows: int, columns: int) -> tuple[int, int]:
        limit = self._limits.get(vehicle_kind, self.max_table_size)
        if vehicle_kind in self._get_only:
            return min(rows, GET_MOST, limit), min(columns, GET_MOST, limit)
        width = min(columns, limit)
        return max(1, min(rows, limit**2 // width)), width

    def _learn_limit(self, vehicle_kind: str, asked: int, refusal: "_TooBig") -> None:
        """Ask for half as much from now on. Two blocks that were refused at once teach the same."""
        if asked // 2 < SMALLEST_TABLE:
            raise RoadEngineUnavailable(str(refusal)) from refusal
        known = self._limits.get(vehicle_kind, self.max_table_size)
        self._limits[vehicle_kind] = min(known, asked // 2)

    # Single points and routes

    def _route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        question = {
            "coordinates": points, "radiuses": [SNAP_LIMIT_M] * len(points), "overview": "full",
            "geometries": "geojson", "generate_hints": False, "skip_waypoints": True,
        }  # fmt: skip
        answer = self._ask(vehicle_kind, "route", question)["routes"][0]
        legs = tuple(Leg(_up(leg["duration"]), _up(leg["distance"])) for leg in answer["legs"])
        line = tuple((lon, lat) for lon, lat in answer["geometry"]["coordinates"])
        return RoadRoute(legs, line, ROADS)

    def _snap_piece(self, points: Sequence[Point], vehicle_kind: str) -> list[Snap | None]:
        if not points:
            return []
        # In company from all sides: among themselves the server would leave points of one island on it.
        company = [*ALL_SIDES, *points]
        question = {
            **table_question(company, range(len(ALL_SIDES)), range(len(ALL_SIDES), len(company))),
            "radiuses": [None] * len(company), "annotations": ["duration"], "skip_waypoints": False,
        }  # fmt: skip
        found = self._ask(vehicle_kind, "table", question)["destinations"]
        snaps: list[Snap | None] = []
        for point, place in zip(points, found, strict=True):
            lon, lat = place["location"]
            snap: Snap | None = Snap((lon, lat), _up(place["distance"]))
            if snap and snap.distance_m > SNAP_LIMIT_M:
                # Without a radius the server prefers the main network; nearer than that may lie an island.
                snap = self._snap_or_none(point, vehicle_kind)
            snaps.append(snap)
        return snaps

    def _snap_or_none(self, point: Point, vehicle_kind: str) -> Snap | None:
        try:
            return self.snap(point, vehicle_kind)
        except NoRoadNear:
            return None

    # HTTP

    def _server(self, vehicle_kind: str) -> RoadServer:
        url = self.urls.get(vehicle_kind)
        if url is None:
            raise RoadEngineUnavailable(
                f"No road engine is set for {vehicle_kind}: name its URL in CARTEIRO_OSRM_URLS.", 0
            )
        server = self._servers.get(vehicle_kind)
        if server is None or server.url != url.rstrip("/"):
            server = RoadServer(url, f"for {vehicle_kind}")
            self._probe(server, vehicle_kind)
            self._servers[vehicle_kind] = server
        return server

    def _probe(self, server: RoadServer, vehicle_kind: str) -> None:
        """Learn whether the server takes POST, and which map it has: of the road nearest to nowhere."""
        answer, is_json = server.send("POST", "table/v1/driving", NOWHERE)
        told = orjson.loads(answer) if is_json and answer else {}
        if code_of(told) == "Ok":
            self._get_only.discard(vehicle_kind)
        else:
            told = server.ask("GET", "nearest/v1/driving/0,0?radiuses=unlimited")
            self._get_only.add(vehicle_kind)
        self._checked(told, vehicle_kind, [(0.0, 0.0)])

    def _ask(self, vehicle_kind: str, service: str, question: Mapping[str, Any]) -> Any:
        """The checked JSON answer: by POST where the server offers it, else by GET."""
        server = self._server(vehicle_kind)
        if vehicle_kind in self._get_only:
            answer = server.ask("GET", as_url(service, question))
        else:
            answer = server.ask("POST", f"{service}/v1/driving", question)
        return self._checked(answer, vehicle_kind, question["coordinates"])

    def _checked(self, answer: Any, vehicle_kind: str, points: Sequence[Point]) -> Any:
        code = code_of(answer)
        message = str(answer.get("message", "")) if isinstance(answer, dict) else ""
        if code == "Ok":
            self._note_version(vehicle_kind, str(answer.get("data_version", "")))
            return answer
        if code == "NoSegment":
            number = re.search(r"coordinate (\d+)", message)
            raise NoRoadNear(
                points[int(number[1])] if number and int(number[1]) < len(points) else points[0]
            )
        if code == "NoRoute":
            raise NoRoute("No road leads along these points: check the addresses on the map.")
        said = f"The road engine for {vehicle_kind} answered {code}: {message[:200]}"
        raise (_TooBig(said) if code == "TooBig" else RoadEngineUnavailable(said))

    def _note_version(self, vehicle_kind: str, data_version: str) -> str:
        named = data_version or self.map_version
        version = f"osrm:{named}" if named else ""
        self._versions[vehicle_kind] = version, time.monotonic()
        return version


class _TooBig(RoadEngineUnavailable):
    """The server allows less in one question."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class _BlockTooBig(Exception):
    """The server's limit was learned: ask again in smaller blocks."""


def _ranges(size: int, step: int) -> list[range]:
    parts = -(-size // step)
    return [range(size * i // parts, size * (i + 1) // parts) for i in range(parts)]


def _whole_numbers(
    cells: npt.NDArray[np.floating], no_road: tuple[npt.NDArray[np.integer], ...]
) -> IntMatrix:
    """Rounded up, UNREACHABLE in the listed cells."""
    whole = np.ceil(cells).astype(np.int64)
    whole[no_road] = UNREACHABLE
    return whole


def _up(value: float) -> int:
    return int(np.ceil(value))
