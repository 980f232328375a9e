"""What a search cannot keep to is refused in one sentence; what is odd but possible gets a plan and reasons."""

from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.limits import SearchSettings
from routing.engine.problem import RELOAD, InvalidProblem, Problem, Weights
from routing.engine.process import solve_in_process
from routing.engine.solve import solve
from tests.routing.engine.world import job, problem, shift

STREET = [job("a", 1), job("b", 2), job("c", 3)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"seconds": -1}, "The seconds to search must be a number from 0"),
        ({"seconds": float("nan")}, "not nan"),
        ({"seconds": float("inf")}, "not inf"),
        ({"seconds": "5"}, "not '5'"),
        ({"seconds": True}, "not True"),
        ({"seconds": None}, "not None"),
        ({"iterations": 0}, "The iterations must be a whole number from 1"),
        ({"iterations": 1.5}, "not 1.5"),
        ({"cores": 0}, "The cores must be a whole number from 1 to 64, not 0"),
        ({"cores": 65}, "not 65"),
        ({"cores": "2"}, "not '2'"),
        ({"seed": -1}, "The seed must be a whole number from 0"),
        ({"seed": 2**31}, "not 2147483648"),
        ({"seed": None}, "not None"),
        ({"engine": "vroom"}, "The engine must be auto or ortools, not 'vroom'"),
    ],
)
def test_what_no_search_can_keep_to_is_refused(asked: dict[str, Any], said: str) -> None:
    settings: dict[str, Any] = {"seconds": 1} | asked
    with pytest.raises(InvalidProblem, match=said):
        solve(problem(STREET), **settings)
    with pytest.raises(InvalidProblem, match=said) as refusal:
        SearchSettings(**settings)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_weights_that_overflow_are_refused_before_a_process_is_started() -> None:
    of = problem([job(str(n), priority=99) for n in range(12)])
    with pytest.raises(InvalidProblem, match="beyond 64 bits"):
        solve_in_process(of, SearchSettings(5, weights=Weights(unserved=10**15)))


ODD: dict[str, Problem] = {
    "nothing at all": Problem((), (), {}),
    "no jobs": problem([]),
    "no shifts": problem(STREET, [], van=problem([]).matrices["van"]),
    "one job": problem([job()]),
    "a shift of no time": problem(STREET, [shift(start_s=5, end_s=5)]),
    "a shift for no stop": problem(STREET, [shift(max_stops=0)]),
    "1,000 shifts for 3 jobs": problem(STREET, [shift(str(n)) for n in range(1_000)]),
}


@pytest.mark.parametrize("seconds", [0, 0.01, 0.3])
@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_gets_a_plan_and_reasons(name: str, seconds: float) -> None:
    of = ODD[name]
    plan = solve(of, seconds=seconds)
    assert check(of, plan) == ()
    assert all(left_out.reasons for left_out in plan.unserved)
    can_serve = any(van.max_stops != 0 and van.end_s > van.start_s for van in of.shifts)
    assert len(plan.unserved) == (0 if can_serve else len(of.jobs))


def test_a_plan_to_start_from_may_name_jobs_twice_and_jobs_and_shifts_that_are_gone() -> None:
    of = problem(STREET, [shift("van-1", max_trips=2), shift("van-2")])
    odd = {
        "gone": ["c"],
        "van-1": ["a", "a", RELOAD, RELOAD, "a", "gone"],
        "van-2": ["a", "b", "b"],
    }
    plan = solve(of, seconds=0, warm_start=odd)
    assert check(of, plan) == ()
    assert not plan.unserved
