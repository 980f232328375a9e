"""A quick start for PyVRP: the nearest job that still fits, one shift after the other.

PyVRP's own start, a local search from random routes, takes 2 to 8 s for 1,000 to 2,000 stops in one call that nothing
can interrupt (measured 2026-11); the nearest neighbours of a greedy start leave it little to do.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from routing.engine.problem import RELOAD, Shift
from routing.engine.proposers.pyvrp_data import Translation
from routing.engine.proposers.pyvrp_places import END, RELOAD_AT, START

Cells = npt.NDArray[np.int64]
FAR = 2**62
"""Seconds: never."""


def greedy(told: Translation) -> dict[str, tuple[str, ...]]:
    """Fill one shift after the other with the nearest job that still fits, cheap shifts first.

    Loads are judged for the whole trip at once and pairs go from door to door: what is found keeps PyVRP's rules.
    """
    tasks = _Tasks(told)
    groups = told.part.groups
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for shift in group:
            if shift.prefix:
                found[shift.id] = _begun(told, shift)
                tasks.close(found[shift.id])
    for number in sorted(range(len(groups)), key=lambda n: (groups[n][0].fixed_cost, n)):
        per_s = max(told.price_of_second(number), told.units(groups[number][0].cost_per_s))
        for shift in groups[number]:
            if shift.prefix:
                continue
            ids = _Route(told, tasks, number, shift, per_s).fill()
            if not ids:
                break
            found[shift.id] = tuple(ids)
    return found


def _begun(told: Translation, shift: Shift) -> tuple[str, ...]:
    """What is begun, then where the goods aboard of it go."""
    pairs = [told.part.problem.pair_of.get(one) for one in shift.prefix]
    open_ends = [pair.delivery for pair in pairs if pair is not None]
    return tuple(dict.fromkeys((*shift.prefix, *open_ends)))


class _Tasks:
    """Jobs in one window each, and pairs from door to door, as rows of arrays."""

    def __init__(self, told: Translation) -> None:
        by_id = told.part.problem.job_by_id
        clients = [n for n, variant in enumerate(told.variants) if variant.job_id is not None]
        pairs = told.part.pairs
        # A job with several windows is a task for each.
        self.ids: list[tuple[str, ...]] = [(told.variants[n].job_id or "",) for n in clients]
        self.ids += [(pair.pickup, pair.delivery) for pair in pairs]
        windows = [(told.variants[n].window, (0, FAR)) for n in clients]
        windows += [(told.hulls[pair.pickup], told.hulls[pair.delivery]) for pair in pairs]
        self.windows = np.array(windows, dtype=np.int64).reshape(-1, 2, 2)
        """(tasks, doors, 2) opening and end, seconds."""
        self.doors = _rows(
            [[told.places.location[ids[0]], told.places.location[ids[-1]]] for ids in self.ids]
        )
        """(tasks, doors) locations; both the same for a single job."""
        service = told.base_service
        self.service = _rows(
            [[service[ids[0]] if len(ids) > 1 else 0, service[ids[-1]]] for ids in self.ids]
        )
        """(tasks, doors) seconds."""
        self.release = np.array(
            [max(by_id[one].release_s for one in ids) for ids in self.ids], dtype=np.int64
        )
        """(tasks,) seconds."""
        self.load = np.vstack(
            [told.goods.delivered[clients] + told.goods.picked_up[clients], told.goods.between]
        )
        """(tasks, D) amounts as in `Goods`."""
        self.price = np.array(
            [told.variants[n].price for n in clients] + [0 for _ in pairs], dtype=np.int64
        )
        """(tasks,) micros for missing soft windows."""
        self.is_open = np.ones(len(self.ids), dtype=bool)
        """(tasks,) not served yet."""
        self.rows_of: dict[str, list[int]] = {}
        for row, ids in enumerate(self.ids):
            for one in ids:
                self.rows_of.setdefault(one, []).append(row)

    def close(self, ids: Iterable[str]) -> None:
        """Take these jobs off the list, in all their windows."""
        for one in ids:
            self.is_open[self.rows_of[one]] = False


def _rows(of: list[list[int]]) -> Cells:
    return np.array(of, dtype=np.int64).reshape(-1, 2)


class _Route:
    """A route of the greedy start, as far as it goes."""

    def __init__(
        self, told: Translation, tasks: _Tasks, number: int, shift: Shift, per_s: int
    ) -> None:
        profile = told.profiles[told.part.profile_of[number]]
        self.told, self.tasks, self.shift = told, tasks, shift
        self.seconds, self.costs = profile.seconds, profile.costs
        self.per_arc = told.per_arc(number)
        self.per_s = per_s
        self.limit = told.goods.capacities[number]
        self.aboard = told.goods.aboard[number].copy()
        self.here = told.places.depots[START, shift.start_place]
        self.end = told.places.depots[END, shift.end_place]
        self.now, self.end_s = shift.start_s, shift.end_s
        self.latest_s = shift.end_s if shift.latest_start_s is None else shift.latest_start_s
        self.departed: int | None = None
        self.trip_left: int | None = None
        self.driven = 0
        """By `Profile.costs`: metres where the shift has a longest distance."""

    def fill(self) -> list[str]:
        """The jobs for this shift, taken off the tasks."""
        ids: list[str] = []
        for trip in range(self.shift.max_trips):
            if trip:
                self._reload()
            first = len(ids)
            while (row := self._nearest()) is not None:
                self._serve(row)
                ids += self.tasks.ids[row]
                self.tasks.close(self.tasks.ids[row])
            if len(ids) == first:
                break
            if trip:
                ids.insert(first, RELOAD)
        return ids

    def _reload(self) -> None:
        there = self.told.places.depots[RELOAD_AT, self.shift.start_place]
        self.now += int(self.seconds[self.here, there])
        self.driven += int(self.costs[self.here, there])
        self.here, self.trip_left = there, None
        self.aboard = np.zeros_like(self.aboard)

    def _times(self, rows: Cells) -> tuple[Cells, Cells, Cells]:
        """Departure, beginning at the first door and end at the last one, (rows,) seconds each; FAR where it is too late."""
        tasks = self.tasks
        leaves = np.full(len(rows), self.now)
        if self.trip_left is None:
            leaves = np.maximum(leaves, tasks.release[rows])
        doors, service, opens = tasks.doors[rows], tasks.service[rows], tasks.windows[rows, :, 0]
        begins = np.maximum(leaves + self.seconds[self.here, doors[:, 0]], opens[:, 0])
        there = begins + service[:, 0] + self.seconds[doors[:, 0], doors[:, 1]]
        ends = np.maximum(there, opens[:, 1]) + service[:, 1]
        late = (begins > tasks.windows[rows, 0, 1]) | (
            ends - service[:, 1] > tasks.windows[rows, 1, 1]
        )
        return leaves, begins, np.where(late, FAR, ends)

    def _nearest(self) -> int | None:
        """The task that is cheapest to go on with; None where none fits."""
        tasks = self.tasks
        rows = np.flatnonzero(tasks.is_open)
        times = self._times(rows)
        doors = tasks.doors[rows]
        arcs = self.costs[self.here, doors[:, 0]] + self.costs[doors[:, 0], doors[:, 1]]
        fits = self._fits(rows, times, arcs)
        if not fits.any():
            return None
        leaves, _, ends = times
        price = (
            tasks.price[rows] // self.told.unit
            + self.per_arc * arcs
            + self.per_s * (ends - leaves - tasks.service[rows].sum(axis=1))
        )
        return int(rows[fits][np.argmin(price[fits])])

    def _fits(
        self, rows: Cells, times: tuple[Cells, Cells, Cells], arcs: Cells
    ) -> npt.NDArray[np.bool_]:
        """Whether the route may go on with each of these tasks, and still end in time."""
        tasks, shift = self.tasks, self.shift
        leaves, begins, ends = times
        doors = tasks.doors[rows]
        home = np.where(ends == FAR, FAR, ends + self.seconds[doors[:, 1], self.end])
        fits: npt.NDArray[np.bool_] = home <= self.end_s
        fits &= (self.aboard + tasks.load[rows] <= self.limit).all(axis=1)
        if self.departed is None:
            fits &= leaves <= self.latest_s
        if self.trip_left is not None:
            fits &= tasks.release[rows] <= self.trip_left
        if shift.max_duration_s is not None:
            since = np.minimum(begins - self.seconds[self.here, doors[:, 0]], self.latest_s)
            since = since if self.departed is None else self.departed
            fits &= home - since <= shift.max_duration_s
        if shift.max_distance_m is not None:
            fits &= self.driven + arcs + self.costs[doors[:, 1], self.end] <= shift.max_distance_m
        return fits

    def _serve(self, row: int) -> None:
        tasks = self.tasks
        leaves, begins, ends = self._times(np.array([row]))
        first, last = (int(at) for at in tasks.doors[row])
        if self.departed is None:
            self.departed = int(min(begins[0] - self.seconds[self.here, first], self.latest_s))
        if self.trip_left is None:
            self.trip_left = int(leaves[0])
        self.driven += int(self.costs[self.here, first] + self.costs[first, last])
        self.aboard = self.aboard + tasks.load[row]
        self.now, self.here = int(ends[0]), last
