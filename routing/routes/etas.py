"""When the courier will be where: worked out after each step and from positions, told to recipients and boards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q

from couriers.models import LastPosition
from delivery.tracking import actions as tracking
from delivery.tracking import bulk
from delivery.tracking.bulk import Nearness
from delivery.tracking.models import Approach
from routing.routes import live
from routing.routes.models import Route, Stop, StopConsignment
from routing.routes.queries import TO_COME, is_at_risk
from routing.travel_times.providers import travel_times
from routing.travel_times.traffic import slowed_now

# A position is worth a look at the road this often; a step (arrived, done) is always worth one.
REFRESH_EVERY = timedelta(seconds=30)
SILENT_FOR = timedelta(minutes=2)
MOST_AT_ONCE = 300
POSITION_IS_OLD = timedelta(minutes=10)
# Smaller moves of an ETA are not written, so that 2,000 recipients' screens stay still.
MOVE_WORTH_WRITING = timedelta(seconds=60)
# DESIGN §7: the courier shows on the map only to the recipients of the next few stops, and only roughly.
SHOWN_TO_NEXT = 3
SHOWN_DECIMALS = 3  # of a degree: about 100 m
HERE_M = 60


@dataclass(frozen=True)
class Expected:
    """A stop to come, and when its service is expected to start."""

    stop: Stop
    eta_at: datetime


@transaction.atomic
def refresh_etas(*, route_id: UUID, now: datetime) -> Route:
    """Work out the ETAs of a published or running route, keep and tell what moved. Called after each command and on positions."""
    # The row alone: republishing may give it another plan meanwhile, and a join to the old one would find nothing then.
    Route.objects.select_for_update(no_key=True).only("pk").get(pk=route_id)
    route = (
        Route.objects.select_related("plan", "shift__courier", "shift__vehicle")
        .defer("line", "plan__inputs", "plan__figures")
        .get(pk=route_id)
    )
    stops = list(route.stops.order_by("position"))
    position = LastPosition.objects.filter(courier=route.shift.courier_id).first()
    expected = expect(route, stops, position, now)
    moved = _keep(route, expected, now)
    _tell_recipients(route, expected, moved, now)
    _show_courier(route, expected, position, now)
    live.tell_progress(route, progress_data(route, stops), hub_id=route.plan.hub_id, now=now)
    return route


def follow_courier(*, courier_id: UUID, now: datetime) -> None:
    """Refresh the courier's running routes, each at most every REFRESH_EVERY. Called when positions came in."""
    due = Route.objects.filter(shift__courier=courier_id, state=Route.State.RUNNING).exclude(
        etas_at__gt=now - REFRESH_EVERY
    )
    for route_id in due.values_list("pk", flat=True):
        refresh_etas(route_id=route_id, now=now)


