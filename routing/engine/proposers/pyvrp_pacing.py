"""When a search by PyVRP stops, what is too long for the time left, and what is told of it on the way."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyvrp import CostEvaluator, Solution
from pyvrp.IteratedLocalSearch import IteratedLocalSearch, IteratedLocalSearchCallbacks
from pyvrp.search import LocalSearch

from routing.engine.proposers.pyvrp_answer import ids_of
from routing.engine.proposers.pyvrp_data import Translation

OnBetter = Callable[[int, int], None]
"""Told the cost of a better plan, micros, and how many jobs it leaves out."""


@dataclass(slots=True)
class Budget:
    """When to stop: at `end` on the clock, or after `iterations`."""

    end: float
    """`time.monotonic`."""
    iterations: int | None
    done: int = 0
    """Iterations so far."""
    longest_s: float = 0.0
    """The longest of the last iterations: no other is begun with less time left."""

    @property
    def remaining(self) -> float:
        """Seconds."""
        return self.end - time.monotonic()

    def is_over(self) -> bool:
        if self.iterations is not None and self.done >= self.iterations:
            return True
        return self.remaining <= self.longest_s


@dataclass(slots=True)
class Paced:
    """PyVRP's local search, whose exhaustive turns are left out when they would end too late."""

    local: LocalSearch
    budget: Budget
    exhaustive_s: float
    """How long the last exhaustive turn took, or the first may take."""

    def __call__(
        self, solution: Solution, cost_evaluator: CostEvaluator, exhaustive: bool = False
    ) -> Solution:
        timed = self.budget.iterations is None
        if exhaustive and timed and self.budget.remaining < 1.5 * self.exhaustive_s:
            return solution
        begun = time.monotonic()
        found = self.local(solution, cost_evaluator, exhaustive)
        if exhaustive:
            self.exhaustive_s = time.monotonic() - begun
        return found


@dataclass(slots=True)
class Watch(IteratedLocalSearchCallbacks):  # type: ignore[misc, unused-ignore]
    """Counts iterations, measures them, and tells of better plans."""

    told: Translation
    budget: Budget
    on_better: OnBetter | None
    penalties: Mapping[str, int]
    """Micros by job id, of all jobs of the part."""
    is_feasible: bool = False
    """The best routes keep PyVRP's rules."""
    current: Solution | None = None
    """The plan that the search goes on from."""
    begun: float = field(default_factory=time.monotonic)
    """When the iteration under way began."""

    def on_start(self, ils: IteratedLocalSearch) -> None:
        if ils.initial_solution.is_feasible():
            self.on_best(ils.initial_solution)

    def on_iteration(
        self, current: Solution, candidate: Solution, best: Solution, prices: CostEvaluator
    ) -> None:
        now = time.monotonic()
        self.budget.longest_s = max(0.8 * self.budget.longest_s, min(now - self.begun, 0.5))
        self.budget.done += 1
        self.begun, self.current = now, current

    def on_best(self, best: Solution) -> None:
        self.is_feasible = best.is_feasible()
        if self.on_better is not None:
            routes = best.distance_cost() + best.duration_cost() + best.fixed_vehicle_cost()
            served = {one for route in best.routes() for one in ids_of(self.told, route)}
            left = [cost for one, cost in self.penalties.items() if one not in served]
            self.on_better(routes * self.told.unit + sum(left), len(left))
