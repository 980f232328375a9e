"""What is asked of the engine: jobs, shifts, travel matrices and weights, as frozen values of integers.

Units everywhere: seconds on one time axis chosen by the caller (usually seconds since midnight at the hub, 0 or
more), metres, and money in micros (millionths of the currency unit), so that a rate per second or per metre stays
an integer. Load dimensions are named by the caller; Carteiro uses `weight_g`, `volume_ml` (litres x 1000) and
`count`. Everything is checked when the `Problem` is built; nothing is checked again later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import numpy as np
import numpy.typing as npt

UNREACHABLE = -1
"""A matrix cell with this value says that no road leads from the row's place to the column's place."""

MAX_TIME_S = 31 * 86_400
MAX_DISTANCE_M = 40_000_000
MAX_LOAD = 10**12
MAX_COST = 10**15
MAX_TOTAL_COST = 2**60
MICROS = 1_000_000
"""Micros in one unit of the currency."""
RELOAD = "\u21bb"
"""Stands in a sequence of job ids where the vehicle goes back to the start place and loads again; no job's id."""

Loads = Mapping[str, int]
IntMatrix = npt.NDArray[np.int64]


class InvalidProblem(ValueError):
    """The input cannot be planned as it stands; the message is one sentence that says what to do."""

    code = "invalid_problem"


