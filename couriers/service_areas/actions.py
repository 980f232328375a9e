"""Changes to service areas, with what is wrong with a drawing said in words."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point, Polygon
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.errors.domain import DomainError, StaleVersion
from couriers.roster.models import Partner
from couriers.service_areas.models import ServiceArea
from delivery.hubs.models import Hub

# A courier's day from one hub: two hours of driving there and back at 60 km/h; a farther area wants a hub of its own.
FARTHEST_FROM_HUB_M = 60_000
SMALLEST_M2 = 1_000
MOST_POINTS = 2_000


class AreaCrossesItself(DomainError):
    """The outline is no simple polygon."""

    code = "area_crosses_itself"
    status = 422
    title = _("The outline crosses itself")


class AreaNotPossible(DomainError):
    """The polygon is valid, but no area that couriers could serve from this hub."""

    code = "area_not_possible"
    status = 422
    title = _("This area can't be served")


def _check_outline(polygon: Polygon) -> None:
    if polygon.num_coords > MOST_POINTS:
        raise AreaNotPossible(
            _("The outline has %(count)s points; up to %(most)s are drawn. Simplify it.")
            % {"count": polygon.num_coords, "most": MOST_POINTS}
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_IsValidReason(ST_GeomFromEWKB(%s))", [bytes(polygon.ewkb)])
        reason: str = cursor.fetchone()[0]
    if reason == "Valid Geometry":
        return
    found = re.search(r"\[(-?[\d.e+-]+) (-?[\d.e+-]+)\]", reason)
    at: dict[str, Any] = {"lon": float(found[1]), "lat": float(found[2])} if found else {}
    where = _(" at %(lat).5f, %(lon).5f") % at if at else ""
    raise AreaCrossesItself(
        _(
            "The outline is not one simple shape%(where)s (%(what)s). Move the corner there and save again."
        )
        % {"where": where, "what": reason.split("[")[0].strip()},
        **at,
    )


def _farthest_m(polygon: Polygon, hub: Point) -> tuple[float, float]:
    """Return how far the farthest corner is from the hub in metres, and the area in square metres (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT max(ST_Distance(p.geom::geography, ST_GeomFromEWKB(%s)::geography))
                       FROM ST_DumpPoints(g.shape) AS p), ST_Area(g.shape::geography)
               FROM (SELECT ST_GeomFromEWKB(%s) AS shape) AS g""",
            [bytes(hub.ewkb), bytes(polygon.ewkb)],
        )
        far, size = cursor.fetchone()
    return float(far), float(size)


def _is_swapped(polygon: Polygon, hub: Hub) -> bool:
    """Tell whether the drawing would be within reach with longitude and latitude exchanged."""
    west, south, east, north = polygon.extent
    if min(west, south) < -90 or max(east, north) > 90:
        return False
    swapped = Polygon.from_bbox((south, west, north, east))
    swapped.srid = 4326
    return _farthest_m(swapped, hub.point)[0] <= FARTHEST_FROM_HUB_M


def _check_reach(polygon: Polygon, hub: Hub) -> None:
    west, south, east, north = polygon.extent
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise AreaNotPossible(
            _("A corner is not on the Earth: longitude is -180 to 180, latitude -90 to 90.")
        )
    far, size = _farthest_m(polygon, hub.point)
    if far > FARTHEST_FROM_HUB_M:
        if _is_swapped(polygon, hub):
            raise AreaNotPossible(
                _("Longitude and latitude look swapped: longitude comes first in GeoJSON.")
            )
        raise AreaNotPossible(
            _(
                "The area reaches %(far).0f km from %(hub)s; couriers go up to %(most).0f km. "
                "Draw it smaller or choose a nearer hub."
            )
            % {"far": far / 1000, "hub": hub.name, "most": FARTHEST_FROM_HUB_M / 1000},
            farthest_m=round(far),
        )
    if size < SMALLEST_M2:
        raise AreaNotPossible(_("The area is smaller than a house's plot. Draw it larger."))


def _two_dimensional(polygon: Polygon) -> Polygon:
    rings = [[point[:2] for point in ring] for ring in polygon.coords]
    return Polygon(*rings, srid=4326)


@transaction.atomic
def save_area(
    *,
    partner: Partner,
    hub: Hub,
    name: str,
    polygon: Polygon,
    area_id: UUID | None = None,
    version: int = 0,
) -> ServiceArea:
    """Add an area, or change the one with `area_id` at `version`. Called by the operator's and the partner's door.

    Raises AreaCrossesItself with the place, AreaNotPossible for one too large, too far or too detailed,
    StaleVersion when somebody changed it since.
    """
    polygon = _two_dimensional(polygon)
    _check_outline(polygon)
    _check_reach(polygon, hub)
    if area_id is None:
        return ServiceArea.objects.create(partner=partner, hub=hub, name=name, polygon=polygon)
    found = ServiceArea.objects.filter(pk=area_id, partner=partner, version=version)
    if not found.update(
        hub=hub, name=name, polygon=polygon, is_active=True, version=F("version") + 1
    ):
        raise StaleVersion
    return ServiceArea.objects.select_related("partner__organization", "hub").get(pk=area_id)


@transaction.atomic
def close_area(*, area: ServiceArea, version: int, now: datetime) -> None:
    """Stop serving an area; what was assigned in it stays assigned. Raises StaleVersion."""
    found = ServiceArea.objects.filter(pk=area.pk, version=version)
    if not found.update(is_active=False, version=F("version") + 1):
        raise StaleVersion
