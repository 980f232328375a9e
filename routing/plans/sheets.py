"""A kept route as the engine sees it, for edits by hand: what is fixed, what may still move, and how a new order is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from common.days import day_bounds
from routing.engine.problem import Job, Problem, Shift
from routing.engine.schedule import Schedule, schedule
from routing.engine.solution import PlannedRoute
from routing.plans import building, inputs
from routing.plans.building import Door, seconds
from routing.plans.inputs import Drop, Turn
from routing.plans.keeping import line_string
from routing.plans.solving import road_line
from routing.routes.models import Route, Stop
from routing.travel_times.traffic import traffic_of

XY = tuple[float, float]


@dataclass
class Sheet:
    """One route. fixed: stops done or at the door, in order; free: stops to come, in order; doors: by stop id."""

    route: Route
    turn: Turn
    origin: datetime
    now: datetime
    fixed: list[Stop]
    free: list[Stop]
    doors: dict[UUID, Door]

    @property
    def hub(self) -> XY:
        """Where the route starts and ends."""
        point = self.route.plan.hub.point
        return point.x, point.y

    @property
    def start(self) -> XY:
        """Where what is free starts from: the hub, or the last stop that is fixed."""
        return xy(self.fixed[-1]) if self.fixed else self.hub

    @property
    def is_on_the_road(self) -> bool:
        """Whether the courier has left."""
        return self.route.state == Route.State.RUNNING


def xy(stop: Stop) -> XY:
    """Return where a stop is."""
    return stop.point.x, stop.point.y


def _held(stop: Stop, only_active: bool) -> list[UUID]:
    return [d.consignment_id for d in stop.drops.all() if d.is_active or not only_active]


def _door(held: Sequence[UUID], known: Mapping[UUID, Drop]) -> Door:
    """Return what a stop hands over, with the consignments' windows as they are now."""
    drops = [known[pk] for pk in held if pk in known]
    window = building.window_of_all(drops)
    if window and window[0] > window[1]:
        # Two recipients at one door who want it at different times: the one who wants it first decides.
        window = min((d.window for d in drops if d.window), key=lambda w: w[1])
    return Door(tuple(drops), window)


def sheet(route: Route, now: datetime) -> Sheet:
    """Return a route of `lock_routes` or `read_routes` as a sheet."""
    stops = list(route.stops.order_by("position").prefetch_related("drops"))
    only_active = route.state != Route.State.PROPOSED
    fixed = [s for s in stops if s.state != Stop.State.PENDING]
    free = [s for s in stops if s.state == Stop.State.PENDING]
    held = {s.pk: _held(s, only_active) for s in free}
    known = inputs.drops_of([pk for many in held.values() for pk in many])
    return Sheet(
        route=route,
        turn=inputs.turn_of(route.shift),
        origin=day_bounds(route.plan.day, route.plan.hub.timezone)[0],
        now=now,
        fixed=fixed,
        free=free,
        doors={pk: _door(many, known) for pk, many in held.items()},
    )


def lock_routes(ids: Sequence[UUID]) -> dict[UUID, Route]:
    """Return routes by id, locked in the order of their ids, with all that a sheet reads."""
    return {row.pk: row for row in _rows(ids).select_for_update(of=("self",), no_key=True)}


def lock_driven(*, hub_id: UUID, day: date) -> list[UUID]:
    """Lock the routes of a hub's day that are published or on the road, in the order of their ids, and return those.

    The hub's planning is locked already: no other route of the day comes to be driven meanwhile.
    """
    driven = Route.objects.filter(state__in=(Route.State.PUBLISHED, Route.State.RUNNING))
    ids = list(driven.filter(plan__hub_id=hub_id, plan__day=day).values_list("pk", flat=True))
    return list(
        driven.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )


def read_routes(ids: Sequence[UUID]) -> dict[UUID, Route]:
    """Return routes by id with all that a sheet reads, for looking only (one query)."""
    return {row.pk: row for row in _rows(ids)}


def _rows(ids: Sequence[UUID]) -> QuerySet[Route]:
    return (
        Route.objects.select_related(
            "plan__hub", "shift__courier__partner__organization", "shift__vehicle"
        )
        .defer("line", "plan__inputs", "plan__figures")
        .filter(pk__in=ids)
        .order_by("pk")
    )


