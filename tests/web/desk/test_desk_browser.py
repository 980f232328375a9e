"""The desk in a real browser: an order without a mouse, a pin on the map, the file's progress; each page clean for axe."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from delivery.intake import actions as intake
from delivery.models import Address, Consignment, Order
from delivery.orders.actions import NewAddress
from tests.delivery.intake.test_csv_import import GOOD, HEADER
from tests.jobs import run_jobs
from tests.looking import complaints, flaws, page_of
from tests.world import DOORS, World, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture
def house(live_server_url: str, demo_map: Any) -> World:
    """Return the small world as the server sees it, with the map."""
    return build()


def unclear(world: World) -> Address:
    """Return an address that waits for a person."""
    consignment = world.order(
        address=NewAddress(line1="Manerheimin tie", city="Helsinki", country="FI"), due_on=None
    ).consignments.get()
    Consignment.objects.filter(pk=consignment.pk).update(status="ADDRESS_REVIEW")
    address = consignment.address
    address.review_reason = "only_street"
    address.candidates = [
        {"label": f"Mannerheimintie {n}", "lon": lon, "lat": lat, "accuracy": "HOUSE", "score": 0.7}
        for n, (lon, lat) in enumerate(DOORS[:2], start=10)
    ]
    address.save()
    return address


def test_an_order_is_taken_by_phone_without_a_mouse(
    browser: "Browser", live_server_url: str, house: World
) -> None:
    page = page_of(browser, live_server_url, house.agent)
    page.goto("/desk/")
    keys = page.keyboard
    keys.press("Escape")  # leave the search field
    keys.press("n")
    expect(page.get_by_label("Who receives it?")).to_be_focused()

    keys.type("Aino Virtanen")
    keys.press("Tab")
    keys.type("040 123 4567")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("manerheimintie 1")  # misspelt, as it is heard
    options = page.locator("#address-list [role=option]")
    expect(options.first).to_be_visible()
    keys.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    street = page.get_by_label("Street and number").input_value()
    assert street.startswith("Mannerheimintie 1")
    for _ in range(6):  # flat, postcode, town, country, how to get in, what
        keys.press("Tab")
    expect(page.get_by_label("What is it?")).to_be_focused()
    keys.type("Roses")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("A bunch")
    keys.press("Tab")
    keys.press("Space")  # fragile
    for _ in range(4):  # cold, 18 years, the card, the day
        keys.press("Tab")
    keys.type("Tomorrow")
    keys.press("Tab")
    keys.type("10:00")
    expect(page.get_by_text("Read it back before you save")).to_be_visible()
    assert "Roses. Tomorrow" in page.locator("#promise-text").inner_text()
    keys.press("Tab")
    keys.press("Enter")

    expect(page.get_by_role("heading", name="Tomorrow, 10:00-12:00")).to_be_visible()
    consignment = Order.objects.get().consignments.get()
    expect(page.get_by_text(consignment.code, exact=True)).to_be_visible()
    assert consignment.address.line1 == street
    assert (consignment.recipient.phone, consignment.parcels.get().is_fragile) == (
        "+358401234567",
        True,
    )
    assert flaws(page) == []
    page.context.close()


def test_a_pin_on_the_map_settles_an_address(
    browser: "Browser", live_server_url: str, house: World
) -> None:
    address = unclear(house)
    page = page_of(browser, live_server_url, house.agent)
    page.goto("/desk/addresses/")
    there = page.locator("live-map[data-ready]")
    expect(there).to_be_visible(timeout=20_000)
    box = there.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 25, box["y"] + box["height"] / 2 + 25)
    expect(page.get_by_label("Longitude")).not_to_have_value("")
    pinned = float(page.get_by_label("Longitude").input_value())
    page.get_by_role("button", name="This is it").click()

    expect(page.get_by_text("Every address is clear")).to_be_visible()
    address.refresh_from_db()
    assert address.point is not None
    assert address.point.x == pytest.approx(pinned)
    assert Consignment.objects.get().status == "READY"
    page.context.close()


def test_a_file_is_looked_at_confirmed_and_followed_to_its_end(
    browser: "Browser", live_server_url: str, house: World
) -> None:
    good = GOOD.replace("10:00,12:00", ",")
    lines = "\n".join([HEADER, good, good.replace("A-1", "A-2").replace("700", "heavy")])
    page = page_of(browser, live_server_url, house.lua)
    page.goto("/merchant/imports/")
    page.get_by_label("CSV file").set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("“heavy” is not a number.")).to_be_visible()
    assert not Order.objects.exists()
    assert flaws(page) == []

    page.get_by_role("button", name="Take 1 order in").click()
    expect(page.get_by_text("The orders are being taken in")).to_be_visible()
    assert flaws(page) == []
    run_jobs("take_in")
    expect(page.get_by_text("1 order is in")).to_be_visible(timeout=10_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 1 order to mend").click()
    assert "heavy" in download.value.path().read_text()
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), SIZES)
def test_each_page_is_accessible_and_fits(
    browser: "Browser", live_server_url: str, house: World, width: int, theme: str
) -> None:
    unclear(house)
    consignment = house.consignment("OUT_FOR_DELIVERY", external_ref="SHOP-77", due_on=None)
    house.consignment("READY", external_ref="SHOP-78", due_on=None)
    file = intake.open_import(
        merchant=house.florist,
        filename="orders.csv",
        content=f"{HEADER}\n{GOOD.replace('700', 'heavy')}".encode(),
        now=consignment.status_at,
    )
    order = f"orders/{consignment.order_id}/"
    doors = {
        house.agent: [
            "/desk/",
            "/desk/?q=SHOP-77",
            "/desk/?q=SHOP-78",
            "/desk/?q=nothing",
            "/desk/new/",
            f"/desk/{order}",
            "/desk/addresses/",
        ],
        house.lua: [
            "/merchant/",
            "/merchant/?q=nothing",
            f"/merchant/{order}",
            "/merchant/imports/",
            f"/merchant/imports/{file.pk}/",
        ],
    }
    found: list[str] = []
    for user, paths in doors.items():
        page = page_of(browser, live_server_url, user, width=width, theme=theme)
        for path in paths:
            page.goto(path)
            found += flaws(page)
        page.context.close()
    assert not found, "\n".join(found)


def test_the_form_that_was_refused_says_where_and_is_clean(
    browser: "Browser", live_server_url: str, house: World
) -> None:
    page = page_of(browser, live_server_url, house.agent, width=390)
    page.goto("/desk/new/")
    page.get_by_role("button", name="Take the order").click()
    expect(page.get_by_role("alert")).to_be_focused()
    # The browser itself notes the refusal's status.
    assert [text for text in complaints(page) if "422" not in text] == []
    page.get_by_role("alert").get_by_role("link", name="Who receives it?").click()
    expect(page.get_by_label("Who receives it?")).to_be_focused()
    page.context.close()


def test_the_apis_description_is_drawn_under_the_strict_policy(
    browser: "Browser", live_server_url: str, house: World
) -> None:
    page = page_of(browser, live_server_url, house.lua)
    page.goto("/docs/api/")
    expect(page.get_by_text("/api/v1/orders/", exact=True).first).to_be_visible(timeout=20_000)
    page.locator("#operations-orders-orders_create .opblock-summary-control").click()
    expect(page.get_by_text("SHOP-10421").first).to_be_visible()
    assert complaints(page) == []
    page.context.close()
