"""What would make a job fit into one route: single changes, each tried by applying it before it is proposed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from routing.engine.candidates import companions_of
from routing.engine.gaps import RouteGaps, Standing, route_gaps
from routing.engine.insert import has_place
from routing.engine.problem import Job, Problem, Shift, TimeWindow, Weights
from routing.engine.solution import Reason
from routing.engine.tries import share_travel

MOST_MIN = 24 * 60
"""Minutes up to which a change is looked for when no shift could serve the job even alone."""
MOST_MIN_IN_PLAN = 120
"""The same when one more shift could serve it: nobody extends a shift by more."""
MOST_M = 100_000
STEP_M = 100
"""Metres in which a longer distance is asked for."""
MOST_OTHERS = 12
"""Other jobs of the route whose windows and rides are looked at, the nearest misses among them."""


def altered(problem: Problem, **changes: Any) -> Problem:
    """The problem with other parts, not checked again: what if it were a little different."""
    other: Problem = object.__new__(Problem)
    for part in fields(Problem):
        object.__setattr__(other, part.name, changes.get(part.name, getattr(problem, part.name)))
    share_travel(problem, other)
    return other


def with_job(problem: Problem, job: Job) -> Problem:
    """The problem with this job in place of the one of its id."""
    return altered(problem, jobs=tuple(job if one.id == job.id else one for one in problem.jobs))


def with_shift(problem: Problem, shift: Shift) -> Problem:
    """The problem with this shift in place of the one of its id."""
    shifts = tuple(shift if one.id == shift.id else one for one in problem.shifts)
    return altered(problem, shifts=shifts)


def wider(job: Job, by_s: int) -> Job:
    """Its windows opened at both ends."""
    windows = (TimeWindow(max(0, w.start_s - by_s), w.end_s + by_s) for w in job.windows)
    return replace(job, windows=tuple(windows))


def longer(shift: Shift, by_s: int) -> Shift:
    """It ends later, and may take so much longer."""
    longest = None if shift.max_duration_s is None else shift.max_duration_s + by_s
    return replace(shift, end_s=shift.end_s + by_s, max_duration_s=longest)


@dataclass(frozen=True, slots=True)
class Case:
    """One job that one route cannot take."""

    problem: Problem
    weights: Weights
    gaps: RouteGaps
    job: Job
    standing: Standing
    guess_min: int
    """Minutes that are missing as far as is known; where the search for an amount begins."""
    guess: int = 0
    """The same in metres or in amounts of a load, for the rules that speak of them."""
    most_min: int = MOST_MIN
    """Minutes up to which an amount is looked for."""

    def fits(self, changed: Problem) -> bool:
        """In the changed problem the job has a place on this route."""
        shift = changed.shift_by_id[self.gaps.shift.id]
        gaps = route_gaps(changed, shift, self.gaps.sequence, self.standing)
        job = changed.job_by_id[self.job.id]
        return has_place(changed, gaps, job, self.standing, self.weights)

    @property
    def shift(self) -> Shift:
        return self.gaps.shift

    @property
    def going_in(self) -> list[Job]:
        """The job and what goes in with it."""
        return [self.job, *companions_of(self.problem, self.job, self.standing)]

    @property
    def others(self) -> list[Job]:
        return [self.problem.job_by_id[job_id] for job_id in self.gaps.job_ids]


Remedy = Callable[[Case], Reason | None]


def remedy(case: Case, code: str, most_min: int) -> Reason | None:
    """The first single change that makes the job fit, those that answer this broken rule before the others; None: none.

    most_min: minutes up to which an amount is looked for where the minutes that are missing do not do.
    """
    first = ANSWERS.get(code, ())
    # The minutes that are missing, of whatever it may be, before many minutes of one thing.
    for most in (case.guess_min, most_min) if most_min > case.guess_min else (case.guess_min,):
        for look in (*first, *(one for one in SINGLE if one not in first)):
            found = look(replace(case, most_min=most))
            if found is not None:
                return found
    return None


def last_resort(case: Case) -> Reason | None:
    """Several rules of the job at once, or several limits of the shift, where no single one is in the way."""
    return _lift_rules(case) or _lift_limits(case)


def _least(works: Callable[[int], bool], guess: int, most: int) -> int | None:
    """The least amount that works, found from a guess by halving; None when not even the most does."""
    if 0 < guess <= most and works(guess):
        return guess
    if guess >= most or not works(most):
        return None
    low, high = max(1, guess + 1), most
    while low < high:
        middle = (low + high) // 2
        if works(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _by_minutes(
    case: Case, code: str, change: Callable[[int], Problem], **figures: int | str
) -> Reason | None:
    by_min = _least(lambda minutes: case.fits(change(minutes * 60)), case.guess_min, case.most_min)
    if by_min is None:
        return None
    return Reason(code, case.shift.id, {**figures, "by_min": by_min})


def _widen_window(case: Case) -> Reason | None:
    if not case.job.windows:
        return None
    return _by_minutes(
        case, "widen_window", lambda by_s: with_job(case.problem, wider(case.job, by_s))
    )


def _extend_shift(case: Case) -> Reason | None:
    return _by_minutes(
        case,
        "extend_shift",
        lambda by_s: with_shift(case.problem, longer(case.shift, by_s)),
        shift=case.shift.id,
    )


def _start_earlier(case: Case) -> Reason | None:
    shift = case.shift
    if not shift.start_s or shift.must_drive:
        return None
    return _by_minutes(
        case,
        "start_earlier",
        lambda by_s: with_shift(case.problem, replace(shift, start_s=max(0, shift.start_s - by_s))),
        shift=shift.id,
    )


def _widen_window_of(case: Case) -> Reason | None:
    others = [one for one in (*case.going_in[1:], *case.others) if one.windows]
    for other in _in_the_way(case, others, lambda one: wider(one, MOST_MIN * 60)):
        found = _by_minutes(
            case,
            "widen_window_of",
            lambda by_s, other=other: with_job(case.problem, wider(other, by_s)),  # type: ignore[misc]
            job=other.id,
        )
        if found is not None:
            return found
    return None


def _in_the_way(case: Case, others: Sequence[Job], freed: Callable[[Job], Job]) -> Iterator[Job]:
    """Those of the others that leave a place to the job when freed, the first that do."""
    everything = {one.id: freed(one) for one in others}
    if not everything:
        return
    jobs = tuple(everything.get(one.id, one) for one in case.problem.jobs)
    # Where not even all of them together make room, none of them does alone.
    if not case.fits(altered(case.problem, jobs=jobs)):
        return
    for other in others[:MOST_OTHERS] if len(others) > 2 * MOST_OTHERS else others:
        if case.fits(with_job(case.problem, everything[other.id])):
            yield other


def _more_capacity(case: Case) -> Reason | None:
    shift = case.shift
    for name, capacity in sorted(shift.capacity.items()):
        most = sum(one.load.get(name, 0) + one.pickup.get(name, 0) for one in case.going_in) + sum(
            pair.load.get(name, 0) for pair in _pairs_in(case)
        )
        if not most:
            continue

        def roomier(over: int, name: str = name, capacity: int = capacity) -> Problem:
            larger = {**shift.capacity, name: capacity + over}
            return with_shift(case.problem, replace(shift, capacity=larger))

        over = _least(lambda over, make=roomier: case.fits(make(over)), min(case.guess, most), most)  # type: ignore[misc]
        if over is not None:
            figures: Mapping[str, int | str] = {
                "dimension": name, "over": over, "shift": shift.id,
            }  # fmt: skip
            return Reason("more_capacity", shift.id, figures)
    return None


def _pairs_in(case: Case) -> list[Any]:
    ids = {job.id for job in case.going_in}
    return [pair for pair in case.problem.pairs if pair.pickup in ids]


def _more_stops(case: Case) -> Reason | None:
    shift = case.shift
    if shift.max_stops is None:
        return None
    over = len(case.gaps.job_ids) + len(case.going_in) - shift.max_stops
    if over <= 0:
        return None
    more = replace(shift, max_stops=shift.max_stops + over)
    if not case.fits(with_shift(case.problem, more)):
        return None
    return Reason("more_stops", shift.id, {"over": over, "shift": shift.id})


def _more_trips(case: Case) -> Reason | None:
    shift = case.shift
    if not case.gaps.job_ids or len(case.gaps.trip) == 0:
        return None
    trips = 1 + len(case.gaps.sequence) - len(case.gaps.job_ids)
    if trips < shift.max_trips:
        return None
    more = replace(shift, max_trips=shift.max_trips + 1)
    if not case.fits(with_shift(case.problem, more)):
        return None
    return Reason("more_trips", shift.id, {"over": 1, "shift": shift.id})


def _longer_ride(case: Case) -> Reason | None:
    if not _has_limited_ride(case.problem, case.job):
        return None
    return _by_minutes(
        case, "longer_ride", lambda by_s: _riding_longer(case.problem, case.job, by_s)
    )


def _has_limited_ride(problem: Problem, job: Job) -> bool:
    pair = problem.pair_of.get(job.id)
    return job.max_ride_s is not None or (pair is not None and pair.max_ride_s is not None)


def _riding_longer(problem: Problem, job: Job, by_s: int) -> Problem:
    """The limits of the job's own ride and of its pair's loosened."""
    if job.max_ride_s is not None:
        problem = with_job(problem, replace(job, max_ride_s=job.max_ride_s + by_s))
    pair = problem.pair_of.get(job.id)
    if pair is None or pair.max_ride_s is None:
        return problem
    looser = replace(pair, max_ride_s=pair.max_ride_s + by_s)
    return altered(problem, pairs=tuple(looser if one is pair else one for one in problem.pairs))


def _longer_ride_of(case: Case) -> Reason | None:
    others = [*case.going_in[1:], *case.others]
    for other in others:
        if not _has_limited_ride(case.problem, other):
            continue
        if not case.fits(_riding_longer(case.problem, other, MOST_MIN * 60)):
            continue
        found = _by_minutes(
            case,
            "longer_ride_of",
            lambda by_s, other=other: _riding_longer(case.problem, other, by_s),  # type: ignore[misc]
            job=other.id,
        )
        if found is not None:
            return found
    return None


def _free_position(case: Case) -> Reason | None:
    if case.job.position is None:
        return None
    if not case.fits(with_job(case.problem, replace(case.job, position=None))):
        return None
    return Reason("free_position", case.shift.id, {})


def _free_position_of(case: Case) -> Reason | None:
    for other in (one for one in case.others if one.position is not None):
        if case.fits(with_job(case.problem, replace(other, position=None))):
            return Reason("free_position_of", case.shift.id, {"job": other.id})
    return None


def _earlier_release(case: Case) -> Reason | None:
    job = case.job
    if not job.release_s:
        return None
    return _by_minutes(
        case,
        "earlier_release",
        lambda by_s: with_job(case.problem, replace(job, release_s=max(0, job.release_s - by_s))),
    )


def _more_driving(case: Case) -> Reason | None:
    shift = case.shift
    if shift.max_travel_s is None:
        return None
    limit = shift.max_travel_s
    return _by_minutes(
        case,
        "more_driving",
        lambda by_s: with_shift(case.problem, replace(shift, max_travel_s=limit + by_s)),
        shift=shift.id,
    )


def _more_distance(case: Case) -> Reason | None:
    shift = case.shift
    if shift.max_distance_m is None:
        return None
    limit = shift.max_distance_m
    guess = -(-case.guess // STEP_M)
    steps = _least(
        lambda n: case.fits(
            with_shift(case.problem, replace(shift, max_distance_m=limit + n * STEP_M))
        ),
        guess,
        MOST_M // STEP_M if case.most_min > case.guess_min else guess,
    )
    if steps is None:
        return None
    over_m = steps * STEP_M
    return Reason("more_distance", shift.id, {"shift": shift.id, "over_m": over_m})


def _open_break(case: Case) -> Reason | None:
    shift = case.shift
    if not shift.breaks:
        return None

    def opened(by_s: int) -> Problem:
        breaks = tuple(
            replace(one, earliest_s=max(0, one.earliest_s - by_s), latest_s=one.latest_s + by_s)
            for one in shift.breaks
        )
        return with_shift(case.problem, replace(shift, breaks=breaks))

    return _by_minutes(case, "open_break", opened, shift=shift.id)


def _allow_shift(case: Case) -> Reason | None:
    if case.shift.id not in case.job.forbidden_shifts:
        return None
    allowed = replace(case.job, forbidden_shifts=case.job.forbidden_shifts - {case.shift.id})
    if not case.fits(with_job(case.problem, allowed)):
        return None
    return Reason("allow_shift", case.shift.id, {"shift": case.shift.id})


def _unpin(case: Case) -> Reason | None:
    pinned = case.job.pinned_shift
    if pinned in (None, case.shift.id):
        return None
    if not case.fits(with_job(case.problem, replace(case.job, pinned_shift=None))):
        return None
    return Reason("unpin", None, {"shift": str(pinned)})


def _ride_with(case: Case) -> Reason | None:
    """Drop the rule that keeps it apart from one job of this route."""
    for other in case.gaps.job_ids:
        groups = tuple(
            group for group in case.problem.apart if not (case.job.id in group and other in group)
        )
        if len(groups) == len(case.problem.apart):
            continue
        if case.fits(altered(case.problem, apart=groups)):
            return Reason("ride_with", case.shift.id, {"job": other})
    return None


def _ride_without(case: Case) -> Reason | None:
    """Drop the group that binds it to others."""
    for group in case.problem.together:
        if case.job.id not in group:
            continue
        groups = tuple(one for one in case.problem.together if one is not group)
        if case.fits(altered(case.problem, together=groups)):
            other = next(one for one in group if one != case.job.id)
            return Reason("ride_without", case.shift.id, {"job": other})
    return None


def _drop_order(case: Case) -> Reason | None:
    """Drop one order that the job has to keep."""
    for rule in case.problem.precedences:
        if case.job.id not in (rule.before, rule.after):
            continue
        rules = tuple(one for one in case.problem.precedences if one is not rule)
        if case.fits(altered(case.problem, precedences=rules)):
            other = rule.before if rule.after == case.job.id else rule.after
            return Reason("drop_order", case.shift.id, {"job": other})
    return None


def _lift_limits(case: Case) -> Reason | None:
    """Several limits of the shift at once."""
    free = replace(
        longer(case.shift, MOST_MIN * 60), max_duration_s=None, max_travel_s=None, max_distance_m=None,
        latest_start_s=None, breaks=(),
    )  # fmt: skip
    if not case.fits(with_shift(case.problem, free)):
        return None
    return Reason("lift_limits", case.shift.id, {"shift": case.shift.id})


def _lift_rules(case: Case) -> Reason | None:
    """Several rules of the job, and of what goes in with it, at once."""
    ids = {job.id for job in case.going_in}
    jobs = tuple(freed(one) if one.id in ids else one for one in case.problem.jobs)
    pairs = tuple(
        replace(pair, max_ride_s=None) if pair.pickup in ids or pair.delivery in ids else pair
        for pair in case.problem.pairs
    )
    if not case.fits(altered(case.problem, jobs=jobs, pairs=pairs)):
        return None
    return Reason("lift_rules", case.shift.id, {})


def freed(job: Job) -> Job:
    """The job without rules of time and place on the route."""
    return replace(job, windows=(), release_s=0, max_ride_s=None, position=None)


SINGLE: tuple[Remedy, ...] = (
    _free_position, _widen_window, _more_capacity, _more_stops, _more_trips, _longer_ride,
    _earlier_release, _extend_shift, _more_driving, _more_distance, _widen_window_of, _longer_ride_of,
    _start_earlier, _open_break, _free_position_of, _allow_shift, _unpin, _ride_with, _ride_without,
    _drop_order,
)  # fmt: skip

ANSWERS: Mapping[str, tuple[Remedy, ...]] = {
    "after_window": (_widen_window, _earlier_release, _open_break),
    "makes_others_late": (_widen_window, _earlier_release, _extend_shift, _widen_window_of),
    "after_shift_end": (_extend_shift,),
    "route_too_long": (_extend_shift,),
    "over_capacity": (_more_capacity, _more_trips),
    "too_many_stops": (_more_stops,),
    "too_many_trips": (_more_trips,),
    "ride_too_long": (_longer_ride,),
    "others_ride_too_long": (_longer_ride_of,),
    "left_before_release": (_earlier_release, _widen_window),
    "too_much_driving": (_more_driving,),
    "too_far_in_all": (_more_distance,),
    "break_not_taken": (_open_break,),
    "wrong_position": (_free_position, _free_position_of),
    "shift_forbidden": (_allow_shift,),
    "pinned_elsewhere": (_unpin,),
    "not_apart": (_ride_with,),
    "not_together": (_ride_without,),
    "too_soon_after": (_drop_order,),
    "too_late_for_others": (_drop_order,),
    "before_left_out": (_drop_order,),
}
"""Which changes answer which broken rule; the others are tried after them."""
