"""The road engine beside the web server: one osrm-routed for each kind of vehicle, on loopback."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from devtools.checkout import ROOT, local_dir
from devtools.children import Children
from devtools.python import PYTHON
from devtools.terminal import Failure, run

FLAGS = ["--algorithm", "ch", "-t", "2", "--max-table-size", "2000", "--default-radius", "300"]


def start_road_servers(children: Children) -> dict[str, str]:
    """Start a server for each network that `manage.py prepare_roads` has made, and return their addresses by vehicle kind."""
    program = _osrm_routed(children.env)
    urls = {}
    for kind, network in _networks().items():
        port = free_port()
        # The level keeps whole addresses of requests, and so customers' coordinates, out of the log.
        children.start(
            f"roads-{kind}",
            [program, *FLAGS, "-l", "WARNING", "-i", "127.0.0.1", "-p", str(port), network],
        )
        urls[kind] = f"http://127.0.0.1:{port}"
    return urls


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _networks() -> Mapping[str, str]:
    """Return the path of each vehicle kind's prepared network."""
    index = local_dir("roads") / "ready.json"
    if not index.exists():
        return {}
    try:
        networks: dict[str, str] = json.loads(index.read_text())
    except (OSError, ValueError) as error:
        raise Failure(
            f"The roads are not prepared ({index}): run './bin/run python manage.py prepare_roads'."
        ) from error
    return networks


def _osrm_routed(env: dict[str, str]) -> Path:
    where = "import importlib.util as i; print(i.find_spec('osrm').submodule_search_locations[0])"
    folder = run(
        [PYTHON, "-c", where],
        "osrm-bindings is not installed: run './bin/run uv sync'.",
        env=env,
        cwd=ROOT,
    )
    return Path(folder.strip()) / "bin/osrm-routed"
