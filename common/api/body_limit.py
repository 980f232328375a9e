"""Refuses a body that is too long before anything reads it. Django's own limit comes after the whole body was spooled to disk."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from common.errors.handler import CONTENT_TYPE, problem

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# A sender learns of the refusal only if its bytes are taken; beyond this many times the limit the connection is cut instead.
_PATIENCE = 4


class _TooLong(Exception):
    pass


def _limit(headers: dict[bytes, bytes]) -> int:
    """Return how many bytes this request's body may have: files have room, everything else is JSON or a form."""
    kind = headers.get(b"content-type", b"").lower()
    if kind.startswith(b"multipart/form-data"):
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class BodyLimit:
    """ASGI middleware: 413 as problem+json for a body longer than its kind may be, announced or found out."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        headers = dict(scope.get("headers", ()))
        limit = _limit(headers)
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            if b"expect" not in headers:
                await _drain(receive, limit * _PATIENCE)
            await _refuse(send, limit)
            return
        taken = 0
        answering = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLong
            return message

        async def noted(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.application(scope, counted, noted)
        except _TooLong:
            if not answering:
                await _drain(receive, limit * _PATIENCE)
                await _refuse(send, limit)


async def _drain(receive: Receive, most: int) -> None:
    taken = 0
    while taken <= most:
        message = await receive()
        taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _refuse(send: Send, limit: int) -> None:
    body = problem(
        code="body_too_large",
        status=413,
        title="This is too much for one request. Send it in several.",
        limit_bytes=limit,
    )
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
