"""Soft rules: what a plan costs, in micros."""

import numpy as np

from routing.engine.nodes import Model
from routing.engine.problem import IntMatrix, Shift, cost_per_m, rates
from routing.engine.rules_time import seconds_of

MOST_CELLS = 4_000_000
"""Cells of arc costs, all shifts together, up to which each shift may have its own: 2,000 stops would need gigabytes."""


def pay_for_leaving_out(model: Model) -> None:
    """Every job is served once, or its penalty is paid; a reload is free to be left out."""
    penalties = [model.problem.penalty(job, model.weights) for job in model.jobs]
    held = {job_id for shift in model.shifts for job_id in shift.prefix}
    held |= {
        rule.before
        for rule in model.problem.precedences
        if rule.after in model.starts and rule.after not in model.number_of
    }
    # What is begun, or must come before what another shift serves, is left out only where it breaks another rule.
    dear = model.problem.base_penalty(model.weights) + sum(penalties)
    for number, job in enumerate(model.jobs):
        penalty = penalties[number] + (dear if job.id in held else 0)
        model.disjunctions.append(model.routing.AddDisjunction(model.indices(number), penalty, 1))
    for _, node in model.reload_nodes:
        model.routing.AddDisjunction([model.index(node)], 0, 1)


def pay_for_arcs(model: Model) -> None:
    """Metres with their CO2, and changes in the order of a published plan."""
    evaluators: dict[tuple[object, ...], int] = {}
    reordered = _reordering(model)
    on_arcs = _fits_on_arcs(model)
    for vehicle, shift in enumerate(model.shifts):
        price = cost_per_m(shift, model.weights)
        extra = _costs_of_jobs(model, shift) if on_arcs else []
        key = (shift.vehicle_kind, price, tuple(extra))
        if key not in evaluators:
            cells = model.metres(shift) * price
            if any(extra):
                cells += np.asarray(extra, dtype=np.int64)[None, :]
            if reordered is not None:
                cells += reordered
            evaluators[key] = model.routing.RegisterTransitMatrix(cells.tolist())
        model.routing.SetArcCostEvaluatorOfVehicle(evaluators[key], vehicle)


def pay_for_jobs(model: Model) -> None:
    """What a shift costs for each job it serves, and that another served it in the published plan.

    On the arcs to the job while these are few enough, where the first heuristics see it; else in a dimension.
    """
    if _fits_on_arcs(model):
        return
    by_shift = [_costs_of_jobs(model, shift) for shift in model.shifts]
    if not any(any(costs) for costs in by_shift):
        return
    evaluators = [model.routing.RegisterUnaryTransitVector(costs) for costs in by_shift]
    most = max(sum(costs) for costs in by_shift)
    model.routing.AddDimensionWithVehicleTransits(evaluators, 0, most, True, "preference")
    model.routing.GetDimensionOrDie("preference").SetSpanCostCoefficientForAllVehicles(1)


def _fits_on_arcs(model: Model) -> bool:
    return len(model.shifts) * len(model.node_place) ** 2 <= MOST_CELLS


def pay_for_vehicles(model: Model) -> None:
    """The fixed cost of a shift that drives; one that is on the road already pays it, and its way home, in any case."""
    surcharge = model.problem.vehicle_surcharge(model.weights)
    for vehicle, shift in enumerate(model.shifts):
        if shift.must_drive:
            model.routing.SetVehicleUsedWhenEmpty(True, vehicle)
        else:
            model.routing.SetFixedCostOfVehicle(shift.fixed_cost + surcharge, vehicle)


def pay_for_time(model: Model) -> None:
    """Each second from departure to end, waiting included."""
    for vehicle, shift in enumerate(model.shifts):
        if shift.cost_per_s:
            model.time.SetSpanCostCoefficientForVehicle(shift.cost_per_s, vehicle)


def pay_for_overtime(model: Model) -> None:
    """Each second of the end after the shift's end."""
    for vehicle, shift in enumerate(model.shifts):
        if shift.overtime_s and shift.overtime_cost_per_s:
            end = model.routing.End(vehicle)
            model.time.SetCumulVarSoftUpperBound(end, shift.end_s, shift.overtime_cost_per_s)


def pay_for_lateness(model: Model) -> None:
    """Each second outside the node's soft window."""
    for node, window in enumerate(model.node_window):
        if window is None:
            continue
        late, early = rates(window, model.weights)
        index = model.index(node)
        if late:
            model.time.SetCumulVarSoftUpperBound(index, window.end_s, late)
        if early and window.start_s > 0:
            model.time.SetCumulVarSoftLowerBound(index, window.start_s, early)


def pay_for_longest(model: Model) -> None:
    """Stops and seconds of the longest route, so that routes come out even."""
    if model.weights.longest_per_stop:
        stops = model.routing.GetDimensionOrDie("stops")
        stops.SetGlobalSpanCostCoefficient(model.weights.longest_per_stop)
    if model.weights.longest_per_s:
        horizon = model.problem.horizon_s
        # A dimension of its own that starts at 0: its span over all routes is the longest duration.
        evaluators = _durations(model)
        model.routing.AddDimensionWithVehicleTransits(
            evaluators, horizon, horizon, True, "duration"
        )
        duration = model.routing.GetDimensionOrDie("duration")
        for vehicle in range(len(model.shifts)):
            start, end = model.routing.Start(vehicle), model.routing.End(vehicle)
            took = model.time.CumulVar(end) - model.time.CumulVar(start)
            idle = 1 - model.routing.ActiveVehicleVar(vehicle)
            model.routing.solver().Add(duration.CumulVar(end) + idle * horizon >= took)
        duration.SetGlobalSpanCostCoefficient(model.weights.longest_per_s)


def _durations(model: Model) -> list[int]:
    """By vehicle, the evaluator of time, but that who has no stops takes none: it has no work to share."""
    found: dict[tuple[str, ...], int] = {}
    for shift in model.shifts:
        key = model.pace(shift)
        if key not in found:
            cells = seconds_of(model, shift)
            cells[model.first_place_node :, model.first_place_node :] = 0
            found[key] = model.routing.RegisterTransitMatrix(cells.tolist())
    return [found[model.pace(shift)] for shift in model.shifts]


def _costs_of_jobs(model: Model, shift: Shift) -> list[int]:
    """(nodes,) micros for serving each job by this shift: its own price, and that another served it as published."""
    moved = model.weights.changed_shift
    if not moved and not any(job.shift_costs for job in model.jobs):
        return []
    return model.per_node(
        [
            job.shift_costs.get(shift.id, 0)
            + (moved if job.published and job.published.shift_id != shift.id else 0)
            for job in model.jobs
        ]
    )


def _reordering(model: Model) -> IntMatrix | None:
    """(nodes, nodes) int64 micros where a published job does not follow the one it was published to follow.

    After a reload nothing is paid: an arc does not know what was served before it.
    """
    price = model.weights.changed_order
    if not price or not any(job.published for job in model.jobs):
        return None
    cells = np.zeros((len(model.node_place),) * 2, dtype=np.int64)
    for number, job in enumerate(model.jobs):
        if job.published is None:
            continue
        after = model.number_of.get(job.published.after or "")
        for node in model.nodes_of_job[number]:
            cells[:, node] = price
            cells[model.job_node_count : model.first_place_node, node] = 0
            if after is not None:
                cells[model.nodes_of_job[after], node] = 0
            elif job.published.after is None:
                cells[model.first_place_node :, node] = 0
    return cells
