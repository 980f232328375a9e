"""Cuts a big problem into problems of their own, by geography and time, and puts their answers together again.

Pure: nothing here searches, waits or knows a process. A part is a `Problem` with only its own jobs, shifts and places, so
that it can be written, sent and solved anywhere; no table over all places is ever made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

import numpy as np
import numpy.typing as npt

from routing.engine import regions, sharing
from routing.engine.draft import Draft
from routing.engine.joined import Joined
from routing.engine.problem import IntMatrix, Job, Matrix, Problem, Shift
from routing.engine.solution import PlannedRoute, Solution
from routing.engine.whole import balance_cost

Sequences = Mapping[str, Sequence[str]]
Members = tuple[list[Job], list[Shift]]
"""Jobs and shifts of one part."""
Points = npt.NDArray[np.float64]

TIME_WEIGHT = 0.25
"""Seconds of travel that one second between the middles of two shifts counts as (own choice, 2026-11)."""
NEAR = 8
"""Neighbours of a job that say how much two routes overlap."""
ROWS_AT_ONCE = 512
"""Rows of the distances between all jobs that are held at a time."""
FULL = 1.08
"""Times the mean size that a part may have before the next unit goes to another."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Jobs and shifts that stay in one part: tied to each other, pinned, begun, or on one route."""

    jobs: tuple[str, ...]
    shifts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the whole that is searched by itself."""

    problem: Problem
    """With only its own jobs, shifts, vehicle kinds and places."""
    warm: Mapping[str, tuple[str, ...]]
    """Its routes in the plan so far, by shift id; those without jobs are missing."""


@dataclass(frozen=True)
class Ground:
    """Where and when the jobs of a problem are; worked out once for all cuts."""

    problem: Problem
    jobs: Sequence[Job]
    """Those worth searching for."""

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        return {job.id: row for row, job in enumerate(self.jobs)}

    @cached_property
    def points(self) -> Points:
        """(jobs, 3) float64 seconds: a plane in which near is near by road, and the middle of the shifts that can serve it."""
        plane = regions.lay_out(self.problem, [job.place for job in self.jobs])
        hours = sharing.middles_of(self.problem, self.jobs)
        return np.column_stack([plane, TIME_WEIGHT * hours])

    @cached_property
    def near(self) -> npt.NDArray[np.int64]:
        """(jobs, NEAR) rows of the nearest other jobs."""
        points, many = self.points, min(NEAR, len(self.jobs) - 1)
        found = np.zeros((len(points), max(0, many)), dtype=np.int64)
        if many < 1:
            return found
        x, y, hour = points.T
        for first in range(0, len(points), ROWS_AT_ONCE):
            some = slice(first, min(first + ROWS_AT_ONCE, len(points)))
            away = (
                (x[some, None] - x) ** 2 + (y[some, None] - y) ** 2 + (hour[some, None] - hour) ** 2
            )
            away[np.arange(len(away)), np.arange(some.start, some.stop)] = np.inf
            found[some] = _least(away, many)
        return found

    def centres(self, units: Sequence[Unit]) -> Points:
        """(units, 3) middles of the units' jobs."""
        rows = [[self.row_of[one] for one in unit.jobs] for unit in units]
        return np.array([self.points[own].mean(axis=0) for own in rows]).reshape(-1, 3)


def _least(cells: Points, many: int) -> npt.NDArray[np.int64]:
    """(rows, many) columns of the smallest in each row, equal ones by number, as no argpartition promises."""
    limits = np.partition(cells, many - 1, axis=1)[:, many - 1]
    rows, columns = np.nonzero(cells <= limits[:, None])
    columns = columns[np.lexsort((columns, cells[rows, columns], rows))]
    firsts = np.searchsorted(rows, np.arange(len(cells)))
    found: npt.NDArray[np.int64] = columns[firsts[:, None] + np.arange(many)]
    return found


