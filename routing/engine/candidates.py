"""Places that may work for a job, and for what has to go in with it, the cheapest by their estimate first."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.engine.fit import halts_of, job_violations, static_violations, ties_of
from routing.engine.gaps import Flags, Ints, RouteGaps, Standing, bounds, route_gaps
from routing.engine.problem import (
    RELOAD,
    UNREACHABLE,
    Job,
    Pair,
    Problem,
    Shift,
    Weights,
    cost_per_m,
)
from routing.engine.schedule import is_feasible_on, schedule
from routing.engine.solution import PlannedRoute
from routing.engine.tries import (
    FORMS,
    PLAIN,
    Tried,
    fits_aboard,
    fixed_cost,
    may_reload,
    room,
    shortest_travel,
    straight_on,
    try_gaps,
)
from routing.engine.windows import windows_between

MOST_TIMED = 1_500
"""Places timed at most before a job is given up."""
NEVER_ENDS = float("inf")


class OutOfTime(Exception):
    """The moment until which places may be looked for has passed: whether there are more is not known."""


def look_at_clock(until: float) -> None:
    """Raise OutOfTime when this moment of `time.monotonic` has passed."""
    if time.monotonic() > until:
        raise OutOfTime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may work."""

    extra: int
    """Estimated micros."""
    gaps: RouteGaps
    sequence: tuple[str, ...]


def promising(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    job: Job,
    weights: Weights,
    standing: Standing,
    until: float = NEVER_ENDS,
    enough: int | None = None,
) -> list[Candidate]:
    """The places that the arrays allow, the cheapest by their estimate first; may raise OutOfTime.

    enough: of several jobs that go in one after another, routes to look at, those that look cheapest; None: all.
    """
    wanted = _open_to(problem, all_gaps, job, standing)
    if not wanted:
        return []
    group = [job, *companions_of(problem, job, standing)]
    units = _in_units(problem, group)
    if len(units) == 1:
        return _of_unit(problem, wanted, units[0], weights, standing)
    found = _of_group(problem, wanted, units, weights, standing, until)
    return sorted(itertools.islice(found, enough), key=lambda one: one.extra)


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


def put(sequence: Sequence[str], at: int, job_id: str, form: int = PLAIN) -> tuple[str, ...]:
    """The sequence with the job in it, in one of the FORMS."""
    new = ((job_id,), (RELOAD, job_id), (job_id, RELOAD))[form]
    return (*sequence[:at], *new, *sequence[at:])


# One job, or both doors of a pair


def _of_unit(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    unit: Sequence[Job],
    weights: Weights,
    standing: Standing,
) -> list[Candidate]:
    if len(unit) == 1:
        return _of_job(problem, all_gaps, unit[0], weights, standing)
    return _of_pair(problem, all_gaps, problem.pair_of[unit[0].id], weights, standing)


