"""docs/live-events.md, made from what the rooms register: it can't say anything that is not so."""

from common.live import consumers, hub, queries
from common.live.registry import StreamKind, kinds

_HEAD = f"""# Live events

Made by `manage.py live_events --write` from what the rooms register; a test compares the two.

Screens follow **streams**. A stream is named `<kind>:<id>`; its events are numbered from 1 without a gap, in the order in which they were
committed. One socket carries all streams of a page: `/ws/` for people who are signed in (session cookie), `/ws/t/<token>/` for a recipient's
link, which follows its own consignment at once and no other.

## What a screen sends
| frame | meaning |
|---|---|
| `{{"type": "subscribe", "stream": "board:<id>"}}` | follow from now on: answered with a snapshot |
| `{{"type": "subscribe", "stream": …, "epoch": …, "seq": n}}` | go on after n: answered with the exact gap, or a resync |
| `{{"type": "unsubscribe", "stream": …}}` | no more of it |
| `{{"type": "ping"}}` | answered with `pong` and the server's time |

## What a screen gets
| frame | meaning |
|---|---|
| `snapshot` | `stream`, `epoch`, `seq`, `data`: the whole state as of event `seq` |
| `resumed` | `stream`, `epoch`, `seq`: the events after `seq` follow |
| `resync` | as `snapshot`: the gap was longer than {queries.LONGEST_GAP} events or the numbering began anew; throw the old state away |
| `event` | `stream`, `seq`, `event` (its type), `at`, `data`; drop one whose `seq` you have |
| `gauge` | `stream`, `key`, `at`, `data`: the newest value of something that changes all the time; not numbered, newest wins |
| `head` | `streams` (name to last seq): a seq above yours is a gap, subscribe again from yours. Every {consumers.HEAD_EVERY_S:.0f} s |
| `refused` | `stream`, `code`: `not_found` (also for what is not yours), `too_many_streams`, `unknown_message` |

Close codes: {consumers.UNREADABLE} unreadable frame · {consumers.NOT_SIGNED_IN} not signed in · {consumers.NO_LONGER_ALLOWED} rights changed ·
{hub.SLOW_READER} too slow a reader · {consumers.TOO_FAST} too many frames. At most {consumers.MOST_STREAMS} streams a socket. Ids and figures only: no
names, phones or addresses travel on a stream.

Gauges: on `board:<hub>` the key `courier:<id>` is where a courier is (courier, alias, lon, lat, heading, at); on `consignment:<id>` the key
`courier` is where the recipient's page draws the courier (lon, lat, seen_at; null takes it off the map).
"""


def document() -> str:
    """Return the whole page."""
    parts = [_HEAD, *(_kind(kind) for _name, kind in sorted(kinds().items()))]
    return "\n".join(parts)


def _kind(kind: StreamKind) -> str:
    lines = [f"## Stream `{kind.name}:<id>`", "| event | data |", "|---|---|"]
    lines += [f"| `{event}` | {sentence} |" for event, sentence in sorted(kind.events.items())]
    return "\n".join(lines) + "\n"
