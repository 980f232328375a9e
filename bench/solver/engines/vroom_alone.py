"""VROOM used by itself, at its highest exploration level."""

from datetime import timedelta

import numpy as np
import vroom

from bench.solver.engines.answer import Answer, Task
from bench.solver.instance import DEPOT, Instance

EXPLORATION = 5
PROFILE = "vehicle"


def solve(instance: Instance, task: Task) -> Answer:
    """Plan until VROOM is done or the time is over."""
    source = vroom.Input()
    timed = instance.windows is not None
    durations = instance.durations if timed else np.zeros_like(instance.distances)
    source.set_durations_matrix(PROFILE, durations)
    source.set_costs_matrix(PROFILE, instance.distances)
    source.add_vehicle([_vehicle(instance, number) for number in range(instance.fleet)])
    paired = {node for pair in instance.pairs for node in pair}
    source.add_job(
        [_job(instance, node) for node in range(1, instance.size + 1) if node not in paired]
    )
    for pickup, delivery in instance.pairs:
        source.add_shipment(
            _step(instance, pickup),
            _step(instance, delivery),
            amount=vroom.Amount([int(instance.demands[pickup])]),
        )
    found = source.solve(
        exploration_level=EXPLORATION,
        nb_threads=task.cores,
        timeout=timedelta(seconds=task.remaining),
    )
    routes: dict[int, list[int]] = {}
    for vehicle, kind, place in zip(
        found.routes.vehicle_id, found.routes.type, found.routes.location_index, strict=True
    ):
        if kind not in ("start", "end"):
            routes.setdefault(int(vehicle), []).append(int(place))
    note = f"{len(found.unassigned)} left out" if found.unassigned else "done"
    return Answer(list(routes.values()), None, f"{note} after {task.elapsed:.1f} s")


def _vehicle(instance: Instance, number: int) -> vroom.Vehicle:
    return vroom.Vehicle(
        number,
        start=DEPOT,
        end=DEPOT,
        profile=PROFILE,
        capacity=[instance.capacity],
        costs=vroom.VehicleCosts(fixed=instance.vehicle_price),
        time_window=_window(instance, DEPOT),
    )


def _job(instance: Instance, node: int) -> vroom.Job:
    window = _window(instance, node)
    return vroom.Job(
        node,
        node,
        default_service=int(instance.services[node]),
        delivery=vroom.Amount([int(instance.demands[node])]),
        time_windows=[] if window is None else [window],
    )


def _step(instance: Instance, node: int) -> vroom.ShipmentStep:
    window = _window(instance, node)
    return vroom.ShipmentStep(
        node,
        node,
        default_service=int(instance.services[node]),
        time_windows=[] if window is None else [window],
    )


def _window(instance: Instance, node: int) -> vroom.TimeWindow | None:
    if instance.windows is None:
        return None
    return vroom.TimeWindow(*(int(end) for end in instance.windows[node]))
