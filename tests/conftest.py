"""Fixtures for every test: a real server on the test database, Debian's Chromium, the small named world, the demo map."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if "DATABASE_URL" not in os.environ:
    raise pytest.UsageError("No database: run ./bin/test, or 'eval \"$(./bin/devdb up)\"' first.")

from tests.browser import (  # noqa: F401 - pytest finds fixtures and hooks by their names here
    browser_type_launch_args,
    pytest_collection_modifyitems,
    pytest_runtest_call,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)
from tests.servers import running_server

# A busy machine is no reason to fail.
settings.register_profile("carteiro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("carteiro")


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


@pytest.fixture(autouse=True)
def _empty_queue(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Empty the job queue after a test that commits: Django clears its own tables only."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        from django.db import connection

        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        connection.close()  # a browser test has connections of its own: one left open would outlive the database


@pytest.fixture
def world(db: None) -> Any:
    """Make the small named world (tests/world.py)."""
    from tests.world import build

    return build()


def _give_way_last(connection: Any, **_signal: object) -> None:
    """Let the server's last request give way where it waits in a ring for the tables that are being emptied after a test.

    PostgreSQL ends the side that looks for a ring first, which others do after a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('deadlock_timeout', '10s', false)"
            " WHERE current_setting('is_superuser') = 'on'"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Import the demo city's map once into the test database, before the first test: no test can change it for another."""
    from django.db import connection
    from django.db.backends.signals import connection_created

    from common.geo.osm_import import import_map
    from tests.world import NOW

    connection_created.connect(_give_way_last)
    with django_db_blocker.unblock():
        _give_way_last(connection)
        import_map(now=NOW)
    yield
    # A thread's or a socket's session may still be open; PostgreSQL drops no database that somebody uses.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


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
