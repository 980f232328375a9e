"""A part of a problem in PyVRP's terms: which rules are arcs, which are prizes, which are its own.

Every job has a location of its own, so that what depends on the job (set-up, service by vehicle kind, who may serve it,
prices on a shift, what must come before it) is in the arcs into and out of it. Depots are locations too; starts, places
of reloads and ends are apart, since open ends, loading time and begun routes make their arcs differ.
"""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
from pyvrp import (
    ActivityType,
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Shipment,
    VehicleType,
)

from routing.engine.problem import (
    UNREACHABLE,
    Job,
    Loads,
    Pair,
    Problem,
    Shift,
    cost_per_m,
    service_time,
    travel_times,
)
from routing.engine.proposers.pyvrp_offers import offers_of
from routing.engine.proposers.pyvrp_part import Look, Part, windows_of

COST_BITS = 52
"""Costs and prizes of a part fit into so many bits; beyond, they are divided by `Translation.unit`."""
FORBIDDEN_TIMES = 20
"""A forbidden arc costs so many times the dearest arc; that no shift is long enough for it is what forbids it."""

START, RELOAD_AT, END = "start", "reload", "end"
STOPS = "\u2211"
"""Load dimension that counts stops; no name of a dimension of the product."""

Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Variant:
    """One of PyVRP's clients: a job in one of its windows, or a van that is on the road already."""

    job_id: str | None
    location: int
    window: tuple[int, int]
    shift_id: str | None = None
    """The van; None for a job."""
    price: int = 0
    """Micros about which service in this window misses the soft windows."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Travel between all L locations for the vehicle types of one profile."""

    costs: Any
    """(L, L) int64, row from, column to: metres, or units of cost where `is_priced`."""
    seconds: Any
    """(L, L) int64, row from, column to, with set-up, loading and what service takes beyond the quickest kind."""
    forbidden: npt.NDArray[np.bool_]
    """(L, L): no shift is long enough for this arc."""
    is_priced: bool


