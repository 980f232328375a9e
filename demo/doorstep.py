"""Recipients: one asks for another time at noon, and most rate what they got."""

import re
from datetime import datetime, timedelta
from random import Random

from demo.clients import Client
from demo.day import Day
from demo.generator import DemoOrder

_SLOT = re.compile(r'name="slot" value="([^"]+)"')
COMMENTS = (
    "",
    "",
    "Right on time, thank you.",
    "Beautifully packed.",
    "Muito obrigada!",
    "The courier was very kind.",
)
NOON_MIN = 12 * 60


def tracking_paths(day: Day, order: DemoOrder) -> list[tuple[str, str]]:
    """Return the status and the tracking page's path of each consignment of an order, as its merchant's shop knows them."""
    shop = day.shop(order.merchant)
    known = shop.get(f"/api/v1/orders/?external_ref={day.refs[order.number]}")["results"]
    if not known:
        return []
    whole = shop.get(f"/api/v1/orders/{known[0]['id']}/")
    return [
        (c["status"], "/t/" + c["tracking_url"].rstrip("/").rsplit("/", 1)[1] + "/")
        for c in whole["consignments"]
    ]


def visitor(day: Day) -> Client:
    """Return a recipient's browser: no cookie, no name."""
    return Client(day.base, "recipient")


def change_a_window(day: Day, now: datetime) -> None:
    """At noon a recipient who is still waiting takes the latest time that is offered."""
    for order in sorted(day.orders, key=lambda o: -(o.window_min or (0, 0))[0]):
        for status, path in tracking_paths(day, order):
            if status not in {"LOADED", "OUT_FOR_DELIVERY", "PLANNED", "AT_HUB"}:
                continue
            browser = visitor(day)
            slots = _SLOT.findall(browser.ask("GET", path).text)
            if not slots:
                continue
            browser.ask(
                "POST",
                f"{path}window/",
                data={"slot": slots[min(1, len(slots) - 1)]},
                expect=(302, 303),
            )
            day.tally.window_changed = True
            day.say(f"  A recipient asks for another time: {slots[min(1, len(slots) - 1)][-5:]}")
            return
    day.problem("Nobody was left at noon to ask for another time.")


def rate_deliveries(day: Day, now: datetime, *, share: float = 0.7) -> None:
    """Let most of those who got their parcels say what they thought of it."""
    random = Random(5)
    for order in day.orders:
        if random.random() > share:
            continue
        for status, path in tracking_paths(day, order):
            if status != "DELIVERED":
                continue
            stars = random.choices((5, 4, 3, 2, 1), (70, 18, 6, 3, 3))[0]
            visitor(day).ask(
                "POST",
                f"{path}rating/",
                data={"stars": str(stars), "comment": random.choice(COMMENTS)},
                expect=(302, 303),
            )
            day.tally.ratings[stars] += 1
            day.clock.go_to(day.clock.now() + timedelta(seconds=20))
