"""What a dispatcher asks of a plan: why is this stop here, and where does a new order go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from routing.engine.candidates import NEVER_ENDS
from routing.engine.gaps import route_gaps, standing_of
from routing.engine.insert import Place, places_in
from routing.engine.open_plan import OpenPlan, Routes, put_in_each
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    Job,
    Problem,
    Weights,
)
from routing.engine.reasons import MOST_COMPARED
from routing.engine.retelling import explain_again
from routing.engine.schedule import schedule
from routing.engine.solution import PlannedRoute, PlannedStop, Reason, Solution, Unserved
from routing.engine.whole import plan_costs

MOST_PLACES = 60
"""Places looked at for `explain`."""

WHY: Mapping[str, str] = {
    # why this route
    "pinned_here": "It is pinned to this shift.",
    "begun_here": "The courier has begun with it.",
    "rides_with": "It rides with {job}.",
    "no_other_shift": "No other shift can take it as the plan is.",
    "cheaper_here": "The next best shift, {shift}, would cost {more} more.",
    "cheaper_there": "Shift {shift} would cost {less} less by itself; the plan is better as a whole, or was not searched longer.",
    # why this place
    "position_asked": "Its place on the route is asked for.",
    "no_other_place": "No other place on this route works.",
    "place_cheapest": "The next best place on this route would cost {more} more.",
    "place_dearer": "Another place on this route would cost {less} less.",
    # why this time
    "waits": "The courier waits {wait_s} s before it.",
    "late_wish": "It starts {late_s} s after the time wished for.",
    "early_wish": "It starts {early_s} s before the time wished for.",
    "as_reached": "It is served as soon as it is reached; it could start {slack_s} s later.",
}
"""Plain English by code, with the figures in braces."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a job is where it is."""

    job_id: str
    shift_id: str
    position: int
    """Number of stops before it."""
    stop: PlannedStop
    extra_cost: int
    """Micros by which its route is dearer than without it."""
    reasons: tuple[Reason, ...]
    """Why this route, this place, this time, in that order; codes of `WHY`."""
    next_best: Place | None
    """The cheapest place elsewhere; None when there is none."""
    next_costs: int | None
    """Micros that the next best would cost more than this; less than 0: it would be cheaper."""
    options: tuple[Place, ...]
    """The best place of each shift that could take it, this one's other places included, cheapest first."""


def explain(
    problem: Problem, solution: Solution, job_id: str, *, weights: Weights = DEFAULT_WEIGHTS
) -> Explanation | Unserved:
    """Why a job is on this route, in this place, at this time, and what the next best would cost; or why it is left out."""
    left_out = next((one for one in solution.unserved if one.job_id == job_id), None)
    if left_out is not None:
        return left_out
    route = next(route for route in solution.routes if job_id in route.job_ids)
    position = route.job_ids.index(job_id)
    kept = {
        one.shift_id: tuple(other for other in one.sequence if other != job_id)
        for one in solution.routes
    }
    standing = standing_of(problem, kept, solution.routes)
    gaps = [route_gaps(problem, s, kept.get(s.id, ()), standing) for s in problem.shifts]
    job = problem.job_by_id[job_id]
    places = places_in(
        problem, gaps, job, weights=weights, limit=MOST_PLACES, timed=MOST_PLACES, standing=standing
    )
    here = schedule(problem, route.shift_id, kept[route.shift_id], weights=weights).route
    extra_cost = route.costs.total - here.costs.total
    others = [one for one in places if one.route.job_ids != route.job_ids]
    options = _best_by_shift(others)
    best = options[0] if options else None
    elsewhere = next((one for one in options if one.shift_id != route.shift_id), None)
    beside = next((one for one in options if one.shift_id == route.shift_id), None)
    stop = route.stops[position]
    reasons = (
        _why_route(problem, job, route, extra_cost, elsewhere),
        _why_place(job, extra_cost, beside),
        _why_time(stop),
    )
    return Explanation(
        job_id, route.shift_id, position, stop, extra_cost, reasons, best,
        None if best is None else best.extra_cost - extra_cost, options,
    )  # fmt: skip


def tell(why: Reason) -> str:
    """The reason of an explanation in one plain English sentence."""
    return WHY[why.code].format(**why.figures)


def _best_by_shift(places: Sequence[Place]) -> tuple[Place, ...]:
    best: dict[str, Place] = {}
    for one in places:
        best.setdefault(one.shift_id, one)
    return tuple(sorted(best.values(), key=lambda one: one.extra_cost))