class Translation:
    """PyVRP's data for a part, and what its numbers stand for."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.depots: dict[tuple[str, int | None], int] = {}
        """Location and index of the depot by role and place."""
        for group in part.groups:
            for key in _depots_of(group[0]):
                self.depots.setdefault(key, len(self.depots))
        first = len(self.depots)
        self.location = {job.id: first + at for at, job in enumerate(part.jobs)}
        """By job id."""
        road = [shift for shift in part.shifts if shift.must_drive and _gets_home(part, shift)]
        first += len(part.jobs)
        self.van_location = {shift.id: first + at for at, shift in enumerate(road)}
        """By shift id, for vans on the road."""
        self.places = self._places()
        self.base_service = {
            job.id: min((service_time(job, look.shift.vehicle_kind) for look in part.looks), default=0)
            for job in part.jobs
        }  # fmt: skip
        self.prizes = self._prizes()
        self.unit = self._unit()
        self.profiles = [self._profile(look) for look in part.looks]
        self.dimensions = self._dimensions()
        self.variants: list[Variant] = []
        """PyVRP's clients, by index."""
        self.variants_of: dict[str, list[int]] = {}
        """Clients by job id, by rising window."""
        self.van_client: dict[str, int] = {}
        """Client by shift id, for vans on the road."""
        self._number()
        self.hulls = {
            one: _hull(part.problem.job_by_id[one], part.problem)
            for pair in part.pairs
            for one in (pair.pickup, pair.delivery)
        }
        """First opening and last end by job id, for jobs of pairs."""
        self.shipment_end = {
            one: (kind, number)
            for number, pair in enumerate(part.pairs)
            for one, kind in (
                (pair.pickup, ActivityType.PICKUP),
                (pair.delivery, ActivityType.DELIVERY),
            )
        }
        """PyVRP's activity by job id, for jobs of pairs."""
        self.capacities, self.aboard, self.delivered, self.picked_up, self.between = self._loads()

    # Sizes

    def _places(self) -> npt.NDArray[np.int64]:
        """(L,) place of each location; 0 for the open end, whose arcs are set apart."""
        part = self.part
        places = [place or 0 for _, place in self.depots]
        places += [job.place for job in part.jobs]
        places += [part.problem.shift_by_id[one].start_place for one in self.van_location]
        return np.array(places, dtype=np.int64)

    def _prizes(self) -> dict[str, int]:
        """Micros for leaving out a job; so many bits that all of them together fit."""
        part = self.part
        most = 2**COST_BITS // (len(part.jobs) + 1)
        return {job.id: min(part.problem.penalty(job, part.weights), most) for job in part.jobs}

    def _unit(self) -> int:
        part = self.part
        total = sum(self.prizes.values())
        for shift in part.shifts:
            total += shift.fixed_cost + part.problem.vehicle_surcharge(part.weights)
            total += (shift.cost_per_s + shift.overtime_cost_per_s) * part.problem.horizon_s
            total += cost_per_m(shift, part.weights) * part.problem.longest_leg_m
        return 1 + (total >> (COST_BITS + 2))

    def _dimensions(self) -> list[str]:
        shifts = self.part.shifts
        names = sorted({name for shift in shifts for name in shift.capacity})
        if any((shift.max_stops or len(self.part.jobs)) < len(self.part.jobs) for shift in shifts):
            names.append(STOPS)
        return names

    # Arcs

    def _profile(self, look: Look) -> Profile:
        part, shift = self.part, look.shift
        grid = np.ix_(self.places, self.places)
        seconds = travel_times(part.problem, shift)[grid].copy()
        metres = part.problem.matrices[shift.vehicle_kind].distances_m[grid].copy()
        forbidden = seconds == UNREACHABLE
        seconds[forbidden] = metres[forbidden] = 0
        first, jobs = len(self.depots), part.jobs
        rows = slice(first, first + len(jobs))
        setup = np.array([job.setup_s for job in jobs], dtype=np.int64)
        seconds[:, rows] += setup
        # Who parks at a door need not park again at the next one of the same place.
        same = self.places[rows, None] == self.places[None, rows]
        seconds[rows, rows] -= np.where(same, setup, 0)
        extra = np.array(
            [service_time(job, shift.vehicle_kind) - self.base_service[job.id] for job in jobs],
            dtype=np.int64,
        )
        if (END, None) in self.depots:
            nowhere = self.depots[END, None]
            seconds[:, nowhere] = metres[:, nowhere] = 0
            forbidden[:, nowhere] = False
        seconds[rows, :] += extra[:, None]
        if shift.max_trips > 1:
            seconds[:, [at for (role, _), at in self.depots.items() if role == RELOAD_AT]] += (
                shift.reload_s
            )
        for at in self.van_location.values():
            starts = self._starts()
            seconds[starts, at] = metres[starts, at] = 0
            forbidden[starts, at] = False
        costs = self._priced(look, metres) if look.is_priced else metres
        forbidden[:, rows] |= ~look.allowed
        self._forbid_order(shift, forbidden)
        np.fill_diagonal(forbidden, False)
        seconds[forbidden] = 2 * part.problem.horizon_s + 1
        costs[forbidden] = FORBIDDEN_TIMES * max(1, int(costs.max(initial=0)))
        np.fill_diagonal(seconds, 0)
        np.fill_diagonal(costs, 0)
        return Profile(costs, seconds, forbidden, look.is_priced)

    def _starts(self) -> list[int]:
        return [at for (role, _), at in self.depots.items() if role == START]

    def _priced(self, look: Look, metres: Cells) -> Cells:
        """Micros of each arc, with what the shift costs the job and what changing its order does."""
        part = self.part
        costs = metres * cost_per_m(look.shift, part.weights)
        first = len(self.depots)
        costs[:, first : first + len(part.jobs)] += look.prices
        if look.keeps_order:
            moved = part.weights.changed_order
            reloads = [at for (role, _), at in self.depots.items() if role == RELOAD_AT]
            for job in part.jobs:
                if job.published is None:
                    continue
                at, after = self.location[job.id], job.published.after
                costs[:, at] += moved
                # An arc does not know what came before a reload: there it is not charged.
                kept = (
                    reloads
                    if after is not None
                    else [*reloads, *self._starts(), *self.van_location.values()]
                )
                costs[kept, at] -= moved
                if after in self.location:
                    costs[self.location[after], at] -= moved
        return -(-costs // self.unit)

    def _forbid_order(self, shift: Shift, forbidden: npt.NDArray[np.bool_]) -> None:
        """What is begun stays first and in order, what must be at the front comes first, a van on the road before all."""
        starts = self._starts()
        van = self.van_location.get(shift.id)
        for shift_id, at in self.van_location.items():
            forbidden[:, at] = True
            if shift_id == shift.id:
                forbidden[starts, at] = False
        heads = starts if van is None else [*starts, van]
        for job in self.part.jobs:
            if job.position == 0:
                self._only_after(heads, self.location[job.id], forbidden)
        if not shift.prefix:
            return
        begun = [self.location[one] for one in shift.prefix]
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

    # Clients and loads

    def _number(self) -> None:
        part = self.part
        paired = {one for pair in part.pairs for one in (pair.pickup, pair.delivery)}
        for job in part.jobs:
            if job.id in paired:
                continue
            offers = offers_of(job, part.problem, part.weights, self.prizes[job.id])
            first = len(self.variants)
            self.variants_of[job.id] = list(range(first, first + len(offers)))
            self.variants += [
                Variant(job.id, self.location[job.id], one.window, None, one.price)
                for one in offers
            ]
        for shift_id, at in self.van_location.items():
            self.van_client[shift_id] = len(self.variants)
            self.variants.append(Variant(None, at, (0, part.problem.horizon_s), shift_id))

    def _loads(self) -> tuple[Cells, Cells, Cells, Cells, Cells]:
        """Capacities and start loads by vehicle type, deliveries and pickups by client, goods by shipment; one column a dimension.

        Each dimension is divided by what divides all its amounts: PyVRP's penalties are per unit.
        """
        part, by_id = self.part, self.part.problem.job_by_id
        jobs = [None if v.job_id is None else by_id[v.job_id] for v in self.variants]
        delivered = self._amounts([None if job is None else job.load for job in jobs], 1)
        picked_up = self._amounts([None if job is None else job.pickup for job in jobs], 0)
        between = self._amounts([pair.load for pair in part.pairs], 0)
        aboard = self._amounts([group[0].start_load for group in part.groups], 0)
        capacities = np.zeros_like(aboard)
        for column, name in enumerate(self.dimensions):
            amounts = (
                delivered[:, column],
                picked_up[:, column],
                between[:, column],
                aboard[:, column],
            )
            total = 1 + sum(int(one.sum()) for one in amounts)
            for row, group in enumerate(part.groups):
                capacities[row, column] = min(_limit(group[0], name, total), total)
            factor = gcd(*(int(one) for amount in amounts for one in amount)) or 1
            for cells in (delivered, picked_up, between, aboard, capacities):
                cells[:, column] //= factor
        return capacities, aboard, delivered, picked_up, between

    def _amounts(self, loads: list[Loads | None], stops: int) -> Cells:
        cells = np.zeros((len(loads), len(self.dimensions)), dtype=np.int64)
        for row, load in enumerate(loads):
            for column, name in enumerate(self.dimensions):
                if load is not None:
                    cells[row, column] = stops if name == STOPS else load.get(name, 0)
        return cells

    # PyVRP's own

    def data(self, required: Collection[str]) -> ProblemData:
        """PyVRP's data; jobs in `required` may not be left out, others at the price of their penalty."""
        clients: list[Client] = []
        groups: list[ClientGroup] = []
        for at, variant in enumerate(self.variants):
            members = [at] if variant.job_id is None else self.variants_of[variant.job_id]
            if len(members) > 1 and at == members[0]:
                groups.append(ClientGroup(members, required=variant.job_id in required))
            in_group = len(groups) - 1 if len(members) > 1 else None
            clients.append(self._client(at, variant, required, in_group))
        return ProblemData(
            locations=[Location(0, 0) for _ in self.places],
            clients=clients,
            depots=[Depot(at) for at in self.depots.values()],
            vehicle_types=[self._vehicles(number) for number in range(len(self.part.groups))],
            distance_matrices=[profile.costs for profile in self.profiles],
            duration_matrices=[profile.seconds for profile in self.profiles],
            groups=groups,
            shipments=[self._shipment(n, pair, required) for n, pair in enumerate(self.part.pairs)],
        )

    def _client(
        self, at: int, variant: Variant, required: Collection[str], group: int | None
    ) -> Client:
        opens, closes = variant.window
        loads = self.delivered[at].tolist(), self.picked_up[at].tolist()
        if variant.job_id is None:
            return Client(variant.location, *loads, tw_late=closes, required=True)
        job = self.part.problem.job_by_id[variant.job_id]
        return Client(
            variant.location,
            *loads,
            service_duration=self.base_service[job.id],
            tw_early=opens,
            tw_late=closes,
            release_time=job.release_s,
            prize=(self.prizes[job.id] - variant.price) // self.unit,
            required=group is None and job.id in required,
            group=group,
        )

    def _shipment(self, number: int, pair: Pair, required: Collection[str]) -> Shipment:
        opens, closes = self.hulls[pair.pickup]
        late_opens, late_closes = self.hulls[pair.delivery]
        return Shipment(
            self.location[pair.pickup],
            self.location[pair.delivery],
            pickup_tw_early=opens,
            pickup_tw_late=closes,
            pickup_service_duration=self.base_service[pair.pickup],
            delivery_tw_early=late_opens,
            delivery_tw_late=late_closes,
            delivery_service_duration=self.base_service[pair.delivery],
            amount=self.between[number].tolist(),
            prize=(self.prizes[pair.pickup] + self.prizes[pair.delivery]) // self.unit,
            required=pair.pickup in required and pair.delivery in required,
        )

    def _vehicles(self, number: int) -> VehicleType:
        part = self.part
        group = part.groups[number]
        shift = group[0]
        profile = part.profile_of[number]
        roles = {role: self.depots[role, place] for role, place in _depots_of(shift)}
        limits: dict[str, Any] = {}
        if shift.max_distance_m is not None:
            limits["max_distance"] = shift.max_distance_m
        longest_s, overtime_s = _durations(shift)
        if longest_s is not None:
            limits["shift_duration"] = longest_s
        return VehicleType(
            num_available=len(group),
            capacity=self.capacities[number].tolist(),
            start_depot=roles[START],
            end_depot=roles[END],
            fixed_cost=self.units(shift.fixed_cost + part.problem.vehicle_surcharge(part.weights)),
            tw_early=shift.start_s,
            tw_late=shift.end_s + shift.overtime_s,
            unit_distance_cost=self.per_arc(number),
            unit_duration_cost=self.units(shift.cost_per_s),
            profile=profile,
            start_late=shift.end_s if shift.latest_start_s is None else shift.latest_start_s,
            initial_load=self.aboard[number].tolist(),
            reload_depots=[roles[RELOAD_AT]] if RELOAD_AT in roles else [],
            max_reloads=shift.max_trips - 1,
            max_overtime=overtime_s,
            unit_overtime_cost=self.units(shift.overtime_cost_per_s) if overtime_s else 0,
            **limits,
        )

    def per_arc(self, number: int) -> int:
        """Price of one unit of `Profile.costs` for a vehicle type."""
        if self.profiles[self.part.profile_of[number]].is_priced:
            return 1
        return self.units(cost_per_m(self.part.groups[number][0], self.part.weights))

    def price_of_second(self, number: int) -> int:
        """What an arc of this vehicle type costs in the mean, by its seconds; at least 1."""
        profile = self.profiles[self.part.profile_of[number]]
        open_arcs = ~profile.forbidden
        seconds = int(profile.seconds[open_arcs].sum())
        arcs = int(profile.costs[open_arcs].sum()) * self.per_arc(number)
        return max(1, arcs // seconds if seconds else 1)

    def units(self, micros: int) -> int:
        """Micros in PyVRP's units, at least one when there is a price at all."""
        return max(1, round(micros / self.unit)) if micros and self.unit > 1 else micros


def _depots_of(shift: Shift) -> list[tuple[str, int | None]]:
    found: list[tuple[str, int | None]] = [(START, shift.start_place), (END, shift.end_place)]
    return [*found, (RELOAD_AT, shift.start_place)] if shift.max_trips > 1 else found


def _gets_home(part: Part, shift: Shift) -> bool:
    """In time, if it does nothing else; if not, it drives home whatever the search says."""
    if shift.end_place is None:
        return True
    home_s = int(travel_times(part.problem, shift)[shift.start_place, shift.end_place])
    most_s = min(_most(shift.max_duration_s), shift.end_s + shift.overtime_s - shift.start_s)
    home_m = part.problem.matrices[shift.vehicle_kind].distances_m[
        shift.start_place, shift.end_place
    ]
    return home_s != UNREACHABLE and home_s <= most_s and int(home_m) <= _most(shift.max_distance_m)


def _most(limit: int | None) -> int:
    return 2**62 if limit is None else limit


def _limit(shift: Shift, dimension: str, total: int) -> int:
    if dimension == STOPS:
        return total if shift.max_stops is None else shift.max_stops
    return shift.capacity.get(dimension, total)


def _hull(job: Job, problem: Problem) -> tuple[int, int]:
    windows = windows_of(job, problem)
    return min(w[0] for w in windows), max(w[1] for w in windows)


def _durations(shift: Shift) -> tuple[int | None, int]:
    """Longest duration before overtime and the overtime after it, seconds.

    PyVRP's overtime begins after a duration, ours at an hour: a route as long as the whole shift ends in overtime
    whenever it begins, so what PyVRP charges is never more than is due.
    """
    if shift.max_trips > 1:
        # With trips and a limit of duration the local search of PyVRP 0.14.1 may go round in circles for ever.
        return None, 0
    if not shift.overtime_s:
        return shift.max_duration_s, 0
    usual_s = shift.end_s - shift.start_s
    if shift.max_duration_s is not None and shift.max_duration_s <= usual_s:
        return shift.max_duration_s, 0
    return usual_s, min(shift.overtime_s, _most(shift.max_duration_s) - usual_s)
