"""Plans a problem within a time limit: fast searches propose, OR-Tools completes and confirms, what is left out is explained.

Always answers with the best plan found, with every job left out explained.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from routing.engine import regions
from routing.engine.draft import Draft
from routing.engine.features import features_of
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, Weights
from routing.engine.proposers import pyvrp, ruin
from routing.engine.search import Budget, OnBetter, Sequences, confirm, search
from routing.engine.solution import SearchReport, SearchStep, Solution
from routing.engine.whole import time_routes

Engine = Literal["auto", "ortools"]

WHOLE_UP_TO = 130
"""Jobs up to which one OR-Tools model takes the whole problem."""
PROPOSED_WHOLE_UP_TO = 2_500
"""Jobs up to which the proposers take the whole problem; above, parts of PROPOSED_PART."""
PROPOSED_PART = 1_000
FIRST_SHARE = 0.3
"""Share of the time for the first plan of all regions."""
INSERTION_SHARE = 0.3
"""Most of the time left for putting in what the regions left out."""
QUICK_SECONDS = 1.0
QUICK_SECONDS_PER_JOB = 0.2
"""A whole of n jobs is searched for at most QUICK_SECONDS + n x QUICK_SECONDS_PER_JOB, whatever the limit."""
ROUND_SECONDS = 1.2
"""Time for one region of OR-Tools when improving."""
PART_SECONDS = 6.0
"""Time for one region of the proposers when improving."""
RELAXED_SHARE = 0.5
"""Share of the time for proposals where they do not know every rule; OR-Tools has the rest (measured 2026-11)."""
NEARLY_SHARE = 0.75
"""The same where a proposer prices every rule, though not to the micro."""
RUIN_SHARE = 0.75
"""Share of a proposal's time for ruin and recreate; PyVRP goes on from there (measured 2026-11)."""
CONFIRM_SECONDS = 0.1
CONFIRM_SECONDS_PER_JOB = 0.0006
"""Kept back for OR-Tools to read the plan into the full model."""
TELL_EVERY_S = 0.3


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
    engine: Engine = "auto",
    cores: int = 1,
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
        Called at better plans, and at the end.
    iterations
        Budget in accepted moves for each model. With it, and enough seconds, the same input and seed
        give the same plan on every machine.
    engine
        auto: PyVRP and ruin and recreate propose, OR-Tools completes, repairs and confirms; ortools: it searches alone.
    cores
        Threads that search; with `iterations` always one.

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
    started = time.monotonic()
    draft = Draft(problem, weights)
    plan = _Plan(draft, seed, started, seconds, iterations, on_progress, engine, max(1, cores))
    if warm_start is not None:
        plan.adopt(warm_start.sequences if isinstance(warm_start, Solution) else warm_start)
    plan.tell_start()
    if draft.open_jobs and problem.shifts:
        plan.search()
        draft.insert_left_out(plan.ends + 1.0)
    return plan.finish()


