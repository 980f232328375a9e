"""What an engine is asked and answers; only plain values, they cross between processes."""

import time
from dataclasses import dataclass, field

from routing.engine.solution import Solution

Route = list[int]


@dataclass(frozen=True, slots=True)
class Task:
    """One run of one engine."""

    seconds: float
    """Wall time from here to the answer; what loads a solver's library came before."""
    seed: int
    cores: int
    started: float = field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self.started

    @property
    def remaining(self) -> float:
        """Seconds that are left, never nothing."""
        return max(self.seconds - self.elapsed, 0.05)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine found."""

    routes: list[Route]
    """Nodes in order, without the depot; empty when it found nothing."""
    first_s: float | None = None
    """Seconds until its first plan that serves all; None where it does not say."""
    note: str = ""
    """How it was found, or why not."""
    solution: Solution | None = None
    """The plan of a problem in the engine's own words."""
