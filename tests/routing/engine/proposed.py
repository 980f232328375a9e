"""What ruin and recreate alone proposes for a small problem, and what routes truly cost."""

from collections.abc import Mapping, Sequence

from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.proposers import ruin
from routing.engine.whole import plan_costs, time_routes

ROUNDS = 40
"""Two thousand rounds: far more than these few jobs need."""


def proposed(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> dict[str, tuple[str, ...]]:
    """What is proposed; it keeps every rule by the exact timing."""
    found = ruin.propose(of, weights, of.jobs, of.shifts, seconds=60, seed=1, iterations=ROUNDS)
    _, violations = time_routes(of, found, weights)
    assert violations == []
    return found


def served(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> set[str]:
    return {job_id for ids in proposed(of, weights).values() for job_id in ids}


def true_cost(
    of: Problem, found: Mapping[str, Sequence[str]], weights: Weights = DEFAULT_WEIGHTS
) -> int:
    """What the exact timing says these routes cost; they keep every rule."""
    routes, violations = time_routes(of, found, weights)
    assert violations == []
    riding = {stop.job_id for route in routes for stop in route.stops}
    left_out = [one.id for one in of.jobs if one.id not in riding]
    return plan_costs(of, routes, left_out, weights).total
