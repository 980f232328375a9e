"""What a plan is made from: the consignments of a hub and day, the shifts that may carry them, and a mark of each."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Cast, Coalesce

from common.days import day_bounds
from couriers.models import Certificate, Shift
from delivery.models import Consignment, Hub, Parcel
from delivery.orders.status import Status
from routing.engine.problem import Matrix
from routing.plans.leaning import Leaning, leaning_of
from routing.plans.queries import settings_of
from routing.routes.models import Route, Stop, StopConsignment
from routing.travel_times.providers import travel_times
from routing.travel_times.traffic import Traffic, slowed, traffic_of

PLANNABLE = frozenset({Status.ACCEPTED, Status.PLANNED, Status.AT_HUB})
# From here on the parcels are in one vehicle: planning must leave them there.
ABOARD = frozenset({Status.LOADED, Status.OUT_FOR_DELIVERY, Status.ARRIVING})
COLD_BOX = "COLD_BOX"
# 8 bytes each: 200 MB of matrices by period at most, which 1,000 places reach with 25 different hours and 2,000 with 6.
CELLS_OF_ALL_PERIODS = 25_000_000
# A courier on the road who is late drives on so long after the shift's end, seconds.
LATE_S = 4 * 3600


@dataclass(frozen=True)
class Drop:
    """One consignment to be planned.

    lon, lat: degrees, None where the address has no point. window: aware, both ends or None. service_s: at the door.
    weight_g, volume_ml, count: of all its parcels. skills: what its shift must have.
    """

    id: UUID
    code: str
    partner_id: UUID
    lon: float | None
    lat: float | None
    window: tuple[datetime, datetime] | None
    service_s: int
    weight_g: int
    volume_ml: int
    count: int
    skills: frozenset[str]
    priority: int

    @property
    def mark(self) -> str:
        """Fingerprint of everything that planning depends on."""
        window = tuple(t.timestamp() for t in self.window) if self.window else None
        return _mark(
            self.partner_id, self.lon, self.lat, window, self.service_s, self.weight_g, self.volume_ml,
            self.count, sorted(self.skills), self.priority,
        )  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One shift that may carry.

    capacity_g, capacity_ml, max_parcels, fixed_cost, cost_per_km, cost_per_hour: of its vehicle, prices in the house's
    currency. skills: courier, partner and vehicle together.
    """

    id: UUID
    courier_id: UUID
    alias: str
    partner_id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    capacity_g: int
    capacity_ml: int
    max_parcels: int
    skills: frozenset[str]
    fixed_cost: float
    cost_per_km: float
    cost_per_hour: float

    @property
    def mark(self) -> str:
        """Fingerprint of all that decides what it may carry and when; not of its prices, which make no plan wrong."""
        return _mark(
            self.courier_id, self.partner_id, self.kind, self.starts_at.timestamp(), self.ends_at.timestamp(),
            self.capacity_g, self.capacity_ml, self.max_parcels, sorted(self.skills),
        )  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """What is planned. origin: local midnight of the day, where the engine's time axis starts.

    pins: the shift that a consignment stays with. locks: by shift, its stops in order, each with its consignments.
    traffic: how much slower than on free roads the hub's day is. leaning: which couriers are preferred for which stop.
    """

    hub_point: tuple[float, float]
    origin: datetime
    drops: tuple[Drop, ...]
    turns: tuple[Turn, ...]
    partner_names: dict[UUID, str] = field(default_factory=dict)
    pins: Mapping[UUID, UUID] = field(default_factory=dict)
    locks: Mapping[UUID, tuple[tuple[UUID, ...], ...]] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    leaning: Leaning = field(default_factory=Leaning)

    @property
    def marks(self) -> dict[str, str]:
        """The mark of each consignment and shift by id."""
        return {str(d.id): d.mark for d in self.drops} | {str(t.id): t.mark for t in self.turns}

    @property
    def mark(self) -> str:
        """One fingerprint of all of them."""
        return hashlib.sha256(
            "".join(f"{k}{v}" for k, v in sorted(self.marks.items())).encode()
        ).hexdigest()


