"""Times a fixed sequence of jobs on a shift at least cost, and names every hard rule it breaks.

A route with windows and nothing else that a clock decides is timed by `windows_only`, the others by `chain`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from routing.engine.chain import chain_of, cheapest, is_feasible, soonest
from routing.engine.chain.route import chain_violations, halting, link_violation
from routing.engine.fit import Halts, halts_of, loads_aboard, static_violations
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Shift, Weights
from routing.engine.route_costs import route_costs
from routing.engine.solution import Costs, Figures, PlannedRoute, PlannedStop, Violation
from routing.engine.windows_only import (
    can_be_driven,
    cheapest_starts,
    earliest_starts,
    end_of,
    is_short_enough,
    is_windows_only,
    legs_of,
    stops_of,
    time_violations,
)

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
    if earliest or latest or not is_windows_only(problem, shift, halts):
        route, violations = _with_chain(problem, shift, halts, weights, earliest, latest)
    else:
        jobs = [halt for halt in halts if halt is not None]
        route, violations = _with_windows(problem, shift, jobs, weights)
    return Schedule(
        route,
        (
            *static_violations(problem, shift, halts),
            # A vehicle with nothing to do drives home however late: no plan can spare it that.
            *(one for one in violations if halts or one.code not in _OF_AN_EMPTY_ROUTE),
            *_length_violations(shift, route),
        ),
    )


def is_feasible_on(
    problem: Problem,
    shift: Shift,
    halts: Halts,
    weights: Weights = DEFAULT_WEIGHTS,
    earliest: Mapping[str, int] = ANY_TIME,
    latest: Mapping[str, int] = ANY_TIME,
) -> bool:
    """Whether schedule_on finds no rule broken; much faster, for it looks for no cheapest times."""
    by_period = bool(problem.matrices[shift.vehicle_kind].by_period)
    if not halts or (by_period and shift.max_travel_s is not None):
        # How long it drives is known of its cheapest times only.
        return schedule_on(problem, shift, halts, weights, earliest, latest).is_feasible
    if static_violations(problem, shift, halts):
        return False
    if not earliest and not latest and is_windows_only(problem, shift, halts):
        jobs = [halt for halt in halts if halt is not None]
        return can_be_driven(shift, jobs, legs_of(problem, shift, jobs), weights)
    chain = chain_of(problem, shift, halts, weights, earliest, latest)
    driven = [(gap.shortest_s, gap.distance_m) for gap in chain.gaps]
    return is_short_enough(shift, driven) and is_feasible(chain)


_OF_AN_EMPTY_ROUTE = {"after_shift_end", "route_too_long"}


def _with_windows(
    problem: Problem, shift: Shift, jobs: Sequence[Job], weights: Weights
) -> tuple[PlannedRoute, list[Violation]]:
    legs = legs_of(problem, shift, jobs)
    violations: list[Violation] = []
    starts = cheapest_starts(shift, jobs, legs, weights)
    if starts is None:
        starts = earliest_starts(shift, jobs, legs)
        violations = time_violations(shift, jobs, legs, starts)
    loads = loads_aboard(problem, shift, jobs)
    stops = stops_of(shift, jobs, legs, starts, loads, weights)
    end_s = end_of(shift, jobs, legs, starts)
    route = replace(
        _unpriced(shift, stops, starts[0], end_s, loads[0]),
        travel_s=sum(max(seconds, 0) for seconds, _ in legs),
        distance_m=sum(max(metres, 0) for _, metres in legs),
    )
    violations += _over(shift, "route_too_long", "s", route.duration_s, shift.max_duration_s)
    route = replace(route, costs=route_costs(problem, shift, jobs, route, weights))
    return route, violations


def _with_chain(
    problem: Problem,
    shift: Shift,
    halts: Halts,
    weights: Weights,
    earliest: Mapping[str, int],
    latest: Mapping[str, int],
) -> tuple[PlannedRoute, list[Violation]]:
    chain = chain_of(problem, shift, halts, weights, earliest, latest)
    violations: list[Violation] = []
    timing = cheapest(chain) if all(gap.has_road for gap in chain.gaps) else None
    if timing is None:
        timing = soonest(chain)
        violations = chain_violations(chain, timing)
    violations += [link_violation(chain, link, timing) for link in timing.broken]
    loads = loads_aboard(problem, shift, halts)
    found = halting(chain, timing, loads, weights)
    route = replace(
        _unpriced(shift, found.stops, timing.moments[0], timing.moments[-1], loads[0]),
        travel_s=found.travel_s,
        distance_m=sum(gap.distance_m for gap in chain.gaps),
        reloads=tuple(found.reloads),
        breaks=tuple(found.breaks),
    )
    jobs = [halt for halt in halts if halt is not None]
    route = replace(route, costs=route_costs(problem, shift, jobs, route, weights))
    return route, violations


def _unpriced(
    shift: Shift, stops: Sequence[PlannedStop], start_s: int, end_s: int, load: Mapping[str, int]
) -> PlannedRoute:
    """A route without its driving and its costs."""
    return PlannedRoute(
        shift_id=shift.id,
        stops=tuple(stops),
        start_s=start_s,
        end_s=end_s,
        travel_s=0,
        wait_s=sum(stop.wait_s for stop in stops),
        service_s=sum(stop.service_s for stop in stops),
        distance_m=0,
        load=load,
        costs=Costs(),
    )


def _length_violations(shift: Shift, route: PlannedRoute) -> list[Violation]:
    """Longest driving time and distance."""
    if not route.stops:
        return []
    return [
        *_over(shift, "too_much_driving", "s", route.travel_s, shift.max_travel_s),
        *_over(shift, "too_far_in_all", "m", route.distance_m, shift.max_distance_m),
    ]


def _over(shift: Shift, code: str, unit: str, amount: int, limit: int | None) -> list[Violation]:
    if limit is None or amount <= limit:
        return []
    figures: Figures = {f"over_{unit}": amount - limit, f"limit_{unit}": limit}
    return [Violation(code, shift.id, None, figures)]
