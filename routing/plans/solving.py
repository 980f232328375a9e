"""One plan solved from its inputs to kept routes. Called by the background task; each write is an action of its own."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.errors.domain import DomainError
from routing.engine import rounds
from routing.engine.checker import check
from routing.engine.limits import Engine, SearchSettings
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    MICROS,
    InvalidProblem,
    Matrix,
    Problem,
    Weights,
)
from routing.engine.process import SolveFailed, solve_in_process
from routing.engine.replanning import Solver, reoptimize
from routing.engine.run import Progress
from routing.engine.schedule import schedule
from routing.engine.solution import Costs, PlannedRoute, Solution
from routing.plans import actions, building, inputs, keeping, parting
from routing.plans.building import Draft
from routing.plans.models import Plan, PlanningSettings
from routing.plans.queries import settings_of
from routing.plans.reasons import kept, sentence
from routing.travel_times.protocol import ROADS, NoRoadNear, NoRoute
from routing.travel_times.providers import travel_times

log = logging.getLogger("carteiro.plans")
TELL_EVERY_S = 1.0


class PlanNotPossible(DomainError):
    """The plan can't be made from these inputs."""

    code = "plan_not_possible"
    title = gettext_lazy("This plan can't be made")


class Cancelled(Exception):
    """The dispatcher stopped the search."""


def solve_plan(plan: Plan) -> None:
    """Solve a plan that `begin_solving` returned, check it independently and keep it as a proposal.

    Raises PlanNotPossible, Cancelled.
    """
    draft = building.draft(inputs.gather(plan.hub, plan.day, clock.now(), plan.base_id))
    if not draft.inputs.turns:
        raise PlanNotPossible(str(actions.NoShifts.title))
    tell = _teller(plan)
    tell(
        {
            "stage": "travel_times",
            "seconds": 0,
            "jobs": len(draft.doors),
            "shifts": len(draft.inputs.turns),
        }
    )
    matrices, source = matrices_of(draft)
    problem = problem_of(draft, matrices)
    solution = _search(problem, draft, plan, tell)
    broken = check(problem, solution)
    if broken:
        raise PlanNotPossible(
            _("The checker found %(code)s in the plan: it was not kept.") % {"code": broken[0].code}
        )
    solution = without_charge(solution, "preference")
    lines = {route.shift_id: _line(draft, problem, route) for route in solution.routes}
    keeping.keep_solution(
        plan_id=plan.pk, version=plan.version, draft=draft, solution=solution, lines=lines,
        figures=_figures(solution, draft, source), now=clock.now(),
    )  # fmt: skip


def problem_of(draft: Draft, matrices: Mapping[str, Matrix]) -> Problem:
    """Return the engine's problem of a draft. Raises PlanNotPossible for one that the engine refuses."""
    try:
        return building.problem(draft, matrices, clock.now())
    except InvalidProblem as error:
        raise PlanNotPossible(str(error)) from error


def _teller(plan: Plan) -> Callable[[dict[str, Any]], None]:
    """Return what keeps progress at most every TELL_EVERY_S, and stops a cancelled search."""
    told_at = -TELL_EVERY_S

    def tell(progress: dict[str, Any]) -> None:
        nonlocal told_at
        if time.monotonic() - told_at < TELL_EVERY_S:
            return
        told_at = time.monotonic()
        if not actions.keep_progress(plan=plan, progress=progress, now=clock.now()):
            raise Cancelled

    return tell


def matrices_of(draft: Draft) -> tuple[dict[str, Matrix], str]:
    """Return travel by vehicle kind over the draft's places, and where it comes from."""
    source, matrices = ROADS, {}
    for kind in draft.kinds:
        turns = [turn for turn in draft.inputs.turns if turn.kind == kind]
        matrices[kind], found = inputs.travel(
            draft.places, turns, draft.inputs.origin, draft.inputs.traffic
        )
        source = found if found != ROADS else source
    return matrices, source


