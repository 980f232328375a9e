"""Ratings in."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.accounts.readers import NOBODY, Reader
from common.errors.domain import DomainError, InvalidInput, NotFound
from delivery.feedback.models import Rating
from delivery.orders.models import Consignment
from delivery.orders.status import Status
from delivery.tracking import actions as tracking
from delivery.tracking.models import TrackingEvent


class NotDeliveredYet(DomainError):
    """There is nothing to rate yet."""

    code = "not_delivered_yet"
    title = _("You can rate it once it has arrived.")


@transaction.atomic
def rate(
    *, consignment_id: UUID, stars: int, comment: str = "", now: datetime, reader: Reader = NOBODY
) -> Rating:
    """Keep what the recipient thought of it; a second rating replaces the first. Called from the tracking page.

    The history holds the stars, never the words. Raises NotFound, NotDeliveredYet, InvalidInput unless 1 to 5 stars.
    """
    if not 1 <= stars <= 5:
        raise InvalidInput(
            errors=[
                {
                    "pointer": "/stars",
                    "code": "out_of_range",
                    "detail": str(_("Choose one to five stars.")),
                }
            ]
        )
    consignment = (
        Consignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=consignment_id)
        .first()
    )
    if consignment is None:
        raise NotFound
    if consignment.status != Status.DELIVERED:
        raise NotDeliveredYet
    before = Rating.objects.filter(pk=consignment_id).first()
    comment = comment.strip()[:500]
    if before and (before.stars, before.comment) == (stars, comment):
        return before
    rating, _made = Rating.objects.update_or_create(
        consignment_id=consignment_id,
        defaults={"stars": stars, "comment": comment, "rated_at": now},
    )
    if before is None or before.stars != stars:
        tracking.record_progress(
            consignment_id=consignment_id,
            happening=tracking.Happening(
                occurred_at=now, type=TrackingEvent.Type.RATED, data={"stars": stars}
            ),
            now=now,
            reader=reader,
        )
    return rating
