"""What each kind of a courier's command does. All work on facts (scans, the route's and the stop's state), so that their order does not matter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from common.accounts.readers import Reader
from common.errors.domain import DomainError
from couriers.models import Courier
from delivery.models import Consignment, Parcel
from delivery.orders.status import Status
from delivery.parcels import actions as parcels
from delivery.parcels.models import LOADABLE, CustodyScan
from delivery.proof_of_delivery import actions as proof
from delivery.proof_of_delivery.actions import Handing
from delivery.proof_of_delivery.models import Attempt
from delivery.tracking import actions as tracking
from delivery.tracking.actions import Happening, NotPackedYet
from delivery.tracking.bulk import lock_consignments
from routing.routes import etas
from routing.routes.models import Route, Stop, StopConsignment
from routing.routes.queries import DRIVEN, TO_COME, hub_today


class NotOnYourRoutes(DomainError):
    """The stop, route or parcel is not (any more) on a route of this courier."""

    code = "not_on_your_routes"
    status = 404
    title = _("This is not on your list (any more). Load your list again.")


class StopAlreadyCompleted(DomainError):
    """The stop is done."""

    code = "stop_already_completed"
    title = _("This stop is done already: nothing was changed.")


@dataclass(frozen=True)
class Command:
    """One thing the courier did. occurred_at: device time, mended by the phone's skew. parcel: its id or code.

    consignments: only these of the stop; empty for all. data: why, name, handed_to.
    """

    id: UUID
    type: str
    occurred_at: datetime
    route: UUID | None = None
    stop: UUID | None = None
    parcel: str = ""
    consignments: tuple[UUID, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


Done = tuple[Route, Stop | None, Sequence[UUID]]


@dataclass
class Door:
    """One command being carried out: finds and locks what it is about, and moves consignments to where the facts say."""

    courier: Courier
    command: Command
    reader: Reader
    now: datetime

    def lock_route(self, route_id: UUID | None) -> Route:
        """Return the courier's route, locked."""
        if route_id is None:
            raise NotOnYourRoutes
        mine = Route.objects.filter(pk=route_id, shift__courier=self.courier, state__in=DRIVEN)
        # Without the plan: republishing may give the route another one meanwhile, and a join to the old one would find
        # nothing then.
        if mine.select_for_update(of=("self",), no_key=True).only("pk").first() is None:
            raise NotOnYourRoutes
        return (
            Route.objects.select_related("plan__hub")
            .defer("line", "plan__inputs", "plan__figures")
            .get(pk=route_id)
        )

    def lock_stop(self) -> tuple[Route, Stop]:
        """Return the courier's stop and its route, locked. A stop of a plan that was replaced is found by what it held."""
        try:
            return self._lock(self._find_stop())
        except NotOnYourRoutes:
            # A plan published while this command waited for the route put another in its place: look again.
            return self._lock(self._find_stop())

    def _find_stop(self) -> Stop:
        stop = (
            Stop.objects.filter(pk__in=[self.command.stop], route__shift__courier=self.courier)
            .select_related("route")
            .first()
        )
        if stop is not None and stop.route.state not in DRIVEN:
            held = stop.drops.values("consignment")
            stop = Stop.objects.filter(
                drops__is_active=True,
                drops__consignment__in=held,
                route__shift__courier=self.courier,
                route__state__in=DRIVEN,
            ).first()
        if stop is None:
            raise NotOnYourRoutes
        return stop

    def _lock(self, stop: Stop) -> tuple[Route, Stop]:
        """Return a stop and its route, locked. Raises NotOnYourRoutes where the stop left the route meanwhile."""
        route = self.lock_route(stop.route_id)
        held = (
            Stop.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk=stop.pk, route=route)
            .first()
        )
        if held is None:
            raise NotOnYourRoutes
        return route, held

    def start(self, route: Route, at: datetime) -> None:
        """Mark a route as started, if it is not."""
        if route.state == Route.State.PUBLISHED:
            route.state = Route.State.RUNNING
            route.started_at = at
            route.save(update_fields=["state", "started_at"])

    def arrive(self, stop: Stop, at: datetime) -> None:
        """Mark a stop as reached; the earliest word counts."""
        if stop.state == Stop.State.PENDING:
            stop.state = Stop.State.ARRIVED
        stop.arrived_at = min(stop.arrived_at, at) if stop.arrived_at else at
        stop.save(update_fields=["state", "arrived_at"])

    def scan_loaded(self, parcel: Parcel) -> None:
        """Write that the courier's partner has the parcel. Raises NotPackedYet, naming it."""
        if parcel.packaging not in LOADABLE and parcel.consignment.kind != Consignment.Kind.RETURN:
            raise NotPackedYet(
                _("Parcel %(code)s is not packed yet: it can't be loaded.") % {"code": parcel.code},
                parcels=[parcel.code],
            )
        if not is_loaded(parcel):
            parcels.record_scan(
                parcel=parcel,
                kind=CustodyScan.Kind.LOADED,
                holder_id=self.courier.partner_id,
                occurred_at=self.command.occurred_at,
                now=self.now,
                reader=self.reader,
            )

    def move(self, consignment_id: UUID, to: str) -> None:
        """Move one consignment through the funnel, under an id that makes a repetition harmless."""
        happening = Happening(
            occurred_at=self.command.occurred_at,
            to=to,
            client_event_id=uuid5(self.command.id, f"{consignment_id}{to}"),
        )
        tracking.record_progress(
            consignment_id=consignment_id, happening=happening, now=self.now, reader=self.reader
        )

    def catch_up(self, route: Route, drops: Sequence[StopConsignment]) -> None:
        """Bring consignments to where the facts say they are: loaded, on the road, at the door. In the order of their ids."""
        locked = lock_consignments([d.consignment_id for d in drops])
        for drop in sorted(drops, key=lambda d: d.consignment_id):
            consignment = locked[drop.consignment_id]
            if not all(is_loaded(p) for p in consignment.parcels.all()):
                continue
            for step in _steps(consignment.status, route.state, drop.stop.state):
                self.move(consignment.pk, step)


