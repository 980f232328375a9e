"""Fill the map tables from an .osm.pbf: read, COPY into temporary tables, replace everything in one transaction."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from common.geo import extract
from common.geo.models import MapExtract
from common.geo.osm_reader import Rows, extract_bounds, read_extract
from common.geo.text import number_key, number_range, plain, street_search

# Raise it when the importer changes what it writes: every installation then imports once more.
IMPORTER = 3
# Pieces of one name closer than this belong to one street. Web Mercator units: 600 is 600 m at the equator, 300 m at 60° north.
_STREET_GAP = 600
_LOCK = 0x6361_7274

_STAGES = {
    "map_in_address": "osm text, housenumber text, number_key text, number_low int, number_high int, street text,"
    " search text, others text[], suburb text, city text, city_search text, postcode text, shape geometry",
    "map_in_road": "osm text, name text, search text, others text[], road_class text, rank int, oneway bool, drivable bool, shape geometry",
    "map_in_area": "osm text, kind text, name text, shape geometry",
    "map_in_place": "kind text, name text, search text, shape geometry",
}

_EMPTY = """
DELETE FROM common_mapaddress; DELETE FROM common_mapstreetname; DELETE FROM common_mapstreet; DELETE FROM common_maproad;
DELETE FROM common_maparea; DELETE FROM common_mapplace; DELETE FROM common_mapextract;
"""

_FILL = """
CREATE TEMP TABLE map_in_piece ON COMMIT DROP AS
SELECT search, name, others, city, city_search, suburb, postcode, shape, is_road,
       ST_ClusterDBSCAN(shape, %(gap)s, 1) OVER (PARTITION BY search) AS part
FROM (
    SELECT search, name, others, '' AS city, '' AS city_search, '' AS suburb, '' AS postcode,
           ST_Transform(shape, 3857) AS shape, true AS is_road
    FROM map_in_road WHERE search <> ''
    UNION ALL
    SELECT search, street, others, city, city_search, suburb, postcode, ST_Transform(ST_PointOnSurface(shape), 3857), false
    FROM map_in_address WHERE search <> ''
) AS pieces;

INSERT INTO common_mapplace (kind, name, search, point, geometry)
SELECT kind, name, search, shape, ST_Transform(shape, 3857) FROM map_in_place;

INSERT INTO common_mapplace (kind, name, search, point, geometry)
SELECT 'postcode', mode() WITHIN GROUP (ORDER BY postcode), upper(regexp_replace(postcode, '[^[:alnum:]]', '', 'g')),
       ST_Centroid(ST_Collect(ST_PointOnSurface(shape))), ST_Transform(ST_Centroid(ST_Collect(ST_PointOnSurface(shape))), 3857)
FROM map_in_address WHERE postcode <> '' GROUP BY 3;

-- A street lies where its roads do; the middle is drawn to the nearest point that is on it.
CREATE TEMP TABLE map_in_street ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY search, part) AS id, search, part,
       mode() WITHIN GROUP (ORDER BY name) AS name,
       coalesce(mode() WITHIN GROUP (ORDER BY nullif(suburb, '')), '') AS suburb,
       coalesce(mode() WITHIN GROUP (ORDER BY nullif(city, '')), '') AS city,
       coalesce(mode() WITHIN GROUP (ORDER BY nullif(city_search, '')), '') AS city_search,
       coalesce(mode() WITHIN GROUP (ORDER BY nullif(postcode, '')), '') AS postcode,
       ST_Collect(shape) FILTER (WHERE is_road) AS road_shape, ST_Collect(shape) AS shape
FROM map_in_piece GROUP BY search, part;

INSERT INTO common_mapstreet (id, name, suburb, city, city_search, postcode, point)
SELECT s.id, s.name, coalesce(nullif(s.suburb, ''), suburb.name, ''), coalesce(nullif(s.city, ''), city.name, ''),
       coalesce(nullif(s.city_search, ''), city.search, ''), s.postcode,
       ST_Transform(ST_ClosestPoint(coalesce(s.road_shape, s.shape), ST_Centroid(coalesce(s.road_shape, s.shape))), 4326)
FROM map_in_street AS s
LEFT JOIN LATERAL (
    -- The nearest by its reach: a city names streets 12 km away, a village 2 km.
    SELECT name, search FROM common_mapplace AS p
    CROSS JOIN LATERAL (SELECT CASE kind WHEN 'city' THEN 12000 WHEN 'town' THEN 5000 WHEN 'village' THEN 2000 END AS reach) AS r
    WHERE kind IN ('city', 'town', 'village') AND ST_DWithin(p.geometry, ST_Centroid(s.shape), reach / cos(radians(ST_Y(p.point))))
    ORDER BY ST_Distance(p.geometry, ST_Centroid(s.shape)) / reach LIMIT 1
) AS city ON s.city = ''
LEFT JOIN LATERAL (
    SELECT name FROM common_mapplace
    WHERE kind IN ('suburb', 'neighbourhood', 'quarter') AND ST_DWithin(geometry, ST_Centroid(s.shape), 3000)
    ORDER BY geometry <-> ST_Centroid(s.shape) LIMIT 1
) AS suburb ON s.suburb = '';

INSERT INTO common_mapaddress (osm, street_id, street_name, housenumber, number_key, number_low, number_high, suburb, city,
                               postcode, point, geometry)
