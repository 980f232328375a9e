"""What a dispatcher holds on to in a plan: stops pinned to their courier, routes locked, and two couriers swapped."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.errors.domain import DomainError
from delivery.models import Parcel
from routing.engine.solution import PlannedRoute
from routing.plans import live, opening, placing, pricing, sheets, telling
from routing.plans.models import Plan
from routing.plans.pricing import Price
from routing.plans.refusals import AlreadyLoaded, RouteHasLeft, RouteLocked
from routing.plans.sheets import Sheet
from routing.routes import live as routes_live
from routing.routes.models import Route, Stop
from routing.routes.steps import is_loaded


class SameRoute(DomainError):
    """A route can't be swapped with itself."""

    code = "same_route"
    status = 422
    title = _("Choose another route to swap with.")


@dataclass(frozen=True)
class Swap:
    """Two routes whose couriers changed places, and what it cost."""

    plan: Plan
    routes: tuple[Route, Route]
    price: Price


@transaction.atomic
def pin_stop(
    *, stop_id: UUID, pinned: bool, version: int, reader: Reader, now: datetime
) -> tuple[Plan, Stop]:
    """Keep a stop with its courier when the day is planned again, or let it go. Called by dispatchers.

    Nobody but the board hears of it: nothing that is driven changes. Raises NotFound, StaleVersion, PlanClosed.
    """
    stop, plan = opening.open_stop(stop_id, version, reader)
    if stop.is_pinned != pinned:
        stop.is_pinned = pinned
        stop.save(update_fields=["is_pinned"])
        _tell_kept(plan, [stop.route], now)
    return plan, stop


@transaction.atomic
def lock_route(
    *, route_id: UUID, locked: bool, version: int, reader: Reader, now: datetime
) -> tuple[Plan, Route]:
    """Keep a route's stops and their order when the day is planned again, or let it go. Called by dispatchers.

    A locked route refuses changes by hand too. Raises NotFound, StaleVersion, PlanClosed.
    """
    plan, routes = opening.open_routes([route_id], version, reader)
    route = routes[0]
    if route.is_locked != locked:
        route.is_locked = locked
        route.save(update_fields=["is_locked"])
        _tell_kept(plan, [route], now)
    return plan, route


@transaction.atomic
def swap_couriers(
    *, route_id: UUID, other_id: UUID, version: int, reader: Reader, now: datetime
) -> Swap:
    """Let two couriers drive each other's stops. Called by dispatchers.

    Routes keep their numbers and shifts; the stops change places, in the order they have. Checked against every rule of
    the other courier and vehicle first, and priced. Raises NotFound, StaleVersion, PlanClosed, SameRoute, RouteLocked,
    RouteHasLeft, AlreadyLoaded, MoveRefused.
    """
    if route_id == other_id:
        raise SameRoute
    plan, (one, other) = opening.open_routes([route_id, other_id], version, reader)
    for route in (one, other):
        _refuse_held(route)
    mine, theirs = sheets.sheet(one, now), sheets.sheet(other, now)
    before = [pricing.as_it_is(mine), pricing.as_it_is(theirs)]
    taken = [_with_stops_of(mine, theirs), _with_stops_of(theirs, mine)]
    planned = [_driven(sheet) for sheet in taken]
    price = pricing.difference(
        before, [pricing.priced(s, p) for s, p in zip(taken, planned, strict=True)]
    )
    for sheet, driven in zip(taken, planned, strict=True):
        sheets.keep(sheet, sheet.free, driven)
    pricing.add_to_figures(plan, price)
    telling.tell_changed(plan, taken, reader, now, why="moved")
    return Swap(plan, (one, other), price)


def _refuse_held(route: Route) -> None:
    if route.is_locked:
        raise RouteLocked(route=str(route.pk))
    if route.state == Route.State.RUNNING:
        raise RouteHasLeft(_("A courier who has left the hub can't be swapped."))
    held = Parcel.objects.filter(
        consignment__stops__stop__route=route, consignment__stops__is_active=True
    )
    if any(is_loaded(parcel) for parcel in held):
        raise AlreadyLoaded(_("Parcels of one of the routes are loaded: it can't be swapped."))


def _with_stops_of(sheet: Sheet, other: Sheet) -> Sheet:
    return replace(sheet, fixed=[], free=list(other.free), doors=dict(other.doors))


def _driven(sheet: Sheet) -> PlannedRoute:
    """Return the stops of a sheet as its courier would drive them. Raises MoveRefused with the first broken rule."""
    timing = sheets.timed(sheet, [s.pk for s in sheet.free], sheets.problem_of(sheet))
    if not timing.is_feasible:
        raise placing.refusal(sheet, timing.violations[0])
    return timing.route


def _tell_kept(plan: Plan, routes: list[Route], now: datetime) -> None:
    plan.version += 1
    plan.save(update_fields=["version"])
    routes_live.tell_routes(routes, now=now)
    live.tell_plan(plan, now=now)
