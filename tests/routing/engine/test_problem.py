"""Bad input is refused when the problem is built, in one sentence that says what to do."""

from collections.abc import Callable

import numpy as np
import pytest

from routing.engine.problem import UNREACHABLE, InvalidProblem, Matrix, Problem, TimeWindow, matrix
from tests.routing.engine.world import job, problem, shift, street


def cells(*changes: tuple[int, int, int]) -> np.ndarray:
    made = street().durations_s.copy()
    for row, column, value in changes:
        made[row, column] = value
    return made


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "negative service": (lambda: problem([job(service_s=-1)]), "service time must lie between"),
    "negative load": (lambda: problem([job(load={"weight_g": -1})]), "load weight_g must lie between"),
    "fraction": (lambda: problem([job(service_s=1.5)]), "must be a whole number"),
    "reversed window": (lambda: problem([job(windows=(TimeWindow(9, 8),))]), "ends before it starts"),
    "place outside": (lambda: problem([job(place=11)]), "place must lie between 0 and 10"),
    "same job twice": (lambda: problem([job(), job()]), "appears twice"),
    "same shift twice": (lambda: problem([], [shift(), shift()]), "appears twice"),
    "pinned to nothing": (lambda: problem([job(pinned_shift="x")]), "unpin it or add the shift"),
    "reversed shift": (lambda: problem([], [shift(start_s=5, end_s=4)]), "ends before it starts"),
    "latest start after end": (lambda: problem([], [shift(latest_start_s=10**6)]), "latest start must lie"),
    "no matrix": (lambda: Problem((), (shift(),), {"bicycle": street()}), "give a travel matrix"),
    "overflow": (lambda: problem([job(str(n), penalty=10**15) for n in range(2000)]), "add up beyond 64 bits"),
    "time beyond the axis": (lambda: problem([job(windows=(TimeWindow(0, 10**9),))]), "must lie between"),
    "missing cell": (lambda: matrix(np.array([[0.0, np.nan], [1.0, 0.0]]), np.zeros((2, 2), int)), "missing cells"),
    "none cell": (lambda: matrix([[0, None], [1, 0]], [[0, 1], [1, 0]]), "missing cells"),
    "fraction of a second": (lambda: matrix([[0, 1.5], [1, 0]], [[0, 1], [1, 0]]), "round them up"),
    "negative cell": (lambda: problem([], van=Matrix(cells((0, 1, -2)), street().distances_m)), "between 0 and"),
    "huge cell": (lambda: problem([], van=Matrix(cells((0, 1, 10**9)), street().distances_m)), "between 0 and"),
    "road in one matrix only": (
        lambda: problem([], van=Matrix(cells((0, 1, UNREACHABLE)), street().distances_m)), "disagree"
    ),
    "not square": (lambda: problem([], van=Matrix(np.zeros((2, 3), np.int64), np.zeros((2, 3), np.int64))), "square"),
    "other sizes": (
        lambda: Problem((), (), {"van": street(), "bicycle": street(places=3)}), "over the same places"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_in_one_sentence(name: str) -> None:
    build, said = REFUSED[name]
    with pytest.raises(InvalidProblem, match=said) as refusal:
        build()
    assert "\n" not in str(refusal.value)


def test_a_pair_without_a_road_is_no_error() -> None:
    m = Matrix(
        cells((0, 1, UNREACHABLE)),
        np.where(cells((0, 1, UNREACHABLE)) < 0, UNREACHABLE, street().distances_m),
    )
    assert problem([], van=m).place_count == 11
