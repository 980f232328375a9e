"""What a delivery costs by a rate card: pure arithmetic."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from couriers.rates.models import RateCard

_CENT = Decimal("0.01")
FIRST_KILOGRAMS = 1


@dataclass(frozen=True)
class Load:
    """What a consignment asks of who carries it: all its parcels together, except the heaviest and the largest one.

    weight_g, volume_ml: sums. parcels: how many. largest_g, largest_ml: of a single parcel. is_cold, is_fragile:
    whether any parcel is. min_age: the highest, 0 for none. has_window: whether a time was promised.
    """

    weight_g: int
    volume_ml: int = 0
    parcels: int = 1
    largest_g: int = 0
    largest_ml: int = 0
    is_cold: bool = False
    is_fragile: bool = False
    min_age: int = 0
    has_window: bool = False


@dataclass(frozen=True)
class Quote:
    """A price with how it came about. All amounts in `currency`, rounded to the cent."""

    total: Decimal
    currency: str
    base: Decimal
    weight: Decimal
    cold: Decimal
    window: Decimal


def price(load: Load, card: RateCard) -> Quote:
    """Return what `card` asks for `load`: base + per_kg for each started kilogram above the first + cold + window.

    A consignment of 3.2 kg with a window, at base 5.00, per_kg 0.60 and window_extra 1.20, has 3 started kilograms
    above the first: 5.00 + 3 x 0.60 + 1.20 = 8.00.
    """
    started_kg = -(-load.weight_g // 1000)
    weight = card.per_kg * max(0, started_kg - FIRST_KILOGRAMS)
    cold = card.cold_extra if load.is_cold else Decimal(0)
    window = card.window_extra if load.has_window else Decimal(0)
    total = (card.base + weight + cold + window).quantize(_CENT, ROUND_HALF_UP)
    return Quote(total, card.currency, card.base, weight, cold, window)