SELECT a.osm, s.id, a.street, a.housenumber, a.number_key, a.number_low, a.number_high, a.suburb,
       coalesce(nullif(a.city, ''), m.city), a.postcode,
       ST_PointOnSurface(a.shape), ST_Transform(ST_PointOnSurface(a.shape), 3857)
FROM map_in_address AS a
JOIN map_in_piece AS p ON NOT p.is_road AND p.search = a.search AND p.shape = ST_Transform(ST_PointOnSurface(a.shape), 3857)
JOIN map_in_street AS s ON s.search = p.search AND s.part = p.part
JOIN common_mapstreet AS m ON m.id = s.id
GROUP BY a.osm, s.id, a.street, a.housenumber, a.number_key, a.number_low, a.number_high, a.suburb, a.city, m.city, a.postcode, a.shape;

INSERT INTO common_maproad (osm, name, road_class, rank, oneway, drivable, geometry)
SELECT osm, name, road_class, rank, oneway, drivable, ST_Transform(shape, 3857) FROM map_in_road;

INSERT INTO common_maparea (osm, kind, name, geometry)
SELECT osm, kind, name, ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Transform(shape, 3857)), 3)) FROM map_in_area;
DELETE FROM common_maparea WHERE ST_IsEmpty(geometry);
"""

_NAMES = """
SELECT DISTINCT s.id, p.search, other FROM map_in_piece AS p JOIN map_in_street AS s USING (search, part)
LEFT JOIN LATERAL unnest(p.others) AS other ON true
"""

_BOUNDS = """
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (SELECT ST_Extent(ST_Transform(geometry, 4326)) AS box FROM common_maproad) AS roads
"""


def import_map(
    *,
    path: Path | None = None,
    force: bool = False,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[MapExtract, bool]:
    """Import the extract unless it is the one in the tables already, and return (its row, whether anything was written).

    Called by the command of the same name. Readers see the old map until the transaction commits; two imports at once queue.
    """
    path = path or extract.extract_path()
    sha256 = extract.extract_hash(path)
    present = MapExtract.objects.filter(sha256=sha256, importer=IMPORTER).first()
    if present is not None and not force:
        return present, False
    progress(f"Reading {path.name}")
    rows = read_extract(
        path, lambda what, count: progress(f"Reading {path.name}: {count:,} ways, now {what}")
    )
    bounds = extract_bounds(path)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        progress(
            f"Storing {len(rows.addresses):,} house numbers, {len(rows.roads):,} roads, {len(rows.areas):,} areas"
        )
        for table, columns in _STAGES.items():
            cursor.execute(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
        _copy(cursor, "map_in_address", _address_rows(rows))
        _copy(
            cursor,
            "map_in_road",
            (
                (osm, name, street_search(name)[:250], others, *rest)
                for osm, name, others, *rest in rows.roads
            ),
        )
        _copy(cursor, "map_in_area", rows.areas)
        _copy(
            cursor,
            "map_in_place",
            ((kind, name, plain(name)[:250], shape) for kind, name, shape in rows.places),
        )
        progress("Joining roads and house numbers to streets")
        cursor.execute(_EMPTY)
        cursor.execute(_FILL, {"gap": _STREET_GAP})
        _store_names(cursor)
        counts = _counts(cursor)
        if bounds is None:
            cursor.execute(_BOUNDS)
            bounds = cursor.fetchone()
        cursor.execute(
            "INSERT INTO common_mapextract (sha256, importer, name, bounds, counts, imported_at)"
            " VALUES (%s, %s, %s, ST_MakeEnvelope(%s, %s, %s, %s, 4326), %s, %s)",
            [sha256, IMPORTER, path.name, *bounds, json.dumps(counts), now],
        )
        for table in counts:
            cursor.execute(f"ANALYZE common_{table}")
        # Gone at commit anyway; dropped here so that a caller's own transaction may import twice.
        cursor.execute(f"DROP TABLE map_in_piece, map_in_street, {', '.join(_STAGES)}")
    return MapExtract.objects.get(sha256=sha256), True


def _address_rows(rows: Rows) -> Iterable[tuple[Any, ...]]:
    for osm, number, street, others, suburb, city, postcode, shape in rows.addresses:
        low, high = number_range(number)
        yield (
            osm,
            number,
            number_key(number)[:60],
            low,
            high,
            street,
            street_search(street)[:250],
            others,
            suburb,
            city,
            plain(city)[:250],
            postcode,
            shape,
        )


def _copy(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"UPDATE {table} SET shape = ST_SetSRID(shape, 4326)")  # noqa: S608 - our own table names


def _store_names(cursor: Any) -> None:
    cursor.execute(_NAMES)
    names = set()
    for street_id, search, other in cursor.fetchall():
        names.add((street_id, search))
        if other and (spelling := street_search(other)[:250]):
            names.add((street_id, spelling))
    with cursor.copy("COPY common_mapstreetname (street_id, search) FROM STDIN") as copy:
        for row in sorted(names):
            copy.write_row(row)


def _counts(cursor: Any) -> dict[str, int]:
    counts = {}
    for table in ("mapaddress", "mapstreet", "mapstreetname", "maproad", "maparea", "mapplace"):
        cursor.execute(f"SELECT count(*) FROM common_{table}")  # noqa: S608 - our own table names
        counts[table] = cursor.fetchone()[0]
    return counts
