"""What is asked of the engine: jobs, shifts, travel matrices and weights, as frozen values of integers.

Units everywhere: seconds on one time axis chosen by the caller (usually seconds since midnight at the hub, 0 or
more), metres, and money in micros (millionths of the currency unit), so that a rate per second or per metre stays
an integer. Load dimensions are named by the caller; Carteiro uses `weight_g`, `volume_ml` (litres x 1000) and
`count`. Everything is checked when the `Problem` is built; nothing is checked again later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

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

Loads = Mapping[str, int]
IntMatrix = npt.NDArray[np.int64]


class InvalidProblem(ValueError):
    """The input cannot be planned as it stands; the message is one sentence that says what to do."""

    code = "invalid_problem"


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
class Job:
    """One halt to be planned."""

    id: str
    """Unique in the problem."""
    place: int
    """Row and column of the matrices, 0 to n-1."""
    service_s: int = 0
    """Time at the door, seconds, for a vehicle kind not named in service_s_by_kind."""
    service_s_by_kind: Mapping[str, int] = field(default_factory=dict)
    """Time at the door by vehicle kind, seconds."""
    load: Loads = field(default_factory=dict)
    """What it takes in the vehicle from the hub on, by dimension, 0 or more; a dimension not named is 0."""
    windows: tuple[TimeWindow, ...] = ()
    """Hard windows; service starts in one of them. Empty: any time."""
    soft_windows: tuple[SoftWindow, ...] = ()
    """Soft windows; the cheapest of them counts. Empty: no cost."""
    skills: frozenset[str] = frozenset()
    """Skills and certificates the shift must have, all of them."""
    vehicle_kinds: frozenset[str] = frozenset()
    """Vehicle kinds that may serve it; empty: any."""
    priority: int = 0
    """0 to 100; leaving the job out costs (1 + priority) times the base penalty."""
    penalty: int | None = None
    """Micros for leaving the job out, in place of the penalty by priority. A small one makes the job optional."""
    pinned_shift: str | None = None
    """The only shift that may serve it."""


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
    """Limit by load dimension; a dimension not named is unlimited."""
    skills: frozenset[str] = frozenset()
    """Skills and certificates of courier and vehicle together."""
    latest_start_s: int | None = None
    """Latest departure, seconds; None: end_s."""
    max_stops: int | None = None
    """Most jobs on the route."""
    max_duration_s: int | None = None
    """Longest time from departure to end, seconds."""
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


@dataclass(frozen=True, slots=True)
class Weights:
    """What the planner charges for things without a price of their own."""

    late_cost_per_s: int = 10_000
    """Micros per second of lateness after a soft window (36 units an hour: about twice a courier's hour)."""
    early_cost_per_s: int = 2_500
    """Micros per second before a soft window."""
    unserved: int | None = None
    """Base penalty in micros; None: twice the dearest route of this problem, so that all jobs are served if possible."""


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, eq=False)
class Problem:
    """One planning problem. Raises InvalidProblem when it contradicts itself."""

    jobs: tuple[Job, ...]
    shifts: tuple[Shift, ...]
    matrices: Mapping[str, Matrix]
    """One matrix per vehicle kind, all over the same n places."""

    def __post_init__(self) -> None:
        _check_matrices(self.matrices)
        _check_unique("job", [job.id for job in self.jobs])
        _check_unique("shift", [shift.id for shift in self.shifts])
        for shift in self.shifts:
            _check_shift(shift, self)
        shift_ids = {shift.id for shift in self.shifts}
        for job in self.jobs:
            _check_job(job, self.place_count, shift_ids)
        if self._worst_cost() >= MAX_TOTAL_COST:
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
        """End of the last shift, seconds."""
        return max((shift.end_s for shift in self.shifts), default=0)

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
                + shift.cost_per_s * (shift.end_s - shift.start_s)
                + shift.cost_per_m * 2 * self.longest_leg_m
                for shift in self.shifts
            ),
            default=0,
        )
        return max(2 * dearest, MICROS)

    def penalty(self, job: Job, weights: Weights) -> int:
        """Micros for leaving out this job."""
        if job.penalty is not None:
            return job.penalty
        return self.base_penalty(weights) * (1 + job.priority)

    def _worst_cost(self) -> int:
        # Every job left out, every shift driving all day, every job served at the far end: Python integers cannot overflow.
        total = sum(self.penalty(job, DEFAULT_WEIGHTS) for job in self.jobs)
        for shift in self.shifts:
            total += shift.fixed_cost + shift.cost_per_s * self.horizon_s
            total += shift.cost_per_m * self.longest_leg_m * (len(self.jobs) + 1)
        return total


