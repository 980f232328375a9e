"""The console in a real browser, with a real server, a real worker and the solver: the whole day, live, and by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from common.live.actions import set_gauge
from delivery.models import Consignment
from delivery.orders.actions import NewConsignment
from delivery.orders.status import Status
from delivery.tracking.actions import Happening, record_progress
from delivery.tracking.live import board_stream
from routing.models import Route, Stop
from tests.web.conftest import problems_of, until
from tests.world import NOW, World, box

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

Console = Callable[..., "Page"]
WORKS_MS = 40_000


@pytest.fixture
def ready(world: World) -> list[Consignment]:
    """Return four consignments for Azul; the first two are wanted at the same minutes, so two couriers go."""
    type(world.azul).objects.filter(pk=world.azul.pk).update(auto_accepts=True)
    at_ten = (NOW + timedelta(hours=2), NOW + timedelta(hours=2, minutes=30))
    south = (24.9384, 60.1675)
    rush = NewConsignment(
        parcels=(box(),), window_start=at_ten[0], window_end=at_ten[1], service_s=3600
    )
    any_time = NewConsignment(parcels=(box(),))
    found = []
    for n, new in enumerate((rush, rush, any_time, any_time)):
        consignment = world.consignment("READY", consignments=(new,))
        address = consignment.address
        address.point = Point(south[0] + n * 0.001, south[1], srid=4326)
        address.save()
        found.append(consignment)
    return found


def live(page: "Page") -> "Page":
    expect(page.locator("#live-state")).to_have_text("Live", timeout=WORKS_MS)
    return page


def statuses() -> set[str]:
    return set(Consignment.objects.values_list("status", flat=True))


def place_of(consignment: Consignment) -> tuple[int, int]:
    stop = Stop.objects.select_related("route").get(
        drops__consignment=consignment, route__state=Route.State.PUBLISHED
    )
    return stop.route.number, stop.position


def test_a_day_is_assigned_planned_published_and_a_stop_moved_and_taken_back(
    console: Console, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    expect(page.locator(".needs-count")).to_have_text("4")
    page.get_by_role("button", name="Assign day").click()
    expect(page.get_by_role("dialog", name="Assign 4 consignments?")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Assign day").click()
    expect(page.get_by_text("4 assigned.")).to_be_visible(timeout=WORKS_MS)
    assert statuses() == {Status.ACCEPTED}
    expect(page.get_by_role("heading", name="Without a route")).to_be_visible()

    page.get_by_role("button", name="Plan", exact=True).click()
    accept = page.get_by_role("button", name="Accept")
    expect(accept).to_be_visible(timeout=WORKS_MS)
    expect(page.locator(".dt-row")).to_have_count(2)
    assert statuses() == {Status.ACCEPTED}
    accept.click()
    page.get_by_role("dialog", name="Publish to 2 couriers?").get_by_role(
        "button", name="Publish"
    ).click()
    expect(page.get_by_text("Published to 2 couriers.")).to_be_visible(timeout=WORKS_MS)
    assert statuses() == {Status.PLANNED}
    expect(page.get_by_text("Nothing needs you")).to_be_visible()

    moved = ready[2]
    before = place_of(moved)
    target = next(r for r in Route.objects.order_by("number") if r.number != before[0])
    block = page.locator(f'.dt-stop[aria-label*="{moved.code}"]')
    block.click()
    expect(page.locator("#detail h2")).to_have_text(moved.code)
    assert "?stop=" in page.url
    page.get_by_label("Move to another route").select_option(str(target.pk))
    page.locator("#detail").get_by_role("button", name="Move", exact=True).click()
    expect(
        page.get_by_text(f"Moved from route {before[0]} to route {target.number}")
    ).to_be_visible()
    assert place_of(moved)[0] == target.number
    expect(
        page.locator(f'.dt-row[data-route="{target.pk}"] .dt-stop[aria-label*="{moved.code}"]')
    ).to_be_visible()

    page.keyboard.press("u")
    expect(page.get_by_text("Moved back: ")).to_be_visible()
    assert place_of(moved) == before


def test_a_move_against_a_rule_is_refused_in_a_sentence(
    console: Console, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    plan_the_day(page)
    # Both are wanted at ten, for an hour each: one courier cannot do both.
    before = place_of(ready[0])
    page.locator(f'.dt-stop[aria-label*="{ready[0].code}"]').click()
    other = next(r for r in Route.objects.order_by("number") if r.number != before[0])
    page.get_by_label("Move to another route").select_option(str(other.pk))
    page.locator("#detail").get_by_role("button", name="Move", exact=True).click()
    refusal = page.locator("#detail").get_by_role("alert")
    expect(refusal).to_contain_text("missed by")
    assert place_of(ready[0]) == before

    # Dragged by hand, one that fits anywhere goes to the row it is dropped on.
    number, _position = place_of(ready[2])
    target = next(r for r in Route.objects.order_by("number") if r.number != number)
    page.locator(f'.dt-stop[aria-label*="{ready[2].code}"]').drag_to(
        page.locator(f'.dt-row[data-route="{target.pk}"] .dt-line'),
        target_position={"x": 40, "y": 18},
    )
    expect(page.get_by_text(f"Moved from route {number} to route {target.number}")).to_be_visible()
    assert place_of(ready[2])[0] == target.number


def plan_the_day(page: "Page") -> None:
    """Assign, plan and publish by keyboard alone."""
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="Assign 4 consignments?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 assigned.")).to_be_visible(timeout=WORKS_MS)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Accept")).to_be_visible(timeout=WORKS_MS)
    tab_to(page, "document.activeElement.dataset.act === 'accept'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Publish to 2 couriers?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Published to 2 couriers.")).to_be_visible(timeout=WORKS_MS)
    expect(page.locator(".dt-row")).to_have_count(2)


def tab_to(page: "Page", condition: str) -> None:
    for _ in range(60):
        if page.evaluate(condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"never reached by Tab: {condition}")


def test_the_whole_day_goes_by_keyboard(
    console: Console, ready: list[Consignment], worker: object
) -> None:
    page = live(console())
    plan_the_day(page)
    tab_to(page, "document.activeElement.matches('.dt-stop, .dt-name')")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#detail h2")).not_to_have_text("The day")
    free = {ready[2].code, ready[3].code}  # stops that anybody could take at any time
    along_and_down = ["ArrowRight"] * 6 + ["ArrowDown"] + ["ArrowLeft"] * 6 + ["ArrowRight"] * 6
    for key in along_and_down:
        code = page.locator("#detail h2").inner_text()
        if code in free:
            break
        page.keyboard.press(key)
    moved = Consignment.objects.get(code=code)
    before = place_of(moved)
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")  # from "Best route" to the other one
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Moved from route {before[0]}")).to_be_visible()
    assert place_of(moved)[0] != before[0]
    page.locator("body").press("Escape")
    page.keyboard.press("u")
    expect(page.get_by_text("Moved back: ")).to_be_visible()
    assert place_of(moved) == before


def test_news_change_the_page_in_place(console: Console, world: World) -> None:
    consignment = world.consignment("RECEIVED")
    page = live(console())
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("document.body.dataset.same = 'page'")
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    record_progress(
        consignment_id=consignment.pk,
        happening=Happening(to=Status.READY, occurred_at=NOW + timedelta(minutes=1)),
        now=NOW + timedelta(minutes=1),
        reader=world.reader(world.dispatcher),
    )
    expect(page.locator("#needs").get_by_text(consignment.code)).to_be_visible()
    expect(page.locator("#assign .btn-count")).to_have_text("1")
    position = {
        "courier": str(world.ana.pk),
        "alias": "Ana",
        "lon": 24.94,
        "lat": 60.17,
        "heading": None,
    }
    set_gauge(
        stream=board_stream(world.hub.pk),
        key=f"courier:{world.ana.pk}",
        data=position | {"at": NOW.isoformat()},
        at=NOW,
    )
    until(page, "document.querySelector('live-map').couriers.some(one => one.name === 'Ana')")
    assert page.evaluate("document.body.dataset.same") == "page"


def test_news_take_no_button_from_under_the_mouse(console: Console, world: World) -> None:
    """What is pressed when news of it come in is still there when the mouse is let go."""
    consignment = world.consignment("READY")
    sockets: list[WebSocket] = []
    page = live(
        console(before=lambda page: page.on("websocket", lambda socket: sockets.append(socket)))
    )
    expect(page.locator("#live-state")).to_have_text("Live")
    page.locator("#needs").get_by_text(consignment.code).click()
    detail = page.locator("#detail")
    expect(detail.locator("[data-status=READY]").first).to_be_visible()
    detail.get_by_role("button", name="Close").hover()
    page.mouse.down()
    with sockets[0].expect_event("framereceived", lambda frame: str(consignment.pk) in str(frame)):
        record_progress(
            consignment_id=consignment.pk,
            happening=Happening(to=Status.CANCELLED, occurred_at=NOW + timedelta(minutes=1)),
            now=NOW + timedelta(minutes=1),
            reader=world.reader(world.dispatcher),
        )
    page.evaluate("new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))")
    expect(detail.locator("[data-status=READY]").first).to_be_visible()
    page.mouse.up()
    expect(detail.get_by_role("heading", name="The day")).to_be_visible()
    expect(page.locator("#needs").get_by_text(consignment.code)).to_have_count(0)


def test_a_press_whose_end_is_never_told_holds_news_up_for_a_moment_only(
    console: Console, world: World
) -> None:
    """A context menu takes the end of a press to itself."""
    page = live(console())
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    consignment = world.consignment("RECEIVED")
    record_progress(
        consignment_id=consignment.pk,
        happening=Happening(to=Status.READY, occurred_at=NOW + timedelta(minutes=1)),
        now=NOW + timedelta(minutes=1),
        reader=world.reader(world.dispatcher),
    )
    expect(page.locator("#needs").get_by_text(consignment.code)).to_be_visible()


def test_without_a_socket_the_board_is_asked_for(console: Console, world: World) -> None:
    page = console(
        before=lambda page: page.route_web_socket("**/ws/", lambda socket: socket.close())
    )
    expect(page.locator("#live-state")).not_to_have_text("Live")
    consignment = world.consignment("READY")
    expect(page.locator("#needs").get_by_text(consignment.code)).to_be_visible(timeout=WORKS_MS)
    expect(page.locator("#live-state")).to_contain_text("updated")


def test_a_link_to_a_consignment_opens_it_with_the_reasons(console: Console, world: World) -> None:
    consignment = world.consignment("READY")
    page = console(f"/dispatch/KAM/?day=2026-11-21&consignment={consignment.pk}")
    expect(page.locator("#detail h2")).to_have_text(consignment.code)
    expect(page.locator("#detail").get_by_text("Testikatu 1")).to_be_visible()
    page.locator("#detail").get_by_role("button", name="Give").click()
    expect(page.get_by_text(f"{consignment.code} is offered to Azul.")).to_be_visible()
    consignment.refresh_from_db()
    assert (consignment.status, consignment.partner_id) == (Status.OFFERED, world.azul.pk)
    expect(page.get_by_role("heading", name="Offers to answer")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Without a partner")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "theme"),
    [(1280, "light"), (1280, "dark"), (1024, "light"), (390, "light"), (390, "dark")],
)
def test_the_console_is_accessible_and_fits(
    console: Console, world: World, width: int, theme: str
) -> None:
    consignments = [
        world.consignment("READY"),
        world.consignment("ADDRESS_REVIEW"),
        world.consignment("ACCEPTED"),
    ]
    page = console(viewport={"width": width, "height": 860}, color_scheme=theme)
    assert problems_of(page) == []
    page.locator("#needs").get_by_text(consignments[2].code).click()
    expect(page.locator("#detail").get_by_text("Testikatu 3")).to_be_visible()
    assert problems_of(page) == []


def test_of_two_hundred_routes_only_those_in_sight_are_drawn(
    console: Console, world: World
) -> None:
    page = live(console())
    drawn = page.evaluate(
        """async () => {
            const { Timeline } = await import(document.querySelector('script[src*="dispatch/page"]').src.replace(/page[^/]*$/, "timeline.js"));
            const at = minutes => new Date(Date.parse("2026-11-21T07:00:00Z") + minutes * 60000).toISOString();
            const stop = (r, n) => ({ id: `s${r}-${n}`, position: n + 1, state: "PENDING", lon: 0, lat: 0, planned_at: at(30 * n), eta_at: at(30 * n), window_start: null, window_end: null, service_s: 120, travel_s: 60, arrived_at: null, left_at: null, is_at_risk: false, consignments: [] });
            const routes = Array.from({ length: 200 }, (_, r) => ({ id: `r${r}`, number: r + 1, state: "PUBLISHED", courier: { id: `c${r}`, alias: `Courier ${r}` }, partner: { name: "P" }, planned_start_at: at(0), planned_end_at: at(300), shift_starts_at: at(0), shift_ends_at: at(480), late_s: 0, done: 0, total: 10, stops: Array.from({ length: 10 }, (_, n) => stop(r, n)) }));
            const own = document.querySelector("#timeline");  // the page goes on drawing its own
            const pane = own.cloneNode(true);
            own.replaceWith(pane);
            const timeline = new Timeline(pane, { zone: "Europe/Helsinki", day: "2026-11-21" });
            timeline.show(routes);
            const first = pane.querySelectorAll(".dt-row").length;
            timeline.scroller.scrollTop = 1e6;
            for (let n = 0; n < 50 && !pane.querySelector("[data-route=r199]"); n++) await new Promise(done => setTimeout(done, 100));
            const last = [...pane.querySelectorAll(".dt-row")];
            return [first, last.length, last.at(-1).dataset.route, pane.querySelector(".dt-scroll").scrollHeight > 7000];
        }"""
    )
    assert drawn[0] < 40
    assert drawn[1] < 40
    assert drawn[2:] == ["r199", True]


def test_on_a_phone_the_bar_of_places_stays_at_the_foot_of_the_screen(
    console: Console, world: World
) -> None:
    page = console(viewport={"width": 390, "height": 600})
    foot = "document.querySelector('.side').getBoundingClientRect().bottom - innerHeight"
    assert page.evaluate("document.documentElement.scrollHeight") > 800
    for share in (0, 0.5, 1):
        page.evaluate(f"scrollTo(0, {share} * document.documentElement.scrollHeight)")
        assert abs(page.evaluate(foot)) < 1
