"""Where jobs would fit into given routes, and at what cost; used by hand edits, repairs and reasons.

One job is tried against all gaps of all routes at once in arrays (`gaps`, `tries`); the most promising places
(`candidates`) are timed exactly, the cheapest first. Jobs that ride together or not at all (pairs, groups) go in together.
Other routes keep their times; where there is no place then, routes that orders between jobs link to this one make room.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.engine.candidates import (
    MOST_TIMED,
    NEVER_ENDS,
    Candidate,
    companions_of,
    keeps_rules,
    look_at_clock,
    promising,
    timed_route,
)
from routing.engine.gaps import RouteGaps, Standing, bounds, route_gaps, standing_of
from routing.engine.problem import DEFAULT_WEIGHTS, Job, Problem, Weights
from routing.engine.schedule import schedule
from routing.engine.solution import PlannedRoute
from routing.engine.whole import balance_cost, linked_shifts, time_linked, time_routes

MOST_LINKED = 100
"""Places that other routes make room for, timed at most: each times several routes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A feasible place for a job."""

    shift_id: str
    position: int
    """Number of stops before it."""
    extra_cost: int
    """Micros by which the plan gets dearer, penalties aside; its companions' share and the balance included."""
    start_s: int
    """Start of service there."""
    route: PlannedRoute
    """The route with the job, and whatever rides with it, in it."""
    others: tuple[PlannedRoute, ...] = ()
    """Routes that serve the same stops at other times, to make room."""

    @property
    def routes(self) -> dict[str, PlannedRoute]:
        """All routes that change, by shift id."""
        return {one.shift_id: one for one in (self.route, *self.others)}


def best_places(
    problem: Problem,
    routes: Mapping[str, Sequence[str]],
    job_id: str,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    shift_ids: Collection[str] | None = None,
    limit: int = 5,
    timed: Collection[PlannedRoute] | None = None,
) -> tuple[Place, ...]:
    """The cheapest feasible places for a job, cheapest first.

    Parameters
    ----------
    routes
        Job ids in order by shift id, RELOAD between trips, as `Solution.sequences`; the job is left out where it
        already is. Shifts of the problem that are not in it are empty and may be taken. Jobs that must ride with it
        and are in none of them go in with it.
    shift_ids
        Only these shifts; None: all.
    limit
        At most so many places.
    timed
        The routes with their times, where known; without them they are timed when orders between jobs, or prices of
        the longest route, ask for it.
    """
    kept = {shift_id: [one for one in ids if one != job_id] for shift_id, ids in routes.items()}
    if timed is None and (weights.longest_per_stop or weights.longest_per_s):
        timed = time_routes(problem, kept, weights)[0]
    standing = standing_of(problem, kept, timed)
    all_gaps = [
        route_gaps(problem, shift, kept.get(shift.id, ()), standing)
        for shift in problem.shifts
        if shift_ids is None or shift.id in shift_ids
    ]
    job = problem.job_by_id[job_id]
    return places_in(problem, all_gaps, job, weights=weights, limit=limit, standing=standing)


def places_in(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    job: Job,
    *,
    weights: Weights,
    limit: int,
    timed: int = 12,
    standing: Standing | None = None,
    worth: int | None = None,
    until: float = NEVER_ENDS,
    makes_room: bool = True,
) -> tuple[Place, ...]:
    """As best_places, over gaps computed before; only the `timed` most promising places (and those for `limit`) are timed.

    standing: where all jobs of the plan are, those of routes without gaps here included; None: there are no others.
    worth: micros above which the cheapest place is as good as none, and other routes are asked to make room; None: any is good.
    until: moment of `time.monotonic` after which OutOfTime is raised.
    makes_room: whether routes that orders link to a place may be timed anew for it.
    """
    if standing is None:
        standing = standing_of(problem, {gaps.shift.id: gaps.sequence for gaps in all_gaps})
    candidates = promising(problem, all_gaps, job, weights, standing, until, max(limit, timed))
    found: list[Place] = []
    for tried, one in enumerate(itertools.islice(candidates, MOST_TIMED)):
        if len(found) >= limit and tried >= timed:
            break
        look_at_clock(until)
        route = timed_route(problem, one, weights, standing)
        if route is not None:
            found.append(_place(problem, one, (route,), job, weights, standing))
    found.sort(key=lambda place: place.extra_cost)
    is_enough = len(found) >= limit and (worth is None or found[0].extra_cost < worth)
    if makes_room and not is_enough:
        room = _making_room(problem, all_gaps, job, weights, standing, until)
        found += [_place(problem, one, routes, job, weights, standing) for one, routes in room]
        found.sort(key=lambda place: place.extra_cost)
    return tuple(found[:limit])


