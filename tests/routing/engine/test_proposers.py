"""PyVRP's proposals: rules named as exact are kept and priced to the last micro."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from routing.engine.checker import check
from routing.engine.features import FEATURES, features_of
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    Pair,
    Problem,
    Published,
    TimeWindow,
    Weights,
    matrix,
)
from routing.engine.proposers.pyvrp import EXACT
from tests.routing.engine.by_pyvrp import STATED, left_out, proposed, timed
from tests.routing.engine.wild import day_with
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street

# Each rule that is stated as it is: a problem in which it bites, and the same one without it

Case = tuple[Problem, Weights, Problem, Weights]


def with_and_without(of: Problem, free: Problem) -> Case:
    return of, DEFAULT_WEIGHTS, free, DEFAULT_WEIGHTS


def one_job(*, shift_has: Any = None, free_job: Any = None, **has: Any) -> Case:
    """Job a at place 5 on one van; with `has` it can't be served, without it can."""
    van = shift(**(shift_has or {}))
    free = {"place": 5} | (free_job or {})
    return with_and_without(
        problem([job(**(free | has))], [van]), problem([job(**free)], [van if has else shift()])
    )


def near_then_far(**far_has: Any) -> Case:
    """Near closes after a minute, far is 5 minutes away: only near, then far can be driven."""
    near = job("near", 1, windows=(TimeWindow(0, MINUTE),))
    of = problem([near, job("far", 5, **far_has)])
    return with_and_without(of, problem([near, job("far", 5)]))


def two_vans(of_job: Any, weights: Weights = DEFAULT_WEIGHTS, **van_2: Any) -> Case:
    """Van-1 is cheaper by 400; with the rule van-2 is."""
    vans = [shift("van-1", fixed_cost=100), shift("van-2", fixed_cost=500, **van_2)]
    free_vans = [shift("van-1", fixed_cost=100), shift("van-2", fixed_cost=500)]
    return problem([job(**of_job)], vans), weights, problem([job()], free_vans), DEFAULT_WEIGHTS


def one_way() -> Any:
    """Hub 0, places 1 and 2: round by 1, then 2 is 30 m, the other way round 300 m."""
    seconds = np.array([[0, 60, 60], [60, 0, 60], [60, 60, 0]])
    metres = np.array([[0, 10, 100], [100, 0, 10], [10, 100, 0]])
    return matrix(seconds, metres)


def against_the_way(first: Any = None, second: Any = None, **van: Any) -> tuple[Problem, Problem]:
    """Jobs one and two of that ring; what they and the van have, and have not."""
    weights = [job("one", 1, **(first or {})), job("two", 2, **(second or {}))]
    free = problem([job("one", 1), job("two", 2)], [shift()], van=one_way())
    return problem(weights, [shift(**van)], van=one_way()), free


def published_order() -> Case:
    first = {"published": Published("van-1", "two")}
    of, free = against_the_way(first, {"published": Published("van-1", None)})
    return of, Weights(changed_order=1_000), free, DEFAULT_WEIGHTS


def pickups() -> Case:
    near = job("near", 1, windows=(TimeWindow(0, MINUTE),), pickup={"kg": 1})
    far = job("far", 5, load={"kg": 1})
    van = shift(capacity={"kg": 1})
    free = [replace(near, pickup={}), far]
    return with_and_without(problem([near, far], [van]), problem(free, [van]))


def pairs() -> Case:
    jobs = [job("far", 5), job("near", 1, windows=(TimeWindow(0, MINUTE),))]
    free = problem(jobs)
    return with_and_without(replace(free, pairs=(Pair("far", "near", {"kg": 1}),)), free)


def several_windows() -> Case:
    # An hour at b leaves a's first window; a waits for its second one.
    first, second = TimeWindow(0, 2 * MINUTE), TimeWindow(2 * HOUR, 2 * HOUR + 60)
    b = job("b", 1, service_s=HOUR, windows=(TimeWindow(0, MINUTE),))
    of = problem([job("a", 2, windows=(first, second)), b])
    return with_and_without(of, problem([job("a", 2, windows=(first,)), b]))


def trips() -> Case:
    jobs = [job("a", 1, load={"kg": 1}), job("b", 2, load={"kg": 1})]
    van = shift(capacity={"kg": 1}, reload_s=MINUTE, max_trips=2)
    return with_and_without(problem(jobs, [van]), problem(jobs, [replace(van, max_trips=1)]))


def trips_and_pairs() -> Case:
    # c and d take a trip each; the goods from a to b have room on any.
    jobs = [job("c", 3, load={"kg": 1}), job("d", 4, load={"kg": 1}), job("a", 1), job("b", 2)]
    van = shift(capacity={"kg": 1}, max_trips=2)
    of = replace(problem(jobs, [van]), pairs=(Pair("a", "b", {"kg": 1}),))
    return with_and_without(of, replace(of, shifts=(replace(van, max_trips=1),)))


def fleet() -> Case:
    # The bicycle is cheaper and takes ten minutes to place 5, which closes after five.
    jobs = [job(place=5, windows=(TimeWindow(0, 5 * MINUTE),))]
    van, bicycle = shift(fixed_cost=500), shift("bicycle-1", vehicle_kind="bicycle")
    maps = {"van": street(), "bicycle": street(minute_s=2 * MINUTE)}
    free = problem(jobs, [van, replace(bicycle, vehicle_kind="van")], van=street())
    return with_and_without(problem(jobs, [van, bicycle], **maps), free)


