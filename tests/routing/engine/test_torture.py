"""Wild days: what the timing lets pass, the checker lets pass, and the other way round.

CARTEIRO_TORTURE_DAYS in the environment is the number of days tried; a few dozen find what one day in twenty has.
"""

import os
from collections.abc import Mapping, Sequence
from random import Random

import pytest

from routing.engine.checker import check
from routing.engine.problem import RELOAD, Problem, Weights
from routing.engine.solution import Solution, Unserved
from routing.engine.whole import plan_costs, time_routes
from tests.routing.engine.wild import wild_day

DAYS = int(os.environ.get("CARTEIRO_TORTURE_DAYS", "12"))
SIZES = (5, 8, 12, 18, 25, 40, 60)
MISSTATED = {"times_misstated", "load_misstated", "costs_misstated"}

Sequences = Mapping[str, Sequence[str]]


def day(seed: int) -> tuple[Problem, Weights]:
    return wild_day(seed, SIZES[seed % len(SIZES)])


# The timing alone


def drawn(of: Problem, dice: Random) -> Sequences:
    """Some jobs on some shifts in some order, as nobody would plan them."""
    ids = [job.id for job in of.jobs]
    dice.shuffle(ids)
    ids = ids[: dice.choice((2, 4, len(ids)))]
    found: dict[str, list[str]] = {shift.id: list(shift.prefix) for shift in of.shifts}
    begun = {one for prefix in found.values() for one in prefix}
    for job_id in ids:
        if job_id in begun:
            continue
        home = of.job_by_id[job_id].pinned_shift or dice.choice(of.shifts).id
        if of.shift_by_id[home].max_trips > 1 and dice.random() < 0.2 and found[home]:
            found[home].append(RELOAD)
        if len(found[home]) < dice.choice((2, 4, 12)):
            found[home].append(job_id)
    return {shift_id: ids for shift_id, ids in found.items() if ids}


def planned(of: Problem, weights: Weights, sequences: Sequences) -> tuple[Solution, list[str]]:
    """The plan of these sequences and the codes of the rules that the timing says it breaks."""
    routes, violations = time_routes(of, sequences, weights)
    served = {job_id for route in routes for job_id in route.job_ids}
    left = [job.id for job in of.jobs if job.id not in served]
    solution = Solution(
        routes,
        tuple(Unserved(job_id, ()) for job_id in left),
        plan_costs(of, routes, left, weights),
    )
    return solution, [violation.code for violation in violations]


@pytest.mark.parametrize("seed", range(DAYS))
def test_the_timing_and_the_checker_agree_on_any_sequence(seed: int) -> None:
    of, weights = day(seed)
    dice = Random(seed)
    for number in range(10):
        solution, broken = planned(of, weights, drawn(of, dice))
        found = [v.code for v in check(of, solution, weights=weights)]
        said = f"day {seed}, draw {number}: timing {broken}, checker {found}"
        assert bool(broken) == bool(found), said
        if not broken or "no_road" not in str(broken):
            assert not MISSTATED & set(found), said
