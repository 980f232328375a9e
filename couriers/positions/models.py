"""Where couriers are while on duty."""

from typing import ClassVar

from django.contrib.gis.db import models


class Position(models.Model):
    """One fix of a courier's phone. The pair (client_id, recorded_at) makes a repeated upload harmless."""

    courier = models.ForeignKey(
        "couriers.Courier", on_delete=models.CASCADE, related_name="positions"
    )
    client_id = models.UUIDField()
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()
    point = models.PointField(srid=4326)
    accuracy_m = models.PositiveIntegerField(default=0)
    speed_mps = models.FloatField(null=True)
    heading_deg = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client_id", "recorded_at"], name="position_once")
        ]
        indexes: ClassVar = [models.Index(fields=["courier", "-recorded_at"])]

    def __str__(self) -> str:
        return f"{self.courier_id} {self.recorded_at}"


class LastPosition(models.Model):
    """A courier's newest fix; an older one never replaces it."""

    courier = models.OneToOneField(
        "couriers.Courier", on_delete=models.CASCADE, primary_key=True, related_name="last_position"
    )
    recorded_at = models.DateTimeField()
    point = models.PointField(srid=4326)
    accuracy_m = models.PositiveIntegerField(default=0)
    heading_deg = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.courier_id} at {self.recorded_at}"
