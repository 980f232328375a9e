"""The recipient's page in a real browser: live, without scripts, without sockets, and readable by everyone."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from common import clock
from delivery.models import Consignment, DeliveryWish, Rating
from delivery.tracking import actions as tracking
from tests.web.conftest import Open, listen, problems_of, until
from tests.web.track.conftest import Doorstep

if TYPE_CHECKING:
    from playwright.sync_api import Page


def here(doorstep: Doorstep, near: dict[str, Any]) -> str:
    """Bring the delivery onto the road now, by the server's clock, and return the page's address."""
    now = clock.now()
    doorstep.move(
        "OUT_FOR_DELIVERY",
        **(near | {"eta_at": now + timedelta(minutes=50), "courier_seen_at": now}),
    )
    return f"/t/{tracking.open_link(consignment=doorstep.consignment, now=now)}/"


def test_the_page_follows_the_delivery(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser().new_page()
    errors = listen(page)
    page.goto(site + here(doorstep, near))
    expect(page.locator("[data-say=stops]")).to_have_text("2 stops before you")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("window.sameDocument = true")

    tracking.tell_approach(consignment_id=doorstep.consignment.pk, stops_before=1, now=clock.now())
    expect(page.locator("[data-say=stops]")).to_have_text("1 stop before you")

    now = clock.now()
    for status in ("ARRIVING", "DELIVERED"):
        tracking.record_progress(
            consignment_id=doorstep.consignment.pk,
            happening=tracking.Happening(occurred_at=now, to=status),
            now=now,
        )
    expect(page.get_by_role("heading", name="How was it?")).to_be_visible()
    expect(page.locator("live-map")).to_have_count(0)
    assert page.evaluate("window.sameDocument")  # changed in place, never reloaded
    assert errors == []


def test_the_courier_moves_on_the_map(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser().new_page()
    page.goto(site + here(doorstep, near))
    until(page, "document.getElementById('track-map')?.couriers?.length === 1")
    tracking.show_courier(
        consignment_id=doorstep.consignment.pk,
        point=Point(24.9411, 60.17, srid=4326),
        seen_at=clock.now(),
        now=clock.now(),
    )
    until(page, "document.getElementById('track-map').couriers[0].lon === 24.9411")


def test_a_form_in_use_is_never_taken_away(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser().new_page()
    page.goto(site + here(doorstep, near))
    expect(page.locator("#live-state")).to_have_text("Live")
    page.get_by_text("At the door", exact=True).click()
    page.get_by_label("For the courier").fill("Ring tw")
    now = clock.now()
    tracking.record_progress(
        consignment_id=doorstep.consignment.pk,
        happening=tracking.Happening(occurred_at=now, to="ARRIVING"),
        now=now,
    )
    expect(page.locator("[data-say=headline]")).to_have_text("At your door")
    assert page.get_by_label("For the courier").input_value() == "Ring tw"


def test_without_a_socket_it_asks_now_and_then(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser().new_page()
    page.route_web_socket("**/ws/**", lambda socket: socket.close())
    page.clock.install()
    page.goto(site + here(doorstep, near))
    expect(page.locator("[data-say=stops]")).to_have_text("2 stops before you")
    tracking.tell_approach(consignment_id=doorstep.consignment.pk, stops_before=0, now=clock.now())
    page.clock.run_for(40_000)
    expect(page.locator("[data-say=stops]")).to_have_text("You are next")


def test_everything_works_without_scripts(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    consignment = doorstep.consignment
    doorstep.move("ACCEPTED")
    url = f"{site}/t/{tracking.open_link(consignment=consignment, now=clock.now())}/"
    page.goto(url)
    page.get_by_text("Another time").click()
    page.locator(".slot").last.click()
    page.get_by_role("button", name="Keep this time").click()
    expect(page.get_by_role("status").first).to_contain_text("Your new time is kept.")
    consignment = Consignment.objects.get(pk=consignment.pk)
    assert consignment.window_end is not None
    assert (consignment.window_end - consignment.window_start) == timedelta(hours=4)

    page.get_by_text("At the door", exact=True).click()
    page.get_by_label("Give it to a neighbour").check()
    page.get_by_label("Which neighbour").fill("Flat 3")
    page.get_by_role("button", name="Keep my wishes").click()
    expect(page.get_by_role("status").first).to_contain_text("Your wishes are kept.")
    assert DeliveryWish.objects.get(pk=consignment.pk).where == "Flat 3"

    doorstep.move("DELIVERED")
    page.goto(url)
    page.locator("label[for=star4]").click()
    page.get_by_role("button", name="Send my rating").click()
    expect(page.get_by_role("status").first).to_contain_text("Your rating is kept.")
    assert Rating.objects.get(pk=consignment.pk).stars == 4


@pytest.mark.parametrize("status", ["RECEIVED", "OUT_FOR_DELIVERY", "DELIVERED", "ATTEMPT_FAILED"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_by_everyone(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open, status: str, theme: str
) -> None:
    merchant = doorstep.world.florist
    merchant.accent, merchant.support_phone, merchant.support_email = (
        "#ffd400",
        "+358 9 1",
        "ola@lua.example",
    )
    merchant.save()
    path = here(doorstep, near)
    if status != "OUT_FOR_DELIVERY":
        doorstep.move(status)
    page: Page = open_browser(
        color_scheme=theme, reduced_motion="reduce", viewport={"width": 320, "height": 700}
    ).new_page()
    errors = listen(page)
    page.goto(site + path)
    for opener in page.locator(".choice summary").all():
        opener.click()
    assert problems_of(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert problems_of(page) == []
    assert errors == []


def test_a_link_that_does_not_work_says_so_readably(
    site: str, world: Any, open_browser: Open
) -> None:
    page = open_browser(reduced_motion="reduce").new_page()
    page.goto(f"{site}/t/{'A' * 32}/")
    expect(page.get_by_role("heading")).to_have_text("This link does not work")
    assert problems_of(page) == []


def test_on_paper_it_is_black_on_white_even_in_the_dark(
    site: str, doorstep: Doorstep, near: dict[str, Any], open_browser: Open
) -> None:
    page = open_browser(color_scheme="dark").new_page()
    page.goto(site + here(doorstep, near))
    ink = "getComputedStyle(document.querySelector('.answer > h1')).color"
    paper = "getComputedStyle(document.querySelector('.answer')).backgroundColor"
    on_screen = page.evaluate(paper)
    page.emulate_media(media="print")
    assert page.evaluate(ink) == "rgb(0, 0, 0)"
    assert page.evaluate(paper) in {"oklch(1 0 0)", "rgb(255, 255, 255)"}
    assert page.evaluate(paper) != on_screen
    assert problems_of(page) == []