def fewest_vehicles() -> Case:
    # Each end of the street has its van: 400 m with both of them, 1,800 m with one.
    vans = [shift("van-1"), shift("van-2", start_place=10, end_place=10)]
    of = problem([job("a", 1), job("b", 9)], vans)
    return of, Weights(fewest_vehicles=True), of, DEFAULT_WEIGHTS


def unreachable() -> Case:
    minutes, metres = street().durations_s.copy(), street().distances_m.copy()
    minutes[:, 5] = metres[:, 5] = UNREACHABLE
    jobs = [job(place=5)]
    return with_and_without(problem(jobs, van=matrix(minutes, metres)), problem(jobs))


CASES: dict[str, Callable[[], Case]] = {
    "windows": lambda: one_job(windows=(TimeWindow(0, 4 * MINUTE),)),
    "several_windows": several_windows,
    "setup": lambda: one_job(free_job={"windows": (TimeWindow(0, 5 * MINUTE),)}, setup_s=1),
    "release": lambda: one_job(free_job={"windows": (TimeWindow(0, 9 * MINUTE),)}, release_s=5 * MINUTE),
    "front": lambda: near_then_far(position=0),
    "fit": lambda: one_job(skills=frozenset({"cold"})),
    "shift_costs": lambda: two_vans({"shift_costs": {"van-1": 1_000}}),
    "optional": lambda: one_job(penalty=100),
    "loads": lambda: one_job(shift_has={"capacity": {"kg": 1}}, load={"kg": 2}),
    "pickups": pickups,
    "kind_service": lambda: one_job(shift_has={"end_s": HOUR}, service_s_by_kind={"van": HOUR}),
    "pairs": pairs,
    "published_shift": lambda: two_vans({"published": Published("van-2")}, Weights(changed_shift=1_000)),
    "published_order": published_order,
    "prefix": lambda: with_and_without(*against_the_way(prefix=("two",))),
    "open_end": lambda: with_and_without(
        problem([job(place=5)], [shift(end_s=5 * MINUTE, end_place=None)]),
        problem([job(place=5)], [shift(end_s=5 * MINUTE)]),
    ),
    "latest_start": lambda: one_job_on(
        {"windows": (TimeWindow(HOUR, HOUR),)}, {"max_duration_s": 10 * MINUTE}, latest_start_s=0
    ),
    "max_duration": lambda: one_job_on({}, {}, max_duration_s=9 * MINUTE),
    "max_distance": lambda: one_job_on({}, {}, max_distance_m=999),
    "max_stops": lambda: with_and_without(
        problem([job("a", 1), job("b", 2)], [shift(max_stops=1)]), problem([job("a", 1), job("b", 2)])
    ),
    "trips": trips,
    "trips_and_pairs": trips_and_pairs,
    "start_load": lambda: one_job_on({"load": {"kg": 1}}, {"capacity": {"kg": 1}}, start_load={"kg": 1}),
    "must_drive": lambda: two_vans({}, must_drive=True),
    "speed": lambda: one_job_on({"windows": (TimeWindow(0, 5 * MINUTE),)}, {}, speed_percent=99),
    "fleet": fleet,
    "fewest_vehicles": fewest_vehicles,
    "unreachable": unreachable,
}  # fmt: skip


def one_job_on(job_has: Any, van_has: Any, **rule: Any) -> Case:
    """Job a at place 5 can't be served by a van that has the rule."""
    jobs = [job(place=5, **job_has)]
    return with_and_without(
        problem(jobs, [shift(**van_has, **rule)]), problem(jobs, [shift(**van_has)])
    )


def test_every_exact_feature_has_a_case() -> None:
    assert set(CASES) == set(EXACT)
    assert EXACT < FEATURES


@pytest.mark.parametrize("feature", sorted(CASES))
def test_what_is_exact_is_kept_and_priced(feature: str) -> None:
    of, weights, free, free_weights = CASES[feature]()
    assert feature in features_of(of, weights)
    assert feature not in features_of(free, free_weights)
    assert features_of(of, weights) <= EXACT
    routes, told = proposed(of, weights, iterations=200)
    good = timed(of, routes, weights)
    assert check(of, good, weights=weights) == ()
    assert told[-1] == (good.costs.total, left_out(of, routes))
    # Without the rule something else is proposed, that breaks it or is dearer under it.
    loose, _ = proposed(free, free_weights, iterations=200)
    bad = timed(of, loose, weights)
    assert check(of, bad, weights=weights) or bad.costs.total > good.costs.total


@pytest.mark.parametrize("seed", range(24))
def test_days_of_exact_rules_are_feasible_and_priced(seed: int) -> None:
    dice = Random(seed)
    rules = {rule for rule in STATED if dice.random() < 0.35}
    of, weights = day_with(rules, dice, dice.choice((6, 12, 25)))
    routes, told = proposed(of, weights)
    made = timed(of, routes, weights)
    if features_of(of, weights) <= EXACT:
        assert check(of, made, weights=weights) == ()
        assert told[-1] == (made.costs.total, left_out(of, routes))
        costs = [cost for cost, _ in told]
        assert costs == sorted(costs, reverse=True)
