"""The socket door: subscribe with a position, get the gap or a snapshot, then every event in order."""

import asyncio
import json
import time
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.core.serializers.json import DjangoJSONEncoder

from common import clock
from common.accounts.readers import NOBODY, Reader, reader_for_user
from common.live import queries
from common.live.hub import SLOW_READER, Follower, hub
from common.live.reading import read

UNREADABLE, NOT_SIGNED_IN, NO_LONGER_ALLOWED, TOO_FAST = 4400, 4401, 4403, 4429
MOST_STREAMS = 20
MOST_MESSAGES_A_S = 10
HEAD_EVERY_S = 15.0
SEND_TIMEOUT_S = 10.0
RECHECK_S = 30.0


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Serves one screen. Every subscription is authorized by the stream kind's snapshot, and again every RECHECK_S."""

    channel_layer_alias = None  # type: ignore[assignment]  # the stubs do not know that None means no layer

    async def connect(self) -> None:
        """Accept a signed-in person; others are closed with NOT_SIGNED_IN."""
        self.follower = Follower()
        self.streams: set[str] = set()
        self.sending: list[asyncio.Task[None]] = []
        self.budget = float(MOST_MESSAGES_A_S)
        self.counted_at = time.monotonic()
        self.reader = await self.find_reader()
        await self.accept()
        if self.reader == NOBODY:
            await self.close(NOT_SIGNED_IN)
            return
        self.sending = [asyncio.create_task(self._send_queued()), asyncio.create_task(self._tell_heads())]
        for stream in self.opening_streams():
            await self._subscribe(stream, "", None)

    async def find_reader(self) -> Reader:
        """Return whose screen this is; a subclass may use a capability instead of a session."""
        return await read(reader_for_user, self.scope["user"])

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        """Write ids, instants and amounts as events in the database are written."""
        return json.dumps(content, cls=DjangoJSONEncoder)

    def opening_streams(self) -> list[str]:
        """Return the streams that are followed without asking."""
        return []

    async def disconnect(self, code: int) -> None:
        """Forget this screen."""
        for task in self.sending:
            task.cancel()
        for stream in self.streams:
            hub().unfollow(stream, self.follower)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Read one frame; one that is no JSON object closes the socket with UNREADABLE, too many with TOO_FAST."""
        now = time.monotonic()
        self.budget = min(3.0 * MOST_MESSAGES_A_S, self.budget + (now - self.counted_at) * MOST_MESSAGES_A_S) - 1
        self.counted_at = now
        if self.budget < 0:
            await self.close(TOO_FAST)
            return
        try:
            content = await self.decode_json(text_data or "")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            await self.close(UNREADABLE)
            return
        await self.receive_json(content)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        """Carry out `subscribe` and `unsubscribe`; answer `ping` with `pong`."""
        kind, stream = content.get("type"), content.get("stream")
        if kind == "ping":
            self.follower.put({"type": "pong", "at": clock.now().isoformat()})
        elif kind == "subscribe" and isinstance(stream, str) and self.may_ask_for(stream):
            seq = content.get("seq")
            await self._subscribe(stream, str(content.get("epoch", "")), seq if isinstance(seq, int) else None)
        elif kind == "unsubscribe" and isinstance(stream, str):
            self.streams.discard(stream)
            hub().unfollow(stream, self.follower)
        else:
            self.follower.put({"type": "refused", "stream": stream if isinstance(stream, str) else "", "code": "unknown_message"})

    def may_ask_for(self, stream: str) -> bool:
        """Tell whether a screen of this kind may name streams itself."""
        return True

    async def _subscribe(self, stream: str, epoch: str, seq: int | None) -> None:
        if stream not in self.streams and len(self.streams) >= MOST_STREAMS:
            self.follower.put({"type": "refused", "stream": stream, "code": "too_many_streams"})
            return
        # Followed before the state is read: an event in between is held, and dropped by its seq if it is old.
        self.follower.hold(stream)
        await hub().follow(stream, self.follower)
        frames = await read(queries.opening_frames, self.reader, stream, epoch, seq)
        if frames is None:
            self.follower.held.pop(stream, None)
            hub().unfollow(stream, self.follower)
            self.follower.put({"type": "refused", "stream": stream, "code": "not_found"})
            return
        self.streams.add(stream)
        for frame in frames:
            self.follower.put(frame)
            if frame["type"] in {"event", "snapshot", "resync", "resumed"}:
                self.follower.last_seq[stream] = frame["seq"]
        self.follower.release(stream)

    async def _send_queued(self) -> None:
        while True:
            for frame in await self.follower.take():
                try:
                    await asyncio.wait_for(self.send_json(frame), SEND_TIMEOUT_S)
                except TimeoutError:
                    self.follower.is_overrun = True
            if self.follower.is_overrun:
                await self.close(SLOW_READER)
                return

    async def _tell_heads(self) -> None:
        """Tell the screen each stream's last seq, so that it finds a gap itself; check that it may still look."""
        checked_at = time.monotonic()
        while True:
            await asyncio.sleep(HEAD_EVERY_S)
            heads = await read(queries.heads, sorted(self.streams))
            self.follower.put({"type": "head", "streams": heads, "at": clock.now().isoformat()})
            if time.monotonic() - checked_at >= RECHECK_S:
                checked_at = time.monotonic()
                if await self.find_reader() != self.reader:
                    await self.close(NO_LONGER_ALLOWED)
                    return
