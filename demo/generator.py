"""The demo day's orders: drawn from published last-mile figures with a fixed seed, addressed to real houses.

Knows nothing of Carteiro: it returns plain values that the player sends through the public doors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

# Percentiles 5/25/50/75/95. Parcels a stop and service time: Amazon Last Mile Routing Research Challenge data set (2021);
# weight: Olist Brazilian e-commerce data set; volume: Amazon. Read in November 2026. They are facts used here, not data copied.
PARCELS_AT_A_STOP = (1, 1, 1, 2, 3)
SERVICE_S = (31, 49, 70, 115, 291)
PARCEL_LITRES = (0.9, 3.0, 5.7, 13.3, 39.0)
PARCEL_G = (105, 300, 700, 1_900, 10_850)
_AT = (0.05, 0.25, 0.50, 0.75, 0.95)

# 7 % of parcels have a window in the Amazon data; a demo shows more of what windows do.
WINDOW_SHARE = 0.30
WINDOWS_MIN = (
    (9 * 60, 13 * 60),
    (10 * 60, 14 * 60),
    (11 * 60, 16 * 60),
    (12 * 60, 18 * 60),
    (13 * 60, 17 * 60),
    (10 * 60, 18 * 60),
)

FIRST_NAMES = (
    "Aino",
    "Bruna",
    "Elias",
    "Fernanda",
    "Helmi",
    "Iris",
    "João",
    "Kaisa",
    "Leo",
    "Marta",
    "Niko",
    "Olívia",
    "Pedro",
    "Rafael",
    "Saara",
    "Tiago",
    "Venla",
    "Yara",
)
LAST_NAMES = (
    "Almeida",
    "Heikkinen",
    "Korhonen",
    "Lima",
    "Mäkinen",
    "Nieminen",
    "Oliveira",
    "Pereira",
    "Salo",
    "Souza",
    "Virtanen",
    "Zimmermann",
)
GIFT_WORDS = (
    "Happy birthday, dear Saara!",
    "Parabéns! Com carinho, da família.",
    "Get well soon.",
    "Congratulations on the new home!",
)
ACCESS_NEEDS = (
    "Please ring twice: I need time to reach the door.",
    "I am deaf: send a message instead of calling.",
    "I use a wheelchair: please hand it over inside.",
)
INSTRUCTIONS = (
    "Door code is on the panel",
    "Second courtyard",
    "Leave with the neighbour on the ground floor",
    "",
)
PRODUCTS = (
    ("Bouquet of roses", "FLW-12"),
    ("Ceramic vase", "VAS-03"),
    ("Box of chocolates", "CHO-24"),
    ("Novel, paperback", "BOK-77"),
    ("Running shoes", "SHO-42"),
    ("Coffee beans 1 kg", "COF-01"),
    ("Desk lamp", "LMP-05"),
    ("Cheese selection", "CHE-08"),
    ("Red wine", "WIN-75"),
    ("Children's puzzle", "PUZ-50"),
)


@dataclass(frozen=True)
class House:
    """A real address; lon, lat in degrees."""

    street: str
    number: str
    postcode: str
    city: str
    lon: float
    lat: float


@dataclass(frozen=True)
class DemoParcel:
    """One box: grams, millimetres, and one item."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    name: str
    sku: str
    quantity: int
    is_fragile: bool
    is_cold: bool
    min_age: int


@dataclass(frozen=True)
class DemoOrder:
    """One order of the day.

    at_min: minute of the day at which it comes in. typed: the address as a person would type it. lon, lat: where the house is.
    window_min: minutes of the day or None. sellers: one tuple of parcels per seller. service_s: seconds at the door.
    """

    number: int
    merchant: int
    channel: str
    at_min: int
    name: str
    phone: str
    language: str
    access_needs: str
    instructions: str
    gift_message: str
    typed: str
    postcode: str
    city: str
    lon: float
    lat: float
    window_min: tuple[int, int] | None
    sellers: tuple[tuple[str, tuple[DemoParcel, ...]], ...]
    service_s: int


