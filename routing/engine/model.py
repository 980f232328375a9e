"""States a problem to OR-Tools, and reads plans out of the model and into it.

Each rule is one function, hard rules before soft ones; a rule that does not occur in the problem adds nothing.
"""

from collections.abc import Callable, Mapping, Sequence

from ortools.constraint_solver import pywrapcp

from routing.engine.fit import may_begin_empty
from routing.engine.nodes import Model
from routing.engine.problem import RELOAD, Job, Problem, Shift, Weights, rates
from routing.engine.rules_company import keep_pairs, respect_fit, ride_apart, ride_together
from routing.engine.rules_cost import (
    pay_for_arcs,
    pay_for_jobs,
    pay_for_lateness,
    pay_for_leaving_out,
    pay_for_longest,
    pay_for_overtime,
    pay_for_time,
    pay_for_vehicles,
)
from routing.engine.rules_load import keep_positions, keep_prefixes, limit_load, limit_stops
from routing.engine.rules_time import (
    keep_precedences,
    leave_after_release,
    limit_distance,
    limit_duration,
    limit_ride,
    limit_time,
    limit_travel,
    respect_shifts,
    respect_windows,
    take_breaks,
)

Sequences = dict[str, tuple[str, ...]]
"""Job ids in order by shift id, RELOAD between trips."""

HARD_RULES: tuple[Callable[[Model], None], ...] = (
    limit_time, respect_shifts, respect_windows, limit_duration, limit_travel, limit_distance,
    leave_after_release, limit_ride, take_breaks, keep_precedences,
    limit_load, limit_stops, keep_positions, keep_prefixes,
    respect_fit, keep_pairs, ride_together, ride_apart,
)  # fmt: skip
UNSEEN_RULES = frozenset(
    {leave_after_release, limit_ride, take_breaks, keep_precedences, ride_apart}
)
"""Rules that OR-Tools' first heuristics build against without seeing them, or slowly, and so often end with no plan."""
SOFT_RULES: tuple[Callable[[Model], None], ...] = (
    pay_for_arcs, pay_for_jobs, pay_for_vehicles, pay_for_time, pay_for_overtime, pay_for_lateness, pay_for_longest,
)  # fmt: skip


def build(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    starts: Mapping[str, int] | None = None,
    *,
    strict: bool = False,
    departures: Mapping[str, Sequence[int]] | None = None,
    rough: bool = False,
) -> Model:
    """State the problem restricted to these jobs and shifts.

    Parameters
    ----------
    jobs, shifts
        At least one of each; shifts all `nodes.is_usable`.
    starts
        Start of service by job id in the plan before. It tells which soft window a job is in, which travel times of
        the day its way on is likely to take, and when a job that is not in `jobs` is served by another shift.
    strict
        To judge a plan, not to search: jobs that belong together are held to it, where a search pays a price, and the
        way on from each job in `starts` is timed by the period of that moment alone.
    departures
        By shift id, when its trips depart: the same for the ways from the hub.
    rough
        Without the `UNSEEN_RULES` and the longest rides of pairs, and with room for all loads at once: for a first
        plan, to be repaired.
    """
    model = Model(problem, weights, jobs, shifts, starts or {}, strict, departures=departures or {})
    # First: pairs name the disjunctions that this makes.
    pay_for_leaving_out(model)
    model.rough = rough
    for rule in (*HARD_RULES, *SOFT_RULES):
        if not (rough and rule in UNSEEN_RULES):
            rule(model)
    return model


def sequences_of(model: Model, assignment: pywrapcp.Assignment) -> Sequences:
    """The plan in the assignment, only of shifts that drive."""
    routes: Sequences = {}
    for vehicle, shift in enumerate(model.shifts):
        index = assignment.Value(model.routing.NextVar(model.routing.Start(vehicle)))
        ids: list[str] = []
        while not model.routing.IsEnd(index):
            node = model.manager.IndexToNode(index)
            if node < model.job_node_count:
                ids.append(model.jobs[model.node_job[node]].id)
            elif may_reload(shift, ids):
                ids.append(RELOAD)
            index = assignment.Value(model.routing.NextVar(index))
        if ids and ids[-1] == RELOAD:
            ids.pop()
        if ids:
            routes[shift.id] = tuple(ids)
    return routes


def may_reload(shift: Shift, before: Sequence[str]) -> bool:
    """Whether a reload means something after these: after a job, or at once where an empty first trip does."""
    return before[-1] != RELOAD if before else may_begin_empty(shift)


def index_routes(
    model: Model, sequences: Mapping[str, Sequence[str]], *, spare: bool = True
) -> list[list[int]]:
    """Routes as lists of indices for a warm start, without what this model does not know or allow at all.

    `spare`: routes that end where they began end with the reloads they do not use, which costs nothing and gives the
    search trips to fill.
    A job in several soft windows is put into the one that `Model.starts` misses least.
    """
    seen: set[str] = set()
    routes: list[list[int]] = []
    for vehicle, shift in enumerate(model.shifts):
        reloads = list(model.reloads[vehicle])
        nodes: list[int] = []
        kept: list[str] = []
        for job_id in sequences.get(shift.id, ()):
            if job_id == RELOAD and reloads and may_reload(shift, kept):
                kept.append(RELOAD)
                nodes.append(reloads.pop(0))
            elif job_id in model.number_of and job_id not in seen:
                options = model.nodes_of_job[model.number_of[job_id]]
                if model.routing.VehicleVar(model.index(options[0])).Contains(vehicle):
                    seen.add(job_id)
                    kept.append(job_id)
                    nodes.append(min(options, key=lambda node: _miss(model, node)))
        if spare and nodes and shift.end_place == shift.start_place:
            nodes += reloads
        routes.append([model.index(node) for node in nodes])
    return routes


def bound_to(ties: Mapping[str, set[str]], job_id: str) -> set[str]:
    """The job and all that is tied to it, over any number of ties."""
    found = {job_id}
    rest = [job_id]
    while rest:
        new = ties.get(rest.pop(), set()) - found
        found |= new
        rest += new
    return found


def ties_of(problem: Problem) -> dict[str, set[str]]:
    """By job id, the jobs of its pair, its groups and its orders."""
    ties: dict[str, set[str]] = {}
    pairs = [(pair.pickup, pair.delivery) for pair in problem.pairs]
    orders = [(rule.before, rule.after) for rule in problem.precedences]
    for group in (*problem.together, *pairs, *orders):
        for one in group:
            ties.setdefault(one, set()).update(group)
    return ties


def _miss(model: Model, node: int) -> int:
    window = model.node_window[node]
    if window is None:
        return 0
    start_s = model.starts.get(model.jobs[model.node_job[node]].id, 0)
    late, early = rates(window, model.weights)
    return max(0, start_s - window.end_s) * late + max(0, window.start_s - start_s) * early
