"""Hard rules of company: which shift may serve a job, and which jobs ride with which."""

from collections.abc import Sequence

from ortools.constraint_solver import pywrapcp

from routing.engine.fit import job_violations
from routing.engine.nodes import Model
from routing.engine.problem import Pair, service_time


def respect_fit(model: Model) -> None:
    """Only shifts with the skills and the kind of a job, that its pin, its bans and its begun route allow, serve it."""
    fits: dict[tuple[object, ...], list[int]] = {}
    horizon = model.problem.horizon_s
    begun = {job_id: shift.id for shift in model.problem.shifts for job_id in shift.prefix}
    for number, job in enumerate(model.jobs):
        own = begun.get(job.id)
        key = (job.skills, job.vehicle_kinds, job.pinned_shift, job.forbidden_shifts, own)
        if key not in fits:
            fits[key] = [
                vehicle
                for vehicle, shift in enumerate(model.shifts)
                if own in (None, shift.id) and not job_violations(shift, job)
            ]
        allowed = fits[key]
        opens_s = min((window.start_s for window in job.windows), default=0)
        if max(opens_s, job.release_s) > horizon:
            allowed = []
        if len(allowed) < len(model.shifts):
            for index in model.indices(number):
                model.routing.VehicleVar(index).SetValues([-1, *allowed])
    for vehicle, node in model.reload_nodes:
        model.routing.VehicleVar(model.index(node)).SetValues([-1, vehicle])


def keep_pairs(model: Model) -> None:
    """Goods of a pair stay on one shift and one trip, the pickup first, no longer than they may ride; both or neither."""
    trips = None
    for pair in model.problem.pairs:
        pickup, delivery = model.number_of.get(pair.pickup), model.number_of.get(pair.delivery)
        if pickup is None or delivery is None:
            _leave_out(model, [one for one in (pickup, delivery) if one is not None])
            continue
        solver = model.routing.solver()
        model.routing.AddPickupAndDeliverySets(
            model.disjunctions[pickup], model.disjunctions[delivery]
        )
        solver.Add(model.vehicle_var(pickup) == model.vehicle_var(delivery))
        if model.reload_nodes and trips is None:
            trips = _count_trips(model)
        for one in model.indices(pickup):
            for other in model.indices(delivery):
                if trips is not None:
                    solver.Add(trips.CumulVar(one) == trips.CumulVar(other))
                _order_pair(model, pair, (pickup, one), other)


def ride_together(model: Model) -> None:
    """The jobs of a group ride on one shift, all or none.

    While searching that is a price, half of leaving one out: no move of a local search brings or takes several jobs at
    once, so that under the rule itself it finds no place for a group. `search` leaves out the groups that stay broken.
    """
    for group in model.problem.together:
        numbers = [model.number_of.get(job_id) for job_id in group]
        known = [number for number in numbers if number is not None]
        if len(known) < len(group):
            _leave_out(model, known)
        elif model.strict:
            first, *others = [model.vehicle_var(number) for number in known]
            for other in others:
                model.routing.solver().Add(first == other)
        else:
            jobs = [model.jobs[number] for number in known]
            price = min(model.problem.penalty(job, model.weights) for job in jobs) // 2
            indices = [index for number in known for index in model.indices(number)]
            model.routing.AddSoftSameVehicleConstraint(indices, price)


def ride_apart(model: Model) -> None:
    """No two jobs of a group ride on the same shift."""
    solver = model.routing.solver()
    for group in model.problem.apart:
        vehicles = [
            model.vehicle_var(model.number_of[job_id])
            for job_id in group
            if job_id in model.number_of
        ]
        if len(vehicles) > 1:
            solver.Add(solver.AllDifferentExcept(vehicles, -1))


def _order_pair(model: Model, pair: Pair, pickup: tuple[int, int], delivery: int) -> None:
    number, index = pickup
    solver, time = model.routing.solver(), model.time
    # A stop that is left out has a time too, of no meaning: it must not make the pair impossible.
    never = model.problem.horizon_s * (1 - model.routing.ActiveVar(index))
    solver.Add(time.CumulVar(index) <= time.CumulVar(delivery) + never)
    if pair.max_ride_s is None or model.rough:
        return
    seconds = [service_time(model.jobs[number], shift.vehicle_kind) for shift in model.shifts]
    served_s = seconds[0]
    if len(set(seconds)) > 1:
        # One more in front: -1 is the vehicle of a job left out.
        served_s = solver.Element([0, *seconds], model.routing.VehicleVar(index) + 1)
    latest = time.CumulVar(index) + served_s + pair.max_ride_s
    solver.Add(time.CumulVar(delivery) <= latest + never)


def _count_trips(model: Model) -> pywrapcp.RoutingDimension:
    """The dimension `trip`: reloads before each stop."""
    again = [0] * len(model.node_place)
    for _, node in model.reload_nodes:
        again[node] = 1
    evaluator = model.routing.RegisterUnaryTransitVector(again)
    model.routing.AddDimension(evaluator, 0, len(model.reload_nodes), True, "trip")
    return model.routing.GetDimensionOrDie("trip")


def _leave_out(model: Model, numbers: Sequence[int]) -> None:
    for number in numbers:
        for index in model.indices(number):
            model.routing.VehicleVar(index).SetValue(-1)
