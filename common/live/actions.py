"""Tell screens what changed: the event is a row of the caller's transaction, the wake-up leaves after commit."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

log = logging.getLogger("carteiro.live")
WAKE_UPS = "carteiro:wake"

_NEXT_SEQ = """
    INSERT INTO common_stream AS s (name, epoch, seq) VALUES (%s, gen_random_uuid(), 1)
    ON CONFLICT (name) DO UPDATE SET seq = s.seq + 1 RETURNING seq"""
_SET_GAUGE = """
    INSERT INTO common_gauge (stream, key, tick, data, at)
    VALUES (%s, %s, nextval(pg_get_serial_sequence('common_gauge', 'id')), %s, %s)
    ON CONFLICT (stream, key) DO UPDATE SET tick = excluded.tick, data = excluded.data, at = excluded.at
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


def publish(*, stream: str, type: str, data: dict[str, Any], now: datetime) -> int:  # noqa: A002 - the frame's own word
    """Append an event to `stream` inside the caller's transaction and return its seq.

    Takes the stream's row lock until commit, so call it last. `data` holds ids and figures only.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NEXT_SEQ, [stream])
        seq: int = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO common_liveevent (stream, seq, type, data, at) VALUES (%s, %s, %s, %s, %s)",
            [stream, seq, type, json.dumps(data, cls=DjangoJSONEncoder), now],
        )
    _wake_after_commit(stream)
    return seq


def set_gauge(*, stream: str, key: str, data: dict[str, Any], at: datetime) -> None:
    """Set the newest value of `key` on `stream`; an older value never replaces a newer one."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_GAUGE, [stream, key, json.dumps(data, cls=DjangoJSONEncoder), at])
    _wake_after_commit(stream)
