"""One OR-Tools search over one model: how it is started, which metaheuristic it runs and when it stops."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ortools.constraint_solver import (
    pywrapcp,
    routing_enums_pb2,
    routing_ils_pb2,
    routing_parameters_pb2,
)

from routing.engine import model as models
from routing.engine.nodes import Model, is_usable
from routing.engine.problem import RELOAD, Job, Problem, Shift, Weights
from routing.engine.schedule import schedule
from routing.engine.whole import plan_costs, time_routes

Sequences = dict[str, tuple[str, ...]]

RUIN_AND_RECREATE_UP_TO = 300
"""Nodes up to which ruin and recreate beats guided local search (measured on Solomon, Homberger and Uchoa, 2026-11)."""
CONFIRM_STOPS = 150
LEAST_READING_S = 0.5
READING_SHARE = 0.5
"""Share of the time for finding out what of a proposal keeps every rule."""
CONFIRM_SECONDS = 10.0
SHARE_WITH_COMPANY = 0.7
"""Share of the time before groups that ride together are held to it."""
SLICES_WITH_RELOADS = 4
OnBetter = Callable[[int, int], None]
TELL_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search stops: after `seconds`, or after `iterations` accepted neighbours (same on every machine)."""

    seconds: float
    iterations: int | None = None


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
        if (ids := _without(problem.shift_by_id[one], every, broken))
    }
    kept = [job for job in jobs if job.id not in broken]
    rest = replace(budget, seconds=max(end - time.monotonic(), 0.0))
    again = _search_once(replace(part, jobs=kept), rest, found) if kept else None
    return found if again is None or broken_company(problem, again) else again


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
    def has_unseen_rules(self) -> bool:
        """Whether rules that first heuristics do not see may keep them from any plan."""
        of = self.problem
        return bool(
            of.pairs or of.precedences or of.apart or any(shift.breaks for shift in self.shifts)
            or any(job.release_s or job.pickup or job.max_ride_s is not None for job in self.jobs)
        )  # fmt: skip


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
        warm = _rough_plan(part, budget)
    if not warm and part.node_count <= RUIN_AND_RECREATE_UP_TO:
        model, parameters = _ready(part, budget, ruin=True)
        assignment = model.routing.SolveWithIteratedLocalSearch(parameters)
        if assignment is not None:
            return models.sequences_of(model, assignment)
    rest = replace(budget, seconds=max(end - time.monotonic(), 0.0))
    return _search_from(part, warm or {}, rest)


def _ready(
    part: Part, budget: Budget, *, ruin: bool
) -> tuple[Model, routing_parameters_pb2.RoutingSearchParameters]:
    model = part.build()
    _close(model, max(budget.seconds, LEAST_READING_S))
    parameters = _parameters(model, budget, ruin=ruin)
    if part.on_better is not None:
        model.routing.AddAtSolutionCallback(_teller(model, part.on_better))
    return model, parameters


def _close(model: Model, seconds: float) -> None:
    # Plans are read within the time limit that the model was closed or last searched with; some take for ever.
    parameters = _parameters(model, Budget(seconds), ruin=False)
    model.routing.CloseModelWithParameters(parameters)


def _rough_plan(part: Part, budget: Budget) -> Sequences:
    """A first plan that may break rules which heuristics do not see; the full model takes of it what it can."""
    model = part.build(rough=True)
    parameters = _parameters(model, replace(budget, seconds=0.2 * budget.seconds), ruin=False)
    parameters.solution_limit = 1
    _close(model, budget.seconds)
    assignment = model.routing.SolveWithParameters(parameters)
    return {} if assignment is None else models.sequences_of(model, assignment)


