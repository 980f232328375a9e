"""A kind of stream of no room, and a screen that follows it in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from common.accounts.models import Membership, Organization, User
from common.accounts.readers import Reader
from common.live import registry
from common.live.consumers import LiveConsumer
from tests.sockets import Screen

STREAM = "probe:one"
SECRET = "probe:secret"


@pytest.fixture(autouse=True)
def probe() -> Iterator[dict[str, Any]]:
    """Make the kind `probe` known: "one" and "two" exist for everybody, "secret" for nobody."""
    state: dict[str, Any] = {"value": 0, "refused": set()}

    def snapshot(reader: Reader, identity: str) -> dict[str, Any] | None:
        return {"value": state["value"]} if identity in {"one", "two"} else None

    registry.register(
        registry.StreamKind(
            "probe",
            snapshot,
            {"probe.changed": "n"},
            allows=lambda reader, identity: identity not in state["refused"],
        )
    )
    yield state
    registry._kinds.pop("probe")


@pytest.fixture
def person(transactional_db: None) -> User:
    """Return a dispatcher."""
    operator = Organization.objects.create(kind="OPERATOR", name="O", slug="o")
    user = User.objects.create(email="dora@o.example", name="Dora", password="!")
    Membership.objects.create(user=user, organization=operator, role="DISPATCHER")
    return user


Connect = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def connect(person: User) -> AsyncIterator[Connect]:
    """Return a function that connects a screen; all are disconnected at the end."""
    screens: list[Screen] = []

    async def open_screen(user: Any = None, consumer: type[LiveConsumer] = LiveConsumer) -> Screen:
        screen = Screen(consumer.as_asgi(), "/ws/", user=user or person)
        await screen.connect()
        screens.append(screen)
        return screen

    yield open_screen
    for screen in screens:
        await screen.disconnect()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def in_database(change: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a change in a transaction of its own, as a request would."""
    from django.db import connection

    def run() -> Any:
        try:
            return change(*args, **kwargs)
        finally:
            connection.close()

    return await sync_to_async(run, thread_sensitive=False)()


async def subscribe(screen: Screen, stream: str = STREAM, **position: Any) -> None:
    """Ask for a stream."""
    await screen.send_json_to({"type": "subscribe", "stream": stream, **position})


async def frames(screen: Screen, count: int, timeout: float = 10) -> list[dict[str, Any]]:
    """Return the next `count` frames, the heads left out."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        frame = await screen.receive_json_from(timeout=timeout)
        if frame["type"] != "head":
            found.append(frame)
    return found


async def close_code(screen: Screen, timeout: float = 10) -> int:
    """Return the code that the server closes with."""
    while True:
        message = await screen.receive_output(timeout=timeout)
        if message["type"] == "websocket.close":
            code: int = message["code"]
            return code
