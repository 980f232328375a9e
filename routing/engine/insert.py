"""Where jobs would fit into given routes, and at what cost; used by hand edits, repairs and reasons.

For every gap of a route, and every set of breaks taken before it, the earliest departure before it and the latest start
of service after it are kept in arrays, so that one job is tried against all gaps of all routes at once; the cheapest
gaps are then timed exactly. Jobs that ride together or not at all (pairs, groups) go in together.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from routing.engine.chain import (
    NEVER,
    chain_of,
    earliest_departures,
    latest_starts,
    rests_of,
    subsets,
)
from routing.engine.fit import (
    halts_of,
    job_violations,
    loads_aboard,
    static_violations,
    ties_of,
)
from routing.engine.piecewise import FOREVER
from routing.engine.problem import (
    DEFAULT_WEIGHTS,
    RELOAD,
    UNREACHABLE,
    IntMatrix,
    Job,
    Problem,
    Shift,
    TimeWindow,
    Weights,
    at_speed,
    cost_per_m,
    service_time,
)
from routing.engine.schedule import schedule
from routing.engine.solution import PlannedRoute
from routing.engine.whole import time_routes
from routing.engine.windows import rates

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_BREAKS = 3
"""Breaks of a shift that the arrays know; with more they look at none, and the exact timing decides alone."""
MOST_TIMED = 1_500
"""Places timed at most before a job is given up."""


@dataclass(frozen=True, slots=True)
class Place:
    """A feasible place for a job."""

    shift_id: str
    position: int
    """Number of stops before it."""
    extra_cost: int
    """Micros by which the route gets dearer, its companions' share included."""
    start_s: int
    """Start of service there."""
    route: PlannedRoute
    """The route with the job, and whatever rides with it, in it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap of a route that a job misses by least."""

    position: int
    """Place in the sequence, RELOAD counted."""
    form: int
    """0: as it is; 1: with a reload before it; 2: with one after it."""
    shortfall_s: int
    """0 or less: it fits; else by how much it or a later stop (or the end) would be late."""
    window_missed: bool
    """The job's own window is what it misses; else a stop after it or the end of the shift."""
    has_road: bool
    fitting: tuple[tuple[int, int], ...]
    """(place in the sequence, form) that fit the clock, the cheapest first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the jobs of a plan are, as far as others are tied to them."""

    shift_of: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, int] = field(default_factory=dict)
    """Start of service by job id, of the jobs with an order to keep."""


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


def route_gaps(
    problem: Problem, shift: Shift, sequence: Sequence[str], standing: Standing | None = None
) -> RouteGaps:
    """The gaps of a feasible sequence (an empty one has a single gap)."""
    halts = halts_of(problem, sequence)
    ids = tuple(RELOAD if halt is None else halt.id for halt in halts)
    earliest, latest = _bounds(problem, standing, ids, shift.id)
    chain = chain_of(problem, shift, halts, None, earliest, latest)
    rests = rests_of(shift.breaks if len(shift.breaks) <= MOST_BREAKS else ())
    departs = earliest_departures(chain, rests)
    lasts = latest_starts(chain, rests)
    begun = _begun(shift, ids)
    rows: list[tuple[int, ...]] = []
    lows: list[list[int]] = []
    highs: list[list[int]] = []
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
            if following.kind == "end":
                onward = -1 if shift.end_place is None else shift.end_place
            else:
                onward = shift.start_place if following.job is None else following.job.place
            setup = 0 if following.job is None else following.job.setup_s
            rows.append(
                (at, number, trip, place, onward, node.job is not None, setup, gap.setup_s, ridden)
            )
            lows.append(departs[k])
            highs.append(lasts[k + 1])
        ridden += gap.shortest_s + gap.setup_s + following.service_s
        at += 1
        number += following.kind == "job"
    columns = np.array(rows, dtype=np.int64).reshape(-1, 9).T
    loads = loads_aboard(problem, shift, halts)
    before, after = _aboard(shift, halts, loads, columns[0])
    return RouteGaps(
        shift, ids, tuple(one for one in ids if one != RELOAD),
        {name: max(load[name] for load in loads) for name in loads[0]},
        columns[0], columns[1], columns[2], columns[3], columns[4], columns[5].astype(bool),
        columns[6], columns[7],
        np.array(lows, dtype=np.int64).reshape(len(rows), len(rests)),
        np.array(highs, dtype=np.int64).reshape(len(rows), len(rests)),
        columns[8], before, after,
        sum(gap.distance_m for gap in chain.gaps), sum(gap.shortest_s for gap in chain.gaps),
        sum(gap.shortest_s + gap.setup_s for gap in chain.gaps) + sum(n.service_s for n in chain.nodes),
        any(halt is not None and halt.release_s for halt in halts),
    )  # fmt: skip


