"""From a plan's inputs to the engine's problem: one job per door, one engine shift per shift, seconds since local midnight."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from routing.engine.problem import MICROS, Job, Matrix, Problem, Shift, TimeWindow
from routing.engine.solution import Solution
from routing.plans.inputs import Drop, Inputs, Turn

# Each further consignment handed over at the same door takes this share of its own service time: the walk is made once.
SHARE_AT_THE_SAME_DOOR = 3
# What a courier's hour and kilometre weigh where the vehicle names no price of its own (planning weights, not money; 2026-11).
HOUR_WEIGHT, KM_WEIGHT = 20.0, {"VAN": 0.35, "SCOOTER": 0.12, "BICYCLE": 0.05}
# Somebody has to load before the first drive of a plan made during the day.
LOADING = timedelta(minutes=10)


@dataclass(frozen=True)
class Door:
    """The consignments that one stop hands over together. window: open for all of them."""

    drops: tuple[Drop, ...]
    window: tuple[datetime, datetime] | None

    @property
    def id(self) -> str:
        """The job's id: its first consignment's."""
        return str(self.drops[0].id)

    @property
    def service_s(self) -> int:
        """Seconds at the door: the longest of them, and a share of each other."""
        times = sorted((d.service_s for d in self.drops), reverse=True)
        return times[0] + sum(t // SHARE_AT_THE_SAME_DOOR for t in times[1:])

    @property
    def load(self) -> dict[str, int]:
        """Grams, litres x 1000 and boxes of all of them."""
        return {
            "weight_g": sum(d.weight_g for d in self.drops),
            "volume_ml": sum(d.volume_ml for d in self.drops),
            "count": sum(d.count for d in self.drops),
        }


@dataclass(frozen=True)
class Draft:
    """A plan's inputs put in order before travel times are known.

    doors: what can be planned, by job id. places: (lon, lat), the hub first. place_of: index into places by job id.
    left_out: consignments that no planning could help, with their reasons. pinned: shift by job id. locked: job ids in
    order by shift id.
    """

    inputs: Inputs
    doors: Mapping[str, Door]
    places: tuple[tuple[float, float], ...]
    place_of: Mapping[str, int]
    left_out: tuple[tuple[Drop, dict[str, Any]], ...] = field(default=())
    pinned: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The vehicle kinds that need travel times."""
        return tuple(sorted({t.kind for t in self.inputs.turns}))


def partner_skill(partner_id: UUID) -> str:
    """Return the skill that keeps a partner's consignments with its own couriers."""
    return f"partner:{partner_id}"


def draft(inputs: Inputs) -> Draft:
    """Return the doors to plan, and at once the consignments that have no point or no shift of their partner."""
    usable, left_out = _sorted_out(inputs)
    places_kept = _places_kept(inputs)
    doors = {door.id: door for door in _merge(usable, inputs, places_kept)}
    places: dict[tuple[float, float], int] = {inputs.hub_point: 0}
    place_of = {
        job: places.setdefault(_point(door.drops[0]), len(places)) for job, door in doors.items()
    }
    pinned = {
        job: str(inputs.pins[door.drops[0].id])
        for job, door in doors.items()
        if door.drops[0].id in inputs.pins
    }
    locked = _locked(doors, places_kept)
    return Draft(inputs, doors, tuple(places), place_of, tuple(left_out), pinned, locked)


def _sorted_out(inputs: Inputs) -> tuple[list[Drop], list[tuple[Drop, dict[str, Any]]]]:
    """Return what can be planned, and what no planning could help with its reasons."""
    left_out: list[tuple[Drop, dict[str, Any]]] = []
    usable: list[Drop] = []
    partners = {t.partner_id for t in inputs.turns}
    for drop in inputs.drops:
        if drop.lon is None or drop.lat is None:
            left_out.append((drop, reason("no_point", action="drop_a_pin")))
        elif drop.partner_id not in partners:
            name = inputs.partner_names.get(drop.partner_id, "")
            left_out.append(
                (drop, reason("partner_has_no_shift", {"partner": name}, "add_partner_shift"))
            )
        else:
            usable.append(drop)
    return usable, left_out


def _locked(
    doors: Mapping[str, Door], places_kept: Mapping[UUID, tuple[UUID, int]]
) -> dict[str, tuple[str, ...]]:
    """Return the job ids of each locked shift, in the order of its stops."""
    in_order = sorted(
        (places_kept[door.drops[0].id], job)
        for job, door in doors.items()
        if door.drops[0].id in places_kept
    )
    locked: dict[str, tuple[str, ...]] = {}
    for (shift_id, _stop), job in in_order:
        locked[str(shift_id)] = (*locked.get(str(shift_id), ()), job)
    return locked


def _places_kept(inputs: Inputs) -> dict[UUID, tuple[UUID, int]]:
    """Return the locked shift and the number of the stop of each consignment on a locked route."""
    return {
        consignment: (shift_id, number)
        for shift_id, stops in inputs.locks.items()
        for number, held in enumerate(stops)
        for consignment in held
    }


def reason(code: str, figures: Mapping[str, Any] | None = None, action: str = "") -> dict[str, Any]:
    """Return one reason as it is kept: {"reasons": [{code, shift, figures}], "action": {code, shift, figures} or None}."""
    figures = dict(figures or {})
    return {
        "reasons": [{"code": code, "shift": None, "figures": figures}],
        "action": {"code": action, "shift": None, "figures": figures} if action else None,
    }