def complete(
    problem: Problem,
    weights: Weights,
    sequences: Sequences,
    *,
    seconds: float,
    iterations: int | None = None,
    jobs: Sequence[Job] | None = None,
    shifts: Sequence[Shift] | None = None,
    starts: Mapping[str, int] | None = None,
    on_better: OnBetter | None = None,
) -> Sequences:
    """Make a proposal a plan of the full model: take out what breaks a rule, put in what is missing, polish.

    Parameters
    ----------
    sequences
        The proposal, such as the plan of a relaxation; it may break rules and leave jobs out.
    jobs, shifts
        The part of the problem to plan; None: all of it.
    starts, on_better, iterations
        As in `search` and `Budget`.

    Returns
    -------
    Sequences
        Keeps every rule of the model, as far as its travel times go; jobs may be left out.
    """
    found = search(
        problem,
        weights,
        problem.jobs if jobs is None else jobs,
        problem.shifts if shifts is None else shifts,
        Budget(seconds, iterations),
        warm=sequences,
        starts=starts,
        on_better=on_better,
    )
    return found or {}


def confirm(
    problem: Problem,
    weights: Weights,
    sequences: Sequences,
    *,
    starts: Mapping[str, int] | None = None,
) -> int | None:
    """Read a plan into the full model: its objective in micros, or None where it breaks a rule.

    Parameters
    ----------
    sequences
        Job ids in order by shift id, RELOAD between trips; every job not named is left out.
    starts
        Start of service by job id, which tells the soft window a job is in; None: as `time_routes` times the plan.
    """
    served = [job_id for ids in sequences.values() for job_id in ids if job_id != RELOAD]
    if len(set(served)) < len(served) or not set(served) <= set(problem.job_by_id):
        return None
    for shift in problem.shifts:
        ids = [one for one in sequences.get(shift.id, ()) if one != RELOAD]
        if tuple(ids[: len(shift.prefix)]) != shift.prefix:
            return None
    left_out = [job.id for job in problem.jobs if job.id not in set(served)]
    cost = sum(problem.penalty(problem.job_by_id[one], weights) for one in left_out)
    departures: dict[str, tuple[int, ...]] = {}
    if starts is None or any(m.by_period for m in problem.matrices.values()):
        routes, _ = time_routes(problem, sequences, weights)
        starts = {stop.job_id: stop.start_s for route in routes for stop in route.stops}
        departures = {
            r.shift_id: (r.start_s, *(one.departure_s for one in r.reloads)) for r in routes
        }
    if weights.longest_per_s or weights.longest_per_stop:
        # Of the plan and of no part of it: what the search pays for it while timing routes is not what they come to.
        routes, _ = time_routes(problem, sequences, weights)
        cost += plan_costs(problem, routes, left_out, weights).balance
        weights = replace(weights, longest_per_s=0, longest_per_stop=0)
    for shifts in _independent(problem, sequences):
        group = _confirm_group(problem, weights, sequences, shifts, (starts, departures))
        if group is None:
            return None
        cost += group
    return cost


def _confirm_group(
    problem: Problem,
    weights: Weights,
    sequences: Sequences,
    shifts: Sequence[Shift],
    hours: tuple[Mapping[str, int], Mapping[str, Sequence[int]]],
) -> int | None:
    driving = [shift for shift in shifts if shift.must_drive or sequences.get(shift.id)]
    ids = [one for shift in driving for one in sequences.get(shift.id, ()) if one != RELOAD]
    usable = [shift for shift in driving if is_usable(problem, shift)]
    if any(sequences.get(shift.id) for shift in driving if shift not in usable):
        return None
    # A vehicle on the road drives home and has its fixed cost in any case; what no model can change is no part of one.
    cost = sum(
        schedule(problem, shift.id, (), weights=weights).route.costs.total
        for shift in driving
        if not sequences.get(shift.id)
    )
    surcharge = problem.vehicle_surcharge(weights)
    laden = [shift for shift in usable if sequences.get(shift.id)]
    cost += sum(shift.fixed_cost + surcharge for shift in laden if shift.must_drive)
    if not ids:
        return cost
    jobs = [problem.job_by_id[one] for one in ids]
    starts, departures = hours
    model = models.build(problem, weights, jobs, laden, starts, strict=True, departures=departures)
    _close(model, CONFIRM_SECONDS)
    routes = models.index_routes(model, sequences, spare=False)
    assignment = model.routing.ReadAssignmentFromRoutes(routes, True)
    plain = {shift.id: _without(shift, sequences[shift.id], set()) for shift in laden}
    if assignment is None or models.sequences_of(model, assignment) != plain:
        return None
    return cost + int(assignment.ObjectiveValue())


