"""The shifts: what courier and vehicle can do, and which shifts are refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from routing.engine.problem.jobs import Job
from routing.engine.problem.ranges import (
    MAX_BREAKS,
    MAX_CO2_G_PER_KM,
    MAX_COST,
    MAX_RATE_PER_M,
    MAX_RATE_PER_S,
    MAX_ROUTE_M,
    MAX_STOPS,
    MAX_TIME_S,
    MAX_TRIPS,
    InvalidProblem,
    Loads,
    check_all,
    check_flag,
    check_given,
    check_loads,
    check_whole,
)


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
    """Rests, in any order, 6 at most; some way to take them one after another exists."""
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


def check_shift(shift: Shift, place_count: int, vehicle_kinds: Collection[str]) -> None:
    """Refuse a shift with a number out of its range, or one that contradicts itself."""
    owner = f"Shift {shift.id}"
    if shift.vehicle_kind not in vehicle_kinds:
        raise InvalidProblem(
            f"{owner} drives a {shift.vehicle_kind}: give a travel matrix for that vehicle kind."
        )
    if not place_count:
        raise InvalidProblem("The matrices have no places: ask for travel times between points.")
    check_all(owner, ("start place", shift.start_place, place_count - 1))
    check_given(owner, ("end place", shift.end_place, place_count - 1))
    _check_times(owner, shift)
    check_flag(owner, "must drive", shift.must_drive)
    check_loads(owner, "capacity", shift.capacity)
    check_loads(owner, "start load", shift.start_load)
    _check_limits(owner, shift)
    _check_breaks(owner, shift.breaks)
    _check_prices(owner, shift)


def _check_times(owner: str, shift: Shift) -> None:
    check_all(owner, ("start", shift.start_s, MAX_TIME_S), ("end", shift.end_s, MAX_TIME_S))
    if shift.end_s < shift.start_s:
        raise InvalidProblem(f"{owner} ends before it starts; swap its ends.")
    if shift.latest_start_s is not None:
        check_whole(owner, "latest start", shift.latest_start_s, shift.start_s, shift.end_s)
    check_all(
        owner,
        ("overtime", shift.overtime_s, MAX_TIME_S),
        ("time to reload", shift.reload_s, MAX_TIME_S),
    )


def _check_limits(owner: str, shift: Shift) -> None:
    check_given(
        owner,
        ("most stops", shift.max_stops, MAX_STOPS),
        ("longest duration", shift.max_duration_s, MAX_TIME_S),
        ("longest driving time", shift.max_travel_s, MAX_TIME_S),
        ("longest distance", shift.max_distance_m, MAX_ROUTE_M),
    )
    check_whole(owner, "most trips", shift.max_trips, 1, MAX_TRIPS)
    check_whole(owner, "speed in percent", shift.speed_percent, 20, 500)


def _check_breaks(owner: str, breaks: Sequence[Break]) -> None:
    for rest in breaks:
        check_all(
            owner,
            ("earliest start of a break", rest.earliest_s, MAX_TIME_S),
            ("latest start of a break", rest.latest_s, MAX_TIME_S),
        )
        check_whole(owner, "length of a break", rest.duration_s, 1, MAX_TIME_S)
        if rest.latest_s < rest.earliest_s:
            raise InvalidProblem(f"{owner}: a break ends before it may start; swap its times.")
    if len(breaks) > MAX_BREAKS:
        raise InvalidProblem(
            f"{owner} has {len(breaks)} breaks, and at most {MAX_BREAKS} can be planned: join some of them."
        )
    if not any(_may_be_taken(order) for order in permutations(breaks)):
        raise InvalidProblem(
            f"{owner}: its breaks cannot all be taken one after another; move one of them."
        )


def _may_be_taken(breaks: Sequence[Break]) -> bool:
    """In this order, one after another."""
    free_s = 0
    for rest in breaks:
        begins_s = max(free_s, rest.earliest_s)
        if begins_s > rest.latest_s:
            return False
        free_s = begins_s + rest.duration_s
    return True


def _check_prices(owner: str, shift: Shift) -> None:
    check_all(
        owner,
        ("cost of overtime", shift.overtime_cost_per_s, MAX_RATE_PER_S),
        ("CO2 per km", shift.co2_g_per_km, MAX_CO2_G_PER_KM),
        ("fixed cost", shift.fixed_cost, MAX_COST),
        ("cost per second", shift.cost_per_s, MAX_RATE_PER_S),
        ("cost per metre", shift.cost_per_m, MAX_RATE_PER_M),
    )


def check_prefixes(shifts: Sequence[Shift], jobs: Mapping[str, Job]) -> None:
    """Refuse begun jobs that are unknown, begun twice, or not allowed where they are begun."""
    begun: set[str] = set()
    for shift in shifts:
        for job_id in shift.prefix:
            if job_id not in jobs:
                raise InvalidProblem(
                    f"Shift {shift.id} has begun job {job_id}, which is not in the problem: add it or drop it."
                )
            if job_id in begun:
                raise InvalidProblem(
                    f"Job {job_id} is begun twice: leave it in one place of one shift."
                )
            begun.add(job_id)
            _check_begun(shift, jobs[job_id])


def _check_begun(shift: Shift, job: Job) -> None:
    if job.pinned_shift not in (None, shift.id):
        raise InvalidProblem(
            f"Job {job.id} is begun on shift {shift.id} but pinned to another: unpin it."
        )
    if shift.id in job.forbidden_shifts:
        raise InvalidProblem(
            f"Job {job.id} is begun on shift {shift.id}, which is forbidden to it: drop one of the two."
        )
