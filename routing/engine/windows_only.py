"""The timing of a route on which windows, travel and service alone decide: the common case, and so the fast one."""

from collections.abc import Sequence

from routing.engine import piecewise
from routing.engine.fit import Halts, ties_of
from routing.engine.piecewise import Curve, Segment
from routing.engine.problem import UNREACHABLE, Job, Problem, Shift, Weights, service_time
from routing.engine.solution import PlannedStop, Violation
from routing.engine.windows import (
    allowed,
    dearest_second,
    last_in_windows,
    next_in_windows,
    soft_cost,
    soft_miss,
)

Legs = list[tuple[int, int]]
"""(seconds, metres) to each stop and, last, to the end place ((0, 0) when the route is open)."""
Starts = list[int]
"""Departure, then the start of each service."""


def is_windows_only(problem: Problem, shift: Shift, halts: Halts) -> bool:
    """Nothing but windows, travel and service decides the times."""
    if shift.breaks or shift.overtime_s or problem.matrices[shift.vehicle_kind].by_period:
        return False
    for job in halts:
        if job is None or job.setup_s or job.release_s or job.max_ride_s is not None:
            return False
    if not problem.pairs and not problem.precedences:
        return True
    after = ties_of(problem).after
    for job in halts:
        pair = problem.pair_of.get(job.id) if job is not None else None
        if pair is not None and pair.max_ride_s is not None:
            return False
        if job is not None and any(rule.offset_s for rule in after.get(job.id, ())):
            return False
    return True


