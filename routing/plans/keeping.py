"""A solution as rows: proposed routes with their stops, and why each other consignment was left out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import LineString, Point
from django.db import transaction

from routing.engine.solution import PlannedRoute, Solution
from routing.plans import live
from routing.plans.building import Draft
from routing.plans.models import Plan, Unplanned
from routing.plans.reasons import kept_unserved
from routing.routes.models import Route, Stop, StopConsignment

Line = tuple[tuple[float, float], ...]


@transaction.atomic
def keep_solution(
    *,
    plan_id: UUID,
    version: int,
    draft: Draft,
    solution: Solution,
    lines: Mapping[str, Line],
    figures: dict[str, Any],
    now: datetime,
) -> bool:
    """Keep a checked solution as the plan's proposal, if nobody touched the plan since; return whether it was kept."""
    plan = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=plan_id, state=Plan.State.SOLVING, version=version)
        .first()
    )
    if plan is None:
        return False
    _keep_routes(plan, draft, solution, lines, figures["source"])
    _keep_left_out(plan, draft, solution)
    plan.state = Plan.State.READY
    plan.figures = figures
    plan.inputs = draft.inputs.marks
    plan.input_mark = draft.inputs.mark
    plan.progress = {**plan.progress, "stage": "done", "at": now.isoformat()}
    plan.solved_at = now
    plan.version += 1
    plan.save()
    live.tell_plan(plan, now=now)
    return True


def _keep_routes(
    plan: Plan, draft: Draft, solution: Solution, lines: Mapping[str, Line], source: str
) -> None:
    routes, stops, drops = [], [], []
    numbers = _numbers(plan, solution)
    for planned in solution.routes:
        number = numbers[planned.shift_id]
        route = _route(plan, number, planned, draft.inputs.origin, lines[planned.shift_id])
        route.travel_source = source
        route.is_locked = planned.shift_id in draft.locked
        routes.append(route)
        for position, stop in enumerate(_stops(route, planned, draft), start=1):
            stop.position = position
            stops.append(stop)
            door = draft.doors[planned.stops[position - 1].job_id]
            drops += [StopConsignment(stop=stop, consignment_id=drop.id) for drop in door.drops]
    Route.objects.bulk_create(routes)
    Stop.objects.bulk_create(stops)
    StopConsignment.objects.bulk_create(drops)


def _numbers(plan: Plan, solution: Solution) -> dict[str, int]:
    """Return a number for each shift's route that no other route of the hub and day has (one query).

    A courier keeps the number people know; routes on the road stay beside a new plan and keep theirs.
    """
    driven = Route.objects.filter(
        plan__hub=plan.hub_id,
        plan__day=plan.day,
        state__in=[Route.State.PUBLISHED, Route.State.RUNNING, Route.State.DONE],
    )
    held = {str(shift): number for shift, number in driven.values_list("shift_id", "number")}
    free = (n for n in count(1) if n not in held.values())
    return {r.shift_id: held.get(r.shift_id) or next(free) for r in solution.routes}


def _route(plan: Plan, number: int, planned: PlannedRoute, origin: datetime, line: Line) -> Route:
    return Route(
        plan=plan,
        shift_id=UUID(planned.shift_id),
        number=number,
        line=line_string(line),
        distance_m=planned.distance_m,
        planned_start_at=origin + timedelta(seconds=planned.start_s),
        planned_end_at=origin + timedelta(seconds=planned.end_s),
    )


def line_string(line: Line) -> LineString | None:
    """Return a line of the database from (lon, lat) pairs; None for fewer than two."""
    return LineString([tuple(p) for p in line], srid=4326) if len(line) > 1 else None


def _stops(route: Route, planned: PlannedRoute, draft: Draft) -> list[Stop]:
    origin = draft.inputs.origin
    found = []
    for stop in planned.stops:
        door = draft.doors[stop.job_id]
        planned_at = origin + timedelta(seconds=stop.start_s)
        found.append(
            Stop(
                route=route,
                point=Point(*draft.places[draft.place_of[stop.job_id]], srid=4326),
                window_start=door.window[0] if door.window else None,
                window_end=door.window[1] if door.window else None,
                service_s=stop.service_s,
                travel_s=stop.travel_s,
                travel_m=stop.distance_m,
                is_pinned=stop.job_id in draft.pinned,
                planned_at=planned_at,
                eta_at=planned_at,
            )
        )
    return found


def _keep_left_out(plan: Plan, draft: Draft, solution: Solution) -> None:
    rows = [
        Unplanned(plan=plan, consignment_id=drop.id, reasons=why) for drop, why in draft.left_out
    ]
    for left in solution.unserved:
        why = kept_unserved(left)
        rows += [
            Unplanned(plan=plan, consignment_id=drop.id, reasons=why)
            for drop in draft.doors[left.job_id].drops
        ]
    Unplanned.objects.bulk_create(rows)
