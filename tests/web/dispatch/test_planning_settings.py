"""How a hub is planned, set on the page of its plans: typed fast, by two dispatchers at once, taken back."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from routing.models import PlanningSettings
from routing.plans import actions
from tests.web.conftest import hold, let_go
from tests.web.dispatch.test_console import Console
from tests.world import TODAY, World


def open_plans(console: Console) -> Page:
    page: Page = console(f"/dispatch/KAM/?day={TODAY}")
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/?day={TODAY}")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    return page


def test_what_is_typed_while_a_save_is_under_way_is_kept(console: Console, world: World) -> None:
    page = open_plans(console)
    held = hold(page, "/planning/")
    for name, price in (("new to the area", "1.50"), ("drove more", "2"), ("changes order", "3")):
        page.get_by_label(name).fill(price)
        page.keyboard.press("Tab")
    page.get_by_label("changes courier").fill("7.2")  # still being typed
    for _ in range(3):
        let_go(page, held)
    expect(page.get_by_label("drove more")).to_have_value("2.00")
    expect(page.get_by_label("changes courier")).to_have_value("7.2")
    kept = PlanningSettings.objects.get()
    assert [str(kept.unknown_area), str(kept.uneven_hours), str(kept.changed_order)] == [
        "1.50", "2.00", "3.00",
    ]  # fmt: skip
    assert str(kept.changed_courier) != "7.20"


@pytest.mark.parametrize("same_price", [False, True])
def test_two_dispatchers_set_prices_and_neither_is_lost(
    console: Console, world: World, same_price: bool
) -> None:
    page = open_plans(console)
    theirs = "unknown_area" if same_price else "uneven_hours"
    actions.change_settings(
        hub_id=world.hub.pk, engine="auto", prices={theirs: Decimal(4)}, version=1,
        reader=world.reader(world.dispatcher),
    )  # fmt: skip
    mine = page.get_by_label("new to the area")
    mine.fill("1.50")
    page.keyboard.press("Tab")
    if same_price:
        expect(page.get_by_text("Somebody changed this a moment ago")).to_be_visible()
        expect(mine).to_have_value("1.50")
        assert PlanningSettings.objects.get().unknown_area == 4
        page.get_by_role("button", name="Do mine now").click()
    else:
        expect(page.get_by_label("drove more")).to_have_value("4.00")
    expect(page.get_by_text("Kept. The next plan is made this way.")).to_be_visible()
    expect(mine).to_have_value("1.50")
    kept = PlanningSettings.objects.get()
    assert str(kept.unknown_area) == "1.50"
    # One price is taken back, not what was set since.
    page.get_by_role("button", name="Undo").click()
    before = "4.00" if same_price else "0.50"
    expect(mine).to_have_value(before)
