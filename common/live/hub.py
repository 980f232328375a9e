"""One hub a process: it reads each stream's gap once and hands it to every socket that follows the stream.

A wake-up over Redis only says which streams moved; events are read from PostgreSQL. A lost wake-up is found
by looking at the heads every LOOK_S seconds. A socket has a bounded queue: gauges replace their older value
in it, and a socket that can't keep up is closed with SLOW_READER, never buffered without limit.
"""

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
from typing import Any

import redis.asyncio as aioredis
from django.conf import settings
from redis.exceptions import RedisError

from common.live import queries
from common.live.actions import WAKE_UPS
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

    def put(self, frame: dict[str, Any]) -> None:
        """Queue a frame; past QUEUE_LIMIT the socket counts as overrun and gets nothing more."""
        if self.is_overrun:
            return
        key = (frame.get("stream", ""), frame.get("key", frame["type"]), 0 if frame["type"] == "gauge" else frame.get("seq", -id(frame)))
        if frame["type"] == "gauge":
            self.frames.pop(key, None)
        self.frames[key] = frame
        if len(self.frames) > QUEUE_LIMIT:
            self.frames.clear()
            self.is_overrun = True
        self.ready.set()

    def put_event(self, frame: dict[str, Any]) -> None:
        """Queue an event that is newer than what this socket has; hold it while the stream's state is being read."""
        if frame["stream"] in self.held:
            self.held[frame["stream"]].append(frame)
        elif frame["seq"] > self.last_seq.get(frame["stream"], 0):
            self.last_seq[frame["stream"]] = frame["seq"]
            self.put(frame)

    def hold(self, stream: str) -> None:
        """Keep `stream`'s events back until its opening frames are queued."""
        self.held[stream] = []

    def release(self, stream: str) -> None:
        """Queue the events that were kept back, those that the opening frames told already excepted."""
        for frame in self.held.pop(stream, []):
            self.put_event(frame)

    async def take(self) -> list[dict[str, Any]]:
        """Return all that waits, once something does."""
        await self.ready.wait()
        self.ready.clear()
        taken = list(self.frames.values())
        self.frames.clear()
        return taken


class Hub:
    """Follows the streams that this process's sockets follow."""

    def __init__(self) -> None:
        self.followers: dict[str, set[Follower]] = {}
        self.seqs: dict[str, int] = {}
        self.ticks: dict[str, int] = {}
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
        async with self.opening:  # a second follower must not read its state before the first one's heads are known
            if stream not in self.seqs:
                heads = await read(queries.heads, [stream])
                ticks = await read(queries.gauge_ticks, [stream])
                self.seqs[stream] = heads.get(stream, 0)
                self.ticks[stream] = ticks.get(stream, 0)
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

    async def _listen(self) -> None:
        """Collect wake-ups. Redis away = slower (LOOK_S), not wrong."""
        while settings.REDIS_URL:
            client = aioredis.Redis.from_url(settings.REDIS_URL)
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(WAKE_UPS)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self.moved.update(s for s in json.loads(message["data"]) if s in self.followers)
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
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), LOOK_S)
            woken = self.wake.is_set()
            self.wake.clear()
            streams, self.moved = (list(self.moved) if woken else list(self.followers)), set()
            try:
                await self._hand_out([s for s in streams if s in self.seqs])
            except Exception:
                log.exception("streams could not be read; trying again at the next look")
                await asyncio.sleep(1)

    async def _hand_out(self, streams: list[str]) -> None:
        if not streams:
            return
        for event in await read(queries.events_after, {s: self.seqs[s] for s in streams}):
            if event.seq > self.seqs.get(event.stream, 0):
                self.seqs[event.stream] = event.seq
            frame = queries.event_frame(event)
            for follower in self.followers.get(event.stream, ()):
                follower.put_event(frame)
        ticks = await read(queries.gauge_ticks, streams)
        for stream, tick in ticks.items():
            if tick > self.ticks.get(stream, 0):
                for gauge in await read(queries.gauges_after, stream, self.ticks.get(stream, 0)):
                    frame = queries.gauge_frame(gauge)
                    for follower in self.followers.get(stream, ()):
                        follower.put(frame)
                self.ticks[stream] = tick


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """Return this event loop's hub."""
    return _hubs.setdefault(id(asyncio.get_running_loop()), Hub())
