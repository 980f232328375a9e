"""A solver's process: started, asked, listened to, and killed when it does not answer in time."""

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
from typing import IO, Any, Self

from routing.engine.limits import SearchSettings
from routing.engine.problem import Problem
from routing.engine.run import OnProgress, Progress
from routing.engine.solution import Solution

PROJECT = Path(__file__).resolve().parents[2]
TELL_EVERY_S = 1.0
LOOK_EVERY_S = 0.1
MEMORY_MB = 4_096
"""Address space of the child; a plan of 2,000 stops stays below 2 GB."""
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
    settings: SearchSettings
    warm_start: Mapping[str, Sequence[str]] | None
    """Job ids by shift, in driving order."""
    memory_mb: int
    with_reasons: bool = True
    """Say why jobs are left out; a part need not."""


class Child:
    """A solver's process, kept for one request after another. Not for two threads at once."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: _Reader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.end()
        self._errors.close()

    def end(self) -> None:
        """Kill the process; the next request gets a new one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                # What a dead process has not read can't be flushed.
                with contextlib.suppress(BrokenPipeError):
                    _pipe(pipe).close()

    def ask(
        self,
        request: Request,
        on_progress: OnProgress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> Solution:
        """Return the answer to a request. Raises as `solve_in_process`; the process is gone after any exception."""
        if self._process is None:
            self._start()
        # The request may be larger than a pipe holds; it is written aside while the answer is awaited.
        writer = threading.Thread(target=self._write, args=(self._process, request), daemon=True)
        writer.start()
        try:
            return self._answer(request.settings.seconds, on_progress, is_cancelled)
        except BaseException:
            self.end()
            raise
        finally:
            writer.join()

    def _start(self) -> None:
        self._errors.seek(0)
        self._errors.truncate()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "routing.engine.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=PROJECT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._reader = _Reader(self._process)

    @staticmethod
    def _write(process: subprocess.Popen[bytes], request: Request) -> None:
        # A child that has died closes the pipe; its end is reported where its answer is awaited.
        with contextlib.suppress(BrokenPipeError, ValueError):
            pickle.dump(request, _pipe(process.stdin), protocol=pickle.HIGHEST_PROTOCOL)
            _pipe(process.stdin).flush()

    def _answer(
        self,
        seconds: float,
        on_progress: OnProgress | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> Solution:
        clock = _Clock()
        plan: Solution | None = None
        telling = Telling(on_progress)
        process, reader = self._process, self._reader
        if process is None or reader is None:
            raise ValueError("There is no process to answer.")
        while True:
            kind, content = reader.next(LOOK_EVERY_S)
            if kind == "solution":
                solution: Solution = content
                return solution
            if kind == "ready":
                clock.begin(2 * seconds + 5)
                telling.begin()
            if kind == "plan":
                plan = content
            if kind == "failure":
                raise SolverCrashed(f"The solver failed: {content}")
            if kind == "end":
                raise SolverCrashed(_last_words(process, self._errors))
            if is_cancelled is not None and is_cancelled():
                raise SolverCancelled("The search was cancelled.")
            if clock.is_over and plan is not None:
                self.end()
                return plan
            clock.check()
            if kind == "progress":
                telling.tell(content)
            telling.again()


class _Clock:
    """The hard wall clock of one request: first for the process to get ready, then for its answer."""

    def __init__(self) -> None:
        self.begin(READY_WITHIN_S)

    def begin(self, seconds: float) -> None:
        """Count so many seconds from now."""
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def check(self) -> None:
        """Raise SolverTimedOut when the time is over."""
        if self.is_over:
            raise SolverTimedOut(
                f"The search did not end within {self._seconds:.0f} s and was stopped."
            )


class Telling:
    """Passes progress on, and says the last again when a second has gone by without any."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._last: Progress | None = None
        self.begin()

    def begin(self) -> None:
        """Count the seconds from now."""
        self._began = self._told_at = time.monotonic()

    def tell(self, progress: Progress) -> None:
        """Pass it on."""
        self._last = progress
        self._told_at = time.monotonic()
        if self._on_progress is not None:
            self._on_progress(progress)

    def again(self) -> None:
        """Say the last again if it is time."""
        now = time.monotonic()
        if self._last is not None and now - self._told_at >= TELL_EVERY_S:
            self.tell(replace(self._last, seconds=now - self._began))


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
