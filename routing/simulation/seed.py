"""The demo's network: one operator with three hubs, four merchants, three partners with ten couriers.

Made once per database from the imported map, whichever city it shows. The day itself is played through the public
doors by `demo/`; nothing of it is written here.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely
from django.conf import settings
from django.contrib.gis.geos import MultiPoint, Point, Polygon
from django.db import transaction

from common.accounts.api_keys import create_api_key
from common.accounts.models import ApiKey, Membership, Organization, Role, User
from common.geo.models import MapAddress
from couriers.models import Certificate, Courier, Partner, RateCard, ServiceArea, Shift, Vehicle
from delivery.models import Hub, Merchant
from delivery.packaging import actions as packaging

DEMO_PASSWORD = "carteiro-demo"  # noqa: S105 - printed by ./bin/dev, good on a developer's machine only
ZONES = {
    "FI": "Europe/Helsinki",
    "BR": "America/Sao_Paulo",
    "PT": "Europe/Lisbon",
    "US": "America/New_York",
    "LI": "Europe/Vaduz",
}
# Where in the city's rectangle (share of width, share of height) each hub lies; the nearest real address is taken.
HUBS = (
    ("SUL", "South hub", 0.25, 0.22),
    ("LES", "East hub", 0.78, 0.45),
    ("NOR", "North hub", 0.42, 0.82),
)
# name, slug, price, home hub, second hub, certificates
PARTNERS = (
    (
        "Azul Entregas",
        "azul",
        "4.80",
        "SUL",
        "LES",
        [Certificate.COLD, Certificate.AGE_CHECK, Certificate.FRAGILE],
    ),
    (
        "Verde Bikes",
        "verde",
        "4.30",
        "LES",
        "NOR",
        [Certificate.FRAGILE, Certificate.AGE_CHECK, Certificate.COLD],
    ),
    (
        "Lilás Express",
        "lilas",
        "5.10",
        "NOR",
        "SUL",
        [Certificate.COLD, Certificate.FRAGILE, Certificate.AGE_CHECK],
    ),
)
# alias, partner, hub, vehicle, shift start (minute of the day), shift length (min; published range 120 to 480)
COURIERS = (
    ("Ana", "azul", "SUL", "VAN", 540, 480), ("Aino", "azul", "SUL", "SCOOTER", 570, 480),
    ("Bento", "azul", "SUL", "BICYCLE", 600, 420), ("Caio", "azul", "LES", "VAN", 570, 480),
    ("Dina", "verde", "LES", "VAN", 540, 480), ("Eero", "verde", "LES", "BICYCLE", 600, 450),
    ("Fabi", "verde", "NOR", "SCOOTER", 570, 480), ("Gil", "lilas", "NOR", "VAN", 540, 480),
    ("Hanna", "lilas", "NOR", "BICYCLE", 600, 420), ("Ivo", "lilas", "SUL", "VAN", 570, 480),
)  # fmt: skip
# Grams and millilitres. Van: 3.3 to 4.2 m3 (Amazon data set, 2021); scooter and cargo bicycle: usual boxes of their trade.
CAPACITY = {
    "VAN": (600_000, 3_800_000),
    "SCOOTER": (60_000, 220_000),
    "BICYCLE": (100_000, 450_000),
}
# Parcels a courier takes in a day here: few enough that every courier rides.
MOST_PARCELS = {"VAN": 36, "SCOOTER": 20, "BICYCLE": 24}
# Couriers are paid for their shift whether they drive or not, so sending one out costs nothing more.
COSTS = {
    "VAN": ("0", "0.35", "18.00"),
    "SCOOTER": ("0", "0.15", "16.00"),
    "BICYCLE": ("0", "0.05", "16.00"),
}
MERCHANTS = (
    (
        "Florista Lua",
        "lua",
        "#9d174d",
        "Thank you for sending flowers with us. Put them in fresh water and they last longer.",
    ),
    ("Livraria Porto", "livraria", "#1d4ed8", "Happy reading! Tell us what you thought of it."),
    (
        "Casa do Café",
        "cafe",
        "#92400e",
        "Your coffee was roasted this week. Enjoy it within a month.",
    ),
    (
        "Mercado Feito à Mão",
        "mercado",
        "#0f766e",
        "Made by hand for you. The maker would love to hear from you.",
    ),
)


@dataclass
class Credentials:
    """What a player of the demo needs to use the public doors, and what ./bin/dev prints."""

    password: str = DEMO_PASSWORD
    day: str = ""
    zone: str = ""
    people: dict[str, str] = field(default_factory=dict)
    couriers: dict[str, str] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    merchants: list[str] = field(default_factory=list)
    merchant_names: list[str] = field(default_factory=list)
    merchant_people: list[str] = field(default_factory=list)
    api_keys: dict[str, str] = field(default_factory=dict)
    hubs: dict[str, str] = field(default_factory=dict)


def credentials_path() -> Path:
    """Return where the demo's credentials are kept (never in the project): beside the clock, so that two demos stay apart."""
    return (
        Path(settings.CLOCK_FILE).with_name("demo.json")
        if settings.CLOCK_FILE
        else settings.LOCAL / "demo.json"
    )


