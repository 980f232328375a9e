"""Reads of service areas."""

from django.db.models import QuerySet

from common.accounts.readers import Reader
from couriers.roster import queries as roster
from couriers.service_areas.models import ServiceArea


def areas_visible_to(reader: Reader) -> QuerySet[ServiceArea]:
    """Return the areas a reader may see, by name: staff all, a partner's manager its own (one query)."""
    areas = ServiceArea.objects.select_related("partner__organization", "hub")
    if roster.reads_network(reader):
        return areas
    if roster.manages_partner(reader):
        return areas.filter(partner_id=reader.organization_id)
    return areas.none()
