"""Reasons are put to the proof: the engine's hold, and one made up does not."""

from dataclasses import replace

import pytest

from bench.solver.proofs import is_proven, unproven
from bench.solver.stated import Stated
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, TimeWindow
from routing.engine.solution import Reason, Unserved
from routing.engine.solve import solve
from tests.routing.engine import world
from tests.routing.engine.world import MINUTE


def stated(jobs: list[Job], shifts: list[Shift] | None = None) -> Stated:
    return Stated("street", "made", world.problem(jobs, shifts), DEFAULT_WEIGHTS)


def late(minutes: int) -> Problem:
    """Place 10 is ten minutes away; its window closes so many minutes after the shift begins."""
    return world.problem([world.job("a", 10, windows=(TimeWindow(0, minutes * MINUTE),))])


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


def test_help_that_does_not_help_is_found_out() -> None:
    case = Stated("street", "made", late(5), DEFAULT_WEIGHTS)
    # Reached after 10 minutes, open until 5: five minutes more are needed, four do not do.
    said = Unserved("a", (Reason("too_far", "van-1"),), Reason("widen_window", None, {"by_min": 5}))
    assert is_proven(case, {}, said)
    too_little = replace(said, action=Reason("widen_window", None, {"by_min": 4}))
    assert not is_proven(case, {}, too_little)


def test_a_job_that_had_a_place_all_along_has_no_true_reason() -> None:
    case = Stated("street", "made", late(10), DEFAULT_WEIGHTS)
    said = Unserved("a", (Reason("too_far", "van-1"),), Reason("widen_window", None, {"by_min": 5}))
    assert not is_proven(case, {}, said)


def test_a_job_left_out_without_a_word_is_not_proven() -> None:
    case = Stated("street", "made", late(5), DEFAULT_WEIGHTS)
    assert not is_proven(case, {}, Unserved("a", ()))
