"""Hard rules of time: windows, shifts, durations, release, ride times, breaks and order in time."""

import numpy as np

from routing.engine.nodes import Model
from routing.engine.problem import UNREACHABLE, IntMatrix, Precedence, Shift


def limit_time(model: Model) -> None:
    """Time is service, travel, set-up at another place, and waiting; pairs without a road take longer than any shift."""
    horizon = model.problem.horizon_s
    evaluators = []
    for shift in model.shifts:
        key = model.pace(shift)
        if key not in model.transits:
            model.transits[key] = model.routing.RegisterTransitMatrix(
                seconds_of(model, shift).tolist()
            )
        evaluators.append(model.transits[key])
    model.routing.AddDimensionWithVehicleTransits(evaluators, horizon, horizon, False, "time")


def seconds_of(model: Model, shift: Shift) -> IntMatrix:
    """(nodes, nodes) int64 from the start of service at one node to the earliest at the next."""
    cells = model.travel(shift)
    cells = np.where(cells == UNREACHABLE, model.problem.horizon_s + 1, cells)
    cells += model.service(shift.vehicle_kind)[:, None]
    setup = np.asarray(model.per_node([job.setup_s for job in model.jobs]), dtype=np.int64)
    if setup.any():
        cells += np.where(model.next_door, 0, setup[None, :])
    for vehicle, node in model.reload_nodes:
        # One that no job follows is none and takes no time: routes may keep spare ones at their end.
        cells[node, : model.job_node_count] += model.shifts[vehicle].reload_s
    return cells


def respect_shifts(model: Model) -> None:
    """Leave inside the shift's interval, return in it or in its overtime."""
    for vehicle, shift in enumerate(model.shifts):
        latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
        end = shift.end_s + shift.overtime_s
        model.time.CumulVar(model.routing.Start(vehicle)).SetRange(shift.start_s, latest)
        model.time.CumulVar(model.routing.End(vehicle)).SetRange(shift.start_s, end)


def respect_windows(model: Model) -> None:
    """Service starts in one of the hard windows."""
    for node, job_number in enumerate(model.node_job):
        windows = sorted(model.jobs[job_number].windows, key=lambda w: w.start_s)
        if not windows:
            continue
        cumul = model.time.CumulVar(model.index(node))
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


def limit_travel(model: Model) -> None:
    """No more seconds of driving than the shift allows."""
    if all(shift.max_travel_s is None for shift in model.shifts):
        return
    evaluators: dict[tuple[str, ...], int] = {}
    for shift in model.shifts:
        key = model.pace(shift)
        if key not in evaluators:
            cells = model.travel(shift)
            cells[cells == UNREACHABLE] = 0
            evaluators[key] = model.routing.RegisterTransitMatrix(cells.tolist())
    _add_limited(
        model,
        [evaluators[model.pace(shift)] for shift in model.shifts],
        [shift.max_travel_s for shift in model.shifts],
        "travel",
    )


def limit_distance(model: Model) -> None:
    """No more metres than the shift allows."""
    if all(shift.max_distance_m is None for shift in model.shifts):
        return
    evaluators: dict[str, int] = {}
    for shift in model.shifts:
        if shift.vehicle_kind not in evaluators:
            evaluators[shift.vehicle_kind] = model.routing.RegisterTransitMatrix(
                model.metres(shift).tolist()
            )
    _add_limited(
        model,
        [evaluators[shift.vehicle_kind] for shift in model.shifts],
        [shift.max_distance_m for shift in model.shifts],
        "distance",
    )


def leave_after_release(model: Model) -> None:
    """The trip that delivers a job departs when the job is there to be loaded, or later.

    The dimension `departure` carries the moment the trip departed from stop to stop.
    """
    first = min(shift.start_s for shift in model.shifts)
    late = [n for n, job in enumerate(model.jobs) if job.release_s > first]
    if not late and all(job.max_ride_s is None for job in model.jobs):
        return
    horizon = model.problem.horizon_s
    model.routing.AddConstantDimensionWithSlack(0, horizon, horizon, False, "departure")
    departure = model.routing.GetDimensionOrDie("departure")
    solver = model.routing.solver()
    every = range(model.routing.Size() + len(model.shifts))
    cumuls = [model.time.CumulVar(index) for index in every] if model.reload_nodes else []
    reloads = {model.index(node): model.shifts[vehicle] for vehicle, node in model.reload_nodes}
    for vehicle in range(len(model.shifts)):
        start = model.routing.Start(vehicle)
        solver.Add(departure.CumulVar(start) == model.time.CumulVar(start))
    for index in range(model.routing.Size()):
        if index not in reloads:
            departure.SlackVar(index).SetValue(0)
            continue
        loaded = model.time.CumulVar(index) + reloads[index].reload_s
        leaves = departure.CumulVar(index) + departure.SlackVar(index)
        if not reloads[index].breaks:
            # Who loads again waits before it: nothing is lost, and the moment of departure is plain.
            model.time.SlackVar(index).SetValue(0)
            solver.Add(leaves == loaded)
            continue
        # A rest may lie on the way to the first stop: then the departure may lie anywhere before it.
        arrival = solver.Element(cumuls, model.routing.NextVar(index))
        solver.Add(leaves >= loaded)
        solver.Add(leaves <= arrival + reloads[index].reload_s - model.time.FixedTransitVar(index))
    for number in late:
        for index in model.indices(number):
            # One that is released after every shift is left out by respect_fit.
            departure.CumulVar(index).SetMin(min(model.jobs[number].release_s, horizon))


