"""The network is seeded through the REST doors; each reader sees only what is theirs."""

from datetime import timedelta
from typing import Any

import pytest

from tests.couriers.doors import Door
from tests.world import NOW, TODAY, World

RING = [[24.93, 60.16], [24.95, 60.16], [24.95, 60.17], [24.93, 60.17], [24.93, 60.16]]
PASSWORD = "a long first password"


def test_a_dispatcher_builds_a_partner_from_nothing_through_the_doors(world: World) -> None:
    door = Door(world.dispatcher)
    partner = door.post(
        "partners/",
        {
            "name": "Rio Norte",
            "capacity": 80,
            "certificates": ["COLD"],
            "timezone": "Europe/Helsinki",
        },
    )
    assert partner.status_code == 201, partner.data
    mine = {"partner": partner.data["id"]}
    manager = door.post(
        f"partners/{partner.data['id']}/managers/",
        {"email": "rui@rio.example", "name": "Rui", "password": PASSWORD},
    )
    courier = door.post(
        "couriers/",
        mine
        | {
            "email": "bia@rio.example",
            "name": "Bia B",
            "password": PASSWORD,
            "alias": "Bia",
            "rides": "VAN",
        },
    )
    vehicle = door.post(
        "vehicles/",
        mine | {"kind": "VAN", "name": "Van 1", "capacity_g": 800_000, "capacity_ml": 3_600_000},
    )
    card = door.post(
        "rate-cards/", mine | {"valid_from": str(TODAY), "currency": "EUR", "base": "4.90"}
    )
    area = door.post(
        "areas/",
        mine
        | {
            "hub": str(world.hub.pk),
            "name": "North",
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        },
    )
    start = NOW + timedelta(days=400)
    shift = door.post(
        "shifts/",
        {
            "courier": courier.data["id"],
            "vehicle": vehicle.data["id"],
            "hub": str(world.hub.pk),
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=6)).isoformat(),
        },
    )
    for answer in (manager, courier, vehicle, card, area, shift):
        assert answer.status_code == 201, answer.data
    assert area.headers["ETag"] == '"1"'
    assert Door().client.login(email="bia@rio.example", password=PASSWORD)


def test_the_same_command_sent_twice_creates_one_partner(world: World) -> None:
    door = Door(world.dispatcher)
    body = {"name": "Rio Norte", "capacity": 80}
    first = door.post("partners/", body, key="k-1")
    again = door.post("partners/", body, key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_crossed_outline_is_a_problem_document_with_the_place(world: World) -> None:
    crossed = [RING[0], RING[2], RING[1], RING[3], RING[0]]
    answer = Door(world.azul_manager).post(
        "areas/",
        {
            "hub": str(world.hub.pk),
            "name": "X",
            "geometry": {"type": "Polygon", "coordinates": [crossed]},
        },
    )

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.data["code"] == "area_crosses_itself"
    assert round(answer.data["lat"], 3) == 60.165


def test_a_manager_sees_and_changes_only_their_own_partner(world: World) -> None:
    door = Door(world.azul_manager)
    lists = {
        path: door.get(path)
        for path in ("partners/", "couriers/", "vehicles/", "rate-cards/", "shifts/")
    }
    assert [p["name"] for p in lists["partners/"].data["results"]] == ["Azul"]
    assert {c["alias"] for c in lists["couriers/"].data["results"]} == {"Ana", "Aino"}
    for path in ("couriers/", "vehicles/", "rate-cards/", "shifts/"):
        assert {row["partner"] for row in lists[path].data["results"]} == {str(world.azul.pk)}
    assert {f["properties"]["partner_name"] for f in door.get("areas/").data["features"]} == {
        "Azul"
    }

    verde = f"partners/{world.verde.pk}/"
    missing = "partners/0190b1c2-0000-7000-8000-000000000000/"
    foreign, absent = door.get(verde), door.get(missing)
    assert foreign.status_code == absent.status_code == 404
    assert {k: v for k, v in foreign.data.items() if k != "request_id"} == {
        k: v for k, v in absent.data.items() if k != "request_id"
    }
    body = {"daily_capacity": 1}
    assert door.send("patch", verde, body, If_Match='"1"').status_code == 404
    van = {
        "partner": str(world.verde.pk),
        "kind": "VAN",
        "name": "x",
        "capacity_g": 1,
        "capacity_ml": 1,
    }
    assert door.post("vehicles/", van).status_code == 404


def test_a_manager_may_change_capacity_but_not_certificates(world: World) -> None:
    door, azul = Door(world.azul_manager), f"partners/{world.azul.pk}/"

    assert door.send("patch", azul, {"certificates": ["COLD"]}, If_Match='"1"').status_code == 403
    assert door.send("patch", azul, {"daily_capacity": 7}).status_code == 428
    changed = door.send("patch", azul, {"daily_capacity": 7}, If_Match='"1"')
    assert (changed.status_code, changed.data["daily_capacity"], changed.headers["ETag"]) == (
        200,
        7,
        '"2"',
    )
    assert door.send("patch", azul, {"daily_capacity": 9}, If_Match='"1"').status_code == 412


def test_couriers_merchants_and_packers_change_nothing_of_the_network(world: World) -> None:
    bodies: dict[str, Any] = {
        "vehicles/": {"kind": "VAN", "name": "x", "capacity_g": 1, "capacity_ml": 1}
    }
    for user in (world.ana.user, world.lua, world.packer):
        door = Door(user)
        assert door.post("vehicles/", bodies["vehicles/"]).status_code == 403
        assert door.post("partners/", {"name": "x", "capacity": 1}).status_code == 403
        assert door.get("partners/").data == {"results": []}


def test_a_courier_ends_their_own_shift_and_nobody_elses(world: World) -> None:
    door = Door(world.ana.user)
    own = door.get("shifts/").data["results"]
    assert [s["courier_alias"] for s in own] == ["Ana"]

    assert door.post(f"shifts/{own[0]['id']}/end/").status_code == 200
    other = world.aino.shifts.get()
    assert door.post(f"shifts/{other.pk}/end/").status_code == 404


def test_signed_out_readers_get_nothing(world: World) -> None:
    assert Door().get("partners/").status_code == 401


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_that_no_calendar_knows_is_refused(world: World, day: str) -> None:
    door = Door(world.dispatcher)
    run = door.post("assignments/", {"day": day})
    for refused in (door.get("shifts/", day=day), door.get(f"board/{world.hub.pk}/", day=day), run):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/day"
