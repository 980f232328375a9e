"""A lower bound: what every plan of a problem costs at least, worked out without planning."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

from routing.engine.problem import (
    MAX_TIME_S,
    UNREACHABLE,
    Job,
    Problem,
    Shift,
    Weights,
    cost_per_m,
    service_time,
)
from routing.engine.tries import shortest_travel

KNOWN_UP_TO = 2_500
"""Jobs up to which a bound is worked out; the matrices of ways take 50 MB each there."""
SECONDS_PER_CELL = 3.7e-7
"""For a pair of jobs, the assignments solved."""
SECONDS_PER_PRICE = 3e-8
"""For a pair of jobs and a price of ways that some vehicle of the fleet has."""
SHARE = 0.05
"""Most of the time of a search for its bound."""
ALWAYS_S = 0.02
"""A bound that takes no longer is worked out in any case."""
MOST_UNITS = 2**40
"""Costs are rounded down to so many units at most: the assignment multiplies them by the jobs within 64 bits."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def is_worth_its_time(problem: Problem, weights: Weights, jobs: int, seconds: float) -> bool:
    """Whether a search of so many jobs for so many seconds has the time for a bound."""
    prices = {(_pace(shift), _price(weights, shift)) for shift in problem.shifts}
    takes_s = jobs * jobs * (SECONDS_PER_CELL + len(prices) * SECONDS_PER_PRICE)
    return jobs <= KNOWN_UP_TO and takes_s <= max(ALWAYS_S, SHARE * seconds)


def lower_bound(problem: Problem, weights: Weights, open_jobs: Collection[Job]) -> int:
    """Micros that no plan can be below.

    An assignment relaxation (Balas and Toth 1985, of the travelling salesman problem; here with several vehicles, trips
    and jobs left out): every job has one way to it, from another job or from a start, or its penalty is paid; every job has
    one way from it. Which routes that makes is not asked. Ways cost metres, seconds and service at the cheapest vehicle that may
    serve both ends, at the fastest period of the day. Ways are out where no vehicle may serve both ends, the windows do
    not allow them, or the two loads go in no vehicle. Fixed costs are paid once a start, shared by the trips a
    shift may make; or by load, as many vehicles as the bin-packing bound L2 asks for (Martello and Toth 1990) in the form that
    holds for any part of the jobs (dual feasible functions, Fekete and Schepers 2001). Beside both, the radial bound (Haimovich and
    Rinnooy Kan 1985): a trip drives at least to its farthest job and back, so each job brings its own way there and back in the
    proportion of its load to the vehicle. The highest of the three counts.
    What may only be dearer, lateness, overtime, changes, balance, is left out.

    Parameters
    ----------
    open_jobs
        Jobs that some shift may serve; of all others the penalty is paid.
    """
    jobs = list(open_jobs)
    known = {job.id for job in jobs}
    lost = sum(problem.penalty(job, weights) for job in problem.jobs if job.id not in known)
    if not jobs or not problem.shifts:
        return lost + sum(problem.penalty(job, weights) for job in jobs)
    return lost + _Relaxation(problem, weights, jobs).highest()


