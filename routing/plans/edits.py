"""Plans changed by hand, each change checked at once: a stop moved, a late consignment put in, a window that changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.errors.domain import DomainError, NotFound, StaleVersion
from common.live.actions import hold
from delivery.models import Consignment, Parcel
from delivery.orders.status import Status
from delivery.tracking import bulk as tracking
from delivery.tracking.bulk import Nearness
from delivery.tracking.live import board_stream
from routing.engine.insert import best_places, route_gaps
from routing.engine.problem import DEFAULT_WEIGHTS
from routing.engine.reasons import explain_unserved
from routing.engine.solution import PlannedRoute
from routing.plans import actions, inputs, live, pricing, queries, sheets
from routing.plans.actions import PlanClosed
from routing.plans.building import Door
from routing.plans.inputs import ABOARD
from routing.plans.models import Plan, Unplanned
from routing.plans.pricing import Price
from routing.plans.reasons import kept, sentence
from routing.plans.sheets import Sheet
from routing.routes import etas
from routing.routes import live as routes_live
from routing.routes.models import Route, Stop, StopConsignment
from routing.routes.steps import is_loaded

CHANGEABLE = (Route.State.PROPOSED, Route.State.PUBLISHED, Route.State.RUNNING)
ON_A_ROUTE = frozenset({Status.PLANNED, Status.AT_HUB, *ABOARD})


class MoveRefused(DomainError):
    """The stop does not fit there; the message names the first broken rule and by how much."""

    code = "move_refused"
    title = _("It does not fit there")


class AlreadyLoaded(DomainError):
    """The parcels are in one vehicle: they can't change to another."""

    code = "already_loaded"
    title = _("Its parcels are loaded already: they can only change place on the same route.")


class RouteHasLeft(DomainError):
    """The other route's courier has left the hub."""

    code = "route_has_left"
    title = _("That courier has left the hub: nothing can be added to the route.")


class StopDone(DomainError):
    """The stop is done or the courier is at the door."""

    code = "stop_done"
    title = _("The courier is at this stop, or it is done: it can't be moved any more.")


class RouteLocked(DomainError):
    """The route is locked: its stops and their order stay as they are."""

    code = "route_locked"
    title = _("This route is locked: its stops and their order stay as they are. Unlock it first.")


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
    stop, plan = open_stop(stop_id, version, reader)
    routes = changeable_routes(plan)
    if stop.route_id not in routes:
        raise PlanClosed(_("This route is not open any more: it was replaced or is over."))
    source = sheets.sheet(routes[stop.route_id], now)
    if source.route.is_locked:
        raise RouteLocked(route=str(source.route.pk))
    stop = _free(source, stop)
    from_position, door = stop.position, source.doors[stop.pk]
    wanted = _wanted(routes, source, stop, route_id)
    target, place = best_place(wanted, source, stop, door, position)
    before = [pricing.as_it_is(source)]
    if target.route.pk == source.route.pk:
        after = [pricing.priced(source, place.planned)]
        rest = [s for s in source.free if s.pk != stop.pk]
        sheets.keep(source, [*rest[: place.position], stop, *rest[place.position :]], place.planned)
    else:
        before.append(pricing.as_it_is(target))
        after = [pricing.priced(source, take_off(source, stop))]
        target.doors[stop.pk] = door
        after.append(pricing.priced(target, place.planned))
        sheets.keep(
            target,
            [*target.free[: place.position], stop, *target.free[place.position :]],
            place.planned,
        )
    price = pricing.difference(before, after)
    pricing.add_to_figures(plan, price)
    tell_changed(plan, [source, target], reader, now, why="moved")
    return Move(plan, stop, source.route.pk, from_position, price)


@dataclass(frozen=True)
class Place:
    """A place that works. position: free stops before it."""

    position: int
    planned: PlannedRoute


