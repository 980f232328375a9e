"""The private PostgreSQL cluster and Redis of a checkout, on unix sockets, so that nothing else on the machine is touched."""

import fcntl
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

from devtools.checkout import (
    Account,
    local_dir,
    make_owned,
    server_account,
    server_dir,
    socket_dir,
)
from devtools.packages import install, install_postgresql
from devtools.terminal import Failure, step

OLDEST_POSTGRESQL = 15
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
DURABLE = "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"


def _postgresql_folders() -> Iterator[Path]:
    """Yield the folders where PostgreSQL's programs may be, best first."""
    if os.environ.get("PG_BINDIR"):
        yield Path(os.environ["PG_BINDIR"])
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from sorted(Path(prefix).glob("postgresql*/bin"), reverse=True)
    yield from sorted(
        Path("/Applications/Postgres.app/Contents/Versions").glob("*/bin"), reverse=True
    )
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent


def _usable(folder: Path) -> bool:
    """Return whether this PostgreSQL is new enough and has PostGIS."""
    try:
        said = subprocess.run(
            [folder / "pg_config", "--version", "--sharedir"], capture_output=True, text=True
        ).stdout
    except OSError:
        return False
    found = re.match(r"PostgreSQL (\d+).*\n(.+)\n", said)
    return bool(
        found
        and int(found[1]) >= OLDEST_POSTGRESQL
        and (Path(found[2]) / "extension/postgis.control").exists()
        and (folder / "initdb").exists()
    )


def find_postgresql() -> Path:
    """Return the folder of a PostgreSQL >= 15 with PostGIS, installing it if there is none."""
    if folder := next(filter(_usable, _postgresql_folders()), None):
        return folder
    install_postgresql()
    if folder := next(filter(_usable, _postgresql_folders()), None):
        return folder
    raise Failure(
        f"No PostgreSQL >= {OLDEST_POSTGRESQL} with PostGIS was found: install both, or set PG_BINDIR to the folder that holds its initdb."
    )


def find_redis() -> Path:
    """Return the Redis (or Valkey) server program, installing it if there is none."""
    if not _redis():
        install("Redis", apt=["redis-server"], brew=["redis"])
    if found := _redis():
        return Path(found)
    raise Failure("No redis-server was found: install Redis, then run this again.")


def _redis() -> str | None:
    path = f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin:/opt/homebrew/bin"
    return shutil.which("redis-server", path=path) or shutil.which("valkey-server", path=path)


