"""Wild days: whatever is asked, the plan passes the checker, says of each job left out what is so, and is the same twice.

CARTEIRO_TORTURE_DAYS in the environment is the number of days tried; a few dozen find what one day in twenty has.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random

import pytest

from routing.engine.checker import check
from routing.engine.problem import RELOAD, Problem, TimeWindow, Weights
from routing.engine.sentences import sentence
from routing.engine.solution import Solution, Unserved
from routing.engine.solve import solve
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import job, problem, shift

DAYS = int(os.environ.get("CARTEIRO_TORTURE_DAYS", "8"))
SIZES = (5, 8, 12, 18, 25, 40, 60)
SMALL = SIZES[:4]
SECONDS = 4
"""With a budget of iterations they decide nothing."""
QUICK_DAYS = (3, 7, 14, 15, 18)
"""Small days with few jobs left out, whose reasons take long."""
MISSTATED = {"times_misstated", "load_misstated", "costs_misstated"}

Sequences = Mapping[str, Sequence[str]]


def day(seed: int) -> tuple[Problem, Weights]:
    return wild_day(seed, SIZES[seed % len(SIZES)])


# The timing alone


def drawn(of: Problem, dice: Random) -> Sequences:
    """Some jobs on some shifts in some order, as nobody would plan them."""
    ids = [job.id for job in of.jobs]
    dice.shuffle(ids)
    ids = ids[: dice.choice((2, 4, len(ids)))]
    found: dict[str, list[str]] = {shift.id: list(shift.prefix) for shift in of.shifts}
    begun = {one for prefix in found.values() for one in prefix}
    for job_id in ids:
        if job_id in begun:
            continue
        home = of.job_by_id[job_id].pinned_shift or dice.choice(of.shifts).id
        if of.shift_by_id[home].max_trips > 1 and dice.random() < 0.2 and found[home]:
            found[home].append(RELOAD)
        if len(found[home]) < dice.choice((2, 4, 12)):
            found[home].append(job_id)
    return {shift_id: ids for shift_id, ids in found.items() if ids}


def planned(of: Problem, weights: Weights, sequences: Sequences) -> tuple[Solution, list[str]]:
    """The plan of these sequences and the codes of the rules that the timing says it breaks."""
    routes, violations = time_routes(of, sequences, weights)
    served = {job_id for route in routes for job_id in route.job_ids}
    left = [job.id for job in of.jobs if job.id not in served]
    solution = Solution(
        routes,
        tuple(Unserved(job_id, ()) for job_id in left),
        plan_costs(of, routes, left, weights),
    )
    # That a begun job cannot be served is no fault of the rest of the plan.
    broken = [v.code for v in violations if v.code != "begun_changed" or v.job_id in served]
    return solution, broken


@pytest.mark.parametrize("seed", range(DAYS))
def test_the_timing_and_the_checker_agree_on_any_sequence(seed: int) -> None:
    of, weights = day(seed)
    dice = Random(seed)
    for number in range(10):
        solution, broken = planned(of, weights, drawn(of, dice))
        found = [v.code for v in check(of, solution, weights=weights)]
        said = f"day {seed}, draw {number}: timing {broken}, checker {found}"
        assert bool(broken) == bool(found), said
        if not broken or "no_road" not in str(broken):
            assert not MISSTATED & set(found), said


# Whole plans


@cache
def solved(seed: int, jobs: int) -> tuple[Problem, Weights, Solution]:
    of, weights = wild_day(seed, jobs)
    return of, weights, solve(of, seconds=SECONDS, seed=seed, weights=weights, iterations=12)


@pytest.mark.parametrize("seed", range(DAYS))
def test_a_wild_day_is_planned_without_a_broken_rule_and_explained(seed: int) -> None:
    of, weights, solution = solved(seed, SIZES[seed % len(SIZES)])
    assert check(of, solution, weights=weights) == ()
    assert solution.costs.total == sum(
        getattr(solution.costs, term) for term in solution.costs.__dataclass_fields__
    )
    for left_out in solution.unserved:
        assert left_out.reasons, left_out
        for reason in (*left_out.reasons, *([left_out.action] if left_out.action else [])):
            assert "{" not in sentence(reason)


@pytest.mark.parametrize("seed", QUICK_DAYS)
def test_the_same_seed_and_budget_give_the_same_wild_day(seed: int) -> None:
    of, weights = wild_day(seed, SMALL[seed % 4])
    first, again = (
        solve(of, seconds=60, seed=seed, weights=weights, iterations=12) for _ in range(2)
    )
    assert first.routes == again.routes
    assert first.unserved == again.unserved
    assert first.costs == again.costs


# What is said of the jobs left out


def mates(of: Problem, job_id: str) -> tuple[str, ...]:
    """The job and what must ride with it."""
    group, grown = {job_id}, True
    bound = [set(one) for one in of.together] + [{p.pickup, p.delivery} for p in of.pairs]
    while grown:
        more = group.union(*(one for one in bound if one & group))
        grown, group = more != group, more
    return tuple(sorted(group))


def places(sequence: Sequence[str], job_id: str, reloads: int) -> Iterator[list[str]]:
    """The sequence with the job in each gap, joined to the trips beside it or on one of its own, as far as trips go."""
    for gap in range(len(sequence) + 1):
        before, after = sequence[:gap], sequence[gap:]
        yield [*before, job_id, *after]
        if reloads > 0 and before and before[-1] != RELOAD:
            yield [*before, RELOAD, job_id, *after]
        if reloads > 0 and after and after[0] != RELOAD:
            yield [*before, job_id, RELOAD, *after]
        if reloads > 1 and before and after and RELOAD not in (before[-1], after[0]):
            yield [*before, RELOAD, job_id, RELOAD, *after]


def cheapest_by_force(of: Problem, weights: Weights, plan: Solution, job_id: str) -> int | None:
    """What the job costs in its cheapest place, found by trying all; None when none keeps every rule."""
    base = plan.costs.total - of.penalty(of.job_by_id[job_id], weights)
    best = None
    for van in of.shifts:
        sequence = plan.sequences.get(van.id, ())
        reloads = van.max_trips - 1 - sequence.count(RELOAD)
        for tried in places(sequence, job_id, reloads):
            made, broken = planned(of, weights, {**plan.sequences, van.id: tried})
            if not broken and not check(of, made, weights=weights):
                extra = made.costs.total - base
                best = extra if best is None else min(best, extra)
    return best


@pytest.mark.parametrize("seed", range(DAYS))
def test_what_is_left_out_of_a_wild_day_fits_nowhere_or_costs_too_much(seed: int) -> None:
    of, weights, plan = solved(seed, SMALL[seed % 4])
    for left_out in plan.unserved:
        if mates(of, left_out.job_id) != (left_out.job_id,):
            continue
        cheapest = cheapest_by_force(of, weights, plan, left_out.job_id)
        penalty = of.penalty(of.job_by_id[left_out.job_id], weights)
        if left_out.reasons[0].code == "not_worth_it":
            assert cheapest is not None, left_out
            assert cheapest >= penalty, left_out
        else:
            assert cheapest is None, (cheapest, penalty, left_out)


def test_what_is_begun_but_cannot_be_served_leaves_the_rest_of_the_plan() -> None:
    # Both are begun; b's door closes before it can be reached, so that the van serves neither. The other van does c.
    doors = [job("a", 1), job("b", 2, windows=(TimeWindow(0, 60),)), job("c", 3)]
    of = problem(doors, [shift(prefix=("a", "b"), must_drive=True), shift("van-2")])
    plan = solve(of, seconds=5, iterations=10)
    assert check(of, plan) == ()
    assert plan.sequences == {"van-1": (), "van-2": ("c",)}


def test_what_is_begun_together_is_kept_together() -> None:
    doors = [job(one, place) for one, place in (("a", 9), ("b", 1), ("c", 5))]
    of = problem(doors, [shift(prefix=("a", "b"), must_drive=True), shift("van-2", cost_per_m=0)])
    plan = solve(of, seconds=5, iterations=10)
    assert check(of, plan) == ()
    # a and b stay where nobody would plan them; c goes where it costs nothing.
    assert plan.sequences == {"van-1": ("a", "b"), "van-2": ("c",)}


def test_a_day_that_no_van_can_begin_is_answered_with_reasons() -> None:
    # Every van is fuller than it may be when it starts.
    doors = [job(str(place), place, load={"kg": 1}, mandatory=True) for place in range(1, 6)]
    of = problem(doors, [shift(capacity={"kg": 5}, start_load={"kg": 6})])
    plan = solve(of, seconds=5, iterations=10)
    assert check(of, plan) == ()
    assert len(plan.unserved) == 5
    assert all(left_out.reasons for left_out in plan.unserved)
