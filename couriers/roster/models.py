"""Regional partners and their couriers."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from couriers.vehicles.models import VehicleKind


class Certificate(models.TextChoices):
    """What a partner or a courier is certified for."""

    COLD = "COLD", _("Cold chain")
    AGE_CHECK = "AGE_CHECK", _("Age check")
    FRAGILE = "FRAGILE", _("Fragile goods")


class Partner(models.Model):
    """How the operator works with a partner; the organization is the partner."""

    organization = models.OneToOneField(
        "common.Organization", on_delete=models.PROTECT, primary_key=True, related_name="partner"
    )
    daily_capacity = models.PositiveIntegerField(
        help_text=_("Consignments a day, all areas together")
    )
    certificates = models.JSONField(default=list, blank=True)
    on_time_share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.950"),
        help_text=_("Score: share of stops in their window, 0 to 1"),
    )
    auto_accepts = models.BooleanField(
        default=False, help_text=_("Offers count as accepted at once")
    )
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(on_time_share__gte=0, on_time_share__lte=1),
                name="on_time_share_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class Courier(models.Model):
    """A person who delivers for a partner. `alias` is the first name as chosen, the only name recipients see."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField("common.User", on_delete=models.PROTECT, related_name="courier")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="couriers")
    alias = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)
    rides = models.CharField(max_length=10, choices=VehicleKind)
    certificates = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["alias", "id"]

    def __str__(self) -> str:
        return self.alias