def _begun(shift: Shift, ids: Sequence[str]) -> int:
    """Number of stops that stay first, up to a begun one that is missing."""
    now = [one for one in ids if one != RELOAD]
    return sum(
        1 for _ in itertools.takewhile(lambda two: two[0] == two[1], zip(shift.prefix, now, strict=False))
    )  # fmt: skip


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


def standing_of(
    problem: Problem,
    routes: Mapping[str, Sequence[str]],
    timed: Collection[PlannedRoute] | None = None,
) -> Standing:
    """Where the jobs of these sequences are; timed here when orders between jobs ask for it and no times are given."""
    shift_of = {one: shift_id for shift_id, ids in routes.items() for one in ids if one != RELOAD}
    if not problem.precedences:
        return Standing(shift_of)
    if timed is None:
        timed, _ = time_routes(problem, routes)
    ties = ties_of(problem)
    starts = {
        stop.job_id: stop.start_s
        for route in timed
        for stop in route.stops
        if stop.job_id in shift_of and (stop.job_id in ties.before or stop.job_id in ties.after)
    }
    return Standing(shift_of, starts)


def _bounds(
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


def nearest_gap(problem: Problem, gaps: RouteGaps, job: Job) -> Gap:
    """The gap this job misses by least, looking only at time (not at lengths and rides); on its own trip where it is full."""
    if not len(gaps.at):
        return Gap(len(gaps.sequence), 0, NEVER, False, False, ())
    forms = _FORMS[1:] if may_reload(gaps) and not _room(gaps, job).any() else _FORMS[:1]
    found: list[Gap] = []
    fitting: list[tuple[int, int, int]] = []
    for form in forms:
        tried = _try(problem, gaps, job, DEFAULT_WEIGHTS, form)
        at = int(np.argmin(tried.shortfall_s))
        fitting += [
            (int(tried.extra[p]), int(gaps.at[p]), form)
            for p in np.flatnonzero(tried.shortfall_s <= 0)
        ]
        shortfall_s, late = int(tried.shortfall_s[at]), bool(tried.late_s[at] > 0)
        found.append(Gap(int(gaps.at[at]), form, shortfall_s, late, bool(tried.has_road[at]), ()))
    best = min(found, key=lambda gap: gap.shortfall_s)
    return replace(best, fitting=tuple((at, form) for _, at, form in sorted(fitting)))


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
    return bool(_room(gaps, job).any())


def may_reload(gaps: RouteGaps) -> bool:
    """The vehicle may come back once more than it does."""
    return gaps.sequence.count(RELOAD) + 1 < gaps.shift.max_trips and bool(gaps.job_ids)


def _room(gaps: RouteGaps, job: Job) -> Flags:
    """(gaps,) the load of the job fits there."""
    room = np.ones(len(gaps.at), dtype=bool)
    for name, limit in gaps.shift.capacity.items():
        loaded, taken = job.load.get(name, 0), job.pickup.get(name, 0)
        if loaded or taken:
            room &= gaps.aboard_before[name] + loaded <= limit
            room &= gaps.aboard_after[name] + taken <= limit
    return room


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
        The routes with their times, where known; without them they are timed when orders between jobs ask for it.
    """
    kept = {shift_id: [one for one in ids if one != job_id] for shift_id, ids in routes.items()}
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
) -> tuple[Place, ...]:
    """As best_places, over gaps computed before; only the `timed` most promising places (and those for `limit`) are timed.

    standing: where all jobs of the plan are, those of routes without gaps here included; None: there are no others.
    """
    if standing is None:
        standing = standing_of(problem, {gaps.shift.id: gaps.sequence for gaps in all_gaps})
    candidates = _promising(problem, all_gaps, job, weights, standing)
    return _timed(problem, candidates, job, weights, limit, timed, standing)


def has_place(
    problem: Problem, gaps: RouteGaps, job: Job, standing: Standing, weights: Weights
) -> bool:
    """The job has a place on this route, at whatever cost."""
    candidates = _promising(problem, [gaps], job, weights, standing)
    return any(
        _route_of(problem, one, weights, standing) is not None for one in candidates[:MOST_TIMED]
    )


def _promising(
    problem: Problem, all_gaps: Sequence[RouteGaps], job: Job, weights: Weights, standing: Standing
) -> list["_Candidate"]:
    """The places that the arrays allow, the cheapest by their estimate first."""
    wanted = _open_to(problem, all_gaps, job, standing)
    companions = companions_of(problem, job, standing)
    if not wanted:
        return []
    if not companions:
        return _candidates(problem, wanted, job, weights, standing)
    pair = problem.pair_of.get(job.id)
    if (
        len(companions) == 1
        and pair is not None
        and companions[0].id in (pair.pickup, pair.delivery)
    ):
        return _pair_candidates(problem, wanted, job, weights, standing)
    return _group_candidates(problem, wanted, [job, *companions], weights, standing)


def companions_of(problem: Problem, job: Job, standing: Standing) -> list[Job]:
    """The jobs that go in together with this one: those that must ride with it, and those it waits for, if not served."""
    ties = ties_of(problem)
    found = {job.id}
    todo = [job.id]
    while todo:
        one = todo.pop()
        first = (rule.before for rule in ties.before.get(one, ()))
        for other in (*sorted(ties.together.get(one, ())), *first):
            if other not in found and other not in standing.shift_of:
                found.add(other)
                todo.append(other)
    return [problem.job_by_id[one] for one in sorted(found - {job.id})]


def _open_to(
    problem: Problem, all_gaps: Sequence[RouteGaps], job: Job, standing: Standing
) -> list[RouteGaps]:
    """Routes that skills, load, companions and foes leave open to the job."""
    ties = ties_of(problem)
    homes = {standing.shift_of[o] for o in ties.together.get(job.id, ()) if o in standing.shift_of}
    foes = {standing.shift_of[o] for o in ties.apart.get(job.id, ()) if o in standing.shift_of}
    begun_on = ties.begun_on.get(job.id)
    return [
        gaps
        for gaps in all_gaps
        if homes <= {gaps.shift.id}
        and gaps.shift.id not in foes
        and begun_on in (None, gaps.shift.id)
        and fits_aboard(gaps, job)
    ]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place that may work."""

    extra: int
    """Estimated micros."""
    gaps: RouteGaps
    sequence: tuple[str, ...]


def _candidates(
    problem: Problem, all_gaps: Sequence[RouteGaps], job: Job, weights: Weights, standing: Standing
) -> list[_Candidate]:
    found: list[tuple[int, int, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        bounded = _with_bounds(problem, gaps, job, standing)
        if bounded is None:
            continue
        room = _room(gaps, job)
        for form in _FORMS if may_reload(gaps) else _FORMS[:1]:
            tried = _try(problem, gaps, bounded, weights, form)
            fits = tried.fits if form == 0 or not gaps.waits else tried.has_road & tried.short
            if form == _FORMS[0]:
                fits &= room
            if job.position is not None:
                fits &= gaps.number == job.position
            fitting = np.flatnonzero(fits)
            found += [(int(tried.extra[p]), number, int(gaps.at[p]), form) for p in fitting]
    found.sort()
    return [
        _Candidate(extra, all_gaps[number], put(all_gaps[number].sequence, at, job.id, form))
        for extra, number, at, form in found
    ]


_FORMS = (0, 1, 2)
"""A job goes in as it is, with a reload before it, or with one after it."""


def put(sequence: tuple[str, ...], at: int, job_id: str, form: int = 0) -> tuple[str, ...]:
    new = ((job_id,), (RELOAD, job_id), (job_id, RELOAD))[form]
    return (*sequence[:at], *new, *sequence[at:])


def _with_bounds(problem: Problem, gaps: RouteGaps, job: Job, standing: Standing) -> Job | None:
    """The job with windows as jobs of other routes leave them; None when nothing is left."""
    earliest, latest = _bounds(problem, standing, (job.id,), gaps.shift.id)
    if not earliest and not latest:
        return job
    first, last = earliest.get(job.id, 0), latest.get(job.id, FOREVER)
    windows = tuple(
        TimeWindow(max(w.start_s, first), min(w.end_s, last))
        for w in job.windows or (TimeWindow(0, FOREVER),)
        if max(w.start_s, first) <= min(w.end_s, last)
    )
    return replace(job, windows=windows) if windows else None


def _pair_candidates(
    problem: Problem, all_gaps: Sequence[RouteGaps], job: Job, weights: Weights, standing: Standing
) -> list[_Candidate]:
    """Both doors of a pair at once: in two gaps of one trip, or one after the other in one gap.

    Where a way is shorter by way of another door than straight on, places may be missed; roads have no such ways.
    """
    pair = problem.pair_of[job.id]
    pickup, delivery = problem.job_by_id[pair.pickup], problem.job_by_id[pair.delivery]
    other = delivery if job.id == pair.pickup else pickup
    found: list[tuple[int, int, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        limit = gaps.shift.max_stops
        if job_violations(gaps.shift, other) or (
            limit is not None and len(gaps.job_ids) + 2 > limit
        ):
            continue
        first = _with_bounds(problem, gaps, pickup, standing)
        second = _with_bounds(problem, gaps, delivery, standing)
        if first is None or second is None:
            continue
        one, two = (_try(problem, gaps, each, weights) for each in (first, second))
        extra = one.extra[:, None] + two.extra[None, :]
        # One at the door of another stop parks once: what is parked for twice may be missing where each is tried alone.
        spare_s = pickup.setup_s + delivery.setup_s + 2 * int(gaps.setup_s.max(initial=0))
        alone_fit = [
            (each.shortfall_s <= spare_s) & (each.rides | (spare_s > 0)) for each in (one, two)
        ]
        fits = alone_fit[0][:, None] & alone_fit[1][None, :]
        fits &= (gaps.trip[:, None] == gaps.trip[None, :]) & (gaps.at[:, None] <= gaps.at[None, :])
        alone, works = _both(problem, gaps, first, second, weights, one)
        np.fill_diagonal(extra, alone)
        np.fill_diagonal(fits, works)
        if not gaps.job_ids:
            extra = extra - _fixed(problem, gaps.shift, weights)
        rows, columns = np.nonzero(fits)
        found += [
            (int(extra[i, j]), number, int(gaps.at[i]), int(gaps.at[j]))
            for i, j in zip(rows, columns, strict=True)
        ]
    found.sort()
    return [
        _Candidate(
            extra,
            all_gaps[number],
            put(put(all_gaps[number].sequence, j, delivery.id), i, pickup.id),
        )
        for extra, number, i, j in found[:MOST_TIMED]
    ]


def _both(
    problem: Problem, gaps: RouteGaps, first: Job, second: Job, weights: Weights, one: "_Tried"
) -> tuple[Ints, Flags]:
    """(gaps,) estimated cost and a necessary condition of two jobs, one after the other, in one gap."""
    shift = gaps.shift
    shortest = _shortest(problem, shift)
    metres = problem.matrices[shift.vehicle_kind].distances_m
    between_s = int(shortest[first.place, second.place])
    between_m = int(metres[first.place, second.place])
    two = _try(problem, gaps, second, weights)
    # From the gap to the first, on to the second, and from there where the gap leads.
    out_second_s = shortest[gaps.before, second.place]
    on_first_s = np.where(gaps.after < 0, 0, shortest[first.place, gaps.after])
    out_second_m = metres[gaps.before, second.place]
    on_first_m = np.where(gaps.after < 0, 0, metres[first.place, gaps.after])
    was_s = np.where(gaps.after < 0, 0, shortest[gaps.before, gaps.after])
    was_m = np.where(gaps.after < 0, 0, metres[gaps.before, gaps.after])
    extra = one.extra + two.extra
    extra = extra + cost_per_m(shift, weights) * (between_m - out_second_m - on_first_m + was_m)
    extra = extra + shift.cost_per_s * (between_s - out_second_s - on_first_s + was_s)
    works = one.has_road & two.has_road & (between_s != UNREACHABLE)
    spare_s = first.setup_s + second.setup_s + 2 * int(gaps.setup_s.max(initial=0))
    works &= (one.shortfall_s <= spare_s) & (two.shortfall_s <= spare_s)
    return extra, works


def _group_candidates(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    group: Sequence[Job],
    weights: Weights,
    standing: Standing,
) -> list[_Candidate]:
    """All of a group on one route, each in turn where it is cheapest."""
    found: list[_Candidate] = []
    for gaps in all_gaps:
        now, extra = gaps, 0
        for unit in _in_units(problem, group):
            options = (
                _candidates(problem, [now], unit[0], weights, standing)
                if len(unit) == 1
                else _pair_candidates(problem, [now], unit[0], weights, standing)
            )
            best = _first_feasible(problem, options, weights, standing)
            if best is None:
                break
            extra += best.extra
            now = route_gaps(problem, gaps.shift, best.sequence, standing)
        else:
            found.append(_Candidate(extra, gaps, now.sequence))
    found.sort(key=lambda one: one.extra)
    return found


def _in_units(problem: Problem, group: Sequence[Job]) -> list[list[Job]]:
    """The group in units that go in at once, pairs and single jobs, none before one that it waits for."""
    ids = {job.id: job for job in group}
    unit_of: dict[str, list[Job]] = {job.id: [job] for job in group}
    for pair in problem.pairs:
        if pair.pickup in ids and pair.delivery in ids:
            both = [ids[pair.pickup], ids[pair.delivery]]
            unit_of[pair.pickup] = unit_of[pair.delivery] = both
    ties = ties_of(problem)
    done: list[list[Job]] = []

    def visit(job_id: str, open_: frozenset[str]) -> None:
        for rule in ties.before.get(job_id, ()):
            if rule.before in ids and rule.before not in open_:
                visit(rule.before, open_ | {job_id})
        if all(unit is not unit_of[job_id] for unit in done):
            done.append(unit_of[job_id])

    for job in sorted(group, key=lambda job: -len(unit_of[job.id])):
        visit(job.id, frozenset())
    return done


def _first_feasible(
    problem: Problem,
    candidates: Sequence[_Candidate],
    weights: Weights,
    standing: Standing,
) -> _Candidate | None:
    for one in candidates[:MOST_TIMED]:
        if _route_of(problem, one, weights, standing) is not None:
            return one
    return None


def _route_of(
    problem: Problem, one: _Candidate, weights: Weights, standing: Standing
) -> PlannedRoute | None:
    """The candidate's route, None when it breaks a rule."""
    shift = one.gaps.shift
    if static_violations(problem, shift, halts_of(problem, one.sequence)):
        return None
    earliest, latest = _bounds(problem, standing, one.sequence, shift.id)
    timing = schedule(
        problem, shift.id, one.sequence, weights=weights, earliest=earliest, latest=latest
    )
    return timing.route if timing.is_feasible else None


def _timed(
    problem: Problem,
    candidates: Sequence[_Candidate],
    job: Job,
    weights: Weights,
    limit: int,
    timed: int,
    standing: Standing,
) -> tuple[Place, ...]:
    found: list[Place] = []
    for tried, one in enumerate(itertools.islice(candidates, MOST_TIMED)):
        if len(found) >= limit and tried >= timed:
            break
        route = _route_of(problem, one, weights, standing)
        if route is None:
            continue
        position = route.job_ids.index(job.id)
        extra_cost = route.costs.total - _cost_of(problem, one.gaps, weights, standing)
        found.append(
            Place(route.shift_id, position, extra_cost, route.stops[position].start_s, route)
        )
    found.sort(key=lambda place: place.extra_cost)
    return tuple(found[:limit])


def _cost_of(problem: Problem, gaps: RouteGaps, weights: Weights, standing: Standing) -> int:
    if gaps.cost is None:
        shift_id = gaps.shift.id
        earliest, latest = _bounds(problem, standing, gaps.sequence, shift_id)
        timing = schedule(
            problem, shift_id, gaps.sequence, weights=weights, earliest=earliest, latest=latest
        )
        gaps.cost = timing.route.costs.total
    return gaps.cost


@dataclass(frozen=True, slots=True)
class _Tried:
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


def _try(problem: Problem, gaps: RouteGaps, job: Job, weights: Weights, form: int = 0) -> _Tried:
    """The job in every gap: as it is (form 0), with a reload before it (1) or after it (2)."""
    shift = gaps.shift
    shortest = _shortest(problem, shift)
    metres = problem.matrices[shift.vehicle_kind].distances_m
    hub = shift.start_place
    is_open = gaps.after < 0
    service_s = service_time(job, shift.vehicle_kind)
    left = gaps.before if form != 1 else np.full_like(gaps.before, hub)
    reached = gaps.after if form != 2 else np.full_like(gaps.after, hub)
    out_s, out_m = shortest[left, job.place], metres[left, job.place]
    on_s = np.where(reached < 0, 0, shortest[job.place, reached])
    on_m = np.where(reached < 0, 0, metres[job.place, reached])
    was_s = np.where(is_open, 0, shortest[gaps.before, gaps.after])
    was_m = np.where(is_open, 0, metres[gaps.before, gaps.after])
    has_road = (out_s != UNREACHABLE) & (on_s != UNREACHABLE)
    if form == 1:
        back_s, back_m = shortest[gaps.before, hub], metres[gaps.before, hub]
        has_road &= back_s != UNREACHABLE
        out_s, out_m = out_s + back_s + shift.reload_s, out_m + back_m
    elif form == 2:
        forth_s = np.where(is_open, 0, shortest[hub, gaps.after])
        forth_m = np.where(is_open, 0, metres[hub, gaps.after])
        has_road &= forth_s != UNREACHABLE
        on_s, on_m = on_s + forth_s + shift.reload_s, on_m + forth_m
    same_door = gaps.from_stop & (gaps.before == job.place) if form != 1 else False
    setup_s = np.where(same_door, 0, job.setup_s)
    next_setup_s = np.where((gaps.after == job.place) & (form != 2), 0, gaps.setup_s)
    lead_s = out_s + setup_s
    follow_s = service_s + on_s + next_setup_s
    shortfall, late, start = _shortfall(gaps, job, lead_s, follow_s, form)
    shortfall = np.where(has_road, shortfall, NEVER)
    longer_s = lead_s + follow_s - was_s - gaps.was_setup_s
    extra = cost_per_m(shift, weights) * (out_m + on_m - was_m) + shift.cost_per_s * longer_s
    extra = extra + _own_cost(job, shift, weights) + _late_cost(job, start, weights)
    if not gaps.job_ids:
        extra = extra + _fixed(problem, shift, weights)
    rides = np.ones(len(gaps.at), dtype=bool)
    if job.max_ride_s is not None and form != 1:
        rides = gaps.ridden_s + lead_s <= job.max_ride_s
    short = _short_enough(gaps, out_m + on_m - was_m, out_s + on_s - was_s, longer_s)
    return _Tried(shortfall, late, has_road, rides, short, extra)


def _short_enough(gaps: RouteGaps, more_m: Ints, more_s: Ints, longer_s: Ints) -> Flags:
    """(gaps,) the longest distance, driving and duration can be kept."""
    shift = gaps.shift
    short = np.ones(len(gaps.at), dtype=bool)
    for limit, base, more in (
        (shift.max_distance_m, gaps.distance_m, more_m),
        (shift.max_travel_s, gaps.travel_s, more_s),
        (shift.max_duration_s, gaps.busy_s, longer_s),
    ):
        if limit is not None:
            short &= base + more <= limit
    return short


def _shortfall(
    gaps: RouteGaps, job: Job, lead_s: Ints, follow_s: Ints, form: int
) -> tuple[Ints, Ints, Ints]:
    """(gaps,) seconds missing, of them after the job's own windows, and the start of service; the best way to rest counts."""
    rests = rests_of(gaps.shift.breaks if len(gaps.shift.breaks) <= MOST_BREAKS else ())
    everything = len(rests) - 1
    best = np.full(len(gaps.at), 2 * NEVER, dtype=np.int64)
    best_late, best_start = best, best
    for taken in range(everything + 1):
        leaves = gaps.departs_s[:, taken]
        for first in subsets(everything & ~taken):
            for second in subsets(everything & ~taken & ~first):
                to_come = gaps.latest_s[:, everything & ~taken & ~first & ~second]
                for one, two in itertools.product(rests[first], rests[second]):
                    arrival = leaves + lead_s + one.total_s
                    if one.free_s:
                        arrival = np.maximum(arrival, one.free_s)
                    if job.release_s and form != 1:
                        # The trip that carries it leaves at its release or later.
                        arrival = np.maximum(arrival, job.release_s + gaps.ridden_s + lead_s)
                    elif job.release_s:
                        arrival = np.maximum(arrival, job.release_s)
                    start, late = _start_in_windows(job, arrival)
                    reach = start + follow_s + two.total_s
                    missing = np.maximum(np.maximum(reach, two.free_s) - to_come, late)
                    if first:
                        missing = np.maximum(missing, leaves - one.latest_s)
                    if second:
                        done = start + service_time(job, gaps.shift.vehicle_kind)
                        missing = np.maximum(missing, done - two.latest_s)
                    better = missing < best
                    if better.any():
                        best = np.where(better, missing, best)
                        best_late = np.where(better, late, best_late)
                        best_start = np.where(better, start, best_start)
    return best, best_late, best_start


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


def _fixed(problem: Problem, shift: Shift, weights: Weights) -> int:
    """Micros that a first job brings with it."""
    return 0 if shift.must_drive else shift.fixed_cost + problem.vehicle_surcharge(weights)


_SHORTEST: WeakKeyDictionary[Problem, dict[tuple[str, int], IntMatrix]] = WeakKeyDictionary()


def _shortest(problem: Problem, shift: Shift) -> IntMatrix:
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
