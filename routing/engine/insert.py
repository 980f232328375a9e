"""Where a job would fit into given routes, and at what cost; used by hand edits, repairs and reasons.

For every gap between two stops the earliest departure before it and the latest arrival after it are kept in arrays,
so that one job is tried against all gaps of all routes at once; the cheapest gaps are then timed exactly.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.fit import job_violations
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    Weights,
    service_time,
)
from routing.engine.schedule import legs_of, schedule
from routing.engine.solution import PlannedRoute
from routing.engine.windows import last_in_windows, next_in_windows

Ints = npt.NDArray[np.int64]
NEVER = np.int64(2**40)
"""Later than any time on the axis."""


@dataclass(frozen=True, slots=True)
class Place:
    """A feasible place for a job."""

    shift_id: str
    position: int
    """Number of stops before it."""
    extra_cost: int
    """Micros by which the route gets dearer."""
    start_s: int
    """Start of service there."""
    route: PlannedRoute
    """The route with the job in it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap of a route that a job misses by least."""

    position: int
    shortfall_s: int
    """0 or less: it fits; else by how much it or a later stop (or the end) would be late."""
    window_missed: bool
    """The job's own window is what it misses; else a stop after it or the end of the shift."""
    has_road: bool
    fitting: tuple[int, ...]
    """All positions that fit the clock."""


@dataclass(slots=True)
class RouteGaps:
    """The gaps of one route: before the first stop, ..., after the last."""

    shift: Shift
    job_ids: tuple[str, ...]
    load: dict[str, int]
    before: Ints
    """(gaps,) place left."""
    after: Ints
    """(gaps,) place reached next; -1 behind the last stop of an open route."""
    departs_s: Ints
    """(gaps,) earliest departure from `before`."""
    latest_s: Ints
    """(gaps,) latest arrival at `after` with which the rest of the route still works."""


def route_gaps(problem: Problem, shift: Shift, job_ids: Sequence[str]) -> RouteGaps:
    """The gaps of a feasible sequence (an empty one has a single gap)."""
    jobs = [problem.job_by_id[job_id] for job_id in job_ids]
    delays = [duration for duration, _ in legs_of(problem, shift, jobs)]
    services = [service_time(job, shift.vehicle_kind) for job in jobs]
    departs = [shift.start_s]
    for job, duration, service_s in zip(jobs, delays, services, strict=False):
        start = next_in_windows(job.windows, departs[-1] + duration)
        departs.append((start if start is not None else int(NEVER)) + service_s)
    latest = [shift.end_s]
    leaving = shift.end_s
    for job, duration, service_s in zip(
        reversed(jobs), reversed(delays[1:]), reversed(services), strict=True
    ):
        start = last_in_windows(job.windows, leaving - duration - service_s)
        leaving = start if start is not None else -1
        latest.append(leaving)
    latest.reverse()
    places = [shift.start_place, *(job.place for job in jobs)]
    load: dict[str, int] = {}
    for job in jobs:
        for name, amount in job.load.items():
            load[name] = load.get(name, 0) + amount
    end = -1 if shift.end_place is None else shift.end_place
    return RouteGaps(
        shift, tuple(job_ids), load,
        np.array(places, dtype=np.int64), np.array([*places[1:], end], dtype=np.int64),
        np.array(departs, dtype=np.int64), np.array(latest, dtype=np.int64),
    )  # fmt: skip


def nearest_gap(problem: Problem, gaps: RouteGaps, job: Job) -> Gap:
    """The gap this job misses by least, looking only at time (not at load, skills or longest duration)."""
    shortfall, late, has_road, _ = _try(problem, gaps, job)
    best = int(np.argmin(shortfall))
    fitting = tuple(int(p) for p in np.flatnonzero(shortfall <= 0))
    return Gap(best, int(shortfall[best]), bool(late[best] > 0), bool(has_road[best]), fitting)


def fits_aboard(gaps: RouteGaps, job: Job) -> bool:
    """Skills, kind, pin, load and number of stops allow the job on this route."""
    shift = gaps.shift
    if job_violations(shift, job):
        return False
    if shift.max_stops is not None and len(gaps.job_ids) >= shift.max_stops:
        return False
    return all(
        gaps.load.get(name, 0) + job.load.get(name, 0) <= limit
        for name, limit in shift.capacity.items()
    )


