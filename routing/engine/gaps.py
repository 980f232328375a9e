"""The gaps of a route in which a job may go, as arrays: when each is left, what follows it, what is aboard there.

For every gap, and every set of breaks taken before it, the earliest departure before it and the latest start of service
after it are kept, so that one job is tried against all gaps of a route at once (`tries`).
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.engine.chain import (
    Chain,
    Node,
    Rest,
    chain_of,
    earliest_departures,
    latest_starts,
    rests_of,
)
from routing.engine.fit import halts_of, loads_aboard, ties_of
from routing.engine.piecewise import FOREVER
from routing.engine.problem import RELOAD, Job, Problem, Shift
from routing.engine.solution import PlannedRoute
from routing.engine.whole import time_routes

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_BREAKS = 3
"""Breaks of a shift that the arrays know; with more they look at none, and the exact timing decides alone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the jobs of a plan are, as far as others are tied to them."""

    shift_of: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, int] = field(default_factory=dict)
    """Start of service by job id, of the jobs with an order to keep."""
    sequences: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Job ids in order, RELOAD between trips, by shift id."""
    timed: Mapping[str, PlannedRoute] = field(default_factory=dict)
    """By shift id the routes of these sequences with their times, where they are known."""


def standing_of(
    problem: Problem,
    routes: Mapping[str, Sequence[str]],
    timed: Collection[PlannedRoute] | None = None,
) -> Standing:
    """Where the jobs of these sequences are; timed here when orders between jobs ask for it and no times are given."""
    shift_of = {one: shift_id for shift_id, ids in routes.items() for one in ids if one != RELOAD}
    if timed is None:
        timed = time_routes(problem, routes)[0] if problem.precedences else ()
    ties = ties_of(problem)
    starts = {
        stop.job_id: stop.start_s
        for route in timed
        for stop in (route.stops if problem.precedences else ())
        if stop.job_id in shift_of and (stop.job_id in ties.before or stop.job_id in ties.after)
    }
    same = {
        route.shift_id: route
        for route in timed
        if route.sequence == tuple(routes.get(route.shift_id, ()))
    }
    return Standing(shift_of, starts, routes, same)


def bounds(
    problem: Problem, standing: Standing | None, ids: Iterable[str], shift_id: str
) -> tuple[dict[str, int], dict[str, int]]:
    """What jobs of other routes ask of these, were they on this shift: (earliest, latest) start of service by job id."""
    earliest: dict[str, int] = {}
    latest: dict[str, int] = {}
    if standing is None or not standing.starts:
        return earliest, latest
    ties = ties_of(problem)
    for job_id in ids:
        for rule in ties.before.get(job_id, ()):
            if rule.before in standing.starts and standing.shift_of[rule.before] != shift_id:
                least = standing.starts[rule.before] + rule.offset_s
                earliest[job_id] = max(earliest.get(job_id, 0), least)
        for rule in ties.after.get(job_id, ()):
            if rule.after in standing.starts and standing.shift_of[rule.after] != shift_id:
                most = standing.starts[rule.after] - rule.offset_s
                latest[job_id] = min(latest.get(job_id, FOREVER), most)
    return earliest, latest


@dataclass(slots=True)
class RouteGaps:
    """The gaps of one route where a job may go: none before what is begun or inside a reload."""

    shift: Shift
    sequence: tuple[str, ...]
    """Job ids, RELOAD between trips."""
    job_ids: tuple[str, ...]
    load: dict[str, int]
    """Most aboard at any moment, by dimension."""
    at: Ints
    """(gaps,) place in the sequence."""
    number: Ints
    """(gaps,) stops before it."""
    trip: Ints
    """(gaps,) number of the trip."""
    before: Ints
    """(gaps,) place left."""
    after: Ints
    """(gaps,) place reached next; -1 behind the last stop of an open route."""
    from_stop: Flags
    """(gaps,) what is left is a stop, not the start."""
    setup_s: Ints
    """(gaps,) set-up of the stop reached next, were it at another place than what is left."""
    was_setup_s: Ints
    """(gaps,) set-up there now."""
    departs_s: Ints
    """(gaps, sets of breaks) earliest departure with these taken; NEVER when impossible."""
    latest_s: Ints
    """(gaps, sets of breaks) latest start of service reached next with these still to take; -NEVER when impossible."""
    ridden_s: Ints
    """(gaps,) least time from the departure of the trip to the departure here."""
    aboard_before: dict[str, Ints]
    """(gaps,) by dimension: most aboard from the start of the trip to the gap."""
    aboard_after: dict[str, Ints]
    """(gaps,) by dimension: most aboard from the gap to the end of the trip."""
    distance_m: int
    """Of the route as it is."""
    travel_s: int
    """Of the route as it is, in the fastest period."""
    busy_s: int
    """Travel, set-up, service and reloads of the route as it is: it takes no less."""
    waits: bool
    """Some job has a release: a reload before or after the new job may let a part of the route leave earlier."""
    cost: int | None = None
    """Micros of the route as it is; worked out when first asked for."""

    @property
    def trips(self) -> int:
        """Trips of the route as it is."""
        return 1 + len(self.sequence) - len(self.job_ids)


