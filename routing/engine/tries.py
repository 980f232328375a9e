"""One job tried against all gaps of a route at once, in arrays; what they allow is timed exactly afterwards (`insert`)."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from routing.engine.chain import NEVER, Rest, subsets
from routing.engine.fit import job_violations
from routing.engine.gaps import Flags, Ints, RouteGaps, rests_known
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    IntMatrix,
    Job,
    Problem,
    Shift,
    Weights,
    at_speed,
    cost_per_m,
    rates,
    service_time,
)

PLAIN, AFTER_RELOAD, BEFORE_RELOAD = FORMS = (0, 1, 2)
"""A job goes in as it is, with a reload before it, or with one after it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One job against all gaps of a route, each (gaps,)."""

    shortfall_s: Ints
    """0 or less: the clock allows it as far as the arrays know."""
    late_s: Ints
    """Seconds after the job's own last window."""
    has_road: Flags
    rides: Flags
    """Its ride from the departure of the trip can be short enough."""
    short: Flags
    """So can the route."""
    extra: Ints
    """Estimated micros."""

    @property
    def fits(self) -> Flags:
        return (self.shortfall_s <= 0) & self.rides & self.short


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap of a route that a job misses by least."""

    position: int
    """Place in the sequence, RELOAD counted."""
    form: int
    """One of FORMS."""
    shortfall_s: int
    """0 or less: it fits; else by how much it or a later stop (or the end) would be late."""
    window_missed: bool
    """The job's own window is what it misses; else a stop after it or the end of the shift."""
    has_road: bool
    fitting: tuple[tuple[int, int], ...]
    """(place in the sequence, form) that fit the clock, the cheapest first."""


def nearest_gap(problem: Problem, gaps: RouteGaps, job: Job) -> Gap:
    """The gap this job misses by least, looking only at time (not at lengths and rides); on its own trip where it is full."""
    if not len(gaps.at):
        return Gap(len(gaps.sequence), PLAIN, NEVER, False, False, ())
    forms = FORMS[1:] if may_reload(gaps) and not room(gaps, job).any() else FORMS[:1]
    found: list[Gap] = []
    fitting: list[tuple[int, int, int]] = []
    for form in forms:
        tried = try_gaps(problem, gaps, job, DEFAULT_WEIGHTS, form)
        at = int(np.argmin(tried.shortfall_s))
        fitting += [
            (int(tried.extra[p]), int(gaps.at[p]), form)
            for p in np.flatnonzero(tried.shortfall_s <= 0)
        ]
        shortfall_s, late = int(tried.shortfall_s[at]), bool(tried.late_s[at] > 0)
        found.append(Gap(int(gaps.at[at]), form, shortfall_s, late, bool(tried.has_road[at]), ()))
    best = min(found, key=lambda gap: gap.shortfall_s)
    return replace(best, fitting=tuple((at, form) for _, at, form in sorted(fitting)))


# Who and how much


def fits_aboard(gaps: RouteGaps, job: Job) -> bool:
    """Skills, kind, pin, number of stops and load allow the job in some gap of this route, or on a trip of its own."""
    shift = gaps.shift
    if job_violations(shift, job):
        return False
    if shift.max_stops is not None and len(gaps.job_ids) >= shift.max_stops:
        return False
    if may_reload(gaps):
        return all(
            max(job.load.get(name, 0), job.pickup.get(name, 0)) <= limit
            for name, limit in shift.capacity.items()
        )
    return bool(room(gaps, job).any())


def may_reload(gaps: RouteGaps) -> bool:
    """The vehicle may come back once more than it does."""
    return gaps.trips < gaps.shift.max_trips and bool(gaps.job_ids)


def room(gaps: RouteGaps, job: Job) -> Flags:
    """(gaps,) the load of the job fits there."""
    fits = np.ones(len(gaps.at), dtype=bool)
    for name, limit in gaps.shift.capacity.items():
        loaded, taken = job.load.get(name, 0), job.pickup.get(name, 0)
        if loaded or taken:
            fits &= gaps.aboard_before[name] + loaded <= limit
            fits &= gaps.aboard_after[name] + taken <= limit
    return fits


# The way there and on


