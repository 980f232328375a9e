"""bin/dev: set up and start everything, and let the demo day run."""

import argparse
import contextlib
import fcntl
import json
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from devtools.checkout import local_dir
from devtools.children import Children, stopped_at_the_end
from devtools.databases import Databases
from devtools.python import PYTHON, compile_search, environment, find_uv, sync
from devtools.setup import Setup
from devtools.state import State
from devtools.table import closing_table, tracking_url
from devtools.terminal import Failure, say, step

FIRST_PORT = 8000
STARTS_WITHIN_S = 60
FIRST_ORDER_WITHIN_S = 30
QUEUES = "solve,notify,default"


def main(arguments: Sequence[str]) -> int:
    """Start what the arguments ask for and return the exit code."""
    options = _options(arguments)
    name = "demo" if options.demo_and_exit else "dev"
    with _only_one(name):
        port = _port(options.port)
        databases = Databases("demo" if options.demo_and_exit else "db")
        if options.reset or options.demo_and_exit:
            databases.reset()
        uv = find_uv()
        sync()
        compile_search()
        with databases.in_use() as settings:
            state = State.of(name, databases.identity)
            env = {**environment(uv), **settings, **state.settings(port)}
            with stopped_at_the_end(Children(local_dir(f"{name}-logs"), env)) as children:
                Setup(databases, env).everything()
                with step("Starting the servers"):
                    _start(children, state, port, reload=options.reload)
                if options.demo_and_exit:
                    return _play_to_the_end(children)
                try:
                    return _keep_running(children, state, port, options)
                finally:
                    state.stop_clock()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/dev",
        description="Set up what is missing, start everything, and let a demo day run. Ctrl-C stops it all.",
    )
    parser.add_argument(
        "--port", type=int, help=f"where to serve (else the first free one from {FIRST_PORT})"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=60,
        help="how fast the demo day runs (60: a minute in a second)",
    )
    parser.add_argument("--no-demo", action="store_true", help="start everything but the demo day")
    parser.add_argument(
        "--reload", action="store_true", help="start the web server again when its code changes"
    )
    parser.add_argument("--reset", action="store_true", help="delete the databases first")
    parser.add_argument(
        "--demo-and-exit",
        action="store_true",
        help="play the demo day as fast as it goes, in databases of its own, and exit with its code",
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _only_one(name: str) -> Iterator[None]:
    with (local_dir() / f"{name}.running").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                "It is running already in this checkout: stop that one with Ctrl-C first."
            ) from None
        yield


def _port(wanted: int | None) -> int:
    """Return the port to serve on: the one asked for, or the first free one."""
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    if wanted:
        raise Failure(
            f"Port {wanted} is taken: choose another --port, or leave it out and a free one is found."
        )
    raise Failure(
        f"No port from {FIRST_PORT} to {FIRST_PORT + 49} is free: choose one with --port."
    )


def _start(children: Children, state: State, port: int, *, reload: bool) -> None:
    """Start the road engines, whose addresses the others need, then the worker and the web server."""
    state.start_clock()
    state.roads.unlink(missing_ok=True)
    children.start("roads", [PYTHON, "manage.py", "serve_roads", "--urls-file", state.roads])
    _wait_until(state.roads.exists, children, "roads")
    children.env["CARTEIRO_OSRM_URLS"] = state.roads.read_text()
    worker = ["procrastinate", "worker", "--queues", QUEUES, "--concurrency", "4"]
    children.start("worker", [PYTHON, "manage.py", *worker])
    again = ["--reload"] if reload else []
    children.start("web", [PYTHON, "-m", "config.serve", "--port", str(port), *again])
    _wait_until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), children, "web")


def _wait_until(is_ready: Callable[[], bool], children: Children, name: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not is_ready():
        children.check()
        if time.monotonic() > deadline:
            children.show_end_of_log(name)
            raise Failure(
                f"{name} did not get ready: see above, or all of it in {children.log(name)}."
            )
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own http address
    except OSError:
        return False
    return True


def _play_to_the_end(children: Children) -> int:
    say("  Playing the demo day ...")
    children.start("demo", [PYTHON, "manage.py", "demo_day", "--fast"], on_terminal=True)
    code = children.wait_for("demo")
    if code:
        for name in children.running:
            say(f"  The last words of {name}:")
            children.show_end_of_log(name)
    return code


def _keep_running(children: Children, state: State, port: int, options: argparse.Namespace) -> int:
    """Watch over everything until it is stopped."""
    url = f"http://localhost:{port}"
    if not state.credentials.exists():
        raise Failure("The demo's logins are not there: './bin/dev --reset' makes new ones.")
    demo = json.loads(state.credentials.read_text())
    if not options.no_demo:
        children.start("demo", [PYTHON, "manage.py", "demo_day", "--speed", str(options.speed)])
    print(closing_table(url, demo, _first_link(children, url, demo), children.logs), flush=True)
    if not options.no_demo:
        code = children.wait_for("demo")
        children.show_end_of_log("demo")
        say(f"  The demo day is over (code {code}). Everything stays up; Ctrl-C stops it.")
    while True:
        children.check()
        time.sleep(0.5)


def _first_link(children: Children, url: str, demo: dict[str, Any]) -> str | None:
    """Return a recipient's link as soon as the demo day has brought an order in; without a demo day, what there is."""
    deadline = time.monotonic() + FIRST_ORDER_WITHIN_S
    while True:
        link = tracking_url(url, demo)
        player = children.running.get("demo")
        if link or not player or player.poll() is not None or time.monotonic() > deadline:
            return link
        time.sleep(0.3)
