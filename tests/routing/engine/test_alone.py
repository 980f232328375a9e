"""Jobs that no shift could serve even alone: found cheaply before the search, told in full when reasons are asked for."""

import pytest

from routing.engine.alone import impossible, is_possible
from routing.engine.draft import Draft
from routing.engine.misses import miss_of
from routing.engine.problem import DEFAULT_WEIGHTS, Break, Problem, TimeWindow
from routing.engine.schedule import schedule_on
from tests.routing.engine.calls import calls_of
from tests.routing.engine.wild import wild_day
from tests.routing.engine.world import HOUR, MINUTE, job, problem, shift


def wrong_day(jobs: int, vans: int) -> Problem:
    """Windows of a day on which no shift drives."""
    tomorrow = (TimeWindow(30 * HOUR, 31 * HOUR),)
    return problem(
        [job(f"j{n}", 1, windows=tomorrow) for n in range(jobs)],
        [shift(f"v{n}", breaks=(Break(HOUR, HOUR, MINUTE),)) for n in range(vans)],
    )


def test_before_the_search_nobody_asks_by_how_much_a_job_misses_the_shifts() -> None:
    of = wrong_day(jobs=3, vans=4)
    assert calls_of(miss_of, lambda: Draft(of, DEFAULT_WEIGHTS)) == 0
    draft = Draft(of, DEFAULT_WEIGHTS)
    assert (draft.ruled_out, draft.open_jobs) == ({"j0", "j1", "j2"}, [])
    # 30:00 and a minute home, against 10:00.
    assert [one.reasons[0].code for one in draft.explain()] == ["outside_every_shift"] * 3


def test_of_shifts_that_are_alike_one_is_asked() -> None:
    few, many = wrong_day(jobs=3, vans=2), wrong_day(jobs=3, vans=40)
    asked = calls_of(schedule_on, lambda: Draft(few, DEFAULT_WEIGHTS))
    assert calls_of(schedule_on, lambda: Draft(many, DEFAULT_WEIGHTS)) == asked


@pytest.mark.parametrize("change", [{"overtime_s": 5 * MINUTE}, {"speed_percent": 200}])
def test_of_shifts_that_differ_each_is_asked(change: dict[str, int]) -> None:
    # There and back takes 20 minutes; the first van has 15.
    one = shift("one", end_s=15 * MINUTE)
    other = shift("other", end_s=15 * MINUTE, **change)
    of = problem([job("a", 10)], [one, other])
    assert is_possible(of, of.jobs[0])
    assert not is_possible(problem([job("a", 10)], [one]), of.jobs[0])


@pytest.mark.parametrize("seed", range(12))
def test_what_is_not_possible_has_reasons_and_what_is_has_none(seed: int) -> None:
    of, _ = wild_day(seed, 18)
    for one in of.jobs:
        assert is_possible(of, one) == (impossible(of, one) == ()), one.id