@dataclass
class Databases:
    """One PostgreSQL and one Redis, under .local/<name>."""

    name: str = "db"

    @cached_property
    def account(self) -> Account:
        return server_account()

    @property
    def folder(self) -> Path:
        return server_dir(self.account, self.name)

    @property
    def sockets(self) -> Path:
        return socket_dir(self.folder)

    @cached_property
    def postgresql(self) -> Path:
        return find_postgresql()

    @property
    def data(self) -> Path:
        return self.folder / "pgdata"

    @property
    def identity(self) -> str:
        """Return words that change when the database is made anew."""
        return str((self.data / "carteiro.ready").stat().st_mtime_ns)

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    def environment(self) -> dict[str, str]:
        """Return the settings with which Carteiro finds these servers."""
        return {
            "DATABASE_URL": f"postgis://app@/carteiro?host={quote(str(self.sockets))}",
            "REDIS_URL": f"unix://{quote(str(self.redis_socket))}",
            "CARTEIRO_DEBUG": "1",
            "UV_COMPILE_BYTECODE": "1",
        }

    def up(self) -> None:
        """Make what is missing and start what is not running; quick and harmless when all is there."""
        with self._alone():
            find_postgresql()  # installing it also makes the user that runs it
            make_owned(self.folder, self.account)
            make_owned(self.sockets, self.account)
            self._start_postgresql()
            self._start_redis()

    def down(self) -> None:
        """Stop both servers; harmless when they are not running."""
        with self._alone():
            self._stop()

    def reset(self) -> None:
        """Stop both servers and delete their data; raises Failure while a program works with them."""
        with self._users.open("w") as users, self._alone():
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failure(
                    "A test run, bin/dev or another command still works with these databases: stop it first."
                ) from None
            self._stop()
            shutil.rmtree(self.sockets, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def pin(self) -> None:
        """Keep the servers running when the last program that uses them ends."""
        self._pin.touch()

    def unpin(self) -> None:
        """Let the last program that uses the servers stop them."""
        self._pin.unlink(missing_ok=True)

    @contextmanager
    def in_use(self) -> Iterator[dict[str, str]]:
        """Start the servers for as long as this block runs; the last user to leave stops them, unless they are pinned."""
        with self._users.open("w") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.up()
            try:
                yield self.environment()
            finally:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still works with them
                else:
                    if not self._pin.exists():
                        self.down()

    def psql(self, arguments: list[str]) -> int:
        """Open psql on the database and return its exit code."""
        program = self.postgresql / "psql"
        return subprocess.run(
            [program, "-h", self.sockets, "-U", "app", *(arguments or ["carteiro"])]
        ).returncode

    @property
    def _users(self) -> Path:
        """The file that every program locks, shared, while it works with the servers."""
        return local_dir() / f"{self.name}.users"

    @property
    def _pin(self) -> Path:
        return local_dir() / f"{self.name}.pinned"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (local_dir() / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str | Path, sentence: str) -> None:
        """Run one of PostgreSQL's programs as the servers' user.

        Its output goes to a log, not to a pipe: the server that pg_ctl starts would keep the pipe open.
        """
        log = self.folder / "setup.log"
        with log.open("wb") as output:
            code = self._as_account(self.postgresql / program, *arguments, output=output).wait()
        if code:
            last_words = log.read_text(errors="replace").strip()[-400:]
            raise Failure(f"{sentence} Its last words: {last_words}")

    def _as_account(self, *command: str | Path, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start a program as the servers' user, away from our terminal."""
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=self.account.user,
            group=self.account.group,
            extra_groups=self.account.extra_groups,
            cwd="/",
        )

    def _is_running(self) -> bool:
        status: list[str | Path] = [self.postgresql / "pg_ctl", "status", "-D", self.data]
        return (
            self.data.exists() and not self._as_account(*status, output=subprocess.DEVNULL).wait()
        )

    def _start_postgresql(self) -> None:
        if not (self.data / "carteiro.ready").exists():
            with step("Making the database cluster"):
                self._make_cluster()
        changed = self._write_configuration()
        running = self._is_running()
        if running and changed:
            self._pg_ctl("stop", "-m", "fast")
        if changed or not running:
            self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.folder / "postgresql.log"))

    def _pg_ctl(self, verb: str, *options: str) -> None:
        self._run(
            "pg_ctl",
            verb,
            "-D",
            self.data,
            *options,
            sentence=f"PostgreSQL did not {verb}: look into {self.folder}/postgresql.log, or start afresh with './bin/devdb reset'.",
        )

    def _make_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        options = [
            "-U",
            "app",
            "--auth=trust",
            "--encoding=UTF8",
            f"--locale={locale}",
            "--no-sync",
        ]
        self._run(
            "initdb",
            "-D",
            self.data,
            *options,
            sentence="PostgreSQL could not make a cluster: run './bin/devdb reset' and try again.",
        )
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("include_if_exists = 'carteiro.conf'\n")
        self._write_configuration()
        self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.folder / "postgresql.log"))
        self._run(
            "createdb",
            "-h",
            self.sockets,
            "-U",
            "app",
            "carteiro",
            sentence="The database could not be made: run './bin/devdb reset' and try again.",
        )
        (self.data / "carteiro.ready").touch()

    def _write_configuration(self) -> bool:
        """Write our settings and return whether they changed; CARTEIRO_DURABLE unset keeps what is there."""
        path = self.data / "carteiro.conf"
        before = path.read_text() if path.exists() else ""
        durable = os.environ.get("CARTEIRO_DURABLE", "1" if DURABLE in before else "0") not in {
            "",
            "0",
        }
        text = (
            "listen_addresses = ''\n"
            f"unix_socket_directories = '{self.sockets}'\n"
            "unix_socket_permissions = 0700\n"
            "max_connections = 200\nshared_buffers = 256MB\nmax_wal_size = 2GB\njit = off\ntimezone = 'UTC'\n"
        ) + (DURABLE if durable else FAST)
        if text == before:
            return False
        path.write_text(text)
        path.chmod(0o644)
        return True

    def _start_redis(self) -> None:
        if self._redis_answers("PING"):
            return
        self.redis_socket.unlink(missing_ok=True)
        options = f"--port 0 --unixsocketperm 700 --appendonly no --daemonize no --loglevel warning --dir {shlex.quote(str(self.folder))}"
        command: list[str | Path] = [
            find_redis(),
            "--unixsocket",
            self.redis_socket,
            "--save",
            "",
            *shlex.split(options),
        ]
        with (self.folder / "redis.log").open("wb") as log:
            server = self._as_account(*command, output=log)
        deadline = time.monotonic() + 10
        while not self._redis_answers("PING"):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"Redis did not start: look into {self.folder}/redis.log.")
            time.sleep(0.02)

    def _redis_answers(self, command: str) -> bool:
        """Send Redis a command and return whether anybody was there to take it."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            try:
                line.connect(str(self.redis_socket))
                line.sendall(f"{command}\r\n".encode())
                line.recv(64)
            except OSError:
                return False
        return True

    def _stop(self) -> None:
        if (self.data / "postmaster.pid").exists() and self._is_running():
            self._pg_ctl("stop", "-w", "-m", "fast")
        deadline = time.monotonic() + 5
        while self._redis_answers("SHUTDOWN NOSAVE") and time.monotonic() < deadline:
            time.sleep(0.02)