@dataclass(frozen=True, slots=True)
class _Way:
    """Seconds and metres to a job and on, each (gaps,)."""

    lead_s: Ints
    """From the departure before to the start of service: travel, reload, set-up."""
    follow_s: Ints
    """From the start of service to that of the next stop."""
    has_road: Flags
    more_m: Ints
    """By which the route gets longer."""
    more_travel_s: Ints
    longer_s: Ints
    """Travel, set-up, service and reload together."""


def try_gaps(
    problem: Problem, gaps: RouteGaps, job: Job, weights: Weights, form: int = PLAIN
) -> Tried:
    """The job in every gap, in one of the FORMS."""
    shift = gaps.shift
    way = _way(problem, gaps, job, form)
    shortfall, late, start = _shortfall(gaps, job, way, form)
    shortfall = np.where(way.has_road, shortfall, NEVER)
    extra = cost_per_m(shift, weights) * way.more_m + shift.cost_per_s * way.longer_s
    extra = extra + _own_cost(job, shift, weights) + _late_cost(job, start, weights)
    if not gaps.job_ids:
        extra = extra + fixed_cost(problem, shift, weights)
    rides = np.ones(len(gaps.at), dtype=bool)
    if job.max_ride_s is not None and form != AFTER_RELOAD:
        rides = gaps.ridden_s + way.lead_s <= job.max_ride_s
    return Tried(shortfall, late, way.has_road, rides, _short_enough(gaps, way), extra)


def _way(problem: Problem, gaps: RouteGaps, job: Job, form: int) -> _Way:
    shift = gaps.shift
    shortest = shortest_travel(problem, shift)
    metres = problem.matrices[shift.vehicle_kind].distances_m
    hub, is_open = shift.start_place, gaps.after < 0
    left = gaps.before if form != AFTER_RELOAD else np.full_like(gaps.before, hub)
    reached = gaps.after if form != BEFORE_RELOAD else np.full_like(gaps.after, hub)
    out_s, out_m = shortest[left, job.place], metres[left, job.place]
    on_s = np.where(reached < 0, 0, shortest[job.place, reached])
    on_m = np.where(reached < 0, 0, metres[job.place, reached])
    has_road = (out_s != UNREACHABLE) & (on_s != UNREACHABLE)
    if form == AFTER_RELOAD:
        back_s, back_m = shortest[gaps.before, hub], metres[gaps.before, hub]
        has_road &= back_s != UNREACHABLE
        out_s, out_m = out_s + back_s + shift.reload_s, out_m + back_m
    elif form == BEFORE_RELOAD:
        forth_s = np.where(is_open, 0, shortest[hub, gaps.after])
        forth_m = np.where(is_open, 0, metres[hub, gaps.after])
        has_road &= forth_s != UNREACHABLE
        on_s, on_m = on_s + forth_s + shift.reload_s, on_m + forth_m
    was_s, was_m = straight_on(gaps, shortest), straight_on(gaps, metres)
    lead_s = out_s + _setup_s(gaps, job, form)
    next_s = np.where((gaps.after == job.place) & (form != BEFORE_RELOAD), 0, gaps.setup_s)
    follow_s = service_time(job, shift.vehicle_kind) + on_s + next_s
    return _Way(
        lead_s, follow_s, has_road, out_m + on_m - was_m, out_s + on_s - was_s,
        lead_s + follow_s - was_s - gaps.was_setup_s,
    )  # fmt: skip


def straight_on(gaps: RouteGaps, cells: IntMatrix) -> Ints:
    """(gaps,) the way from what is left to what is reached next, as it is now."""
    return np.where(gaps.after < 0, 0, cells[gaps.before, gaps.after])


def _setup_s(gaps: RouteGaps, job: Job, form: int) -> Ints:
    """(gaps,) seconds of parking: none at the door of the stop before."""
    same_door = gaps.from_stop & (gaps.before == job.place) & (form != AFTER_RELOAD)
    return np.where(same_door, 0, job.setup_s)


def _short_enough(gaps: RouteGaps, way: _Way) -> Flags:
    """(gaps,) the longest distance, driving and duration can be kept."""
    shift = gaps.shift
    short = np.ones(len(gaps.at), dtype=bool)
    for limit, base, more in (
        (shift.max_distance_m, gaps.distance_m, way.more_m),
        (shift.max_travel_s, gaps.travel_s, way.more_travel_s),
        (shift.max_duration_s, gaps.busy_s, way.longer_s),
    ):
        if limit is not None:
            short &= base + more <= limit
    return short


