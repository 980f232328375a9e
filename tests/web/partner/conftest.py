"""A partner's manager at the portal: a real server whose clock shows noon of the world's day."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from couriers.assignment import actions
from couriers.positions.actions import Fix, record_positions
from tests import world as worlds
from tests.couriers.assignment.test_assign_day import SOUTH_DOOR, ready
from tests.servers import running_server
from tests.world import NOW, TODAY, World, box

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOON = NOW + timedelta(hours=4)


@pytest.fixture(scope="module")
def portal_url(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the test database at noon of the world's day."""
    from django.db import connection

    folder = tmp_path_factory.mktemp("portal")
    clock = folder / "clock.json"
    clock.write_text(json.dumps({"real": time.time(), "shown": NOON.timestamp(), "speed": 1.0}))
    with running_server(
        database=connection.settings_dict["NAME"],
        folder=folder,
        CARTEIRO_DEBUG="1",
        CARTEIRO_CLOCK_FILE=str(clock),
    ) as url:
        yield url


@pytest.fixture
def busy(transactional_db: None) -> World:
    """Make the world with three offers for Azul, a fourth it accepted, and Ana on the road."""
    world = worlds.build()
    reader = world.reader(world.dispatcher)
    first = ready(world, SOUTH_DOOR, box(2_400))
    actions.assign_day(day=TODAY, reader=reader, now=NOW + timedelta(hours=3))
    manager = world.reader(world.azul_manager)
    actions.accept_offers(
        partner=world.azul, offer_ids=None, now=NOW + timedelta(hours=3), reader=manager
    )
    for _ in range(3):
        ready(world, SOUTH_DOOR)
    actions.assign_day(day=TODAY, reader=reader, now=NOON - timedelta(minutes=20))
    fix = Fix(first.pk, NOON - timedelta(seconds=20), *SOUTH_DOOR)
    record_positions(courier=world.ana, fixes=[fix], now=NOON)
    return world


@pytest.fixture
def opened(
    browser: "Browser", portal_url: str
) -> Iterator[Callable[..., tuple["Page", list[str]]]]:
    """Open a page of the portal as somebody, and return it with the browser's complaints."""
    contexts: list[Any] = []

    def open_page(
        user: Any, path: str, width: int = 1280, theme: str = "light"
    ) -> tuple["Page", list[str]]:
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal_url}]
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console", lambda told: complaints.append(told.text) if told.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{portal_url}{path}")
        return page, complaints

    yield open_page
    for context in contexts:
        context.close()
