"""A plan that is changed job by job: what is kept of it is what it would be worked out as anew."""

from random import Random

import numpy as np
import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.fit import followers_of
from routing.engine.gaps import RouteGaps, route_gaps
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import DEFAULT_WEIGHTS, Precedence, Problem
from routing.engine.run import Run
from tests.routing.engine.calls import calls_of
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import MINUTE, job, problem, shift, street


def opened(of: Problem, sequences: dict[str, tuple[str, ...]]) -> OpenPlan:
    draft = Draft(of, DEFAULT_WEIGHTS)
    assert draft.take(sequences, inserts=False)
    assert draft.sequences == sequences
    return OpenPlan.of(of, DEFAULT_WEIGHTS, draft.routes)


def two_vans(*jobs: str, **rules: object) -> Problem:
    """Two vans; each job a minute farther than the one before it."""
    made = tuple(job(one, place) for place, one in enumerate(jobs, 1))
    vans = (shift("van-1"), shift("van-2"))
    return Problem(made, vans, {"van": street()}, **rules)  # type: ignore[arg-type]


def is_same(one: RouteGaps, other: RouteGaps) -> bool:
    arrays = ("at", "number", "trip", "before", "after", "departs_s", "latest_s", "ridden_s")
    return one.sequence == other.sequence and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


@pytest.mark.parametrize("seed", range(30))
def test_after_any_change_gaps_and_ties_are_those_of_the_plan_opened_anew(seed: int) -> None:
    of, weights = wild_day(seed, 14)
    draft = Draft(of, weights)
    draft.insert_left_out()
    plan, dice = OpenPlan.of(of, weights, draft.routes), Random(seed)
    begun = {one for van in of.shifts for one in van.prefix}
    for _ in range(6):
        movable = [one for one in sorted(plan.standing.shift_of) if one not in begun]
        if not movable:
            break
        for van in of.shifts:
            plan.gaps(van.id)
        out = followers_of(of, [dice.choice(movable)])
        lighter = plan.without({one for one in out if plan.serves(one)} - begun)
        if lighter is None or out & begun:
            continue
        plan = lighter
        for one in sorted(out):
            places = () if plan.serves(one) else plan.places(of.job_by_id[one], timed=3)
            if places:
                plan = plan.with_routes({**plan.routes, **places[0].routes})
        anew = OpenPlan.of(of, weights, plan.routes)
        assert plan.standing == anew.standing
        assert plan.cost == anew.cost
        assert all(is_same(plan.gaps(van.id), anew.gaps(van.id)) for van in of.shifts)


@pytest.mark.parametrize("seed", range(30))
def test_taking_out_leaves_a_plan_that_keeps_every_rule(seed: int) -> None:
    of, weights = wild_day(seed, 14)
    draft = Draft(of, weights)
    draft.insert_left_out()
    begun = {one for van in of.shifts for one in van.prefix}
    for one in sorted(draft.served - begun):
        out = followers_of(of, [one])
        plan = OpenPlan.of(of, weights, draft.routes)
        lighter = None if out & begun else plan.without({o for o in out if plan.serves(o)})
        if lighter is None:
            continue
        left = Draft(of, weights)
        left.take({k: route.sequence for k, route in lighter.routes.items()}, inserts=False)
        left.routes = dict(lighter.routes)
        solution = Run(left, 0, 0.0, 0.0, None, None, 1).unexplained()
        assert check(of, solution, weights=weights) == ()


def test_only_the_gaps_of_what_changes_are_worked_out_again() -> None:
    of = two_vans("a", "b", "c")
    plan = opened(of, {"van-1": ("a", "b"), "van-2": ("c",)})
    for van in of.shifts:
        plan.gaps(van.id)
    lighter = plan.without({"a"})
    assert lighter is not None
    assert calls_of(route_gaps, lambda: [lighter.gaps(van.id) for van in of.shifts]) == 1


def test_a_route_whose_job_another_waited_for_has_new_gaps() -> None:
    # a is on one van and b waits for it on the other: without b nothing asks a to be early any more.
    of = two_vans("a", "b", precedences=(Precedence("a", "b", 30 * MINUTE),))
    plan = opened(of, {"van-1": ("a",), "van-2": ("b",)})
    before = plan.gaps("van-1").latest_s
    alone = plan.without({"b"})
    assert alone is not None
    assert calls_of(route_gaps, lambda: alone.gaps("van-1")) == 1
    assert alone.gaps("van-1").latest_s[0, 0] > before[0, 0]


def test_a_place_is_looked_for_on_the_shifts_asked_for_only() -> None:
    of = two_vans("a", "b", "c")
    plan = opened(of, {"van-1": ("a", "b")})
    (place,) = plan.places(of.job_by_id["c"], timed=1, shift_ids=["van-2"])
    assert place.shift_id == "van-2"
    assert plan.with_routes({**plan.routes, **place.routes}).serves("c")


def test_a_van_that_has_nothing_left_has_no_route() -> None:
    of = problem([job("a", 2)], [shift("van-1", fixed_cost=5)])
    lighter = opened(of, {"van-1": ("a",)}).without({"a"})
    assert lighter is not None
    assert (lighter.routes, lighter.cost) == ({}, 0)
