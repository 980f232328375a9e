"""A real HTTP server on loopback that answers as Nominatim 4 does, and can be told to be slow, to refuse or to break."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

# As the public server answered in 2026-11 for these queries, shortened to what is read.
HOUSE = {
    "place_id": 1, "osm_type": "way", "osm_id": 2, "lat": "60.1722", "lon": "24.9450", "class": "building", "type": "yes",
    "place_rank": 30, "importance": 0.4, "addresstype": "building", "display_name": "18, Mikonkatu, Kluuvi, Helsinki, 00100, Suomi",
    "address": {"house_number": "18", "road": "Mikonkatu", "suburb": "Kluuvi", "city": "Helsinki", "postcode": "00100"},
}  # fmt: skip
STREET = {
    "place_id": 2, "lat": "60.1710", "lon": "24.9452", "class": "highway", "type": "residential", "place_rank": 26,
    "addresstype": "road", "display_name": "Mikonkatu, Kluuvi, Helsinki, 00100, Suomi",
    "address": {"road": "Mikonkatu", "suburb": "Kluuvi", "city": "Helsinki", "postcode": "00100"},
}  # fmt: skip
SHOP = {
    "place_id": 3, "lat": "60.1711", "lon": "24.9453", "class": "shop", "type": "florist", "place_rank": 30, "addresstype": "shop",
    "display_name": "Kukka, Mikonkatu, Helsinki", "address": {"shop": "Kukka", "road": "Mikonkatu", "city": "Helsinki"},
}  # fmt: skip
POSTCODE = {
    "place_id": 4, "lat": "60.17", "lon": "24.94", "class": "place", "type": "postcode", "place_rank": 21, "addresstype": "postcode",
    "display_name": "00100, Helsinki", "address": {"postcode": "00100", "city": "Helsinki"},
}  # fmt: skip
CITY = {
    "place_id": 5, "lat": "60.1674", "lon": "24.9427", "class": "boundary", "type": "administrative", "place_rank": 16,
    "addresstype": "city", "display_name": "Helsinki, Suomi", "address": {"city": "Helsinki", "country_code": "fi"},
}  # fmt: skip


@dataclass
class Nominatim:
    """What the server is to say, and what it was asked."""

    domain: str = ""
    answer: Any = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: Event | None = None
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)


@contextmanager
def running_nominatim() -> Iterator[Nominatim]:
    """Serve on a free port of loopback and yield the server's state."""
    state = Nominatim()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            state.asked.append((address.path, parse_qs(address.query), self.headers["User-Agent"]))
            if state.hold is not None:
                state.hold.wait(10)
            body = (
                state.answer.encode()
                if isinstance(state.answer, str)
                else json.dumps(state.answer).encode()
            )
            self.send_response(state.status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **state.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.domain = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        if state.hold is not None:
            state.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
