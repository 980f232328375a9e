"""Which jobs and shifts of a part PyVRP is told of, and which shifts look alike to it.

Shifts that are alike in all it is told are one vehicle type; types that see the same map are one profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.engine.fit import ties_of
from routing.engine.problem import Job, Pair, Problem, Shift, TimeWindow, Weights, cost_per_m

MOST_MATRIX_CELLS = 40_000_000
"""Cells of all profiles together, 16 bytes each; beyond, rules that need a profile for each shift are left out."""
MOST_WHOLE_CELLS = 30_000_000
"""Cells of all profiles beyond which a problem is proposed for in parts: each takes 33 bytes here and in PyVRP, so that
a mixed day of 2,000 stops, which has a profile for nearly every shift, would need 15 GB, and without its wishes 6 GB."""


@dataclass(frozen=True, slots=True)
class Look:
    """What PyVRP sees of a shift, besides its hours, limits and prices."""

    shift: Shift
    allowed: npt.NDArray[np.bool_]
    """By job: may it ride here at all."""
    prices: npt.NDArray[np.int64]
    """By job: micros for riding on this shift rather than another."""
    keeps_order: bool
    """Published jobs cost when they do not follow the job they followed."""

    @property
    def is_priced(self) -> bool:
        """Distances can't be metres: the arcs have prices of their own."""
        return self.keeps_order or bool(self.prices.any())

    def map_key(self, per_m: int) -> object:
        """Equal for shifts with the same matrices."""
        shift = self.shift
        own = shift.id if shift.must_drive else None
        priced = (per_m, self.prices.tobytes(), self.keeps_order) if self.is_priced else None
        reload_s = shift.reload_s if shift.max_trips > 1 else 0
        return (
            shift.vehicle_kind, shift.speed_percent, reload_s, shift.prefix, own, self.allowed.tobytes(), priced,
        )  # fmt: skip


@dataclass(slots=True)
class Part:
    """The jobs and shifts that PyVRP is told of."""

    problem: Problem
    weights: Weights
    jobs: list[Job]
    """Without those that no time, or no shift of the part, is left for."""
    pairs: list[Pair]
    """PyVRP's shipments, by index."""
    groups: list[list[Shift]] = field(default_factory=list)
    """PyVRP's vehicle types, by index: shifts that are alike."""
    looks: list[Look] = field(default_factory=list)
    """By profile."""
    profile_of: list[int] = field(default_factory=list)
    """By vehicle type."""

    @property
    def shifts(self) -> list[Shift]:
        return [shift for group in self.groups for shift in group]


def part_of(
    problem: Problem, weights: Weights, jobs: Sequence[Job], shifts: Sequence[Shift]
) -> Part:
    """Sort out what PyVRP can be told of: what would make it refuse the whole is left aside."""
    timely = {job.id for job in jobs if windows_of(job, problem)}
    halves = {
        one
        for pair in problem.pairs
        if not ({pair.pickup, pair.delivery} <= timely and _in_order(pair, problem))
        for one in (pair.pickup, pair.delivery)
    }
    known = timely - halves
    part = Part(
        problem,
        weights,
        [job for job in jobs if job.id in known],
        [pair for pair in problem.pairs if pair.pickup in known],
    )
    _group(part, [shift for shift in shifts if _is_usable(shift, known)])
    return part


