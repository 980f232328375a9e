"""Processes that search the parts of a big problem side by side."""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Self

from routing.engine.child import LOOK_EVERY_S, MEMORY_MB, Child, Request, SolverCancelled
from routing.engine.rounds import Answer, Ask


class Crew:
    """Processes that search the parts of a big problem side by side, kept from round to round."""

    def __init__(
        self,
        count: int,
        memory_mb: int = MEMORY_MB,
        is_cancelled: Callable[[], bool] | None = None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """look: called ten times a second while answers are awaited; what it raises ends the search and rises."""
        self._memory_mb, self._is_cancelled, self._look = memory_mb, is_cancelled, look
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()
        self._children = [Child() for _ in range(count)]
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="solve-part")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.__exit__()

    def solve(self, asks: Sequence[Ask]) -> Generator[Answer]:
        """Yield the answers as they come. Raises SolverCancelled."""
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        stopped = threading.Event()
        futures = [
            self._threads.submit(self._solve_one, number, ask, answers, stopped)
            for number, ask in enumerate(asks)
        ]
        try:
            for _ in asks:
                yield self._next(answers)
        finally:
            stopped.set()
            wait([one for one in futures if not one.cancel()])

    def _next(self, answers: queue.SimpleQueue[Answer]) -> Answer:
        while True:
            if self._is_cancelled is not None and self._is_cancelled():
                raise SolverCancelled("The search was cancelled.")
            self._look()
            with contextlib.suppress(queue.Empty):
                return answers.get(timeout=LOOK_EVERY_S)

    def _solve_one(
        self,
        number: int,
        ask: Ask,
        answers: queue.SimpleQueue[Answer],
        stopped: threading.Event,
    ) -> None:
        child = self._idle.get()
        try:
            found = child.ask(request_of(ask, self._memory_mb), None, stopped.is_set)
            answers.put((number, found))
        except Exception as failure:
            answers.put((number, failure))
        finally:
            self._idle.put(child)


def request_of(ask: Ask, memory_mb: int = MEMORY_MB) -> Request:
    """A part as one child is asked to solve it, on one core and without reasons for what it leaves out."""
    return Request(
        ask.part.problem, ask.seconds, ask.seed, ask.weights, ask.part.warm or None, ask.iterations,
        memory_mb, ask.engine, 1, with_reasons=False,
    )  # fmt: skip
