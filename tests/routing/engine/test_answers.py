"""What a plan answers: why here, where a new order goes, what if, and what a change costs."""

from dataclasses import replace
from typing import Any

import pytest

from routing.engine.answers import WHY, Explanation, explain, insert, tell
from routing.engine.checker import check
from routing.engine.differences import diff
from routing.engine.limits import SearchSettings
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    Pair,
    Precedence,
    Problem,
    Published,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.engine.reasons import TriedPlan, explain_all
from routing.engine.replanning import (
    CHANGED_SHIFT,
    MoreShifts,
    OtherWindows,
    ShiftMissing,
    as_published,
    changed,
    reoptimize,
    what_if,
)
from routing.engine.run import WarmStart
from routing.engine.solution import Reason, Solution, Unserved
from routing.engine.solve import solve_here
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.calls import calls_of
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, shift, street


def world(jobs: list[Any], vans: list[Any] | None = None, **rules: Any) -> Problem:
    return Problem(tuple(jobs), tuple(vans or [shift("v"), shift("w")]), {"van": street()}, **rules)


def plan(of: Problem, routes: dict[str, list[str]], weights: Weights = DEFAULT_WEIGHTS) -> Solution:
    """These routes; the other jobs are left out with their reasons."""
    timed, violations = time_routes(of, routes, weights)
    assert violations == []
    served = {job_id for route in timed for job_id in route.job_ids}
    left = [one for one in of.jobs if one.id not in served]
    unserved = tuple(explain_all(of, weights, timed, left))
    costs = plan_costs(of, timed, [one.id for one in left], weights)
    solution = Solution(timed, unserved, costs)
    assert check(of, solution, weights=weights) == ()
    return solution


# Why here


def test_a_stop_is_explained_by_what_the_next_best_would_cost() -> None:
    # x is at 6; on the way there a costs nothing. Alone on the other van it costs 400 m.
    of = world([job("x", 6), job("a", 2)])
    found = explain(of, plan(of, {"v": ["a", "x"]}), "a")
    assert isinstance(found, Explanation)
    assert (found.shift_id, found.position, found.extra_cost) == ("v", 0, 0)
    assert found.reasons[0] == Reason("cheaper_here", "v", {"shift": "w", "more": 400})
    # On the way back is as short.
    assert found.reasons[1] == Reason("place_cheapest", None, {"more": 0})
    assert (found.next_costs, {one.shift_id for one in found.options}) == (0, {"v", "w"})


def test_a_bad_place_is_called_what_it_is() -> None:
    of = world([job("x", 6), job("a", 2)])
    found = explain(of, plan(of, {"v": ["x"], "w": ["a"]}), "a")
    assert isinstance(found, Explanation)
    assert found.reasons[0] == Reason("cheaper_there", "w", {"shift": "v", "less": 400})
    assert found.next_costs == -400


def test_ties_are_named_before_costs() -> None:
    jobs = [
        job("a", 1),
        job("b", 2),
        job("c", 3, pinned_shift="w"),
        job("d", 4, skills=frozenset({"cold"})),
    ]
    vans = [shift("v", prefix=("a",)), shift("w", skills=frozenset({"cold"}))]
    of = world(jobs, vans, together=(("a", "b"),))
    solution = plan(of, {"v": ["a", "b"], "w": ["c", "d"]})
    said = {}
    for job_id in "abcd":
        found = explain(of, solution, job_id)
        assert isinstance(found, Explanation)
        said[job_id] = found.reasons[0].code
    assert said == {"a": "begun_here", "b": "rides_with", "c": "pinned_here", "d": "no_other_shift"}


def test_the_time_is_explained() -> None:
    jobs = [
        job("a", 1, windows=(TimeWindow(MINUTE, MINUTE),)),
        job("b", 2, windows=(TimeWindow(HOUR, HOUR),)),
        job("c", 3, soft_windows=(SoftWindow(0, HOUR),)),
    ]
    of = world(jobs)
    solution = plan(of, {"v": ["a", "b", "c"]})
    times = []
    for job_id in "abc":
        found = explain(of, solution, job_id)
        assert isinstance(found, Explanation)
        times.append(found.reasons[2])
    # b is reached at 2:00; c a minute after 1 h.
    assert times == [
        Reason("as_reached", None, {"slack_s": 0}),
        Reason("waits", None, {"wait_s": HOUR - 2 * MINUTE}),
        Reason("late_wish", None, {"late_s": MINUTE}),
    ]


def test_a_job_that_others_wait_for_is_explained_too() -> None:
    of = world([job("a", 2), job("b", 4)], precedences=(Precedence("a", "b", HOUR),))
    found = explain(of, plan(of, {"v": ["a"], "w": ["b"]}), "a")
    assert isinstance(found, Explanation)
    assert found.next_best is not None


def test_a_job_left_out_is_answered_with_its_reasons() -> None:
    of = world([job("a", 1, penalty=1)])
    found = explain(of, plan(of, {}), "a")
    assert isinstance(found, Unserved)
    assert found.reasons[0].code == "not_worth_it"


