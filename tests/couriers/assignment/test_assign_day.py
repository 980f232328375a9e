"""A day is assigned at least cost with nobody over capacity, and each reason given is true."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.gis.geos import Point, Polygon

from couriers.assignment import actions, giving, queries, reading
from couriers.assignment.models import Assignment, AssignmentRun, Unassigned
from couriers.models import Partner, RateCard, ServiceArea, Shift, Vehicle
from delivery.models import Address, Consignment, Hub, TrackingEvent
from delivery.orders import actions as orders
from delivery.orders.actions import NewAddress, NewConsignment, NewItem
from delivery.orders.status import Status
from tests.world import NORTH, NOW, TODAY, World, box

# Where each of the world's doors lies: 1 and 2 in the south, 3 where the areas overlap, 4 and 5 in the north.
SOUTH_DOOR, SHARED_DOOR, NORTH_DOOR = (24.9384, 60.1675), (24.9455, 60.1720), (24.9480, 60.1745)


def ready(world: World, door: tuple[float, float], *parcels: Any, **changes: Any) -> Consignment:
    """Return a consignment that is ready to be assigned, of ordinary parcels unless others are given."""
    address = NewAddress(line1="Testikatu 1", country="FI", lon=door[0], lat=door[1])
    new = NewConsignment(parcels=parcels or (box(),), **changes)
    return world.consignment(Status.READY, address=address, consignments=(new,))


def assign(world: World, **changes: Any) -> AssignmentRun:
    return actions.assign_day(day=TODAY, reader=world.reader(world.dispatcher), now=NOW, **changes)


def set_partner(partner: Partner, **changes: Any) -> None:
    Partner.objects.filter(pk=partner.pk).update(**changes)


def told(consignment: Consignment) -> dict[str, Any]:
    """Return the code and sentence against each partner, by its name."""
    why = queries.why_not(consignment)
    return {other["name"]: (other["code"], other["sentence"]) for other in why["others"]}


def carrier(consignment: Consignment) -> str:
    partner = Assignment.objects.get(consignment=consignment, state="OFFERED").partner
    return partner.organization.name


@pytest.fixture(autouse=True)
def counters_are_right(world: World) -> Any:
    yield
    assert queries.counters_off() == []


def test_each_goes_to_the_partner_whose_area_holds_it_and_where_two_do_to_the_cheaper(
    world: World,
) -> None:
    south, shared, north = (ready(world, door) for door in (SOUTH_DOOR, SHARED_DOOR, NORTH_DOOR))
    run = assign(world)

    assert [carrier(c) for c in (south, shared, north)] == ["Azul", "Azul", "Verde"]
    # 5.00 + 5.00 + 6.00
    assert (run.assigned, run.unassigned, run.total_price) == (3, 0, Decimal("16.00"))
    assert told(shared) == {"Verde": ("dearer", "Verde costs 1.00 EUR more.")}
    assert told(south) == {"Verde": ("outside_area", "Outside the areas of Verde.")}


def test_the_consignment_is_offered_through_the_funnel_and_names_its_partner(world: World) -> None:
    consignment = ready(world, SOUTH_DOOR)
    assign(world)

    consignment.refresh_from_db()
    event = TrackingEvent.objects.filter(consignment=consignment).latest("seq")
    offer = Assignment.objects.get()
    assert (consignment.status, consignment.partner_id) == (Status.OFFERED, world.azul.pk)
    assert (event.status_to, event.data["partner"]) == ("OFFERED", str(world.azul.pk))
    assert (event.user_id, offer.answer_by) == (world.dispatcher.pk, NOW + giving.OFFER_LIFE)


def test_a_partner_that_accepts_at_once_has_accepted(world: World) -> None:
    set_partner(world.azul, auto_accepts=True)
    consignment = ready(world, SOUTH_DOOR)
    assign(world)

    consignment.refresh_from_db()
    assert (consignment.status, Assignment.objects.get().state) == (Status.ACCEPTED, "ACCEPTED")


def test_who_is_full_passes_on_the_one_that_costs_least_to_pass_on(world: World) -> None:
    set_partner(world.azul, daily_capacity=1)
    # Above the first kilogram Verde charges nothing, Azul 2.00 a kilogram: the heavy one is cheaper with Verde.
    RateCard.objects.filter(partner=world.azul).update(per_kg=2)
    light, heavy = ready(world, SHARED_DOOR), ready(world, SHARED_DOOR, box(3_000))
    assign(world)

    assert (carrier(light), carrier(heavy)) == ("Azul", "Verde")
    # heavy with Azul: 5.00 + 2 x 2.00 = 9.00 against 6.00
    assert told(heavy)["Azul"] == ("dearer", "Azul costs 3.00 EUR more.")


def test_a_cheaper_partner_without_a_place_is_said_to_have_none_and_what_it_would_have_saved(
    world: World,
) -> None:
    set_partner(world.azul, daily_capacity=1)
    first, second = ready(world, SHARED_DOOR, priority=5), ready(world, SHARED_DOOR)
    assign(world)

    by_name = {carrier(c): c for c in (first, second)}
    assert told(by_name["Verde"])["Azul"] == (
        "no_capacity",
        "Azul has no place left; it would have cost 1.00 EUR less.",
    )


def test_where_not_all_can_be_carried_the_urgent_go_first_and_the_rest_learn_what_would_help(
    world: World,
) -> None:
    set_partner(world.azul, daily_capacity=1)
    calm, urgent = ready(world, SOUTH_DOOR), ready(world, SOUTH_DOOR, priority=9)
    run = assign(world)

    assert carrier(urgent) == "Azul"
    calm.refresh_from_db()
    assert (calm.status, run.unassigned) == (Status.READY, 1)
    out = queries.left_out(run)[0]
    assert [o["sentence"] for o in out["others"] if o["name"] == "Azul"] == [
        "Azul has no place left."
    ]
    assert out["actions"][0]["sentence"] == "Raise the capacity of Azul by 1."
    assert queries.ways_out(run)[0] | {"helps": 1, "by": 1} == queries.ways_out(run)[0]


@pytest.mark.parametrize(
    ("item", "certificate", "label"),
    [
        (NewItem(name="Oysters", is_cold=True), "COLD", "Cold chain"),
        (NewItem(name="Wine", min_age=18), "AGE_CHECK", "Age check"),
        (NewItem(name="Vase", is_fragile=True), "FRAGILE", "Fragile goods"),
    ],
)
def test_special_goods_go_only_to_partners_with_the_certificate(
    world: World, item: NewItem, certificate: str, label: str
) -> None:
    special, usual = ready(world, SHARED_DOOR, box(items=(item,))), ready(world, SHARED_DOOR)
    run = assign(world)

    assert carrier(usual) == "Azul"
    out = queries.left_out(run)[0]
    assert out["code"] == special.code
    assert {o["sentence"] for o in out["others"]} == {
        f"Azul has no certificate for: {label}.",
        f"Verde has no certificate for: {label}.",
    }

    set_partner(world.verde, certificates=[certificate])
    assign(world)
    assert carrier(special) == "Verde"
    assert told(special)["Azul"][0] == "no_certificate"


def test_what_fits_in_no_vehicle_of_a_partner_is_not_given_to_it(world: World) -> None:
    # Azul has a bicycle (80 kg, 400 l) and a van (600 kg); without the van 2 x 60 kg ride with nobody.
    pair = ready(world, SOUTH_DOOR, box(60_000), box(60_000))
    Vehicle.objects.filter(name="Aino's van").update(is_active=False)
    run = assign(world)

    azul = [o for o in queries.left_out(run)[0]["others"] if o["name"] == "Azul"]
    assert [o["sentence"] for o in azul] == ["No vehicle of Azul holds 120.0 kg and 11 l."]

    Vehicle.objects.filter(name="Aino's van").update(is_active=True)
    assign(world)
    assert carrier(pair) == "Azul"


def test_outside_every_area_the_nearest_edge_is_named_with_its_distance(world: World) -> None:
    # 0.0054 degrees east of the south area's edge at 24.960; one degree of longitude is 55.5 km at 60.165 N: 300 m
    ready(world, (24.9654, 60.165))
    run = assign(world)

    out = queries.left_out(run)[0]
    way = out["actions"][0]
    assert way["do"] == "extend_area"
    assert 295 <= way["metres"] <= 305
    assert way["sentence"] == f"Extend the area of Azul by {way['metres']} m."
    assert {o["sentence"] for o in out["others"]} >= {
        f"{way['metres']} m outside the area of Azul."
    }


def test_without_a_point_the_address_is_to_be_found_first(world: World) -> None:
    consignment = ready(world, SOUTH_DOOR)
    Address.objects.filter(pk=consignment.address_id).update(point=None)
    run = assign(world)

    out = queries.left_out(run)[0]
    assert {o["code"] for o in out["others"]} == {"not_located"}
    assert out["actions"][0]["sentence"] == "Find the address or drop a pin."


def test_a_partner_that_is_more_often_on_time_is_worth_its_price(world: World) -> None:
    # 0.30 dearer, but 10 points more often on time: (0.95 - 0.85) x 5.00 = 0.50 of penalty for Azul
    set_partner(world.azul, on_time_share=Decimal("0.850"))
    set_partner(world.verde, on_time_share=Decimal("0.950"))
    RateCard.objects.filter(partner=world.verde).update(base=Decimal("5.30"))
    consignment = ready(world, SHARED_DOOR)
    assign(world)

    assert carrier(consignment) == "Verde"
    assert told(consignment)["Azul"] == ("lower_score", "Azul is less often on time (85.0 %).")


def test_inactive_partners_and_those_without_a_card_get_nothing(world: World) -> None:
    set_partner(world.azul, is_active=False)
    RateCard.objects.filter(partner=world.verde).delete()
    ready(world, SHARED_DOOR)
    run = assign(world)

    assert {o["name"]: o["code"] for o in queries.left_out(run)[0]["others"]} == {
        "Azul": "inactive",
        "Verde": "no_rate_card",
    }


def test_another_hubs_area_counts_only_where_no_area_of_its_own_hub_reaches(world: World) -> None:
    other = Hub.objects.create(
        operator=world.operator,
        code="PAS",
        name="Pasila",
        point=Point(24.93, 60.2, srid=4326),
        timezone="Europe/Helsinki",
    )
    ServiceArea.objects.filter(partner=world.verde).update(hub=other)
    shared, north = ready(world, SHARED_DOOR), ready(world, NORTH_DOOR)
    assign(world)

    for consignment in (shared, north):
        consignment.refresh_from_db()
    assert (carrier(shared), shared.hub_id) == ("Azul", world.hub.pk)
    assert told(shared)["Verde"][0] == "other_hub"
    assert (carrier(north), north.hub_id) == ("Verde", other.pk)
    assert "It leaves from Pasila" in queries.why_not(north)["summary"]


def test_a_hub_can_be_assigned_alone(world: World) -> None:
    ready(world, SOUTH_DOOR)
    nowhere = Hub.objects.create(
        operator=world.operator, code="X", name="X", point=Point(25, 60, srid=4326), timezone="UTC"
    )

    assert assign(world, hub_ids=[nowhere.pk]).assigned == 0
    assert assign(world, hub_ids=[world.hub.pk]).assigned == 1


def test_a_second_run_leaves_what_is_offered_and_takes_what_is_new(world: World) -> None:
    ready(world, SOUTH_DOOR)
    assert assign(world).assigned == 1
    ready(world, SOUTH_DOOR)
    assert assign(world).assigned == 1
    assert Assignment.objects.count() == 2


def test_what_changed_while_it_was_worked_out_is_left_as_it_is(world: World) -> None:
    stays, goes = ready(world, SOUTH_DOOR), ready(world, SOUTH_DOOR)
    answer = actions._work_out(reading.read_day(TODAY))
    orders.cancel_consignment(consignment_id=goes.pk, now=NOW)
    given = giving.give(
        picks=answer.picks, day=TODAY, now=NOW, reader=world.reader(world.dispatcher)
    )

    assert [a.consignment_id for a in given.assignments] == [stays.pk]
    assert given.changed == [goes.pk]


def test_places_taken_by_somebody_else_meanwhile_are_not_given_twice(world: World) -> None:
    set_partner(world.azul, daily_capacity=2)
    pair = ready(world, SOUTH_DOOR), ready(world, SOUTH_DOOR)
    answer = actions._work_out(reading.read_day(TODAY))
    late = ready(world, SOUTH_DOOR)
    actions.assign_one(consignment_id=late.pk, partner=world.azul, now=NOW)
    given = giving.give(
        picks=answer.picks, day=TODAY, now=NOW, reader=world.reader(world.dispatcher)
    )

    assert (len(given.assignments), len(given.full)) == (1, 1)
    assert set(given.full) < {c.pk for c in pair}


def test_a_cancelled_consignment_gives_its_place_back(world: World) -> None:
    set_partner(world.azul, daily_capacity=1)
    first = ready(world, SOUTH_DOOR)
    assign(world)
    orders.cancel_consignment(consignment_id=first.pk, now=NOW)
    second = ready(world, SOUTH_DOOR)
    assign(world)

    assert carrier(second) == "Azul"
    assert Assignment.objects.get(consignment=first).state == "WITHDRAWN"


def test_a_partner_with_nobody_on_duty_is_a_warning(world: World) -> None:
    Shift.objects.filter(courier=world.vesa).update(is_active=False)
    ready(world, NORTH_DOOR)
    run = assign(world)

    assert run.figures["without_shift"] == [
        {"partner": str(world.verde.pk), "hub": str(world.hub.pk), "consignments": 1}
    ]


def test_an_empty_day_is_a_run_with_nothing_in_it(world: World) -> None:
    run = assign(world)

    assert (run.state, run.assigned, run.unassigned) == ("DONE", 0, 0)
    assert not Unassigned.objects.exists()


def test_an_area_with_a_border_holds_its_border(world: World) -> None:
    ServiceArea.objects.filter(partner=world.azul).delete()
    edge = NORTH[0][0], 60.175
    consignment = ready(world, edge)
    ServiceArea.objects.filter(partner=world.verde).update(polygon=Polygon(NORTH, srid=4326))
    assign(world)

    assert carrier(consignment) == "Verde"


def test_the_number_of_queries_does_not_grow_with_the_day(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _ in range(25):
        ready(world, SHARED_DOOR)
    with django_assert_max_num_queries(45):
        assert assign(world).assigned == 25
