"""A dispatcher assigns and a partner answers through the REST doors; the command prints the same."""

from io import StringIO

import pytest
import time_machine
from django.contrib.gis.geos import Polygon
from django.core.management import call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from couriers.assignment import api
from couriers.assignment.models import Assignment, AssignmentRun
from couriers.assignment.tasks import carry_out_run
from couriers.models import Partner, ServiceArea
from tests.couriers.assignment.test_assign_day import NORTH_DOOR, SHARED_DOOR, SOUTH_DOOR, ready
from tests.couriers.doors import Door
from tests.world import NORTH, NOW, TODAY, World


@pytest.fixture(autouse=True)
def the_time() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_dispatcher_assigns_a_day_and_reads_why(world: World) -> None:
    Partner.objects.filter(pk=world.azul.pk).update(daily_capacity=1)
    ready(world, SOUTH_DOOR), ready(world, SOUTH_DOOR)
    door = Door(world.dispatcher)
    answer = door.post("assignments/", {"day": str(TODAY)})

    assert answer.status_code == 201, answer.data
    assert (answer.data["assigned"], answer.data["unassigned"], answer.data["total_price"]) == (
        1,
        1,
        "5.00",
    )
    assert answer.data["ways_out"][0]["sentence"] == "Raise the capacity of Azul by 1."
    again = door.get(f"assignments/{answer.data['id']}/")
    assert again.data["left_out"] == answer.data["left_out"]


def test_a_large_day_is_left_to_the_background_and_done_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_AT_ONCE", 1)
    ready(world, SOUTH_DOOR), ready(world, NORTH_DOOR)
    door = Door(world.dispatcher)
    answer = door.post("assignments/", {"day": str(TODAY)})

    assert (answer.status_code, answer.data["state"]) == (202, "QUEUED")
    assert answer.headers["Location"] == f"/api/v1/assignments/{answer.data['id']}/"
    job = ProcrastinateJob.objects.get(task_name=carry_out_run.name)
    assert (job.args, job.lock) == ({"run_id": answer.data["id"]}, f"assign-{TODAY}")
    carry_out_run(run_id=answer.data["id"])
    assert door.get(f"assignments/{answer.data['id']}/").data["assigned"] == 2
    carry_out_run(run_id=answer.data["id"])  # a job that is delivered twice
    assert AssignmentRun.objects.get().assigned == 2


def test_a_partner_answers_its_offers_and_sees_no_others(world: World) -> None:
    ready(world, SOUTH_DOOR), ready(world, SOUTH_DOOR), ready(world, NORTH_DOOR)
    Door(world.dispatcher).post("assignments/", {"day": str(TODAY)})
    door = Door(world.azul_manager)
    offers = door.get("offers/", state="OFFERED").data["results"]
    assert {o["partner_name"] for o in offers} == {"Azul"}
    assert len(offers) == 2

    first = door.post(
        "offers/answer/", {"answer": "decline", "offers": [offers[0]["id"]], "reason": "Full"}
    )
    assert (first.status_code, first.data["answered"]) == (200, 1)
    rest = door.post("offers/answer/", {"answer": "accept"})
    assert rest.data == {"answered": 1, "offers": [offers[1]["id"]]}
    foreign = Assignment.objects.get(partner=world.verde)
    stolen = door.post("offers/answer/", {"answer": "accept", "offers": [str(foreign.pk)]})
    assert stolen.status_code == 404


def test_why_is_for_the_operators_staff_only(world: World) -> None:
    consignment = ready(world, SHARED_DOOR)
    path = f"consignments/{consignment.pk}/assignment/"
    before = Door(world.agent).get(path)
    assert before.data["summary"] == "Not assigned yet. 2 partners could carry it now."
    assert [p["name"] for p in before.data["can_carry_now"]] == ["Azul", "Verde"]

    for user, status in ((world.azul_manager, 403), (world.lua, 403), (world.ana.user, 403)):
        assert Door(user).get(path).status_code == status
    assert Door(world.agent).post(path, {"partner": str(world.verde.pk)}).status_code == 403


def test_a_second_area_near_by_does_not_hide_that_the_first_holds_it(world: World) -> None:
    ServiceArea.objects.create(
        partner=world.azul, hub=world.hub, name="Azul north", polygon=Polygon(NORTH, srid=4326)
    )
    consignment = ready(world, SOUTH_DOOR)
    answer = Door(world.dispatcher).get(f"consignments/{consignment.pk}/assignment/")

    assert answer.status_code == 200
    assert [one["name"] for one in answer.data["can_carry_now"]] == ["Azul"]


def test_a_dispatcher_chooses_by_hand_and_takes_it_back(world: World) -> None:
    consignment = ready(world, SHARED_DOOR)
    path, door = f"consignments/{consignment.pk}/assignment/", Door(world.dispatcher)
    made = door.post(path, {"partner": str(world.verde.pk)})
    assert (made.status_code, made.data["partner_name"], made.data["price"]) == (
        201,
        "Verde",
        "6.00",
    )
    assert door.send("delete", path).status_code == 204
    assert door.get(path).data["partner"] is None
    refused = door.post(
        f"consignments/{ready(world, SOUTH_DOOR).pk}/assignment/", {"partner": str(world.verde.pk)}
    )
    assert (refused.status_code, refused.data["code"]) == (409, "partner_cannot_carry")
    assert refused.data["reason"] == "outside_area"


def test_only_dispatchers_start_a_run(world: World) -> None:
    for user in (world.azul_manager, world.lua, world.packer, world.agent):
        assert Door(user).post("assignments/", {"day": str(TODAY)}).status_code == 403
    run = AssignmentRun.objects.create(day=TODAY, started_at=NOW)
    assert Door(world.azul_manager).get(f"assignments/{run.pk}/").status_code == 404


def test_the_command_prints_who_got_how_many(world: World) -> None:
    ready(world, SOUTH_DOOR)
    ready(world, (24.9654, 60.165))
    out = StringIO()
    call_command("assign_day", str(TODAY), "--hub", "KAM", stdout=out)

    assert "1 assigned for 5.00 EUR, 1 left out" in out.getvalue()
    assert "Azul: 1" in out.getvalue()
    assert "Extend the area of Azul by" in out.getvalue()
