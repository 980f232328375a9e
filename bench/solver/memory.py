"""Peak memory of a process, by its own look at itself."""

import re
import resource
import sys
from pathlib import Path

PER_MB = 1024 if sys.platform == "linux" else 1024 * 1024
"""Of ru_maxrss: kilobytes on Linux, bytes on macOS (getrusage(2))."""
STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Peak resident memory of this process."""
    # ru_maxrss of a child begins with what its parent held when it was started; VmHWM begins with its own program.
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PER_MB


def peak_with_children_mb() -> float:
    """Peak of this process, or of the largest child that it has waited for."""
    return max(peak_mb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / PER_MB)
