"""What the OR-Tools model alone finds for a small problem; no timing, no insertion, no other search."""

from routing.engine.confirming import confirm
from routing.engine.model import Sequences
from routing.engine.parameters import Budget
from routing.engine.problem import DEFAULT_WEIGHTS, RELOAD, Problem, Weights
from routing.engine.search import search
from routing.engine.whole import plan_costs, time_routes

BUDGET = Budget(seconds=60, iterations=100)
"""Neighbours accepted: enough for problems of a few jobs, and the same on every machine; the seconds are never used up."""


def found(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Sequences:
    """The routes of the model, by shift; they keep every rule by the timing too, at the model's price."""
    sequences = searched(of, weights)
    routes, violations = time_routes(of, sequences, weights)
    assert violations == []
    stops = [stop for route in routes for stop in route.stops]
    left_out = set(of.job_by_id) - {stop.job_id for stop in stops}
    costs = plan_costs(of, routes, left_out, weights)
    assert confirm(of, weights, sequences) == costs.total
    return sequences


def searched(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Sequences:
    """The routes of the model, by shift, unseen by anything else."""
    sequences = search(of, weights, of.jobs, of.shifts, BUDGET)
    assert sequences is not None
    return sequences


def served(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> set[str]:
    """The jobs it serves."""
    return {job_id for ids in found(of, weights).values() for job_id in ids} - {RELOAD}
