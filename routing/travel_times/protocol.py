"""What every source of travel times answers, and how it refuses. Points are (lon, lat) in degrees, WGS 84."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
IntMatrix = npt.NDArray[np.int64]

VEHICLE_KINDS = ("van", "scooter", "bicycle")
UNREACHABLE = -1
"""A cell with this value: no road leads from the row's point to the column's point. As in routing.engine.problem."""
SNAP_LIMIT_M = 300
"""Farther from a road than this, a point is not on the map (OSRM snaps any distance unless told otherwise)."""

ROADS = "roads"
ESTIMATE = "estimate"


class RoadEngineUnavailable(Exception):
    """The road engine does not answer, or not sensibly; the message says which and how.

    failures: how many tries in vain this stands for; 0 when nothing was tried.
    """

    code = "road_engine_unavailable"

    def __init__(self, message: str, failures: int = 1) -> None:
        super().__init__(message)
        self.failures = failures


class NoRoadNear(Exception):
    """A point lies too far from any road that the vehicle may use."""

    code = "no_road_near"

    def __init__(self, point: Point, distance_m: int | None = None) -> None:
        super().__init__(
            f"No road within {SNAP_LIMIT_M} m of {point[0]:.5f}, {point[1]:.5f}: move the pin to a road."
        )
        self.point = point
        self.distance_m = distance_m


class NoRoute(Exception):
    """No road leads from one of the points to the next."""

    code = "no_route"


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Travel between all pairs of n points. Unpacks as (durations_s, distances_m, source)."""

    durations_s: IntMatrix
    """(n, n) int64, row from, column to, seconds rounded up; UNREACHABLE where no road leads."""
    distances_m: IntMatrix
    """(n, n) int64, row from, column to, metres rounded up; UNREACHABLE in the same cells."""
    source: str
    """ROADS, or ESTIMATE when no road engine was asked."""
    off_road: tuple[int, ...] = field(default=())
    """Numbers of the points farther than SNAP_LIMIT_M from any road; their rows and columns are UNREACHABLE."""
    version: str = ""
    """Which map was asked, as TravelBlock.version."""

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.durations_s, self.distances_m, self.source))

    @property
    def is_estimate(self) -> bool:
        return self.source == ESTIMATE


class TravelBlock(NamedTuple):
    """Travel from each of r points to each of c points."""

    durations_s: IntMatrix
    """(r, c) int64, seconds rounded up; UNREACHABLE where no road leads."""
    distances_m: IntMatrix
    """(r, c) int64, metres rounded up; UNREACHABLE in the same cells."""
    version: str
    """The engine and the map it was prepared from; "" when the engine does not say."""


class Leg(NamedTuple):
    """Travel from one point of a route to the next."""

    duration_s: int
    distance_m: int


class RoadRoute(NamedTuple):
    """A way along given points, in order."""

    legs: tuple[Leg, ...]
    """One fewer than the points."""
    line: tuple[Point, ...]
    """The whole way as (lon, lat)."""
    source: str
    """ROADS or ESTIMATE."""


class Snap(NamedTuple):
    """The nearest point of the road network."""

    point: Point
    distance_m: int


def join_routes(
    points: Sequence[Point], most: int, ask: Callable[[Sequence[Point]], RoadRoute]
) -> RoadRoute:
    """Ask for a way of any number of points in pieces of at most `most`, each from the last point of the one before."""
    legs: list[Leg] = []
    line: list[Point] = []
    for start in range(0, len(points) - 1, most - 1):
        piece = ask(points[start : start + most])
        legs += piece.legs
        line += piece.line[1:] if line else piece.line
    return RoadRoute(tuple(legs), tuple(line) or tuple(points), ROADS)


def spread(cells: IntMatrix, numbers: Sequence[int], size: int) -> IntMatrix:
    """(size, size) with the cells at the given rows and columns, UNREACHABLE elsewhere, 0 on the diagonal."""
    out = np.full((size, size), UNREACHABLE, dtype=np.int64)
    out[np.ix_(numbers, numbers)] = cells
    np.fill_diagonal(out, 0)
    return out


class TravelTimes(Protocol):
    """A source of travel times."""

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """Travel between all pairs of the points."""
        ...

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """The way along the points. Raises NoRoadNear, NoRoute."""
        ...

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """The nearest road. Raises NoRoadNear when farther than SNAP_LIMIT_M."""
        ...


class RoadEngine(TravelTimes, Protocol):
    """A source of travel times that knows a road map. Everything raises RoadEngineUnavailable when it is down."""

    def block(
        self, sources: Sequence[Point], targets: Sequence[Point], vehicle_kind: str
    ) -> TravelBlock:
        """Travel from each source to each target. Raises NoRoadNear: ask for points that snapped."""
        ...

    def snap_all(self, points: Sequence[Point], vehicle_kind: str) -> list[Snap | None]:
        """The nearest road of each point that the engine's tables start from; None when farther than SNAP_LIMIT_M."""
        ...

    def version(self, vehicle_kind: str) -> str:
        """Which map the engine has now, as TravelBlock.version; at most VERSION_AGE_S old."""
        ...


VERSION_AGE_S = 30.0
"""A map that was exchanged on the server is noticed within so many seconds."""
