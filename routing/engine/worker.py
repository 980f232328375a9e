"""The child's side of child.py: requests on standard input, messages on standard output."""

import contextlib
import ctypes
import os
import pickle
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from routing.engine.child import Request


def main() -> None:
    """Answer requests until there are no more; the argument is the parent's process id."""
    # Before the libraries are loaded, which takes a second: a parent may die at any time.
    die_with_parent(int(sys.argv[1]))
    with contextlib.suppress(OSError):
        os.nice(5)
    out = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not get between the messages.
    os.dup2(2, 1)
    with contextlib.suppress(EOFError):
        while True:
            _answer(pickle.load(sys.stdin.buffer), out)  # noqa: S301 - from our own parent


def _answer(request: "Request", out: BinaryIO) -> None:
    from routing.engine.proposers.ruin import compile_kernel
    from routing.engine.solve import search_whole

    limit = request.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        if request.settings.engine != "ortools":
            compile_kernel()
        _send(out, "ready", None)
        run = search_whole(
            request.problem,
            request.settings,
            warm_start=request.warm_start,
            is_part=not request.with_reasons,
            on_progress=lambda progress: _send(out, "progress", progress),
        )
        if request.with_reasons:
            # Explaining may take long: a plan is not lost for want of reasons.
            _send(out, "plan", run.unexplained())
        solution = run.finish(with_reasons=request.with_reasons)
    except MemoryError:
        _send(
            out,
            "failure",
            f"it needs more than {request.memory_mb} MB; plan a smaller part or raise the limit.",
        )
        return
    _send(out, "solution", solution)


def _send(out: BinaryIO, kind: str, content: Any) -> None:
    from routing.engine.child import LENGTH

    message = pickle.dumps((kind, content), protocol=pickle.HIGHEST_PROTOCOL)
    out.write(LENGTH.pack(len(message)) + message)
    out.flush()


def die_with_parent(parent: int) -> None:
    """End this process as soon as this parent is gone."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The caller has gone.")


if __name__ == "__main__":
    main()
