"""The plans room in a browser: a plan asked for, followed, cancelled, changed by hand and published."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from delivery.models import Consignment
from routing.models import Plan, Route, Stop, Unplanned, WhatIf
from routing.plans import actions, holding
from tests.web.conftest import problems_of
from tests.web.dispatch.test_console import Console, live, plan_the_day, ready
from tests.world import NOW, TODAY, World

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["ready"]  # the fixture of the console's tests
WORKS_MS = 40_000


def test_a_plan_is_asked_for_followed_and_published_on_its_page(
    console: Console, world: World, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    page.keyboard.press("a")
    page.get_by_role("dialog", name="Assign 4 consignments?").get_by_role(
        "button", name="Assign day"
    ).click()
    expect(page.get_by_text("4 assigned.")).to_be_visible(timeout=WORKS_MS)
    page.get_by_role("link", name="Plans").click()
    expect(page.get_by_text("No plan of this day yet")).to_be_visible()
    expect(page.locator("#main[data-ready]")).to_be_attached()
    page.keyboard.press("p")
    # The page follows the search by itself, says what it found, and shows the proposal when it is there.
    publish_button = page.get_by_role("button", name="Publish", exact=True)
    expect(publish_button).to_be_visible(timeout=WORKS_MS)
    expect(page.get_by_role("heading", name="How it was found")).to_be_visible()
    expect(page.locator("route-timeline .tl-stop")).to_have_count(4)
    assert problems_of(page) == []
    publish_button.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.locator('.chip[data-status="PUBLISHED"]').first).to_be_visible(timeout=WORKS_MS)

    # What if, answered on the page by the worker.
    page.get_by_label("Change").select_option("later_window")
    page.get_by_label("Minutes").fill("240")
    page.get_by_role("button", name="Ask").click()
    answer = page.locator(".plan-answer")
    expect(answer).to_contain_text("Every window open 240 min longer")
    expect(answer).to_contain_text(re.compile("cheaper|dearer|same cost"), timeout=WORKS_MS)
    assert WhatIf.objects.get().state == WhatIf.State.DONE
    assert problems_of(page) == []


def test_the_page_follows_a_search_second_by_second(console: Console, world: World) -> None:
    world.consignment("ACCEPTED")
    asked = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=20, seed=1,
        reader=world.reader(world.dispatcher), now=NOW,
    )  # fmt: skip
    page = console(f"/dispatch/KAM/?day={TODAY}")
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/{asked.pk}/")
    live(page)
    expect(page.locator('#plan-head > .chip[data-status="QUEUED"]')).to_be_visible()
    plan = actions.begin_solving(plan_id=asked.pk, now=NOW)
    assert plan is not None
    expect(page.locator('#plan-head > .chip[data-status="SOLVING"]')).to_be_visible()

    def tell(seconds: float, cost: int, unserved: int) -> None:
        progress = {
            "stage": "improve", "seconds": seconds, "cost": cost, "unserved": unserved, "bound": 39_200_000,
        }  # fmt: skip
        assert actions.keep_progress(plan=plan, progress=progress, now=NOW)

    tell(1.0, 44_000_000, 1)
    expect(page.locator("#work-said")).to_contain_text(
        "best cost 44.00 EUR · 1 left out, charged in it"
    )
    tell(2.0, 40_000_000, 0)
    # 39.20 is known to be the least: of 40.00 at most 0.80, which is 2 %, could be saved.
    said, figures = page.locator("#work-said"), page.locator("#work-figures")
    expect(said).to_have_text("Making it better · best cost 40.00 EUR · 0 left out")
    expect(figures).to_have_text("· at most 2.0 % could be saved · 2 of 20 s")
    # What a screen reader says is said again for a better plan only, not for each second.
    page.evaluate(
        "globalThis.spoken = []; new MutationObserver(() => spoken.push(1)).observe("
        "document.querySelector('[role=status]:has(#work-said), #work-said[role=status]'),"
        "{subtree: true, childList: true, characterData: true})"
    )
    tell(3.0, 40_000_000, 0)
    expect(figures).to_contain_text("3 of 20 s")
    assert page.evaluate("spoken.length") == 0
    expect(page.locator("#work-found > li")).to_have_count(2)
    # What is left out is charged, and that is no money: what a plan gains is said in consignments then.
    newest = page.locator("#work-found > li").first
    expect(newest).to_contain_text("1 more on a route")
    expect(newest).not_to_contain_text("4.00 EUR")
    tell(4.0, 39_500_000, 0)
    expect(newest).to_contain_text("−0.50 EUR")
    actions.fail_plan(
        plan_id=plan.pk, version=plan.version, sentence="No road leads out of the hub.", now=NOW
    )
    expect(page.get_by_text("No road leads out of the hub.")).to_be_visible()
    assert problems_of(page) == []


def test_a_search_is_cancelled_at_once(console: Console, world: World) -> None:
    """Without a worker the plan waits; its page still lets it be stopped."""
    world.consignment("ACCEPTED")
    page = live(console(f"/dispatch/KAM/?day={TODAY}"))
    page.keyboard.press("p")
    page.get_by_role("link", name="Details").click()
    expect(page.locator("#work-said")).to_have_text("Waiting for a worker")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator('.chip[data-status="CANCELLED"]').first).to_be_visible()
    assert Plan.objects.get().state == Plan.State.CANCELLED


def test_a_route_is_locked_a_stop_pinned_and_couriers_swapped_by_hand(
    console: Console, world: World, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    plan_the_day(page)
    first = Route.objects.order_by("number").first()
    assert first is not None
    page.locator(f'.dt-name[data-route="{first.pk}"]').click()
    page.locator("#detail").get_by_role("button", name="Lock").click()
    expect(page.get_by_text(f"Route {first.number} is locked")).to_be_visible()
    first.refresh_from_db()
    assert first.is_locked
    expect(page.locator("#detail").get_by_role("button", name="Swap")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.get_by_text(f"Route {first.number} is no longer locked.")).to_be_visible()

    by_courier = stops_by_courier()
    page.locator("#detail").get_by_role("button", name="Swap").click()
    expect(page.get_by_text("drive each other's stops now")).to_be_visible()
    assert stops_by_courier() == {
        alias: by_courier[other] for alias, other in zip(by_courier, reversed(by_courier), strict=True)
    }  # fmt: skip

    page.locator(f'.dt-stop[aria-label*="{ready[2].code}"]').click()
    page.locator("#detail").get_by_text("Why here, why then?").click()
    expect(page.locator("#detail")).to_contain_text("more than without it", timeout=WORKS_MS)
    page.keyboard.press("i")
    expect(
        page.get_by_text(re.compile(r"Pinned to \w+: the next plan leaves it there"))
    ).to_be_visible()
    assert ready[2].stops.get(is_active=True).stop.is_pinned
    assert problems_of(page) == []


def stops_by_courier() -> dict[str, set[Any]]:
    """Return the consignments of each courier's published route, by alias in order."""
    found: dict[str, set[Any]] = {}
    rows = Route.objects.filter(state=Route.State.PUBLISHED).order_by("shift__courier__alias")
    for alias, consignment in rows.values_list(
        "shift__courier__alias", "stops__drops__consignment"
    ):
        found.setdefault(alias, set()).add(consignment)
    return found


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_the_room_is_accessible_and_fits(
    console: Console, world: World, ready: list[Consignment], width: int, theme: str
) -> None:
    page: Page = console(
        f"/dispatch/KAM/?day={TODAY}", viewport={"width": width, "height": 860}, color_scheme=theme
    )
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/?day={TODAY}")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    assert problems_of(page) == []
    page.get_by_label("Planner").select_option("ortools")
    expect(page.get_by_text("Kept. The next plan is made this way.")).to_be_visible()
    assert world.hub.planning.engine == "ortools"


