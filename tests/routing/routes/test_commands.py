"""What a courier's phone asks for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.ids import uuid7
from delivery.models import Attempt, Consignment, CustodyScan, Parcel, Proof, TrackingEvent
from routing.models import CourierCommand, Route, Stop, StopConsignment
from tests.routing.routes.conftest import Send
from tests.world import NOW, World

LATER = NOW + timedelta(hours=2)


def codes(stop: Stop) -> list[str]:
    return list(Parcel.objects.filter(consignment__stops__stop=stop).values_list("code", flat=True))


def statuses(route: Route) -> list[str]:
    rows = Consignment.objects.filter(stops__stop__route=route).order_by("stops__stop__position")
    return list(rows.values_list("status", flat=True))


def test_a_day_from_loading_to_the_door(route: Route, stops: list[Stop], send: Send) -> None:
    for stop in stops:
        for code in codes(stop):
            assert send("load_parcel", parcel=code).outcome == "applied"
    assert statuses(route) == ["LOADED"] * 3
    send("start_route", route=route.pk, at=NOW + timedelta(hours=1))
    assert statuses(route) == ["OUT_FOR_DELIVERY"] * 3
    send("arrive", stop=stops[0].pk, at=LATER)
    assert statuses(route)[0] == "ARRIVING"
    send("deliver", stop=stops[0].pk, at=LATER, data={"name": "Maria", "handed_to": "RECIPIENT"})
    send("deliver", stop=stops[1].pk, at=LATER)
    send("fail", stop=stops[2].pk, at=LATER, data={"why": "NOBODY_HOME"})
    assert statuses(route) == ["DELIVERED", "DELIVERED", "RESCHEDULED"]
    route.refresh_from_db()
    assert (route.state, route.finished_at) == (Route.State.DONE, LATER)
    assert Proof.objects.get().name == "Maria"
    assert not StopConsignment.objects.filter(is_active=True).exists()


def test_a_delivery_implies_what_comes_before_it(
    route: Route, stops: list[Stop], send: Send
) -> None:
    assert send("deliver", stop=stops[0].pk, at=LATER).outcome == "applied"
    route.refresh_from_db()
    stops[0].refresh_from_db()
    assert (route.state, route.started_at, stops[0].arrived_at) == (
        Route.State.RUNNING,
        LATER,
        LATER,
    )
    assert CustodyScan.objects.filter(kind="LOADED").count() == 1
    assert send("arrive", stop=stops[0].pk, at=LATER - timedelta(minutes=3)).outcome == "applied"
    stops[0].refresh_from_db()
    assert (stops[0].state, stops[0].arrived_at) == (Stop.State.DONE, LATER - timedelta(minutes=3))


def test_a_parcel_that_is_not_packed_is_named(route: Route, stops: list[Stop], send: Send) -> None:
    Parcel.objects.update(packaging="IN_PROGRESS")
    code = codes(stops[0])[0]
    answer = send("load_parcel", parcel=code)
    assert (answer.outcome, answer.code, answer.extra) == (
        "refused",
        "not_packed_yet",
        {"parcels": [code]},
    )
    assert code in answer.message
    assert not CustodyScan.objects.exists()
    # The bench mends it, and the same command goes through.
    Parcel.objects.update(packaging="PASSED")
    command = CourierCommand.objects.get()
    assert send("load_parcel", parcel=code, id=command.pk).outcome == "applied"


def test_the_same_command_twice_is_done_once(route: Route, stops: list[Stop], send: Send) -> None:
    command = uuid7()
    assert [send("deliver", stop=stops[0].pk, id=command).outcome for _ in range(3)] == [
        "applied",
        "duplicate",
        "duplicate",
    ]
    assert Attempt.objects.count() == 1


def test_a_stop_completed_twice_is_refused(route: Route, stops: list[Stop], send: Send) -> None:
    send("deliver", stop=stops[0].pk)
    answer = send("fail", stop=stops[0].pk, data={"why": "NOBODY_HOME"})
    assert (answer.outcome, answer.code) == ("refused", "stop_already_completed")
    assert statuses(route)[0] == "DELIVERED"


def test_another_courier_finds_no_such_stop(
    world: World, route: Route, stops: list[Stop], send: Send
) -> None:
    answer = send("deliver", stop=stops[0].pk, courier=world.vesa)
    missing = send("deliver", stop=uuid7(), courier=world.vesa)
    assert (answer.outcome, answer.code, answer.message) == (
        "refused",
        "not_on_your_routes",
        missing.message,
    )
    assert not Attempt.objects.exists()


def test_a_failure_needs_a_reason_and_changes_nothing_without(
    route: Route, stops: list[Stop], send: Send
) -> None:
    answer = send("fail", stop=stops[0].pk)
    assert answer.code == "reason_missing"
    stops[0].refresh_from_db()
    assert (stops[0].state, statuses(route)[0]) == (Stop.State.PENDING, "PLANNED")


@pytest.mark.parametrize(
    ("why", "status"),
    [("NOBODY_HOME", "RESCHEDULED"), ("REFUSED", "RETURNING"), ("MISSING", "ATTEMPT_FAILED")],
)
def test_what_follows_a_failure_depends_on_the_reason(
    route: Route, stops: list[Stop], send: Send, why: str, status: str
) -> None:
    send("fail", stop=stops[0].pk, data={"why": why})
    assert statuses(route)[0] == status


def test_a_rescheduled_consignment_waits_for_tomorrow(
    route: Route, stops: list[Stop], send: Send
) -> None:
    send("fail", stop=stops[0].pk, data={"why": "NOBODY_HOME"})
    consignment = Consignment.objects.get(stops__stop=stops[0])
    assert (consignment.due_on, consignment.window_start) == (NOW.date() + timedelta(days=1), None)
    send("back_at_hub", route=route.pk)
    consignment.refresh_from_db()
    assert consignment.status == "ACCEPTED"
    # The two that were never loaded are still at the hub and may be planned again.
    assert set(statuses(route)) == {"ACCEPTED"}


def test_loaded_but_not_delivered_comes_back_to_the_hub(
    route: Route, stops: list[Stop], send: Send
) -> None:
    send("load_parcel", parcel=codes(stops[0])[0])
    send("start_route", route=route.pk)
    send("back_at_hub", route=route.pk)
    assert statuses(route)[0] == "AT_HUB"
    assert Parcel.objects.get(code=codes(stops[0])[0]).holder == route.plan.hub.operator


COMMANDS = ("load0", "load1", "start", "arrive0", "deliver0", "arrive1", "fail1")


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(COMMANDS))
def test_any_order_of_commands_ends_in_the_same_state(
    route: Route, stops: list[Stop], send: Send, order: list[str]
) -> None:
    at = {name: NOW + timedelta(minutes=10 * n) for n, name in enumerate(COMMANDS, start=1)}
    what: dict[str, tuple[str, dict[str, Any]]] = {
        "load0": ("load_parcel", {"parcel": codes(stops[0])[0]}),
        "load1": ("load_parcel", {"parcel": codes(stops[1])[0]}),
        "start": ("start_route", {"route": route.pk}),
        "arrive0": ("arrive", {"stop": stops[0].pk}),
        "deliver0": ("deliver", {"stop": stops[0].pk}),
        "arrive1": ("arrive", {"stop": stops[1].pk}),
        "fail1": ("fail", {"stop": stops[1].pk, "data": {"why": "NOBODY_HOME"}}),
    }
    with transaction.atomic():
        for name in order:
            kind, more = what[name]
            assert send(kind, at=at[name], **more).outcome == "applied"
        state = Route.objects.get(pk=route.pk)
        found = list(state.stops.order_by("position").values_list("state", "arrived_at", "left_at"))
        ended = statuses(route)
        transaction.set_rollback(True)
    assert ended == ["DELIVERED", "RESCHEDULED", "PLANNED"]
    assert (state.state, state.started_at) == (Route.State.RUNNING, at["start"])
    assert found == [
        (Stop.State.DONE, at["arrive0"], at["deliver0"]),
        (Stop.State.FAILED, at["arrive1"], at["fail1"]),
        (Stop.State.PENDING, None, None),
    ]


def test_history_keeps_the_devices_time_and_the_servers(
    route: Route, stops: list[Stop], send: Send
) -> None:
    send("deliver", stop=stops[0].pk, at=NOW - timedelta(minutes=7))
    event = TrackingEvent.objects.get(status_to="DELIVERED")
    assert (event.occurred_at, event.received_at) == (NOW - timedelta(minutes=7), NOW)
