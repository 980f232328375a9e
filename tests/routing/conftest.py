"""What the tests of plans and routes share: a solved plan without a worker, straight through the task's own function."""

from collections.abc import Callable
from typing import Any

import pytest

from routing.plans.models import Plan
from tests import world as worlds
from tests.plans import solve_day
from tests.world import NOW, World


@pytest.fixture
def world(db: None, time_machine: Any) -> World:
    """Return the small named world at NOW; the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


@pytest.fixture
def solved(world: World) -> Callable[[], Plan]:
    """Return what asks for a plan of the hub's day and solves it at once, as the worker would."""

    return lambda: solve_day(world)