def rests_known(shift: Shift) -> tuple[tuple[Rest, ...], ...]:
    """The ways to rest that the arrays know, by set of breaks."""
    return rests_of(shift.breaks if len(shift.breaks) <= MOST_BREAKS else ())


def route_gaps(
    problem: Problem, shift: Shift, sequence: Sequence[str], standing: Standing | None = None
) -> RouteGaps:
    """The gaps of a feasible sequence (an empty one has a single gap)."""
    halts = halts_of(problem, sequence)
    ids = tuple(RELOAD if halt is None else halt.id for halt in halts)
    chain = chain_of(problem, shift, halts, None, *bounds(problem, standing, ids, shift.id))
    rests = rests_known(shift)
    rows = _rows(shift, chain, _begun(shift, ids))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 10).T
    departs, latest = earliest_departures(chain, rests), latest_starts(chain, rests)
    loads = loads_aboard(problem, shift, halts)
    before, after = _aboard(shift, halts, loads, columns[1])
    travel_s = sum(gap.shortest_s for gap in chain.gaps)
    return RouteGaps(
        shift, ids, tuple(one for one in ids if one != RELOAD),
        {name: max(load[name] for load in loads) for name in loads[0]},
        columns[1], columns[2], columns[3], columns[4], columns[5], columns[6].astype(bool),
        columns[7], columns[8],
        np.array([departs[row[0]] for row in rows], dtype=np.int64).reshape(len(rows), len(rests)),
        np.array([latest[row[0] + 1] for row in rows], dtype=np.int64).reshape(len(rows), len(rests)),
        columns[9], before, after,
        sum(gap.distance_m for gap in chain.gaps), travel_s,
        travel_s + sum(gap.setup_s for gap in chain.gaps) + sum(n.service_s for n in chain.nodes),
        any(halt is not None and halt.release_s for halt in halts),
    )  # fmt: skip


def _rows(shift: Shift, chain: Chain, begun: int) -> list[tuple[int, ...]]:
    """Of each open gap: its number in the chain, then at, number, trip, before, after, from_stop, set-ups, ridden."""
    rows: list[tuple[int, ...]] = []
    at = number = trip = ridden = 0
    for k, gap in enumerate(chain.gaps):
        node, following = chain.nodes[k], chain.nodes[k + 1]
        if node.kind == "reload":
            trip += 1
            continue
        if node.kind != "job":
            ridden = 0
        if number >= begun:
            place = shift.start_place if node.job is None else node.job.place
            setup_s = 0 if following.job is None else following.job.setup_s
            rows.append(
                (
                    k, at, number, trip, place, _onward(shift, following), node.job is not None,
                    setup_s, gap.setup_s, ridden,
                )
            )  # fmt: skip
        ridden += gap.shortest_s + gap.setup_s + following.service_s
        at += 1
        number += following.kind == "job"
    return rows


def _onward(shift: Shift, following: Node) -> int:
    """The place reached next; -1 behind the last stop of an open route."""
    if following.kind == "end":
        return -1 if shift.end_place is None else shift.end_place
    return shift.start_place if following.job is None else following.job.place


def _begun(shift: Shift, ids: Sequence[str]) -> int:
    """Number of stops that stay first, up to a begun one that is missing."""
    now = [one for one in ids if one != RELOAD]
    same = itertools.takewhile(lambda two: two[0] == two[1], zip(shift.prefix, now, strict=False))
    return sum(1 for _ in same)


def _aboard(
    shift: Shift, halts: Sequence[Job | None], loads: Sequence[Mapping[str, int]], at: Ints
) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """By limited dimension, (gaps,): most aboard in the trip before the gap, and after it."""
    before: dict[str, Ints] = {}
    after: dict[str, Ints] = {}
    for name in shift.capacity:
        so_far, amount = [], 0
        for index, load in enumerate(loads):
            begins = index == 0 or halts[index - 1] is None
            amount = load[name] if begins else max(amount, load[name])
            so_far.append(amount)
        to_come, amount = [0] * len(loads), 0
        for index in range(len(loads) - 1, -1, -1):
            ends = index == len(halts) or halts[index] is None
            amount = loads[index][name] if ends else max(amount, loads[index][name])
            to_come[index] = amount
        before[name] = np.array(so_far, dtype=np.int64)[at]
        after[name] = np.array(to_come, dtype=np.int64)[at]
    return before, after
