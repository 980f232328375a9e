"""The table that bin/dev ends with: where everything is, and how to get in."""

import json
import urllib.request
from pathlib import Path
from typing import Any

PAGES = [
    ("Everyone signs in", "/login/"),
    ("API docs", "/docs/api/"),
    ("Parts of the pages", "/styleguide/"),
]
LOGINS_OF_A_KIND = 2


def closing_table(url: str, demo: dict[str, Any], tracking_url: str | None, logs: Path) -> str:
    """Return the table of pages, of the demo's logins where there are some, and of the logs."""
    rows = [(name, url + path) for name, path in PAGES]
    if tracking_url:
        rows.append(("A recipient's page", tracking_url))
    rows += [*_logins(demo), ("Logs", str(logs))]
    width = max(len(name) for name, _ in rows)
    line = "-" * (width + 2 + max(len(value) for _, value in rows))
    return "\n".join([line, *(f"{name:<{width}}  {value}" for name, value in rows), line])


def _logins(demo: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a login or two of each kind, and the password that all share."""
    people = [(name.capitalize(), email) for name, email in demo.get("people", {}).items()]
    for kind in ("partners", "couriers"):
        some = list(demo.get(kind, {}).items())[:LOGINS_OF_A_KIND]
        people += [(f"{kind.capitalize()[:-1]} {name}", email) for name, email in some]
    merchants = demo.get("merchant_people", [])[:LOGINS_OF_A_KIND]
    people += [("Merchant", email) for email in merchants]
    return [*people, ("Password of all", demo["password"])] if people else []


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
