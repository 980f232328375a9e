"""One hub a process: it reads each stream's gap once and hands it to every socket that follows the stream.

A wake-up over Redis only says which streams moved; events are read from PostgreSQL. A lost wake-up is found
by looking at the heads every LOOK_S seconds. A socket has a bounded queue: gauges replace their older value
in it, and a socket that can't keep up is closed with SLOW_READER, never buffered without limit.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio as aioredis
from django.conf import settings
from redis.exceptions import RedisError

from common.live import queries
from common.live.actions import WAKE_UPS
from common.live.models import Gauge
from common.live.reading import read

log = logging.getLogger("carteiro.live")
LOOK_S = 5.0
QUEUE_LIMIT = 256
SLOW_READER = 4408


class Follower:
    """One socket's bounded queue. Frames leave in order; a newer gauge takes the place of the older one."""

    def __init__(self) -> None:
        self.frames: OrderedDict[tuple[str, str, int], dict[str, Any]] = OrderedDict()
        self.ready = asyncio.Event()
        self.is_overrun = False
        self.last_seq: dict[str, int] = {}
        self.held: dict[str, list[dict[str, Any]]] = {}
        self.openings: dict[str, list[dict[str, Any]]] = {}

    def put_opening(self, stream: str, frames: list[dict[str, Any]]) -> None:
        """Queue what a screen gets first as one entry; asked for again before it left, only the newer one is sent."""
        if self.is_overrun:
            return
        self.openings.pop(stream, None)
        self.openings[stream] = frames
        self.frames.pop((stream, "opening", 0), None)
        self.frames[(stream, "opening", 0)] = {}
        self.ready.set()

    def put(self, frame: dict[str, Any]) -> None:
        """Queue a frame; past QUEUE_LIMIT the socket counts as overrun and gets nothing more."""
        if self.is_overrun:
            return
        key = (
            frame.get("stream", ""),
            frame.get("key", frame["type"]),
            0 if frame["type"] == "gauge" else frame.get("seq", -id(frame)),
        )
        if frame["type"] == "gauge":
            self.frames.pop(key, None)
        self.frames[key] = frame
        if len(self.frames) > QUEUE_LIMIT:
            self.frames.clear()
            self.openings.clear()
            self.is_overrun = True
        self.ready.set()

    def put_event(self, frame: dict[str, Any]) -> None:
        """Queue an event that is newer than what this socket has; hold it while the stream's state is being read."""
        if frame["stream"] in self.held:
            self.held[frame["stream"]].append(frame)
            if len(self.held[frame["stream"]]) > QUEUE_LIMIT:
                self.is_overrun = True
                self.ready.set()
        elif frame["seq"] > self.last_seq.get(frame["stream"], 0):
            self.last_seq[frame["stream"]] = frame["seq"]
            self.put(frame)

    def hold(self, stream: str) -> None:
        """Keep `stream`'s events back until its opening frames are queued."""
        self.held.setdefault(stream, [])

    def release(self, stream: str) -> None:
        """Queue the events that were kept back, those that the opening frames told already excepted."""
        for frame in self.held.pop(stream, []):
            self.put_event(frame)

    async def take(self) -> list[dict[str, Any]]:
        """Return all that waits, once something does."""
        await self.ready.wait()
        self.ready.clear()
        taken: list[dict[str, Any]] = []
        for (stream, kind, _number), frame in self.frames.items():
            taken.extend(self.openings.pop(stream) if kind == "opening" else [frame])
        self.frames.clear()
        return taken


