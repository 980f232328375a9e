"""The proposals stage: what is too big for PyVRP's matrices, and what counts as a plan to begin from."""

import multiprocessing
import time
from dataclasses import replace
from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
from routing.engine.errands import Errand, SideBySide
from routing.engine.problem import DEFAULT_WEIGHTS, Break, Problem
from routing.engine.proposers import pyvrp, pyvrp_part
from routing.engine.proposers.pyvrp_part import parts_needed
from routing.engine.proposing import propose, reach_of
from routing.engine.run import Run
from tests.routing.engine.towns import HOUR, town
from tests.routing.engine.world import MINUTE


def day() -> Problem:
    """60 jobs, 6 vans that rest and each have an area they know: PyVRP has a map for each of them."""
    of = town(60, 6, windows=0.2, hours=8)
    rest = Break(11 * HOUR, 14 * HOUR, 30 * MINUTE)
    vans = tuple(replace(one, breaks=(rest,)) for one in of.shifts)
    jobs = tuple(
        replace(one, shift_costs={vans[number % 6].id: 1_000}) for number, one in enumerate(of.jobs)
    )
    return Problem(jobs, vans, of.matrices)


def test_the_whole_is_proposed_for_while_its_matrices_have_room() -> None:
    of = day()
    assert parts_needed(of, DEFAULT_WEIGHTS, of.jobs, of.shifts) == 1


def test_parts_are_as_few_as_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    # Six maps of 72 x 72 cells; of a half three of 36 x 36, of a third two of 24 x 24.
    of = day()
    for most, parts in ((6 * 72 * 72, 1), (3 * 36 * 36, 2), (2 * 24 * 24, 3)):
        monkeypatch.setattr(pyvrp_part, "MOST_WHOLE_CELLS", most)
        assert parts_needed(of, DEFAULT_WEIGHTS, of.jobs, of.shifts) == parts


def test_a_day_without_room_for_its_matrices_is_proposed_for_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = day()
    monkeypatch.setattr(pyvrp_part, "MOST_WHOLE_CELLS", 2 * 24 * 24)
    sizes: list[int] = []
    whole = pyvrp.propose

    def noted(*given: Any, **more: Any) -> Any:
        sizes.append(len(given[2]))
        return whole(*given, **more)

    monkeypatch.setattr(pyvrp, "propose", noted)
    run = Run(Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 60.0, 30, None, 1)
    propose(run, reach_of(of, DEFAULT_WEIGHTS), 60.0)
    assert sum(sizes) == 60
    assert max(sizes) < 40
    assert run.draft.left_out() == []
    assert check(of, run.finish(with_reasons=False), weights=DEFAULT_WEIGHTS) == ()


def test_parts_searched_at_once_share_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    of = day()
    monkeypatch.setattr(pyvrp_part, "MOST_WHOLE_CELLS", 6 * 72 * 72)
    assert parts_needed(of, DEFAULT_WEIGHTS, of.jobs, of.shifts, 2) == 2


@pytest.mark.parametrize("most", [6 * 72 * 72, 12 * 72 * 72])
def test_two_cores_propose_and_nobody_stays_behind(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two parts, or the whole from two seeds: only PyVRP knows of several trips, and nobody of breaks."""
    of = day()
    of = Problem(of.jobs, tuple(replace(one, max_trips=2) for one in of.shifts), of.matrices)
    monkeypatch.setattr(pyvrp_part, "MOST_WHOLE_CELLS", most)
    given: list[Errand] = []
    give = SideBySide.give

    def noted(hands: SideBySide, errand: Errand) -> None:
        given.append(errand)
        give(hands, errand)

    monkeypatch.setattr(SideBySide, "give", noted)
    # However many cores there are, two searches run at once.
    run = Run(Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 20.0, None, None, 8)
    propose(run, reach_of(of, DEFAULT_WEIGHTS), 2.0)
    sizes = [len(one.jobs) for one in given]
    assert sum(sizes) == (60 if most == 6 * 72 * 72 else 120)
    assert len({one.seed for one in given}) == len(given) == 2
    assert run.draft.left_out() == []
    assert run.engines == ["pyvrp"]
    assert check(of, run.finish(with_reasons=False), weights=DEFAULT_WEIGHTS) == ()
    assert multiprocessing.active_children() == []


def test_where_ruin_and_recreate_knows_less_another_core_polishes_too() -> None:
    """Several trips: PyVRP states them and ruin and recreate does not."""
    of = town(60, 6, hours=8)
    of = Problem(of.jobs, tuple(replace(one, max_trips=2) for one in of.shifts), of.matrices)
    reach = reach_of(of, DEFAULT_WEIGHTS)
    assert (reach.is_exact, reach.ruins) == (True, False)
    told: list[int] = []
    run = Run(
        Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 20.0, None,
        lambda progress: told.append(progress.cost), 2,
    )  # fmt: skip
    propose(run, reach, 2.0)
    assert run.draft.left_out() == []
    assert told == sorted(told, reverse=True)
    assert len(told) > 1
    assert check(of, run.finish(with_reasons=False), weights=DEFAULT_WEIGHTS) == ()
    assert multiprocessing.active_children() == []


def test_what_is_begun_alone_is_no_plan_to_begin_from() -> None:
    of = day()
    begun = replace(of.shifts[0], prefix=(of.jobs[0].id,))
    of = Problem(of.jobs, (begun, *of.shifts[1:]), of.matrices)
    run = Run(Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 60.0, 30, None, 1)
    assert run.draft.served == {of.jobs[0].id}
    assert run.warm is None
    run.draft.insert_left_out()
    assert run.warm == run.draft.sequences
