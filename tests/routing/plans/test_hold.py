"""Stops pinned, routes locked and couriers swapped: what a dispatcher holds on to stays, and each change is priced."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from common.errors.domain import NotFound, StaleVersion
from common.live.models import LiveEvent
from delivery.models import Consignment
from routing.engine.solve import solve
from routing.models import Plan, PlanningSettings, Route, Stop
from routing.plans import actions, edits, holding, publishing, solving
from routing.plans.holding import SameRoute
from routing.plans.refusals import MoveRefused, RouteLocked
from routing.plans.solving import PlanNotPossible
from tests.routing.engine.towns import town
from tests.world import NOW, TODAY, World

Solve = Callable[..., Plan]


@pytest.fixture
def proposal(world: World, solved: Solve) -> Plan:
    """Return a proposal of three consignments on one route of Azul's."""
    for _ in range(3):
        world.consignment("ACCEPTED")
    return solved()


def as_dispatcher(world: World, plan: Plan) -> dict[str, Any]:
    plan.refresh_from_db()
    return {"version": plan.version, "reader": world.reader(world.dispatcher), "now": NOW}


def beside(world: World, plan: Plan) -> Route:
    """Return an empty route of Azul's other courier in the plan."""
    used = set(plan.routes.values_list("shift__courier", flat=True))
    courier = next(c for c in (world.ana, world.aino) if c.pk not in used)
    shift = courier.shifts.get()
    return Route.objects.create(
        plan=plan, shift=shift, number=9, planned_start_at=shift.starts_at, planned_end_at=shift.starts_at
    )  # fmt: skip


def order(route: Route) -> list[Any]:
    return list(route.stops.order_by("position").values_list("drops__consignment", flat=True))


def test_a_pinned_stop_stays_with_its_courier_in_the_next_plan(
    world: World, proposal: Plan, solved: Solve
) -> None:
    other = beside(world, proposal)
    stop = Stop.objects.filter(route__plan=proposal).order_by("position").first()
    assert stop is not None
    edits.move_stop(
        stop_id=stop.pk, route_id=other.pk, position=1, **as_dispatcher(world, proposal)
    )
    holding.pin_stop(stop_id=stop.pk, pinned=True, **as_dispatcher(world, proposal))
    again = solved()
    held = Stop.objects.get(route__plan=again, drops__consignment=stop.drops.get().consignment_id)
    assert (held.route.shift_id, held.is_pinned) == (other.shift_id, True)
    assert again.base_id == proposal.pk
    # Let go, one courier is enough again.
    again.refresh_from_db()
    holding.pin_stop(stop_id=held.pk, pinned=False, **as_dispatcher(world, again))
    assert solved().routes.count() == 1


def test_a_locked_route_keeps_its_stops_and_their_order(
    world: World, proposal: Plan, solved: Solve
) -> None:
    route = proposal.routes.get()
    last = route.stops.get(position=3)
    edits.move_stop(
        stop_id=last.pk, route_id=route.pk, position=1, **as_dispatcher(world, proposal)
    )
    by_hand = order(route)
    holding.lock_route(route_id=route.pk, locked=True, **as_dispatcher(world, proposal))
    world.consignment("ACCEPTED")
    again = solved()
    kept = again.routes.get(shift=route.shift)
    assert order(kept) == by_hand
    assert kept.is_locked
    # The late one went to the other courier: nothing is added to what is locked.
    assert again.routes.exclude(pk=kept.pk).get().stops.count() == 1
    assert again.figures["locked"] == 1
    assert again.figures["cost"] == sum(again.figures["costs"].values())


def test_a_locked_route_counts_in_every_step_as_in_the_bound() -> None:
    found = solve(town(12, 3), seconds=60, iterations=2, seed=1)
    assert found.report.steps
    assert found.report.lower_bound is not None
    more = found.routes[0].costs.total
    assert more > 0
    both = solving.with_locked(found, found.routes[:1])
    assert [step.cost for step in both.report.steps] == [s.cost + more for s in found.report.steps]
    assert both.report.lower_bound == found.report.lower_bound + more
    assert both.costs.total == found.costs.total + more


