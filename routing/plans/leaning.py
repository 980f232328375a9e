"""What the planner leans to beside money: couriers who know the area, and couriers who drove less of late.

Both are charges for a stop by shift. They serve the search only: a plan costs what driving it costs.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import cos, floor, radians
from uuid import UUID

from django.db.models import Count, F, FloatField, Func, Sum
from django.db.models.functions import Floor

from delivery.models import Hub
from routing.engine.problem import MICROS
from routing.plans.models import PlanningSettings
from routing.routes.models import Route, Stop

Cell = tuple[int, int]
Crew = Collection[tuple[UUID, UUID]]
"""Pairs of shift and courier."""

# Own choices, 2026-11. A walk of five minutes to each side is one area; who was there five times in two months knows it.
CELL_M = 400
M_PER_DEGREE = 111_320
KNOWN_AFTER = 5
REMEMBERED = timedelta(days=60)
# The hours of four weeks are evened out.
FAIR_OVER = timedelta(days=28)
DRIVEN = (Route.State.PUBLISHED, Route.State.RUNNING, Route.State.DONE)


@dataclass(frozen=True)
class Leaning:
    """Charges for stops. unknown_area: micros at most; visits: by courier and cell; step: degrees of a cell (lon, lat);
    uneven: micros by courier."""

    unknown_area: int = 0
    visits: Mapping[UUID, Mapping[Cell, int]] = field(default_factory=dict)
    step: tuple[float, float] = (1.0, 1.0)
    uneven: Mapping[UUID, int] = field(default_factory=dict)

    def charges(self, point: tuple[float, float], crew: Crew) -> dict[str, int]:
        """Return micros by shift id for a stop at (lon, lat); none where it is the same whoever serves it.

        crew: the shifts that may serve it. The courier of them who knows the area best is charged nothing for it.
        """
        known = {courier: self.knows(courier, point) for _shift, courier in crew}
        most = max(known.values(), default=0.0)
        charged = {
            str(shift): round(self.unknown_area * (most - known[courier]))
            + self.uneven.get(courier, 0)
            for shift, courier in crew
        }
        return charged if len(set(charged.values())) > 1 else {}

    def knows(self, courier: UUID, point: tuple[float, float]) -> float:
        """Return how well a courier knows the area of (lon, lat): 0 not at all, 1 as well as anybody."""
        visits = self.visits.get(courier)
        if not visits:
            return 0.0
        x, y = (floor(value / step) for value, step in zip(point, self.step, strict=True))
        near = sum(visits.get((x + i, y + j), 0) for i in (-1, 0, 1) for j in (-1, 0, 1))
        return min(1.0, near / KNOWN_AFTER)


def leaning_of(
    hub: Hub,
    day: date,
    now: datetime,
    settings: PlanningSettings,
    crew: Sequence[tuple[UUID, UUID]],
) -> Leaning:
    """Return what a plan of this hub and day leans to. crew: courier and partner of each shift (two queries at most: each only where it has a price)."""
    couriers = {courier for courier, _partner in crew}
    step = CELL_M / (M_PER_DEGREE * cos(radians(hub.point.y))), CELL_M / M_PER_DEGREE
    unknown_area = round(settings.unknown_area * MICROS)
    uneven = round(settings.uneven_hours * MICROS)
    return Leaning(
        unknown_area=unknown_area,
        visits=_visits(couriers, step, now) if unknown_area else {},
        step=step,
        uneven=_uneven(crew, day, uneven) if uneven else {},
    )


def _visits(
    couriers: Collection[UUID], step: tuple[float, float], now: datetime
) -> dict[UUID, dict[Cell, int]]:
    """Return how many stops each courier finished of late, by cell."""

    def cell(function: str, size: float) -> Floor:
        return Floor(Func(F("point"), function=function, output_field=FloatField()) / size)

    rows = (
        Stop.objects.filter(
            state=Stop.State.DONE,
            left_at__gte=now - REMEMBERED,
            route__shift__courier__in=couriers,
        )
        .order_by()
        .annotate(x=cell("ST_X", step[0]), y=cell("ST_Y", step[1]))
        .values_list("route__shift__courier", "x", "y")
        .annotate(times=Count("pk"))
    )
    found: dict[UUID, dict[Cell, int]] = defaultdict(dict)
    for courier, x, y, times in rows:
        found[courier][int(x), int(y)] = times
    return dict(found)


def _uneven(crew: Sequence[tuple[UUID, UUID]], day: date, most: int) -> dict[UUID, int]:
    """Return the charge of each courier who drove more of late than the mean of the partner's couriers of this day."""
    rows = (
        Route.objects.filter(
            state__in=DRIVEN, plan__day__gte=day - FAIR_OVER, plan__day__lt=day,
            shift__courier__in={courier for courier, _partner in crew},
        )
        .order_by()
        .values_list("shift__courier")
        .annotate(driven=Sum(F("planned_end_at") - F("planned_start_at")))
    )  # fmt: skip
    driven = {courier: span.total_seconds() for courier, span in rows}
    partners: dict[UUID, set[UUID]] = defaultdict(set)
    for courier, partner in crew:
        partners[partner].add(courier)
    charges = {}
    for couriers in partners.values():
        mean = sum(driven.get(courier, 0.0) for courier in couriers) / len(couriers)
        for courier in couriers:
            surplus = driven.get(courier, 0.0) - mean
            if surplus > 0:
                charges[courier] = round(most * min(1.0, surplus / mean))
    return charges
