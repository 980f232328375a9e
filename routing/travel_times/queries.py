"""Reads of travel factors."""

from uuid import UUID

from routing.travel_times.models import HOURS, TravelFactors
from routing.travel_times.protocol import VEHICLE_KINDS


def factors_of(hub_id: UUID) -> TravelFactors:
    """Return a hub's travel factors; free roads, unsaved, where nobody has said otherwise (one query)."""
    found = TravelFactors.objects.filter(hub=hub_id).first()
    return found or TravelFactors(hub_id=hub_id, **{kind: free_roads() for kind in VEHICLE_KINDS})


def free_roads() -> list[int]:
    """Return the factors of a day on which traffic slows nobody."""
    return [100] * HOURS
