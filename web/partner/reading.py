"""What the partner's pages show: one partner, one day, read in a fixed number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from common.accounts.readers import Reader
from common.days import day_bounds
from couriers.assignment import queries as assignment
from couriers.assignment.models import Assignment, PartnerDay
from couriers.assignment.reading import ACTIVE
from couriers.models import LastPosition, Partner, RateCard, ServiceArea, Shift
from delivery.orders.models import Consignment
from delivery.orders.status import FINISHED, ON_THE_ROAD, Status
from routing.routes.models import Route, Stop

_DRIVEN = (Route.State.PUBLISHED, Route.State.RUNNING, Route.State.DONE)
_DONE = (Stop.State.DONE, Stop.State.FAILED)


@dataclass(frozen=True)
class ShiftRow:
    """A shift with how far its route is. duty: upcoming, on, over. seen_at: when the courier's phone was last heard."""

    shift: Shift
    duty: str
    route: Route | None
    stops: int
    done: int
    seen_at: datetime | None


@dataclass(frozen=True)
class Today:
    """A partner's day. statuses: each with its count, in the order of the way. taken of capacity: places."""

    day: date
    statuses: list[tuple[str, int]]
    taken: int
    capacity: int
    offers: int
    on_the_road: int
    finished: int
    shifts: list[ShiftRow]


def today(partner: Partner, day: date, now: datetime) -> Today:
    """Return a partner's day (seven queries)."""
    rows = Consignment.objects.filter(partner=partner.pk, due_on=day).order_by()
    counts: Counter[str] = Counter(dict(rows.values_list("status").annotate(Count("id"))))
    counter = PartnerDay.objects.filter(partner=partner, day=day).first()
    offers = assignment.open_offers(Assignment.objects.filter(partner=partner), now).count()
    return Today(
        day=day,
        statuses=[(s.value, counts[s]) for s in Status if counts[s]],
        taken=counter.taken if counter else 0,
        capacity=counter.capacity if counter else partner.daily_capacity,
        offers=offers,
        on_the_road=sum(counts[s] for s in ON_THE_ROAD),
        finished=sum(counts[s] for s in FINISHED),
        shifts=shift_rows(partner, day, now),
    )


def _duty(shift: Shift, now: datetime) -> str:
    if now < shift.starts_at:
        return "upcoming"
    return "over" if shift.ended_at or now >= shift.ends_at else "on"


def shift_rows(partner: Partner, day: date, now: datetime) -> list[ShiftRow]:
    """Return the shifts that start on a day, earliest first, with their routes (three queries)."""
    begins, ends = day_bounds(day, partner.organization.timezone)
    shifts = list(
        Shift.objects.filter(
            courier__partner=partner, is_active=True, starts_at__gte=begins, starts_at__lt=ends
        ).select_related("courier", "vehicle", "hub")
    )
    routes = {
        route.shift_id: route
        for route in Route.objects.filter(shift__in=shifts, state__in=_DRIVEN)
        .defer("line")
        .annotate(
            stops_all=Count("stops"), stops_done=Count("stops", filter=Q(stops__state__in=_DONE))
        )
        .order_by("id")
    }
    seen = dict(
        LastPosition.objects.filter(courier__partner=partner).values_list(
            "courier_id", "recorded_at"
        )
    )
    found = []
    for shift in shifts:
        route: Any = routes.get(shift.pk)
        found.append(
            ShiftRow(
                shift=shift,
                duty=_duty(shift, now),
                route=route,
                stops=route.stops_all if route else 0,
                done=route.stops_done if route else 0,
                seen_at=seen.get(shift.courier_id),
            )
        )
    return found


def offers(reader: Reader, now: datetime) -> QuerySet[Assignment]:
    """Return the offers that wait for this partner, the most urgent first, with their parcels (two queries)."""
    mine = assignment.assignments_visible_to(reader)
    return assignment.open_offers(mine, now).prefetch_related("consignment__parcels")


def coming_shifts(partner: Partner, now: datetime) -> QuerySet[Shift]:
    """Return the shifts that are not over, for a fortnight, earliest first (one query)."""
    return Shift.objects.filter(
        courier__partner=partner,
        is_active=True,
        ended_at=None,
        ends_at__gt=now,
        starts_at__lt=now + timedelta(days=14),
    ).select_related("courier", "vehicle", "hub")


def areas(partner: Partner, day: date) -> list[tuple[ServiceArea, int]]:
    """Return a partner's active areas, each with the consignments it brought on a day (two queries)."""
    found = ServiceArea.objects.filter(partner=partner, is_active=True).select_related("hub")
    brought = dict(
        Assignment.objects.filter(partner=partner, day=day, state__in=ACTIVE)
        .order_by()
        .values_list("area")
        .annotate(Count("id"))
    )
    return [(area, brought.get(area.pk, 0)) for area in found]


@dataclass(frozen=True)
class Money:
    """What a day brings. accepted, delivered: sums in `currency`. days: the week before, newest first."""

    day: date
    currency: str
    rows: list[Assignment]
    accepted: Decimal
    delivered: Decimal
    days: list[dict[str, Any]]
    card: RateCard | None


def money(partner: Partner, day: date) -> Money:
    """Return what the accepted offers of a day bring, and of the week up to it (three queries)."""
    accepted = Assignment.objects.filter(partner=partner, state=Assignment.State.ACCEPTED)
    rows = list(
        accepted.filter(day=day)
        .select_related("consignment__address")
        .order_by("consignment__code")
    )
    week = (
        accepted.filter(day__gt=day - timedelta(days=7), day__lte=day)
        .order_by("-day")
        .values("day")
        .annotate(
            count=Count("id"),
            total=Sum("price"),
            delivered=Sum("price", filter=Q(consignment__status=Status.DELIVERED)),
        )
    )
    card = (
        RateCard.objects.filter(partner=partner, valid_from__lte=day)
        .order_by("-valid_from")
        .first()
    )
    return Money(
        day=day,
        currency=rows[0].currency if rows else card.currency if card else "",
        rows=rows,
        accepted=sum((a.price for a in rows), start=Decimal(0)),
        delivered=sum(
            (a.price for a in rows if a.consignment.status == Status.DELIVERED), start=Decimal(0)
        ),
        days=[dict(row) for row in week],
        card=card,
    )
