"""Where new addresses meet the road is found as soon as they have a point, not when somebody waits for a plan."""

from datetime import datetime, timedelta

from common import clock
from couriers.models import Vehicle
from delivery.models import Consignment
from delivery.orders.status import Status
from routing.travel_times.protocol import Point
from routing.travel_times.providers import travel_times

WAITING = (Status.READY, Status.OFFERED, Status.ACCEPTED)
LOOK_BACK = timedelta(minutes=10)
"""Twice as long as between two looks: what was missed once is found again."""
# Five decimals, as plans name places.
DECIMALS = 5


def snap_new_places(*, now: datetime) -> int:
    """Snap the addresses of consignments that became ready lately, for each vehicle kind on duty; return how many points.

    Called every five minutes. Points that are known cost a look into the table. Two queries and one for each kind.
    """
    points = _new_points(now)
    if points:
        kinds = (
            Vehicle.objects.filter(is_active=True).order_by("kind").values_list("kind", flat=True)
        )
        for kind in kinds.distinct():
            travel_times().remember(points, kind)
    return len(points)


def _new_points(now: datetime) -> list[Point]:
    found = Consignment.objects.filter(
        status__in=WAITING,
        status_at__gte=now - LOOK_BACK * clock.speed(),
        # The index is by day; what was due longer ago has been planned before.
        due_on__gte=now.date() - timedelta(days=2),
        address__point__isnull=False,
    ).values_list("address__point", flat=True)
    return list(dict.fromkeys((round(p.x, DECIMALS), round(p.y, DECIMALS)) for p in found if p))
