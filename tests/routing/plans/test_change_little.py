"""A plan made again that changes little: each stop that moves from the plan before has to be worth it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from routing.models import Plan, PlanningSettings, Route
from routing.plans import edits, publishing
from tests.plans import solve_day
from tests.world import NOW, World


@pytest.fixture
def by_hand(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a published plan whose one route a dispatcher put in another order, a little dearer than the best."""
    for n in range(4):  # along one street, some ten metres apart
        address = world.consignment("ACCEPTED").address
        address.point = Point(24.9384 + n * 0.0004, 60.1675, srid=4326)
        address.save()
    plan = solved()
    reader = world.reader(world.dispatcher)
    publishing.publish_plan(plan_id=plan.pk, version=plan.version, reader=reader, now=NOW)
    route = plan.routes.get()
    for position in (4, 3, 2):
        plan.refresh_from_db()
        move = edits.move_stop(
            stop_id=route.stops.get(position=1).pk, route_id=route.pk, position=position,
            version=plan.version, reader=reader, now=NOW,
        )  # fmt: skip
        # At least two stops follow another one than in the best order: at 0.20 each, less is not worth going back.
        if 0 < move.price.costs.total < 400_000:
            break
        plan.refresh_from_db()
        edits.move_stop(
            stop_id=move.stop.pk, route_id=route.pk, position=1, version=plan.version,
            reader=reader, now=NOW,
        )  # fmt: skip
    else:
        raise AssertionError(f"no change is a little dearer: {move.price}")
    plan.refresh_from_db()
    return plan


def order(route: Route) -> list[Any]:
    return list(route.stops.order_by("position").values_list("drops__consignment", flat=True))


def test_what_was_put_in_order_by_hand_stays(world: World, by_hand: Plan) -> None:
    was = order(by_hand.routes.get())
    little = solve_day(world, changes_little=True)
    assert order(little.routes.get()) == was
    # The price of a change served the search; the plan's cost is what driving costs.
    assert little.figures["costs"]["change"] == 0
    assert little.figures["cost"] == by_hand.figures["cost"]
    assert order(solve_day(world).routes.get()) != was


def test_what_came_new_goes_in_and_the_rest_stays(world: World, by_hand: Plan) -> None:
    was = order(by_hand.routes.get())
    late = world.consignment("ACCEPTED")
    little = solve_day(world, changes_little=True)
    found = [c for route in little.routes.all() for c in order(route)]
    assert late.pk in found
    assert [c for c in found if c != late.pk] == was


def test_the_hub_says_what_a_change_is_charged(world: World, by_hand: Plan) -> None:
    was = order(by_hand.routes.get())
    PlanningSettings.objects.create(hub=world.hub, changed_courier="0.01", changed_order="0")
    # The same courier in the best order: nothing is charged for going back, and driving gets cheaper.
    assert order(solve_day(world, changes_little=True).routes.get()) != was
