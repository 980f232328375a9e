"""Makes the arrays of the kernel from jobs and shifts of a problem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.engine.fit import job_violations
from routing.engine.problem import Job, Problem, Shift, Weights, rates
from routing.engine.proposers.ruin.arcs import (
    LARGEST_ARC,
    charge_changes,
    column,
    ends_of,
    priced,
    prices,
    travels,
)
from routing.engine.proposers.ruin.kernel.data import FAR, NONE, Data
from routing.engine.proposers.ruin.nearness import beside, nearness_of

Columns = dict[str, Any]
"""Arrays by the name of their field in `Data`."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A problem as the kernel reads it."""

    data: Data
    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    """By class."""
    prefix: Mapping[str, Sequence[str]]
    unit: int
    """Micros in one unit of the kernel's cost."""
    arc_price: float
    """Mean price of an arc to the 20 nearest, in units of cost."""


def tables_of(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]
) -> Tables:
    """The arrays of the kernel for these jobs and shifts of the problem."""
    classes = _classes(weights, jobs, shifts)
    first = [alike[0] for alike in classes]
    windows = [_windows(problem, job) for job in jobs]
    ways = _ways_of(problem, weights, jobs, first, windows)
    of_jobs = _job_columns(problem, weights, jobs, ways.unit)
    of_shifts = _shift_columns(problem, weights, jobs, first, ways.unit)
    of_soft = _soft_columns(weights, jobs, ways.unit)
    data = Data(
        **of_shifts,
        **of_jobs,
        **of_soft,
        **_window_columns(windows),
        **ways.columns,
        class_of=column(k for k, alike in enumerate(classes) for _ in alike),
        has_mixed_loads=bool(of_jobs["pickup"].any() or of_jobs["pair_load"].any()),
        has_pairs=bool((of_jobs["partner"] != NONE).any()),
        has_soft=bool(len(of_soft["soft_opens"])),
        is_timed=_is_timed(of_shifts, of_soft),
    )
    here = {job.id for job in jobs}
    prefix = {
        shift.id: [one for one in shift.prefix if one in here] for shift in shifts if shift.prefix
    }
    ordered = [shift for alike in classes for shift in alike]
    return Tables(data, jobs, ordered, prefix, ways.unit, ways.arc_price)


@dataclass(frozen=True, slots=True)
class _Ways:
    """What lies between the jobs."""

    columns: Columns
    unit: int
    """Micros in one unit of the kernel's cost, so that the dearest arc fits."""
    arc_price: float
    """As in `Tables`."""


