"""Places at partners: counter rows that are locked while they are counted, so that nobody goes over capacity."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from couriers.assignment.models import Assignment, PartnerDay
from couriers.assignment.reading import ACTIVE
from couriers.roster.models import Partner
from delivery.orders.status import Status

Place = tuple[UUID, date]


def lock_days(places: Iterable[Place]) -> dict[Place, PartnerDay]:
    """Lock the counters of some partners' days, made where there is none yet, always in the same order.

    Every command that counts takes its locks like this: consignments, then assignments, then counters, then streams.
    """
    wanted = sorted(set(places))
    capacities = dict(
        Partner.objects.filter(pk__in={pk for pk, _day in wanted}).values_list(
            "pk", "daily_capacity"
        )
    )
    PartnerDay.objects.bulk_create(
        [PartnerDay(partner_id=pk, day=day, capacity=capacities[pk]) for pk, day in wanted],
        ignore_conflicts=True,
    )
    which = Q(pk=None)
    for pk, day in wanted:
        which |= Q(partner_id=pk, day=day)
    rows = (
        PartnerDay.objects.select_for_update(no_key=True)
        .filter(which)
        .order_by("partner_id", "day")
    )
    return {(row.partner_id, row.day): row for row in rows}


def count(counters: Mapping[Place, PartnerDay], changes: Mapping[Place, int]) -> None:
    """Change locked counters: positive takes places, negative frees them."""
    for place, change in changes.items():
        counters[place].taken += change
    PartnerDay.objects.bulk_update([counters[place] for place in changes], ["taken"])


def places_of(assignments: Iterable[Assignment]) -> Counter[Place]:
    """Return how many places assignments hold, by partner and day."""
    return Counter((a.partner_id, a.day) for a in assignments)


def lock_active(which: Q) -> list[Assignment]:
    """Lock the assignments in force that match, in the order of their ids."""
    found = Assignment.objects.select_for_update(of=("self",), no_key=True).filter(
        which, state__in=ACTIVE
    )
    return list(found.order_by("pk"))


def of_cancelled(day: date) -> Q:
    """Return which assignments hold a place of a day for a consignment that its merchant cancelled."""
    return Q(day=day, consignment__status=Status.CANCELLED)
