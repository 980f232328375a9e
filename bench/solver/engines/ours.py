"""Carteiro's engine, through the door that the plans room uses: a process of its own."""

from typing import Any

from bench.solver.engines.answer import Answer, Task
from bench.solver.instance import DEPOT, Instance
from bench.solver.stated import Stated
from routing.engine.limits import Engine, SearchSettings
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    MAX_TIME_S,
    Job,
    Pair,
    Problem,
    Shift,
    TimeWindow,
    Weights,
    matrix,
)
from routing.engine.process import solve_in_process
from routing.engine.run import Progress
from routing.engine.solution import Solution

KIND = "vehicle"
LOAD = "load"


def solve(instance: Instance, task: Task, engine: Engine = "auto") -> Answer:
    """Plan a published instance with the given engine setting."""
    found, first_s = _plan(problem_of(instance), DEFAULT_WEIGHTS, task, engine)
    routes = [[int(job_id) for job_id in ids] for ids in found.sequences.values()]
    return Answer(routes, first_s, found.report.engine)


def solve_stated(stated: Stated, task: Task, engine: Engine = "auto") -> Answer:
    """Plan a problem in the engine's own words; first_s is its first plan with any job in it."""
    found, first_s = _plan(
        stated.problem, stated.weights, task, engine, most_unserved=stated.size - 1
    )
    return Answer([], first_s, found.report.engine, found)


def _plan(
    problem: Problem, weights: Weights, task: Task, engine: Engine, most_unserved: int = 0
) -> tuple[Solution, float | None]:
    first_s: float | None = None

    def listen(progress: Progress) -> None:
        nonlocal first_s
        if first_s is None and progress.unserved <= most_unserved:
            first_s = task.elapsed

    settings = SearchSettings(task.seconds, task.seed, weights, engine=engine, cores=task.cores)
    return solve_in_process(problem, settings, on_progress=listen), first_s


def problem_of(instance: Instance) -> Problem:
    """The instance as the engine is asked: metres for its distances, one micro each."""
    opens, closes = (
        (0, MAX_TIME_S) if instance.windows is None else map(int, instance.windows[DEPOT])
    )
    shift: dict[str, Any] = {
        "vehicle_kind": KIND,
        "start_s": opens,
        "end_s": closes,
        "start_place": DEPOT,
        "end_place": DEPOT,
        "capacity": {LOAD: instance.capacity},
        "fixed_cost": instance.vehicle_price,
        "cost_per_m": 1,
    }
    shifts = tuple(Shift(id=f"v{number}", **shift) for number in range(instance.fleet))
    paired = {node for pair in instance.pairs for node in pair}
    jobs = tuple(_job(instance, node, node in paired) for node in range(1, instance.size + 1))
    ways = {KIND: matrix(instance.durations, instance.distances)}
    rules: dict[str, Any] = {}
    if instance.pairs:
        rules["pairs"] = tuple(
            Pair(str(pickup), str(delivery), {LOAD: int(instance.demands[pickup])})
            for pickup, delivery in instance.pairs
        )
    return Problem(jobs=jobs, shifts=shifts, matrices=ways, **rules)


def _job(instance: Instance, node: int, paired: bool) -> Job:
    windows: tuple[TimeWindow, ...] = ()
    if instance.windows is not None:
        earliest, latest = map(int, instance.windows[node])
        windows = (TimeWindow(earliest, latest),)
    return Job(
        id=str(node),
        place=node,
        service_s=int(instance.services[node]),
        load={} if paired else {LOAD: int(instance.demands[node])},
        windows=windows,
    )
