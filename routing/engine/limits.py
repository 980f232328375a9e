"""What a search is asked to keep to, and the refusal of what none can keep to."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from routing.engine.problem import DEFAULT_WEIGHTS, InvalidProblem, Weights

MAX_SECONDS = 7 * 86_400
MAX_SEED = 2**31 - 1
MAX_ITERATIONS = 2**31 - 1
MAX_CORES = 64
"""Processes that a big day may be searched by."""

Engine = Literal["auto", "ortools"]
"""auto: fast searches propose, OR-Tools completes and confirms; ortools: it searches alone."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What a search is asked to keep to. Raises InvalidProblem where no search can."""

    seconds: float
    """Wall time for the search, 0 to MAX_SECONDS."""
    seed: int = 0
    """Diversifies the search, 0 to MAX_SEED."""
    weights: Weights = DEFAULT_WEIGHTS
    """Prices of lateness and of leaving jobs out."""
    iterations: int | None = None
    """Budget in accepted moves for each model, 1 to MAX_ITERATIONS; the seconds then decide nothing."""
    engine: Engine = "auto"
    cores: int | None = None
    """Threads that search, 1 to MAX_CORES; with `iterations` always one. None: one here, all there are in a process of its own."""

    def __post_init__(self) -> None:
        if (
            isinstance(self.seconds, bool)
            or not isinstance(self.seconds, int | float)
            or math.isnan(self.seconds)
            or not 0 <= self.seconds <= MAX_SECONDS
        ):
            raise InvalidProblem(
                f"The seconds to search must be a number from 0 to {MAX_SECONDS}, not {self.seconds!r}."
            )
        _check_whole("seed", self.seed, 0, MAX_SEED)
        if self.iterations is not None:
            _check_whole("iterations", self.iterations, 1, MAX_ITERATIONS)
        if self.cores is not None:
            _check_whole("cores", self.cores, 1, MAX_CORES)
        engines = get_args(Engine)
        if self.engine not in engines:
            raise InvalidProblem(f"The engine must be {' or '.join(engines)}, not {self.engine!r}.")


def _check_whole(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidProblem(
            f"The {name} must be a whole number from {low} to {high}, not {value!r}."
        )
