"""The proposals stage: what is too big for PyVRP's matrices, and what counts as a plan to begin from."""

import time
from dataclasses import replace
from typing import Any

import pytest

from routing.engine.checker import check
from routing.engine.draft import Draft
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


def test_what_is_begun_alone_is_no_plan_to_begin_from() -> None:
    of = day()
    begun = replace(of.shifts[0], prefix=(of.jobs[0].id,))
    of = Problem(of.jobs, (begun, *of.shifts[1:]), of.matrices)
    run = Run(Draft(of, DEFAULT_WEIGHTS), 1, time.monotonic(), 60.0, 30, None, 1)
    assert run.draft.served == {of.jobs[0].id}
    assert run.warm is None
    run.draft.insert_left_out()
    assert run.warm == run.draft.sequences
