"""How an OR-Tools search is set up: when it stops, how it finds a first plan, which metaheuristic it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ortools.constraint_solver import (
    pywrapcp,
    routing_enums_pb2,
    routing_ils_pb2,
    routing_parameters_pb2,
)

from routing.engine.nodes import Model

FAR_OFF_S = 1e6
"""Seconds of a search with a budget of iterations."""
MOST_FAILURES = 2_000
"""Dead ends after which a search with a budget of iterations gives a plan up, as seconds decide it elsewhere."""
OFF_THE_PLAN = 1_000_000
"""Price of a way that the plan to begin with does not take."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search stops: after `seconds`, or after `iterations` accepted neighbours, where the clock decides nothing."""

    seconds: float
    iterations: int | None = None

    @property
    def timeless(self) -> "Budget":
        """The same with so many seconds that the clock decides nothing, where there are iterations."""
        return self if self.iterations is None else replace(self, seconds=FAR_OFF_S)


def close(model: Model, budget: Budget) -> None:
    """Close the model, to be searched or to have plans read within this budget."""
    # Plans are read, and first ones looked for, within the limits that the model was closed with; some take for ever.
    if budget.iterations is not None:
        solver = model.routing.solver()
        model.routing.AddSearchMonitor(solver.FailuresLimit(MOST_FAILURES))
    model.routing.CloseModelWithParameters(parameters_of(model, budget, ruin=False))


def parameters_of(
    model: Model, budget: Budget, *, ruin: bool
) -> routing_parameters_pb2.RoutingSearchParameters:
    """Parameters of one search: `ruin` and recreate, or guided local search."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = _first_strategy(model)
    if budget.iterations is None:
        parameters.time_limit.FromMilliseconds(max(1, int(budget.seconds * 1000)))
    else:
        parameters.solution_limit = max(1, budget.iterations)
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    if ruin:
        parameters.local_search_metaheuristic = heuristics.GREEDY_DESCENT
        _ruin_and_recreate(parameters)
    else:
        # Guided local search may never accept another solution, and so never use up a budget of iterations.
        guided = budget.iterations is None
        parameters.local_search_metaheuristic = (
            heuristics.GUIDED_LOCAL_SEARCH if guided else heuristics.GREEDY_DESCENT
        )
    return parameters


def _ruin_and_recreate(parameters: routing_parameters_pb2.RoutingSearchParameters) -> None:
    iterated = parameters.iterated_local_search_parameters
    iterated.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = (
        True
    )
    recreate = iterated.ruin_recreate_parameters
    recreate.ruin_composition_strategy = routing_ils_pb2.RuinCompositionStrategy.RUN_ONE_RANDOMLY
    strings = recreate.ruin_strategies.add().sisr
    # Slack induction by string removals (Christiaens and Vanden Berghe 2020): the paper's average removal and string length.
    strings.max_removed_sequence_size = 10
    strings.avg_num_removed_visits = 10
    strings.bypass_factor = 0.01


def begin_with_routes(
    model: Model, parameters: routing_parameters_pb2.RoutingSearchParameters
) -> Callable[[pywrapcp.Assignment], None]:
    """Prepare ruin and recreate, before the model is closed, to begin with the plan given to what this returns.

    It takes no plan to begin with: its first heuristic is told a price of ways at which it makes these routes. Local
    search after every recreation is left out: without it many more are made, which found 3 to 8 times as much from a
    plan (regions of 60 and 110 stops of Homberger, Uchoa and Li and Lim, 2026-11).
    """
    following: dict[int, int] = {}
    model.routing.SetFirstSolutionEvaluator(
        lambda index, other: 0 if following.get(index) == other else OFF_THE_PLAN
    )
    strategies = routing_enums_pb2.FirstSolutionStrategy
    parameters.first_solution_strategy = strategies.EVALUATOR_STRATEGY
    iterated = parameters.iterated_local_search_parameters
    iterated.improve_perturbed_solution = False

    def begin(assignment: pywrapcp.Assignment) -> None:
        routing = model.routing
        for index in range(routing.Size()):
            following[index] = assignment.Value(routing.NextVar(index))

    return begin


def _first_strategy(model: Model) -> int:
    strategies = routing_enums_pb2.FirstSolutionStrategy
    has_windows = any(job.windows or job.soft_windows for job in model.jobs)
    # Savings joins routes end to end, which ties and begun stops seldom allow: it often finds no plan at all then.
    savings = has_windows and not _has_ties(model)
    return int(strategies.SAVINGS if savings else strategies.PARALLEL_CHEAPEST_INSERTION)


def _has_ties(model: Model) -> bool:
    """Whether rules tie jobs to each other, to trips or to places in a route."""
    of = model.problem
    return bool(
        of.pairs or of.precedences or of.together or of.apart or model.reload_nodes
        or any(shift.prefix for shift in model.shifts)
        or any(job.position is not None for job in model.jobs)
    )  # fmt: skip
