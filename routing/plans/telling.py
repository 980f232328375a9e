"""Who hears of routes that changed: recipients of their times, phones of their lists, the board and the plan's page."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from common.accounts.readers import Reader
from common.live.actions import hold
from delivery.tracking import bulk as tracking
from delivery.tracking.bulk import Nearness
from delivery.tracking.live import board_stream
from routing.plans import live
from routing.plans.models import Plan
from routing.plans.sheets import Sheet
from routing.routes import etas
from routing.routes import live as routes_live
from routing.routes.models import Route, Stop, StopConsignment


def tell_changed(
    plan: Plan, changed: Sequence[Sheet], reader: Reader, now: datetime, *, why: str
) -> None:
    """Count the plan up, keep its figures and tell everybody whom these routes concern."""
    plan.version += 1
    plan.save(update_fields=["version", "figures"])
    driven = {s.route.pk: s for s in changed if s.route.state != Route.State.PROPOSED}
    lock_consignments_of(driven)
    hold(stream=board_stream(plan.hub_id))
    for one in driven.values():
        tracking.tell_approaches(news=nearness(one.route), now=now)
    for one in driven.values():
        etas.refresh_etas(route_id=one.route.pk, now=now)
    routes_live.tell_routes([s.route for s in changed], now=now)
    routes_live.tell_manifests(
        {s.route.shift.courier_id for s in driven.values()}, why=why, now=now
    )
    live.tell_plan(plan, now=now)


def lock_consignments_of(routes: Collection[UUID]) -> None:
    """Lock every consignment to come of these routes at once: before any board hears of one of them, see `commands`."""
    held = StopConsignment.objects.filter(stop__route__in=routes, is_active=True)
    tracking.lock_consignments(list(held.values_list("consignment_id", flat=True)))


def nearness(route: Route) -> list[Nearness]:
    """Return what each recipient of a route to come is to know of it."""
    stops = (
        route.stops.filter(state=Stop.State.PENDING).order_by("position").prefetch_related("drops")
    )
    return [
        Nearness(
            consignment_id=drop.consignment_id,
            eta_at=stop.eta_at,
            stops_before=before,
            departs_at=route.planned_start_at,
            courier_alias=route.shift.courier.alias,
            vehicle_kind=route.shift.vehicle.kind,
        )
        for before, stop in enumerate(stops)
        for drop in stop.drops.all()
        if drop.is_active
    ]
