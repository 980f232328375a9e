"""Shares the shifts without work between parts of a problem, each to where its work is missing most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.fit import job_violations
from routing.engine.problem import Job, Problem, Shift

LEG_S = 120
"""Driving from one stop to the next, seconds, where only the order of parts by need is asked (own choice, 2026-11)."""

SCARCE_POWER = 3
"""Work that twice as little can do counts eight times as much (own choice, 2026-11)."""

Amounts = npt.NDArray[np.float64]
Hours = tuple[int, int]
Key = tuple[object, ...]


def middles_of(problem: Problem, jobs: Sequence[Job]) -> Amounts:
    """By job, mean middle of the shifts whose hours meet its windows, seconds; of all shifts where none does."""
    hours = Counter((shift.start_s, shift.end_s + shift.overtime_s) for shift in problem.shifts)
    return np.array([_middle(hours, job) for job in jobs], dtype=np.float64)


def _middle(hours: Mapping[Hours, int], job: Job) -> float:
    some = {one: many for one, many in hours.items() if _meets(job, one)} or hours
    total = sum(some.values()) or 1
    return sum(many * (start + end) / 2 for (start, end), many in some.items()) / total


def _meets(job: Job, hours: Hours) -> bool:
    start_s, end_s = hours
    return not job.windows or any(w.start_s <= end_s and w.end_s >= start_s for w in job.windows)


def share(
    problem: Problem,
    jobs: Sequence[Sequence[Job]],
    own: Sequence[Sequence[Shift]],
    spare: Sequence[Shift],
) -> list[list[Shift]]:
    """The spare shifts by part.

    Work and shifts are measured in the same money: shares of all seconds and of all capacity there are, the scarcer the more
    they weigh. Work is kept apart by what a shift needs to be able to do it (skills, vehicle kinds, size, hours); a shift goes
    where most of the work it can do, the scarce kinds first, is not covered yet. The shifts that can do most of what is
    scarce choose first.
    """
    shares: list[list[Shift]] = [[] for _ in jobs]
    if not spare or not jobs:
        return shares
    need = _Need.of(problem, jobs, [*(one for some in own for one in some), *spare])
    for number, shifts in enumerate(own):
        for shift in shifts:
            need.cover(number, shift)
    for shift in sorted(spare, key=lambda one: (-need.scarcity(one), one.id)):
        best = need.neediest(shift)
        shares[best].append(shift)
        need.cover(best, shift)
    return shares


@dataclass(frozen=True, slots=True)
class _Need:
    """Work that no shift covers yet."""

    problem: Problem
    sizes: dict[str, float]
    """By shift id: its share of all that the shifts can do, 1 in all."""
    classes: Sequence[Job]
    """One job of each kind of work."""
    too_big: Sequence[tuple[bool, ...]]
    """By class and capacity: it does not fit into such a vehicle."""
    capacity_of: dict[Key, int]
    left: Amounts
    """(parts, classes) not covered; 1 in all at the start."""
    scarce: Amounts
    """(classes,) all shifts by those that could do it, 1 where all can."""
    known: dict[Key, npt.NDArray[np.bool_]]
    """Classes that shifts of a kind can do."""

    @classmethod
    def of(
        cls, problem: Problem, jobs: Sequence[Sequence[Job]], shifts: Sequence[Shift]
    ) -> "_Need":
        """The need of parts that share these shifts."""
        supply = _supply(problem, shifts)
        ways_out = _ways_out(problem, shifts, sum(map(len, jobs)))
        work = [_work(problem, some, ways_out) for some in jobs]
        demand = sum((one.sum(axis=0) for one in work), np.zeros(supply.shape[1]))
        have = np.maximum(supply.sum(axis=0), 1e-9)
        weigh = (demand / have) / max((demand / have).sum(), 1e-9)
        sizes = (supply / have) @ weigh
        capacities = {_capacity(shift): shift for shift in shifts}
        rows: dict[Key, int] = {}
        classes: list[Job] = []
        too_big: list[tuple[bool, ...]] = []
        cells: list[tuple[int, int, float]] = []
        for number, (some, amounts) in enumerate(zip(jobs, work, strict=True)):
            bulk = (amounts / np.maximum(demand, 1e-9)) @ weigh
            for job, size in zip(some, bulk.tolist(), strict=True):
                large = tuple(_is_too_big(job, one) for one in capacities.values())
                key = (job.skills, job.vehicle_kinds, job.windows, large)
                if key not in rows:
                    rows[key] = len(rows)
                    classes.append(job)
                    too_big.append(large)
                cells.append((number, rows[key], size))
        left = np.zeros((len(jobs), len(rows)))
        for number, row, size in cells:
            left[number, row] += size
        made = cls(
            problem, dict(zip((shift.id for shift in shifts), sizes.tolist(), strict=True)),
            classes, too_big, {key: n for n, key in enumerate(capacities)}, left,
            np.zeros(len(rows)), {},
        )  # fmt: skip
        able = sum((made.fits(one) * made.sizes[one.id] for one in shifts), np.zeros(len(rows)))
        made.scarce[:] = 1 / np.maximum(able, 1e-3)
        return made

    def fits(self, shift: Shift) -> npt.NDArray[np.bool_]:
        """(classes,) what the shift can do."""
        key = (
            shift.vehicle_kind, shift.skills, shift.start_s, shift.end_s, shift.overtime_s,
            _capacity(shift),
        )  # fmt: skip
        if key not in self.known:
            vehicle, hours = (
                self.capacity_of[key[-1]],
                (shift.start_s, shift.end_s + shift.overtime_s),
            )
            self.known[key] = np.array(
                [
                    not large[vehicle]
                    and _meets(job, hours)
                    and not job_violations(shift, _anonymous(job))
                    for job, large in zip(self.classes, self.too_big, strict=True)
                ],
                dtype=np.bool_,
            )
        return self.known[key]

    def scarcity(self, shift: Shift) -> float:
        """Of the scarcest work that the shift can do."""
        return float((self.fits(shift) * self.scarce).max(initial=0.0))

    def neediest(self, shift: Shift) -> int:
        """The part with most uncovered work for the shift."""
        useful = np.maximum(self.left, 0) @ (self.fits(shift) * self.scarce**SCARCE_POWER)
        if useful.max() <= 0:
            useful = self.left.sum(axis=1)
        return int(np.argmax(useful))

    def cover(self, part: int, shift: Shift) -> None:
        """Take what the shift can do off the need of the part, the scarce first."""
        able, size = self.fits(shift), self.sizes[shift.id]
        for row in np.argsort(-self.scarce, kind="stable"):
            if size <= 0:
                return
            if able[row] and self.left[part, row] > 0:
                taken = min(size, float(self.left[part, row]))
                self.left[part, row] -= taken
                size -= taken


def _supply(problem: Problem, shifts: Sequence[Shift]) -> Amounts:
    """(shifts, 1 + dimensions): seconds, then capacity over all trips."""
    roomy = {
        name: max((s.capacity.get(name, 0) * s.max_trips for s in shifts), default=0)
        for name in problem.dimensions
    }
    rows = [
        [
            _length(shift),
            *(shift.capacity.get(name, roomy[name]) * shift.max_trips for name in roomy),
        ]
        for shift in shifts
    ]
    return np.array(rows, dtype=np.float64)


def _ways_out(problem: Problem, shifts: Sequence[Shift], count: int) -> Amounts:
    """(places,) seconds that a stop there takes for its share of the way out and home, where each shift has as many stops."""
    most = Counter((shift.vehicle_kind, shift.start_place) for shift in shifts)
    (kind, start), _ = most.most_common(1)[0]
    durations = problem.matrices[kind].durations_s
    both = np.maximum(durations[start], 0) + np.maximum(durations[:, start], 0)
    shares: Amounts = both * (len(shifts) / max(1, count))
    return shares


def _work(problem: Problem, jobs: Sequence[Job], ways_out: Amounts) -> Amounts:
    """(jobs, 1 + dimensions): seconds, then load."""
    rows = [
        [
            job.service_s + job.setup_s + LEG_S + ways_out[job.place],
            *(max(job.load.get(name, 0), job.pickup.get(name, 0)) for name in problem.dimensions),
        ]
        for job in jobs
    ]
    return np.array(rows, dtype=np.float64).reshape(len(jobs), 1 + len(problem.dimensions))


def _length(shift: Shift) -> int:
    length = shift.end_s - shift.start_s
    return length if shift.max_duration_s is None else min(length, shift.max_duration_s)


def _capacity(shift: Shift) -> Key:
    return tuple(sorted(shift.capacity.items()))


def _is_too_big(job: Job, shift: Shift) -> bool:
    return any(
        max(job.load.get(name, 0), job.pickup.get(name, 0)) > room
        for name, room in shift.capacity.items()
    )


def _anonymous(job: Job) -> Job:
    """What its skills and vehicle kinds ask, whoever it is pinned to or forbidden for."""
    return Job(job.id, job.place, skills=job.skills, vehicle_kinds=job.vehicle_kinds)
