"""Reasons are true: what they say would help, helps."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.engine.checker import check
from routing.engine.insert import best_places
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    RELOAD,
    Break,
    Job,
    Pair,
    Precedence,
    Problem,
    Shift,
    TimeWindow,
    Weights,
)
from routing.engine.reasons import ACTIONS, SENTENCES, explain_all, impossible, sentence
from routing.engine.schedule import schedule
from routing.engine.solution import Figures, Reason, Unserved, Violation
from routing.engine.solve import solve
from routing.engine.whole import time_routes
from tests.routing.engine.test_chain import tiny
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street

ALONE = {"too_far", "outside_every_shift", "no_shift_fits", "not_even_alone"}
"""Reasons of a job that no shift can serve even alone; what helps makes it possible alone."""


def change(of: Problem, one: Job | Shift) -> Problem:
    if isinstance(one, Job):
        return replace(of, jobs=tuple(one if j.id == one.id else j for j in of.jobs))
    return replace(of, shifts=tuple(one if s.id == one.id else s for s in of.shifts))


def widened(one: Job, by_s: int) -> Job:
    return replace(
        one,
        windows=tuple(TimeWindow(max(0, w.start_s - by_s), w.end_s + by_s) for w in one.windows),
    )


def longer(one: Shift, by_s: int) -> Shift:
    longest = None if one.max_duration_s is None else one.max_duration_s + by_s
    return replace(one, end_s=one.end_s + by_s, max_duration_s=longest)


def by_s(figures: Figures) -> int:
    return int(figures["by_min"]) * MINUTE


def roomier(one: Shift, figures: Figures) -> Shift:
    name = str(figures["dimension"])
    return replace(one, capacity={**one.capacity, name: one.capacity[name] + int(figures["over"])})


def more_stops(one: Shift, figures: Figures) -> Shift:
    return replace(one, max_stops=(one.max_stops or 0) + int(figures["over"]))


def opened(one: Shift, by_s: int) -> Shift:
    wide = (
        replace(b, earliest_s=max(0, b.earliest_s - by_s), latest_s=b.latest_s + by_s)
        for b in one.breaks
    )
    return replace(one, breaks=tuple(wide))


def riding_longer(of: Problem, one: Job, by_s: int) -> Problem:
    """Its own ride and the ride of its pair, where they are limited."""
    if one.max_ride_s is not None:
        of = change(of, replace(one, max_ride_s=one.max_ride_s + by_s))
    pairs = (
        replace(p, max_ride_s=p.max_ride_s + by_s)
        if p.max_ride_s is not None and one.id in (p.pickup, p.delivery)
        else p
        for p in of.pairs
    )
    return replace(of, pairs=tuple(pairs))


def lifted(of: Problem, one: Job) -> Problem:
    """Without windows, releases, rides and positions of the job, and of what is bound to it."""
    bound = {one.id}.union(*(group for group in of.together if one.id in group))
    bound = bound.union(
        *((p.pickup, p.delivery) for p in of.pairs if {p.pickup, p.delivery} & bound)
    )
    for job_id in bound:
        free = replace(
            of.job_by_id[job_id], windows=(), release_s=0, max_ride_s=None, position=None
        )
        of = change(of, free)
    pairs = (replace(p, max_ride_s=None) if p.pickup in bound else p for p in of.pairs)
    return replace(of, pairs=tuple(pairs))


def without(groups: tuple[tuple[str, ...], ...], *ids: str) -> tuple[tuple[str, ...], ...]:
    return tuple(group for group in groups if not set(ids) <= set(group))


def of_shift(of: Problem, figures: Figures) -> Shift:
    return of.shift_by_id[str(figures["shift"])]


def of_job(of: Problem, figures: Figures) -> Job:
    return of.job_by_id[str(figures["job"])]


HELP: Mapping[str, Callable[[Problem, Job, Figures], Problem]] = {
    "widen_window": lambda of, one, f: change(of, widened(one, by_s(f))),
    "widen_window_of": lambda of, one, f: change(of, widened(of_job(of, f), by_s(f))),
    "extend_shift": lambda of, one, f: change(of, longer(of_shift(of, f), by_s(f))),
    "start_earlier": lambda of, one, f: change(of, replace(of_shift(of, f), start_s=max(0, of_shift(of, f).start_s - by_s(f)))),
    "more_capacity": lambda of, one, f: change(of, roomier(of_shift(of, f), f)),
    "more_stops": lambda of, one, f: change(of, more_stops(of_shift(of, f), f)),
    "more_trips": lambda of, one, f: change(of, replace(of_shift(of, f), max_trips=of_shift(of, f).max_trips + 1)),
    "more_driving": lambda of, one, f: change(of, replace(of_shift(of, f), max_travel_s=(of_shift(of, f).max_travel_s or 0) + by_s(f))),
    "more_distance": lambda of, one, f: change(
        of, replace(of_shift(of, f), max_distance_m=(of_shift(of, f).max_distance_m or 0) + int(f["over_m"]))
    ),
    "open_break": lambda of, one, f: change(of, opened(of_shift(of, f), by_s(f))),
    "longer_ride": lambda of, one, f: riding_longer(of, one, by_s(f)),
    "longer_ride_of": lambda of, one, f: riding_longer(of, of_job(of, f), by_s(f)),
    "free_position": lambda of, one, f: change(of, replace(one, position=None)),
    "free_position_of": lambda of, one, f: change(of, replace(of_job(of, f), position=None)),
    "earlier_release": lambda of, one, f: change(of, replace(one, release_s=max(0, one.release_s - by_s(f)))),
    "allow_shift": lambda of, one, f: change(of, replace(one, forbidden_shifts=one.forbidden_shifts - {str(f["shift"])})),
    "unpin": lambda of, one, f: change(of, replace(one, pinned_shift=None)),
    "ride_with": lambda of, one, f: replace(of, apart=without(of.apart, one.id, str(f["job"]))),
    "ride_without": lambda of, one, f: replace(of, together=without(of.together, one.id, str(f["job"]))),
    "lift_rules": lambda of, one, f: lifted(of, one),
    "lift_limits": lambda of, one, f: change(of, replace(
        of_shift(of, f), end_s=of_shift(of, f).end_s + 24 * HOUR, max_duration_s=None, max_travel_s=None,
        max_distance_m=None, latest_start_s=None, breaks=(),
    )),
    "drop_order": lambda of, one, f: replace(
        of, precedences=tuple(r for r in of.precedences if {r.before, r.after} != {one.id, str(f["job"])})
    ),
    "add_shift": lambda of, one, f: replace(of, shifts=(*of.shifts, *(
        replace(s, id=f"new {s.id}", prefix=(), start_load={}, must_drive=False) for s in of.shifts
    ))),
    "raise_penalty": lambda of, one, f: change(of, replace(one, penalty=None, priority=100)),
}  # fmt: skip


def proven(of: Problem, left_out: Unserved, routes: Mapping[str, tuple[str, ...]]) -> bool:
    """After doing what the action says, the job has a place in the plan as it is."""
    assert left_out.action is not None
    if left_out.reasons[0].code in ALONE:
        routes = {}
    helped = HELP[left_out.action.code](of, of.job_by_id[left_out.job_id], left_out.action.figures)
    assert (
        best_places(of, routes, left_out.job_id, limit=1) == ()
        or left_out.action.code == "raise_penalty"
    )
    return best_places(helped, routes, left_out.job_id, limit=1) != ()


@pytest.mark.parametrize("seed", range(4))
def test_in_an_over_full_town_every_action_that_can_be_tried_helps(seed: int) -> None:
    of = town(70, 2, seed=seed, windows=0.6, hours=3, skills=0.2, kinds=("van", "bicycle"))
    tight = Problem(
        tuple(replace(j, pinned_shift="s0") if n % 9 == 0 else j for n, j in enumerate(of.jobs)),
        tuple(replace(s, max_duration_s=9_000 if n else None) for n, s in enumerate(of.shifts)),
        of.matrices,
    )
    solution = solve(tight, seconds=20, iterations=10)
    assert check(tight, solution) == ()
    tried = [u for u in solution.unserved if u.action and u.action.code in HELP]
    assert len(tried) > 10
    assert [u for u in tried if not proven(tight, u, solution.sequences)] == []


def said(of: Problem, routes: dict[str, list[str]], job_id: str) -> Unserved:
    """Why the job is not in this plan; what is said to help has been tried."""
    planned, violations = time_routes(of, routes)
    assert violations == []
    (found,) = explain_all(of, DEFAULT_WEIGHTS, planned, [of.job_by_id[job_id]])
    assert proven(of, found, {shift_id: tuple(ids) for shift_id, ids in routes.items()})
    return found


def told(found: Unserved) -> tuple[str, Figures, str, Figures]:
    assert found.action is not None
    return found.reasons[0].code, found.reasons[0].figures, found.action.code, found.action.figures


def rules(jobs: list[Job], van: Shift | None = None, **more: Any) -> Problem:
    return replace(problem(jobs, [shift() if van is None else van]), **more)


def test_a_ride_that_is_too_long_says_by_how_much() -> None:
    # a is served at 1 h sharp, a minute from the hub; b, two minutes on, rides three minutes.
    jobs = [
        job("a", 1, windows=(TimeWindow(HOUR, HOUR),)),
        job("b", 3, max_ride_s=150, windows=(TimeWindow(HOUR, 2 * HOUR),)),
    ]
    jobs.append(job("z", 4, windows=(TimeWindow(HOUR + 3 * MINUTE, HOUR + 3 * MINUTE),)))
    assert told(said(rules(jobs), {"van-1": ["a", "z"]}, "b")) == (
        "ride_too_long", {"over_s": 30, "limit_s": 150}, "longer_ride", {"by_min": 1}
    )  # fmt: skip


def test_somebody_elses_ride_is_named() -> None:
    # c must be at the door ten minutes after the departure; a takes nine at the door and is nearer.
    jobs = [
        job("c", 5, max_ride_s=10 * MINUTE, windows=(TimeWindow(HOUR, 2 * HOUR),)),
        job("a", 1, service_s=9 * MINUTE, windows=(TimeWindow(0, HOUR),)),
    ]
    of = rules(jobs, shift(latest_start_s=HOUR, end_s=HOUR + 10 * MINUTE))
    found = said(of, {"van-1": ["c"]}, "a")
    assert found.reasons[0].code == "others_ride_too_long"
    assert told(found)[2:] == ("longer_ride_of", {"job": "c", "by_min": 4})


def test_what_is_not_worth_it_counts_what_it_costs_the_whole_plan() -> None:
    # a lies on the way to b; but a second stop on the longest route costs 7, and leaving a out 5.
    of = rules([job("b", 2), job("a", 1, penalty=5)])
    weights = Weights(longest_per_stop=7)
    (found,) = explain_all(of, weights, time_routes(of, {"van-1": ["b"]})[0], [of.job_by_id["a"]])
    assert found.reasons == (Reason("not_worth_it", "van-1", {"extra_cost": 7, "penalty": 5}),)
    assert found.action == Reason("raise_penalty", "van-1", {"over": 3})
    # The solver leaves nothing out that is worth its cost; a plan by hand may, and says so.
    worth = rules([job("b", 2), job("a", 1, penalty=8)])
    routes = time_routes(worth, {"van-1": ["b"]})[0]
    (found,) = explain_all(worth, weights, routes, [worth.job_by_id["a"]])
    assert (found.reasons[0].code, found.action) == ("has_place", Reason("put_in", "van-1"))
    assert solve(worth, seconds=5, weights=weights, iterations=5).unserved == ()


def test_goods_that_come_too_late_are_to_come_earlier() -> None:
    # Ready at 2 h, a minute to drive, closed from 1 h 30 on.
    late = job("b", 1, release_s=2 * HOUR, windows=(TimeWindow(0, 90 * MINUTE),))
    found = said(rules([job("a", 2), late]), {"van-1": ["a"]}, "b")
    assert told(found) == ("after_window", {"late_s": 31 * MINUTE}, "widen_window", {"by_min": 31})
    fixed = job("c", 9, windows=(TimeWindow(9 * MINUTE, 9 * MINUTE),))
    found = said(rules([fixed, job("b", 1, release_s=10 * MINUTE)]), {"van-1": ["c"]}, "b")
    assert found.action == Reason("earlier_release", "van-1", {"by_min": 10})


def test_driving_and_distance_ask_for_what_is_missing() -> None:
    jobs = [job("a", 2), job("b", 5)]
    # b makes it ten minutes and 1,000 m.
    of = rules(jobs, shift(max_travel_s=8 * MINUTE))
    assert told(said(of, {"van-1": ["a"]}, "b")) == (
        "too_much_driving", {"over_s": 120, "limit_s": 480}, "more_driving", {"shift": "van-1", "by_min": 2}
    )  # fmt: skip
    of = rules(jobs, shift(max_distance_m=900))
    assert told(said(of, {"van-1": ["a"]}, "b")) == (
        "too_far_in_all", {"over_m": 100, "limit_m": 900}, "more_distance", {"shift": "van-1", "over_m": 100}
    )  # fmt: skip


def test_a_position_in_the_way_is_to_be_freed() -> None:
    jobs = [job("a", 2, position=0), job("b", 5, position=0)]
    found = said(rules(jobs), {"van-1": ["a"]}, "b")
    assert (found.reasons[0].code, found.action) == (
        "wrong_position",
        Reason("free_position", "van-1", {}),
    )


def test_a_forbidden_shift_is_to_be_allowed() -> None:
    two = [shift(), shift("van-2", skills=frozenset({"cold"}), end_s=HOUR)]
    one = job("b", 5, forbidden_shifts=frozenset({"van-1"}), priority=0)
    of = problem([job("a", 2, service_s=51 * MINUTE, windows=(TimeWindow(0, HOUR),)), one], two)
    found = said(of, {"van-2": ["a"]}, "b")
    assert {reason.code for reason in found.reasons} >= {"shift_forbidden"}
    assert found.action is not None


def test_a_break_in_the_way_asks_for_another_time() -> None:
    # b's only time lies in the break, 20:00 to 50:00, which may not start at another time.
    van = shift(breaks=(Break(20 * MINUTE, 20 * MINUTE, 30 * MINUTE),))
    jobs = [
        job("a", 1, windows=(TimeWindow(MINUTE, MINUTE),)),
        job("c", 1, windows=(TimeWindow(HOUR, HOUR),)),
    ]
    jobs.append(job("b", 2, windows=(TimeWindow(30 * MINUTE, 30 * MINUTE),)))
    found = said(rules(jobs, van), {"van-1": ["a", "c"]}, "b")
    assert found.action is not None
    assert found.action.code in ("open_break", "widen_window")


def test_companions_and_foes_are_named() -> None:
    jobs = [job("a", 1), job("b", 2)]
    found = said(rules(jobs, apart=(("a", "b"),)), {"van-1": ["a"]}, "b")
    assert told(found) == ("not_apart", {"job": "a"}, "ride_with", {"job": "a"})
    # a, which nobody can reach in time, must come before b.
    late = [job("a", 1, windows=(TimeWindow(0, 0),)), job("b", 2)]
    found = said(rules(late, precedences=(Precedence("a", "b"),)), {}, "b")
    # b goes in once a does.
    assert told(found) == (
        "before_left_out", {"job": "a"}, "widen_window_of", {"job": "a", "by_min": 1}
    )  # fmt: skip
    # b rides with a, whose van has no room; van-2 has.
    full = [job("a", 1, load={"count": 1}), job("b", 2, load={"count": 2})]
    vans = [shift(capacity={"count": 2}, max_trips=1), shift("van-2")]
    of = replace(problem(full, vans), together=(("a", "b"),))
    found = explain_all(of, DEFAULT_WEIGHTS, [schedule(of, "van-1", ["a"]).route], [full[1]])[0]
    assert told(found)[0] == "over_capacity"
    assert proven(of, found, {"van-1": ("a",)})
    assert "not_together" in {reason.code for reason in found.reasons}


def test_a_full_van_may_load_again() -> None:
    jobs = [
        job("a", 1, load={"count": 2}),
        job("b", 2, load={"count": 2}),
        job("c", 3, load={"count": 2}),
    ]
    of = rules(jobs, shift(capacity={"count": 2}, max_trips=2, end_s=20 * MINUTE))
    found = said(of, {"van-1": ["a", RELOAD, "b"]}, "c")
    assert told(found)[:2] == ("over_capacity", {"dimension": "count", "over": 2, "capacity": 2})
    assert told(found)[2] in ("more_capacity", "more_trips")


def test_a_pair_too_long_on_the_way_says_so_even_alone() -> None:
    # Six minutes from p to d, five allowed, on any shift.
    of = rules([job("p", 1), job("d", 7)], pairs=(Pair("p", "d", max_ride_s=5 * MINUTE),))
    found = impossible(of, of.job_by_id["p"])
    assert found is not None
    assert told(found)[2:] == ("longer_ride", {"by_min": 1})
    assert proven(of, found, {})
    assert (
        impossible(
            rules([job("p", 1), job("d", 7)], pairs=(Pair("p", "d", max_ride_s=6 * MINUTE),)),
            of.jobs[0],
        )
        is None
    )


def test_a_job_that_needs_a_place_far_back_is_not_impossible() -> None:
    assert impossible(rules([job("a", 1, position=3)]), job("a", 1, position=3)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    case=st.tuples(st.booleans(), st.booleans()).flatmap(lambda t: tiny(links=t[0], periods=t[1]))
)
def test_whatever_is_said_to_help_helps(case: tuple[Problem, list[str]]) -> None:
    of, sequence = case
    job_id = sequence[0]
    rest = [one for one in sequence[1:] if one != RELOAD]
    assume(len(rest) == len(of.jobs) - 1)
    assume(not rest or schedule(of, "van-1", rest).is_feasible)
    routes = {"van-1": tuple(rest)} if rest else {}
    assume(best_places(of, routes, job_id, limit=1) == ())
    found = impossible(of, of.job_by_id[job_id])
    if found is None:
        planned = [schedule(of, "van-1", rest).route] if rest else []
        (found,) = explain_all(of, DEFAULT_WEIGHTS, planned, [of.job_by_id[job_id]])
    else:
        # Alone: with its other door, and with nothing to wait for.
        bound = {job_id}.union(*((p.pickup, p.delivery) for p in of.pairs))
        orders = tuple(r for r in of.precedences if {r.before, r.after} <= bound)
        of, routes = replace(of, precedences=orders), {}
    if found.action is not None and found.action.code in HELP:
        helped = HELP[found.action.code](of, of.job_by_id[job_id], found.action.figures)
        assert best_places(helped, routes, job_id, limit=1) != ()


def left_out(of: Problem, job_id: str) -> Unserved:
    solution = solve(of, seconds=5, iterations=30)
    assert check(of, solution) == ()
    (found,) = [one for one in solution.unserved if one.job_id == job_id]
    if found.action and found.action.code in HELP:
        assert proven(of, found, solution.sequences)
    return found


def test_a_late_window_says_by_how_many_minutes_to_open_it() -> None:
    # a keeps the van until 30:00 and is worth more; b, next door, closes at 25:00 and is reached at 31:00.
    jobs = [
        job("a", 1, service_s=29 * MINUTE, windows=(TimeWindow(MINUTE, MINUTE),), priority=9),
        job("b", 2, windows=(TimeWindow(20 * MINUTE, 25 * MINUTE),)),
    ]
    found = left_out(problem(jobs), "b")
    assert (found.reasons[0].code, found.reasons[0].figures) == (
        "after_window",
        {"late_s": 6 * MINUTE},
    )
    assert found.action == Reason("widen_window", "van-1", {"by_min": 6})


def test_a_stop_in_the_way_is_named() -> None:
    # b first (1:00 to 6:00): c, 8 minutes on, is reached at 14:00, 4 minutes late. c first: b is 16 minutes late.
    jobs = [
        job("b", 1, service_s=5 * MINUTE, windows=(TimeWindow(0, MINUTE),)),
        job("c", 9, windows=(TimeWindow(0, 10 * MINUTE),), priority=9),
    ]
    found = left_out(problem(jobs), "b")
    assert (found.reasons[0].code, found.reasons[0].figures) == (
        "makes_others_late",
        {"off_min": 4},
    )
    assert found.action == Reason("widen_window_of", "van-1", {"job": "c", "by_min": 4})


def test_a_full_vehicle_says_how_much_to_free() -> None:
    jobs = [job("a", 1, load={"weight_g": 8}, priority=9), job("b", 2, load={"weight_g": 5})]
    found = left_out(problem(jobs, [shift(capacity={"weight_g": 10})]), "b")
    assert found.action == Reason(
        "more_capacity", "van-1", {"dimension": "weight_g", "over": 3, "shift": "van-1"}
    )


def test_a_full_day_asks_for_the_minutes_that_are_missing() -> None:
    # There and back to place 5 is 10 minutes and a takes 20; b's 15 minutes do not fit into the 40.
    jobs = [job("a", 5, service_s=20 * MINUTE, priority=9), job("b", 5, service_s=15 * MINUTE)]
    found = left_out(problem(jobs, [shift(end_s=40 * MINUTE)]), "b")
    assert found.action == Reason("extend_shift", "van-1", {"shift": "van-1", "by_min": 5})


def test_a_pin_to_a_shift_that_cannot_carry_it_asks_to_unpin() -> None:
    shifts = [shift(capacity={"count": 1}), shift("van-2", capacity={"count": 9})]
    found = left_out(problem([job("a", 1, load={"count": 3}, pinned_shift="van-1")], shifts), "a")
    assert [reason.code for reason in found.reasons] == [
        "no_shift_fits",
        "over_capacity",
        "pinned_elsewhere",
    ]
    assert found.action == Reason("unpin", None, {"shift": "van-1"})


def test_a_window_after_every_shift_says_how_much_earlier() -> None:
    # Served at 11:00:00, back at 11:01:00: 61 minutes after the shift.
    found = left_out(problem([job(windows=(TimeWindow(11 * HOUR, 12 * HOUR),))]), "a")
    assert found.action == Reason("widen_window", "van-1", {"by_min": 61})


def test_every_code_makes_a_sentence() -> None:
    figures: Figures = dict.fromkeys(
        ("dimension", "over", "capacity", "skills", "allowed", "off_min", "extra_cost", "penalty", "shift", "kind",
         "limit", "late_s", "over_s", "limit_s", "times", "term", "by_min", "job", "what", "stated", "position", "at", "over_m", "limit_m"), 1,
    )  # fmt: skip
    for code in (*SENTENCES, *ACTIONS):
        for said in (Reason(code, None, figures), Violation(code, None, None, figures)):
            assert sentence(said).endswith(".")
            assert "{" not in sentence(said)


def test_a_delivery_too_heavy_together_with_its_pair_says_so() -> None:
    # 55 from the hub and 10 from the other door: 5 too much for the only shift it may ride on; the other one would do.
    jobs = [job("p", 1), job("d", 2, load={"weight_g": 55}, pinned_shift="van-1")]
    vans = [shift(capacity={"weight_g": 60}), shift("van-2", capacity={"weight_g": 99})]
    of = Problem(
        tuple(jobs), tuple(vans), {"van": street()}, pairs=(Pair("p", "d", {"weight_g": 10}),)
    )
    found = impossible(of, of.job_by_id["d"])
    assert found is not None
    assert [reason.code for reason in found.reasons] == [
        "no_shift_fits",
        "over_capacity",
        "pinned_elsewhere",
    ]
    assert found.reasons[1].figures["over"] == 5


def test_a_job_that_only_a_second_trip_can_serve_is_not_called_impossible() -> None:
    # The van leaves at 0:10:00 at the latest; b must ride 5 minutes at most and its window opens at 1:00:00.
    jobs = [
        job("a", 1),
        job("b", 2, max_ride_s=5 * MINUTE, windows=(TimeWindow(HOUR, 2 * HOUR),)),
    ]
    of = problem(jobs, [shift(latest_start_s=10 * MINUTE, max_trips=2)])
    assert impossible(of, of.job_by_id["b"]) is None
    solution = solve(of, seconds=5, iterations=10)
    assert check(of, solution) == ()
    assert solution.unserved == ()
    once = problem(jobs, [shift(latest_start_s=10 * MINUTE)])
    assert impossible(once, once.job_by_id["b"]) is not None