def service_time(job: Job, vehicle_kind: str) -> int:
    """Seconds at the door of the job for a vehicle of this kind."""
    return job.service_s_by_kind.get(vehicle_kind, job.service_s)


def matrix(durations_s: object, distances_m: object) -> Matrix:
    """Make a Matrix from whole numbers; refuses fractions and missing cells."""
    return Matrix(_whole("durations", durations_s), _whole("distances", distances_m))


def _whole(what: str, cells: object) -> IntMatrix:
    array = np.asarray(cells)
    if array.dtype == object or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        raise InvalidProblem(
            f"The {what} have missing cells: mark a pair without a road as {UNREACHABLE}."
        )
    if array.dtype.kind not in "iu":
        raise InvalidProblem(f"The {what} must be whole numbers: round them up first.")
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
        if not np.array_equal(m.durations_s == UNREACHABLE, m.distances_m == UNREACHABLE):
            raise InvalidProblem(
                f"Durations and distances for {kind} disagree on which pairs no road connects: ask again."
            )
    if len(sizes) > 1:
        raise InvalidProblem(
            "All matrices must be over the same places: ask for them with the same list of points."
        )


def _check_unique(what: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise InvalidProblem(f"The {what} {one} appears twice: give each {what} its own id.")
        seen.add(one)


def _check_whole(owner: str, name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidProblem(f"{owner}: {name} must be a whole number, not {value!r}.")
    if not low <= value <= high:
        raise InvalidProblem(f"{owner}: {name} must lie between {low} and {high}, not be {value}.")


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
    _check_whole(owner, "place", job.place, 0, place_count - 1)
    _check_whole(owner, "service time", job.service_s, 0, MAX_TIME_S)
    for kind, service_s in job.service_s_by_kind.items():
        _check_whole(owner, f"service time for {kind}", service_s, 0, MAX_TIME_S)
    _check_loads(owner, "load", job.load)
    for window in job.windows:
        _check_window(owner, window)
    for soft in job.soft_windows:
        _check_window(owner, soft)
        for rate in (soft.late_cost_per_s, soft.early_cost_per_s):
            _check_whole(owner, "cost of a soft window", rate or 0, 0, MAX_COST // MAX_TIME_S)
    _check_whole(owner, "priority", job.priority, 0, 100)
    if job.penalty is not None:
        _check_whole(owner, "penalty", job.penalty, 0, MAX_COST)
    if job.pinned_shift is not None and job.pinned_shift not in shift_ids:
        raise InvalidProblem(
            f"{owner} is pinned to shift {job.pinned_shift}, which is not planned: unpin it or add the shift."
        )


def _check_shift(shift: Shift, problem: Problem) -> None:
    owner = f"Shift {shift.id}"
    if shift.vehicle_kind not in problem.matrices:
        raise InvalidProblem(
            f"{owner} drives a {shift.vehicle_kind}: give a travel matrix for that vehicle kind."
        )
    last = problem.place_count - 1
    _check_whole(owner, "start place", shift.start_place, 0, last)
    if shift.end_place is not None:
        _check_whole(owner, "end place", shift.end_place, 0, last)
    _check_whole(owner, "start", shift.start_s, 0, MAX_TIME_S)
    _check_whole(owner, "end", shift.end_s, 0, MAX_TIME_S)
    if shift.end_s < shift.start_s:
        raise InvalidProblem(f"{owner} ends before it starts; swap its ends.")
    if shift.latest_start_s is not None:
        _check_whole(owner, "latest start", shift.latest_start_s, shift.start_s, shift.end_s)
    _check_loads(owner, "capacity", shift.capacity)
    if shift.max_stops is not None:
        _check_whole(owner, "most stops", shift.max_stops, 0, 10**6)
    if shift.max_duration_s is not None:
        _check_whole(owner, "longest duration", shift.max_duration_s, 0, MAX_TIME_S)
    _check_whole(owner, "fixed cost", shift.fixed_cost, 0, MAX_COST)
    _check_whole(owner, "cost per second", shift.cost_per_s, 0, MAX_COST // MAX_TIME_S)
    _check_whole(owner, "cost per metre", shift.cost_per_m, 0, MAX_COST // MAX_DISTANCE_M)
