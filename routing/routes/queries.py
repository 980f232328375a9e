"""Reads of routes. `routes_visible_to` and `stops_visible_to` are the only ways from an outside id to a row."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.contrib.gis.db.models import LineStringField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Func, OuterRef, Prefetch, QuerySet, Subquery, Value

from common import clock
from common.accounts.models import Role
from common.accounts.readers import Reader
from couriers.models import Courier
from couriers.roster import queries as roster
from delivery.models import Consignment, CustodyScan, Parcel
from delivery.orders.status import Status
from routing.routes.models import Route, Stop, StopConsignment

DRIVEN = (Route.State.PUBLISHED, Route.State.RUNNING, Route.State.DONE)
TRIED = frozenset(
    {Status.DELIVERED, Status.ATTEMPT_FAILED, Status.RESCHEDULED, Status.RETURNING, Status.RETURNED}
)
TO_COME = (Stop.State.PENDING, Stop.State.ARRIVED)
# A recipient without a window was told an hour or so; this much later than planned and the stop needs a look.
LATE_WITHOUT_WINDOW = timedelta(minutes=30)


def routes_visible_to(reader: Reader) -> QuerySet[Route]:
    """Return the routes a reader may see, by number: dispatchers and support all of their operator's, a partner's
    manager and a courier their own that are published."""
    routes = Route.objects.select_related(
        "plan__hub", "shift__courier__partner__organization", "shift__vehicle"
    )
    if roster.reads_network(reader):
        return routes.filter(plan__hub__operator_id=reader.organization_id)
    routes = routes.filter(state__in=DRIVEN)
    if roster.manages_partner(reader):
        return routes.filter(shift__courier__partner_id=reader.organization_id)
    if reader.is_partner and reader.user_id and reader.has_role(Role.COURIER):
        return routes.filter(
            shift__courier__user_id=reader.user_id,
            shift__courier__partner_id=reader.organization_id,
        )
    return routes.none()


def stops_visible_to(reader: Reader) -> QuerySet[Stop]:
    """Return the stops of the routes a reader may see, by route and position."""
    return Stop.objects.filter(route__in=routes_visible_to(reader).values("pk"))


def is_this_courier(reader: Reader, courier: Courier) -> bool:
    """Tell whether the reader is this courier, at work for the partner it acts for."""
    return (
        reader.is_partner
        and reader.has_role(Role.COURIER)
        and courier.user_id == reader.user_id
        and courier.partner_id == reader.organization_id
        and courier.is_active
    )


def is_at_risk(stop: Stop) -> bool:
    """Tell whether a stop to come is expected after its window, or far later than planned where it has none."""
    if stop.state not in TO_COME:
        return False
    if stop.window_end is not None:
        return stop.eta_at > stop.window_end
    return stop.eta_at - stop.planned_at > LATE_WITHOUT_WINDOW


def stop_data(stop: Stop) -> dict[str, Any]:
    """Return a stop as boards show it: no name, no address, only codes."""
    return {
        "id": stop.pk,
        "position": stop.position,
        "state": stop.state,
        "lon": stop.point.x,
        "lat": stop.point.y,
        "planned_at": stop.planned_at,
        "eta_at": stop.eta_at,
        "window_start": stop.window_start,
        "window_end": stop.window_end,
        "service_s": stop.service_s,
        "travel_s": stop.travel_s,
        "arrived_at": stop.arrived_at,
        "left_at": stop.left_at,
        "is_at_risk": is_at_risk(stop),
        "is_pinned": stop.is_pinned,
        "consignments": [
            {"id": d.consignment_id, "code": d.consignment.code, "status": d.consignment.status}
            for d in stop.drops.all()
        ],
    }


def _route_data(route: Route, stops: list[Stop]) -> dict[str, Any]:
    shift = route.shift
    line: str | None = getattr(route, "line_json", None)
    return {
        "id": route.pk,
        "plan": route.plan_id,
        "hub": route.plan.hub_id,
        "day": route.plan.day,
        "number": route.number,
        "state": route.state,
        "is_locked": route.is_locked,
        "version": route.version,
        "shift": route.shift_id,
        "courier": {"id": shift.courier_id, "alias": shift.courier.alias},
        "partner": {
            "id": shift.courier.partner_id,
            "name": shift.courier.partner.organization.name,
        },
        "vehicle": {"kind": shift.vehicle.kind, "name": shift.vehicle.name},
        "shift_starts_at": shift.starts_at,
        "shift_ends_at": shift.ends_at,
        "planned_start_at": route.planned_start_at,
        "planned_end_at": route.planned_end_at,
        "started_at": route.started_at,
        "finished_at": route.finished_at,
        "distance_m": route.distance_m,
        "late_s": route.late_s,
        "source": route.travel_source,
        "line": json.loads(line)["coordinates"] if line else [],
        "total": len(stops),
        "done": sum(s.state not in TO_COME for s in stops),
        "stops": [stop_data(s) for s in stops],
    }


# A line on a board: about 3 m may be lost of it, and five decimals (1 m) are kept.
_BOARD_LINE = AsGeoJSON(
    Func(
        F("line"), Value(0.00003), function="ST_Simplify", output_field=LineStringField(srid=4326)
    ),
    precision=5,
)


def with_stops(routes: QuerySet[Route]) -> QuerySet[Route]:
    """Return the routes with all that `route_data` reads (three queries, however many there are)."""
    drops = StopConsignment.objects.select_related("consignment").only(
        "id", "stop_id", "consignment_id", "consignment__code", "consignment__status"
    )
    stops = Stop.objects.order_by("position").prefetch_related(
        Prefetch("drops", drops.order_by("id"))
    )
    return (
        routes.select_related(
            "plan__hub", "shift__courier__partner__organization", "shift__vehicle"
        )
        .defer("line", "plan__inputs", "plan__figures", "plan__progress")
        .annotate(line_json=_BOARD_LINE)
        .prefetch_related(Prefetch("stops", stops))
    )


def route_data(route: Route) -> dict[str, Any]:
    """Return a route of `with_stops` as boards and the API show it."""
    return _route_data(route, list(route.stops.all()))


def routes_data(ids: Collection[UUID]) -> list[tuple[dict[str, Any], UUID]]:
    """Return these routes as boards show them, each with its hub, by number (three queries)."""
    rows = with_stops(Route.objects.filter(pk__in=ids)).order_by("number")
    return [(route_data(route), route.plan.hub_id) for route in rows]


# The courier's list


def hub_today(timezone: str, now: datetime) -> date:
    """Return the day it is in a hub's zone."""
    return now.astimezone(ZoneInfo(timezone)).date()


