"""A stop moved by hand, and what moves by itself when a consignment changes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from common.days import day_bounds
from common.errors.domain import StaleVersion
from common.live.models import LiveEvent
from delivery.models import Approach, Consignment, Parcel
from delivery.tracking import actions as tracking
from routing.models import Plan, Route, Stop, StopConsignment
from routing.plans import edits, following, inputs, publishing, rechecking
from routing.plans.edits import Move
from routing.plans.refusals import AlreadyLoaded, MoveRefused
from tests.world import NOW, World

Moving = Callable[..., Move]


@pytest.fixture
def plan(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a published plan of four consignments of Azul's on one route, Azul's other courier's made empty beside it."""
    for _ in range(4):
        world.consignment("ACCEPTED")
    Parcel.objects.update(packaging="PASSED")
    plan = solved()
    publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )
    plan.refresh_from_db()
    free = {world.ana, world.aino} - {r.shift.courier for r in plan.routes.all()}
    for courier in free:
        shift = courier.shifts.get()
        Route.objects.create(
            plan=plan,
            shift=shift,
            number=9,
            state="PUBLISHED",
            planned_start_at=shift.starts_at,
            planned_end_at=shift.starts_at,
        )
    return plan


@pytest.fixture
def move(world: World, plan: Plan) -> Moving:
    """Return what moves a stop as the dispatcher."""

    def move_one(
        stop: Stop,
        route: Route | None = None,
        position: int | None = None,
        version: int | None = None,
    ) -> Move:
        plan.refresh_from_db()
        return edits.move_stop(
            stop_id=stop.pk,
            route_id=route.pk if route else None,
            position=position,
            version=plan.version if version is None else version,
            reader=world.reader(world.dispatcher),
            now=NOW,
        )

    return move_one


def full_and_empty(plan: Plan) -> tuple[Route, Route]:
    routes = sorted(plan.routes.all(), key=lambda r: -r.stops.count())
    return routes[0], routes[1]


def check_rows(plan: Plan) -> None:
    """Put every kept route of the plan before the independent checker."""
    drops = inputs.drops_of(list(Consignment.objects.values_list("pk", flat=True)))
    for route in plan.routes.all():
        stops = list(route.stops.order_by("position"))
        assert [s.position for s in stops] == list(range(1, len(stops) + 1))
        held = {s.pk: [drops[d.consignment_id] for d in s.drops.all()] for s in stops}
        origin = day_bounds(plan.day, plan.hub.timezone)[0]
        assert rechecking.violations(route, stops, held, inputs.turn_of(route.shift), origin) == ()


def test_a_stop_moves_to_another_courier_and_back(plan: Plan, move: Moving) -> None:
    full, empty = full_and_empty(plan)
    stop = full.stops.get(position=2)
    moved = move(stop, empty, 1)
    assert (moved.stop.route_id, moved.stop.position) == (empty.pk, 1)
    assert (full.stops.count(), empty.stops.count()) == (3, 1)
    check_rows(plan)
    approach = Approach.objects.get(consignment__stops__stop=stop)
    assert approach.courier_alias == empty.shift.courier.alias
    # Undo is the same move the other way.
    move(stop, full, moved.from_position)
    stop.refresh_from_db()
    assert (stop.route_id, stop.position) == (full.pk, 2)
    check_rows(plan)


def test_both_phones_and_the_board_hear_of_a_move(plan: Plan, move: Moving) -> None:
    full, empty = full_and_empty(plan)
    LiveEvent.objects.all().delete()
    move(full.stops.get(position=1), empty)
    told = set(LiveEvent.objects.values_list("stream", "type"))
    assert {(f"courier:{r.shift.courier_id}", "manifest.changed") for r in (full, empty)} <= told
    assert {
        (f"board:{plan.hub_id}", "route.changed"),
        (f"board:{plan.hub_id}", "plan.changed"),
    } <= told


def test_a_stop_changes_place_on_its_own_route(plan: Plan, move: Moving) -> None:
    full, _empty = full_and_empty(plan)
    stop = full.stops.get(position=1)
    move(stop, full, 4)
    stop.refresh_from_db()
    assert stop.position == 4
    check_rows(plan)


