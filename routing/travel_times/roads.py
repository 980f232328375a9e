"""Prepares an extract for the road engine, once per vehicle kind, and runs its servers as children on loopback."""

import ctypes
import fcntl
import hashlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from routing.travel_times.osrm import MAX_TABLE_SIZE
from routing.travel_times.protocol import SNAP_LIMIT_M, VEHICLE_KINDS

OWN_PROFILES = Path(__file__).parent / "profiles"
PROFILES = {"van": "car.lua", "scooter": "scooter.lua", "bicycle": "bicycle.lua"}
SMALL_EXTRACT_BYTES = 1_000_000
"""Below this an extract is a city centre, and OSRM's usual component size cuts off streets that are connected."""

Report = Callable[[str], None]


class RoadsNotPrepared(Exception):
    """A tool of the road engine failed; the message says which, and the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running osrm-routed."""

    vehicle_kind: str
    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def component_size(extract: Path) -> int:
    """Nodes below which a part of the network counts as an island and nothing snaps to it."""
    return 100 if extract.stat().st_size < SMALL_EXTRACT_BYTES else 1000


def prepare(
    extract: Path,
    cache: Path,
    *,
    kinds: Iterable[str] = VEHICLE_KINDS,
    threads: int = 1,
    report: Report = lambda sentence: None,
) -> dict[str, Path]:
    """Prepare the extract for each vehicle kind, or find it prepared.

    Parameters
    ----------
    extract
        An .osm.pbf.
    cache
        Folder for the results; one folder inside per extract, profile and version of the road engine.
    report
        Called with a sentence at each step that takes time.

    Returns
    -------
    dict
        Path of the .osrm by vehicle kind.

    Raises
    ------
    RoadsNotPrepared
        When a tool fails.
    """
    with extract.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {kind: _prepare_kind(extract, digest, cache, kind, threads, report) for kind in kinds}


def serve(
    prepared: Mapping[str, Path],
    *,
    threads: int = 2,
    host: str = "127.0.0.1",
    first_port: int = 0,
    max_table_size: int = MAX_TABLE_SIZE,
) -> list[Server]:
    """Start one server per vehicle kind and wait until each answers; the caller stops them.

    The first listens on `first_port`, the others on the ports after it; 0 takes any free ones.
    """
    servers: list[Server] = []
    try:
        for number, (kind, data) in enumerate(prepared.items()):
            port = first_port + number if first_port else _free_port()
            servers.append(_start(kind, data, (host, port), threads, max_table_size))
        for server in servers:
            _wait_until_listening(server)
    except BaseException:
        stop(servers)
        raise
    return servers


def stop(servers: Iterable[Server]) -> None:
    """Stop all."""
    for server in servers:
        server.stop()


@contextmanager
def serving(
    prepared: Mapping[str, Path], *, threads: int = 2, max_table_size: int = MAX_TABLE_SIZE
) -> Iterator[dict[str, str]]:
    """Base URL by vehicle kind while the servers run."""
    servers = serve(prepared, threads=threads, max_table_size=max_table_size)
    try:
        yield {server.vehicle_kind: server.url for server in servers}
    finally:
        stop(servers)


# Preparing


def _prepare_kind(
    extract: Path, digest: str, cache: Path, kind: str, threads: int, report: Report
) -> Path:
    profile = PROFILES[kind]
    own = OWN_PROFILES / profile
    text = own.read_bytes() if own.exists() else b""
    size = component_size(extract)
    key = hashlib.sha256(
        b"|".join(
            [
                b"named",
                digest.encode(),
                profile.encode(),
                text,
                version("osrm-bindings").encode(),
                b"%d" % size,
            ]
        )
    )
    folder = cache / f"{kind}-{key.hexdigest()[:16]}"
    data = folder / "roads.osrm"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return data
        with TemporaryDirectory(dir=cache, prefix=".preparing-") as work:
            _run_tools(extract, Path(work), folder.name, size, threads, report)
            # The lock file stays out of the folder, so the folder appears whole or not at all.
            Path(work).joinpath("roads.osm.pbf").unlink()
            result = cache / f"{folder.name}.new"
            shutil.rmtree(result, ignore_errors=True)
            shutil.copytree(work, result, ignore=shutil.ignore_patterns("profiles"))
            result.rename(folder)
    return data


def _run_tools(
    extract: Path, work: Path, name: str, size: int, threads: int, report: Report
) -> None:
    """`name`: the vehicle kind, a hyphen, and what the network is made from."""
    kind = name.partition("-")[0]
    profiles = work / "profiles"
    shutil.copytree(_osrm_folder() / "share" / "profiles", profiles)
    for own in OWN_PROFILES.glob("*.lua"):
        shutil.copy(own, profiles)
    source = work / "roads.osm.pbf"
    source.symlink_to(extract.resolve())
    report(f"Reading the roads for {kind} from {extract.name}.")
    _run(
        "osrm-extract",
        "-t",
        str(threads),
        "-p",
        str(profiles / PROFILES[kind]),
        "--small-component-size",
        str(size),
        # Every answer names the map it was found on: what was kept of another map is not used.
        "--data_version",
        name,
        str(source),
    )
    report(f"Building short cuts for {kind}.")
    _run("osrm-contract", "-t", str(threads), str(work / "roads.osrm"))


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run(
        [_osrm_folder() / "bin" / tool, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = (done.stderr or done.stdout).strip()[-500:]
        raise RoadsNotPrepared(
            f"{tool} failed with exit code {done.returncode}; check the extract. It said: {tail}"
        )


def _osrm_folder() -> Path:
    # Found without importing: the binding loads a library of 55 MB that nobody here needs.
    spec = find_spec("osrm")
    if spec is None or not spec.submodule_search_locations:
        raise RoadsNotPrepared("The road engine is not installed: run uv sync.")
    return Path(spec.submodule_search_locations[0])


# Serving


def _start(
    kind: str, data: Path, where: tuple[str, int], threads: int, max_table_size: int
) -> Server:
    host, port = where
    command = [
        str(_osrm_folder() / "bin" / "osrm-routed"), "--algorithm", "ch", "-i", host, "-p", str(port),
        "-t", str(threads), "--max-table-size", str(max_table_size), "--default-radius", str(SNAP_LIMIT_M),
        # At INFO every request, and so every customer's address, would be in the log.
        "-l", "WARNING", str(data),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=_die_with_parent
    )
    return Server(kind, f"http://127.0.0.1:{port}", process)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_listening(server: Server, seconds: float = 30) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RoadsNotPrepared(
                f"osrm-routed for {server.vehicle_kind} ended with exit code {server.process.returncode}."
            )
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RoadsNotPrepared(
        f"osrm-routed for {server.vehicle_kind} did not start within {seconds:.0f} s."
    )
