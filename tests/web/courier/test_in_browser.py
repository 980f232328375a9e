"""The courier's page in a real browser: a day's taps with and without a network, each kept and carried out once."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from common import clock
from delivery.models import Attempt, Consignment, Parcel
from delivery.orders.status import Status
from routing.models import CourierCommand, Plan, Route, Stop, StopConsignment
from routing.routes.queries import hub_today
from tests.web.conftest import Open, listen, problems_of
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def route(world: World) -> Route:
    """Return Ana's published route of today with two packed stops."""
    now = clock.now()
    plan = Plan.objects.create(
        hub=world.hub,
        day=hub_today(world.hub.timezone, now),
        state=Plan.State.PUBLISHED,
        seconds=5,
        created_at=now,
    )
    route = Route.objects.create(
        plan=plan,
        shift=world.ana.shifts.get(),
        number=1,
        state=Route.State.PUBLISHED,
        planned_start_at=now,
        planned_end_at=now + timedelta(hours=2),
    )
    for position in (1, 2):
        consignment = world.consignment(Status.PLANNED)
        at = now + timedelta(minutes=20 * position)
        stop = Stop.objects.create(
            route=route,
            position=position,
            point=consignment.address.point,
            service_s=60,
            planned_at=at,
            eta_at=at,
        )
        StopConsignment.objects.create(stop=stop, consignment=consignment, is_active=True)
    Consignment.objects.update(status_at=now - timedelta(hours=1))
    Parcel.objects.update(packaging="PASSED")
    return route


@pytest.fixture
def phone(
    site: str, world: World, route: Route, open_browser: Open, sign_in: Any
) -> "Callable[..., Page]":
    """Return a function that opens Ana's phone at her page."""

    def opened(**options: Any) -> "Page":
        context = open_browser(**({"viewport": PHONE, "reduced_motion": "reduce"} | options))
        sign_in(context, world.ana.user)
        page = context.new_page()
        page.goto(f"{site}/courier/")
        expect(page.locator("#view h2").first).to_have_text("Load 2 parcels")
        return page

    return opened


def saved(page: "Page") -> None:
    expect(page.locator("#sync")).to_contain_text("All saved")


def on_the_road(page: "Page") -> "Page":
    """Load everything and start."""
    page.get_by_role("button", name="Tick all that are packed").click()
    expect(page.get_by_role("button", name="Tick all that are packed")).to_have_count(0)
    page.get_by_role("button", name="Start route").click()
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 1")
    saved(page)
    return page


def deliver(page: "Page", name: str) -> None:
    page.get_by_role("button", name="Arrived").click()
    page.get_by_role("button", name="Delivered").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Confirm delivery").click()


def test_a_stop_takes_two_taps_and_reaches_dispatch(
    phone: "Callable[..., Page]", route: Route
) -> None:
    page = on_the_road(phone())
    deliver(page, "Aino")
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    saved(page)
    first = route.stops.get(position=1).drops.get().consignment
    first.refresh_from_db()
    assert first.status == Status.DELIVERED

    page.get_by_role("button", name="Arrived").click()
    page.get_by_role("button", name="Not possible").click()
    page.get_by_label("Nobody was home").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#view h2")).to_have_text("All stops done")
    saved(page)
    attempts = Attempt.objects.order_by("occurred_at").values_list("outcome", "why")
    assert list(attempts) == [("DELIVERED", ""), ("FAILED", "NOBODY_HOME")]


DRAWN_ANEW = """() => new Promise((done) => {
    new MutationObserver(done).observe(document.querySelector("#sync"), { childList: true });
    document.dispatchEvent(new Event("visibilitychange"));
})"""


def test_news_take_nothing_from_under_the_finger(
    phone: "Callable[..., Page]", route: Route
) -> None:
    """A list that comes in while a button is pressed, a code typed or a parcel ticked leaves these as they are."""
    page = phone()
    page.get_by_label("Scan or type a parcel").fill("AB1")
    page.evaluate(DRAWN_ANEW)
    expect(page.get_by_label("Scan or type a parcel")).to_have_value("AB1")
    expect(page.get_by_label("Scan or type a parcel")).to_be_focused()

    on_the_road(page)
    page.get_by_role("button", name="Arrived").click()
    tick = page.locator(".hand-over input")
    tick.check()
    page.get_by_role("button", name="Not possible").hover()
    page.mouse.down()
    page.evaluate(DRAWN_ANEW)
    page.mouse.up()
    page.get_by_label("Nobody was home").check()
    page.get_by_role("button", name="Cancel").click()
    expect(tick).to_be_checked()


def test_what_the_server_took_stays_done_until_a_list_comes_that_shows_it(
    phone: "Callable[..., Page]", route: Route
) -> None:
    """The signal goes between the delivery's answer and the new list: the stop must not come back."""
    page = on_the_road(phone())
    page.route("**/me/manifest/", lambda ask: ask.abort())
    deliver(page, "Aino")
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    saved(page)
    assert Attempt.objects.count() == 1
    page.evaluate(DRAWN_ANEW)
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    page.reload()
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    saved(page)

    page.unroute("**/me/manifest/")
    with page.expect_response("**/me/manifest/"):
        page.evaluate(DRAWN_ANEW)
    page.evaluate(DRAWN_ANEW)
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    assert Attempt.objects.count() == 1


def test_what_is_done_without_a_network_survives_a_reload_and_is_sent_once(
    phone: "Callable[..., Page]", route: Route
) -> None:
    page = on_the_road(phone())
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now the worker has the page
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 1")

    page.context.set_offline(True)
    deliver(page, "Aino")
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    expect(page.locator("#sync")).to_contain_text("2 waiting to send")
    page.reload()
    expect(page.locator(".stop-card .street")).to_have_text("Testikatu 2")
    expect(page.locator("#sync")).to_contain_text("2 waiting to send")
    assert Attempt.objects.count() == 0

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page)
    attempt = Attempt.objects.get()
    assert attempt.outcome == Attempt.Outcome.DELIVERED
    assert attempt.occurred_at < attempt.received_at  # the phone's time, not the time of the upload
    assert CourierCommand.objects.filter(type="deliver").count() == 1


def test_a_step_that_dispatch_cannot_take_is_shown_with_its_reason(
    phone: "Callable[..., Page]", route: Route
) -> None:
    page = on_the_road(phone())
    stop = route.stops.get(position=1)
    page.context.set_offline(True)
    page.get_by_role("button", name="Arrived").click()
    expect(page.locator("#sync")).to_contain_text("1 waiting to send")
    # Meanwhile the stop is taken off the route.
    StopConsignment.objects.filter(stop=stop).delete()
    stop.delete()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#sync")).to_contain_text("needs a look")
    page.locator("#sync").click()
    expect(page.get_by_role("dialog")).to_contain_text("Dispatch could not take these")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_is_readable_by_everyone(phone: "Callable[..., Page]", theme: str) -> None:
    page = phone(color_scheme=theme)
    errors = listen(page)
    assert problems_of(page) == []
    on_the_road(page)
    assert problems_of(page) == []
    page.get_by_role("button", name="Arrived").click()
    page.get_by_role("button", name="Delivered").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert problems_of(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Stops").click()
    assert problems_of(page) == []
    assert errors == []
