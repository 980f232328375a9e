"""The pages' socket client against the real server: nothing lost, nothing twice, and honest about its state."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from common.live.actions import publish, set_gauge
from delivery.tracking.live import consignment_stream
from tests.servers import running_server
from tests.world import NOW, PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLLOW = """async stream => {
    const { Live, showLiveState } = await import("/static/web/js/kit/live.js");
    window.heard = [];
    window.live = new Live("/ws/");
    window.live.subscribe(stream, {
        snapshot: data => window.heard.push(["snapshot", data.status]),
        event: (name, data) => window.heard.push([name, data.n]),
        gauge: (key, data) => window.heard.push([key, data.n]),
    });
    showLiveState(window.live);
}"""


@pytest.fixture
def served(world: Any, transactional_db: None, tmp_path: Path) -> Iterator[str]:
    from django.db import connection

    with running_server(
        database=connection.settings_dict["NAME"], folder=tmp_path, CARTEIRO_DEBUG="1"
    ) as url:
        yield url


def signed_in(page: "Page", url: str, person: Any) -> None:
    page.goto(f"{url}/login/?next=/styleguide/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/styleguide/")


def heard(page: "Page", count: int) -> list[Any]:
    """Wait until the page has heard `count` things, and return them."""
    for _ in range(100):
        found: list[Any] = page.evaluate("window.heard")
        if len(found) >= count:
            break
        page.wait_for_timeout(100)
    return found


def test_a_lost_socket_is_resumed_without_loss_or_repetition(
    page: "Page", served: str, world: Any
) -> None:
    stream = consignment_stream(world.consignment("READY").pk)
    publish(stream=stream, type="test.told", data={"n": 0}, now=NOW)
    signed_in(page, served, world.dispatcher)
    page.evaluate(FOLLOW, stream)
    assert heard(page, 1) == [["snapshot", "READY"]]

    publish(stream=stream, type="test.told", data={"n": 1}, now=NOW)
    assert heard(page, 2)[1:] == [["test.told", 1]]
    expect(page.locator("#live-state")).to_have_text("Live")

    # Two events while the socket is gone: the gap comes after the reconnect, and the first two do not come again.
    page.evaluate("window.live.socket.close()")
    publish(stream=stream, type="test.told", data={"n": 2}, now=NOW)
    publish(stream=stream, type="test.told", data={"n": 3}, now=NOW)
    assert heard(page, 4)[2:] == [["test.told", 2], ["test.told", 3]]

    publish(stream=stream, type="test.told", data={"n": 4}, now=NOW)
    assert heard(page, 5)[4:] == [["test.told", 4]]


def test_a_gauge_shows_the_newest_value(page: "Page", served: str, world: Any) -> None:
    stream = consignment_stream(world.consignment("READY").pk)
    signed_in(page, served, world.dispatcher)
    page.evaluate(FOLLOW, stream)
    heard(page, 1)

    set_gauge(stream=stream, key="test.place", data={"n": 7}, at=NOW)

    assert heard(page, 2)[1:] == [["test.place", 7]]


def test_a_stream_of_nobody_is_refused_and_the_page_says_so(
    page: "Page", served: str, world: Any
) -> None:
    signed_in(page, served, world.dispatcher)

    code = page.evaluate(
        """async () => {
            const { Live } = await import("/static/web/js/kit/live.js");
            const live = new Live("/ws/");
            const refused = new Promise(done => live.addEventListener("refused", event => done(event.detail.code)));
            live.subscribe("consignment:00000000-0000-7000-8000-000000000000", { snapshot() {}, event() {} });
            return refused;
        }"""
    )

    assert code == "not_found"


def test_a_dead_server_turns_the_light_off(
    page: "Page", world: Any, transactional_db: None, tmp_path: Path
) -> None:
    from django.db import connection

    stream = consignment_stream(world.consignment("READY").pk)
    with running_server(
        database=connection.settings_dict["NAME"], folder=tmp_path, CARTEIRO_DEBUG="1"
    ) as url:
        signed_in(page, url, world.dispatcher)
        page.evaluate(FOLLOW, stream)
        expect(page.locator("#live-state")).to_have_attribute("data-live", "live")

    expect(page.locator("#live-state")).to_have_attribute("data-live", "offline", timeout=15_000)
    expect(page.locator("#live-state")).to_contain_text("Offline, updated")
