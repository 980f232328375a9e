"""Proposes routes for a part of a problem with PyVRP: an iterated local search that knows much of the field, not all.

What it can't be told is left out (relaxed); whoever asks times, checks and repairs what it proposes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

import numpy as np
from pyvrp import Activity, ProblemData, RandomNumberGenerator, Solution
from pyvrp.IteratedLocalSearch import (
    IteratedLocalSearch,
    IteratedLocalSearchParams,
)
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    compute_neighbours,
)

from routing.engine.problem import Job, Problem, Shift, Weights
from routing.engine.proposers.pyvrp_answer import Sequences, sequences_of
from routing.engine.proposers.pyvrp_data import Translation
from routing.engine.proposers.pyvrp_greedy import greedy
from routing.engine.proposers.pyvrp_pacing import Budget, OnBetter, Paced, Watch
from routing.engine.proposers.pyvrp_part import Part, part_of
from routing.engine.proposers.pyvrp_penalties import Penalties
from routing.engine.proposers.pyvrp_start import routes_of

EXACT: frozenset[str] = frozenset(
    {
        "windows", "several_windows", "setup", "release", "front", "fit", "shift_costs", "optional", "loads",
        "pickups", "kind_service", "pairs", "published_shift", "published_order", "prefix", "open_end",
        "latest_start", "max_duration", "max_distance", "max_stops", "trips", "trips_and_pairs", "start_load",
        "must_drive", "speed", "fleet", "fewest_vehicles", "unreachable",
    }
)  # fmt: skip
"""Features that are stated as they are. Of the others:

