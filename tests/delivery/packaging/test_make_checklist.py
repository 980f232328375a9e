"""Which steps a parcel gets."""

from typing import Any

from delivery.models import ChecklistRule, Parcel
from delivery.orders.actions import NewConsignment, NewItem
from delivery.packaging import actions
from tests.world import World, box


def steps_of(world: World, **changes: Any) -> list[tuple[str, str]]:
    item = NewItem(name="Vase", **{k: v for k, v in changes.items() if k != "weight_g"})
    order = world.order(
        consignments=(
            NewConsignment(parcels=(box(weight_g=changes.get("weight_g", 700), items=(item,)),)),
        )
    )
    parcel = Parcel.objects.get(consignment__order=order)
    return list(parcel.steps.values_list("title", "note"))


def test_an_ordinary_parcel_gets_the_steps_for_every_parcel(world: World) -> None:
    assert steps_of(world) == [("Right items, right count", "")]


def test_a_fragile_item_brings_its_step_and_says_which_item(world: World) -> None:
    assert steps_of(world, is_fragile=True) == [
        ("Right items, right count", ""),
        ("Wrap the fragile items", "1 × Vase"),
    ]


def test_a_gift_message_is_on_the_step_that_writes_the_card(world: World) -> None:
    ChecklistRule.objects.create(applies_to="GIFT", position=5, title="Write the card")
    assert steps_of(world, gift_message="Happy birthday")[-1] == (
        "Write the card",
        "Happy birthday",
    )


def test_a_merchants_own_rule_is_for_its_parcels_only(world: World) -> None:
    ChecklistRule.objects.create(
        merchant=world.shop, applies_to="ALL", position=0, title="Stamp of Zé"
    )
    assert "Stamp of Zé" not in dict(steps_of(world))
    order = world.order(merchant=world.shop)
    titles = Parcel.objects.get(consignment__order=order).steps.values_list("title", flat=True)
    assert list(titles) == ["Stamp of Zé", "Right items, right count"]


def test_without_any_rule_the_default_ones_apply(world: World) -> None:
    ChecklistRule.objects.all().delete()
    titles = [title for title, _note in steps_of(world, is_cold=True, weight_g=10_001)]
    assert titles == [
        "Right items, right count",
        "Cold pack in, lid closed",
        "Heavy label on two sides",
        "Close it and stick the label on",
    ]


def test_default_rules_are_seeded_once(world: World) -> None:
    assert actions.seed_default_rules() == 0  # the world has rules of its own
    ChecklistRule.objects.all().delete()
    assert actions.seed_default_rules() == 7
    assert actions.seed_default_rules() == 0
