"""Plans a day region by region, then improves groups of neighbouring routes until the time is over."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from routing.engine import decompose
from routing.engine.decompose import Ground, Members
from routing.engine.errands import Errand, Hands
from routing.engine.fit import job_violations, tied_to
from routing.engine.parameters import Budget
from routing.engine.problem import Job, Shift
from routing.engine.regions import Points
from routing.engine.renewing import ABLE_ROUTES
from routing.engine.run import Run
from routing.engine.search import has_rules_beyond_pairs, sketch
from routing.engine.solution import PlannedRoute

FIRST_SHARE, PAIRS_FIRST_SHARE = 0.15, 0.6
"""Share of the time for the first plan of all regions; with pairs they need more of it."""
SKETCH_SHARE = 0.3
"""Most of the time for the same where it is sketched; a region takes tenths of a second."""
INSERTION_SHARE, SKETCHED_INSERTION_SHARE = 0.3, 0.8
"""Most of the time left for putting in what the regions left out, and what was taken out of sketches."""
LATE_S = 600
"""Lateness, seconds, of stops that are put in again after a sketch."""
LEAST_ROUND_S = 0.3
"""No group is begun with less time left."""
TRIES = 12
"""Groups looked at for one that was not searched in vain as it stands."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a group of neighbouring routes is improved."""

    size: int
    """Jobs in it, about."""
    seconds: float
    renews: bool = False
    """Jobs are taken out of the plan and put in again; else OR-Tools searches."""


def search_regions(run: Run, size: int, ways: Sequence[Way], hands: Hands) -> None:
    """Plan in parts of about `size` jobs, then improve groups of neighbouring routes, `hands.size` at a time.

    Parameters
    ----------
    ways
        To improve a group, one after another in turn.
    hands
        Searches the parts.
    """
    ground = Ground(run.problem, run.jobs)
    if not run.has_plan:
        _plan_regions(run, ground, size, hands)
    rounds = _Rounds(run, ground, ways)
    most = None if run.iterations is None else 2 * max(run.region_count, len(ways))
    while True:
        while len(rounds.under_way) < hands.size and (most is None or rounds.begun < most):
            errand = rounds.next() if run.has_more_than(LEAST_ROUND_S) else None
            if errand is None:
                break
            hands.give(errand)
        if not rounds.under_way:
            break
        rounds.finish(*hands.come_back())
    run.note(f"{rounds.begun} rounds of neighbouring routes")


