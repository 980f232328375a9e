"""The jobs: what a stop asks for, and which jobs are refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.engine.problem.ranges import (
    MAX_COST,
    MAX_PRIORITY,
    MAX_RATE_PER_S,
    MAX_STOPS,
    MAX_TIME_S,
    InvalidProblem,
    Loads,
    check_all,
    check_flag,
    check_given,
    check_loads,
    check_whole,
)

RELOAD = "\u21bb"
"""Stands in a sequence of job ids where the vehicle goes back to the start place and loads again; no job's id."""


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


def service_time(job: Job, vehicle_kind: str) -> int:
    """Seconds at the door of the job for a vehicle of this kind."""
    return job.service_s_by_kind.get(vehicle_kind, job.service_s)


def check_job(job: Job, place_count: int, shift_ids: set[str]) -> None:
    """Refuse a job with a number out of its range, or one that contradicts itself."""
    owner = f"Job {job.id}"
    if job.id == RELOAD:
        raise InvalidProblem(
            f"A job may not be called {RELOAD}: that marks a reload in a sequence."
        )
    check_whole(owner, "place", job.place, 0, place_count - 1)
    _check_times(owner, job)
    check_loads(owner, "load", job.load)
    check_loads(owner, "pickup", job.pickup)
    _check_windows(owner, job)
    _check_worth(owner, job)
    _check_where(owner, job, shift_ids)


def _check_times(owner: str, job: Job) -> None:
    check_all(
        owner,
        ("service time", job.service_s, MAX_TIME_S),
        *(
            (f"service time for {kind}", service_s, MAX_TIME_S)
            for kind, service_s in job.service_s_by_kind.items()
        ),
        ("set-up time", job.setup_s, MAX_TIME_S),
        ("release time", job.release_s, MAX_TIME_S),
    )
    check_given(owner, ("longest ride", job.max_ride_s, MAX_TIME_S))


def _check_windows(owner: str, job: Job) -> None:
    windows: list[TimeWindow | SoftWindow] = [*job.windows, *job.soft_windows]
    for window in windows:
        check_all(
            owner,
            ("window start", window.start_s, MAX_TIME_S),
            ("window end", window.end_s, MAX_TIME_S),
        )
        if window.end_s < window.start_s:
            raise InvalidProblem(
                f"{owner}: a time window ends before it starts; swap its ends or drop it."
            )
    for soft in job.soft_windows:
        for rate in (soft.late_cost_per_s, soft.early_cost_per_s):
            check_given(owner, ("cost of a soft window", rate, MAX_RATE_PER_S))


def _check_worth(owner: str, job: Job) -> None:
    check_all(
        owner,
        *(
            (f"cost on shift {shift_id}", cost, MAX_COST)
            for shift_id, cost in job.shift_costs.items()
        ),
        ("priority", job.priority, MAX_PRIORITY),
    )
    check_given(owner, ("penalty", job.penalty, MAX_COST))
    check_flag(owner, "mandatory", job.mandatory)


def _check_where(owner: str, job: Job, shift_ids: set[str]) -> None:
    check_given(owner, ("position", job.position, MAX_STOPS))
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
