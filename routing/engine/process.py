"""Runs a solve in a process of its own: OR-Tools holds the interpreter's lock, and a search must never take the caller along.

The child has a hard wall clock, a memory limit and a lower priority; it is gone when this call returns or raises.
"""

import contextlib
import os
import pickle
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from routing.engine.problem import DEFAULT_WEIGHTS, Problem, Weights
from routing.engine.run import OnProgress, Progress
from routing.engine.solution import Solution
from routing.engine.solve import Engine

PROJECT = Path(__file__).resolve().parents[2]
TELL_EVERY_S = 1.0
LOOK_EVERY_S = 0.1
MEMORY_MB = 4_096
"""Address space of the child; a plan of 2,000 stops stays below 2 GB."""
MOST_CORES = 4
"""More threads would search the same plans."""
READY_WITHIN_S = 300.0
"""The first search after an installation compiles the kernel, which may take a minute on a busy machine."""
LENGTH = struct.Struct("!Q")


class SolveFailed(Exception):
    """No solution came back."""

    code = "solve_failed"


class SolverTimedOut(SolveFailed):
    """The search did not end by its hard wall clock and was killed."""

    code = "solver_timed_out"


class SolverCancelled(SolveFailed):
    """The caller asked for an end; the search was killed."""

    code = "solver_cancelled"


class SolverCrashed(SolveFailed):
    """The process ended without an answer: out of memory, a fault of the solver, killed from outside."""

    code = "solver_crashed"


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is asked."""

    problem: Problem
    seconds: float
    seed: int
    weights: Weights
    warm_start: Mapping[str, Sequence[str]] | None
    iterations: int | None
    memory_mb: int
    engine: Engine
    cores: int


def solve_in_process(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 0,
    weights: Weights = DEFAULT_WEIGHTS,
    warm_start: Solution | Mapping[str, Sequence[str]] | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    iterations: int | None = None,
    memory_mb: int = MEMORY_MB,
    engine: Engine = "auto",
    cores: int | None = None,
) -> Solution:
    """As solve.solve, in a process of its own.

    Parameters
    ----------
    on_progress
        Called in this thread at each better plan and at least every second. What it raises ends the search and rises.
    is_cancelled
        Asked ten times a second; True ends the search at once.
    memory_mb
        Limit of the child's address space.
    cores
        Threads that search; None: as many as this process may use, MOST_CORES at most.

    Raises
    ------
    SolverTimedOut
        No answer after twice `seconds` and 5 s more, counted from when the child is ready to search.
    SolverCancelled
        `is_cancelled` said so.
    SolverCrashed
        The process ended without an answer; the message holds the end of what it printed.
    """
    warm = warm_start.sequences if isinstance(warm_start, Solution) else warm_start
    cores = min(MOST_CORES, available_cores()) if cores is None else cores
    request = Request(problem, seconds, seed, weights, warm, iterations, memory_mb, engine, cores)
    with tempfile.TemporaryFile() as errors, _child(request, errors) as child:
        return _answer(child, errors, seconds, on_progress, is_cancelled)


def available_cores() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _child(request: Request, errors: IO[bytes]):  # type: ignore[no-untyped-def]
    child = subprocess.Popen(
        [sys.executable, "-m", "routing.engine.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    # The request may be larger than a pipe holds; it is written aside while the answer is awaited.
    writer = threading.Thread(target=_write, args=(child, request), daemon=True)
    writer.start()
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        writer.join()
        _pipe(child.stdout).close()


def _write(child: subprocess.Popen[bytes], request: Request) -> None:
    # A child that has died closes the pipe; its end is reported where its answer is awaited.
    with contextlib.suppress(BrokenPipeError), _pipe(child.stdin) as pipe:
        pickle.dump(request, pipe, protocol=pickle.HIGHEST_PROTOCOL)


def _answer(
    child: subprocess.Popen[bytes],
    errors: IO[bytes],
    seconds: float,
    on_progress: OnProgress | None,
    is_cancelled: Callable[[], bool] | None,
) -> Solution:
    started = time.monotonic()
    deadline = started + 2 * seconds + 5
    told_at = started
    last: Progress | None = None
    reader = _Reader(child)
    while True:
        kind, content = reader.next(LOOK_EVERY_S)
        now = time.monotonic()
        if kind == "solution":
            solution: Solution = content
            return solution
        if kind == "preparing":
            deadline = now + READY_WITHIN_S
        if kind == "ready":
            started = told_at = now
            deadline = started + 2 * seconds + 5
        if kind == "failure":
            raise SolverCrashed(f"The solver failed: {content}")
        if kind == "end":
            raise SolverCrashed(_last_words(child, errors))
        if is_cancelled is not None and is_cancelled():
            raise SolverCancelled("The search was cancelled.")
        if now > deadline:
            raise SolverTimedOut(
                f"The search did not end within {deadline - started:.0f} s and was stopped."
            )
        if kind == "progress":
            last = content
        if (
            on_progress is not None
            and last is not None
            and (kind == "progress" or now - told_at >= TELL_EVERY_S)
        ):
            on_progress(last if kind == "progress" else replace(last, seconds=now - started))
            told_at = now


class _Reader:
    """Messages of the child: an eight-byte length and a pickled (kind, content) each."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._pipe = _pipe(child.stdout)
        self._buffer = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)

    def next(self, seconds: float) -> tuple[str, Any]:
        """The next message; ("nothing", None) when none came in time, ("end", None) after the last."""
        message = self._take()
        if message is None and self._selector.select(seconds):
            piece = os.read(self._pipe.fileno(), 1 << 20)
            if not piece:
                return "end", None
            self._buffer += piece
            message = self._take()
        return message or ("nothing", None)

    def _take(self) -> tuple[str, Any] | None:
        if len(self._buffer) < LENGTH.size:
            return None
        end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
        if len(self._buffer) < end:
            return None
        message: tuple[str, Any] = pickle.loads(self._buffer[LENGTH.size : end])  # noqa: S301 - from our own child
        del self._buffer[:end]
        return message


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise ValueError("The child was started without this pipe.")
    return end


def _last_words(child: subprocess.Popen[bytes], errors: IO[bytes]) -> str:
    code = child.wait()
    errors.seek(0)
    tail = errors.read().decode(errors="replace").strip()[-400:]
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return f"The solver's process ended {how} without an answer. {tail}".strip()
