"""What a merchant sees and does on its pages, and that it sees nobody else's."""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.accounts.models import User
from delivery.intake.models import CsvImport
from delivery.models import Consignment, Order
from tests.delivery.intake.test_csv_import import GOOD, HEADER
from tests.jobs import run_jobs
from tests.world import NOW, World

IMPORTS = "/merchant/imports/"


@pytest.fixture(autouse=True)
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def as_person(user: User) -> Client:
    """Return a client that is signed in."""
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, *lines: str, **fields: str) -> str:
    """Upload a file and return the address of its preview."""
    file = SimpleUploadedFile("orders.csv", "\n".join([HEADER, *lines]).encode())
    answer = client.post(IMPORTS, {"file": file, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_the_list_has_the_merchants_orders_newest_first(world: World) -> None:
    world.order(external_ref="OLD-1")
    world.order(external_ref="NEW-2")
    world.order(external_ref="ZE-3", merchant=world.shop)
    page = as_person(world.lua).get("/merchant/").content.decode()
    assert 0 < page.index("NEW-2") < page.index("OLD-1")
    assert "ZE-3" not in page


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("q=old-1", True),
        ("q=Recipient+1", True),
        ("q=nobody", False),
        ("view=open", True),
        ("view=delivered", False),
    ],
)
def test_the_list_can_be_narrowed(world: World, query: str, there: bool) -> None:
    world.order(external_ref="OLD-1")
    page = as_person(world.lua).get(f"/merchant/?{query}").content.decode()
    assert ("OLD-1</a>" in page) is there


def test_a_long_list_is_paged_without_gaps(world: World) -> None:
    for n in range(53):
        world.order(external_ref=f"N-{n:02}")
    client = as_person(world.lua)
    first = client.get("/merchant/")
    rest = client.get(f"/merchant/?before={first.context['next']}")
    shown = [o.external_ref for page in (first, rest) for o in page.context["orders"]]
    assert shown == [f"N-{n:02}" for n in reversed(range(53))]
    assert rest.context["next"] is None


def test_one_order_shows_its_parts_and_can_be_cancelled(world: World) -> None:
    order = world.order(external_ref="OLD-1")
    client = as_person(world.lua)
    path = f"/merchant/orders/{order.pk}/"
    page = client.get(path).content.decode()
    assert order.consignments.get().code in page
    assert "/t/" in page
    client.post(f"{path}cancel/")
    assert Consignment.objects.get().status == "CANCELLED"
    assert "Cancel the order" not in client.get(path).content.decode()


def test_what_has_left_is_not_cancelled_and_the_page_says_why(world: World) -> None:
    consignment = world.consignment("LOADED")
    client = as_person(world.lua)
    answer = client.post(f"/merchant/orders/{consignment.order_id}/cancel/", follow=True)
    assert "left already" in answer.content.decode()
    assert Consignment.objects.get().status == "LOADED"


def test_another_merchants_pages_are_not_there(world: World) -> None:
    order = world.order(merchant=world.shop)
    house = as_person(world.agent)
    file = upload(house, GOOD, merchant=str(world.shop.pk))
    client = as_person(world.lua)
    answers = [
        client.get(f"/merchant/orders/{order.pk}/"),
        client.post(f"/merchant/orders/{order.pk}/cancel/"),
        client.get(file),
        client.post(f"{file}confirm/"),
        client.post(f"{file}discard/"),
        client.get(f"{file}bad-rows.csv"),
    ]
    assert [a.status_code for a in answers] == [404] * 6


@pytest.mark.parametrize(
    "path", ["/merchant/", IMPORTS, "/desk/", "/desk/new/", "/desk/addresses/"]
)
def test_a_courier_and_a_stranger_stay_outside(world: World, path: str) -> None:
    assert Client().get(path)["Location"].startswith("/login/")
    assert as_person(world.ana.user).get(path).status_code == 403


def test_a_file_goes_from_upload_over_preview_to_orders(world: World) -> None:
    client = as_person(world.lua)
    bad = GOOD.replace("A-1", "A-2").replace("700", "heavy")
    path = upload(client, GOOD, bad)
    preview = client.get(path).content.decode()
    assert "Take 1 order in" in preview
    assert "“heavy” is not a number." in preview
    assert not Order.objects.exists()
    assert b"heavy" in client.get(f"{path}bad-rows.csv").content

    client.post(f"{path}confirm/")
    assert "being taken in" in client.get(path).content.decode()
    run_jobs("take_in")
    assert "1 order is in" in client.get(path).content.decode()
    assert Order.objects.get().external_ref == "A-1"

    again = client.get(upload(client, GOOD)).content.decode()
    assert "Already here, stays as it is" in again
    assert "orders in</button>" not in again


def test_a_file_that_is_no_csv_says_what_to_do(world: World) -> None:
    client = as_person(world.lua)
    answer = client.post(
        IMPORTS, {"file": SimpleUploadedFile("o.xlsx", b"PK\x03\x04 rest")}, follow=True
    )
    assert "choose “Save as”, then CSV" in answer.content.decode()


@pytest.mark.parametrize(("content", "sentence"), [(b"", "This file is empty"), (None, "required")])
def test_no_file_and_an_empty_file_are_said_so(
    world: World, content: bytes | None, sentence: str
) -> None:
    data = {} if content is None else {"file": SimpleUploadedFile("o.csv", content)}
    answer = as_person(world.lua).post(IMPORTS, data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_columns_that_are_not_known_are_named(world: World) -> None:
    client = as_person(world.lua)
    file = SimpleUploadedFile("o.csv", f"{HEADER},Colour\n{GOOD},red".encode("utf-16"))
    page = client.get(client.post(IMPORTS, {"file": file})["Location"]).content.decode()
    assert "These columns are not known and stay out: Colour." in page
    assert "Read as UTF-16" in page


def test_thrown_away_is_gone(world: World) -> None:
    client = as_person(world.lua)
    path = upload(client, GOOD)
    client.post(f"{path}discard/")
    assert CsvImport.objects.get().state == "DISCARDED"
    assert "Take 1 order in" not in client.get(path).content.decode()


def test_what_a_file_says_is_text_on_the_page(world: World) -> None:
    client = as_person(world.lua)
    page = client.get(
        upload(client, GOOD.replace("Aino", "<script>alert(1)</script>"))
    ).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
