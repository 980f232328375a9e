"""Finding an order, parcel, phone, street or courier by what somebody typed."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from common.accounts.readers import Reader
from couriers.roster import queries as roster
from couriers.roster.models import Courier
from delivery.orders import queries as orders
from delivery.orders.models import Consignment
from routing.plans.queries import plans_people
from routing.routes.models import Route
from routing.routes.queries import routes_visible_to

MOST = 50
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """What was found. url: where the console shows it, empty for who has no console."""

    consignments: list[tuple[Consignment, str]]
    couriers: list[tuple[Courier, Route | None, str]]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.consignments) + len(self.couriers)


def find(reader: Reader, text: str) -> Found:
    """Return what a reader may see that answers to `text`, newest first, at most MOST of a kind (four queries)."""
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        return Found([], [])
    has_console = plans_people(reader)
    consignments = _consignments(reader, text)[:MOST]
    return Found(
        [(c, _consignment_url(c) if has_console else "") for c in consignments],
        _couriers(reader, text, has_console),
    )


def _consignments(reader: Reader, text: str) -> QuerySet[Consignment]:
    code = text.replace(" ", "").upper()
    wanted = (
        Q(code=code)
        | Q(order__code=code)
        | Q(parcels__code=code)
        | Q(order__external_ref__iexact=text)
        | Q(address__line1__icontains=text)
    )
    if (
        not reader.is_partner
    ):  # a partner sees no phone and no name before its courier stands at the door
        wanted |= Q(recipient__name__icontains=text)
        digits = "".join(c for c in text if c.isdecimal())
        if len(digits) >= 5:  # fewer are a house number
            wanted |= Q(recipient__phone__contains=digits.removeprefix("00").removeprefix("0"))
    found = orders.consignments_visible_to(reader).filter(wanted).values("pk")
    return (
        orders.consignments_visible_to(reader)
        .filter(pk__in=found)
        .select_related("order__merchant__organization", "partner")
    )


def _consignment_url(consignment: Consignment) -> str:
    if consignment.hub is None:
        return ""
    page = reverse("dispatch-hub", args=[consignment.hub.code])
    return f"{page}?day={consignment.due_on.isoformat()}&consignment={consignment.pk}"


def _couriers(
    reader: Reader, text: str, has_console: bool
) -> list[tuple[Courier, Route | None, str]]:
    wanted = Q(alias__icontains=text) | Q(user__name__icontains=text)
    rows = roster.couriers_visible_to(reader).filter(wanted)[:MOST]
    newest: dict[Any, Route] = {}
    routes = routes_visible_to(reader).filter(shift__courier__in=[c.pk for c in rows])
    for route in routes.order_by("shift__courier_id", "-plan__day", "-id").distinct(
        "shift__courier_id"
    ):
        newest[route.shift.courier_id] = route
    return [
        (c, newest.get(c.pk), _route_url(newest.get(c.pk)) if has_console else "") for c in rows
    ]


def _route_url(route: Route | None) -> str:
    if route is None:
        return ""
    page = reverse("dispatch-hub", args=[route.plan.hub.code])
    return f"{page}?day={route.plan.day.isoformat()}&route={route.pk}"
