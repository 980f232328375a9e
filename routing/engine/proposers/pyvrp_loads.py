"""What PyVRP is told of goods: what each vehicle type takes, what is aboard, what each client and shipment is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
import numpy.typing as npt

from routing.engine.problem import Job, Loads, Shift
from routing.engine.proposers.pyvrp_part import Part

STOPS = "\u2211"
"""Load dimension that counts stops; no name of a dimension of the product."""

Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Goods:
    """Amounts, int64, a column for each of D dimensions, divided by what divides all of them: PyVRP's penalties are per unit."""

    capacities: Cells
    """(vehicle types, D)."""
    aboard: Cells
    """(vehicle types, D), at the start."""
    delivered: Cells
    """(clients, D)."""
    picked_up: Cells
    """(clients, D)."""
    between: Cells
    """(shipments, D)."""


def goods_of(part: Part, clients: Sequence[Job | None]) -> Goods:
    """Amounts of a part whose clients are these jobs; None is a van that is on the road already."""
    names = _dimensions(part)
    delivered = _amounts([None if job is None else job.load for job in clients], names, 1)
    picked_up = _amounts([None if job is None else job.pickup for job in clients], names, 0)
    between = _amounts([pair.load for pair in part.pairs], names, 0)
    aboard = _amounts([group[0].start_load for group in part.groups], names, 0)
    capacities = np.zeros_like(aboard)
    for column, name in enumerate(names):
        amounts = [one[:, column] for one in (delivered, picked_up, between, aboard)]
        total = 1 + sum(int(one.sum()) for one in amounts)
        for row, group in enumerate(part.groups):
            capacities[row, column] = min(_limit(group[0], name, total), total)
        factor = gcd(*(int(one) for amount in amounts for one in amount)) or 1
        for cells in (delivered, picked_up, between, aboard, capacities):
            cells[:, column] //= factor
    return Goods(capacities, aboard, delivered, picked_up, between)


def _dimensions(part: Part) -> list[str]:
    names = sorted({name for shift in part.shifts for name in shift.capacity})
    most = len(part.jobs)
    if any((shift.max_stops or most) < most for shift in part.shifts):
        names.append(STOPS)
    return names


def _amounts(loads: Sequence[Loads | None], names: Sequence[str], stops: int) -> Cells:
    """A row for each load; stops: what it counts in STOPS."""
    cells = np.zeros((len(loads), len(names)), dtype=np.int64)
    for row, load in enumerate(loads):
        for column, name in enumerate(names):
            if load is not None:
                cells[row, column] = stops if name == STOPS else load.get(name, 0)
    return cells


def _limit(shift: Shift, dimension: str, total: int) -> int:
    if dimension == STOPS:
        return total if shift.max_stops is None else shift.max_stops
    return shift.capacity.get(dimension, total)
