"""Looking at a page as a signed-in person: a browser page, what axe finds on it, and what its console complained of."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.test import Client

from common.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
_RUN = ";axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))"


def page_of(
    browser: "Browser", url: str, user: User, *, width: int = 1280, theme: str = "light"
) -> "Page":
    """Return a new page on which `user` is signed in at `url`; `complaints(page)` tells what its console said."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=theme,  # type: ignore[arg-type]
        base_url=url,
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.complaints = said  # type: ignore[attr-defined]
    return page


def complaints(page: "Page") -> list[str]:
    """Return the errors of the page's console: a script that failed, something that the policy blocked."""
    return list(page.complaints)  # type: ignore[attr-defined]


def violations(page: "Page") -> list[str]:
    """Return what axe finds, with the element it is about."""
    return page.evaluate(AXE + _RUN)  # type: ignore[no-any-return]


def flaws(page: "Page") -> list[str]:
    """Return what is wrong with a page for any reader: axe's findings, the console's errors, a page wider than its window."""
    found = [f"{page.url}: {text}" for text in violations(page) + complaints(page)]
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append(f"{page.url}: wider than its window")
    return found
