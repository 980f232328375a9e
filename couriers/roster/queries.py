"""Reads of partners and couriers."""

from django.db.models import QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from couriers.roster.models import Courier, Partner


def reads_network(reader: Reader) -> bool:
    """Tell whether this reader sees the whole partner network: the operator's dispatchers and support agents."""
    return reader.is_operator and reader.has_role(Role.DISPATCHER, Role.SUPPORT)


def runs_network(reader: Reader) -> bool:
    """Tell whether this reader may change the whole partner network: the operator's dispatchers."""
    return reader.is_operator and reader.has_role(Role.DISPATCHER)


def manages_partner(reader: Reader) -> bool:
    """Tell whether this reader manages the partner it acts for."""
    return reader.is_partner and reader.has_role(Role.PARTNER_MANAGER)


def partners_visible_to(reader: Reader) -> QuerySet[Partner]:
    """Return the partners a reader may see, by name: staff all, a partner's manager its own (one query)."""
    partners = Partner.objects.select_related("organization").order_by("organization__name", "pk")
    if reads_network(reader):
        return partners
    if manages_partner(reader):
        return partners.filter(pk=reader.organization_id)
    return partners.none()


def partners_managed_by(reader: Reader) -> QuerySet[Partner]:
    """Return the partners whose people, vehicles, areas and shifts a reader may change (one query)."""
    partners = partners_visible_to(reader)
    return partners if runs_network(reader) or manages_partner(reader) else partners.none()


def couriers_visible_to(reader: Reader) -> QuerySet[Courier]:
    """Return the couriers a reader may see, by alias: staff all, a manager its own, a courier themself (one query)."""
    couriers = Courier.objects.select_related("partner__organization", "user")
    if reads_network(reader):
        return couriers
    if manages_partner(reader):
        return couriers.filter(partner_id=reader.organization_id)
    if reader.is_partner and reader.user_id and reader.has_role(Role.COURIER):
        return couriers.filter(user_id=reader.user_id, partner_id=reader.organization_id)
    return couriers.none()


def courier_of(reader: Reader) -> Courier | None:
    """Return the courier that this reader is, working for an active partner; None for everybody else (one query)."""
    if not (reader.is_partner and reader.user_id and reader.has_role(Role.COURIER)):
        return None
    return (
        Courier.objects.select_related("partner")
        .filter(
            user_id=reader.user_id,
            partner_id=reader.organization_id,
            is_active=True,
            partner__is_active=True,
        )
        .first()
    )
