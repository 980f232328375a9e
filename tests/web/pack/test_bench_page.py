"""The bench's page and the labels, as the server writes them."""

import json
import re

from django.test import Client

from delivery.models import Consignment, Parcel
from delivery.orders.actions import NewConsignment, NewItem, NewRecipient
from tests.world import World, box


def fragile(world: World) -> Parcel:
    parcels = (box(items=(NewItem(name="Vase", is_fragile=True),)), box(weight_g=12_000))
    consignment = world.consignment(
        "READY",
        recipient=NewRecipient(name="Maria Quinquilharias"),
        consignments=(NewConsignment(parcels=parcels),),
    )
    return consignment.parcels.first()


def test_the_page_brings_the_bench_and_its_place_in_the_stream(
    client: Client, world: World
) -> None:
    parcel = fragile(world)
    Consignment.objects.update(due_on="2026-01-01")
    client.force_login(world.packer)
    assert client.get("/pack/").headers["Location"] == "/pack/KAM/"
    html = client.get("/pack/KAM/").content.decode()
    start = json.loads(re.search(r'id="bench-start"[^>]*>(.*?)</script>', html, re.S).group(1))
    assert start["stream"] == f"bench:{world.hub.pk}"
    assert next(p["code"] for p in start["data"]["parcels"]) == parcel.code
    assert "Quinquilharias" not in html


def test_the_bench_is_for_those_who_pack(client: Client, world: World) -> None:
    assert client.get("/pack/").status_code == 302  # to sign in
    for user in (world.lua, world.ana.user, world.azul_manager, world.agent):
        client.force_login(user)
        assert client.get("/pack/").status_code == 403
        assert client.get("/pack/KAM/labels/").status_code == 403
        assert client.get(f"/pack/labels/{fragile(world).pk}/").status_code == 404
    client.force_login(world.packer)
    assert client.get("/pack/XYZ/").status_code == 404


def test_a_label_has_code_address_and_marks(client: Client, world: World) -> None:
    parcel = fragile(world)
    client.force_login(world.packer)
    html = client.get(f"/pack/labels/{parcel.pk}/").content.decode()
    for said in (
        "Maria Quinquilharias",
        "Testikatu 1",
        "FRAGILE",
        "1/2",
        f"{parcel.code[:4]} {parcel.code[4:]}",
        "<svg",
    ):
        assert said in html
    assert "HEAVY" not in html
    assert not re.search(r'style="', html)


def test_all_labels_of_what_is_still_to_be_packed(client: Client, world: World) -> None:
    parcel = fragile(world)
    Consignment.objects.update(due_on="2026-01-01")
    client.force_login(world.packer)
    assert client.get("/pack/KAM/labels/").content.decode().count('class="label"') == 2
    Parcel.objects.filter(pk=parcel.pk).update(packaging="PASSED")
    assert client.get("/pack/KAM/labels/").content.decode().count('class="label"') == 1
