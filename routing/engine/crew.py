"""Processes that search the parts of a big problem side by side."""

import queue
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Self

from routing.engine.child import LOOK_EVERY_S, MEMORY_MB, Child, Request, SolverCancelled
from routing.engine.rounds import Answer, Ask
from routing.engine.solution import Solution


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
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._stopped.set()
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.__exit__()

    def start(self, ask: Ask) -> Future[Solution]:
        """Search a part as soon as one of the processes is free."""
        return self._threads.submit(self._solve_one, ask)

    def solve(self, asks: Sequence[Ask]) -> Generator[Answer]:
        """Yield the answers as they come. Raises SolverCancelled."""
        waiting = {self.start(ask): number for number, ask in enumerate(asks)}
        while waiting:
            done, _ = wait(waiting, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            if self._is_cancelled is not None and self._is_cancelled():
                raise SolverCancelled("The search was cancelled.")
            self._look()
            for future in done:
                yield waiting.pop(future), answer_of(future)

    def _solve_one(self, ask: Ask) -> Solution:
        child = self._idle.get()
        try:
            return child.ask(request_of(ask, self._memory_mb), None, self._stopped.is_set)
        finally:
            self._idle.put(child)


def answer_of(future: Future[Solution]) -> Solution | Exception:
    """What came of a part: its solution, or why there is none."""
    try:
        return future.result()
    except Exception as failure:
        return failure


def request_of(ask: Ask, memory_mb: int = MEMORY_MB) -> Request:
    """A part as one child is asked to solve it, on one core and without reasons for what it leaves out."""
    return Request(
        ask.part.problem, ask.settings, ask.part.warm or None, memory_mb, with_reasons=False
    )