def courier_routes(courier: Courier, now: datetime) -> list[Route]:
    """Return the courier's routes of today, each hub's own, and any that is still on the road (one query)."""
    rows = (
        Route.objects.filter(shift__courier=courier, state__in=DRIVEN)
        .filter(plan__day__gte=(now - timedelta(days=2)).date())
        .select_related("plan__hub", "shift__vehicle")
        .defer("plan__inputs", "plan__figures", "plan__progress")
        .order_by("planned_start_at", "id")
    )
    return [
        r
        for r in rows
        if r.state == Route.State.RUNNING or r.plan.day == hub_today(r.plan.hub.timezone, now)
    ]


def manifest(courier: Courier, now: datetime) -> dict[str, Any]:
    """Return all that the courier's phone needs for today, offline: stops in order with names, addresses, windows,
    parcels, phones to call and the line to follow (four queries)."""
    routes = courier_routes(courier, now)
    scans = CustodyScan.objects.filter(parcel=OuterRef("pk"), kind__in=("LOADED", "BACK_AT_HUB"))
    last_scan = Subquery(scans.order_by("-received_at", "-id").values("kind")[:1])
    parcels = (
        Parcel.objects.annotate(last_scan=last_scan).prefetch_related("items").order_by("position")
    )
    consignments = Consignment.objects.select_related(
        "recipient", "address", "order__merchant__organization"
    ).prefetch_related(Prefetch("parcels", parcels))
    drops = StopConsignment.objects.order_by("id").prefetch_related(
        Prefetch("consignment", consignments)
    )
    stops: dict[UUID, list[Stop]] = defaultdict(list)
    rows = (
        Stop.objects.filter(route__in=routes)
        .order_by("position")
        .prefetch_related(Prefetch("drops", drops))
    )
    for stop in rows:
        stops[stop.route_id].append(stop)
    return {
        "courier": {"id": courier.pk, "alias": courier.alias, "partner": courier.partner_id},
        "routes": [_manifest_route(r, stops[r.pk]) for r in routes],
    }