max_ride, pair_ride, precedence, together, apart, balance, breaks, max_travel, position: left out.
soft_windows: up to six windows a job with a price each: what is wished, 15 minutes more, and all that is allowed.
periods: the matrix outside all periods is taken.
overtime: charged from when the route is longer than the whole shift, which is never too much.
pair_windows: one window from the first opening to the last end.
pair_release, pair_and_load: a job of a pair has no release and no load of its own.
max_duration_over_trips: left out, as overtime is on several trips. max_stops_over_trips: each trip keeps the limit, not all together. max_stops_and_pairs: stops of pairs are not counted.
max_distance_and_prices: the limit is kept, prices of that shift for single jobs and orders are left out.
published_order_over_trips: the first job of a later trip is not charged. prefix_over_trips: no reload amid what is begun.
"""

HISTORY = (20, 300)
"""Least and most plans that PyVRP compares a new one with; in between 3,000 x seconds / clients, or a tenth of the
iterations (better at 1,000 stops on every seed, 2026-11)."""
BIG = 400
"""Clients from which a cold start is first improved among few neighbours, so that the time limit holds."""
NARROW = NeighbourhoodParams(num_neighbours=10)
NARROW_TIMES, WIDE_TIMES = 1.5, 6
"""A first exhaustive turn among those takes so many times what finding the neighbours took, and one among PyVRP's 50 so
many times more (measured on 1,000 and 2,000 stops, 2026-11)."""
SHARE_FOR_ALL = 0.4
"""Share of the time in which a start that leaves jobs out must have found room for all, before each has its price."""


class Goal(Enum):
    """What a search begins with and is after."""

    KEEP_ALL = auto()
    """All that must be served is served."""
    FIT_ALL = auto()
    """Room must be found for all."""
    LEAVE_OUT = auto()
    """Every job may be left out at its price."""


def propose(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    *,
    seconds: float,
    seed: int = 0,
    warm: Mapping[str, Sequence[str]] | None = None,
    iterations: int | None = None,
    on_better: OnBetter | None = None,
) -> Sequences:
    """Plan these jobs on these shifts with PyVRP.

    Parameters
    ----------
    jobs, shifts
        The part of the problem to plan.
    seconds
        Wall time, building the data included.
    seed
        Diversifies the search.
    warm
        Sequences to start from; they may break rules and name what is not in the part.
    iterations
        Stop after so many; with enough seconds the same input and seed then give the same routes.
    on_better
        Told (cost, jobs left out) at the start and of better plans: what the part costs by PyVRP's rules, micros, penalties
        included.

    Returns
    -------
    Sequences
        Routes by shift id, jobs left out in none of them. They keep the rules named in EXACT when PyVRP found any
        routes that do; else they are the nearest it came to that.
    """
    budget = Budget(time.monotonic() + seconds, iterations)
    part = part_of(problem, weights, jobs, shifts)
    if not part.jobs or not part.groups:
        return {}
    told = Translation(part)
    start = greedy(told) if not warm else dict(warm)
    penalties = {job.id: problem.penalty(job, weights) for job in jobs}
    run = _Run(told, budget, RandomNumberGenerator(seed), on_better, penalties)
    return sequences_of(told, run.search(start, is_cold=not warm), warm or {})


class _Run:
    """One proposal."""

    def __init__(
        self,
        told: Translation,
        budget: Budget,
        random: RandomNumberGenerator,
        on_better: OnBetter | None,
        penalties: Mapping[str, int],
    ) -> None:
        self.told, self.budget, self.random = told, budget, random
        self.on_better, self.penalties = on_better, penalties
        self.needed = _needed(told.part)

    def search(self, start: Mapping[str, Sequence[str]], *, is_cold: bool) -> Solution:
        """The best routes found.

        Jobs whose penalty outweighs any route must be served where the start serves them all: PyVRP is faster so. A
        cold start has a while to find room for all; after that every job may be left out at its price.
        """
        told, needed = self.told, self.needed
        served = {one for ids in start.values() for one in ids}
        if is_cold or needed <= served:
            data = told.data(needed)
            first = Solution(data, routes_of(told, data, start))
            goal = Goal.KEEP_ALL if first.is_feasible() else Goal.FIT_ALL
            found = self._improve(data, first, goal, is_cold=is_cold)
            if found.is_feasible() or self.budget.is_over():
                return found
            start = sequences_of(told, found, {})
        data = told.data(frozenset())
        return self._improve(data, Solution(data, routes_of(told, data, start)), Goal.LEAVE_OUT)

    def _improve(
        self, data: ProblemData, first: Solution, goal: Goal, *, is_cold: bool = False
    ) -> Solution:
        """The best routes found from these; `first` where there is no time."""
        budget = self.budget
        if budget.is_over():
            return first
        penalties = Penalties(self.told, is_whole=goal is Goal.KEEP_ALL)
        paced, first = self._begin(data, first, penalties, is_cold=is_cold)
        if goal is Goal.LEAVE_OUT and not first.is_feasible():
            first = _mended(data, paced(first, penalties.max_cost_evaluator(), exhaustive=True))
        watch = Watch(self.told, budget, self.on_better, self.penalties)
        seconds = max(budget.remaining, 0.01)
        history = 3000 * seconds / _size(data)
        if budget.iterations is not None:
            history = budget.iterations / 10
        params = IteratedLocalSearchParams(
            history_length=int(np.clip(history, *HISTORY)), callbacks=watch
        )
        search: Any = IteratedLocalSearch(data, penalties, paced, first, params)
        found: Solution = search.run(_stop(budget, watch, goal), collect_stats=False).best
        return found if found.is_feasible() or watch.current is None else watch.current

    def _begin(
        self, data: ProblemData, first: Solution, penalties: Penalties, *, is_cold: bool
    ) -> tuple[Paced, Solution]:
        """The local search, and what to begin with: a big cold start is improved among few neighbours."""
        begun = time.monotonic()
        neighbours = compute_neighbours(data, NeighbourhoodParams())
        took_s = time.monotonic() - begun
        paced = Paced(self._local_search(data, neighbours), self.budget, took_s * NARROW_TIMES)
        if is_cold and _size(data) >= BIG:
            paced.local.neighbours = compute_neighbours(data, NARROW)
            first = paced(first, penalties.cost_evaluator(), exhaustive=True)
            paced.local.neighbours = neighbours
        paced.exhaustive_s *= WIDE_TIMES
        return paced, first

    def _local_search(
        self, data: ProblemData, neighbours: dict[Activity, list[Activity]]
    ) -> LocalSearch:
        local = LocalSearch(data, self.random, neighbours)
        for operator in OPERATORS:
            if operator.supports(data):
                local.add_operator(operator(data))
        return local


def _size(data: ProblemData) -> int:
    """Visits, at least one."""
    return max(1, data.num_clients + 2 * data.num_shipments)


def _stop(budget: Budget, watch: Watch, goal: Goal) -> Callable[[float], bool]:
    """Says when a search ends: with its budget, or when it has looked for room for all long enough."""
    give_up = time.monotonic() + SHARE_FOR_ALL * max(budget.remaining, 0.01)
    most = None if budget.iterations is None else SHARE_FOR_ALL * budget.iterations

    def stop(best_cost: float) -> bool:
        if budget.is_over():
            return True
        if goal is not Goal.FIT_ALL or watch.is_feasible:
            return False
        return time.monotonic() > give_up if most is None else budget.done > most

    return stop


def _mended(data: ProblemData, found: Solution) -> Solution:
    """The routes that keep PyVRP's rules; the jobs of the others are left out."""
    if found.is_feasible():
        return found
    vans = [route for route in found.routes() if route.is_feasible()]
    return Solution(data, vans)


def _needed(part: Part) -> frozenset[str]:
    """Jobs that some shift may serve and whose penalty outweighs any route."""
    dear = part.problem.base_penalty(replace(part.weights, unserved=None))
    may = np.any([look.allowed for look in part.looks], axis=0)
    ids = {
        job.id
        for job, is_let in zip(part.jobs, may, strict=True)
        if is_let and (job.mandatory or part.problem.penalty(job, part.weights) >= dear)
    }
    halves = {
        one
        for pair in part.pairs
        if not {pair.pickup, pair.delivery} <= ids
        for one in (pair.pickup, pair.delivery)
    }
    return frozenset(ids - halves)
