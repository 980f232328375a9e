"""Each rule of the model, both sides: what it allows is planned, what it forbids is left out and named."""

import pytest

from routing.engine.checker import check
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    Problem,
    SoftWindow,
    TimeWindow,
    Weights,
    matrix,
)
from routing.engine.solution import Solution
from routing.engine.solve import solve
from tests.routing.engine.world import HOUR, MINUTE, job, plan, problem, shift, street


def solved(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Solution:
    solution = solve(of, seconds=5, iterations=40, weights=weights)
    assert check(of, solution, weights=weights) == ()
    return solution


def reasons(solution: Solution) -> dict[str, str]:
    return {one.job_id: one.reasons[0].code for one in solution.unserved}


def broken(of: Problem, routes: dict[str, list[str]]) -> set[str]:
    return {violation.code for violation in check(of, plan(of, routes))}


def both_sides(good: Problem, bad: Problem, rule: str, reason: str) -> None:
    """One job `a` on van-1: planned in `good`, left out in `bad`, where the checker objects to forcing it."""
    assert solved(good).sequences == {"van-1": ("a",)}
    assert broken(good, {"van-1": ["a"]}) == set()
    assert reasons(solved(bad)) == {"a": reason}
    assert rule in broken(bad, {"van-1": ["a"]})


def test_a_window_is_met_or_the_job_left_out() -> None:
    # Place 5 is 5 minutes away: a window that closes at 5:00 is met, one that closes a second earlier is not.
    good = problem([job(place=5, windows=(TimeWindow(0, 5 * MINUTE),))])
    bad = problem([job(place=5, windows=(TimeWindow(0, 5 * MINUTE - 1),))])
    both_sides(good, bad, "outside_window", "too_far")


def test_the_second_of_two_windows_is_used_when_the_first_is_missed() -> None:
    # Serving b at 1:00 to 61:00 leaves a's first window; a waits for its second one.
    jobs = [
        job("a", 2, windows=(TimeWindow(0, 2 * MINUTE), TimeWindow(2 * HOUR, 2 * HOUR + 60))),
        job("b", 1, service_s=HOUR, windows=(TimeWindow(0, MINUTE),)),
    ]
    of = problem(jobs)
    solution = solved(of)
    assert solution.unserved == ()
    (route,) = solution.routes
    assert [stop.start_s for stop in route.stops if stop.job_id == "a"] == [2 * HOUR]


def test_the_gap_between_two_windows_is_closed() -> None:
    of = problem([job(windows=(TimeWindow(0, 10), TimeWindow(HOUR, HOUR)))])
    (route,) = solved(of).routes
    assert route.stops[0].start_s == HOUR


@pytest.mark.parametrize("dimension", ["weight_g", "volume_ml", "count", "cold_box"])
def test_a_capacity_is_never_exceeded(dimension: str) -> None:
    jobs = [job("a", 1, load={dimension: 6}), job("b", 2, load={dimension: 5})]
    good = problem(jobs, [shift(capacity={dimension: 11})])
    bad = problem(jobs, [shift(capacity={dimension: 10})])
    assert solved(good).unserved == ()
    assert list(reasons(solved(bad)).values()) == ["over_capacity"]
    assert "over_capacity" in broken(bad, {"van-1": ["a", "b"]})


def test_a_parcel_larger_than_any_vehicle_says_which_dimension_and_by_how_much() -> None:
    of = problem([job(load={"volume_ml": 900}), job("b", 2)], [shift(capacity={"volume_ml": 700})])
    (left_out,) = solved(of).unserved
    assert left_out.reasons[0].code == "larger_than_any_vehicle"
    assert left_out.reasons[0].figures == {"dimension": "volume_ml", "over": 200, "capacity": 700}


def test_skills_are_required() -> None:
    good = problem([job(skills=frozenset({"cold"}))], [shift(skills=frozenset({"cold", "lift"}))])
    bad = problem([job(skills=frozenset({"cold", "age"}))], [shift(skills=frozenset({"cold"}))])
    both_sides(good, bad, "skill_missing", "no_shift_with_skill")


def test_only_an_allowed_vehicle_kind_serves() -> None:
    good = problem([job(vehicle_kinds=frozenset({"van"}))])
    bad = problem([job(vehicle_kinds=frozenset({"bicycle"}))])
    both_sides(good, bad, "vehicle_kind_not_allowed", "no_allowed_vehicle")


def test_a_pinned_job_rides_on_its_shift_though_another_is_cheaper() -> None:
    shifts = [shift(), shift("dear", cost_per_m=100)]
    of = problem([job(pinned_shift="dear")], shifts)
    assert solved(of).sequences == {"dear": ("a",)}
    assert "pinned_elsewhere" in broken(of, {"van-1": ["a"]})


def test_a_route_ends_within_the_shift() -> None:
    # There and back is 10 minutes, plus 5 minutes at the door.
    good = problem([job(place=5, service_s=5 * MINUTE)], [shift(end_s=15 * MINUTE)])
    bad = problem([job(place=5, service_s=5 * MINUTE)], [shift(end_s=15 * MINUTE - 1)])
    both_sides(good, bad, "after_shift_end", "too_far")


def test_an_open_route_need_not_come_back() -> None:
    one_way = shift(end_s=5 * MINUTE, end_place=None)
    of = problem([job(place=5)], [one_way])
    (route,) = solved(of).routes
    assert (route.end_s, route.distance_m) == (5 * MINUTE, 500)


def test_a_route_may_end_at_home() -> None:
    of = problem([job(place=5)], [shift(end_place=10)])
    (route,) = solved(of).routes
    assert route.distance_m == 1000


def test_a_route_leaves_no_later_than_its_latest_start() -> None:
    # The window opens at 2:00:00; leaving by 0:30:00 means waiting at the door.
    of = problem(
        [job(windows=(TimeWindow(2 * HOUR, 3 * HOUR),))],
        [shift(latest_start_s=HOUR // 2, cost_per_s=1)],
    )
    (route,) = solved(of).routes
    assert (route.start_s, route.wait_s) == (HOUR // 2, 2 * HOUR - HOUR // 2 - MINUTE)


def test_a_route_waits_at_the_hub_rather_than_at_the_door() -> None:
    of = problem([job(windows=(TimeWindow(2 * HOUR, 3 * HOUR),))])
    (route,) = solved(of).routes
    assert (route.start_s, route.wait_s) == (2 * HOUR - MINUTE, 0)


def test_no_more_stops_than_allowed() -> None:
    jobs = [job("a", 1), job("b", 2)]
    assert solved(problem(jobs, [shift(max_stops=2)])).unserved == ()
    bad = problem(jobs, [shift(max_stops=1)])
    assert list(reasons(solved(bad)).values()) == ["too_many_stops"]
    assert "too_many_stops" in broken(bad, {"van-1": ["a", "b"]})


def test_no_longer_than_the_longest_duration() -> None:
    # Windows 60 minutes apart, each 1 minute away: 62 minutes from departure to end.
    jobs = [
        job("a", 1, windows=(TimeWindow(HOUR, HOUR),)),
        job("b", 1, windows=(TimeWindow(2 * HOUR, 2 * HOUR),)),
    ]
    assert solved(problem(jobs, [shift(max_duration_s=62 * MINUTE)])).unserved == ()
    bad = problem(jobs, [shift(max_duration_s=62 * MINUTE - 1)])
    (left_out,) = solved(bad).unserved
    assert (left_out.reasons[0].code, left_out.reasons[0].figures["over_s"]) == (
        "route_too_long",
        1,
    )
    assert "route_too_long" in broken(bad, {"van-1": ["a", "b"]})


def test_service_time_depends_on_the_vehicle_kind() -> None:
    parcel = job(place=1, service_s=HOUR, service_s_by_kind={"bicycle": MINUTE})
    bicycle = shift(vehicle_kind="bicycle", end_s=3 * MINUTE)
    assert solved(problem([parcel], [bicycle])).unserved == ()
    assert reasons(solved(problem([parcel], [shift(end_s=3 * MINUTE)]))) == {"a": "too_far"}


def test_each_vehicle_kind_drives_on_its_own_matrix() -> None:
    shifts = [shift(end_s=9 * MINUTE), shift("bike", vehicle_kind="bicycle", end_s=9 * MINUTE)]
    of = problem([job(place=5)], shifts, van=street(), bicycle=street(minute_s=50))
    assert solved(of).sequences == {"bike": ("a",)}


def test_a_place_without_a_road_is_left_out_and_the_rest_is_planned() -> None:
    m = street()
    durations, distances = m.durations_s.copy(), m.distances_m.copy()
    durations[:, 3] = distances[:, 3] = UNREACHABLE
    durations[3, 3] = distances[3, 3] = 0
    of = problem([job("a", 3), job("b", 5)], van=matrix(durations, distances))
    solution = solved(of)
    assert reasons(solution) == {"a": "unreachable"}
    assert solution.sequences == {"van-1": ("b",)}


def test_a_window_outside_every_shift_says_by_how_many_minutes() -> None:
    of = problem([job(windows=(TimeWindow(11 * HOUR, 12 * HOUR),))])
    # Served at 11:00:00 and back at 11:01:00, 61 minutes after the shift.
    (left_out,) = solved(of).unserved
    assert (left_out.reasons[0].code, left_out.reasons[0].figures) == (
        "outside_every_shift",
        {"off_min": 61},
    )


def test_without_shifts_every_job_has_that_reason() -> None:
    of = Problem((job(),), (), {"van": street()})
    assert reasons(solved(of)) == {"a": "no_shifts"}


def test_an_empty_problem_has_an_empty_plan() -> None:
    assert solved(problem([])).routes == ()


def test_a_cheap_optional_job_is_left_out_and_a_dear_one_served() -> None:
    # Place 10 there and back costs 2,000 micros.
    assert reasons(solved(problem([job(place=10, penalty=1_999)]))) == {"a": "not_worth_it"}
    assert solved(problem([job(place=10, penalty=2_001)])).unserved == ()


def test_priority_decides_who_is_left_out() -> None:
    jobs = [job("a", 1), job("urgent", 9, priority=5), job("b", 2)]
    assert "urgent" in solved(problem(jobs, [shift(max_stops=1)])).sequences["van-1"]


def test_lateness_is_paid_by_the_second() -> None:
    late = job(place=5, soft_windows=(SoftWindow(0, MINUTE, late_cost_per_s=7),))
    solution = solved(problem([late]))
    # Arrives at 5:00, wished by 1:00: 240 s at 7 micros.
    assert solution.costs.lateness == 240 * 7
    assert solution.routes[0].stops[0].late_s == 240


def test_the_nearer_of_two_soft_windows_counts() -> None:
    wish = (SoftWindow(0, MINUTE), SoftWindow(HOUR, 2 * HOUR))
    solution = solved(problem([job(place=5, soft_windows=wish)]))
    assert solution.costs.lateness == solution.costs.earliness == 0
    assert HOUR <= solution.routes[0].stops[0].start_s <= 2 * HOUR


def test_earliness_is_paid_when_it_has_a_price() -> None:
    first = job("a", 1, soft_windows=(SoftWindow(HOUR, HOUR, early_cost_per_s=3),))
    second = job("b", 1, windows=(TimeWindow(MINUTE, MINUTE),))
    ends_soon = shift(end_s=HOUR // 2)
    solution = solved(problem([first, second], [ends_soon]))
    # a starts no later than 29:00, one minute before the shift ends: 31 minutes early at 3 micros.
    assert solution.costs.earliness == 31 * MINUTE * 3


def test_a_second_vehicle_is_used_only_when_its_fixed_cost_pays() -> None:
    # Alone van-1 drives 0-1-9-0, 1,800 m; with a van at place 10, 200 m each: the second saves 1,400 micros.
    def of(fixed: int) -> Problem:
        return problem(
            [job("a", 1), job("b", 9)],
            [shift(), shift("van-2", start_place=10, end_place=10, fixed_cost=fixed)],
        )

    assert len(solved(of(1_399)).routes) == 2
    assert len(solved(of(1_401)).routes) == 1


def test_time_costs_make_a_faster_sequence_worth_more_metres() -> None:
    shifts = [
        shift(cost_per_m=0, cost_per_s=10),
        shift("bike", vehicle_kind="bicycle", cost_per_m=0, cost_per_s=10),
    ]
    of = problem([job(place=5)], shifts, van=street(), bicycle=street(minute_s=90))
    assert solved(of).sequences == {"van-1": ("a",)}
    assert solved(of).costs.time == 10 * MINUTE * 10
