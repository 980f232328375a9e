"""Why a job is left out: checks before planning, then the job tried alone against the final plan.

Codes and figures only; `sentence` puts them into plain English, translations are the caller's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from routing.engine.fit import job_violations
from routing.engine.insert import RouteGaps, nearest_gap, places_in
from routing.engine.problem import UNREACHABLE, Job, Problem, Shift, TimeWindow, Weights
from routing.engine.schedule import schedule, schedule_on
from routing.engine.solution import Figures, Reason, Unserved, Violation

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
    "raise_penalty": "Raise its priority to have it served.",
}
"""What would help, by code."""


def sentence(said: Reason | Violation) -> str:
    """The reason, violation or action in one plain English sentence."""
    text = SENTENCES.get(said.code) or ACTIONS[said.code]
    return text.format(**said.figures)


def impossible(problem: Problem, job: Job) -> Unserved | None:
    """Why no plan whatever can serve this job; None when some shift could serve it alone."""
    if not problem.shifts:
        return Unserved(job.id, (Reason("no_shifts"),), Reason("add_shift"))
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


def explain_unserved(
    problem: Problem, weights: Weights, all_gaps: Sequence[RouteGaps], job: Job
) -> Unserved:
    """Why a job that some shift could serve alone is not in this plan: it is tried in every gap of every route."""
    places = places_in(problem, all_gaps, job, weights=weights, limit=1)
    if places:
        penalty = problem.penalty(job, weights)
        figures: Figures = {"extra_cost": places[0].extra_cost, "penalty": penalty}
        reason = Reason("not_worth_it", places[0].shift_id, figures)
        return Unserved(job.id, (reason,), Reason("raise_penalty", places[0].shift_id, {}))
    misses = sorted(
        (_miss(problem, weights, gaps, job) for gaps in all_gaps), key=lambda miss: miss.rank
    )
    actions = (miss.action for miss in misses if miss.action is not None)
    return Unserved(
        job.id, tuple(miss.reason for miss in misses), next(actions, Reason("add_shift"))
    )


class _Miss(NamedTuple):
    """Why one route cannot take a job."""

    rank: tuple[int, int, str]
    """How bad and how far off; the nearest sorts first."""
    reason: Reason
    """The first rule that breaks."""
    action: Reason | None
    """What makes it fit, tried; None when nothing simple does."""


def _miss(problem: Problem, weights: Weights, gaps: RouteGaps, job: Job) -> _Miss:
    shift = gaps.shift
    broken = job_violations(shift, job)
    if broken:
        return _Miss((9, 0, shift.id), Reason(broken[0].code, shift.id, broken[0].figures), None)
    for name, capacity in sorted(shift.capacity.items()):
        over = gaps.load.get(name, 0) + job.load.get(name, 0) - capacity
        if over > 0:
            figures: Figures = {"dimension": name, "over": over, "capacity": capacity}
            roomier = replace(shift, capacity={**shift.capacity, name: capacity + over})
            action = Reason(
                "more_capacity", shift.id, {"dimension": name, "over": over, "shift": shift.id}
            )
            return _Miss(
                (2, over * 1000 // max(1, capacity), shift.id),
                Reason("over_capacity", shift.id, figures),
                action if _fits_somewhere(problem, gaps, roomier, job) else None,
            )
    if shift.max_stops is not None and len(gaps.job_ids) >= shift.max_stops:
        over = len(gaps.job_ids) + 1 - shift.max_stops
        roomier = replace(shift, max_stops=shift.max_stops + over)
        action = Reason("more_stops", shift.id, {"over": over, "shift": shift.id})
        return _Miss(
            (2, 500, shift.id),
            Reason("too_many_stops", shift.id, {"over": over, "limit": shift.max_stops}),
            action if _fits_somewhere(problem, gaps, roomier, job) else None,
        )
    return _time_miss(problem, weights, gaps, job)


def _fits_somewhere(problem: Problem, gaps: RouteGaps, shift: Shift, job: Job) -> bool:
    """On this changed shift the job fits into the route."""
    return any(
        schedule_on(problem, shift, _with(problem, gaps, job, position)).is_feasible
        for position in nearest_gap(problem, gaps, job).fitting
    )


def _with(problem: Problem, gaps: RouteGaps, job: Job, position: int) -> list[Job]:
    jobs = [problem.job_by_id[job_id] for job_id in gaps.job_ids]
    return [*jobs[:position], job, *jobs[position:]]


def _time_miss(problem: Problem, weights: Weights, gaps: RouteGaps, job: Job) -> _Miss:
    shift = gaps.shift
    gap = nearest_gap(problem, gaps, job)
    if not gap.has_road:
        return _Miss((8, 0, shift.id), Reason("no_road", shift.id), None)
    position = gap.position
    if gap.shortfall_s <= 0:
        # It fits the clock; only the longest duration can be in the way.
        over_s, position = min(
            (_over_duration(problem, weights, gaps, job, p), p) for p in gap.fitting
        )
        figures: Figures = {"over_s": over_s, "limit_s": shift.max_duration_s or 0}
        reason = Reason("route_too_long", shift.id, figures)
    elif gap.window_missed:
        over_s = gap.shortfall_s
        reason = Reason("after_window", shift.id, {"late_s": over_s})
    else:
        over_s = gap.shortfall_s
        reason = Reason("makes_others_late", shift.id, {"off_min": minutes(over_s)})
    action = _time_action(problem, shift, _with(problem, gaps, job, position), job, minutes(over_s))
    return _Miss((1, over_s, shift.id), reason, action)


def _time_action(
    problem: Problem, shift: Shift, jobs: Sequence[Job], job: Job, by_min: int
) -> Reason | None:
    """The one change of `by_min` minutes that makes this sequence feasible, tried; None when it takes more than one."""
    by_s = by_min * 60

    def works(changed: Job | Shift) -> bool:
        if isinstance(changed, Shift):
            return schedule_on(problem, changed, jobs).is_feasible
        others = [changed if one.id == changed.id else one for one in jobs]
        return schedule_on(problem, shift, others).is_feasible

    if job.windows and works(_wider(job, by_s)):
        return Reason("widen_window", shift.id, {"by_min": by_min})
    if works(_longer(shift, by_s)):
        return Reason("extend_shift", shift.id, {"shift": shift.id, "by_min": by_min})
    for other in jobs:
        if other.id != job.id and other.windows and works(_wider(other, by_s)):
            return Reason("widen_window_of", shift.id, {"job": other.id, "by_min": by_min})
    return None


def _wider(job: Job, by_s: int) -> Job:
    windows = (TimeWindow(max(0, w.start_s - by_s), w.end_s + by_s) for w in job.windows)
    return replace(job, windows=tuple(windows))


def _longer(shift: Shift, by_s: int) -> Shift:
    longest = None if shift.max_duration_s is None else shift.max_duration_s + by_s
    return replace(shift, end_s=shift.end_s + by_s, max_duration_s=longest)


def _over_duration(
    problem: Problem, weights: Weights, gaps: RouteGaps, job: Job, position: int
) -> int:
    sequence = (*gaps.job_ids[:position], job.id, *gaps.job_ids[position:])
    broken = schedule(problem, gaps.shift.id, sequence, weights=weights).violations
    return next((int(v.figures["over_s"]) for v in broken if v.code == "route_too_long"), 0)


def minutes(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)


def _too_large(problem: Problem, job: Job) -> Unserved | None:
    for name, amount in sorted(job.load.items()):
        capacities = [shift.capacity.get(name) for shift in problem.shifts]
        limits = [limit for limit in capacities if limit is not None]
        if len(limits) == len(capacities) and amount > max(limits):
            figures: Figures = {
                "dimension": name,
                "over": amount - max(limits),
                "capacity": max(limits),
            }
            action = Reason(
                "split_or_bigger_vehicle", None, {"dimension": name, "over": amount - max(limits)}
            )
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
    return [
        shift
        for shift in problem.shifts
        if not job_violations(shift, job)
        and (shift.max_stops is None or shift.max_stops > 0)
        and all(job.load.get(name, 0) <= limit for name, limit in shift.capacity.items())
    ]


def _fits_no_shift(problem: Problem, job: Job) -> Unserved | None:
    if _carriers(problem, job):
        return None
    broken = []
    for shift in problem.shifts:
        violations = schedule(problem, shift.id, [job.id]).violations
        broken.append(Reason(violations[0].code, shift.id, violations[0].figures))
    unpinned = job.pinned_shift is not None and _carriers(problem, replace(job, pinned_shift=None))
    action = (
        Reason("unpin", None, {"shift": str(job.pinned_shift)}) if unpinned else Reason("add_shift")
    )
    return Unserved(job.id, (Reason("no_shift_fits"), *broken), action)


def _unreachable(problem: Problem, job: Job) -> Unserved | None:
    for shift in _carriers(problem, job):
        m = problem.matrices[shift.vehicle_kind]
        there = m.durations_s[shift.start_place, job.place] != UNREACHABLE
        back = shift.end_place is None or m.durations_s[job.place, shift.end_place] != UNREACHABLE
        if there and back:
            return None
    return Unserved(job.id, (Reason("unreachable"),), Reason("fix_address"))


def _misses_every_shift(problem: Problem, job: Job) -> Unserved | None:
    nearest: tuple[int, Shift] | None = None
    in_shift = False
    for shift in _carriers(problem, job):
        timing = schedule(problem, shift.id, [job.id])
        if timing.is_feasible:
            return None
        if any(violation.code.startswith("no_road") for violation in timing.violations):
            continue
        off_s = max(
            int(v.figures.get("late_s", v.figures.get("over_s", 0))) for v in timing.violations
        )
        in_shift = (
            in_shift
            or not job.windows
            or any(w.start_s <= shift.end_s and w.end_s >= shift.start_s for w in job.windows)
        )
        if nearest is None or off_s < nearest[0]:
            nearest = (off_s, shift)
    if nearest is None:
        return None
    by_min = minutes(nearest[0])
    action = _time_action(problem, nearest[1], [job], job, by_min) or Reason("add_shift")
    code = "too_far" if in_shift else "outside_every_shift"
    return Unserved(job.id, (Reason(code, nearest[1].id, {"off_min": by_min}),), action)
