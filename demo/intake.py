"""Morning: orders come in through five channels, and unclear addresses get a pin."""



from datetime import datetime
from typing import Any

from demo.day import Day
from demo.generator import DemoOrder, DemoParcel
from demo.operations import wait_for

CSV_AT_MIN = 7 * 60 + 40


def reference(order: DemoOrder) -> str:
    """Return the merchant's own number of an order."""
    return f"D{order.number:04d}"


def _item(parcel: DemoParcel) -> dict[str, Any]:
    return {
        "sku": parcel.sku,
        "name": parcel.name,
        "quantity": parcel.quantity,
        "is_fragile": parcel.is_fragile,
        "is_cold": parcel.is_cold,
        "min_age": parcel.min_age,
    }


def _window(day: Day, order: DemoOrder) -> dict[str, str] | None:
    if order.window_min is None:
        return None
    start, end = (day.at(m).isoformat() for m in order.window_min)
    return {"start": start, "end": end}


def order_body(day: Day, order: DemoOrder, now: datetime) -> dict[str, Any]:
    """Return an order as POST /api/v1/orders/ takes it."""
    consignments = []
    for seller, parcels in order.sellers:
        part: dict[str, Any] = {
            "seller": seller,
            "service_s": order.service_s,
            "parcels": [
                {
                    "weight_g": p.weight_g,
                    "length_mm": p.length_mm,
                    "width_mm": p.width_mm,
                    "height_mm": p.height_mm,
                    "items": [_item(p)],
                }
                for p in parcels
            ],
        }
        if window := _window(day, order):
            part["window"] = window
        consignments.append(part)
    return {
        "external_ref": reference(order),
        "channel": order.channel,
        "placed_at": now.isoformat(),
        "due_on": day.on.isoformat(),
        "recipient": {
            "name": order.name,
            "phone": order.phone,
            "language": order.language,
            "access_needs": order.access_needs,
        },
        "address": {
            "line1": order.typed,
            "city": order.city,
            "postcode": order.postcode,
            "country": day.found["country"],
            "instructions": order.instructions,
        },
        "gift_message": order.gift_message,
        "consignments": consignments,
    }


def send_by_api(day: Day, order: DemoOrder, now: datetime) -> None:
    """A web shop's or a marketplace's order."""
    day.shop(order.merchant).post("/api/v1/orders/", order_body(day, order, now), headers={"Idempotency-Key": reference(order)})
    day.tally.orders[order.channel] += 1


def settle(day: Day, now: datetime) -> None:
    """Wait until every address was looked up, then drop pins for those that a person has to look at."""
    sami = day.person("sami")
    wait_for(day, "addresses to be looked up", lambda: not _received(day))
    truth = {o.typed: o for o in day.orders}
    for waiting in sami.get("/api/v1/addresses/review/")["results"]:
        order = truth.get(waiting["line1"])
        if order is None:
            day.problem("An address to check is not one of the day's.")
            continue
        sami.post(f"/api/v1/addresses/{waiting['id']}/point/", {"lon": order.lon, "lat": order.lat})
        day.tally.reviewed += 1


def _received(day: Day) -> int:
    """Return how many consignments still wait for their address."""
    return len(day.person("sami").get("/api/v1/orders/?status=RECEIVED&page_size=1")["results"])


def plan_arrivals(day: Day) -> None:
    """Put the morning's orders on the day's heap."""
    files: dict[int, list[DemoOrder]] = {}
    for order in day.orders:
        day.by_ref[reference(order)] = order
        if order.channel == "CSV":
            files.setdefault(order.merchant, []).append(order)
            continue
        send = send_by_api if order.channel == "API" else send_by_desk
        day.plan(day.at(order.at_min), lambda now, o=order, s=send: s(day, o, now))
    for merchant, orders in files.items():
        day.plan(day.at(CSV_AT_MIN), lambda now, m=merchant, o=orders: send_by_csv(day, m, o, now))
    day.plan(day.at(CSV_AT_MIN + 15), lambda now: settle(day, now))


def send_by_desk(day: Day, order: DemoOrder, now: datetime) -> None:
    """A support agent takes an order down."""
    send_by_api(day, order, now)


def send_by_csv(day: Day, merchant: int, orders: list[DemoOrder], now: datetime) -> None:
    """A merchant uploads the morning's orders as one file."""
    for order in orders:
        send_by_api(day, order, now)
