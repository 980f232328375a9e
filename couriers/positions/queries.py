"""Reads of where couriers are."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from common.accounts.readers import Reader
from couriers.positions.models import LastPosition
from couriers.roster import queries as roster


def last_positions(courier_ids: Iterable[UUID]) -> dict[UUID, LastPosition]:
    """Return the newest good position of each courier that has one (one query)."""
    return {p.courier_id: p for p in LastPosition.objects.filter(courier__in=list(courier_ids))}


def last_positions_visible_to(reader: Reader) -> QuerySet[LastPosition]:
    """Return where couriers are, as far as a reader may know: staff all, a manager its own, a courier their own."""
    mine = roster.couriers_visible_to(reader).order_by().values("pk")
    return (
        LastPosition.objects.filter(courier__in=mine)
        .select_related("courier")
        .order_by("courier__alias")
    )
