"""What is wrong with an order that is sent is pointed at, and nothing of it is kept; what only looks wrong is taken in with a warning."""

from typing import Any

import pytest

from common.idempotency.models import IdempotencyRecord
from delivery.models import Order
from tests.api import Machine, codes
from tests.delivery.orders.sent import ORDERS, order

pytestmark = pytest.mark.usefixtures("at_eight")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"address.country": "XX"}, {"/address/country": "country_unknown"}),
        ({"address.country": "Finland"}, {"/address/country": "country_unknown"}),
        ({"recipient.phone": "12"}, {"/recipient/phone": "phone_unknown"}),
        ({"recipient.phone": "call me"}, {"/recipient/phone": "phone_unknown"}),
        ({"recipient.email": "aino@"}, {"/recipient/email": "invalid"}),
        ({"recipient.name": "A\x00"}, {"/recipient/name": "null_characters_not_allowed"}),
        ({"recipient.name": "A\ud800"}, {"/recipient/name": "surrogate_characters_not_allowed"}),
        ({"address.location": {"lon": 0, "lat": 0}}, {"/address/location": "coordinates_zero"}),
        (
            {"address.location": {"lon": 60.17, "lat": 24.94}},
            {"/address/location": "coordinates_swapped"},
        ),
        (
            {"address.location": {"lon": 24.94, "lat": 160.17}},
            {"/address/location": "coordinates_impossible"},
        ),
        (
            {"address.location": {"lon": 181, "lat": 122.9}},
            {"/address/location": "coordinates_impossible"},
        ),
        ({"address.location": {"lon": "nan", "lat": 1}}, {"/address/location/lon": "invalid"}),
        ({"address.location": {"lat": 1}}, {"/address/location/lon": "required"}),
        ({"placed_at": "2026-11-23T06:00:00Z"}, {"/placed_at": "in_the_future"}),
        ({"placed_at": "2026-11-21T08:12:00"}, {"/placed_at": "offset_missing"}),
        ({"due_on": "2026-11-20"}, {"/due_on": "day_not_possible"}),
        ({"due_on": "2206-11-21"}, {"/due_on": "day_not_possible"}),
        ({"due_on": "21/11/2026"}, {"/due_on": "invalid"}),
        ({"consignments": []}, {"/consignments": "min_length"}),
        ({"consignments.1.parcels": []}, {"/consignments/1/parcels": "min_length"}),
        (
            {"consignments.1.parcels.1.weight_g": 70_001},
            {"/consignments/1/parcels/1": "parcel_too_large"},
        ),
        (
            {"consignments.0.parcels.0.length_mm": 3_001},
            {"/consignments/0/parcels/0": "parcel_too_large"},
        ),
        (
            {"consignments.0.parcels.0.weight_g": 0},
            {"/consignments/0/parcels/0/weight_g": "min_value"},
        ),
        (
            {"consignments.0.parcels.0.weight_g": 10**30},
            {"/consignments/0/parcels/0/weight_g": "max_value"},
        ),
        (
            {"consignments.0.parcels.0.weight_g": ...},
            {"/consignments/0/parcels/0/weight_g": "required"},
        ),
        ({"recipient": ...}, {"/recipient": "required"}),
        ({"recipient": "Aino"}, {"/recipient": "invalid"}),
        ({"gift_mesage": "Hi"}, {"/gift_mesage": "unknown_field"}),
        (
            {"consignments.0.parcels.0.wieght_g": 5},
            {"/consignments/0/parcels/0/wieght_g": "unknown_field"},
        ),
        ({"channel": "CSV"}, {"/channel": "invalid_choice"}),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_kept(
    lua: Machine, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = lua.post(ORDERS, order(**changes))

    assert answer.status_code == 422, answer.content
    assert codes(answer) == expected
    assert not Order.objects.exists()
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("2026-11-21T12:00:00+02:00", "2026-11-21T10:00:00+02:00", "ends before it starts"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T12:00:00+02:00", "is over"),
        ("2026-11-21T10:00:00+02:00", "2026-11-21T10:10:00+02:00", "at least 30 minutes"),
        ("2226-11-21T10:00:00+02:00", "2226-11-21T12:00:00+02:00", "Check the year"),
    ],
)
def test_a_window_that_cannot_be_kept_is_refused(
    lua: Machine, start: str, end: str, sentence: str
) -> None:
    answer = lua.post(ORDERS, order(**{"consignments.1.window": {"start": start, "end": end}}))
    assert codes(answer) == {"/consignments/1/window": "window_not_possible"}
    assert sentence in answer.json()["detail"]
    assert not Order.objects.exists()