def parts_needed(
    problem: Problem,
    weights: Weights,
    jobs: Sequence[Job],
    shifts: Sequence[Shift],
    at_once: int = 1,
) -> int:
    """In how many parts of about the same size PyVRP's matrices have room, all rules told, so many parts at once."""
    most = MOST_WHOLE_CELLS // at_once
    if _cells(len(shifts), len(jobs), len(shifts)) <= most:
        return 1  # Were each a map of its own.
    part = part_of(problem, weights, jobs, ())
    maps = {_look(part, one, _ALL).map_key(cost_per_m(one, weights)) for one in shifts}
    count = 1
    while _cells(len(maps), len(jobs) // count, len(shifts) // count) > most:
        count += 1
    return count


def _cells(maps: int, jobs: int, shifts: int) -> int:
    """Of all profiles together, of which a part has no more than shifts."""
    return min(maps, max(1, shifts)) * (jobs + 2 * shifts) ** 2


def _in_order(pair: Pair, problem: Problem) -> bool:
    """The delivery is still open when the pickup opens: PyVRP refuses other pairs, and no route serves them."""
    first = windows_of(problem.job_by_id[pair.pickup], problem)
    second = windows_of(problem.job_by_id[pair.delivery], problem)
    return max(end for _, end in second) >= min(start for start, _ in first)


def windows_of(job: Job, problem: Problem) -> list[tuple[int, int]]:
    """Hard windows in which service may start, within the horizon and not over before the release."""
    if job.release_s > problem.horizon_s:
        return []
    windows = job.windows or (TimeWindow(0, problem.horizon_s),)
    return [
        (window.start_s, min(window.end_s, problem.horizon_s))
        for window in windows
        if window.start_s <= problem.horizon_s and window.end_s >= job.release_s
    ]


def _is_usable(shift: Shift, known: set[str]) -> bool:
    """It can depart with what is aboard and has been begun."""
    latest = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
    fits = all(shift.capacity.get(name, most) >= most for name, most in shift.start_load.items())
    return fits and shift.start_s <= latest and known.issuperset(shift.prefix)


def _group(part: Part, shifts: Sequence[Shift]) -> None:
    for told in (_ALL, _UNPRICED, _UNPINNED):
        looks = [_look(part, shift, told) for shift in shifts]
        prices = [cost_per_m(shift, part.weights) for shift in shifts]
        maps = [look.map_key(per_m) for look, per_m in zip(looks, prices, strict=True)]
        if _cells(len(set(maps)), len(part.jobs), len(shifts)) <= MOST_MATRIX_CELLS:
            break
    profiles: dict[object, int] = {}
    types: dict[object, int] = {}
    for shift, look, per_m, key in zip(shifts, looks, prices, maps, strict=True):
        if key not in profiles:
            profiles[key] = len(part.looks)
            part.looks.append(look)
        of_type = (key, per_m, *_terms(shift))
        if of_type not in types:
            types[of_type] = len(part.groups)
            part.groups.append([])
            part.profile_of.append(profiles[key])
        part.groups[types[of_type]].append(shift)


_ALL, _UNPRICED, _UNPINNED = range(3)


def _look(part: Part, shift: Shift, told: int) -> Look:
    problem, weights = part.problem, part.weights
    begun_on = ties_of(problem).begun_on
    allowed = [
        job.skills <= shift.skills
        and (not job.vehicle_kinds or shift.vehicle_kind in job.vehicle_kinds)
        and begun_on.get(job.id, shift.id) == shift.id
        and (told == _UNPINNED or _is_let(job, shift))
        for job in part.jobs
    ]
    # With a limit of metres, distances stay metres: the limit is kept and the prices are not.
    if told == _ALL and shift.max_distance_m is None:
        prices = [_price(shift, job, weights) for job in part.jobs]
        keeps = weights.changed_order > 0 and any(job.published for job in part.jobs)
    else:
        prices, keeps = [0] * len(part.jobs), False
    return Look(shift, np.array(allowed, dtype=bool), np.array(prices, dtype=np.int64), keeps)


def _is_let(job: Job, shift: Shift) -> bool:
    return shift.id not in job.forbidden_shifts and job.pinned_shift in (None, shift.id)


def _price(shift: Shift, job: Job, weights: Weights) -> int:
    moved = job.published is not None and job.published.shift_id != shift.id
    return job.shift_costs.get(shift.id, 0) + (weights.changed_shift if moved else 0)


def _terms(shift: Shift) -> tuple[object, ...]:
    """Hours, places, limits and prices."""
    return (
        shift.start_s, shift.end_s, shift.latest_start_s, shift.start_place, shift.end_place,
        tuple(sorted(shift.capacity.items())), tuple(sorted(shift.start_load.items())),
        shift.max_stops, shift.max_duration_s, shift.max_travel_s, shift.max_distance_m,
        shift.overtime_s, shift.overtime_cost_per_s, shift.breaks, shift.max_trips,
        shift.fixed_cost, shift.cost_per_s,
    )  # fmt: skip
