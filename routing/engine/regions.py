"""The plane in which regions are cut, and how many stops one has."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from routing.engine.problem import UNREACHABLE, Problem

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
