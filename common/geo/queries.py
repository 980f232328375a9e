"""Reads of the imported map for other rooms."""

from dataclasses import dataclass

from django.db import connection

from common.geo.places import Point

_ADDRESSES = """
SELECT street_name, housenumber, suburb, house_postcode, city, ST_X(point), ST_Y(point) FROM (
    SELECT DISTINCT ON (a.street_id, a.number_key) a.*, coalesce(nullif(a.postcode, ''), s.postcode) AS house_postcode
    FROM common_mapaddress AS a JOIN common_mapstreet AS s ON s.id = a.street_id
    WHERE coalesce(nullif(a.postcode, ''), s.postcode) <> '' AND a.city <> '' AND a.street_name = s.name
      AND a.housenumber ~ '^[0-9]{1,5} ?[A-Za-z]?$'
      AND EXISTS (SELECT 1 FROM common_maproad AS r WHERE r.drivable AND r.geometry && ST_Expand(a.geometry, %(reach)s)
                  AND ST_DWithin(ST_Transform(r.geometry, 4326)::geography, a.point::geography, %(near)s))
    ORDER BY a.street_id, a.number_key, a.postcode = '', a.osm
) AS houses ORDER BY md5(osm || housenumber || %(seed)s), osm LIMIT %(limit)s
"""

_ROAD = """
SELECT ST_Distance(ST_Transform(geometry, 4326)::geography, here.point::geography) FROM common_maproad,
    (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) AS here
WHERE drivable ORDER BY geometry <-> ST_Transform(here.point, 3857) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class HouseAddress:
    """A real address of the map."""

    street: str
    number: str
    suburb: str
    postcode: str
    city: str
    point: Point


def addresses(limit: int, seed: str | int, near_road_m: int = 80) -> list[HouseAddress]:
    """Return up to `limit` complete addresses within reach of a drivable road, in an order that the seed decides. One query."""
    with connection.cursor() as cursor:
        # Mercator metres are longer than real ones; four times covers latitudes up to 75 degrees.
        cursor.execute(
            _ADDRESSES,
            {"limit": limit, "seed": str(seed), "near": near_road_m, "reach": near_road_m * 4},
        )
        return [
            HouseAddress(a, b, c, d, e, Point(lon, lat))
            for a, b, c, d, e, lon, lat in cursor.fetchall()
        ]


def road_distance_m(point: Point) -> int | None:
    """Return how far the nearest drivable road is, or None when no map is imported. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ROAD, {"lon": point.lon, "lat": point.lat})
        row = cursor.fetchone()
    return round(row[0]) if row else None
