"""Checks before planning: jobs that no shift could serve even alone, with what must ride with them, and why.

Whether a job is possible is asked of all jobs before the search, and so has to be cheap; why not is asked for reasons only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from routing.engine.candidates import companions_of
from routing.engine.changes import altered, with_job
from routing.engine.fit import job_violations, ties_of
from routing.engine.gaps import Standing, route_gaps
from routing.engine.insert import has_place
from routing.engine.misses import Miss, minutes, miss_of
from routing.engine.problem import DEFAULT_WEIGHTS, UNREACHABLE, Job, Problem, Shift
from routing.engine.remedies import distinct
from routing.engine.schedule import is_feasible_on, schedule
from routing.engine.solution import Figures, Reason

Reasons = tuple[Reason, ...]
IMPOSSIBLE = frozenset(
    {
        "no_shifts", "larger_than_any_vehicle", "no_shift_with_skill", "no_allowed_vehicle", "no_shift_fits",
        "unreachable", "not_even_alone", "too_far", "outside_every_shift",
    }
)  # fmt: skip
"""Codes that `impossible` begins with, and nothing else does: they hold of every plan."""
POSSIBLE: Reasons = ()


def is_possible(problem: Problem, job: Job) -> bool:
    """Some shift could serve this job alone (with what must ride with it)."""
    return _is_easy(problem, job) or (
        not _ruled_out(problem, job) and _fits_some_shift(problem, job)
    )


def impossible(problem: Problem, job: Job) -> Reasons:
    """Why no plan whatever can serve this job; () when it `is_possible`."""
    if _is_easy(problem, job):
        return POSSIBLE
    found = _ruled_out(problem, job)
    return found or (POSSIBLE if _fits_some_shift(problem, job) else _by_how_much(problem, job))


def _ruled_out(problem: Problem, job: Job) -> Reasons:
    """Why no shift may carry the job, or none gets there."""
    if not problem.shifts:
        return (Reason("no_shifts"),)
    looks = (_too_large, _lacks_skill, _lacks_vehicle, _fits_no_shift, _unreachable)
    return next((found for look in looks if (found := look(problem, job))), POSSIBLE)


def _is_easy(problem: Problem, job: Job) -> bool:
    """Some shift serves it alone, and it is bound to nothing: most jobs are like this, and told so fast."""
    if job.id in ties_of(problem).together or job.position is not None:
        return False
    fresh = [s for s in problem.shifts if not s.prefix and not job_violations(s, job)]
    return any(is_feasible_on(problem, shift, [job]) for shift in _one_of_each(fresh))


# Who, and how much


def _weighs(problem: Problem, job: Job, name: str) -> int:
    """Most aboard on account of this job at any moment, were the vehicle empty."""
    pair = problem.pair_of.get(job.id)
    along = 0 if pair is None else pair.load.get(name, 0)
    loaded, taken = job.load.get(name, 0), job.pickup.get(name, 0)
    if pair is not None and pair.pickup == job.id:
        return max(loaded, taken + along)
    return max(loaded + along, taken)


def _too_large(problem: Problem, job: Job) -> Reasons:
    pair = problem.pair_of.get(job.id)
    names = {*job.load, *job.pickup, *(pair.load if pair is not None else ())}
    for name in sorted(names):
        amount = _weighs(problem, job, name)
        capacities = [shift.capacity.get(name) for shift in problem.shifts]
        limits = [limit for limit in capacities if limit is not None]
        if len(limits) == len(capacities) and amount > max(limits):
            figures: Figures = {
                "dimension": name, "over": amount - max(limits), "capacity": max(limits),
            }  # fmt: skip
            return (Reason("larger_than_any_vehicle", None, figures),)
    return POSSIBLE


def _lacks_skill(problem: Problem, job: Job) -> Reasons:
    if any(job.skills <= shift.skills for shift in problem.shifts):
        return POSSIBLE
    return (Reason("no_shift_with_skill", None, {"skills": ", ".join(sorted(job.skills))}),)


def _lacks_vehicle(problem: Problem, job: Job) -> Reasons:
    kinds = {shift.vehicle_kind for shift in problem.shifts}
    if not job.vehicle_kinds or kinds & job.vehicle_kinds:
        return POSSIBLE
    allowed = ", ".join(sorted(job.vehicle_kinds))
    return (Reason("no_allowed_vehicle", None, {"allowed": allowed}),)


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


def _fits_no_shift(problem: Problem, job: Job) -> Reasons:
    """No shift has all of it together: then one reason per shift."""
    if _carriers(problem, job):
        return POSSIBLE
    # The other end of its pair may be what makes it too much.
    pair = problem.pair_of.get(job.id)
    ids = [job.id] if pair is None else [pair.pickup, pair.delivery]
    broken = []
    for shift in problem.shifts:
        violations = schedule(problem, shift.id, ids).violations
        broken += [Reason(one.code, shift.id, one.figures) for one in violations[:1]]
    return (Reason("no_shift_fits"), *broken)


# The way there, and the clock


def _unreachable(problem: Problem, job: Job) -> Reasons:
    for shift in _carriers(problem, job):
        m = problem.matrices[shift.vehicle_kind]
        there = m.durations_s[shift.start_place, job.place] != UNREACHABLE
        back = shift.end_place is None or m.durations_s[job.place, shift.end_place] != UNREACHABLE
        if there and back:
            return POSSIBLE
    return (Reason("unreachable"),)


def _fits_some_shift(problem: Problem, job: Job) -> bool:
    """One of the shifts that may carry it can serve it alone."""
    free = _alone_with_its_own(problem, job)
    job = free.job_by_id[job.id]
    return any(_fits_alone(free, shift, job) for shift in _one_of_each(_carriers(free, job)))


def _by_how_much(problem: Problem, job: Job) -> Reasons:
    """What the shift that comes nearest to serving it alone misses, and by how much."""
    free = _alone_with_its_own(problem, job)
    job = free.job_by_id[job.id]
    misses: list[Miss] = []
    for shift in _one_of_each(_carriers(free, job)):
        gaps = route_gaps(free, shift, shift.prefix)
        standing = Standing(dict.fromkeys(shift.prefix, shift.id))
        miss = miss_of(free, DEFAULT_WEIGHTS, gaps, job, standing)
        if miss.reason.code != "no_road":
            misses.append(miss)
    misses.sort(key=lambda miss: miss.rank)
    return _told(job, misses) if misses else (Reason("not_even_alone"),)


def _one_of_each(shifts: Sequence[Shift]) -> Iterator[Shift]:
    """Of those with nothing begun nor aboard one of each kind, and all others."""
    begun = [one for one in shifts if one.prefix or one.start_load]
    yield from distinct(one for one in shifts if not (one.prefix or one.start_load))
    yield from begun


def _alone_with_its_own(problem: Problem, job: Job) -> Problem:
    """Alone there is nothing to come before, nobody to be apart from, and no place on the route but the next."""
    companions = companions_of(altered(problem, precedences=()), job, Standing())
    bound = {job.id, *(one.id for one in companions)}
    orders = tuple(one for one in problem.precedences if {one.before, one.after} <= bound)
    free = altered(problem, precedences=orders, apart=())
    return with_job(free, replace(job, position=None)) if job.position is not None else free


def _fits_alone(problem: Problem, shift: Shift, job: Job) -> bool:
    """With what must ride with it, after what is begun, and without any other job, it can be served."""
    if shift.max_trips > 1:
        # A later trip leaves later than the shift may begin, and without what was aboard then.
        shift = replace(shift, latest_start_s=None, start_load={})
    alone = job.id not in ties_of(problem).together
    if alone and job.position is None and not shift.prefix:
        return is_feasible_on(problem, shift, [job])
    if job.id in shift.prefix:
        return True
    gaps = route_gaps(problem, shift, shift.prefix)
    standing = Standing(dict.fromkeys(shift.prefix, shift.id))
    return has_place(problem, gaps, job, standing, DEFAULT_WEIGHTS)


_CLOCK = {"after_window", "makes_others_late", "after_shift_end", "route_too_long"}


def _told(job: Job, misses: Sequence[Miss]) -> Reasons:
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
    return (Reason(code, nearest.gaps.shift.id, {"off_min": max(1, minutes(nearest.guess))}),)
