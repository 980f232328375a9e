"""The recipient's socket tells nothing that the page may not tell."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from common import clock
from common.live import consumers, hub
from delivery.models import Approach, Consignment, TrackingLink
from delivery.orders.status import Status
from delivery.tracking import actions as tracking
from delivery.tracking import live
from delivery.tracking.consumers import RecipientConsumer
from tests.common.live.conftest import close_code, in_database
from tests.sockets import Screen
from tests.web.track.conftest import CANARIES, Doorstep

pytestmark = pytest.mark.django_db(transaction=True)
POSITION = "24.9401"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often: these tests wait for silence."""
    monkeypatch.setattr(hub, "LOOK_S", 0.2)


@pytest.fixture
async def screen(doorstep: Doorstep) -> AsyncIterator[Screen]:
    """Return the socket of the recipient's page, open and with its first frames unread."""
    token = await in_database(tracking.open_link, consignment=doorstep.consignment, now=clock.now())
    found = Screen(
        RecipientConsumer.as_asgi(),
        f"/ws/t/{token}/",
        url_route={"args": (), "kwargs": {"token": token}},
    )
    yield found
    await found.disconnect()


async def heard(screen: Screen) -> str:
    """Return everything that arrives until it is quiet."""
    told = []
    while not await screen.receive_nothing(0.5, 0.05):
        told.append(await screen.receive_json_from())
    return json.dumps(told)


@pytest.mark.parametrize("status", Status.values)
async def test_no_frame_holds_what_is_not_the_recipients_business(
    screen: Screen, doorstep: Doorstep, near: dict[str, Any], status: str
) -> None:
    await in_database(doorstep.move, status, **near)
    await in_database(
        live.tell_courier, doorstep.consignment.pk, Point(24.9401, 60.1702, srid=4326), clock.now()
    )
    await screen.connect()
    told = await heard(screen)
    await in_database(
        tracking.change_wishes
        if tracking.is_changeable(Consignment(status=status))
        else Consignment.objects.count,
        **(
            {
                "consignment_id": doorstep.consignment.pk,
                "wish": tracking.Wish("NEIGHBOUR", "Naapuri"),
                "now": clock.now(),
            }
            if tracking.is_changeable(Consignment(status=status))
            else {}
        ),
    )
    told += await heard(screen)
    assert status in told
    for secret in (
        *CANARIES,
        doorstep.other.code,
        str(doorstep.other.pk),
        doorstep.consignment.code,
        str(doorstep.consignment.partner_id),
        str(doorstep.world.hub.pk),
    ):
        assert secret not in told, secret
    assert (POSITION in told) == (status in {"OUT_FOR_DELIVERY", "ARRIVING"})


async def test_the_courier_leaves_the_map_with_the_delivery(
    screen: Screen, doorstep: Doorstep, near: dict[str, Any]
) -> None:
    await in_database(doorstep.move, "ARRIVING", **near)
    await screen.connect()
    assert POSITION in await heard(screen)
    now = clock.now()
    await in_database(
        tracking.record_progress,
        consignment_id=doorstep.consignment.pk,
        happening=tracking.Happening(occurred_at=now, to="DELIVERED"),
        now=now,
    )
    # A position that was under way arrives afterwards.
    await in_database(
        tracking.show_courier,
        consignment_id=doorstep.consignment.pk,
        point=Point(24.9999, 60.1702, srid=4326),
        seen_at=now + timedelta(seconds=1),
        now=now,
    )
    told = await heard(screen)
    assert "DELIVERED" in told
    assert POSITION not in told
    assert "24.9999" not in told
    assert (
        await in_database(Approach.objects.get, pk=doorstep.consignment.pk)
    ).courier_point is None


async def test_a_revoked_link_is_closed(
    screen: Screen, doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HEAD_EVERY_S", 0.1)
    monkeypatch.setattr(consumers, "RECHECK_S", 0.1)
    await screen.connect()
    await in_database(TrackingLink.objects.update, revoked_at=clock.now())
    assert await close_code(screen, timeout=5) == 4403
