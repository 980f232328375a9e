"""The small named world that tests share: change only what the test is about.

Correio Azul (operator) has the hub KAM (Kamppi, Helsinki). Florista Lua and Loja do Zé sell. Azul and Verde deliver:
Azul serves the south, Verde the north, and they overlap a little. Ana and Aino ride for Azul, Vesa for Verde.
All points lie in the demo extract (24.935-24.953 E, 60.164-60.179 N).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.gis.geos import Point, Polygon

from common.accounts.models import Membership, Organization, Role, User
from common.accounts.readers import Reader, reader_for_user
from couriers.models import Courier, Partner, RateCard, ServiceArea, Shift, Vehicle
from delivery.models import ChecklistRule, Consignment, Hub, Merchant, Order
from delivery.orders import actions as orders
from delivery.orders.actions import (
    NewAddress,
    NewConsignment,
    NewItem,
    NewOrder,
    NewParcel,
    NewRecipient,
)

# A Saturday in Helsinki (UTC+2): 08:00 there.
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
TODAY = NOW.date()
HUB_POINT = (24.9405, 60.1700)
DOORS = [
    (24.9384, 60.1675),
    (24.9410, 60.1690),
    (24.9455, 60.1720),
    (24.9480, 60.1745),
    (24.9440, 60.1765),
]
SOUTH = ((24.930, 60.160), (24.960, 60.160), (24.960, 60.1725), (24.930, 60.1725), (24.930, 60.160))
NORTH = (
    (24.930, 60.1715),
    (24.960, 60.1715),
    (24.960, 60.185),
    (24.930, 60.185),
    (24.930, 60.1715),
)
PASSWORD = "correct horse battery"


def organization(kind: str, name: str, slug: str) -> Organization:
    """Return an organization in Helsinki's zone."""
    return Organization.objects.create(kind=kind, name=name, slug=slug, timezone="Europe/Helsinki")


@cache
def _hashed() -> str:
    """Return PASSWORD's hash, made once: Argon2 is slow on purpose."""
    return make_password(PASSWORD)


def person(name: str, of: Organization, role: str) -> User:
    """Return a person who signs in as <name>@<slug>.example with PASSWORD."""
    user = User.objects.create(
        email=f"{name.lower()}@{of.slug}.example", password=_hashed(), name=name
    )
    Membership.objects.create(user=user, organization=of, role=role)
    return user


@dataclass
class World:
    """Everything that exists, by name."""

    operator: Organization
    hub: Hub
    florist: Merchant
    shop: Merchant
    azul: Partner
    verde: Partner
    dispatcher: User
    packer: User
    agent: User
    lua: User
    azul_manager: User
    ana: Courier
    aino: Courier
    vesa: Courier
    extra: dict[str, Any] = field(default_factory=dict)
    made: int = 0

    def reader(self, user: User) -> Reader:
        """Return the reader of a person."""
        return reader_for_user(user)

    def order(self, **changes: Any) -> Order:
        """Take in an order of the florist for one ordinary parcel to the next door; `changes` replace NewOrder's fields."""
        self.made += 1
        lon, lat = DOORS[(self.made - 1) % len(DOORS)]
        fields: dict[str, Any] = {
            "external_ref": f"W-{self.made}",
            "channel": Order.Channel.API,
            "recipient": NewRecipient(name=f"Recipient {self.made}", phone="+358401234567"),
            "address": NewAddress(
                line1=f"Testikatu {self.made}", city="Helsinki", country="FI", lon=lon, lat=lat
            ),
            "consignments": (NewConsignment(parcels=(box(),)),),
            "placed_at": NOW - timedelta(hours=1),
            "due_on": TODAY,
        } | changes
        merchant = fields.pop("merchant", self.florist)
        return orders.create_order(merchant=merchant, new=NewOrder(**fields), now=NOW)

    def consignment(self, status: str = "", **changes: Any) -> Consignment:
        """Return a located consignment of a new order, brought to `status` by hand: a starting point, not the funnel."""
        consignment = self.order(**changes).consignments.get()
        consignment.hub = self.hub
        if status:
            consignment.status = status
            if status not in {"RECEIVED", "ADDRESS_REVIEW", "READY", "OFFERED"}:
                consignment.partner = self.azul.organization
        consignment.save()
        return consignment


