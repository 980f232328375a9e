"""Late morning: parcels are packed, the day is assigned, offers are answered, plans are made and published."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from demo.clients import Client
from demo.day import Day

PATIENCE_S = 180.0


def wait_for(
    day: Day, what: str, found: Callable[[], bool], *, patience_s: float = PATIENCE_S
) -> bool:
    """Wait in real time until `found`, with the day's clock held; a wait that takes too long is a problem of the day."""
    if found():
        return True
    day.clock.hold()
    try:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if found():
                return True
            time.sleep(0.3)
    finally:
        day.clock.release()
    day.problem(f"Waited {patience_s:.0f} s for {what}.")
    return False


def bench(day: Day, hub_id: str) -> list[dict[str, Any]]:
    """Return the parcels on a hub's bench."""
    parcels: list[dict[str, Any]] = day.person("paulo").get(f"/api/v1/hubs/{hub_id}/bench/")[
        "data"
    ]["parcels"]
    return parcels


def pack_parcel(day: Day, parcel: dict[str, Any], who: str, *, reject: bool = False) -> None:
    """Work through one parcel's checklist as a packer does; with `reject`, one step fails first and is put right."""
    packer = day.person(who)
    path = f"/api/v1/parcels/{parcel['id']}"
    packer.post(f"{path}/take-up/")
    for number, step in enumerate(parcel["steps"]):
        if step["state"] == "DONE":
            continue
        if reject and number == 0:
            packer.post(
                f"{path}/steps/{step['id']}/reject/",
                {"flaw": "DAMAGED", "note": "A corner is crushed."},
            )
            packer.post(f"{path}/steps/{step['id']}/reopen/")
            day.tally.rejected += 1
        if step.get("needs_photo"):
            packer.ask(
                "POST",
                f"{path}/steps/{step['id']}/complete/",
                files={"photo": ("parcel.png", _picture(), "image/png")},
            )
        else:
            packer.post(f"{path}/steps/{step['id']}/complete/")
        day.tally.steps += 1


def _picture() -> bytes:
    """Return a small real PNG, as a camera would send one."""
    import io

    from PIL import Image

    image = Image.new("RGB", (320, 240), (196, 164, 120))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def _pack(day: Day, parcel: dict[str, Any], who: str, reject: bool, now: datetime) -> None:
    pack_parcel(day, parcel, who, reject=reject)


def schedule_packing(day: Day, start_min: float, minutes: float) -> None:
    """Let two packers work through every hub's bench between start_min and start_min + minutes."""

    def begin(now: datetime) -> None:
        parcels = [p for hub in day.found["hubs"].values() for p in bench(day, hub)]
        for number, parcel in enumerate(parcels):
            who = ("paulo", "petra")[number % 2]
            at = now + timedelta(minutes=minutes * number / max(1, len(parcels)))
            day.plan(at, partial(_pack, day, parcel, who, number == 5))

    day.plan(day.at(start_min), begin)


def _is_solved(dora: Client, path: str) -> bool:
    return dora.get(path)["state"] not in {"QUEUED", "SOLVING"}


def make_plans(day: Day, seconds: int) -> list[dict[str, Any]]:
    """Ask for a plan of every hub, wait for the solvers, publish what they found, and return the published plans."""
    dora = day.person("dora")
    asked = [
        dora.post("/api/v1/plans/", {"hub": hub, "day": day.on.isoformat(), "seconds": seconds})
        for hub in day.found["hubs"].values()
    ]
    published = []
    for plan in asked:
        path = f"/api/v1/plans/{plan['id']}/"
        wait_for(day, "a plan to be solved", partial(_is_solved, dora, path))
        solved = dora.get(path)
        if solved["state"] != "READY":
            day.problem(f"A plan ended as {solved['state']}: {solved['problem']}")
            continue
        published.append(
            dora.post(f"{path}publish/", headers={"If-Match": f'"{solved["version"]}"'})
        )
        day.tally.planned += solved["figures"].get("planned", 0)
        day.tally.unplanned += solved["figures"].get("unplanned", 0)
    return published


def assign(day: Day) -> None:
    """Give the day's consignments to partners."""
    run = day.person("dora").post("/api/v1/assignments/", {"day": day.on.isoformat()})
    day.tally.assigned, day.tally.unassigned = run["assigned"], run["unassigned"]


def answer_offers(day: Day) -> None:
    """Every partner's manager accepts what was offered; one declines a single offer first, and it is assigned again."""
    for number, who in enumerate(day.found["partners"]):
        manager = day.person(who)
        if number == 0:
            offers = manager.get("/api/v1/offers/?state=OFFERED&page_size=1")["results"]
            if offers:
                manager.post(
                    "/api/v1/offers/answer/",
                    {"answer": "decline", "offers": [offers[0]["id"]], "reason": "No room"},
                )
        manager.post("/api/v1/offers/answer/", {"answer": "accept"})
    assign_again = day.person("dora").post("/api/v1/assignments/", {"day": day.on.isoformat()})
    if assign_again["assigned"]:
        for who in day.found["partners"]:
            day.person(who).post("/api/v1/offers/answer/", {"answer": "accept"})


def look_at_boards(day: Day) -> None:
    """The dispatcher looks at the boards after a recipient changed the time, and says which stops are at risk."""
    dora = day.person("dora")
    for hub in day.found["hubs"].values():
        board = dora.get(f"/api/v1/board/{hub}/?day={day.on.isoformat()}")
        routes = board["data"]["routes"] if "data" in board else board["routes"]
        for route in routes:
            for stop in route["stops"]:
                if stop["is_at_risk"] and stop["state"] == "PENDING":
                    day.say(
                        f"  Dispatch sees stop {stop['position']} of route {route['number']} at risk"
                    )
