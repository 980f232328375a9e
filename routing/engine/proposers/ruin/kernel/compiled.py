"""How the functions of the kernel become machine code, and when what was compiled before is stale."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from numba import njit

SOURCES = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
"""Changes with any file of the kernel."""


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function, keep it on the disk for the next process, and run it without the interpreter's lock."""
    return _compiled(function, forceinline=False)


def inlined[F: Callable[..., Any]](function: F) -> F:
    """The same for what is called in the innermost loops: a call would hand over each array of its arguments."""
    return _compiled(function, forceinline=True)


def _compiled[F: Callable[..., Any]](function: F, **options: Any) -> F:
    # Counting references to the arrays would take ten times as long as the search itself; nothing here makes any.
    options |= {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    machine = njit(**options)(function)
    # numba looks at the function's own file only, but its code holds that of the functions it calls, of other files too.
    machine._cache._cache_file._source_stamp = SOURCES
    return cast("F", machine)
