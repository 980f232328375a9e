"""A delivery whose data are canaries: words that must not turn up where they have no business."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from delivery.models import Approach, Attempt, Consignment, Proof
from delivery.orders.actions import NewAddress, NewRecipient
from delivery.tracking.actions import open_link
from tests.world import DOORS, NOW, World

CANARIES = (
    "Quinquilharias",  # the recipient's own surname
    "+358409999001",  # their phone
    "Kanarienkatu",  # their street
    "Naapuri",  # the other recipient
    "+358409999002",
    "Vierastie",  # the other address
    "Salainen",  # the courier's surname
    "canary@azul.example",  # the courier's address
    "Wrapped by",  # a packing note
    "Sisäinen",  # the proof's name
)


@dataclass
class Doorstep:
    """One recipient's delivery with its link, and another stop on the same route."""

    world: World
    consignment: Consignment
    token: str
    other: Consignment

    @property
    def url(self) -> str:
        """The page's address."""
        return f"/t/{self.token}/"

    def move(self, status: str, **approach: Any) -> None:
        """Bring the consignment to `status` by hand, with what routing told."""
        Consignment.objects.filter(pk=self.consignment.pk).update(status=status, status_at=NOW)
        if approach:
            Approach.objects.update_or_create(consignment=self.consignment, defaults=approach)
        if status == "DELIVERED":
            self.hand_over()

    def hand_over(self, to: str = "NEIGHBOUR") -> None:
        """Write the proof of a delivery at NOW."""
        attempt = Attempt.objects.create(
            consignment=self.consignment,
            number=1,
            outcome="DELIVERED",
            partner=self.world.azul.organization,
            user=self.world.ana.user,
            client_event_id=self.consignment.pk,
            occurred_at=NOW,
            received_at=NOW,
        )
        Proof.objects.create(
            attempt=attempt, kind="NAME", handed_to=to, name="Sisäinen", received_at=NOW
        )


@pytest.fixture
def doorstep(world: World) -> Doorstep:
    """Return a delivery of the florist for Maria, due today, brought by Ana of Azul."""
    world.ana.user.name = "Ana Salainen"
    world.ana.user.email = "canary@azul.example"
    world.ana.user.save()
    maria = NewRecipient(name="Maria Quinquilharias", phone="+358409999001", language="pt-br")
    lon, lat = DOORS[0]
    consignment = world.consignment(
        recipient=maria,
        address=NewAddress(line1="Kanarienkatu 7", city="Helsinki", country="FI", lon=lon, lat=lat),
    )
    consignment.partner = world.azul.organization
    consignment.save()
    consignment.parcels.get().steps.update(flaw_note="Wrapped by Paulo")
    neighbour = NewRecipient(name="Naapuri Toinen", phone="+358409999002")
    other = world.consignment(
        "OUT_FOR_DELIVERY",
        recipient=neighbour,
        address=NewAddress(line1="Vierastie 9", city="Helsinki", country="FI", lon=lon, lat=lat),
    )
    return Doorstep(world, consignment, open_link(consignment=consignment, now=NOW), other)


@pytest.fixture
def near() -> dict[str, Any]:
    """Return what routing tells when the courier is two stops away."""
    return {
        "eta_at": NOW + timedelta(minutes=50),
        "stops_before": 2,
        "courier_alias": "Ana",
        "vehicle_kind": "BICYCLE",
        "courier_point": Point(24.9401, 60.1702, srid=4326),
        "courier_seen_at": NOW - timedelta(seconds=20),
    }
