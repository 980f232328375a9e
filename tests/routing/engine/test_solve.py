"""Whole plans of random towns: always feasible by the checker, always explained, the same for the same seed."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.insert import best_places
from routing.engine.limits import Engine, SearchSettings
from routing.engine.problem import (
    InvalidProblem,
    Job,
    Problem,
    Shift,
    SoftWindow,
    TimeWindow,
    Weights,
)
from routing.engine.run import Run
from routing.engine.schedule import schedule
from routing.engine.sentences import sentence
from routing.engine.solve import search_whole, solve
from tests.routing.engine.towns import town
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import HOUR, job, problem, shift, street

if TYPE_CHECKING:
    from routing.engine.run import Progress

MIXED: dict[str, Any] = {"windows": 0.3, "soft": 0.2, "skills": 0.2, "kinds": ("van", "bicycle")}


def small_windows() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, 120), st.integers(0, 60)).map(
        lambda w: (w[0] * 60, (w[0] + w[1]) * 60)
    )


@st.composite
def jobs(draw: st.DrawFn, number: int) -> Job:
    return Job(
        f"j{number}",
        draw(st.integers(0, 10)),
        draw(st.integers(0, 900)),
        load={"weight_g": draw(st.integers(0, 6)), "count": 1},
        windows=tuple(TimeWindow(*w) for w in draw(st.lists(small_windows(), max_size=2))),
        soft_windows=tuple(SoftWindow(*w) for w in draw(st.lists(small_windows(), max_size=2))),
        skills=draw(
            st.sampled_from([frozenset(), frozenset({"cold"}), frozenset({"cold", "age"})])
        ),
        vehicle_kinds=draw(
            st.sampled_from([frozenset(), frozenset({"van"}), frozenset({"bicycle"})])
        ),
        priority=draw(st.integers(0, 3)),
        penalty=draw(st.sampled_from([None, None, 0, 500])),
        pinned_shift=draw(st.sampled_from([None, None, None, "s0"])),
    )


@st.composite
def shifts(draw: st.DrawFn, number: int) -> Shift:
    start = draw(st.integers(0, 60)) * 60
    return Shift(
        f"s{number}",
        draw(st.sampled_from(["van", "bicycle"])),
        start,
        start + draw(st.integers(0, 150)) * 60,
        draw(st.integers(0, 10)),
        draw(st.sampled_from([None, 0, 5])),
        draw(st.sampled_from([{}, {"weight_g": 10}, {"weight_g": 20, "count": 3}])),
        skills=draw(st.sampled_from([frozenset(), frozenset({"cold", "age"})])),
        latest_start_s=draw(st.sampled_from([None, start])),
        max_stops=draw(st.sampled_from([None, 2])),
        max_duration_s=draw(st.sampled_from([None, HOUR])),
        fixed_cost=draw(st.sampled_from([0, 300])),
        cost_per_s=draw(st.sampled_from([0, 1])),
        cost_per_m=1,
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    made_jobs = tuple(draw(jobs(n)) for n in range(draw(st.integers(0, 7))))
    made_shifts = tuple(draw(shifts(n)) for n in range(draw(st.integers(1, 3))))
    return Problem(made_jobs, made_shifts, {"van": street(), "bicycle": street(minute_s=80)})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(of=problems(), seed=st.integers(0, 3))
def test_every_plan_of_a_small_problem_passes_the_checker_and_is_explained(
    of: Problem, seed: int
) -> None:
    solution = solve(of, seconds=5, seed=seed, iterations=20)
    assert check(of, solution) == ()
    for left_out in solution.unserved:
        assert left_out.reasons
        for reason in (*left_out.reasons, *([left_out.action] if left_out.action else [])):
            assert "{" not in sentence(reason)
        # The reason is true: no place in the final plan is feasible and worth its cost.
        places = best_places(of, solution.sequences, left_out.job_id, limit=50)
        if left_out.reasons[0].code == "not_worth_it":
            assert places[0].extra_cost >= of.penalty(of.job_by_id[left_out.job_id], Weights())
        else:
            assert places == ()


@settings(max_examples=50, deadline=None)
@given(of=problems())
def test_best_places_finds_what_trying_every_place_finds(of: Problem) -> None:
    base = solve(of, seconds=5, iterations=5)
    for one in of.jobs:
        routes = {s: [j for j in ids if j != one.id] for s, ids in base.sequences.items()}
        cheapest = None
        for at in of.shifts:
            ids = routes.get(at.id, [])
            before = schedule(of, at.id, ids).route.costs.total if ids else 0
            for position in range(len(ids) + 1):
                tried = schedule(of, at.id, [*ids[:position], one.id, *ids[position:]])
                if tried.is_feasible:
                    extra = tried.route.costs.total - before
                    cheapest = extra if cheapest is None else min(cheapest, extra)
        found = best_places(of, base.sequences, one.id, limit=100)
        assert (found[0].extra_cost if found else None) == cheapest


@pytest.mark.parametrize(("stops", "soft"), [(40, 0.2), (150, 0.0), (150, 0.2)])
def test_the_same_seed_and_budget_give_the_same_plan(stops: int, soft: float) -> None:
    of = town(stops, stops // 15, seed=3, soft=soft, skills=0.2, kinds=("van", "bicycle"))
    first, again = (solve(of, seconds=seconds, seed=7, iterations=8) for seconds in (120, 1))
    assert check(of, first) == ()
    assert first.sequences == again.sequences
    assert first.costs == again.costs


@pytest.mark.parametrize("seed", [0, 1, 7, 10, 20])
@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_with_a_budget_of_iterations_the_clock_decides_nothing(seed: int, engine: Engine) -> None:
    # What a busy machine makes of a limit: no time at all, and more than enough.
    of, weights = wild_day(seed, 12)
    hurried, easy = (
        solve(of, seconds=seconds, iterations=3, weights=weights, engine=engine)
        for seconds in (0, 30)
    )
    assert check(of, hurried, weights=weights) == ()
    assert hurried.sequences == easy.sequences
    assert hurried.costs == easy.costs


def test_a_town_larger_than_one_model_is_planned_in_regions_that_share_the_fleet() -> None:
    of = town(180, 10, seed=1, hours=8, **MIXED)
    solution = solve(of, seconds=4, seed=1, engine="ortools")
    assert check(of, solution) == ()
    assert solution.report.regions > 1
    # Few can be left out: the fleet has twice the hours that the stops need.
    assert len(solution.unserved) <= 18


def test_a_warm_start_is_never_made_worse() -> None:
    of = town(50, 4, seed=5, soft=0.2)
    first = solve(of, seconds=30, seed=1, iterations=30)
    again = solve(of, seconds=30, seed=2, iterations=3, warm_start=first)
    assert check(of, again) == ()
    assert again.costs.total <= first.costs.total


def test_putting_into_an_older_plan_what_it_leaves_out_takes_no_more_than_its_share() -> None:
    # Without time nothing is put in; with a budget of iterations the clock decides nothing, and everything is.
    assert len(_adopted(None)) == 2
    assert len(_adopted(3)) == 60


def _adopted(iterations: int | None) -> set[str]:
    """What a search without time serves before it begins, of 60 jobs of which the older plan had two."""
    draft = Draft(town(60, 6, seed=5, windows=0), Weights())
    run = Run(draft, 0, time.monotonic(), 0.0, iterations, None, 1)
    run.adopt({"s0": ["j0", "j1"]})
    return draft.served


def test_a_warm_start_whose_jobs_and_shifts_are_gone_is_used_as_far_as_it_fits() -> None:
    old = {"van-1": ["gone", "a", "b"], "van-gone": ["c"]}
    of = problem([job("a", 1), job("b", 2, windows=(TimeWindow(0, 60),)), job("c", 3)])
    # b's window closes before it can be reached even alone: 2 minutes away, open for one.
    solution = solve(of, seconds=5, iterations=10, warm_start=old)
    assert check(of, solution) == ()
    assert [left_out.job_id for left_out in solution.unserved] == ["b"]


def test_progress_only_gets_better_and_ends_with_the_plan() -> None:
    told: list[Progress] = []
    of = town(160, 10, seed=2)
    solution = solve(of, seconds=2, on_progress=told.append)
    costs = [progress.cost for progress in told]
    assert costs == sorted(costs, reverse=True)
    assert (told[-1].stage, told[-1].cost, told[-1].unserved) == (
        "done",
        solution.costs.total,
        len(solution.unserved),
    )


def test_progress_counts_what_vehicles_on_the_road_cost_in_any_case() -> None:
    told: list[Progress] = []
    of = town(20, 2, seed=2)
    dear = [replace(one, must_drive=True, fixed_cost=10**9) for one in of.shifts]
    of = replace(of, shifts=tuple(dear))
    solution = solve(of, seconds=2, on_progress=told.append, engine="ortools")
    assert min(progress.cost for progress in told) == solution.costs.total > 2 * 10**9


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_the_report_says_when_the_first_full_plan_was_there(engine: Engine) -> None:
    for of in (town(20, 3, windows=0), town(150, 12, windows=0)):
        report = solve(of, seconds=3, engine=engine).report
        assert report.first_seconds is not None
        assert report.first_seconds <= report.seconds


def test_a_pinned_job_reaches_its_shift_across_regions() -> None:
    of = town(150, 8, seed=6, windows=0)
    pinned = Problem(
        tuple(
            Job(j.id, j.place, j.service_s, load=j.load, pinned_shift="s7") if n < 12 else j
            for n, j in enumerate(of.jobs)
        ),
        of.shifts,
        of.matrices,
    )
    solution = solve(pinned, seconds=60, iterations=300)
    assert check(pinned, solution) == ()
    assert {f"j{n}" for n in range(12)} <= set(solution.sequences["s7"])


def test_no_time_at_all_still_gives_a_plan_with_reasons() -> None:
    of = town(200, 12, seed=2)
    solution = solve(of, seconds=0)
    assert check(of, solution) == ()
    assert all(left_out.reasons for left_out in solution.unserved)


def test_ortools_confirms_a_whole_day_and_no_part_of_one() -> None:
    of, settings = town(30, 3, windows=0), SearchSettings(5, iterations=2)
    steps = {
        is_part: [step.name for step in search_whole(of, settings, is_part=is_part).steps]
        for is_part in (False, True)
    }
    assert steps[False][-1] == "confirmed by ortools"
    assert "confirmed by ortools" not in steps[True]


def test_ten_times_more_jobs_than_shifts_can_take_keeps_the_urgent_ones() -> None:
    doors = [job(f"j{n}", n % 10 + 1, priority=9 if n < 5 else 0) for n in range(50)]
    of = problem(doors, [shift(max_stops=5)])
    solution = solve(of, seconds=10, iterations=60)
    assert check(of, solution) == ()
    assert set(solution.sequences["van-1"]) == {f"j{n}" for n in range(5)}


def test_weights_at_which_costs_would_overflow_are_refused_before_the_search() -> None:
    of = problem([job(str(n), priority=99) for n in range(12)])
    with pytest.raises(InvalidProblem, match="beyond 64 bits"):
        # 12 x 100 x 10^15 is above 2^60.
        solve(of, seconds=5, weights=Weights(unserved=10**15))
