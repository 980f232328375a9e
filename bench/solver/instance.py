"""A routing problem of the published benchmark families, as arrays, and the fleet that the engines are offered."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DEPOT = 0


@dataclass(frozen=True, eq=False)
class Instance:
    """One depot (node 0), identical vehicles, each other node served once."""

    name: str
    family: str
    distances: Ints
    """(n, n) int64, row from, column to: what is minimised, in 1/scale of the published unit."""
    durations: Ints
    """(n, n) int64, row from, column to: travel time in the unit of `windows`; the distances again when there are none."""
    demands: Ints
    """(n,) int64; negative where something is handed over that was picked up on the way."""
    services: Ints
    """(n,) int64 time at the door."""
    windows: Ints | None
    """(n, 2) int64 earliest and latest start of service; the depot's are the day. None: time does not matter."""
    capacity: int
    vehicles: int | None
    """Most routes allowed; None: any number."""
    pairs: tuple[tuple[int, int], ...] = ()
    """(pickup, delivery): same route, pickup first."""
    scale: int = 1
    exact: Floats | None = None
    """(n, n) distances and durations before rounding, where the family is judged by them; in 1/scale too."""
    fewest_first: bool = False
    """Fewer vehicles come before less distance."""

    @property
    def size(self) -> int:
        """Number of nodes to be served."""
        return len(self.demands) - 1

    @cached_property
    def fleet(self) -> int:
        """Vehicles offered to every engine alike: plenty, but not as many as some files name."""
        if self.pairs:
            return self.vehicles or len(self.pairs)
        enough = -(-3 * _greedy_routes(self) // 2) + 8
        return min(self.vehicles or self.size, enough)

    @cached_property
    def vehicle_price(self) -> int:
        """Price of a vehicle in units of `distances` where fewer come first: dearer than any way that it could save."""
        return int(self.distances.max(axis=1).sum()) if self.fewest_first else 0


def _greedy_routes(instance: Instance) -> int:
    """Number of routes when each goes on to the node it can serve first."""
    waiting = np.ones(len(instance.demands), dtype=bool)
    waiting[DEPOT] = False
    routes = 0
    while waiting.any():
        routes += 1
        here, clock, load, stops = DEPOT, _opens(instance), 0, 0
        while True:
            starts, may = _next_starts(instance, here, clock, load)
            may &= waiting
            if not may.any():
                break
            reach = starts if instance.windows is not None else instance.distances[here]
            following = int(np.where(may, reach, np.iinfo(np.int64).max).argmin())
            waiting[following] = False
            clock = int(starts[following] + instance.services[following])
            load += int(instance.demands[following])
            here, stops = following, stops + 1
        if not stops:  # No vehicle alone can serve what is left; the checker will say so.
            return routes + int(waiting.sum())
    return routes


def _opens(instance: Instance) -> int:
    return 0 if instance.windows is None else int(instance.windows[DEPOT, 0])


def _next_starts(
    instance: Instance, here: int, clock: int, load: int
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """(n,) start of service at each node coming from here, and whether capacity and time allow it."""
    may = load + instance.demands <= instance.capacity
    starts = clock + instance.durations[here]
    if instance.windows is not None:
        starts = np.maximum(starts, instance.windows[:, 0])
        may &= starts <= instance.windows[:, 1]
        home = starts + instance.services + instance.durations[:, DEPOT]
        may &= home <= instance.windows[DEPOT, 1]
    return starts, may
