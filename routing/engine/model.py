"""States a problem to OR-Tools. Each rule is one function, hard rules before soft ones.

A node of the model is a job (one node per soft window when a job has several), a start or end place, or the
dummy end of open routes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.engine.problem import (
    UNREACHABLE,
    IntMatrix,
    Job,
    Problem,
    Shift,
    SoftWindow,
    Weights,
    service_time,
)
from routing.engine.schedule import job_violations, rates

NOWHERE = -1
"""Place of the dummy end of open routes: zero seconds and metres from everywhere."""


@dataclass(slots=True)
class Model:
    """An OR-Tools routing model over some of the problem's jobs and shifts, and what its nodes stand for."""

    problem: Problem
    weights: Weights
    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    node_job: list[int] = field(default_factory=list)
    """(job nodes,) index into jobs."""
    node_window: list[SoftWindow | None] = field(default_factory=list)
    """(job nodes,) the soft window this node stands for."""
    node_place: list[int] = field(default_factory=list)
    """(all nodes,) place, or NOWHERE."""
    nodes_of_job: list[list[int]] = field(default_factory=list)
    manager: pywrapcp.RoutingIndexManager = None
    routing: pywrapcp.RoutingModel = None
    transits: dict[str, int] = field(default_factory=dict)
    """Registered index of service + travel seconds by vehicle kind."""

    @property
    def time(self) -> pywrapcp.RoutingDimension:
        return self.routing.GetDimensionOrDie("time")


def build(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]
) -> Model:
    """State the problem restricted to these jobs and shifts (at least one of each)."""
    model = Model(problem, weights, jobs, shifts)
    _lay_out_nodes(model)
    for rule in HARD_RULES:
        rule(model)
    for rule in SOFT_RULES:
        rule(model)
    return model


def sequences_of(model: Model, assignment: pywrapcp.Assignment) -> dict[str, tuple[str, ...]]:
    """Job ids in order by shift id, only for shifts that drive."""
    routes: dict[str, tuple[str, ...]] = {}
    for vehicle, shift in enumerate(model.shifts):
        index = assignment.Value(model.routing.NextVar(model.routing.Start(vehicle)))
        ids: list[str] = []
        while not model.routing.IsEnd(index):
            ids.append(model.jobs[model.node_job[model.manager.IndexToNode(index)]].id)
            index = assignment.Value(model.routing.NextVar(index))
        if ids:
            routes[shift.id] = tuple(ids)
    return routes


def index_routes(
    model: Model, sequences: dict[str, tuple[str, ...]], start_s: dict[str, int]
) -> list[list[int]]:
    """Routes as lists of nodes for a warm start; start_s tells which soft window of a job it is served in."""
    number = {job.id: index for index, job in enumerate(model.jobs)}
    routes: list[list[int]] = []
    for shift in model.shifts:
        nodes: list[int] = []
        for job_id in sequences.get(shift.id, ()):
            options = model.nodes_of_job[number[job_id]]
            nodes.append(min(options, key=lambda node: _miss(model, node, start_s.get(job_id, 0))))
        routes.append([model.manager.NodeToIndex(node) for node in nodes])
    return routes


# Hard rules


def limit_time(model: Model) -> None:
    """Time is service plus travel plus waiting; pairs without a road take longer than any shift."""
    horizon = model.problem.horizon_s
    evaluators: list[int] = []
    for shift in model.shifts:
        kind = shift.vehicle_kind
        if kind not in model.transits:
            cells = _cells(model, model.problem.matrices[kind].durations_s)
            cells[cells == UNREACHABLE] = horizon + 1
            cells += _service(model, kind)[:, None]
            model.transits[kind] = model.routing.RegisterTransitMatrix(cells.tolist())
        evaluators.append(model.transits[kind])
    model.routing.AddDimensionWithVehicleTransits(evaluators, horizon, horizon, False, "time")


