"""Orders are sent once and only once, by whom it concerns, and taken in whole."""

from typing import Any

import pytest

from delivery.models import Item, Order, Parcel
from delivery.orders.examples import ORDER
from tests.api import Machine
from tests.delivery.orders.sent import ORDERS, order
from tests.world import World

pytestmark = pytest.mark.usefixtures("at_eight")


def test_the_documented_example_is_taken_in_whole(world: World, lua: Machine) -> None:
    answer = lua.post(ORDERS, ORDER)

    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"] == f"/api/v1/orders/{body['id']}/"
    assert [c["seller"] for c in body["consignments"]] == ["Florista Lua", "Bodega Norte"]
    assert (Order.objects.count(), Parcel.objects.count(), Item.objects.count()) == (1, 3, 3)
    saved = Order.objects.get()
    assert (saved.merchant, saved.recipient.phone) == (world.florist, "+358401234567")
    # the cheese box has no sizes of its own: two cheeses of 400 g, 60 mm high, one upon the other
    cheese = Parcel.objects.get(reference="BOX-2")
    assert (cheese.weight_g, cheese.length_mm, cheese.width_mm, cheese.height_mm) == (
        800,
        120,
        120,
        120,
    )
    assert (cheese.is_cold, Parcel.objects.get(reference="BOX-1").min_age) == (True, 18)


def test_a_retry_gets_the_same_answer_and_makes_nothing(lua: Machine) -> None:
    first = lua.post(ORDERS, order(), key="k-1")
    again = lua.post(ORDERS, order(), key="k-1")

    assert (again.status_code, again.json()) == (201, first.json())
    assert (again["Idempotency-Replayed"], again["Location"]) == ("true", first["Location"])
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(lua: Machine) -> None:
    lua.post(ORDERS, order("A-1"), key="k-1")
    answer = lua.post(ORDERS, order("A-2"), key="k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_two_merchants_may_use_the_same_key(world: World, lua: Machine) -> None:
    ze = Machine(world.shop.organization)
    assert lua.post(ORDERS, order(), key="1").status_code == 201
    assert ze.post(ORDERS, order(), key="1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_without_a_usable_key_nothing_is_taken_in(lua: Machine, key: str) -> None:
    answer = lua.post(ORDERS, order(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Order.objects.exists()


def test_a_refusal_is_not_kept_so_the_mended_order_may_use_the_same_key(lua: Machine) -> None:
    assert lua.post(ORDERS, order(**{"address.country": "XX"}), key="k").status_code == 422
    assert lua.post(ORDERS, order(), key="k").status_code == 201


def test_the_same_reference_under_another_key_names_the_order_that_is_there(lua: Machine) -> None:
    first = lua.post(ORDERS, order()).json()
    answer = lua.post(ORDERS, order())
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["order"]) == ("order_already_exists", first["id"])


def test_a_parcel_that_only_some_vehicle_could_carry_is_left_to_planning(lua: Machine) -> None:
    sizes = {"weight_g": 70_000, "length_mm": 3_000, "width_mm": 1_500, "height_mm": 1_500}
    parts: dict[str, Any] = {
        f"consignments.0.parcels.0.{name}": value for name, value in sizes.items()
    }
    assert lua.post(ORDERS, order(**parts)).status_code == 201
