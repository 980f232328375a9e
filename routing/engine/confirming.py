"""Judges a plan by the full OR-Tools model: its price there, or that it breaks a rule."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from routing.engine import model as models
from routing.engine.joined import Joined
from routing.engine.model import Sequences
from routing.engine.nodes import is_usable
from routing.engine.parameters import Budget, close
from routing.engine.problem import RELOAD, Problem, Shift, Weights
from routing.engine.reading import without
from routing.engine.schedule import schedule
from routing.engine.whole import plan_costs, time_routes

CONFIRM_STOPS = 150
"""Stops in one model to be read, about."""
GROUP_SECONDS = 3.0
"""Most for reading one group; nearly all take milliseconds."""


def confirm(
    problem: Problem,
    weights: Weights,
    sequences: Sequences,
    *,
    starts: Mapping[str, int] | None = None,
    until: float = float("inf"),
) -> int | None:
    """Read a plan into the full model: its objective in micros, or None where it breaks a rule.

    Parameters
    ----------
    sequences
        Job ids in order by shift id, RELOAD between trips; every job not named is left out.
    starts
        Start of service by job id, which tells the soft window a job is in; None: as `time_routes` times the plan.
    until
        Moment of `time.monotonic` at which reading stops.

    Raises
    ------
    TimeoutError
        It was not read to its end by `until`, or a group not within GROUP_SECONDS.
    """
    served = [job_id for ids in sequences.values() for job_id in ids if job_id != RELOAD]
    if len(set(served)) < len(served) or not set(served) <= set(problem.job_by_id):
        return None
    for shift in problem.shifts:
        ids = [one for one in sequences.get(shift.id, ()) if one != RELOAD]
        if tuple(ids[: len(shift.prefix)]) != shift.prefix:
            return None
    left_out = [job.id for job in problem.jobs if job.id not in set(served)]
    cost = sum(problem.penalty(problem.job_by_id[one], weights) for one in left_out)
    departures: dict[str, tuple[int, ...]] = {}
    if starts is None or any(m.by_period for m in problem.matrices.values()):
        routes, _ = time_routes(problem, sequences, weights)
        starts = {stop.job_id: stop.start_s for route in routes for stop in route.stops}
        departures = {
            r.shift_id: (r.start_s, *(one.departure_s for one in r.reloads)) for r in routes
        }
    if weights.longest_per_s or weights.longest_per_stop:
        # Of the plan and of no part of it: what the search pays for it while timing routes is not what they come to.
        routes, _ = time_routes(problem, sequences, weights)
        cost += plan_costs(problem, routes, left_out, weights).balance
        weights = replace(weights, longest_per_s=0, longest_per_stop=0)
    for shifts in _independent(problem, sequences):
        group = _confirm_group(problem, weights, sequences, shifts, (starts, departures), until)
        if group is None:
            return None
        cost += group
    return cost


def _confirm_group(
    problem: Problem,
    weights: Weights,
    sequences: Sequences,
    shifts: Sequence[Shift],
    hours: tuple[Mapping[str, int], Mapping[str, Sequence[int]]],
    until: float,
) -> int | None:
    driving = [shift for shift in shifts if shift.must_drive or sequences.get(shift.id)]
    ids = [one for shift in driving for one in sequences.get(shift.id, ()) if one != RELOAD]
    usable = [shift for shift in driving if is_usable(problem, shift)]
    if any(sequences.get(shift.id) for shift in driving if shift not in usable):
        return None
    # A vehicle on the road drives home and has its fixed cost in any case; what no model can change is no part of one.
    cost = sum(
        schedule(problem, shift.id, (), weights=weights).route.costs.total
        for shift in driving
        if not sequences.get(shift.id)
    )
    surcharge = problem.vehicle_surcharge(weights)
    laden = [shift for shift in usable if sequences.get(shift.id)]
    cost += sum(shift.fixed_cost + surcharge for shift in laden if shift.must_drive)
    if not ids:
        return cost
    jobs = [problem.job_by_id[one] for one in ids]
    starts, departures = hours
    if time.monotonic() >= until:
        raise TimeoutError
    model = models.build(problem, weights, jobs, laden, starts, strict=True, departures=departures)
    until = min(until, time.monotonic() + GROUP_SECONDS)
    close(model, Budget(until - time.monotonic()))
    routes = models.index_routes(model, sequences, spare=False)
    assignment = model.routing.ReadAssignmentFromRoutes(routes, True)
    if assignment is None and time.monotonic() >= until:
        raise TimeoutError
    plain = {shift.id: without(shift, sequences[shift.id], set()) for shift in laden}
    if assignment is None or models.sequences_of(model, assignment) != plain:
        return None
    return cost + int(assignment.ObjectiveValue())


def _independent(problem: Problem, sequences: Sequences) -> list[list[Shift]]:
    """Shifts in groups that no rule joins, of about CONFIRM_STOPS stops: small models are read sooner than a big one."""
    shift_of = {one: shift_id for shift_id, ids in sequences.items() for one in ids}
    joined = Joined[str]()
    pairs = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    orders = [(rule.before, rule.after) for rule in problem.precedences]
    for group in (*problem.together, *pairs, *orders):
        # A job left out is put with the others of its group, so that the model sees that it is missing.
        joined.bind([shift_of[one] for one in group if one in shift_of])
    linked: dict[str, list[Shift]] = {}
    for shift in problem.shifts:
        linked.setdefault(joined.head(shift.id), []).append(shift)
    groups: list[list[Shift]] = [[]]
    stops = 0
    for shifts in linked.values():
        more = sum(len(sequences.get(shift.id, ())) for shift in shifts)
        if stops and stops + more > CONFIRM_STOPS:
            groups.append([])
            stops = 0
        groups[-1] += shifts
        stops += more
    return groups