def _of_job(
    problem: Problem, all_gaps: Sequence[RouteGaps], job: Job, weights: Weights, standing: Standing
) -> list[Candidate]:
    found: list[tuple[int, int, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        bounded = _with_bounds(problem, gaps, job, standing)
        if bounded is None:
            continue
        for form in FORMS if may_reload(gaps) else FORMS[:1]:
            tried = try_gaps(problem, gaps, bounded, weights, form)
            fits = tried.fits
            if form == PLAIN:
                fits &= room(gaps, job)
            elif gaps.waits:
                fits = tried.has_road & tried.short
            if job.position is not None:
                fits &= gaps.number == job.position
            found += [
                (int(tried.extra[p]), number, int(gaps.at[p]), form) for p in np.flatnonzero(fits)
            ]
    found.sort()
    return [
        Candidate(extra, all_gaps[number], put(all_gaps[number].sequence, at, job.id, form))
        for extra, number, at, form in found
    ]


def _with_bounds(problem: Problem, gaps: RouteGaps, job: Job, standing: Standing) -> Job | None:
    """The job with windows as jobs of other routes leave them; None when nothing is left."""
    earliest, latest = bounds(problem, standing, (job.id,), gaps.shift.id)
    windows = windows_between(job.windows, earliest.get(job.id), latest.get(job.id))
    if windows is None:
        return None
    return job if windows is job.windows else replace(job, windows=windows)


def _of_pair(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    pair: Pair,
    weights: Weights,
    standing: Standing,
) -> list[Candidate]:
    """Both doors of a pair at once: in two gaps of one trip, or one after the other in one gap.

    Where a way is shorter by way of another door than straight on, places may be missed; roads have no such ways.
    """
    found: list[tuple[int, int, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        doors = _doors(problem, gaps, pair, standing)
        if doors is None:
            continue
        extra, fits = _in_two_gaps(problem, gaps, *doors, weights)
        if not gaps.job_ids:
            extra = extra - fixed_cost(problem, gaps.shift, weights)
        found += [
            (int(extra[i, j]), number, int(gaps.at[i]), int(gaps.at[j]))
            for i, j in zip(*np.nonzero(fits), strict=True)
        ]
    found.sort()
    return [
        Candidate(
            extra,
            all_gaps[number],
            put(put(all_gaps[number].sequence, j, pair.delivery), i, pair.pickup),
        )
        for extra, number, i, j in found[:MOST_TIMED]
    ]


def _doors(
    problem: Problem, gaps: RouteGaps, pair: Pair, standing: Standing
) -> tuple[Job, Job] | None:
    """Both jobs of a pair as other routes leave them, None when this route can't take both."""
    limit = gaps.shift.max_stops
    if limit is not None and len(gaps.job_ids) + 2 > limit:
        return None
    both = [problem.job_by_id[one] for one in (pair.pickup, pair.delivery)]
    if any(job_violations(gaps.shift, one) for one in both):
        return None
    first, second = (_with_bounds(problem, gaps, one, standing) for one in both)
    return None if first is None or second is None else (first, second)


def _in_two_gaps(
    problem: Problem, gaps: RouteGaps, pickup: Job, delivery: Job, weights: Weights
) -> tuple[Ints, Flags]:
    """(gaps, gaps) estimated cost and a necessary condition: row of the pickup, column of the delivery."""
    one, two = (try_gaps(problem, gaps, each, weights) for each in (pickup, delivery))
    extra = one.extra[:, None] + two.extra[None, :]
    # One at the door of another stop parks once: what is parked for twice may be missing where each is tried alone.
    spare_s = pickup.setup_s + delivery.setup_s + 2 * int(gaps.setup_s.max(initial=0))
    alone = [(each.shortfall_s <= spare_s) & (each.rides | (spare_s > 0)) for each in (one, two)]
    fits = alone[0][:, None] & alone[1][None, :]
    fits &= (gaps.trip[:, None] == gaps.trip[None, :]) & (gaps.at[:, None] <= gaps.at[None, :])
    in_one, works = _in_one_gap(problem, gaps, (pickup, delivery), weights, (one, two), spare_s)
    np.fill_diagonal(extra, in_one)
    np.fill_diagonal(fits, works)
    return extra, fits


def _in_one_gap(
    problem: Problem,
    gaps: RouteGaps,
    doors: tuple[Job, Job],
    weights: Weights,
    tried: tuple[Tried, Tried],
    spare_s: int,
) -> tuple[Ints, Flags]:
    """(gaps,) estimated cost and a necessary condition of two jobs, one after the other, in one gap."""
    shift, (first, second), (one, two) = gaps.shift, doors, tried
    extra = one.extra + two.extra
    for cells, price in (
        (problem.matrices[shift.vehicle_kind].distances_m, cost_per_m(shift, weights)),
        (shortest_travel(problem, shift), shift.cost_per_s),
    ):
        # From the gap to the first, on to the second, and from there where the gap leads.
        on_first = np.where(gaps.after < 0, 0, cells[first.place, gaps.after])
        between = int(cells[first.place, second.place])
        less = cells[gaps.before, second.place] + on_first - straight_on(gaps, cells)
        extra = extra + price * (between - less)
    between_s = int(shortest_travel(problem, shift)[first.place, second.place])
    works = one.has_road & two.has_road & (between_s != UNREACHABLE)
    works &= (one.shortfall_s <= spare_s) & (two.shortfall_s <= spare_s)
    return extra, works


# Several units


def _of_group(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    units: Sequence[Sequence[Job]],
    weights: Weights,
    standing: Standing,
    until: float,
) -> Iterator[Candidate]:
    """All of a group on one route, each unit in turn where it is cheapest; the routes that look cheapest first."""
    for gaps in _cheapest_first(problem, all_gaps, units, weights, standing):
        now, extra = gaps, 0
        for unit in units:
            options = _of_unit(problem, [now], unit, weights, standing)
            best = _first_feasible(problem, options, weights, standing, until)
            if best is None:
                break
            extra += best.extra
            now = route_gaps(problem, gaps.shift, best.sequence, standing)
        else:
            yield Candidate(extra, gaps, now.sequence)


def _cheapest_first(
    problem: Problem,
    all_gaps: Sequence[RouteGaps],
    units: Sequence[Sequence[Job]],
    weights: Weights,
    standing: Standing,
) -> list[RouteGaps]:
    """The routes by what the units cost on them by estimate, each by itself; last those on which one alone finds no gap."""
    estimates: list[tuple[bool, int, int]] = []
    for number, gaps in enumerate(all_gaps):
        options = [_of_unit(problem, [gaps], unit, weights, standing) for unit in units]
        estimate = sum(one[0].extra for one in options if one)
        estimates.append((not all(options), estimate, number))
    return [all_gaps[number] for *_, number in sorted(estimates)]


def _in_units(problem: Problem, group: Sequence[Job]) -> list[list[Job]]:
    """The group in units that go in at once, pairs and single jobs, none before one that it waits for."""
    ids = {job.id: job for job in group}
    unit_of: dict[str, list[Job]] = {job.id: [job] for job in group}
    for job in group if len(group) > 1 else ():
        pair = problem.pair_of.get(job.id)
        if pair is not None and pair.pickup in ids and pair.delivery in ids:
            unit_of[pair.delivery] = unit_of[pair.pickup] = [ids[pair.pickup], ids[pair.delivery]]
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
    candidates: Sequence[Candidate],
    weights: Weights,
    standing: Standing,
    until: float,
) -> Candidate | None:
    for one in candidates[:MOST_TIMED]:
        look_at_clock(until)
        if keeps_rules(problem, one.gaps.shift, one.sequence, weights, standing):
            return one
    return None


def timed_route(
    problem: Problem, one: Candidate, weights: Weights, standing: Standing
) -> PlannedRoute | None:
    """The candidate's route at its cheapest times, None when it breaks a rule; other routes stay as they are."""
    return kept_route(problem, one.gaps.shift, one.sequence, weights, standing)


def kept_route(
    problem: Problem, shift: Shift, sequence: Sequence[str], weights: Weights, standing: Standing
) -> PlannedRoute | None:
    """The route of a sequence where it keeps every rule and the times of the other routes, else None."""
    if static_violations(problem, shift, halts_of(problem, sequence)):
        return None
    earliest, latest = bounds(problem, standing, sequence, shift.id)
    timing = schedule(
        problem, shift.id, sequence, weights=weights, earliest=earliest, latest=latest
    )
    return timing.route if timing.is_feasible else None


def keeps_rules(
    problem: Problem, shift: Shift, sequence: Sequence[str], weights: Weights, standing: Standing
) -> bool:
    """Whether there is a `kept_route` of this sequence; asked much faster."""
    earliest, latest = bounds(problem, standing, sequence, shift.id)
    return is_feasible_on(problem, shift, halts_of(problem, sequence), weights, earliest, latest)