def refresh_stale(*, now: datetime, speed: float = 1.0) -> int:
    """Refresh routes that nothing was heard of for a while, and return how many: a courier who has not left, or whose
    phone is silent, gets later by the minute, and the board must say so. Called twice a minute.

    `speed`: how fast the house's clock runs in a demo.
    """
    silent_since = now - SILENT_FOR * max(1.0, speed / 10)
    due = Route.objects.filter(
        Q(state=Route.State.RUNNING)
        | Q(state=Route.State.PUBLISHED, planned_start_at__lt=now - SILENT_FOR)
    ).exclude(etas_at__gt=silent_since)
    found = list(due.order_by("etas_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    for route_id in found:
        refresh_etas(route_id=route_id, now=now)
    return len(found)


def expect(
    route: Route, stops: Sequence[Stop], position: LastPosition | None, now: datetime
) -> list[Expected]:
    """Return each stop to come with its expected start of service, waiting for windows and serving on the way."""
    to_come = [s for s in stops if s.state in TO_COME]
    here = max(
        (s for s in to_come if s.state == Stop.State.ARRIVED),
        key=lambda s: s.arrived_at or now,
        default=None,
    )
    expected: list[Expected] = []
    behind: Stop | None = None
    leaves_at = max(now, route.planned_start_at) if route.state == Route.State.PUBLISHED else now
    if here is not None:
        start = max(here.arrived_at or now, here.window_start or here.arrived_at or now)
        expected.append(Expected(here, start))
        leaves_at, behind = max(now, start + timedelta(seconds=here.service_s)), here
    for number, stop in enumerate(s for s in to_come if s is not here):
        if number == 0 and behind is None:
            arrives_at = _first_arrival(route, stops, stop, position, leaves_at, now)
        else:
            arrives_at = leaves_at + timedelta(
                seconds=_leg_s(route, stops, behind, stop, leaves_at)
            )
        start = max(arrives_at, stop.window_start or arrives_at)
        expected.append(Expected(stop, start))
        leaves_at, behind = start + timedelta(seconds=stop.service_s), stop
    return expected


def _first_arrival(
    route: Route,
    stops: Sequence[Stop],
    stop: Stop,
    position: LastPosition | None,
    leaves_at: datetime,
    now: datetime,
) -> datetime:
    """Return when the next stop is reached: from where the courier is, if that is known, else from the stop before."""
    if route.state == Route.State.PUBLISHED:
        return leaves_at + timedelta(seconds=stop.travel_s)
    left = [s.left_at for s in stops if s.left_at is not None]
    since = max([*left, route.started_at or now])
    if position is not None and position.recorded_at >= max(since, now - POSITION_IS_OLD):
        where = (position.point.x, position.point.y)
        return now + timedelta(seconds=_drive_s(where, (stop.point.x, stop.point.y), route, now))
    last = max(
        (s for s in stops if s.left_at is not None), key=lambda s: s.left_at or now, default=None
    )
    return max(now, since + timedelta(seconds=_leg_s(route, stops, last, stop, now)))


def _leg_s(
    route: Route, stops: Sequence[Stop], behind: Stop | None, stop: Stop, leaves_at: datetime
) -> int:
    """Return the drive to a stop: as planned from the one before it, asked anew when the courier comes from elsewhere."""
    number = next(i for i, s in enumerate(stops) if s.pk == stop.pk)
    planned = stops[number - 1] if number else None
    if (planned.pk if planned else None) == (behind.pk if behind else None):
        return stop.travel_s
    if behind is None:
        return stop.travel_s
    return _drive_s(
        (behind.point.x, behind.point.y), (stop.point.x, stop.point.y), route, leaves_at
    )


def _drive_s(
    one: tuple[float, float], other: tuple[float, float], route: Route, leaves_at: datetime
) -> int:
    """Return the drive between two points in the traffic of its hour."""
    kind = route.shift.vehicle.kind
    seconds = int(travel_times().matrix([one, other], kind).durations_s[0, 1])
    if seconds <= 0:
        return 0  # a position off the road has no way to anywhere: then it counts as there
    return slowed_now(seconds, route.shift.hub_id, kind, leaves_at)


def _keep(route: Route, expected: Sequence[Expected], now: datetime) -> set[UUID]:
    moved = []
    for one in expected:
        if abs(one.eta_at - one.stop.eta_at) >= MOVE_WORTH_WRITING:
            one.stop.eta_at = one.eta_at
            moved.append(one.stop)
    Stop.objects.bulk_update(moved, ["eta_at"])
    pending = [e for e in expected if e.stop.state == Stop.State.PENDING]
    if pending:
        route.late_s = int((pending[0].eta_at - pending[0].stop.planned_at).total_seconds())
    route.etas_at = now
    route.save(update_fields=["late_s", "etas_at"])
    return {s.pk for s in moved}


def _drops(expected: Sequence[Expected]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    rows = StopConsignment.objects.filter(stop__in=[e.stop.pk for e in expected], is_active=True)
    for stop_id, consignment_id in rows.values_list("stop_id", "consignment_id"):
        found.setdefault(stop_id, []).append(consignment_id)
    return found


def _tell_recipients(
    route: Route, expected: Sequence[Expected], moved: set[UUID], now: datetime
) -> None:
    if route.state == Route.State.PROPOSED:
        return
    drops = _drops(expected)
    known = dict(
        Approach.objects.filter(pk__in=[c for ids in drops.values() for c in ids]).values_list(
            "pk", "stops_before"
        )
    )
    news = [
        Nearness(consignment_id=c, eta_at=one.stop.eta_at, stops_before=before)
        for before, one in enumerate(expected)
        for c in drops.get(one.stop.pk, ())
        if one.stop.pk in moved or known.get(c) != before
    ]
    bulk.tell_approaches(news=news, now=now)


def _show_courier(
    route: Route, expected: Sequence[Expected], position: LastPosition | None, now: datetime
) -> None:
    drops = _drops(expected)
    near = [c for one in expected[:SHOWN_TO_NEXT] for c in drops.get(one.stop.pk, ())]
    far = [c for one in expected[SHOWN_TO_NEXT:] for c in drops.get(one.stop.pk, ())]
    hide_courier(far, now=now)
    if (
        route.state != Route.State.RUNNING
        or position is None
        or position.recorded_at < now - POSITION_IS_OLD
    ):
        return
    point = Point(
        round(position.point.x, SHOWN_DECIMALS), round(position.point.y, SHOWN_DECIMALS), srid=4326
    )
    for consignment_id in sorted(near):
        tracking.show_courier(
            consignment_id=consignment_id, point=point, seen_at=position.recorded_at, now=now
        )


def hide_courier(consignment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Take the courier off the maps of these recipients, where it is on."""
    shown = Approach.objects.filter(pk__in=consignment_ids, courier_point__isnull=False).order_by(
        "pk"
    )
    for consignment_id in list(shown.values_list("pk", flat=True)):
        tracking.show_courier(consignment_id=consignment_id, point=None, seen_at=None, now=now)


def progress_data(route: Route, stops: Sequence[Stop]) -> dict[str, object]:
    """Return how far a route is, as boards show it."""
    to_come = [s for s in stops if s.state in TO_COME]
    return {
        "route": route.pk,
        "state": route.state,
        "version": route.version,
        "done": len(stops) - len(to_come),
        "total": len(stops),
        "late_s": route.late_s,
        "next_eta": min((s.eta_at for s in to_come), default=None),
        "at_risk": [s.pk for s in to_come if is_at_risk(s)],
        "stops": {str(s.pk): {"state": s.state, "eta_at": s.eta_at} for s in stops},
    }
