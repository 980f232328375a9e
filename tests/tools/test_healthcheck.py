import os
import subprocess
import sys

from tests.servers import ROOT, free_port


def ask(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.healthcheck", url],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_a_server_that_can_work_is_healthy(live_server_url: str) -> None:
    assert ask(f"{live_server_url}/readyz", CARTEIRO_ALLOWED_HOSTS="localhost").returncode == 0


def test_a_server_that_refuses_is_not(live_server_url: str) -> None:
    done = ask(f"{live_server_url}/readyz/nothing-here", CARTEIRO_ALLOWED_HOSTS="localhost")

    assert (done.returncode, done.stderr) == (1, "Not ready: HTTP Error 404: Not Found\n")


def test_no_server_is_not_healthy() -> None:
    done = ask(f"http://127.0.0.1:{free_port()}/readyz")

    assert done.returncode == 1
    assert done.stderr.startswith("Not ready: ")