def respect_shifts(model: Model) -> None:
    """Leave and return inside the shift's interval."""
    for vehicle, shift in enumerate(model.shifts):
        latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
        model.time.CumulVar(model.routing.Start(vehicle)).SetRange(shift.start_s, latest)
        model.time.CumulVar(model.routing.End(vehicle)).SetRange(shift.start_s, shift.end_s)


def respect_windows(model: Model) -> None:
    """Service starts in one of the hard windows."""
    for node, job_number in enumerate(model.node_job):
        windows = sorted(model.jobs[job_number].windows, key=lambda w: w.start_s)
        if not windows:
            continue
        cumul = model.time.CumulVar(model.manager.NodeToIndex(node))
        last = min(max(w.end_s for w in windows), model.problem.horizon_s)
        if windows[0].start_s > last:
            continue  # Never inside any shift: respect_fit forbids the node.
        cumul.SetRange(windows[0].start_s, last)
        reached = windows[0].end_s
        for window in windows[1:]:
            if window.start_s > reached + 1:
                cumul.RemoveInterval(reached + 1, window.start_s - 1)
            reached = max(reached, window.end_s)


def limit_duration(model: Model) -> None:
    """No longer from departure to end than the shift allows."""
    for vehicle, shift in enumerate(model.shifts):
        if shift.max_duration_s is not None:
            model.time.SetSpanUpperBoundForVehicle(shift.max_duration_s, vehicle)


def limit_load(model: Model) -> None:
    """In no dimension more than the shift's capacity, all loaded at the start."""
    for dimension in sorted({name for shift in model.shifts for name in shift.capacity}):
        demand = [model.jobs[number].load.get(dimension, 0) for number in model.node_job]
        total = sum(model.jobs[n].load.get(dimension, 0) for n in range(len(model.jobs)))
        if total == 0:
            continue
        demand += [0] * (len(model.node_place) - len(demand))
        capacity = [min(shift.capacity.get(dimension, total), total) for shift in model.shifts]
        evaluator = model.routing.RegisterUnaryTransitVector(demand)
        model.routing.AddDimensionWithVehicleCapacity(
            evaluator, 0, capacity, True, f"load {dimension}"
        )


def limit_stops(model: Model) -> None:
    """No more jobs on a route than the shift allows."""
    if all(shift.max_stops is None for shift in model.shifts):
        return
    ones = [1] * len(model.node_job) + [0] * (len(model.node_place) - len(model.node_job))
    most = [
        len(model.jobs) if shift.max_stops is None else shift.max_stops for shift in model.shifts
    ]
    evaluator = model.routing.RegisterUnaryTransitVector(ones)
    model.routing.AddDimensionWithVehicleCapacity(evaluator, 0, most, True, "stops")


def respect_fit(model: Model) -> None:
    """Only shifts with the skills, the vehicle kind and the pin of a job may serve it."""
    fits: dict[tuple[object, ...], list[int]] = {}
    horizon = model.problem.horizon_s
    for node, job_number in enumerate(model.node_job):
        job = model.jobs[job_number]
        key = (job.skills, job.vehicle_kinds, job.pinned_shift)
        if key not in fits:
            fits[key] = [
                v for v, shift in enumerate(model.shifts) if not job_violations(shift, job)
            ]
        allowed = fits[key]
        if job.windows and min(window.start_s for window in job.windows) > horizon:
            allowed = []
        if len(allowed) < len(model.shifts):
            model.routing.VehicleVar(model.manager.NodeToIndex(node)).SetValues([-1, *allowed])


# Soft rules


def pay_for_leaving_out(model: Model) -> None:
    """Every job is served once, or its penalty is paid."""
    for job, nodes in zip(model.jobs, model.nodes_of_job, strict=True):
        indices = [model.manager.NodeToIndex(node) for node in nodes]
        model.routing.AddDisjunction(indices, model.problem.penalty(job, model.weights), 1)


