"""Is a pair of coordinates what its sender meant? Swapped, zero and far-away points get a sentence each."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from django.conf import settings
from django.utils.translation import gettext as _

from common.geo.models import MapExtract
from common.geo.places import Point

# A parcel may lie a little beyond the edge of the map.
MARGIN_DEG = 0.05
_ZERO_DEG = 0.01


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in degrees, edges included."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float, margin: float = MARGIN_DEG) -> bool:
        return (
            self.west - margin <= lon <= self.east + margin
            and self.south - margin <= lat <= self.north + margin
        )


@dataclass(frozen=True, slots=True)
class PointProblem:
    """Why a point is not taken. code: stable, for programs. message: for people, with what to do next. swapped: what was probably meant."""

    code: str
    message: str
    swapped: Point | None = None


def map_bounds() -> Bounds | None:
    """Return the box of the imported map, or None when no map says where parcels go. One query.

    Where a remote service finds the addresses and nobody named an extract, the map is the demo city's: it bounds nothing.
    """
    if settings.GEOCODER != "embedded" and not settings.OSM_EXTRACT:
        return None
    extract = MapExtract.objects.first()
    return Bounds(*extract.bounds.extent) if extract else None


def check_point(lon: float, lat: float, bounds: Bounds | None = None) -> PointProblem | None:
    """Return why (lon, lat) can't be right, or None. `bounds`: the box it should lie in; without it only the impossible is refused."""
    meant = (
        Point(lat, lon)
        if _possible(lat, lon) and (bounds is None or bounds.holds(lat, lon))
        else None
    )
    if not _possible(lon, lat):
        if meant:
            return PointProblem("coordinates_swapped", _swapped(lon, lat), meant)
        message = _(
            "Longitude %(lon)s, latitude %(lat)s is no place on earth: longitude goes from -180 to 180, latitude from -90 to 90."
        )
        return PointProblem("coordinates_impossible", message % {"lon": lon, "lat": lat})
    if abs(lon) < _ZERO_DEG and abs(lat) < _ZERO_DEG:
        return PointProblem(
            "coordinates_zero",
            _(
                "The point is 0, 0, in the sea off Africa: the sender's system had no coordinates. Leave them out, or send the real ones."
            ),
        )
    if bounds is not None and not bounds.holds(lon, lat):
        if meant:
            return PointProblem("coordinates_swapped", _swapped(lon, lat), meant)
        message = _(
            "The point %(lon)s, %(lat)s (longitude, latitude) lies outside the area of the map. Check the address, or drop the pin by hand."
        )
        return PointProblem("coordinates_outside", message % {"lon": lon, "lat": lat})
    return None


def _possible(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def _swapped(lon: float, lat: float) -> str:
    message = _(
        "Longitude and latitude look swapped: as sent, the point lies elsewhere; "
        "longitude %(lat)s, latitude %(lon)s would fit. Longitude comes first."
    )
    return message % {"lon": lon, "lat": lat}


def distance_m(a: Point, b: Point) -> int:
    """Return the great-circle distance in metres (haversine, mean radius 6,371,009 m; within 0.5 % of the ellipsoid)."""
    dlat, dlon = radians(b.lat - a.lat), radians(b.lon - a.lon)
    h = sin(dlat / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(dlon / 2) ** 2
    return round(2 * 6_371_009 * asin(sqrt(min(1.0, h))))
