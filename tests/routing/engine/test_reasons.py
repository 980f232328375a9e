"""Reasons are true: what they say would help, helps."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from routing.engine.checker import check
from routing.engine.insert import best_places
from routing.engine.problem import Job, Problem, Shift, TimeWindow
from routing.engine.reasons import ACTIONS, SENTENCES, sentence
from routing.engine.solution import Figures, Reason, Unserved, Violation
from routing.engine.solve import solve
from tests.routing.engine.towns import town
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift

ALONE = {"too_far", "outside_every_shift", "no_shift_fits"}
"""Reasons of a job that no shift can serve even alone; what helps makes it possible alone."""


def change(of: Problem, one: Job | Shift) -> Problem:
    jobs, shifts = list(of.jobs), list(of.shifts)
    if isinstance(one, Job):
        jobs = [one if j.id == one.id else j for j in jobs]
    else:
        shifts = [one if s.id == one.id else s for s in shifts]
    return Problem(tuple(jobs), tuple(shifts), of.matrices)


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


HELP: Mapping[str, Callable[[Problem, Job, Figures], Problem]] = {
    "widen_window": lambda of, one, f: change(of, widened(one, by_s(f))),
    "widen_window_of": lambda of, one, f: change(of, widened(of.job_by_id[str(f["job"])], by_s(f))),
    "extend_shift": lambda of, one, f: change(of, longer(of.shift_by_id[str(f["shift"])], by_s(f))),
    "more_capacity": lambda of, one, f: change(of, roomier(of.shift_by_id[str(f["shift"])], f)),
    "more_stops": lambda of, one, f: change(of, more_stops(of.shift_by_id[str(f["shift"])], f)),
    "unpin": lambda of, one, f: change(of, replace(one, pinned_shift=None)),
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
