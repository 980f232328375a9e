"""What every source of travel times answers, and how it refuses. Points are (lon, lat) in degrees, WGS 84."""

from collections.abc import Sequence
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
    """The road engine does not answer, or not sensibly; the message says which and how."""

    code = "road_engine_unavailable"


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

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.durations_s, self.distances_m, self.source))

    @property
    def is_estimate(self) -> bool:
        return self.source == ESTIMATE


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
