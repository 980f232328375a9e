"""Labelled boxes, what is in them, and who held them when."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import human_code, uuid7


def parcel_code() -> str:
    """Return a new parcel code, such as B4K7Q2M9, as its label shows it."""
    return human_code("B")


class Packaging(models.TextChoices):
    """How far a parcel's packing is. Only PASSED and OVERRIDDEN may be loaded."""

    PENDING = "PENDING", _("To be packed")
    IN_PROGRESS = "IN_PROGRESS", _("Being packed")
    PASSED = "PASSED", _("Packed")
    REJECTED = "REJECTED", _("Rejected")
    OVERRIDDEN = "OVERRIDDEN", _("Let through")


LOADABLE = frozenset({Packaging.PASSED, Packaging.OVERRIDDEN})


class Parcel(models.Model):
    """One labelled box."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=12, unique=True, default=parcel_code)
    consignment = models.ForeignKey(
        "delivery.Consignment", on_delete=models.PROTECT, related_name="parcels"
    )
    position = models.PositiveSmallIntegerField(default=1)
    reference = models.CharField(max_length=80, blank=True)
    weight_g = models.PositiveIntegerField()
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    is_fragile = models.BooleanField(default=False)
    is_cold = models.BooleanField(default=False)
    min_age = models.PositiveSmallIntegerField(default=0)
    packaging = models.CharField(max_length=12, choices=Packaging, default=Packaging.PENDING)
    holder = models.ForeignKey(
        "common.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="held_parcels",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["consignment", "position"], name="parcel_position_once"
            ),
            models.CheckConstraint(condition=models.Q(weight_g__gt=0), name="parcel_has_weight"),
        ]
        ordering: ClassVar = ["consignment", "position"]

    def __str__(self) -> str:
        return self.code

    @property
    def volume_ml(self) -> int:
        """Its volume in millilitres (litres x 1000), rounded up."""
        return -(-self.length_mm * self.width_mm * self.height_mm // 1000)


class Item(models.Model):
    """What is in a parcel."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="items")
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120)
    quantity = models.PositiveSmallIntegerField(default=1)
    is_fragile = models.BooleanField(default=False)
    is_cold = models.BooleanField(default=False)
    min_age = models.PositiveSmallIntegerField(default=0)
    gift_message = models.CharField(max_length=280, blank=True)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku or 'item'}"


class CustodyScan(models.Model):
    """A parcel changed hands, or was seen where it should be. Rows are never changed."""

    class Kind(models.TextChoices):
        PACKED = "PACKED", _("Packed")
        AT_HUB = "AT_HUB", _("Seen at the hub")
        LOADED = "LOADED", _("Loaded by the courier")
        HANDED_OVER = "HANDED_OVER", _("Handed over")
        BACK_AT_HUB = "BACK_AT_HUB", _("Back at the hub")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="scans")
    kind = models.CharField(max_length=12, choices=Kind)
    holder = models.ForeignKey(
        "common.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey("common.User", on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["parcel", "occurred_at"])]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.kind}"
