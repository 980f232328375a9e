"""Debian's Chromium for the tests, and its event loop kept away from all the others; conftest.py takes these up."""

import asyncio
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

FLAGS = [
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
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE_MS = (
    15_000  # how long a page may take to show what is expected; a busy machine is no reason to fail
)
FIXTURES = {"page", "context", "browser", "new_context"}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's Chromium, quiet and without a graphics card.

    Without one the test is skipped, or fails where CARTEIRO_NEED_BROWSER says that one was expected.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sentence = "Chromium is missing: ./bin/test installs it."
        if os.environ.get("CARTEIRO_NEED_BROWSER"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    expect.set_options(timeout=PATIENCE_MS)
    return {**browser_type_launch_args, "executable_path": program, "args": FLAGS}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, and run them last."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
    items.sort(key=_uses_a_browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Set the test up with the event loop that fits it."""
    with _event_loop_for(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Run the test with the event loop that fits it."""
    with _event_loop_for(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Clear up after the test; clearing up after the last one ends Playwright, which needs its loop."""
    with _beside_playwright() if nextitem is None else _event_loop_for(item):
        return (yield)


def _uses_a_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def _event_loop_for(item: pytest.Item) -> AbstractContextManager[None]:
    """Keep apart what the synchronous Playwright mixes: its loop runs on in this thread for the whole session.

    Seeing it, asyncio would refuse to start another, and Django would refuse every query.
    """
    return _beside_playwright() if _uses_a_browser(item) else _without_playwright()


@contextmanager
def _beside_playwright() -> Iterator[None]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        yield
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def _without_playwright() -> Iterator[None]:
    playwrights = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(playwrights)
