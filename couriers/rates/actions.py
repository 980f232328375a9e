"""Changes to rate cards: a price is never edited, a newer card replaces it from its day on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.errors.domain import DomainError, InvalidInput
from couriers.rates.models import RateCard
from couriers.roster.models import Partner


class RateCardExists(DomainError):
    """This partner already has a card from this day."""

    code = "rate_card_exists"
    title = _("There is already a rate card from this day. Start the new one on another day.")


@dataclass(frozen=True)
class Prices:
    """The amounts of a card, none negative, in `currency` (ISO 4217)."""

    base: Decimal
    currency: str
    per_kg: Decimal = Decimal(0)
    cold_extra: Decimal = Decimal(0)
    window_extra: Decimal = Decimal(0)


@transaction.atomic
def save_rate_card(*, partner: Partner, valid_from: date, prices: Prices) -> RateCard:
    """Add a partner's card from a day on. Called by the operator's door.

    Raises InvalidInput for another currency than the house's or a negative amount, RateCardExists.
    """
    if prices.currency != settings.CURRENCY:
        raise InvalidInput(
            _("Prices are compared in %(ours)s: give this card in %(ours)s, not in %(given)s.")
            % {"ours": settings.CURRENCY, "given": prices.currency}
        )
    if min(prices.base, prices.per_kg, prices.cold_extra, prices.window_extra) < 0:
        raise InvalidInput(_("An amount of a rate card can't be negative."))
    try:
        with transaction.atomic():
            return RateCard.objects.create(partner=partner, valid_from=valid_from, **vars(prices))
    except IntegrityError as error:
        raise RateCardExists from error
