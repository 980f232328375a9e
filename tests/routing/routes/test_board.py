"""A hub's day on one page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.client import Client
from django.test.utils import CaptureQueriesContext

from common.live import queries as streams
from couriers.models import LastPosition
from delivery.models import Approach, Parcel
from routing.models import Plan, Route, Stop
from routing.routes import board, etas
from tests.routing.routes.conftest import Send
from tests.world import NOW, TODAY, World


def snapshot(world: World) -> dict[str, Any]:
    found = board.board_snapshot(world.reader(world.dispatcher), world.hub, TODAY)
    assert found is not None
    return found


def test_a_board_costs_at_most_twelve_queries(world: World, route: Route) -> None:
    for status in ("ADDRESS_REVIEW", "READY", "OFFERED", "ACCEPTED"):
        world.consignment(status)
    reader = world.reader(world.dispatcher)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        board.board_snapshot(reader, world.hub, TODAY)
    assert len(queries) <= 12, [q["sql"][:90] for q in queries]


def test_the_board_shows_routes_and_what_waits(world: World, route: Route) -> None:
    late = world.consignment("ACCEPTED")
    found = snapshot(world)
    assert [r["id"] for r in found["routes"]] == [route.pk]
    assert [s["position"] for s in found["routes"][0]["stops"]] == [1, 2, 3]
    assert len(found["routes"][0]["line"]) >= 2
    assert [(w["id"], w["why"]["reasons"][0]["code"]) for w in found["waiting"]] == [
        (late.pk, "came_later")
    ]
    assert found["counts"] == {"PLANNED": 3, "ACCEPTED": 1}


def test_a_left_out_consignment_says_why(world: World, solved: Callable[..., Plan]) -> None:
    mine = world.consignment("ACCEPTED")
    other = world.consignment("ACCEPTED")
    other.partner = world.verde.organization
    other.save()
    world.vesa.shifts.update(is_active=False)
    solved()
    why = {w["id"]: w["why"] for w in snapshot(world)["waiting"]}
    assert (
        why[other.pk]["reasons"][0]["sentence"]
        == "Verde has no shift at this hub that can still start."
    )
    assert why[mine.pk] is None


def test_only_dispatchers_see_a_board(world: World, route: Route) -> None:
    for person in (world.azul_manager, world.packer, world.lua, world.ana.user):
        assert board.board_snapshot(world.reader(person), world.hub, TODAY) is None


def test_the_polling_twin_answers_304_until_something_happens(
    world: World, route: Route, send: Send, client: Client
) -> None:
    client.force_login(world.dispatcher)
    url = f"/api/v1/board/{world.hub.pk}/?day={TODAY}"
    first = client.get(url)
    assert first.status_code == 200
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    send("start_route", route=route.pk)
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["data"]["routes"][0]["state"] == "RUNNING"


def test_the_boards_stream_tells_a_step_that_the_snapshot_then_shows(
    world: World, route: Route, stops: list[Stop], send: Send
) -> None:
    reader = world.reader(world.dispatcher)
    stream = f"board:{world.hub.pk}"
    opening = streams.opening_frames(reader, stream, "", None)
    assert opening is not None
    before = opening[0]
    send("deliver", stop=stops[0].pk)
    frames = streams.opening_frames(reader, stream, before["epoch"], before["seq"])
    assert frames is not None
    assert [f["seq"] for f in frames[1:]] == list(
        range(before["seq"] + 1, before["seq"] + len(frames))
    )
    # Old snapshot and events: the last word on each stop and consignment is what a new snapshot shows.
    shown = {str(s["id"]): s["state"] for s in before["data"]["routes"][0]["stops"]}
    for frame in frames[1:]:
        if frame["event"] == "route.progress":
            shown |= {k: v["state"] for k, v in frame["data"]["stops"].items()}
    assert shown == {str(s["id"]): s["state"] for s in snapshot(world)["routes"][0]["stops"]}


def test_a_courier_forty_minutes_behind_shows_as_late(
    world: World, route: Route, stops: list[Stop], send: Send
) -> None:
    start = route.planned_start_at
    send("start_route", route=route.pk, at=start)
    window_end = stops[0].planned_at + timedelta(minutes=10)
    Stop.objects.filter(pk=stops[0].pk).update(window_start=start, window_end=window_end)
    later = stops[0].planned_at + timedelta(minutes=40)
    etas.refresh_etas(route_id=route.pk, now=later)
    found = snapshot(world)
    # Nobody knows where the courier is: as of now the first stop is reached now, 40 minutes behind.
    assert found["routes"][0]["late_s"] == 40 * 60
    assert found["at_risk"][0]["stop"] == stops[0].pk
    assert found["at_risk"][0]["late_s"] == 30 * 60


def test_a_position_tells_how_far_the_next_stop_still_is(
    world: World, route: Route, stops: list[Stop], send: Send
) -> None:
    send("start_route", route=route.pk, at=NOW)
    now = NOW + timedelta(minutes=5)
    LastPosition.objects.create(courier=route.shift.courier, recorded_at=now, point=stops[0].point)
    etas.follow_courier(courier_id=route.shift.courier_id, now=now)
    stops[0].refresh_from_db()
    assert stops[0].eta_at == now  # at the door already
    # Within 30 s another position changes nothing.
    LastPosition.objects.update(point=Point(24.99, 60.2, srid=4326))
    etas.follow_courier(courier_id=route.shift.courier_id, now=now + timedelta(seconds=20))
    stops[0].refresh_from_db()
    assert stops[0].eta_at == now


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_courier_shows_to_the_next_recipients_only_and_roughly(
    world: World, route: Route, stops: list[Stop], send: Send, number: int
) -> None:
    LastPosition.objects.create(
        courier=route.shift.courier, recorded_at=NOW, point=Point(24.94056, 60.17044, srid=4326)
    )
    for code in Parcel.objects.values_list("code", flat=True):
        send("load_parcel", parcel=code)
    send("start_route", route=route.pk)
    send("deliver", stop=stops[0].pk)
    approach = Approach.objects.get(consignment__stops__stop=stops[number])
    if number == 0:
        assert approach.courier_point is None
    else:
        assert (approach.courier_point.x, approach.courier_point.y) == (24.941, 60.17)
