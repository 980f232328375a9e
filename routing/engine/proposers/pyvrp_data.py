"""A part of a problem in PyVRP's terms: which rules are arcs, which are prizes, which are its own.

Every job has a location of its own, so that what depends on the job (set-up, service by vehicle kind, who may serve it,
prices on a shift, what must come before it) is in the arcs into and out of it. Depots are locations too; starts, places
of reloads and ends are apart, since open ends, loading time and begun routes make their arcs differ.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

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

from routing.engine.problem import Job, Pair, Problem, Shift, cost_per_m, service_time
from routing.engine.proposers.pyvrp_arcs import Arcs
from routing.engine.proposers.pyvrp_loads import goods_of
from routing.engine.proposers.pyvrp_offers import offers_of
from routing.engine.proposers.pyvrp_part import Part, windows_of
from routing.engine.proposers.pyvrp_places import (
    END,
    RELOAD_AT,
    START,
    at_most,
    depots_of,
    places_of,
)

COST_BITS = 52
"""Costs and prizes of a part fit into so many bits; beyond, they are divided by `Translation.unit`."""


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


class Translation:
    """PyVRP's data for a part, and what its numbers stand for."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.places = places_of(part)
        self.base_service = {
            job.id: min((service_time(job, look.shift.vehicle_kind) for look in part.looks), default=0)
            for job in part.jobs
        }  # fmt: skip
        self.prizes = self._prizes()
        self.unit = self._unit()
        arcs = Arcs(part, self.places, self.base_service, self.unit)
        self.profiles = [arcs.profile(look) for look in part.looks]
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
        by_id = part.problem.job_by_id
        self.goods = goods_of(
            part, [None if one.job_id is None else by_id[one.job_id] for one in self.variants]
        )

    # Sizes

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

    # Clients

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
                Variant(job.id, self.places.location[job.id], one.window, None, one.price)
                for one in offers
            ]
        for shift_id, at in self.places.van_location.items():
            self.van_client[shift_id] = len(self.variants)
            self.variants.append(Variant(None, at, (0, part.problem.horizon_s), shift_id))

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
            locations=[Location(0, 0) for _ in self.places.place],
            clients=clients,
            depots=[Depot(at) for at in self.places.depots.values()],
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
        loads = self.goods.delivered[at].tolist(), self.goods.picked_up[at].tolist()
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
            self.places.location[pair.pickup],
            self.places.location[pair.delivery],
            pickup_tw_early=opens,
            pickup_tw_late=closes,
            pickup_service_duration=self.base_service[pair.pickup],
            delivery_tw_early=late_opens,
            delivery_tw_late=late_closes,
            delivery_service_duration=self.base_service[pair.delivery],
            amount=self.goods.between[number].tolist(),
            prize=(self.prizes[pair.pickup] + self.prizes[pair.delivery]) // self.unit,
            required=pair.pickup in required and pair.delivery in required,
        )

    def _vehicles(self, number: int) -> VehicleType:
        part = self.part
        group = part.groups[number]
        shift = group[0]
        profile = part.profile_of[number]
        roles = {role: self.places.depots[role, place] for role, place in depots_of(shift)}
        limits: dict[str, Any] = {}
        if shift.max_distance_m is not None:
            limits["max_distance"] = shift.max_distance_m
        longest_s, overtime_s = _durations(shift)
        if longest_s is not None:
            limits["shift_duration"] = longest_s
        return VehicleType(
            num_available=len(group),
            capacity=self.goods.capacities[number].tolist(),
            start_depot=roles[START],
            end_depot=roles[END],
            fixed_cost=self.units(shift.fixed_cost + part.problem.vehicle_surcharge(part.weights)),
            tw_early=shift.start_s,
            tw_late=shift.end_s + shift.overtime_s,
            unit_distance_cost=self.per_arc(number),
            unit_duration_cost=self.units(shift.cost_per_s),
            profile=profile,
            start_late=shift.end_s if shift.latest_start_s is None else shift.latest_start_s,
            initial_load=self.goods.aboard[number].tolist(),
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
    return usual_s, min(shift.overtime_s, at_most(shift.max_duration_s) - usual_s)
