"""The REST door of order files."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from delivery.models import Order
from tests.api import Machine, codes
from tests.delivery.intake.test_csv_import import GOOD, HEADER, at_eight  # noqa: F401
from tests.jobs import run_jobs
from tests.world import World

IMPORTS = "/api/v1/imports/"
BAD = GOOD.replace("A-1", "A-2").replace("700", "heavy")


@pytest.fixture
def lua(world: World) -> Machine:
    return Machine(world.florist.organization)


def send(machine: Machine, *lines: str, key: str = "k", **fields: str) -> Any:
    """Upload a file."""
    file = SimpleUploadedFile("orders.csv", "\n".join([HEADER, *lines]).encode())
    return machine.client.post(
        IMPORTS,
        {"file": file, **fields},
        headers={"Authorization": f"Bearer {machine.text}", "Idempotency-Key": key},
    )


def test_a_file_goes_from_upload_to_orders(lua: Machine) -> None:
    made = send(lua, GOOD, BAD)
    assert made.status_code == 201, made.content
    path = made["Location"]
    assert made.json()["orders"] == {"good": 1, "bad": 1, "known": 0, "taken": 0}

    rows = lua.get(f"{path}rows/").json()["results"]
    assert [(r["external_ref"], [p["column"] for p in r["problems"]]) for r in rows] == [
        ("A-1", []),
        ("A-2", ["weight_g"]),
    ]
    assert [r["external_ref"] for r in lua.get(f"{path}rows/?only=bad").json()["results"]] == [
        "A-2"
    ]
    download = lua.get(f"{path}bad-rows.csv")
    assert (download["Content-Type"], b"heavy" in download.content) == (
        "text/csv; charset=utf-8",
        True,
    )

    assert lua.post(f"{path}confirm/", "").status_code == 202
    run_jobs("take_in")
    assert lua.get(path).json()["orders"]["taken"] == 1
    assert lua.get(path).json()["state"] == "DONE"


def test_an_upload_that_is_sent_again_is_kept_once(lua: Machine) -> None:
    first, again = send(lua, GOOD), send(lua, GOOD)
    assert first.json() == again.json()
    assert len(lua.get(IMPORTS).json()["results"]) == 1


def test_a_form_without_a_file_is_said_so(lua: Machine) -> None:
    headers = {"Authorization": f"Bearer {lua.text}", "Idempotency-Key": "k"}
    assert codes(lua.client.post(IMPORTS, {"merchant": "lua"}, headers=headers)) == {
        "/file": "required"
    }


def test_json_is_not_a_file(lua: Machine) -> None:
    assert lua.post(IMPORTS, {}).status_code == 415


def test_a_file_of_another_merchant_is_not_there(world: World, lua: Machine) -> None:
    path = send(lua, GOOD)["Location"]
    ze = Machine(world.shop.organization)
    answers = [
        ze.get(path),
        ze.get(f"{path}rows/"),
        ze.get(f"{path}bad-rows.csv"),
        ze.post(f"{path}confirm/", ""),
        ze.post(f"{path}discard/", ""),
    ]
    assert [a.status_code for a in answers] == [404] * 5
    assert not ze.get(IMPORTS).json()["results"]
    assert not Order.objects.exists()


def test_a_file_can_be_thrown_away(lua: Machine) -> None:
    path = send(lua, GOOD)["Location"]
    assert lua.post(f"{path}discard/", "").json()["state"] == "DISCARDED"
    refused = lua.post(f"{path}confirm/", "")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_ready")


def test_a_key_that_may_only_read_orders_uploads_nothing(world: World) -> None:
    assert send(Machine(world.florist.organization, ["orders:read"]), GOOD).status_code == 403


def test_the_operators_key_names_the_merchant(world: World) -> None:
    house = Machine(world.operator)
    assert send(house, GOOD, key="1").status_code == 422
    assert send(house, GOOD, key="2", merchant="ze").json()["merchant"] == "ze"


def test_the_example_file_can_be_uploaded_as_it_is(lua: Machine) -> None:
    example = lua.client.get("/docs/orders-example.csv")
    made = lua.client.post(
        IMPORTS,
        {"file": SimpleUploadedFile("orders-example.csv", example.content)},
        headers={"Authorization": f"Bearer {lua.text}", "Idempotency-Key": "k"},
    )
    assert made.json()["orders"] == {"good": 1, "bad": 0, "known": 0, "taken": 0}
    assert made.json()["ignored_columns"] == []
