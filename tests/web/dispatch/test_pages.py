"""The console and the search, as the server writes them."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from couriers.assignment.actions import assign_one
from delivery.models import Hub
from delivery.orders.actions import NewAddress, NewRecipient
from routing.plans.models import Plan
from routing.routes.board import board_snapshot
from routing.routes.models import Stop
from tests import world as worlds
from tests.plans import publish, solve_day
from tests.world import NOW, TODAY, World
from web.dispatch import needs

SOUTH = {"address": NewAddress(line1="Testikatu 9", country="FI", lon=24.9384, lat=60.1675)}


@pytest.fixture
def world(db: None, time_machine: Any) -> World:
    """Return the small named world at NOW; the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


@pytest.fixture
def published(world: World) -> Callable[[], Plan]:
    """Return what solves the hub's day at once, as the worker would, and publishes it."""

    return lambda: publish(world, solve_day(world, seconds=1))


def start_of(html: str) -> Any:
    return json.loads(re.search(r'id="dispatch-start"[^>]*>(.*?)</script>', html, re.S).group(1))


def test_the_first_paint_holds_the_real_numbers(
    client: Client, world: World, published: Callable[[], Plan]
) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    published()
    waiting = world.consignment("READY")
    client.force_login(world.dispatcher)
    assert client.get("/dispatch/").headers["Location"] == "/dispatch/KAM/"
    html = client.get("/dispatch/KAM/").content.decode()
    shown = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    assert "0 of 3 stops done" in shown
    assert waiting.code in shown
    assert "Not assigned yet." in shown
    # Azul's couriers took the routes; the first has a row with its stops.
    assert shown.count("tl-stop") == 3
    start = start_of(html)
    assert start["stream"] == f"board:{world.hub.pk}"
    assert start["seq"] > 0
    assert [r["total"] for r in start["data"]["routes"]] == [
        len(r["stops"]) for r in start["data"]["routes"]
    ]


def test_many_late_stops_of_a_route_are_one_matter(
    client: Client, world: World, published: Callable[[], Plan]
) -> None:
    for _ in range(needs.TOGETHER + 1):
        world.consignment("ACCEPTED")
    published()
    Stop.objects.update(eta_at=F("planned_at") + timedelta(minutes=45))
    board = board_snapshot(world.reader(world.dispatcher), world.hub, TODAY)
    assert board is not None
    (group,) = needs.groups(board)
    assert (group.kind.key, group.count, len(group.rows)) == ("risk", 4, 1)
    client.force_login(world.dispatcher)
    html = client.get("/dispatch/KAM/").content.decode()
    assert "4 stops late, from stop 1 on" in html
    Stop.objects.order_by("position").first().delete()
    board = board_snapshot(world.reader(world.dispatcher), world.hub, TODAY)
    assert board is not None
    assert len(needs.groups(board)[0].rows) == 3


def test_offers_are_counted_by_partner_with_their_time(client: Client, world: World) -> None:
    for _ in range(2):
        assign_one(
            consignment_id=world.consignment("READY", **SOUTH).pk,
            partner=world.azul,
            now=NOW,
            reader=world.reader(world.dispatcher),
        )
    client.force_login(world.dispatcher)
    html = client.get("/dispatch/KAM/").content.decode()
    assert "2 offers wait for an answer" in html


def test_nobody_else_sees_the_console(client: Client, world: World) -> None:
    assert client.get("/dispatch/KAM/").status_code == 302  # to sign in
    for user in (world.packer, world.agent, world.lua, world.azul_manager, world.ana.user):
        client.force_login(user)
        assert client.get("/dispatch/").status_code == 403
        assert client.get("/dispatch/KAM/").status_code == 403


def test_an_unknown_hub_is_not_found_and_a_wrong_day_is_today(client: Client, world: World) -> None:
    client.force_login(world.dispatcher)
    assert client.get("/dispatch/XYZ/").status_code == 404
    for day in ("tomorrow", "2026-02-31", ""):
        html = client.get("/dispatch/KAM/", {"day": day}).content.decode()
        assert start_of(html)["data"]["day"] == "2026-11-21"
    html = client.get("/dispatch/KAM/", {"day": "2026-11-23"}).content.decode()
    assert start_of(html)["data"]["day"] == "2026-11-23"


def test_without_a_hub_the_page_says_what_to_do(client: Client, world: World) -> None:
    Hub.objects.update(is_active=False)
    client.force_login(world.dispatcher)
    answer = client.get("/dispatch/")
    assert answer.status_code == 404
    assert "There is no hub to dispatch from" in answer.content.decode()


def test_one_answer_of_the_search_opens_the_console_on_it(client: Client, world: World) -> None:
    consignment = world.consignment("READY")
    world.consignment("READY")
    client.force_login(world.dispatcher)
    parcel = consignment.parcels.get()
    for text in (consignment.code, consignment.order.code.lower(), parcel.code, "Testikatu 1"):
        answer = client.get("/search/", {"q": text})
        assert answer.headers["Location"] == (
            f"/dispatch/KAM/?day=2026-11-21&consignment={consignment.pk}"
        )


def test_phones_names_and_couriers_are_found(client: Client, world: World) -> None:
    found = world.consignment(
        "READY",
        recipient=NewRecipient(name="Quirina Quartz", phone="+358409998877"),
        address=NewAddress(line1="Zetagatan 3", country="FI", lon=24.9384, lat=60.1675),
    )
    world.consignment("READY")
    client.force_login(world.agent)  # support has no console: results without links
    for text in ("040 999 8877", "+358 40 999 8877", "quirina", "zetag"):
        html = client.get("/search/", {"q": text}).content.decode()
        assert html.count(found.code) == 1, text
        assert "/dispatch/KAM/" not in html
    assert "Vesa" in client.get("/search/", {"q": "ves"}).content.decode()
    assert "Nothing found" in client.get("/search/", {"q": "nothing like it"}).content.decode()


def test_a_partner_finds_its_own_only_and_by_no_name(client: Client, world: World) -> None:
    own = world.consignment("ACCEPTED")
    other = world.consignment("READY")
    client.force_login(world.azul_manager)
    assert own.code in client.get("/search/", {"q": own.code}).content.decode()
    html = client.get("/search/", {"q": other.code}).content.decode()
    assert "Nothing found" in html
    for text in ("Recipient 1", "+358401234567"):
        assert own.code not in client.get("/search/", {"q": text}).content.decode()
    assert "Vesa" not in re.sub(
        r"<input[^>]*>", "", client.get("/search/", {"q": "vesa"}).content.decode()
    ).replace("“vesa”", "")