def open_stop(stop_id: UUID, version: int, reader: Reader) -> tuple[Stop, Plan]:
    """Return the stop and its plan, the plan and the hub's planning locked."""
    stop = (
        Stop.objects.filter(
            pk=stop_id, route__plan__in=queries.plans_visible_to(reader).order_by().values("pk")
        )
        .select_related("route__plan")
        .first()
    )
    if stop is None:
        raise NotFound
    actions.hub_locked(stop.route.plan.hub_id)
    plan = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("hub")
        .defer("inputs")
        .get(pk=stop.route.plan_id)
    )
    stop = Stop.objects.filter(pk=stop_id).first()
    if stop is None:
        raise NotFound
    # A route on the road outlives its plan; a proposal does not.
    driven = stop.route.state in CHANGEABLE and stop.route.state != Route.State.PROPOSED
    if plan.state not in (Plan.State.READY, Plan.State.PUBLISHED) and not driven:
        raise PlanClosed(_("This plan is not open any more: it was replaced or put away."))
    if plan.version != version:
        raise StaleVersion
    return stop, plan


def changeable_routes(plan: Plan) -> dict[UUID, Route]:
    ids = plan.routes.filter(state__in=CHANGEABLE).values_list("pk", flat=True)
    return sheets.lock_routes(list(ids))


def _free(source: Sheet, stop: Stop) -> Stop:
    found = next((s for s in source.free if s.pk == stop.pk), None)
    if found is None:
        raise StopDone
    return found


def _wanted(
    routes: dict[UUID, Route], source: Sheet, stop: Stop, route_id: UUID | None
) -> list[Route]:
    """Return the routes to try. Raises NotFound, AlreadyLoaded, RouteHasLeft."""
    held = [d.id for d in source.doors[stop.pk].drops]
    loaded = any(is_loaded(p) for p in Parcel.objects.filter(consignment__in=held))
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
    return [r for r in routes.values() if r.state != Route.State.RUNNING and not r.is_locked]


def _takes_more(route: Route) -> Route:
    """Return a route that stops may be added to. Raises RouteHasLeft, RouteLocked."""
    if route.state == Route.State.RUNNING:
        raise RouteHasLeft
    if route.is_locked:
        raise RouteLocked(route=str(route.pk))
    return route


def best_place(
    routes: Sequence[Route], source: Sheet, stop: Stop, door: Door, position: int | None
) -> tuple[Sheet, Place]:
    """Return the cheapest of the wanted places. Raises MoveRefused with the nearest miss."""
    options: list[tuple[int, int, Sheet, Place]] = []
    refusal: MoveRefused | None = None
    for number, route in enumerate(routes):
        target = source if route.pk == source.route.pk else sheets.sheet(route, source.now)
        try:
            place, extra = place_on(target, stop, door, position)
        except MoveRefused as miss:
            refusal = refusal or miss
            continue
        options.append((extra, number, target, place))
    if not options:
        raise refusal or MoveRefused
    return min(options, key=lambda option: option[:2])[2:]


def place_on(target: Sheet, stop: Stop, door: Door, position: int | None) -> tuple[Place, int]:
    """Return where a stop fits on a route and what that costs more. Raises MoveRefused."""
    rest = [s for s in target.free if s.pk != stop.pk]
    more = [] if stop.pk in target.doors else [(stop, door)]
    problem = sheets.problem_of(target, more)
    shift_id, job_id = str(target.turn.id), str(stop.pk)
    order = [str(s.pk) for s in rest]
    if position is None:
        found = best_places(problem, {shift_id: order}, job_id, limit=1)
        if found:
            return Place(found[0].position, found[0].route), found[0].extra_cost
        gaps = [route_gaps(problem, problem.shift_by_id[shift_id], order)]
        why = explain_unserved(problem, DEFAULT_WEIGHTS, gaps, problem.job_by_id[job_id]).reasons
        raise _refused(target, kept(why[0]) if why else None)
    index = max(0, min(position - 1 - len(target.fixed), len(rest)))
    timing = sheets.timed(target, [s.pk for s in (*rest[:index], stop, *rest[index:])], problem)
    if not timing.is_feasible:
        # A route that is late already breaks rules as it is: only what this change adds is in the way.
        as_it_is = sheets.timed(target, [s.pk for s in target.free], problem).violations
        known = {(v.code, v.job_id) for v in as_it_is}
        fresh = [v for v in timing.violations if (v.code, v.job_id) not in known]
        if fresh:
            raise _refused(target, kept(fresh[0]), of_stop=fresh[0].job_id == job_id)
    return Place(index, timing.route), timing.route.costs.total


