"""Which kinds of stream exist, who may follow one, and what it shows at first. Each room adds its own in its `live.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.accounts.readers import Reader


@dataclass(frozen=True)
class StreamKind:
    """A kind of stream.

    name: the word before the colon of a stream's name.
    snapshot: (reader, id) -> the whole state as a screen needs it, or None when this reader may not follow it or it does not exist.
    events: the event types that appear on it, each with a sentence on its data (docs/live-events.md).
    allows: (reader, id) -> whether this reader may still follow it, asked again and again; without it a reader whose
        roles stay the same may (snapshots are too dear to be made for that).
    """

    name: str
    snapshot: Callable[[Reader, str], dict[str, Any] | None]
    events: dict[str, str]
    allows: Callable[[Reader, str], bool] | None = None


_kinds: dict[str, StreamKind] = {}


def register(kind: StreamKind) -> StreamKind:
    """Make a kind of stream known to the socket door."""
    _kinds[kind.name] = kind
    return kind


def kinds() -> dict[str, StreamKind]:
    """Return every kind by name."""
    return dict(_kinds)


def find(stream: str) -> tuple[StreamKind, str] | None:
    """Return the kind and the id of a stream's name, or None for a name of no known kind."""
    name, _, identity = stream.partition(":")
    kind = _kinds.get(name)
    return (kind, identity) if kind and identity else None
