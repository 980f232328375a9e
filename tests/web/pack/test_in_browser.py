"""The bench in a real browser: two screens, a scanner, a photo, no socket, and readable by everyone."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from common import clock
from delivery.models import ChecklistStep, Consignment, Parcel
from delivery.orders.actions import NewConsignment, NewItem
from delivery.packaging import actions
from tests.web.conftest import Open, listen, problems_of, until
from tests.world import World, box

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABLET = {"width": 1180, "height": 820}


@pytest.fixture
def parcels(world: World) -> list[Parcel]:
    """Return three parcels due today, the first two fragile."""
    vase = NewItem(name="Vase", is_fragile=True)
    found = [
        world.consignment(
            "READY", consignments=(NewConsignment(parcels=(box(items=items),)),)
        ).parcels.get()
        for items in ((vase,), (vase,), (NewItem(name="Books"),))
    ]
    Consignment.objects.update(due_on=clock.now().date())
    return found


@pytest.fixture
def bench(
    site: str, parcels: list[Parcel], open_browser: Open, sign_in: Any
) -> "Callable[..., Page]":
    """Return a function that opens the bench for a person."""

    def stand(
        person: Any, before: "Callable[[Page], Any]" = lambda page: None, **options: Any
    ) -> "Page":
        context = open_browser(**({"viewport": TABLET, "reduced_motion": "reduce"} | options))
        sign_in(context, person)
        page = context.new_page()
        before(page)
        page.goto(f"{site}/pack/KAM/?parcel={parcels[0].code}")
        expect(page.locator("#parcel h2")).to_have_text(parcels[0].code)
        return page

    return stand


def live(page: "Page") -> "Page":
    expect(page.locator("#live-state")).to_have_text("Live")
    return page


SCAN = """code => {
    for (const key of [...code, "Enter"]) {
        const field = document.activeElement;
        const pressed = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        if (field.dispatchEvent(pressed) && key.length === 1 && "setRangeText" in field) field.setRangeText(key);
    }
}"""


def scan(page: "Page", code: str) -> None:
    """Type a code as fast as a scanner does, wherever the focus is."""
    page.evaluate(SCAN, code)


def test_two_screens_see_each_others_ticks(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    paulo, dora = live(bench(world.packer)), live(bench(world.dispatcher))
    errors = [*listen(paulo), *listen(dora)]
    expect(dora.locator("#working")).to_contain_text(f"Paulo packs {parcels[0].code}")
    expect(dora.locator(".notice")).to_contain_text("Paulo has this parcel too")

    paulo.get_by_role("button", name="Done").click()
    expect(dora.locator(".bench-step h3")).to_have_text("Wrap the fragile items")
    expect(dora.locator(".bench-done summary")).to_have_text("1 step done")

    dora.get_by_role("button", name="Done").click()
    expect(paulo.locator(".bench-step h3")).to_have_text("Packed. It can be loaded.")
    expect(paulo.locator("#count")).to_have_text("1 of 3 packed")
    parcels[0].refresh_from_db()
    assert parcels[0].packaging == "PASSED"

    # Undo on one screen opens the step on both.
    dora.get_by_role("button", name="Undo").click()
    for page in (paulo, dora):
        expect(page.locator(".bench-step h3")).to_have_text("Wrap the fragile items")
    assert errors == []


def test_a_rejected_step_is_red_everywhere_with_why_and_who_is_told(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    paulo, dora = live(bench(world.packer)), live(bench(world.dispatcher))
    paulo.get_by_role("button", name="Something is wrong").click()
    paulo.get_by_label("Something is damaged").check(force=True)
    paulo.get_by_label("A few words").fill("A crack in the glass")
    paulo.get_by_role("button", name="Stop this parcel").click()
    for page in (paulo, dora):
        card = page.locator(".bench-step[data-state=failed]")
        expect(card).to_contain_text("Something is damaged: A crack in the glass (Paulo)")
        expect(card).to_contain_text("Dispatch at Kamppi sees this now.")

    dora.get_by_role("button", name="Let it through").click()
    dora.get_by_label("Why may it go like this?").fill("The customer takes it as it is")
    dora.locator("#through").get_by_role("button", name="Let it through").click()
    for page in (paulo, dora):
        expect(page.locator(".bench-step h3")).to_have_text(
            "Dora let it through: The customer takes it as it is"
        )


def test_a_scanner_jumps_to_its_parcel_from_anywhere(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    page = live(bench(world.packer))
    scan(page, parcels[1].code)
    expect(page.locator("#parcel h2")).to_have_text(parcels[1].code)

    # Even while somebody is typing why a step is wrong: what they typed stays, what the scanner typed does not.
    page.get_by_role("button", name="Something is wrong").click()
    page.get_by_label("A few words").fill("A cra")
    page.wait_for_timeout(200)
    scan(page, parcels[2].code)
    expect(page.locator("#parcel h2")).to_have_text(parcels[2].code)
    expect(page.locator("#wrong")).not_to_be_visible()
    assert page.locator("#flaw-note").input_value() == "A cra"
    assert ChecklistStep.objects.filter(state="REJECTED").count() == 0

    scan(page, "B0000000")
    expect(page.locator(".toast")).to_contain_text("No parcel has the code B0000000.")


def test_slow_typing_is_no_scan(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    page = live(bench(world.packer))
    page.keyboard.type(parcels[1].code, delay=120)
    page.wait_for_timeout(200)
    expect(page.locator("#parcel h2")).to_have_text(parcels[0].code)


def test_a_photo_is_one_tap(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    ChecklistStep.objects.filter(parcel=parcels[0]).update(needs_photo=True)
    page = live(bench(world.packer))
    kept = io.BytesIO()
    Image.new("RGB", (3000, 2000), "red").save(kept, "JPEG")
    page.locator("[data-act=photo]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}
    )
    expect(page.locator(".toast")).to_contain_text("Done: Right items, right count")
    step = ChecklistStep.objects.filter(parcel=parcels[0]).order_by("position")[0]
    assert (step.state, bool(step.photo)) == ("DONE", True)


def test_without_a_socket_the_bench_polls(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    page = bench(
        world.packer,
        before=lambda page: page.route_web_socket("**/ws/**", lambda socket: socket.close()),
    )
    actions.complete_step(
        step_id=parcels[0].steps.first().pk, now=clock.now(), reader=world.reader(world.dispatcher)
    )
    expect(page.locator(".bench-done summary")).to_have_text("1 step done", timeout=20_000)
    expect(page.locator("#live-state")).not_to_have_text("Live")


def test_a_refused_tick_is_taken_back_with_its_sentence(
    bench: "Callable[..., Page]", world: World, parcels: list[Parcel]
) -> None:
    page = live(bench(world.packer))
    Consignment.objects.filter(pk=parcels[0].consignment_id).update(status="LOADED")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".toast")).to_contain_text("This parcel has left the bench")
    expect(page.locator(".bench-step h3")).to_have_text("Right items, right count")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1180, 390])
def test_it_can_be_read_by_everyone(
    bench: "Callable[..., Page]", world: World, theme: str, width: int
) -> None:
    page = bench(
        world.packer,
        before=lambda page: page.add_init_script(f"localStorage.setItem('theme', '{theme}')"),
        viewport={"width": width, "height": 820},
    )
    live(page)
    assert problems_of(page) == []
    page.get_by_role("button", name="Something is wrong").click()
    assert problems_of(page) == []
    page.get_by_label("Something is missing").check(force=True)
    page.get_by_role("button", name="Stop this parcel").click()
    expect(page.locator(".bench-step[data-state=failed]")).to_be_visible()
    until(page, "!document.querySelector('[aria-busy]')")
    assert problems_of(page) == []


def test_the_labels_can_be_read_by_everyone(
    bench: "Callable[..., Page]", site: str, world: World
) -> None:
    page = bench(world.packer)
    errors = listen(page)
    page.goto(f"{site}/pack/KAM/labels/")
    expect(page.locator(".label")).to_have_count(3)
    assert problems_of(page) == []
    page.emulate_media(media="print")
    box_mm = page.evaluate(
        "(() => { const r = document.querySelector('.label').getBoundingClientRect(); return [r.width, r.height].map(v => Math.round(v / 96 * 25.4)); })()"
    )
    assert box_mm == [100, 150]
    assert errors == []
