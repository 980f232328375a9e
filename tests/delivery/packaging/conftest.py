"""A fragile parcel at the bench: two steps."""

import pytest

from delivery.models import Parcel
from delivery.orders.actions import NewConsignment, NewItem
from tests.world import World, box


@pytest.fixture
def parcel(world: World) -> Parcel:
    """Return a parcel with the steps "Right items" and "Wrap the fragile items"."""
    item = NewItem(name="Vase", is_fragile=True)
    consignment = world.consignment(
        "READY", consignments=(NewConsignment(parcels=(box(items=(item,)),)),)
    )
    return consignment.parcels.get()