def legs_of(problem: Problem, shift: Shift, jobs: Sequence[Job]) -> Legs:
    """The legs of these jobs in this order."""
    m = problem.matrices[shift.vehicle_kind]
    places = [shift.start_place, *(job.place for job in jobs)]
    if shift.end_place is not None:
        places.append(shift.end_place)
    rows, columns = places[:-1], places[1:]
    seconds = m.durations_s[rows, columns].tolist()
    if shift.speed_percent != 100:
        seconds = [s if s == UNREACHABLE else -(-s * 100 // shift.speed_percent) for s in seconds]
    legs = list(zip(seconds, m.distances_m[rows, columns].tolist(), strict=True))
    if shift.end_place is None:
        legs.append((0, 0))
    return legs


def cheapest_starts(
    shift: Shift, jobs: Sequence[Job], legs: Legs, weights: Weights
) -> Starts | None:
    """The cheapest moments; None when a road is missing, or the hard windows and the shift allow none."""
    if any(duration == UNREACHABLE for duration, _ in legs):
        return None
    delays = _delays(shift, jobs, legs)
    starts = _least_cost_starts(shift, jobs, delays, weights, shift.cost_per_s)
    if starts is None or shift.max_duration_s is None:
        return starts
    if starts[-1] + delays[-1] - starts[0] <= shift.max_duration_s:
        return starts
    # A second of duration made dearer than all lateness together: the shortest duration, then the least lateness.
    dear = 1 + shift.cost_per_s + dearest_second(jobs, weights)
    return _least_cost_starts(shift, jobs, delays, weights, dear)


def can_be_driven(shift: Shift, jobs: Sequence[Job], legs: Legs, weights: Weights) -> bool:
    """Whether some moments keep roads, windows, the shift and its longest duration, driving and distance."""
    if shift.latest_start_s is not None and shift.start_s > shift.latest_start_s:
        return False
    earliest = earliest_starts(shift, jobs, legs)
    if time_violations(shift, jobs, legs, earliest) or not is_short_enough(shift, legs):
        return False
    if shift.max_duration_s is None:
        return True
    starts = cheapest_starts(shift, jobs, legs, weights)
    return (
        starts is not None and end_of(shift, jobs, legs, starts) - starts[0] <= shift.max_duration_s
    )


def is_short_enough(shift: Shift, legs: Legs) -> bool:
    """Whether these legs keep the longest driving time and distance."""
    too_long = shift.max_travel_s is not None and sum(s for s, _ in legs) > shift.max_travel_s
    too_far = shift.max_distance_m is not None and sum(m for _, m in legs) > shift.max_distance_m
    return not too_long and not too_far


def _least_cost_starts(
    shift: Shift, jobs: Sequence[Job], delays: Sequence[int], weights: Weights, cost_per_s: int
) -> Starts | None:
    """The moments at least cost, or None when the hard windows and the shift allow none.

    A forward dynamic programme over the start of service: the least cost of everything so far as a piecewise linear
    function of that moment. Exact for any number of hard and soft windows.
    """
    latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    curves: list[Curve] = [
        [Segment(shift.start_s, latest, -cost_per_s * shift.start_s, -cost_per_s)]
    ]
    for job, delay in zip(jobs, delays, strict=False):
        reached = piecewise.best_so_far(piecewise.later(curves[-1], delay))
        curve = piecewise.add(reached, allowed(job.windows)) if job.windows else reached
        soft = soft_cost(job, weights)
        if soft is not None:
            curve = piecewise.add(curve, soft)
        if not curve:
            return None
        curves.append(curve)
    last_chance = shift.end_s - delays[-1]
    if last_chance < 0:
        return None
    least = piecewise.earliest_least(
        piecewise.add(curves[-1], [Segment(0, last_chance, 0, cost_per_s)])
    )
    if least is None:
        return None
    starts = [least[0]]
    for curve, delay in zip(reversed(curves[:-1]), reversed(delays[:-1]), strict=True):
        starts.append(piecewise.latest_least_until(curve, starts[-1] - delay))
    starts.reverse()
    return starts


def _delays(shift: Shift, jobs: Sequence[Job], legs: Legs) -> list[int]:
    """From departure to arrival at the first stop, from start of service to the next arrival, ... to the end."""
    services = [0, *(service_time(job, shift.vehicle_kind) for job in jobs)]
    return [
        service + max(duration, 0) for service, (duration, _) in zip(services, legs, strict=True)
    ]


def earliest_starts(shift: Shift, jobs: Sequence[Job], legs: Legs) -> Starts:
    """As early as it can be driven: waits for a window to open, drives on when it has closed."""
    starts = [shift.start_s]
    for job, delay in zip(jobs, _delays(shift, jobs, legs), strict=False):
        arrival = starts[-1] + delay
        in_window = next_in_windows(job.windows, arrival)
        starts.append(arrival if in_window is None else in_window)
    return starts


def end_of(shift: Shift, jobs: Sequence[Job], legs: Legs, starts: Starts) -> int:
    """When the route ends, seconds."""
    return starts[-1] + _delays(shift, jobs, legs)[-1]


def time_violations(
    shift: Shift, jobs: Sequence[Job], legs: Legs, starts: Starts
) -> list[Violation]:
    """What these moments break: roads that are missing, windows, the end of the shift."""
    found: list[Violation] = []
    for job, (duration, _), start_s in zip(jobs, legs, starts[1:], strict=False):
        if duration == UNREACHABLE:
            found.append(Violation("no_road", shift.id, job.id))
        if next_in_windows(job.windows, start_s) is None:
            closed_s = max(window.end_s for window in job.windows)
            found.append(
                Violation("after_window", shift.id, job.id, {"late_s": start_s - closed_s})
            )
    if legs[-1][0] == UNREACHABLE:
        found.append(Violation("no_road_back", shift.id, jobs[-1].id if jobs else None))
    over_s = end_of(shift, jobs, legs, starts) - shift.end_s
    if over_s > 0:
        found.append(Violation("after_shift_end", shift.id, None, {"over_s": over_s}))
    return found


def stops_of(
    shift: Shift,
    jobs: Sequence[Job],
    legs: Legs,
    starts: Starts,
    loads: Sequence[dict[str, int]],
    weights: Weights,
) -> tuple[PlannedStop, ...]:
    """The stops at these moments; `loads` aboard at the start, then on departure from each of them."""
    stops: list[PlannedStop] = []
    departure_s = starts[0]
    for job, (duration, distance), start_s, slack_s, load in zip(
        jobs, legs, starts[1:], _slacks(shift, jobs, legs, starts), loads[1:], strict=False
    ):
        travel_s, service_s = max(duration, 0), service_time(job, shift.vehicle_kind)
        late_s, early_s, _, _ = soft_miss(job, start_s, weights)
        arrival_s = departure_s + travel_s
        departure_s = start_s + service_s
        stops.append(
            PlannedStop(
                job.id, travel_s, max(distance, 0), arrival_s, start_s - arrival_s, start_s, service_s,
                departure_s, slack_s, late_s, early_s, load,
            )
        )  # fmt: skip
    return tuple(stops)


def _slacks(shift: Shift, jobs: Sequence[Job], legs: Legs, starts: Starts) -> list[int]:
    limit = shift.end_s
    if shift.max_duration_s is not None:
        limit = min(limit, starts[0] + shift.max_duration_s)
    slacks: list[int] = []
    delays = _delays(shift, jobs, legs)
    for job, delay, start_s in zip(
        reversed(jobs), reversed(delays[1:]), reversed(starts[1:]), strict=True
    ):
        latest = last_in_windows(job.windows, limit - delay)
        limit = start_s if latest is None else latest
        slacks.append(max(0, limit - start_s))
    slacks.reverse()
    return slacks
