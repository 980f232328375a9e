"""The form that puts questions to a plan: what is typed is what is asked, once, and its answers come in place."""

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from playwright.sync_api import expect

from routing.models import WhatIf
from routing.plans import what_if
from tests.plans import solve_day
from tests.web.conftest import problems_of
from tests.web.dispatch.test_console import Console
from tests.world import NOW, TODAY, World

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def room(console: Console, world: World) -> "Page":
    """Return the page of a proposal; no worker answers its questions by itself."""
    world.consignment("ACCEPTED")
    with time_machine.travel(NOW):
        plan = solve_day(world)
    page = console(f"/dispatch/KAM/?day={TODAY}")
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/{plan.pk}/")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    return page


def asked() -> list[dict[str, Any]]:
    return [row.change for row in WhatIf.objects.order_by("id")]


def test_a_field_that_is_not_shown_stops_no_question(room: "Page") -> None:
    room.get_by_label("Change").select_option("longer_shift")
    room.get_by_label("Minutes").fill("9999")
    room.get_by_label("Change").select_option("without_shift")
    room.get_by_role("button", name="Ask").click()
    expect(room.locator(".plan-answer")).to_have_count(1)
    assert [one["kind"] for one in asked()] == ["without_shift"]
    assert problems_of(room) == []


@pytest.mark.parametrize("typed", ["", "0", "9999", "2.5"])
def test_nonsense_is_not_asked_as_something_else(room: "Page", typed: str) -> None:
    room.get_by_label("Change").select_option("later_window")
    minutes = room.get_by_label("Minutes")
    minutes.fill(typed)
    room.get_by_role("button", name="Ask").click()
    expect(minutes).to_be_focused()
    assert minutes.evaluate("one => !one.validity.valid")
    # Any whole number of minutes can be asked.
    minutes.fill("17")
    room.get_by_role("button", name="Ask").click()
    expect(room.locator(".plan-answer")).to_contain_text("Every window open 17 min longer")
    assert [one["minutes"] for one in asked()] == [17]


def test_an_answer_comes_in_place_and_what_was_opened_stays_open(room: "Page") -> None:
    room.get_by_role("button", name="Ask").click()
    first = room.locator(".plan-answer")
    expect(first).to_contain_text("Being worked out")
    what_if.fail(WhatIf.objects.get().pk, "No road leads there.")
    expect(first).to_contain_text("No road leads there.")
    # What its reader does with it is theirs: the answer to another question changes nothing of it.
    first.evaluate("one => { one.mine = true; }")
    room.get_by_label("Change").select_option("more_vans")
    room.get_by_label("How many").fill("3")
    room.get_by_role("button", name="Ask").click()
    answers = room.locator(".plan-answer")
    expect(answers).to_have_count(2)
    expect(answers.first).to_contain_text("3 more vans like Ana's")
    assert answers.last.evaluate("one => one.mine")
    assert problems_of(room) == []


def test_a_question_is_put_once_however_often_it_is_pressed(room: "Page") -> None:
    ask = room.get_by_role("button", name="Ask")
    ask.evaluate("one => { one.click(); one.click(); one.click(); }")
    expect(room.locator(".plan-answer")).to_have_count(1)
    expect(ask).not_to_have_attribute("aria-busy", "true")
    assert len(asked()) == 1


def test_without_a_network_the_question_stays_typed_and_can_be_put_again(room: "Page") -> None:
    room.get_by_label("Change").select_option("later_window")
    room.get_by_label("Minutes").fill("45")
    room.context.set_offline(True)
    room.get_by_role("button", name="Ask").click()
    expect(room.locator("#plan-refusal")).to_contain_text("No connection")
    room.context.set_offline(False)
    room.get_by_role("button", name="Ask").click()
    expect(room.locator(".plan-answer")).to_contain_text("Every window open 45 min longer")
    expect(room.locator("#plan-refusal")).to_be_empty()
    assert [one["minutes"] for one in asked()] == [45]
