"""Why a stop is where it is: its other places by keyboard, in words and on the map, in the console and on a plan's page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from delivery.models import Consignment
from delivery.orders.status import Status
from delivery.tracking.actions import Happening, record_progress
from routing.models import Plan, Route
from tests.web.conftest import problems_of, until
from tests.web.dispatch.test_console import Console, live, plan_the_day, ready
from tests.world import NOW, World

__all__ = ["ready"]  # the fixture of the console's tests
WORKS_MS = 40_000
DRAWN = "document.querySelector('live-map').map?.queryRenderedFeatures({layers: ['%s']}).length > 0"


def lines(page: Page) -> Any:
    """Return the lines of the map's detour: now and instead, each as lon, lat of three places."""
    return page.evaluate(
        "(({here, there}) => [here.line, there?.line])(document.querySelector('live-map').detour)"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_another_place_of_a_stop_is_shown_on_the_map(
    console: Console, world: World, ready: list[Consignment], worker: object, theme: str
) -> None:
    page = live(console(color_scheme=theme))
    plan_the_day(page)
    moved = ready[2]
    stop = moved.stops.select_related("stop__route").get(is_active=True).stop
    other = Route.objects.exclude(pk=stop.route_id).get()
    page.locator(f'.dt-stop[aria-label*="{moved.code}"]').click()
    question = page.locator("#detail").get_by_text("Why here, why then?")
    question.focus()
    # News redraw the detail; what has the focus keeps it.
    happening = Happening(to=Status.AT_HUB, occurred_at=NOW + timedelta(minutes=1))
    record_progress(consignment_id=moved.pk, happening=happening, now=happening.occurred_at)
    expect(page.locator("#detail [data-status=AT_HUB]")).to_be_visible()
    expect(question).to_be_focused()
    page.keyboard.press("Enter")
    places = page.get_by_role("list", name="Other places for it")
    expect(places).to_be_visible(timeout=WORKS_MS)

    # The first of the list is where it is; the arrows go on to the other route's place.
    there = places.locator(f'[data-key^="place-{other.pk}-"].rows-item')
    until(page, "document.querySelector('live-map[data-ready]') !== null", 20)
    places.locator(".rows-item").first.focus()
    for _ in range(3):
        if there.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    expect(there).to_be_focused()
    expect(there).to_have_attribute("aria-current", "true")
    expect(there).to_contain_text(re.compile(r"between stops \d and \d|first, before|last, after"))
    key = page.locator("live-map .map-key")
    expect(key).to_contain_text(f"Now: Stop {stop.position}, route {stop.route.number}")
    expect(key).to_contain_text(
        re.compile(rf"Instead: Stop \d, route {other.number}, [+−]\d+\.\d\d EUR")
    )
    now, instead = lines(page)
    here = [stop.point.x, stop.point.y]
    hub = [world.hub.point.x, world.hub.point.y]
    assert now[1] == instead[1] == here
    on_other = [[one.point.x, one.point.y] for one in other.stops.all()]
    assert all(end in [*on_other, hub] for end in (instead[0], instead[2]))
    for layer in ("detour-here", "detour-there", "detour-end"):
        until(page, DRAWN % layer)
    assert problems_of(page) == []

    # Looked at only: nothing moved. Closing the answer takes the lines away.
    stop.refresh_from_db()
    assert stop.route_id != other.pk
    page.locator("#detail").get_by_text("Why here, why then?").click()
    expect(key).to_have_count(0)
    until(page, f"!({DRAWN % 'detour-here'})")


def test_the_place_that_is_looked_at_is_taken_with_one_button(
    console: Console, world: World, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    plan_the_day(page)
    moved = ready[2]
    other = Route.objects.exclude(pk=moved.stops.get(is_active=True).stop.route_id).get()
    page.locator(f'.dt-stop[aria-label*="{moved.code}"]').click()
    page.locator("#detail").get_by_text("Why here, why then?").click()
    places = page.get_by_role("list", name="Other places for it")
    places.locator(f'[data-key^="place-{other.pk}-"].rows-item').click(timeout=WORKS_MS)
    expect(page.locator("live-map .map-key")).to_be_visible()
    places.get_by_role("button", name=re.compile(rf"^Move: Stop \d, route {other.number}$")).click()
    expect(page.get_by_text(re.compile(rf"Moved from route \d to route {other.number}"))).to_be_visible()  # fmt: skip
    assert moved.stops.get(is_active=True).stop.route_id == other.pk
    expect(page.locator("live-map .map-key")).to_have_count(0)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_plans_page_says_why_a_stop_is_where_it_is(
    console: Console, ready: list[Consignment], worker: object, width: int, theme: str
) -> None:
    page = live(console())
    plan_the_day(page)
    url = page.url.split("?")[0] + f"plans/{Plan.objects.get().pk}/"
    page = console(viewport={"width": width, "height": 860}, color_scheme=theme)
    page.goto(url)
    expect(page.locator("#main[data-ready]")).to_be_attached()
    page.locator(f'route-timeline .tl-stop[aria-label*="{ready[2].code}"]').focus()
    page.keyboard.press("Enter")
    why = page.get_by_role("region", name="Why here")
    expect(why).to_contain_text(f"{ready[2].code}: why here, why then?")
    expect(why).to_contain_text("more than without it", timeout=WORKS_MS)
    expect(why.get_by_role("button", name="Move")).to_have_count(0)
    why.locator("button.rows-item").nth(1).click()
    expect(page.locator("live-map .map-key")).to_contain_text("Instead: ")
    until(page, "document.querySelector('live-map[data-ready]') !== null", 20)
    until(page, DRAWN % "detour-there")
    assert problems_of(page) == []