def problem_of(sheet: Sheet, more: Sequence[tuple[Stop, Door]] = ()) -> Problem:
    """Return the free part of a route, and stops that may join it, as a problem over their own few places."""
    stops = [*((s, sheet.doors[s.pk]) for s in sheet.free), *more]
    places = [sheet.hub, sheet.start, *(xy(s) for s, _door in stops)]
    plan = sheet.route.plan
    traffic = traffic_of(plan.hub, plan.day)
    matrix, _source = inputs.travel(places, [sheet.turn], sheet.origin, traffic)
    jobs = [job_of(stop, door, number + 2, sheet) for number, (stop, door) in enumerate(stops)]
    return Problem(jobs=tuple(jobs), shifts=(_shift(sheet),), matrices={sheet.turn.kind: matrix})


def problem_together(first: Sheet, others: Sequence[Sheet]) -> Problem:
    """Return the free parts of routes of one plan as one problem over their own places.

    Only the first may be on the road: the others start at the hub.
    """
    sheets = (first, *others)
    stops = [(s, one) for one in sheets for s in one.free]
    places = [first.hub, first.start, *(xy(stop) for stop, _sheet in stops)]
    plan = first.route.plan
    traffic = traffic_of(plan.hub, plan.day)
    matrices = {}
    for kind in {one.turn.kind for one in sheets}:
        turns = [one.turn for one in sheets if one.turn.kind == kind]
        matrices[kind], _source = inputs.travel(places, turns, first.origin, traffic)
    jobs = [
        job_of(stop, sheet.doors[stop.pk], place, sheet)
        for place, (stop, sheet) in enumerate(stops, start=2)
    ]
    shifts = tuple(_shift(one) for one in sheets)
    return Problem(jobs=tuple(jobs), shifts=shifts, matrices=matrices)


def job_of(stop: Stop, door: Door, place: int, sheet: Sheet) -> Job:
    """Return a stop as the engine's job, under the stop's own id."""
    return replace(building.job(door, place, sheet.origin), id=str(stop.pk))


def _shift(sheet: Sheet) -> Shift:
    known = building.shift(sheet.turn, sheet.origin, sheet.turn.starts_at)
    if not sheet.is_on_the_road:
        return replace(known, start_place=0)
    left_at = sheet.fixed[-1].left_at if sheet.fixed else None
    begins = max(sheet.now, left_at or sheet.now)
    if sheet.fixed and sheet.fixed[-1].state == Stop.State.ARRIVED:
        begins += timedelta(seconds=sheet.fixed[-1].service_s)
    start_s = seconds(begins, sheet.origin)
    # What is aboard is aboard: its weight breaks no rule any more. A courier who is late stays able to finish.
    return replace(
        known,
        start_place=1,
        start_s=start_s,
        end_s=max(known.end_s, start_s + inputs.LATE_S),
        capacity={},
    )


def timed(sheet: Sheet, order: Sequence[UUID], problem: Problem) -> Schedule:
    """Return the times of the free stops in this order, and the rules they break."""
    return schedule(problem, str(sheet.turn.id), [str(stop_id) for stop_id in order])


def keep(sheet: Sheet, stops: Sequence[Stop], planned: PlannedRoute) -> None:
    """Write a new order of the free stops with its times, line and distance. `stops` are in the order of `planned`."""
    route = sheet.route
    first = len(sheet.fixed)
    for number, stop in enumerate(sheet.fixed, start=1):
        stop.position = number
    for number, (stop, timing) in enumerate(
        zip(stops, planned.stops, strict=True), start=first + 1
    ):
        door = sheet.doors[stop.pk]
        stop.route = route
        stop.position = number
        stop.window_start, stop.window_end = door.window or (None, None)
        stop.service_s = timing.service_s
        stop.travel_s, stop.travel_m = timing.travel_s, timing.distance_m
        stop.planned_at = stop.eta_at = sheet.origin + timedelta(seconds=timing.start_s)
    fields = [
        "route",
        "position",
        "window_start",
        "window_end",
        "service_s",
        "travel_s",
        "travel_m",
        "planned_at",
        "eta_at",
    ]
    Stop.objects.bulk_update(list(stops), fields)
    Stop.objects.bulk_update(sheet.fixed, ["position"])
    if not sheet.is_on_the_road:
        route.planned_start_at = sheet.origin + timedelta(seconds=planned.start_s)
    route.planned_end_at = sheet.origin + timedelta(seconds=planned.end_s)
    route.distance_m = planned.distance_m + sum(s.travel_m for s in sheet.fixed)
    points = [sheet.hub, *(xy(s) for s in (*sheet.fixed, *stops)), sheet.hub]
    route.line = line_string(road_line(points, sheet.turn.kind)) if sheet.fixed or stops else None
    route.version += 1
    route.save(
        update_fields=["planned_start_at", "planned_end_at", "distance_m", "line", "version"]
    )
    sheet.free = list(stops)
