"""Plans a problem within a time limit: OR-Tools on the whole when it is small, in changing regions when it is big.

Always answers with the best plan found, with every job left out explained.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from routing.engine import regions
from routing.engine.insert import RouteGaps, places_in, route_gaps
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, Weights
from routing.engine.reasons import explain_unserved, impossible
from routing.engine.schedule import schedule
from routing.engine.search import Budget, OnBetter, Sequences, search
from routing.engine.solution import (
    Costs,
    PlannedRoute,
    SearchReport,
    SearchStep,
    Solution,
    Unserved,
)

WHOLE_UP_TO = 130
"""Jobs up to which one model takes the whole problem."""
FIRST_SHARE = 0.3
"""Share of the time for the first plan of all regions."""
QUICK_SECONDS = 1.0
QUICK_SECONDS_PER_JOB = 0.15
"""A whole of n jobs is searched for at most QUICK_SECONDS + n x QUICK_SECONDS_PER_JOB, whatever the limit."""
TIMED_PLACES = 3
"""Places timed exactly when a job left out is inserted; more find little and took half the time of 2,000 stops."""
ROUND_SECONDS = 1.2
"""Time for one region when improving."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search stands."""

    seconds: float
    """Since the start."""
    cost: int
    """Best cost so far, micros."""
    unserved: int
    """Jobs left out of the best plan."""
    stage: str
    """first, improve, done."""


OnProgress = Callable[[Progress], None]


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 0,
    weights: Weights = DEFAULT_WEIGHTS,
    warm_start: Solution | Mapping[str, Sequence[str]] | None = None,
    on_progress: OnProgress | None = None,
    iterations: int | None = None,
) -> Solution:
    """Plan the problem.

    Parameters
    ----------
    problem
        What to plan.
    seconds
        Wall time for the search; reasons and checks may add a little.
    seed
        Diversifies the search.
    weights
        Prices of lateness and of leaving jobs out.
    warm_start
        A plan to start from; what no longer fits is dropped and planned anew. The answer is never worse.
    on_progress
        Called at every better plan, and at the end.
    iterations
        Budget in accepted moves for each model. With it, and enough seconds, the same input and seed
        give the same plan on every machine.

    Returns
    -------
    Solution
        Feasible by construction; jobs that cannot be served, or not within the time, are in `unserved` with reasons.

    Raises
    ------
    InvalidProblem
        Costs at these weights would not fit into 64 bits.
    """
    problem.check_weights(weights)
    plan = _Plan(problem, weights, seed, time.monotonic(), seconds, iterations, on_progress)
    plan.rule_out()
    if warm_start is not None:
        plan.adopt(warm_start.sequences if isinstance(warm_start, Solution) else warm_start)
    plan.tell_start()
    if plan.open_jobs and problem.shifts:
        if len(plan.open_jobs) <= WHOLE_UP_TO:
            plan.search_whole()
        else:
            plan.search_regions()
        plan.insert_left_out()
    return plan.finish()


