"""Areas as GeoJSON (RFC 7946): longitude first, WGS 84, rings closed."""

from typing import Any

from django.contrib.gis.geos import GEOSException, Polygon
from django.utils.translation import gettext_lazy as _

from common.errors.domain import InvalidInput
from couriers.service_areas.models import ServiceArea


def feature(area: ServiceArea) -> dict[str, Any]:
    """Return an area as a Feature."""
    return {
        "type": "Feature",
        "id": str(area.pk),
        "geometry": {"type": "Polygon", "coordinates": area.polygon.coords},
        "properties": {
            "name": area.name,
            "partner": str(area.partner_id),
            "partner_name": area.partner.organization.name,
            "hub": str(area.hub_id),
            "is_active": area.is_active,
            "version": area.version,
        },
    }


def read_polygon(geometry: Any) -> Polygon:
    """Return the polygon of a GeoJSON geometry; raise InvalidInput that says what it is not."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        raise _refusal("not_a_polygon", _("Send a GeoJSON geometry of the type Polygon."))
    try:
        rings = [[(float(c[0]), float(c[1])) for c in ring] for ring in geometry["coordinates"]]
        rings = [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in rings]
        return Polygon(*rings, srid=4326)
    except (KeyError, IndexError, TypeError, ValueError, GEOSException) as error:
        detail = _(
            "The coordinates can't be read: rings of at least four [longitude, latitude] pairs."
        )
        raise _refusal("unreadable_coordinates", detail) from error


def _refusal(code: str, detail: Any) -> InvalidInput:
    return InvalidInput(errors=[{"pointer": "/geometry", "code": code, "detail": str(detail)}])
