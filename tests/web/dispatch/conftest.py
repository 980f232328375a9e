"""A planned day for the console: Azul's consignments on real routes, straight through the doors of planning."""

from collections.abc import Callable
from typing import Any

import pytest

from routing.plans import actions, publishing, solving
from routing.plans.models import Plan
from tests import world as worlds
from tests.world import NOW, TODAY, World


@pytest.fixture
def world(db: None, time_machine: Any) -> World:
    """Return the small named world at NOW; the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


@pytest.fixture
def published(world: World) -> Callable[[], Plan]:
    """Return what solves the hub's day at once, as the worker would, and publishes it."""

    def make() -> Plan:
        reader = world.reader(world.dispatcher)
        plan = actions.request_plan(
            hub_id=world.hub.pk, day=TODAY, seconds=1, seed=1, reader=reader, now=NOW
        )
        begun = actions.begin_solving(plan_id=plan.pk, now=NOW)
        assert begun is not None
        solving.solve_plan(begun)
        plan.refresh_from_db()
        return publishing.publish_plan(
            plan_id=plan.pk, version=plan.version, reader=reader, now=NOW
        )

    return make
