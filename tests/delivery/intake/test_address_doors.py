"""The doors of addresses: search, spot, review, pin."""

from uuid import uuid4

import pytest

from common.geo.models import MapExtract
from delivery.intake.geocoding.actions import locate_address
from delivery.intake.geocoding.reasons import ReviewReason
from delivery.models import Consignment
from delivery.orders.actions import NewAddress
from delivery.orders.status import Status
from tests.couriers.doors import Door
from tests.world import NOW, World


@pytest.fixture
def mapped(world: World, demo_map: MapExtract) -> World:
    return world


@pytest.fixture
def waiting(mapped: World) -> Consignment:
    """Return a consignment whose address was understood as a street only."""
    typed = NewAddress(line1="Mikonkatu 999", city="Helsinki", country="FI")
    consignment = mapped.order(address=typed).consignments.get()
    locate_address(address_id=consignment.address_id, now=NOW)
    consignment.refresh_from_db()
    return consignment


def test_the_desk_finds_an_address_while_it_is_typed(mapped: World) -> None:
    desk = Door(mapped.agent)
    for typed in ("Mikonk", "Mikonkatu", "Mikonkatu 1", "mikonkat 18"):
        results = desk.get("addresses/search/", q=typed).json()["results"]
        assert results[0]["street"] == "Mikonkatu"
    assert (results[0]["accuracy"], results[0]["number"]) == ("HOUSE", "18")
    assert results[0]["lon"] == pytest.approx(24.945, abs=0.001)


@pytest.mark.parametrize("typed", ["", "   ", "xyzzy"])
def test_a_search_without_an_answer_is_an_empty_list(mapped: World, typed: str) -> None:
    answer = Door(mapped.agent).get("addresses/search/", q=typed)
    assert (answer.status_code, answer.json()) == (200, {"results": []})


def test_a_search_without_a_text_says_so(mapped: World) -> None:
    answer = Door(mapped.agent).get("addresses/search/")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/q")


def test_a_pin_on_a_house_names_it(mapped: World) -> None:
    spot = Door(mapped.agent).get("addresses/spot/", lon=24.94502, lat=60.17225).json()
    assert spot["address"]["label"].startswith("Mikonkatu 18")
    assert (spot["problem"], spot["road_distance_m"] < 300) == ("", True)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (0, 0, "coordinates_zero"),
        (60.172, 24.945, "coordinates_swapped"),
        (24.9051, 60.163, "far_from_road"),
    ],
)
def test_a_pin_where_no_parcel_can_go_is_told_before_it_is_dropped(
    mapped: World, lon: float, lat: float, code: str
) -> None:
    spot = Door(mapped.agent).get("addresses/spot/", lon=lon, lat=lat).json()
    assert spot["problem_code"] == code
    assert spot["problem"].endswith(".")


def test_the_review_lists_the_typed_text_the_reason_and_the_candidates(
    mapped: World, waiting: Consignment
) -> None:
    (row,) = Door(mapped.dispatcher).get("addresses/review/").json()["results"]
    assert (row["id"], row["line1"], row["consignments"]) == (
        str(waiting.address_id),
        "Mikonkatu 999",
        [waiting.code],
    )
    assert row["reason_text"] == str(ReviewReason.ONLY_STREET.label)
    assert row["candidates"][0]["label"].startswith("Mikonkatu")


def test_dropping_the_pin_lets_the_consignment_go_on(mapped: World, waiting: Consignment) -> None:
    desk = Door(mapped.agent)
    path, body, key = (
        f"addresses/{waiting.address_id}/point/",
        {"lon": 24.94502, "lat": 60.17225},
        uuid4().hex,
    )
    first = desk.post(path, body, key=key)
    assert (first.status_code, first.json()["accuracy"]) == (200, "PIN")
    again = desk.post(path, body, key=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    waiting.refresh_from_db()
    assert waiting.status == Status.READY
    assert desk.get("addresses/review/").json()["results"] == []


def test_a_pin_in_the_sea_is_refused_with_a_sentence(mapped: World, waiting: Consignment) -> None:
    refusal = Door(mapped.agent).post(
        f"addresses/{waiting.address_id}/point/", {"lon": 24.9051, "lat": 60.163}
    )
    assert (refusal.status_code, refusal.json()["code"]) == (422, "point_not_possible")
    assert "nearest road" in refusal.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"lon": "east", "lat": 60}, {"lon": 999, "lat": 60}, {"lon": None, "lat": None}, []],
)
def test_a_pin_that_can_not_be_read_is_refused(
    mapped: World, waiting: Consignment, body: object
) -> None:
    assert (
        Door(mapped.agent).post(f"addresses/{waiting.address_id}/point/", body).status_code == 422
    )


def test_an_unknown_address_is_not_found(mapped: World) -> None:
    assert (
        Door(mapped.agent)
        .post(f"addresses/{uuid4()}/point/", {"lon": 24.94, "lat": 60.17})
        .status_code
        == 404
    )


@pytest.mark.parametrize("who", ["lua", "azul_manager", "packer"])
def test_other_peoples_doors_stay_shut(mapped: World, waiting: Consignment, who: str) -> None:
    door = Door(getattr(mapped, who))
    assert door.get("addresses/search/", q="Mikonkatu").status_code == 403
    assert door.get("addresses/spot/", lon=24.94, lat=60.17).status_code == 403
    assert door.get("addresses/review/").status_code == 403
    pin = door.post(f"addresses/{waiting.address_id}/point/", {"lon": 24.94502, "lat": 60.17225})
    assert pin.status_code == 404
    waiting.refresh_from_db()
    assert waiting.status == Status.ADDRESS_REVIEW


def test_nobody_searches_without_signing_in(mapped: World) -> None:
    assert Door().get("addresses/search/", q="Mikonkatu").status_code in {401, 403}
