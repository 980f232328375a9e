"""The REST door of orders, as a merchant's machine meets it."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from common.idempotency.models import IdempotencyRecord
from delivery.models import Consignment, Item, Order, Parcel
from delivery.orders.examples import ORDER
from tests.api import Machine, codes
from tests.world import NOW, World

ORDERS = "/api/v1/orders/"


@pytest.fixture(autouse=True)
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lua(world: World) -> Machine:
    return Machine(world.florist.organization)


def order(_ref: Any = "A-1", /, **changes: Any) -> dict[str, Any]:
    """Return the documented example with changes; a change {'a.b': v} reaches inside, and ... removes."""
    body = copy.deepcopy(ORDER) | {"external_ref": _ref}
    for path, value in changes.items():
        place: Any = body
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        if value is ...:
            del place[last]
        else:
            place[int(last) if last.isdigit() else last] = value
    return body


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


def test_one_order_has_its_parcels_and_its_links(world: World, lua: Machine) -> None:
    made = lua.post(ORDERS, order()).json()
    answer = lua.get(f"{ORDERS}{made['id']}/")

    first, second = answer.json()["consignments"]
    assert [len(c["parcels"]) for c in (first, second)] == [1, 2]
    assert first["tracking_url"] != second["tracking_url"]
    page = first["tracking_url"].rsplit("/t/", 1)
    assert len(page[1]) >= 22  # 128 bits in base64


def test_no_link_is_kept_with_the_answer_of_a_command(lua: Machine) -> None:
    made = lua.post(ORDERS, order()).json()
    lua.get(f"{ORDERS}{made['id']}/")
    lua.post(ORDERS, order(), key=lua.last_key)
    lua.post(f"{ORDERS}{made['id']}/cancel/", {})
    assert not any("/t/" in str(r.body) for r in IdempotencyRecord.objects.all())


def test_polling_an_order_that_did_not_change_costs_no_body(lua: Machine) -> None:
    path = f"{ORDERS}{lua.post(ORDERS, order()).json()['id']}/"
    tag = lua.get(path)["ETag"]
    unchanged = lua.get(path, If_None_Match=tag)
    lua.post(f"{path}cancel/", {})
    changed = lua.get(path, If_None_Match=tag)
    assert (unchanged.status_code, unchanged.content, changed.status_code) == (304, b"", 200)


def test_lists_are_newest_first_and_paged_without_gaps(world: World, lua: Machine) -> None:
    made = [str(world.order().pk) for _ in range(5)]
    seen: list[str] = []
    path = f"{ORDERS}?page_size=2"
    while path:
        page = lua.get(path).json()
        seen += [o["id"] for o in page["results"]]
        path = (page["next"] or "").replace("http://testserver", "")
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("external_ref=W-1", ["W-1"]),
        ("channel=PHONE", ["W-2"]),
        ("status=READY", ["W-3"]),
        ("status=READY&status=CANCELLED", ["W-3"]),
        ("due_on=2026-11-22", ["W-4"]),
        ("placed_after=2026-11-21T05:30:00Z", ["W-5"]),
        ("placed_before=2026-11-21T05:30:00Z&channel=PHONE", ["W-2"]),
        ("merchant=ze", []),
    ],
)
def test_lists_can_be_narrowed(world: World, lua: Machine, query: str, refs: list[str]) -> None:
    world.order()
    world.order(channel="PHONE")
    world.consignment("READY")
    world.order(due_on=(NOW + timedelta(days=1)).date())
    world.order(placed_at=NOW)
    found = lua.get(f"{ORDERS}?{query}").json()["results"]
    assert [o["external_ref"] for o in found] == refs


@pytest.mark.parametrize("query", ["due_on=never", "status=LOADING", "placed_after=yesterday"])
def test_a_filter_that_cannot_be_read_is_said_so(lua: Machine, query: str) -> None:
    assert lua.get(f"{ORDERS}?{query}").status_code == 422


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


def test_an_order_is_cancelled_entirely_or_not_at_all(world: World, lua: Machine) -> None:
    made = lua.post(ORDERS, order()).json()
    first, second = Consignment.objects.order_by("pk")
    Consignment.objects.filter(pk=second.pk).update(status="LOADED")

    refused = lua.post(f"{ORDERS}{made['id']}/cancel/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_late_to_cancel")
    assert refused.json()["consignments"] == [second.code]
    first.refresh_from_db()
    assert first.status == "RECEIVED"

    one = lua.post(f"{ORDERS}{made['id']}/cancel/", {"consignment": str(first.pk)})
    assert [c["status"] for c in one.json()["consignments"]] == ["CANCELLED", "LOADED"]


def test_cancelling_twice_is_the_same_as_once(lua: Machine) -> None:
    path = f"{ORDERS}{lua.post(ORDERS, order()).json()['id']}/cancel/"
    once = lua.post(path, "")
    twice = lua.post(path, {})
    assert once.json() == twice.json()
    assert {c["status"] for c in once.json()["consignments"]} == {"CANCELLED"}


def test_a_consignment_of_another_order_is_not_cancelled_by_this_door(
    world: World, lua: Machine
) -> None:
    other = world.consignment("READY")
    made = lua.post(ORDERS, order()).json()
    answer = lua.post(f"{ORDERS}{made['id']}/cancel/", {"consignment": str(other.pk)})
    assert answer.status_code == 404
    assert set(Consignment.objects.values_list("status", flat=True)) == {"READY", "RECEIVED"}


def test_an_edit_says_which_version_it_saw(world: World, lua: Machine) -> None:
    path = f"/api/v1/consignments/{world.consignment('READY').pk}/"
    tag = lua.get(path)["ETag"]
    window = {"start": "2026-11-21T14:00:00+02:00", "end": "2026-11-21T16:00:00+02:00"}

    assert lua.patch(path, {"instructions": "Ring twice."}).status_code == 428
    done = lua.patch(path, {"instructions": "Ring twice.", "window": window}, If_Match=tag)
    late = lua.patch(path, {"instructions": "Leave it."}, If_Match=tag)

    assert (done.status_code, late.status_code, late.json()["code"]) == (200, 412, "stale_version")
    now = lua.get(path)
    assert (now["ETag"], now.json()["instructions"]) == (done["ETag"], "Ring twice.")
    assert now.json()["window"] == {"start": "2026-11-21T12:00:00Z", "end": "2026-11-21T14:00:00Z"}


def test_a_window_in_the_past_changes_nothing(world: World, lua: Machine) -> None:
    path = f"/api/v1/consignments/{world.consignment('READY').pk}/"
    tag = lua.get(path)["ETag"]
    window = {"start": "2026-11-20T14:00:00+02:00", "end": "2026-11-20T16:00:00+02:00"}
    answer = lua.patch(path, {"instructions": "Ring twice.", "window": window}, If_Match=tag)
    assert (answer.status_code, answer.json()["code"]) == (422, "window_not_possible")
    assert (lua.get(path)["ETag"], lua.get(path).json()["instructions"]) == (tag, "")


def test_what_is_finished_does_not_change(world: World, lua: Machine) -> None:
    path = f"/api/v1/consignments/{world.consignment('DELIVERED').pk}/"
    answer = lua.patch(path, {"instructions": "x"}, If_Match=lua.get(path)["ETag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_change")


def test_the_history_is_told_in_order(world: World, lua: Machine) -> None:
    made = lua.post(ORDERS, order(consignments=[ORDER["consignments"][0]])).json()
    lua.post(f"{ORDERS}{made['id']}/cancel/", {})
    events = lua.get(f"/api/v1/consignments/{made['consignments'][0]['id']}/events/").json()
    assert [(e["seq"], e["status_to"]) for e in events] == [(1, ""), (2, "CANCELLED")]


def test_a_partner_sees_what_it_carries_without_the_recipients_link(world: World) -> None:
    carried = world.consignment("ACCEPTED")
    other = world.consignment("READY")
    client = Client()
    client.force_login(world.azul_manager)
    seen = client.get(f"/api/v1/consignments/{carried.pk}/")
    assert (seen.status_code, seen.json()["tracking_url"]) == (200, None)
    assert client.get(f"/api/v1/consignments/{other.pk}/").status_code == 404
    assert client.get(ORDERS).json()["results"] == []


def test_a_parcel_that_only_some_vehicle_could_carry_is_left_to_planning(lua: Machine) -> None:
    sizes = {"weight_g": 70_000, "length_mm": 3_000, "width_mm": 1_500, "height_mm": 1_500}
    parts: dict[str, Any] = {
        f"consignments.0.parcels.0.{name}": value for name, value in sizes.items()
    }
    assert lua.post(ORDERS, order(**parts)).status_code == 201