def _mark(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def touched_routes(hub_id: UUID) -> QuerySet[Route]:
    """Return the hub's routes that planning must leave alone: on the road, or with a parcel loaded."""
    aboard = StopConsignment.objects.filter(
        stop__route=OuterRef("pk"), is_active=True, consignment__status__in=ABOARD
    )
    return Route.objects.filter(plan__hub_id=hub_id).filter(
        Q(state=Route.State.RUNNING) | Q(Exists(aboard), state=Route.State.PUBLISHED)
    )


def consignments_to_plan(hub: Hub, day: date) -> QuerySet[Consignment]:
    """Return the consignments of the hub and day that a plan may place, oldest first.

    Those left over from earlier days come along; those on a route that is loaded or on the road stay on it.
    """
    on_a_route = StopConsignment.objects.filter(is_active=True)
    frozen = on_a_route.filter(stop__route__in=touched_routes(hub.pk).values("pk")).values(
        "consignment"
    )
    return (
        Consignment.objects.filter(hub=hub, status__in=PLANNABLE, partner__isnull=False)
        .filter(Q(due_on=day) | (Q(due_on__lt=day) & ~Q(pk__in=on_a_route.values("consignment"))))
        .exclude(pk__in=frozen)
        .order_by("id")
    )


def shifts_to_plan(hub: Hub, day: date, now: datetime) -> QuerySet[Shift]:
    """Return the shifts of the hub and day that can still start a route, by start."""
    first, last = day_bounds(day, hub.timezone)
    return (
        Shift.objects.filter(
            hub=hub, is_active=True, starts_at__gte=first, starts_at__lt=last, ends_at__gt=now,
            courier__is_active=True, vehicle__is_active=True, courier__partner__is_active=True,
        )
        .exclude(pk__in=touched_routes(hub.pk).values("shift"))
        .select_related("courier__partner__organization", "vehicle")
        .order_by("starts_at", "id")
    )  # fmt: skip


def gather(hub: Hub, day: date, now: datetime, base: UUID | None = None) -> Inputs:
    """Return what a plan of this hub and day is made from; with `base`, its pins and locks hold (eight queries at most)."""
    turns = tuple(turn_of(shift) for shift in shifts_to_plan(hub, day, now))
    rows = list(with_parcels(consignments_to_plan(hub, day)))
    names = {row.partner_id: row.partner.name for row in rows if row.partner_id and row.partner}
    return Inputs(
        (hub.point.x, hub.point.y),
        day_bounds(day, hub.timezone)[0],
        tuple(_drop(row) for row in rows),
        turns,
        names,
        *(_kept_of(base, {turn.id for turn in turns}) if base else ({}, {})),
        traffic=traffic_of(hub, day),
        leaning=leaning_of(
            hub, day, now, settings_of(hub.pk), [(t.courier_id, t.partner_id) for t in turns]
        ),
    )


def travel(
    places: Sequence[tuple[float, float]], turns: Sequence[Turn], origin: datetime, traffic: Traffic
) -> tuple[Matrix, str]:
    """Return travel between places for shifts of one vehicle kind, in the traffic of their hours, and where it comes from.

    Outside all periods (there the search looks first) it is the average over the shifts' hours.
    """
    kind = turns[0].kind
    found = travel_times().matrix(places, kind)
    from_s = int((min(t.starts_at for t in turns) - origin).total_seconds())
    until_s = int((max(t.ends_at for t in turns) - origin).total_seconds())
    usual = slowed(found.durations_s, traffic.average(kind, from_s, until_s))
    most = CELLS_OF_ALL_PERIODS // max(1, len(places) ** 2)
    periods = traffic.between(kind, from_s, until_s + LATE_S, most)
    if len(periods) == 1:
        return Matrix(
            slowed(found.durations_s, periods[0].percent), found.distances_m
        ), found.source
    # One array for hours of the same percentage: the problem goes to the solver's process with each array once.
    cells = {p.percent: slowed(found.durations_s, p.percent) for p in periods}
    by_period = tuple((p.from_s, cells[p.percent]) for p in periods)
    return Matrix(usual, found.distances_m, by_period), found.source


Kept = tuple[dict[UUID, UUID], dict[UUID, tuple[tuple[UUID, ...], ...]]]


def _kept_of(plan_id: UUID, shifts: Collection[UUID]) -> Kept:
    """Return the pins and locks of a plan whose shifts can still start."""
    stops = (
        Stop.objects.filter(route__plan=plan_id, route__shift__in=shifts)
        .filter(Q(is_pinned=True) | Q(route__is_locked=True))
        .select_related("route")
        .prefetch_related("drops")
        .order_by("route_id", "position")
    )
    pins: dict[UUID, UUID] = {}
    locks: dict[UUID, tuple[tuple[UUID, ...], ...]] = {}
    for stop in stops:
        held = tuple(sorted(d.consignment_id for d in stop.drops.all()))
        if stop.is_pinned:
            pins |= dict.fromkeys(held, stop.route.shift_id)
        if stop.route.is_locked:
            locks[stop.route.shift_id] = (*locks.get(stop.route.shift_id, ()), held)
    return pins, locks


def drops_of(ids: Collection[UUID]) -> dict[UUID, Drop]:
    """Return consignments as planning sees them, by id, whatever their status (one query)."""
    return {row.pk: _drop(row) for row in with_parcels(Consignment.objects.filter(pk__in=ids))}


def with_parcels(found: QuerySet[Consignment]) -> QuerySet[Consignment]:
    """Add what all parcels of each consignment come to: weight (g), volume (ml), boxes, cold ones, highest least age."""
    cubic_mm = Cast("length_mm", BigIntegerField()) * F("width_mm") * F("height_mm")

    def of_parcels(figure: Aggregate) -> Coalesce:
        parcels = Parcel.objects.filter(consignment=OuterRef("pk")).order_by().values("consignment")
        return Coalesce(Subquery(parcels.annotate(figure=figure).values("figure")), 0)

    return found.select_related("address", "partner").annotate(
        weight=of_parcels(Sum("weight_g")),
        volume=of_parcels(Sum((cubic_mm + 999) / 1000)),  # each parcel's litres x 1000, rounded up
        boxes=of_parcels(Count("pk")),
        cold=of_parcels(Count("pk", filter=Q(is_cold=True))),
        age=of_parcels(Max("min_age")),
    )


def _drop(row: Any) -> Drop:
    """Return a row of with_parcels as planning sees it."""
    skills = set()
    if row.cold:
        skills |= {COLD_BOX, Certificate.COLD.value}
    if row.age:
        skills.add(Certificate.AGE_CHECK.value)
    point = row.address.point
    return Drop(
        id=row.pk,
        code=row.code,
        partner_id=row.partner_id,
        lon=point.x if point else None,
        lat=point.y if point else None,
        window=(row.window_start, row.window_end) if row.window_start and row.window_end else None,
        service_s=row.service_s,
        weight_g=row.weight,
        volume_ml=row.volume,
        count=row.boxes,
        skills=frozenset(skills),
        priority=row.priority,
    )


def turn_of(shift: Shift) -> Turn:
    """Return a shift as planning sees it."""
    vehicle, courier = shift.vehicle, shift.courier
    skills = {*courier.certificates, *courier.partner.certificates}
    if vehicle.has_cold_box:
        skills.add(COLD_BOX)
    return Turn(
        id=shift.pk,
        courier_id=courier.pk,
        alias=courier.alias,
        partner_id=courier.partner_id,
        kind=vehicle.kind,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        capacity_g=vehicle.capacity_g,
        capacity_ml=vehicle.capacity_ml,
        max_parcels=vehicle.max_parcels,
        skills=frozenset(skills),
        fixed_cost=float(vehicle.fixed_cost),
        cost_per_km=float(vehicle.cost_per_km),
        cost_per_hour=float(vehicle.cost_per_hour),
    )