def test_a_locked_route_refuses_changes_by_hand(world: World, proposal: Plan) -> None:
    route, other = proposal.routes.get(), beside(world, proposal)
    stop = route.stops.get(position=1)
    holding.lock_route(route_id=route.pk, locked=True, **as_dispatcher(world, proposal))
    with pytest.raises(RouteLocked):
        edits.move_stop(
            stop_id=stop.pk, route_id=other.pk, position=1, **as_dispatcher(world, proposal)
        )
    with pytest.raises(RouteLocked):
        holding.swap_couriers(
            route_id=other.pk, other_id=route.pk, **as_dispatcher(world, proposal)
        )
    holding.lock_route(route_id=route.pk, locked=False, **as_dispatcher(world, proposal))
    edits.move_stop(
        stop_id=stop.pk, route_id=other.pk, position=1, **as_dispatcher(world, proposal)
    )


def test_nothing_is_put_on_a_plan_whose_routes_are_all_locked(world: World, proposal: Plan) -> None:
    route = proposal.routes.get()
    holding.lock_route(route_id=route.pk, locked=True, **as_dispatcher(world, proposal))
    late = world.consignment("ACCEPTED")
    for wanted in (None, route.pk):
        with pytest.raises(RouteLocked):
            edits.insert_consignment(
                plan_id=proposal.pk, consignment_id=late.pk, route_id=wanted, **as_dispatcher(world, proposal)
            )  # fmt: skip


def test_a_locked_route_that_cannot_be_driven_any_more_is_named(
    world: World, proposal: Plan
) -> None:
    route = proposal.routes.get()
    holding.lock_route(route_id=route.pk, locked=True, **as_dispatcher(world, proposal))
    early = route.shift.starts_at
    Consignment.objects.filter(stops__stop__route=route).update(
        window_start=early, window_end=early + timedelta(seconds=30)
    )
    plan = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=5, seed=1, reader=world.reader(world.dispatcher), now=NOW
    )  # fmt: skip
    begun = actions.begin_solving(plan_id=plan.pk, now=NOW)
    assert begun is not None
    with pytest.raises(PlanNotPossible, match=f"{route.shift.courier.alias}'s locked route"):
        solving.solve_plan(begun)


def test_a_move_is_priced_and_moving_back_costs_the_opposite(world: World, proposal: Plan) -> None:
    route, other = proposal.routes.get(), beside(world, proposal)
    before = dict(proposal.figures)
    stop = route.stops.get(position=2)
    move = edits.move_stop(
        stop_id=stop.pk, route_id=other.pk, position=1, **as_dispatcher(world, proposal)
    )
    # A second courier leaves the hub: more hours and kilometres.
    assert move.price.costs.time > 0
    assert move.price.costs.distance > 0
    assert move.price.metres > 0
    proposal.refresh_from_db()
    assert proposal.figures["cost"] == before["cost"] + move.price.costs.total
    back = edits.move_stop(
        stop_id=stop.pk, route_id=route.pk, position=2, **as_dispatcher(world, proposal)
    )
    assert back.price.costs.total == -move.price.costs.total
    proposal.refresh_from_db()
    assert {k: proposal.figures[k] for k in ("cost", "costs", "metres", "seconds")} == {
        k: before[k] for k in ("cost", "costs", "metres", "seconds")
    }


def test_two_couriers_swap_their_stops_and_back(world: World, proposal: Plan) -> None:
    route, other = proposal.routes.get(), beside(world, proposal)
    was = order(route)
    swap = holding.swap_couriers(
        route_id=route.pk, other_id=other.pk, **as_dispatcher(world, proposal)
    )
    assert (order(route), order(other)) == ([], was)
    back = holding.swap_couriers(
        route_id=route.pk, other_id=other.pk, **as_dispatcher(world, proposal)
    )
    assert (order(route), order(other)) == (was, [])
    assert back.price.costs.total == -swap.price.costs.total


def test_a_swap_against_a_rule_is_refused_with_the_rule(world: World, proposal: Plan) -> None:
    route = proposal.routes.get()
    shift = world.vesa.shifts.get()
    foreign = Route.objects.create(
        plan=proposal, shift=shift, number=9, planned_start_at=shift.starts_at, planned_end_at=shift.ends_at
    )  # fmt: skip
    with pytest.raises(MoveRefused, match="Vesa rides for another partner"):
        holding.swap_couriers(
            route_id=route.pk, other_id=foreign.pk, **as_dispatcher(world, proposal)
        )
    assert route.stops.count() == 3
    with pytest.raises(SameRoute):
        holding.swap_couriers(
            route_id=route.pk, other_id=route.pk, **as_dispatcher(world, proposal)
        )


