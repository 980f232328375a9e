"""An order comes in whole, once."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from delivery.models import Address, ChecklistStep, Order, Parcel
from delivery.orders.actions import NewConsignment, NewItem, OrderAlreadyExists, ParcelTooLarge
from tests.world import World, box


def test_one_order_of_two_sellers_becomes_two_consignments(world: World) -> None:
    order = world.order(
        consignments=(
            NewConsignment(parcels=(box(), box()), seller="Vasos & Cia"),
            NewConsignment(parcels=(box(),), seller="Chocolates Sol"),
        )
    )
    assert [c.parcels.count() for c in order.consignments.order_by("id")] == [2, 1]


def test_an_orders_address_is_looked_up_in_the_same_transaction(world: World) -> None:
    order = world.order()
    job = ProcrastinateJob.objects.get(task_name__contains="locate_address")
    assert job.args == {"address_id": str(order.consignments.get().address_id)}


def test_a_fragile_item_adds_its_step_to_the_checklist(world: World) -> None:
    plain = world.order()
    fragile = world.order(
        consignments=(
            NewConsignment(parcels=(box(items=(NewItem(name="Vase", is_fragile=True),)),)),
        )
    )
    steps = {
        o.pk: ChecklistStep.objects.filter(parcel__consignment__order=o).count()
        for o in (plain, fragile)
    }
    assert (steps[plain.pk], steps[fragile.pk]) == (1, 2)


def test_the_same_reference_twice_is_refused_and_leaves_nothing(world: World) -> None:
    world.order(external_ref="A-1")
    before = (Order.objects.count(), Parcel.objects.count(), Address.objects.count())
    with pytest.raises(OrderAlreadyExists):
        world.order(external_ref="A-1")
    assert (Order.objects.count(), Parcel.objects.count(), Address.objects.count()) == before


def test_another_merchant_may_use_the_same_reference(world: World) -> None:
    world.order(external_ref="A-1")
    assert world.order(external_ref="A-1", merchant=world.shop).pk


def test_a_parcel_that_nobody_could_carry_is_refused(world: World) -> None:
    with pytest.raises(ParcelTooLarge):
        world.order(consignments=(NewConsignment(parcels=(box(weight_g=70_001),)),))
    assert world.order(consignments=(NewConsignment(parcels=(box(weight_g=70_000),)),)).pk