def _refused(target: Sheet, said: dict[str, object] | None, of_stop: bool = True) -> MoveRefused:
    if said is None:
        return MoveRefused()
    names = {str(target.turn.id): target.turn.alias}
    text = sentence(said, names)
    if not of_stop and said["code"] == "after_window":
        text = str(_("With it here, a later stop is reached after its window. %(rule)s")) % {
            "rule": text
        }
    return MoveRefused(text, rule=said["code"], figures=said["figures"], route=str(target.route.pk))


def take_off(source: Sheet, stop: Stop) -> PlannedRoute:
    """Close the gap that a stop leaves on its route and return the route without it."""
    rest = [s for s in source.free if s.pk != stop.pk]
    problem = sheets.problem_of(source)
    timing = sheets.timed(source, [s.pk for s in rest], problem)
    del source.doors[stop.pk]
    sheets.keep(source, rest, timing.route)
    return timing.route


def tell_changed(
    plan: Plan, changed: Sequence[Sheet], reader: Reader, now: datetime, *, why: str
) -> None:
    """Count the plan up, keep its figures and tell everybody whom these routes concern."""
    plan.version += 1
    plan.save(update_fields=["version", "figures"])
    driven = {s.route.pk: s for s in changed if s.route.state != Route.State.PROPOSED}
    _lock_consignments_of(driven)
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


def _lock_consignments_of(routes: Collection[UUID]) -> None:
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
    plan = queries.plans_visible_to(reader).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    hub = actions.hub_locked(plan.hub_id)
    plan = Plan.objects.select_for_update(of=("self",)).select_related("hub").get(pk=plan_id)
    if plan.state not in (Plan.State.READY, Plan.State.PUBLISHED):
        raise PlanClosed(_("This plan is not open any more: it was replaced or put away."))
    if plan.version != version:
        raise StaleVersion
    open_ones = inputs.consignments_to_plan(hub, plan.day).exclude(stops__stop__route__plan=plan)
    drop = inputs.drops_of(
        list(open_ones.filter(pk=consignment_id).values_list("pk", flat=True))
    ).get(consignment_id)
    if drop is None:
        raise NotFound
    if drop.lon is None or drop.lat is None:
        raise MoveRefused(sentence({"code": "no_point"}), rule="no_point")
    routes = changeable_routes(plan)
    if route_id is not None and route_id not in routes:
        raise NotFound
    if route_id is not None:
        wanted = [_takes_more(routes[route_id])]
    else:
        wanted = [r for r in routes.values() if r.state != Route.State.RUNNING and not r.is_locked]
    if not wanted:
        raise RouteLocked if any(r.is_locked for r in routes.values()) else RouteHasLeft
    door = Door((drop,), drop.window)
    stop = _new_stop(wanted[0], door)
    target, place = best_place(wanted, sheets.sheet(wanted[0], now), stop, door, None)
    price = pricing.difference(
        [pricing.as_it_is(target)],
        [pricing.priced(replace(target, doors=target.doors | {stop.pk: door}), place.planned)],
    )
    pricing.add_to_figures(plan, price)
    stop.route, stop.position = target.route, len(target.free) + len(target.fixed) + 1
    stop.save(force_insert=True)
    StopConsignment.objects.create(
        stop=stop, consignment_id=drop.id, is_active=target.route.state != Route.State.PROPOSED
    )
    target.doors[stop.pk] = door
    sheets.keep(
        target,
        [*target.free[: place.position], stop, *target.free[place.position :]],
        place.planned,
    )
    Unplanned.objects.filter(plan=plan, consignment_id=drop.id).delete()
    plan.inputs[str(drop.id)] = drop.mark
    plan.figures = {
        **plan.figures,
        "planned": plan.figures.get("planned", 0) + 1,
        "unplanned": max(0, plan.figures.get("unplanned", 0) - 1),
    }
    plan.save(update_fields=["inputs", "figures"])
    if target.route.state != Route.State.PROPOSED:
        data = {drop.id: {"eta_at": stop.eta_at.isoformat()}}
        _lock_consignments_of([target.route.pk])
        if Consignment.objects.filter(pk=drop.id, status=Status.ACCEPTED).exists():
            tracking.move_many(
                consignment_ids=[drop.id], to=Status.PLANNED, now=now, reader=reader, data=data
            )
    tell_changed(plan, [target], reader, now, why="moved")
    return Move(plan, stop, target.route.pk, stop.position, price)


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
