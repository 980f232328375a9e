"""What PyVRP is told of the ways between locations: what they cost, how long they take, which are forbidden."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.engine.problem import UNREACHABLE, Shift, cost_per_m, service_time, travel_times
from routing.engine.proposers.pyvrp_part import Look, Part
from routing.engine.proposers.pyvrp_places import END, RELOAD_AT, START, Places

FORBIDDEN_TIMES = 20
"""A forbidden arc costs so many times the dearest arc; that no shift is long enough for it is what forbids it."""

Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Profile:
    """Travel between all L locations for the vehicle types of one profile."""

    costs: Any
    """(L, L) int64, row from, column to: metres, or units of cost where `is_priced`."""
    seconds: Any
    """(L, L) int64, row from, column to, with set-up, loading and what service takes beyond the quickest kind."""
    forbidden: npt.NDArray[np.bool_]
    """(L, L), row from, column to: no shift is long enough for this arc."""
    is_priced: bool


@dataclass(frozen=True, slots=True)
class Arcs:
    """The ways of a part, to be told by profile."""

    part: Part
    places: Places
    base_service: Mapping[str, int]
    """Seconds by job id that service takes in any case; what it takes beyond on a kind of vehicle is in the arcs."""
    unit: int
    """Micros in one of PyVRP's units of cost."""

    def profile(self, look: Look) -> Profile:
        """The ways as shifts of this look drive them."""
        part, shift = self.part, look.shift
        seconds, metres, forbidden = self._roads(shift)
        self._add_stops(shift, seconds)
        for at in self.places.van_location.values():
            # A van on the road is where it starts.
            starts = self.places.of_role(START)
            seconds[starts, at] = metres[starts, at] = 0
            forbidden[starts, at] = False
        costs = self._priced(look, metres) if look.is_priced else metres
        forbidden[:, self.places.jobs] |= ~look.allowed
        self._forbid_order(shift, forbidden)
        np.fill_diagonal(forbidden, False)
        seconds[forbidden] = 2 * part.problem.horizon_s + 1
        costs[forbidden] = FORBIDDEN_TIMES * max(1, int(costs.max(initial=0)))
        np.fill_diagonal(seconds, 0)
        np.fill_diagonal(costs, 0)
        return Profile(costs, seconds, forbidden, look.is_priced)

    def _roads(self, shift: Shift) -> tuple[Cells, Cells, npt.NDArray[np.bool_]]:
        """Seconds, metres, and whether there is no road, (L, L) each, row from, column to."""
        problem, place = self.part.problem, self.places.place
        grid = np.ix_(place, place)
        seconds = travel_times(problem, shift)[grid].copy()
        metres = problem.matrices[shift.vehicle_kind].distances_m[grid].copy()
        no_road = seconds == UNREACHABLE
        if (END, None) in self.places.depots:
            nowhere = self.places.depots[END, None]
            seconds[:, nowhere] = 0
            no_road[:, nowhere] = False
            metres[:, nowhere] = 0
        seconds[no_road] = metres[no_road] = 0
        return seconds, metres, no_road

    def _add_stops(self, shift: Shift, seconds: Cells) -> None:
        """Add set-up, loading, and what service takes beyond the quickest kind."""
        jobs, rows, place = self.part.jobs, self.places.jobs, self.places.place
        setup = np.array([job.setup_s for job in jobs], dtype=np.int64)
        seconds[:, rows] += setup
        # Who parks at a door need not park again at the next one of the same place.
        same = place[rows, None] == place[None, rows]
        seconds[rows, rows] -= np.where(same, setup, 0)
        extra = np.array(
            [service_time(job, shift.vehicle_kind) - self.base_service[job.id] for job in jobs],
            dtype=np.int64,
        )
        seconds[rows, :] += extra[:, None]
        if shift.max_trips > 1:
            seconds[:, self.places.of_role(RELOAD_AT)] += shift.reload_s

    def _priced(self, look: Look, metres: Cells) -> Cells:
        """Micros of each arc, with what the shift costs the job and what changing its order does."""
        part = self.part
        costs = metres * cost_per_m(look.shift, part.weights)
        costs[:, self.places.jobs] += look.prices
        if look.keeps_order:
            self._charge_other_orders(costs)
        return -(-costs // self.unit)

    def _charge_other_orders(self, costs: Cells) -> None:
        """Add the price of not following the job that was followed to the arcs into published jobs."""
        part, places = self.part, self.places
        reloads = places.of_role(RELOAD_AT)
        begins = [*reloads, *places.of_role(START), *places.van_location.values()]
        moved = part.weights.changed_order
        for job in part.jobs:
            if job.published is None:
                continue
            at, after = places.location[job.id], job.published.after
            costs[:, at] += moved
            # An arc does not know what came before a reload: there it is not charged.
            costs[begins if after is None else reloads, at] -= moved
            if after in places.location:
                costs[places.location[after], at] -= moved

    def _forbid_order(self, shift: Shift, forbidden: npt.NDArray[np.bool_]) -> None:
        """What is begun stays first and in order, what must be at the front comes first, a van on the road before all."""
        starts = self.places.of_role(START)
        van = self.places.van_location.get(shift.id)
        for shift_id, at in self.places.van_location.items():
            forbidden[:, at] = True
            if shift_id == shift.id:
                forbidden[starts, at] = False
        heads = starts if van is None else [*starts, van]
        for job in self.part.jobs:
            if job.position == 0:
                self._only_after(heads, self.places.location[job.id], forbidden)
        if not shift.prefix:
            return
        begun = [self.places.location[one] for one in shift.prefix]
        self._only_after(heads, begun[0], forbidden)
        for row in heads:
            self._only_before(row, begun[0], forbidden, keep=van)
        for here, following in itertools.pairwise(begun):
            self._only_after([here], following, forbidden)
            self._only_before(here, following, forbidden)

    @staticmethod
    def _only_after(rows: list[int], column: int, forbidden: npt.NDArray[np.bool_]) -> None:
        kept = forbidden[rows, column].copy()
        forbidden[:, column] = True
        forbidden[rows, column] = kept

    @staticmethod
    def _only_before(
        row: int, column: int, forbidden: npt.NDArray[np.bool_], keep: int | None = None
    ) -> None:
        kept = forbidden[row, column]
        to_van = keep is not None and forbidden[row, keep]
        forbidden[row, :] = True
        forbidden[row, column] = kept
        if keep is not None:
            forbidden[row, keep] = to_van
