"""What the tests of plans and routes share: a solved plan without a worker, straight through the task's own function."""

from collections.abc import Callable
from typing import Any

import pytest

from routing.plans import actions, solving
from routing.plans.models import Plan
from tests import world as worlds
from tests.world import NOW, TODAY, World


@pytest.fixture
def world(db: None, time_machine: Any) -> World:
    """Return the small named world at NOW; the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


@pytest.fixture
def solved(world: World) -> Callable[..., Plan]:
    """Return what asks for a plan of the hub's day and solves it at once, as the worker would."""

    def solve() -> Plan:
        # A search of so few stops ends early; the limit only keeps a busy machine from giving up.
        reader = world.reader(world.dispatcher)
        plan = actions.request_plan(
            hub_id=world.hub.pk, day=TODAY, seconds=20, seed=1, reader=reader, now=NOW
        )
        begun = actions.begin_solving(plan_id=plan.pk, now=NOW)
        assert begun is not None
        solving.solve_plan(begun)
        plan.refresh_from_db()
        return plan

    return solve
