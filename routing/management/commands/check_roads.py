"""Ask each road engine that the settings name whether it answers, and which map it has, for each vehicle kind.

Ends with 1 when one that is named fails. A kind that no engine knows is estimated, and said so.
"""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delivery.models import Hub
from routing.travel_times.cached import CachedTravelTimes
from routing.travel_times.protocol import (
    VEHICLE_KINDS,
    NoRoadNear,
    RoadEngine,
    RoadEngineUnavailable,
)
from routing.travel_times.providers import travel_times


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        engines = {
            name: found.engine if isinstance(found, CachedTravelTimes) else found
            for name, found in travel_times().engines.items()
        }
        failed = False
        for kind in VEHICLE_KINDS:
            answers = False
            for name, engine in engines.items():
                try:
                    self.stdout.write(f"{kind}: {name} {self._told(engine, kind)}")
                    answers = True
                except RoadEngineUnavailable as error:
                    # Without a failure it was not asked: the settings give it no server for this kind.
                    failed |= error.failures > 0
                    self.stdout.write(f"{kind}: {name} does not serve: {error}")
            if not answers:
                self.stdout.write(f"{kind}: travel times are estimated.")
        if failed:
            raise CommandError("A road engine that the settings name does not serve: see above.")

    def _told(self, engine: RoadEngine, kind: str) -> str:
        started = time.monotonic()
        version = engine.version(kind)
        off_road = []
        for hub in Hub.objects.filter(is_active=True).order_by("code"):
            try:
                engine.snap((hub.point.x, hub.point.y), kind)
            except NoRoadNear:
                off_road.append(hub.code)
        named = (
            f"answers, map {version}" if version else "answers, but names no map: nothing is kept"
        )
        took = f"({(time.monotonic() - started) * 1000:.0f} ms)"
        off = f"; no road near hub {', '.join(off_road)}" if off_road else ""
        return f"{named}{off} {took}"
