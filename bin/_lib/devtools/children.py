"""Programs that run beside each other and are stopped together."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devtools.checkout import ROOT
from devtools.terminal import Failure, say

PATIENCE_S = 6  # between asking a program to stop and making it


@dataclass
class Children:
    """The programs one command has started; each writes a log of its own and leads its own process group.

    Their process ids are kept in a file, so that the next start can clear away what a killed one left behind.
    """

    logs: Path
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str | Path], *, on_terminal: bool = False) -> None:
        """Start a program; its output goes to logs/name.log, or to the terminal."""
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=None if on_terminal else log,
                stderr=None if on_terminal else log,
                start_new_session=True,
            )
        self._remember()

    def log(self, name: str) -> Path:
        """Return where a program's output is."""
        return self.logs / f"{name}.log"

    def check(self) -> None:
        """Raise Failure when a program has ended that should still run."""
        for name, child in self.running.items():
            if child.poll() is not None:
                self.show_end_of_log(name)
                raise Failure(
                    f"{name} ended by itself (code {child.returncode}): see above, or all of it in {self.log(name)}."
                )

    def show_end_of_log(self, name: str) -> None:
        """Print the last lines a program wrote."""
        for line in self.log(name).read_text(errors="replace").splitlines()[-15:]:
            say(f"    {line[:400]}")

    def wait_for(self, name: str) -> int:
        """Wait for a program that ends by itself, watching the others; return its exit code."""
        child = self.running.pop(name)
        try:
            while child.poll() is None:
                self.check()
                time.sleep(0.2)
        except BaseException:
            self.running[name] = child
            raise
        return child.returncode

    def stop(self) -> None:
        """Stop every program and its own children: asked first, made after PATIENCE_S."""
        for child in self.running.values():
            _signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        for child in self.running.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child.pid, signal.SIGKILL)
                child.wait()
            _signal_group(child.pid, signal.SIGKILL)  # what its leader left behind
        self.running.clear()
        self._remember()

    def clear_left_behind(self) -> None:
        """Stop what an earlier run was killed too suddenly to stop itself."""
        try:
            left: dict[str, str] = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return
        for pid, birth in left.items():
            if birth and _birth_of(int(pid)) == birth:
                _signal_group(int(pid), signal.SIGKILL)
        self._memory.unlink(missing_ok=True)

    @property
    def _memory(self) -> Path:
        return self.logs / "running.json"

    def _remember(self) -> None:
        known = {str(child.pid): _birth_of(child.pid) for child in self.running.values()}
        self._memory.write_text(json.dumps(known))


def _birth_of(pid: int) -> str:
    """Return when a process began: with its id that tells it from a later one; empty when there is none."""
    try:
        # The 22nd word; the 2nd, the program's name, may hold blanks and ends with the last parenthesis.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]  # macOS
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


@contextlib.contextmanager
def stopped_at_the_end(children: Children) -> Iterator[Children]:
    """Stop the children however this block ends; further signals wait until they have stopped."""
    try:
        children.clear_left_behind()
        yield children
    finally:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
        children.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
