"""What road engines once answered. All of it can be asked again: a lost row costs time, never data."""

from django.db import models


class SnappedPoint(models.Model):
    """Where a point meets the road network of a map, asked once. Keys are as cells.keys_of makes them."""

    pk = models.CompositePrimaryKey("map_version", "vehicle_kind", "point")
    map_version = models.CharField(max_length=120)
    vehicle_kind = models.CharField(max_length=10)
    point = models.BigIntegerField()
    place = models.BigIntegerField(null=True, help_text="Null: no road within reach.")
    used_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.vehicle_kind} {self.point}"


class KeptRow(models.Model):
    """Travel between one place of a map and others, there and back, as cells.pack packs it.

    A pair of places is kept in one of its two rows: in that of the place that came later.
    """

    pk = models.CompositePrimaryKey("map_version", "vehicle_kind", "place")
    map_version = models.CharField(max_length=120)
    vehicle_kind = models.CharField(max_length=10)
    place = models.BigIntegerField()
    cells = models.BinaryField()
    used_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.vehicle_kind} {self.place}"