def _independent(problem: Problem, sequences: Sequences) -> list[list[Shift]]:
    """Shifts in groups that no rule joins, of about CONFIRM_STOPS stops: small models are read sooner than a big one."""
    shift_of = {one: shift_id for shift_id, ids in sequences.items() for one in ids}
    home = {shift.id: shift.id for shift in problem.shifts}

    def head(shift_id: str) -> str:
        while home[shift_id] != shift_id:
            shift_id = home[shift_id]
        return shift_id

    pairs = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    orders = [(rule.before, rule.after) for rule in problem.precedences]
    for group in (*problem.together, *pairs, *orders):
        # A job left out is put with the others of its group, so that the model sees that it is missing.
        at = [shift_of[one] for one in group if one in shift_of]
        for other in at[1:]:
            home[head(other)] = head(at[0])
    linked: dict[str, list[Shift]] = {}
    for shift in problem.shifts:
        linked.setdefault(head(shift.id), []).append(shift)
    groups: list[list[Shift]] = [[]]
    stops = 0
    for shifts in linked.values():
        more = sum(len(sequences.get(shift.id, ())) for shift in shifts)
        if stops and stops + more > CONFIRM_STOPS:
            groups.append([])
            stops = 0
        groups[-1] += shifts
        stops += more
    return groups


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
            opened = _open_trips(model, models.sequences_of(model, first), 0.3 * seconds)
            more = read(model, opened, end)
            first = first if more is None else more
        if first is None:
            assignment = model.routing.SolveWithParameters(parameters)
            if assignment is None:
                model, parameters = _ready(part, replace(budget, seconds=seconds), ruin=False)
                first = read(model, {}, end)
        if first is not None:
            better = model.routing.SolveFromAssignmentWithParameters(first, parameters)
            assignment = first if better is None else better
        if assignment is None:
            return None
        found = models.sequences_of(model, assignment)
    return found


def _open_trips(model: Model, found: Sequences, seconds: float) -> Sequences:
    """Give jobs left out a trip of their own, before the first or after the last of a route, one new trip a route.

    That takes a reload and a job at once, which no move of the local search does.
    """

    def cost_of(plan: Sequences) -> int | None:
        routes = models.index_routes(model, plan)
        assignment = model.routing.ReadAssignmentFromRoutes(routes, True)
        return None if assignment is None else int(assignment.ObjectiveValue())

    until = time.monotonic() + seconds
    lowest = cost_of(found)
    served = {one for ids in found.values() for one in ids}
    left = [job for job in model.jobs if job.id not in served]
    left.sort(key=lambda job: -model.problem.penalty(job, model.weights))
    opened: set[str] = set()
    for job in left:
        best: tuple[str, tuple[str, ...]] | None = None
        for vehicle, shift in enumerate(model.shifts):
            ids = found.get(shift.id, ())
            if shift.id in opened or not ids or ids.count(RELOAD) >= len(model.reloads[vehicle]):
                continue
            for longer in ((job.id, RELOAD, *ids), (*ids, RELOAD, job.id)):
                if time.monotonic() > until:
                    return found
                cost = cost_of(found | {shift.id: longer})
                if cost is not None and lowest is not None and cost < lowest:
                    lowest, best = cost, (shift.id, longer)
        if best is not None:
            found = found | dict([best])
            opened.add(best[0])
    return found


def _without(shift: Shift, ids: Sequence[str], dropped: set[str]) -> tuple[str, ...]:
    """The route without these jobs, and without reloads that then load nothing."""
    kept: list[str] = []
    for one in ids:
        if one not in dropped and (one != RELOAD or models.may_reload(shift, kept)):
            kept.append(one)
    return tuple(kept[:-1] if kept and kept[-1] == RELOAD else kept)


