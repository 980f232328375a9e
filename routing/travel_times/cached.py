"""A road engine whose answers are kept in the database, for all workers: a re-plan asks for its new points only."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from django.db import DatabaseError, transaction

from common import clock
from routing.travel_times import store
from routing.travel_times.cells import (
    Keys,
    Matrix,
    assemble,
    keys_of,
    points_of,
    rows_to_ask,
    rows_to_keep,
)
from routing.travel_times.protocol import (
    ROADS,
    UNREACHABLE,
    Point,
    RoadEngine,
    RoadRoute,
    Snap,
    TravelMatrix,
)
from routing.travel_times.store import Network

logger = logging.getLogger(__name__)
FEWEST = 10
"""Points of a table that is asked for straight away: the engine answers sooner than the database."""
MOST = 4_000
"""Points of a table that is not kept: 16 million pairs are 192 MB, for one day's plan."""
WHOLE_FROM = 0.45
"""From this share of new points on the whole table is one question; below, their rows and columns are two smaller ones."""


class CachedTravelTimes:
    """Points are snapped once, cells asked for once, each for a map and vehicle kind.

    Which map the engine has is asked every VERSION_AGE_S and told by each answer: cells of another map are never mixed in.
    An engine that does not name its map is asked for everything.
    """

    def __init__(self, engine: RoadEngine) -> None:
        self.engine = engine

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix; raises RoadEngineUnavailable."""
        if FEWEST <= len(points) <= MOST and (version := self.engine.version(vehicle_kind)):
            # Twice: the map may be exchanged between two questions.
            for _ in range(2):
                found = self._matrix(points, Network(version, vehicle_kind))
                if found.version == version:
                    return found
                if not (version := found.version):
                    break
        return self.engine.matrix(points, vehicle_kind)

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route; raises RoadEngineUnavailable too."""
        return self.engine.route(points, vehicle_kind)

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap; raises RoadEngineUnavailable too."""
        return self.engine.snap(point, vehicle_kind)

    def remember(self, points: Sequence[Point], vehicle_kind: str) -> None:
        """Snap points and keep where they meet the road, ahead of the plan that needs them. Raises RoadEngineUnavailable."""
        if points and (version := self.engine.version(vehicle_kind)):
            self.places(points, Network(version, vehicle_kind))

    def places(self, points: Sequence[Point], network: Network) -> list[int | None]:
        """Return the place of each point on the road, None off the road; points never seen are snapped and kept."""
        keys, today = keys_of(points), clock.now().date()
        known = store.snapped(network, keys, today)
        new = {
            key: point for key, point in zip(keys.tolist(), points, strict=True) if key not in known
        }
        if new:
            snaps = self.engine.snap_all(list(new.values()), network.vehicle_kind)
            found = {
                key: int(keys_of([snap.point])[0]) if snap else None
                for key, snap in zip(new, snaps, strict=True)
            }
            known |= found
            if self.engine.version(network.vehicle_kind) == network.map_version:
                _after_commit(partial(store.keep_snapped, network, found, today))
        return [known[key] for key in keys.tolist()]

    def _matrix(self, points: Sequence[Point], network: Network) -> TravelMatrix:
        places = self.places(points, network)
        near = np.array([place is not None for place in places])
        keys, number_of = np.unique(
            [place or 0 for place in places if place is not None], return_inverse=True
        )
        whole, version = self._cells(keys.astype(np.int64), network)
        cells = []
        for known in (whole.durations_s, whole.distances_m):
            out = np.full((len(points), len(points)), UNREACHABLE, dtype=np.int64)
            out[np.ix_(near, near)] = known[np.ix_(number_of, number_of)]
            np.fill_diagonal(out, 0)
            cells.append(out)
        off_road = tuple(np.flatnonzero(~near).tolist())
        return TravelMatrix(cells[0], cells[1], ROADS, off_road, version)

    def _cells(self, places: Keys, network: Network) -> tuple[Matrix, str]:
        """(all cells between places, the map they are of); asks for the unknown ones."""
        today = clock.now().date()
        old = store.rows(network, places, today)
        known = assemble(places, old.items())
        asked = rows_to_ask(known)
        if not asked:
            return known, network.map_version
        version = self._fill(known, asked, network.vehicle_kind)
        if version == network.map_version:
            packed = rows_to_keep(known, asked, old)
            _after_commit(partial(store.keep_rows, network, packed, today))
        return known, version

    def _fill(self, known: Matrix, asked: Sequence[int], vehicle_kind: str) -> str:
        """Write the rows and columns of the asked places into `known`; return of which map they are."""
        points = points_of(known.places)
        if len(asked) > WHOLE_FROM * len(points):
            found = self.engine.matrix(points, vehicle_kind)
            known.durations_s[:], known.distances_m[:] = found.durations_s, found.distances_m
            return found.version
        numbers = np.array(asked)
        others = np.setdiff1d(np.arange(len(points)), numbers)
        new = [points[i] for i in numbers]
        with ThreadPoolExecutor(2) as pool:
            there = pool.submit(self.engine.block, new, points, vehicle_kind)
            back = self.engine.block([points[i] for i in others], new, vehicle_kind)
            out = there.result()
        known.durations_s[numbers], known.distances_m[numbers] = out.durations_s, out.distances_m
        at = np.ix_(others, numbers)
        known.durations_s[at], known.distances_m[at] = back.durations_s, back.distances_m
        return out.version if back.version == out.version else ""


def _after_commit(keep: partial[None]) -> None:
    """Keep what was found once the caller's transaction is over: nobody waits for these rows while it goes on."""

    def carefully() -> None:
        try:
            keep()
        except DatabaseError as error:
            logger.warning("Travel times were not kept: %s", error)

    transaction.on_commit(carefully, robust=True)
