"""Morning: orders come in through five channels, and unclear addresses get a pin."""

import csv
import io
import re
from datetime import datetime
from functools import partial
from typing import Any

from demo.clients import DoorClosed
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
    day.shop(order.merchant).post(
        "/api/v1/orders/",
        order_body(day, order, now),
        headers={"Idempotency-Key": reference(order)},
    )
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
        day.refs[order.number] = reference(order)
        if order.channel == "CSV":
            files.setdefault(order.merchant, []).append(order)
            continue
        send = send_by_api if order.channel == "API" else send_by_desk
        day.plan(day.at(order.at_min), partial(send, day, order))
    for merchant, orders in files.items():
        day.plan(day.at(CSV_AT_MIN), partial(send_by_csv, day, merchant, orders))
    day.plan(day.at(CSV_AT_MIN + 15), partial(settle, day))


def _size(order: DemoOrder) -> str:
    """Return the size a caller would name for the order's largest parcel."""
    litres = (
        max(
            p.length_mm * p.width_mm * p.height_mm for _s, parcels in order.sellers for p in parcels
        )
        / 1e6
    )
    return "S" if litres < 4 else "M" if litres < 14 else "L"


def _option(html: str, name: str, label: str) -> str:
    """Return the value of the choice that shows `label` in the select called `name`."""
    select = re.search(rf'<select name="{name}".*?</select>', html, re.S)
    choice = re.search(
        rf'<option value="([^"]*)"[^>]*>\s*{re.escape(label)}', select.group(0) if select else ""
    )
    if choice is None:
        raise DoorClosed(f"The desk's form has no {name} called {label}.")
    return choice.group(1)


def send_by_desk(day: Day, order: DemoOrder, now: datetime) -> None:
    """A support agent takes a spoken order down, on the form that everybody uses."""
    sami = day.person("sami")
    html = sami.open_form("/desk/new/")
    command = re.search(r'name="command" value="([^"]+)"', html)
    if command is None:
        raise DoorClosed("The desk's form came without its hidden number.")
    parcels = [p for _seller, boxes in order.sellers for p in boxes]
    slot = (
        f"{order.window_min[0] // 120 * 2}-{order.window_min[0] // 120 * 2 + 2}"
        if order.window_min
        else ""
    )
    fields = {
        "command": command.group(1),
        "channel": order.channel,
        "merchant": _option(html, "merchant", day.found["merchant_names"][order.merchant]),
        "name": order.name,
        "phone": order.phone,
        "line1": order.typed,
        "postcode": order.postcode,
        "city": order.city,
        "country": day.found["country"],
        "instructions": order.instructions,
        "item": parcels[0].name,
        "parcels": str(min(9, len(parcels))),
        "size": _size(order),
        "gift_message": order.gift_message,
        "day": day.on.isoformat(),
        "slot": slot,
    }
    flags = {
        "is_fragile": parcels[0].is_fragile,
        "is_cold": parcels[0].is_cold,
        "is_adult": parcels[0].min_age >= 18,
    }
    sami.send_form("/desk/new/", fields | {name: "on" for name, holds in flags.items() if holds})
    day.refs[order.number] = command.group(1)
    day.tally.orders[order.channel] += 1


def _file(day: Day, orders: list[DemoOrder]) -> bytes:
    """Return an order file as a Brazilian spreadsheet writes it: semicolons, Latin-1; its last line has no address."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(CSV_COLUMNS)
    for order in orders:
        window = [day.at(m).isoformat() for m in order.window_min] if order.window_min else ["", ""]
        for _seller, parcels in order.sellers:
            for number, p in enumerate(parcels, start=1):
                rows.writerow([
                    reference(order), order.name, order.phone, order.typed, order.postcode, order.city, day.found["country"],
                    order.instructions, day.on.isoformat(), *window, order.service_s, order.gift_message, f"P{number}", p.weight_g,
                    p.length_mm, p.width_mm, p.height_mm, p.name, p.sku, p.quantity, "sim" if p.is_fragile else "não",
                    "sim" if p.is_cold else "não", p.min_age,
                ])  # fmt: skip
    rows.writerow(
        [
            "D9999",
            "Sem Endereço",
            "",
            "",
            "",
            "",
            day.found["country"],
            *[""] * 7,
            *["100"] * 4,
            "?",
            "?",
            1,
            "",
            "",
            0,
        ]
    )
    return text.getvalue().encode("latin-1", "replace")


CSV_COLUMNS = (
    "pedido", "nome", "telefone", "endereco", "cep", "cidade", "pais", "instrucoes", "due_on", "window_start", "window_end",
    "service_s", "gift_message", "parcel", "peso_g", "comprimento_mm", "largura_mm", "altura_mm", "item", "sku", "quantidade",
    "fragil", "gelado", "idade",
)  # fmt: skip


def send_by_csv(day: Day, merchant: int, orders: list[DemoOrder], now: datetime) -> None:
    """A merchant uploads the morning's orders as one file, looks at the preview, and confirms it."""
    shop = day.shop(merchant)
    file = shop.ask(
        "POST", "/api/v1/imports/", files={"file": ("pedidos.csv", _file(day, orders), "text/csv")}
    ).json()
    path = f"/api/v1/imports/{file['id']}/"
    wait_for(day, "an order file to be read", lambda: shop.get(path)["state"] == "PREVIEW")
    preview = shop.get(path)
    if (preview["orders"]["good"], preview["orders"]["bad"]) != (len(orders), 1):
        day.problem(
            f"The order file's preview says {preview['orders']}, not {len(orders)} good and 1 bad."
        )
    shop.post(f"{path}confirm/")
    wait_for(day, "an order file to be taken in", lambda: shop.get(path)["state"] == "DONE")
    day.tally.orders["CSV"] += shop.get(path)["orders"]["taken"]
