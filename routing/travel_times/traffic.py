"""How much longer than on free roads a drive takes, by vehicle kind and hour of a hub's local day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from delivery.models import Hub
from routing.travel_times.models import TravelFactors
from routing.travel_times.protocol import UNREACHABLE, VEHICLE_KINDS, IntMatrix

AXIS_HOURS = 48
"""A shift that starts in the hub's day ends within the next one."""
FREE = 100


@dataclass(frozen=True, slots=True)
class Period:
    """From when on, in seconds since the hub's local midnight, drives take this percentage of the free time."""

    from_s: int
    percent: int


@dataclass(frozen=True)
class Traffic:
    """A hub's day. by_kind: lower-case vehicle kind to periods by time, the first at 0; a kind that is missing is free."""

    by_kind: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)

    def periods(self, vehicle_kind: str) -> tuple[Period, ...]:
        """The periods of a vehicle kind; one of FREE where nothing slows it."""
        return self.by_kind.get(vehicle_kind.lower()) or (Period(0, FREE),)

    def average(self, vehicle_kind: str, from_s: int, until_s: int) -> int:
        """The percentage over a stretch of the day, rounded, each second counting the same."""
        periods = self.periods(vehicle_kind)
        ends = [*(p.from_s for p in periods[1:]), max(until_s, periods[-1].from_s)]
        lasts = [
            (p.percent, max(0, min(end, until_s) - max(p.from_s, from_s)))
            for p, end in zip(periods, ends, strict=True)
        ]
        whole = sum(seconds for _, seconds in lasts)
        if not whole:
            return self.at(vehicle_kind, from_s)
        return round(sum(percent * seconds for percent, seconds in lasts) / whole)

    def between(
        self, vehicle_kind: str, from_s: int, until_s: int, most: int
    ) -> tuple[Period, ...]:
        """The periods of a stretch of the day, the first reaching back to 0; of at most `most` different percentages.

        Where the day has more, hours that differ little become one: percentages are rounded to 5, 10, 25 or 50.
        """
        ends = [*(p.from_s for p in self.periods(vehicle_kind)[1:]), until_s + 1]
        within = [
            p
            for p, end in zip(self.periods(vehicle_kind), ends, strict=True)
            if end > from_s and p.from_s <= until_s
        ]
        for step in (1, 5, 10, 25, 50):
            found: list[Period] = []
            for period in within:
                percent = max(step, round(period.percent / step) * step)
                if not found or found[-1].percent != percent:
                    found.append(Period(period.from_s if found else 0, percent))
            if len({p.percent for p in found}) <= most:
                return tuple(found)
        return (Period(0, self.average(vehicle_kind, from_s, until_s)),)

    def at(self, vehicle_kind: str, second: int) -> int:
        """The percentage for a drive that departs at this second of the day."""
        return next(
            (p.percent for p in reversed(self.periods(vehicle_kind)) if p.from_s <= second), FREE
        )


def traffic_of(hub: Hub, day: date) -> Traffic:
    """Return the traffic of a hub's day; free roads where nobody has said otherwise (one query)."""
    factors = TravelFactors.objects.filter(hub=hub.pk).first()
    if factors is None:
        return Traffic()
    hours = _local_hours(ZoneInfo(hub.timezone), day)
    return Traffic({kind: _periods(getattr(factors, kind), hours) for kind in VEHICLE_KINDS})


def slowed_now(seconds: int, hub_id: UUID, vehicle_kind: str, now: datetime) -> int:
    """Return how long a free drive of so many seconds takes that begins now (one query)."""
    factors = TravelFactors.objects.select_related("hub").filter(hub=hub_id).first()
    if factors is None:
        return seconds
    hour = now.astimezone(ZoneInfo(factors.hub.timezone)).hour
    return -(-seconds * int(getattr(factors, vehicle_kind.lower())[hour]) // FREE)


def slowed(durations_s: IntMatrix, percent: int) -> IntMatrix:
    """Return durations at a percentage, rounded up; UNREACHABLE stays."""
    if percent == FREE:
        return durations_s
    slower: IntMatrix = -(-durations_s * percent // FREE)
    return np.where(durations_s == UNREACHABLE, UNREACHABLE, slower)


def _local_hours(zone: ZoneInfo, day: date) -> list[int]:
    """The hour on the hub's clock at each full hour since its midnight; days on which clocks change have 23 or 25."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    return [(midnight + timedelta(hours=h)).astimezone(zone).hour for h in range(AXIS_HOURS)]


def _periods(percents: list[int], hours: list[int]) -> tuple[Period, ...]:
    found = [Period(0, percents[hours[0]])]
    for number, hour in enumerate(hours):
        if percents[hour] != found[-1].percent:
            found.append(Period(number * 3600, percents[hour]))
    return tuple(found)
