"""PyVRP's proposals: rules that it is not told of are named, any plan and any part can be begun from, nothing crashes."""

from dataclasses import replace
from random import Random
from time import perf_counter

import pytest

from routing.engine.checker import check
from routing.engine.features import features_of
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    RELOAD,
    Break,
    Pair,
    Precedence,
    Problem,
    Published,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.engine.proposers.pyvrp import EXACT, propose
from routing.engine.proposing import reach_of
from tests.routing.engine.by_pyvrp import LONG_S, STATED, left_out, proposed, timed
from tests.routing.engine.wild import day_with, wild_day
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street

RELAXED: dict[str, tuple[Problem, Weights]] = {
    "soft_windows": (problem([job(soft_windows=(SoftWindow(0, 0),))]), DEFAULT_WEIGHTS),
    "max_ride": (problem([job(max_ride_s=0)]), DEFAULT_WEIGHTS),
    "position": (problem([job(position=1)]), DEFAULT_WEIGHTS),
    "breaks": (problem([job()], [shift(breaks=(Break(0, 0, 60),))]), DEFAULT_WEIGHTS),
    "overtime": (problem([job()], [shift(overtime_s=60)]), DEFAULT_WEIGHTS),
    "max_travel": (problem([job()], [shift(max_travel_s=60)]), DEFAULT_WEIGHTS),
    "balance": (problem([job()]), Weights(longest_per_stop=1)),
    "precedence": (
        replace(problem([job("a"), job("b")]), precedences=(Precedence("a", "b"),)),
        DEFAULT_WEIGHTS,
    ),
    "together": (replace(problem([job("a"), job("b")]), together=(("a", "b"),)), DEFAULT_WEIGHTS),
    "apart": (replace(problem([job("a"), job("b")]), apart=(("a", "b"),)), DEFAULT_WEIGHTS),
    "periods": (
        problem([job()], van=replace(street(), by_period=((60, street(minute_s=90).durations_s),))),
        DEFAULT_WEIGHTS,
    ),
    "pair_ride": (
        replace(problem([job("a"), job("b")]), pairs=(Pair("a", "b", max_ride_s=60),)),
        DEFAULT_WEIGHTS,
    ),
    "pair_and_load": (
        replace(problem([job("a", load={"kg": 1}), job("b")]), pairs=(Pair("a", "b"),)),
        DEFAULT_WEIGHTS,
    ),
    "pair_release": (
        replace(problem([job("a", release_s=1), job("b")]), pairs=(Pair("a", "b"),)),
        DEFAULT_WEIGHTS,
    ),
    "max_stops_over_trips": (
        problem([job()], [shift(max_stops=1, max_trips=2)]),
        DEFAULT_WEIGHTS,
    ),
    "max_distance_and_prices": (
        problem([job(shift_costs={"van-1": 1})], [shift(max_distance_m=1_000)]),
        DEFAULT_WEIGHTS,
    ),
}


@pytest.mark.parametrize("feature", sorted(RELAXED))
def test_what_is_left_out_is_named(feature: str) -> None:
    of, weights = RELAXED[feature]
    assert features_of(of, weights) - EXACT == {feature}
    routes, _ = proposed(of, weights)
    assert {one for ids in routes.values() for one in ids} == {one.id for one in of.jobs}


def test_what_is_wished_is_met_where_it_costs_little() -> None:
    # On the way out a is passed after a minute, on the way back after nine: it is wished for then.
    back = TimeWindow(9 * MINUTE, 10 * MINUTE)
    of = problem(
        [
            job("a", 1, soft_windows=(SoftWindow(back.start_s, back.end_s),)),
            job("b", 5, windows=(TimeWindow(0, 5 * MINUTE),)),
        ],
        [shift(latest_start_s=0, cost_per_s=1)],
    )
    routes, _ = proposed(of, iterations=200)
    assert routes == {"van-1": ("b", "a")}


