"""A consignment's statuses and the one table of allowed moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a consignment is on its way."""

    RECEIVED = "RECEIVED", _("Received")
    ADDRESS_REVIEW = "ADDRESS_REVIEW", _("Address to check")
    READY = "READY", _("Ready to assign")
    OFFERED = "OFFERED", _("Offered to a partner")
    ACCEPTED = "ACCEPTED", _("Accepted by a partner")
    PLANNED = "PLANNED", _("On a route")
    AT_HUB = "AT_HUB", _("At the hub")
    LOADED = "LOADED", _("Loaded")
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY", _("Out for delivery")
    ARRIVING = "ARRIVING", _("Courier at the door")
    DELIVERED = "DELIVERED", _("Delivered")
    ATTEMPT_FAILED = "ATTEMPT_FAILED", _("Attempt failed")
    RESCHEDULED = "RESCHEDULED", _("To be tried again")
    RETURNING = "RETURNING", _("Going back")
    RETURNED = "RETURNED", _("Returned")
    CANCELLED = "CANCELLED", _("Cancelled")
    LOST = "LOST", _("Lost")


FINISHED = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.LOST})
ON_THE_ROAD = frozenset({Status.OUT_FOR_DELIVERY, Status.ARRIVING})
# Before a partner holds the parcels, the merchant may still change its mind.
CANCELLABLE = frozenset(
    {
        Status.RECEIVED,
        Status.ADDRESS_REVIEW,
        Status.READY,
        Status.OFFERED,
        Status.ACCEPTED,
        Status.PLANNED,
        Status.AT_HUB,
    }
)

_S = Status
ALLOWED_MOVES: dict[str, frozenset[str]] = {
    _S.RECEIVED: frozenset({_S.ADDRESS_REVIEW, _S.READY, _S.CANCELLED}),
    _S.ADDRESS_REVIEW: frozenset({_S.READY, _S.CANCELLED}),
    _S.READY: frozenset({_S.ADDRESS_REVIEW, _S.OFFERED, _S.ACCEPTED, _S.CANCELLED}),
    _S.OFFERED: frozenset({_S.READY, _S.ACCEPTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.READY, _S.PLANNED, _S.CANCELLED, _S.LOST}),
    _S.PLANNED: frozenset({_S.ACCEPTED, _S.AT_HUB, _S.LOADED, _S.CANCELLED, _S.LOST}),
    _S.AT_HUB: frozenset({_S.ACCEPTED, _S.LOADED, _S.CANCELLED, _S.LOST}),
    _S.LOADED: frozenset({_S.AT_HUB, _S.ACCEPTED, _S.OUT_FOR_DELIVERY, _S.LOST}),
    _S.OUT_FOR_DELIVERY: frozenset(
        {_S.ARRIVING, _S.DELIVERED, _S.ATTEMPT_FAILED, _S.LOADED, _S.LOST}
    ),
    _S.ARRIVING: frozenset({_S.OUT_FOR_DELIVERY, _S.DELIVERED, _S.ATTEMPT_FAILED, _S.LOST}),
    _S.ATTEMPT_FAILED: frozenset({_S.RESCHEDULED, _S.RETURNING, _S.OUT_FOR_DELIVERY, _S.LOST}),
    _S.RESCHEDULED: frozenset({_S.ACCEPTED, _S.READY, _S.RETURNING, _S.LOST, _S.CANCELLED}),
    _S.RETURNING: frozenset({_S.RETURNED, _S.LOST}),
    _S.DELIVERED: frozenset(),
    _S.RETURNED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.LOST: frozenset(),
}


def is_allowed(current: str, wanted: str) -> bool:
    """Tell whether a consignment may move from `current` to `wanted`."""
    return wanted in ALLOWED_MOVES[current]
