"""Which jobs lie near each other: in money, and in space and time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.engine.proposers.ruin.arcs import LARGEST_ARC

NEAR = 250
"""Neighbours that may be taken out together."""
BESIDE = 30
"""Neighbours next to which a job is tried."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Neighbours of each job."""

    price: npt.NDArray[np.float64]
    """(n, n) micros for what lies between two jobs without their service, the cheaper way round."""
    near: npt.NDArray[np.int32]
    """(n, many) other jobs, nearest first."""
    arc_price: float
    """Mean price to the 20 nearest, micros."""


def nearness_of(travel: npt.NDArray[np.int64], cost: npt.NDArray[np.int64]) -> Nearness:
    """Neighbours by seconds (n, n) and micros (n, n) from start of service to start of service.

    The diagonal of the micros is service alone; no charge for a changed order is among them.
    """
    n = len(cost)
    service = np.diagonal(cost).astype(np.float64)
    price = cost - service[:, None]
    price[travel >= LARGEST_ARC] = 1e18
    price = np.minimum(price, price.T)
    np.fill_diagonal(price, 2e18)
    many = max(1, min(n - 1, NEAR))
    order = nearest(price, many)
    if n < 2:
        return Nearness(price, np.zeros((n, 0), dtype=np.int32), 1.0)
    closest = np.take_along_axis(price, order[:, : min(20, many)].astype(np.int64), axis=1)
    closest = closest[closest < 1e17]
    return Nearness(price, order, max(float(closest.mean()) if closest.size else 1.0, 1e-6))


def nearest(price: npt.NDArray[np.float64], many: int) -> npt.NDArray[np.int32]:
    """(n, many) other nodes, nearest first, and of those equally near the first."""
    n = len(price)
    if n < 2:
        return np.zeros((n, 0), dtype=np.int32)
    # Which of equals argpartition keeps is another on another processor; how far the last one lies is not.
    last = np.partition(price, many - 1, axis=1)[:, many - 1]
    found = np.empty((n, many), dtype=np.int32)
    for i, row in enumerate(price):
        inside = np.flatnonzero(row <= last[i])
        found[i] = inside[np.argsort(row[inside], kind="stable")[:many]]
    return found


def beside(
    price: npt.NDArray[np.float64],
    travel: npt.NDArray[np.int64],
    windows: Sequence[Sequence[tuple[int, int]]],
) -> npt.NDArray[np.int32]:
    """(n, some) neighbours in space and time: idle and late seconds between two windows count as distance.

    After Vidal, Crainic, Gendreau and Prins (2013), with 0.2 for waiting and 1 for lateness, in seconds put into
    money by the mean price of a second of travel.
    """
    opens = np.array([found[0][0] for found in windows], dtype=np.float64)
    closes = np.array([found[-1][1] for found in windows], dtype=np.float64)
    wait = np.maximum(0, opens[None, :] - (closes[:, None] + travel))
    late = np.maximum(0, opens[:, None] + travel - closes[None, :])
    moving = (travel - np.diagonal(travel)[:, None]).astype(np.float64)
    sane = (price < 1e17) & (moving > 0)
    per_s = float(price[sane].sum() / max(moving[sane].sum(), 1.0)) if sane.any() else 1.0
    far = price + per_s * (0.2 * wait + late)
    far = np.minimum(far, far.T)
    np.fill_diagonal(far, 4e18)
    return nearest(far, max(1, min(len(price) - 1, BESIDE)))