_ROAD = (Status.PLANNED, Status.AT_HUB, Status.LOADED, Status.OUT_FOR_DELIVERY, Status.ARRIVING)


def _steps(status: str, route_state: str, stop_state: str) -> list[str]:
    """Return the moves from `status` to what a loaded consignment of such a route and stop is."""
    if status not in _ROAD:
        return []
    goal: str = Status.LOADED
    if route_state != Route.State.PUBLISHED:
        goal = Status.ARRIVING if stop_state == Stop.State.ARRIVED else Status.OUT_FOR_DELIVERY
    now_at, to = _ROAD.index(Status(status)), _ROAD.index(Status(goal))
    return [step.value for step in _ROAD[max(now_at + 1, _ROAD.index(Status.LOADED)) : to + 1]]


def is_loaded(parcel: Parcel) -> bool:
    """Tell whether the parcel's newest word of custody on the road is that it was loaded."""
    kinds = (CustodyScan.Kind.LOADED, CustodyScan.Kind.BACK_AT_HUB)
    last = parcel.scans.filter(kind__in=kinds).order_by("-received_at", "-id").first()
    return last is not None and last.kind == CustodyScan.Kind.LOADED


def _active(stop_or_route: Stop | Route) -> list[StopConsignment]:
    rows = (
        StopConsignment.objects.filter(is_active=True)
        .select_related("stop")
        .order_by("consignment_id")
    )
    if isinstance(stop_or_route, Stop):
        return list(rows.filter(stop=stop_or_route))
    return list(rows.filter(stop__route=stop_or_route))


def _load_parcel(door: Door) -> Done:
    wanted = door.command.parcel.strip()
    drops = StopConsignment.objects.filter(
        stop__route__shift__courier=door.courier, stop__route__state__in=DRIVEN
    )
    carried = Parcel.objects.select_related("consignment").filter(
        consignment__in=drops.values("consignment")
    )
    parcel = (
        carried.filter(pk=wanted) if _is_uuid(wanted) else carried.filter(code=wanted.upper())
    ).first()
    if parcel is None:
        raise NotOnYourRoutes
    drop = (
        drops.filter(consignment=parcel.consignment)
        .order_by("-is_active", "-id")
        .select_related("stop")
        .first()
    )
    assert drop is not None  # noqa: S101 - the parcel was found through it
    route = door.lock_route(drop.stop.route_id)
    drop = StopConsignment.objects.select_related("stop").get(pk=drop.pk)
    lock_consignments([parcel.consignment_id])
    if drop.is_active:
        door.scan_loaded(parcel)
        door.catch_up(route, [drop])
    return route, drop.stop, [parcel.consignment_id]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _start_route(door: Door) -> Done:
    route = door.lock_route(door.command.route)
    door.start(route, door.command.occurred_at)
    # The courier's own word on when they left beats what an early arrival implied.
    Route.objects.filter(pk=route.pk).update(started_at=door.command.occurred_at)
    drops = _active(route)
    door.catch_up(route, drops)
    return route, None, [d.consignment_id for d in drops]


def _arrive(door: Door) -> Done:
    route, stop = door.lock_stop()
    door.start(route, door.command.occurred_at)
    door.arrive(stop, door.command.occurred_at)
    drops = _active(stop)
    for drop in drops:
        drop.stop = stop
    door.catch_up(route, drops)
    return route, stop, [d.consignment_id for d in drops]


def _deliver(door: Door) -> Done:
    return _complete(door, Attempt.Outcome.DELIVERED)


def _fail(door: Door) -> Done:
    return _complete(door, Attempt.Outcome.FAILED)


