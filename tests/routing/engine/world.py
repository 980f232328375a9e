"""A small street for the engine: places stand on a line, a minute and 100 metres apart, hub at 0."""

from typing import Any

import numpy as np

from routing.engine.problem import DEFAULT_WEIGHTS, Job, Matrix, Problem, Shift, Weights, matrix
from routing.engine.schedule import schedule
from routing.engine.solution import Costs, Solution, Unserved

MINUTE = 60
HOUR = 3600
PLACES = 11


def street(places: int = PLACES, minute_s: int = MINUTE) -> Matrix:
    """Place i to place j takes |i - j| minutes and |i - j| x 100 m."""
    steps = np.abs(np.subtract.outer(np.arange(places), np.arange(places)))
    return matrix(steps * minute_s, steps * 100)


def job(id: str = "a", place: int = 1, **changes: Any) -> Job:
    """A parcel at a place of the street."""
    return Job(id=id, place=place, **changes)


def shift(id: str = "van-1", **changes: Any) -> Shift:
    """A van from hub to hub, 00:00 to 10:00 on the problem's axis, at a cost per metre only."""
    fields: dict[str, Any] = {
        "vehicle_kind": "van", "start_s": 0, "end_s": 10 * HOUR, "start_place": 0, "end_place": 0, "cost_per_m": 1,
    }  # fmt: skip
    return Shift(id=id, **(fields | changes))


def problem(jobs: list[Job], shifts: list[Shift] | None = None, **matrices: Matrix) -> Problem:
    """The street with these jobs and shifts."""
    shifts = [shift()] if shifts is None else shifts
    return Problem(
        tuple(jobs), tuple(shifts), matrices or {one.vehicle_kind: street() for one in shifts}
    )


def plan(of: Problem, routes: dict[str, list[str]], weights: Weights = DEFAULT_WEIGHTS) -> Solution:
    """A plan by hand: these sequences, everything else left out; it may be infeasible."""
    timed = [schedule(of, shift_id, ids, weights=weights).route for shift_id, ids in routes.items()]
    served = {job_id for ids in routes.values() for job_id in ids}
    unserved = tuple(Unserved(one.id, ()) for one in of.jobs if one.id not in served)
    costs = sum((route.costs for route in timed), Costs())
    costs += Costs(
        unserved=sum(of.penalty(one, weights) for one in of.jobs if one.id not in served)
    )
    return Solution(tuple(timed), unserved, costs)
