"""Kept routes put before the independent checker: what is published is what stands in the rows, edits by hand included.

Rules only: what the search was charged for changes and for areas a courier does not know is no rule and no cost of a plan.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from routing.engine.checker import check
from routing.engine.problem import UNREACHABLE, Job, Matrix, Problem, Shift
from routing.engine.solution import Costs, PlannedRoute, PlannedStop, Solution, Violation
from routing.plans import building
from routing.plans.building import Door, seconds
from routing.plans.inputs import Drop, Turn
from routing.routes.models import Route, Stop


def violations(
    route: Route,
    stops: Sequence[Stop],
    drops_of: Mapping[UUID, Sequence[Drop]],
    turn: Turn,
    origin: datetime,
) -> tuple[Violation, ...]:
    """Return every hard rule that a kept route breaks with the consignments and the shift as they are now.

    stops: in order. drops_of: by stop id. Travel is the route's own legs: the road engine is not asked again.
    """
    if not stops:
        return ()
    jobs = [
        _job(stop, drops_of[stop.pk], place, origin) for place, stop in enumerate(stops, start=1)
    ]
    shift = _shift(turn, origin)
    problem = Problem(jobs=tuple(jobs), shifts=(shift,), matrices={turn.kind: _legs(route, stops)})
    solution = Solution(
        routes=(_route(route, stops, jobs, shift, origin),), unserved=(), costs=Costs()
    )
    return check(problem, solution)


def _job(stop: Stop, drops: Sequence[Drop], place: int, origin: datetime) -> Job:
    return building.job(Door(tuple(drops), building.window_of_all(drops)), place, origin)


def _shift(turn: Turn, origin: datetime) -> Shift:
    known = building.shift(turn, origin, turn.starts_at)
    return Shift(
        id=known.id, vehicle_kind=known.vehicle_kind, start_s=known.start_s, end_s=known.end_s, start_place=0,
        end_place=0, capacity=known.capacity, skills=known.skills,
    )  # fmt: skip


def _legs(route: Route, stops: Sequence[Stop]) -> Matrix:
    """(stops + 1, stops + 1) seconds and metres of the route's own legs, the hub first: every other pair has no road."""
    size = len(stops) + 1
    durations = np.full((size, size), UNREACHABLE, dtype=np.int64)
    for place, stop in enumerate(stops, start=1):
        durations[place - 1, place] = stop.travel_s
    distances = durations.copy()
    for place, stop in enumerate(stops, start=1):
        distances[place - 1, place] = stop.travel_m
    durations[size - 1, 0] = _return_s(route, stops)
    distances[size - 1, 0] = max(0, route.distance_m - sum(s.travel_m for s in stops))
    return Matrix(durations, distances)


def _return_s(route: Route, stops: Sequence[Stop]) -> int:
    left = stops[-1].planned_at.timestamp() + stops[-1].service_s
    return max(0, round(route.planned_end_at.timestamp() - left))


def _route(
    route: Route, stops: Sequence[Stop], jobs: Sequence[Job], shift: Shift, origin: datetime
) -> PlannedRoute:
    names = sorted({name for job in jobs for name in job.load} | set(shift.capacity))
    aboard = {name: sum(j.load.get(name, 0) for j in jobs) for name in names}
    load, departs_s, planned = dict(aboard), seconds(route.planned_start_at, origin), []
    for stop, job in zip(stops, jobs, strict=True):
        aboard = {name: aboard[name] - job.load.get(name, 0) for name in names}
        arrival_s, start_s = departs_s + stop.travel_s, seconds(stop.planned_at, origin)
        departs_s = start_s + stop.service_s
        planned.append(
            PlannedStop(
                job_id=job.id,
                travel_s=stop.travel_s,
                distance_m=stop.travel_m,
                arrival_s=arrival_s,
                wait_s=start_s - arrival_s,
                start_s=start_s,
                service_s=stop.service_s,
                departure_s=departs_s,
                slack_s=0,
                late_s=0,
                early_s=0,
                load=dict(aboard),
            )
        )
    return PlannedRoute(
        shift_id=shift.id,
        stops=tuple(planned),
        start_s=seconds(route.planned_start_at, origin),
        end_s=seconds(route.planned_end_at, origin),
        travel_s=sum(s.travel_s for s in stops) + _return_s(route, stops),
        wait_s=sum(p.wait_s for p in planned),
        service_s=sum(s.service_s for s in stops),
        distance_m=route.distance_m,
        load=load,
        costs=Costs(),
    )
