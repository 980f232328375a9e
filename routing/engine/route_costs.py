"""What one timed route costs, term by term."""

from collections.abc import Sequence

from routing.engine.problem import Job, Problem, Shift, Weights, cost_per_m
from routing.engine.solution import Costs, PlannedRoute
from routing.engine.windows import soft_miss


def route_costs(
    problem: Problem, shift: Shift, jobs: Sequence[Job], route: PlannedRoute, weights: Weights
) -> Costs:
    """The costs of a route; nothing for a shift without jobs that need not drive. `jobs`: those of the stops, in order."""
    if not jobs and not shift.must_drive:
        return Costs()
    misses = [
        soft_miss(job, stop.start_s, weights)
        for job, stop in zip(jobs, route.stops, strict=True)
        if job.soft_windows
    ]
    return Costs(
        fixed=shift.fixed_cost + problem.vehicle_surcharge(weights),
        time=shift.cost_per_s * route.duration_s,
        distance=cost_per_m(shift, weights) * route.distance_m,
        lateness=sum(late for _, _, late, _ in misses),
        earliness=sum(early for _, _, _, early in misses),
        overtime=shift.overtime_cost_per_s * max(0, route.end_s - shift.end_s),
        preference=sum(job.shift_costs.get(shift.id, 0) for job in jobs),
        change=_change(shift, jobs, weights),
    )


def _change(shift: Shift, jobs: Sequence[Job], weights: Weights) -> int:
    """Published jobs that another shift serves, or that do not follow the job they followed."""
    cost, before = 0, None
    for job in jobs:
        if job.published is not None:
            cost += weights.changed_shift if job.published.shift_id != shift.id else 0
            cost += weights.changed_order if job.published.after != before else 0
        before = job.id
    return cost
