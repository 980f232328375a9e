"""Jobs taken out of a plan and put in again: never dearer, every rule kept, and out of corners that neighbours hide."""

from dataclasses import replace
from random import Random

import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    Break,
    Precedence,
    Problem,
    SoftWindow,
    Weights,
)
from routing.engine.renewing import Renewal
from routing.engine.run import Run
from tests.routing.engine.towns import town
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import HOUR, MINUTE, job, shift, street


def renewed(of: Problem, draft: Draft, tries: int, seed: int = 1) -> Draft:
    """The draft after so many tries on all of it; what is found keeps its times."""
    plan = OpenPlan.of(of, draft.weights, draft.routes)
    renewal = Renewal(plan, draft.open_jobs, of.shifts, Random(seed))
    renewal.search(tries=tries)
    draft.routes = dict(renewal.plan.routes)
    return draft


def filled(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Draft:
    draft = Draft(of, weights)
    draft.insert_left_out()
    return draft


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_rules_the_plan_keeps_them_and_is_no_dearer(seed: int) -> None:
    of, weights = wild_day(seed, 14)
    draft = filled(of, weights)
    before = draft.cost()
    draft = renewed(of, draft, 15)
    assert draft.cost() <= before
    solution = Run(draft, 0, 0.0, 0.0, None, None, 1).unexplained()
    assert check(of, solution, weights=weights) == ()
    assert all(
        tuple(ids[: len(van.prefix)]) == van.prefix
        for van in of.shifts
        if (ids := draft.sequences.get(van.id, ()))
    )


def test_a_day_with_breaks_gets_much_cheaper() -> None:
    of = town(60, 6, windows=0.2, hours=8)
    rest = Break(11 * HOUR, 14 * HOUR, 30 * MINUTE)
    of = Problem(of.jobs, tuple(replace(one, breaks=(rest,)) for one in of.shifts), of.matrices)
    draft = filled(of)
    before = draft.cost()
    assert renewed(of, draft, 150).cost() < 0.95 * before


def test_the_same_seed_gives_the_same_plan() -> None:
    of, weights = wild_day(7, 14)
    one, other = (renewed(of, filled(of, weights), 20, seed=3) for _ in range(2))
    assert one.sequences == other.sequences


def test_what_is_late_for_what_it_waits_for_is_moved_with_it() -> None:
    # The key is fetched at the end of the far round, and so the door it opens is served hours after the time wished for.
    wish = SoftWindow(0, 2 * HOUR)
    of = Problem(
        (job("key", 5), job("door", 1, soft_windows=(wish,)), job("far", 10, service_s=4 * HOUR)),
        (shift("van-1"), shift("van-2")),
        {"van": street()},
        precedences=(Precedence("key", "door"),),
    )
    draft = Draft(of, Weights(late_cost_per_s=100))
    draft.take({"van-1": ("far", "key"), "van-2": ("door",)}, inserts=False)
    assert draft.costs().lateness > 0
    draft = renewed(of, draft, 10)
    assert draft.costs().lateness == 0
    assert draft.left_out() == []


def test_what_is_not_of_the_part_stays_where_it_is() -> None:
    of = town(40, 4, windows=0.0)
    draft = filled(of)
    part, others = of.shifts[:2], of.shifts[2:]
    inside = {one for van in part for one in draft.sequences.get(van.id, ())}
    was = {van.id: draft.routes[van.id] for van in others if van.id in draft.routes}
    renewal = Renewal(
        OpenPlan.of(of, DEFAULT_WEIGHTS, draft.routes),
        [one for one in of.jobs if one.id in inside], part, Random(1),
    )  # fmt: skip
    renewal.search(tries=40)
    now = renewal.plan.routes
    assert {van.id: now[van.id] for van in others if van.id in now} == was
    assert {one for van in part for one in now[van.id].job_ids} == inside


def test_a_job_left_out_comes_in_where_others_make_room() -> None:
    # Each van has room for three: two singles in one and a double in the other leave one and one, where the second double needs two.
    vans = (shift("van-1", capacity={"count": 3}), shift("van-2", capacity={"count": 3}))
    of = Problem(
        (
            job("one", 2, load={"count": 2}), job("two", 3, load={"count": 2}),
            job("half", 4, load={"count": 1}), job("rest", 5, load={"count": 1}),
        ),
        vans,
        {"van": street()},
    )  # fmt: skip
    draft = Draft(of, DEFAULT_WEIGHTS)
    draft.take({"van-1": ("half", "rest"), "van-2": ("one",)}, inserts=False)
    assert [one.id for one in draft.left_out()] == ["two"]
    draft.insert_left_out()
    assert [one.id for one in draft.left_out()] == ["two"]
    assert renewed(of, draft, 20).left_out() == []


def test_a_part_without_jobs_stays_as_it_is() -> None:
    of = town(4, 2, windows=0.0)
    draft = filled(of)
    plan = OpenPlan.of(of, DEFAULT_WEIGHTS, draft.routes)
    renewal = Renewal(plan, [], of.shifts, Random(1))
    renewal.search(tries=3)
    assert renewal.plan is plan
