"""The prices of the planner: what lateness, jobs left out, CO2, change and unevenness cost."""

from dataclasses import dataclass

from routing.engine.problem.jobs import SoftWindow
from routing.engine.problem.ranges import (
    MAX_COST,
    MAX_RATE_PER_M,
    MAX_RATE_PER_S,
    check_all,
    check_flag,
    check_given,
)
from routing.engine.problem.shifts import Shift


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
    """Fewest shifts first, hours and metres second: each shift that drives costs `Problem.vehicle_surcharge` more."""
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
        check_flag("Weights", "fewest vehicles", self.fewest_vehicles)
        check_all(
            "Weights",
            ("cost of lateness", self.late_cost_per_s, MAX_RATE_PER_S),
            ("cost of earliness", self.early_cost_per_s, MAX_RATE_PER_S),
            ("price of CO2", self.co2_per_kg, MAX_RATE_PER_M),
            ("cost of another shift", self.changed_shift, MAX_COST),
            ("cost of another order", self.changed_order, MAX_COST),
            ("cost of the most stops", self.longest_per_stop, MAX_COST),
            ("cost of the longest route", self.longest_per_s, MAX_RATE_PER_S),
        )
        check_given("Weights", ("cost of leaving a job out", self.unserved, MAX_COST))


DEFAULT_WEIGHTS = Weights()


def cost_per_m(shift: Shift, weights: Weights) -> int:
    """Micros per metre, the price of CO2 in it (grams per km x micros per kg / 10^6, rounded up)."""
    return shift.cost_per_m + -(-shift.co2_g_per_km * weights.co2_per_kg // 10**6)


def rates(window: SoftWindow, weights: Weights) -> tuple[int, int]:
    """(late, early) micros per second."""
    late = weights.late_cost_per_s if window.late_cost_per_s is None else window.late_cost_per_s
    early = weights.early_cost_per_s if window.early_cost_per_s is None else window.early_cost_per_s
    return late, early