def box(weight_g: int = 700, **changes: Any) -> NewParcel:
    """Return an ordinary parcel of 5.7 litres."""
    fields: dict[str, Any] = {
        "weight_g": weight_g,
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 95,
        "items": (NewItem(name="Roses", sku="R-12"),),
    }
    return NewParcel(**(fields | changes))


def _partner(
    name: str, slug: str, polygon: tuple[tuple[float, float], ...], hub: Hub, base: str
) -> Partner:
    partner = Partner.objects.create(
        organization=organization(Organization.Kind.PARTNER, name, slug),
        daily_capacity=50,
        auto_accepts=False,
    )
    ServiceArea.objects.create(
        partner=partner, hub=hub, name=name, polygon=Polygon(polygon, srid=4326)
    )
    RateCard.objects.create(
        partner=partner, valid_from=TODAY - timedelta(days=30), currency="EUR", base=Decimal(base)
    )
    return partner


def _courier(name: str, partner: Partner, hub: Hub, kind: str) -> Courier:
    user = person(name, partner.organization, Role.COURIER)
    courier = Courier.objects.create(user=user, partner=partner, alias=name, rides=kind)
    capacity = {
        "VAN": (600_000, 3_600_000),
        "SCOOTER": (40_000, 150_000),
        "BICYCLE": (80_000, 400_000),
    }[kind]
    vehicle = Vehicle.objects.create(
        partner=partner,
        kind=kind,
        name=f"{name}'s {kind.lower()}",
        capacity_g=capacity[0],
        capacity_ml=capacity[1],
    )
    Shift.objects.create(
        courier=courier,
        vehicle=vehicle,
        hub=hub,
        starts_at=NOW + timedelta(hours=1),
        ends_at=NOW + timedelta(hours=9),
    )
    return courier


def build() -> World:
    """Make the world; every test gets a new one."""
    operator = organization(Organization.Kind.OPERATOR, "Correio Azul", "correio")
    hub = Hub.objects.create(
        operator=operator,
        code="KAM",
        name="Kamppi",
        point=Point(*HUB_POINT, srid=4326),
        timezone="Europe/Helsinki",
    )
    florist = Merchant.objects.create(
        organization=organization(Organization.Kind.MERCHANT, "Florista Lua", "lua")
    )
    shop = Merchant.objects.create(
        organization=organization(Organization.Kind.MERCHANT, "Loja do Zé", "ze")
    )
    ChecklistRule.objects.create(
        applies_to="ALL", position=1, title="Right items, right count", icon="list-checks"
    )
    ChecklistRule.objects.create(
        applies_to="FRAGILE", position=2, title="Wrap the fragile items", icon="shield"
    )
    azul = _partner("Azul", "azul", SOUTH, hub, "5.00")
    verde = _partner("Verde", "verde", NORTH, hub, "6.00")
    return World(
        operator=operator,
        hub=hub,
        florist=florist,
        shop=shop,
        azul=azul,
        verde=verde,
        dispatcher=person("Dora", operator, Role.DISPATCHER),
        packer=person("Paulo", operator, Role.PACKER),
        agent=person("Sami", operator, Role.SUPPORT),
        lua=person("Lua", florist.organization, Role.MERCHANT),
        azul_manager=person("Mara", azul.organization, Role.PARTNER_MANAGER),
        ana=_courier("Ana", azul, hub, "BICYCLE"),
        aino=_courier("Aino", azul, hub, "VAN"),
        vesa=_courier("Vesa", verde, hub, "VAN"),
    )