def test_a_place_after_its_window_is_refused_with_how_far_off(plan: Plan, move: Moving) -> None:
    full, _empty = full_and_empty(plan)
    stop = full.stops.get(position=1)
    early = full.shift.starts_at
    Consignment.objects.filter(stops__stop=stop).update(
        window_start=early, window_end=early + timedelta(minutes=4)
    )
    with pytest.raises(MoveRefused, match=r"\d+ min after its window") as refusal:
        move(stop, full, 4)
    assert refusal.value.extra["rule"] == "after_window"
    stop.refresh_from_db()
    assert stop.position == 1


def test_another_partners_courier_is_refused(world: World, plan: Plan, move: Moving) -> None:
    shift = world.vesa.shifts.get()
    foreign = Route.objects.create(
        plan=plan,
        shift=shift,
        number=10,
        state="PUBLISHED",
        planned_start_at=shift.starts_at,
        planned_end_at=shift.ends_at,
    )
    with pytest.raises(MoveRefused, match="Vesa rides for another partner"):
        move(full_and_empty(plan)[0].stops.get(position=1), foreign)


def test_what_is_loaded_stays_in_its_vehicle(world: World, plan: Plan, move: Moving) -> None:
    from common.ids import uuid7
    from routing.routes import commands
    from routing.routes.commands import Command

    full, empty = full_and_empty(plan)
    stop = full.stops.get(position=1)
    courier = full.shift.courier
    for parcel in Parcel.objects.filter(consignment__stops__stop=stop):
        command = Command(id=uuid7(), type="load_parcel", occurred_at=NOW, parcel=parcel.code)
        commands.carry_out(
            courier=courier, command=command, reader=world.reader(courier.user), now=NOW
        )
    with pytest.raises(AlreadyLoaded):
        move(stop, empty)
    assert move(stop, full, 3).stop.position == 3


def test_two_dispatchers_cannot_both_move_from_the_same_plan(plan: Plan, move: Moving) -> None:
    full, empty = full_and_empty(plan)
    version = plan.version
    move(full.stops.get(position=1), empty, version=version)
    with pytest.raises(StaleVersion):
        move(full.stops.get(position=1), empty, version=version)


def test_a_recipients_new_window_moves_the_stop(world: World, plan: Plan) -> None:
    full, _empty = full_and_empty(plan)
    stop = full.stops.get(position=1)
    consignment = Consignment.objects.get(stops__stop=stop)
    start = full.shift.starts_at + timedelta(hours=4)
    tracking.change_window(
        consignment_id=consignment.pk, start=start, end=start + timedelta(hours=2), now=NOW
    )
    assert following.follow_changes(now=NOW) == 1
    stop.refresh_from_db()
    assert start <= stop.planned_at <= start + timedelta(hours=2)
    assert stop.window_start == start
    check_rows(plan)
    assert following.follow_changes(now=NOW) == 0


def test_a_cancelled_consignment_leaves_its_route(plan: Plan) -> None:
    from delivery.orders import actions as orders

    full, _empty = full_and_empty(plan)
    consignment = Consignment.objects.get(stops__stop=full.stops.get(position=2))
    orders.cancel_consignment(consignment_id=consignment.pk, now=NOW)
    following.follow_changes(now=NOW)
    assert full.stops.count() == 3
    assert not StopConsignment.objects.filter(consignment=consignment, is_active=True).exists()
    check_rows(plan)


def test_a_late_consignment_goes_on_the_best_route(world: World, plan: Plan) -> None:
    late = world.consignment("ACCEPTED")
    move = edits.insert_consignment(
        plan_id=plan.pk, consignment_id=late.pk, route_id=None, version=plan.version,
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip
    late.refresh_from_db()
    assert (late.status, move.stop.route.state) == ("PLANNED", "PUBLISHED")
    check_rows(plan)


def test_a_route_that_is_late_already_can_still_be_put_in_another_order(
    plan: Plan, move: Moving
) -> None:
    full, _empty = full_and_empty(plan)
    hopeless = Consignment.objects.filter(stops__stop=full.stops.get(position=1))
    hopeless.update(
        window_start=NOW, window_end=NOW + timedelta(minutes=30)
    )  # over before the shift begins
    stop = full.stops.get(position=3)
    assert move(stop, full, 4).stop.position == 4
