"""A published day of Azul's: what tests of execution start from."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from common.ids import uuid7
from couriers.models import Courier
from delivery.models import Parcel
from routing.models import Plan, Route, Stop
from routing.plans import publishing
from routing.routes import commands
from routing.routes.commands import Answer, Command
from tests.world import NOW, World

Send = Callable[..., Answer]


@pytest.fixture
def route(world: World, solved: Callable[..., Plan]) -> Route:
    """Return a published route of three consignments, all packed."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    plan = solved()
    publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )
    return Route.objects.get(plan=plan)


@pytest.fixture
def stops(route: Route) -> list[Stop]:
    """Return the route's stops in order."""
    return list(route.stops.order_by("position"))


@pytest.fixture
def send(world: World, route: Route) -> Send:
    """Return what sends one command of the route's courier, or of another."""

    def send_one(
        kind: str,
        *,
        at: datetime = NOW,
        id: UUID | None = None,
        courier: Courier | None = None,
        **what: Any,
    ) -> Answer:
        courier = courier or route.shift.courier
        command = Command(id=id or uuid7(), type=kind, occurred_at=at, **what)
        return commands.carry_out(
            courier=courier, command=command, reader=world.reader(courier.user), now=max(at, NOW)
        )

    return send_one
