"""Which courier is preferred for which stop: one who knows the area, one who drove less of late."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point
from django.test.client import Client

from couriers.models import Courier
from routing.models import Plan, PlanningSettings, Route, Stop
from routing.plans import building, inputs
from tests.world import DOORS, NOW, TODAY, World


def drove(
    world: World, courier: Courier, *, days_ago: int, hours: int = 1, stops: int = 0
) -> Route:
    """Keep a route that the courier drove some days ago, with so many stops at the first of DOORS."""
    day = TODAY - timedelta(days=days_ago)
    plan = Plan.objects.create(
        hub=world.hub, day=day, state=Plan.State.REPLACED, seconds=1, created_at=NOW
    )
    start = NOW - timedelta(days=days_ago)
    route = Route.objects.create(
        plan=plan, shift=courier.shifts.get(), number=1, state=Route.State.DONE,
        planned_start_at=start, planned_end_at=start + timedelta(hours=hours),
    )  # fmt: skip
    for position in range(1, stops + 1):
        Stop.objects.create(
            route=route, position=position, point=Point(*DOORS[0], srid=4326), service_s=60,
            planned_at=start, eta_at=start, left_at=start, state=Stop.State.DONE,
        )  # fmt: skip
    return route


def choose(world: World, **prices: str) -> None:
    PlanningSettings.objects.create(
        hub=world.hub, **{name: Decimal(price) for name, price in prices.items()}
    )


def charges(world: World) -> dict[str, int]:
    """Return micros by courier for the one stop to plan, at the first of DOORS."""
    given = inputs.gather(world.hub, TODAY, NOW)
    crew = [(turn.id, turn.courier_id) for turn in given.turns if turn.alias in ("Ana", "Aino")]
    names = {str(turn.id): turn.alias for turn in given.turns}
    found = given.leaning.charges(DOORS[0], crew)
    return {names[shift]: micros for shift, micros in found.items()}


@pytest.mark.parametrize("knows", ["ana", "aino"])
def test_who_knows_the_area_gets_the_stop(
    world: World, solved: Callable[..., Plan], knows: str
) -> None:
    address = world.consignment("ACCEPTED").address
    address.point = Point(*DOORS[0], srid=4326)
    address.save()
    courier = getattr(world, knows)
    drove(world, courier, days_ago=3, stops=5)
    choose(world, unknown_area="50.00")
    plan = solved()
    assert plan.routes.get().shift.courier == courier
    assert plan.figures["familiar"] == 1
    # The charge served the search; the plan costs what driving it costs.
    assert plan.figures["costs"]["preference"] == 0
    assert plan.figures["cost"] == sum(plan.figures["costs"].values())


def test_the_charge_falls_with_each_visit_and_is_forgotten(world: World) -> None:
    choose(world, unknown_area="1.00")
    assert charges(world) == {}  # nobody was there: it is the same whoever goes
    drove(world, world.ana, days_ago=3, stops=2)
    # Two of five visits: Ana knows 0.4 of it, and Aino is charged the difference.
    assert charges(world) == {"Ana": 0, "Aino": 400_000}
    drove(world, world.aino, days_ago=61, stops=5)
    assert charges(world) == {"Ana": 0, "Aino": 400_000}


def test_a_kilometre_away_is_another_area(world: World) -> None:
    choose(world, unknown_area="1.00")
    drove(world, world.ana, days_ago=3, stops=5)
    given = inputs.gather(world.hub, TODAY, NOW)
    lon, lat = DOORS[0]
    assert given.leaning.knows(world.ana.pk, (lon, lat + 0.0018)) == 1  # 200 m
    assert given.leaning.knows(world.ana.pk, (lon, lat + 0.009)) == 0  # 1 km


def test_who_drove_more_of_late_is_charged(world: World) -> None:
    choose(world, uneven_hours="1.00")
    drove(world, world.ana, days_ago=7, hours=9)
    drove(world, world.aino, days_ago=7, hours=6)
    # The mean is 7.5 hours; Ana's 9 are a fifth above it.
    assert charges(world) == {"Ana": 200_000, "Aino": 0}
    drove(world, world.aino, days_ago=29, hours=12)  # five weeks ago: forgotten
    assert charges(world) == {"Ana": 200_000, "Aino": 0}


def test_without_a_price_nothing_leans(world: World) -> None:
    choose(world, unknown_area="0", uneven_hours="0")
    drove(world, world.ana, days_ago=3, hours=9, stops=5)
    world.consignment("ACCEPTED")
    draft = building.draft(inputs.gather(world.hub, TODAY, NOW))
    assert charges(world) == {}
    assert building.familiar_stops(draft, None) is None


def test_the_prices_are_set_at_the_door(client: Client, world: World) -> None:
    client.force_login(world.dispatcher)
    url = f"/api/v1/hubs/{world.hub.pk}/planning/"
    assert client.get(url).json()["unknown_area"] == "0.50"

    def put(**body: str) -> tuple[int, str]:
        etag = client.get(url).headers["ETag"]
        answer = client.put(
            url,
            {"engine": "auto", **body},
            "application/json",
            headers={"If-Match": etag, "Idempotency-Key": uuid4().hex},
        )
        return answer.status_code, answer.content.decode()

    assert put(unknown_area="1.25")[0] == 200
    assert put(uneven_hours="0.10")[0] == 200
    kept = PlanningSettings.objects.get()
    # What is left out stays as it is.
    assert (kept.unknown_area, kept.uneven_hours) == (Decimal("1.25"), Decimal("0.10"))
    for wrong in ({"unknown_area": "-1"}, {"changed_courier": "0"}, {"changed_order": "101"}):
        status, text = put(**wrong)
        assert status == 422
        assert next(iter(wrong)) in text
