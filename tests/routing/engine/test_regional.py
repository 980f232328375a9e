"""A day planned region by region, then improved in groups of neighbouring routes."""

import time
from dataclasses import replace

from routing.engine.draft import Draft
from routing.engine.errands import Errand, OwnHands, Searcher
from routing.engine.parameters import Budget
from routing.engine.problem import DEFAULT_WEIGHTS, Pair, Problem
from routing.engine.regional import search_regions
from routing.engine.run import Run
from routing.engine.search import search
from tests.routing.engine.towns import town


class _TwoHands(OwnHands):
    """Keeps what it is given; it works on one errand after another, but takes two at once."""

    size = 2

    def __init__(self, searcher: Searcher) -> None:
        super().__init__(searcher)
        self.given: list[Errand] = []

    def give(self, errand: Errand) -> None:
        self.given.append(errand)
        super().give(errand)


def _given(of: Problem, size: int) -> list[Errand]:
    """The errands of a search of a few moves in parts of this size."""

    def searcher(errand: Errand) -> dict[str, tuple[str, ...]] | None:
        return search(
            of, DEFAULT_WEIGHTS, errand.jobs, errand.shifts, Budget(errand.seconds, 3),
            warm=errand.warm, starts=run.draft.starts,
        )  # fmt: skip

    run = Run(Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 60.0, 3, None, 1)
    hands = _TwoHands(searcher)
    search_regions(run, size, 60.0, hands)
    return hands.given


def test_a_hand_for_which_no_shift_is_left_waits() -> None:
    # Two vans of 10 for 60 jobs in parts of 30: the first group takes both.
    of = town(60, 2, windows=0.0)
    vans = tuple(replace(one, capacity={"count": 10}) for one in of.shifts)
    given = _given(Problem(of.jobs, vans, of.matrices), 30)
    assert given
    assert all(errand.shifts for errand in given)


def test_the_first_parts_share_the_day_and_tear_no_pair() -> None:
    of = town(60, 6, windows=0.0)
    ids = [job.id for job in of.jobs]
    pairs = tuple(Pair(one, other) for one, other in zip(ids[:20], ids[20:40], strict=True))
    given = _given(Problem(of.jobs, of.shifts, of.matrices, pairs=pairs), 30)
    first = [errand for errand in given if errand.warm is None]
    at = {job.id: number for number, errand in enumerate(first) for job in errand.jobs}
    assert len(first) == 2
    assert sorted(at) == sorted(ids)
    assert {shift.id for errand in first for shift in errand.shifts} == {s.id for s in of.shifts}
    assert all(at[pair.pickup] == at[pair.delivery] for pair in pairs)