def _ways_of(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    first: Sequence[Shift],
    windows: Sequence[Sequence[tuple[int, int]]],
) -> _Ways:
    """Matrices for shifts whose arcs differ, and who is near whom. first: the first shift of each class."""
    kinds = {priced(shift, weights): shift for shift in first}
    seconds = [travels(problem, jobs, shift) for shift in kinds.values()]
    plain = [
        prices(problem, weights, jobs, shift, travel)
        for shift, travel in zip(kinds.values(), seconds, strict=True)
    ]
    nearness = nearness_of(seconds[0], plain[0])
    micros = [charge_changes(cells, weights, jobs) for cells in plain]
    unit = max(1, -(-int(max(cells.max() for cells in micros)) // LARGEST_ARC))
    row = {key: number for number, key in enumerate(kinds)}
    columns: Columns = {
        "travel": np.stack(seconds).astype(np.int32),
        "price": np.stack([cells // unit for cells in micros]).astype(np.int32),
        "matrix_of": column(row[priced(shift, weights)] for shift in first),
        "near": nearness.near,
        "beside": beside(nearness.price, seconds[0], windows),
    }
    return _Ways(columns, unit, nearness.arc_price / unit)


def _is_timed(of_shifts: Columns, of_soft: Columns) -> bool:
    return bool(
        of_shifts["second_price"].any()
        or of_shifts["overtime_price"].any()
        or len(of_soft["soft_opens"])
        or (of_shifts["max_duration"] < FAR).any()
    )


# The shifts


def _classes(weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]) -> list[list[Shift]]:
    """Shifts that differ in nothing that counts, together."""
    named = {job.pinned_shift for job in jobs}
    named |= {one for job in jobs for one in job.forbidden_shifts}
    named |= {one for job in jobs for one in job.shift_costs}
    if weights.changed_shift:
        named |= {job.published.shift_id for job in jobs if job.published is not None}
    groups: dict[tuple[object, ...], list[Shift]] = {}
    for shift in shifts:
        key = (
            priced(shift, weights), shift.start_place, shift.end_place, shift.start_s, _end(shift),
            shift.latest_start_s, shift.overtime_s, shift.overtime_cost_per_s, shift.fixed_cost,
            shift.max_duration_s, shift.max_stops, tuple(sorted(shift.capacity.items())),
            tuple(sorted(shift.start_load.items())), shift.skills,
            shift.id if shift.id in named or shift.prefix else None,
        )  # fmt: skip
        groups.setdefault(key, []).append(shift)
    return list(groups.values())


def _end(shift: Shift) -> int:
    """End of the shift, breaks taken off that lie inside it whenever the route ends."""
    rests = sum(
        rest.duration_s
        for rest in shift.breaks
        if rest.earliest_s > shift.start_s and rest.latest_s + rest.duration_s < shift.end_s
    )
    return max(shift.start_s, shift.end_s - rests)


def _shift_columns(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift], unit: int
) -> Columns:
    """One row for each of these shifts, the first of its class."""
    ends = [ends_of(problem, weights, jobs, shift) for shift in shifts]
    surcharge = problem.vehicle_surcharge(weights)
    return {
        "out_s": np.stack([one.out_s for one in ends]),
        "out_cost": np.stack([one.out_cost for one in ends]) // unit,
        "home_s": np.stack([one.home_s for one in ends]),
        "home_cost": np.stack([one.home_cost for one in ends]) // unit,
        "start_s": column(shift.start_s for shift in shifts),
        "latest_start_s": column(_or(shift.latest_start_s, shift.end_s) for shift in shifts),
        "end_s": column(_end(shift) + shift.overtime_s for shift in shifts),
        "overtime_from": column(_end(shift) for shift in shifts),
        "overtime_price": column(shift.overtime_cost_per_s // unit for shift in shifts),
        "fixed": column((shift.fixed_cost + surcharge) // unit for shift in shifts),
        "second_price": column(shift.cost_per_s // unit for shift in shifts),
        "max_duration": column(_or(shift.max_duration_s, FAR) for shift in shifts),
        "max_stops": column(_or(shift.max_stops, len(jobs)) for shift in shifts),
        "capacity": _capacity(problem, shifts),
        "fits": np.stack([_fits(jobs, shift) for shift in shifts]),
        "extra": np.stack([_extras(weights, jobs, shift) for shift in shifts]) // unit,
    }


def _or(limit: int | None, otherwise: int) -> int:
    return otherwise if limit is None else limit


def _capacity(problem: Problem, shifts: Sequence[Shift]) -> npt.NDArray[np.int64]:
    """(k, d) what the start load leaves."""
    dims = problem.dimensions
    cells = [
        [shift.capacity.get(name, FAR) - shift.start_load.get(name, 0) for name in dims]
        for shift in shifts
    ]
    return np.array(cells, dtype=np.int64).reshape(len(shifts), len(dims))


def _fits(jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.bool_]:
    known: dict[tuple[object, ...], bool] = {}
    found = np.zeros(len(jobs), dtype=np.bool_)
    for i, job in enumerate(jobs):
        key = (job.skills, job.vehicle_kinds, job.pinned_shift, job.forbidden_shifts)
        if key not in known:
            known[key] = not job_violations(shift, job)
        found[i] = known[key]
    return found


def _extras(weights: Weights, jobs: Sequence[Job], shift: Shift) -> npt.NDArray[np.int64]:
    """(n,) micros for serving the job on this shift, wherever."""
    moved = [job.published is not None and job.published.shift_id != shift.id for job in jobs]
    extra = column(job.shift_costs.get(shift.id, 0) for job in jobs)
    return extra + np.where(moved, weights.changed_shift, 0)


# The jobs


def _job_columns(problem: Problem, weights: Weights, jobs: Sequence[Job], unit: int) -> Columns:
    """What a job weighs and is worth, alone and in its pair."""
    n, dims = len(jobs), problem.dimensions
    index = {job.id: i for i, job in enumerate(jobs)}
    partner = np.full(n, NONE, dtype=np.int64)
    is_pickup = np.zeros(n, dtype=np.bool_)
    pair_load = np.zeros((n, len(dims)), dtype=np.int64)
    penalty = column(problem.penalty(job, weights) // unit for job in jobs)
    for pair in problem.pairs:
        if pair.pickup in index and pair.delivery in index:
            a, b = index[pair.pickup], index[pair.delivery]
            partner[a], partner[b] = b, a
            is_pickup[a] = True
            amounts = [pair.load.get(name, 0) for name in dims]
            pair_load[a], pair_load[b] = amounts, [-amount for amount in amounts]
            penalty[a] += penalty[b]
            penalty[b] = 0
    return {
        "load": _loads([job.load for job in jobs], problem),
        "pickup": _loads([job.pickup for job in jobs], problem),
        "pair_load": pair_load,
        "partner": partner,
        "is_pickup": is_pickup,
        "penalty": penalty,
    }


def _loads(amounts: Sequence[Mapping[str, int]], problem: Problem) -> npt.NDArray[np.int64]:
    """(n, d)"""
    dims = problem.dimensions
    cells = [[one.get(name, 0) for name in dims] for one in amounts]
    return np.array(cells, dtype=np.int64).reshape(len(amounts), len(dims))


def _windows(problem: Problem, job: Job) -> list[tuple[int, int]]:
    """Sorted, merged; the whole horizon when there are none."""
    merged: list[tuple[int, int]] = []
    for window in sorted(job.windows, key=lambda w: w.start_s):
        if merged and window.start_s <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], window.end_s))
        else:
            merged.append((window.start_s, window.end_s))
    return merged or [(0, problem.horizon_s)]


def _window_columns(windows: Sequence[Sequence[tuple[int, int]]]) -> Columns:
    """The windows of all jobs, one behind the other."""
    return {
        "window_at": _starts(len(found) for found in windows),
        "opens": column(a for found in windows for a, _ in found),
        "closes": column(b for found in windows for _, b in found),
    }


def _soft_columns(weights: Weights, jobs: Sequence[Job], unit: int) -> Columns:
    """The soft windows of all jobs, one behind the other."""
    windows = [window for job in jobs for window in job.soft_windows]
    return {
        "soft_at": _starts(len(job.soft_windows) for job in jobs),
        "soft_opens": column(window.start_s for window in windows),
        "soft_closes": column(window.end_s for window in windows),
        "early_price": column(rates(window, weights)[1] // unit for window in windows),
        "late_price": column(rates(window, weights)[0] // unit for window in windows),
    }


def _starts(counts: Iterable[int]) -> npt.NDArray[np.int64]:
    """(n + 1,) where each one's share of a column begins."""
    return np.concatenate([[0], np.cumsum(column(counts))]).astype(np.int64)
