"""Plans changed by hand, each change checked at once and priced: a stop moved, a late consignment put in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _

from common.accounts.readers import Reader
from common.errors.domain import NotFound
from delivery.models import Consignment, Hub
from delivery.orders.status import Status
from delivery.tracking import bulk as tracking
from routing.plans import inputs, opening, placing, pricing, sheets, telling
from routing.plans.actions import PlanClosed
from routing.plans.building import Door
from routing.plans.inputs import Drop
from routing.plans.models import Plan, Unplanned
from routing.plans.pricing import Price
from routing.plans.reasons import sentence
from routing.plans.refusals import (
    AlreadyLoaded,
    MoveRefused,
    RouteHasLeft,
    RouteLocked,
    StopDone,
)
from routing.plans.sheets import Sheet
from routing.routes.models import Route, Stop, StopConsignment


@dataclass(frozen=True)
class Move:
    """What was moved from where to where, so that it can be moved back, and what it cost. Positions count from 1."""

    plan: Plan
    stop: Stop
    from_route: UUID
    from_position: int
    price: Price


@transaction.atomic
def move_stop(
    *,
    stop_id: UUID,
    route_id: UUID | None,
    position: int | None,
    version: int,
    reader: Reader,
    now: datetime,
) -> Move:
    """Move a stop to another place of its route or to another route of its plan. Called by dispatchers.

    route_id None: the cheapest route that can take it; position None: the cheapest place; positions count from 1.
    Checked against every rule before anything is written, and priced; phones, recipients and the board hear of it. A
    pinned stop stays pinned, to the route it is on now.
    Raises NotFound, StaleVersion, PlanClosed, StopDone, AlreadyLoaded, RouteHasLeft, RouteLocked, MoveRefused.
    """
    stop, plan = opening.open_stop(stop_id, version, reader)
    routes = opening.changeable_routes(plan)
    if stop.route_id not in routes:
        raise PlanClosed(_("This route is not open any more: it was replaced or is over."))
    source = sheets.sheet(routes[stop.route_id], now)
    if source.route.is_locked:
        raise RouteLocked(route=str(source.route.pk))
    stop = _free(source, stop)
    from_position, door = stop.position, source.doors[stop.pk]
    wanted = _wanted(routes, source, stop, route_id)
    target, place = placing.best_place(wanted, source, stop, door, position)
    before = [pricing.as_it_is(source)]
    if target.route.pk != source.route.pk:
        before.append(pricing.as_it_is(target))
        after = [pricing.priced(source, placing.take_off(source, stop))]
    else:
        after = []
    placing.put_on(target, stop, door, place)
    price = pricing.difference(before, [*after, pricing.priced(target, place.planned)])
    pricing.add_to_figures(plan, price)
    telling.tell_changed(plan, [source, target], reader, now, why="moved")
    return Move(plan, stop, source.route.pk, from_position, price)


def _free(source: Sheet, stop: Stop) -> Stop:
    found = next((s for s in source.free if s.pk == stop.pk), None)
    if found is None:
        raise StopDone
    return found


def _wanted(
    routes: dict[UUID, Route], source: Sheet, stop: Stop, route_id: UUID | None
) -> list[Route]:
    """Return the routes to try. Raises NotFound, AlreadyLoaded, RouteHasLeft."""
    loaded = placing.is_aboard(source.doors[stop.pk])
    if route_id == source.route.pk:
        return [source.route]
    if route_id is not None:
        if route_id not in routes:
            raise NotFound
        if loaded:
            raise AlreadyLoaded
        return [_takes_more(routes[route_id])]
    if loaded:
        return [source.route]
    return placing.routes_that_take_more(routes.values())


def _takes_more(route: Route) -> Route:
    """Return a route that stops may be added to. Raises RouteHasLeft, RouteLocked."""
    if route.state == Route.State.RUNNING:
        raise RouteHasLeft
    if route.is_locked:
        raise RouteLocked(route=str(route.pk))
    return route


@transaction.atomic
def insert_consignment(
    *,
    plan_id: UUID,
    consignment_id: UUID,
    route_id: UUID | None,
    version: int,
    reader: Reader,
    now: datetime,
) -> Move:
    """Put a consignment that came late, or was left out, on a route that has not left. Called by dispatchers.

    route_id None: the cheapest route that can take it. Raises NotFound, StaleVersion, PlanClosed, RouteHasLeft,
    RouteLocked, MoveRefused.
    """
    closed = _("This plan is not open any more: it was replaced or put away.")
    hub, plan = opening.open_plan(plan_id, version, reader, opening.OPEN_STATES, closed)
    drop = _drop_to_insert(hub, plan, consignment_id)
    wanted = _wanted_for_new(plan, route_id)
    door = Door((drop,), drop.window)
    stop = _new_stop(wanted[0], door)
    target, place = placing.best_place(wanted, sheets.sheet(wanted[0], now), stop, door, None)
    before = [pricing.as_it_is(target)]
    stop.route, stop.position = target.route, len(target.free) + len(target.fixed) + 1
    stop.save(force_insert=True)
    driven = target.route.state != Route.State.PROPOSED
    StopConsignment.objects.create(stop=stop, consignment_id=drop.id, is_active=driven)
    placing.put_on(target, stop, door, place)
    price = pricing.difference(before, [pricing.priced(target, place.planned)])
    _count_in(plan, drop, price)
    if driven:
        _move_on(drop, stop, reader, now)
    telling.tell_changed(plan, [target], reader, now, why="moved")
    return Move(plan, stop, target.route.pk, stop.position, price)


def _drop_to_insert(hub: Hub, plan: Plan, consignment_id: UUID) -> Drop:
    """Return a consignment that the plan may still place. Raises NotFound, MoveRefused for one without a point."""
    open_ones = inputs.consignments_to_plan(hub, plan.day).exclude(stops__stop__route__plan=plan)
    ids = list(open_ones.filter(pk=consignment_id).values_list("pk", flat=True))
    drop = inputs.drops_of(ids).get(consignment_id)
    if drop is None:
        raise NotFound
    if drop.lon is None or drop.lat is None:
        raise MoveRefused(sentence({"code": "no_point"}), rule="no_point")
    return drop


def _wanted_for_new(plan: Plan, route_id: UUID | None) -> list[Route]:
    """Return the routes to try for a consignment that is on none. Raises NotFound, RouteHasLeft, RouteLocked."""
    routes = opening.changeable_routes(plan)
    if route_id is not None:
        if route_id not in routes:
            raise NotFound
        return [_takes_more(routes[route_id])]
    wanted = placing.routes_that_take_more(routes.values())
    if not wanted:
        raise RouteLocked if any(r.is_locked for r in routes.values()) else RouteHasLeft
    return wanted


def _count_in(plan: Plan, drop: Drop, price: Price) -> None:
    """Take a consignment from what the plan left out into what it planned."""
    Unplanned.objects.filter(plan=plan, consignment_id=drop.id).delete()
    pricing.add_to_figures(plan, price)
    plan.inputs[str(drop.id)] = drop.mark
    plan.figures = {
        **plan.figures,
        "planned": plan.figures.get("planned", 0) + 1,
        "unplanned": max(0, plan.figures.get("unplanned", 0) - 1),
    }
    plan.save(update_fields=["inputs", "figures"])


def _move_on(drop: Drop, stop: Stop, reader: Reader, now: datetime) -> None:
    """Let a consignment that is driven now be PLANNED, with its ETA."""
    telling.lock_consignments_of([stop.route_id])
    if Consignment.objects.filter(pk=drop.id, status=Status.ACCEPTED).exists():
        tracking.move_many(
            consignment_ids=[drop.id], to=Status.PLANNED, now=now, reader=reader,
            data={drop.id: {"eta_at": stop.eta_at.isoformat()}},
        )  # fmt: skip


def _new_stop(route: Route, door: Door) -> Stop:
    drop = door.drops[0]
    return Stop(
        route=route,
        position=0,
        point=Point(drop.lon, drop.lat, srid=4326),
        service_s=door.service_s,
        planned_at=route.planned_start_at,
        eta_at=route.planned_start_at,
    )
