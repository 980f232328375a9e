"""Reads of orders. `*_visible_to` is the only way from an outside id to a row."""

from django.db.models import QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from delivery.orders.models import Consignment, Merchant, Order

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