def test_a_shift_is_extended_where_that_would_help(
    console: Console, world: World, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    plan_the_day(page)
    plan, shift = Plan.objects.get(), world.ana.shifts.get()
    Unplanned.objects.create(
        plan=plan,
        consignment=world.consignment("ACCEPTED"),
        reasons={
            "reasons": [
                {"code": "after_shift_end", "shift": str(shift.pk), "figures": {"over_s": 900}}
            ],
            "action": {"code": "extend_shift", "shift": str(shift.pk), "figures": {"by_min": 15}},
        },
    )
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/{plan.pk}/")
    expect(page.locator("#main[data-ready]")).to_be_attached()
    page.get_by_role("button", name="Extend the shift by 15 min").click()
    expect(page.get_by_text("The shift is 15 min longer.")).to_be_visible()
    before = shift.ends_at
    shift.refresh_from_db()
    assert shift.ends_at == before + timedelta(minutes=15)
    page.get_by_role("button", name="Plan again, change little").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible(timeout=WORKS_MS)
    again = Plan.objects.exclude(pk=plan.pk).get()
    assert (again.base_id, again.changes_little) == (plan.pk, True)


def test_what_another_dispatcher_changed_is_seen_before_it_is_published(
    console: Console, world: World, worker: object
) -> None:
    world.consignment("ACCEPTED")
    reader = world.reader(world.dispatcher)
    plan = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=2, seed=1, reader=reader, now=NOW
    )
    page = console(f"/dispatch/KAM/?day={TODAY}")
    page.goto(page.url.split("/dispatch/")[0] + f"/dispatch/KAM/plans/{plan.pk}/")
    publish_button = page.get_by_role("button", name="Publish", exact=True)
    expect(publish_button).to_be_visible(timeout=WORKS_MS)
    live(page)
    plan.refresh_from_db()
    holding.pin_stop(
        stop_id=Stop.objects.get().pk, pinned=True, version=plan.version,
        reader=reader, now=NOW,
    )  # fmt: skip
    said = page.locator("#plan-refusal")
    expect(said).to_contain_text("Somebody changed this plan.")
    # Published is what was seen: the page still has the version it shows.
    publish_button.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(said).to_contain_text("Look at the plan as it is now")
    plan.refresh_from_db()
    assert plan.state == Plan.State.READY
    said.get_by_role("button", name="Show").click()
    expect(said).to_be_empty()
    expect(page.locator("#main[data-ready]")).to_be_attached()
    publish_button.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.locator('.chip[data-status="PUBLISHED"]').first).to_be_visible(timeout=WORKS_MS)
    assert Stop.objects.get().is_pinned
