"""A real server on the test database, for tests that come in through the public doors."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 30


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def database_url(name: str) -> str:
    """Return DATABASE_URL with another database's name."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def running_server(*, database: str, folder: Path, **environment: str) -> Iterator[str]:
    """Serve the named database as production would, and yield the server's address; its log is folder/server.log."""
    port = free_port()
    url = f"http://localhost:{port}"
    env = {
        **os.environ,
        "DATABASE_URL": database_url(database),
        "CARTEIRO_PUBLIC_URL": url,
        "CARTEIRO_MEDIA_ROOT": str(folder / "media"),
        "PGAPPNAME": f"test-server-{port}",
        **environment,
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_healthy(server, url, folder / "server.log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            _wait_until_gone(f"test-server-{port}")


def _wait_until_gone(application: str) -> None:
    """Wait for the database to notice that the server's connections are gone: it can't be deleted before."""
    address = urlunsplit(urlsplit(database_url("postgres"))._replace(scheme="postgresql"))
    ask = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(address, autocommit=True) as connection:
        for _ in range(100):
            row = connection.execute(ask, [application]).fetchone()
            if row and row[0] == 0:
                return
            time.sleep(0.1)


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5)
        except (urllib.error.URLError, OSError) as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(
                    f"the server did not start ({error}):\n{log.read_text()[-3000:]}"
                ) from error
            time.sleep(0.1)
        else:
            return