def draw(random: Random, percentiles: Sequence[float]) -> float:
    """Return a value whose distribution has these 5/25/50/75/95 % points, linear between them.

    Below 5 % and above 95 % the end points stand: no figure is invented beyond what was published.
    """
    u = random.random()
    if u <= _AT[0]:
        return float(percentiles[0])
    for low, high, p_low, p_high in zip(percentiles, percentiles[1:], _AT, _AT[1:], strict=False):
        if u <= p_high:
            return low + (high - low) * (u - p_low) / (p_high - p_low)
    return float(percentiles[-1])


def _parcel(random: Random) -> DemoParcel:
    litres = draw(random, PARCEL_LITRES)
    # Sides in the proportion 3:2:1.5, as most shipping boxes are about.
    unit = (litres * 1e6 / 9) ** (1 / 3)
    name, sku = random.choice(PRODUCTS)
    return DemoParcel(
        weight_g=round(draw(random, PARCEL_G)),
        length_mm=round(3 * unit),
        width_mm=round(2 * unit),
        height_mm=round(1.5 * unit),
        name=name,
        sku=sku,
        quantity=random.choice((1, 1, 1, 2, 3)),
        is_fragile=sku in {"VAS-03", "LMP-05"} or random.random() < 0.05,
        is_cold=sku == "CHE-08",
        min_age=18 if sku == "WIN-75" else 0,
    )


def _mistype(random: Random, street: str) -> str:
    """Return the street as typed in a hurry: now and then two letters swapped."""
    if len(street) < 6 or random.random() > 0.15:
        return street
    at = random.randrange(2, len(street) - 2)
    return street[:at] + street[at + 1] + street[at] + street[at + 2 :]


# (merchant, channel, share of the day's orders). Merchant 3 is the marketplace.
MIX = (
    (0, "API", 0.25),
    (3, "API", 0.17),
    (1, "CSV", 0.25),
    (2, "PHONE", 0.12),
    (2, "WHATSAPP", 0.11),
    (2, "STORE", 0.10),
)


def make_orders(houses: Sequence[House], *, count: int = 120, seed: int = 7) -> list[DemoOrder]:
    """Return the day's orders in the order in which they come in. The same houses, count and seed give the same day."""
    if not houses:
        raise ValueError("There are no addresses to deliver to: import a map with addresses first.")
    random = Random(seed)
    orders = []
    channels = [(m, c) for m, c, share in MIX for _ in range(round(share * count))]
    channels += [MIX[0][:2]] * (count - len(channels))
    random.shuffle(channels)
    for number in range(1, count + 1):
        merchant, channel = channels[number - 1]
        house = houses[(number - 1) % len(houses)]
        boxes = tuple(_parcel(random) for _ in range(round(draw(random, PARCELS_AT_A_STOP))))
        sellers: tuple[tuple[str, tuple[DemoParcel, ...]], ...] = (("", boxes),)
        if merchant == 3 and len(boxes) > 1 and random.random() < 0.8:
            sellers = (("Vasos & Cia", boxes[:1]), ("Chocolates Sol", boxes[1:]))
        elif merchant == 3:
            sellers = ((random.choice(("Vasos & Cia", "Chocolates Sol")), boxes),)
        orders.append(
            DemoOrder(
                number=number,
                merchant=merchant,
                channel=channel,
                at_min=6 * 60 + random.randrange(0, 110),
                name=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
                phone=f"+35840{random.randrange(1_000_000, 9_999_999)}",
                language=random.choice(("en", "en", "pt-br")),
                access_needs=random.choice(ACCESS_NEEDS) if random.random() < 0.06 else "",
                instructions=random.choice(INSTRUCTIONS),
                gift_message=random.choice(GIFT_WORDS) if random.random() < 0.12 else "",
                typed=f"{_mistype(random, house.street)} {house.number}",
                postcode=house.postcode,
                city=house.city,
                lon=house.lon,
                lat=house.lat,
                window_min=random.choice(WINDOWS_MIN) if random.random() < WINDOW_SHARE else None,
                sellers=sellers,
                service_s=round(draw(random, SERVICE_S)),
            )
        )
    return sorted(orders, key=lambda o: (o.at_min, o.number))
