"""What is told again after an order went in is what the new plan would be told, and only what changed is looked at."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from routing.engine.answers import insert
from routing.engine.changes import altered
from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.fit import ties_of
from routing.engine.misses import miss_of
from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.proving import doubts
from routing.engine.reasons import NOT_LOOKED_INTO, TriedPlan, explain_all
from routing.engine.solution import Reason, Solution, Unserved
from tests.routing.engine.calls import calls_of_each
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import job, problem, shift


def full_day(of: Problem, weights: Weights) -> Solution:
    """As many jobs as go in, the others with their reasons."""
    draft = Draft(of, weights)
    draft.insert_left_out()
    unserved = tuple(draft.explain())
    return Solution(tuple(draft.routes.values()), unserved, draft.costs())


def late_order(of: Problem, weights: Weights, seed: int) -> tuple[Solution, Solution] | None:
    """The plan of the day after one of its orders came late, with time and in a hurry; None: there is no such order."""
    ties = ties_of(of)
    tied = {*ties.together, *ties.before, *ties.after, *ties.begun_on}
    routes = full_day(of, weights).routes
    free = [one for route in routes for one in route.job_ids if one not in tied]
    if not free:
        return None
    late = Random(seed).choice(free)
    apart = (tuple(one for one in group if one != late) for group in of.apart)
    jobs = tuple(one for one in of.jobs if one.id != late)
    rest = altered(of, jobs=jobs, apart=tuple(group for group in apart if len(group) > 1))
    before = full_day(rest, weights)
    return (
        insert(of, before, [late], weights=weights),
        insert(of, before, [late], weights=weights, until=0),
    )


def said(unserved: Iterable[Unserved]) -> dict[str, tuple[Reason, ...] | str]:
    """By job: every reason with its figures; of a place, which is as good as another, that there is one."""
    return {
        one.job_id: "has_place" if one.reasons[0].code == "has_place" else one.reasons
        for one in unserved
    }


@pytest.mark.parametrize("first", range(0, 30, 6))
def test_a_late_order_leaves_the_reasons_of_the_plan_with_it(first: int) -> None:
    for seed in range(first, first + 6):
        of, weights = wild_day(seed, (8, 12, 18)[seed % 3])
        plans = late_order(of, weights, seed)
        if plans is None:
            continue
        after, hurried = plans
        left = [of.job_by_id[one.job_id] for one in after.unserved]
        assert check(of, after, weights=weights) == (), seed
        assert said(after.unserved) == said(explain_all(of, weights, after.routes, left)), seed
        assert doubts(of, weights, after.routes, after.unserved) == [], seed
        for one, full in zip(hurried.unserved, after.unserved, strict=True):
            assert one.reasons == NOT_LOOKED_INTO or said([one]) == said([full]), seed


def test_only_the_changed_route_is_looked_at() -> None:
    # Twelve vans hold 4 and carry 2; thirty orders of 3 stay out, by 1 everywhere. The new one may go to v7 only.
    vans = [shift(f"v{one}", capacity={"count": 4}) for one in range(12)]
    first = [job(f"a{one.id}", 1, load={"count": 2}, pinned_shift=one.id) for one in vans]
    others = [job(f"b{one:02}", 2, load={"count": 3}) for one in range(30)]
    new = job("n", 1, load={"count": 1}, pinned_shift="v7")
    before = full_day(problem([*first, *others], vans), DEFAULT_WEIGHTS)
    assert len(before.unserved) == 30
    of = problem([*first, *others, new], vans)
    after: list[Solution] = []
    explained, looked_at = calls_of_each(
        [TriedPlan.explained, miss_of], lambda: after.append(insert(of, before))
    )
    assert check(of, after[0]) == ()
    assert after[0].sequences["v7"] in (("av7", "n"), ("n", "av7"))
    # Nobody is explained anew; of each order the miss of v7 is looked at, of no other.
    assert explained == 0
    assert looked_at == 30
    assert after[0].unserved == tuple(explain_all(of, DEFAULT_WEIGHTS, after[0].routes, others))
    last = Reason("over_capacity", "v7", {"dimension": "count", "over": 2, "capacity": 4})
    assert [one.reasons[-1] for one in after[0].unserved] == [last] * 30


def test_when_time_is_over_the_rules_in_the_way_are_told_all_the_same() -> None:
    # As above, but the new order fills v0, whose room would have helped all.
    vans = [shift(f"v{one}", capacity={"count": 4}) for one in range(3)]
    first = [job(f"a{one.id}", 1, load={"count": 2}, pinned_shift=one.id) for one in vans]
    others = [job(f"b{one}", 2, load={"count": 3}) for one in range(5)]
    before = full_day(problem([*first, *others], vans), DEFAULT_WEIGHTS)
    assert [one.actions[0].shift_id for one in before.unserved] == ["v0"] * 5
    of = problem([*first, *others, job("n", 1, load={"count": 1}, pinned_shift="v0")], vans)
    late, after = (insert(of, before, until=until) for until in (0, float("inf")))
    assert check(of, late) == ()
    full = explain_all(of, DEFAULT_WEIGHTS, after.routes, others)
    assert list(after.unserved) == full
    assert list(late.unserved) == [replace(one, action=None, besides=()) for one in full]
