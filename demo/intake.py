"""Morning: orders come in through five channels, and unclear addresses get a pin."""

import csv
import io
from datetime import datetime
from typing import Any

from demo.day import Day
from demo.generator import DemoOrder, DemoParcel

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
