"""How often something is called: for what must not be done twice, whatever the clock says."""

import cProfile
from collections.abc import Callable, Sequence
from typing import Any


def calls_of(function: Any, run: Callable[[], object]) -> int:
    """How often `run` calls the function."""
    return calls_of_each([function], run)[0]


def calls_of_each(functions: Sequence[Any], run: Callable[[], object]) -> list[int]:
    """How often `run` calls each function."""
    profile = cProfile.Profile()
    profile.runcall(run)
    found = profile.getstats()
    return [
        sum(one.callcount for one in found if one.code is function.__code__)
        for function in functions
    ]
