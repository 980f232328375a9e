"""Reads of hubs."""

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point

from delivery.hubs.models import Hub


def nearest_hub(point: Point) -> Hub | None:
    """Return the active hub nearest to a point (lon, lat), or None when there is no hub. One query."""
    return Hub.objects.filter(is_active=True).order_by(Distance("point", point), "code").first()
