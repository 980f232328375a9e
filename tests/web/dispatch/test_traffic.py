"""The page of a hub's traffic: hours typed, drawn, saved, taken back, and two dispatchers at once."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from routing.models import TravelFactors
from routing.travel_times.actions import change_factors
from tests.web.conftest import hold, let_go, problems_of
from tests.web.dispatch.test_console import Console
from tests.world import NOW, TODAY, World


def traffic(console: Console, **options: Any) -> Page:
    page: Page = console(f"/dispatch/KAM/?day={TODAY}", **options)
    page.goto(page.url.split("/dispatch/")[0] + "/dispatch/KAM/traffic/")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    return page


def cell(page: Page, kind: str, hour: int) -> Any:
    return page.get_by_label(f"{kind}, {hour:02d}:00, %")


def test_an_hour_is_changed_by_the_keyboard_saved_and_taken_back(
    console: Console, world: World
) -> None:
    page = traffic(console)
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    cell(page, "Van", 16).focus()
    page.keyboard.press("PageDown")
    expect(cell(page, "Van", 17)).to_be_focused()
    for _ in range(6):  # from 100 by fives
        page.keyboard.press("ArrowUp")
    expect(page.locator("#traffic-note")).to_have_text("Van, 17:00: a drive of 20 min takes 26 min")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept. The next plan counts on it.")).to_be_visible()
    kept = TravelFactors.objects.get()
    assert (kept.van[17], sum(kept.van), kept.bicycle) == (130, 24 * 100 + 30, [100] * 24)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The traffic is as it was before.")).to_be_visible()
    expect(cell(page, "Van", 17)).to_have_value("100")
    kept.refresh_from_db()
    assert kept.van == [100] * 24
    assert problems_of(page) == []


def test_what_is_typed_while_a_save_is_under_way_stays(console: Console, world: World) -> None:
    page = traffic(console)
    held = hold(page, "/travel-factors/")
    cell(page, "Van", 8).fill("120")
    page.keyboard.press("Enter")
    cell(page, "Van", 9).fill("130")
    page.keyboard.press("Enter")  # a second save before the first is answered
    cell(page, "Van", 10).fill("140")
    for _ in range(2):
        let_go(page, held)
    expect(page.get_by_text("Kept. The next plan counts on it.")).to_have_count(2)
    assert TravelFactors.objects.get().van[8:11] == [120, 130, 100]
    expect(cell(page, "Van", 10)).to_have_value("140")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    # What is taken back is the last save; what is typed since stays.
    page.get_by_role("button", name="Undo").last.click()
    let_go(page, held)
    expect(cell(page, "Van", 9)).to_have_value("100")
    expect(cell(page, "Van", 10)).to_have_value("140")
    assert TravelFactors.objects.get().van[8:11] == [120, 100, 100]


def test_what_is_no_percentage_is_not_sent(console: Console, world: World) -> None:
    page = traffic(console)
    cell(page, "Scooter", 8).fill("4000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Each hour needs a whole number from 50 to 400.")).to_be_visible()
    expect(cell(page, "Scooter", 8)).to_be_focused()
    assert not TravelFactors.objects.exists()
    page.get_by_role("button", name="Take back").click()
    expect(cell(page, "Scooter", 8)).to_have_value("100")


@pytest.mark.parametrize("mine", [True, False])
def test_two_dispatchers_at_once_lose_nothing(console: Console, world: World, mine: bool) -> None:
    page = traffic(console)
    cell(page, "Van", 9).fill("150")
    change_factors(
        hub_id=world.hub.pk, percents={"van": [120] * 24}, version=1,
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else changed the traffic meanwhile.")).to_be_visible()
    expect(cell(page, "Van", 9)).to_have_value("150")
    page.get_by_role("button", name="Save mine" if mine else "Show theirs").click()
    if mine:
        expect(page.get_by_text("Kept. The next plan counts on it.")).to_be_visible()
    else:
        expect(cell(page, "Van", 9)).to_have_value("120")
    assert TravelFactors.objects.get().van[9] == (150 if mine else 120)


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_the_page_is_accessible_and_fits(
    console: Console, world: World, width: int, theme: str
) -> None:
    page = traffic(console, viewport={"width": width, "height": 860}, color_scheme=theme)
    assert problems_of(page) == []
    # The picture of the day is beside its hours, or above them where there is no room.
    chart = page.locator("#traffic-chart").bounding_box()
    hours = page.locator(".traffic-table").bounding_box()
    assert chart is not None
    assert hours is not None
    assert (chart["y"] < hours["y"]) == (width < 992)


def test_only_the_hubs_dispatchers_see_it(client: Client, world: World) -> None:
    client.force_login(world.dispatcher)
    html = client.get("/dispatch/KAM/traffic/").content.decode()
    assert len(re.findall(r'<input[^>]*value="100"', html)) == 3 * 24
    assert client.get("/dispatch/XXX/traffic/").status_code == 404
    url = f"/api/v1/hubs/{world.hub.pk}/travel-factors/"
    wrong = client.put(
        url, json.dumps({"van": [100] * 23}), content_type="application/json",
        headers={"If-Match": '"1"', "Idempotency-Key": uuid4().hex},
    )  # fmt: skip
    assert wrong.status_code == 422
    client.force_login(world.azul_manager)
    assert client.get("/dispatch/KAM/traffic/").status_code == 403