class Hub:
    """Follows the streams that this process's sockets follow."""

    def __init__(self) -> None:
        self.followers: dict[str, set[Follower]] = {}
        self.seqs: dict[str, int] = {}
        self.ticks: dict[str, int] = {}
        self.told: dict[str, dict[str, int]] = {}
        self.moved: set[str] = set()
        self.wake = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.opening = asyncio.Lock()

    def start(self) -> None:
        """Start listening, once."""
        if not self.tasks:
            self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._serve())]

    async def follow(self, stream: str, follower: Follower) -> None:
        """Hand `stream`'s coming events to `follower`."""
        self.start()
        async with (
            self.opening
        ):  # a second follower must not read its state before the first one's heads are known
            if stream not in self.seqs:
                heads = await read(queries.heads, [stream])
                gauges = await read(queries.gauges_of, [stream])
                self.seqs[stream] = heads.get(stream, 0)
                self.told[stream] = {gauge.key: gauge.tick for gauge in gauges}
                self.ticks[stream] = max(self.told[stream].values(), default=0)
            self.followers.setdefault(stream, set()).add(follower)

    def unfollow(self, stream: str, follower: Follower) -> None:
        """Stop handing `stream` to `follower`; a stream nobody follows is forgotten."""
        followers = self.followers.get(stream)
        if followers is None:
            return
        followers.discard(follower)
        if not followers:
            del self.followers[stream]
            self.seqs.pop(stream, None)
            self.ticks.pop(stream, None)
            self.told.pop(stream, None)

    async def _listen(self) -> None:
        """Collect wake-ups. Redis away = slower (LOOK_S), not wrong."""
        while settings.REDIS_URL:
            client = aioredis.Redis.from_url(settings.REDIS_URL)
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(WAKE_UPS)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self.moved.update(
                                s for s in json.loads(message["data"]) if s in self.followers
                            )
                            if self.moved:
                                self.wake.set()
            except (RedisError, OSError):
                log.warning("wake-ups are away; looking every few seconds instead")
                await asyncio.sleep(LOOK_S)
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()

    async def _serve(self) -> None:
        """Read and hand out what moved, for ever; a failing read is tried again at the next look."""
        looked_at = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self.wake.wait(), max(0.0, looked_at + LOOK_S - time.monotonic())
                )
            self.wake.clear()
            # Streams that keep waking us must not keep us from finding the wake-up of another one that was lost.
            looks = time.monotonic() - looked_at >= LOOK_S
            streams, self.moved = (list(self.followers) if looks else list(self.moved)), set()
            try:
                await self._hand_out([s for s in streams if s in self.seqs])
                if looks:
                    await self._find_gauges([s for s in streams if s in self.seqs])
            except Exception:
                log.exception("streams could not be read; trying again at the next look")
                await asyncio.sleep(1)
            if looks:
                looked_at = time.monotonic()

    async def _hand_out(self, streams: list[str]) -> None:
        if not streams:
            return
        events = await read(queries.events_after, {s: self.seqs[s] for s in streams})
        for event in events:
            if event.stream not in self.seqs:  # nobody follows it any more
                continue
            self.seqs[event.stream] = max(event.seq, self.seqs[event.stream])
            frame = queries.event_frame(event)
            for follower in self.followers.get(event.stream, ()):
                follower.put_event(frame)
        if len(events) > queries.LONGEST_GAP:  # there may be more
            self.moved.update(streams)
            self.wake.set()
        ticks = await read(queries.gauge_ticks, streams)
        for stream, tick in ticks.items():
            if tick > self.ticks.get(stream, 0):
                self._hand_out_gauges(
                    await read(queries.gauges_after, stream, self.ticks.get(stream, 0))
                )

    async def _find_gauges(self, streams: list[str]) -> None:
        """Hand out the gauges that became visible late: their tick was taken before one that was handed out already."""
        if streams:
            self._hand_out_gauges(await read(queries.gauges_of, streams))

    def _hand_out_gauges(self, gauges: list[Gauge]) -> None:
        for gauge in gauges:
            told = self.told.get(gauge.stream)
            if told is None or told.get(gauge.key, 0) >= gauge.tick:
                continue
            told[gauge.key] = gauge.tick
            self.ticks[gauge.stream] = max(gauge.tick, self.ticks.get(gauge.stream, 0))
            frame = queries.gauge_frame(gauge)
            for follower in self.followers.get(gauge.stream, ()):
                follower.put(frame)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return this event loop's hub."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
