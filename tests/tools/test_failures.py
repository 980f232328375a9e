"""Each failure is one sentence that says what to do."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.checkouts import ROOT

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that other users may enter too, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def run_on_a_bare_machine(folder: Path, code: str, *programs: str, root: bool = True) -> str:
    """Run code of the tools where only these programs exist, and return the sentence it ended with."""
    path = folder / "path"
    path.mkdir()
    for program in programs:
        (path / program).symlink_to(shutil.which(program) or "/bin/true")
    tools = folder / "tools"
    shutil.copytree(
        ROOT / "bin/_lib", tools / "bin/_lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    program = f"""
import os, sys
sys.path.insert(0, {str(tools / "bin/_lib")!r})
from devtools.terminal import Failure
from devtools import browser, databases, packages, python
{"" if root else f"os.setuid({NOBODY})"}
try:
    {code}
except Failure as failure:
    print(failure)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program],
        env={"PATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


INSTALL_REDIS = "packages.install('Redis', apt=['redis-server'], brew=['redis'])"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="steps down from root")


def test_without_a_known_package_manager_it_names_the_packages(folder: Path) -> None:
    assert run_on_a_bare_machine(folder, INSTALL_REDIS) == (
        "Install Redis with your package manager (on Debian: redis-server), then run this again."
    )


@as_root
def test_without_root_and_sudo_it_says_what_root_should_run(folder: Path) -> None:
    assert run_on_a_bare_machine(folder, INSTALL_REDIS, "apt-get", root=False) == (
        "Redis is missing and there is no sudo here: as root run "
        "'apt-get install --no-install-recommends redis-server', then run this again."
    )


@as_root
def test_it_asks_before_sudo_and_takes_no_terminal_for_a_no(folder: Path) -> None:
    said = run_on_a_bare_machine(folder, INSTALL_REDIS, "apt-get", "sudo", root=False)

    assert said == (
        "Redis is missing: run 'sudo apt-get install --no-install-recommends redis-server', then run this again."
    )


def test_a_uv_that_refuses_to_run_is_not_taken(folder: Path) -> None:
    stand_in = folder / "uv"
    stand_in.write_text("#!/bin/sh\nexit 127\n")
    stand_in.chmod(0o755)

    said = run_on_a_bare_machine(
        folder, f"print(python._answers(__import__('pathlib').Path({str(stand_in)!r})))"
    )

    assert said == "False"


def test_without_any_python_it_names_what_to_install(tmp_path: Path) -> None:
    folder = tmp_path / "path"
    folder.mkdir()
    for program in ("sh", "dirname"):
        (folder / program).symlink_to(f"/bin/{program}" if program == "sh" else "/usr/bin/dirname")
    script = tmp_path / "run"
    script.write_text((ROOT / "bin/_lib/run").read_text().replace("/usr/bin/python3 ", ""))

    done = subprocess.run(
        ["/bin/sh", script, "devdb", "up"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr == (
        "carteiro: install Python 3.12 or newer, or uv (https://docs.astral.sh/uv), and run this again.\n"
    )


def test_run_without_a_command_shows_an_example() -> None:
    done = subprocess.run([ROOT / "bin/run"], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (
        1,
        "bin/run: say what to run, for example: ./bin/run python manage.py shell\n",
    )


def test_run_names_a_command_that_does_not_exist() -> None:
    done = subprocess.run([ROOT / "bin/run", "no-such-command"], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (
        1,
        "bin/run: there is no command 'no-such-command' here.\n",
    )
