"""Reads of the bench: which parcels are to be packed, and how far each is."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Prefetch, QuerySet

from common.accounts.models import Role
from common.accounts.readers import Reader
from delivery.hubs.models import Hub
from delivery.orders.status import Status
from delivery.packaging.models import ChecklistStep
from delivery.parcels.models import LOADABLE, Parcel

# While a consignment is at one of these, its parcels lie at the bench or are to come to it.
AT_BENCH = frozenset(
    {
        Status.RECEIVED,
        Status.ADDRESS_REVIEW,
        Status.READY,
        Status.OFFERED,
        Status.ACCEPTED,
        Status.PLANNED,
        Status.AT_HUB,
        Status.RESCHEDULED,
    }
)


def is_loadable(parcel: Parcel) -> bool:
    """Tell whether a courier may load this parcel: its checklist passed, or a named person let it through."""
    return parcel.packaging in LOADABLE


def works_at_bench(reader: Reader) -> bool:
    """Tell whether this reader packs: the operator's packers and dispatchers."""
    return reader.is_operator and reader.has_role(Role.PACKER, Role.DISPATCHER)


def hubs_visible_to(reader: Reader) -> QuerySet[Hub]:
    """Return the hubs whose bench a reader may stand at, by code."""
    if not works_at_bench(reader):
        return Hub.objects.none()
    return Hub.objects.filter(operator_id=reader.organization_id, is_active=True).order_by("code")


def parcels_visible_to(reader: Reader) -> QuerySet[Parcel]:
    """Return the parcels a reader may pack, wherever they are now; by consignment and position."""
    if not works_at_bench(reader):
        return Parcel.objects.none()
    return Parcel.objects.select_related(
        "consignment__order__merchant__organization",
        "consignment__hub",
        "consignment__approach",
        "override__by",
    ).order_by("consignment_id", "position")


def steps_visible_to(reader: Reader) -> QuerySet[ChecklistStep]:
    """Return the steps a reader may work on."""
    return ChecklistStep.objects.select_related("parcel").filter(
        parcel__in=parcels_visible_to(reader).order_by()
    )


def parcels_at_bench(reader: Reader, hub: Hub, now: datetime) -> QuerySet[Parcel]:
    """Return what is to be packed at `hub` today or since earlier, the first to leave first (three queries in all)."""
    today = now.astimezone(ZoneInfo(hub.timezone)).date()
    return (
        parcels_visible_to(reader)
        .filter(
            consignment__hub=hub, consignment__due_on__lte=today, consignment__status__in=AT_BENCH
        )
        .prefetch_related("items", Prefetch("steps", ChecklistStep.objects.order_by("position")))
        .order_by(
            F("consignment__approach__departs_at").asc(nulls_last=True),
            F("consignment__window_start").asc(nulls_last=True),
            "consignment_id",
            "position",
        )
    )