def read(model: Model, sequences: Sequences, until: float) -> pywrapcp.Assignment | None:
    """As much of a plan as the (closed) model takes, with spare reloads at the end of each route.

    Jobs that break a rule are taken out, each with those that are nothing without it. `until` is a moment of
    `time.monotonic`: what is not tried by then is taken out too. None: the model takes no plan at all.
    """
    units = _units(model, sequences)
    kept: set[str] = set()
    best = _read(model, sequences, {one for unit in units for one in unit})
    if best is not None:
        return best
    best = _read(model, {}, kept)
    if best is None:
        return None
    while units:
        # The longest beginning of what is left that goes with what is kept; the unit behind it is out.
        low, high, size = 0, len(units), len(units)
        while low < high and time.monotonic() < until:
            more = {one for unit in units[:size] for one in unit}
            assignment = _read(model, sequences, kept | more)
            if assignment is None:
                high = size - 1
            else:
                low, best = size, assignment
            size = (low + high + 1) // 2
        kept |= {one for unit in units[:low] for one in unit}
        units = units[low + 1 :]
        if time.monotonic() > until:
            break
    return best


def _read(model: Model, sequences: Sequences, kept: set[str]) -> pywrapcp.Assignment | None:
    routes = {
        shift_id: tuple(one for one in ids if one == RELOAD or one in kept)
        for shift_id, ids in sequences.items()
    }
    return model.routing.ReadAssignmentFromRoutes(models.index_routes(model, routes), True)


def _units(model: Model, sequences: Sequences) -> list[set[str]]:
    """The jobs of a plan in order, those that are nothing without each other as one."""
    ties = models.ties_of(model.problem)
    units: list[set[str]] = []
    seen: set[str] = set()
    for ids in sequences.values():
        for one in ids:
            if one in model.number_of and one not in seen:
                units.append(models.bound_to(ties, one))
                seen |= units[-1]
    return units


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


def _parameters(
    model: Model, budget: Budget, *, ruin: bool
) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    strategies = routing_enums_pb2.FirstSolutionStrategy
    has_windows = any(job.windows or job.soft_windows for job in model.jobs)
    # Savings joins routes end to end, which ties and begun stops seldom allow: it often finds no plan at all then.
    savings = has_windows and not _has_ties(model)
    parameters.first_solution_strategy = (
        strategies.SAVINGS if savings else strategies.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.time_limit.FromMilliseconds(max(1, int(budget.seconds * 1000)))
    if budget.iterations is not None:
        parameters.solution_limit = max(1, budget.iterations)
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    if not ruin:
        # Guided local search may never accept another solution, and so never use up a budget of iterations.
        guided = budget.iterations is None
        parameters.local_search_metaheuristic = (
            heuristics.GUIDED_LOCAL_SEARCH if guided else heuristics.GREEDY_DESCENT
        )
        return parameters
    parameters.local_search_metaheuristic = heuristics.GREEDY_DESCENT
    iterated = parameters.iterated_local_search_parameters
    iterated.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = (
        True
    )
    recreate = iterated.ruin_recreate_parameters
    recreate.ruin_composition_strategy = routing_ils_pb2.RuinCompositionStrategy.RUN_ONE_RANDOMLY
    strings = recreate.ruin_strategies.add().sisr
    # Slack induction by string removals (Christiaens and Vanden Berghe 2020): the paper's average removal and string length.
    strings.max_removed_sequence_size, strings.avg_num_removed_visits, strings.bypass_factor = (
        10,
        10,
        0.01,
    )
    return parameters


def _has_ties(model: Model) -> bool:
    """Whether rules tie jobs to each other, to trips or to places in a route."""
    of = model.problem
    return bool(
        of.pairs or of.precedences or of.together or of.apart or model.reload_nodes
        or any(shift.prefix for shift in model.shifts)
        or any(job.position is not None for job in model.jobs)
    )  # fmt: skip
