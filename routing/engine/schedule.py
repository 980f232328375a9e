"""Times a fixed sequence of jobs on a shift at least cost, and names every hard rule it breaks."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from routing.engine import piecewise
from routing.engine.piecewise import FOREVER, Curve, Segment
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    SoftWindow,
    TimeWindow,
    Weights,
    service_time,
)
from routing.engine.solution import Costs, PlannedRoute, PlannedStop, Violation


@dataclass(frozen=True, slots=True)
class Schedule:
    """A sequence with its times."""

    route: PlannedRoute
    """Best times; where the sequence is infeasible, as early as it can be driven."""
    violations: tuple[Violation, ...]
    """Hard rules it breaks, none when the route may be driven."""

    @property
    def is_feasible(self) -> bool:
        return not self.violations


def schedule(
    problem: Problem, shift_id: str, sequence: Sequence[str], *, weights: Weights = DEFAULT_WEIGHTS
) -> Schedule:
    """Time the jobs of `sequence` in this order on this shift.

    Parameters
    ----------
    problem, weights
        The problem and the prices of lateness.
    shift_id
        The shift that drives.
    sequence
        Job ids in order of service.

    Returns
    -------
    Schedule
        The cheapest feasible times (departure as late as that allows, then no needless waiting), or the earliest
        drivable ones with the rules they break. The sum of waiting, lateness and duration costs is least for the
        sequence; only when `max_duration_s` would be broken, the shortest duration is preferred to the least cost.
    """
    jobs = [problem.job_by_id[job_id] for job_id in sequence]
    return schedule_on(problem, problem.shift_by_id[shift_id], jobs, weights)


def schedule_on(
    problem: Problem, shift: Shift, jobs: Sequence[Job], weights: Weights = DEFAULT_WEIGHTS
) -> Schedule:
    """As schedule, for a shift and jobs that need not be the problem's own: what if they were a little different."""
    violations = static_violations(problem, shift, jobs)
    legs = legs_of(problem, shift, jobs)
    starts = None
    if not any(duration == UNREACHABLE for duration, _ in legs):
        starts = _cheapest_starts(shift, jobs, legs, weights)
    if starts is None:
        starts = _earliest_starts(shift, jobs, legs)
        violations += _time_violations(shift, jobs, legs, starts)
    route = _route(shift, jobs, legs, starts, weights)
    if shift.max_duration_s is not None and jobs and route.duration_s > shift.max_duration_s:
        over_s = route.duration_s - shift.max_duration_s
        violations.append(
            Violation(
                "route_too_long",
                shift.id,
                None,
                {"over_s": over_s, "limit_s": shift.max_duration_s},
            )
        )
    return Schedule(route, tuple(violations))


def legs_of(problem: Problem, shift: Shift, jobs: Sequence[Job]) -> list[tuple[int, int]]:
    """(seconds, metres) to each stop and, last, to the end place ((0, 0) when the route is open)."""
    m = problem.matrices[shift.vehicle_kind]
    places = [shift.start_place, *(job.place for job in jobs)]
    if shift.end_place is not None:
        places.append(shift.end_place)
    legs = [
        (int(m.durations_s[a, b]), int(m.distances_m[a, b])) for a, b in itertools.pairwise(places)
    ]
    if shift.end_place is None:
        legs.append((0, 0))
    return legs


def static_violations(problem: Problem, shift: Shift, jobs: Sequence[Job]) -> list[Violation]:
    """Rules broken by who is on the shift, whatever the order."""
    found: list[Violation] = []
    for job in jobs:
        found += job_violations(shift, job)
    for dimension, limit in sorted(shift.capacity.items()):
        over = sum(job.load.get(dimension, 0) for job in jobs) - limit
        if over > 0:
            found.append(
                Violation(
                    "over_capacity",
                    shift.id,
                    None,
                    {"dimension": dimension, "over": over, "capacity": limit},
                )
            )
    if shift.max_stops is not None and len(jobs) > shift.max_stops:
        figures = {"over": len(jobs) - shift.max_stops, "limit": shift.max_stops}
        found.append(Violation("too_many_stops", shift.id, None, figures))
    return found


def job_violations(shift: Shift, job: Job) -> list[Violation]:
    """Rules broken by this job being on this shift at all."""
    found: list[Violation] = []
    if job.pinned_shift is not None and job.pinned_shift != shift.id:
        found.append(Violation("pinned_elsewhere", shift.id, job.id, {"shift": job.pinned_shift}))
    if job.vehicle_kinds and shift.vehicle_kind not in job.vehicle_kinds:
        figures: dict[str, int | str] = {
            "kind": shift.vehicle_kind,
            "allowed": ", ".join(sorted(job.vehicle_kinds)),
        }
        found.append(Violation("vehicle_kind_not_allowed", shift.id, job.id, figures))
    if missing := job.skills - shift.skills:
        found.append(
            Violation("skill_missing", shift.id, job.id, {"skills": ", ".join(sorted(missing))})
        )
    return found


