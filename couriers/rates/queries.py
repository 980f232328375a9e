"""Reads of rate cards."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from common.accounts.readers import Reader
from couriers.rates.models import RateCard
from couriers.roster import queries as roster


def rate_cards_visible_to(reader: Reader) -> QuerySet[RateCard]:
    """Return the rate cards a reader may see, newest first: staff all, a partner's manager its own (one query)."""
    cards = RateCard.objects.select_related("partner__organization").order_by("-valid_from", "-id")
    if roster.reads_network(reader):
        return cards
    if roster.manages_partner(reader):
        return cards.filter(partner_id=reader.organization_id)
    return cards.none()


def cards_on(day: date, partner_ids: Iterable[UUID]) -> dict[UUID, RateCard]:
    """Return the card of each partner that holds on `day`; a partner without one is absent (one query)."""
    cards = RateCard.objects.filter(partner__in=list(partner_ids), valid_from__lte=day)
    return {
        card.partner_id: card
        for card in cards.order_by("partner", "-valid_from").distinct("partner")
    }