@dataclass
class _Plan:
    """One search: its time, its dice, what it has found."""

    draft: Draft
    seed: int
    started: float
    seconds: float
    iterations: int | None
    on_progress: OnProgress | None
    engine: Engine
    cores: int
    steps: list[SearchStep] = field(default_factory=list)
    engines: list[str] = field(default_factory=list)
    path: str = "ortools"
    region_count: int = 1
    told_cost: int | None = None
    told_at: float = 0.0
    first_seconds: float | None = None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a search, not a secret
        self.problem, self.weights = self.draft.problem, self.draft.weights
        self.jobs = list(self.draft.open_jobs)
        self.random.shuffle(self.jobs)
        if self.iterations is not None:
            self.cores = 1
        features = features_of(self.problem, self.weights)
        unknown_to_ruin, unknown_to_pyvrp = features - ruin.EXACT, features - pyvrp.EXACT
        self._is_exact = not unknown_to_ruin or not unknown_to_pyvrp
        self._is_nearly = not unknown_to_ruin - ruin.NEARLY
        self._ruins = self._is_nearly or len(unknown_to_ruin) <= len(unknown_to_pyvrp)
        """Ruin and recreate knows no fewer of the rules: it finds the routes."""
        self._polishes = unknown_to_pyvrp <= unknown_to_ruin - ruin.NEARLY
        """PyVRP knows all that ruin and recreate does: it may go on from its routes."""

    # What is known

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def remaining(self) -> float:
        return self.seconds - self.elapsed

    @property
    def ends(self) -> float:
        """Moment of `time.monotonic` at which mending stops; with a budget of iterations the clock decides nothing."""
        return self.started + self.seconds if self.iterations is None else float("inf")

    @property
    def _warm(self) -> Sequences | None:
        return self.draft.sequences if self.draft.served else None

    # Stages

    def tell_start(self) -> None:
        """Tell where the search starts: with the older plan, or with everything left out."""
        self._tell("first")

    def adopt(self, sequences: Mapping[str, Sequence[str]]) -> None:
        """Take over what still fits of an older plan."""
        self.draft.take({shift_id: tuple(ids) for shift_id, ids in sequences.items()})
        self._note("older plan")

    def search(self) -> None:
        """Proposals first, where they are wanted; then OR-Tools, to search on or to confirm."""
        # A handful of stops is done long before a limit made for hundreds.
        quick = QUICK_SECONDS + QUICK_SECONDS_PER_JOB * len(self.jobs)
        if self.iterations is None:
            self.seconds = min(self.seconds, quick)
        if self.engine == "ortools":
            self._search_ortools()
            return
        self.path = "exact" if self._is_exact else "relaxed"
        share = 1.0 if self._is_exact else NEARLY_SHARE if self._is_nearly else RELAXED_SHARE
        if self.remaining > 0.05 or self.iterations is not None:
            self._propose(self.elapsed + share * self.remaining - self._confirm_seconds())
        if not self._is_exact and (self.remaining > 0.2 or self.iterations is not None):
            self._search_ortools()
        if self._is_exact:
            self._confirm()

    def _search_ortools(self) -> None:
        self.engines.append("ortools")
        if len(self.jobs) <= WHOLE_UP_TO:
            self._search_whole()
        else:
            self._search_regions(regions.REGION_STOPS, ROUND_SECONDS, self._ortools)

    def _search_whole(self) -> None:
        """One model for everything, from what was proposed and, where rules were missing there, from nothing too."""
        shifts = list(self.problem.shifts)
        seconds = self.remaining
        if self._warm and self.path == "relaxed" and not self._is_nearly:
            seconds /= 2
            found = self._ortools(self.jobs, shifts, self._slice(seconds))
            self._take(found, shifts, "improve")
            self._note("ortools, from nothing")
        seconds = self._slice(seconds)
        on_better = self._listener("improve")
        found = self._ortools(self.jobs, shifts, seconds, self._warm, on_better)
        self._take(found, shifts, "improve")
        self._note("ortools, whole")

    def _propose(self, until: float) -> None:
        """The proposers' part, to this moment of `elapsed`."""
        if len(self.jobs) > PROPOSED_WHOLE_UP_TO:
            end, self.seconds = self.seconds, until
            self._search_regions(PROPOSED_PART, PART_SECONDS, self._ruin)
            self.seconds = end
            self.engines.append("ruin")
            return
        shifts = list(self.problem.shifts)
        if not self._ruins:
            self._polish(shifts, until)
            return
        share = RUIN_SHARE if self._polishes else 1.0
        found = ruin.propose(
            self.problem, self.weights, self.jobs, shifts,
            seconds=self._slice(share * (until - self.elapsed)), seed=self.seed, warm=self._warm,
            iterations=self.iterations, cores=self.cores, on_better=self._listener("improve"),
        )  # fmt: skip
        self.engines.append("ruin")
        self._take(found, shifts, "improve")
        self._note("ruin and recreate")
        if self._polishes:
            self._polish(shifts, until)

    def _polish(self, shifts: list[Shift], until: float) -> None:
        """PyVRP from the plan so far; on another core ruin and recreate goes on."""
        warm = self._warm
        seconds = self._slice(until - self.elapsed)
        if seconds <= 0.05:
            return
        found: list[Sequences] = []
        end = time.monotonic() + seconds

        def go_on(number: int) -> None:
            found.append(
                ruin.propose(
                    self.problem,
                    self.weights,
                    self.jobs,
                    shifts,
                    seconds=end - time.monotonic(),
                    seed=self.seed + 7_919 * number,
                    warm=warm,
                )
            )

        others = [
            threading.Thread(target=go_on, args=(number,))
            for number in range(1, self.cores if self._ruins else 1)
        ]
        for thread in others:
            thread.start()
        polished = pyvrp.propose(
            self.problem, self.weights, self.jobs, shifts, seconds=seconds, seed=self.seed,
            warm=warm, iterations=self.iterations,
        )  # fmt: skip
        for thread in others:
            thread.join()
        if self._take(polished, shifts, "improve"):
            self.engines.append("pyvrp")
        self._note("pyvrp")
        for one in found:
            self._take(one, shifts, "improve")

    def _search_regions(self, size: int, seconds: float, searcher: "_Searcher") -> None:
        """A first plan region by region, then changing groups of neighbouring routes until the time is over."""
        points = regions.lay_out(self.problem, [job.place for job in self.jobs])
        if not self.draft.served:
            self._plan_regions(points, size, searcher)
            self._note("regions")
            self.draft.insert_left_out(self.ends - (1 - INSERTION_SHARE) * self.remaining)
            self._note("insertion")
        rounds = 0
        most = None if self.iterations is None else 2 * self.region_count
        while self.remaining > 0.3 and (most is None or rounds < most):
            self._improve_around(points, rounds, size, seconds, searcher)
            rounds += 1
        self._note(f"{rounds} rounds of neighbouring routes")

    def _confirm(self) -> None:
        """OR-Tools reads the plan into the full model; where proposals were not exact it has searched there already."""
        told = confirm(self.problem, self.weights, self.draft.sequences, starts=self.draft.starts)
        name = "confirmed by ortools" if told is not None else "not read by ortools"
        self._note(name)

    def _confirm_seconds(self) -> float:
        return CONFIRM_SECONDS + CONFIRM_SECONDS_PER_JOB * len(self.jobs)

    def finish(self) -> Solution:
        """The solution, with the reason for every job left out."""
        draft = self.draft
        routes = list(draft.routes.values())
        if not routes:
            routes = list(time_routes(self.problem, {}, self.weights)[0])
        unserved = draft.explain()
        order = {shift.id: number for number, shift in enumerate(self.problem.shifts)}
        routes.sort(key=lambda route: order[route.shift_id])
        self._tell("done")
        report = SearchReport(
            engine="+".join(dict.fromkeys(self.engines)) or "ortools",
            path=self.path,
            seed=self.seed,
            seconds=self.elapsed,
            regions=self.region_count,
            first_seconds=self.first_seconds,
            steps=tuple(self.steps),
        )
        return Solution(tuple(routes), tuple(unserved), draft.costs(), report)

    # Regions

    def _plan_regions(self, points: regions.Points, size: int, searcher: "_Searcher") -> None:
        parts = [
            [self.jobs[row] for row in rows] for rows in regions.cut(points, size, self.random)
        ]
        parts = _gather_bound(self.problem, parts)
        self.region_count = len(parts)
        shares = regions.share_shifts(parts, self.problem.shifts)
        first_end = self.elapsed + FIRST_SHARE * self.remaining
        over_jobs: list[Job] = []
        over_shifts: list[Shift] = []
        for number, (jobs, shifts) in enumerate(zip(parts, shares, strict=True)):
            # What a part leaves over, jobs and shifts, goes on to the next: whole shifts never match a part's work.
            jobs, shifts = [*over_jobs, *jobs], [*over_shifts, *shifts]
            seconds = (first_end - self.elapsed) / (len(parts) - number)
            found = searcher(jobs, shifts, self._slice(max(seconds, 0.05)), None)
            self._take(found, shifts, "first")
            served = self.draft.served
            over_jobs = [job for job in jobs if job.id not in served]
            over_shifts = [shift for shift in shifts if not self._drives(shift)]

    def _improve_around(
        self, points: regions.Points, turn: int, size: int, seconds: float, searcher: "_Searcher"
    ) -> None:
        """Plan one group of neighbouring routes anew, with the left-out jobs and some empty shifts near them."""
        row_of = {job.id: row for row, job in enumerate(self.jobs)}
        left = self.draft.left_out()
        centre = points[
            row_of[self.random.choice(left if left and turn % 2 == 0 else self.jobs).id]
        ]

        def away(job_ids: Iterable[str]) -> float:
            return min(float(abs(points[row_of[one]] - centre).sum()) for one in job_ids)

        jobs: list[Job] = sorted(left, key=lambda job: (away([job.id]), job.id))[: size // 4]
        shifts: list[Shift] = []
        driving = [route for route in self.draft.routes.values() if route.stops]
        for route in sorted(driving, key=lambda r: (away(r.job_ids), r.shift_id)):
            if shifts and len(jobs) + len(route.stops) > size * 1.2:
                break
            shifts.append(self.problem.shift_by_id[route.shift_id])
            jobs += [self.problem.job_by_id[job_id] for job_id in route.job_ids]
        empty = [shift for shift in self.problem.shifts if not self._drives(shift)]
        self.random.shuffle(empty)
        shifts += empty[: 2 + len(left) // 10]
        sequences = self.draft.sequences
        warm = {one.id: sequences[one.id] for one in shifts if self._drives(one)}
        found = searcher(jobs, shifts, self._slice(min(seconds, self.remaining)), warm)
        self._take(found, shifts, "improve")

    def _drives(self, shift: Shift) -> bool:
        route = self.draft.routes.get(shift.id)
        return route is not None and bool(route.stops)

    def _slice(self, seconds: float) -> float:
        """Time for one search; with a budget of iterations the clock must not decide, short of the very end."""
        return seconds if self.iterations is None else max(self.remaining, 0.05)

    # Parts

    def _ortools(
        self,
        jobs: Sequence[Job],
        shifts: Sequence[Shift],
        seconds: float,
        warm: Sequences | None = None,
        on_better: OnBetter | None = None,
    ) -> Sequences | None:
        return search(
            self.problem,
            self.weights,
            jobs,
            shifts,
            Budget(seconds, self.iterations),
            warm=warm,
            starts=self.draft.starts,
            on_better=on_better,
        )

    def _ruin(
        self,
        jobs: Sequence[Job],
        shifts: Sequence[Shift],
        seconds: float,
        warm: Sequences | None = None,
        on_better: OnBetter | None = None,
    ) -> Sequences | None:
        return ruin.propose(
            self.problem,
            self.weights,
            jobs,
            shifts,
            seconds=seconds,
            seed=self.random.randrange(10**6),
            warm=warm,
            iterations=self.iterations,
            cores=self.cores,
            on_better=on_better,
        )

    def _take(self, found: Sequences | None, shifts: Sequence[Shift], stage: str) -> bool:
        """Put the found routes in place of those of these shifts, if the plan gets cheaper."""
        if found is None:
            return False
        # Of a part's routes, what it leaves out goes on to other parts; putting it in here would take all the time.
        is_whole = len(shifts) == len(self.problem.shifts)
        until = self.ends
        is_better = self.draft.take(found, shifts, until, inserts=is_whole)
        self._tell(stage)
        return is_better

    def _note(self, name: str) -> None:
        left = len(self.problem.jobs) - len(self.draft.served)
        self.steps.append(SearchStep(name, round(self.elapsed, 3), self.draft.cost(), left))

    def _listener(self, stage: str) -> OnBetter | None:
        """Tells what a search over all jobs finds on its way."""
        apart = len(self.problem.jobs) - len(self.jobs)
        searched = {job.id for job in self.jobs}
        apart_cost = sum(
            penalty for job_id, penalty in self.draft.penalties.items() if job_id not in searched
        )

        def on_better(cost: int, left_out: int) -> None:
            is_first = left_out == 0 and self.first_seconds is None
            if is_first:
                self.first_seconds = round(self.elapsed, 3)
            if is_first or time.monotonic() - self.told_at > TELL_EVERY_S:
                self._report(stage, cost + apart_cost, left_out + apart)

        return on_better

    def _tell(self, stage: str) -> None:
        left = len(self.problem.jobs) - len(self.draft.served)
        self._report(stage, self.draft.cost(), left)

    def _report(self, stage: str, cost: int, unserved: int) -> None:
        """Tell of a plan, but of none dearer than the last (a relaxed proposal may have promised too much)."""
        if self.on_progress is None:
            return
        if self.told_cost is None or cost <= self.told_cost or stage == "done":
            self.told_cost = cost
            self.told_at = time.monotonic()
            self.on_progress(Progress(self.elapsed, cost, unserved, stage))


_Searcher = Callable[[Sequence[Job], Sequence[Shift], float, Sequences | None], Sequences | None]


def _gather_bound(problem: Problem, parts: list[list[Job]]) -> list[list[Job]]:
    """Put jobs that are pinned to one shift, or tied to each other, into the part that has most of them."""
    head: dict[str, str] = {}

    def find(one: str) -> str:
        while head.get(one, one) != one:
            one = head[one]
        return one

    groups: list[Sequence[str]] = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    groups += [(rule.before, rule.after) for rule in problem.precedences]
    groups += list(problem.together)
    pinned: dict[str, list[str]] = {}
    for job in problem.jobs:
        if job.pinned_shift is not None:
            pinned.setdefault(job.pinned_shift, []).append(job.id)
    for shift in problem.shifts:
        if shift.prefix:
            pinned.setdefault(shift.id, []).extend(shift.prefix)
    groups += list(pinned.values())
    for group in groups:
        for other in group[1:]:
            head[find(other)] = find(group[0])
    counts: dict[str, dict[int, int]] = {}
    bound = {one for group in groups for one in group if len(group) > 1}
    for number, jobs in enumerate(parts):
        for job in jobs:
            if job.id in bound:
                seen = counts.setdefault(find(job.id), {})
                seen[number] = seen.get(number, 0) + 1
    home = {one: max(seen, key=lambda n: (seen[n], -n)) for one, seen in counts.items()}
    gathered: list[list[Job]] = [[] for _ in parts]
    for number, jobs in enumerate(parts):
        for job in jobs:
            gathered[home[find(job.id)] if job.id in bound else number].append(job)
    return [jobs for jobs in gathered if jobs]
