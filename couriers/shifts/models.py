"""Who works when, with which vehicle, from which hub."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class TsTzRange(Func):
    """The interval [starts_at, ends_at)."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _no_overlap(name: str, field: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
            (field, RangeOperators.EQUAL),
        ],
        condition=Q(is_active=True),
    )


class Shift(models.Model):
    """One courier, one vehicle, one interval, from one hub."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    courier = models.ForeignKey("couriers.Courier", on_delete=models.PROTECT, related_name="shifts")
    vehicle = models.ForeignKey("couriers.Vehicle", on_delete=models.PROTECT, related_name="shifts")
    hub = models.ForeignKey("delivery.Hub", on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the courier went off duty")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=models.F("ends_at")), name="shift_in_order"
            ),
            _no_overlap("courier_in_one_shift_at_a_time", "courier"),
            _no_overlap("vehicle_in_one_shift_at_a_time", "vehicle"),
        ]
        ordering: ClassVar = ["starts_at", "id"]

    def __str__(self) -> str:
        return f"{self.courier_id} {self.starts_at:%Y-%m-%d %H:%M}"