def _organization(kind: str, name: str, slug: str, zone: str) -> Organization:
    return Organization.objects.create(kind=kind, name=name, slug=slug, timezone=zone)


def _person(name: str, slug: str, organization: Organization, role: str) -> User:
    user = User.objects.create_user(f"{slug}@demo.example", DEMO_PASSWORD, name=name)
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


def _hubs(operator: Organization, zone: str) -> dict[str, Hub]:
    points = list(MapAddress.objects.values_list("point", flat=True))
    west, south, east, north = MultiPoint(points, srid=4326).extent
    hubs = {}
    for code, name, x, y in HUBS:
        wanted = Point(west + x * (east - west), south + y * (north - south), srid=4326)
        nearest = min(points, key=wanted.distance)
        hubs[code] = Hub.objects.create(
            operator=operator,
            code=code,
            name=name,
            point=Point(nearest.x, nearest.y, srid=4326),
            timezone=zone,
        )
    return hubs


def _cells(hubs: dict[str, Hub]) -> dict[str, shapely.Polygon]:
    """Return, for each hub, the part of the city that is nearest to it, a little enlarged so that areas overlap."""
    west, south, east, north = MultiPoint(
        list(MapAddress.objects.values_list("point", flat=True)), srid=4326
    ).extent
    margin = 0.25 * max(east - west, north - south)
    city = shapely.box(west - margin, south - margin, east + margin, north + margin)
    places = {code: shapely.Point(h.point.x, h.point.y) for code, h in hubs.items()}
    parts = shapely.voronoi_polygons(shapely.MultiPoint(list(places.values())), extend_to=city)
    overlap = 0.02 * max(east - west, north - south)
    return {
        code: next(
            shapely.intersection(part, city).buffer(overlap, join_style="mitre")
            for part in parts.geoms
            if part.contains(place)
        )
        for code, place in places.items()
    }


def _areas(partner: Partner, home: Hub, second: Hub, cells: dict[str, shapely.Polygon]) -> None:
    """Give a partner its home cell, and of the neighbour's cell the half that lies towards home."""
    here, there = home.point, second.point
    for hub, shape, name in (
        (home, cells[home.code], f"{partner} {home.code}"),
        (
            second,
            _near_half(cells[second.code], (here.x, here.y), (there.x, there.y)),
            f"{partner} {second.code}",
        ),
    ):
        ServiceArea.objects.create(
            partner=partner,
            hub=hub,
            name=name,
            polygon=Polygon(tuple(shape.exterior.coords), srid=4326),
        )


