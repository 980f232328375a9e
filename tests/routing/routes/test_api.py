"""The courier's REST doors."""

import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import Client
from PIL import Image

from delivery.models import Consignment, Parcel, Proof
from routing.models import CourierCommand, Route, Stop
from tests.world import NOW, World


@pytest.fixture
def phone(route: Route) -> Client:
    """Return the phone of the route's courier."""
    client = Client()
    client.force_login(route.shift.courier.user)
    return client


def command(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "type": kind, "occurred_at": NOW.isoformat()} | {
        k: str(v) if isinstance(v, uuid.UUID) else v for k, v in more.items()
    }


def send(phone: Client, *commands: dict[str, Any], **more: Any) -> Any:
    body = {"commands": list(commands)} | more
    return phone.post(
        "/api/v1/couriers/me/commands/", json.dumps(body), content_type="application/json"
    )


def picture(form: str = "JPEG", exif: bool = True) -> bytes:
    kept = io.BytesIO()
    image = Image.new("RGB", (60, 40), "teal")
    marks = Image.Exif()
    marks[0x010F] = "SpyCam"  # the maker; a phone writes the place there too
    image.save(kept, form, exif=marks if exif else None) if form == "JPEG" else image.save(
        kept, form
    )
    return kept.getvalue()


def upload(phone: Client, command_id: str, content: bytes, kind: str = "PHOTO") -> Any:
    file = SimpleUploadedFile("door.jpg", content, content_type="image/jpeg")
    return phone.post(
        "/api/v1/couriers/me/proofs/", {"command": command_id, "kind": kind, "file": file}
    )


def test_a_phone_gets_all_it_needs_for_the_day(
    phone: Client, route: Route, stops: list[Stop]
) -> None:
    answer = phone.get("/api/v1/couriers/me/manifest/")
    shown = answer.json()["routes"][0]
    assert [s["id"] for s in shown["stops"]] == [str(s.pk) for s in stops]
    drop = shown["stops"][0]["consignments"][0]
    assert drop["recipient"]["name"].startswith("Recipient")
    assert drop["recipient"]["phone"] == "+358401234567"
    assert shown["stops"][0]["address"]["line1"].startswith("Testikatu")
    assert drop["parcels"][0]["packaging"] == "PASSED"
    assert len(shown["line"]) >= 2
    again = phone.get("/api/v1/couriers/me/manifest/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_an_outbox_is_answered_item_by_item(phone: Client, route: Route, stops: list[Stop]) -> None:
    first = command("deliver", stop=stops[0].pk, data={"name": "Maria", "handed_to": "NEIGHBOUR"})
    strange = command("teleport")
    broken = {"id": "x", "type": "arrive"}
    answer = send(phone, first, strange, broken, command("arrive", stop=stops[1].pk), first)
    outcomes = [(r["outcome"], r.get("code", "")) for r in answer.json()["results"]]
    assert outcomes == [
        ("applied", ""),
        ("refused", "unknown_command"),
        ("refused", "invalid_input"),
        ("applied", ""),
        ("duplicate", ""),
    ]
    manifest = phone.get("/api/v1/couriers/me/manifest/")
    assert manifest["ETag"] == answer.json()["manifest"]
    assert manifest.json()["routes"][0]["stops"][0]["consignments"][0]["is_open"] is False


def test_a_phone_whose_clock_is_an_hour_ahead_is_mended(phone: Client, stops: list[Stop]) -> None:
    ahead = NOW + timedelta(hours=1)
    one = command("arrive", stop=stops[0].pk) | {
        "occurred_at": (ahead - timedelta(minutes=5)).isoformat()
    }
    send(phone, one, sent_at=ahead.isoformat())
    assert CourierCommand.objects.get().occurred_at == NOW - timedelta(minutes=5)


def test_a_photo_is_kept_without_its_place_and_device(phone: Client, stops: list[Stop]) -> None:
    one = command("deliver", stop=stops[0].pk)
    assert upload(phone, one["id"], picture()).json()["code"] == "command_not_known_yet"
    send(phone, one)
    for _ in range(2):
        assert upload(phone, one["id"], picture()).json() == {"kept": 1}
    proof = Proof.objects.get(kind="PHOTO")
    with Image.open(proof.file.path) as kept:
        assert (kept.format, dict(kept.getexif())) == ("JPEG", {})
    assert "door" not in proof.file.name


@pytest.mark.parametrize(
    "content", [b"<svg/>", b"GIF89a" + bytes(40), b"\xff\xd8\xff" + bytes(200), b"%PDF-1.4"]
)
def test_a_file_that_is_no_photo_is_refused(
    phone: Client, stops: list[Stop], content: bytes
) -> None:
    one = command("deliver", stop=stops[0].pk)
    send(phone, one)
    answer = upload(phone, one["id"], content)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_photo")
    assert not Proof.objects.exists()


def test_another_couriers_delivery_takes_no_proof(
    world: World, phone: Client, stops: list[Stop]
) -> None:
    one = command("deliver", stop=stops[0].pk)
    send(phone, one)
    vesa = Client()
    vesa.force_login(world.vesa.user)
    assert upload(vesa, one["id"], picture()).json()["code"] == "command_not_known_yet"
    assert send(vesa, one).json()["results"][0]["code"] == "command_reused"


def test_a_part_of_a_stop_may_be_left(phone: Client, route: Route, stops: list[Stop]) -> None:
    given = Consignment.objects.get(stops__stop=stops[0])
    answer = send(phone, command("deliver", stop=stops[0].pk, consignments=[str(uuid.uuid4())]))
    assert answer.json()["results"][0]["code"] == "stop_already_completed"
    answer = send(phone, command("deliver", stop=stops[0].pk, consignments=[str(given.pk)]))
    assert answer.json()["results"][0]["outcome"] == "applied"


@pytest.mark.parametrize("who", ["dispatcher", "azul_manager", "packer", "lua"])
def test_only_couriers_have_a_list(world: World, route: Route, who: str) -> None:
    client = Client()
    client.force_login(getattr(world, who))
    assert client.get("/api/v1/couriers/me/manifest/").status_code == 403
    assert send(client, command("start_route", route=route.pk)).status_code == 403
    assert client.get("/api/v1/couriers/me/manifest/").json()["code"] == "not_allowed"


def test_parcels_scanned_by_their_code(phone: Client, stops: list[Stop]) -> None:
    parcel = Parcel.objects.get(consignment__stops__stop=stops[0])
    assert (
        send(phone, command("load_parcel", parcel=parcel.code.lower())).json()["results"][0][
            "outcome"
        ]
        == "applied"
    )
    assert Parcel.objects.get(pk=parcel.pk).holder == parcel.consignment.partner
    shown = phone.get("/api/v1/couriers/me/manifest/").json()["routes"][0]["stops"]
    assert [p["is_loaded"] for s in shown for c in s["consignments"] for p in c["parcels"]] == [
        True,
        False,
        False,
    ]
