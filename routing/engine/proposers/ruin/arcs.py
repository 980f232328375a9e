"""Seconds and micros between jobs, and between them and the ends of a shift, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.problem import (
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    Weights,
    at_speed,
    cost_per_m,
    service_time,
)
from routing.engine.proposers.ruin.kernel.data import FAR

LARGEST_ARC = 2**29
"""Most seconds, and most units of cost, of an arc: the kernel's cells are int32. As many seconds where there is no road."""


def priced(shift: Shift, weights: Weights) -> tuple[object, ...]:
    """What makes the arcs of two shifts the same."""
    return shift.vehicle_kind, shift.speed_percent, cost_per_m(shift, weights), shift.cost_per_s


def _durations(problem: Problem, shift: Shift) -> npt.NDArray[np.int64]:
    """(places, places) seconds, the slowest period of the shift."""
    m = problem.matrices[shift.vehicle_kind]
    slowest = m.durations_s
    for from_s, cells in m.by_period:
        if from_s <= shift.end_s + shift.overtime_s:
            slowest = np.maximum(slowest, cells)
    return at_speed(slowest, shift.speed_percent)


def travels(problem: Problem, jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.int64]:
    """(n, n) seconds from start of service to start of service."""
    places = np.array([job.place for job in jobs])
    full = _durations(problem, shift)[np.ix_(places, places)]
    service = column(service_time(job, shift.vehicle_kind) for job in jobs)
    setup = column(job.setup_s for job in jobs)
    moved = places[:, None] != places[None, :]
    cells = full + service[:, None] + np.where(moved, setup[None, :], 0)
    return np.where(full == UNREACHABLE, LARGEST_ARC, np.minimum(cells, LARGEST_ARC))


def prices(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shift: Shift,
    travel: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """(n, n) micros, 0 where there is no road; without what a changed order costs (see `charge_changes`)."""
    places = np.array([job.place for job in jobs])
    metres = problem.matrices[shift.vehicle_kind].distances_m[np.ix_(places, places)]
    cells = metres * cost_per_m(shift, weights) + travel * shift.cost_per_s
    return np.where(metres == UNREACHABLE, 0, cells)


def charge_changes(
    cells: npt.NDArray[np.int64], weights: Weights, jobs: Sequence[Job]
) -> npt.NDArray[np.int64]:
    """The prices of arcs (n, n), dearer where another job comes before one than in the published order."""
    if not weights.changed_order:
        return cells
    charged = cells.copy()
    index = {job.id: i for i, job in enumerate(jobs)}
    for j, job in enumerate(jobs):
        if job.published is not None:
            charged[:, j] += weights.changed_order
            if job.published.after in index:
                charged[index[job.published.after], j] -= weights.changed_order
    return charged


@dataclass(frozen=True, slots=True)
class Ends:
    """(n,) seconds and micros from the start to each job and from it to the end."""

    out_s: npt.NDArray[np.int64]
    out_cost: npt.NDArray[np.int64]
    home_s: npt.NDArray[np.int64]
    home_cost: npt.NDArray[np.int64]


def ends_of(problem: Problem, weights: Weights, jobs: Sequence[Job], shift: Shift) -> Ends:
    """The arcs at both ends of a route of this shift."""
    places = np.array([job.place for job in jobs])
    durations = _durations(problem, shift)
    metres = problem.matrices[shift.vehicle_kind].distances_m
    per_m = cost_per_m(shift, weights)
    service = column(service_time(job, shift.vehicle_kind) for job in jobs)
    setup = np.where(places != shift.start_place, column(job.setup_s for job in jobs), 0)
    out = durations[shift.start_place, places]
    out_s = np.where(out == UNREACHABLE, FAR, out + setup)
    out_cost = metres[shift.start_place, places] * per_m + (out + setup) * shift.cost_per_s
    if weights.changed_order:
        moved = [job.published is not None and job.published.after is not None for job in jobs]
        out_cost = out_cost + np.where(moved, weights.changed_order, 0)
    if shift.end_place is None:
        return Ends(out_s, out_cost, service, service * shift.cost_per_s)
    home = durations[places, shift.end_place]
    home_s = np.where(home == UNREACHABLE, FAR, home + service)
    home_cost = metres[places, shift.end_place] * per_m + (home + service) * shift.cost_per_s
    return Ends(out_s, out_cost, home_s, home_cost)


def column(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)
