"""A screen's end of a socket, in this process. (Channels' own communicator can't be imported without daphne.)"""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Screen(ApplicationCommunicator):
    """Talks to a consumer as a browser's socket would."""

    def __init__(self, application: Any, path: str, **scope: Any) -> None:
        self.scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
            **scope,
        }
        super().__init__(application, self.scope)

    async def connect(self, timeout: float = 10) -> None:
        """Open the socket; the server must accept it."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout)
        assert answer["type"] == "websocket.accept", answer

    async def send_json_to(self, data: Any) -> None:
        """Send a frame."""
        await self.send_to(text_data=json.dumps(data))

    async def send_to(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Send text or bytes as they are."""
        await self.send_input({"type": "websocket.receive", "text": text_data, "bytes": bytes_data})

    async def receive_json_from(self, timeout: float = 10) -> dict[str, Any]:
        """Return the next frame."""
        answer = await self.receive_output(timeout)
        assert answer["type"] == "websocket.send", answer
        frame: dict[str, Any] = json.loads(answer["text"])
        return frame

    async def disconnect(self, code: int = 1000, timeout: float = 5) -> None:
        """Hang up and wait until the server noticed."""
        if not self.future.done():
            await self.send_input({"type": "websocket.disconnect", "code": code})
            await self.wait(timeout)
