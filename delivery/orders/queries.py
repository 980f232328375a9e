"""Reads of orders. `*_visible_to` is the only way from an outside id to a row."""

import phonenumbers
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from common.ids import read_code
from delivery.orders.models import Consignment, Merchant, Order
from delivery.parcels.models import Parcel

_STAFF = (Role.DISPATCHER, Role.SUPPORT, Role.PACKER)


def merchants_visible_to(reader: Reader) -> QuerySet[Merchant]:
    """Return the merchants a reader may act for: all for the operator's staff, its own for a merchant (one query)."""
    merchants = Merchant.objects.select_related("organization").order_by("organization__name")
    if reader.is_operator and (reader.has_role(*_STAFF) or reader.api_key_id):
        return merchants
    if reader.is_merchant and reader.organization_id:
        return merchants.filter(organization_id=reader.organization_id)
    return merchants.none()


def orders_visible_to(reader: Reader) -> QuerySet[Order]:
    """Return the orders a reader may see: all for the operator's staff, its own for a merchant; newest first."""
    orders = Order.objects.select_related("merchant__organization", "recipient").order_by("-id")
    if reader.is_operator and (reader.has_role(*_STAFF) or reader.api_key_id):
        return orders
    if reader.is_merchant:
        return orders.filter(merchant_id=reader.organization_id)
    return orders.none()


def consignments_visible_to(reader: Reader) -> QuerySet[Consignment]:
    """Return the consignments a reader may see: the operator's staff all, a merchant its own, a partner those given to it."""
    consignments = Consignment.objects.select_related("recipient", "address", "hub").order_by("-id")
    if reader.is_operator and (reader.has_role(*_STAFF) or reader.api_key_id):
        return consignments
    if reader.is_merchant:
        return consignments.filter(order__merchant_id=reader.organization_id)
    if reader.is_partner and reader.has_role(Role.PARTNER_MANAGER):
        return consignments.filter(partner_id=reader.organization_id)
    return consignments.none()


# Fewer digits than this fit too many phones to be an answer.
_SHORTEST_PHONE = 5


def find_consignments(reader: Reader, text: str) -> QuerySet[Consignment]:
    """Return the consignments that somebody may mean by `text`, newest first: one of this reader's by its code, its
    order's or a parcel's code, the merchant's reference, the recipient's phone or name, or the street.
    """
    text = text.strip()
    found = consignments_visible_to(reader).select_related(
        "order__merchant__organization", "partner", "approach"
    )
    if not text:
        return found.none()
    code = read_code(text)
    in_parcel = Parcel.objects.filter(consignment=OuterRef("pk"), code=code)
    by_code = found.filter(
        Q(code=code) | Q(order__code=code) | Q(order__external_ref__iexact=text) | Exists(in_parcel)
    )
    if by_code.exists():
        return by_code
    wanted = Q(recipient__name__icontains=text) | Q(address__line1__icontains=text)
    if phone := _phone(text):
        wanted = Q(recipient__phone__endswith=phone)
    return found.filter(wanted)


def _phone(text: str) -> str:
    """Return the digits by which a phone is found, in any of the forms people say it; empty when it is none."""
    if sum(c.isdigit() for c in text) < _SHORTEST_PHONE or any(c.isalpha() for c in text):
        return ""
    try:
        number = phonenumbers.parse(text, settings.COUNTRY)
    except phonenumbers.NumberParseException:
        return ""
    return str(number.national_number)