def _plan_regions(run: Run, ground: Ground, size: int, hands: Hands) -> None:
    """The first plan, filled up with what was left out of it."""
    parts = decompose.divide(ground, {}, -(-len(run.jobs) // size), run.random)
    run.region_count = len(parts)
    if has_rules_beyond_pairs(run.problem, run.jobs, run.problem.shifts):
        _sketch(run, parts)
        run.note("regions")
        until = run.ends - (1 - SKETCHED_INSERTION_SHARE) * run.remaining
        run.draft.insert_left_out(until)
        _place_late_anew(run, until)
    else:
        _plan_parts(run, parts, hands)
        run.note("regions")
        run.draft.insert_left_out(run.ends - (1 - INSERTION_SHARE) * run.remaining)
    run.note("insertion")


def _sketch(run: Run, parts: Sequence[Members]) -> None:
    """Plan the parts without the rules that first heuristics do not see; the draft takes out what breaks them.

    A model with all rules takes seconds to find out how much of such a plan it takes, and takes less of it: of 500 jobs of a
    made day 200 to 400 were left out after 14 s, and 38 after 3 s this way (2026-11).
    """
    end = run.elapsed + SKETCH_SHARE * run.remaining
    found: dict[str, tuple[str, ...]] = {}
    for jobs, shifts in parts:
        seconds = run.slice(max(end - run.elapsed, LEAST_ROUND_S))
        budget = Budget(seconds, run.iterations)
        found |= sketch(run.problem, run.weights, jobs, shifts, budget)
    run.draft.take(found, inserts=False)
    run.tell("first")


def _place_late_anew(run: Run, until: float) -> None:
    """Put what is late on a route in again where it is cheapest, the dearest route first: sketches know of no break."""
    draft = run.draft
    for route in sorted(draft.routes.values(), key=lambda one: (-one.costs.lateness, one.shift_id)):
        shift = run.problem.shift_by_id[route.shift_id]
        late = {stop.job_id for stop in route.stops if stop.late_s > LATE_S} - {*shift.prefix}
        if late and time.monotonic() < until:
            ids = [one for one in draft.sequences[shift.id] if one not in late]
            draft.take({shift.id: ids}, [shift], until)
    run.tell("first")


def _plan_parts(run: Run, parts: Sequence[Members], hands: Hands) -> None:
    """Plan the parts one after another, `hands.size` at a time."""
    rest = list(parts)
    share = PAIRS_FIRST_SHARE if run.problem.pairs else FIRST_SHARE
    first_end = run.elapsed + share * run.remaining
    over_jobs: list[Job] = []
    over_shifts: list[Shift] = []
    under_way = 0
    while rest or under_way:
        while rest and under_way < hands.size:
            # What a part leaves over, jobs and shifts, goes on to the next: whole shifts never match a part's work.
            seconds = (first_end - run.elapsed) * hands.size / len(rest)
            jobs, shifts = rest.pop(0)
            hands.give(
                Errand([*over_jobs, *jobs], [*over_shifts, *shifts], run.slice(max(seconds, 0.05)))
            )
            over_jobs, over_shifts = [], []
            under_way += 1
        errand, found = hands.come_back()
        under_way -= 1
        run.take(found, errand.shifts, "first")
        served = run.draft.served
        over_jobs += [job for job in errand.jobs if job.id not in served]
        over_shifts += [shift for shift in errand.shifts if not run.drives(shift)]


@dataclass
class _Rounds:
    """Groups of neighbouring routes, one after another, none in two hands at once."""

    run: Run
    ground: Ground
    ways: Sequence[Way]
    begun: int = 0
    under_way: list[Errand] = field(default_factory=list)
    _in_vain: set[frozenset[tuple[str, ...]]] = field(default_factory=set)
    """Groups of routes, as they stood, that were searched without gain."""

    def next(self) -> Errand | None:
        """A group to search; None where all jobs or all shifts are in hand."""
        way = self.ways[self.begun % len(self.ways)]
        errand = None
        for _ in range(TRIES):
            errand = self._group(way)
            if errand is None or errand.around or _key(errand) not in self._in_vain:
                break
        if errand is not None:
            self.begun += 1
            self.under_way.append(errand)
        return errand

    def finish(self, errand: Errand, found: dict[str, tuple[str, ...]] | None) -> None:
        """Take over what was found."""
        self.under_way.remove(errand)
        if not self.run.take(found, errand.shifts, "improve") and not errand.around:
            self._in_vain.add(_key(errand))

    def _group(self, way: Way) -> Errand | None:
        """Routes near a job drawn at random, with left-out jobs and some empty shifts near them."""
        run = self.run
        taken = {shift.id for errand in self.under_way for shift in errand.shifts}
        in_hand = {job.id for errand in self.under_way for job in errand.jobs}
        left = [job for job in run.draft.left_out() if job.id not in in_hand]
        free = [job for job in run.jobs if job.id not in in_hand]
        if not free:
            return None
        centre = self._centre(free, left)
        points, row_of = self.ground.points, self.ground.row_of
        away = np.abs(points - points[row_of[centre.id]]).sum(axis=1)
        jobs = sorted(left, key=lambda job: (away[row_of[job.id]], job.id))[: way.size // 4]
        shifts: list[Shift] = []
        for route in self._around(centre, away, taken):
            if shifts and len(jobs) + len(route.stops) > way.size * 1.2:
                break
            shifts.append(run.problem.shift_by_id[route.shift_id])
            jobs += [run.problem.job_by_id[job_id] for job_id in route.job_ids]
        empty = [s for s in run.problem.shifts if s.id not in taken and not run.drives(s)]
        run.random.shuffle(empty)
        spare = empty[: 2 + len(left) // 10]
        if not shifts and not spare:
            return None
        sequences = run.draft.sequences
        return Errand(
            jobs,
            shifts + spare,
            run.slice(min(way.seconds, run.remaining)),
            {shift.id: sequences[shift.id] for shift in shifts},
            around=run.draft.routes if way.renews else None,
            seed=run.random.randrange(2**31) if way.renews else 0,
        )

    def _centre(self, free: Sequence[Job], left: Sequence[Job]) -> Job:
        """Every other time one that is late or left out, where there is one."""
        routes = self.run.draft.routes.values()
        late = {stop.job_id for route in routes for stop in route.stops if stop.late_s}
        troubled = [job for job in free if job.id in late] + [*left]
        return self.run.random.choice(troubled if troubled and self.begun % 2 == 0 else free)

    def _around(self, centre: Job, away: Points, taken: Collection[str]) -> list[PlannedRoute]:
        """Routes in nobody's hands: some that can take the centre, then those tied to it, then the nearest."""
        problem, row_of = self.run.problem, self.ground.row_of
        tied = tied_to(problem, centre.id)

        def nearness(route: PlannedRoute) -> tuple[bool, float, str]:
            rows = [row_of[one] for one in route.job_ids]
            return tied.isdisjoint(route.job_ids), float(away[rows].min()), route.shift_id

        every = self.run.draft.routes.values()
        near = [route for route in every if route.stops and route.shift_id not in taken]
        near.sort(key=nearness)
        shift_by_id = problem.shift_by_id
        able = [r for r in near if not job_violations(shift_by_id[r.shift_id], centre)]
        first = {route.shift_id for route in able[:ABLE_ROUTES]}
        return sorted(near, key=lambda route: route.shift_id not in first)


def _key(errand: Errand) -> frozenset[tuple[str, ...]]:
    return frozenset((errand.warm or {}).values())