def problem(of: Draft, matrices: Mapping[str, Matrix], now: datetime) -> Problem:
    """Return the engine's problem. `matrices`: by vehicle kind, over `of.places`."""
    stays_with = {
        **of.pinned,
        **{j: shift_id for shift_id, jobs in of.locked.items() for j in jobs},
    }
    crews = _crews(of.inputs)
    jobs = tuple(
        replace(
            job(door, of.place_of[door.id], of.inputs.origin),
            pinned_shift=stays_with.get(door.id),
            shift_costs=of.inputs.leaning.charges(
                of.places[of.place_of[door.id]], crews[door.drops[0].partner_id]
            ),
        )
        for door in of.doors.values()
    )
    shifts = tuple(shift(turn, of.inputs.origin, now) for turn in of.inputs.turns)
    return Problem(jobs=jobs, shifts=shifts, matrices=dict(matrices))


def familiar_stops(of: Draft, solution: Solution) -> int | None:
    """Return how many stops have a courier who knows the area at least half; None where nobody's visits are known."""
    leaning = of.inputs.leaning
    if not leaning.visits:
        return None
    couriers = {str(turn.id): turn.courier_id for turn in of.inputs.turns}
    return sum(
        leaning.knows(couriers[route.shift_id], of.places[of.place_of[stop.job_id]]) >= 0.5
        for route in solution.routes
        for stop in route.stops
    )


def _crews(inputs: Inputs) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """Return shift and courier of each turn, by partner."""
    crews: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    for turn in inputs.turns:
        crews[turn.partner_id].append((turn.id, turn.courier_id))
    return crews


def seconds(at: datetime, origin: datetime) -> int:
    """Return a moment on the engine's axis, 0 at the earliest."""
    return max(0, int((at - origin).total_seconds()))


def job(door: Door, place: int, origin: datetime) -> Job:
    """Return a door as the engine's job."""
    windows = (
        (TimeWindow(seconds(door.window[0], origin), seconds(door.window[1], origin)),)
        if door.window
        else ()
    )
    first = door.drops[0]
    return Job(
        id=door.id,
        place=place,
        service_s=door.service_s,
        load=door.load,
        windows=windows,
        skills=first.skills | {partner_skill(first.partner_id)},
        priority=max(d.priority for d in door.drops),
    )


def shift(turn: Turn, origin: datetime, now: datetime) -> Shift:
    """Return a shift as the engine's, from the hub back to the hub, not before it can be loaded."""
    end_s = seconds(turn.ends_at, origin)
    start_s = seconds(
        max(turn.starts_at, now + LOADING if now > turn.starts_at else turn.starts_at), origin
    )
    priced = turn.cost_per_hour or turn.cost_per_km
    per_hour = turn.cost_per_hour if priced else HOUR_WEIGHT
    per_km = turn.cost_per_km if priced else KM_WEIGHT.get(turn.kind, KM_WEIGHT["VAN"])
    return Shift(
        id=str(turn.id),
        vehicle_kind=turn.kind,
        start_s=min(start_s, end_s),
        end_s=end_s,
        start_place=0,
        end_place=0,
        capacity={
            "weight_g": turn.capacity_g,
            "volume_ml": turn.capacity_ml,
            "count": turn.max_parcels,
        },
        skills=turn.skills | {partner_skill(turn.partner_id)},
        fixed_cost=round(turn.fixed_cost * MICROS),
        cost_per_s=max(1, round(per_hour * MICROS / 3600)),
        cost_per_m=max(1, round(per_km * MICROS / 1000)),
    )


def _point(drop: Drop) -> tuple[float, float]:
    # Five decimals are about a metre: two consignments for one house share a place.
    return round(drop.lon or 0.0, 5), round(drop.lat or 0.0, 5)


def _merge(
    drops: list[Drop], inputs: Inputs, places_kept: Mapping[UUID, tuple[UUID, int]]
) -> list[Door]:
    """Put consignments for one door together where their windows share time and the smallest vehicle can hold them."""
    at_door: dict[tuple[Any, ...], list[Drop]] = defaultdict(list)
    for drop in drops:
        stays = inputs.pins.get(drop.id), places_kept.get(drop.id)
        at_door[(drop.partner_id, _point(drop), drop.skills, stays)].append(drop)
    doors = []
    for (partner_id, _place, _skills, _stays), found in at_door.items():
        fleet = [t for t in inputs.turns if t.partner_id == partner_id]
        limits = {
            "weight_g": min(t.capacity_g for t in fleet),
            "volume_ml": min(t.capacity_ml for t in fleet),
            "count": min(t.max_parcels for t in fleet),
        }
        doors += _fill_doors(found, limits)
    return doors


def _fill_doors(drops: list[Drop], limits: Mapping[str, int]) -> list[Door]:
    doors: list[Door] = []
    for drop in drops:
        for index, door in enumerate(doors):
            shared, window = _common_window(door.window, drop.window)
            together = Door((*door.drops, drop), window)
            if shared and all(together.load[name] <= limit for name, limit in limits.items()):
                doors[index] = together
                break
        else:
            doors.append(Door((drop,), drop.window))
    return doors


Window = tuple[datetime, datetime] | None
# Less common time than this and two visits are planned: a minute's overlap would tie the route to that minute.
SHORTEST_COMMON = timedelta(minutes=30)


def window_of_all(drops: Sequence[Drop]) -> Window:
    """Return the time that suits all of them, its end before its start where there is none; None where none has a window."""
    windows = [d.window for d in drops if d.window]
    return (max(w[0] for w in windows), min(w[1] for w in windows)) if windows else None


def _common_window(one: Window, other: Window) -> tuple[bool, Window]:
    if one is None or other is None:
        return True, one or other
    both = max(one[0], other[0]), min(one[1], other[1])
    return both[1] - both[0] >= SHORTEST_COMMON, both
