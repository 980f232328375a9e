"""Runs a solve in a process of its own: OR-Tools holds the interpreter's lock, and a search must never take the caller along.

The child has a hard wall clock, a memory limit and a lower priority; it is gone when this call returns or raises. A problem
too big for one search is cut here and its parts are searched by as many children as there are cores, so that no process but
the caller's ever holds the whole.
"""

import os
from collections.abc import Callable
from dataclasses import replace

from routing.engine import rounds
from routing.engine.child import (
    MEMORY_MB,
    Child,
    Request,
    SolveFailed,
    SolverCancelled,
    SolverCrashed,
    SolverTimedOut,
    Telling,
)
from routing.engine.crew import Crew
from routing.engine.limits import SearchSettings
from routing.engine.problem import Problem
from routing.engine.run import OnProgress, WarmStart
from routing.engine.solution import Solution

__all__ = [
    "SolveFailed",
    "SolverCancelled",
    "SolverCrashed",
    "SolverTimedOut",
    "available_cores",
    "solve_in_process",
]

MOST_CORES = 4
"""More threads would search the same plans."""


def solve_in_process(
    problem: Problem,
    settings: SearchSettings,
    *,
    warm_start: WarmStart | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    memory_mb: int = MEMORY_MB,
) -> Solution:
    """As solve.solve, in a process of its own.

    Parameters
    ----------
    settings
        No cores: as many as this process may use, MOST_CORES at most.
    on_progress
        Called in this thread at each better plan and at least every second. What it raises ends the search and rises.
    is_cancelled
        Asked ten times a second; True ends the search at once.
    memory_mb
        Limit of the child's address space.

    Raises
    ------
    SolverTimedOut
        No answer after twice `seconds` and 5 s more, counted from when the child is ready to search.
    SolverCancelled
        `is_cancelled` said so.
    SolverCrashed
        The process ended without an answer; the message holds the end of what it printed.
    InvalidProblem
        As `solve`, before a process is started.
    """
    problem.check_weights(settings.weights)
    cores = settings.cores or min(MOST_CORES, available_cores())
    if len(problem.jobs) > rounds.WHOLE_UP_TO:
        telling = Telling(on_progress)
        count = cores if settings.iterations is None else 1
        with Crew(count, memory_mb, is_cancelled, telling.again) as crew:
            return rounds.solve_in_parts(
                problem, settings, solve_parts=crew.solve, at_once=lambda: count,
                warm_start=warm_start, on_progress=telling.tell,
            )  # fmt: skip
    warm = warm_start.sequences if isinstance(warm_start, Solution) else warm_start
    request = Request(problem, replace(settings, cores=cores), warm, memory_mb)
    with Child() as child:
        return child.ask(request, on_progress, is_cancelled)


def available_cores() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
