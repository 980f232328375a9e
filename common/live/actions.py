"""Tell screens what changed: the event is a row of the caller's transaction, the wake-up leaves after commit."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

log = logging.getLogger("carteiro.live")
WAKE_UPS = "carteiro:wake"

# One statement, so that an event costs one round trip and needs no savepoint.
_APPEND = """
    WITH next AS (
        INSERT INTO common_stream AS s (name, epoch, seq) VALUES (%s, gen_random_uuid(), 1)
        ON CONFLICT (name) DO UPDATE SET seq = s.seq + 1 RETURNING name, seq)
    INSERT INTO common_liveevent (stream, seq, type, data, at)
    SELECT name, seq, %s, %s::jsonb, %s::timestamptz FROM next RETURNING seq"""
_SET_GAUGE = """
    INSERT INTO common_gauge (stream, key, tick, data, at)
    VALUES (%s, %s, nextval(pg_get_serial_sequence('common_gauge', 'id')), %s, %s)
    ON CONFLICT (stream, key) DO UPDATE SET
        tick = nextval(pg_get_serial_sequence('common_gauge', 'id')), data = excluded.data, at = excluded.at
    WHERE common_gauge.at <= excluded.at"""


@cache
def _redis() -> redis.Redis | None:
    """Return this process's connection for wake-ups; None where Redis is not set."""
    if not settings.REDIS_URL:
        return None
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def _wake(streams: Iterable[str]) -> None:
    """Say that `streams` moved. A lost wake-up costs at most the hub's next look (5 s), never an event."""
    client = _redis()
    if client is None:
        return
    try:
        client.publish(WAKE_UPS, json.dumps(sorted(streams)))
    except redis.RedisError:
        log.warning("wake-up not sent", extra={"streams": len(list(streams))})


def _wake_after_commit(stream: str) -> None:
    """Collect the streams that this transaction moved and wake them together, once, after commit."""
    pending: set[str] | None = getattr(connection, "carteiro_moved", None)
    first = not pending
    if pending is None:
        pending = set()
        connection.carteiro_moved = pending  # type: ignore[attr-defined]
    pending.add(stream)
    if first:

        def send() -> None:
            moved = set(pending)
            pending.clear()
            _wake(moved)

        transaction.on_commit(send, robust=True)


def publish(*, stream: str, type: str, data: dict[str, Any], now: datetime) -> int:
    """Append an event to `stream` inside the caller's transaction and return its seq.

    Takes the stream's row lock until commit, so call it last. `data` holds ids and figures only.
    """
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [stream, type, json.dumps(data, cls=DjangoJSONEncoder), now])
        seq: int = cursor.fetchone()[0]
    _wake_after_commit(stream)
    return seq


def set_gauge(*, stream: str, key: str, data: dict[str, Any], at: datetime) -> None:
    """Set the newest value of `key` on `stream`; an older value never replaces a newer one."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_GAUGE, [stream, key, json.dumps(data, cls=DjangoJSONEncoder), at])
    _wake_after_commit(stream)


_NEXT_SEQS = """
    INSERT INTO common_stream AS s (name, epoch, seq)
    SELECT moved.name, gen_random_uuid(), moved.events
    FROM unnest(%s::text[], %s::bigint[]) AS moved (name, events) ORDER BY moved.name
    ON CONFLICT (name) DO UPDATE SET seq = s.seq + excluded.seq RETURNING s.name, s.seq"""


def publish_many(*, events: Sequence[tuple[str, str, dict[str, Any]]], now: datetime) -> None:
    """Append many events, (stream, type, data) each, in a handful of statements. Locks the streams in the order of their names."""
    if not events:
        return
    counts = Counter(stream for stream, _type, _data in events)
    names = sorted(counts)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NEXT_SEQS, [names, [counts[name] for name in names]])
        last = dict(cursor.fetchall())
        next_seq = {name: last[name] - counts[name] + 1 for name in names}
        rows = []
        for stream, kind, data in events:
            rows.append(
                (stream, next_seq[stream], kind, json.dumps(data, cls=DjangoJSONEncoder), now)
            )
            next_seq[stream] += 1
        cursor.executemany(
            "INSERT INTO common_liveevent (stream, seq, type, data, at) VALUES (%s, %s, %s, %s, %s)",
            rows,
        )
    for name in names:
        _wake_after_commit(name)


def hold(*, stream: str) -> None:
    """Take `stream`'s turn now, for who will publish on it later and on others before: boards come before benches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM common_stream WHERE name = %s FOR UPDATE", [stream])


EVENTS_ARE_KEPT = timedelta(days=3)


_FORGET = """
    DELETE FROM common_liveevent WHERE id IN (
        SELECT e.id FROM common_liveevent AS e
        JOIN (SELECT stream, max(seq) AS upto FROM common_liveevent WHERE at < %s GROUP BY stream) AS old
            ON e.stream = old.stream AND e.seq <= old.upto
        ORDER BY e.stream, e.seq LIMIT %s)"""


def forget_old_events(*, now: datetime, at_once: int = 10_000) -> int:
    """Delete the events that no screen will resume from, in bites that hold no lock for long. Called once a night.

    What stays of a stream is its unbroken end, even where clocks disagreed. The history of a consignment is its
    tracking events, which stay for ever; these are only for screens.
    """
    forgotten = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [now - EVENTS_ARE_KEPT, at_once])
            deleted: int = cursor.rowcount
        forgotten += deleted
        if deleted < at_once:
            return forgotten
