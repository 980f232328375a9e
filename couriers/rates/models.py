"""What a partner asks for a delivery."""

from typing import ClassVar

from django.db import models

from common.ids import uuid7


class RateCard(models.Model):
    """A partner's prices from a day on. Price = base + per_kg x started kilograms above the first + extras."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey(
        "couriers.Partner", on_delete=models.PROTECT, related_name="rate_cards"
    )
    valid_from = models.DateField()
    currency = models.CharField(max_length=3)
    base = models.DecimalField(max_digits=10, decimal_places=2)
    per_kg = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    cold_extra = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    window_extra = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "valid_from"], name="one_card_a_day"),
            models.CheckConstraint(
                condition=models.Q(
                    base__gte=0, per_kg__gte=0, cold_extra__gte=0, window_extra__gte=0
                ),
                name="prices_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} from {self.valid_from}"