def next_in_windows(windows: Sequence[TimeWindow], t: int) -> int | None:
    """The first moment at or after t inside one of the windows (any, when there are none); None: too late for all."""
    if not windows:
        return t
    return min((max(t, w.start_s) for w in windows if t <= w.end_s), default=None)


def last_in_windows(windows: Sequence[TimeWindow], t: int) -> int | None:
    """The last moment at or before t inside one of the windows (any, when there are none); None: too early for all."""
    if not windows:
        return t
    return max((min(t, w.end_s) for w in windows if t >= w.start_s), default=None)


def soft_miss(job: Job, start_s: int, weights: Weights) -> tuple[int, int, int, int]:
    """(late_s, early_s, late cost, early cost) by the cheapest soft window of the job for a start at start_s."""
    best = (0, 0, 0, 0)
    for index, window in enumerate(job.soft_windows):
        late_rate, early_rate = rates(window, weights)
        late_s, early_s = max(0, start_s - window.end_s), max(0, window.start_s - start_s)
        miss = (late_s, early_s, late_s * late_rate, early_s * early_rate)
        if index == 0 or miss[2] + miss[3] < best[2] + best[3]:
            best = miss
    return best


def rates(window: SoftWindow, weights: Weights) -> tuple[int, int]:
    """(late, early) micros per second."""
    late = weights.late_cost_per_s if window.late_cost_per_s is None else window.late_cost_per_s
    early = weights.early_cost_per_s if window.early_cost_per_s is None else window.early_cost_per_s
    return late, early


def _cheapest_starts(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]], weights: Weights
) -> list[int] | None:
    starts = _least_cost_starts(shift, jobs, legs, weights, shift.cost_per_s)
    if starts is None or shift.max_duration_s is None:
        return starts
    if _duration(shift, jobs, legs, starts) <= shift.max_duration_s:
        return starts
    # A second of duration made dearer than all lateness together: the shortest duration, then the least lateness.
    dear = (
        1
        + shift.cost_per_s
        + sum(
            max(sum(rates(w, weights)) for w in job.soft_windows)
            for job in jobs
            if job.soft_windows
        )
    )
    return _least_cost_starts(shift, jobs, legs, weights, dear)


def _least_cost_starts(
    shift: Shift,
    jobs: Sequence[Job],
    legs: Sequence[tuple[int, int]],
    weights: Weights,
    cost_per_s: int,
) -> list[int] | None:
    """[departure, start of each service] at least cost, or None when the hard windows and the shift allow none.

    A forward dynamic programme over the start of service: the least cost of everything so far as a piecewise linear
    function of that moment. Exact for any number of hard and soft windows.
    """
    latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    curves: list[Curve] = [
        [Segment(shift.start_s, latest, -cost_per_s * shift.start_s, -cost_per_s)]
    ]
    delays = _delays(shift, jobs, legs)
    for job, delay in zip(jobs, delays, strict=False):
        reached = piecewise.best_so_far(piecewise.later(curves[-1], delay))
        curve = piecewise.add(reached, _allowed(job))
        for soft in _soft_curve(job, weights):
            curve = piecewise.add(curve, soft)
        if not curve:
            return None
        curves.append(curve)
    last_chance = shift.end_s - delays[-1]
    final = piecewise.add(
        curves[-1], [Segment(0, max(last_chance, 0), 0, cost_per_s)] if last_chance >= 0 else []
    )
    least = piecewise.earliest_least(final)
    if least is None:
        return None
    starts = [least[0]]
    for curve, delay in zip(reversed(curves[:-1]), reversed(delays[:-1]), strict=True):
        starts.append(piecewise.latest_least_until(curve, starts[-1] - delay))
    starts.reverse()
    return starts


def _delays(shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]]) -> list[int]:
    """From departure to arrival at the first stop, from start of service to the next arrival, ... to the end."""
    services = [0, *(service_time(job, shift.vehicle_kind) for job in jobs)]
    return [service + duration for service, (duration, _) in zip(services, legs, strict=True)]


def _allowed(job: Job) -> Curve:
    if not job.windows:
        return piecewise.constant(0, FOREVER)
    curve: Curve = []
    for window in sorted(job.windows, key=lambda w: w.start_s):
        first = window.start_s if not curve else max(window.start_s, curve[-1].last + 1)
        if first <= window.end_s:
            curve.append(Segment(first, window.end_s, 0, 0))
    return curve


