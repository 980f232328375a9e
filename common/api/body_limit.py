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
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Too large</title></head><body><h1>{title}</h1><p>Up to {megabytes} MB fit. Go back and split the file.</p></body></html>"""


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
            await _refuse(send, limit, headers)
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
                await _refuse(send, limit, headers)


async def _drain(receive: Receive, most: int) -> None:
    taken = 0
    while taken <= most:
        message = await receive()
        taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _refuse(send: Send, limit: int, headers: dict[bytes, bytes]) -> None:
    title = "This is too much for one request. Send it in several."
    megabytes = limit / 1_000_000
    if b"text/html" in headers.get(
        b"accept", b""
    ):  # a person's form: a sentence, not a document for programs
        kind = "text/html; charset=utf-8"
        page = _PAGE.format(title=title, megabytes=f"{megabytes:g}")
        body = page.encode()
    else:
        kind = CONTENT_TYPE
        document = problem(code="body_too_large", status=413, title=title, limit_bytes=limit)
        body = json.dumps(document).encode()
    answer = [(b"content-type", kind.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": answer})
    await send({"type": "http.response.body", "body": body})