def _manifest_route(route: Route, stops: Iterable[Stop]) -> dict[str, Any]:
    hub = route.plan.hub
    line = route.line.coords if route.line else ()
    return {
        "id": route.pk,
        "number": route.number,
        "state": route.state,
        "day": route.plan.day,
        "version": route.version,
        "hub": {
            "id": hub.pk,
            "name": hub.name,
            "address": hub.address_text,
            "lon": hub.point.x,
            "lat": hub.point.y,
            "timezone": hub.timezone,
        },
        "vehicle": {"kind": route.shift.vehicle.kind, "name": route.shift.vehicle.name},
        "planned_start_at": route.planned_start_at,
        "planned_end_at": route.planned_end_at,
        "started_at": route.started_at,
        "finished_at": route.finished_at,
        "distance_m": route.distance_m,
        "line": [[round(lon, 6), round(lat, 6)] for lon, lat in line],
        "stops": [
            _manifest_stop(stop) for stop in stops if stop.drops.all() or stop.state not in TO_COME
        ],
    }


def _shown(stop: Stop) -> list[StopConsignment]:
    """Return what the courier sees at a stop: what is still to be handed over, and what was tried there."""
    return [d for d in stop.drops.all() if d.is_active or d.consignment.status in TRIED]


def _manifest_stop(stop: Stop) -> dict[str, Any]:
    shown = _shown(stop)
    drops = [d.consignment for d in shown]
    is_open = {d.consignment_id: d.is_active for d in shown}
    address = drops[0].address if drops else None
    return {
        "id": stop.pk,
        "position": stop.position,
        "state": stop.state,
        "lon": stop.point.x,
        "lat": stop.point.y,
        "planned_at": stop.planned_at,
        "eta_at": stop.eta_at,
        "window_start": stop.window_start,
        "window_end": stop.window_end,
        "service_s": stop.service_s,
        "arrived_at": stop.arrived_at,
        "left_at": stop.left_at,
        "address": {
            "line1": address.line1,
            "line2": address.line2,
            "postcode": address.postcode,
            "city": address.city,
            "instructions": address.instructions,
        }
        if address
        else None,
        "consignments": [_manifest_consignment(c) | {"is_open": is_open[c.pk]} for c in drops],
    }


def _manifest_consignment(consignment: Consignment) -> dict[str, Any]:
    recipient = consignment.recipient
    return {
        "id": consignment.pk,
        "code": consignment.code,
        "kind": consignment.kind,
        "status": consignment.status,
        "merchant": consignment.order.merchant.organization.name,
        "recipient": {
            "name": recipient.name,
            "phone": recipient.phone,
            "language": recipient.language,
            "access_needs": recipient.access_needs,
        },
        "parcels": [
            {
                "id": p.pk,
                "code": p.code,
                "weight_g": p.weight_g,
                "packaging": p.packaging,
                "is_loaded": getattr(p, "last_scan", None) == CustodyScan.Kind.LOADED,
                "handling": _handling(p),
                "min_age": p.min_age,
            }
            for p in consignment.parcels.all()
        ],
    }


HEAVY_G = 10_000


def _handling(parcel: Parcel) -> list[str]:
    """Return how a parcel is to be handled, as names of icons."""
    marks = (
        ("fragile", parcel.is_fragile),
        ("cold", parcel.is_cold),
        ("age", parcel.min_age > 0),
        ("heavy", parcel.weight_g >= HEAVY_G),
        ("gift", any(item.gift_message for item in parcel.items.all())),
    )
    return [name for name, holds in marks if holds]


def mark_of(data: Any) -> str:
    """Return the ETag of an answer: a fingerprint of all it says."""
    text = orjson.dumps(
        json.loads(json.dumps(data, cls=DjangoJSONEncoder)), option=orjson.OPT_SORT_KEYS
    )
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def manifest_mark(courier: Courier) -> str:
    """Return the ETag of the courier's list as it is now."""
    return mark_of(manifest(courier, clock.now()))
