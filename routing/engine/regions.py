"""Cuts big problems into parts of a size that OR-Tools plans well, sharing the fleet between the parts."""

from collections.abc import Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from routing.engine.fit import job_violations
from routing.engine.problem import UNREACHABLE, Job, Problem, Shift

REGION_STOPS = 110
"""Stops in one model; 100 to 120 gave the best plans of 2,000 stops (measured 2026-11: 321k -> 283k)."""
LANDMARKS = 24

Points = npt.NDArray[np.float64]


def lay_out(problem: Problem, places: Sequence[int]) -> Points:
    """Plane coordinates, (places, 2) float64 seconds, in which near places are near by road.

    Travel times to and from a few far-apart landmarks, reduced to their two main axes.
    """
    kinds = [shift.vehicle_kind for shift in problem.shifts]
    m = problem.matrices[max(sorted(set(kinds)), key=kinds.count)].durations_s
    index = np.asarray(places, dtype=np.int64)
    limit = max(int(m.max()), 1)

    def between(landmark: int) -> Points:
        there, back = m[index, landmark], m[landmark, index]
        return (
            np.where(there == UNREACHABLE, limit, there)
            + np.where(back == UNREACHABLE, limit, back)
        ) / 2

    columns = [between(problem.shifts[0].start_place)]
    nearest = columns[0]
    for _ in range(min(LANDMARKS, len(index)) - 1):
        columns.append(between(int(index[int(np.argmax(nearest))])))
        nearest = np.minimum(nearest, columns[-1])
    features = np.column_stack(columns)
    features -= features.mean(axis=0)
    _, _, axes = np.linalg.svd(features, full_matrices=False)
    # In whole seconds: the last digits, which differ from processor to processor, must not decide between equal distances.
    plane = np.rint(features @ axes[:2].T)
    return plane if plane.shape[1] == 2 else np.column_stack([plane, np.zeros(len(index))])


def cut(points: Points, size: int, random: Random) -> list[list[int]]:
    """Row numbers in compact parts of about `size`; the seed turns the first cut."""
    parts = max(1, -(-len(points) // size))
    turn = random.random() * np.pi
    turned = points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return _bisect(turned, np.arange(len(points)), parts)


def _bisect(points: Points, rows: npt.NDArray[np.int64], parts: int) -> list[list[int]]:
    if parts <= 1 or len(rows) < 2:
        return [rows.tolist()]
    here = points[rows]
    axis = int(np.argmax(here.max(axis=0) - here.min(axis=0)))
    left_parts = parts // 2
    order = rows[np.argsort(here[:, axis], kind="stable")]
    middle = len(rows) * left_parts // parts
    return _bisect(points, order[:middle], left_parts) + _bisect(
        points, order[middle:], parts - left_parts
    )


def share_shifts(
    jobs_by_region: Sequence[Sequence[Job]], shifts: Sequence[Shift]
) -> list[list[Shift]]:
    """Shifts by region: each goes where most of the work it may do is not yet covered; pinned work first."""
    shares: list[list[Shift]] = [[] for _ in jobs_by_region]
    total_s = sum(_length(shift) for shift in shifts) or 1
    jobs_total = sum(len(jobs) for jobs in jobs_by_region) or 1
    target = [total_s * len(jobs) / jobs_total for jobs in jobs_by_region]
    kinds: dict[tuple[object, ...], list[float]] = {}
    pins = [{job.pinned_shift for job in jobs} for jobs in jobs_by_region]
    for shift in sorted(shifts, key=lambda s: (-_length(s), s.id)):
        key = (shift.vehicle_kind, shift.skills)
        if key not in kinds:
            kinds[key] = [
                sum(not job_violations(shift, job) for job in jobs) / max(1, len(jobs))
                for jobs in jobs_by_region
            ]
        fits = kinds[key]
        best = max(
            range(len(shares)), key=lambda r: (shift.id in pins[r], target[r] * (0.2 + fits[r]), -r)
        )
        shares[best].append(shift)
        target[best] -= _length(shift)
    return shares


def _length(shift: Shift) -> int:
    length = shift.end_s - shift.start_s
    return length if shift.max_duration_s is None else min(length, shift.max_duration_s)
