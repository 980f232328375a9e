"""The plans room: what its pages say, and a plan asked for, followed, compared, locked, published in a browser."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from delivery.models import Consignment
from routing.models import Plan, Route, Stop, Unplanned, WhatIf
from routing.plans import actions, holding, publishing, solving, what_if
from routing.plans.what_if import Question
from tests import world as worlds
from tests.web.conftest import problems_of
from tests.web.dispatch.test_console import Console, live, plan_the_day, ready
from tests.world import NOW, TODAY, World
from web.dispatch.plans import found

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["ready"]  # the fixture of the console's tests
WORKS_MS = 40_000


@pytest.fixture
def morning(db: None, time_machine: Any) -> World:
    """Return the small named world at NOW; the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return worlds.build()


def solve(world: World) -> Plan:
    """Ask for a plan of the hub's day and solve it at once, as the worker would."""
    reader = world.reader(world.dispatcher)
    plan = actions.request_plan(
        hub_id=world.hub.pk, day=TODAY, seconds=2, seed=1, reader=reader, now=NOW
    )
    begun = actions.begin_solving(plan_id=plan.pk, now=NOW)
    assert begun is not None
    solving.solve_plan(begun)
    plan.refresh_from_db()
    return plan


def publish(world: World, plan: Plan) -> Plan:
    return publishing.publish_plan(
        plan_id=plan.pk, version=plan.version, reader=world.reader(world.dispatcher), now=NOW
    )


def shown(client: Client, url: str) -> str:
    """Return the text of a page, without scripts and tags, with single spaces."""
    html = client.get(url).content.decode()
    html = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_plan_says_what_it_costs_how_it_was_found_and_what_it_left_out(
    client: Client, morning: World
) -> None:
    for _ in range(3):
        morning.consignment("ACCEPTED")
    heavy = morning.consignment("ACCEPTED")
    heavy.parcels.update(weight_g=60_000_000)
    plan = solve(morning)
    client.force_login(morning.dispatcher)
    text = shown(client, f"/dispatch/KAM/plans/{plan.pk}/")
    figures = plan.figures
    for part in (
        f"Stops {figures['stops']}",
        "every window is kept",
        "Couriers' hours",
        "How it was found",
        "by a program of its own: no rule is broken",
        f"{figures['steps'][0]['cost'] / 1e6:.2f} EUR",
        heavy.code,
        "It is larger than any vehicle",
        "That is no money",
    ):
        assert part in text
    assert figures["regions"] == 1
    # What is left out is charged in the search only: the cost is couriers' hours, kilometres and vehicles.
    driving = sum(micros for term, micros in figures["costs"].items() if term != "unserved")
    assert f"Cost {driving / 1e6:.2f} EUR" in text
    assert driving < figures["cost"]


def test_each_step_of_a_search_says_what_it_gained(client: Client, morning: World) -> None:
    morning.consignment("ACCEPTED")
    plan = solve(morning)
    steps = [
        {"name": "pyvrp", "seconds": 4.0, "cost": 50_000_000, "unserved": 1},
        {
            "name": "3 rounds of neighbouring routes",
            "seconds": 9.0,
            "cost": 45_000_000,
            "unserved": 0,
        },
        {"name": "confirmed by ortools", "seconds": 9.5, "cost": 45_000_000, "unserved": 0},
    ]
    plan.figures |= {
        "steps": steps, "engine": "pyvrp+ruin", "path": "relaxed", "regions": 4, "bound": 44_100_000,
    }  # fmt: skip
    plan.save(update_fields=["figures"])
    client.force_login(morning.dispatcher)
    text = shown(client, f"/dispatch/KAM/plans/{plan.pk}/")
    # 50.00 less 45.00 is a tenth; 44.10 is known to be the least, 2 % of 45.00 below.
    for part in (
        "PyVRP + Carteiro's own search",
        "OR-Tools repaired and finished",
        "Regions 4",
        "Room for better at most 2.0 %",
        "Proposed by PyVRP 4.0 s 50.00 EUR – 1",
        "3 rounds of neighbouring routes 9.0 s 45.00 EUR 5.00 EUR (10.0 %) 0",
        "Confirmed by OR-Tools 9.5 s 45.00 EUR – 0",
    ):
        assert part in text
    # A least that is far below says nothing of the plan.
    plan.figures |= {"bound": 22_000_000}
    plan.save(update_fields=["figures"])
    assert "Room for better" not in shown(client, f"/dispatch/KAM/plans/{plan.pk}/")


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ("round 1: 10 parts", "Round 1: 10 parts"),
        ("round 2: 1 parts", "Round 2: 1 part"),
        ("round 3: 10 parts, 2 failed: [Errno 28]\nNo space left on device", "Round 3: 10 parts, 2 failed and kept their routes"),
        ("parts together", "Parts put together"),
        ("insertion", "Put in what was left out"),
    ],
)  # fmt: skip
def test_the_steps_of_a_big_day_are_said_in_words(noted: str, said: str) -> None:
    step = {"name": noted, "seconds": 4.0, "cost": 50_000_000, "unserved": 1}
    assert [row["name"] for row in found.steps([step])] == [said]


