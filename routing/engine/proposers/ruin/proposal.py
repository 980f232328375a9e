"""What ruin and recreate proposes: searches on one core or more, and the best of them."""

import time
from collections.abc import Sequence

import numpy as np

from routing.engine.problem import Job, Matrix, Problem, Shift, TimeWindow, Weights
from routing.engine.proposers.ruin.pacing import COLD, HOT, WARM_HOT, Pacer
from routing.engine.proposers.ruin.search import OnBetter, Search, Sequences
from routing.engine.proposers.ruin.tables import Tables, tables_of
from routing.engine.proposers.ruin.team import Team, side_by_side
from routing.engine.regions import lay_out

EXACT = frozenset(
    {
        "windows", "several_windows", "setup", "fit", "shift_costs", "optional", "loads", "pickups", "kind_service",
        "pairs", "pair_windows", "pair_and_load", "published_shift", "published_order", "prefix", "open_end",
        "latest_start", "overtime", "max_duration", "max_stops", "max_stops_and_pairs", "start_load", "speed", "fleet",
        "fewest_vehicles", "unreachable",
    }
)  # fmt: skip
"""Features (see features.py) that the kernel states exactly. Breaks shorten the shift, periods count at their slowest,
the others are left out: what does not hold then is repaired in the full model."""

NEARLY = frozenset({"soft_windows"})
"""Features priced well enough to search by: a soft window at the earliest times of a route, or at the latest departure."""

ROUNDS_PER_ITERATION = 50
"""Rounds for one unit of `iterations`, the budget that OR-Tools counts in accepted moves."""

TEAM_JOBS = 400
"""Jobs for each search from which on they share a plan out at first: 2.4 % against 2.7 % with 1,000 stops (2026-11)."""


def propose(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    *,
    seconds: float,
    seed: int = 0,
    warm: Sequences | None = None,
    iterations: int | None = None,
    cores: int = 1,
    on_better: OnBetter | None = None,
    tables: Tables | None = None,
) -> dict[str, tuple[str, ...]]:
    """Good routes for these jobs on these shifts.

    Parameters
    ----------
    seconds
        Wall time, tables included.
    seed
        Of the dice.
    warm
        Routes to start from; what does not fit is dropped and planned anew.
    iterations
        In place of the clock: the same routes for the same seed on every machine, on one core.
    cores
        Searches side by side; halfway all go on from the best. With TEAM_JOBS jobs for each and more they share one
        plan out between them in the first half (see team.py), as many as there are jobs for.
    on_better
        Told (cost, jobs left out) of better plans, as far as the kernel knows the rules.
    tables
        What `tables_of` made of the same problem, weights, jobs and shifts: several proposals read one (50 MB for each
        kind of vehicle with 2,500 jobs).
    """
    started = time.monotonic()
    if not jobs or not shifts:
        return {}
    tables = tables or tables_of(problem, weights, jobs, shifts)
    searches = [Search(tables, seed * 1_000 + number) for number in range(max(1, cores))]
    for one in searches:
        one.begin(warm)
    hot = HOT if warm is None else WARM_HOT
    if iterations is not None:
        searches[0].run_rounds(iterations * ROUNDS_PER_ITERATION, hot, COLD)
        return searches[0].routes()
    pacer = Pacer(started=time.monotonic(), ends=started + seconds, hot=hot)
    if len(searches) > 1:
        best = _first_half(problem, searches, pacer, on_better)
        for one in searches:
            one.adopt(best)
    side_by_side(searches, pacer, 1.0, on_better)
    return min(searches, key=lambda one: one.best_cost).routes()


def _first_half(
    problem: Problem, searches: Sequence[Search], pacer: Pacer, on_better: OnBetter | None
) -> Search:
    """Search the first half of the time, shared out when there are jobs enough; the best to go on from."""
    tables = searches[0].tables
    members = min(len(searches), len(tables.jobs) // TEAM_JOBS)
    if members > 1:
        places = [*(job.place for job in tables.jobs), tables.shifts[0].start_place]
        team = Team(searches[:members], lay_out(problem, places), searches[0].seed)
        team.run(pacer, 0.5, on_better)
        return team.best
    side_by_side(searches, pacer, 0.5, on_better)
    return min(searches, key=lambda one: one.best_cost)


def compile_kernel() -> None:
    """Compile the kernel, or load what was compiled before, by planning a tiny problem.

    Its one route is laid, priced as a complete one (seconds cost something) and taken up again: it waits for too long.
    """
    cells = np.array([[0, 1], [1, 0]], dtype=np.int64)
    tiny = Problem(
        (Job("a", 1, windows=(TimeWindow(50, 60),)),),
        (Shift("s", "van", 0, 100, 0, 0, cost_per_s=1, latest_start_s=0, max_duration_s=10),),
        {"van": Matrix(cells, cells)},
    )
    weights = Weights()
    propose(tiny, weights, tiny.jobs, tiny.shifts, seconds=0, iterations=1)
    search = Search(tables_of(tiny, weights, tiny.jobs, tiny.shifts), 1)
    search.begin({"s": ("a",)})
    search.adopt(search)
