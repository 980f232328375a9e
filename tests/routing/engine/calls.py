"""How often something is called: for what must not be done twice, whatever the clock says."""

import cProfile
from collections.abc import Callable
from typing import Any


def calls_of(function: Any, run: Callable[[], object]) -> int:
    """How often `run` calls the function."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(one.callcount for one in profile.getstats() if one.code is function.__code__)
