"""A day planned region by region, then improved in groups of neighbouring routes."""

import time
from dataclasses import replace

import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.errands import Errand, OwnHands, Searcher, carry_out
from routing.engine.problem import DEFAULT_WEIGHTS, Break, Precedence, Problem, Weights
from routing.engine.regional import Way, search_regions
from routing.engine.run import Run
from tests.routing.engine.towns import HOUR, town
from tests.routing.engine.world import MINUTE


class _TwoHands(OwnHands):
    """Keeps what it is given; it works on one errand after another, but takes two at once."""

    size = 2

    def __init__(self, searcher: Searcher) -> None:
        super().__init__(searcher)
        self.given: list[Errand] = []

    def give(self, errand: Errand) -> None:
        self.given.append(errand)
        super().give(errand)


def _run(of: Problem, weights: Weights = DEFAULT_WEIGHTS) -> Run:
    """A search of a few moves."""
    return Run(Draft(of, weights), 1, time.monotonic(), 60.0, 3, None, 1)


def _given(of: Problem, size: int) -> list[Errand]:
    """The errands of a search of a few moves in parts of this size."""

    def searcher(errand: Errand) -> dict[str, tuple[str, ...]] | None:
        return carry_out(of, DEFAULT_WEIGHTS, errand, starts=run.draft.starts, iterations=3)

    run = _run(of)
    hands = _TwoHands(searcher)
    search_regions(run, size, [Way(size, 60.0)], hands)
    return hands.given


def test_a_hand_for_which_no_shift_is_left_waits() -> None:
    # Two vans of 10 for 60 jobs in parts of 30: the first group takes both.
    of = town(60, 2, windows=0.0)
    vans = tuple(replace(one, capacity={"count": 10}) for one in of.shifts)
    given = _given(Problem(of.jobs, vans, of.matrices), 30)
    assert given
    assert all(errand.shifts for errand in given)


def test_the_first_parts_share_the_day_and_tear_no_group() -> None:
    of = town(60, 6, windows=0.0)
    ids = [job.id for job in of.jobs]
    groups = tuple(zip(ids[:20], ids[20:40], strict=True))
    given = _given(Problem(of.jobs, of.shifts, of.matrices, together=groups), 30)
    first = given[:2]
    at = {job.id: number for number, errand in enumerate(first) for job in errand.jobs}
    assert [errand.warm for errand in first] == [None, None]
    assert sorted(at) == sorted(ids)
    assert {shift.id for errand in first for shift in errand.shifts} == {s.id for s in of.shifts}
    assert all(at[one] == at[other] for one, other in groups)


def test_a_day_with_a_van_on_the_road_is_planned_in_regions_first_too() -> None:
    of = town(60, 6, windows=0.0)
    begun = replace(of.shifts[0], prefix=(of.jobs[0].id,))
    given = _given(Problem(of.jobs, (begun, *of.shifts[1:]), of.matrices), 30)
    assert {job.id for errand in given[:2] for job in errand.jobs} == {job.id for job in of.jobs}
    assert [errand.warm for errand in given[:2]] == [None, None]


def test_rules_that_first_heuristics_do_not_see_leave_few_out_of_the_first_plan() -> None:
    # 60 jobs in two regions of 3 vans; breaks, goods that come back and orders between jobs; a fleet with room for all.
    of = town(60, 6, windows=0.2, hours=8)
    rest = Break(11 * HOUR, 14 * HOUR, 30 * MINUTE)
    vans = tuple(replace(one, breaks=(rest,)) for one in of.shifts)
    jobs = tuple(
        replace(job, pickup={"count": 1}) if number % 5 == 0 else job
        for number, job in enumerate(of.jobs)
    )
    orders = tuple(Precedence(jobs[n].id, jobs[n + 1].id) for n in range(0, 20, 4))
    busy = Problem(jobs, vans, of.matrices, precedences=orders)
    run = _run(busy)
    search_regions(run, 30, [Way(30, 1.0)], OwnHands(lambda _: None))
    assert [step.name for step in run.steps][:2] == ["regions", "insertion"]
    assert run.steps[0].unserved < 15
    assert run.steps[1].unserved < 3
    solution = run.finish(with_reasons=False)
    assert check(busy, solution, weights=DEFAULT_WEIGHTS) == ()


def test_what_a_sketch_brings_late_is_put_in_again_where_it_is_cheapest() -> None:
    # Each van rests for two hours around noon, of which the sketch does not know: it brings 19 of 60 late.
    of = town(60, 8, windows=0.0, soft=1.0, hours=8)
    rest = Break(11 * HOUR, 12 * HOUR, 2 * HOUR)
    vans = tuple(replace(one, breaks=(rest,), fixed_cost=0) for one in of.shifts)
    run = _run(Problem(of.jobs, vans, of.matrices), Weights(late_cost_per_s=100_000))
    search_regions(run, 30, [Way(30, 1.0)], OwnHands(lambda _: None))
    late = [s for route in run.draft.routes.values() for s in route.stops if s.late_s > 10 * MINUTE]
    assert len(late) < 6
    assert len(run.draft.left_out()) < 6


def test_a_group_has_the_routes_tied_to_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    # One job waits for another of the last route; groups are of ten jobs.
    of = town(60, 6, windows=0.0)
    run = _run(of)
    run.draft.insert_left_out()
    routes = sorted(run.draft.routes.values(), key=lambda one: one.shift_id)
    first, second = routes[0].job_ids[0], routes[-1].job_ids[0]
    tied = Problem(of.jobs, of.shifts, of.matrices, precedences=(Precedence(second, first),))
    run = _run(tied)
    run.draft.take({one.shift_id: one.sequence for one in routes}, inserts=False)
    given: list[Errand] = []

    def searcher(errand: Errand) -> None:
        given.append(errand)

    monkeypatch.setattr(run.random, "choice", lambda _: tied.job_by_id[first])
    search_regions(run, 30, [Way(10, 1.0, renews=True)], OwnHands(searcher))
    home = next(one.shift_id for one in run.draft.routes.values() if second in one.job_ids)
    assert given
    assert all(home in {shift.id for shift in errand.shifts} for errand in given)
    assert all(errand.around == run.draft.routes for errand in given)


def test_renewing_groups_makes_a_day_with_breaks_cheaper_and_keeps_its_rules() -> None:
    of = town(60, 6, windows=0.2, hours=8)
    rest = Break(11 * HOUR, 14 * HOUR, 30 * MINUTE)
    busy = Problem(of.jobs, tuple(replace(one, breaks=(rest,)) for one in of.shifts), of.matrices)
    run = _run(busy)
    run.draft.insert_left_out()
    before = run.draft.cost()

    def searcher(errand: Errand) -> dict[str, tuple[str, ...]] | None:
        return carry_out(busy, DEFAULT_WEIGHTS, errand, starts=run.draft.starts, iterations=40)

    search_regions(run, 30, [Way(30, 60.0, renews=True)], OwnHands(searcher))
    assert run.draft.cost() < before
    assert check(busy, run.finish(with_reasons=False), weights=DEFAULT_WEIGHTS) == ()
