"""The partner's portal in a real browser, and its doors: nobody sees another partner's data."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import expect

from couriers.assignment.models import Assignment
from couriers.models import Courier, Partner, ServiceArea, Shift
from delivery.models import Consignment
from delivery.orders.status import Status
from tests.web.partner.conftest import NOON
from tests.world import NOW, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Opened = Callable[..., tuple[Page, list[str]]]

AXE = (Path(__file__).resolve().parents[2] / "vendor" / "axe-core" / "axe.min.js").read_text()
PAGES = ["", "offers/", "people/", "areas/", "money/"]


def violations(page: "Page") -> list[str]:
    found: list[str] = page.evaluate(
        AXE
        + ";axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))"
    )
    return found


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"), (320, "dark")]
)
def test_every_page_is_accessible_and_fits(
    busy: World, opened: "Opened", width: int, theme: str
) -> None:
    for name in PAGES:
        page, complaints = opened(busy.azul_manager, f"/partner/{name}", width, theme)
        if name == "areas/":
            page.wait_for_selector("live-map[data-ready]", timeout=20_000)

        assert (name, violations(page)) == (name, [])
        assert (name, page.evaluate("document.documentElement.scrollWidth") <= width) == (
            name,
            True,
        )
        assert (name, complaints) == (name, [])


def test_a_manager_declines_one_offer_and_accepts_the_rest(busy: World, opened: "Opened") -> None:
    page, _complaints = opened(busy.azul_manager, "/partner/")
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("time[data-until]").first).to_have_text(re.compile(r"^1:3\d:\d\d$"))
    expect(page.get_by_role("button", name="Decline 0")).to_be_disabled()

    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_label("Why you decline").fill("The van broke down")
    page.get_by_role("button", name="Decline 1").click()
    expect(page.get_by_text("1 offer declined. Somebody else will be asked.")).to_be_visible()
    page.get_by_role("button", name="Accept all 2").click()
    expect(page.get_by_text("2 offers accepted.")).to_be_visible()
    expect(page.get_by_text("No offer waits for you")).to_be_visible()

    declined = Assignment.objects.get(state="DECLINED")
    assert declined.decline_reason == "The van broke down"
    assert declined.consignment.status == Status.READY
    assert (
        Consignment.objects.filter(status=Status.ACCEPTED, partner=busy.azul.organization).count()
        == 3
    )


def test_declining_all_asks_first_with_the_number(busy: World, opened: "Opened") -> None:
    page, _complaints = opened(busy.azul_manager, "/partner/offers/")
    page.get_by_role("button", name="Decline all").click()
    expect(page.get_by_text("3 consignments will be offered to somebody else.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    assert not Assignment.objects.filter(state="DECLINED").exists()

    page.get_by_role("button", name="Decline all").click()
    page.get_by_role("dialog").get_by_role("button", name="Decline all").click()
    expect(page.get_by_text("3 offers declined.")).to_be_visible()


def test_a_list_that_changed_says_so_and_does_not_jump(busy: World, opened: "Opened") -> None:
    page, _complaints = opened(busy.azul_manager, "/partner/offers/")
    notice = page.get_by_text("Your offers changed while you were looking.")
    expect(notice).to_be_hidden()
    Assignment.objects.filter(state="OFFERED").first().delete()
    expect(notice).to_be_visible(timeout=15_000)
    assert page.locator("[data-offer]").count() == 3


def test_an_area_is_drawn_by_keyboard_alone(busy: World, opened: "Opened") -> None:
    page, _complaints = opened(busy.azul_manager, "/partner/areas/")
    page.get_by_role("button", name="Draw an area").press("Enter")
    page.get_by_label("Name").fill("Harbour")
    corners = [
        (24.95, 60.16),
        (24.96, 60.17),
        (24.96, 60.16),
        (24.95, 60.17),
    ]  # crosses itself in the middle
    for n, (lon, lat) in enumerate(corners, 1):
        page.get_by_role("button", name="Add a corner").press("Enter")
        page.get_by_label(f"Longitude of corner {n}").fill(str(lon))
        page.get_by_label(f"Latitude of corner {n}").fill(str(lat))
    page.get_by_role("button", name="Save the area").press("Enter")
    expect(page.get_by_text("at 60.16500, 24.95500")).to_be_visible()
    expect(page.locator("#area-error")).to_be_focused()
    assert ServiceArea.objects.filter(partner=busy.azul).count() == 1

    page.get_by_label("Longitude of corner 2").fill("24.96")
    page.get_by_label("Latitude of corner 2").fill("60.16")
    page.get_by_label("Latitude of corner 3").fill("60.17")
    page.get_by_role("button", name="Save the area").press("Enter")
    expect(page.get_by_text("Harbour is saved.")).to_be_visible()
    assert ServiceArea.objects.get(name="Harbour").partner_id == busy.azul.pk


def test_an_area_is_drawn_by_clicking_and_closed_after_asking(
    busy: World, opened: "Opened"
) -> None:
    page, _complaints = opened(busy.azul_manager, "/partner/areas/")
    page.wait_for_selector("live-map[data-ready]", timeout=20_000)
    page.get_by_role("button", name="Draw an area").click()
    page.get_by_label("Name").fill("Clicked")
    for x, y in ((100, 200), (400, 200), (400, 500)):
        page.locator("live-map canvas").click(position={"x": x, "y": y})
    expect(page.locator("#corners tr")).to_have_count(3)
    page.get_by_role("button", name="Save the area").click()
    expect(page.get_by_text("Clicked is saved.")).to_be_visible()

    page.get_by_role("button", name="Close Clicked").click()
    page.get_by_role("button", name="Close the area").click()
    expect(page.get_by_text("Clicked is closed.")).to_be_visible()
    assert not ServiceArea.objects.get(name="Clicked").is_active


@pytest.fixture
def noon() -> Any:
    """Make it noon in this process too."""
    with time_machine.travel(NOON, tick=False):
        yield


def as_manager(world: World) -> Client:
    client = Client()
    client.force_login(world.azul_manager)
    return client


def shift_form(world: World, **changes: str) -> dict[str, str]:
    return {
        "courier": str(world.ana.pk),
        "vehicle": str(world.azul.vehicles.get(kind="BICYCLE").pk),
        "hub": str(world.hub.pk),
        "day": "2026-11-22",
        "starts": "09:00",
        "ends": "13:00",
    } | changes


@pytest.mark.usefixtures("noon")
class TestDoors:
    """The doors without a browser."""

    def test_only_a_partners_manager_comes_in(self, world: World) -> None:
        for user in (world.dispatcher, world.lua, world.ana.user, world.packer):
            client = Client()
            client.force_login(user)
            assert [client.get(f"/partner/{name}").status_code for name in PAGES] == [403] * 5
        assert Client().get("/partner/").headers["Location"].startswith("/login/")

    def test_a_manager_sees_no_courier_and_no_money_of_another_partner(self, world: World) -> None:
        client = as_manager(world)
        shown = "".join(client.get(f"/partner/{name}").content.decode() for name in PAGES)
        assert "Ana" in shown
        assert "Vesa" not in shown
        assert "Verde" not in shown
        foreign = Shift.objects.get(courier=world.vesa)
        assert client.post(f"/partner/people/shifts/{foreign.pk}/end/").status_code == 404
        stolen = client.post(
            "/partner/people/shifts/", shift_form(world, courier=str(world.vesa.pk))
        )
        assert stolen.status_code == 422
        assert Shift.objects.count() == 3

    def test_a_shift_is_planned_in_the_hubs_time(self, world: World) -> None:
        answer = as_manager(world).post("/partner/people/shifts/", shift_form(world))
        assert answer.status_code == 302
        # 09:00 in Helsinki is 07:00 UTC in winter
        made = Shift.objects.latest("starts_at")
        assert made.starts_at == NOW + timedelta(days=1, hours=1)

    def test_an_overlap_is_said_and_what_was_typed_stays(self, world: World) -> None:
        answer = as_manager(world).post(
            "/partner/people/shifts/",
            shift_form(world, day="2026-11-21", starts="16:00", ends="20:00"),
        )
        assert answer.status_code == 422
        assert "Ana is taken from 09:00 to 17:00" in answer.content.decode()
        assert 'value="20:00"' in answer.content.decode()

    def test_a_courier_is_added_and_a_weak_password_refused_at_its_field(
        self, world: World
    ) -> None:
        form = {
            "alias": "Bia",
            "name": "Bia B",
            "email": "bia@azul.example",
            "rides": "VAN",
            "password": "12345678",
        }
        client = as_manager(world)
        refused = client.post("/partner/people/couriers/", form)
        assert refused.status_code == 422
        assert "too common" in refused.content.decode()
        assert (
            client.post(
                "/partner/people/couriers/", form | {"password": "a long first one"}
            ).status_code
            == 302
        )
        assert Courier.objects.get(alias="Bia").partner_id == world.azul.pk

    def test_capacity_is_changed_and_an_older_page_is_refused(self, world: World) -> None:
        client = as_manager(world)
        assert (
            client.post("/partner/capacity/", {"daily_capacity": 70, "version": 1}).status_code
            == 302
        )
        assert Partner.objects.get(pk=world.azul.pk).daily_capacity == 70
        assert (
            client.post("/partner/capacity/", {"daily_capacity": 10, "version": 1}).status_code
            == 422
        )

    def test_nothing_ticked_changes_nothing(self, world: World) -> None:
        client = as_manager(world)
        answer = client.post(
            "/partner/offers/answer/", {"answer": "accept", "offers": ["nonsense"]}, follow=True
        )
        assert "Tick at least one offer first." in answer.content.decode()

    @pytest.mark.parametrize("day", ["2026-13-45", "9999-12-31", "0001-01-01"])
    def test_a_made_up_day_shows_today(self, world: World, day: str) -> None:
        client = as_manager(world)
        assert [client.get(f"/partner/{page}?day={day}").status_code for page in PAGES] == [200] * 5
