"""A throw-away copy of the tools in a folder of its own, as a fresh clone would have them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """A folder that holds bin/ and nothing else."""

    folder: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to the end and return what it printed."""
        env = {**os.environ, **environment}
        return subprocess.run(
            [self.folder / command[0], *command[1:]],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def query(self, sql: str) -> str:
        """Return one value from its database."""
        return self.run("bin/devdb", "psql", "-tAc", sql, "carteiro").stdout.strip()


@contextmanager
def fresh_checkout(folder: Path) -> Iterator[Checkout]:
    """Copy the tools into a folder, and stop what they started afterwards."""
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "bin", folder / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    checkout = Checkout(folder)
    try:
        yield checkout
    finally:
        stopped = checkout.run("bin/devdb", "reset")
    assert stopped.returncode == 0, stopped.stderr
