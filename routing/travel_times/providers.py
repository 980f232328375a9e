"""Which source of travel times this installation uses: its road engines, and an estimate where one is missing."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

import orjson
from django.conf import settings

from routing.travel_times.haversine import HaversineTravelTimes
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import (
    Point,
    RoadEngineUnavailable,
    RoadRoute,
    Snap,
    TravelMatrix,
    TravelTimes,
)

logger = logging.getLogger(__name__)
REST_S = 20.0


class RoadsOrEstimate:
    """Asks the roads; where there is no road engine for a kind, or it is down, estimates, and says so in the answer."""

    def __init__(self, roads: TravelTimes, estimate: TravelTimes) -> None:
        self.roads = roads
        self.estimate = estimate
        self.rest_s = REST_S
        """After a failure the road engine of that kind is left alone for so long."""
        self._failed_at: dict[str, float] = {}

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix."""
        return self._first(vehicle_kind, lambda source, kind: source.matrix(points, kind))

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route."""
        return self._first(vehicle_kind, lambda source, kind: source.route(points, kind))

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap."""
        return self._first(vehicle_kind, lambda source, kind: source.snap(point, kind))

    def _first[Answer](
        self, vehicle_kind: str, ask: Callable[[TravelTimes, str], Answer]
    ) -> Answer:
        kind = vehicle_kind.lower()
        if time.monotonic() - self._failed_at.get(kind, -self.rest_s) >= self.rest_s:
            try:
                return ask(self.roads, kind)
            except RoadEngineUnavailable as error:
                self._failed_at[kind] = time.monotonic()
                logger.warning("Travel times for %s are estimated: %s", kind, error)
        return ask(self.estimate, kind)


def travel_times() -> TravelTimes:
    """The source of travel times for the settings as they are now (kept: connections stay open)."""
    return _travel_times(orjson.dumps(settings.OSRM_URLS, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=8)
def _travel_times(urls: bytes) -> TravelTimes:
    return RoadsOrEstimate(OsrmTravelTimes(orjson.loads(urls)), HaversineTravelTimes())
