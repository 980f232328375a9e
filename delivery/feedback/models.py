"""What recipients thought of it."""

from typing import ClassVar

from django.db import models


class Rating(models.Model):
    """One to five stars and a few words for one consignment; the recipient may change it."""

    consignment = models.OneToOneField(
        "delivery.Consignment", on_delete=models.PROTECT, primary_key=True, related_name="rating"
    )
    stars = models.PositiveSmallIntegerField()
    comment = models.CharField(max_length=500, blank=True)
    rated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consignment_id} {self.stars}"