def _near_half(
    cell: shapely.Polygon, home: tuple[float, float], hub: tuple[float, float]
) -> shapely.Polygon:
    """Return the part of `cell` on home's side of a line through its hub, square to the line between the two hubs."""
    dx, dy = home[0] - hub[0], home[1] - hub[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    far = 10 * length
    corners = [
        (hub[0] - uy * far, hub[1] + ux * far), (hub[0] - uy * far + ux * far, hub[1] + ux * far + uy * far),
        (hub[0] + uy * far + ux * far, hub[1] - ux * far + uy * far), (hub[0] + uy * far, hub[1] - ux * far),
    ]  # fmt: skip
    return shapely.intersection(cell, shapely.Polygon(corners))


def _merchants(zone: str, found: Credentials) -> None:
    for name, slug, accent, thanks in MERCHANTS:
        organization = _organization(Organization.Kind.MERCHANT, name, slug, zone)
        Merchant.objects.create(
            organization=organization,
            accent=accent,
            thanks=thanks,
            support_phone="+358401000000",
            support_email=f"help@{slug}.example",
        )
        person = _person(f"{name} (owner)", slug, organization, Role.MERCHANT)
        _key, text = create_api_key(
            organization=organization, name="Web shop", scopes=list(ApiKey.Scope.values)
        )
        found.merchants.append(slug)
        found.merchant_names.append(name)
        found.merchant_people.append(person.email)
        found.api_keys[slug] = text


def _partners(hubs: dict[str, Hub], zone: str, day: date, found: Credentials) -> dict[str, Partner]:
    cells = _cells(hubs)
    partners = {}
    for name, slug, price, home, second, certificates in PARTNERS:
        organization = _organization(Organization.Kind.PARTNER, name, slug, zone)
        partner = Partner.objects.create(
            organization=organization, daily_capacity=60, certificates=certificates
        )
        RateCard.objects.create(
            partner=partner, valid_from=day - timedelta(days=30), currency=settings.CURRENCY,
            base=Decimal(price), per_kg=Decimal("0.20"), cold_extra=Decimal("0.90"), window_extra=Decimal("0.40"),
        )  # fmt: skip
        _areas(partner, hubs[home], hubs[second], cells)
        found.partners[slug] = _person(
            f"{name} (manager)", slug, organization, Role.PARTNER_MANAGER
        ).email
        partners[slug] = partner
    return partners


def add_shifts(day: date, zone: str) -> int:
    """Give every demo courier a shift on `day` and return how many were added; those that exist stay."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    added = 0
    for alias, _partner, hub, _kind, start, length in COURIERS:
        courier = Courier.objects.get(alias=alias, user__email=f"{alias.lower()}@demo.example")
        starts_at = midnight + timedelta(minutes=start)
        if Shift.objects.filter(courier=courier, starts_at=starts_at, is_active=True).exists():
            continue
        Shift.objects.create(
            courier=courier, vehicle=courier.partner.vehicles.get(name=f"{alias}'s vehicle"), hub=Hub.objects.get(code=hub),
            starts_at=starts_at, ends_at=starts_at + timedelta(minutes=length),
        )  # fmt: skip
        added += 1
    return added


def _couriers(partners: dict[str, Partner], found: Credentials) -> None:
    for alias, slug, _hub, kind, _start, _length in COURIERS:
        partner = partners[slug]
        user = _person(alias, alias.lower(), partner.organization, Role.COURIER)
        Courier.objects.create(
            user=user, partner=partner, alias=alias, rides=kind, certificates=partner.certificates
        )
        grams, millilitres = CAPACITY[kind]
        fixed, per_km, per_hour = (Decimal(c) for c in COSTS[kind])
        Vehicle.objects.create(
            partner=partner, kind=kind, name=f"{alias}'s vehicle", capacity_g=grams, capacity_ml=millilitres,
            max_parcels=MOST_PARCELS[kind], has_cold_box=True, fixed_cost=fixed, cost_per_km=per_km, cost_per_hour=per_hour,
        )  # fmt: skip
        found.couriers[alias] = user.email


@transaction.atomic
def seed_network(*, day: date) -> Credentials:
    """Make the demo's network for `day` and return its credentials. Called by `manage.py demo_seed` on an empty database.

    Raises ValueError when the imported map has no addresses.
    """
    if not MapAddress.objects.exists():
        raise ValueError(
            "The imported map has no addresses. Run `manage.py import_map` with an extract that has some."
        )
    zone = ZONES.get(settings.COUNTRY, "UTC")
    found = Credentials(day=day.isoformat(), zone=zone)
    operator = _organization(Organization.Kind.OPERATOR, "Correio Carteiro", "correio", zone)
    for name, slug, role in (
        ("Dora (dispatcher)", "dora", Role.DISPATCHER), ("Paulo (packer)", "paulo", Role.PACKER),
        ("Petra (packer)", "petra", Role.PACKER), ("Sami (support)", "sami", Role.SUPPORT), ("Ada (administrator)", "ada", Role.ADMIN),
    ):  # fmt: skip
        found.people[slug] = _person(name, slug, operator, role).email
    hubs = _hubs(operator, zone)
    found.hubs = {code: str(hub.pk) for code, hub in hubs.items()}
    packaging.seed_default_rules()
    _merchants(zone, found)
    partners = _partners(hubs, zone, day, found)
    _couriers(partners, found)
    add_shifts(day, zone)
    return found


def keep(found: Credentials) -> None:
    """Write the credentials where the player and ./bin/dev find them."""
    path = credentials_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(found), indent=1, ensure_ascii=False))
    path.chmod(0o600)
