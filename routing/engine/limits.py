"""What a search may be asked to keep to, and the refusal of anything else."""

import math

from routing.engine.problem import InvalidProblem

MAX_SECONDS = 7 * 86_400
MAX_SEED = 2**31 - 1
MAX_CORES = 64
"""Processes that a big day may be searched by."""
ENGINES = ("auto", "ortools")


def check_limits(
    *, seconds: float, seed: int, iterations: int | None, cores: int | None, engine: str
) -> None:
    """Raise InvalidProblem for a time, seed, budget or engine that no search can keep to; no cores: as many as there are."""
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or math.isnan(seconds)
        or not 0 <= seconds <= MAX_SECONDS
    ):
        raise InvalidProblem(
            f"The seconds to search must be a number from 0 to {MAX_SECONDS}, not {seconds!r}."
        )
    for name, value, low, high in (
        ("seed", seed, 0, MAX_SEED),
        ("iterations", 1 if iterations is None else iterations, 1, 2**31 - 1),
        ("cores", 1 if cores is None else cores, 1, MAX_CORES),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidProblem(
                f"The {name} must be a whole number from {low} to {high}, not {value!r}."
            )
    if engine not in ENGINES:
        raise InvalidProblem(f"The engine must be {' or '.join(ENGINES)}, not {engine!r}.")
