"""What was said of jobs left out, told again after some routes changed: only those routes are looked at.

A route that stays as it is takes no job that it did not take before, misses it by as much as before, and takes it at the same
cost with the same change done. So of a job left out before only the changed routes are tried, and it is explained anew only
where something that it is tied to moved, or where one of these routes is what would help. The reasons are those of `explain_all`;
what would help is as true, but need not be what it would name first, nor the cheapest of several places.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from routing.engine.alone import IMPOSSIBLE
from routing.engine.candidates import MOST_TIMED, NEVER_ENDS, OutOfTime, keeps_rules, promising
from routing.engine.changes import ADDING, OF_A_SHIFT, can_be_done, lesser
from routing.engine.fit import ordered_with, tied_to, ties_of
from routing.engine.gaps import RouteGaps
from routing.engine.insert import Place
from routing.engine.misses import rank_of
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import RELOAD, Job, Problem, Weights
from routing.engine.reasons import MOST_SEARCHED, NOT_LOOKED_INTO, TriedPlan, dearest_first
from routing.engine.remedies import Actions, case_of
from routing.engine.solution import PlannedRoute, Reason, Unserved
from routing.engine.whole import linked_shifts

Routes = Collection[PlannedRoute]


def explain_again(
    problem: Problem,
    weights: Weights,
    before: Routes,
    after: Routes,
    jobs: Collection[Job],
    told: Mapping[str, Unserved],
    until: float = NEVER_ENDS,
) -> list[Unserved]:
    """Why these jobs are not in the plan `after`, and what would help each.

    Parameters
    ----------
    before
        The routes of the plan that `told` speaks of.
    after
        The routes now, which leave all of `jobs` out.
    told
        By job id what `explain_all` or this said with the same shifts, rules and weights; the others are explained anew.
        What was not looked into then is not looked into now, and says so.
    until
        Moment of `time.monotonic` after which nobody is explained anew: who would have to be is told the rules in the
        way without what would help or, where a place would have to be looked for, is said not to be looked into.
    """
    change = _change(problem, before, after)
    if not change.shift_ids and all(job.id in told for job in jobs):
        return [told[job.id] for job in jobs]
    tried: dict[str, Place | None] = {}
    opened = OpenPlan.of(problem, weights, {route.shift_id: route for route in after})
    plan = TriedPlan(opened, until, tried)
    again = {
        job.id: _Again(plan, change, job, told[job.id], tried)
        for job in jobs
        if job.id in told and not change.concerns(problem, job)
    }
    found = {job_id: one.said() for job_id, one in again.items()}
    for number, job in enumerate(dearest_first(problem, weights, jobs)):
        if found.get(job.id) is not None:
            continue
        if time.monotonic() > until:
            found[job.id] = again[job.id].cut_short() if job.id in again else _untold(job)
        else:
            found[job.id] = plan.explained(job, is_searched=number < MOST_SEARCHED)
    return [one for job in jobs if (one := found[job.id]) is not None]


def _untold(job: Job) -> Unserved:
    return Unserved(job.id, NOT_LOOKED_INTO)


# What changed


@dataclass(frozen=True, slots=True)
class _Change:
    """How two plans differ."""

    shift_ids: tuple[str, ...]
    """Shifts whose routes are others, or that orders bind to what changed there."""
    moved: frozenset[str]
    """Jobs that came, went, or are on another shift, and those with an order to keep that start at another time."""
    grew: bool
    """The routes only got more stops: then those that orders link to them have no more room than before."""
    longest: tuple[tuple[int, int], tuple[int, int]]
    """Stops and seconds of the longest routes, before and after."""

    def concerns(self, problem: Problem, job: Job) -> bool:
        """Something that the job is tied to, at however many removes, has moved."""
        apart = ties_of(problem).apart
        found, todo = {job.id}, [job.id]
        while todo:
            one = todo.pop()
            others = tied_to(problem, one) | apart.get(one, frozenset())
            todo += others - found
            found |= others
        return bool(self.moved & found)


def _change(problem: Problem, before: Routes, after: Routes) -> _Change:
    was, now = ({route.shift_id: route for route in routes} for routes in (before, after))
    others = {one for one in was.keys() | now.keys() if was.get(one) != now.get(one)}
    there, here = (
        {stop.job_id: (one, stop.start_s) for one in others if one in plan for stop in plan[one].stops}
        for plan in (was, now)
    )  # fmt: skip
    ties = ties_of(problem)
    moved = frozenset(
        one
        for one in there.keys() | here.keys()
        if there.get(one, ("",))[0] != here.get(one, ("",))[0]
        or (there.get(one) != here.get(one) and (one in ties.before or one in ties.after))
    )
    grew = all(_grew(was.get(one), now.get(one)) for one in others)
    touched = others | _waiting(problem, moved, after)
    if not grew:
        homes = [
            {job_id: one for one in plan for job_id in plan[one].job_ids} for plan in (was, now)
        ]
        touched = set(linked_shifts(problem, homes, sorted(touched)))
    shift_ids = tuple(one.id for one in problem.shifts if one.id in touched)
    return _Change(shift_ids, moved, grew, (_longest(before), _longest(after)))


def _grew(was: PlannedRoute | None, now: PlannedRoute | None) -> bool:
    """Stops came, and nothing else changed but times."""
    ids = [] if was is None else list(was.sequence)
    rest = iter([] if now is None else now.sequence)
    return ids.count(RELOAD) == (0 if now is None else now.sequence.count(RELOAD)) and all(
        one in rest for one in ids
    )


def _waiting(problem: Problem, moved: Collection[str], routes: Routes) -> set[str]:
    """Shifts of the jobs that an order binds to one that moved."""
    bound = {other for one in moved for other in ordered_with(problem, one)}
    return {route.shift_id for route in routes if not bound.isdisjoint(route.job_ids)}


def _longest(routes: Routes) -> tuple[int, int]:
    stops = max((len(route.stops) for route in routes), default=0)
    return stops, max((route.duration_s for route in routes if route.stops), default=0)


# What still holds


@dataclass(frozen=True, slots=True)
class _Again:
    """A job left out before and now, nothing it is tied to having moved."""

    plan: TriedPlan
    change: _Change
    job: Job
    told: Unserved
    tried: dict[str, Place | None]
    """Where it is kept that the job has no place, for whoever explains it anew."""

    def said(self) -> Unserved | None:
        """What is true of it now; None where it has to be explained anew, or time is over before that is known."""
        try:
            return self._said()
        except OutOfTime:
            return None

    def _said(self) -> Unserved | None:
        code = self.told.reasons[0].code if self.told.reasons else ""
        if self.told.reasons == NOT_LOOKED_INTO:
            return self.told
        if code in IMPOSSIBLE:
            return self.told if self._still_helps() else None
        if code == "has_place":
            return self._of_a_place()
        if code == "not_worth_it":
            return self._of_a_dear_place()
        if self._has_place():
            # No other route has one.
            place = self.plan.place_in(self.job, self.change.shift_ids)
            return None if place is None else self.plan.with_place(self.job, place)
        self.tried[self.job.id] = None
        if not self.told.reasons or not self._still_helps():
            return None
        return Unserved(self.job.id, self._reasons(), self.told.action, self.told.besides)

    def cut_short(self) -> Unserved:
        """What is known without explaining it anew: the rules in the way, not what would help."""
        if self.told.reasons and self.told.reasons[0].code in IMPOSSIBLE:
            return Unserved(self.job.id, self.told.reasons)
        if self.job.id in self.tried and self.told.reasons:
            return Unserved(self.job.id, self._reasons())
        return _untold(self.job)

    @property
    def _near(self) -> list[RouteGaps]:
        return [self.plan.plan.gaps(one) for one in self.change.shift_ids]

    def _has_place(self) -> bool:
        """On a changed route, whatever it costs."""
        if not self.change.grew:
            return self.plan.place_in(self.job, self.change.shift_ids) is not None
        problem, weights, standing = self.plan.problem, self.plan.weights, self.plan.standing
        return any(
            keeps_rules(problem, one.gaps.shift, one.sequence, weights, standing)
            for one in promising(problem, self._near, self.job, weights, standing)[:MOST_TIMED]
        )

    def _of_a_place(self) -> Unserved | None:
        """It could be served; a place is as good as another to say so."""
        if self.told.reasons[0].shift_id not in self.change.shift_ids:
            return None if self._costs_otherwise() else self.told
        for shift_ids in (self.change.shift_ids, None):
            place = self.plan.place_in(self.job, shift_ids, timed=1)
            if place is not None and place.extra_cost < self.plan.worth_of(self.job):
                return self.plan.with_place(self.job, place)
        return None

    def _of_a_dear_place(self) -> Unserved | None:
        """The one told was the cheapest of all."""
        (first, *_), plan = self.told.reasons, self.plan
        is_same = first.figures["penalty"] == plan.worth_of(self.job)
        if not is_same or first.shift_id in self.change.shift_ids or self._costs_otherwise():
            return None
        cost = int(first.figures["extra_cost"])
        near = promising(plan.problem, self._near, self.job, plan.weights, plan.standing)
        if all(one.extra >= cost for one in near):
            return self.told
        place = plan.place_in(self.job, self.change.shift_ids)
        if place is None or place.extra_cost >= cost:
            return self.told
        return plan.with_place(self.job, place)

    def _reasons(self) -> tuple[Reason, ...]:
        """The misses of the changed routes among the others', the nearest first."""
        misses = [self.plan.miss(self.job, one).reason for one in self.change.shift_ids]
        general = [one for one in self.told.reasons if one.shift_id is None]
        kept = [one for one in self.told.reasons if one.shift_id is not None]
        kept = [one for one in kept if one.shift_id not in self.change.shift_ids]
        return (*general, *sorted([*kept, *misses], key=rank_of))

    # What would help

    def _still_helps(self) -> bool:
        """What was said to help does, and nothing less than it."""
        if any(self._is_of_a_changed_route(one) for one in self.told.actions):
            return False
        if self.told.actions and self._costs_otherwise():
            return False
        return not any(self._makes_a_place(fewer) for fewer in lesser(self.told.actions))

    def _costs_otherwise(self) -> bool:
        """The same place on a route that is as it was: less where another route is the longest now."""
        weights, (before, after) = self.plan.weights, self.change.longest
        return before != after and bool(weights.longest_per_stop or weights.longest_per_s)

    def _is_of_a_changed_route(self, action: Reason) -> bool:
        if action.code in ADDING:
            return False  # One more shift like it has a route of its own.
        return not {action.shift_id, action.figures.get("shift")}.isdisjoint(self.change.shift_ids)

    def _makes_a_place(self, actions: Sequence[Reason]) -> bool:
        """Less than was said would do, on a changed route."""
        plan, job = self.plan, self.job
        if not can_be_done(plan.problem, actions):
            return False
        for shift_id in self.change.shift_ids:
            gaps = plan.plan.gaps(shift_id)
            case = case_of(
                plan.problem, plan.weights, job, gaps.shift, gaps.sequence, plan.standing
            )
            if case.fits(_of_this_route(case.problem, actions, shift_id)):
                return True
        return False


def _of_this_route(problem: Problem, actions: Sequence[Reason], shift_id: str) -> Actions:
    """Those that change something here: of other shifts and of other routes' stops nothing does."""

    def is_elsewhere(one: Reason) -> bool:
        if one.code in OF_A_SHIFT:
            return one.figures["shift"] != shift_id
        return one.code in ADDING or str(one.figures.get("job", "")) not in {"", *problem.job_by_id}

    return tuple(one for one in actions if not is_elsewhere(one))
