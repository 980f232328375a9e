"""Times a fixed sequence of jobs on a shift at least cost, and names every hard rule it breaks.

A route with windows and nothing else that a clock decides is timed here; `chain` times the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.engine import chain as chains
from routing.engine import piecewise
from routing.engine.chain import Chain, Timing
from routing.engine.fit import Halts, halts_of, loads_aboard, static_violations, ties_of
from routing.engine.fit import job_violations as job_violations
from routing.engine.piecewise import Curve, Segment
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    Weights,
    cost_per_m,
    service_time,
)
from routing.engine.solution import (
    Costs,
    Figures,
    PlannedBreak,
    PlannedReload,
    PlannedRoute,
    PlannedStop,
    Violation,
)
from routing.engine.windows import (
    allowed,
    dearest_second,
    last_in_windows,
    next_in_windows,
    soft_cost,
    soft_miss,
)
from routing.engine.windows import rates as rates

ANY_TIME: Mapping[str, int] = {}


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
    problem: Problem,
    shift_id: str,
    sequence: Sequence[str],
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    earliest: Mapping[str, int] = ANY_TIME,
    latest: Mapping[str, int] = ANY_TIME,
) -> Schedule:
    """Time the jobs of `sequence` in this order on this shift.

    Parameters
    ----------
    problem, weights
        The problem and the prices of lateness.
    shift_id
        The shift that drives.
    sequence
        Job ids in order of service, RELOAD where the vehicle goes back and loads again.
    earliest, latest
        Seconds by job id between which service starts, besides its windows: what other routes ask for.

    Returns
    -------
    Schedule
        The cheapest feasible times (departure as late as that allows, then no needless waiting), or the earliest
        drivable ones with the rules they break. The sum of waiting, lateness, overtime and duration costs is least for
        the sequence, breaks included; only where the cheapest times would break the longest duration, a ride-time limit
        or an offset within the route, times that keep them are found but not always the cheapest of those. What has no
        violations keeps every rule of this route; rules between routes are `whole.plan_violations`'.
    """
    return schedule_on(
        problem, problem.shift_by_id[shift_id], halts_of(problem, sequence), weights, earliest, latest
    )  # fmt: skip


def schedule_on(
    problem: Problem,
    shift: Shift,
    halts: Halts,
    weights: Weights = DEFAULT_WEIGHTS,
    earliest: Mapping[str, int] = ANY_TIME,
    latest: Mapping[str, int] = ANY_TIME,
) -> Schedule:
    """As schedule, for a shift and jobs that need not be the problem's own: what if they were a little different."""
    violations = static_violations(problem, shift, halts)
    if earliest or latest or not _is_plain(problem, shift, halts):
        return _schedule_chain(problem, shift, halts, weights, earliest, latest, violations)
    jobs = [halt for halt in halts if halt is not None]
    legs = legs_of(problem, shift, jobs)
    starts = None
    if not any(duration == UNREACHABLE for duration, _ in legs):
        starts = _cheapest_starts(shift, jobs, legs, weights)
    if starts is None:
        starts = _earliest_starts(shift, jobs, legs)
        violations += _told(jobs, _time_violations(shift, jobs, legs, starts))
    route = _route(problem, shift, jobs, legs, starts, weights)
    if shift.max_duration_s is not None and jobs and route.duration_s > shift.max_duration_s:
        over_s = route.duration_s - shift.max_duration_s
        figures: Figures = {"over_s": over_s, "limit_s": shift.max_duration_s}
        violations.append(Violation("route_too_long", shift.id, None, figures))
    return Schedule(route, (*violations, *_length_violations(shift, route)))


def _told(halts: Halts, violations: list[Violation]) -> list[Violation]:
    """All of them; a vehicle with nothing to do drives home however late: no plan can spare it that."""
    return [one for one in violations if halts or one.code != "after_shift_end"]


def _is_plain(problem: Problem, shift: Shift, halts: Halts) -> bool:
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


def legs_of(problem: Problem, shift: Shift, jobs: Sequence[Job]) -> list[tuple[int, int]]:
    """(seconds, metres) to each stop and, last, to the end place ((0, 0) when the route is open)."""
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


