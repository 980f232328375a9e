"""A plan published in place of another: only the phones whose list it changes hear of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from common.live.models import LiveEvent
from delivery.models import Consignment
from routing.models import Plan, Route, Stop, StopConsignment
from routing.plans import publishing
from routing.routes import queries as routes
from tests.world import NOW, World


@pytest.fixture
def first(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a published plan of two routes: two consignments of Azul's wanted at the same minutes, an hour each."""
    ten = NOW + timedelta(hours=2)
    for _ in range(2):
        consignment = world.consignment("ACCEPTED")
        Consignment.objects.filter(pk=consignment.pk).update(
            window_start=ten, window_end=ten + timedelta(minutes=20), service_s=3600
        )
    return publish(world, solved())


def publish(world: World, plan: Plan) -> Plan:
    LiveEvent.objects.all().delete()
    return publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )


def manifest_events(world: World) -> dict[str, dict[str, object]]:
    """Return what each courier's phone was told, by alias."""
    names = {f"courier:{c.pk}": c.alias for c in (world.ana, world.aino, world.vesa)}
    told = LiveEvent.objects.filter(type="manifest.changed")
    return {names[event.stream]: event.data for event in told}


def test_a_plan_that_changes_nothing_is_told_to_no_phone(
    world: World, first: Plan, solved: Callable[..., Plan]
) -> None:
    assert first.figures["phones_told"] == 2
    before = {c.pk: routes.manifest_mark(c) for c in (world.ana, world.aino)}
    rows = set(first.routes.values_list("pk", flat=True))
    second = publish(world, solved())
    assert manifest_events(world) == {}
    assert (second.figures["phones_told"], second.figures["phones_unchanged"]) == (0, 2)
    assert {c.pk: routes.manifest_mark(c) for c in (world.ana, world.aino)} == before
    # The rows that phones know go on in the new plan; the old plan keeps a record of what it was.
    assert set(second.routes.values_list("pk", flat=True)) == rows
    assert set(second.routes.values_list("state", flat=True)) == {Route.State.PUBLISHED}
    assert set(first.routes.values_list("state", flat=True)) == {Route.State.REPLACED}
    assert first.routes.count() == 2
    assert not LiveEvent.objects.filter(stream__startswith="consignment:").exists()


def test_only_the_courier_whose_list_changed_is_told_and_by_how_much(
    world: World, first: Plan, solved: Callable[..., Plan]
) -> None:
    late = world.consignment("ACCEPTED")
    second = publish(world, solved())
    stop = Stop.objects.get(drops__consignment=late, drops__is_active=True)
    told = manifest_events(world)
    alias = stop.route.shift.courier.alias
    assert list(told) == [alias]
    assert told[alias]["why"] == "published"
    change = told[alias]["change"]
    assert isinstance(change, dict)
    assert (change["added"], change["removed"], change["moved"]) == (1, 0, 0)
    assert (second.figures["phones_told"], second.figures["phones_unchanged"]) == (1, 1)
    # One consignment is on one active route, in the new plan.
    active = StopConsignment.objects.filter(is_active=True)
    assert active.count() == 3
    assert set(active.values_list("stop__route__plan", flat=True)) == {second.pk}


def test_a_courier_who_loses_everything_is_told(
    world: World, first: Plan, solved: Callable[..., Plan]
) -> None:
    gone = Consignment.objects.order_by("pk").first()
    assert gone is not None
    # The other one keeps its courier, so that nothing moves by chance.
    Stop.objects.exclude(drops__consignment=gone).update(is_pinned=True)
    loser = Stop.objects.get(drops__consignment=gone, drops__is_active=True).route.shift.courier
    Consignment.objects.filter(pk=gone.pk).update(status="CANCELLED")
    publish(world, solved())
    told = manifest_events(world)
    assert told[loser.alias]["change"] == {"added": 0, "removed": 1, "moved": 0, "retimed": 0}


def test_a_route_that_leaves_later_is_news(
    world: World, first: Plan, solved: Callable[..., Plan]
) -> None:
    second = solved()
    route = second.routes.order_by("number").first()
    assert route is not None
    late = timedelta(minutes=2)
    Route.objects.filter(pk=route.pk).update(planned_start_at=route.planned_start_at - late)
    Stop.objects.filter(route=route).update(travel_s=route.stops.get().travel_s + 120)
    publish(world, second)
    assert list(manifest_events(world)) == [route.shift.courier.alias]