def has_place(
    problem: Problem,
    gaps: RouteGaps,
    job: Job,
    standing: Standing,
    weights: Weights,
    until: float = NEVER_ENDS,
) -> bool:
    """The job has a place on this route, at whatever cost; may raise OutOfTime."""
    return sequence_with(problem, gaps, job, standing, weights, until) is not None


def sequence_with(
    problem: Problem,
    gaps: RouteGaps,
    job: Job,
    standing: Standing,
    weights: Weights,
    until: float = NEVER_ENDS,
) -> tuple[str, ...] | None:
    """The route's sequence with the job in the first place found that works, None when there is none; may raise OutOfTime."""
    candidates = promising(problem, [gaps], job, weights, standing, until)
    for one in candidates[:MOST_TIMED]:
        look_at_clock(until)
        if keeps_rules(problem, gaps.shift, one.sequence, weights, standing):
            return one.sequence
    room = _making_room(problem, [gaps], job, weights, standing, until)
    return next((one.sequence for one, _ in room), None)


def worth_of(problem: Problem, weights: Weights, job: Job, standing: Standing) -> int:
    """Micros that serving the job, with what goes in with it, saves."""
    group = (job, *companions_of(problem, job, standing))
    return sum(problem.penalty(one, weights) for one in group)


def _place(
    problem: Problem,
    one: Candidate,
    routes: Sequence[PlannedRoute],
    job: Job,
    weights: Weights,
    standing: Standing,
) -> Place:
    """The place with these routes, the candidate's first."""
    route, *others = routes
    position = route.job_ids.index(job.id)
    was = _cost_of(problem, one.gaps, weights, standing)
    was += sum(standing.timed[other.shift_id].costs.total for other in others)
    extra_cost = (
        sum(each.costs.total for each in routes) - was + _balance(routes, weights, standing)
    )
    return Place(
        route.shift_id, position, extra_cost, route.stops[position].start_s, route, tuple(others)
    )


def _cost_of(problem: Problem, gaps: RouteGaps, weights: Weights, standing: Standing) -> int:
    """Micros of the route as it is."""
    if gaps.cost is None:
        shift_id = gaps.shift.id
        known = standing.timed.get(shift_id)
        if known is None:
            earliest, latest = bounds(problem, standing, gaps.sequence, shift_id)
            known = schedule(
                problem, shift_id, gaps.sequence, weights=weights, earliest=earliest, latest=latest
            ).route
        gaps.cost = known.costs.total
    return gaps.cost


def _balance(routes: Sequence[PlannedRoute], weights: Weights, standing: Standing) -> int:
    """Micros more for the longest route, as far as the times of the others are known."""
    if not (weights.longest_per_stop or weights.longest_per_s):
        return 0
    after = {**standing.timed, **{one.shift_id: one for one in routes}}
    return balance_cost(after.values(), weights) - balance_cost(standing.timed.values(), weights)


# Routes that make room


def _making_room(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    job: Job,
    weights: Weights,
    standing: Standing,
    until: float,
) -> Iterator[tuple[Candidate, tuple[PlannedRoute, ...]]]:
    """Places that work once the routes that orders link to this one have other times; its route comes first."""
    if not standing.starts:
        return
    group = [job.id, *(one.id for one in companions_of(problem, job, standing))]
    linked = {gaps.shift.id: _linked(problem, standing, group, gaps.shift.id) for gaps in all_gaps}
    freed = [
        route_gaps(problem, gaps.shift, gaps.sequence)
        for gaps in all_gaps
        if len(linked[gaps.shift.id]) > 1
    ]
    loose = replace(standing, starts={})
    for one in promising(problem, freed, job, weights, loose, until)[:MOST_LINKED]:
        look_at_clock(until)
        if not keeps_rules(problem, one.gaps.shift, one.sequence, weights, loose):
            continue
        sequences = {
            other: standing.sequences.get(other, ()) for other in linked[one.gaps.shift.id]
        }
        sequences[one.gaps.shift.id] = one.sequence
        routes = time_linked(problem, sequences, weights)
        if routes is not None:
            yield one, routes


def _linked(
    problem: Problem, standing: Standing, group: Collection[str], shift_id: str
) -> list[str]:
    """The shifts that orders between jobs link to this one, were the group on it: itself first, then all others."""
    shift_of = {**standing.shift_of, **dict.fromkeys(group, shift_id)}
    return linked_shifts(problem, [shift_of], [shift_id])
