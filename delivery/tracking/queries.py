"""Reads of links and of a consignment's history."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from delivery.tracking.actions import token_hash
from delivery.tracking.models import TrackingEvent, TrackingLink


def link_for(token: str, now: datetime) -> TrackingLink | None:
    """Return the working link with this token, with its consignment; None for unknown, expired and revoked alike (one query)."""
    return (
        TrackingLink.objects.select_related(
            "consignment__address",
            "consignment__recipient",
            "consignment__order__merchant__organization",
            "consignment__hub",
            "consignment__partner",
            "consignment__approach",
        )
        .filter(token_hash=token_hash(token), revoked_at=None, expires_at__gt=now)
        .first()
    )


def history(consignment_id: UUID) -> QuerySet[TrackingEvent]:
    """Return what happened to a consignment, oldest first."""
    return TrackingEvent.objects.filter(consignment_id=consignment_id).order_by("seq")
