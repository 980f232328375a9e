"""Publishing a plan."""

from collections.abc import Callable

import pytest

from common.errors.domain import NotFound, StaleVersion
from common.live.models import LiveEvent
from delivery.models import Consignment
from delivery.tracking.models import Approach, TrackingEvent
from routing.models import Plan, Route, StopConsignment
from routing.plans import publishing
from routing.plans.publishing import PlanOutdated
from tests.world import NOW, World


def publish(world: World, plan: Plan) -> Plan:
    return publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )


def test_a_published_plan_puts_each_consignment_on_one_route(
    world: World, solved: Callable[..., Plan]
) -> None:
    consignments = [world.consignment("ACCEPTED") for _ in range(3)]
    plan = publish(world, solved())
    assert plan.state == Plan.State.PUBLISHED
    assert {c.status for c in Consignment.objects.all()} == {"PLANNED"}
    active = StopConsignment.objects.filter(is_active=True).values_list("consignment_id", flat=True)
    assert sorted(active) == sorted(c.pk for c in consignments)
    # Azul's consignments ride with Azul's couriers only.
    assert set(Route.objects.values_list("shift__courier__partner_id", flat=True)) == {
        world.azul.pk
    }


def test_each_recipient_gets_a_first_eta(world: World, solved: Callable[..., Plan]) -> None:
    consignment = world.consignment("ACCEPTED")
    publish(world, solved())
    approach = Approach.objects.get(consignment=consignment)
    stop = consignment.stops.get().stop
    assert (approach.eta_at, approach.stops_before) == (stop.planned_at, 0)
    assert approach.courier_alias in {"Ana", "Aino"}
    event = TrackingEvent.objects.get(consignment=consignment, status_to="PLANNED")
    assert event.data == {"eta_at": stop.planned_at.isoformat()}


def test_streams_stay_gapless_through_bulk_moves(world: World, solved: Callable[..., Plan]) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    publish(world, solved())
    for stream in LiveEvent.objects.order_by().values_list("stream", flat=True).distinct():
        seqs = list(
            LiveEvent.objects.filter(stream=stream).order_by("seq").values_list("seq", flat=True)
        )
        assert seqs == list(range(1, len(seqs) + 1))


def test_a_stale_version_is_refused(world: World, solved: Callable[..., Plan]) -> None:
    world.consignment("ACCEPTED")
    plan = solved()
    with pytest.raises(StaleVersion):
        publishing.publish_plan(
            plan_id=plan.pk,
            version=plan.version - 1,
            reader=world.reader(world.dispatcher),
            now=NOW,
        )
    assert not StopConsignment.objects.filter(is_active=True).exists()


def test_a_consignment_that_changed_since_is_named(
    world: World, solved: Callable[..., Plan]
) -> None:
    consignment = world.consignment("ACCEPTED")
    plan = solved()
    Consignment.objects.filter(pk=consignment.pk).update(service_s=900)
    with pytest.raises(PlanOutdated, match=consignment.code) as refusal:
        publish(world, plan)
    assert refusal.value.extra["changed"] == [str(consignment.pk)]


def test_a_cancelled_consignment_is_named(world: World, solved: Callable[..., Plan]) -> None:
    consignment = world.consignment("ACCEPTED")
    plan = solved()
    Consignment.objects.filter(pk=consignment.pk).update(status="CANCELLED")
    with pytest.raises(PlanOutdated, match=consignment.code):
        publish(world, plan)


def test_a_second_plan_replaces_the_first(world: World, solved: Callable[..., Plan]) -> None:
    world.consignment("ACCEPTED")
    first = publish(world, solved())
    world.consignment("ACCEPTED")
    second = publish(world, solved())
    first.refresh_from_db()
    assert (first.state, second.state) == (Plan.State.REPLACED, Plan.State.PUBLISHED)
    assert set(first.routes.values_list("state", flat=True)) == {Route.State.REPLACED}
    assert StopConsignment.objects.filter(is_active=True, stop__route__plan=second).count() == 2


def test_a_route_on_the_road_keeps_its_number_for_itself(
    world: World, solved: Callable[..., Plan]
) -> None:
    world.consignment("ACCEPTED")
    first = publish(world, solved())
    on_the_road = first.routes.get()
    Route.objects.filter(pk=on_the_road.pk).update(state=Route.State.RUNNING)
    world.consignment("ACCEPTED")
    second = solved()
    # The courier on the road can't start another route; the other one's is the day's second.
    assert [r.number for r in second.routes.all()] == [on_the_road.number + 1]


def test_other_people_find_no_plan(world: World, solved: Callable[..., Plan]) -> None:
    world.consignment("ACCEPTED")
    plan = solved()
    with pytest.raises(NotFound):
        publishing.publish_plan(
            plan_id=plan.pk, version=plan.version, reader=world.reader(world.azul_manager), now=NOW
        )