def _cheapest_starts(
    shift: Shift, jobs: Sequence[Job], legs: Sequence[tuple[int, int]], weights: Weights
) -> list[int] | None:
    starts = _least_cost_starts(shift, jobs, legs, weights, shift.cost_per_s)
    if starts is None or shift.max_duration_s is None:
        return starts
    if _duration(shift, jobs, legs, starts) <= shift.max_duration_s:
        return starts
    # A second of duration made dearer than all lateness together: the shortest duration, then the least lateness.
    dear = 1 + shift.cost_per_s + dearest_second(jobs, weights)
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
        curve = piecewise.add(reached, allowed(job.windows)) if job.windows else reached
        soft = soft_cost(job, weights)
        if soft is not None:
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
    problem: Problem,
    shift: Shift,
    jobs: Sequence[Job],
    legs: Sequence[tuple[int, int]],
    starts: Sequence[int],
    weights: Weights,
) -> PlannedRoute:
    legs = [(max(duration, 0), max(distance, 0)) for duration, distance in legs]
    end_s = starts[-1] + (service_time(jobs[-1], shift.vehicle_kind) if jobs else 0) + legs[-1][0]
    loads = loads_aboard(problem, shift, jobs)
    stops: list[PlannedStop] = []
    departure_s = starts[0]
    for job, (travel_s, distance_m), start_s, slack_s, load in zip(
        jobs, legs, starts[1:], _slacks(shift, jobs, legs, starts), loads[1:], strict=False
    ):
        service_s = service_time(job, shift.vehicle_kind)
        late_s, early_s, _, _ = soft_miss(job, start_s, weights)
        arrival_s = departure_s + travel_s
        departure_s = start_s + service_s
        stops.append(
            PlannedStop(
                job.id, travel_s, distance_m, arrival_s, start_s - arrival_s, start_s, service_s,
                departure_s, slack_s, late_s, early_s, load,
            )
        )  # fmt: skip
    drives = bool(jobs) or shift.must_drive
    distance_m = sum(distance for _, distance in legs) if drives else 0
    return PlannedRoute(
        shift_id=shift.id,
        stops=tuple(stops),
        start_s=starts[0],
        end_s=end_s,
        travel_s=sum(duration for duration, _ in legs),
        wait_s=sum(stop.wait_s for stop in stops),
        service_s=sum(stop.service_s for stop in stops),
        distance_m=sum(distance for _, distance in legs),
        load=loads[0],
        costs=_costs(problem, shift, jobs, starts[1:], (starts[0], end_s, distance_m), weights),
    )


def _costs(
    problem: Problem,
    shift: Shift,
    jobs: Sequence[Job],
    starts: Sequence[int],
    whole: tuple[int, int, int],
    weights: Weights,
) -> Costs:
    """The costs of a route by term; `starts`: of service, job by job; `whole`: (departure, end, metres)."""
    if not jobs and not shift.must_drive:
        return Costs()
    departs_s, end_s, distance_m = whole
    lateness = earliness = preference = change = 0
    before: str | None = None
    for job, start_s in zip(jobs, starts, strict=False):
        if job.soft_windows:
            _, _, late_cost, early_cost = soft_miss(job, start_s, weights)
            lateness += late_cost
            earliness += early_cost
        if job.shift_costs:
            preference += job.shift_costs.get(shift.id, 0)
        if job.published is not None:
            change += weights.changed_shift if job.published.shift_id != shift.id else 0
            change += weights.changed_order if job.published.after != before else 0
        before = job.id
    return Costs(
        fixed=shift.fixed_cost + problem.vehicle_surcharge(weights),
        time=shift.cost_per_s * (end_s - departs_s),
        distance=cost_per_m(shift, weights) * distance_m,
        lateness=lateness,
        earliness=earliness,
        overtime=shift.overtime_cost_per_s * max(0, end_s - shift.end_s),
        preference=preference,
        change=change,
    )


def _length_violations(shift: Shift, route: PlannedRoute) -> list[Violation]:
    """Longest driving time and distance."""
    if not route.stops:
        return []
    found: list[Violation] = []
    if shift.max_travel_s is not None and route.travel_s > shift.max_travel_s:
        figures: Figures = {
            "over_s": route.travel_s - shift.max_travel_s, "limit_s": shift.max_travel_s,
        }  # fmt: skip
        found.append(Violation("too_much_driving", shift.id, None, figures))
    if shift.max_distance_m is not None and route.distance_m > shift.max_distance_m:
        figures = {
            "over_m": route.distance_m - shift.max_distance_m, "limit_m": shift.max_distance_m,
        }  # fmt: skip
        found.append(Violation("too_far_in_all", shift.id, None, figures))
    return found


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


# Under every rule


