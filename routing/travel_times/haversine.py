"""Travel times without roads: great-circle distance, a detour factor and a speed that grows with distance.

The constants are medians of OSRM tables over 300 points each of Porto Alegre, São Paulo and Baltimore (2026-11):
on short hops, of which a delivery route is made, one constant speed is wrong by almost a factor of two.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from routing.travel_times.protocol import (
    ESTIMATE,
    IntMatrix,
    Leg,
    Point,
    RoadRoute,
    Snap,
    TravelMatrix,
)

EARTH_RADIUS_M = 6_371_008.8
DETOUR = 1.4
UP_TO_M = np.array([1_000.0, 3_000.0, 8_000.0])
CROW_FLY_KMH = {
    "van": np.array([16.0, 21.0, 26.0, 29.0]),
    "scooter": np.array([16.0, 21.0, 25.0, 26.0]),
    # bicycle.lua rides 15 km/h on the road; over a detour of 1.4 that is 10.7 as the crow flies.
    "bicycle": np.array([10.7, 10.7, 10.7, 10.7]),
}
"""Speed over the great-circle distance, km/h, by distance class: up to 1, 3 and 8 km, and beyond."""

Floats = npt.NDArray[np.float64]


class HaversineTravelTimes:
    """Estimates; every answer says so."""

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        crow = crow_distances_m(points)
        durations, distances = _estimate(crow, vehicle_kind)
        return TravelMatrix(durations, distances, ESTIMATE)

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        durations, distances = _estimate(crow_distances_m(points), vehicle_kind)
        steps = range(len(points) - 1)
        legs = tuple(Leg(int(durations[i, i + 1]), int(distances[i, i + 1])) for i in steps)
        return RoadRoute(legs, tuple(points), ESTIMATE)

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        return Snap(point, 0)


def crow_distances_m(points: Sequence[Point]) -> Floats:
    """(n, n) float64 great-circle metres between all pairs."""
    lon, lat = np.radians(np.asarray(points, dtype=np.float64).reshape(-1, 2)).T
    # Chord length between unit vectors: precise at short distances, and one product of matrices.
    flat = np.cos(lat)
    unit = np.column_stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)])
    half_chord = np.sqrt(np.clip((1 - unit @ unit.T) / 2, 0, 1))
    distances: Floats = 2 * EARTH_RADIUS_M * np.arcsin(half_chord)
    np.fill_diagonal(distances, 0)
    return distances


def crow_m(one: Point, other: Point) -> float:
    """Great-circle metres between two points."""
    return float(crow_distances_m([one, other])[0, 1])


def _estimate(crow: Floats, vehicle_kind: str) -> tuple[IntMatrix, IntMatrix]:
    speeds = CROW_FLY_KMH[vehicle_kind] / 3.6
    durations = np.ceil(crow / speeds[np.searchsorted(UP_TO_M, crow)])
    return durations.astype(np.int64), np.ceil(crow * DETOUR).astype(np.int64)
