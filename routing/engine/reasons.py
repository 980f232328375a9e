"""Why a job is left out: checks before planning, then the job tried alone against the final plan.

Codes and figures only; `sentence` puts them into plain English, translations are the caller's.
"""

from collections.abc import Mapping, Sequence

from routing.engine.insert import RouteGaps, nearest_gap, places_in
from routing.engine.problem import UNREACHABLE, Job, Problem, Shift, Weights
from routing.engine.schedule import job_violations, schedule
from routing.engine.solution import Reason, Unserved, Violation

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
    # statements of the checker
    "unknown_shift": "The plan uses a shift that is not in the problem.",
    "unknown_job": "The plan serves a job that is not in the problem.",
    "shift_twice": "The shift has {times} routes.",
    "job_twice": "The job appears {times} times.",
    "job_missing": "The job is neither served nor left out.",
    "route_empty": "The route has no stops.",
    "load_misstated": "The stated {dimension} is not what the jobs weigh.",
    "times_misstated": "The stated times do not follow from the travel times.",
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
        figures: dict[str, int | str] = {"extra_cost": places[0].extra_cost, "penalty": penalty}
        reason = Reason("not_worth_it", places[0].shift_id, figures)
        return Unserved(job.id, (reason,), Reason("raise_penalty", places[0].shift_id, {}))
    misses = sorted(
        (_miss(problem, weights, gaps, job) for gaps in all_gaps),
        key=lambda miss: (miss[0], miss[1].shift_id or ""),
    )
    return Unserved(job.id, tuple(reason for _, reason, _ in misses), misses[0][2])


def _miss(
    problem: Problem, weights: Weights, gaps: RouteGaps, job: Job
) -> tuple[tuple[int, int], Reason, Reason | None]:
    """((how bad, how far), first broken rule, action) for this job in this route."""
    shift = gaps.shift
    broken = job_violations(shift, job)
    if broken:
        first = broken[0]
        actions = {
            "pinned_elsewhere": Reason("unpin", None, first.figures),
            "skill_missing": Reason("add_shift_with_skill", None, first.figures),
            "vehicle_kind_not_allowed": Reason("add_shift_with_vehicle", None, first.figures),
        }
        return (9, 0), Reason(first.code, shift.id, first.figures), actions[first.code]
    for name, capacity in sorted(shift.capacity.items()):
        over = gaps.load.get(name, 0) + job.load.get(name, 0) - capacity
        if over > 0:
            figures: dict[str, int | str] = {"dimension": name, "over": over, "capacity": capacity}
            far = over * 1000 // max(1, capacity)
            action = Reason(
                "more_capacity", shift.id, {"dimension": name, "over": over, "shift": shift.id}
            )
            return (2, far), Reason("over_capacity", shift.id, figures), action
    if shift.max_stops is not None and len(gaps.job_ids) >= shift.max_stops:
        figures = {"over": len(gaps.job_ids) + 1 - shift.max_stops, "limit": shift.max_stops}
        return (
            (2, 500),
            Reason("too_many_stops", shift.id, figures),
            Reason("more_stops", shift.id, {"shift": shift.id}),
        )
    return _time_miss(problem, weights, gaps, job)


def _time_miss(
    problem: Problem, weights: Weights, gaps: RouteGaps, job: Job
) -> tuple[tuple[int, int], Reason, Reason | None]:
    shift = gaps.shift
    gap = nearest_gap(problem, gaps, job)
    if not gap.has_road:
        return (8, 0), Reason("no_road", shift.id), Reason("fix_address")
    if gap.shortfall_s <= 0:
        # It fits the clock; only the longest duration can be in the way.
        over_s = min(_over_duration(problem, weights, gaps, job, p) for p in gap.fitting)
        figures: dict[str, int | str] = {"over_s": over_s, "limit_s": shift.max_duration_s or 0}
        action = Reason("extend_shift", shift.id, {"shift": shift.id, "by_min": minutes(over_s)})
        return (1, over_s), Reason("route_too_long", shift.id, figures), action
    by_min = minutes(gap.shortfall_s)
    if gap.window_missed:
        reason = Reason("after_window", shift.id, {"late_s": gap.shortfall_s})
        return (1, gap.shortfall_s), reason, Reason("widen_window", shift.id, {"by_min": by_min})
    reason = Reason("makes_others_late", shift.id, {"off_min": by_min})
    return (
        (1, gap.shortfall_s),
        reason,
        Reason("extend_shift", shift.id, {"shift": shift.id, "by_min": by_min}),
    )


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
            figures: dict[str, int | str] = {
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
    figures: dict[str, int | str] = {"skills": ", ".join(sorted(job.skills))}
    missing: dict[str, int | str] = {"skills": ", ".join(sorted(nearest))}
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
    figures: dict[str, int | str] = {"allowed": ", ".join(sorted(job.vehicle_kinds))}
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
    action = (
        Reason("unpin", None, {"shift": job.pinned_shift})
        if job.pinned_shift
        else Reason("add_shift")
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
    figures: dict[str, int | str] = {"off_min": minutes(nearest[0])}
    by: dict[str, int | str] = {"by_min": minutes(nearest[0])}
    if in_shift:
        action = Reason("extend_shift", nearest[1].id, {"shift": nearest[1].id, **by})
        return Unserved(job.id, (Reason("too_far", nearest[1].id, figures),), action)
    return Unserved(
        job.id,
        (Reason("outside_every_shift", nearest[1].id, figures),),
        Reason("widen_window", None, by),
    )