def _schedule_chain(
    problem: Problem,
    shift: Shift,
    halts: Halts,
    weights: Weights,
    earliest: Mapping[str, int],
    latest: Mapping[str, int],
    violations: list[Violation],
) -> Schedule:
    chain = chains.chain_of(problem, shift, halts, weights, earliest, latest)
    timing = None
    if all(gap.has_road for gap in chain.gaps):
        timing = chains.cheapest(chain)
    if timing is None:
        timing = chains.soonest(chain)
        violations += _told(halts, _chain_violations(chain, timing))
    for link in timing.broken if halts else ():
        figures: dict[str, int | str] = {"over_s": link.excess(timing.moments)}
        if link.high_s is not None:
            figures["limit_s"] = link.high_s
        if link.other is not None:
            figures["job"] = link.other
        violations.append(Violation(link.code, shift.id, link.job_id, figures))
    route = _chain_route(problem, chain, timing, halts, weights)
    return Schedule(route, (*violations, *_length_violations(shift, route)))


def _chain_violations(chain: Chain, timing: Timing) -> list[Violation]:
    """What breaks when it is driven as early as possible; never empty."""
    shift, found = chain.shift, list[Violation]()
    last_start = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    if timing.moments[0] > last_start:
        figures: Figures = {"over_s": timing.moments[0] - last_start}
        found.append(Violation("left_before_release", shift.id, None, figures))
    for gap, node, moment in zip(chain.gaps, chain.nodes[1:], timing.moments[1:], strict=True):
        job_id = None if node.job is None else node.job.id
        if not gap.has_road:
            code = "no_road_back" if node.job is None else "no_road"
            found.append(Violation(code, shift.id, job_id, {}))
        if node.job is None:
            continue
        if next_in_windows(node.job.windows, moment) is None:
            closed_s = max(window.end_s for window in node.job.windows)
            found.append(Violation("after_window", shift.id, job_id, {"late_s": moment - closed_s}))
        if moment > node.not_after:
            figures = {"over_s": moment - node.not_after}
            found.append(Violation("too_late_for_others", shift.id, job_id, figures))
    over_s = timing.moments[-1] - shift.end_s - shift.overtime_s
    if over_s > 0:
        found.append(Violation("after_shift_end", shift.id, None, {"over_s": over_s}))
    for starts, order in zip(chains.break_starts(chain, timing), timing.rests, strict=True):
        for (start_s, _), number in zip(starts, order, strict=True):
            if start_s > shift.breaks[number].latest_s:
                late_s = start_s - shift.breaks[number].latest_s
                found.append(Violation("break_not_taken", shift.id, None, {"late_s": late_s}))
    return found or [Violation("break_not_taken", shift.id)]


def _chain_route(
    problem: Problem, chain: Chain, timing: Timing, halts: Halts, weights: Weights
) -> PlannedRoute:
    shift, moments = chain.shift, timing.moments
    resting = chains.break_starts(chain, timing)
    slacks = chains.slacks(chain, timing)
    loads = loads_aboard(problem, shift, halts)
    stops: list[PlannedStop] = []
    reloads: list[PlannedReload] = []
    breaks: list[PlannedBreak] = []
    halt = travel_s = 0
    for k, gap in enumerate(chain.gaps):
        node = chain.nodes[k + 1]
        leaves = moments[k] + chain.nodes[k].service_s
        driven_s = gap.travel_at(leaves)
        travel_s += driven_s
        breaks += [PlannedBreak(len(stops), start_s, s) for start_s, s in resting[k]]
        arrival_s = leaves + driven_s
        for start_s, s in resting[k]:
            arrival_s += s if start_s < arrival_s else 0
        if node.kind == "reload":
            halt += 1
            reloads.append(
                PlannedReload(
                    len(stops), driven_s, gap.distance_m, arrival_s, moments[k + 2], loads[halt]
                )
            )
        elif node.job is not None:
            halt += 1
            rested_s = sum(s for _, s in resting[k])
            late_s, early_s, _, _ = soft_miss(node.job, moments[k + 1], weights)
            stops.append(
                PlannedStop(
                    node.job.id, driven_s, gap.distance_m, arrival_s,
                    moments[k + 1] - leaves - driven_s - gap.setup_s - rested_s,
                    moments[k + 1], node.service_s, moments[k + 1] + node.service_s,
                    slacks[k + 1], late_s, early_s, loads[halt], gap.setup_s,
                )
            )  # fmt: skip
    jobs = [one for one in halts if one is not None]
    distance_m = sum(gap.distance_m for gap in chain.gaps)
    starts = [stop.start_s for stop in stops]
    return PlannedRoute(
        shift_id=shift.id,
        stops=tuple(stops),
        start_s=moments[0],
        end_s=moments[-1],
        travel_s=travel_s,
        wait_s=sum(stop.wait_s for stop in stops),
        service_s=sum(stop.service_s for stop in stops),
        distance_m=distance_m,
        load=loads[0],
        costs=_costs(problem, shift, jobs, starts, (moments[0], moments[-1], distance_m), weights),
        reloads=tuple(reloads),
        breaks=tuple(breaks),
    )