class _Relaxation:
    """Costs of ways between jobs, for bounds in which fixed costs are paid by start or by load."""

    def __init__(self, problem: Problem, weights: Weights, jobs: Sequence[Job]) -> None:
        self.problem, self.weights, self.jobs = problem, weights, jobs
        self.places = np.array([job.place for job in jobs], dtype=np.int64)
        self.setup = np.array([job.setup_s for job in jobs], dtype=np.int64)
        self.penalties = np.array([problem.penalty(job, weights) for job in jobs], dtype=np.int64)
        self.dear = 2 * int(self.penalties.max()) + 1
        self.fleet = _distinct(problem.shifts)
        self.may = np.array([[_may(shift, job) for job in jobs] for shift in self.fleet])
        self.packed = self._packed()
        self.shares = self._shares()
        self.straight, self.driving = self._between()

    def highest(self) -> int:
        """Micros of the highest bound."""
        nothing = np.zeros(len(self.jobs), dtype=np.int64)
        values = [self._cheapest(nothing, by_load=False)]
        if self.shares.any():
            values.append(self._cheapest(self.shares, by_load=True))
        if self.packed.any():
            values.append(self._radial())
        return max(values)

    def _cheapest(self, shares: Ints, *, by_load: bool) -> int:
        """Micros of the cheapest assignment in which each job served brings its share of the fixed costs."""
        cells = self.straight.copy()
        np.fill_diagonal(cells, self.penalties - shares)
        # From a job to the next on the way or by the hub; on the diagonal it is left out or alone on a trip.
        out_of, into = self._ends(by_load)
        around = out_of[:, None] + into[None, :]
        return _assigned(np.minimum(np.minimum(cells, around) + shares[None, :], self.dear))

    def _between(self) -> tuple[Ints, Ints]:
        """(jobs, jobs) micros straight from job to job where it is possible, and of the driving alone whatever may drive."""
        straight, driving = (np.full((len(self.jobs),) * 2, self.dear) for _ in range(2))
        parks = self.places[:, None] != self.places[None, :]
        for numbers in _alike(self.fleet, _pace):
            shift = self.fleet[numbers[0]]
            travel, metres = self._legs(shift, self.places, self.places)
            service = self._service(shift)
            road, in_time = travel != UNREACHABLE, self._in_time(travel, service)
            at_door = service[None, :] + self.setup[None, :] * parks
            for own in _alike(self.fleet, partial(_price, self.weights), numbers):
                cost = self._driving(self.fleet[own[0]], travel, metres)
                np.minimum(driving, cost, out=driving, where=road)
                cost += self.fleet[own[0]].cost_per_s * at_door
                np.minimum(straight, cost, out=straight, where=road & in_time & self._fit(own))
        return straight, driving

    def _legs(self, shift: Shift, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Seconds at the fastest period and metres from places to places, UNREACHABLE where no road leads."""
        where = np.ix_(start, end)
        metres = self.problem.matrices[shift.vehicle_kind].distances_m
        return shortest_travel(self.problem, shift)[where], metres[where]

    def _in_time(self, travel: Ints, service: Ints) -> Flags:
        """(jobs, jobs) whether the windows allow the second straight after the first."""
        earliest, latest = self._windows()
        in_time: Flags = (earliest + service)[:, None] + travel <= latest[None, :]
        return in_time

    def _service(self, shift: Shift) -> Ints:
        return np.array(
            [service_time(job, shift.vehicle_kind) for job in self.jobs], dtype=np.int64
        )

    def _windows(self) -> tuple[Ints, Ints]:
        """First and last start of service by job, seconds."""
        opens = min(shift.start_s for shift in self.fleet)
        first = [min((w.start_s for w in job.windows), default=0) for job in self.jobs]
        last = [max((w.end_s for w in job.windows), default=MAX_TIME_S) for job in self.jobs]
        closes = min(self.problem.horizon_s, MAX_TIME_S)
        return np.maximum(np.array(first), opens), np.minimum(np.array(last), closes)

    def _fit(self, numbers: Sequence[int]) -> Flags:
        """(jobs, jobs) whether one of these vehicles may serve both and what is delivered goes into one together."""
        may = self.may[numbers].astype(np.float32)
        fits: Flags = may.T @ may > 0
        for name in self.problem.dimensions:
            limits = [self.fleet[number].capacity.get(name) for number in numbers]
            if None not in limits:
                load = np.array([job.load.get(name, 0) for job in self.jobs], dtype=np.int64)
                fits &= load[:, None] + load[None, :] <= max(
                    one for one in limits if one is not None
                )
        return fits

    def _ends(self, by_load: bool) -> tuple[Ints, Ints]:
        """By job, the cheapest way from it to an end or to load again, and to it from a start; micros."""
        out_of = np.full(len(self.jobs), self.dear, dtype=np.int64)
        into = out_of.copy()
        for number, shift in enumerate(self.fleet):
            may = self.may[number]
            cost = self._spoke(shift, shift.start_place, home=False)
            cost += shift.cost_per_s * self._service(shift) + (0 if by_load else self._share(shift))
            into = np.where(may, np.minimum(into, cost), into)
            for place in _ends_of(shift):
                cost = self._spoke(shift, place, home=True)
                out_of = np.where(may, np.minimum(out_of, cost), out_of)
        return out_of, into

    def _share(self, shift: Shift) -> int:
        """What each of its trips brings of its fixed cost, micros; nothing where it is paid in any case."""
        if shift.must_drive:
            return 0
        return (shift.fixed_cost + self.problem.vehicle_surcharge(self.weights)) // shift.max_trips

    def _packed(self) -> Floats:
        """By job, the part of a trip's vehicle that its load takes; of the jobs of any one trip at most 1 together."""
        best = np.zeros(len(self.jobs))
        for name in self.problem.dimensions:
            limits = [shift.capacity.get(name) for shift in self.fleet]
            if None in limits or not (most := max(one for one in limits if one is not None)):
                continue
            size = np.array([job.load.get(name, 0) / most for job in self.jobs])
            for least in {0.0, *size[size <= 0.5].tolist()}:
                packed = np.where(size > 1 - least, 1.0, np.where(size >= least, size, 0.0))
                best = packed if packed.sum() > best.sum() else best
        # A hair less, for the quotients are rounded.
        return np.minimum(best, 1.0) * (1 - 1e-9)

    def _shares(self) -> Ints:
        """By job, what its load brings of the fixed costs, micros."""
        share = min(self._share(shift) for shift in self.fleet)
        return np.floor(self.packed * share).astype(np.int64)

    def _radial(self) -> int:
        """Micros of service, of each job's share of the fixed costs, and of its share of the way there and back."""
        service = np.min([s.cost_per_s * self._service(s) for s in self.fleet], axis=0)
        there, back = self._shortest(home=False), self._shortest(home=True)
        ways = np.floor(self.packed * (there + back)).astype(np.int64)
        return int(np.minimum(self.penalties, service + self.shares + ways).sum())

    def _shortest(self, *, home: bool) -> Ints:
        """By job, micros of the cheapest way from a start to it or from it to an end, by way of any other jobs."""
        best = np.full(len(self.jobs), self.dear, dtype=np.int64)
        for shift in self.fleet:
            for place in _ends_of(shift) if home else {shift.start_place}:
                best = np.minimum(best, self._spoke(shift, place, home=home))
        while True:
            cells = self.driving + best[None, :] if home else (self.driving + best[:, None]).T
            nearer = np.minimum(best, cells.min(axis=1))
            if (nearer == best).all():
                return best
            best = nearer

    def _driving(self, shift: Shift, travel: Ints, metres: Ints) -> Ints:
        return shift.cost_per_s * travel + cost_per_m(shift, self.weights) * metres

    def _spoke(self, shift: Shift, place: int | None, *, home: bool) -> Ints:
        """By job, micros straight from this place to it or from it to there."""
        if place is None:
            return np.zeros(len(self.jobs), dtype=np.int64)
        hub = np.array([place])
        legs = (self.places, hub) if home else (hub, self.places)
        travel, metres = (one.ravel() for one in self._legs(shift, *legs))
        return np.where(travel == UNREACHABLE, self.dear, self._driving(shift, travel, metres))


def _pace(shift: Shift) -> Hashable:
    """Shifts for which it is the same take the same seconds."""
    return shift.vehicle_kind, shift.speed_percent


def _price(weights: Weights, shift: Shift) -> Hashable:
    """Shifts of one pace for which it is the same pay the same for a way."""
    return shift.cost_per_s, cost_per_m(shift, weights)


def _alike(
    shifts: Sequence[Shift], key: Callable[[Shift], Hashable], numbers: Iterable[int] | None = None
) -> list[list[int]]:
    """Numbers of these shifts, of all where none are named, in groups of the same key."""
    groups: dict[Hashable, list[int]] = {}
    for number in range(len(shifts)) if numbers is None else numbers:
        groups.setdefault(key(shifts[number]), []).append(number)
    return list(groups.values())


def _ends_of(shift: Shift) -> set[int | None]:
    """Where its trips end; None: at the last job."""
    return {shift.end_place} | ({shift.start_place} if shift.max_trips > 1 else set())


def _distinct(shifts: Sequence[Shift]) -> list[Shift]:
    """One of all shifts that the relaxation cannot tell apart; those with work of their own each by itself."""
    found: dict[tuple[object, ...], Shift] = {}
    for shift in shifts:
        key = (
            shift.vehicle_kind, shift.speed_percent, shift.cost_per_s, shift.cost_per_m, shift.co2_g_per_km,
            shift.skills, shift.start_place, shift.end_place, shift.max_trips, shift.fixed_cost,
            shift.must_drive, tuple(sorted(shift.capacity.items())), shift.start_s,
        )  # fmt: skip
        found.setdefault(key, shift)
    return list(found.values())


def _may(shift: Shift, job: Job) -> bool:
    """Whether skills and kind allow it; what speaks of a shift by its id is not asked, for one stands for several."""
    return job.skills <= shift.skills and (
        not job.vehicle_kinds or shift.vehicle_kind in job.vehicle_kinds
    )


def _assigned(cells: Ints) -> int:
    """Micros of the cheapest choice of one cell in each row and column, rounded down."""
    unit = max(1, int(cells.max()) // MOST_UNITS + 1)
    n = len(cells)
    solver = SimpleLinearSumAssignment()
    rows = np.repeat(np.arange(n, dtype=np.int32), n)
    columns = np.tile(np.arange(n, dtype=np.int32), n)
    solver.add_arcs_with_cost(rows, columns, (cells // unit).ravel())
    if solver.solve() != solver.OPTIMAL:
        return 0
    return int(solver.optimal_cost()) * unit
