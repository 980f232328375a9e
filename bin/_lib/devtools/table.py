"""The table that bin/dev ends with: where everything is, and how to get in."""

import json
from pathlib import Path

PAGES = [
    ("Everyone signs in", "/login/"),
    ("API docs", "/docs/api/"),
    ("Parts of the pages", "/styleguide/"),
    ("Admin", "/admin/"),
]


def closing_table(url: str, demo: Path, logs: Path) -> str:
    """Return the table of pages, of the demo's logins where there are some, and of the logs."""
    rows = [(name, url + path) for name, path in PAGES]
    if demo.exists():
        rows += _demo_rows(url, json.loads(demo.read_text()))
    rows.append(("Logs", str(logs)))
    width = max(len(name) for name, _ in rows)
    line = "-" * (width + 2 + max(len(value) for _, value in rows))
    return "\n".join([line, *(f"{name:<{width}}  {value}" for name, value in rows), line])


def _demo_rows(url: str, demo: dict[str, object]) -> list[tuple[str, str]]:
    """Return a login for each role, the password they share, and a live tracking link."""
    rows = []
    for group, title in (
        ("people", "{0}"),
        ("partners", "Partner {0}"),
        ("couriers", "Courier {0}"),
    ):
        found = demo.get(group)
        if isinstance(found, dict):
            some = list(found.items())[: 5 if group == "people" else 2]
            rows += [(title.format(name), str(email)) for name, email in some]
    rows.append(("Password of all", str(demo.get("password"))))
    if link := demo.get("tracking"):
        rows.append(("A recipient's page", f"{url}{link}"))
    return rows
