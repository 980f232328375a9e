"""One OR-Tools search over one model: how it is started, which metaheuristic it runs and when it stops."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ortools.constraint_solver import (
    pywrapcp,
    routing_enums_pb2,
    routing_ils_pb2,
    routing_parameters_pb2,
)

from routing.engine import model as models
from routing.engine.problem import Job, Problem, Shift, Weights

Sequences = dict[str, tuple[str, ...]]

RUIN_AND_RECREATE_UP_TO = 300
"""Nodes up to which ruin and recreate beats guided local search (measured on Solomon, Homberger and Uchoa, 2026-11)."""
OnBetter = Callable[[int, int], None]
TELL_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search stops: after `seconds`, or after `iterations` accepted neighbours (same on every machine)."""

    seconds: float
    iterations: int | None = None


def search(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    budget: Budget,
    *,
    warm: Sequences | None = None,
    starts: Mapping[str, int] | None = None,
    on_better: OnBetter | None = None,
) -> Sequences | None:
    """Plan these jobs on these shifts; None when OR-Tools found no plan in time.

    Parameters
    ----------
    jobs, shifts
        The part of the problem to plan; the order of jobs diversifies the search.
    warm
        Sequences to start from, feasible for these jobs and shifts.
    starts
        Start of service by job id in the warm plan; tells which soft window a job is in.
    on_better
        Called with (cost, jobs left out) of this part when a better plan is found, at most every TELL_EVERY_S.
    """
    if not jobs or not shifts:
        return {}
    model = models.build(problem, weights, jobs, shifts)
    routing = model.routing
    first = None
    parameters = _parameters(
        model, budget, ruin=not warm and len(model.node_job) <= RUIN_AND_RECREATE_UP_TO
    )
    routing.CloseModelWithParameters(parameters)
    if on_better is not None:
        routing.AddAtSolutionCallback(_teller(model, on_better))
    if warm:
        first = routing.ReadAssignmentFromRoutes(
            models.index_routes(model, warm, dict(starts or {})), True
        )
    if first is not None:
        assignment = routing.SolveFromAssignmentWithParameters(first, parameters)
    elif not warm and len(model.node_job) <= RUIN_AND_RECREATE_UP_TO:
        assignment = routing.SolveWithIteratedLocalSearch(parameters)
    else:
        assignment = routing.SolveWithParameters(parameters)
    return None if assignment is None else models.sequences_of(model, assignment)


def _teller(model: models.Model, on_better: OnBetter) -> Callable[[], None]:
    routing = model.routing
    best: int | None = None
    told_at = 0.0

    def tell() -> None:
        nonlocal best, told_at
        cost = routing.CostVar().Max()
        if (best is not None and cost >= best) or time.monotonic() - told_at < TELL_EVERY_S:
            return
        best, told_at = cost, time.monotonic()
        index = model.manager.NodeToIndex
        left_out = sum(
            all(routing.ActiveVar(index(node)).Max() == 0 for node in nodes)
            for nodes in model.nodes_of_job
        )
        on_better(cost, left_out)

    return tell


def _parameters(
    model: models.Model, budget: Budget, *, ruin: bool
) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    strategies = routing_enums_pb2.FirstSolutionStrategy
    has_windows = any(job.windows or job.soft_windows for job in model.jobs)
    parameters.first_solution_strategy = (
        strategies.SAVINGS if has_windows else strategies.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.time_limit.FromMilliseconds(max(1, int(budget.seconds * 1000)))
    if budget.iterations is not None:
        parameters.solution_limit = max(1, budget.iterations)
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    if not ruin:
        # Guided local search may never accept another solution, and so never use up a budget of iterations.
        guided = budget.iterations is None
        parameters.local_search_metaheuristic = (
            heuristics.GUIDED_LOCAL_SEARCH if guided else heuristics.GREEDY_DESCENT
        )
        return parameters
    parameters.local_search_metaheuristic = heuristics.GREEDY_DESCENT
    iterated = parameters.iterated_local_search_parameters
    iterated.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = (
        True
    )
    recreate = iterated.ruin_recreate_parameters
    recreate.ruin_composition_strategy = routing_ils_pb2.RuinCompositionStrategy.RUN_ONE_RANDOMLY
    strings = recreate.ruin_strategies.add().sisr
    # Slack induction by string removals (Christiaens and Vanden Berghe 2020): the paper's average removal and string length.
    strings.max_removed_sequence_size, strings.avg_num_removed_visits, strings.bypass_factor = (
        10,
        10,
        0.01,
    )
    return parameters
