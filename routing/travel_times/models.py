"""What road engines once answered (all of it can be asked again), and how much slower than free roads a hub's traffic is."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

HOURS = 24
LEAST_PERCENT, MOST_PERCENT = 50, 400


class TravelFactors(models.Model):
    """How long a drive takes at each hour of the hub's local day, in percent of what the road engine says. No row: 100."""

    hub = models.OneToOneField(
        "delivery.Hub", on_delete=models.CASCADE, primary_key=True, related_name="travel_factors"
    )
    van = ArrayField(models.PositiveSmallIntegerField())
    scooter = ArrayField(models.PositiveSmallIntegerField())
    bicycle = ArrayField(models.PositiveSmallIntegerField())
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        "common.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name_plural = "travel factors"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Func(
                    models.F(kind),
                    template=f"cardinality(%(expressions)s) = {HOURS} "
                    "AND array_position(%(expressions)s, NULL) IS NULL "
                    f"AND {LEAST_PERCENT} <= ALL(%(expressions)s) AND {MOST_PERCENT} >= ALL(%(expressions)s)",
                    output_field=models.BooleanField(),
                ),
                name=f"{kind}_factors_of_each_hour",
            )
            for kind in ("van", "scooter", "bicycle")
        ]

    def __str__(self) -> str:
        return f"travel factors of {self.hub_id}"


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
