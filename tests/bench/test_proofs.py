"""Reasons of plans in the benchmark are put to the proof."""

import pytest

from bench.solver.proofs import unproven
from bench.solver.stated import Stated
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Shift, TimeWindow
from routing.engine.solve import solve
from tests.routing.engine import world
from tests.routing.engine.world import MINUTE


def stated(jobs: list[Job], shifts: list[Shift] | None = None) -> Stated:
    return Stated("street", "made", world.problem(jobs, shifts), DEFAULT_WEIGHTS)


@pytest.mark.parametrize(
    "case",
    [
        stated([world.job("a", 10, windows=(TimeWindow(0, 5 * MINUTE),))]),
        stated([world.job("a", 1, load={"count": 9})], [world.shift(capacity={"count": 4})]),
        stated([world.job("a", 1, skills=frozenset({"cold_box"}))]),
        stated([world.job("a", 9, penalty=1)]),
        stated(
            [world.job("a", 1, load={"count": 3}), world.job("b", 2, load={"count": 3})],
            [world.shift(capacity={"count": 4})],
        ),
    ],
    ids=["window", "size", "skill", "not worth it", "full"],
)
def test_what_the_engine_says_is_proven(case: Stated) -> None:
    solution = solve(case.problem, seconds=0.2)
    assert len(solution.unserved) == 1
    assert unproven(case, solution) == []
