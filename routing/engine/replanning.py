"""A plan made from a plan: with one thing different (what if), or again while people follow it."""

from dataclasses import dataclass, replace
from typing import Protocol

from routing.engine.differences import Difference, diff, where_of
from routing.engine.limits import SearchSettings
from routing.engine.problem import Problem, Published, Shift, TimeWindow
from routing.engine.run import WarmStart
from routing.engine.solution import Solution
from routing.engine.solve import solve_here

CHANGED_SHIFT = 2_000_000
"""Micros for a stop that changes the courier in `reoptimize`, when the weights say nothing: about 5 minutes of a courier (own choice, 2026-11)."""
CHANGED_ORDER = 200_000
"""Micros for a stop that follows another one than before; a tenth of that (own choice, 2026-11)."""


class Solver(Protocol):
    """Plans a problem: `solve.solve_here`, or as it."""

    def __call__(
        self, problem: Problem, settings: SearchSettings, /, *, warm_start: WarmStart | None = None
    ) -> Solution: ...


@dataclass(frozen=True, slots=True)
class ShiftMissing:
    """A courier is ill."""

    shift_id: str


@dataclass(frozen=True, slots=True)
class MoreShifts:
    """So many shifts more, each like one that there is; their ids are `<like> +1`, `<like> +2`, ..."""

    like: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class OtherWindows:
    """A job with other hard windows."""

    job_id: str
    windows: tuple[TimeWindow, ...]


Change = ShiftMissing | MoreShifts | OtherWindows


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer to a what-if."""

    problem: Problem
    """The problem with the change."""
    solution: Solution
    difference: Difference
    """Against the plan that was asked about."""


def changed(problem: Problem, change: Change) -> Problem:
    """The problem with the change. Raises InvalidProblem when it contradicts itself then, KeyError for an unknown id."""
    if isinstance(change, ShiftMissing):
        _ = problem.shift_by_id[change.shift_id]
        shifts = tuple(one for one in problem.shifts if one.id != change.shift_id)
        # What was pinned to the missing shift may ride elsewhere: that is the question.
        jobs = tuple(
            replace(job, pinned_shift=None) if job.pinned_shift == change.shift_id else job
            for job in problem.jobs
        )
        return replace(problem, jobs=jobs, shifts=shifts)
    if isinstance(change, MoreShifts):
        like = problem.shift_by_id[change.like]
        # As it leaves the hub: nothing begun, nothing aboard.
        fresh = [
            replace(like, id=f"{like.id} +{number}", prefix=(), start_load={}, must_drive=False)
            for number in range(1, change.count + 1)
        ]
        return replace(problem, shifts=(*problem.shifts, *fresh))
    job = replace(problem.job_by_id[change.job_id], windows=change.windows)
    jobs = tuple(job if one.id == job.id else one for one in problem.jobs)
    return replace(problem, jobs=jobs)


def what_if(
    problem: Problem,
    solution: Solution,
    change: Change,
    settings: SearchSettings,
    *,
    solver: Solver = solve_here,
) -> WhatIf:
    """Plan the changed problem from the plan there is, and say how the two plans differ.

    solver: `solve_here`, or `process.solve_in_process` where the caller must stay responsive.
    """
    other = changed(problem, change)
    known = {shift.id for shift in other.shifts}
    warm = {
        shift_id: sequence for shift_id, sequence in solution.sequences.items() if shift_id in known
    }
    found = solver(other, settings, warm_start=warm)
    return WhatIf(other, found, diff(solution, found))


def as_published(problem: Problem, solution: Solution) -> Problem:
    """The problem in which changes to this plan have a price, and vans that are on the road drive home in any case."""
    where = where_of(solution)
    jobs = tuple(
        replace(job, published=Published(*where[job.id])) if job.id in where else job
        for job in problem.jobs
    )
    shifts = tuple(_under_way(shift) for shift in problem.shifts)
    return replace(problem, jobs=jobs, shifts=shifts)


def _under_way(shift: Shift) -> Shift:
    return replace(shift, must_drive=True) if shift.prefix and not shift.must_drive else shift


def reoptimize(
    problem: Problem,
    solution: Solution,
    settings: SearchSettings,
    *,
    solver: Solver = solve_here,
) -> Solution:
    """Plan again from a plan that people follow: what changes has to be worth it.

    Each job that changes its shift costs `Weights.changed_shift`, each that follows another job `Weights.changed_order`;
    where both are 0, CHANGED_SHIFT and CHANGED_ORDER. The solver begins with the plan, jobs it does not know yet put in.
    """
    weights = settings.weights
    if not weights.changed_shift and not weights.changed_order:
        weights = replace(weights, changed_shift=CHANGED_SHIFT, changed_order=CHANGED_ORDER)
        settings = replace(settings, weights=weights)
    return solver(as_published(problem, solution), settings, warm_start=solution.sequences)
