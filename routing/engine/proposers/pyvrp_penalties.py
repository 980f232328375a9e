"""What PyVRP pays for a unit of load, second or metre too much, and how that price follows what it finds.

PyVRP's own manager, in units that suit Carteiro's: it starts every price at 50,000, which is little for a second that
costs thousands of micros and much for a gram, and it warns when a price is at its limit.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from pyvrp import CostEvaluator, PenaltyManager, Solution

from routing.engine.proposers.pyvrp_data import Translation

SOLUTIONS_BETWEEN = 500
INCREASE, DECREASE = 1.5, 0.9
TARGET, TOLERANCE = 0.65, 0.05
"""PyVRP's default parameters (0.14)."""
LEAST, FIRST, MOST = 0.1, 1_000.0, 100_000.0
"""Range for a problem where a second and a metre cost 1 and a client's load is about 20: PyVRP's, but that it begins with
50,000, which needs some 20,000 iterations to come down to where plans that break rules a little are worth a look (tuned
2026-11 on days of 300 and 1,000 stops and instances of Homberger and Uchoa)."""
TYPICAL_LOAD = 20
TYPICAL_EXCESS_S = 600
"""A start that leaves jobs out begins with prices at which so much lateness costs as much as a job left out."""
HIGHEST = 1e10
"""Above, the price of all violations of a plan might leave 64 bits."""


class Penalties(PenaltyManager):  # type: ignore[misc, unused-ignore]
    """Takes the place of PyVRP's penalty manager."""

    def __init__(self, told: Translation, *, is_whole: bool) -> None:
        price = max(told.price_of_second(number) for number in range(len(told.part.groups)))
        loads = np.vstack([told.goods.delivered, told.goods.picked_up, told.goods.between])
        scales = [
            price * TYPICAL_LOAD / max(1.0, _mean(loads[:, n])) for n in range(loads.shape[1])
        ]
        metre = max(told.per_arc(number) for number in range(len(told.part.groups)))
        self.scale = np.array([*scales, price, max(metre, 1)], dtype=float)
        # A unit too much is dearer at last than any job left out.
        dearest = 2 * max(told.prizes.values(), default=0) // told.unit
        self.most = np.minimum(np.maximum(MOST * self.scale, dearest), HIGHEST)
        first = FIRST
        if not is_whole:
            # Where jobs are left out, room must not be had for less than they cost.
            mean = sum(told.prizes.values()) / max(1, len(told.prizes)) / told.unit
            first = max(FIRST, mean / (TYPICAL_EXCESS_S * price))
        self.prices = np.minimum(first * self.scale, HIGHEST)
        self.seen: list[list[int]] = []

    def cost_evaluator(self) -> CostEvaluator:
        """PyVRP's prices now."""
        return _evaluator(self.prices)

    def max_cost_evaluator(self) -> CostEvaluator:
        """The highest prices."""
        return _evaluator(self.most)

    def register(self, sol: Solution) -> None:
        """Note what a plan breaks; after 500 plans each price goes up or down by how many broke its rule."""
        self.seen.append([*sol.excess_load(), sol.time_warp(), sol.excess_distance()])
        if len(self.seen) < SOLUTIONS_BETWEEN:
            return
        kept = (np.array(self.seen) == 0).mean(axis=0)
        self.seen.clear()
        factor = np.where(TARGET - kept > 0, INCREASE, DECREASE)
        factor = np.where(abs(TARGET - kept) < TOLERANCE, 1.0, factor)
        self.prices = np.clip(self.prices * factor, LEAST, self.most)


def _evaluator(prices: npt.NDArray[np.float64]) -> CostEvaluator:
    *loads, second, metre = prices.tolist()
    return CostEvaluator(loads, second, metre)


def _mean(amounts: Iterable[int]) -> float:
    some = [int(one) for one in amounts if one]
    return sum(some) / len(some) if some else 1.0
