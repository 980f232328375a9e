"""On the road: couriers load, drive along their route's road, arrive, hand over or fail, and are rated."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

from demo.day import Day

FIX_EVERY_S = 10
UPLOAD_EVERY_S = 60
# 18 km/h door to door: what the demo city's free-flow times come to with lights and turns.
CITY_MPS = 5.0
# Why attempts fail, and how often: about one in twelve at the first try in parcel delivery.
FAILS = (
    ("NOBODY_HOME", 0.045),
    ("NO_ACCESS", 0.015),
    ("REFUSED", 0.010),
    ("ADDRESS_NOT_FOUND", 0.008),
)
HANDED_TO = ("RECIPIENT", "RECIPIENT", "RECIPIENT", "HOUSEHOLD", "NEIGHBOUR", "RECEPTION")


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance between two (lon, lat) points, by the equirectangular approximation (good for a city)."""
    x = math.radians(b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    y = math.radians(b[1] - a[1])
    return 6_371_000 * math.hypot(x, y)


def leg(
    line: list[tuple[float, float]], start: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return the part of a route's line that leads from `start` to `end`; straight where there is no line."""
    if len(line) < 2:
        return [start, end]
    first = min(range(len(line)), key=lambda i: metres(line[i], start))
    last = min(range(first, len(line)), key=lambda i: metres(line[i], end))
    return [start, *line[first : last + 1], end]


def along(points: list[tuple[float, float]], share: float) -> tuple[float, float]:
    """Return the point at `share` (0 to 1) of the way along `points`."""
    lengths = [metres(a, b) for a, b in pairwise(points)]
    wanted = share * sum(lengths)
    for (a, b), length in zip(pairwise(points), lengths, strict=True):
        if wanted <= length and length > 0:
            t = wanted / length
            return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
        wanted -= length
    return points[-1]


@dataclass
class Trip:
    """One courier's day on the road.

    delay_at_stop, delay_min: at this stop (counted from 1) the courier is held up for so long. here: last place, (lon, lat).
    """

    day: Day
    alias: str
    delay_at_stop: int = 0
    delay_min: int = 0
    random: Random = field(default_factory=lambda: Random(3))
    here: tuple[float, float] = (0.0, 0.0)
    done: int = 0

    def begin(self, route_id: str) -> None:
        """Put the first step of the route on the day's heap; each step plans the next one."""
        steps = self._steps(route_id)
        self._next(steps, self.day.clock.now())

    def _next(self, steps: Iterator[datetime], _now: datetime) -> None:
        at = next(steps, None)
        if at is not None:
            self.day.plan(at, lambda now: self._next(steps, now))

    # --- what the phone sends ---
    def _id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def _send(self, type_: str, now: datetime, **fields: Any) -> dict[str, Any]:
        command = {"id": self._id(), "type": type_, "occurred_at": now.isoformat()} | fields
        answer = self.day.person(self.alias).post(
            "/api/v1/couriers/me/commands/", {"commands": [command]}
        )
        result: dict[str, Any] = answer["results"][0]
        if result["outcome"] not in {"applied", "duplicate"}:
            self.day.problem(f"{self.alias}: {type_} was refused: {result.get('code', '')}")
        return result | {"id": command["id"]}

    def _route(self, route_id: str) -> dict[str, Any] | None:
        manifest = self.day.person(self.alias).get("/api/v1/couriers/me/manifest/")
        return next((r for r in manifest["routes"] if r["id"] == route_id), None)

    def _report(self, fixes: list[tuple[datetime, tuple[float, float]]]) -> None:
        if not fixes:
            return
        points = [
            {
                "client_id": self._id(),
                "recorded_at": at.isoformat(),
                "lon": round(p[0], 6),
                "lat": round(p[1], 6),
                "accuracy": 8,
            }
            for at, p in fixes
        ]
        self.day.person(self.alias).post("/api/v1/couriers/me/positions/", {"positions": points})
        self.day.tally.positions += len(points)

    # --- the steps: each yields when it wants to go on ---
    def _steps(self, route_id: str) -> Iterator[datetime]:
        day = self.day
        route = self._route(route_id)
        if route is None:
            day.problem(f"{self.alias} has no route {route_id} on the phone.")
            return
        start = datetime.fromisoformat(route["planned_start_at"])
        yield start - timedelta(minutes=15)
        for stop in route["stops"]:
            for consignment in stop["consignments"]:
                for parcel in consignment["parcels"]:
                    self._send("load_parcel", day.clock.now(), route=route_id, parcel=parcel["id"])
        yield start
        self._send("start_route", day.clock.now(), route=route_id)
        self.here = (route["hub"]["lon"], route["hub"]["lat"])
        while True:
            route = self._route(route_id)
            pending = [s for s in route["stops"] if s["state"] == "PENDING"] if route else []
            if not route or not pending:
                return
            yield from self._drive(route, pending[0])
            yield from self._serve(pending[0])

    def _drive(self, route: dict[str, Any], stop: dict[str, Any]) -> Iterator[datetime]:
        door = (stop["lon"], stop["lat"])
        points = leg([(x, y) for x, y in route["line"]], self.here, door)
        length = sum(metres(a, b) for a, b in pairwise(points))
        lasts_s = max(20.0, length / CITY_MPS * self.random.uniform(0.85, 1.25))
        began = self.day.clock.now()
        fixes: list[tuple[datetime, tuple[float, float]]] = []
        elapsed = 0.0
        while elapsed < lasts_s:
            elapsed = min(lasts_s, elapsed + FIX_EVERY_S)
            fixes.append((began + timedelta(seconds=elapsed), along(points, elapsed / lasts_s)))
            if len(fixes) * FIX_EVERY_S >= UPLOAD_EVERY_S or elapsed >= lasts_s:
                yield fixes[-1][0]
                self._report(fixes)
                fixes = []
        self.here = door
        if self.done + 1 == self.delay_at_stop:
            yield from self._be_held_up(door)

    def _be_held_up(self, door: tuple[float, float]) -> Iterator[datetime]:
        self.day.say(
            f"  {self.alias} is held up for {self.delay_min} minutes before stop {self.done + 1}"
        )
        self.day.tally.fell_behind = self.alias
        for _minute in range(self.delay_min):
            yield self.day.clock.now() + timedelta(minutes=1)
            self._report(
                [(self.day.clock.now(), (door[0] + self.random.uniform(-2e-5, 2e-5), door[1]))]
            )

    def _serve(self, stop: dict[str, Any]) -> Iterator[datetime]:
        day = self.day
        opens = datetime.fromisoformat(stop["window_start"]) if stop["window_start"] else None
        if opens and opens > day.clock.now():
            yield opens
        now = day.clock.now()
        self._send("arrive", now, stop=stop["id"])
        self._look_at_lateness(stop, now)
        yield now + timedelta(seconds=max(20, stop["service_s"] * self.random.uniform(0.7, 1.2)))
        now = day.clock.now()
        self.done += 1
        why = self._why_it_fails()
        if why:
            self._send("fail", now, stop=stop["id"], data={"why": why})
            day.tally.failed[why] += len(stop["consignments"])
            return
        self._send(
            "deliver",
            now,
            stop=stop["id"],
            data={"name": "Received", "handed_to": self.random.choice(HANDED_TO)},
        )
        day.tally.delivered += len(stop["consignments"])

    def _why_it_fails(self) -> str:
        u = self.random.random()
        for why, share in FAILS:
            if u < share:
                return why
            u -= share
        return ""

    def _look_at_lateness(self, stop: dict[str, Any], now: datetime) -> None:
        if not stop["window_end"]:
            return
        late_min = math.ceil(
            (now - datetime.fromisoformat(stop["window_end"])).total_seconds() / 60
        )
        if late_min > 0:
            self.day.tally.late += 1
            self.day.tally.worst_late_min = max(self.day.tally.worst_late_min, late_min)
