"""PyVRP used by itself, with the length of its history adapted to size and time."""

from typing import Any

import numpy as np
import pyvrp
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams
from pyvrp.solve import SolveParams

from bench.solver.engines.answer import Answer, Route, Task
from bench.solver.instance import DEPOT, Instance

NEVER = int(np.iinfo(np.int64).max)
"""What PyVRP takes for no end."""


class _First(IteratedLocalSearchCallbacks):  # type: ignore[misc, unused-ignore]
    """Notes when the first feasible solution is there."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.first_s: float | None = None

    def on_start(self, ils: Any) -> None:
        self.on_best(ils.initial_solution)

    def on_best(self, best: Any) -> None:
        if self.first_s is None and best.is_feasible():
            self.first_s = self.task.elapsed


def solve(instance: Instance, task: Task) -> Answer:
    """Plan until the time is over."""
    history = int(np.clip(3000 * task.seconds / instance.size, 20, 300))
    first = _First(task)
    data = _data(instance)

    def is_over(best_cost: float) -> bool:
        return task.elapsed >= task.seconds

    result = pyvrp.solve(
        data,
        is_over,
        seed=task.seed,
        collect_stats=False,
        params=SolveParams(ils=IteratedLocalSearchParams(history_length=history, callbacks=first)),
    )
    if not result.is_feasible():
        return Answer([], None, "no feasible plan in time")
    note = f"{result.num_iterations} iterations, history {history}"
    return Answer([_nodes(instance, route) for route in result.best.routes()], first.first_s, note)


def _data(instance: Instance) -> pyvrp.ProblemData:
    durations = instance.durations
    if instance.windows is None:
        durations = np.zeros_like(durations)
    opens, closes = _window(instance, DEPOT)
    vehicles = pyvrp.VehicleType(
        instance.fleet,
        [instance.capacity],
        fixed_cost=instance.vehicle_price,
        tw_early=opens,
        tw_late=closes,
    )
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(instance.size + 1)],
        clients=[_client(instance, node) for node in _alone(instance)],
        depots=[pyvrp.Depot(DEPOT)],
        vehicle_types=[vehicles],
        distance_matrices=[_without_loops(instance.distances)],
        duration_matrices=[_without_loops(durations)],
        shipments=[_shipment(instance, *pair) for pair in instance.pairs],
    )


def _alone(instance: Instance) -> list[int]:
    """Nodes that are in no pair."""
    paired = {node for pair in instance.pairs for node in pair}
    return [node for node in range(1, instance.size + 1) if node not in paired]


def _client(instance: Instance, node: int) -> pyvrp.Client:
    earliest, latest = _window(instance, node)
    return pyvrp.Client(
        node,
        delivery=[int(instance.demands[node])],
        service_duration=int(instance.services[node]),
        tw_early=earliest,
        tw_late=latest,
    )


def _shipment(instance: Instance, pickup: int, delivery: int) -> pyvrp.Shipment:
    begin, end = _window(instance, pickup), _window(instance, delivery)
    return pyvrp.Shipment(
        pickup,
        delivery,
        pickup_tw_early=begin[0],
        pickup_tw_late=begin[1],
        pickup_service_duration=int(instance.services[pickup]),
        delivery_tw_early=end[0],
        delivery_tw_late=end[1],
        delivery_service_duration=int(instance.services[delivery]),
        amount=[int(instance.demands[pickup])],
    )


def _window(instance: Instance, node: int) -> tuple[int, int]:
    if instance.windows is None:
        return 0, NEVER
    earliest, latest = (int(end) for end in instance.windows[node])
    return earliest, latest


def _without_loops(cells: Any) -> Any:
    cells = cells.copy()
    np.fill_diagonal(cells, 0)
    return cells


def _nodes(instance: Instance, route: Any) -> Route:
    alone = _alone(instance)
    nodes = []
    for activity in route:
        if activity.is_depot():
            continue
        if activity.is_client():
            nodes.append(alone[activity.idx])
        else:
            nodes.append(instance.pairs[activity.idx][0 if activity.is_pickup() else 1])
    return nodes
