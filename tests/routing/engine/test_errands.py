"""Parts of a problem searched side by side."""

import multiprocessing
from typing import TYPE_CHECKING

from routing.engine.checker import check
from routing.engine.confirming import confirm
from routing.engine.errands import Errand, SideBySide
from routing.engine.parameters import Budget
from routing.engine.problem import DEFAULT_WEIGHTS
from routing.engine.search import search
from routing.engine.solve import solve
from routing.engine.whole import time_routes
from tests.routing.engine.towns import town

if TYPE_CHECKING:
    from routing.engine.model import Sequences


def test_two_parts_are_planned_at_once_and_nobody_stays_behind() -> None:
    of = town(40, shifts=6, seed=3)
    halves = [(of.jobs[:20], of.shifts[:3]), (of.jobs[20:], of.shifts[3:])]
    found: Sequences = {}
    with SideBySide(of, DEFAULT_WEIGHTS, 2, dict) as hands:
        for jobs, shifts in halves:
            hands.give(Errand(jobs, shifts, 0.5))
        members = multiprocessing.active_children()
        for _ in halves:
            errand, plan = hands.come_back()
            assert plan is not None
            assert set(plan) <= {shift.id for shift in errand.shifts}
            assert {one for ids in plan.values() for one in ids} <= {job.id for job in errand.jobs}
            found |= plan
    assert len(members) == 2
    assert not any(process.is_alive() for process in members)
    assert time_routes(of, found, DEFAULT_WEIGHTS)[1] == []
    assert found


def test_a_day_in_regions_on_two_cores_keeps_every_rule() -> None:
    of = town(160, shifts=12, seed=4)
    solution = solve(of, seconds=6, seed=1, engine="ortools", cores=2)
    assert check(of, solution, weights=DEFAULT_WEIGHTS) == ()
    assert solution.report.regions == 2
    assert len(solution.unserved) < 16


def test_ruin_and_recreate_from_a_plan_never_ends_with_a_dearer_one() -> None:
    of = town(40, shifts=6, seed=5)
    plan = search(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, Budget(0.1))
    assert plan is not None
    better = search(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, Budget(1.0), warm=plan)
    assert better is not None
    before, after = (confirm(of, DEFAULT_WEIGHTS, one) for one in (plan, better))
    assert before is not None
    assert after is not None
    assert after <= before
