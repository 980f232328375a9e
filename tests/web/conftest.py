"""One server of pages for the session, and the means to sign in and to judge a page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from tests.servers import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

Open = Callable[..., "BrowserContext"]
AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def _site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from django.db import connection

    folder = tmp_path_factory.mktemp("site")
    with running_server(
        database=connection.settings_dict["NAME"], folder=folder, CARTEIRO_DEBUG="1"
    ) as url:
        yield url


@pytest.fixture
def site(_site: str, transactional_db: None) -> str:
    """Return the address of a server of pages that sees what this test writes."""
    return _site


@pytest.fixture
def sign_in(site: str, settings: Any) -> "Callable[[BrowserContext, Any], None]":
    """Return a function that signs a person in, in one browser context."""

    def put_cookie(context: "BrowserContext", person: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}]
        )

    return put_cookie


@pytest.fixture
def open_browser(browser: "Browser") -> Iterator[Open]:
    """Return a function that opens a browser of its own for one person; a phone unless told otherwise."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> "BrowserContext":
        usual = {"locale": "en-GB", "viewport": {"width": 390, "height": 844}}
        opened.append(browser.new_context(**(usual | options)))
        return opened[-1]

    yield make
    for context in opened:
        context.close()


def problems_of(page: "Page") -> list[str]:
    """Return what axe finds once nothing moves any more, and whether the page can be scrolled sideways."""
    page.evaluate(
        "Promise.all(document.getAnimations()"
        ".filter(one => one.effect.getComputedTiming().endTime < Infinity)"
        ".map(one => one.finished.catch(() => null)))"
    )
    found: list[str] = page.evaluate(
        AXE
        + ";axe.run(document, {resultTypes: ['violations']})"
        + ".then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`))"
    )
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found


def listen(page: "Page") -> list[str]:
    """Return the list into which the page's errors fall: scripts that fail, things that the policy blocks."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    return errors


def hold(page: "Page", path: str) -> "list[Route]":
    """Hold back what the page puts to an address that ends so, until it is let go."""
    held: list[Route] = []
    page.route(
        f"**{path}",
        lambda one: held.append(one) if one.request.method == "PUT" else one.continue_(),
    )
    return held


def let_go(page: "Page", held: "list[Route]", seconds: float = 10) -> None:
    """Send what is held back, one thing at a time: a page that sends two at once is wrong."""
    for _ in range(int(seconds * 20)):
        if held:
            break
        page.wait_for_timeout(50)
    assert len(held) == 1
    with page.expect_response(held[0].request.url):
        held.pop().continue_()


def until(page: "Page", expression: str, seconds: float = 10) -> None:
    """Wait until an expression is true (the policy forbids Playwright's own way, which evaluates text)."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")
