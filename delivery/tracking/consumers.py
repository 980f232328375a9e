"""The recipient's socket: the link is the capability, and it follows one consignment only."""

from typing import Any

from common import clock
from common.accounts.readers import NOBODY, Reader
from common.live.consumers import LiveConsumer
from common.live.reading import read
from delivery.orders.status import ON_THE_ROAD
from delivery.tracking import live
from delivery.tracking.queries import link_for


class RecipientConsumer(LiveConsumer):
    """Serves one tracking page. A dead link is closed like a screen that is not signed in."""

    async def find_reader(self) -> Reader:
        """Return a reader that stands for the link; NOBODY when the link does not work (any more)."""
        link = await read(link_for, self.scope["url_route"]["kwargs"]["token"], clock.now())
        if link is None:
            return NOBODY
        self.stream = live.consignment_stream(link.consignment_id)
        self.status = link.consignment.status
        return Reader(kind="RECIPIENT", organization_id=link.pk, scopes=frozenset({self.stream}))

    def opening_streams(self) -> list[str]:
        """Follow the link's consignment at once."""
        return [self.stream]

    def may_ask_for(self, stream: str) -> bool:
        """A recipient's screen may resume its own consignment and nothing else."""
        return stream == self.stream

    async def send_json(self, content: Any, close: bool = False) -> None:
        """Send a frame with what a recipient may know only: a position that was under way at the door is dropped."""
        frame = live.for_recipient(content)
        data = frame.get("data", {})
        self.status = data.get("status", self.status)
        if frame["type"] == "gauge" and self.status not in ON_THE_ROAD:
            frame = frame | {"data": {"lon": None, "lat": None, "seen_at": data.get("seen_at")}}
        await super().send_json(frame, close)
