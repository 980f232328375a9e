"""Routes follow what changed underneath them: windows that recipients moved, consignments that merchants cancelled."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from common.accounts.readers import NOBODY
from delivery.orders.status import Status
from routing.plans import opening, placing, sheets
from routing.plans.inputs import ABOARD
from routing.plans.models import Plan
from routing.plans.refusals import MoveRefused
from routing.plans.sheets import Sheet
from routing.plans.telling import tell_changed
from routing.routes.models import Route, Stop, StopConsignment

ON_A_ROUTE = frozenset({Status.PLANNED, Status.AT_HUB, *ABOARD})


def follow_changes(*, now: datetime, hub_id: UUID | None = None) -> int:
    """Bring routes in line with consignments that changed under them, and return how many routes were changed.

    Called a few times a minute, and by pages right after a recipient chose another window.
    """
    active = StopConsignment.objects.filter(is_active=True, stop__state=Stop.State.PENDING)
    if hub_id is not None:
        active = active.filter(stop__route__plan__hub_id=hub_id)
    gone = ~Q(consignment__status__in=ON_A_ROUTE)
    moved = ~Q(consignment__window_start__isnull=True) & (
        ~Q(stop__window_start=F("consignment__window_start"))
        | ~Q(stop__window_end=F("consignment__window_end"))
        | Q(stop__window_start__isnull=True)
    )
    cleared = Q(consignment__window_start__isnull=True, stop__window_start__isnull=False)
    routes: dict[UUID, set[UUID]] = defaultdict(set)
    for route_id, stop_id in active.filter(gone | moved | cleared).values_list(
        "stop__route", "stop"
    ):
        routes[route_id].add(stop_id)
    return sum(
        _follow_route(route_id, stop_ids, now) for route_id, stop_ids in sorted(routes.items())
    )


@transaction.atomic
def _follow_route(route_id: UUID, stop_ids: Collection[UUID], now: datetime) -> bool:
    hub_id, plan_id = Route.objects.values_list("plan__hub_id", "plan_id").get(pk=route_id)
    plan = opening.plan_of_hub_locked(plan_id, hub_id)
    route = sheets.lock_routes([route_id]).get(route_id)
    if route is None or route.state not in (Route.State.PUBLISHED, Route.State.RUNNING):
        return False
    dropped = _drop_gone(route)
    source = sheets.sheet(route, now)
    other = [s for s in source.free if s.pk in stop_ids and _window(s) != source.doors[s.pk].window]
    if not (dropped or other):
        return False
    changed = {route.pk: source}
    if dropped:
        _retime(source)
    for stop in other:
        target = resequence_after_window_change(plan=plan, source=source, stop=stop)
        changed[target.route.pk] = target
    tell_changed(plan, list(changed.values()), NOBODY, now, why="window" if other else "cancelled")
    return True


def _window(stop: Stop) -> tuple[datetime, datetime] | None:
    return (stop.window_start, stop.window_end) if stop.window_start and stop.window_end else None


def _drop_gone(route: Route) -> bool:
    """Take consignments that are cancelled (or otherwise gone) off a route, and stops that hold nothing more."""
    gone = StopConsignment.objects.filter(stop__route=route, is_active=True).exclude(
        consignment__status__in=ON_A_ROUTE
    )
    stops = set(gone.filter(stop__state=Stop.State.PENDING).values_list("stop_id", flat=True))
    if not gone.update(is_active=False):
        return False
    Stop.objects.filter(pk__in=stops, state=Stop.State.PENDING).exclude(
        drops__is_active=True
    ).delete()
    return True


def _retime(source: Sheet) -> None:
    """Work the times of a route out anew in the order it has."""
    problem = sheets.problem_of(source)
    sheets.keep(
        source, source.free, sheets.timed(source, [s.pk for s in source.free], problem).route
    )


def resequence_after_window_change(*, plan: Plan, source: Sheet, stop: Stop) -> Sheet:
    """Find the best place for a stop whose window changed and return the route it is on now.

    Its own route first, then another that has not left; where none can keep the new window it stays in its place and
    shows as at risk on the board: a recipient's wish is never lost, and a dispatcher decides.
    """
    door = source.doors[stop.pk]
    try:
        place, _extra = placing.place_on(source, stop, door, None)
    except MoveRefused:
        pass
    else:
        placing.put_on(source, stop, door, place)
        return source
    stays = stop.is_pinned or placing.is_aboard(door)
    others = (
        [] if stays else placing.routes_that_take_more(opening.changeable_routes(plan).values())
    )
    waiting = [r for r in others if r.state == Route.State.PUBLISHED and r.pk != source.route.pk]
    try:
        target, place = placing.best_place(waiting, source, stop, door, None)
    except MoveRefused:
        _retime(source)
        return source
    placing.take_off(source, stop)
    placing.put_on(target, stop, door, place)
    return target
