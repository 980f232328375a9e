"""Fixtures for every test: a real server on the test database, and Debian's Chromium."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

if "DATABASE_URL" not in os.environ:
    raise pytest.UsageError("No database: run ./bin/test, or 'eval \"$(./bin/devdb up)\"' first.")

from tests.servers import running_server

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
BROWSER_FIXTURES = {"page", "context", "browser", "new_context"}


def _chromium() -> str | None:
    names = (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    )
    return next(filter(None, map(shutil.which, names)), None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests and run them last: Playwright keeps an event loop in the thread, which asyncio tests cannot stand."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's Chromium, quiet and without a graphics card; absent, the test is skipped, or fails where it was asked for."""
    program = _chromium()
    if program is None:
        sentence = "Chromium is missing: ./bin/test installs it."
        if os.environ.get("CARTEIRO_NEED_BROWSER"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    # The synchronous Playwright keeps an event loop in this thread; Django would refuse every query of the test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return {**browser_type_launch_args, "executable_path": program, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def _server_url(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from django.db import connection

    folder = tmp_path_factory.mktemp("server")
    with running_server(database=connection.settings_dict["NAME"], folder=folder) as url:
        yield url


@pytest.fixture
def live_server_url(_server_url: str, transactional_db: None) -> str:
    """Return the address of a server that sees what this test writes; one server for the whole session."""
    return _server_url


@pytest.fixture
def world(db: None) -> Any:
    """Make the small named world (tests/world.py)."""
    from tests.world import build

    return build()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Import the demo city's map once into the test database, before the first test: no test can change it for another."""
    from common.geo.osm_import import import_map
    from tests.world import NOW

    with django_db_blocker.unblock():
        import_map(now=NOW)


@pytest.fixture
def demo_map(db: None) -> Any:
    """Return the MapExtract of the demo city's map; imported anew (0.3 s) where a transactional test has emptied the tables."""
    from common.geo.osm_import import import_map
    from tests.world import NOW

    return import_map(now=NOW)[0]


@pytest.fixture
def no_map(db: None) -> None:
    """Take the map away for this test."""
    from common.geo.models import MapArea, MapExtract, MapPlace, MapRoad, MapStreet

    for table in (MapStreet, MapRoad, MapArea, MapPlace, MapExtract):
        table.objects.all().delete()
