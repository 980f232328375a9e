"""OR-Tools used by itself: one model of everything, matrices registered, no callback but the one that reads the clock.

Two searches: guided local search, and ruin and recreate (slack induction by string removals) with local search and
simulated annealing, which at 1,000 nodes does not end in its time. One core takes the better for the size; two cores run
two searches (above RUIN_UP_TO nodes guided local search from two starts) and take the better plan.
"""

from typing import Any

from ortools.constraint_solver import (
    pywrapcp,
    routing_enums_pb2,
    routing_ils_pb2,
    routing_parameters_pb2,
)

from bench.solver.engines.answer import Answer, Route, Task
from bench.solver.instance import DEPOT, Instance

RUIN_UP_TO = 300
"""Nodes up to which ruin and recreate is the better of the two (issue 3's measurements and own, 2026-11)."""


def solve(
    instance: Instance, task: Task, ruin: bool | None = None, insertion: bool = False
) -> Answer:
    """Plan by ruin and recreate or by guided local search; None takes the better one for the size.

    `insertion` starts from PARALLEL_CHEAPEST_INSERTION where SAVINGS would be the start.
    """
    if ruin is None:
        ruin = instance.size <= RUIN_UP_TO and not instance.pairs
    manager = pywrapcp.RoutingIndexManager(instance.size + 1, instance.fleet, DEPOT)
    routing = pywrapcp.RoutingModel(manager)
    _state(instance, manager, routing)
    parameters = _parameters(instance, ruin, insertion)
    routing.CloseModelWithParameters(parameters)
    first: list[float] = []

    def note() -> None:
        if not first and all(
            routing.ActiveVar(manager.NodeToIndex(node)).Min() == 1
            for node in range(1, instance.size + 1)
        ):
            first.append(task.elapsed)

    routing.AddAtSolutionCallback(note)
    parameters.time_limit.FromMilliseconds(int(1000 * task.remaining))
    search = routing.SolveWithIteratedLocalSearch if ruin else routing.SolveWithParameters
    found = search(parameters)
    how = "ruin and recreate" if ruin else "guided local search"
    if found is None:
        return Answer([], None, f"{how}: no plan in time")
    return Answer(_routes(manager, routing, found), first[0] if first else None, how)


def _state(instance: Instance, manager: Any, routing: Any) -> None:
    ways = routing.RegisterTransitMatrix(instance.distances.tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(ways)
    if instance.vehicle_price:
        routing.SetFixedCostOfAllVehicles(instance.vehicle_price)
    demand = routing.RegisterUnaryTransitVector(instance.demands.tolist())
    routing.AddDimension(demand, 0, instance.capacity, True, "load")
    if instance.windows is not None:
        _limit_time(instance, manager, routing)
    # Leaving a node out costs more than any detour; without that choice tight fleets get no first plan.
    penalty = 10 * int(instance.distances.max()) + 2 * instance.vehicle_price
    for node in range(1, instance.size + 1):
        routing.AddDisjunction([manager.NodeToIndex(node)], penalty)
    for pickup, delivery in instance.pairs:
        ends = manager.NodeToIndex(pickup), manager.NodeToIndex(delivery)
        routing.AddPickupAndDelivery(*ends)
        solver = routing.solver()
        solver.Add(routing.VehicleVar(ends[0]) == routing.VehicleVar(ends[1]))
        time = routing.GetDimensionOrDie("time")
        solver.Add(time.CumulVar(ends[0]) <= time.CumulVar(ends[1]))


def _limit_time(instance: Instance, manager: Any, routing: Any) -> None:
    if instance.windows is None:
        return
    opens, closes = (int(end) for end in instance.windows[DEPOT])
    legs = routing.RegisterTransitMatrix((instance.durations + instance.services[:, None]).tolist())
    routing.AddDimension(legs, closes, closes, False, "time")
    time = routing.GetDimensionOrDie("time")
    for node in range(1, instance.size + 1):
        earliest, latest = (int(end) for end in instance.windows[node])
        time.CumulVar(manager.NodeToIndex(node)).SetRange(earliest, min(latest, closes))
    for vehicle in range(instance.fleet):
        time.CumulVar(routing.Start(vehicle)).SetRange(opens, closes)
        time.CumulVar(routing.End(vehicle)).SetRange(opens, closes)


def _parameters(
    instance: Instance, ruin: bool, insertion: bool
) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    strategies = routing_enums_pb2.FirstSolutionStrategy
    if insertion or instance.pairs or instance.windows is None:
        parameters.first_solution_strategy = strategies.PARALLEL_CHEAPEST_INSERTION
    else:
        parameters.first_solution_strategy = strategies.SAVINGS
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    if not ruin:
        parameters.local_search_metaheuristic = heuristics.GUIDED_LOCAL_SEARCH
        return parameters
    parameters.local_search_metaheuristic = heuristics.GREEDY_DESCENT
    iterated = parameters.iterated_local_search_parameters
    annealing = iterated.reference_solution_acceptance_strategy.simulated_annealing
    annealing.automatic_temperatures = True
    recreate = iterated.ruin_recreate_parameters
    recreate.ruin_composition_strategy = routing_ils_pb2.RuinCompositionStrategy.RUN_ONE_RANDOMLY
    strings = recreate.ruin_strategies.add().sisr
    # Averages and limit of Christiaens and Vanden Berghe (2020).
    strings.max_removed_sequence_size, strings.avg_num_removed_visits = 10, 10
    strings.bypass_factor = 0.01
    return parameters


def _routes(manager: Any, routing: Any, found: Any) -> list[Route]:
    routes = []
    for vehicle in range(routing.vehicles()):
        index, route = found.Value(routing.NextVar(routing.Start(vehicle))), []
        while not routing.IsEnd(index):
            route.append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
        routes.append(route)
    return routes
