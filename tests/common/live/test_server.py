"""The same protocol through the real server: uvicorn, a session cookie, PostgreSQL, and Redis where it runs."""

import asyncio
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from common import clock
from common.live.actions import publish
from common.live.models import Stream
from delivery.tracking.actions import open_link
from delivery.tracking.live import consignment_stream
from tests.common.live.conftest import in_database
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie(world: World, client: Client, settings: Any) -> str:
    """Return the session cookie of the world's dispatcher."""
    client.force_login(world.dispatcher)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def address(url: str, path: str) -> str:
    return f"ws://{urlsplit(url).netloc}{path}"


async def ask(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(json.dumps({"type": "subscribe", **frame}))


async def frames(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if frame["type"] != "head":
            found.append(frame)
    return found


async def test_a_dropped_screen_resumes_where_it_was(
    live_server_url: str, world: World, cookie: str
) -> None:
    consignment = await in_database(world.consignment, "READY")
    stream = consignment_stream(consignment.pk)
    headers = {"Cookie": cookie, "Origin": live_server_url}

    async def happen(n: int) -> None:
        await in_database(
            publish, stream=stream, type="consignment.changed", data={"n": n}, now=NOW
        )

    async with connect(address(live_server_url, "/ws/"), additional_headers=headers) as socket:
        await ask(socket, stream=stream)
        [first] = await frames(socket, 1)
        assert (first["type"], first["data"]["status"]) == ("snapshot", "READY")
        await happen(1)
        [event] = await frames(socket, 1)
        assert (event["seq"], event["data"]) == (first["seq"] + 1, {"n": 1})
    await happen(2)
    await happen(3)
    epoch = str((await in_database(Stream.objects.get, pk=stream)).epoch)
    async with connect(address(live_server_url, "/ws/"), additional_headers=headers) as socket:
        await ask(socket, stream=stream, epoch=epoch, seq=event["seq"])
        found = await frames(socket, 3)
        assert [f["type"] for f in found] == ["resumed", "event", "event"]
        assert [f["data"]["n"] for f in found[1:]] == [2, 3]


async def test_without_a_session_the_socket_is_closed(live_server_url: str, world: World) -> None:
    async with connect(
        address(live_server_url, "/ws/"), additional_headers={"Origin": live_server_url}
    ) as socket:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)
        assert socket.close_code == 4401


async def test_a_page_of_another_site_gets_no_socket(live_server_url: str, cookie: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(
            address(live_server_url, "/ws/"),
            additional_headers={"Cookie": cookie, "Origin": "https://evil.example"},
        ):
            pass
    assert refusal.value.response.status_code == 403


async def test_a_link_follows_its_own_consignment_only(live_server_url: str, world: World) -> None:
    mine = await in_database(world.consignment, "READY")
    other = await in_database(world.consignment, "READY")
    token = await in_database(open_link, consignment=mine, now=clock.now())
    async with connect(
        address(live_server_url, f"/ws/t/{token}/"), additional_headers={"Origin": live_server_url}
    ) as socket:
        [first] = await frames(socket, 1)
        assert first["data"]["status"] == "READY"
        await ask(socket, stream=consignment_stream(other.pk))
        assert (await frames(socket, 1))[0]["type"] == "refused"
    for wrong in ("A" * 32, str(uuid.uuid4())):
        async with connect(
            address(live_server_url, f"/ws/t/{wrong}/"),
            additional_headers={"Origin": live_server_url},
        ) as socket:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)
            assert socket.close_code == 4401


async def test_a_link_expires_by_the_clock_of_the_house(live_server_url: str, world: World) -> None:
    from datetime import timedelta

    from delivery.tracking.models import TrackingLink

    mine = await in_database(world.consignment, "READY")
    token = await in_database(open_link, consignment=mine, now=clock.now())
    await in_database(TrackingLink.objects.update, expires_at=clock.now() - timedelta(seconds=1))
    async with connect(
        address(live_server_url, f"/ws/t/{token}/"), additional_headers={"Origin": live_server_url}
    ) as socket:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)
        assert socket.close_code == 4401
