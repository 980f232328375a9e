"""Index of the floor's tables."""

from couriers.assignment.models import Assignment, AssignmentRun, PartnerDay, Unassigned
from couriers.positions.models import LastPosition, Position
from couriers.rates.models import RateCard
from couriers.roster.models import Certificate, Courier, Partner
from couriers.service_areas.models import ServiceArea
from couriers.shifts.models import Shift
from couriers.vehicles.models import Vehicle, VehicleKind

__all__ = [
    "Assignment",
    "AssignmentRun",
    "Certificate",
    "Courier",
    "LastPosition",
    "Partner",
    "PartnerDay",
    "Position",
    "RateCard",
    "ServiceArea",
    "Shift",
    "Unassigned",
    "Vehicle",
    "VehicleKind",
]
