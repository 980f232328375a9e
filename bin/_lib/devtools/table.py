"""The table that bin/dev ends with: where everything is, and how to get in."""

from pathlib import Path

PAGES = [
    ("Console", "/dispatch/"),
    ("API docs", "/docs/api/"),
]


def closing_table(url: str, logs: Path) -> str:
    """Return the table of pages, logins and logs."""
    rows = [(name, url + path) for name, path in PAGES]
    rows.append(("Logs", str(logs)))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {where}" for name, where in rows)
