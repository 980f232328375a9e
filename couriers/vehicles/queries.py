"""Reads of vehicles."""

from django.db.models import QuerySet

from common.accounts.readers import Reader
from couriers.roster import queries as roster
from couriers.vehicles.models import Vehicle


def vehicles_visible_to(reader: Reader) -> QuerySet[Vehicle]:
    """Return the vehicles a reader may see, by name: staff all, a partner's manager its own (one query)."""
    vehicles = Vehicle.objects.select_related("partner__organization").order_by("name", "id")
    if roster.reads_network(reader):
        return vehicles
    if roster.manages_partner(reader):
        return vehicles.filter(partner_id=reader.organization_id)
    return vehicles.none()