def test_every_why_makes_a_sentence() -> None:
    figures = dict.fromkeys(
        ("job", "shift", "more", "less", "wait_s", "late_s", "early_s", "slack_s"), 1
    )
    for code in WHY:
        assert tell(Reason(code, None, figures)).endswith(".")
        assert "{" not in tell(Reason(code, None, figures))


# New orders


def test_a_new_order_takes_its_cheapest_place_and_moves_nothing_else() -> None:
    of = world([job("x", 6), job("y", 3)])
    solution = plan(of, {"v": ["x"], "w": ["y"]})
    more = replace(of, jobs=(*of.jobs, job("n", 5)))
    after = insert(more, solution)
    assert check(more, after) == ()
    assert after.sequences["w"] == ("y",)
    assert sorted(after.sequences["v"]) == ["n", "x"]
    # On the way: nothing more to pay.
    assert after.costs.total == solution.costs.total


def test_new_orders_stay_behind_what_is_begun() -> None:
    of = world([job("x", 9), job("n", 1)], [shift("v", prefix=("x",), must_drive=True)])
    solution = plan(of, {"v": ["x"]})
    after = insert(of, replace(solution, unserved=()), ["n"])
    assert check(of, after) == ()
    assert after.sequences["v"] == ("x", "n")


def test_an_order_without_a_place_is_told_why() -> None:
    # x takes the whole 11 minutes; so would m alone; n is 12 minutes there and back.
    of = world([job("x", 5, service_s=MINUTE)], [shift("v", end_s=11 * MINUTE)])
    solution = plan(of, {"v": ["x"]})
    more = replace(of, jobs=(*of.jobs, job("n", 6), job("m", 5, service_s=MINUTE)))
    after = insert(more, solution)
    assert check(more, after) == ()
    said = {
        one.job_id: (one.reasons[0].code, one.action and one.action.code) for one in after.unserved
    }
    assert said == {"n": ("too_far", "extend_shift"), "m": ("makes_others_late", "extend_shift")}


def test_reasons_are_those_of_the_plan_with_the_new_order() -> None:
    # The van holds 2. b is too much by 1 beside a; with n, which fills it, by 2.
    jobs = [job(one, 1, load={"count": count}) for one, count in (("a", 1), ("b", 2), ("n", 1))]
    of = world(jobs, [shift("v", capacity={"count": 2})])
    solution = plan(replace(of, jobs=of.jobs[:2]), {"v": ["a"]})
    assert solution.unserved[0].reasons[0].figures["over"] == 1
    after = insert(of, solution, ["n"])
    assert check(of, after) == ()
    assert [(one.job_id, one.reasons[0].figures["over"]) for one in after.unserved] == [("b", 2)]


def test_what_still_holds_of_a_job_left_out_is_not_looked_into_again() -> None:
    # v holds 2 and takes n; b is nearest to w, which stays as it is: only what was said of v is another.
    jobs = [
        job("a", 1, load={"count": 1}), job("c", 1, load={"count": 1}),
        job("b", 1, load={"count": 3}), job("n", 1, load={"count": 1}, forbidden_shifts=frozenset({"w"})),
    ]  # fmt: skip
    of = world(jobs, [shift("v", capacity={"count": 2}), shift("w", capacity={"count": 3})])
    solution = plan(replace(of, jobs=of.jobs[:3]), {"v": ["a"], "w": ["c"]})
    (before,) = solution.unserved
    assert [(one.shift_id, one.figures["over"]) for one in before.reasons] == [("w", 1), ("v", 2)]
    found: list[Solution] = []
    assert calls_of(TriedPlan.explained, lambda: found.append(insert(of, solution, ["n"]))) == 0
    (after,) = found
    assert check(of, after) == ()
    ((nearest, other),) = (one.reasons for one in after.unserved)
    assert (nearest, other.shift_id, other.figures["over"]) == (before.reasons[0], "v", 3)
    assert after.unserved[0].actions == before.actions


def test_a_pair_and_an_order_that_waits_go_in_together() -> None:
    jobs = [job("x", 9), job("p", 3), job("d", 5), job("late", 2)]
    of = world(jobs, pairs=(Pair("p", "d"),), precedences=(Precedence("d", "late", HOUR),))
    solution = plan(replace(of, jobs=(jobs[0],), pairs=(), precedences=()), {"v": ["x"]})
    # `late` is named first and waits for d all the same.
    after = insert(of, solution, ["late", "p"])
    assert check(of, after) == ()
    assert after.unserved == ()
    starts = {s.job_id: s.start_s for route in after.routes for s in route.stops}
    assert starts["late"] >= starts["d"] + HOUR


# What if, and again


