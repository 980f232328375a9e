"""Why a job is left out: checks before planning, then the job tried alone against the final plan.

Codes and figures only; `sentence` puts them into plain English, translations are the caller's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from routing.engine.candidates import companions_of, put
from routing.engine.fit import halts_of, job_violations, static_violations, ties_of
from routing.engine.gaps import RouteGaps, Standing, route_gaps, standing_of
from routing.engine.insert import Place, has_place, places_in, worth_of
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    RELOAD,
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    Weights,
)
from routing.engine.remedies import (
    MOST_MIN,
    MOST_MIN_IN_PLAN,
    Case,
    altered,
    last_resort,
    remedy,
    with_job,
)
from routing.engine.schedule import schedule, schedule_on
from routing.engine.solution import Figures, PlannedRoute, Reason, Unserved, Violation
from routing.engine.tries import Gap, may_reload, nearest_gap

NEAREST = 3
"""Routes that came nearest, for which what would help is looked for."""
MOST_SEARCHED = 30
"""Jobs, the dearest to leave out, for which what would help is searched for widely; an over-full day has hundreds."""
MOST_COMPARED = 60
"""Places of a job timed exactly before it is said that none is worth its cost."""
MOST_TRIED = 12
"""Places of a route that are timed exactly to name the rule in the way."""
NO_STANDING = Standing()

SENTENCES: Mapping[str, str] = {
    # why a job is left out
    "no_shifts": "There are no shifts to plan on.",
    "larger_than_any_vehicle": "It is larger than any vehicle: {dimension} is {over} over the largest capacity of {capacity}.",
    "no_shift_with_skill": "No shift has all it needs: {skills}.",
    "no_allowed_vehicle": "No shift drives an allowed vehicle: {allowed}.",
    "no_shift_fits": "No single shift has the skills, the vehicle and the capacity it needs together.",
    "outside_every_shift": "Its time window misses every shift; the nearest by {off_min} min.",
    "unreachable": "No road leads from the start to it and on for any shift that may serve it.",
    "too_far": "Even alone on a route it cannot be served within the shift; the nearest misses by {off_min} min.",
    "not_even_alone": "Not even alone on a route can it be served.",
    "has_place": "There is a place for it, {extra_cost} more, which is below what leaving it out costs ({penalty}).",
    "not_worth_it": "Serving it would cost {extra_cost} more, which is above what leaving it out costs ({penalty}).",
    # broken hard rules of a route
    "pinned_elsewhere": "It is pinned to shift {shift}.",
    "vehicle_kind_not_allowed": "A {kind} may not serve it (allowed: {allowed}).",
    "skill_missing": "The shift lacks {skills}.",
    "over_capacity": "The vehicle is over its {dimension} capacity of {capacity} by {over}.",
    "too_many_stops": "The route has {over} stops more than the {limit} allowed.",
    "no_road": "No road leads to it from the stop before.",
    "no_road_back": "No road leads back to the end of the route.",
    "after_window": "It is reached {late_s} s after its time window.",
    "makes_others_late": "With it, a later stop or the end of the shift is missed by {off_min} min.",
    "after_shift_end": "The route ends {over_s} s after the shift.",
    "route_too_long": "The route takes {over_s} s longer than the {limit_s} s allowed.",
    "others_ride_too_long": "With it, {job} rides {over_s} s longer than the {limit_s} s allowed.",
    "breaks_others_rule": "With it, a rule of {job} is broken.",
    "too_late_for_others": "It starts {over_s} s too late for a job of another route that waits for it.",
    # statements of the checker
    "shift_forbidden": "The shift may not serve it.",
    "wrong_position": "It must be stop {position} of the route and is stop {at}.",
    "too_many_trips": "The route has {over} trips more than the {limit} allowed.",
    "begun_elsewhere": "It is begun on shift {shift}.",
    "begun_changed": "The route no longer starts as it was begun: {job} is not in its place.",
    "pair_split": "It and {job} must ride together.",
    "pair_reversed": "It comes before {job}, where it is picked up.",
    "pair_over_reload": "A reload lies between {job}, where it is picked up, and it.",
    "ride_too_long": "It rides {over_s} s longer than the {limit_s} s allowed.",
    "out_of_order": "It comes before {job}, which must come first.",
    "before_left_out": "{job}, which must come first, is left out.",
    "too_soon_after": "It starts {over_s} s too soon after {job}.",
    "not_together": "It and {job} must ride on one shift.",
    "not_apart": "It and {job} may not ride on one shift.",
    "left_before_release": "Its trip leaves {over_s} s before it is released.",
    "too_much_driving": "The route drives {over_s} s longer than the {limit_s} s allowed.",
    "too_far_in_all": "The route is {over_m} m longer than the {limit_m} m allowed.",
    "break_in_service": "A break falls into a service.",
    "break_overlaps": "Two breaks overlap.",
    "break_not_asked": "A break is taken outside its time.",
    "break_not_taken": "A break of the shift is not taken.",
    "route_missing": "The vehicle is on the road and has no route.",
    "unknown_shift": "The plan uses a shift that is not in the problem.",
    "unknown_job": "The plan serves a job that is not in the problem.",
    "shift_twice": "The shift has {times} routes.",
    "job_twice": "The job appears {times} times.",
    "job_missing": "The job is neither served nor left out.",
    "route_empty": "The route has no stops.",
    "load_misstated": "The stated {dimension} is not what the jobs weigh.",
    "times_misstated": "The stated {what} of {stated} does not follow from the travel times.",
    "costs_misstated": "The stated costs do not add up ({term}).",
    "outside_shift_start": "The route does not start inside the shift.",
    "outside_window": "Service starts outside the time windows.",
}
"""Plain English by code, with the figures in braces."""

ACTIONS: Mapping[str, str] = {
    "add_shift": "Add a shift.",
    "split_or_bigger_vehicle": "Split it or use a vehicle with {over} more {dimension}.",
    "add_shift_with_skill": "Add a shift with {skills}.",
    "add_shift_with_vehicle": "Add a shift with one of: {allowed}.",
    "widen_window": "Open its time window by {by_min} min.",
    "widen_window_of": "Open the time window of {job} by {by_min} min.",
    "extend_shift": "Extend shift {shift} by {by_min} min.",
    "fix_address": "Check the address: no road reaches it.",
    "more_capacity": "Free {over} {dimension} on shift {shift}, or add a vehicle.",
    "more_stops": "Allow one stop more on shift {shift}, or add a shift.",
    "unpin": "Unpin it from shift {shift}, or make room there.",
    "more_trips": "Let shift {shift} load once more.",
    "allow_shift": "Allow it on shift {shift}.",
    "longer_ride": "Let it ride {by_min} min longer.",
    "longer_ride_of": "Let {job} ride {by_min} min longer.",
    "more_driving": "Let shift {shift} drive {by_min} min longer.",
    "more_distance": "Let shift {shift} drive {over_m} m farther.",
    "free_position": "Let it take any place on the route.",
    "free_position_of": "Let {job} take any place on the route.",
    "earlier_release": "Have it ready {by_min} min earlier.",
    "start_earlier": "Start shift {shift} {by_min} min earlier.",
    "open_break": "Open the time of the break of shift {shift} by {by_min} min.",
    "ride_with": "Let it ride with {job}.",
    "ride_without": "Let it ride without {job}.",
    "lift_rules": "Lift its time windows, release and longest ride: no single one is in the way.",
    "lift_limits": "Lift the limits of shift {shift}: no single one is in the way.",
    "drop_order": "Drop the order between it and {job}.",
    "raise_penalty": "Raise its priority to have it served.",
    "put_in": "Put it on the route where it has a place, or plan again.",
}
"""What would help, by code."""


def sentence(said: Reason | Violation) -> str:
    """The reason, violation or action in one plain English sentence."""
    text = SENTENCES.get(said.code) or ACTIONS[said.code]
    return text.format(**said.figures)


def impossible(problem: Problem, job: Job) -> Unserved | None:
    """Why no plan whatever can serve this job; None when some shift could serve it alone (with what must ride with it)."""
    if not problem.shifts:
        return Unserved(job.id, (Reason("no_shifts"),), Reason("add_shift"))
    if _is_easy(problem, job):
        return None
    for look in (
        _too_large,
        _lacks_skill,
        _lacks_vehicle,
        _fits_no_shift,
        _unreachable,
        _misses_every_shift,
    ):
        found = look(problem, job)
        if found is not None:
            return found
    return None


def _is_easy(problem: Problem, job: Job) -> bool:
    """Some shift serves it alone, and it is bound to nothing: most jobs are like this, and told so fast."""
    if job.id in ties_of(problem).together or job.position is not None:
        return False
    return any(
        schedule(problem, shift.id, [job.id]).is_feasible
        for shift in problem.shifts
        if not shift.prefix and not job_violations(shift, job)
    )


def explain_all(
    problem: Problem, weights: Weights, routes: Collection[PlannedRoute], jobs: Collection[Job]
) -> list[Unserved]:
    """Why these jobs, which some shift could serve alone, are not in this plan."""
    sequences = {route.shift_id: route.sequence for route in routes}
    standing = standing_of(problem, sequences, routes)
    gaps = [route_gaps(problem, s, sequences.get(s.id, ()), standing) for s in problem.shifts]
    dearest = sorted(jobs, key=lambda job: -problem.penalty(job, weights))[:MOST_SEARCHED]
    searched = {job.id for job in dearest}
    return [
        explain_unserved(problem, weights, gaps, job, standing, is_searched=job.id in searched)
        for job in jobs
    ]


def explain_unserved(
    problem: Problem,
    weights: Weights,
    all_gaps: Sequence[RouteGaps],
    job: Job,
    standing: Standing | None = None,
    *,
    is_searched: bool = True,
) -> Unserved:
    """Why a job that some shift could serve alone is not in this plan: it is tried in every gap of every route.

    standing: where all jobs of the plan are; None: the gaps are those of all routes. is_searched: what would help is looked
    for on several routes and in larger amounts; else on the nearest, by what is missing there, before one more shift is said.
    """
    if standing is None:
        standing = standing_of(problem, {gaps.shift.id: gaps.sequence for gaps in all_gaps})
    worth = worth_of(problem, weights, job, standing)
    places = places_in(
        problem, all_gaps, job, weights=weights, limit=1, timed=MOST_COMPARED, standing=standing, worth=worth
    )  # fmt: skip
    if places:
        return _has_place(job, places[0], worth)
    misses = sorted(
        (_miss(problem, weights, gaps, job, standing) for gaps in all_gaps),
        key=lambda miss: miss.rank,
    )
    reasons = [miss.reason for miss in misses]
    waits_for = _waits_for(problem, job, standing)
    if waits_for is not None:
        reasons.insert(0, Reason("before_left_out", None, {"job": waits_for}))
    return Unserved(
        job.id, tuple(reasons), _action(problem, weights, misses, job, standing, is_searched)
    )


def _has_place(job: Job, place: Place, worth: int) -> Unserved:
    """It could be served, and either costs more than it is worth or was not put in."""
    figures: Figures = {"extra_cost": place.extra_cost, "penalty": worth}
    if place.extra_cost < worth:
        return Unserved(
            job.id,
            (Reason("has_place", place.shift_id, figures),),
            Reason("put_in", place.shift_id),
        )
    over: Figures = {"over": place.extra_cost - worth + 1}
    return Unserved(
        job.id,
        (Reason("not_worth_it", place.shift_id, figures),),
        Reason("raise_penalty", place.shift_id, over),
    )


def _action(
    problem: Problem,
    weights: Weights,
    misses: Sequence["_Miss"],
    job: Job,
    standing: Standing,
    is_searched: bool,
) -> Reason | None:
    cases = [
        (
            Case(problem, weights, miss.gaps, job, standing, miss.guess_min, miss.guess),
            miss.reason.code,
        )
        for miss in misses[:NEAREST]
    ]
    for case, code in cases if is_searched else cases[:1]:
        found = remedy(case, code, MOST_MIN_IN_PLAN if is_searched else 0)
        if found is not None:
            return found
    found = _more_shifts(problem, weights, job, standing)
    if found is not None:
        return found
    if not is_searched:
        return _action(problem, weights, misses, job, standing, True)
    return next((found for case, _ in cases if (found := last_resort(case)) is not None), None)


def _more_shifts(problem: Problem, weights: Weights, job: Job, standing: Standing) -> Reason | None:
    """One more shift like one there is, tried; with the skills that it would need besides. None: not even that helps."""
    fresh = Shift("", "", 0, 0, 0, None)
    for skills in (frozenset(), job.skills):
        seen: set[Shift | object] = set()
        for shift in problem.shifts:
            # A vehicle that is loaded and under way is no pattern for one more.
            fresh = replace(
                shift, id=RELOAD, skills=shift.skills | skills, prefix=(), start_load={},
                must_drive=False,
            )  # fmt: skip
            key = (
                shift.vehicle_kind, shift.start_s, shift.end_s, shift.start_place, shift.end_place,
                tuple(sorted(shift.capacity.items())), fresh.skills, shift.breaks, shift.max_trips,
            )  # fmt: skip
            if key in seen:
                continue
            seen.add(key)
            more = altered(problem, shifts=(*problem.shifts, fresh))
            gaps = route_gaps(more, fresh, (), standing)
            if has_place(more, gaps, job, standing, weights):
                if fresh.skills == shift.skills:
                    return Reason("add_shift")
                lacking = ", ".join(sorted(job.skills - shift.skills))
                return Reason("add_shift_with_skill", None, {"skills": lacking})
    return None


def _waits_for(problem: Problem, job: Job, standing: Standing) -> str | None:
    """A job that must come before this one, or before what rides with it, and is not served."""
    ties = ties_of(problem)
    for one in (job, *companions_of(problem, job, standing)):
        for rule in ties.before.get(one.id, ()):
            if rule.before not in standing.shift_of and rule.before != job.id:
                return rule.before
    return None


class _Miss(NamedTuple):
    """Why one route cannot take a job."""

    rank: tuple[int, int, str]
    """How bad and how far off; the nearest sorts first."""
    reason: Reason
    """The first rule that breaks."""
    gaps: RouteGaps
    guess_min: int = 0
    """Minutes that are missing, where that is known."""

    @property
    def guess(self) -> int:
        """Metres or amounts that are missing."""
        return int(self.reason.figures.get("over_m", self.reason.figures.get("over", 0)))


def _miss(
    problem: Problem, weights: Weights, gaps: RouteGaps, job: Job, standing: Standing
) -> _Miss:
    shift = gaps.shift
    broken = job_violations(shift, job)
    if broken:
        # What a planner may allow is nearer than what no vehicle of this shift has.
        rank = 4 if broken[0].code in ("shift_forbidden", "pinned_elsewhere") else 9
        return _Miss((rank, 0, shift.id), _of(shift, broken[0]), gaps)
    bound = _bound_elsewhere(problem, gaps, job, standing)
    if bound is not None:
        return bound
    going_in = [job, *companions_of(problem, job, standing)]
    full = _too_full(problem, gaps, job, going_in)
    if full is not None:
        return full
    return _time_miss(problem, weights, gaps, job, going_in, standing)


def _of(shift: Shift, violation: Violation) -> Reason:
    return Reason(violation.code, shift.id, violation.figures)


def _bound_elsewhere(
    problem: Problem, gaps: RouteGaps, job: Job, standing: Standing
) -> _Miss | None:
    ties, shift = ties_of(problem), gaps.shift
    begun_on = ties.begun_on.get(job.id, shift.id)
    if begun_on != shift.id:
        return _Miss(
            (9, 0, shift.id), Reason("begun_elsewhere", shift.id, {"shift": begun_on}), gaps
        )
    for other in sorted(ties.together.get(job.id, ())):
        if standing.shift_of.get(other, shift.id) != shift.id:
            pair = problem.pair_of.get(job.id)
            split = pair is not None and other in (pair.pickup, pair.delivery)
            code = "pair_split" if split else "not_together"
            return _Miss((7, 0, shift.id), Reason(code, shift.id, {"job": other}), gaps)
    for other in sorted(ties.apart.get(job.id, ())):
        if standing.shift_of.get(other) == shift.id:
            return _Miss((5, 0, shift.id), Reason("not_apart", shift.id, {"job": other}), gaps)
    return None


def _too_full(problem: Problem, gaps: RouteGaps, job: Job, going_in: Sequence[Job]) -> _Miss | None:
    """Loads and stops; loads as far as the job by itself is too much in every gap."""
    shift = gaps.shift
    for name, capacity in sorted(shift.capacity.items()):
        # A vehicle that may load once more is not full: something else keeps it from doing so.
        if may_reload(gaps) or not len(gaps.at) or not (job.load.get(name) or job.pickup.get(name)):
            continue
        before = gaps.aboard_before[name] + job.load.get(name, 0)
        after = gaps.aboard_after[name] + job.pickup.get(name, 0)
        over = min(max(int(a), int(b)) for a, b in zip(before, after, strict=True)) - capacity
        if over > 0:
            figures: Figures = {"dimension": name, "over": over, "capacity": capacity}
            rank = (2, over * 1000 // max(1, capacity), shift.id)
            return _Miss(rank, Reason("over_capacity", shift.id, figures), gaps)
    over = 0 if shift.max_stops is None else len(gaps.job_ids) + len(going_in) - shift.max_stops
    if over > 0:
        figures = {"over": over, "limit": shift.max_stops or 0}
        return _Miss((2, 500, shift.id), Reason("too_many_stops", shift.id, figures), gaps)
    return None


def _time_miss(
    problem: Problem,
    weights: Weights,
    gaps: RouteGaps,
    job: Job,
    going_in: Sequence[Job],
    standing: Standing,
) -> _Miss:
    shift = gaps.shift
    nearest = [(one, nearest_gap(problem, gaps, one)) for one in going_in]
    worst, gap = max(nearest, key=lambda two: (not two[1].has_road, two[1].shortfall_s))
    if not gap.has_road:
        return _Miss((8, 0, shift.id), Reason("no_road", shift.id), gaps)
    if gap.shortfall_s > 0:
        off_s = gap.shortfall_s
        if gap.window_missed and worst.id == job.id:
            reason = Reason("after_window", shift.id, {"late_s": off_s})
        else:
            reason = Reason("makes_others_late", shift.id, {"off_min": minutes(off_s)})
        return _Miss((1, off_s, shift.id), reason, gaps, minutes(off_s))
    return _exact_miss(problem, weights, gaps, job, going_in, [g for _, g in nearest], standing)


def _exact_miss(
    problem: Problem,
    weights: Weights,
    gaps: RouteGaps,
    job: Job,
    going_in: Sequence[Job],
    nearest: Sequence[Gap],
    standing: Standing,
) -> _Miss:
    """The arrays allow it: times it exactly in the places they allow, and takes the least broken rule."""
    shift = gaps.shift
    own = {one.id for one in going_in}
    found: list[tuple[tuple[int, bool, bool, int], Violation]] = []
    for position, form in nearest[0].fitting[:MOST_TRIED]:
        sequence = put(gaps.sequence, position, job.id, form)
        for one, gap in zip(going_in[1:], nearest[1:], strict=True):
            at = gap.fitting[0][0] if gap.fitting else len(sequence)
            pair = problem.pair_of.get(one.id)
            if pair is not None and one.id == pair.delivery and pair.pickup in sequence:
                at = max(at, sequence.index(pair.pickup) + 1)
            elif pair is not None and one.id == pair.pickup and pair.delivery in sequence:
                at = min(at, sequence.index(pair.delivery))
            sequence = put(sequence, at, one.id)
        broken = _broken(problem, weights, shift, sequence, standing)
        if broken:
            over = sum(_size(one) for one in broken)
            theirs = broken[0].job_id not in (None, *own)
            # Too much aboard with a reload, or a wrong order, say only that this was not the place to try.
            astray = broken[0].code in _ASTRAY or (form > 0 and broken[0].code == "over_capacity")
            found.append(((len(broken), astray, theirs, over), broken[0]))
    if not found:
        figures: Figures = {"job": job.id}
        return _Miss((6, 0, shift.id), Reason("breaks_others_rule", shift.id, figures), gaps)
    (*_, over), first = min(found, key=lambda one: one[0])
    reason = _said_of(shift, first, own)
    return _Miss((1, over, shift.id), reason, gaps, minutes(_size(first)))


_ASTRAY = {"pair_reversed", "pair_over_reload", "out_of_order", "begun_changed"}


def _broken(
    problem: Problem, weights: Weights, shift: Shift, sequence: Sequence[str], standing: Standing
) -> tuple[Violation, ...]:
    static = static_violations(problem, shift, halts_of(problem, sequence))
    if static:
        return tuple(static)
    return schedule(problem, shift.id, sequence, weights=weights).violations


def _size(violation: Violation) -> int:
    """By how much it is broken, in its unit; 0 where it has none."""
    figures = violation.figures
    return next(
        (int(figures[name]) for name in ("over_s", "late_s", "over_m", "over") if name in figures),
        0,
    )


def _said_of(shift: Shift, violation: Violation, own: Collection[str]) -> Reason:
    """The violation as a reason of the job that goes in: rules of others are named as theirs."""
    other = violation.job_id
    if other is None or other in own:
        return _of(shift, violation)
    figures = {**violation.figures, "job": other}
    if violation.code == "ride_too_long":
        return Reason("others_ride_too_long", shift.id, figures)
    if violation.code == "after_window":
        off_min = minutes(int(violation.figures["late_s"]))
        return Reason("makes_others_late", shift.id, {"off_min": off_min})
    return Reason("breaks_others_rule", shift.id, {"job": other})


def minutes(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)


# Impossible even alone


def _weighs(problem: Problem, job: Job, name: str) -> int:
    """Most aboard on account of this job at any moment, were the vehicle empty."""
    pair = problem.pair_of.get(job.id)
    along = 0 if pair is None else pair.load.get(name, 0)
    loaded, taken = job.load.get(name, 0), job.pickup.get(name, 0)
    if pair is not None and pair.pickup == job.id:
        return max(loaded, taken + along)
    return max(loaded + along, taken)


def _too_large(problem: Problem, job: Job) -> Unserved | None:
    pair = problem.pair_of.get(job.id)
    names = {*job.load, *job.pickup, *(pair.load if pair is not None else ())}
    for name in sorted(names):
        amount = _weighs(problem, job, name)
        capacities = [shift.capacity.get(name) for shift in problem.shifts]
        limits = [limit for limit in capacities if limit is not None]
        if len(limits) == len(capacities) and amount > max(limits):
            over = amount - max(limits)
            figures: Figures = {"dimension": name, "over": over, "capacity": max(limits)}
            action = Reason("split_or_bigger_vehicle", None, {"dimension": name, "over": over})
            return Unserved(job.id, (Reason("larger_than_any_vehicle", None, figures),), action)
    return None


def _lacks_skill(problem: Problem, job: Job) -> Unserved | None:
    if any(job.skills <= shift.skills for shift in problem.shifts):
        return None
    nearest = min(
        (job.skills - shift.skills for shift in problem.shifts), key=lambda s: (len(s), sorted(s))
    )
    figures: Figures = {"skills": ", ".join(sorted(job.skills))}
    missing: Figures = {"skills": ", ".join(sorted(nearest))}
    return Unserved(
        job.id,
        (Reason("no_shift_with_skill", None, figures),),
        Reason("add_shift_with_skill", None, missing),
    )


def _lacks_vehicle(problem: Problem, job: Job) -> Unserved | None:
    if not job.vehicle_kinds or any(
        shift.vehicle_kind in job.vehicle_kinds for shift in problem.shifts
    ):
        return None
    figures: Figures = {"allowed": ", ".join(sorted(job.vehicle_kinds))}
    return Unserved(
        job.id,
        (Reason("no_allowed_vehicle", None, figures),),
        Reason("add_shift_with_vehicle", None, figures),
    )


def _carriers(problem: Problem, job: Job) -> list[Shift]:
    """Shifts that could have the job aboard, were the vehicle empty."""
    names = {name for shift in problem.shifts for name in shift.capacity}
    weighs = {name: _weighs(problem, job, name) for name in names}
    return [
        shift
        for shift in problem.shifts
        if not job_violations(shift, job)
        and (shift.max_stops is None or shift.max_stops > 0)
        and all(weighs[name] <= limit for name, limit in shift.capacity.items())
    ]


def _fits_no_shift(problem: Problem, job: Job) -> Unserved | None:
    if _carriers(problem, job):
        return None
    # The other end of its pair may be what makes it too much.
    pair = problem.pair_of.get(job.id)
    ids = [job.id] if pair is None else [pair.pickup, pair.delivery]
    broken = []
    for shift in problem.shifts:
        violations = schedule(problem, shift.id, ids).violations
        broken += [Reason(one.code, shift.id, one.figures) for one in violations[:1]]
    reasons = (Reason("no_shift_fits"), *broken)
    if job.pinned_shift is not None and _carriers(problem, replace(job, pinned_shift=None)):
        return Unserved(job.id, reasons, Reason("unpin", None, {"shift": str(job.pinned_shift)}))
    allowed = replace(job, forbidden_shifts=frozenset())
    freed = _carriers(problem, allowed) if job.forbidden_shifts else []
    for shift in freed:
        if _fits_alone(with_job(problem, allowed), shift, allowed):
            return Unserved(job.id, reasons, Reason("allow_shift", shift.id, {"shift": shift.id}))
    # Some shift with what none has together, where that is enough; where not, a shift of another kind altogether.
    more = _more_shifts(
        altered(problem, precedences=(), apart=()), DEFAULT_WEIGHTS, job, NO_STANDING
    )
    return Unserved(job.id, reasons, more or Reason("add_shift"))


def _unreachable(problem: Problem, job: Job) -> Unserved | None:
    for shift in _carriers(problem, job):
        m = problem.matrices[shift.vehicle_kind]
        there = m.durations_s[shift.start_place, job.place] != UNREACHABLE
        back = shift.end_place is None or m.durations_s[job.place, shift.end_place] != UNREACHABLE
        if there and back:
            return None
    return Unserved(job.id, (Reason("unreachable"),), Reason("fix_address"))


def _fits_alone(problem: Problem, shift: Shift, job: Job) -> bool:
    """With what must ride with it, after what is begun, and without any other job, it can be served."""
    if shift.max_trips > 1:
        # A later trip leaves later than the shift may begin, and without what was aboard then.
        shift = replace(shift, latest_start_s=None, start_load={})
    alone = job.id not in ties_of(problem).together
    if alone and job.position is None and not shift.prefix:
        return schedule_on(problem, shift, [job]).is_feasible
    gaps = route_gaps(problem, shift, shift.prefix)
    standing = Standing(dict.fromkeys(shift.prefix, shift.id))
    if job.id in shift.prefix:
        return True
    return has_place(problem, gaps, job, standing, DEFAULT_WEIGHTS)


def _misses_every_shift(problem: Problem, job: Job) -> Unserved | None:
    """None of the shifts that may carry it can serve it even alone: the nearest, by how much, and what would help."""
    # Alone there is nothing to come before, and no place on the route but the next.
    bound = {
        job.id,
        *(one.id for one in companions_of(altered(problem, precedences=()), job, NO_STANDING)),
    }
    orders = tuple(one for one in problem.precedences if {one.before, one.after} <= bound)
    free = altered(problem, precedences=orders, apart=())
    free = with_job(free, replace(job, position=None)) if job.position is not None else free
    job = free.job_by_id[job.id]
    carriers = _carriers(free, job)
    for shift in carriers:
        if _fits_alone(free, shift, job):
            return None
    misses: list[_Miss] = []
    for shift in carriers:
        gaps = route_gaps(free, shift, shift.prefix)
        miss = _miss(
            free, DEFAULT_WEIGHTS, gaps, job, Standing(dict.fromkeys(shift.prefix, shift.id))
        )
        if miss.reason.code != "no_road":
            misses.append(miss)
    if not misses:
        return None
    misses.sort(key=lambda miss: miss.rank)
    action = None
    for miss in misses[:NEAREST]:
        standing = Standing(dict.fromkeys(miss.gaps.shift.prefix, miss.gaps.shift.id))
        case = Case(free, DEFAULT_WEIGHTS, miss.gaps, job, standing, miss.guess_min, miss.guess)
        action = remedy(case, miss.reason.code, MOST_MIN) or last_resort(case)
        if action is not None:
            break
    return Unserved(job.id, _alone(job, misses), action)


_CLOCK = {"after_window", "makes_others_late", "after_shift_end", "route_too_long"}


def _alone(job: Job, misses: Sequence[_Miss]) -> tuple[Reason, ...]:
    """The nearest miss: of its windows or of the shift in general words, of other rules in their own."""
    nearest = misses[0]
    if nearest.reason.code not in _CLOCK:
        return (Reason("not_even_alone"), nearest.reason)
    in_shift = not job.windows or any(
        w.start_s <= miss.gaps.shift.end_s + miss.gaps.shift.overtime_s
        and w.end_s >= miss.gaps.shift.start_s
        for miss in misses
        for w in job.windows
    )
    code = "too_far" if in_shift else "outside_every_shift"
    return (Reason(code, nearest.gaps.shift.id, {"off_min": max(1, nearest.guess_min)}),)
