"""The bench over HTTP."""

import io
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from delivery.models import ChecklistStep, Parcel
from tests.world import World


@pytest.fixture
def packer(client: Client, world: World) -> Client:
    client.force_login(world.packer)
    return client


def url(parcel: Parcel, step: ChecklistStep | None = None, what: str = "") -> str:
    tail = f"steps/{step.pk}/{what}/" if step else f"{what}/" if what else ""
    return f"/api/v1/parcels/{parcel.pk}/{tail}"


def post(client: Client, to: str, body: Any = None, key: str = "") -> Any:
    return client.post(
        to,
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def jpeg(size: tuple[int, int] = (60, 40)) -> bytes:
    picture = Image.new("RGB", size, "red")
    exif = picture.getexif()
    exif[0x010F] = "SpyPhone"  # the maker
    exif[0x0112] = 6  # lies on its side
    kept = io.BytesIO()
    picture.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_a_tick_answers_the_step_and_its_retry_the_same(packer: Client, parcel: Parcel) -> None:
    step = parcel.steps.first()
    first = post(packer, url(parcel, step, "complete"), key="tick-1")
    again = post(packer, url(parcel, step, "complete"), key="tick-1")
    assert (first.status_code, first.json()["step"]["state"], first.json()["packaging"]) == (
        200,
        "DONE",
        "IN_PROGRESS",
    )
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")


def test_a_write_without_a_key_is_refused(packer: Client, parcel: Parcel) -> None:
    answer = packer.post(url(parcel, parcel.steps.first(), "complete"))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def test_a_photo_is_kept_upright_and_without_its_maker(
    packer: Client, parcel: Parcel, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    step = parcel.steps.first()
    upload = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
    answer = packer.post(
        url(parcel, step, "complete"), {"photo": upload}, headers={"Idempotency-Key": "p"}
    )
    assert (answer.status_code, answer.json()["step"]["has_photo"]) == (200, True)
    kept = packer.get(url(parcel, step, "photo"))
    body = b"".join(kept)
    picture = Image.open(io.BytesIO(body))
    assert (kept.headers["Content-Type"], picture.size, dict(picture.getexif())) == (
        "image/jpeg",
        (40, 60),
        {},
    )
    assert b"SpyPhone" not in body


@pytest.mark.parametrize("body", [b"<svg onload='x'/>", b"\xff\xd8\xff\xe0 cut off", b""])
def test_what_is_no_photo_is_refused_and_the_step_stays_open(
    packer: Client, parcel: Parcel, body: bytes
) -> None:
    step = parcel.steps.first()
    upload = SimpleUploadedFile("a.jpg", body or b"\0", "image/jpeg")
    answer = packer.post(
        url(parcel, step, "complete"), {"photo": upload}, headers={"Idempotency-Key": "p"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_photo")
    step.refresh_from_db()
    assert step.state == "OPEN"


def test_a_picture_of_too_many_pixels_is_refused(packer: Client, parcel: Parcel) -> None:
    kept = io.BytesIO()
    Image.new("1", (8000, 8000)).save(kept, "PNG")  # 64 million pixels in a few kB
    upload = SimpleUploadedFile("a.png", kept.getvalue(), "image/png")
    answer = packer.post(
        url(parcel, parcel.steps.first(), "complete"),
        {"photo": upload},
        headers={"Idempotency-Key": "p"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_photo")


def test_reject_reopen_and_override(packer: Client, parcel: Parcel) -> None:
    step = parcel.steps.first()
    rejected = post(packer, url(parcel, step, "reject"), {"flaw": "DAMAGED", "note": "A crack"})
    assert (rejected.json()["step"]["flaw_note"], rejected.json()["packaging"]) == (
        "A crack",
        "REJECTED",
    )
    assert post(packer, url(parcel, step, "reject"), {"flaw": "UGLY"}).status_code == 422
    assert post(packer, url(parcel, step, "reopen")).json()["packaging"] == "PENDING"
    assert post(packer, url(parcel, what="override"), {"reason": ""}).status_code == 422
    passed = post(packer, url(parcel, what="override"), {"reason": "Printer broken"})
    assert passed.json()["let_through"]["reason"] == "Printer broken"


def test_the_bench_answers_304_while_nothing_changed(
    packer: Client, world: World, parcel: Parcel
) -> None:
    bench = f"/api/v1/hubs/{world.hub.pk}/bench/"
    first = packer.get(bench)
    assert [p["code"] for p in first.json()["data"]["parcels"]] == [parcel.code]
    tag = first.headers["ETag"]
    assert packer.get(bench, headers={"If-None-Match": tag}).status_code == 304
    post(packer, url(parcel, what="take-up"))
    assert packer.get(bench, headers={"If-None-Match": tag}).status_code == 200


def test_a_scanned_code_finds_its_parcel_even_misread(packer: Client, parcel: Parcel) -> None:
    typed = f" {parcel.code.lower()[:4]}-{parcel.code.lower()[4:]}"
    assert packer.get("/api/v1/parcels/by-code/", {"code": typed}).json()["id"] == str(parcel.pk)
    assert packer.get("/api/v1/parcels/by-code/", {"code": "B0000000"}).status_code == 404


def test_others_get_the_answer_of_a_missing_parcel(
    client: Client, world: World, parcel: Parcel
) -> None:
    client.force_login(world.packer)
    missing = client.get(f"/api/v1/parcels/{uuid4()}/").json() | {"request_id": ""}
    for user in (world.lua, world.azul_manager, world.ana.user, world.agent):
        client.force_login(user)
        answer = client.get(url(parcel))
        assert (answer.status_code, answer.json() | {"request_id": ""}) == (404, missing)
        for what in ("complete", "reject", "reopen"):
            assert (
                post(
                    client, url(parcel, parcel.steps.first(), what), {"flaw": "DAMAGED"}
                ).status_code
                == 404
            )
        assert post(client, url(parcel, what="override"), {"reason": "x"}).status_code == 404
        assert client.get(f"/api/v1/hubs/{world.hub.pk}/bench/").status_code == 404
