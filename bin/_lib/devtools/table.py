"""The table that bin/dev ends with: where everything is, and how to get in."""

import json
import urllib.request
from pathlib import Path
from typing import Any

# Page, path, and whose login of the demo opens it: a group of its credentials and a name in it, or the first.
PAGES = [
    ("Dispatch", "/dispatch/", "people", "dora"),
    ("Packing", "/pack/", "people", "paulo"),
    ("Desk", "/desk/", "people", "sami"),
    ("Partner", "/partner/", "partners", ""),
    ("Merchant", "/merchant/", "merchant_people", ""),
    ("Courier", "/courier/", "couriers", ""),
]
FOR_EVERYBODY = [("API docs", "/docs/api/"), ("Parts of the pages", "/styleguide/")]


def closing_table(url: str, demo: dict[str, Any], tracking_url: str | None, logs: Path) -> str:
    """Return the table of pages, who signs in where, a recipient's link and the logs."""
    rows = [(name, url + path, _login(demo, group, whose)) for name, path, group, whose in PAGES]
    if tracking_url:
        rows.append(("A recipient's page", tracking_url, "no login"))
    rows += [(name, url + path, "no login") for name, path in FOR_EVERYBODY]
    if demo:
        rows.append(("Password of all", demo["password"], ""))
    rows.append(("Logs", str(logs), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    line = "-" * (sum(widths) + 4)
    cells = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join([line, *(text.rstrip() for text in cells), line])


def _login(demo: dict[str, Any], group: str, whose: str) -> str:
    """Return the address with which a page is opened; empty where the demo has none."""
    found = demo.get(group) or {}
    emails = found if isinstance(found, list) else list(found.values())
    if isinstance(found, dict) and whose in found:
        return str(found[whose])
    return str(emails[0]) if emails else ""


def tracking_url(url: str, demo: dict[str, Any]) -> str | None:
    """Return a recipient's link, asked for as a merchant's shop would; None as long as there is no order."""
    for key in demo.get("api_keys", {}).values():
        orders = _get(f"{url}/api/v1/orders/?page_size=1", key).get("results")
        if orders:
            order = _get(f"{url}/api/v1/orders/{orders[0]['id']}/", key)
            link: str | None = order["consignments"][0]["tracking_url"]
            return link
    return None


def _get(url: str, key: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - our own http address
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)
