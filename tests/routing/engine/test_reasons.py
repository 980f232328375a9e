"""Reasons are true: what they say would help, helps."""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.engine.alone import impossible
from routing.engine.checker import check
from routing.engine.insert import Place, best_places
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
from routing.engine.proving import doubt, doubts
from routing.engine.reasons import explain_all
from routing.engine.remedies import distinct
from routing.engine.schedule import schedule
from routing.engine.sentences import ACTIONS, SENTENCES, sentence
from routing.engine.solution import Figures, Reason, Unserved, Violation
from routing.engine.solve import solve
from routing.engine.whole import time_routes
from tests.routing.engine.test_chain import tiny
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift, street


def proven(of: Problem, left_out: Unserved, routes: Mapping[str, Sequence[str]]) -> bool:
    """After doing what is said to help, and no less, the job has a place in the plan as it is."""
    return doubt(of, DEFAULT_WEIGHTS, time_routes(of, routes)[0], left_out) == ""


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
    assert len(solution.unserved) > 10
    assert doubts(tight, DEFAULT_WEIGHTS, solution.routes, solution.unserved) == []


def said(of: Problem, routes: dict[str, list[str]], job_id: str) -> Unserved:
    """Why the job is not in this plan; what is said to help has been tried."""
    planned, violations = time_routes(of, routes)
    assert violations == []
    (found,) = explain_all(of, DEFAULT_WEIGHTS, planned, [of.job_by_id[job_id]])
    assert proven(of, found, {shift_id: tuple(ids) for shift_id, ids in routes.items()})
    return found


def told(found: Unserved) -> tuple[str, Figures, str, Figures]:
    """The rule in the way and what helps, each with its figures."""
    assert found.action is not None
    reason = found.reasons[found.reasons[0].code == "not_even_alone"]
    return reason.code, reason.figures, found.action.code, found.action.figures


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
        "ride_too_long", {"over_s": 30, "limit_s": 150}, "longer_ride", {"by_s": 30, "by_min": 1}
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
    assert told(found)[2:] == ("longer_ride_of", {"job": "c", "by_s": 240, "by_min": 4})


def test_what_is_not_worth_it_counts_what_it_costs_the_whole_plan() -> None:
    # a lies on the way to b; but a second stop on the longest route costs 7, and leaving a out 5.
    of = rules([job("b", 2), job("a", 1, penalty=5)])
    weights = Weights(longest_per_stop=7)
    (found,) = explain_all(of, weights, time_routes(of, {"van-1": ["b"]})[0], [of.job_by_id["a"]])
    assert found.reasons == (Reason("not_worth_it", "van-1", {"extra_cost": 7, "penalty": 5}),)
    assert found.action == Reason("raise_penalty", "van-1", {"over": 3, "penalty": 8})
    # The solver leaves nothing out that is worth its cost; a plan by hand may, and says so.
    worth = rules([job("b", 2), job("a", 1, penalty=8)])
    routes = time_routes(worth, {"van-1": ["b"]})[0]
    (found,) = explain_all(worth, weights, routes, [worth.job_by_id["a"]])
    assert (found.reasons[0].code, found.action) == ("has_place", Reason("put_in", "van-1"))
    assert solve(worth, seconds=5, weights=weights, iterations=5).unserved == ()


def test_when_the_time_for_reasons_is_over_the_rest_says_so() -> None:
    of = problem([job("cheap", penalty=1), job("dear", penalty=9, skills=frozenset({"cold"}))])
    late = explain_all(of, DEFAULT_WEIGHTS, (), of.jobs, until=time.monotonic() - 1)
    assert [(one.job_id, one.reasons) for one in late] == [
        ("cheap", (Reason("not_looked_into"),)),
        ("dear", (Reason("not_looked_into"),)),
    ]
    early = explain_all(of, DEFAULT_WEIGHTS, (), of.jobs, until=time.monotonic() + 60)
    assert [one.reasons[0].code for one in early] == ["not_worth_it", "no_shift_with_skill"]


def test_the_clock_is_looked_at_while_one_job_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every look takes a second. Three vans cannot take b: their misses are three looks, what would help is many more.
    vans = [shift(f"v{n}", max_distance_m=100) for n in range(3)]
    of = problem([job("b", 9, windows=(TimeWindow(0, MINUTE),), skills=frozenset({"cold"}))], vans)

    def explained(until: float) -> Unserved:
        looks = itertools.count()
        monkeypatch.setattr(time, "monotonic", lambda: float(next(looks)))
        return explain_all(of, DEFAULT_WEIGHTS, (), of.jobs, until)[0]

    in_time, cut = explained(10_000), explained(12)
    assert len(in_time.actions) > 1
    assert (cut.reasons, cut.actions) == (in_time.reasons, ())
    assert explained(-1).reasons == (Reason("not_looked_into"),)


def test_a_job_cut_short_keeps_the_misses_found_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    vans = [shift(f"v{n}", max_distance_m=100) for n in range(3)]
    jobs = [*(job(f"a{n}", 1) for n in range(3)), job("b", 9, penalty=10**9)]
    of = problem(jobs, [*vans, shift("far", latest_start_s=0)])
    full = time_routes(of, {f"v{n}": [f"a{n}"] for n in range(3)})[0]
    looks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(looks)))
    tried: dict[str, Place | None] = {"b": None}
    (found,) = explain_all(of, DEFAULT_WEIGHTS, full, [of.job_by_id["b"]], 2, tried)
    # Looks at 0 s before the job, at 1 and 2 s before each of two vans; at 3 s the time is over.
    assert [one.shift_id for one in found.reasons] == ["v0", "v1"]
    assert found.actions == ()


