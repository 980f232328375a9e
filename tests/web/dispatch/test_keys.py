"""The sheet of keys that `?` opens over the console."""

import re

import time_machine
from playwright.sync_api import expect

from tests.plans import publish, solve_day
from tests.web.conftest import problems_of
from tests.web.dispatch.test_console import Console
from tests.world import NOW, World


def test_the_sheet_names_keys_and_nothing_else(console: Console, world: World) -> None:
    world.consignment("ACCEPTED")
    with time_machine.travel(NOW):
        publish(world, solve_day(world))
    page = console()
    expect(page.locator("#detail").get_by_role("button", name="Azul")).to_be_visible()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    expect(sheet).to_contain_text("Search orders, phones, streets, couriers")
    keys = sheet.locator("kbd").all_inner_texts()
    assert {"?", "/", "v", "p"} <= set(keys)
    # A key is a letter, a sign or the name of one: the list of routes below has none.
    assert [key for key in keys if not re.fullmatch(r"\S|[A-Z][A-Za-z+]+", key)] == []
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    assert problems_of(page) == []
