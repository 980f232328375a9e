"""A real HTTP server in front of a road engine that fails on purpose, as told."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fault = int | str | None
"""A status to answer with; "drop" closes the connection without a word, "hang" never answers, "cut" ends in the
middle of the answer; None passes the request on."""


class Faulty:
    """What stands in front of a road engine. faults: what to do with the next requests, one each; then `then`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.faults: list[Fault] = []
        self.then: Fault = None
        self.offers_post = True
        self.url = ""
        self.asked: list[str] = []
        self.change: Callable[[bytes], bytes] = lambda answer: answer
        self.lock = threading.Lock()
        self.released = threading.Event()

    def next_fault(self, method: str) -> Fault:
        with self.lock:
            self.asked.append(method)
            return self.faults.pop(0) if self.faults else self.then


@contextmanager
def in_front_of(target: str) -> Iterator[Faulty]:
    """Run it while the block runs."""
    faulty = Faulty(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer("GET")

        def do_POST(self) -> None:
            self.answer("POST")

        def answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = faulty.next_fault(method)
            if isinstance(fault, int):
                return self.reply(fault, b"<h1>busy</h1>", "text/html")
            if fault == "hang":
                faulty.released.wait(30)
                fault = "drop"
            if fault == "drop":
                self.close_connection = True
                return None
            if method == "POST" and not faulty.offers_post:
                # What OSRM 5 says when the coordinates are not in the URL.
                refusal = (
                    b'{"code":"InvalidUrl","message":"URL string malformed close to position 7"}'
                )
                return self.reply(400, refusal, "application/json")
            return self.forward(method, body, is_cut=fault == "cut")

        def forward(self, method: str, body: bytes, *, is_cut: bool) -> None:
            server = http.client.HTTPConnection(urlsplit(faulty.target).netloc)
            headers = {"Content-Type": "application/json"} if body else {}
            server.request(method, self.path, body or None, headers)
            answer = server.getresponse()
            kind, content = answer.headers.get("Content-Type", ""), faulty.change(answer.read())
            server.close()
            self.reply(answer.status, content, kind, is_cut=is_cut)

        def reply(self, status: int, content: bytes, kind: str, *, is_cut: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if is_cut else content)
            self.close_connection = is_cut

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    faulty.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield faulty
    finally:
        faulty.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
