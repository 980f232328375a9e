"""Every part of the kit in a real browser: no axe violation, no shift sideways, nothing that the policy blocks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.servers import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = (Path(__file__).resolve().parents[2] / "vendor" / "axe-core" / "axe.min.js").read_text()

# pytest-django makes a test database only where a test says that it uses one; the servers below read it.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def styleguide(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from django.db import connection

    folder = tmp_path_factory.mktemp("styleguide")
    with running_server(
        database=connection.settings_dict["NAME"], folder=folder, CARTEIRO_DEBUG="1"
    ) as url:
        yield f"{url}/styleguide/"


def opened(browser: "Browser", url: str, width: int, theme: str) -> tuple["Page", list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    return page, complaints


def violations(page: "Page") -> list[str]:
    """Return what axe finds, with the element it is about."""
    return page.evaluate(  # type: ignore[no-any-return]
        AXE
        + ";axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))"
    )


@pytest.mark.parametrize("skin", ["console", "field", "recipient"])
@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"), (320, "dark")]
)
def test_a_skin_is_accessible_and_fits(
    browser: "Browser", styleguide: str, skin: str, width: int, theme: str
) -> None:
    page, complaints = opened(browser, f"{styleguide}{skin}/", width, theme)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    page.context.close()


def test_the_map_draws_and_its_list_says_the_same(browser: "Browser", styleguide: str) -> None:
    page, complaints = opened(browser, styleguide, 1280, "light")
    page.locator("live-map").scroll_into_view_if_needed()
    expect(page.locator("live-map[data-ready]")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("© OpenStreetMap contributors")).to_be_visible()

    chosen = page.evaluate(
        "new Promise(done => { const map = document.querySelector('live-map');"
        " map.addEventListener('select', event => done(event.detail));"
        " map.querySelector('summary').click();"
        " [...map.querySelectorAll('.rows-item')].find(b => b.textContent.includes('Eerikinkatu 25')).click(); })"
    )

    assert chosen == {"kind": "stop", "id": "s2"}
    assert violations(page) == []
    drawn = page.evaluate(
        "document.querySelector('live-map').map.queryRenderedFeatures({layers: ['stop']}).length"
    )
    assert drawn == 5
    assert complaints == []
    page.context.close()


def test_the_theme_is_kept_and_escape_closes_what_floats(
    browser: "Browser", styleguide: str
) -> None:
    page, _ = opened(browser, styleguide, 1280, "light")

    page.get_by_role("button", name="Dark").first.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    page.get_by_text("Why?").click()
    reason = page.get_by_text("is the cheapest of three")
    expect(reason).to_be_visible()
    page.keyboard.press("Escape")
    expect(reason).to_be_hidden()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(
    ("moment", "theme"),
    # In Helsinki the sun rose at 8:35 and set at 15:31 (UTC+2) on 21 November 2026.
    [
        ("2026-11-21T06:20:00Z", "dark"),
        ("2026-11-21T06:50:00Z", "light"),
        ("2026-11-21T13:15:00Z", "light"),
        ("2026-11-21T13:45:00Z", "dark"),
    ],
)
def test_the_field_turns_dark_when_the_sun_sets_at_its_place(
    browser: "Browser", styleguide: str, moment: str, theme: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.clock.set_fixed_time(moment)
    page.goto(f"{styleguide}field/")

    page.evaluate(
        "import('/static/web/js/kit/theme.js').then(kit => kit.rememberPlace(60.17, 24.94))"
    )

    assert page.evaluate("document.documentElement.dataset.theme") == theme
    context.close()


def test_a_toast_offers_undo(browser: "Browser", styleguide: str) -> None:
    page, _ = opened(browser, styleguide, 390, "dark")

    page.get_by_role("button", name="Show a toast").click()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Moved back.")).to_be_visible()
    expect(page.get_by_text("Stop 12 moved")).to_be_hidden()
    page.context.close()


def test_head_and_foot_of_a_dialog_are_no_landmarks_of_the_page(
    browser: "Browser", styleguide: str
) -> None:
    """While a dialog fades in, axe and other readers may not see yet that it hides the page."""
    page, _ = opened(browser, f"{styleguide}field/", 390, "dark")
    page.evaluate(
        "const dialog = document.querySelector('#sample-dialog');"
        "document.body.append(dialog); dialog.style.opacity = '0'; dialog.showModal()"
    )

    assert violations(page) == []
    page.context.close()


def test_a_toast_told_in_a_dialog_can_be_used_and_outlives_it(
    browser: "Browser", styleguide: str
) -> None:
    page, _ = opened(browser, styleguide, 1280, "light")
    page.evaluate(
        """async () => {
            const { ask } = await import("/static/web/js/kit/dialog.js");
            const { toast } = await import("/static/web/js/kit/toast.js");
            window.answer = ask({ title: "Publish?", text: "7 couriers are told.", action: "Publish" });
            toast("First told.", { undo: () => (window.undone = true) });
        }"""
    )

    page.get_by_role("button", name="Undo").click()
    page.evaluate("import('/static/web/js/kit/toast.js').then(kit => kit.toast('Second told.'))")
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()

    assert page.evaluate("window.answer") is True
    assert page.evaluate("window.undone") is True
    expect(page.get_by_text("Second told.")).to_be_visible()
    page.context.close()


def test_the_timeline_draws_what_is_seen_and_is_walked_by_keys(
    browser: "Browser", styleguide: str
) -> None:
    page, complaints = opened(browser, styleguide, 1280, "light")
    timeline = page.get_by_role("group", name="Routes in time")
    page.locator("[data-id='t0-3']").click()
    expect(page.locator("[data-id='t0-3']")).to_have_attribute("aria-pressed", "true")

    # 60 routes of 9 stops: only the rows in view and a little more are drawn.
    assert timeline.locator(".tl-line").count() == 61
    assert 9 <= timeline.locator(".tl-stop").count() < 270

    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-id='t0-4']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-id='t1-4']")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name=re.compile("Route 105 Sara V."))).to_be_focused()
    # One tab stop for the whole board.
    assert timeline.locator("[tabindex='0']").count() == 1

    chosen = page.evaluate("document.getElementById('sample-timeline').select('route', 'row59')")
    assert chosen is None
    expect(page.locator("[data-id='row59']")).to_be_in_viewport()
    expect(page.locator("[data-id='t59-0']")).to_be_visible()
    assert violations(page) == []
    assert complaints == []
    page.context.close()
