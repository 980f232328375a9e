"""The lower bound: never above any plan, and tight where a plan can be worked out by hand."""

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from routing.engine.bound import is_worth_its_time, lower_bound
from routing.engine.draft import Draft
from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.solve import solve
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.towns import town
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import job, problem, shift

if TYPE_CHECKING:
    from routing.engine.run import Progress


def bound(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> int:
    return lower_bound(of, weights, Draft(of, weights).open_jobs)


@pytest.mark.parametrize("seed", range(24))
def test_no_plan_of_a_wild_day_is_below_it(seed: int) -> None:
    of, weights = wild_day(seed, 12 + seed % 30)
    draft = Draft(of, weights)
    draft.insert_left_out()
    assert lower_bound(of, weights, draft.open_jobs) <= draft.cost()


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_that_a_search_finds_is_below_it(seed: int) -> None:
    of, weights = wild_day(seed + 200, 10)
    assert (
        bound(of, weights) <= solve(of, seconds=0.4, weights=weights, engine="ortools").costs.total
    )


@pytest.mark.parametrize("seed", range(12))
def test_it_is_never_above_the_best_of_all_orders_of_one_van(seed: int) -> None:
    of = town(5, shifts=1, seed=seed, windows=0.0)
    best = min(
        plan_costs(of, routes, set(), DEFAULT_WEIGHTS).total
        for order in permutations([job.id for job in of.jobs])
        for routes in [time_routes(of, {of.shifts[0].id: order}, DEFAULT_WEIGHTS)[0]]
    )
    assert best / 3 < bound(of) <= best


def test_of_one_job_it_is_the_plan() -> None:
    of = problem([job("a", 5)], [shift(fixed_cost=700)])
    assert bound(of) == solve(of, seconds=0.3, engine="ortools").costs.total


def test_a_job_that_no_shift_can_serve_costs_its_penalty() -> None:
    of = problem([job("a", 5, skills=frozenset({"cold"}))])
    assert bound(of) == of.penalty(of.jobs[0], DEFAULT_WEIGHTS)


def test_a_job_that_is_cheaper_to_leave_out_costs_its_penalty() -> None:
    of = problem([job("a", 5, penalty=1)])
    assert bound(of) == 1


def test_loads_ask_for_as_many_vans_as_they_fill() -> None:
    # Three of 6 in vans of 10: no two go together, so three vans leave at 1,000,000 each.
    jobs = [job(name, 5, load={"count": 6}) for name in "abc"]
    vans = [shift(f"v{n}", capacity={"count": 10}, fixed_cost=1_000_000) for n in range(4)]
    of = problem(jobs, vans)
    assert bound(of) == solve(of, seconds=0.5, engine="ortools").costs.total
    assert bound(of) >= 3_000_000


def test_a_trip_drives_to_its_farthest_job_and_back() -> None:
    # Two of 5 at one door fill one van of 10: each brings half of the way, the other half is the other's.
    far = [job(name, 9, load={"count": 5}) for name in "abcd"]
    of = problem(far, [shift(f"v{n}", capacity={"count": 10}) for n in range(2)])
    plan = solve(of, seconds=0.5, engine="ortools").costs.total
    assert 0.99 * plan <= bound(of) <= plan


def test_the_search_and_its_answer_tell_it() -> None:
    of = town(15, shifts=3, seed=2)
    told: list[Progress] = []
    solution = solve(of, seconds=1.0, engine="ortools", on_progress=told.append)
    assert solution.report.lower_bound == bound(of)
    assert {one.lower_bound for one in told} == {bound(of)}
    assert 0 < bound(of) <= solution.costs.total


def test_a_search_without_the_time_for_it_has_none() -> None:
    def is_worth(jobs: int, seconds: float, prices: int = 1) -> bool:
        vans = [shift(f"v{n}", cost_per_s=1 + n % prices) for n in range(40)]
        return is_worth_its_time(problem([job()], vans), DEFAULT_WEIGHTS, jobs, seconds)

    # 1,500 jobs: 2,250,000 cells of 0.4 microseconds are 0.9 s, more than a twentieth of 10 s.
    assert not is_worth(1_500, 10.0)
    assert is_worth(1_500, 20.0)
    assert is_worth(100, 0.1)
    assert not is_worth(5_000, 1e6)
    # 40 prices of ways take 0.03 microseconds a cell each: 3.5 s in all.
    assert not is_worth(1_500, 20.0, prices=40)
    assert is_worth(1_500, 80.0, prices=40)


def test_of_many_prices_the_cheapest_that_may_drive_a_way_counts() -> None:
    # a, 100 m away, goes by the cheap van only, b, 200 m away, by the dear ones only; together by none.
    jobs = [job("a", 1, skills=frozenset({"dry"})), job("b", 2, skills=frozenset({"cold"}))]
    vans = [
        shift("cheap", cost_per_m=1, skills=frozenset({"dry"})),
        *(shift(f"v{n}", cost_per_m=10 + n, skills=frozenset({"cold"})) for n in range(3)),
    ]
    assert bound(problem(jobs, vans)) == 2 * 100 * 1 + 2 * 200 * 10
