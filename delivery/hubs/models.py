"""Where parcels are packed, handed over and loaded."""

from typing import ClassVar

from django.contrib.gis.db import models

from common.ids import uuid7


class Hub(models.Model):
    """A place of the operator from which routes start. Its zone is the zone of its days and windows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operator = models.ForeignKey(
        "common.Organization", on_delete=models.PROTECT, related_name="hubs"
    )
    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=80)
    point = models.PointField(srid=4326)
    address_text = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
