"""Reads and writes of what road engines answered. Rows come and go in binary, a thousand at a time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import psycopg
from django.db import connection

from routing.travel_times.cells import Keys, Row, unpack
from routing.travel_times.models import KeptRow, SnappedPoint

UNUSED_ARE_KEPT = timedelta(days=30)
BYTES_A_STATEMENT = 8_000_000
SNAPS, ROWS = SnappedPoint._meta.db_table, KeptRow._meta.db_table


class Network(NamedTuple):
    """Whose travel times: those of one map for one vehicle kind."""

    map_version: str
    vehicle_kind: str


def snapped(network: Network, points: Keys, today: date) -> dict[int, int | None]:
    """Return the place of each point that was snapped before, None for those off the road. One query, two on a new day."""
    found = _fetch(
        f"SELECT point, place, used_on FROM {SNAPS} WHERE map_version = %s AND vehicle_kind = %s AND point = ANY(%b)",  # noqa: S608 - our own table
        [*network, points.tolist()],
    )
    _touch(SNAPS, "point", network, [row[0] for row in found if row[2] < today], today)
    return {point: place for point, place, _ in found}


def keep_snapped(network: Network, places: dict[int, int | None], today: date) -> None:
    """Keep where points meet the road."""
    points = sorted(places)
    _run(
        f"""INSERT INTO {SNAPS} (map_version, vehicle_kind, point, place, used_on)
            SELECT %s, %s, point, place, %s FROM unnest(%b::bigint[], %b::bigint[]) AS new (point, place)
            ON CONFLICT (map_version, vehicle_kind, point) DO UPDATE SET place = excluded.place, used_on = excluded.used_on""",  # noqa: S608 - our own table
        [*network, today, points, [places[point] for point in points]],
    )


def rows(network: Network, places: Keys, today: date) -> dict[int, Row]:
    """Return the kept rows of places. One query, two on a new day."""
    found = _fetch(
        f"SELECT place, cells, used_on FROM {ROWS} WHERE map_version = %s AND vehicle_kind = %s AND place = ANY(%b)",  # noqa: S608 - our own table
        [*network, places.tolist()],
    )
    _touch(ROWS, "place", network, [row[0] for row in found if row[2] < today], today)
    return {place: unpack(cells) for place, cells, _ in found}


def keep_rows(network: Network, packed: Sequence[tuple[int, bytes]], today: date) -> None:
    """Keep rows, in the order of their places, so that two workers never wait for each other in a circle."""
    for part in _parts(packed):
        _run(
            f"""INSERT INTO {ROWS} (map_version, vehicle_kind, place, cells, used_on)
                SELECT %s, %s, place, cells, %s FROM unnest(%b::bigint[], %b::bytea[]) AS new (place, cells)
                ON CONFLICT (map_version, vehicle_kind, place) DO UPDATE SET cells = excluded.cells, used_on = excluded.used_on""",  # noqa: S608 - our own table
            [*network, today, [place for place, _ in part], [cells for _, cells in part]],
        )


def forget(*, now: datetime, limit_bytes: int) -> int:
    """Delete what was not used for UNUSED_ARE_KEPT, then the longest unused while all takes more than the limit.

    Rows may take the whole limit, and for each 1,000 bytes of it one point may be known (some 100 bytes with its index).

    Called every hour. Returns how many rows went.
    """
    before = now.date() - UNUSED_ARE_KEPT
    gone = SnappedPoint.objects.filter(used_on__lt=before).delete()[0]
    gone += KeptRow.objects.filter(used_on__lt=before).delete()[0]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM {SNAPS} WHERE ctid IN (
                    SELECT ctid FROM {SNAPS} ORDER BY used_on DESC, map_version, vehicle_kind, point OFFSET %s)""",  # noqa: S608 - our own table
            [limit_bytes // 1_000],
        )
        gone += int(cursor.rowcount)
        # octet_length reads a length beside the row, never the row.
        cursor.execute(
            f"""DELETE FROM {ROWS} USING (
                    SELECT map_version AS version, vehicle_kind AS kind, place AS key,
                           sum(octet_length(cells)) OVER (ORDER BY used_on DESC, map_version, vehicle_kind, place) AS bytes
                    FROM {ROWS}) AS newest
                WHERE bytes > %s AND map_version = version AND vehicle_kind = kind AND place = key""",  # noqa: S608 - our own table
            [limit_bytes],
        )
        return gone + int(cursor.rowcount)


def _parts(packed: Sequence[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    largest = max((len(cells) for _, cells in packed), default=1)
    ordered = iter(sorted(packed))
    while part := list(islice(ordered, max(1, BYTES_A_STATEMENT // max(1, largest)))):
        yield part


def _touch(table: str, key: str, network: Network, keys: list[int], today: date) -> None:
    """Note that rows were used today, once a day; those that another worker holds are noted by it."""
    if keys:
        _run(
            f"""UPDATE {table} SET used_on = %s WHERE map_version = %s AND vehicle_kind = %s AND {key} IN (
                    SELECT {key} FROM {table} WHERE map_version = %s AND vehicle_kind = %s AND {key} = ANY(%b)
                    FOR UPDATE SKIP LOCKED)""",  # noqa: S608 - our own table
            [today, *network, *network, keys],
        )


def _fetch(sql: str, parameters: list[Any]) -> list[Any]:
    connection.ensure_connection()
    # Django's cursors send and read text: cells would come in hexadecimal, twice as long.
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(sql, parameters, binary=True).fetchall()


def _run(sql: str, parameters: list[Any]) -> None:
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, parameters)
