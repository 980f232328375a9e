"""Custody: who held a parcel when."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.accounts.readers import NOBODY, Reader
from delivery.parcels.models import CustodyScan, Parcel


@transaction.atomic
def record_scan(
    *,
    parcel: Parcel,
    kind: str,
    holder_id: UUID | None,
    occurred_at: datetime,
    now: datetime,
    reader: Reader = NOBODY,
) -> CustodyScan:
    """Write that `holder_id` (an organization) has the parcel from `occurred_at` on.

    Called by the bench when a parcel passes, and by routing when it is loaded, handed over or back. A late scan
    enriches the history; only the newest one says who holds the parcel now.
    """
    scan = CustodyScan.objects.create(
        parcel=parcel,
        kind=kind,
        holder_id=holder_id,
        by_id=reader.user_id,
        occurred_at=occurred_at,
        received_at=now,
    )
    is_newest = not CustodyScan.objects.filter(parcel=parcel, occurred_at__gt=occurred_at).exists()
    if is_newest and parcel.holder_id != holder_id:
        Parcel.objects.filter(pk=parcel.pk).update(holder_id=holder_id)
        parcel.holder_id = holder_id
    return scan
