"""Reads of shifts."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from common.days import day_bounds
from couriers.roster import queries as roster
from couriers.shifts.models import Shift
from delivery.hubs.models import Hub


def shifts_visible_to(reader: Reader) -> QuerySet[Shift]:
    """Return the shifts a reader may see, earliest first: staff all, a manager its own couriers', a courier theirs."""
    shifts = Shift.objects.select_related("courier__partner__organization", "vehicle", "hub")
    if roster.reads_network(reader):
        return shifts
    if roster.manages_partner(reader):
        return shifts.filter(courier__partner_id=reader.organization_id)
    if reader.is_partner and reader.user_id and reader.has_role(Role.COURIER):
        return shifts.filter(
            courier__user_id=reader.user_id, courier__partner_id=reader.organization_id
        )
    return shifts.none()


def shifts_on(hub: Hub, day: date) -> QuerySet[Shift]:
    """Return the active shifts that start at a hub on a day of its zone, earliest first (one query)."""
    begins, ends = day_bounds(day, hub.timezone)
    return Shift.objects.filter(
        hub=hub, is_active=True, starts_at__gte=begins, starts_at__lt=ends
    ).select_related("courier__partner__organization", "vehicle")


def partners_on_duty(hubs: list[Hub], day: date) -> set[tuple[UUID, UUID]]:
    """Return the pairs (partner, hub) that have a shift on a day (one query a hub)."""
    return {
        (partner_id, hub.pk)
        for hub in hubs
        for partner_id in shifts_on(hub, day)
        .order_by()
        .values_list("courier__partner_id", flat=True)
        .distinct()
    }