def _search(
    problem: Problem, draft: Draft, plan: Plan, tell: Callable[[dict[str, Any]], None]
) -> Solution:
    """Plan what is not locked, beside the locked routes as they are."""

    def on_progress(step: Progress) -> None:
        tell(
            {
                "stage": step.stage,
                "seconds": round(step.seconds, 1),
                "cost": step.cost + more,
                "unserved": step.unserved,
                "bound": None if step.lower_bound is None else step.lower_bound + more,
            }
        )

    locked = locked_routes(problem, draft)
    more = _total(locked)
    free = without_locked(problem, draft)
    is_big = len(free.jobs) > rounds.WHOLE_UP_TO
    solver = partial(
        partial(parting.solve_with_helpers, plan) if is_big else solve_in_process,
        on_progress=on_progress,
    )
    settings = SearchSettings(
        plan.seconds, plan.seed, weights_of(problem), engine=engine_wanted(plan.hub_id)
    )
    try:
        found = _found(free, draft, plan, settings, solver)
    except SolveFailed as error:
        log.warning("a plan was not solved", extra={"plan": str(plan.pk), "code": error.code})
        raise PlanNotPossible(
            _("The planner stopped without an answer (%(code)s). Plan again.")
            % {"code": error.code}
        ) from error
    return with_locked(found, locked)


def _found(
    problem: Problem, draft: Draft, plan: Plan, settings: SearchSettings, solver: Solver
) -> Solution:
    """Search from nothing, or from the plan before where little is to change."""
    if not (plan.changes_little and plan.base):
        return solver(problem, settings)
    before = _as_solution(problem, sequences_of(plan.base, draft))
    chosen = settings_of(plan.hub_id)
    weights = replace(
        settings.weights,
        changed_shift=round(chosen.changed_courier * MICROS),
        changed_order=round(chosen.changed_order * MICROS),
    )
    found = reoptimize(problem, before, replace(settings, weights=weights), solver=solver)
    return without_charge(found, "change")


def without_charge(found: Solution, term: str) -> Solution:
    """Return a plan at what driving it costs: this charge served the search."""
    free = {term: 0}
    return replace(
        found,
        routes=tuple(replace(r, costs=replace(r.costs, **free)) for r in found.routes),
        costs=replace(found.costs, **free),
    )