def units_of(problem: Problem, jobs: Sequence[Job], routes: Sequences) -> list[Unit]:
    """What must not be torn apart, in the order of the jobs, then of the shifts without any.

    Pairs, groups that ride together and orders between jobs (also between routes), pinned and begun jobs with their
    shifts, and what is on one route of the plan so far.
    """
    known = {job.id for job in jobs}
    joined = Joined[tuple[str, str]]()
    for pair in problem.pairs:
        joined.bind([("job", pair.pickup), ("job", pair.delivery)])
    for rule in problem.precedences:
        joined.bind([("job", rule.before), ("job", rule.after)])
    for group in problem.together:
        joined.bind([("job", one) for one in group])
    for job in problem.jobs:
        if job.pinned_shift is not None:
            joined.bind([("job", job.id), ("shift", job.pinned_shift)])
    for shift in problem.shifts:
        on_board = {*shift.prefix, *routes.get(shift.id, ())} & known
        joined.bind([("shift", shift.id), *(("job", one) for one in sorted(on_board))])
    return _units(problem, jobs, joined)


def _units(problem: Problem, jobs: Sequence[Job], joined: Joined[tuple[str, str]]) -> list[Unit]:
    members: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for job in jobs:
        members.setdefault(joined.head(("job", job.id)), ([], []))[0].append(job.id)
    for shift in problem.shifts:
        members.setdefault(joined.head(("shift", shift.id)), ([], []))[1].append(shift.id)
    return [Unit(tuple(ids), tuple(shifts)) for ids, shifts in members.values()]


# Cutting


def cut(
    ground: Ground,
    routes: Sequences,
    count: int,
    dice: Random,
    last: Mapping[str, int] | None = None,
) -> list[Part]:
    """Cut the problem into parts that can be searched anywhere; arguments as `divide` takes them."""
    return [
        part_of(ground.problem, jobs, shifts, routes)
        for jobs, shifts in divide(ground, routes, count, dice, last)
    ]


def divide(
    ground: Ground,
    routes: Sequences,
    count: int,
    dice: Random,
    last: Mapping[str, int] | None = None,
) -> list[Members]:
    """Jobs and shifts of about so many parts of about the same number of jobs.

    Parameters
    ----------
    routes
        The plan so far; each of its routes goes into one part as a whole.
    count
        Parts wanted; there are fewer where what is tied together leaves none.
    last
        Number of the part that each job was in at the cut before. The new parts grow around that cut's borders, where
        routes of different parts overlap most. None: cut by bisection across a line that the dice turn.
    """
    units = units_of(ground.problem, ground.jobs, routes)
    busy = [unit for unit in units if unit.jobs]
    groups: Sequence[Sequence[int]]
    if last is None:
        groups = _bisected(ground.centres(busy), _sizes(busy), count, dice)
    else:
        groups = _around_borders(ground, busy, count, last, dice)
    spare = [one for unit in units if not unit.jobs for one in unit.shifts]
    own = [[busy[row] for row in rows] for rows in groups if rows]
    return list(_manned(ground.problem, own, spare))


def numbers_of(parts: Sequence[Part]) -> dict[str, int]:
    """The part that each job is in, for the next cut."""
    return {job.id: number for number, part in enumerate(parts) for job in part.problem.jobs}


def _sizes(units: Sequence[Unit]) -> npt.NDArray[np.int64]:
    return np.array([len(unit.jobs) for unit in units], dtype=np.int64)


def _bisected(
    centres: Points, sizes: npt.NDArray[np.int64], count: int, dice: Random
) -> list[list[int]]:
    """Rows of units in compact groups of about the same size."""
    turn = dice.random() * np.pi
    turned = centres.copy()
    turned[:, :2] = centres[:, :2] @ np.array(
        [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    )
    return _halved(turned, sizes, np.arange(len(sizes)), count)


def _halved(
    points: Points, sizes: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], count: int
) -> list[list[int]]:
    if count <= 1 or len(rows) < 2:
        return [rows.tolist()]
    here = points[rows]
    axis = int(np.argmax(here.max(axis=0) - here.min(axis=0)))
    order = rows[np.argsort(here[:, axis], kind="stable")]
    left = count // 2
    so_far = np.cumsum(sizes[order])
    middle = int(np.searchsorted(so_far, so_far[-1] * left / count)) + 1
    middle = min(max(1, middle), len(rows) - 1)
    return _halved(points, sizes, order[:middle], left) + _halved(
        points, sizes, order[middle:], count - left
    )


