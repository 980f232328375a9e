"""The embedded basemap: vector tiles cut from the map tables by PostGIS, `/tiles/<z>/<x>/<y>.mvt`.

Layers and their properties (the map style in web/ draws them):
roads (class, rank; from zoom 13 name, oneway) · buildings () · areas (kind, name) · places (kind, name) · addresses (housenumber).
"""

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from common.geo.models import MapExtract
from common.geo.osm_import import IMPORTER

MAX_ZOOM = 16
# Rank (osm_reader.ROAD_RANKS) up to which roads are drawn, by zoom.
_ROAD_RANK = {0: 0, 6: 1, 8: 2, 10: 3, 11: 4, 12: 5, 13: 7, 14: 9}
_SECONDS = 3600
# Raise it when tiles are drawn differently: it is part of their ETag.
_DRAWING = 2

_AREAS = """
SELECT kind, nullif(name, '') AS name, ST_AsMVTGeom(geometry, box.tile) AS geom FROM common_maparea, box
WHERE geometry && box.tile AND kind <> 'building' AND ST_Area(geometry) > box.smallest"""
_BUILDINGS = """
SELECT ST_AsMVTGeom(geometry, box.tile) AS geom FROM common_maparea, box
WHERE geometry && box.tile AND kind = 'building' AND ST_Area(geometry) > box.smallest"""
_ROADS = """
SELECT road_class AS class, nullif(name, '') AS name, rank, oneway, ST_AsMVTGeom(geometry, box.tile) AS geom FROM common_maproad, box
WHERE geometry && ST_Expand(box.tile, box.margin) AND rank <= %(rank)s ORDER BY rank DESC"""
# From afar no road is labelled: its pieces are drawn as one, without the bends that nobody could see.
_ROADS_FROM_AFAR = """
SELECT road_class AS class, rank, ST_AsMVTGeom(ST_Simplify(ST_LineMerge(ST_Collect(geometry)), box.pixel / 2), box.tile) AS geom
FROM common_maproad, box WHERE geometry && ST_Expand(box.tile, box.margin) AND rank <= %(rank)s
GROUP BY road_class, rank, box.tile, box.pixel ORDER BY rank DESC"""
_PLACES = """
SELECT kind, name, ST_AsMVTGeom(geometry, box.tile) AS geom FROM common_mapplace, box
WHERE geometry && ST_Expand(box.tile, box.margin) AND kind = ANY(%(places)s)"""
_ADDRESSES = """
SELECT DISTINCT ON (street_id, number_key) housenumber, ST_AsMVTGeom(geometry, box.tile) AS geom FROM common_mapaddress, box
WHERE geometry && box.tile AND char_length(housenumber) <= 8 ORDER BY street_id, number_key, osm"""
_NAMED_FROM = 13


def _layers(z: int) -> dict[str, str]:
    """Return the SQL of each layer that a tile of this zoom has."""
    closer = (("areas", _AREAS, 8), ("buildings", _BUILDINGS, 14), ("addresses", _ADDRESSES, 16))
    roads = _ROADS if z >= _NAMED_FROM else _ROADS_FROM_AFAR
    return {"roads": roads, "places": _PLACES} | {
        name: sql for name, sql, least in closer if z >= least
    }


def _tile_sql(z: int) -> str:
    parts = [
        f"(SELECT coalesce(ST_AsMVT(layer, '{name}', 4096, 'geom'), '') FROM ({sql}) AS layer WHERE geom IS NOT NULL)"  # noqa: S608 - our own text
        for name, sql in _layers(z).items()
    ]
    # pixel: of a tile drawn 512 wide. smallest: what covers less than two of them is not drawn.
    # margin: the buffer of ST_AsMVTGeom, so that lines meet at the edges.
    return (
        "WITH box AS MATERIALIZED (SELECT tile, width / 512 AS pixel, 2 * power(width / 512, 2) AS smallest, width / 16 AS margin"  # noqa: S608
        " FROM (SELECT tile, ST_XMax(tile) - ST_XMin(tile) AS width FROM ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS tile) AS cut)"
        f" SELECT {' || '.join(parts)}"
    )


def _place_kinds(z: int) -> list[str]:
    kinds = ["city"]
    if z >= 9:
        kinds.append("town")
    if z >= 12:
        kinds += ["village", "suburb", "borough"]
    if z >= 14:
        kinds += ["hamlet", "neighbourhood", "quarter"]
    return kinds


@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Answer one vector tile; public, as the map it is cut from."""
    if z > MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise Http404
    sha256 = MapExtract.objects.values_list("sha256", flat=True).first()
    etag = quote_etag(f"{(sha256 or 'empty')[:24]}-{IMPORTER}.{_DRAWING}")
    # One tile changes only when the whole map does, so the map's hash is the tag of every tile and a match needs no drawing.
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        rank = max(rank for least, rank in _ROAD_RANK.items() if z >= least)
        with connection.cursor() as cursor:
            cursor.execute(
                _tile_sql(z), {"z": z, "x": x, "y": y, "rank": rank, "places": _place_kinds(z)}
            )
            body = bytes(cursor.fetchone()[0])
        response = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")

    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_SECONDS}, stale-while-revalidate=86400"
    return response