def limit_ride(model: Model) -> None:
    """No longer from the departure of its trip to its start of service than a job may ride."""
    solver = model.routing.solver()
    for number, job in enumerate(model.jobs):
        if job.max_ride_s is None:
            continue
        departure = model.routing.GetDimensionOrDie("departure")
        for index in model.indices(number):
            solver.Add(model.time.CumulVar(index) <= departure.CumulVar(index) + job.max_ride_s)


def take_breaks(model: Model) -> None:
    """Each break starts in its window, between services; driving and set-up may be interrupted for it."""
    solver = model.routing.solver()
    visits: dict[str, list[int]] = {}
    for vehicle, shift in enumerate(model.shifts):
        if not shift.breaks:
            continue
        if shift.vehicle_kind not in visits:
            visits[shift.vehicle_kind] = _visits(model, shift)
        intervals = [
            solver.FixedDurationIntervalVar(
                rest.earliest_s, rest.latest_s, rest.duration_s, False, f"break {shift.id} {number}"
            )
            for number, rest in enumerate(shift.breaks)
        ]
        model.time.SetBreakIntervalsOfVehicle(intervals, vehicle, visits[shift.vehicle_kind])


def keep_precedences(model: Model) -> None:
    """One job starts its offset before another, on whatever routes; without the first the second is left out.

    A job that a shift outside this model serves is taken at its moment in `starts`.
    """
    for rule in model.problem.precedences:
        before, after = model.number_of.get(rule.before), model.number_of.get(rule.after)
        if before is not None and after is not None:
            _order(model, before, after, rule.offset_s)
        elif before is not None or after is not None:
            _order_to_others(model, rule, before, after)


def _order(model: Model, before: int, after: int, offset_s: int) -> None:
    solver, routing, time = model.routing.solver(), model.routing, model.time
    solver.Add(model.active_var(after) <= model.active_var(before))
    never = model.problem.horizon_s + offset_s
    for one in model.indices(before):
        for other in model.indices(after):
            # A stop that is left out has a time too, of no meaning: it must not hold the other up.
            idle = (1 - routing.ActiveVar(one)) + (1 - routing.ActiveVar(other))
            solver.Add(time.CumulVar(other) + idle * never >= time.CumulVar(one) + offset_s)


def _order_to_others(model: Model, rule: Precedence, before: int | None, after: int | None) -> None:
    if after is not None:
        first = model.starts.get(rule.before)
        for index in model.indices(after):
            cumul = model.time.CumulVar(index)
            if first is None or first + rule.offset_s > cumul.Max():
                model.routing.VehicleVar(index).SetValue(-1)
            else:
                cumul.SetMin(first + rule.offset_s)
    elif before is not None and rule.after in model.starts:
        last = model.starts[rule.after] - rule.offset_s
        for index in model.indices(before):
            cumul = model.time.CumulVar(index)
            if last < cumul.Min():
                model.routing.VehicleVar(index).SetValue(-1)
            else:
                cumul.SetMax(last)


def _visits(model: Model, shift: Shift) -> list[int]:
    """(indices,) seconds that no break may interrupt: at the door, and while loading again."""
    seconds = [0] * model.routing.Size()
    service = model.service(shift.vehicle_kind)
    for node in range(model.job_node_count):
        seconds[model.index(node)] = int(service[node])
    for vehicle, node in model.reload_nodes:
        seconds[model.index(node)] = model.shifts[vehicle].reload_s
    return seconds


def _add_limited(model: Model, evaluators: list[int], limits: list[int | None], name: str) -> None:
    unlimited = 2**40
    most = [unlimited if limit is None else limit for limit in limits]
    model.routing.AddDimensionWithVehicleTransitAndCapacity(evaluators, 0, most, True, name)
