"""Why a job is left out of a plan, and what would help: it is tried in every gap of every route of the final plan."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.engine.alone import impossible
from routing.engine.candidates import NEVER_ENDS, OutOfTime, companions_of, look_at_clock
from routing.engine.changes import NEW_SHIFT, amount_of, can_be_done, changed, less
from routing.engine.fit import ties_of
from routing.engine.gaps import RouteGaps, Standing, standing_of
from routing.engine.insert import Place, has_place, worth_of
from routing.engine.misses import Miss, miss_of
from routing.engine.open_plan import OpenPlan
from routing.engine.problem import Job, Problem, Weights
from routing.engine.remedies import (
    MOST_IN_PLAN_S,
    Actions,
    Case,
    case_of,
    least,
    least_of,
    more_shifts,
    single,
    smallest_set,
)
from routing.engine.solution import Figures, PlannedRoute, Reason, Unserved

NEAREST = 3
"""Routes that came nearest, for which what would help is looked for."""
MOST_SEARCHED = 10
"""Jobs, the dearest to leave out, for which what would help is searched for widely; an over-full day has hundreds."""
MOST_COMPARED = 30
"""Places of a job timed exactly before it is said that none is worth its cost."""
NOT_LOOKED_INTO = (Reason("not_looked_into"),)
NOT_TRIED: Mapping[str, Place | None] = {}


def explain_all(
    problem: Problem,
    weights: Weights,
    routes: Collection[PlannedRoute],
    jobs: Collection[Job],
    until: float = NEVER_ENDS,
    tried: Mapping[str, Place | None] = NOT_TRIED,
) -> list[Unserved]:
    """Why these jobs are not in this plan, and what would help each to be in it, the rest of the plan as it is.

    The dearest to leave out come first; what is not looked into by `until` (`time.monotonic`) is said to be so, and the
    job at which it passes keeps the reasons found by then.
    tried: the cheapest place in this plan, None where there is none, of jobs for which that is known, by id.
    """
    opened = OpenPlan.of(problem, weights, {route.shift_id: route for route in routes})
    plan = TriedPlan(opened, until, tried)
    found: dict[str, Unserved] = {}
    for number, job in enumerate(dearest_first(problem, weights, jobs)):
        if time.monotonic() > until:
            found[job.id] = Unserved(job.id, NOT_LOOKED_INTO)
        else:
            found[job.id] = plan.explained(job, is_searched=number < MOST_SEARCHED)
    return [found[job.id] for job in jobs]


def dearest_first(problem: Problem, weights: Weights, jobs: Iterable[Job]) -> list[Job]:
    """The jobs by what leaving them out costs; the first MOST_SEARCHED are searched widely."""
    return sorted(jobs, key=lambda job: -problem.penalty(job, weights))


def why_not(problem: Problem, weights: Weights, gaps: RouteGaps, job: Job) -> Reason:
    """The rule that keeps a job out of one route by itself, and by how much."""
    standing = standing_of(problem, {gaps.shift.id: gaps.sequence})
    return miss_of(problem, weights, gaps, job, standing).reason


@dataclass(slots=True)
class TriedPlan:
    """A plan that jobs are tried against."""

    plan: OpenPlan
    until: float = NEVER_ENDS
    tried: Mapping[str, Place | None] = field(default_factory=dict)
    """The cheapest place in it, None where there is none, of jobs for which that is known, by id."""

    @property
    def problem(self) -> Problem:
        return self.plan.problem

    @property
    def weights(self) -> Weights:
        return self.plan.weights

    @property
    def standing(self) -> Standing:
        return self.plan.standing

    def miss(self, job: Job, shift_id: str) -> Miss:
        """Why this route cannot take a job."""
        return miss_of(self.problem, self.weights, self.plan.gaps(shift_id), job, self.standing)

    def explained(self, job: Job, *, is_searched: bool) -> Unserved:
        """is_searched: what would help is looked for on several routes; else on the nearest, before one more shift."""
        reasons = impossible(self.problem, job)
        misses: list[Miss] = []
        actions: Actions = ()
        try:
            place = None if reasons else self._place_of(job)
            if place is not None:
                return self.with_place(job, place)
            for shift in self.problem.shifts:
                look_at_clock(self.until)
                misses.append(self.miss(job, shift.id))
            misses.sort(key=lambda miss: miss.rank)
            told = reasons or self._in_the_way(job, misses)
            actions = self._actions(job, told[0].code if told else "", misses, is_searched)
        except OutOfTime:
            misses.sort(key=lambda miss: miss.rank)
            told = reasons or self._in_the_way(job, misses) or NOT_LOOKED_INTO
        return Unserved(job.id, told, actions[0] if actions else None, actions[1:])

    def _place_of(self, job: Job) -> Place | None:
        """The cheapest place in the plan as it is."""
        return self.tried[job.id] if job.id in self.tried else self.place_in(job)

    def place_in(
        self, job: Job, shift_ids: Iterable[str] | None = None, timed: int = MOST_COMPARED
    ) -> Place | None:
        """The cheapest place on these routes (None: on any), of the `timed` most promising."""
        worth = self.worth_of(job)
        places = self.plan.places(
            job, timed=timed, worth=worth, until=self.until, shift_ids=shift_ids
        )
        return places[0] if places else None

    def worth_of(self, job: Job) -> int:
        """Micros that serving the job, with what goes in with it, saves."""
        return worth_of(self.problem, self.weights, job, self.standing)

    def with_place(self, job: Job, place: Place) -> Unserved:
        """What is said of a job that has this place."""
        return _with_place(self.problem, self.weights, job, place, self.worth_of(job))

    def _in_the_way(self, job: Job, misses: Sequence[Miss]) -> tuple[Reason, ...]:
        waits_for = _waits_for(self.problem, job, self.standing)
        first = [Reason("before_left_out", None, {"job": waits_for})] if waits_for else []
        return (*first, *(miss.reason for miss in misses))

    # What would help

    def _actions(self, job: Job, code: str, misses: Sequence[Miss], is_searched: bool) -> Actions:
        if code == "no_shift_fits":
            # What a planner may allow is asked for before what no vehicle has.
            misses = sorted(misses, key=lambda miss: miss.reason.code not in _ALLOWABLE)
        cases = [self._case(job, miss) for miss in misses[: NEAREST if is_searched else 1]]
        if not cases:
            return (Reason("add_any_shift"),)
        found = self._of_one(code, cases, is_searched) or self._of_several(cases)
        if found is None:
            return ()
        found = self._least_anywhere(job, found, misses)
        return self._worth_it(job, found)

    def _case(self, job: Job, miss: Miss) -> Case:
        shift = miss.gaps.shift
        case = case_of(self.problem, self.weights, job, shift, miss.gaps.sequence, self.standing)
        return replace(case, code=miss.reason.code, guess=miss.guess, until=self.until)

    def _of_one(self, code: str, cases: Sequence[Case], is_searched: bool) -> Actions | None:
        """One change of what there is, or one more shift as there are others."""
        if code in _NEEDS_ANOTHER_SHIFT:
            found = self._one_more_shift(cases[0]) or self._one_more_changed(cases[0], most=2)
            if found is not None:
                return found
        for case in cases:
            found = single(case, MOST_IN_PLAN_S if is_searched else case.guess)
            if found is not None:
                return found
        found = self._one_more_shift(cases[0])
        if found is not None:
            return found
        return next((some for case in cases if (some := single(case, None)) is not None), None)

    def _one_more_shift(self, case: Case) -> Actions | None:
        plain_first = sorted(more_shifts(case), key=lambda one: one[1][0].code != "add_shift")
        return next((added for new, added in plain_first if new.fits(())), None)

    def _one_more_changed(self, case: Case, most: int | None = None) -> Actions | None:
        """One more shift, with other limits than those there are: the fewest changes of up to so many."""
        found = smallest_set(new for new, _ in more_shifts(case))
        return None if found is None or (most and len(found) > most) else _merged(found)

    def _of_several(self, cases: Sequence[Case]) -> Actions | None:
        """The smallest of the sets found on the nearest routes and on one more shift."""
        found = smallest_set(cases)
        if found is not None and len(found) <= 2:
            return found
        other = self._one_more_changed(cases[0])
        return min((one for one in (found, other) if one is not None), key=len, default=None)

    def _least_anywhere(self, job: Job, actions: Actions, misses: Sequence[Miss]) -> Actions:
        """A change of the job's own rules may be enough on another route by a smaller amount."""
        if len(actions) > 1:
            return self._spared(job, actions)
        if actions[0].code not in _OWN_AMOUNTS:
            return actions
        first = actions[0]
        for miss in misses:
            amount = int(first.figures["by_s"])
            may_do = miss.is_of_time and (miss.is_exact or miss.guess < amount)
            if not may_do or amount < 2 or miss.gaps.shift.id == first.shift_id:
                continue
            case = self._case(job, miss)
            lift = next((one for one in case.lifts if one.code == first.code), None)
            found = None if lift is None else least_of(case, lift, amount - 1)
            first = first if found is None else found
        return (first,)

    def _spared(self, job: Job, actions: Actions) -> Actions:
        """Of several changes none, nor a part of any, that can be spared on whatever route."""
        kept = list(actions)
        for one in actions:
            rest = [other for other in kept if other is not one]
            if rest and self._fits_with(job, rest):
                kept = rest
        for number, one in enumerate(kept):
            amount = amount_of(one)
            if amount < 2 or not self._fits_with(
                job, [*kept[:number], less(one, 1), *kept[number + 1 :]]
            ):
                continue

            def works(
                tried: int, number: int = number, one: Reason = one, amount: int = amount
            ) -> bool:
                other = less(one, amount - tried)
                return self._fits_with(job, [*kept[:number], other, *kept[number + 1 :]])

            kept[number] = less(one, amount - least(works, 0, amount - 1))
        return tuple(kept)

    def _fits_with(self, job: Job, actions: Sequence[Reason]) -> bool:
        """With these done the job has a place on some route."""
        if not can_be_done(self.problem, actions):
            return False
        other = changed(self.problem, job.id, actions)
        job = other.job_by_id[job.id]
        plan = self._as_in(other)
        return any(
            has_place(other, plan.gaps(one.id), job, self.standing, self.weights, self.until)
            for one in other.shifts
        )

    def _worth_it(self, job: Job, actions: Actions) -> Actions:
        """With a higher penalty, where the place that they make costs more than the job is worth."""
        other = changed(self.problem, job.id, actions)
        job = other.job_by_id[job.id]
        plan = self._as_in(other)
        worth = worth_of(other, self.weights, job, self.standing)
        # The first place found is nearly always worth it; only else are all compared.
        near = [one.id for one in other.shifts if one.id in (NEW_SHIFT, actions[0].shift_id)]
        for shift_ids, timed in ((near, 1), (None, MOST_COMPARED)):
            places = plan.places(
                job, timed=timed, worth=worth, until=self.until, shift_ids=shift_ids
            )
            if places and places[0].extra_cost < worth:
                return actions
        if not places:
            return actions
        return (*actions, _raised(other, self.weights, job, places[0], worth))

    def _as_in(self, other: Problem) -> OpenPlan:
        """The same routes in a problem that is a little different."""
        return OpenPlan(other, self.weights, self.plan.routes, self.standing)


