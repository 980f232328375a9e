"""Peak memory of a process by its own look at itself, and of all its children together."""

import contextlib
import os
import re
import resource
import sys
import threading
from pathlib import Path
from typing import Self

PER_MB = 1024 if sys.platform == "linux" else 1024 * 1024
"""Of ru_maxrss: kilobytes on Linux, bytes on macOS (getrusage(2))."""
STATUS = Path("/proc/self/status")
LOOK_EVERY_S = 0.2


def peak_mb() -> float:
    """Peak resident memory of this process."""
    # ru_maxrss of a child begins with what its parent held when it was started; VmHWM begins with its own program.
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PER_MB


def peak_with_children_mb() -> float:
    """Peak of this process, or of the largest child that it has waited for."""
    return max(peak_mb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / PER_MB)


class TreePeak:
    """Peak resident memory of this process and its children at one moment, looked at five times a second.

    Where there is no /proc: this process and the largest child that it has waited for.
    """

    def __init__(self) -> None:
        self.mb = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stopped.set()
        self._thread.join()
        self.mb = self.mb or peak_with_children_mb()

    def _look(self) -> None:
        while STATUS.exists() and not self._stopped.wait(LOOK_EVERY_S):
            own = [os.getpid(), *_children(os.getpid())]
            self.mb = max(self.mb, sum(map(_resident_mb, own)))


def _children(pid: int) -> list[int]:
    """Processes that the threads of this one have started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def _resident_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        if match := re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()):
            return int(match[1]) / 1024
    return 0.0