def _around_borders(
    ground: Ground, units: Sequence[Unit], count: int, last: Mapping[str, int], dice: Random
) -> list[list[int]]:
    """Rows of units in groups around seeds that lie where the parts of the last cut met."""
    centres, sizes = ground.centres(units), _sizes(units)
    seeds = _seeds(centres, _border(ground, units, last), count, dice)
    away = ((centres[:, None, :] - centres[seeds]) ** 2).sum(axis=2)
    room = np.full(len(seeds), FULL * sizes.sum() / len(seeds))
    groups: list[list[int]] = [[] for _ in seeds]
    placed = np.zeros(len(units), dtype=np.bool_)
    for cell in np.argsort(away, axis=None, kind="stable"):
        row, group = divmod(int(cell), len(seeds))
        if not placed[row] and (room[group] >= sizes[row] or not groups[group]):
            groups[group].append(row)
            room[group] -= sizes[row]
            placed[row] = True
    for row in np.flatnonzero(~placed).tolist():
        group = int(np.argmax(room))
        groups[group].append(row)
        room[group] -= sizes[row]
    return groups


def _border(
    ground: Ground, units: Sequence[Unit], last: Mapping[str, int]
) -> npt.NDArray[np.float64]:
    """(units,) share of the nearest neighbours of each unit's jobs that were in another part, 0 to 1."""
    number = np.array([last.get(job.id, -1) for job in ground.jobs])
    if not ground.near.size:
        return np.zeros(len(units))
    torn = (number[ground.near] != number[:, None]).mean(axis=1)
    return np.array([torn[[ground.row_of[one] for one in unit.jobs]].mean() for unit in units])


def _seeds(centres: Points, border: npt.NDArray[np.float64], count: int, dice: Random) -> list[int]:
    """Rows of units on the borders, far from each other."""
    worth = border + 0.01 + 0.01 * np.array([dice.random() for _ in border])
    seeds = [int(np.argmax(worth))]
    nearest = np.full(len(centres), np.inf)
    while len(seeds) < min(count, len(centres)):
        nearest = np.minimum(nearest, ((centres - centres[seeds[-1]]) ** 2).sum(axis=1))
        best = int(np.argmax(worth * np.sqrt(nearest)))
        if best in seeds:
            break
        seeds.append(best)
    return seeds


# The parts as problems


def _manned(
    problem: Problem, groups: Sequence[Sequence[Unit]], spare: Sequence[str]
) -> Iterable[Members]:
    """Jobs and shifts of each group, the shifts without work shared by need."""
    jobs = [[problem.job_by_id[one] for unit in units for one in unit.jobs] for units in groups]
    own = [[problem.shift_by_id[one] for unit in units for one in unit.shifts] for units in groups]
    idle = [problem.shift_by_id[one] for one in spare]
    shares = sharing.share(problem, jobs, own, idle)
    for here, mine, more in zip(jobs, own, shares, strict=True):
        yield here, [*mine, *more]


def part_of(
    problem: Problem, jobs: Sequence[Job], shifts: Sequence[Shift], routes: Sequences
) -> Part:
    """These jobs and shifts as a problem of their own, with the places they name and the rules between them.

    Groups that ride apart keep what is left of them; other ties must be whole or absent. What is begun comes along even
    where no search is worth it. Prices by priority are the whole's: see `Pieces.weights`.
    """
    listed = {job.id for job in jobs}
    begun = [problem.job_by_id[one] for shift in shifts for one in shift.prefix]
    jobs = [*jobs, *(job for job in begun if job.id not in listed)]
    here = {job.id for job in jobs}
    places = {job.place for job in jobs} | {shift.start_place for shift in shifts}
    places |= {shift.end_place for shift in shifts if shift.end_place is not None}
    index = np.array(sorted(places), dtype=np.int64)
    row = {int(place): number for number, place in enumerate(index)}
    kinds = {shift.vehicle_kind for shift in shifts}
    apart = [tuple(one for one in group if one in here) for group in problem.apart]
    return Part(
        Problem(
            jobs=tuple(replace(job, place=row[job.place]) for job in jobs),
            shifts=tuple(_moved(shift, row) for shift in shifts),
            matrices=_cut_out(
                {kind: m for kind, m in problem.matrices.items() if kind in kinds or not kinds},
                index,
            ),
            pairs=tuple(one for one in problem.pairs if {one.pickup, one.delivery} <= here),
            precedences=tuple(
                rule for rule in problem.precedences if {rule.before, rule.after} <= here
            ),
            together=tuple(group for group in problem.together if here.issuperset(group)),
            apart=tuple(group for group in apart if len(group) > 1),
        ),
        {shift.id: tuple(routes[shift.id]) for shift in shifts if routes.get(shift.id)},
    )


