"""The last part of docs/live-events.md, made from what the rooms register: it can't say anything that is not so."""

from common.live.registry import StreamKind, kinds

MARK = "<!-- from here on made by `manage.py live_events --write` -->"


def tables() -> str:
    """Return the part of the page that lists each kind of stream with its events."""
    parts = [
        MARK,
        "",
        "## Streams and their events",
        "",
        *(_kind(kind) for _name, kind in sorted(kinds().items())),
    ]
    return "\n".join(parts)


def document(page: str) -> str:
    """Return the page with its last part made anew; what people wrote before the mark stays."""
    return page.split(MARK)[0].rstrip() + "\n\n" + tables()


def _kind(kind: StreamKind) -> str:
    lines = [f"### `{kind.name}:<id>`", "| event | data |", "|---|---|"]
    lines += [f"| `{event}` | {sentence} |" for event, sentence in sorted(kind.events.items())]
    return "\n".join(lines) + "\n"
