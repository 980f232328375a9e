"""One OR-Tools search over one part of a problem: what it starts from and how its time is shared."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ortools.constraint_solver import routing_parameters_pb2

from routing.engine import model as models
from routing.engine.model import Sequences
from routing.engine.nodes import Model, is_usable
from routing.engine.parameters import Budget, begin_with_routes, close, parameters_of
from routing.engine.problem import Job, Problem, Shift, Weights
from routing.engine.reading import open_trips, read, without

RUIN_AND_RECREATE_UP_TO = 300
"""Nodes up to which ruin and recreate beats guided local search (measured on Solomon, Homberger and Uchoa, 2026-11)."""
NOTHING_SHARE = 0.25
"""Share of the time of a search from nothing for ruin and recreate with local search; it goes on without (2026-11)."""
ROUGH_SHARE = 0.2
"""Most of the time of a search for a first plan without the rules that first heuristics do not see."""
LEAST_DESCENT_S = 1.0
"""Local search in a region does not look at the clock for up to a second; the first heuristic takes milliseconds."""
LEAST_READING_S = 0.5
READING_SHARE = 0.5
"""Share of the time for finding out what of a proposal keeps every rule."""
SHARE_WITH_COMPANY = 0.7
"""Share of the time before groups that ride together are held to it."""
SLICES_WITH_RELOADS = 4
OnBetter = Callable[[int, int], None]
TELL_EVERY_S = 0.3


def search(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    budget: Budget,
    *,
    warm: Sequences | None = None,
    starts: Mapping[str, int] | None = None,
    on_better: OnBetter | None = None,
) -> Sequences | None:
    """Plan these jobs on these shifts; None when OR-Tools found no plan in time.

    Parameters
    ----------
    jobs, shifts
        The part of the problem to plan; the order of jobs diversifies the search.
    warm
        Sequences to start from, feasible for these jobs and shifts.
    starts
        Start of service by job id in the warm plan; tells which soft window a job is in.
    on_better
        Called with (cost, jobs left out) of this part when a better plan is found, at most every TELL_EVERY_S.
    """
    shifts = [shift for shift in shifts if is_usable(problem, shift)]
    if not jobs or not shifts:
        return {}
    budget = budget.timeless
    end = time.monotonic() + budget.seconds
    part = Part(problem, weights, jobs, shifts, starts or {}, on_better)
    if not problem.together:
        return _search_once(part, budget, warm)
    # Groups have a price first; what they could not be brought to is left out, and the rest is searched on.
    first = replace(budget, seconds=budget.seconds * SHARE_WITH_COMPANY)
    found = _search_once(part, first, warm)
    if found is None:
        return None
    broken = broken_company(problem, found)
    found = {
        one: ids
        for one, every in found.items()
        if (ids := without(problem.shift_by_id[one], every, broken))
    }
    kept = [job for job in jobs if job.id not in broken]
    rest = replace(budget, seconds=max(end - time.monotonic(), 0.0))
    again = _search_once(replace(part, jobs=kept), rest, found) if kept else None
    return found if again is None or broken_company(problem, again) else again


def has_unseen_rules(problem: Problem, jobs: Sequence[Job], shifts: Sequence[Shift]) -> bool:
    """Whether rules that first heuristics do not see may keep them from any plan."""
    return bool(problem.pairs) or has_rules_beyond_pairs(problem, jobs, shifts)


def has_rules_beyond_pairs(problem: Problem, jobs: Sequence[Job], shifts: Sequence[Shift]) -> bool:
    """The same without pairs alone: a model with all rules takes little of a plan made without these."""
    return bool(
        problem.precedences or problem.apart or any(shift.breaks for shift in shifts)
        or any(job.release_s or job.pickup or job.max_ride_s is not None for job in jobs)
    )  # fmt: skip


def sketch(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    budget: Budget,
) -> Sequences:
    """A first plan of these jobs and shifts that may break rules which first heuristics do not see; empty where there is none."""
    shifts = [shift for shift in shifts if is_usable(problem, shift)]
    if not jobs or not shifts:
        return {}
    return _rough_plan(Part(problem, weights, jobs, shifts, {}, None), budget.timeless)


@dataclass(frozen=True, slots=True)
class Part:
    """What one model is built from; see `search`."""

    problem: Problem
    weights: Weights
    jobs: Sequence[Job]
    shifts: Sequence[Shift]
    starts: Mapping[str, int]
    on_better: OnBetter | None

    def build(self, *, rough: bool = False) -> Model:
        return models.build(
            self.problem, self.weights, self.jobs, self.shifts, self.starts, rough=rough
        )

    @property
    def node_count(self) -> int:
        """Job nodes of its model; more than any where it has reloads, which ruin and recreate drops."""
        if any(shift.max_trips > 1 for shift in self.shifts):
            return RUIN_AND_RECREATE_UP_TO + 1
        return sum(max(1, len(job.soft_windows)) for job in self.jobs)

    @property
    def can_recreate(self) -> bool:
        """Whether ruin and recreate may go on from a plan: it has no reloads, which it would drop."""
        return all(shift.max_trips == 1 for shift in self.shifts)

    @property
    def has_unseen_rules(self) -> bool:
        """As the function, of this part."""
        return has_unseen_rules(self.problem, self.jobs, self.shifts)


def broken_company(problem: Problem, sequences: Sequences) -> set[str]:
    """The jobs of groups of which not all ride on one shift, though some ride, and what is nothing without them."""
    shift_of = {one: shift_id for shift_id, ids in sequences.items() for one in ids}
    ties = models.ties_of(problem)
    broken: set[str] = set()
    for group in problem.together:
        if len({shift_of.get(member) for member in group}) > 1:
            broken |= models.bound_to(ties, group[0])
    return broken


def _search_once(part: Part, budget: Budget, warm: Sequences | None) -> Sequences | None:
    end = time.monotonic() + budget.seconds
    if not warm and part.has_unseen_rules:
        warm = _rough_plan(part, replace(budget, seconds=ROUGH_SHARE * budget.seconds))
    if not warm and part.node_count <= RUIN_AND_RECREATE_UP_TO:
        warm = _plan_from_nothing(part, budget)
    rest = replace(budget, seconds=max(end - time.monotonic(), 0.0))
    if warm and budget.iterations is None and part.can_recreate:
        found = _recreate_from(part, warm, rest)
        if found is not None:
            return found
        rest = replace(budget, seconds=max(end - time.monotonic(), 0.0))
    return _search_from(part, warm or {}, rest)


def _plan_from_nothing(part: Part, budget: Budget) -> Sequences | None:
    """A plan by ruin and recreate with local search, where time allows; else by the first heuristic alone."""
    # Where its rounds find no plan, ruin and recreate ends by the clock alone, which decides nothing with iterations.
    is_timed = budget.iterations is None
    if not is_timed or NOTHING_SHARE * budget.seconds < LEAST_DESCENT_S:
        first = Budget(LEAST_DESCENT_S) if is_timed else budget
        model, parameters = _ready(part, first, ruin=True)
        parameters.solution_limit = 1
        assignment = model.routing.SolveWithParameters(parameters)
    else:
        model, parameters = _ready(part, Budget(NOTHING_SHARE * budget.seconds), ruin=True)
        assignment = model.routing.SolveWithIteratedLocalSearch(parameters)
    return None if assignment is None else models.sequences_of(model, assignment)


def _recreate_from(part: Part, warm: Sequences, budget: Budget) -> Sequences | None:
    """Ruin and recreate from what the model takes of a plan; None where it takes none or could not begin with it."""
    end = time.monotonic() + budget.seconds
    model = part.build()
    parameters = parameters_of(model, budget, ruin=True)
    begin = begin_with_routes(model, parameters)
    if part.on_better is not None:
        model.routing.AddAtSolutionCallback(_teller(model, part.on_better))
    parameters.time_limit.FromMilliseconds(int(1000 * max(budget.seconds, LEAST_READING_S)))
    model.routing.CloseModelWithParameters(parameters)
    first = read(model, warm, end - (1 - READING_SHARE) * budget.seconds)
    if first is None:
        return None
    begin(first)
    parameters.time_limit.FromMilliseconds(max(1, int(1000 * (end - time.monotonic()))))
    assignment = model.routing.SolveWithIteratedLocalSearch(parameters)
    if assignment is None or assignment.ObjectiveValue() > first.ObjectiveValue():
        return None
    return models.sequences_of(model, assignment)


def _ready(
    part: Part, budget: Budget, *, ruin: bool
) -> tuple[Model, routing_parameters_pb2.RoutingSearchParameters]:
    model = part.build()
    close(model, replace(budget, seconds=max(budget.seconds, LEAST_READING_S)))
    parameters = parameters_of(model, budget, ruin=ruin)
    if part.on_better is not None:
        model.routing.AddAtSolutionCallback(_teller(model, part.on_better))
    return model, parameters


def _rough_plan(part: Part, budget: Budget) -> Sequences:
    """A first plan that may break rules which heuristics do not see; the full model takes of it what it can."""
    model = part.build(rough=True)
    parameters = parameters_of(model, budget, ruin=False)
    parameters.solution_limit = 1
    close(model, budget)
    assignment = model.routing.SolveWithParameters(parameters)
    return {} if assignment is None else models.sequences_of(model, assignment)


def _search_from(part: Part, warm: Sequences, budget: Budget) -> Sequences | None:
    """Search from a plan, in slices where there are reloads: each begins with spare ones at the end of every route.

    The search moves jobs behind a reload that a route has; it never adds one for them, which alone gains nothing.
    Each slice has a model of its own: one whose search has used up its time reads no plans any more.
    """
    end = time.monotonic() + budget.seconds
    slices = SLICES_WITH_RELOADS if any(shift.max_trips > 1 for shift in part.shifts) else 1
    found = warm
    for number in range(slices):
        if number and time.monotonic() >= end:
            break
        seconds = max(end - time.monotonic(), 0.0) / (slices - number)
        model, parameters = _ready(part, replace(budget, seconds=seconds), ruin=False)
        now = time.monotonic()
        first = read(model, found, now + READING_SHARE * (end - now)) if found else None
        if first is not None and number:
            opened = open_trips(model, models.sequences_of(model, first), 0.3 * seconds)
            more = read(model, opened, end)
            first = first if more is None else more
        if first is None:
            assignment = model.routing.SolveWithParameters(parameters)
            if assignment is None:
                left = max(now + seconds - time.monotonic(), 0.0)
                model, parameters = _ready(part, replace(budget, seconds=left), ruin=False)
                first = read(model, {}, end)
        if first is not None:
            better = model.routing.SolveFromAssignmentWithParameters(first, parameters)
            assignment = first if better is None else better
        if assignment is None:
            return None
        found = models.sequences_of(model, assignment)
    return found


def _teller(model: Model, on_better: OnBetter) -> Callable[[], None]:
    routing = model.routing
    best: int | None = None
    told_at = 0.0

    def tell() -> None:
        nonlocal best, told_at
        cost = routing.CostVar().Max()
        if (best is not None and cost >= best) or time.monotonic() - told_at < TELL_EVERY_S:
            return
        best, told_at = cost, time.monotonic()
        index = model.manager.NodeToIndex
        left_out = sum(
            all(routing.ActiveVar(index(node)).Max() == 0 for node in nodes)
            for nodes in model.nodes_of_job
        )
        on_better(cost, left_out)

    return tell
