"""Changes to vehicles."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors.domain import InvalidInput
from couriers.roster.models import Partner
from couriers.vehicles.models import Vehicle, VehicleKind


@dataclass(frozen=True)
class NewVehicle:
    """A vehicle to be. capacity_g, capacity_ml: what it holds. Costs in the partner's currency."""

    kind: str
    name: str
    capacity_g: int
    capacity_ml: int
    max_parcels: int = 300
    has_cold_box: bool = False
    fixed_cost: Decimal = Decimal(0)
    cost_per_km: Decimal = Decimal(0)
    cost_per_hour: Decimal = Decimal(0)


@transaction.atomic
def create_vehicle(*, partner: Partner, new: NewVehicle) -> Vehicle:
    """Create a vehicle of a partner. Called by the operator's and the partner's door.

    Raises InvalidInput for an unknown kind or a vehicle that holds nothing.
    """
    if new.kind not in VehicleKind.values:
        raise InvalidInput(_("Choose VAN, SCOOTER or BICYCLE."))
    if min(new.capacity_g, new.capacity_ml, new.max_parcels) <= 0:
        raise InvalidInput(
            _("A vehicle must hold something: give its capacity in grams and millilitres.")
        )
    return Vehicle.objects.create(partner=partner, **vars(new))
