"""One search for a plan under way: its time, its dice, the best plan so far and what is told of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from routing.engine import bound
from routing.engine.draft import Draft
from routing.engine.limits import SearchSettings
from routing.engine.model import Sequences
from routing.engine.parameters import FAR_OFF_S
from routing.engine.problem import Problem, Shift
from routing.engine.search import OnBetter
from routing.engine.solution import Reason, SearchReport, SearchStep, Solution, Unserved
from routing.engine.whole import time_routes

TELL_EVERY_S = 0.3
ADOPTION_SHARE = 0.2
"""Share of the limit for putting into an older plan what it leaves out; what has no place by then the search puts in."""
INSERTION, REASONS = (2.0, 0.1), (3.0, 0.8)
"""Seconds, and share of the limit, after its end at which putting in what is left out stops, and explaining it."""


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
    lower_bound: int | None = None
    """No plan can cost less, where known, micros."""


OnProgress = Callable[[Progress], None]
WarmStart = Solution | Mapping[str, Sequence[str]]
"""A plan to start from, or its job ids by shift in driving order; what no longer fits is dropped and planned anew."""


@dataclass
class Run:
    """A search under way."""

    draft: Draft
    seed: int
    started: float
    """`time.monotonic`."""
    seconds: float
    """Since `started`; a stage may lower it for itself."""
    iterations: int | None
    on_progress: OnProgress | None
    cores: int
    path: str = "ortools"
    """As in `SearchReport`."""
    engines: list[str] = field(default_factory=list)
    """Who found routes, in order."""
    region_count: int = 1
    lower_bound: int | None = None
    steps: list[SearchStep] = field(default_factory=list)
    _told_cost: int | None = None
    _told_at: float = 0.0
    _first_seconds: float | None = None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a search, not a secret
        self.problem, self.weights = self.draft.problem, self.draft.weights
        self.jobs = list(self.draft.open_jobs)
        self.random.shuffle(self.jobs)
        if self.iterations is not None:
            self.cores = 1

    # Time

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

    def late(self, allowance: tuple[float, float]) -> float:
        """Moment of `time.monotonic` by which what comes after the search stops, however much there is of it."""
        least, share = allowance
        return self.ends + least + share * self.seconds

    def slice(self, seconds: float) -> float:
        """Time for one search; with a budget of iterations more than it can use, as the clock must not decide."""
        return seconds if self.iterations is None else FAR_OFF_S

    def has_more_than(self, seconds: float) -> bool:
        """Whether there is time, or a budget of iterations, for another stage."""
        return self.iterations is not None or self.remaining > seconds

    # The plan

    @property
    def warm(self) -> Sequences | None:
        """The plan so far, to start from; None where it serves nothing but what is begun."""
        return self.draft.sequences if self.has_plan else None

    @property
    def has_plan(self) -> bool:
        """Whether anything is planned beyond what is begun."""
        begun = {one for shift in self.problem.shifts for one in shift.prefix}
        return not self.draft.served <= begun

    def drives(self, shift: Shift) -> bool:
        """Whether the shift serves anything in the plan so far."""
        route = self.draft.routes.get(shift.id)
        return route is not None and bool(route.stops)

    def find_bound(self) -> None:
        """Work out what no plan can be below, where that takes little of the time."""
        problem, weights, jobs = self.problem, self.weights, self.draft.open_jobs
        if bound.is_worth_its_time(problem, weights, len(jobs), self.seconds):
            self.lower_bound = bound.lower_bound(problem, weights, jobs)

    def adopt(self, sequences: Mapping[str, Sequence[str]]) -> None:
        """Take over what still fits of an older plan, and put in what it leaves out while there is time for that."""
        until = self.ends - (1 - ADOPTION_SHARE) * self.remaining
        self.draft.take({one: tuple(ids) for one, ids in sequences.items()}, until=until)
        self.note("older plan")

    def take(self, found: Sequences | None, shifts: Sequence[Shift], stage: str) -> bool:
        """Put the found routes in place of those of these shifts, if the plan gets cheaper."""
        if found is None:
            return False
        # Of a part's routes, what it leaves out goes on to other parts; putting it in here would take all the time.
        is_whole = len(shifts) == len(self.problem.shifts)
        is_better = self.draft.take(found, shifts, self.ends, inserts=is_whole)
        self.tell(stage)
        return is_better

    def finish(self, *, with_reasons: bool = True) -> Solution:
        """The solution, with the reason for every job left out where they are wanted."""
        if not with_reasons:
            return self.unexplained()
        # Puts in what is worth it after all, so that what it says is left out is out of these routes.
        unserved = self.draft.explain(self.late(INSERTION), self.late(REASONS))
        self.tell("done")
        return self._solution(unserved)

    def unexplained(self) -> Solution:
        """The solution as it stands; of what is left out it says that it was not looked into."""
        served = self.draft.served
        left = [job.id for job in self.problem.jobs if job.id not in served]
        return self._solution([Unserved(one, (Reason("not_looked_into"),)) for one in left])

    def _solution(self, unserved: Sequence[Unserved]) -> Solution:
        routes = list(self.draft.routes.values())
        if not routes:
            routes = list(time_routes(self.problem, {}, self.weights)[0])
        order = {shift.id: number for number, shift in enumerate(self.problem.shifts)}
        routes.sort(key=lambda route: order[route.shift_id])
        report = SearchReport(
            engine="+".join(dict.fromkeys(self.engines)) or "ortools",
            path=self.path,
            seed=self.seed,
            seconds=self.elapsed,
            regions=self.region_count,
            lower_bound=self.lower_bound,
            first_seconds=self._first_seconds,
            steps=tuple(self.steps),
        )
        return Solution(tuple(routes), tuple(unserved), self.draft.costs(), report)

    # What is told

    def note(self, name: str) -> None:
        """Write a finished stage into the report."""
        left = len(self.problem.jobs) - len(self.draft.served)
        self.steps.append(SearchStep(name, round(self.elapsed, 3), self.draft.cost(), left))

    def listener(self, stage: str, beside: int = 0) -> OnBetter:
        """Tells what a search over all jobs finds on its way; beside: micros of the plan that it does not count."""
        apart = len(self.problem.jobs) - len(self.jobs)
        searched = {job.id for job in self.jobs}
        apart_cost = sum(
            penalty for job_id, penalty in self.draft.penalties.items() if job_id not in searched
        )

        def on_better(cost: int, left_out: int) -> None:
            is_first = left_out == 0 and self._first_seconds is None
            if is_first:
                self._first_seconds = round(self.elapsed, 3)
            if is_first or time.monotonic() - self._told_at > TELL_EVERY_S:
                self._report(stage, cost + apart_cost + beside, left_out + apart)

        return on_better

    def tell(self, stage: str) -> None:
        """Tell of the plan so far."""
        if self._first_seconds is None and self.draft.served and not self.draft.left_out():
            self._first_seconds = round(self.elapsed, 3)
        left = len(self.problem.jobs) - len(self.draft.served)
        self._report(stage, self.draft.cost(), left)

    def _report(self, stage: str, cost: int, unserved: int) -> None:
        """Tell of a plan, but of none dearer than the last (a relaxed proposal may have promised too much)."""
        if self.on_progress is None:
            return
        if self._told_cost is None or cost <= self._told_cost or stage == "done":
            self._told_cost = cost
            self._told_at = time.monotonic()
            self.on_progress(Progress(self.elapsed, cost, unserved, stage, self.lower_bound))


def begin(
    problem: Problem,
    settings: SearchSettings,
    warm_start: WarmStart | None,
    on_progress: OnProgress | None,
) -> Run:
    """Begin a search, with what still fits of an older plan where there is one. Raises InvalidProblem as `Problem.check_weights`."""
    problem.check_weights(settings.weights)
    started = time.monotonic()
    run = Run(
        Draft(problem, settings.weights), settings.seed, started, settings.seconds,
        settings.iterations, on_progress, settings.cores or 1,
    )  # fmt: skip
    if warm_start is not None:
        run.adopt(warm_start.sequences if isinstance(warm_start, Solution) else warm_start)
    return run
