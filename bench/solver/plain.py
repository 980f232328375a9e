"""Sees when a problem in the engine's own words is one of the published kinds, which every engine can state."""

from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, replace
from typing import Any

import numpy as np

from bench.solver.instance import Instance, Ints
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Matrix, Pair, Problem, Shift, Weights

JOB_FIELDS = {"id", "place", "service_s", "load", "windows"}
SHIFT_FIELDS = {
    "id", "vehicle_kind", "start_s", "end_s", "start_place", "end_place", "capacity", "cost_per_m",
}  # fmt: skip
PAIR_FIELDS = {"pickup", "delivery", "load"}
PROBLEM_FIELDS = {"jobs", "shifts", "matrices", "pairs"}


def plain_instance(problem: Problem, weights: Weights, name: str, family: str) -> Instance | None:
    """The same problem as an Instance, distances in metres; None where it asks for more than those can say."""
    if not _is_plain(problem, weights):
        return None
    shift = problem.shifts[0]
    ways = problem.matrices[shift.vehicle_kind]
    places = np.array([shift.start_place, *(job.place for job in problem.jobs)])
    distances, durations = (
        cells[np.ix_(places, places)] for cells in (ways.distances_m, ways.durations_s)
    )
    if distances.min() < 0:  # A pair without a road.
        return None
    day = (shift.start_s, shift.end_s)
    windows = [day, *(_window(job) or day for job in problem.jobs)]
    node_of = {job.id: number for number, job in enumerate(problem.jobs, start=1)}
    return Instance(
        name=name,
        family=family,
        distances=distances,
        durations=durations,
        demands=_demands(problem, shift, node_of),
        services=np.array([0, *(job.service_s for job in problem.jobs)]),
        windows=np.array(windows),
        capacity=next(iter(shift.capacity.values()), len(problem.jobs)),
        vehicles=len(problem.shifts),
        pairs=tuple((node_of[pair.pickup], node_of[pair.delivery]) for pair in problem.pairs),
    )


def _is_plain(problem: Problem, weights: Weights) -> bool:
    if not problem.shifts or not problem.jobs or weights != DEFAULT_WEIGHTS:
        return False
    shift = problem.shifts[0]
    alike = all(replace(one, id="") == replace(shift, id="") for one in problem.shifts)
    one_depot = shift.start_place == shift.end_place and shift.cost_per_m > 0
    paired = {job_id for pair in problem.pairs for job_id in (pair.pickup, pair.delivery)}
    return (
        alike
        and one_depot
        and len(shift.capacity) <= 1
        and _says_only(problem, PROBLEM_FIELDS)
        and _says_only(shift, SHIFT_FIELDS)
        and _says_only(problem.matrices[shift.vehicle_kind], {"durations_s", "distances_m"})
        and all(_says_only(pair, PAIR_FIELDS) for pair in problem.pairs)
        and all(
            _says_only(job, JOB_FIELDS)
            and len(job.windows) <= 1
            and not (job.id in paired and job.load)
            for job in problem.jobs
        )
        and (not paired or len(paired) == len(problem.jobs))
    )


def _says_only(thing: Problem | Shift | Job | Pair | Matrix, names: set[str]) -> bool:
    others: Iterable[Field[Any]] = (one for one in fields(thing) if one.name not in names)
    return all(getattr(thing, one.name) == _default(one) for one in others)


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


def _window(job: Job) -> tuple[int, int] | None:
    return (job.windows[0].start_s, job.windows[0].end_s) if job.windows else None


def _demands(problem: Problem, shift: Shift, node_of: dict[str, int]) -> Ints:
    dimension = next(iter(shift.capacity), "")
    demands = np.zeros(len(problem.jobs) + 1, dtype=np.int64)
    for job in problem.jobs:
        demands[node_of[job.id]] = job.load.get(dimension, 0)
    for pair in problem.pairs:
        demands[node_of[pair.pickup]] = pair.load.get(dimension, 0)
        demands[node_of[pair.delivery]] = -pair.load.get(dimension, 0)
    return demands
