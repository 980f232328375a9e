"""Everybody sees and changes what is theirs, as far as their key goes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from delivery.models import Consignment, Order
from tests.api import Machine, codes
from tests.delivery.orders.sent import ORDERS, order
from tests.world import World

pytestmark = pytest.mark.usefixtures("at_eight")


def test_a_merchant_sees_its_own_orders_only(world: World) -> None:
    mine, other = world.order(), world.order(merchant=world.shop)
    ze = Machine(world.shop.organization)
    assert [o["id"] for o in ze.get(ORDERS).json()["results"]] == [str(other.pk)]
    foreign = ze.get(f"{ORDERS}{mine.pk}/")
    missing = ze.get(f"{ORDERS}019ab5a2-7c10-7d3e-9a41-0c2f6f1f5a01/")
    assert foreign.status_code == missing.status_code == 404
    assert _without_id(foreign.json()) == _without_id(missing.json())


def _without_id(body: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k != "request_id"}


def test_nobody_touches_anothers_consignment(world: World) -> None:
    mine = world.consignment("READY")
    ze = Machine(world.shop.organization)
    path = f"/api/v1/consignments/{mine.pk}/"
    answers = [
        ze.get(path),
        ze.get(f"{path}events/"),
        ze.patch(path, {"instructions": "x"}, If_Match='"1"'),
        ze.post(f"{ORDERS}{mine.order_id}/cancel/", {}),
    ]
    assert [a.status_code for a in answers] == [404] * 4
    assert Consignment.objects.get().status == "READY"


def test_a_key_does_what_its_scopes_say_and_no_more(world: World) -> None:
    made = world.consignment("READY")
    one, path = f"{ORDERS}{made.order_id}/", f"/api/v1/consignments/{made.pk}/"
    doors: dict[str, Callable[[Machine], Any]] = {
        "list": lambda m: m.get(ORDERS),
        "one": lambda m: m.get(one),
        "consignment": lambda m: m.get(path),
        "events": lambda m: m.get(f"{path}events/"),
        "create": lambda m: m.post(ORDERS, order("S-1")),
        "edit": lambda m: m.patch(
            path, {"instructions": "x"}, If_Match=f'"{Consignment.objects.get(pk=made.pk).version}"'
        ),
        "cancel": lambda m: m.post(f"{one}cancel/", {}),
    }
    allowed = {
        "orders:read": {"list", "one", "consignment"},
        "tracking:read": {"events"},
        "orders:write": {"create", "edit", "cancel"},
    }
    for scope, wanted in allowed.items():
        machine = Machine(world.florist.organization, [scope])
        answers = {name: door(machine).status_code for name, door in doors.items()}
        assert {n for n, status in answers.items() if status < 300} == wanted, (scope, answers)
        assert {s for n, s in answers.items() if n not in wanted} == {403}


def test_links_need_the_tracking_scope(world: World) -> None:
    made = world.order()
    reading = Machine(world.florist.organization, ["orders:read"])
    assert reading.get(f"{ORDERS}{made.pk}/").json()["consignments"][0]["tracking_url"] is None


def test_the_operators_machine_names_the_merchant(world: World) -> None:
    house = Machine(world.operator)
    assert codes(house.post(ORDERS, order())) == {"/merchant": "merchant_unknown"}
    assert codes(house.post(ORDERS, order(merchant="nobody"))) == {"/merchant": "merchant_unknown"}
    assert house.post(ORDERS, order(merchant="ze", channel="PHONE")).status_code == 201
    assert Order.objects.get().merchant == world.shop


def test_a_merchant_cannot_order_for_another(world: World, lua: Machine) -> None:
    assert codes(lua.post(ORDERS, order(merchant="ze"))) == {"/merchant": "merchant_unknown"}


def test_a_partner_sees_what_it_carries_without_the_recipients_link(world: World) -> None:
    carried = world.consignment("ACCEPTED")
    other = world.consignment("READY")
    client = Client()
    client.force_login(world.azul_manager)
    seen = client.get(f"/api/v1/consignments/{carried.pk}/")
    assert (seen.status_code, seen.json()["tracking_url"]) == (200, None)
    assert client.get(f"/api/v1/consignments/{other.pk}/").status_code == 404
    assert client.get(ORDERS).json()["results"] == []
