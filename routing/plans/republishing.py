"""What a new plan changes for each phone: routes that stay as they are keep their rows, and nobody is told of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from routing.plans import inputs
from routing.plans.models import Plan
from routing.routes.models import Route, Stop

# A time that moves by less is no news: people read minutes.
SAME_TIME = timedelta(minutes=1)
StopsOf = Mapping[Route, Sequence[Stop]]


@dataclass(frozen=True)
class Change:
    """What is different on one courier's list, counted in consignments. moved: in another order; retimed: another time only."""

    added: int
    removed: int
    moved: int
    retimed: int

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.moved, self.retimed))


@dataclass(frozen=True)
class Republishing:
    """A plan beside the routes it takes the place of. same: new route to the old one that stays; changes: by courier."""

    replaced: tuple[Route, ...]
    same: Mapping[Route, Route]
    changes: Mapping[UUID, Change] = field(default_factory=dict)


def stops_of(routes: Collection[Route]) -> StopsOf:
    """Return routes read with `stops__drops` with their stops in order."""
    return {route: sorted(route.stops.all(), key=lambda stop: stop.position) for route in routes}


def routes_to_replace(plan: Plan) -> list[Route]:
    """Return the published routes of the day that nobody has touched, with their stops: a new plan takes their place."""
    touched = inputs.touched_routes(plan.hub_id).values("pk")
    return list(
        Route.objects.filter(
            plan__hub_id=plan.hub_id, plan__day=plan.day, state=Route.State.PUBLISHED
        )
        .exclude(pk__in=touched)
        .exclude(plan=plan)
        .select_related("shift__courier")
        .prefetch_related("stops__drops")
        .order_by("pk")
    )


def compare(new: StopsOf, old: StopsOf) -> Republishing:
    """Return what publishing `new` in place of `old` changes for each courier."""
    before = {route.shift_id: route for route in old}
    after = {route.shift_id: route for route in new}
    same: dict[Route, Route] = {}
    changes: dict[UUID, Change] = {}
    for shift_id in before.keys() | after.keys():
        one, other = before.get(shift_id), after.get(shift_id)
        change = _change(old[one] if one else (), new[other] if other else (), only_active=True)
        held = one or other
        if held is not None and change:
            changes[held.shift.courier_id] = change
        elif one is not None and other is not None and _leaves_alike(one, other):
            same[other] = one
        elif one is not None and other is not None:
            changes[one.shift.courier_id] = Change(0, 0, 0, len(_places(new[other], False)))
    return Republishing(tuple(old), same, changes)


def _change(old: Sequence[Stop], new: Sequence[Stop], *, only_active: bool) -> Change:
    was, will = _places(old, only_active), _places(new, False)
    both = was.keys() & will.keys()
    order_was = [c for c in was if c in both]
    order_will = [c for c in will if c in both]
    alike = _in_order(order_was, order_will)
    retimed = [
        c
        for c in both & alike
        if abs(was[c].planned_at - will[c].planned_at) >= SAME_TIME
        or _window(was[c]) != _window(will[c])
    ]
    together = _together(old, only_active) ^ _together(new, False)
    regrouped = {c for group in together for c in group} & both
    return Change(
        added=len(will.keys() - both),
        removed=len(was.keys() - both),
        moved=len(both - alike),
        retimed=len(set(retimed) | (regrouped & alike)),
    )


def _places(stops: Sequence[Stop], only_active: bool) -> dict[UUID, Stop]:
    """Return each consignment's stop, in the order of the route."""
    return {
        drop.consignment_id: stop
        for stop in stops
        for drop in sorted(stop.drops.all(), key=lambda d: str(d.consignment_id))
        if drop.is_active or not only_active
    }


def _together(stops: Sequence[Stop], only_active: bool) -> set[frozenset[UUID]]:
    """Return which consignments are handed over at one stop."""
    return {
        frozenset(d.consignment_id for d in stop.drops.all() if d.is_active or not only_active)
        for stop in stops
    } - {frozenset()}


def _window(stop: Stop) -> tuple[object, object]:
    return stop.window_start, stop.window_end


def _in_order(one: Sequence[UUID], other: Sequence[UUID]) -> set[UUID]:
    """Return the most that stands in the same order in both: the longest increasing run of places (patience sorting)."""
    place = {c: n for n, c in enumerate(one)}
    tails: list[UUID] = []
    before: dict[UUID, UUID | None] = {}
    for c in other:
        at = next((n for n, tail in enumerate(tails) if place[tail] >= place[c]), len(tails))
        before[c] = tails[at - 1] if at else None
        tails[at : at + 1] = [c]
    found: set[UUID] = set()
    last = tails[-1] if tails else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _leaves_alike(one: Route, other: Route) -> bool:
    return (
        one.number == other.number
        and abs(one.planned_start_at - other.planned_start_at) < SAME_TIME
    )
