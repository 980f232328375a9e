"""Which sources of travel times this installation uses: its road engines in order, and an estimate where none answers."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import orjson
from django.conf import settings

from routing.travel_times.breaker import Breaker
from routing.travel_times.cached import CachedTravelTimes
from routing.travel_times.haversine import HaversineTravelTimes
from routing.travel_times.osrm import OsrmTravelTimes
from routing.travel_times.protocol import (
    NoRoadNear,
    NoRoute,
    Point,
    RoadEngine,
    RoadEngineUnavailable,
    RoadRoute,
    Snap,
    TravelMatrix,
    TravelTimes,
)
from routing.travel_times.valhalla import ValhallaTravelTimes

logger = logging.getLogger(__name__)


class FirstThatAnswers:
    """Asks road engines in order; where none knows the kind, or all are down, estimates, and says so in the answer.

    Each engine has a breaker per vehicle kind: one that fails again and again is left alone for a while, then tried by
    one caller. A refusal of a point or a way (NoRoadNear, NoRoute) is an answer, and never hidden by the next source.
    """

    def __init__(
        self,
        engines: Mapping[str, RoadEngine | CachedTravelTimes],
        estimate: TravelTimes,
        *,
        breaker: Callable[[], Breaker] = Breaker,
    ) -> None:
        self.engines = engines
        self.estimate = estimate
        self._new_breaker = breaker
        self._breakers: dict[tuple[str, str], Breaker] = {}

    def matrix(self, points: Sequence[Point], vehicle_kind: str) -> TravelMatrix:
        """As TravelTimes.matrix."""
        return self._first(vehicle_kind, lambda source, kind: source.matrix(points, kind))

    def route(self, points: Sequence[Point], vehicle_kind: str) -> RoadRoute:
        """As TravelTimes.route."""
        return self._first(vehicle_kind, lambda source, kind: source.route(points, kind))

    def snap(self, point: Point, vehicle_kind: str) -> Snap:
        """As TravelTimes.snap."""
        return self._first(vehicle_kind, lambda source, kind: source.snap(point, kind))

    def remember(self, points: Sequence[Point], vehicle_kind: str) -> None:
        """Snap points ahead of the plan that needs them, where answers are kept."""

        def ask(source: TravelTimes, kind: str) -> None:
            if isinstance(source, CachedTravelTimes):
                source.remember(points, kind)

        self._first(vehicle_kind, ask)

    def breaker(self, engine: str, vehicle_kind: str) -> Breaker:
        """Return the breaker of an engine and kind."""
        # setdefault: two threads that come first at once get the same one.
        return self._breakers.setdefault((engine, vehicle_kind), self._new_breaker())

    def _first[Answer](
        self, vehicle_kind: str, ask: Callable[[TravelTimes, str], Answer]
    ) -> Answer:
        kind = vehicle_kind.lower()
        for name, engine in self.engines.items():
            breaker = self.breaker(name, kind)
            if not breaker.lets_ask():
                continue
            try:
                answer = ask(engine, kind)
            except RoadEngineUnavailable as error:
                breaker.failed(error.failures)
                level = logging.WARNING if error.failures else logging.DEBUG
                logger.log(level, "%s gives no travel times for %s: %s", name, kind, error)
                continue
            except (NoRoadNear, NoRoute):
                breaker.went_well()
                raise
            except BaseException:
                # Neither's fault is known; the next caller may try.
                breaker.failed(0)
                raise
            breaker.went_well()
            return answer
        return ask(self.estimate, kind)


def travel_times() -> FirstThatAnswers:
    """The source of travel times for the settings as they are now (kept: connections stay open)."""
    return _travel_times(
        tuple(settings.ROAD_ENGINES),
        orjson.dumps(settings.OSRM_URLS, option=orjson.OPT_SORT_KEYS),
        settings.OSRM_MAX_TABLE,
        settings.VALHALLA_URL,
        settings.VALHALLA_MAX_PAIRS,
        settings.MAP_VERSION,
        settings.TRAVEL_CACHE_MB > 0,
    )


@lru_cache(maxsize=8)
def _travel_times(
    names: tuple[str, ...],
    osrm_urls: bytes,
    osrm_max_table: int,
    valhalla_url: str,
    valhalla_max_pairs: int,
    map_version: str,
    is_kept: bool,
) -> FirstThatAnswers:
    make: dict[str, Callable[[], RoadEngine]] = {
        "osrm": lambda: OsrmTravelTimes(
            orjson.loads(osrm_urls), max_table_size=osrm_max_table, map_version=map_version
        ),
        "valhalla": lambda: ValhallaTravelTimes(valhalla_url, max_pairs=valhalla_max_pairs),
    }
    engines: dict[str, RoadEngine | CachedTravelTimes] = {
        name: CachedTravelTimes(make[name]()) if is_kept else make[name]() for name in names
    }
    return FirstThatAnswers(engines, HaversineTravelTimes())