def test_goods_that_come_too_late_are_to_come_earlier() -> None:
    # Ready at 2 h, a minute to drive, closed from 1 h 30 on.
    late = job("b", 1, release_s=2 * HOUR, windows=(TimeWindow(0, 90 * MINUTE),))
    found = said(rules([job("a", 2), late]), {"van-1": ["a"]}, "b")
    assert found.reasons == (Reason("too_far", "van-1", {"off_min": 31}),)
    assert told(found)[2:] == ("widen_window", {"by_s": 31 * MINUTE, "by_min": 31})
    fixed = job("c", 9, windows=(TimeWindow(9 * MINUTE, 9 * MINUTE),))
    found = said(rules([fixed, job("b", 1, release_s=10 * MINUTE)]), {"van-1": ["c"]}, "b")
    assert found.action == Reason("earlier_release", "van-1", {"by_s": 10 * MINUTE, "by_min": 10})


def test_driving_and_distance_ask_for_what_is_missing() -> None:
    jobs = [job("a", 2), job("b", 5)]
    # b makes it ten minutes and 1,000 m.
    of = rules(jobs, shift(max_travel_s=8 * MINUTE))
    assert told(said(of, {"van-1": ["a"]}, "b")) == (
        "too_much_driving", {"over_s": 120, "limit_s": 480}, "more_driving", {"shift": "van-1", "by_s": 120, "by_min": 2}
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
        "before_left_out", {"job": "a"}, "widen_window_of", {"job": "a", "by_s": 60, "by_min": 1}
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
    assert impossible(of, of.job_by_id["p"])[0].code == "not_even_alone"
    found = said(of, {}, "p")
    assert told(found)[2:] == ("longer_ride", {"by_s": MINUTE, "by_min": 1})
    enough = rules([job("p", 1), job("d", 7)], pairs=(Pair("p", "d", max_ride_s=6 * MINUTE),))
    assert impossible(enough, of.jobs[0]) == ()


def test_a_job_that_needs_a_place_far_back_is_not_impossible() -> None:
    assert impossible(rules([job("a", 1, position=3)]), job("a", 1, position=3)) == ()


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
    planned = [schedule(of, "van-1", rest).route] if rest else []
    (found,) = explain_all(of, DEFAULT_WEIGHTS, planned, [of.job_by_id[job_id]])
    assert doubt(of, DEFAULT_WEIGHTS, planned, found) == ""


def left_out(of: Problem, job_id: str) -> Unserved:
    solution = solve(of, seconds=5, iterations=30)
    assert check(of, solution) == ()
    (found,) = [one for one in solution.unserved if one.job_id == job_id]
    assert doubt(of, DEFAULT_WEIGHTS, solution.routes, found) == ""
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
    assert found.action == Reason("widen_window", "van-1", {"by_s": 6 * MINUTE, "by_min": 6})


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
    assert found.action == Reason(
        "widen_window_of", "van-1", {"job": "c", "by_s": 240, "by_min": 4}
    )


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
    assert found.action == Reason(
        "extend_shift", "van-1", {"shift": "van-1", "by_s": 300, "by_min": 5}
    )


def test_a_pin_to_a_shift_that_cannot_carry_it_asks_to_unpin() -> None:
    shifts = [shift(capacity={"count": 1}), shift("van-2", capacity={"count": 9})]
    found = left_out(problem([job("a", 1, load={"count": 3}, pinned_shift="van-1")], shifts), "a")
    assert [reason.code for reason in found.reasons] == [
        "no_shift_fits",
        "over_capacity",
        "pinned_elsewhere",
    ]
    assert found.action == Reason("unpin", "van-2", {"shift": "van-1"})


def test_a_window_after_every_shift_says_how_much_earlier() -> None:
    # Served at 11:00:00, back at 11:01:00: 61 minutes after the shift.
    found = left_out(problem([job(windows=(TimeWindow(11 * HOUR, 12 * HOUR),))]), "a")
    assert found.action == Reason("widen_window", "van-1", {"by_s": 61 * MINUTE, "by_min": 61})


@pytest.mark.parametrize(
    "change",
    [{"speed_percent": 200}, {"overtime_s": MINUTE}, {"reload_s": MINUTE}, {"max_trips": 2}],
)
def test_one_more_shift_may_be_like_any_that_differs(change: dict[str, int]) -> None:
    vans = [shift(), shift("twin"), shift("other", **change)]
    assert [one.id for one in distinct(vans)] == ["van-1", "other"]


def test_every_code_makes_a_sentence() -> None:
    figures: Figures = dict.fromkeys(
        ("dimension", "over", "capacity", "skills", "allowed", "off_min", "extra_cost", "penalty", "shift", "kind",
         "limit", "late_s", "over_s", "limit_s", "times", "term", "by_min", "job", "what", "stated", "position", "at", "over_m", "limit_m",
         "like", "other", "after"), 1,
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
    assert [reason.code for reason in found] == [
        "no_shift_fits",
        "over_capacity",
        "pinned_elsewhere",
    ]
    assert found[1].figures["over"] == 5


def test_a_job_that_only_a_second_trip_can_serve_is_not_called_impossible() -> None:
    # The van leaves at 0:10:00 at the latest; b must ride 5 minutes at most and its window opens at 1:00:00.
    jobs = [
        job("a", 1),
        job("b", 2, max_ride_s=5 * MINUTE, windows=(TimeWindow(HOUR, 2 * HOUR),)),
    ]
    of = problem(jobs, [shift(latest_start_s=10 * MINUTE, max_trips=2)])
    assert impossible(of, of.job_by_id["b"]) == ()
    solution = solve(of, seconds=5, iterations=10)
    assert check(of, solution) == ()
    assert solution.unserved == ()
    once = problem(jobs, [shift(latest_start_s=10 * MINUTE)])
    assert impossible(once, once.job_by_id["b"])
