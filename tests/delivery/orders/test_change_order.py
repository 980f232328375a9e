"""Orders are cancelled and changed on the way, while there is time."""

import pytest

from delivery.models import Consignment
from tests.api import Machine
from tests.delivery.orders.sent import ORDERS, order
from tests.world import World

pytestmark = pytest.mark.usefixtures("at_eight")


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