def _check_whole(owner: str, name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidProblem(f"{owner}: {name} must be a whole number, not {value!r}.")
    if not low <= value <= high:
        raise InvalidProblem(f"{owner}: {name} must lie between {low} and {high}, not be {value}.")


def _check_flag(owner: str, name: str, value: bool) -> None:
    if not isinstance(value, bool):
        raise InvalidProblem(f"{owner}: {name} must be True or False, not {value!r}.")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """An interval in which service may start, both ends included."""

    start_s: int
    """Earliest start of service, seconds, 0 to MAX_TIME_S."""
    end_s: int
    """Latest start of service, seconds, start_s to MAX_TIME_S."""


@dataclass(frozen=True, slots=True)
class SoftWindow:
    """An interval in which service should start; outside it every second costs."""

    start_s: int
    """Earliest wished start, seconds."""
    end_s: int
    """Latest wished start, seconds."""
    late_cost_per_s: int | None = None
    """Micros per second after end_s; None takes `Weights.late_cost_per_s`."""
    early_cost_per_s: int | None = None
    """Micros per second before start_s; None takes `Weights.early_cost_per_s`."""


@dataclass(frozen=True, slots=True)
class Published:
    """Where a plan that people already follow has a job."""

    shift_id: str
    """The shift that serves it."""
    after: str | None = None
    """The job served just before it; None: it is the first of its route."""


@dataclass(frozen=True, slots=True)
class Job:
    """One halt to be planned: a delivery, a pickup, both at one door, or service alone."""

    id: str
    """Unique in the problem."""
    place: int
    """Row and column of the matrices, 0 to n-1."""
    service_s: int = 0
    """Time at the door, seconds, for a vehicle kind not named in service_s_by_kind."""
    service_s_by_kind: Mapping[str, int] = field(default_factory=dict)
    """Time at the door by vehicle kind, seconds."""
    setup_s: int = 0
    """Parking and finding the door, seconds between arrival and service; only when the stop before is at another place."""
    load: Loads = field(default_factory=dict)
    """What is delivered: in the vehicle from the start of the trip on, by dimension, 0 or more; one not named is 0."""
    pickup: Loads = field(default_factory=dict)
    """What is taken aboard here and stays there to the end of the trip, by dimension, 0 or more."""
    windows: tuple[TimeWindow, ...] = ()
    """Hard windows; service starts in one of them. Empty: any time."""
    soft_windows: tuple[SoftWindow, ...] = ()
    """Soft windows; the cheapest of them counts. Empty: no cost."""
    skills: frozenset[str] = frozenset()
    """Skills and certificates the shift must have, all of them."""
    vehicle_kinds: frozenset[str] = frozenset()
    """Vehicle kinds that may serve it; empty: any."""
    forbidden_shifts: frozenset[str] = frozenset()
    """Shifts that may not serve it; ids the problem does not know are of no effect."""
    shift_costs: Mapping[str, int] = field(default_factory=dict)
    """Micros added when this shift serves it, 0 or more: preferred vehicles, familiar areas, fair shares."""
    release_s: int = 0
    """Not loaded before: the trip that delivers it leaves at this moment or later, seconds."""
    max_ride_s: int | None = None
    """Longest time from the departure of its trip to its start of service (cold chain), seconds."""
    position: int | None = None
    """Number of stops before it on its route, 0 for the front; None: any."""
    published: Published | None = None
    """Where the plan in force has it; changing that costs `Weights.changed_shift` and `Weights.changed_order`."""
    priority: int = 0
    """0 to 100; leaving the job out costs (1 + priority) times the base penalty."""
    penalty: int | None = None
    """Micros for leaving the job out, in place of the penalty by priority. A small one makes the job optional."""
    mandatory: bool = False
    """Leaving it out costs more than leaving out all others together."""
    pinned_shift: str | None = None
    """The only shift that may serve it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Goods taken from one job's door to another's: same shift, same trip, pickup first, both or neither."""

    pickup: str
    """Id of the job where they are taken aboard."""
    delivery: str
    """Id of the job where they are handed over."""
    load: Loads = field(default_factory=dict)
    """What is aboard between the two, by dimension."""
    max_ride_s: int | None = None
    """Longest time from the end of service at the pickup to the start of service at the delivery, seconds."""


@dataclass(frozen=True, slots=True)
class Precedence:
    """One job before another, on whatever routes; when `before` is left out, so is `after`."""

    before: str
    after: str
    offset_s: int = 0
    """Service of `after` starts at least so long after service of `before` starts, seconds, 0 or more."""


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of the courier. It starts inside the window, between services; driving may be interrupted for it.

    A break that lies before the departure or after the end of the route costs nothing.
    """

    earliest_s: int
    """Earliest start, seconds."""
    latest_s: int
    """Latest start, seconds; the same as earliest_s: a fixed break."""
    duration_s: int
    """Seconds, more than 0."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One courier in one vehicle for one interval, starting at one place."""

    id: str
    """Unique in the problem."""
    vehicle_kind: str
    """Key of `Problem.matrices`."""
    start_s: int
    """Earliest departure, seconds."""
    end_s: int
    """Latest end: back at the end place, or service finished at the last stop of an open route. Seconds."""
    start_place: int
    """Where the route starts (hub or home), 0 to n-1."""
    end_place: int | None
    """Where it ends (hub or home); None: open, it ends at the last stop."""
    capacity: Loads = field(default_factory=dict)
    """Limit by load dimension, at every moment of every trip; a dimension not named is unlimited."""
    start_load: Loads = field(default_factory=dict)
    """Aboard at the start and not for any job here; it stays to the end of the first trip."""
    skills: frozenset[str] = frozenset()
    """Skills and certificates of courier and vehicle together."""
    latest_start_s: int | None = None
    """Latest departure, seconds; None: end_s."""
    max_stops: int | None = None
    """Most jobs on the route."""
    max_duration_s: int | None = None
    """Longest time from departure to end, seconds."""
    max_travel_s: int | None = None
    """Longest driving time, seconds."""
    max_distance_m: int | None = None
    """Longest distance, metres."""
    overtime_s: int = 0
    """How long after end_s the route may still end, seconds."""
    overtime_cost_per_s: int = 0
    """Micros per second of the end after end_s, besides cost_per_s."""
    breaks: tuple[Break, ...] = ()
    """Rests, in any order, not overlapping each other."""
    max_trips: int = 1
    """Times it may leave the start place; between two trips it comes back there and loads."""
    reload_s: int = 0
    """Time at the start place between two trips, seconds."""
    speed_percent: int = 100
    """Of the speed of the matrix, 20 to 500; travel seconds are divided by it and rounded up."""
    co2_g_per_km: int = 0
    """Grams of CO2 per kilometre, priced by `Weights.co2_per_kg`."""
    prefix: tuple[str, ...] = ()
    """Jobs that stay first on this route, in this order: what a courier under way has already begun."""
    must_drive: bool = False
    """The vehicle is on the road already: its way to the end place is paid for even without jobs."""
    fixed_cost: int = 0
    """Micros when the shift drives at all."""
    cost_per_s: int = 0
    """Micros per second from departure to end, waiting included."""
    cost_per_m: int = 0
    """Micros per metre driven."""


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Travel between all places for one vehicle kind; never mirrored, roads are asymmetric."""

    durations_s: IntMatrix
    """(n, n) int64, row from, column to, seconds, UNREACHABLE where no road leads."""
    distances_m: IntMatrix
    """(n, n) int64, row from, column to, metres, UNREACHABLE in the same cells."""
    by_period: tuple[tuple[int, IntMatrix], ...] = ()
    """(from_s, durations_s) by rising from_s: travel that departs at from_s or later takes these; before, durations_s."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What the planner charges for things without a price of their own."""

    late_cost_per_s: int = 10_000
    """Micros per second of lateness after a soft window (36 units an hour: about twice a courier's hour)."""
    early_cost_per_s: int = 2_500
    """Micros per second before a soft window."""
    unserved: int | None = None
    """Base penalty in micros; None: twice the dearest route of this problem, so that all jobs are served if possible."""
    fewest_vehicles: bool = False
    """Fewest shifts first, cost second: each shift that drives costs `Problem.vehicle_surcharge` more."""
    co2_per_kg: int = 0
    """Micros per kilogram of CO2."""
    changed_shift: int = 0
    """Micros for a published job that another shift serves."""
    changed_order: int = 0
    """Micros for a published job that does not follow the job it was published to follow."""
    longest_per_stop: int = 0
    """Micros for each stop of the route with most stops: evens out the number of stops."""
    longest_per_s: int = 0
    """Micros for each second of the longest duration of a route: evens out the hours."""

    def __post_init__(self) -> None:
        per_s = MAX_COST // MAX_TIME_S
        _check_flag("Weights", "fewest vehicles", self.fewest_vehicles)
        for name, value, high in (
            ("cost of lateness", self.late_cost_per_s, per_s),
            ("cost of earliness", self.early_cost_per_s, per_s),
            ("cost of leaving a job out", 0 if self.unserved is None else self.unserved, MAX_COST),
            ("price of CO2", self.co2_per_kg, MAX_COST // MAX_DISTANCE_M),
            ("cost of another shift", self.changed_shift, MAX_COST),
            ("cost of another order", self.changed_order, MAX_COST),
            ("cost of the most stops", self.longest_per_stop, MAX_COST),
            ("cost of the longest route", self.longest_per_s, per_s),
        ):
            _check_whole("Weights", name, value, 0, high)


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, eq=False)
class Problem:
    """One planning problem. Raises InvalidProblem when it contradicts itself."""

    jobs: tuple[Job, ...]
    shifts: tuple[Shift, ...]
    matrices: Mapping[str, Matrix]
    """One matrix per vehicle kind, all over the same n places."""
    pairs: tuple[Pair, ...] = ()
    """A job is in one pair at most."""
    precedences: tuple[Precedence, ...] = ()
    """Without circles."""
    together: tuple[tuple[str, ...], ...] = ()
    """Groups of job ids that ride on one shift, all or none."""
    apart: tuple[tuple[str, ...], ...] = ()
    """Groups of job ids of which no two ride on the same shift."""

    def __post_init__(self) -> None:
        _check_matrices(self.matrices)
        _check_unique("job", [job.id for job in self.jobs])
        _check_unique("shift", [shift.id for shift in self.shifts])
        for shift in self.shifts:
            _check_shift(shift, self)
        shift_ids = {shift.id for shift in self.shifts}
        for job in self.jobs:
            _check_job(job, self.place_count, shift_ids)
        _check_prefixes(self)
        _check_pairs(self)
        _check_precedences(self)
        _check_groups(self)
        self.check_weights(DEFAULT_WEIGHTS)

    def check_weights(self, weights: Weights) -> None:
        """Raise InvalidProblem when the costs of some plan at these weights would not fit into 64 bits."""
        if self._worst_cost(weights) >= MAX_TOTAL_COST:
            raise InvalidProblem(
                "The costs and penalties add up beyond 64 bits: give them in smaller units."
            )

    @cached_property
    def place_count(self) -> int:
        """Number of places n."""
        return next((len(matrix.durations_s) for matrix in self.matrices.values()), 0)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Names of all load dimensions that a shift limits, sorted."""
        return tuple(sorted({name for shift in self.shifts for name in shift.capacity}))

    @cached_property
    def job_by_id(self) -> Mapping[str, Job]:
        return {job.id: job for job in self.jobs}

    @cached_property
    def shift_by_id(self) -> Mapping[str, Shift]:
        return {shift.id: shift for shift in self.shifts}

    @cached_property
    def horizon_s(self) -> int:
        """End of the last shift with its overtime, seconds."""
        return max((shift.end_s + shift.overtime_s for shift in self.shifts), default=0)

    @cached_property
    def pair_of(self) -> Mapping[str, Pair]:
        """The pair of a job, by the id of either of its jobs."""
        return {job_id: pair for pair in self.pairs for job_id in (pair.pickup, pair.delivery)}

    @cached_property
    def longest_leg_m(self) -> int:
        """Longest distance between two places, metres."""
        return max(
            (int(m.distances_m.max()) for m in self.matrices.values() if m.distances_m.size),
            default=0,
        )

    def base_penalty(self, weights: Weights) -> int:
        """Micros for leaving out a job of priority 0."""
        if weights.unserved is not None:
            return weights.unserved
        dearest = max(
            (
                shift.fixed_cost
                + shift.cost_per_s * (shift.end_s + shift.overtime_s - shift.start_s)
                + shift.overtime_cost_per_s * shift.overtime_s
                + cost_per_m(shift, weights) * 2 * self.longest_leg_m
                for shift in self.shifts
            ),
            default=0,
        )
        if weights.fewest_vehicles:
            dearest += self.vehicle_surcharge(weights)
        return max(2 * dearest, MICROS)

    def penalty(self, job: Job, weights: Weights) -> int:
        """Micros for leaving out this job."""
        if job.mandatory:
            return self._mandatory_penalty(weights)
        if job.penalty is not None:
            return job.penalty
        return self.base_penalty(weights) * (1 + job.priority)

    def vehicle_surcharge(self, weights: Weights) -> int:
        """Micros added for each shift that drives when the fewest are wanted first; else 0."""
        if not weights.fewest_vehicles:
            return 0
        # Dearer than any route of this problem: no saving of metres or minutes is worth another shift.
        return MICROS + max(
            (
                shift.fixed_cost
                + shift.cost_per_s * (shift.end_s + shift.overtime_s - shift.start_s)
                + cost_per_m(shift, weights) * 2 * self.longest_leg_m
                for shift in self.shifts
            ),
            default=0,
        )

    def _mandatory_penalty(self, weights: Weights) -> int:
        base = self.base_penalty(weights)
        # Also where leaving out the others is cheap, no route is too dear for it.
        least = self.base_penalty(replace(weights, unserved=None))
        others = sum(
            base * (1 + job.priority) if job.penalty is None else job.penalty
            for job in self.jobs
            if not job.mandatory
        )
        return max(base, least) + others

    def _worst_cost(self, weights: Weights) -> int:
        # Every job left out and yet served at the worst moment, every shift driving all day: no plan comes near.
        total = sum(self._worst_of_job(job, weights) for job in self.jobs)
        for shift in self.shifts:
            total += shift.fixed_cost + self.vehicle_surcharge(weights)
            total += shift.cost_per_s * self.horizon_s
            total += shift.overtime_cost_per_s * shift.overtime_s
            legs = len(self.jobs) + shift.max_trips
            total += cost_per_m(shift, weights) * self.longest_leg_m * legs
        total += weights.longest_per_stop * len(self.jobs)
        return total + weights.longest_per_s * self.horizon_s

    def _worst_of_job(self, job: Job, weights: Weights) -> int:
        total = self.penalty(job, weights) + max(job.shift_costs.values(), default=0)
        if job.published is not None:
            total += weights.changed_shift + weights.changed_order
        return total + max(
            (
                max(
                    (weights.late_cost_per_s if w.late_cost_per_s is None else w.late_cost_per_s)
                    * max(0, self.horizon_s - w.end_s),
                    (weights.early_cost_per_s if w.early_cost_per_s is None else w.early_cost_per_s)
                    * w.start_s,
                )
                for w in job.soft_windows
            ),
            default=0,
        )


def service_time(job: Job, vehicle_kind: str) -> int:
    """Seconds at the door of the job for a vehicle of this kind."""
    return job.service_s_by_kind.get(vehicle_kind, job.service_s)


def cost_per_m(shift: Shift, weights: Weights) -> int:
    """Micros per metre, the price of CO2 in it (grams per km x micros per kg / 10^6, rounded up)."""
    return shift.cost_per_m + -(-shift.co2_g_per_km * weights.co2_per_kg // 10**6)


def travel_times(problem: Problem, shift: Shift) -> IntMatrix:
    """(n, n) int64 travel seconds of this shift outside all periods, UNREACHABLE where no road leads."""
    return at_speed(problem.matrices[shift.vehicle_kind].durations_s, shift.speed_percent)


def at_speed(durations_s: IntMatrix, speed_percent: int) -> IntMatrix:
    """The same seconds at another speed, rounded up; UNREACHABLE stays."""
    if speed_percent == 100:
        return durations_s
    slower: IntMatrix = -(-durations_s * 100 // speed_percent)
    return np.where(durations_s == UNREACHABLE, UNREACHABLE, slower)


def matrix(durations_s: object, distances_m: object) -> Matrix:
    """Make a Matrix from whole numbers; refuses fractions and missing cells."""
    return Matrix(_whole("durations", durations_s), _whole("distances", distances_m))


def _whole(what: str, cells: object) -> IntMatrix:
    try:
        array = np.asarray(cells)
    except ValueError:
        raise InvalidProblem(f"The {what} must have rows of the same length.") from None
    if array.dtype == object or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        raise InvalidProblem(
            f"The {what} have missing cells: mark a pair without a road as {UNREACHABLE}."
        )
    if array.dtype.kind not in "iu":
        raise InvalidProblem(f"The {what} must be whole numbers: round them up first.")
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InvalidProblem(f"The {what} have cells beyond 64 bits: check their unit.")
    return array.astype(np.int64)


def _check_matrices(matrices: Mapping[str, Matrix]) -> None:
    sizes = set()
    for kind, m in matrices.items():
        for what, cells, limit in (
            ("durations", m.durations_s, MAX_TIME_S),
            ("distances", m.distances_m, MAX_DISTANCE_M),
        ):
            if (
                not isinstance(cells, np.ndarray)
                or cells.ndim != 2
                or cells.shape[0] != cells.shape[1]
            ):
                raise InvalidProblem(
                    f"The {what} for {kind} must be a square array: one row and one column per place."
                )
            if cells.dtype != np.int64:
                raise InvalidProblem(
                    f"The {what} for {kind} must be 64-bit whole numbers: build them with `matrix()`."
                )
            if cells.size and (cells.min() < UNREACHABLE or cells.max() > limit):
                raise InvalidProblem(
                    f"The {what} for {kind} must lie between 0 and {limit}, or be {UNREACHABLE} where no road leads."
                )
            sizes.add(cells.shape[0])
        _check_periods(kind, m)
        if not np.array_equal(m.durations_s == UNREACHABLE, m.distances_m == UNREACHABLE):
            raise InvalidProblem(
                f"Durations and distances for {kind} disagree on which pairs no road connects: ask again."
            )
    if len(sizes) > 1:
        raise InvalidProblem(
            "All matrices must be over the same places: ask for them with the same list of points."
        )


def _check_periods(kind: str, m: Matrix) -> None:
    last = -1
    for from_s, cells in m.by_period:
        _check_whole(f"The matrix for {kind}", "start of a period", from_s, last + 1, MAX_TIME_S)
        last = from_s
        if (
            not isinstance(cells, np.ndarray)
            or cells.shape != m.durations_s.shape
            or cells.dtype != np.int64
        ):
            raise InvalidProblem(
                f"The durations for {kind} from {from_s} s on must have the shape and type of the others."
            )
        if not np.array_equal(cells == UNREACHABLE, m.durations_s == UNREACHABLE):
            raise InvalidProblem(
                f"The durations for {kind} from {from_s} s on disagree on which pairs no road connects: ask again."
            )
        if cells.size and (cells.min() < UNREACHABLE or cells.max() > MAX_TIME_S):
            raise InvalidProblem(
                f"The durations for {kind} from {from_s} s on must lie between 0 and {MAX_TIME_S}."
            )


def _check_unique(what: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if not isinstance(one, str):
            raise InvalidProblem(f"The id of a {what} must be text, not {one!r}.")
        if one in seen:
            raise InvalidProblem(f"The {what} {one} appears twice: give each {what} its own id.")
        seen.add(one)


def _check_loads(owner: str, name: str, loads: Loads) -> None:
    for dimension, amount in loads.items():
        _check_whole(owner, f"{name} {dimension}", amount, 0, MAX_LOAD)


def _check_window(owner: str, window: TimeWindow | SoftWindow) -> None:
    _check_whole(owner, "window start", window.start_s, 0, MAX_TIME_S)
    _check_whole(owner, "window end", window.end_s, 0, MAX_TIME_S)
    if window.end_s < window.start_s:
        raise InvalidProblem(
            f"{owner}: a time window ends before it starts; swap its ends or drop it."
        )


def _check_job(job: Job, place_count: int, shift_ids: set[str]) -> None:
    owner = f"Job {job.id}"
    if job.id == RELOAD:
        raise InvalidProblem(
            f"A job may not be called {RELOAD}: that marks a reload in a sequence."
        )
    _check_whole(owner, "place", job.place, 0, place_count - 1)
    _check_whole(owner, "service time", job.service_s, 0, MAX_TIME_S)
    for kind, service_s in job.service_s_by_kind.items():
        _check_whole(owner, f"service time for {kind}", service_s, 0, MAX_TIME_S)
    _check_whole(owner, "set-up time", job.setup_s, 0, MAX_TIME_S)
    _check_loads(owner, "load", job.load)
    _check_loads(owner, "pickup", job.pickup)
    for shift_id, cost in job.shift_costs.items():
        _check_whole(owner, f"cost on shift {shift_id}", cost, 0, MAX_COST)
    _check_whole(owner, "release time", job.release_s, 0, MAX_TIME_S)
    if job.max_ride_s is not None:
        _check_whole(owner, "longest ride", job.max_ride_s, 0, MAX_TIME_S)
    if job.position is not None:
        _check_whole(owner, "position", job.position, 0, 10**6)
    for window in job.windows:
        _check_window(owner, window)
    for soft in job.soft_windows:
        _check_window(owner, soft)
        for rate in (soft.late_cost_per_s, soft.early_cost_per_s):
            if rate is not None:
                _check_whole(owner, "cost of a soft window", rate, 0, MAX_COST // MAX_TIME_S)
    _check_whole(owner, "priority", job.priority, 0, 100)
    if job.penalty is not None:
        _check_whole(owner, "penalty", job.penalty, 0, MAX_COST)
    _check_flag(owner, "mandatory", job.mandatory)
    if job.published is not None and job.published.after == job.id:
        raise InvalidProblem(f"{owner} is published to follow itself: name the job before it.")
    if job.pinned_shift is not None and job.pinned_shift not in shift_ids:
        raise InvalidProblem(
            f"{owner} is pinned to shift {job.pinned_shift}, which is not planned: unpin it or add the shift."
        )
    if job.pinned_shift is not None and job.pinned_shift in job.forbidden_shifts:
        raise InvalidProblem(
            f"{owner} is pinned to shift {job.pinned_shift}, which is forbidden to it: drop one of the two."
        )


def _check_prefixes(problem: Problem) -> None:
    begun: set[str] = set()
    for shift in problem.shifts:
        for job_id in shift.prefix:
            if job_id not in problem.job_by_id:
                raise InvalidProblem(
                    f"Shift {shift.id} has begun job {job_id}, which is not in the problem: add it or drop it."
                )
            if job_id in begun:
                raise InvalidProblem(
                    f"Job {job_id} is begun twice: leave it in one place of one shift."
                )
            begun.add(job_id)
            if problem.job_by_id[job_id].pinned_shift not in (None, shift.id):
                raise InvalidProblem(
                    f"Job {job_id} is begun on shift {shift.id} but pinned to another: unpin it."
                )
            if shift.id in problem.job_by_id[job_id].forbidden_shifts:
                raise InvalidProblem(
                    f"Job {job_id} is begun on shift {shift.id}, which is forbidden to it: drop one of the two."
                )


def _check_pairs(problem: Problem) -> None:
    seen: set[str] = set()
    for pair in problem.pairs:
        owner = f"The pair {pair.pickup} to {pair.delivery}"
        if pair.pickup == pair.delivery:
            raise InvalidProblem(f"{owner} is one job: make a job for each of its doors.")
        for job_id in (pair.pickup, pair.delivery):
            _check_known(owner, job_id, problem)
            if job_id in seen:
                raise InvalidProblem(
                    f"Job {job_id} is in two pairs: make one job for each pickup and delivery."
                )
            seen.add(job_id)
        _check_loads(owner, "load", pair.load)
        if pair.max_ride_s is not None:
            _check_whole(owner, "longest ride", pair.max_ride_s, 0, MAX_TIME_S)


def _check_precedences(problem: Problem) -> None:
    followers: dict[str, set[str]] = {}
    for rule in problem.precedences:
        owner = f"The order {rule.before} before {rule.after}"
        _check_known(owner, rule.before, problem)
        _check_known(owner, rule.after, problem)
        _check_whole(owner, "offset", rule.offset_s, 0, MAX_TIME_S)
        followers.setdefault(rule.before, set()).add(rule.after)
    for pair in problem.pairs:
        followers.setdefault(pair.pickup, set()).add(pair.delivery)
    try:
        # Each job waits for the jobs it is mapped to; the direction does not matter to a circle.
        TopologicalSorter(followers).prepare()
    except CycleError as circle:
        raise InvalidProblem(
            f"The jobs {', '.join(circle.args[1])} each must come before the next: drop one of these orders."
        ) from None


def _check_groups(problem: Problem) -> None:
    for what, groups in (("together", problem.together), ("apart", problem.apart)):
        for group in groups:
            for job_id in group:
                _check_known(f"The group that rides {what}", job_id, problem)
            if len(set(group)) < len(group):
                raise InvalidProblem(f"A group that rides {what} names a job twice: name it once.")
    for one in _bound_together(problem):
        for other in problem.apart:
            both = sorted(one & set(other))
            if len(both) > 1:
                raise InvalidProblem(
                    f"Jobs {both[0]} and {both[1]} must ride both together and apart: drop one of the two."
                )


def _bound_together(problem: Problem) -> list[set[str]]:
    """Jobs that ride on one shift by groups and pairs, those linked by a common job in one set."""
    bound: list[set[str]] = []
    for group in (*problem.together, *((pair.pickup, pair.delivery) for pair in problem.pairs)):
        merged = set(group)
        apart = [one for one in bound if not one & merged]
        merged.update(*(one for one in bound if one & merged))
        bound = [*apart, merged]
    return bound


def _check_known(owner: str, job_id: str, problem: Problem) -> None:
    if job_id not in problem.job_by_id:
        raise InvalidProblem(f"{owner} names job {job_id}, which is not in the problem: add it.")


def _check_shift(shift: Shift, problem: Problem) -> None:
    owner = f"Shift {shift.id}"
    if shift.vehicle_kind not in problem.matrices:
        raise InvalidProblem(
            f"{owner} drives a {shift.vehicle_kind}: give a travel matrix for that vehicle kind."
        )
    last = problem.place_count - 1
    if last < 0:
        raise InvalidProblem("The matrices have no places: ask for travel times between points.")
    _check_whole(owner, "start place", shift.start_place, 0, last)
    if shift.end_place is not None:
        _check_whole(owner, "end place", shift.end_place, 0, last)
    _check_whole(owner, "start", shift.start_s, 0, MAX_TIME_S)
    _check_whole(owner, "end", shift.end_s, 0, MAX_TIME_S)
    if shift.end_s < shift.start_s:
        raise InvalidProblem(f"{owner} ends before it starts; swap its ends.")
    if shift.latest_start_s is not None:
        _check_whole(owner, "latest start", shift.latest_start_s, shift.start_s, shift.end_s)
    _check_flag(owner, "must drive", shift.must_drive)
    _check_loads(owner, "capacity", shift.capacity)
    _check_loads(owner, "start load", shift.start_load)
    _check_limits(owner, shift)
    _check_breaks(owner, shift)
    _check_whole(owner, "fixed cost", shift.fixed_cost, 0, MAX_COST)
    _check_whole(owner, "cost per second", shift.cost_per_s, 0, MAX_COST // MAX_TIME_S)
    _check_whole(owner, "cost per metre", shift.cost_per_m, 0, MAX_COST // MAX_DISTANCE_M)


def _check_limits(owner: str, shift: Shift) -> None:
    for name, value, high in (
        ("most stops", shift.max_stops, 10**6),
        ("longest duration", shift.max_duration_s, MAX_TIME_S),
        ("longest driving time", shift.max_travel_s, MAX_TIME_S),
        ("longest distance", shift.max_distance_m, 10**9),
    ):
        if value is not None:
            _check_whole(owner, name, value, 0, high)
    _check_whole(owner, "overtime", shift.overtime_s, 0, MAX_TIME_S)
    _check_whole(owner, "cost of overtime", shift.overtime_cost_per_s, 0, MAX_COST // MAX_TIME_S)
    _check_whole(owner, "most trips", shift.max_trips, 1, 100)
    _check_whole(owner, "time to reload", shift.reload_s, 0, MAX_TIME_S)
    _check_whole(owner, "speed in percent", shift.speed_percent, 20, 500)
    _check_whole(owner, "CO2 per km", shift.co2_g_per_km, 0, 10**6)


def _check_breaks(owner: str, shift: Shift) -> None:
    for rest in shift.breaks:
        _check_whole(owner, "earliest start of a break", rest.earliest_s, 0, MAX_TIME_S)
        _check_whole(owner, "latest start of a break", rest.latest_s, 0, MAX_TIME_S)
        _check_whole(owner, "length of a break", rest.duration_s, 1, MAX_TIME_S)
        if rest.latest_s < rest.earliest_s:
            raise InvalidProblem(f"{owner}: a break ends before it may start; swap its times.")
    free_s = 0
    for rest in sorted(shift.breaks, key=lambda rest: rest.latest_s):
        free_s = max(free_s, rest.earliest_s)
        if free_s > rest.latest_s:
            raise InvalidProblem(
                f"{owner}: its breaks cannot all be taken one after another; move one of them."
            )
        free_s += rest.duration_s
