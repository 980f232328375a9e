"""The prover tells true reasons from others, and every reason of many wild days is true."""

from dataclasses import replace

import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.problem import DEFAULT_WEIGHTS, Problem, TimeWindow
from routing.engine.proving import doubt, doubts
from routing.engine.solution import Reason, Solution, Unserved
from routing.engine.whole import time_routes
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import MINUTE, job, problem, shift

WILD = [(seed, (8, 12, 18)[seed % 3]) for seed in range(45)] + [(243, 18), (211, 18), (299, 18)]
"""(seed, jobs); the last three were once explained wrongly."""


@pytest.mark.parametrize("first", range(0, len(WILD), 8))
def test_every_reason_of_a_wild_day_is_proven(first: int) -> None:
    for seed, size in WILD[first : first + 8]:
        of, weights = wild_day(seed, size)
        draft = Draft(of, weights)
        draft.insert_left_out()
        unserved = draft.explain()
        routes = tuple(time_routes(of, {}, weights)[0]) if not draft.routes else tuple(
            draft.routes[van.id] for van in of.shifts if van.id in draft.routes
        )  # fmt: skip
        assert check(of, Solution(routes, tuple(unserved), draft.costs()), weights=weights) == ()
        assert doubts(of, weights, routes, unserved) == [], seed


def late(minutes: int) -> Problem:
    """Place 10 is ten minutes away; its window closes so many minutes after the shift begins."""
    return problem([job("a", 10, windows=(TimeWindow(0, minutes * MINUTE),))])


def widened(by_s: int) -> Unserved:
    action = Reason("widen_window", "van-1", {"by_s": by_s, "by_min": -(-by_s // 60)})
    return Unserved("a", (Reason("too_far", "van-1"),), action)


def test_help_is_proven_to_the_second() -> None:
    # Reached after 10 minutes, open until 5: five minutes more are needed, not a second less nor more.
    told = [doubt(late(5), DEFAULT_WEIGHTS, (), widened(by_s)) for by_s in (299, 300, 301)]
    assert told == ["no_help", "", "less_helps"]


def test_a_job_that_had_a_place_all_along_has_no_true_reason() -> None:
    assert doubt(late(10), DEFAULT_WEIGHTS, (), widened(300)) == "has_place"


def test_a_job_left_out_without_a_word_is_not_proven() -> None:
    assert doubt(late(5), DEFAULT_WEIGHTS, (), Unserved("a", ())) == "nothing_said"
    assert doubt(late(5), DEFAULT_WEIGHTS, (), replace(widened(300), action=None)) == "nothing_said"


def test_what_needs_two_changes_is_told_both() -> None:
    # Place 10 is ten minutes away and open until 5, and needs a cold box, which no shift has.
    one = job("a", 10, windows=(TimeWindow(0, 5 * MINUTE),), skills=frozenset({"cold"}))
    draft = Draft(problem([one], [shift()]), DEFAULT_WEIGHTS)
    (left_out,) = draft.explain()
    assert {action.code for action in left_out.actions} == {"add_shift_with_skill", "widen_window"}
    assert doubt(draft.problem, DEFAULT_WEIGHTS, (), left_out) == ""
    for action in left_out.actions:
        alone = replace(left_out, action=action, besides=())
        assert doubt(draft.problem, DEFAULT_WEIGHTS, (), alone) == "no_help"
