"""The REST door of plans."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test.client import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from routing.models import Plan, Stop
from tests.world import NOW, TODAY, World


@pytest.fixture
def dora(world: World) -> Client:
    """Return the dispatcher's browser."""
    client = Client()
    client.force_login(world.dispatcher)
    return client


def post(client: Client, url: str, body: Any = None, **headers: str) -> Any:
    key = {"Idempotency-Key": uuid.uuid4().hex} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    return client.post(url, json.dumps(body or {}), content_type="application/json", headers=key)


def ask(client: Client, world: World) -> Any:
    return post(
        client, "/api/v1/plans/", {"hub": str(world.hub.pk), "day": str(TODAY), "seconds": 1}
    )


def test_a_plan_is_asked_for_and_its_job_waits_with_it(world: World, dora: Client) -> None:
    world.consignment("ACCEPTED")
    answer = ask(dora, world)
    assert answer.status_code == 202
    plan = Plan.objects.get()
    assert answer["Location"] == f"/api/v1/plans/{plan.pk}/"
    job = ProcrastinateJob.objects.get(task_name="routing.plans.tasks.solve_plan")
    assert (job.queue_name, job.lock, job.args) == (
        "solve",
        f"solve:{world.hub.pk}",
        {"plan_id": str(plan.pk), "language": "en"},
    )
    assert dora.get(answer["Location"]).json()["state"] == "QUEUED"


def test_a_second_plan_waits_for_the_first(world: World, dora: Client) -> None:
    world.consignment("ACCEPTED")
    first = ask(dora, world).json()
    second = ask(dora, world)
    assert (second.status_code, second.json()["code"], second.json()["plan"]) == (
        409,
        "plan_in_progress",
        first["id"],
    )


def test_a_day_without_shifts_is_refused_in_a_sentence(world: World, dora: Client) -> None:
    world.consignment("ACCEPTED")
    for courier in (world.ana, world.aino, world.vesa):
        courier.shifts.update(is_active=False)
    answer = ask(dora, world)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_shifts")
    assert "Add a shift" in answer.json()["title"]
    assert not Plan.objects.exists()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_that_no_calendar_can_plan_around_is_refused(
    world: World, dora: Client, day: str
) -> None:
    answer = post(dora, "/api/v1/plans/", {"hub": str(world.hub.pk), "day": day})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/day")


def test_a_day_without_consignments_is_refused(world: World, dora: Client) -> None:
    world.consignment("READY")
    assert ask(dora, world).json()["code"] == "nothing_to_plan"


def test_a_cancelled_plan_is_never_solved(world: World, dora: Client) -> None:
    from routing.plans import actions

    world.consignment("ACCEPTED")
    plan = ask(dora, world).json()
    assert post(dora, f"/api/v1/plans/{plan['id']}/cancel/").json()["state"] == "CANCELLED"
    assert actions.begin_solving(plan_id=uuid.UUID(plan["id"]), now=NOW) is None


def test_a_search_that_is_cancelled_stops_and_keeps_nothing(world: World, dora: Client) -> None:
    from routing.plans import actions, solving

    world.consignment("ACCEPTED")
    plan_id = uuid.UUID(ask(dora, world).json()["id"])
    plan = actions.begin_solving(plan_id=plan_id, now=NOW)
    assert plan is not None
    post(dora, f"/api/v1/plans/{plan_id}/cancel/")
    with pytest.raises(solving.Cancelled):
        solving.solve_plan(plan)
    assert Plan.objects.get().state == "CANCELLED"
    assert not Stop.objects.exists()


def test_from_the_proposal_to_a_moved_stop_and_back(
    world: World, dora: Client, solved: Callable[..., Plan]
) -> None:
    for _ in range(3):
        world.consignment("ACCEPTED")
    plan = solved()
    url = f"/api/v1/plans/{plan.pk}/"
    shown = dora.get(f"{url}?routes=1")
    assert shown.json()["figures"]["checked"] is True
    assert len(shown.json()["routes"][0]["stops"]) == 3
    assert post(dora, f"{url}publish/").json()["code"] == "version_required"
    published = post(dora, f"{url}publish/", If_Match=shown["ETag"])
    assert published.json()["state"] == "PUBLISHED"
    stop = Stop.objects.get(position=1)
    moved = post(
        dora,
        f"/api/v1/stops/{stop.pk}/move/",
        {"position": 3, "route": str(stop.route_id)},
        If_Match=published["ETag"],
    )
    assert (moved.status_code, moved.json()["position"]) == (200, 3)
    undo = moved.json()["undo"]
    assert undo == {"route": str(stop.route_id), "position": 1}
    back = post(dora, f"/api/v1/stops/{stop.pk}/move/", undo, If_Match=moved["ETag"])
    assert back.json()["position"] == 1
    stale = post(dora, f"/api/v1/stops/{stop.pk}/move/", undo, If_Match=published["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


def test_two_plans_side_by_side(world: World, dora: Client, solved: Callable[..., Plan]) -> None:
    world.consignment("ACCEPTED")
    one = solved()
    world.consignment("ACCEPTED")
    other = solved()
    found = dora.get(f"/api/v1/plans/{one.pk}/compare/{other.pk}/").json()
    assert found["differences"]["unplanned"] == 0
    assert len(found["only_in_second"]) == 1


@pytest.mark.parametrize("who", ["azul_manager", "packer", "lua", "agent"])
def test_nobody_else_plans(world: World, solved: Callable[..., Plan], who: str) -> None:
    world.consignment("ACCEPTED")
    plan = solved()
    stop = Stop.objects.get()
    client = Client()
    client.force_login(getattr(world, who))
    assert ask(client, world).status_code == 403
    assert client.get(f"/api/v1/plans/{plan.pk}/").status_code == 403
    assert post(client, f"/api/v1/plans/{plan.pk}/publish/", If_Match='"1"').status_code == 403
    assert post(client, f"/api/v1/stops/{stop.pk}/move/", {}, If_Match='"1"').status_code == 403
    assert client.get(f"/api/v1/board/{world.hub.pk}/").status_code == 404


def test_a_partners_manager_reads_its_own_routes_only(
    world: World, dora: Client, solved: Callable[..., Plan]
) -> None:
    world.consignment("ACCEPTED")
    plan = solved()
    route = plan.routes.get()
    mara = Client()
    mara.force_login(world.azul_manager)
    assert mara.get(f"/api/v1/routes/{route.pk}/").status_code == 404  # a proposal is nobody's yet
    post(dora, f"/api/v1/plans/{plan.pk}/publish/", If_Match=f'"{plan.version}"')
    assert mara.get(f"/api/v1/routes/{route.pk}/").json()["number"] == 1
    vesa = Client()
    vesa.force_login(world.vesa.user)
    assert vesa.get(f"/api/v1/routes/{route.pk}/").status_code == 404
