"""Serve Carteiro with uvicorn, on a listening socket of our own: `python -m config.serve`.

A phone that drops off the network must not hold a socket for minutes, and one slow reader must not hold megabytes:
accepted connections inherit the listening socket's TCP_USER_TIMEOUT and SO_SNDBUF, which uvicorn has no setting for.
"""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from uvicorn import Config, Server
from uvicorn.supervisors import ChangeReload, Multiprocess

UNANSWERED_MS = 5_000  # give up a connection whose peer has acknowledged nothing for this long
SEND_BUFFER_BYTES = 64 * 1024
LONGEST_MESSAGE_BYTES = (
    64 * 1024
)  # of a websocket; the largest frame we accept is a batch of positions
GRACEFUL_SECONDS = 20
ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("common", "config", "couriers", "delivery", "routing", "web")


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a bound socket whose connections fail fast and buffer little."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_MS)
    listener.bind((host, port))
    listener.set_inheritable(True)
    return listener


def configuration(*, workers: int = 1, reload: bool = False) -> Config:
    """Return uvicorn's settings; requests are logged by our own middleware, which leaves secrets out."""
    return Config(
        "config.asgi:application",
        workers=workers,
        reload=reload,
        reload_dirs=[str(ROOT / floor) for floor in FLOORS] if reload else None,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m config.serve", description="Serve pages, the API and websockets."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="server processes on the one socket")
    parser.add_argument(
        "--reload", action="store_true", help="start again when a file of the code changes"
    )
    options = parser.parse_args(arguments)
    try:
        listener = listening_socket(options.host, options.port)
    except OSError as error:
        print(
            f"Cannot listen on {options.host}:{options.port} ({error.strerror}): choose another --port.",
            file=sys.stderr,
        )
        return 1
    config = configuration(workers=options.workers, reload=options.reload)
    server = Server(config)
    if options.reload:
        ChangeReload(config, target=server.run, sockets=[listener]).run()
    elif options.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        server.run(sockets=[listener])
        return 0 if server.started else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
