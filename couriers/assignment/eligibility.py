"""Who may carry what: the rules, on plain values. Where each rule says no, it says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from couriers.rates.models import RateCard
from couriers.rates.quotes import Load, Quote, price
from couriers.roster.models import Certificate

# What a delivery outside its window costs us, in cents: about one more attempt. A partner with an on-time share of
# 0.90 is therefore charged 0.50 more than one that is never late. Our own choice of November 2026, to be learned from.
LATE_COST_CENTS = 500


class Code(StrEnum):
    """Why a partner does not carry a consignment; each has its sentence in reasons.py."""

    NOT_LOCATED = "not_located"
    INACTIVE = "inactive"
    OUTSIDE_AREA = "outside_area"
    OTHER_HUB = "other_hub"
    NO_CERTIFICATE = "no_certificate"
    TOO_LARGE = "too_large"
    NO_RATE_CARD = "no_rate_card"
    DECLINED = "declined"
    NO_CAPACITY = "no_capacity"
    DEARER = "dearer"
    LOWER_SCORE = "lower_score"
    SAME_COST = "same_cost"
    BETTER = "better"


@dataclass(frozen=True)
class Reason:
    """A code with its figures (plain JSON values)."""

    code: Code
    figures: dict[str, Any] = field(default_factory=dict)


OUTSIDE = Reason(Code.OUTSIDE_AREA)
NOT_LOCATED = Reason(Code.NOT_LOCATED)


@dataclass(frozen=True)
class Cover:
    """An active area in which a consignment's address lies."""

    partner_id: UUID
    area_id: UUID
    hub_id: UUID


@dataclass(frozen=True)
class Wanted:
    """A consignment that wants a partner.

    covers: the areas around its address. declined_by: partners that said no (or nothing) to it on this day.
    """

    id: UUID
    code: str
    hub_id: UUID | None
    address_id: UUID
    is_located: bool
    priority: int
    load: Load
    covers: tuple[Cover, ...] = ()
    declined_by: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Room:
    """What one vehicle holds: grams, millilitres, parcels."""

    weight_g: int
    volume_ml: int
    parcels: int

    def holds(self, load: Load) -> bool:
        """Tell whether all of a consignment rides in it together."""
        return (
            load.weight_g <= self.weight_g
            and load.volume_ml <= self.volume_ml
            and load.parcels <= self.parcels
        )


@dataclass(frozen=True)
class Carrier:
    """A partner on one day. free: consignments it still takes, of `capacity`. score: its on-time share, 0 to 1."""

    id: UUID
    name: str
    is_active: bool
    auto_accepts: bool
    certificates: frozenset[str]
    vehicles: tuple[Room, ...]
    score: Decimal
    capacity: int
    free: int
    card: RateCard | None


@dataclass(frozen=True)
class Offer:
    """What it takes for one partner to carry one consignment. cents: price and score penalty together."""

    cover: Cover
    quote: Quote
    cents: int


def needed_certificates(load: Load) -> list[str]:
    """Return what a partner must be certified for to carry `load`."""
    needs = (
        (load.is_cold, Certificate.COLD),
        (load.min_age > 0, Certificate.AGE_CHECK),
        (load.is_fragile, Certificate.FRAGILE),
    )
    return [str(certificate.value) for needed, certificate in needs if needed]


def covers_in_force(wanted: Wanted) -> dict[UUID, Cover]:
    """Return the area that counts of each partner: of its own hub, or where there is none, of other hubs."""
    own = [c for c in wanted.covers if c.hub_id == wanted.hub_id]
    return {c.partner_id: c for c in reversed(own or wanted.covers)}


def ability(wanted: Wanted, carrier: Carrier) -> Reason | None:
    """Return why a partner could not carry it wherever it went; None when it could."""
    if not carrier.is_active:
        return Reason(Code.INACTIVE)
    missing = [c for c in needed_certificates(wanted.load) if c not in carrier.certificates]
    if missing:
        return Reason(Code.NO_CERTIFICATE, {"certificates": missing})
    if not any(vehicle.holds(wanted.load) for vehicle in carrier.vehicles):
        load = wanted.load
        return Reason(Code.TOO_LARGE, {"weight_g": load.weight_g, "volume_ml": load.volume_ml})
    if carrier.card is None:
        return Reason(Code.NO_RATE_CARD)
    return None


def offer(wanted: Wanted, carrier: Carrier, *, by_hand: bool = False) -> Offer | Reason:
    """Return what it takes for `carrier` to carry it, or why it can't; capacity is not looked at.

    by_hand: a dispatcher may offer again to a partner that declined.
    """
    if not wanted.is_located:
        return NOT_LOCATED
    cover = covers_in_force(wanted).get(carrier.id)
    if cover is not None:
        return _offer_in(cover, wanted, carrier, by_hand=by_hand)
    is_elsewhere = any(c.partner_id == carrier.id for c in wanted.covers)
    return Reason(Code.OTHER_HUB) if is_elsewhere else OUTSIDE


def _offer_in(
    cover: Cover, wanted: Wanted, carrier: Carrier, *, by_hand: bool = False
) -> Offer | Reason:
    if reason := ability(wanted, carrier):
        return reason
    if carrier.id in wanted.declined_by and not by_hand:
        return Reason(Code.DECLINED)
    assert carrier.card is not None  # noqa: S101 - ability() has looked
    quote = price(wanted.load, carrier.card)
    penalty = int(((1 - carrier.score) * LATE_COST_CENTS).to_integral_value())
    return Offer(cover, quote, int(quote.total * 100) + penalty)


def compare(
    chosen: Offer, other: Offer, *, chosen_score: Decimal, other_score: Decimal, is_full: bool
) -> Reason:
    """Return why `other` was not chosen although it could carry it. is_full: no place is left there."""
    difference = other.quote.total - chosen.quote.total
    if is_full and other.cents < chosen.cents:
        return Reason(Code.NO_CAPACITY, {"difference": str(difference)})
    if difference > 0:
        return Reason(Code.DEARER, {"difference": str(difference)})
    if other.cents < chosen.cents:  # only where a dispatcher chose
        return Reason(Code.BETTER, {"difference": str(difference)})
    if other.cents > chosen.cents:
        figures = {"score": str(other_score), "chosen_score": str(chosen_score)}
        return Reason(Code.LOWER_SCORE, figures | {"difference": str(difference)})
    return Reason(Code.SAME_COST)


def offers_for(
    wanted: Wanted, carriers: Mapping[UUID, Carrier]
) -> tuple[dict[UUID, Offer], dict[UUID, Reason]]:
    """Return each partner's offer or its reason against, by partner."""
    covers = covers_in_force(wanted) if wanted.is_located else {}
    elsewhere = {c.partner_id for c in wanted.covers}.difference(covers)
    offers: dict[UUID, Offer] = {}
    reasons: dict[UUID, Reason] = dict.fromkeys(
        carriers, OUTSIDE if wanted.is_located else NOT_LOCATED
    )
    reasons |= dict.fromkeys(elsewhere, Reason(Code.OTHER_HUB))
    for partner_id, cover in covers.items():
        answer = _offer_in(cover, wanted, carriers[partner_id])
        if isinstance(answer, Offer):
            offers[partner_id] = answer
            del reasons[partner_id]
        else:
            reasons[partner_id] = answer
    return offers, reasons