def pay_for_metres_and_fixed_costs(model: Model) -> None:
    """Metres by arc, and the shift's fixed cost when it drives."""
    evaluators: dict[tuple[str, int], int] = {}
    for vehicle, shift in enumerate(model.shifts):
        key = (shift.vehicle_kind, shift.cost_per_m)
        if key not in evaluators:
            cells = _cells(model, model.problem.matrices[shift.vehicle_kind].distances_m)
            cells[cells == UNREACHABLE] = 0
            evaluators[key] = model.routing.RegisterTransitMatrix(
                (cells * shift.cost_per_m).tolist()
            )
        model.routing.SetArcCostEvaluatorOfVehicle(evaluators[key], vehicle)
        model.routing.SetFixedCostOfVehicle(shift.fixed_cost, vehicle)


def pay_for_time(model: Model) -> None:
    """Each second from departure to end, waiting included."""
    for vehicle, shift in enumerate(model.shifts):
        if shift.cost_per_s:
            model.time.SetSpanCostCoefficientForVehicle(shift.cost_per_s, vehicle)


def pay_for_lateness(model: Model) -> None:
    """Each second outside the node's soft window."""
    for node, window in enumerate(model.node_window):
        if window is None:
            continue
        late, early = rates(window, model.weights)
        index = model.manager.NodeToIndex(node)
        if late:
            model.time.SetCumulVarSoftUpperBound(index, window.end_s, late)
        if early and window.start_s > 0:
            model.time.SetCumulVarSoftLowerBound(index, window.start_s, early)


HARD_RULES: tuple[Callable[[Model], None], ...] = (
    limit_time, respect_shifts, respect_windows, limit_duration, limit_load, limit_stops, respect_fit,
)  # fmt: skip
SOFT_RULES: tuple[Callable[[Model], None], ...] = (
    pay_for_leaving_out, pay_for_metres_and_fixed_costs, pay_for_time, pay_for_lateness,
)  # fmt: skip


# Nodes


def _lay_out_nodes(model: Model) -> None:
    for number, job in enumerate(model.jobs):
        options = job.soft_windows or (None,)
        model.nodes_of_job.append(
            list(range(len(model.node_job), len(model.node_job) + len(options)))
        )
        model.node_job += [number] * len(options)
        model.node_window += options
        model.node_place += [job.place] * len(options)
    place_node: dict[int, int] = {}
    for shift in model.shifts:
        for place in (shift.start_place, NOWHERE if shift.end_place is None else shift.end_place):
            if place not in place_node:
                place_node[place] = len(model.node_place)
                model.node_place.append(place)
    starts = [place_node[shift.start_place] for shift in model.shifts]
    ends = [
        place_node[NOWHERE if shift.end_place is None else shift.end_place]
        for shift in model.shifts
    ]
    model.manager = pywrapcp.RoutingIndexManager(
        len(model.node_place), len(model.shifts), starts, ends
    )
    model.routing = pywrapcp.RoutingModel(model.manager)


def _cells(model: Model, full: IntMatrix) -> IntMatrix:
    """(nodes, nodes) int64 between the places of the nodes; 0 to and from NOWHERE."""
    places = np.asarray(model.node_place)
    cells: IntMatrix = full[np.ix_(places, places)].copy()
    nowhere = places == NOWHERE
    cells[nowhere, :] = 0
    cells[:, nowhere] = 0
    return cells


def _service(model: Model, vehicle_kind: str) -> IntMatrix:
    """(nodes,) int64 seconds at the door."""
    seconds = np.zeros(len(model.node_place), dtype=np.int64)
    seconds[: len(model.node_job)] = [
        service_time(model.jobs[n], vehicle_kind) for n in model.node_job
    ]
    return seconds


def _miss(model: Model, node: int, start_s: int) -> int:
    window = model.node_window[node]
    if window is None:
        return 0
    late, early = rates(window, model.weights)
    return max(0, start_s - window.end_s) * late + max(0, window.start_s - start_s) * early