def best_places(
    problem: Problem,
    routes: Mapping[str, Sequence[str]],
    job_id: str,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    shift_ids: Collection[str] | None = None,
    limit: int = 5,
) -> tuple[Place, ...]:
    """The cheapest feasible places for a job, cheapest first.

    Parameters
    ----------
    routes
        Job ids in order by shift id, as `Solution.sequences`; the job is left out where it already is.
        Shifts of the problem that are not in it are empty and may be taken.
    shift_ids
        Only these shifts; None: all.
    limit
        At most so many places.
    """
    kept = {shift_id: [one for one in ids if one != job_id] for shift_id, ids in routes.items()}
    all_gaps = [
        route_gaps(problem, shift, kept.get(shift.id, ()))
        for shift in problem.shifts
        if shift_ids is None or shift.id in shift_ids
    ]
    return places_in(problem, all_gaps, problem.job_by_id[job_id], weights=weights, limit=limit)


def places_in(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    job: Job,
    *,
    weights: Weights,
    limit: int,
    timed: int = 12,
) -> tuple[Place, ...]:
    """As best_places, over gaps computed before; only the `timed` most promising gaps (and those for `limit`) are timed."""
    candidates: list[tuple[int, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        if not fits_aboard(gaps, job):
            continue
        shortfall, _, _, extra = _try(problem, gaps, job)
        candidates += [(int(extra[p]), number, int(p)) for p in np.flatnonzero(shortfall <= 0)]
    candidates.sort()
    found: list[Place] = []
    costs: dict[int, int] = {}
    for tried, (_, number, position) in enumerate(candidates):
        if len(found) >= limit and tried >= timed:
            break
        gaps = all_gaps[number]
        sequence = (*gaps.job_ids[:position], job.id, *gaps.job_ids[position:])
        timing = schedule(problem, gaps.shift.id, sequence, weights=weights)
        if timing.is_feasible:
            start_s = timing.route.stops[position].start_s
            if number not in costs:
                before = schedule(problem, gaps.shift.id, gaps.job_ids, weights=weights)
                costs[number] = before.route.costs.total
            extra_cost = timing.route.costs.total - costs[number]
            found.append(Place(gaps.shift.id, position, extra_cost, start_s, timing.route))
    found.sort(key=lambda place: place.extra_cost)
    return tuple(found[:limit])


def _try(
    problem: Problem, gaps: RouteGaps, job: Job
) -> tuple[Ints, Ints, npt.NDArray[np.bool_], Ints]:
    """(gaps,) shortfall seconds, own lateness seconds, has road, estimated extra cost in micros."""
    shift = gaps.shift
    m = problem.matrices[shift.vehicle_kind]
    out_s, out_m = m.durations_s[gaps.before, job.place], m.distances_m[gaps.before, job.place]
    on_s, on_m = m.durations_s[job.place, gaps.after], m.distances_m[job.place, gaps.after]
    was_s, was_m = m.durations_s[gaps.before, gaps.after], m.distances_m[gaps.before, gaps.after]
    is_open = gaps.after < 0
    on_s, on_m, was_s, was_m = (np.where(is_open, 0, cells) for cells in (on_s, on_m, was_s, was_m))
    has_road = (out_s != UNREACHABLE) & (on_s != UNREACHABLE)
    arrival = gaps.departs_s + out_s
    start, late = _start_in_windows(job, arrival)
    service_s = service_time(job, shift.vehicle_kind)
    reach = start + service_s + on_s
    shortfall = np.maximum(reach - gaps.latest_s, late)
    shortfall = np.where(has_road, shortfall, NEVER)
    extra = shift.cost_per_m * (out_m + on_m - was_m) + shift.cost_per_s * (
        out_s + on_s - was_s + service_s
    )
    if not gaps.job_ids:
        extra = extra + shift.fixed_cost
    return shortfall, late, has_road, extra


def _start_in_windows(job: Job, arrival: Ints) -> tuple[Ints, Ints]:
    """(gaps,) start of service, and seconds after the last window (0 when inside one)."""
    if not job.windows:
        return arrival, np.zeros_like(arrival)
    start = np.full_like(arrival, NEVER)
    for window in job.windows:
        candidate = np.maximum(arrival, window.start_s)
        start = np.where((arrival <= window.end_s) & (candidate < start), candidate, start)
    late = np.maximum(arrival - max(window.end_s for window in job.windows), 0)
    return np.where(start == NEVER, arrival, start), late
