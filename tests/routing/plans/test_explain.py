"""Why a stop stands where it does, and what the next best would cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from common.errors.domain import NotFound
from delivery.models import Consignment
from routing.engine import answers
from routing.models import Plan, Route, Stop
from routing.plans import edits, explaining, placing, publishing, sheets
from routing.plans.actions import PlanClosed
from tests.world import NOW, World


@pytest.fixture
def plan(world: World, solved: Callable[..., Plan]) -> Plan:
    """Return a proposal of three stops on one route, with an empty route of Azul's other courier beside it."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    plan = solved()
    used = plan.routes.get().shift.courier_id
    shift = next(c for c in (world.ana, world.aino) if c.pk != used).shifts.get()
    Route.objects.create(
        plan=plan, shift=shift, number=9, planned_start_at=shift.starts_at, planned_end_at=shift.starts_at
    )  # fmt: skip
    return plan


def explain(world: World, stop: Stop) -> dict[str, Any]:
    return explaining.explain_stop(stop_id=stop.pk, reader=world.reader(world.dispatcher), now=NOW)


def test_what_the_other_route_would_cost_is_what_the_move_costs(world: World, plan: Plan) -> None:
    stop = Stop.objects.get(route__plan=plan, position=2)
    other = plan.routes.get(number=9)
    found = explain(world, stop)
    option = next(o for o in (found["next_best"], *found["others"]) if o and o["route"] == other.pk)
    move = edits.move_stop(
        stop_id=stop.pk, route_id=other.pk, position=None, version=plan.version,
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip
    assert option["more"] == move.price.costs.total
    assert option["starts_at"] == move.stop.planned_at
    # On the other route now, its next best is back where it came from: the same sum, the other way.
    back = explain(world, Stop.objects.get(pk=stop.pk))
    assert back["next_best"]["more"] == -move.price.costs.total
    assert any("less" in sentence for sentence in back["sentences"])


def test_each_place_says_between_whom_it_is(world: World, plan: Plan) -> None:
    first, stop, last = Stop.objects.filter(route__plan=plan).order_by("position")
    found = explain(world, stop)
    assert (found["lon"], found["lat"]) == (stop.point.x, stop.point.y)
    assert neighbours(found) == [(first.pk, 1), (last.pk, 3)]
    assert (found["after"]["lon"], found["after"]["lat"]) == (last.point.x, last.point.y)
    # Alone on the empty route it comes from the hub and goes back to it.
    options = [found["next_best"], *found["others"]]
    alone = next(option for option in options if option["number"] == 9)
    assert neighbours(alone) == [(None, None), (None, None)]
    hub = world.hub.point
    assert (alone["before"]["lon"], alone["before"]["lat"]) == (hub.x, hub.y)
    # On its own route another place is between two of the others, or at an end.
    same = next(option for option in options if option["number"] != 9)
    numbers = [None, 1, 3, None]
    at = same["position"] - 1
    assert [n for _pk, n in neighbours(same)] == numbers[at : at + 2]


def neighbours(place: dict[str, Any]) -> list[tuple[Any, int | None]]:
    return [(place[side]["stop"], place[side]["position"]) for side in ("before", "after")]


def test_the_time_is_explained_by_drive_wait_and_slack(world: World, plan: Plan) -> None:
    stop = Stop.objects.get(route__plan=plan, position=1)
    start = stop.route.shift.starts_at + timedelta(hours=3)
    Consignment.objects.filter(stops__stop=stop).update(
        window_start=start, window_end=start + timedelta(minutes=20)
    )
    found = explain(world, stop)
    assert found["starts_at"] == start
    # Served as its window opens; 20 minutes may be lost before it closes.
    assert found["slack_s"] == 20 * 60
    assert found["arrives_at"] + timedelta(seconds=found["wait_s"]) == found["starts_at"]
    assert "20 min later" in found["sentences"][-1]


def test_why_another_route_cannot_take_it_is_said(world: World, plan: Plan) -> None:
    shift = world.vesa.shifts.get()
    Route.objects.create(
        plan=plan, shift=shift, number=10, planned_start_at=shift.starts_at, planned_end_at=shift.starts_at
    )  # fmt: skip
    found = explain(world, Stop.objects.get(route__plan=plan, position=1))
    refused = next(o for o in found["others"] if o["number"] == 10)
    assert refused["refusal"] == "Vesa rides for another partner."
    assert refused["more"] is refused["before"] is refused["after"] is None


def test_a_pinned_stop_says_so(world: World, plan: Plan) -> None:
    stop = Stop.objects.get(route__plan=plan, position=1)
    Stop.objects.filter(pk=stop.pk).update(is_pinned=True)
    alias = stop.route.shift.courier.alias
    assert f"It is pinned to {alias}." in explain(world, stop)["sentences"]


def test_nobody_else_is_told_why(world: World, plan: Plan) -> None:
    stop = Stop.objects.get(route__plan=plan, position=1)
    with pytest.raises(NotFound):
        explaining.explain_stop(stop_id=stop.pk, reader=world.reader(world.azul_manager), now=NOW)


def publish(world: World, plan: Plan) -> None:
    plan.refresh_from_db()
    publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )


def test_a_stop_of_a_replaced_route_is_closed(
    world: World, plan: Plan, solved: Callable[..., Plan]
) -> None:
    publish(world, plan)
    publish(world, solved())
    old = Stop.objects.filter(route__plan=plan, route__state=Route.State.REPLACED).first()
    assert old is not None
    with pytest.raises(PlanClosed, match="replaced or is over"):
        explain(world, old)


def test_a_route_that_the_engine_did_not_come_to_is_tried_too(
    world: World, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop.objects.get(route__plan=plan, position=2)
    whole = explain(world, stop)
    wanted = next(o for o in (whole["next_best"], *whole["others"]) if o["number"] == 9)
    # Of many routes only the most promising places are looked at together: here one, this stop's own.
    monkeypatch.setattr(answers, "MOST_PLACES", 1)
    found = explain(world, stop)
    assert found["next_best"] == wanted
    assert wanted["refusal"] == ""


def test_a_locked_route_is_said_to_be_locked(world: World, plan: Plan) -> None:
    plan.routes.filter(number=9).update(is_locked=True)
    found = explain(world, Stop.objects.get(route__plan=plan, position=2))
    refused = next(o for o in found["others"] if o["number"] == 9)
    assert "locked" in refused["refusal"]


def test_a_place_asked_for_is_priced_by_what_it_costs_more(world: World, plan: Plan) -> None:
    stop = Stop.objects.get(route__plan=plan, position=2)
    now = sheets.sheet(sheets.read_routes([stop.route_id])[stop.route_id], NOW)
    place, extra = placing.place_on(now, stop, now.doors[stop.pk], 2)
    # Where it is: the route as it stands costs what it costs without the stop, and this.
    assert extra == explain(world, stop)["extra"]
    assert 0 < extra < place.planned.costs.total
