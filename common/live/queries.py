"""Reads of streams, for the hub, the socket door and the polling door."""

from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from common.accounts.readers import Reader
from common.live import registry
from common.live.models import Gauge, LiveEvent, Stream

# A screen that missed more than this gets a fresh snapshot instead.
LONGEST_GAP = 500


def position(stream: str) -> tuple[str, int]:
    """Return a stream's epoch and last seq; ("", 0) before its first event (one query)."""
    row = Stream.objects.filter(pk=stream).values_list("epoch", "seq").first()
    return (str(row[0]), row[1]) if row else ("", 0)


def heads(streams: list[str]) -> dict[str, int]:
    """Return the last seq of each of `streams` (one query)."""
    return dict(Stream.objects.filter(pk__in=streams).values_list("name", "seq"))


def gauge_ticks(streams: list[str]) -> dict[str, int]:
    """Return the newest gauge tick of each of `streams` (one query)."""
    return dict(
        Gauge.objects.filter(stream__in=streams).values_list("stream").annotate(Max("tick"))
    )


def event_frame(event: LiveEvent) -> dict[str, Any]:
    """Return an event as the frame that screens get."""
    return {
        "type": "event",
        "stream": event.stream,
        "seq": event.seq,
        "event": event.type,
        "at": event.at.isoformat(),
        "data": event.data,
    }


def gauge_frame(gauge: Gauge) -> dict[str, Any]:
    """Return a gauge as the frame that screens get."""
    return {
        "type": "gauge",
        "stream": gauge.stream,
        "key": gauge.key,
        "at": gauge.at.isoformat(),
        "data": gauge.data,
    }


def events_after(cursors: dict[str, int]) -> list[LiveEvent]:
    """Return the events after each stream's seq, in order, at most LONGEST_GAP + 1 a stream (one query)."""
    if not cursors:
        return []
    wanted = Q()
    for stream, seq in cursors.items():
        wanted |= Q(stream=stream, seq__gt=seq, seq__lte=seq + LONGEST_GAP + 1)
    return list(LiveEvent.objects.filter(wanted).order_by("stream", "seq"))


def gauges_after(stream: str, tick: int) -> list[Gauge]:
    """Return the gauges of `stream` that moved since `tick`, oldest first (one query)."""
    return list(Gauge.objects.filter(stream=stream, tick__gt=tick).order_by("tick"))


def gauges_of(streams: list[str]) -> list[Gauge]:
    """Return every gauge of `streams` (one query)."""
    return list(Gauge.objects.filter(stream__in=streams).order_by("tick"))


def opening_frames(
    reader: Reader, stream: str, epoch: str, seq: int | None
) -> list[dict[str, Any]] | None:
    """Return what a screen needs to follow `stream` from where it is: the exact gap, or a resync with a snapshot.

    Gauges come with both: the newest of each. None when this reader may not follow it or it does not exist.
    The position is read before the state, so
    that nothing between the two is lost: an event may be told twice, and screens drop a seq they have.
    """
    found = registry.find(stream)
    if found is None:
        return None
    kind, identity = found
    now_epoch, now_seq = position(stream)
    snapshot = kind.snapshot(reader, identity)
    if snapshot is None:
        return None
    resumes = (
        seq is not None
        and epoch == now_epoch
        and 0 <= seq <= now_seq
        and now_seq - seq <= LONGEST_GAP
    )
    if resumes and seq is not None:
        frames = [event_frame(e) for e in events_after({stream: seq})]
        has_all = frames[0]["seq"] == seq + 1 if frames else seq == now_seq
        if has_all:  # old events are forgotten: who comes back after that gets a snapshot
            resumed = {"type": "resumed", "stream": stream, "epoch": now_epoch, "seq": seq}
            return [resumed, *frames, *map(gauge_frame, gauges_after(stream, 0))]
    first = "snapshot" if seq is None else "resync"
    frames = [
        {"type": first, "stream": stream, "epoch": now_epoch, "seq": now_seq, "data": snapshot}
    ]
    return frames + [gauge_frame(g) for g in gauges_after(stream, 0)]


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID, so that a snapshot can refuse a made-up id without a database error."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