def test_a_weight_of_nothing_is_no_rule() -> None:
    of = problem([job(published=Published("van-2", None), soft_windows=(SoftWindow(0, 60),))])
    free = Weights(late_cost_per_s=0, early_cost_per_s=0)
    assert features_of(of, free) == frozenset()
    assert features_of(of, Weights(changed_shift=1)) == {"published_shift", "soft_windows"}


def test_a_van_on_the_road_drives_in_any_case_and_that_is_no_rule_of_its_own() -> None:
    # Ruin and recreate, which knows no van that must drive without stops, plans such a day.
    waiting = problem([job("a"), job("b")], [shift(must_drive=True)])
    under_way = problem([job("a"), job("b")], [shift(must_drive=True, prefix=("a",))])
    assert features_of(waiting, DEFAULT_WEIGHTS) == {"must_drive"}
    assert features_of(under_way, DEFAULT_WEIGHTS) == {"prefix"}
    assert not reach_of(waiting, DEFAULT_WEIGHTS).ruins
    assert reach_of(under_way, DEFAULT_WEIGHTS).ruins


def test_a_plan_to_start_from_is_not_left_for_a_worse_one() -> None:
    of, weights = day_with({"windows", "service", "skills", "trips"}, Random(3), 25)
    good, _ = proposed(of, weights, iterations=300)
    again, told = proposed(of, weights, warm=good, iterations=1)
    assert told[0] == (timed(of, good, weights).costs.total, left_out(of, good))
    assert timed(of, again, weights).costs.total <= told[0][0]


@pytest.mark.parametrize("seed", range(12))
def test_nonsense_to_start_from_is_repaired(seed: int) -> None:
    dice = Random(seed)
    rules = {rule for rule in (*STATED, "pairs", "breaks", "together") if dice.random() < 0.5}
    of, weights = day_with(rules, dice, 12)
    ids = [one.id for one in of.jobs] * 2 + [RELOAD] * 6 + ["nobody"]
    warm = {name: dice.choices(ids, k=9) for name in [one.id for one in of.shifts] + ["no-van"]}
    routes, _ = proposed(of, weights, warm=warm)
    if features_of(of, weights) <= EXACT:
        assert check(of, timed(of, routes, weights), weights=weights) == ()


@pytest.mark.parametrize("seed", range(8))
def test_a_part_stays_within_itself(seed: int) -> None:
    dice = Random(seed)
    of, weights = day_with({"windows", "pairs", "trips", "begun", "homes", "published"}, dice, 20)
    jobs, shifts = of.jobs[::2], of.shifts[: 1 + len(of.shifts) // 2]
    routes = propose(of, weights, jobs, shifts, seconds=LONG_S, iterations=40)
    served = [one for ids in routes.values() for one in ids if one != RELOAD]
    assert set(routes) <= {one.id for one in shifts}
    assert set(served) <= {one.id for one in jobs}
    assert len(served) == len(set(served))


def test_a_pair_that_closes_before_it_opens_is_left_out() -> None:
    early, late = (TimeWindow(0, 60),), (TimeWindow(HOUR, HOUR),)
    of = problem([job("a", 1, windows=late), job("b", 2, windows=early), job("c", 3)])
    assert proposed(replace(of, pairs=(Pair("a", "b"),)))[0] == {"van-1": ("c",)}


def test_nothing_to_do_is_no_routes() -> None:
    of = problem([job()])
    assert propose(of, DEFAULT_WEIGHTS, (), of.shifts, seconds=1) == {}
    assert propose(of, DEFAULT_WEIGHTS, of.jobs, (), seconds=1) == {}


def test_trips_of_limited_duration_come_to_an_end() -> None:
    # PyVRP's local search went round for ever on this day.
    of, weights = wild_day(44, 15)
    assert {"trips", "max_duration", "release", "prefix"} <= features_of(of, weights)
    began = perf_counter()
    propose(of, weights, of.jobs, of.shifts, seconds=0.2, seed=44)
    assert perf_counter() - began < 20


def test_the_same_seed_and_budget_give_the_same_routes() -> None:
    of, weights = day_with({"windows", "service", "kinds"}, Random(5), 25)
    assert proposed(of, weights, seed=4) == proposed(of, weights, seed=4)