# The clock


def _shortfall(gaps: RouteGaps, job: Job, way: _Way, form: int) -> tuple[Ints, Ints, Ints]:
    """(gaps,) seconds missing, of them after the job's own windows, and the start of service; the best way to rest counts."""
    best = np.full(len(gaps.at), 2 * NEVER, dtype=np.int64)
    best_late, best_start = best, best
    served_s = service_time(job, gaps.shift.vehicle_kind)
    for taken, to_come, one, two in _ways_to_rest(rests_known(gaps.shift)):
        leaves = gaps.departs_s[:, taken]
        arrival = _arrival(gaps, job, way, form, leaves, one)
        start, late = _start_in_windows(job, arrival)
        reach = start + way.follow_s + two.total_s
        missing = np.maximum(reach, two.free_s) - gaps.latest_s[:, to_come]
        missing = np.maximum(missing, late)
        if one.total_s:
            missing = np.maximum(missing, leaves - one.latest_s)
        if two.total_s:
            missing = np.maximum(missing, start + served_s - two.latest_s)
        better = missing < best
        if better.any():
            best = np.where(better, missing, best)
            best_late = np.where(better, late, best_late)
            best_start = np.where(better, start, best_start)
    return best, best_late, best_start


def _ways_to_rest(rests: Sequence[Sequence[Rest]]) -> Iterator[tuple[int, int, Rest, Rest]]:
    """Sets of breaks taken before and still to come after, and the rests on the way to the job and on from it."""
    everything = len(rests) - 1
    for taken in range(everything + 1):
        for first in subsets(everything & ~taken):
            for second in subsets(everything & ~taken & ~first):
                to_come = everything & ~taken & ~first & ~second
                for one, two in itertools.product(rests[first], rests[second]):
                    yield taken, to_come, one, two


def _arrival(gaps: RouteGaps, job: Job, way: _Way, form: int, leaves: Ints, rest: Rest) -> Ints:
    """(gaps,) the earliest moment at which service may start, windows aside."""
    arrival = leaves + way.lead_s + rest.total_s
    if rest.free_s:
        arrival = np.maximum(arrival, rest.free_s)
    if job.release_s and form != AFTER_RELOAD:
        # The trip that carries it leaves at its release or later.
        arrival = np.maximum(arrival, job.release_s + gaps.ridden_s + way.lead_s)
    elif job.release_s:
        arrival = np.maximum(arrival, job.release_s)
    return arrival


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


# Estimates of the cost


def _own_cost(job: Job, shift: Shift, weights: Weights) -> int:
    """Micros that come with the shift wherever on it the job goes."""
    cost = job.shift_costs.get(shift.id, 0)
    if job.published is not None and job.published.shift_id != shift.id:
        cost += weights.changed_shift
    return cost


def _late_cost(job: Job, start: Ints, weights: Weights) -> Ints | int:
    """(gaps,) micros at least for a start at this moment or later."""
    if not job.soft_windows:
        return 0
    costs = [
        np.maximum(start - window.end_s, 0) * rates(window, weights)[0]
        for window in job.soft_windows
    ]
    least: Ints = np.minimum.reduce(costs)
    return least


def fixed_cost(problem: Problem, shift: Shift, weights: Weights) -> int:
    """Micros that a first job brings with it."""
    return 0 if shift.must_drive else shift.fixed_cost + problem.vehicle_surcharge(weights)


_SHORTEST: WeakKeyDictionary[Problem, dict[tuple[str, int], IntMatrix]] = WeakKeyDictionary()


def shortest_travel(problem: Problem, shift: Shift) -> IntMatrix:
    """(n, n) seconds in the fastest period, kept by problem, kind and speed."""
    known = _SHORTEST.setdefault(problem, {})
    key = (shift.vehicle_kind, shift.speed_percent)
    if key not in known:
        found = problem.matrices[shift.vehicle_kind]
        cells = found.durations_s
        for _, other in found.by_period:
            cells = np.minimum(cells, other)
        known[key] = at_speed(cells, shift.speed_percent)
    return known[key]


def share_travel(problem: Problem, other: Problem) -> None:
    """Let a problem with the same matrices use what was worked out from them."""
    _SHORTEST[other] = _SHORTEST.setdefault(problem, {})
