"""uv, and the virtual environment it keeps for this checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from devtools.checkout import ROOT, local_dir
from devtools.packages import install
from devtools.terminal import Failure, run, step

PYTHON = ROOT / ".venv/bin/python"


def find_uv() -> Path:
    """Return a uv that really runs here, installing one under .local if there is none."""
    own = local_dir("uv") / "bin/uv"
    for candidate in (
        shutil.which("uv"),
        Path.home() / ".local/bin/uv",
        Path.home() / ".cargo/bin/uv",
        own,
    ):
        if candidate and _answers(Path(candidate)):
            return Path(candidate)
    with step("Installing uv into .local/uv"):
        by_hand = "install uv by hand (https://docs.astral.sh/uv), then run this again."
        if subprocess.run(
            [sys.executable, "-c", "import ensurepip, venv"], capture_output=True
        ).returncode:
            install("Python's venv", apt=["python3-venv"], brew=["python@3.13"])
        run(
            [sys.executable, "-m", "venv", "--clear", own.parent.parent],
            f"Python could not make a virtual environment: {by_hand}",
        )
        run(
            [own.parent / "python", "-m", "pip", "install", "--quiet", "uv"],
            f"pip could not install uv: {by_hand}",
        )
    if not _answers(own):
        raise Failure(f"The uv that pip installed does not run: {by_hand}")
    return own


def _answers(uv: Path) -> bool:
    """Return whether this uv runs; a version manager's stand-in may be on PATH and refuse in this folder."""
    try:
        return subprocess.run([uv, "--version"], capture_output=True, cwd=ROOT).returncode == 0
    except OSError:
        return False


def sync() -> None:
    """Bring the virtual environment in line with the lock file; skipped when neither changed since the last time."""
    stamp = Stamp("uv-sync", [ROOT / "uv.lock", ROOT / "pyproject.toml", ROOT / ".python-version"])
    if PYTHON.exists() and stamp.is_fresh():
        return
    uv = find_uv()
    with step("Installing the Python packages (uv sync)"):
        run(
            [uv, "sync"],
            "uv sync failed: read the lines above; 'rm -rf .venv' starts afresh.",
            env=environment(uv),
            cwd=ROOT,
        )
    stamp.write()


def compile_search() -> None:
    """Compile the search for routes once, so that the first plan does not wait for it; skipped when nothing changed."""
    sources = (ROOT / "routing/engine/proposers/ruin").rglob("*.py")
    inputs = [ROOT / "uv.lock", *sources]
    stamp = Stamp("compiled-search", inputs)
    if stamp.is_fresh():
        return
    with step("Compiling the search for routes"):
        run(
            [PYTHON, "-m", "routing.engine.proposers.ruin"],
            "The search for routes could not be compiled: read the lines above.",
            env=environment(),
            cwd=ROOT,
        )
    stamp.write()


def environment(uv: Path | None = None) -> dict[str, str]:
    """Return the environment for Python programs of this checkout."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    }
    folders = [str(ROOT / ".venv/bin"), *([str(uv.parent)] if uv else [])]
    return {
        **env,
        "UV_COMPILE_BYTECODE": "1",
        "PATH": os.pathsep.join([*folders, env.get("PATH", "")]),
    }


class Stamp:
    """Remembers what a step was done with, so that the next start can skip it."""

    def __init__(self, name: str, inputs: Iterable[Path], *words: str) -> None:
        self._path = local_dir("stamps") / name
        digest = hashlib.sha256("\0".join(words).encode())
        for path in sorted(inputs):
            digest.update(
                os.fsencode(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path) + b"\0"
            )
            digest.update(path.read_bytes())
        self._value = digest.hexdigest()

    def is_fresh(self) -> bool:
        """Return whether the step was already done with exactly these inputs."""
        return self._path.exists() and self._path.read_text() == self._value

    def write(self) -> None:
        """Remember that the step is done."""
        self._path.write_text(self._value)

    def forget(self) -> None:
        """Have the step done again next time."""
        self._path.unlink(missing_ok=True)
