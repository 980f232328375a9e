"""The worked examples of the price."""

from decimal import Decimal

from couriers.rates.models import RateCard
from couriers.rates.quotes import Load, price

CARD = RateCard(
    currency="EUR",
    base=Decimal("5.00"),
    per_kg=Decimal("0.60"),
    cold_extra=Decimal("1.50"),
    window_extra=Decimal("1.20"),
)


def test_the_worked_example_of_the_manual() -> None:
    quote = price(Load(weight_g=3_200, has_window=True), CARD)

    # 3.2 kg = 4 started kilograms, 3 above the first: 5.00 + 3 x 0.60 + 1.20 = 8.00
    assert (quote.total, quote.currency) == (Decimal("8.00"), "EUR")
    assert (quote.base, quote.weight, quote.cold, quote.window) == (
        Decimal("5.00"),
        Decimal("1.80"),
        Decimal(0),
        Decimal("1.20"),
    )


def test_the_first_kilogram_is_in_the_base_up_to_its_last_gram() -> None:
    assert price(Load(weight_g=1), CARD).total == Decimal("5.00")
    assert price(Load(weight_g=1_000), CARD).total == Decimal("5.00")
    assert price(Load(weight_g=1_001), CARD).total == Decimal("5.60")


def test_cold_goods_cost_extra_once_however_many_parcels() -> None:
    assert price(Load(weight_g=900, parcels=3, is_cold=True), CARD).total == Decimal("6.50")
