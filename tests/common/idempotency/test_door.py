"""What a repeated command gets, at the level of the door: any handler, any body."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import encode_multipart
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import force_authenticate
from rest_framework.views import APIView

from common.accounts.models import User
from common.idempotency.door import idempotent
from common.idempotency.models import IdempotencyRecord
from tests.world import World


class Counter(APIView):
    """Counts how often its work was really done."""

    parser_classes = [JSONParser, MultiPartParser]
    done = 0

    @idempotent
    def post(self, request: Request) -> Response:
        Counter.done += 1
        if "fail" in request.data:
            raise RuntimeError("the power went")
        return Response(
            {"done": Counter.done}, status=201, headers={"Location": "/x/", "Set-Cookie": "a=b"}
        )


@pytest.fixture(autouse=True)
def from_zero() -> None:
    Counter.done = 0


def send(user: User, data: Any, key: str = "k", **how: Any) -> Response:
    """Send a command as `user`."""
    how.setdefault("content_type", "application/json")
    if how["content_type"] is None:
        del how["content_type"]
    request = RequestFactory().post("/count/", data, headers={"Idempotency-Key": key}, **how)
    force_authenticate(request, user)
    response = Counter.as_view()(request)
    assert isinstance(response, Response)
    return response


def test_the_work_is_done_once_and_the_answer_given_twice(world: World) -> None:
    first, again = (send(world.lua, {"a": 1}) for _ in range(2))
    assert (first.data, again.data) == ({"done": 1}, {"done": 1})
    assert (again.status_code, again["Location"], again["Idempotency-Replayed"]) == (
        201,
        "/x/",
        "true",
    )
    assert "Set-Cookie" not in again.headers


def test_an_unforeseen_failure_keeps_nothing_so_that_the_retry_is_done(world: World) -> None:
    with pytest.raises(RuntimeError):
        send(world.lua, {"fail": True})
    assert not IdempotencyRecord.objects.exists()
    assert send(world.lua, {"a": 1}).status_code == 201


def test_keys_of_two_people_do_not_meet(world: World) -> None:
    assert send(world.lua, {"a": 1}).data == {"done": 1}
    assert send(world.agent, {"a": 1}).data == {"done": 2}


def test_a_file_sent_again_is_the_same_command_though_its_boundary_is_new(world: World) -> None:
    def upload(content: bytes, boundary: str) -> Response:
        body = encode_multipart(
            boundary, {"file": SimpleUploadedFile("a.csv", content), "merchant": "lua"}
        )
        return send(world.lua, body, content_type=f"multipart/form-data; boundary={boundary}")

    assert upload(b"one", "b1").data == {"done": 1}
    assert upload(b"one", "b2").data == {"done": 1}
    other = upload(b"two", "b3")
    assert (other.status_code, other.data["code"]) == (422, "idempotency_key_reused")
