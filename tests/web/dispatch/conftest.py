"""A server and a worker whose clock shows the small world's morning, and the console in a browser."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.servers import ROOT, database_url, running_server
from tests.web.conftest import Open, listen
from tests.world import NOW, World

if TYPE_CHECKING:
    from playwright.sync_api import Page

DESK = {"width": 1280, "height": 860}


@pytest.fixture(scope="session")
def _morning(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of programs for which the day of tests/world.py has just begun."""
    path = tmp_path_factory.mktemp("clock") / "clock.json"
    path.write_text(json.dumps({"real": time.time(), "shown": NOW.timestamp(), "speed": 1}))
    return {
        "CARTEIRO_DEBUG": "1",
        "CARTEIRO_CLOCK_FILE": str(path),
        "CARTEIRO_SOLVER_SECONDS": "1",
    }


@pytest.fixture(scope="session")
def _dispatch_site(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, _morning: dict[str, str]
) -> Iterator[str]:
    from django.db import connection

    folder = tmp_path_factory.mktemp("dispatch")
    database = str(connection.settings_dict["NAME"])
    with running_server(database=database, folder=folder, **_morning) as url:
        yield url


@pytest.fixture
def site(_dispatch_site: str, transactional_db: None) -> str:
    """Return the address of a server that sees what this test writes, on the world's morning."""
    return _dispatch_site


@pytest.fixture
def worker(
    site: str, _morning: dict[str, str], tmp_path: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a real worker on the test database."""
    from django.db import connection

    env = os.environ | _morning
    env["DATABASE_URL"] = database_url(str(connection.settings_dict["NAME"]))
    program = [sys.executable, "manage.py", "procrastinate", "worker", "--concurrency", "2"]
    with (tmp_path / "worker.log").open("wb") as log:
        child = subprocess.Popen(program, cwd=ROOT, env=env, stdout=log, stderr=log)
        yield child
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@pytest.fixture
def console(
    site: str, world: World, open_browser: Open, sign_in: Any
) -> "Iterator[Callable[..., Page]]":
    """Return a function that opens the console for the dispatcher; no page may have complained at the end."""
    complaints: list[str] = []

    def open_console(
        path: str = "/dispatch/KAM/",
        before: "Callable[[Page], Any]" = lambda page: None,
        **options: Any,
    ) -> "Page":
        context = open_browser(**({"viewport": DESK, "reduced_motion": "reduce"} | options))
        sign_in(context, world.dispatcher)
        page = context.new_page()
        complaints_of_page = listen(page)
        page.on("close", lambda _page: complaints.extend(complaints_of_page))
        before(page)
        page.goto(site + path)
        expect(page.locator("#console[data-ready]")).to_be_attached()
        return page

    yield open_console
    # A refusal of a rule is an answer of the server, which Chromium logs too.
    assert [text for text in complaints if "status of 4" not in text] == []