def test_both_phones_hear_of_a_swap_of_what_is_driven(world: World, proposal: Plan) -> None:
    publishing.publish_plan(plan_id=proposal.pk, **as_dispatcher(world, proposal))
    route, other = proposal.routes.get(), beside(world, proposal)
    Route.objects.filter(pk=other.pk).update(state=Route.State.PUBLISHED)
    LiveEvent.objects.all().delete()
    holding.swap_couriers(route_id=route.pk, other_id=other.pk, **as_dispatcher(world, proposal))
    told = LiveEvent.objects.filter(type="manifest.changed").values_list("stream", flat=True)
    assert sorted(told) == sorted(f"courier:{r.shift.courier_id}" for r in (route, other))


def test_pinning_and_locking_are_told_to_the_board_and_to_no_phone(
    world: World, proposal: Plan
) -> None:
    publishing.publish_plan(plan_id=proposal.pk, **as_dispatcher(world, proposal))
    LiveEvent.objects.all().delete()
    route = proposal.routes.get()
    holding.lock_route(route_id=route.pk, locked=True, **as_dispatcher(world, proposal))
    holding.pin_stop(
        stop_id=route.stops.get(position=1).pk, pinned=True, **as_dispatcher(world, proposal)
    )
    told = set(LiveEvent.objects.values_list("stream", "type"))
    assert (f"board:{proposal.hub_id}", "route.changed") in told
    assert not [stream for stream, _type in told if stream.startswith("courier:")]
    shown = LiveEvent.objects.filter(type="route.changed").order_by("-at", "-seq").first()
    assert shown is not None
    assert shown.data["is_locked"] is True


def test_what_somebody_else_changed_meanwhile_is_refused(world: World, proposal: Plan) -> None:
    route = proposal.routes.get()
    kwargs = as_dispatcher(world, proposal)
    holding.lock_route(route_id=route.pk, locked=True, **kwargs)
    with pytest.raises(StaleVersion):
        holding.lock_route(route_id=route.pk, locked=False, **kwargs)
    with pytest.raises(StaleVersion):
        holding.pin_stop(stop_id=route.stops.get(position=1).pk, pinned=True, **kwargs)


def test_nobody_else_finds_the_route(world: World, proposal: Plan) -> None:
    route = proposal.routes.get()
    kwargs = as_dispatcher(world, proposal) | {"reader": world.reader(world.azul_manager)}
    with pytest.raises(NotFound):
        holding.lock_route(route_id=route.pk, locked=True, **kwargs)


def test_a_discarded_proposal_is_closed_to_changes(world: World, proposal: Plan) -> None:
    stop = Stop.objects.filter(route__plan=proposal).order_by("position").first()
    assert stop is not None
    actions.discard_plan(plan_id=proposal.pk, **as_dispatcher(world, proposal))
    with pytest.raises(actions.PlanClosed):
        holding.pin_stop(stop_id=stop.pk, pinned=True, **as_dispatcher(world, proposal))


def test_a_hub_chooses_its_engine_once(world: World) -> None:
    reader = world.reader(world.dispatcher)
    chosen = actions.change_settings(
        hub_id=world.hub.pk, engine="ortools", version=1, reader=reader
    )
    assert (chosen.engine, chosen.version) == ("ortools", 2)
    with pytest.raises(StaleVersion):
        actions.change_settings(hub_id=world.hub.pk, engine="auto", version=1, reader=reader)
    with pytest.raises(NotFound):
        actions.change_settings(
            hub_id=world.hub.pk, engine="auto", version=2, reader=world.reader(world.azul_manager)
        )


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_a_plan_is_made_by_the_hubs_engine(world: World, solved: Solve, engine: str) -> None:
    PlanningSettings.objects.create(hub=world.hub, engine=engine)
    for _ in range(5):
        world.consignment("ACCEPTED")
    plan = solved()
    assert plan.figures["planned"] == 5
    # OR-Tools alone, or somebody who proposes before OR-Tools.
    assert (plan.figures["engine"] == "ortools") == (engine == "ortools")