def _soft_curve(job: Job, weights: Weights) -> list[Curve]:
    whole: Curve | None = None
    for window in job.soft_windows:
        late, early = rates(window, weights)
        one: Curve = [
            Segment(window.start_s, window.end_s, 0, 0),
            Segment(window.end_s + 1, FOREVER, late, late),
        ]
        if window.start_s > 0:
            one.insert(0, Segment(0, window.start_s - 1, early * window.start_s, -early))
        whole = one if whole is None else piecewise.lower(whole, one)
    return [] if whole is None else [whole]


def _duration(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]], starts: Sequence[int]
) -> int:
    return starts[-1] + _delays(shift, jobs, legs)[-1] - starts[0]


def _earliest_starts(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]]
) -> list[int]:
    """As early as it can be driven: waits for a window to open, drives on when it has closed."""
    starts = [shift.start_s]
    previous = 0
    for job, (duration, _) in zip(jobs, legs, strict=False):
        arrival = starts[-1] + previous + max(duration, 0)
        in_window = next_in_windows(job.windows, arrival)
        starts.append(arrival if in_window is None else in_window)
        previous = service_time(job, shift.vehicle_kind)
    return starts


def _time_violations(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]], starts: Sequence[int]
) -> list[Violation]:
    found: list[Violation] = []
    for job, (duration, _), start_s in zip(jobs, legs, starts[1:], strict=False):
        if duration == UNREACHABLE:
            found.append(Violation("no_road", shift.id, job.id, {}))
        if next_in_windows(job.windows, start_s) is None:
            closed_s = max(window.end_s for window in job.windows)
            found.append(
                Violation("after_window", shift.id, job.id, {"late_s": start_s - closed_s})
            )
    if legs[-1][0] == UNREACHABLE:
        found.append(Violation("no_road_back", shift.id, jobs[-1].id if jobs else None, {}))
    last_service = service_time(jobs[-1], shift.vehicle_kind) if jobs else 0
    over_s = starts[-1] + last_service + max(legs[-1][0], 0) - shift.end_s
    if over_s > 0:
        found.append(Violation("after_shift_end", shift.id, None, {"over_s": over_s}))
    return found


def _route(
    shift: Shift,
    jobs: Sequence[Job],
    legs: Sequence[tuple[int, int]],
    starts: Sequence[int],
    weights: Weights,
) -> PlannedRoute:
    legs = [(max(duration, 0), max(distance, 0)) for duration, distance in legs]
    end_s = starts[-1] + (service_time(jobs[-1], shift.vehicle_kind) if jobs else 0) + legs[-1][0]
    slacks = _slacks(shift, jobs, legs, starts)
    dimensions = sorted({name for job in jobs for name in job.load} | set(shift.capacity))
    on_board = {name: sum(job.load.get(name, 0) for job in jobs) for name in dimensions}
    load = dict(on_board)
    stops: list[PlannedStop] = []
    costs = Costs()
    departure_s = starts[0]
    for job, (travel_s, distance_m), start_s, slack_s in zip(
        jobs, legs, starts[1:], slacks, strict=False
    ):
        service_s = service_time(job, shift.vehicle_kind)
        late_s, early_s, late_cost, early_cost = soft_miss(job, start_s, weights)
        on_board = {name: on_board[name] - job.load.get(name, 0) for name in dimensions}
        arrival_s = departure_s + travel_s
        departure_s = start_s + service_s
        stops.append(
            PlannedStop(
                job.id,
                travel_s,
                distance_m,
                arrival_s,
                start_s - arrival_s,
                start_s,
                service_s,
                departure_s,
                slack_s,
                late_s,
                early_s,
                on_board,
            )
        )
        costs += Costs(lateness=late_cost, earliness=early_cost)
    distance_m = sum(distance for _, distance in legs)
    if jobs:
        costs += Costs(
            fixed=shift.fixed_cost,
            time=shift.cost_per_s * (end_s - starts[0]),
            distance=shift.cost_per_m * distance_m,
        )
    return PlannedRoute(
        shift_id=shift.id,
        stops=tuple(stops),
        start_s=starts[0],
        end_s=end_s,
        travel_s=sum(duration for duration, _ in legs),
        wait_s=sum(stop.wait_s for stop in stops),
        service_s=sum(stop.service_s for stop in stops),
        distance_m=distance_m,
        load=load,
        costs=costs,
    )


def _slacks(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]], starts: Sequence[int]
) -> list[int]:
    end_limit = shift.end_s
    if shift.max_duration_s is not None:
        end_limit = min(end_limit, starts[0] + shift.max_duration_s)
    delays = _delays(shift, jobs, legs)
    slacks: list[int] = []
    limit = end_limit
    for job, delay, start_s in zip(
        reversed(jobs), reversed(delays[1:]), reversed(starts[1:]), strict=True
    ):
        latest = last_in_windows(job.windows, limit - delay)
        limit = start_s if latest is None else latest
        slacks.append(max(0, limit - start_s))
    slacks.reverse()
    return slacks