def _why_route(
    problem: Problem, job: Job, route: PlannedRoute, extra_cost: int, elsewhere: Place | None
) -> Reason:
    shift_id = route.shift_id
    if job.id in problem.shift_by_id[shift_id].prefix:
        return Reason("begun_here", shift_id)
    if job.pinned_shift == shift_id:
        return Reason("pinned_here", shift_id)
    bound = {one for group in problem.together if job.id in group for one in group}
    if job.id in problem.pair_of:
        bound |= {problem.pair_of[job.id].pickup, problem.pair_of[job.id].delivery}
    companion = next((one for one in route.job_ids if one in bound and one != job.id), None)
    if companion is not None:
        return Reason("rides_with", shift_id, {"job": companion})
    if elsewhere is None:
        return Reason("no_other_shift", shift_id)
    more = elsewhere.extra_cost - extra_cost
    if more < 0:
        return Reason("cheaper_there", shift_id, {"shift": elsewhere.shift_id, "less": -more})
    return Reason("cheaper_here", shift_id, {"shift": elsewhere.shift_id, "more": more})


def _why_place(job: Job, extra_cost: int, beside: Place | None) -> Reason:
    if job.position is not None:
        return Reason("position_asked")
    if beside is None:
        return Reason("no_other_place")
    more = beside.extra_cost - extra_cost
    if more < 0:
        return Reason("place_dearer", None, {"less": -more})
    return Reason("place_cheapest", None, {"more": more})


def _why_time(stop: PlannedStop) -> Reason:
    if stop.late_s:
        return Reason("late_wish", None, {"late_s": stop.late_s})
    if stop.early_s:
        return Reason("early_wish", None, {"early_s": stop.early_s})
    if stop.wait_s:
        return Reason("waits", None, {"wait_s": stop.wait_s})
    return Reason("as_reached", None, {"slack_s": stop.slack_s})


# New orders in a running plan


def insert(
    problem: Problem,
    solution: Solution,
    job_ids: Collection[str] | None = None,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    until: float = NEVER_ENDS,
) -> Solution:
    """Put new jobs into a plan, each at its cheapest place, and leave everything else where it is.

    Parameters
    ----------
    problem
        With the new jobs; what is begun is in `Shift.prefix` and stays.
    solution
        The plan so far.
    job_ids
        The jobs to put in; None: all that the plan does not know. Jobs that must ride with them go in too.
    until
        Moment of `time.monotonic` after which no job left out is explained anew (`explain_again`); `explain_all` says
        later what is missing then.

    Returns
    -------
    Solution
        The plan with them. Jobs with no place, or with none worth its cost, are in `unserved` with reasons. Those left
        out before are told again of the plan with the new jobs, and only what its changed routes can have changed is
        looked into (`explain_again`).
    """
    known = {one.job_id for one in solution.unserved}
    known |= {job_id for route in solution.routes for job_id in route.job_ids}
    new = [job.id for job in problem.jobs if job.id not in known]
    todo = list(new if job_ids is None else job_ids)
    routes = put_in(problem, solution, todo, weights)
    order = [routes[shift.id] for shift in problem.shifts if shift.id in routes]
    served = {job_id for route in order for job_id in route.job_ids}
    left = [job for job in problem.jobs if job.id not in served]
    told = {one.job_id: one for one in solution.unserved if one.job_id not in todo}
    unserved = explain_again(problem, weights, solution.routes, order, left, told, until)
    costs = plan_costs(problem, order, [one.job_id for one in unserved], weights)
    return Solution(tuple(order), tuple(unserved), costs, solution.report)


def put_in(
    problem: Problem, solution: Solution, job_ids: Collection[str], weights: Weights
) -> Routes:
    """The routes with each job in turn, the dearest to leave out first; those that wait for another are tried again."""
    routes: Routes = {route.shift_id: route for route in solution.routes}
    jobs = [problem.job_by_id[one] for one in job_ids]
    jobs.sort(key=lambda job: -problem.penalty(job, weights))
    while True:
        before = routes
        plan = OpenPlan.of(problem, weights, routes)
        routes, _ = put_in_each(plan, jobs, _if_worth_it, timed=MOST_COMPARED)
        # Only an order between jobs lets a job in later that had no place before.
        if routes is before or not problem.precedences:
            return routes


def _if_worth_it(routes: Routes, place: Place, worth: int) -> Routes | None:
    return {**routes, **place.routes} if place.extra_cost < worth else None
