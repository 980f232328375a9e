"""The append-only log of what happened to a consignment, the links recipients follow, and how near the courier is."""

from typing import ClassVar

import pgtrigger
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from delivery.orders.status import Status


class Why(models.TextChoices):
    """Why something did not go as promised."""

    NOBODY_HOME = "NOBODY_HOME", _("Nobody was home")
    REFUSED = "REFUSED", _("The recipient refused it")
    ADDRESS_NOT_FOUND = "ADDRESS_NOT_FOUND", _("The address could not be found")
    NO_ACCESS = "NO_ACCESS", _("The courier could not get in")
    DAMAGED = "DAMAGED", _("A parcel is damaged")
    MISSING = "MISSING", _("A parcel is missing")
    OUT_OF_TIME = "OUT_OF_TIME", _("The courier ran out of time")
    VEHICLE = "VEHICLE", _("The vehicle broke down")
    OTHER = "OTHER", _("Something else")


class Answerable(models.TextChoices):
    """Whose it was."""

    OPERATOR = "OPERATOR", _("Operator")
    MERCHANT = "MERCHANT", _("Merchant")
    PARTNER = "PARTNER", _("Partner")
    RECIPIENT = "RECIPIENT", _("Recipient")
    NOBODY = "NOBODY", _("Nobody")


class TrackingEvent(models.Model):
    """One thing that happened. Ids only, no personal data; never changed, never deleted."""

    class Type(models.TextChoices):
        STATUS = "STATUS", _("Moved on")
        NOTE = "NOTE", _("Late news, history only")
        WINDOW_CHANGED = "WINDOW_CHANGED", _("Window changed")
        INSTRUCTIONS_CHANGED = "INSTRUCTIONS_CHANGED", _("Instructions changed")
        ADDRESS_CONFIRMED = "ADDRESS_CONFIRMED", _("Address confirmed")
        PACKAGING = "PACKAGING", _("Packing moved on")
        ETA_MOVED = "ETA_MOVED", _("Expected arrival moved")
        RATED = "RATED", _("Rated")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.PROTECT, related_name="events"
    )
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=20, choices=Type)
    status_from = models.CharField(max_length=20, choices=Status, blank=True)
    status_to = models.CharField(max_length=20, choices=Status, blank=True)
    why = models.CharField(max_length=20, choices=Why, blank=True)
    answerable = models.CharField(max_length=10, choices=Answerable, blank=True)
    organization = models.ForeignKey(
        "common.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    user = models.ForeignKey("common.User", on_delete=models.PROTECT, null=True, related_name="+")
    client_event_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "seq"], name="tracking_event_seq"),
            models.UniqueConstraint(
                fields=["consignment", "client_event_id"],
                condition=models.Q(client_event_id__isnull=False),
                name="tracking_event_once",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id}#{self.seq} {self.type}"


class TrackingLink(models.Model):
    """What a recipient follows without signing in. The token itself is never stored, only its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.CASCADE, related_name="links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class Approach(models.Model):
    """How near the courier is, as far as this recipient may know it. Told by routing; the newest counts."""

    consignment = models.OneToOneField(
        "delivery.Consignment", on_delete=models.CASCADE, primary_key=True, related_name="approach"
    )
    eta_at = models.DateTimeField(null=True)
    eta_told_at = models.DateTimeField(null=True)
    departs_at = models.DateTimeField(null=True)
    stops_before = models.PositiveSmallIntegerField(null=True)
    courier_alias = models.CharField(max_length=40, blank=True)
    vehicle_kind = models.CharField(max_length=12, blank=True)
    courier_point = models.PointField(srid=4326, null=True)
    courier_seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"approach of {self.consignment_id}"


class DeliveryWish(models.Model):
    """What the recipient asked for on the tracking page. The courier reads it in the address's instructions."""

    class Leave(models.TextChoices):
        IN_PERSON = "IN_PERSON", _("Hand it to me")
        NEIGHBOUR = "NEIGHBOUR", _("Give it to a neighbour")
        SAFE_PLACE = "SAFE_PLACE", _("Leave it in a safe place")
        RECEPTION = "RECEPTION", _("Leave it at the reception")

    consignment = models.OneToOneField(
        "delivery.Consignment", on_delete=models.CASCADE, primary_key=True, related_name="wish"
    )
    leave = models.CharField(max_length=12, choices=Leave, default=Leave.IN_PERSON)
    where = models.CharField(max_length=80, blank=True)
    instructions = models.CharField(max_length=140, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"wish for {self.consignment_id}"
