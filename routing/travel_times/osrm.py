"""Travel times from an osrm-routed server (26.10 or later, for POST), the embedded child or a remote one.

The profile is the server's: one server per vehicle kind. Tables are asked as flatbuffers, whose numbers numpy reads as
they lie (as JSON, a table of 2,000 x 2,000 takes the server a third longer and us a second to read); a server that
knows only JSON is understood too. Tables over the server's limit are asked in blocks, two at a time.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from routing.travel_times import flatbuffers
from routing.travel_times.protocol import (
    ROADS,
    SNAP_LIMIT_M,
    UNREACHABLE,
    IntMatrix,
    Leg,
    NoRoadNear,
    NoRoute,
    Point,
    RoadEngineUnavailable,
    RoadRoute,
    Snap,
    TravelMatrix,
)

MAX_TABLE_SIZE = 2_000
"""The server's --max-table-size, which bounds rows times columns by its square."""
TIMEOUT_S = (2, 60)
"""To connect, and between two pieces of an answer."""
IN_PARALLEL = 2


class OsrmTravelTimes:
    """One base URL per vehicle kind.

    Parameters
    ----------
    urls
        Base URL of the server by vehicle kind, for instance http://127.0.0.1:5000.
    max_table_size
        What the servers were started with.
    """

    def __init__(self, urls: Mapping[str, str], *, max_table_size: int = MAX_TABLE_SIZE) -> None:
        self.urls = {kind: url.rstrip("/") for kind, url in urls.items()}
        self.max_table_size = max_table_size
        self._threads = threading.local()

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix; raises RoadEngineUnavailable."""
        on_road = list(range(len(points)))
        try:
            durations, distances = self._table(points, vehicle_kind)
        except NoRoadNear:
            on_road = [i for i, near in enumerate(self._has_roads(points, vehicle_kind)) if near]
            durations, distances = self._table([points[i] for i in on_road], vehicle_kind)
        if len(on_road) == len(points):
            return TravelMatrix(durations, distances, ROADS)
        off_road = tuple(sorted(set(range(len(points))) - set(on_road)))
        size = len(points)
        return TravelMatrix(
            _spread(durations, on_road, size), _spread(distances, on_road, size), ROADS, off_road
        )

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route; raises RoadEngineUnavailable too."""
        if len(points) < 2:
            return RoadRoute((), tuple(points), ROADS)
        body = {
            "coordinates": points, "radiuses": [SNAP_LIMIT_M] * len(points), "overview": "full",
            "geometries": "geojson", "generate_hints": False, "skip_waypoints": True,
        }  # fmt: skip
        answer = self._post(vehicle_kind, "route", body, points)["routes"][0]
        legs = tuple(Leg(_up(leg["duration"]), _up(leg["distance"])) for leg in answer["legs"])
        line = tuple((lon, lat) for lon, lat in answer["geometry"]["coordinates"])
        return RoadRoute(legs, line, ROADS)

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap; raises RoadEngineUnavailable too."""
        path = f"nearest/v1/driving/{point[0]:.6f},{point[1]:.6f}?generate_hints=false"
        nearest = self._ask("GET", vehicle_kind, path, [point])["waypoints"][0]
        if nearest["distance"] > SNAP_LIMIT_M:
            raise NoRoadNear(point, _up(nearest["distance"]))
        lon, lat = nearest["location"]
        return Snap((lon, lat), _up(nearest["distance"]))

    # Tables

    def _table(self, points: Sequence[Point], vehicle_kind: str) -> tuple[IntMatrix, IntMatrix]:
        """(n, n) seconds and metres. Raises NoRoadNear for the first point off the road."""
        size = len(points)
        durations = np.zeros((size, size), dtype=np.int64)
        distances = np.zeros((size, size), dtype=np.int64)
        if size < 2:
            return durations, distances

        def fill(block: tuple[range, range]) -> None:
            rows, columns = block
            at = np.s_[rows.start : rows.stop, columns.start : columns.stop]
            durations[at], distances[at] = self._block(vehicle_kind, points, rows, columns)

        height, width = self._block_size(size)
        blocks = list(product(_ranges(size, height), _ranges(size, width)))
        if len(blocks) == 1:
            fill(blocks[0])
        else:
            with ThreadPoolExecutor(IN_PARALLEL) as pool:
                list(pool.map(fill, blocks))
        return durations, distances

    def _block(
        self, vehicle_kind: str, points: Sequence[Point], rows: range, columns: range
    ) -> tuple[IntMatrix, IntMatrix]:
        """(rows, columns) seconds and metres."""
        body = _table_request(points, rows, columns)
        answer, is_json = self._send(
            "POST", vehicle_kind, "table/v1/driving", {**body, "format": "flatbuffers"}
        )
        table = None if is_json else flatbuffers.read_table(answer)
        if table is None:
            if not is_json:
                # A refusal: asked again in JSON for its code and words.
                answer, _ = self._send("POST", vehicle_kind, "table/v1/driving", body)
            told = _checked(_parsed(answer, vehicle_kind), vehicle_kind, body["coordinates"])
            table = flatbuffers.Table(
                np.array(told["durations"], dtype=np.float64),
                np.array(told["distances"], dtype=np.float64),
                np.array(told.get("fallback_speed_cells", []), dtype=np.int64).reshape(-1, 2),
            )
        no_road = tuple(table.no_road.T)
        return _whole_numbers(table.durations_s, no_road), _whole_numbers(
            table.distances_m, no_road
        )

    def _block_size(self, size: int) -> tuple[int, int]:
        width = min(size, self.max_table_size)
        return min(size, self.max_table_size**2 // width), width

    def _has_roads(self, points: Sequence[Point], vehicle_kind: str) -> list[bool]:
        def near(point: Point) -> bool:
            try:
                self.snap(point, vehicle_kind)
            except NoRoadNear:
                return False
            return True

        with ThreadPoolExecutor(IN_PARALLEL) as pool:
            return list(pool.map(near, points))

    # HTTP

    @property
    def _session(self) -> requests.Session:
        """One session a thread: kept connections, two more tries (all calls are reads)."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            retry = Retry(
                total=2, backoff_factor=0.1, status_forcelist=(502, 503, 504), allowed_methods=None
            )
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retry))
            session.headers["Accept-Encoding"] = "identity"
            self._threads.session = session
        return session

    def _post(
        self, vehicle_kind: str, service: str, body: Mapping[str, Any], points: Sequence[Point]
    ) -> Any:
        return self._ask("POST", vehicle_kind, f"{service}/v1/driving", points, body)

    def _ask(
        self,
        method: str,
        vehicle_kind: str,
        path: str,
        points: Sequence[Point],
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        answer, _ = self._send(method, vehicle_kind, path, body)
        return _checked(_parsed(answer, vehicle_kind), vehicle_kind, points)

    def _send(
        self, method: str, vehicle_kind: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[bytes, bool]:
        """(answer, is JSON)."""
        url = self.urls.get(vehicle_kind)
        if url is None:
            raise RoadEngineUnavailable(
                f"No road engine is set for {vehicle_kind}: name its URL in CARTEIRO_OSRM_URLS."
            )
        data = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"} if data else None
        try:
            with self._session.request(
                method, f"{url}/{path}", data=data, timeout=TIMEOUT_S, stream=True, headers=headers
            ) as response:
                return response.raw.read(), "json" in response.headers.get("Content-Type", "json")
        except (requests.RequestException, HTTPError, OSError) as error:
            raise RoadEngineUnavailable(
                f"The road engine for {vehicle_kind} does not answer: {type(error).__name__}."
            ) from error


def _parsed(answer: bytes, vehicle_kind: str) -> Any:
    try:
        return orjson.loads(answer)
    except ValueError as error:
        raise RoadEngineUnavailable(
            f"The road engine for {vehicle_kind} answered no JSON."
        ) from error


def _checked(answer: Any, vehicle_kind: str, points: Sequence[Point]) -> Any:
    code = answer.get("code") if isinstance(answer, dict) else None
    if code == "Ok":
        return answer
    message = str(answer.get("message", "")) if isinstance(answer, dict) else ""
    if code == "NoSegment":
        number = re.search(r"coordinate (\d+)", message)
        raise NoRoadNear(
            points[int(number[1])] if number and int(number[1]) < len(points) else points[0]
        )
    if code == "NoRoute":
        raise NoRoute("No road leads along these points: check the addresses on the map.")
    raise RoadEngineUnavailable(
        f"The road engine for {vehicle_kind} answered {code}: {message[:200]}"
    )


def _table_request(points: Sequence[Point], rows: range, columns: range) -> dict[str, Any]:
    """A request for one block, naming only the points it needs."""
    needed = sorted({*rows, *columns})
    number = {point: index for index, point in enumerate(needed)}
    return {
        "coordinates": [points[i] for i in needed],
        "radiuses": [SNAP_LIMIT_M] * len(needed),
        "sources": [number[i] for i in rows],
        "destinations": [number[i] for i in columns],
        "annotations": ["duration", "distance"],
        # Flatbuffers have no null. With this the server fills in pairs without a road, and lists them.
        "fallback_speed": 1,
        "generate_hints": False,
        "skip_waypoints": True,
    }


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


def _spread(cells: IntMatrix, numbers: Sequence[int], size: int) -> IntMatrix:
    """(size, size) with the cells at the given rows and columns, UNREACHABLE elsewhere, 0 on the diagonal."""
    out = np.full((size, size), UNREACHABLE, dtype=np.int64)
    out[np.ix_(numbers, numbers)] = cells
    np.fill_diagonal(out, 0)
    return out


def _up(value: float) -> int:
    return int(np.ceil(value))