def test_a_window_on_another_day_than_the_day_due_is_refused(lua: Machine) -> None:
    window = {"start": "2026-11-22T10:00:00+02:00", "end": "2026-11-22T12:00:00+02:00"}
    answer = lua.post(ORDERS, order(due_on="2026-11-21", **{"consignments.0.window": window}))
    assert codes(answer) == {"/consignments/0/window": "window_not_possible"}


def test_the_windows_day_is_the_day_where_the_merchant_is(lua: Machine) -> None:
    # 23:30 UTC on the 21st is 01:30 on the 22nd in Helsinki
    window = {"start": "2026-11-21T23:30:00Z", "end": "2026-11-22T01:30:00Z"}
    body = lua.post(ORDERS, order(**{"consignments.0.window": window})).json()
    assert [c["due_on"] for c in body["consignments"]] == ["2026-11-22", "2026-11-21"]


def test_several_wrong_things_are_said_at_once(lua: Machine) -> None:
    answer = lua.post(ORDERS, order(nonsense=1, **{"recipient.email": "x", "address.line1": ""}))
    assert codes(answer) == {
        "/nonsense": "unknown_field",
        "/recipient/email": "invalid",
        "/address/line1": "blank",
    }


def test_a_misspelt_field_is_told_the_right_one(lua: Machine) -> None:
    answer = lua.post(ORDERS, order(gift_mesage="Hi"))
    assert "“gift_message”" in answer.json()["errors"][0]["detail"]


def test_a_local_number_is_read_in_the_addresss_country(lua: Machine) -> None:
    lua.post(ORDERS, order(**{"recipient.phone": "040 123 4567"}))
    assert Order.objects.get().recipient.phone == "+358401234567"


def test_a_strange_postcode_is_taken_in_with_a_warning(lua: Machine) -> None:
    answer = lua.post(
        ORDERS, order(**{"address.postcode": "ABC", "recipient.phone": "", "recipient.email": ""})
    )
    assert answer.status_code == 201
    found = {w["pointer"]: w["code"] for w in answer.json()["warnings"]}
    assert found == {"/address/postcode": "postcode_unusual", "/recipient": "no_contact"}


def test_an_address_outside_the_map_is_for_the_review_not_a_refusal(lua: Machine) -> None:
    answer = lua.post(
        ORDERS, order(**{"address.location": {"lon": -43.2, "lat": -22.9}, "address.country": "BR"})
    )
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"external_ref": ', "malformed_json"),
        ("[" * 100_000, "malformed_json"),
        (b'{"a": "\xff"}', "malformed_json"),
        ('{"external_ref": NaN}', "malformed_json"),
    ],
)
def test_a_body_that_is_no_json_is_said_so(lua: Machine, body: str | bytes, code: str) -> None:
    answer = lua.post(ORDERS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "7", ""])
def test_json_that_is_no_order_is_said_so(lua: Machine, body: str) -> None:
    answer = lua.post(ORDERS, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_another_content_type_is_said_so(lua: Machine) -> None:
    answer = lua.client.post(
        ORDERS,
        "a=b",
        content_type="text/plain",
        headers={"Authorization": f"Bearer {lua.text}", "Idempotency-Key": "1"},
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