def _merged(actions: Actions) -> Actions:
    """One more shift with more room is a bigger vehicle."""
    if [one.code for one in actions] != ["add_shift", "more_capacity"]:
        return actions
    like, room = (one.figures for one in actions)
    figures: Figures = {
        "like": like["like"], "dimension": room["dimension"], "over": room["over"],
    }  # fmt: skip
    return (Reason("split_or_bigger_vehicle", actions[0].shift_id, figures),)


def _with_place(problem: Problem, weights: Weights, job: Job, place: Place, worth: int) -> Unserved:
    """It could be served, and either costs more than it is worth or was not put in."""
    figures: Figures = {"extra_cost": place.extra_cost, "penalty": worth}
    if place.extra_cost < worth:
        reason = Reason("has_place", place.shift_id, figures)
        return Unserved(job.id, (reason,), Reason("put_in", place.shift_id))
    reason = Reason("not_worth_it", place.shift_id, figures)
    return Unserved(job.id, (reason,), _raised(problem, weights, job, place, worth))


def _raised(problem: Problem, weights: Weights, job: Job, place: Place, worth: int) -> Reason:
    """The least penalty with which the place is worth its cost."""
    over = place.extra_cost - worth + 1
    penalty = problem.penalty(job, weights) + over
    return Reason("raise_penalty", place.shift_id, {"over": over, "penalty": penalty})


def _waits_for(problem: Problem, job: Job, standing: Standing) -> str | None:
    """A job that must come before this one, or before what rides with it, and is not served."""
    ties = ties_of(problem)
    for one in (job, *companions_of(problem, job, standing)):
        for rule in ties.before.get(one.id, ()):
            if rule.before not in standing.shift_of and rule.before != job.id:
                return rule.before
    return None


_NEEDS_ANOTHER_SHIFT = frozenset(
    {"larger_than_any_vehicle", "no_shift_with_skill", "no_allowed_vehicle"}
)
"""What no change of the job or of a shift that there is should answer, while another shift does."""
_ALLOWABLE = frozenset({"pinned_elsewhere", "shift_forbidden"})
_OWN_AMOUNTS = frozenset({"widen_window", "earlier_release", "longer_ride"})
"""Changes of the job itself, which count on every route."""
