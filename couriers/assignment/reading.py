"""What an assignment is worked out from, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from couriers.assignment.eligibility import Carrier, Cover, Room, Wanted
from couriers.assignment.models import Assignment, PartnerDay
from couriers.rates.queries import cards_on
from couriers.rates.quotes import Load
from couriers.roster.models import Partner
from couriers.vehicles.models import Vehicle
from delivery.orders.status import Status

_State = Assignment.State
ACTIVE = (_State.OFFERED, _State.ACCEPTED)

_WANTED = """
    SELECT c.id, c.code, c.hub_id, c.address_id, a.point IS NOT NULL, c.priority, c.window_start IS NOT NULL,
           coalesce(sum(p.weight_g), 0), coalesce(sum(p.ml), 0), count(p.ml), coalesce(max(p.weight_g), 0),
           coalesce(max(p.ml), 0), coalesce(bool_or(p.is_cold), false), coalesce(bool_or(p.is_fragile), false),
           coalesce(max(p.min_age), 0)
    FROM delivery_consignment c
    JOIN delivery_address a ON a.id = c.address_id
    LEFT JOIN LATERAL (
        SELECT weight_g, is_cold, is_fragile, min_age,
               ceil(length_mm::numeric * width_mm * height_mm / 1000)::bigint AS ml
        FROM delivery_parcel WHERE consignment_id = c.id
    ) AS p ON true
    WHERE {where}
    GROUP BY c.id, a.id ORDER BY c.priority DESC, c.id"""
_COVERS = """
    SELECT c.id, s.partner_id, s.id, s.hub_id
    FROM delivery_consignment c
    JOIN delivery_address a ON a.id = c.address_id
    JOIN couriers_servicearea s ON s.is_active AND ST_Covers(s.polygon, a.point)
    JOIN delivery_hub h ON h.id = s.hub_id AND h.is_active
    WHERE c.id = ANY(%s) ORDER BY s.name, s.id"""
# The three nearest by the index, measured on the ellipsoid.
_NEAREST = """
    SELECT c.id, near.partner_id, near.id, ST_Distance(near.polygon::geography, a.point::geography)
    FROM delivery_consignment c
    JOIN delivery_address a ON a.id = c.address_id
    CROSS JOIN LATERAL (
        SELECT s.id, s.partner_id, s.polygon FROM couriers_servicearea s
        WHERE s.is_active AND NOT ST_Covers(s.polygon, a.point)
        ORDER BY s.polygon <-> a.point LIMIT 3
    ) AS near
    WHERE c.id = ANY(%s) ORDER BY 4"""


@dataclass(frozen=True)
class Day:
    """What is wanted on a day and who could carry it; wanted: by priority, then oldest first."""

    day: date
    wanted: tuple[Wanted, ...]
    carriers: dict[UUID, Carrier]


@dataclass(frozen=True)
class Near:
    """An area that does not hold the address, and how far its edge is."""

    partner_id: UUID
    area_id: UUID
    metres: int


def _rows(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _wanted(where: str, parameters: Sequence[Any], day: date) -> tuple[Wanted, ...]:
    rows = _rows(_WANTED.format(where=where), parameters)
    ids = [row[0] for row in rows]
    covers: dict[UUID, list[Cover]] = defaultdict(list)
    for consignment_id, partner_id, area_id, hub_id in _rows(_COVERS, [ids]):
        covers[consignment_id].append(Cover(partner_id, area_id, hub_id))
    refused: dict[UUID, set[UUID]] = defaultdict(set)
    said_no = Assignment.objects.filter(
        consignment__in=ids, day=day, state__in=[_State.DECLINED, _State.EXPIRED]
    )
    for consignment_id, partner_id in said_no.values_list("consignment_id", "partner_id"):
        refused[consignment_id].add(partner_id)
    return tuple(
        Wanted(
            id=row[0],
            code=row[1],
            hub_id=row[2],
            address_id=row[3],
            is_located=row[4],
            priority=row[5],
            load=Load(
                has_window=row[6],
                weight_g=int(row[7]),
                volume_ml=int(row[8]),
                parcels=row[9],
                largest_g=row[10],
                largest_ml=int(row[11]),
                is_cold=row[12],
                is_fragile=row[13],
                min_age=row[14],
            ),
            covers=tuple(covers[row[0]]),
            declined_by=frozenset(refused[row[0]]),
        )
        for row in rows
    )


def carriers_on(day: date) -> dict[UUID, Carrier]:
    """Return every partner as it is on `day`, by id (five queries). Places of cancelled consignments count as free."""
    partners = list(Partner.objects.select_related("organization").order_by("pk"))
    days = {d.partner_id: d for d in PartnerDay.objects.filter(day=day)}
    cancelled = dict(
        Assignment.objects.filter(day=day, state__in=ACTIVE, consignment__status=Status.CANCELLED)
        .values_list("partner_id")
        .annotate(Count("id"))
    )
    cards = cards_on(day, [partner.pk for partner in partners])
    rooms: dict[UUID, list[Room]] = defaultdict(list)
    for vehicle in Vehicle.objects.filter(is_active=True):
        rooms[vehicle.partner_id].append(
            Room(vehicle.capacity_g, vehicle.capacity_ml, vehicle.max_parcels)
        )
    found = {}
    for partner in partners:
        counter = days.get(partner.pk)
        capacity = counter.capacity if counter else partner.daily_capacity
        taken = counter.taken - cancelled.get(partner.pk, 0) if counter else 0
        found[partner.pk] = Carrier(
            id=partner.pk,
            name=partner.organization.name,
            is_active=partner.is_active and partner.organization.is_active,
            auto_accepts=partner.auto_accepts,
            certificates=frozenset(partner.certificates),
            vehicles=tuple(rooms[partner.pk]),
            score=partner.on_time_share,
            capacity=capacity,
            free=max(0, capacity - taken),
            card=cards.get(partner.pk),
        )
    return found


def read_day(day: date, hub_ids: Iterable[UUID] = ()) -> Day:
    """Return the READY consignments of a day, of some hubs or of all, and the partners (eight queries)."""
    where, parameters = "c.due_on = %s AND c.status = %s", [day, str(Status.READY)]
    hubs: list[Any] = list(hub_ids)
    if hubs:
        where, parameters = f"{where} AND c.hub_id = ANY(%s)", [*parameters, hubs]
    return Day(day, _wanted(where, parameters, day), carriers_on(day))


def read_one(consignment_id: UUID, day: date) -> Day:
    """Return one consignment, whatever its status, and the partners of its day (eight queries)."""
    return Day(day, _wanted("c.id = %s", [consignment_id], day), carriers_on(day))


def nearest_areas(consignment_ids: Iterable[UUID]) -> dict[UUID, list[Near]]:
    """Return up to three areas that do not hold each address, nearest first (one query)."""
    near: dict[UUID, list[Near]] = defaultdict(list)
    for consignment_id, partner_id, area_id, metres in _rows(_NEAREST, [list(consignment_ids)]):
        near[consignment_id].append(Near(partner_id, area_id, -int(-metres // 1)))
    return near
