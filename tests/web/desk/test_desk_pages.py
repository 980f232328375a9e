"""The desk: a spoken order in, “where is it?” answered, unclear addresses settled."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.contrib.gis.geos import Point
from django.test import Client

from common.accounts.models import User
from delivery.hubs.slots import slots_on
from delivery.models import Address, Approach, Consignment, Order
from delivery.orders.actions import NewAddress, NewRecipient
from delivery.orders.queries import find_consignments
from tests.web.merchant.test_merchant_pages import as_person
from tests.world import DOORS, NOW, TODAY, World

NEW = "/desk/new/"


@pytest.fixture(autouse=True)
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sami(world: World) -> Client:
    return as_person(world.agent)


def spoken(world: World, **changes: Any) -> dict[str, Any]:
    """Return what the form sends for an ordinary call."""
    return {
        "command": "D1",
        "channel": "PHONE",
        "merchant": str(world.florist.pk),
        "name": "Aino Virtanen",
        "phone": "040 123 4567",
        "line1": "Mannerheimintie 10",
        "country": "FI",
        "item": "Roses",
        "parcels": "2",
        "size": "FLOWERS",
        "is_fragile": "on",
        "day": "2026-11-22",
        "slot": "10-12",
    } | changes


@pytest.mark.parametrize("channel", ["PHONE", "WHATSAPP", "STORE"])
def test_a_spoken_order_is_taken_in_and_read_back(world: World, sami: Client, channel: str) -> None:
    answer = sami.post(NEW, spoken(world, channel=channel), follow=True)
    page = answer.content.decode()

    order = Order.objects.get()
    consignment = order.consignments.get()
    # 10 to 12 in Helsinki (UTC+2) on the 22nd
    assert consignment.window_start == NOW.replace(day=22, hour=8)
    assert (order.channel, order.merchant, order.recipient.phone) == (
        channel,
        world.florist,
        "+358401234567",
    )
    assert (consignment.parcels.count(), consignment.parcels.first().is_fragile) == (2, True)
    for said in (
        consignment.code,
        "Tomorrow, 10:00-12:00",
        "Aino Virtanen",
        "Mannerheimintie 10",
        "/t/",
    ):
        assert said in page


def test_an_unclear_address_is_said_while_the_caller_is_on_the_line(
    world: World, sami: Client
) -> None:
    clear = sami.post(NEW, spoken(world), follow=True).content.decode()
    unclear = sami.post(NEW, spoken(world, command="D2", line1="Nowhere Lane 999"), follow=True)
    assert "Settle it while the caller is on the line." not in clear
    assert "Settle it while the caller is on the line." in unclear.content.decode()
    statuses = Consignment.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["READY", "ADDRESS_REVIEW"]


def test_a_form_sent_twice_makes_one_order_and_shows_it(world: World, sami: Client) -> None:
    first, again = (sami.post(NEW, spoken(world)) for _ in range(2))
    assert first["Location"] == again["Location"]
    assert Order.objects.count() == 1


def test_each_new_form_is_a_new_order(world: World, sami: Client) -> None:
    commands = {sami.get(NEW).context["form"].initial["command"] for _ in range(3)}
    assert len(commands) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": "12"}, "phone"),
        ({"country": "XX"}, "country"),
        ({"line1": ""}, "line1"),
        ({"day": "2026-11-21", "slot": "8-10"}, "slot"),
        ({"day": "2026-11-20"}, "day"),
        ({"slot": "3-5"}, "slot"),
        ({"parcels": "0"}, "parcels"),
        ({"item": "x\x00"}, "item"),
    ],
)
def test_what_was_misheard_is_said_beside_its_field_and_nothing_is_lost(
    world: World, sami: Client, changes: dict[str, str], field: str
) -> None:
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        answer = sami.post(NEW, spoken(world, **changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert 'value="Roses"' in answer.content.decode() or field == "item"
    assert not Order.objects.exists()


def test_a_hub_offers_the_windows_that_can_still_be_kept(world: World) -> None:
    # it is 8:00 in Helsinki: a window that starts now is too near, 10-12 is the first
    assert [s.key for s in slots_on(world.hub, TODAY, NOW)] == [
        "10-12",
        "12-14",
        "14-16",
        "16-18",
        "18-20",
    ]
    assert slots_on(world.hub, TODAY, NOW + timedelta(hours=12)) == []
    tomorrow = slots_on(world.hub, TODAY + timedelta(days=1), NOW)
    assert (tomorrow[0].key, tomorrow[0].start) == ("8-10", NOW + timedelta(days=1))


@pytest.fixture
def lost(world: World) -> Consignment:
    """Return the consignment that people call about."""
    return world.consignment(
        "OUT_FOR_DELIVERY",
        external_ref="SHOP-77",
        recipient=NewRecipient(name="Helmi Nieminen", phone="+358409998877"),
        address=NewAddress(
            line1="Aleksanterinkatu 52",
            city="Helsinki",
            country="FI",
            lon=DOORS[0][0],
            lat=DOORS[0][1],
        ),
    )


@pytest.mark.parametrize(
    "how",
    [
        "{code}",
        "{lower}",
        "{spaced}",
        "{parcel}",
        "{order}",
        "SHOP-77",
        "shop-77",
        "+358 40 999 8877",
        "040 9998877",
        "helmi",
        "aleksanterin",
    ],
)
def test_it_is_found_however_the_caller_says_it(
    world: World, sami: Client, lost: Consignment, how: str
) -> None:
    world.consignment("READY")
    text = how.format(
        code=lost.code,
        lower=lost.code.lower(),
        spaced=f"{lost.code[:4]} {lost.code[4:]}",
        parcel=lost.parcels.get().code,
        order=lost.order.code,
    )
    found = sami.get("/desk/", {"q": text}).context["found"]
    assert [f["c"].pk for f in found] == [lost.pk]


@pytest.mark.parametrize("text", ["", "   ", "nobody at all", "12", "%", "_"])
def test_what_fits_nothing_or_everything_finds_nothing(
    sami: Client, lost: Consignment, text: str
) -> None:
    assert sami.get("/desk/", {"q": text}).context["found"] == []


def test_the_answer_is_there_in_one_look(sami: Client, lost: Consignment) -> None:
    Approach.objects.create(consignment=lost, eta_at=NOW + timedelta(hours=2), stops_before=3)
    page = sami.get("/desk/", {"q": "SHOP-77"}).content.decode()
    for said in (
        "Out for delivery",
        "Expected: ",
        "Today, 10:00",
        "3 stops before it",
        "Helmi Nieminen",
        "Azul",
        "Order received",
    ):
        assert said in page


def test_each_reader_finds_within_what_is_theirs(world: World, lost: Consignment) -> None:
    other = world.order(external_ref="SHOP-77", merchant=world.shop).consignments.get()

    def found(user: User) -> set[UUID]:
        return {c.pk for c in find_consignments(world.reader(user), "SHOP-77")}

    assert found(world.lua) == {lost.pk}
    assert found(world.azul_manager) == {lost.pk}
    assert found(world.agent) == {lost.pk, other.pk}
    assert found(world.ana.user) == set()


def test_a_caller_is_promised_another_time(world: World, sami: Client) -> None:
    waiting = world.consignment("READY")
    path = f"/desk/consignments/{waiting.pk}/window/"
    page = sami.get("/desk/", {"q": waiting.code})
    version = page.context["found"][0]["form"].initial["version"]
    new_time = {"version": version, "day": "2026-11-22", "slot": "14-16"}

    done = sami.post(path, new_time, follow=True).content.decode()
    late = sami.post(path, new_time | {"slot": "8-10"}, follow=True).content.decode()

    assert "The new time is promised." in done
    assert "Tomorrow, 14:00-16:00" in done
    assert "Somebody changed this since you opened it" in late
    waiting.refresh_from_db()
    assert waiting.window_start == NOW.replace(day=22, hour=12)


@pytest.mark.parametrize("sent", [{}, {"slot": "3-5"}, {"day": "2026-11-20"}, {"version": "x"}])
def test_a_time_that_cannot_be_promised_changes_nothing(
    world: World, sami: Client, sent: dict[str, str]
) -> None:
    waiting = world.consignment("READY")
    good = {"version": str(waiting.version), "day": "2026-11-22", "slot": "14-16"}
    answer = sami.post(
        f"/desk/consignments/{waiting.pk}/window/", good | sent if sent else {}, follow=True
    )
    assert len(answer.context["messages"]) == 1
    waiting.refresh_from_db()
    assert waiting.window_start is None


def test_nobody_else_promises_times(world: World) -> None:
    waiting = world.consignment("READY")
    for user in (world.lua, world.azul_manager, world.packer):
        assert (
            as_person(user).post(f"/desk/consignments/{waiting.pk}/window/", {}).status_code == 403
        )


@pytest.fixture
def unclear(world: World) -> Address:
    """Return an address that waits for a person, with two candidates."""
    consignment = world.order(
        address=NewAddress(line1="Manerheimin tie", city="Helsinki", country="FI")
    ).consignments.get()
    Consignment.objects.filter(pk=consignment.pk).update(status="ADDRESS_REVIEW")
    address = consignment.address
    address.review_reason = "only_street"
    address.candidates = [
        {
            "label": "Mannerheimintie 10, Helsinki",
            "lon": DOORS[0][0],
            "lat": DOORS[0][1],
            "accuracy": "HOUSE",
            "score": 0.7,
        },
        {
            "label": "Mannerheimintie 12, Helsinki",
            "lon": DOORS[1][0],
            "lat": DOORS[1][1],
            "accuracy": "HOUSE",
            "score": 0.6,
        },
    ]
    address.save()
    return address


def test_an_unclear_address_is_shown_with_what_it_may_be(sami: Client, unclear: Address) -> None:
    page = sami.get("/desk/addresses/").content.decode()
    for said in (
        "Manerheimin tie, Helsinki",
        "the house number is not",
        "Mannerheimintie 12, Helsinki",
    ):
        assert said in page
    assert "1 address waits for a look" in sami.get("/desk/").content.decode()


@pytest.mark.parametrize(
    ("sent", "point"),
    [
        ({"choice": f"{DOORS[1][0]},{DOORS[1][1]}"}, DOORS[1]),
        ({"lon": str(DOORS[2][0]), "lat": str(DOORS[2][1])}, DOORS[2]),
        (
            {
                "choice": f"{DOORS[1][0]},{DOORS[1][1]}",
                "lon": str(DOORS[2][0]),
                "lat": str(DOORS[2][1]),
            },
            DOORS[2],
        ),
    ],
)
def test_a_choice_or_a_pin_settles_it_and_the_parcel_goes_on(
    sami: Client, unclear: Address, sent: dict[str, str], point: tuple[float, float]
) -> None:
    sami.post(f"/desk/addresses/{unclear.pk}/", sent)
    unclear.refresh_from_db()
    assert (unclear.accuracy, unclear.line1) == ("PIN", "Manerheimin tie")
    assert unclear.point == Point(*point, srid=4326)
    assert Consignment.objects.get().status == "READY"


@pytest.mark.parametrize(
    "sent",
    [{}, {"choice": "x"}, {"lon": "24.94"}, {"lon": "0", "lat": "0"}, {"lon": "999", "lat": "1"}],
)
def test_a_pin_that_cannot_be_is_refused_in_words(
    sami: Client, unclear: Address, sent: dict[str, str]
) -> None:
    answer = sami.post(f"/desk/addresses/{unclear.pk}/", sent, follow=True)
    assert len(answer.context["messages"]) == 1
    assert Consignment.objects.get().status == "ADDRESS_REVIEW"


def test_a_merchant_settles_nothing(world: World, unclear: Address) -> None:
    assert as_person(world.lua).post(f"/desk/addresses/{unclear.pk}/", {}).status_code == 403
