"""Reads plans into a closed OR-Tools model: as much of one as keeps every rule, with trips opened for what is left out."""

import time
from collections.abc import Sequence

from ortools.constraint_solver import pywrapcp

from routing.engine import model as models
from routing.engine.model import Sequences
from routing.engine.nodes import Model
from routing.engine.problem import RELOAD, Shift


def read(model: Model, sequences: Sequences, until: float) -> pywrapcp.Assignment | None:
    """As much of a plan as the (closed) model takes, with spare reloads at the end of each route.

    Jobs that break a rule are taken out, each with those that are nothing without it. `until` is a moment of
    `time.monotonic`: what is not tried by then is taken out too. None: the model takes no plan at all.
    """
    units = _units(model, sequences)
    kept: set[str] = set()
    best = _read(model, sequences, {one for unit in units for one in unit})
    if best is not None:
        return best
    best = _read(model, {}, kept)
    if best is None:
        return None
    while units:
        # The longest beginning of what is left that goes with what is kept; the unit behind it is out.
        low, high, size = 0, len(units), len(units)
        while low < high and time.monotonic() < until:
            more = {one for unit in units[:size] for one in unit}
            assignment = _read(model, sequences, kept | more)
            if assignment is None:
                high = size - 1
            else:
                low, best = size, assignment
            size = (low + high + 1) // 2
        kept |= {one for unit in units[:low] for one in unit}
        units = units[low + 1 :]
        if time.monotonic() > until:
            break
    return best


def _read(model: Model, sequences: Sequences, kept: set[str]) -> pywrapcp.Assignment | None:
    routes = {
        shift_id: tuple(one for one in ids if one == RELOAD or one in kept)
        for shift_id, ids in sequences.items()
    }
    return model.routing.ReadAssignmentFromRoutes(models.index_routes(model, routes), True)


def _units(model: Model, sequences: Sequences) -> list[set[str]]:
    """The jobs of a plan in order, those that are nothing without each other as one."""
    ties = models.ties_of(model.problem)
    units: list[set[str]] = []
    seen: set[str] = set()
    for ids in sequences.values():
        for one in ids:
            if one in model.number_of and one not in seen:
                units.append(models.bound_to(ties, one))
                seen |= units[-1]
    return units


def open_trips(model: Model, found: Sequences, seconds: float) -> Sequences:
    """Give jobs left out a trip of their own, before the first or after the last of a route, one new trip a route.

    That takes a reload and a job at once, which no move of the local search does.
    """

    def cost_of(plan: Sequences) -> int | None:
        routes = models.index_routes(model, plan)
        assignment = model.routing.ReadAssignmentFromRoutes(routes, True)
        return None if assignment is None else int(assignment.ObjectiveValue())

    until = time.monotonic() + seconds
    lowest = cost_of(found)
    served = {one for ids in found.values() for one in ids}
    left = [job for job in model.jobs if job.id not in served]
    left.sort(key=lambda job: -model.problem.penalty(job, model.weights))
    opened: set[str] = set()
    for job in left:
        best: tuple[str, tuple[str, ...]] | None = None
        for vehicle, shift in enumerate(model.shifts):
            ids = found.get(shift.id, ())
            if shift.id in opened or not ids or ids.count(RELOAD) >= len(model.reloads[vehicle]):
                continue
            for longer in ((job.id, RELOAD, *ids), (*ids, RELOAD, job.id)):
                if time.monotonic() > until:
                    return found
                cost = cost_of(found | {shift.id: longer})
                if cost is not None and lowest is not None and cost < lowest:
                    lowest, best = cost, (shift.id, longer)
        if best is not None:
            found = found | dict([best])
            opened.add(best[0])
    return found


def without(shift: Shift, ids: Sequence[str], dropped: set[str]) -> tuple[str, ...]:
    """The route without these jobs, and without reloads that then load nothing."""
    kept: list[str] = []
    for one in ids:
        if one not in dropped and (one != RELOAD or models.may_reload(shift, kept)):
            kept.append(one)
    return tuple(kept[:-1] if kept and kept[-1] == RELOAD else kept)
