"""Two plans side by side, worked out from the rows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from delivery.models import Consignment
from routing.models import Plan, Route, Stop
from routing.plans import comparing, edits, publishing
from tests.world import NOW, World

Solve = Callable[..., Plan]


@pytest.fixture
def pair(world: World, solved: Solve) -> tuple[Plan, Plan]:
    """Return a published plan of three stops on one route, and a proposal with one of them moved to a second courier."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    first = solved()
    reader = world.reader(world.dispatcher)
    publishing.publish_plan(plan_id=first.pk, version=first.version, reader=reader, now=NOW)
    second = solved()
    used = second.routes.get()
    other = next(c for c in (world.ana, world.aino) if c.pk != used.shift.courier_id)
    shift = other.shifts.get()
    empty = Route.objects.create(
        plan=second, shift=shift, number=9, planned_start_at=shift.starts_at, planned_end_at=shift.starts_at
    )  # fmt: skip
    move = edits.move_stop(
        stop_id=used.stops.get(position=3).pk, route_id=empty.pk, position=1, version=second.version,
        reader=reader, now=NOW,
    )  # fmt: skip
    first.refresh_from_db()
    second.refresh_from_db()
    assert move.price.costs.total == second.figures["cost"] - first.figures["cost"]
    return first, second


def test_the_difference_is_what_the_change_by_hand_cost(pair: tuple[Plan, Plan]) -> None:
    first, second = pair
    found = comparing.comparison(first, second)
    # The rows' own times and metres give the engine's cost to the micro.
    assert found["figures"][0]["cost"] == first.figures["cost"]
    assert found["figures"][1]["cost"] == second.figures["cost"]
    assert found["differences"]["cost"] == sum(t["difference"] for t in found["costs"].values())
    assert found["differences"]["routes"] == 1
    assert found["differences"]["metres"] > 0


def test_what_moves_is_named_with_both_places(pair: tuple[Plan, Plan]) -> None:
    first, second = pair
    found = comparing.comparison(first, second)
    moved = Stop.objects.get(route__plan=second, route__number=9)
    (row,) = found["moved"]
    assert row["code"] == moved.drops.get().consignment.code
    assert (row["first"]["position"], row["second"]["position"]) == (3, 1)
    assert row["first"]["courier"] != row["second"]["courier"]
    assert found["changed_courier"] == [moved.drops.get().consignment_id]


def test_whose_phone_would_hear_of_it_is_said_before(pair: tuple[Plan, Plan]) -> None:
    first, second = pair
    phones = comparing.comparison(first, second)["phones"]
    assert {(p["added"], p["removed"]) for p in phones["told"]} == {(1, 0), (0, 1)}
    assert phones["unchanged"] == 0
    assert comparing.comparison(second, first)["phones"] is None


def test_a_route_on_the_road_stays_and_is_counted_on_neither_side(
    world: World, solved: Solve
) -> None:
    world.consignment("ACCEPTED")
    first = solved()
    reader = world.reader(world.dispatcher)
    publishing.publish_plan(plan_id=first.pk, version=first.version, reader=reader, now=NOW)
    Route.objects.filter(plan=first).update(state=Route.State.RUNNING)
    world.consignment("ACCEPTED")
    second = solved()
    first.refresh_from_db()
    found = comparing.comparison(first, second)
    assert [route["number"] for route in found["stays"]] == [1]
    assert (found["figures"][0]["routes"], found["figures"][1]["routes"]) == (0, 1)


def test_a_loaded_route_stays_too(world: World, solved: Solve) -> None:
    loaded = world.consignment("ACCEPTED")
    first = solved()
    reader = world.reader(world.dispatcher)
    publishing.publish_plan(plan_id=first.pk, version=first.version, reader=reader, now=NOW)
    Consignment.objects.filter(pk=loaded.pk).update(status="LOADED")
    world.consignment("ACCEPTED")
    second = solved()
    first.refresh_from_db()
    found = comparing.comparison(first, second)
    assert [route["number"] for route in found["stays"]] == [1]
    # Its courier's phone hears nothing of the second plan.
    assert [phone["added"] for phone in found["phones"]["told"]] == [1]


def test_minutes_late_are_those_after_windows(pair: tuple[Plan, Plan]) -> None:
    first, second = pair
    stop = Stop.objects.filter(route__plan=second).order_by("position").first()
    assert stop is not None
    Stop.objects.filter(pk=stop.pk).update(
        window_start=NOW, window_end=stop.planned_at - timedelta(minutes=7)
    )
    assert comparing.comparison(first, second)["differences"]["late_s"] == 7 * 60


def test_a_big_plan_takes_no_more_queries(
    pair: tuple[Plan, Plan], django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    with django_assert_max_num_queries(10):
        comparing.comparison(*pair)


def test_what_is_left_out_has_one_price_in_both(pair: tuple[Plan, Plan]) -> None:
    first, second = pair
    # The engine charged 100 and 90 for one consignment each: its charge depends on the shifts of the moment.
    for plan, micros in ((first, 100), (second, 90)):
        plan.figures = plan.figures | {
            "unplanned": 1,
            "costs": plan.figures["costs"] | {"unserved": micros},
        }
    found = comparing.comparison(first, second)
    assert found["costs"]["unserved"] == {"first": 100, "second": 100, "difference": 0}