def _complete(door: Door, outcome: str) -> Done:
    route, stop = door.lock_stop()
    command = door.command
    drops = _active(stop)
    if not drops:
        raise StopAlreadyCompleted(stop=str(stop.pk))
    if command.consignments:
        drops = [d for d in drops if d.consignment_id in command.consignments]
        if not drops:
            raise StopAlreadyCompleted(stop=str(stop.pk))
    ids = [d.consignment_id for d in drops]
    lock_consignments(ids)
    door.start(route, command.occurred_at)
    door.arrive(stop, command.occurred_at)
    for parcel in (
        Parcel.objects.filter(consignment__in=ids).select_related("consignment").order_by("id")
    ):
        door.scan_loaded(parcel)
    for drop in drops:
        drop.stop = stop
    door.catch_up(route, drops)
    handing = Handing(
        outcome=outcome,
        occurred_at=command.occurred_at,
        why=str(command.data.get("why", "")),
        name=str(command.data.get("name", "")),
        handed_to=str(command.data.get("handed_to", "")),
    )
    for consignment_id in ids:
        attempt = proof.record_attempt(
            consignment_id=consignment_id,
            handing=handing,
            command_id=command.id,
            partner_id=door.courier.partner_id,
            reader=door.reader,
            now=door.now,
        )
        if (
            attempt.outcome == Attempt.Outcome.FAILED
            and proof.next_step(attempt.why, attempt.number) == Status.RESCHEDULED
        ):
            day = max(route.plan.day, hub_today(route.plan.hub.timezone, door.now)) + timedelta(
                days=1
            )
            proof.reschedule(consignment_id=consignment_id, due_on=day)
    StopConsignment.objects.filter(pk__in=[d.pk for d in drops]).update(is_active=False)
    etas.hide_courier(ids, now=door.now)
    _close(door, route, stop)
    return route, stop, ids


def _close(door: Door, route: Route, stop: Stop) -> None:
    """Close a stop with nothing left to hand over, and the route with its last stop."""
    if stop.drops.filter(is_active=True).exists():
        return
    delivered = Attempt.objects.filter(
        consignment__in=stop.drops.values("consignment"), outcome=Attempt.Outcome.DELIVERED
    ).exists()
    stop.state = Stop.State.DONE if delivered else Stop.State.FAILED
    stop.left_at = door.command.occurred_at
    stop.save(update_fields=["state", "left_at"])
    if route.state == Route.State.RUNNING and not route.stops.filter(state__in=TO_COME).exists():
        route.state = Route.State.DONE
        route.finished_at = door.command.occurred_at
        route.save(update_fields=["state", "finished_at"])


def _back_at_hub(door: Door) -> Done:
    """The courier gives back what was not delivered, and the route is over."""
    route = door.lock_route(door.command.route)
    hub = route.plan.hub
    rows = StopConsignment.objects.filter(stop__route=route).values_list(
        "consignment_id", flat=True
    )
    locked = lock_consignments(list(rows))
    given_back = []
    for consignment in locked.values():
        aboard = [
            p
            for p in consignment.parcels.all()
            if is_loaded(p) and p.holder_id == door.courier.partner_id
        ]
        if not aboard:
            continue
        for parcel in aboard:
            parcels.record_scan(
                parcel=parcel,
                kind=CustodyScan.Kind.BACK_AT_HUB,
                holder_id=hub.operator_id,
                occurred_at=door.command.occurred_at,
                now=door.now,
                reader=door.reader,
            )
        for step in _BACK.get(consignment.status, ()):
            door.move(consignment.pk, step)
        if consignment.status in _ROAD:
            day = max(route.plan.day, hub_today(hub.timezone, door.now)) + timedelta(days=1)
            proof.reschedule(consignment_id=consignment.pk, due_on=day)
        given_back.append(consignment.pk)
    StopConsignment.objects.filter(
        stop__route=route, consignment__in=given_back, is_active=True
    ).update(is_active=False)
    if route.state == Route.State.RUNNING:
        _end(door, route)
    etas.hide_courier(given_back, now=door.now)
    return route, None, given_back


# What was aboard and is back waits for the next plan; a return goes its own way from the hub on.
_BACK: dict[str, tuple[str, ...]] = {
    Status.RESCHEDULED: (Status.ACCEPTED,),
    Status.LOADED: (Status.AT_HUB,),
    Status.OUT_FOR_DELIVERY: (Status.LOADED, Status.AT_HUB),
    Status.ARRIVING: (Status.OUT_FOR_DELIVERY, Status.LOADED, Status.AT_HUB),
}


def _end(door: Door, route: Route) -> None:
    left = StopConsignment.objects.filter(stop__route=route, is_active=True)
    waiting = list(left.values_list("consignment_id", flat=True))
    left.update(is_active=False)
    for consignment in lock_consignments(waiting).values():
        if consignment.status == Status.PLANNED:  # never loaded: it is still at the hub
            door.move(consignment.pk, Status.ACCEPTED)
    route.stops.filter(state__in=TO_COME).update(
        state=Stop.State.FAILED, left_at=door.command.occurred_at
    )
    route.state = Route.State.DONE
    route.finished_at = door.command.occurred_at
    route.save(update_fields=["state", "finished_at"])


HANDLERS: dict[str, Callable[[Door], Done]] = {
    "load_parcel": _load_parcel,
    "start_route": _start_route,
    "arrive": _arrive,
    "deliver": _deliver,
    "fail": _fail,
    "back_at_hub": _back_at_hub,
}
TYPES = tuple(HANDLERS)