def test_what_would_help_is_a_question_away(client: Client, morning: World) -> None:
    late = morning.consignment("ACCEPTED")
    plan = solve(morning)
    Unplanned.objects.create(
        plan=plan,
        consignment=late,
        reasons={
            "reasons": [{"code": "after_window", "shift": None, "figures": {"late_s": 1200}}],
            "action": {"code": "widen_window", "shift": None, "figures": {"by_min": 20}},
        },
    )
    client.force_login(morning.dispatcher)
    html = client.get(f"/dispatch/KAM/plans/{plan.pk}/").content.decode()
    button = re.search(r'<button[^>]*data-ask="later_window"[^>]*>', html)
    assert button is not None
    assert f'data-consignment="{late.pk}"' in button.group()
    assert 'data-minutes="20"' in button.group()
    assert "Open its window by 20 min." in html


def test_two_ticked_plans_are_compared_the_older_first(client: Client, morning: World) -> None:
    morning.consignment("ACCEPTED")
    first = publish(morning, solve(morning))
    added = morning.consignment("ACCEPTED")
    second = solve(morning)
    client.force_login(morning.dispatcher)
    page = f"/dispatch/KAM/plans/?day={TODAY}"
    answer = client.get(f"{page}&compare={second.pk}&compare={first.pk}")
    url = f"/dispatch/KAM/plans/{first.pk}/compare/{second.pk}/"
    assert answer.headers["Location"] == url
    assert "Tick one more" in shown(client, f"{page}&compare={second.pk}")
    text = shown(client, url)
    alias = added.stops.get(stop__route__plan=second).stop.route.shift.courier.alias
    assert "1 phone would hear of the second plan" in text
    assert f"{alias} +1" in text
    assert "Stops 1 2 more: 1" in text
    assert "Both plans give each courier the same consignments." in text


def test_an_answer_is_the_difference_of_two_plans(client: Client, morning: World) -> None:
    ten = NOW + timedelta(hours=2)
    for _ in range(2):
        one = morning.consignment("ACCEPTED")
        Consignment.objects.filter(pk=one.pk).update(
            window_start=ten, window_end=ten + timedelta(minutes=20), service_s=3600
        )
    plan = solve(morning)
    route = plan.routes.select_related("shift__courier").order_by("number").first()
    assert route is not None
    asked = what_if.ask(
        plan_id=plan.pk, question=Question("without_shift", shift=route.shift_id),
        reader=morning.reader(morning.dispatcher), now=NOW,
    )  # fmt: skip
    client.force_login(morning.dispatcher)
    url = f"/dispatch/KAM/plans/{plan.pk}/"
    assert "Being worked out" in shown(client, url)
    what_if.answer(asked.pk)
    text = shown(client, url)
    assert f"Without {route.shift.courier.alias}" in text
    assert "1 has no route then" in text
    # Drawn: this courier has one stop now and none then; the other's number does not change.
    assert (
        f"{route.shift.courier.alias} now 1 then 0 less: 1 1 courier keeps as many stops." in text
    )
    # One van less drives less; what is left out is said in consignments, not in money.
    assert "cheaper to drive" in text


def test_another_hubs_plan_is_not_here(client: Client, morning: World) -> None:
    morning.consignment("ACCEPTED")
    plan = solve(morning)
    client.force_login(morning.dispatcher)
    assert client.get(f"/dispatch/XXX/plans/{plan.pk}/").status_code == 404
    client.force_login(morning.azul_manager)
    assert client.get(f"/dispatch/KAM/plans/{plan.pk}/").status_code == 403


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-31", "x", "%00"])
def test_a_day_that_cannot_be_is_today(client: Client, morning: World, day: str) -> None:
    client.force_login(morning.dispatcher)
    assert "Saturday 21 November" in shown(client, f"/dispatch/KAM/plans/?day={day}")
    assert client.get(f"/dispatch/KAM/?day={day}").status_code == 200


def test_a_hub_that_cannot_be_is_missing(client: Client, morning: World) -> None:
    client.force_login(morning.dispatcher)
    for page in ("plans", "traffic"):
        assert client.get(f"/dispatch/%00/{page}/").status_code == 404


def test_the_pages_take_no_more_queries_for_more_stops(
    client: Client, morning: World, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(6):
        morning.consignment("ACCEPTED")
    first, second = publish(morning, solve(morning)), solve(morning)
    client.force_login(morning.dispatcher)
    with django_assert_max_num_queries(32):
        assert client.get(f"/dispatch/KAM/plans/{second.pk}/").status_code == 200
    with django_assert_max_num_queries(32):
        url = f"/dispatch/KAM/plans/{first.pk}/compare/{second.pk}/"
        assert client.get(url).status_code == 200


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
    expect(page.locator("#work-found > li").first).to_contain_text("4.00 EUR")
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