def _as_solution(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Solution:
    """Return routes as they stand as a plan; one that can't be driven any more is no part of it."""
    timed = [schedule(problem, shift_id, order) for shift_id, order in sequences.items() if order]
    routes = tuple(one.route for one in timed if one.is_feasible)
    return Solution(routes=routes, unserved=(), costs=sum((r.costs for r in routes), Costs()))


def sequences_of(plan: Plan, draft: Draft) -> dict[str, tuple[str, ...]]:
    """Return a plan's routes as they stand, as a draft's job ids in order by shift id, without what is locked."""
    job_of = {drop.id: job for job, door in draft.doors.items() for drop in door.drops}
    shifts = {str(turn.id) for turn in draft.inputs.turns} - set(draft.locked)
    locked = {job for order in draft.locked.values() for job in order}
    rows = plan.routes.order_by("stops__position").values_list(
        "shift_id", "stops__drops__consignment"
    )
    found: dict[str, list[str]] = {}
    for shift_id, consignment in rows:
        job = job_of.get(consignment) if consignment else None
        order = found.setdefault(str(shift_id), [])
        if job and job not in order and job not in locked:
            order.append(job)
    return {shift_id: tuple(order) for shift_id, order in found.items() if shift_id in shifts}


def weights_of(problem: Problem) -> Weights:
    """Return the weights of a whole problem, for a search of a part of it: what is left out costs the same."""
    return replace(DEFAULT_WEIGHTS, unserved=problem.base_penalty(DEFAULT_WEIGHTS))


def with_locked(found: Solution, locked: Sequence[PlannedRoute]) -> Solution:
    """Put locked routes beside what was found for the rest: in its cost, its steps and its lower bound."""
    report, more = found.report, _total(locked)
    steps = tuple(replace(step, cost=step.cost + more) for step in report.steps)
    bound = None if report.lower_bound is None else report.lower_bound + more
    return replace(
        found,
        routes=(*locked, *found.routes),
        costs=sum((route.costs for route in locked), found.costs),
        report=replace(report, steps=steps, lower_bound=bound),
    )


def _total(routes: Sequence[PlannedRoute]) -> int:
    return sum(route.costs.total for route in routes)


def engine_wanted(hub_id: UUID) -> Engine:
    """Return the hub's choice of engine as the engine names it."""
    return "ortools" if settings_of(hub_id).engine == PlanningSettings.Engine.ORTOOLS else "auto"


def locked_routes(problem: Problem, draft: Draft) -> tuple[PlannedRoute, ...]:
    """Return the locked routes with their times as they would be driven. Raises PlanNotPossible for one that can't be."""
    found = []
    for shift_id, order in draft.locked.items():
        timing = schedule(problem, shift_id, order)
        if not timing.is_feasible:
            names = {str(turn.id): turn.alias for turn in draft.inputs.turns}
            raise PlanNotPossible(
                _(
                    "%(courier)s's locked route can't be driven as it is: %(rule)s Unlock it, then plan again."
                )
                % {
                    "courier": names[shift_id],
                    "rule": sentence(kept(timing.violations[0]) or {}, names),
                }
            )
        found.append(timing.route)
    return tuple(found)


def without_locked(problem: Problem, draft: Draft) -> Problem:
    """Return the problem without the locked shifts and what they carry."""
    held = {job for order in draft.locked.values() for job in order}
    return Problem(
        jobs=tuple(job for job in problem.jobs if job.id not in held),
        shifts=tuple(shift for shift in problem.shifts if shift.id not in draft.locked),
        matrices=problem.matrices,
    )


def _line(draft: Draft, problem: Problem, route: PlannedRoute) -> tuple[tuple[float, float], ...]:
    """Return the road that a route follows, hub to hub; straight lines where the road engine finds none."""
    points = [
        draft.places[0],
        *(draft.places[draft.place_of[s.job_id]] for s in route.stops),
        draft.places[0],
    ]
    return road_line(points, problem.shift_by_id[route.shift_id].vehicle_kind)


def road_line(points: list[tuple[float, float]], kind: str) -> tuple[tuple[float, float], ...]:
    """Return the road along `points` for a vehicle kind; straight lines where the road engine finds none."""
    try:
        return travel_times().route(points, kind).line
    except (NoRoadNear, NoRoute):
        return tuple(points)


def _figures(solution: Solution, draft: Draft, source: str) -> dict[str, Any]:
    planned = sum(len(draft.doors[s.job_id].drops) for r in solution.routes for s in r.stops)
    return {
        "cost": solution.costs.total,
        "costs": asdict(solution.costs),
        "metres": sum(r.distance_m for r in solution.routes),
        "seconds": sum(r.duration_s for r in solution.routes),
        "waiting_s": sum(r.wait_s for r in solution.routes),
        "routes": len(solution.routes),
        "stops": sum(len(r.stops) for r in solution.routes),
        "planned": planned,
        "unplanned": len(draft.inputs.drops) - planned,
        "source": source,
        "checked": True,
        "engine": solution.report.engine,
        "path": solution.report.path,
        "bound": solution.report.lower_bound,
        "first_s": solution.report.first_seconds,
        "solver_s": round(solution.report.seconds, 2),
        "regions": solution.report.regions,
        "steps": [asdict(step) for step in solution.report.steps],
        "familiar": building.familiar_stops(draft, solution),
        "locked": len(draft.locked),
        "pinned": len(draft.pinned),
    }
