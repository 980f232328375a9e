"""Where a partner delivers."""

from typing import ClassVar

from django.contrib.gis.db import models

from common.ids import uuid7


class ServiceArea(models.Model):
    """A polygon that a partner serves from one hub; valid by a CHECK of 0002_guards.

    Areas of different partners may share borders and overlap.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("couriers.Partner", on_delete=models.PROTECT, related_name="areas")
    hub = models.ForeignKey("delivery.Hub", on_delete=models.PROTECT, related_name="areas")
    name = models.CharField(max_length=80)
    polygon = models.PolygonField(srid=4326)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name
