"""Travel between all places by vehicle kind, as arrays, and which arrays are refused."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.problem.ranges import (
    MAX_DISTANCE_M,
    MAX_TIME_S,
    InvalidProblem,
    check_whole,
)

UNREACHABLE = -1
"""A matrix cell with this value says that no road leads from the row's place to the column's place."""

IntMatrix = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Travel between all places for one vehicle kind; never mirrored, roads are asymmetric."""

    durations_s: IntMatrix
    """(n, n) int64, row from, column to, seconds, UNREACHABLE where no road leads."""
    distances_m: IntMatrix
    """(n, n) int64, row from, column to, metres, UNREACHABLE in the same cells."""
    by_period: tuple[tuple[int, IntMatrix], ...] = ()
    """(from_s, durations_s) by rising from_s: travel that departs at from_s or later takes these; before, durations_s."""


def matrix(durations_s: object, distances_m: object) -> Matrix:
    """Make a Matrix from whole numbers; refuses fractions and missing cells."""
    return Matrix(_whole("durations", durations_s), _whole("distances", distances_m))


def _whole(what: str, cells: object) -> IntMatrix:
    try:
        array = np.asarray(cells)
    except ValueError:
        raise InvalidProblem(f"The {what} must have rows of the same length.") from None
    if array.dtype == object or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        raise InvalidProblem(
            f"The {what} have missing cells: mark a pair without a road as {UNREACHABLE}."
        )
    if array.dtype.kind not in "iu":
        raise InvalidProblem(f"The {what} must be whole numbers: round them up first.")
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InvalidProblem(f"The {what} have cells beyond 64 bits: check their unit.")
    return array.astype(np.int64)


def at_speed(durations_s: IntMatrix, speed_percent: int) -> IntMatrix:
    """The same seconds at another speed, rounded up; UNREACHABLE stays."""
    if speed_percent == 100:
        return durations_s
    slower: IntMatrix = -(-durations_s * 100 // speed_percent)
    return np.where(durations_s == UNREACHABLE, UNREACHABLE, slower)


def check_matrices(matrices: Mapping[str, Matrix]) -> None:
    """Refuse arrays that are not square, whole, in range, over the same places, and agreed on where roads lead."""
    sizes = set()
    for kind, m in matrices.items():
        _check_cells(f"durations for {kind}", m.durations_s, MAX_TIME_S)
        _check_cells(f"distances for {kind}", m.distances_m, MAX_DISTANCE_M)
        _check_periods(kind, m)
        if not np.array_equal(m.durations_s == UNREACHABLE, m.distances_m == UNREACHABLE):
            raise InvalidProblem(
                f"Durations and distances for {kind} disagree on which pairs no road connects: ask again."
            )
        sizes.add(len(m.durations_s))
    if len(sizes) > 1:
        raise InvalidProblem(
            "All matrices must be over the same places: ask for them with the same list of points."
        )


def _check_cells(what: str, cells: IntMatrix, limit: int) -> None:
    if not isinstance(cells, np.ndarray) or cells.ndim != 2 or cells.shape[0] != cells.shape[1]:
        raise InvalidProblem(
            f"The {what} must be a square array: one row and one column per place."
        )
    if cells.dtype != np.int64:
        raise InvalidProblem(
            f"The {what} must be 64-bit whole numbers: build them with `matrix()`."
        )
    if cells.size and (cells.min() < UNREACHABLE or cells.max() > limit):
        raise InvalidProblem(
            f"The {what} must lie between 0 and {limit}, or be {UNREACHABLE} where no road leads."
        )


def _check_periods(kind: str, m: Matrix) -> None:
    last = -1
    for from_s, cells in m.by_period:
        check_whole(f"The matrix for {kind}", "start of a period", from_s, last + 1, MAX_TIME_S)
        last = from_s
        what = f"durations for {kind} from {from_s} s on"
        _check_cells(what, cells, MAX_TIME_S)
        if cells.shape != m.durations_s.shape:
            raise InvalidProblem(f"The {what} must have the shape of the others.")
        if not np.array_equal(cells == UNREACHABLE, m.durations_s == UNREACHABLE):
            raise InvalidProblem(f"The {what} disagree on which pairs no road connects: ask again.")
