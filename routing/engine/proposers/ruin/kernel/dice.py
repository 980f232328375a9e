"""Chance: the same for the same seed on every machine."""

from typing import Any

import numpy as np

from routing.engine.proposers.ruin.kernel.compiled import inlined
from routing.engine.proposers.ruin.kernel.data import State


@inlined
def draw(state: State) -> np.uint64:
    """xorshift64* (Vigna 2016)."""
    x = state.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state.random[0] = x
    return x * np.uint64(2685821657736338717)


@inlined
def below(state: State, n: int) -> Any:
    """A whole number from 0 to n - 1."""
    return np.int64((draw(state) >> np.uint64(33)) % np.uint64(n))


@inlined
def chance(state: State) -> float:
    """A number from 0 up to 1."""
    return np.float64(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
