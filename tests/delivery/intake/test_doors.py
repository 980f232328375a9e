"""Every door of orders and files against everybody who might knock: the table says what each gets."""

import json
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from common.accounts.models import Role, User
from delivery.intake import actions as intake
from delivery.intake.urls import urlpatterns as intake_doors
from delivery.models import Consignment, Order
from delivery.orders.urls import urlpatterns as order_doors
from tests.delivery.intake.test_csv_import import GOOD, HEADER
from tests.world import NOW, World, person

ACTORS = ("stranger", "courier", "packer", "partner", "other merchant", "merchant", "agent")
# 0: may ask, and sees none of the merchant's. 1: sees them. Otherwise the status. What is made up gets the same 404 as what is another's.
TABLE: dict[tuple[str, str], tuple[int, int, int, int, int, int, int]] = {
    ("GET", "api/v1/orders/"): (401, 0, 1, 0, 0, 1, 1),
    ("POST", "api/v1/orders/"): (401, 403, 403, 403, 422, 422, 422),
    ("GET", "api/v1/orders/<uuid:order_id>/"): (401, 404, 200, 404, 404, 200, 200),
    ("POST", "api/v1/orders/<uuid:order_id>/cancel/"): (401, 403, 403, 403, 404, 200, 200),
    ("GET", "api/v1/consignments/<uuid:consignment_id>/"): (401, 404, 200, 404, 404, 200, 200),
    ("PATCH", "api/v1/consignments/<uuid:consignment_id>/"): (401, 403, 403, 403, 404, 428, 428),
    ("GET", "api/v1/consignments/<uuid:consignment_id>/events/"): (401, 404, 200, 404, 404, 200, 200),
    ("GET", "api/v1/imports/"): (401, 403, 403, 403, 0, 1, 1),
    ("POST", "api/v1/imports/"): (401, 403, 403, 403, 415, 415, 422),
    ("GET", "api/v1/imports/<uuid:import_id>/"): (401, 403, 403, 403, 404, 200, 200),
    ("GET", "api/v1/imports/<uuid:import_id>/rows/"): (401, 403, 403, 403, 404, 1, 1),
    ("GET", "api/v1/imports/<uuid:import_id>/bad-rows.csv"): (401, 403, 403, 403, 404, 200, 200),
    ("POST", "api/v1/imports/<uuid:import_id>/confirm/"): (401, 403, 403, 403, 404, 202, 202),
    ("POST", "api/v1/imports/<uuid:import_id>/discard/"): (401, 403, 403, 403, 404, 200, 200),
    ("GET", "docs/orders-example.csv"): (200,) * 7,
}  # fmt: skip


def test_the_table_has_every_door() -> None:
    routes = {str(p.pattern) for p in [*order_doors, *intake_doors]}
    assert routes == {route for _, route in TABLE}
    assert get_resolver().resolve("/api/v1/orders/")


def _who(world: World) -> dict[str, User | None]:
    return {
        "stranger": None,
        "courier": world.ana.user,
        "packer": world.packer,
        "partner": world.azul_manager,
        "other merchant": person("Zeca", world.shop.organization, Role.MERCHANT),
        "merchant": world.lua,
        "agent": world.agent,
    }


@pytest.mark.parametrize(("method", "route"), TABLE)
@pytest.mark.parametrize("actor", ACTORS)
def test_each_gets_what_the_table_says(world: World, method: str, route: str, actor: str) -> None:
    consignment = world.consignment("READY")
    content = "\n".join([HEADER, GOOD]).encode()
    file = intake.open_import(merchant=world.florist, filename="a.csv", content=content, now=NOW)
    ids = {"order_id": consignment.order_id, "consignment_id": consignment.pk, "import_id": file.pk}
    client = Client()
    if user := _who(world)[actor]:
        client.force_login(user)

    def ask(values: dict[str, Any]) -> Any:
        path = re.sub(r"<uuid:(\w+)>", lambda m: str(values[m[1]]), route)
        return client.generic(
            method,
            f"/{path}",
            "{}",
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    answer = ask(ids)
    expected = TABLE[method, route][ACTORS.index(actor)]
    if expected in {0, 1}:
        assert (answer.status_code, bool(answer.json()["results"])) == (200, bool(expected))
    else:
        assert answer.status_code == expected, answer.content
    if expected == 404:
        missing = ask({name: uuid.uuid4() for name in ids})
        bodies = [json.loads(a.content) | {"request_id": ""} for a in (answer, missing)]
        assert bodies[0] == bodies[1]
    if expected >= 400:
        assert Consignment.objects.get().status == "READY"
        assert Order.objects.count() == 1