def _moved(shift: Shift, row: Mapping[int, int]) -> Shift:
    end = None if shift.end_place is None else row[shift.end_place]
    return replace(shift, start_place=row[shift.start_place], end_place=end)


def _cut_out(matrices: Mapping[str, Matrix], index: npt.NDArray[np.int64]) -> dict[str, Matrix]:
    """Travel between these places; arrays that are one, of hours with the same traffic, stay one."""
    some = np.ix_(index, index)
    cut: dict[int, IntMatrix] = {}

    def own(cells: IntMatrix) -> IntMatrix:
        if id(cells) not in cut:
            cut[id(cells)] = cells[some]
        return cut[id(cells)]

    return {
        kind: Matrix(
            own(m.durations_s),
            own(m.distances_m),
            tuple((from_s, own(durations_s)) for from_s, durations_s in m.by_period),
        )
        for kind, m in matrices.items()
    }


# The answers together


class Pieces:
    """The plan of the whole, put together from the answers of parts. Starts from a draft, which it leaves as it is."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.routes: dict[str, PlannedRoute] = dict(draft.routes)
        self._searched = {job.id for job in draft.open_jobs}
        self.left_out: set[str] = {job.id for job in draft.left_out()}
        """Jobs worth searching for and not served."""
        # A part's own surcharge and penalties would be reckoned from its own shifts and ways.
        self.weights = replace(draft.weights, unserved=draft.problem.base_penalty(draft.weights))
        """What a part is to be searched with: leaving a job out costs what it costs in the whole."""
        self._surcharge = draft.problem.vehicle_surcharge(draft.weights)

    @property
    def cost(self) -> int:
        """Micros of the routes and of the jobs worth searching for that are left out."""
        routes = self.routes.values()
        driven = sum(route.costs.total for route in routes)
        return driven + self._missed(self.left_out) + balance_cost(routes, self._draft.weights)

    @property
    def sequences(self) -> dict[str, tuple[str, ...]]:
        return {shift_id: route.sequence for shift_id, route in self.routes.items()}

    def adopt(self, part: Part, found: Solution) -> bool:
        """Put a part's routes in place of those of its shifts, where that makes the whole cheaper."""
        before, cost = (self.routes, self.left_out), self.cost
        own = {shift.id for shift in part.problem.shifts}
        kept = {one: route for one, route in self.routes.items() if one not in own}
        self.routes = kept | {route.shift_id: self._priced(part, route) for route in found.routes}
        served = {job_id for route in found.routes for job_id in route.job_ids}
        here = {job.id for job in part.problem.jobs} & self._searched
        self.left_out = (self.left_out - here) | (here - served)
        if self.cost < cost:
            return True
        self.routes, self.left_out = before
        return False

    def _priced(self, part: Part, route: PlannedRoute) -> PlannedRoute:
        """The route at the whole's surcharge for a vehicle, which depends on all shifts and ways."""
        fixed = part.problem.shift_by_id[route.shift_id].fixed_cost
        if route.costs.fixed <= fixed:
            return route
        return replace(route, costs=replace(route.costs, fixed=fixed + self._surcharge))

    def _missed(self, job_ids: Iterable[str]) -> int:
        return sum(self._draft.penalties[one] for one in job_ids)
