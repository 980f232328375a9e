"""Orders are looked up, listed, narrowed and polled, with their history."""

from datetime import timedelta

import pytest

from common.idempotency.models import IdempotencyRecord
from delivery.orders.examples import ORDER
from tests.api import Machine
from tests.delivery.orders.sent import ORDERS, order
from tests.world import NOW, World

pytestmark = pytest.mark.usefixtures("at_eight")


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


def test_the_history_is_told_in_order(world: World, lua: Machine) -> None:
    made = lua.post(ORDERS, order(consignments=[ORDER["consignments"][0]])).json()
    lua.post(f"{ORDERS}{made['id']}/cancel/", {})
    events = lua.get(f"/api/v1/consignments/{made['consignments'][0]['id']}/events/").json()
    assert [(e["seq"], e["status_to"]) for e in events] == [(1, ""), (2, "CANCELLED")]
