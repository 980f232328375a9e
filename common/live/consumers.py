"""The socket door: subscribe with a position, get the gap or a snapshot, then every event in order."""

import asyncio
import contextlib
import json
import logging
import time
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from common import clock
from common.accounts.models import User
from common.accounts.readers import NOBODY, Reader, reader_for_user
from common.live import queries, registry
from common.live.hub import SLOW_READER, Follower, hub
from common.live.reading import read

UNREADABLE, NOT_SIGNED_IN, NO_LONGER_ALLOWED, TOO_FAST = 4400, 4401, 4403, 4429
MOST_STREAMS = 20
MOST_MESSAGES_A_S = 10
HEAD_EVERY_S = 15.0
SEND_TIMEOUT_S = 10.0
RECHECK_S = 25.0  # looked at with the heads: who lost a right is out within two of them, 30 s


log = logging.getLogger("carteiro.live")


def _reader_now(user: Any, session: Any) -> Reader:
    """Return the reader as the database knows them now: disabled, signed out or with a new password is NOBODY."""
    if not user.is_authenticated:
        return NOBODY
    if session is not None and session.session_key and not session.exists(session.session_key):
        return NOBODY
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    if fresh is None or fresh.password != user.password:
        return NOBODY
    return reader_for_user(fresh)


def _no_longer_allowed(reader: Reader, streams: list[str]) -> list[str]:
    """Return those of `streams` that their kinds refuse this reader now."""
    lost = []
    for stream in streams:
        found = registry.find(stream)
        if found and found[0].allows and not found[0].allows(reader, found[1]):
            lost.append(stream)
    return lost


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
        self.sending = [
            asyncio.create_task(self._send_queued()),
            asyncio.create_task(self._tell_heads()),
        ]
        for stream in self.opening_streams():
            await self._subscribe(stream, "", None)

    async def find_reader(self) -> Reader:
        """Return whose screen this is; a subclass may use a capability instead of a session."""
        return await read(_reader_now, self.scope["user"], self.scope.get("session"))

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

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Read one frame; one that is no JSON object closes the socket with UNREADABLE, too many with TOO_FAST."""
        now = time.monotonic()
        self.budget = (
            min(3.0 * MOST_MESSAGES_A_S, self.budget + (now - self.counted_at) * MOST_MESSAGES_A_S)
            - 1
        )
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
            await self._subscribe(
                stream, str(content.get("epoch", "")), seq if isinstance(seq, int) else None
            )
        elif kind == "unsubscribe" and isinstance(stream, str):
            self.streams.discard(stream)
            hub().unfollow(stream, self.follower)
        else:
            self.follower.put(
                {
                    "type": "refused",
                    "stream": stream if isinstance(stream, str) else "",
                    "code": "unknown_message",
                }
            )

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
            self._drop(stream, "not_found")
            return
        self.streams.add(stream)
        self.follower.put_opening(stream, frames)
        for frame in frames:
            if frame["type"] in {"event", "snapshot", "resync", "resumed"}:
                self.follower.last_seq[stream] = frame["seq"]
        self.follower.release(stream)

    def _drop(self, stream: str, code: str) -> None:
        """Stop following a stream and say so."""
        self.streams.discard(stream)
        hub().unfollow(stream, self.follower)
        self.follower.put({"type": "refused", "stream": stream, "code": code})

    async def _send_queued(self) -> None:
        while not self.follower.is_overrun:
            for frame in await self.follower.take():
                try:
                    await asyncio.wait_for(self.send_json(frame), SEND_TIMEOUT_S)
                except TimeoutError:
                    self.follower.is_overrun = True
                if self.follower.is_overrun:
                    break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.close(SLOW_READER), SEND_TIMEOUT_S)

    async def _tell_heads(self) -> None:
        """Tell the screen each stream's last seq, so that it finds a gap itself; check that it may still look."""
        checked_at = time.monotonic()
        while True:
            await asyncio.sleep(HEAD_EVERY_S)
            try:
                heads = await read(queries.heads, sorted(self.streams))
                self.follower.put({"type": "head", "streams": heads, "at": clock.now().isoformat()})
                if time.monotonic() - checked_at >= RECHECK_S:
                    if not await self._is_still_allowed():
                        return
                    checked_at = time.monotonic()
            except DatabaseError:
                log.warning("heads could not be read; trying again")

    async def _is_still_allowed(self) -> bool:
        """Close the socket of a reader who lost their rights; drop the streams that are no longer theirs."""
        if await self.find_reader() != self.reader:
            await self.close(NO_LONGER_ALLOWED)
            return False
        for stream in await read(_no_longer_allowed, self.reader, sorted(self.streams)):
            self._drop(stream, "no_longer_allowed")
        return True
