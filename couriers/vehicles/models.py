"""What couriers drive or ride, and what fits in it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class VehicleKind(models.TextChoices):
    """Which roads it may use and how fast: each kind has travel times of its own."""

    VAN = "VAN", _("Van")
    SCOOTER = "SCOOTER", _("Scooter")
    BICYCLE = "BICYCLE", _("Cargo bicycle")


class Vehicle(models.Model):
    """One vehicle of a partner."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey(
        "couriers.Partner", on_delete=models.PROTECT, related_name="vehicles"
    )
    kind = models.CharField(max_length=10, choices=VehicleKind)
    name = models.CharField(max_length=60)
    capacity_g = models.PositiveIntegerField()
    capacity_ml = models.PositiveIntegerField()
    max_parcels = models.PositiveSmallIntegerField(default=300)
    has_cold_box = models.BooleanField(default=False)
    fixed_cost = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    cost_per_km = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    cost_per_hour = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(capacity_g__gt=0, capacity_ml__gt=0),
                name="vehicle_holds_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def litres(self) -> int:
        """What it holds in whole litres."""
        return self.capacity_ml // 1000