@dataclass
class _Plan:
    """The best plan so far and how it is improved."""

    problem: Problem
    weights: Weights
    seed: int
    started: float
    seconds: float
    iterations: int | None
    on_progress: OnProgress | None
    routes: dict[str, PlannedRoute] = field(default_factory=dict)
    ruled_out: dict[str, Unserved] = field(default_factory=dict)
    open_jobs: list[Job] = field(default_factory=list)
    steps: list[SearchStep] = field(default_factory=list)
    region_count: int = 1
    told_cost: int | None = None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a search, not a secret
        self.penalties = {
            job.id: self.problem.penalty(job, self.weights) for job in self.problem.jobs
        }

    # What is known

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def remaining(self) -> float:
        return self.seconds - self.elapsed

    @property
    def served(self) -> set[str]:
        return {job_id for route in self.routes.values() for job_id in route.job_ids}

    @property
    def sequences(self) -> Sequences:
        return {shift_id: route.job_ids for shift_id, route in self.routes.items()}

    def left_out(self) -> list[Job]:
        served = self.served
        return [job for job in self.open_jobs if job.id not in served]

    def cost(self) -> int:
        served = self.served
        unserved = sum(
            penalty for job_id, penalty in self.penalties.items() if job_id not in served
        )
        return unserved + sum(route.costs.total for route in self.routes.values())

    # Stages

    def tell_start(self) -> None:
        """Tell where the search starts: with the older plan, or with everything left out."""
        self._tell("first")

    def rule_out(self) -> None:
        """Set aside the jobs that no shift could serve even alone."""
        for job in self.problem.jobs:
            hopeless = impossible(self.problem, job)
            if hopeless is None:
                self.open_jobs.append(job)
            else:
                self.ruled_out[job.id] = hopeless
        self.random.shuffle(self.open_jobs)

    def adopt(self, sequences: Mapping[str, Sequence[str]]) -> None:
        """Take over what still fits of an older plan."""
        known = {job.id for job in self.open_jobs}
        for shift_id, ids in sequences.items():
            if shift_id not in self.problem.shift_by_id:
                continue
            kept = [job_id for job_id in ids if job_id in known]
            known -= set(kept)
            route = self._longest_feasible(shift_id, kept)
            if route is not None:
                self.routes[shift_id] = route
        self.insert_left_out()

    def search_whole(self) -> None:
        """One model for everything."""
        warm = self.sequences if self.routes else None
        # A handful of stops is done long before a limit made for hundreds.
        quick = QUICK_SECONDS + QUICK_SECONDS_PER_JOB * len(self.open_jobs)
        seconds = self._slice(min(self.remaining, quick))
        ruled_out_cost = sum(self.penalties[job_id] for job_id in self.ruled_out)

        def on_better(cost: int, left_out: int) -> None:
            self._report("improve", cost + ruled_out_cost, left_out + len(self.ruled_out))

        shifts = list(self.problem.shifts)
        self._take(
            self._search(self.open_jobs, shifts, seconds, warm, on_better), shifts, "improve"
        )
        self._note("whole")

    def search_regions(self) -> None:
        """A first plan region by region, then changing groups of neighbouring routes until the time is over."""
        points = regions.lay_out(self.problem, [job.place for job in self.open_jobs])
        if not self.routes:
            self._plan_regions(points)
            self._note("regions")
            self.insert_left_out()
            self._note("insertion")
        rounds = 0
        most = None if self.iterations is None else 2 * self.region_count
        while self.remaining > 0.3 and (most is None or rounds < most):
            self._improve_around(points, rounds)
            rounds += 1
        self._note(f"{rounds} rounds of neighbouring routes")

    def insert_left_out(self) -> None:
        """Put each job left out into its cheapest place where that costs less than its penalty."""
        left = sorted(self.left_out(), key=lambda job: (-self.penalties[job.id], job.id))
        if not left:
            return
        gaps = {s.id: self._gaps(s) for s in self.problem.shifts}
        for job in left:
            places = places_in(
                self.problem,
                list(gaps.values()),
                job,
                weights=self.weights,
                limit=1,
                timed=TIMED_PLACES,
            )
            if places and places[0].extra_cost < self.penalties[job.id]:
                self.routes[places[0].shift_id] = places[0].route
                gaps[places[0].shift_id] = self._gaps(self.problem.shift_by_id[places[0].shift_id])

    def finish(self) -> Solution:
        """The solution, with the reason for every job left out."""
        all_gaps = [self._gaps(shift) for shift in self.problem.shifts]
        unserved = list(self.ruled_out.values())
        unserved += [
            explain_unserved(self.problem, self.weights, all_gaps, job)
            for job in sorted(self.left_out(), key=lambda job: job.id)
        ]
        order = [shift.id for shift in self.problem.shifts if shift.id in self.routes]
        costs = sum((self.routes[shift_id].costs for shift_id in order), Costs())
        costs += Costs(unserved=sum(self.penalties[one.job_id] for one in unserved))
        self._tell("done")
        report = SearchReport(
            seed=self.seed, seconds=self.elapsed, regions=self.region_count, steps=tuple(self.steps)
        )
        return Solution(
            tuple(self.routes[shift_id] for shift_id in order), tuple(unserved), costs, report
        )

    # Regions

    def _plan_regions(self, points: regions.Points) -> None:
        parts = [
            [self.open_jobs[row] for row in rows]
            for rows in regions.cut(points, regions.REGION_STOPS, self.random)
        ]
        parts = _gather_pinned(parts)
        self.region_count = len(parts)
        shares = regions.share_shifts(parts, self.problem.shifts)
        first_end = self.elapsed + FIRST_SHARE * self.remaining
        over_jobs: list[Job] = []
        over_shifts: list[Shift] = []
        for number, (jobs, shifts) in enumerate(zip(parts, shares, strict=True)):
            # What a part leaves over, jobs and shifts, goes on to the next: whole shifts never match a part's work.
            jobs, shifts = [*over_jobs, *jobs], [*over_shifts, *shifts]
            seconds = (first_end - self.elapsed) / (len(parts) - number)
            self._take(self._search(jobs, shifts, self._slice(max(seconds, 0.05))), shifts, "first")
            served = self.served
            over_jobs = [job for job in jobs if job.id not in served]
            over_shifts = [shift for shift in shifts if shift.id not in self.routes]

    def _improve_around(self, points: regions.Points, turn: int) -> None:
        """Plan one group of neighbouring routes anew, with the left-out jobs and some empty shifts near them."""
        row_of = {job.id: row for row, job in enumerate(self.open_jobs)}
        left = self.left_out()
        centre = points[
            row_of[self.random.choice(left if left and turn % 2 == 0 else self.open_jobs).id]
        ]

        def away(job_ids: Iterable[str]) -> float:
            return min(float(abs(points[row_of[one]] - centre).sum()) for one in job_ids)

        jobs: list[Job] = sorted(left, key=lambda job: (away([job.id]), job.id))[
            : regions.REGION_STOPS // 4
        ]
        shifts: list[Shift] = []
        for route in sorted(self.routes.values(), key=lambda r: (away(r.job_ids), r.shift_id)):
            if shifts and len(jobs) + len(route.stops) > regions.REGION_STOPS * 1.2:
                break
            shifts.append(self.problem.shift_by_id[route.shift_id])
            jobs += [self.problem.job_by_id[job_id] for job_id in route.job_ids]
        empty = [shift for shift in self.problem.shifts if shift.id not in self.routes]
        self.random.shuffle(empty)
        shifts += empty[: 2 + len(left) // 10]
        seconds = self._slice(min(ROUND_SECONDS, self.remaining))
        warm = {one.id: self.routes[one.id].job_ids for one in shifts if one.id in self.routes}
        self._take(self._search(jobs, shifts, seconds, warm), shifts, "improve")

    def _slice(self, seconds: float) -> float:
        """Time for one search; with a budget of iterations the clock must not decide, short of the very end."""
        return seconds if self.iterations is None else max(self.remaining, 0.05)

    # Parts

    def _search(
        self,
        jobs: Sequence[Job],
        shifts: Sequence[Shift],
        seconds: float,
        warm: Sequences | None = None,
        on_better: OnBetter | None = None,
    ) -> Sequences | None:
        starts = {
            stop.job_id: stop.start_s for route in self.routes.values() for stop in route.stops
        }
        budget = Budget(seconds, self.iterations)
        return search(
            self.problem,
            self.weights,
            jobs,
            shifts,
            budget,
            warm=warm,
            starts=starts,
            on_better=on_better,
        )

    def _take(self, found: Sequences | None, shifts: Sequence[Shift], stage: str) -> None:
        """Put the found routes in place of those of these shifts, if the plan gets cheaper."""
        if found is None:
            return
        new: dict[str, PlannedRoute] = {}
        for shift_id, ids in found.items():
            route = self._longest_feasible(shift_id, ids)
            if route is not None:
                new[shift_id] = route
        old = {shift.id: self.routes[shift.id] for shift in shifts if shift.id in self.routes}
        if self._worth(new) > self._worth(old):
            for shift_id in old:
                del self.routes[shift_id]
            self.routes |= new
        self._tell(stage)

    def _worth(self, routes: Mapping[str, PlannedRoute]) -> int:
        """Penalties saved less costs."""
        saved = sum(self.penalties[job_id] for route in routes.values() for job_id in route.job_ids)
        return saved - sum(route.costs.total for route in routes.values())

    def _longest_feasible(self, shift_id: str, ids: Sequence[str]) -> PlannedRoute | None:
        """The route of these jobs, without those that do not fit (an older plan's may not)."""
        if not ids:
            return None
        timing = schedule(self.problem, shift_id, ids, weights=self.weights)
        if timing.is_feasible:
            return timing.route
        best: PlannedRoute | None = None
        kept: list[str] = []
        for job_id in ids:
            timing = schedule(self.problem, shift_id, [*kept, job_id], weights=self.weights)
            if timing.is_feasible:
                kept.append(job_id)
                best = timing.route
        return best

    def _gaps(self, shift: Shift) -> RouteGaps:
        route = self.routes.get(shift.id)
        return route_gaps(self.problem, shift, () if route is None else route.job_ids)

    def _note(self, name: str) -> None:
        self.steps.append(
            SearchStep(name, round(self.elapsed, 3), self.cost(), len(self.left_out()))
        )

    def _tell(self, stage: str) -> None:
        if self.on_progress is not None:
            self._report(stage, self.cost(), len(self.left_out()) + len(self.ruled_out))

    def _report(self, stage: str, cost: int, unserved: int) -> None:
        """Tell the caller, unless it has already heard of a better plan."""
        if self.on_progress is None or (
            self.told_cost is not None and cost > self.told_cost and stage != "done"
        ):
            return
        self.told_cost = cost
        self.on_progress(Progress(self.elapsed, cost, unserved, stage))


def _gather_pinned(parts: list[list[Job]]) -> list[list[Job]]:
    """Move jobs pinned to one shift into one region."""
    home: dict[str, int] = {}
    moved: list[list[Job]] = [[] for _ in parts]
    for number, jobs in enumerate(parts):
        for job in jobs:
            target = (
                number if job.pinned_shift is None else home.setdefault(job.pinned_shift, number)
            )
            moved[target].append(job)
    return [jobs for jobs in moved if jobs]
