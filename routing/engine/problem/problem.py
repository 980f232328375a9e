"""The problem as a whole: its parts checked against each other, and the prices that follow from all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from routing.engine.problem.company import (
    Group,
    Pair,
    Precedence,
    check_groups,
    check_pairs,
    check_precedences,
)
from routing.engine.problem.jobs import Job, SoftWindow, check_job
from routing.engine.problem.matrices import IntMatrix, Matrix, at_speed, check_matrices
from routing.engine.problem.ranges import MAX_TOTAL_COST, MICROS, InvalidProblem, check_unique
from routing.engine.problem.shifts import Shift, check_prefixes, check_shift
from routing.engine.problem.weights import DEFAULT_WEIGHTS, Weights, cost_per_m, rates


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
    together: tuple[Group, ...] = ()
    """Groups of job ids that ride on one shift, all or none."""
    apart: tuple[Group, ...] = ()
    """Groups of job ids of which no two ride on the same shift."""

    def __post_init__(self) -> None:
        check_matrices(self.matrices)
        check_unique("job", [job.id for job in self.jobs])
        check_unique("shift", [shift.id for shift in self.shifts])
        for shift in self.shifts:
            check_shift(shift, self.place_count, self.matrices)
        shift_ids = {shift.id for shift in self.shifts}
        for job in self.jobs:
            check_job(job, self.place_count, shift_ids)
        check_prefixes(self.shifts, self.job_by_id)
        check_pairs(self.pairs, self.job_by_id)
        check_precedences(self.precedences, self.pairs, self.job_by_id)
        check_groups(self.together, self.apart, self.pairs, self.job_by_id)
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
        return self._once("base", weights, self._base_penalty)

    def _base_penalty(self, weights: Weights) -> int:
        return max(2 * (self._dearest_route(weights) + self.vehicle_surcharge(weights)), MICROS)

    def penalty(self, job: Job, weights: Weights) -> int:
        """Micros for leaving out this job."""
        if job.mandatory:
            return self._once("mandatory", weights, self._mandatory_penalty)
        if job.penalty is not None:
            return job.penalty
        return self.base_penalty(weights) * (1 + job.priority)

    def vehicle_surcharge(self, weights: Weights) -> int:
        """Micros added for each shift that drives when the fewest are wanted first; else 0."""
        if not weights.fewest_vehicles:
            return 0
        return self._once("surcharge", weights, self._vehicle_surcharge)

    def _once(self, name: str, weights: Weights, price: Callable[[Weights], int]) -> int:
        """A price that looks at every shift or job, worked out once at the same weights: it is asked for at each job."""
        key = (name, weights)
        if key not in self._prices:
            self._prices[key] = price(weights)
        return self._prices[key]

    @cached_property
    def _prices(self) -> dict[tuple[str, Weights], int]:
        return {}

    def _vehicle_surcharge(self, weights: Weights) -> int:
        # No saving of hours, overtime or the longest way out and back is worth another shift.
        return MICROS + self._dearest_route(weights)

    def _dearest_route(self, weights: Weights) -> int:
        """Micros for the dearest shift driving all its time, overtime included, as far out as any road leads and back."""
        return max(
            (
                shift.fixed_cost
                + shift.cost_per_s * (shift.end_s + shift.overtime_s - shift.start_s)
                + shift.overtime_cost_per_s * shift.overtime_s
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
            (self._worst_miss(window, weights) for window in job.soft_windows), default=0
        )

    def _worst_miss(self, window: SoftWindow, weights: Weights) -> int:
        late, early = rates(window, weights)
        return max(late * max(0, self.horizon_s - window.end_s), early * window.start_s)


def travel_times(problem: Problem, shift: Shift) -> IntMatrix:
    """(n, n) int64 travel seconds of this shift outside all periods, UNREACHABLE where no road leads."""
    return at_speed(problem.matrices[shift.vehicle_kind].durations_s, shift.speed_percent)
