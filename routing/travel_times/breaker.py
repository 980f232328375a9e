"""A circuit breaker: who fails again and again is left alone for a while, then tried by one caller."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
"""In a row, until the breaker opens; one call in vain is three of them (servers.TRIES)."""
REST_S = 20.0
LONGEST_REST_S = 300.0


class Breaker:
    """Closed: all may ask. Open: nobody. Half-open, when the rest is over: one may, and decides for all.

    Each failed try after a rest doubles the next rest, up to LONGEST_REST_S. Safe between threads.
    """

    def __init__(
        self, *, rest_s: float = REST_S, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self.rest_s = rest_s
        self._timer = timer
        self._lock = threading.Lock()
        self._failures = 0
        self._rests = 0
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        if self._opened_at is None:
            return "closed"
        return "half-open" if self._is_rested() else "open"

    def lets_ask(self) -> bool:
        """Return whether this caller may ask; it must then say how it went."""
        with self._lock:
            if self._opened_at is None:
                return True
            if not self._is_rested() or self._is_probing:
                return False
            self._is_probing = True
            return True

    def went_well(self) -> None:
        """Close."""
        with self._lock:
            self._failures = self._rests = 0
            self._opened_at, self._is_probing = None, False

    def failed(self, failures: int = 1) -> None:
        """Count failures; open at FAILURES of them, and at once when it was the try after a rest."""
        with self._lock:
            self._failures += failures
            if self._is_probing:
                self._rests += 1
            elif self._failures < FAILURES:
                return
            self._opened_at, self._is_probing = self._timer(), False

    def _is_rested(self) -> bool:
        rest = min(self.rest_s * 2**self._rests, LONGEST_REST_S)
        return self._opened_at is not None and self._timer() - self._opened_at >= rest