def test_two_plans_differ_by_term_and_by_stop() -> None:
    of = world([job("a", 2), job("b", 4), job("c", 6, penalty=5)])
    first, second = plan(of, {"v": ["a", "b"]}), plan(of, {"v": ["b"], "w": ["a", "c"]})
    found = diff(first, second)
    # 800 m before, 800 and 1,200 m after.
    assert (found.distance_m, found.costs.distance, found.costs.unserved) == (1200, 1200, -5)
    assert (found.moved, found.reordered, found.newly_served) == (("a",), ("b",), ("c",))
    assert (found.shifts_added, found.shifts_dropped, found.unserved) == (("w",), (), -1)
    back = diff(second, first)
    assert (back.newly_unserved, back.cost) == (("c",), -found.cost)


def test_what_if_a_courier_is_missing() -> None:
    of = world([job("a", 2), job("b", 4, pinned_shift="v")], [shift("v"), shift("w", cost_per_m=3)])
    found = what_if(
        of, plan(of, {"v": ["a", "b"]}), ShiftMissing("v"), SearchSettings(5, iterations=20)
    )
    assert check(found.problem, found.solution) == ()
    assert found.solution.sequences.keys() == {"w"}
    assert set(found.difference.moved) == {"a", "b"}
    # The same 800 m at three times the price.
    assert (found.difference.distance_m, found.difference.cost) == (0, 1600)


def test_what_if_there_were_one_shift_more() -> None:
    # One van serves one of two far jobs within its 11 minutes: 10 of driving and 1 at the door.
    of = world(
        [job("a", 5, service_s=MINUTE), job("b", 5, service_s=MINUTE)],
        [shift("v", end_s=11 * MINUTE)],
    )
    solution = plan(of, {"v": ["a"]})
    found = what_if(of, solution, MoreShifts("v"), SearchSettings(5, iterations=20))
    assert check(found.problem, found.solution) == ()
    assert (found.solution.unserved, found.difference.newly_served) == ((), ("b",))
    assert found.difference.shifts_added == ("v +1",)


def test_what_if_a_window_were_another() -> None:
    of = world(
        [
            job("a", 5, windows=(TimeWindow(0, HOUR),)),
            job("b", 5, windows=(TimeWindow(5 * HOUR, 6 * HOUR),)),
        ],
        [shift("v", cost_per_s=1)],
    )
    solution = plan(of, {"v": ["a", "b"]})
    found = what_if(
        of, solution, OtherWindows("b", (TimeWindow(0, HOUR),)), SearchSettings(5, iterations=20)
    )
    # No waiting of four hours.
    assert found.difference.costs.time == 10 * MINUTE - (solution.routes[0].duration_s)
    assert found.difference.distance_m == 0


def test_an_unknown_change_is_refused() -> None:
    of = world([job("a", 1)])
    for change in (ShiftMissing("x"), MoreShifts("x"), OtherWindows("x", ())):
        with pytest.raises(KeyError):
            changed(of, change)


def test_a_plan_that_people_follow_prices_changes_and_drives_home() -> None:
    of = world([job("a", 2), job("b", 4)], [shift("v", prefix=("a",)), shift("w")])
    stable = as_published(of, plan(of, {"v": ["a", "b"]}))
    assert [one.published for one in stable.jobs] == [Published("v"), Published("v", "a")]
    assert [one.must_drive for one in stable.shifts] == [True, False]


def test_planning_again_keeps_what_is_not_worth_changing() -> None:
    # Moving b to v saves 800 m at 1 micro each: less than the price of a change, more than nothing.
    of = world([job("a", 4), job("b", 4)])
    solution = plan(of, {"v": ["a"], "w": ["b"]})
    kept = reoptimize(of, solution, SearchSettings(5, iterations=20))
    assert kept.sequences == {"v": ("a",), "w": ("b",)}
    assert kept.costs.change == 0 < CHANGED_SHIFT
    weights = Weights(changed_shift=1)
    moved = reoptimize(of, solution, SearchSettings(5, iterations=20, weights=weights))
    assert sorted(len(ids) for ids in moved.sequences.values()) == [2]
    stable = as_published(of, solution)
    assert check(stable, moved, weights=weights) == ()
    assert moved.costs.change == 1


def test_planning_again_leaves_all_the_work_to_the_solver() -> None:
    # The caller may be one that must stay responsive.
    of = world([job("a", 4), job("b", 4)])
    solution = plan(of, {"v": ["a"]})
    asked: list[WarmStart | None] = []

    def solver(
        stable: Problem, settings: SearchSettings, *, warm_start: WarmStart | None = None
    ) -> Solution:
        asked.append(warm_start)
        return solve_here(stable, settings, warm_start=warm_start)

    again = reoptimize(of, solution, SearchSettings(5, iterations=20), solver=solver)
    assert asked == [solution.sequences]
    assert again.unserved == ()


def test_planning_again_takes_new_orders_in() -> None:
    of = town(30, 3, seed=4)
    first = replace(of, jobs=of.jobs[:-3])
    solution = insert(first, Solution((), (), plan_costs(first, (), ())))
    assert solution.unserved == ()
    again = reoptimize(of, solution, SearchSettings(20, iterations=10))
    assert again.unserved == ()
    assert diff(solution, again).newly_served
