"""Reasons of plans in the benchmark are put to the proof."""

from dataclasses import replace

import pytest

from bench.solver.proofs import objections, unproven
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


def test_what_is_said_to_help_is_checked_too_with_the_plan_that_it_makes() -> None:
    # a needs a wider window. Its proof says nothing of b, which van-2 reaches after its window.
    a = world.job("a", 10, windows=(TimeWindow(0, 5 * MINUTE),), pinned_shift="van-1")
    b = world.job("b", 9, windows=(TimeWindow(0, MINUTE),), pinned_shift="van-2")
    case = stated([a, b], [world.shift(), world.shift("van-2")])
    solution = solve(case.problem, seconds=0.2)
    left_out = next(one for one in solution.unserved if one.job_id == "a")
    assert objections(case, solution, left_out) == []
    late = world.plan(case.problem, {"van-2": ["b"]})
    broken = replace(solution, routes=late.routes, unserved=(left_out,))
    assert objections(case, broken, left_out) == ["outside_window"]
    assert unproven(case, broken) == ["widen_window:outside_window"]
