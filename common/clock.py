"""The house's clock: the real one, or in a demo the one that a file describes.

A demo day plays ten hours in minutes. Its player writes ``CARTEIRO_CLOCK_FILE`` (debug only):
``{"real": unix seconds, "shown": unix seconds, "speed": factor}``; every process then shows
``shown + (real now - real) * speed``. Actions never call this: they take ``now=``.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest


class Setting(NamedTuple):
    """A clock that shows `shown` (unix s) at the real instant `real` (unix s) and runs `speed` times as fast."""

    real: float = 0.0
    shown: float = 0.0
    speed: float = 1.0


_read_at = 0.0
_setting: Setting | None = None


def _current() -> Setting | None:
    """Return the file's setting, looked at no more often than every 50 ms; None where the clock is the real one."""
    global _read_at, _setting
    if not settings.CLOCK_FILE:
        return None
    if time.monotonic() - _read_at > 0.05:
        _read_at = time.monotonic()
        try:
            found = json.loads(Path(settings.CLOCK_FILE).read_text())
            _setting = Setting(float(found["real"]), float(found["shown"]), float(found["speed"]))
        except FileNotFoundError:
            _setting = None
        except (ValueError, KeyError):
            pass  # a reader between two writes keeps the last good setting
    return _setting


def now() -> datetime:
    """Return the house's time, aware, in UTC."""
    setting = _current()
    if setting is None:
        return datetime.now(UTC)
    return datetime.fromtimestamp(setting.shown + (time.time() - setting.real) * setting.speed, UTC)


def speed() -> float:
    """Return how many seconds pass on the house's clock in a real one: 1.0 except in a demo."""
    setting = _current()
    return 1.0 if setting is None else setting.speed


def set_demo_clock(shown: datetime, factor: float) -> None:
    """Make the demo's clock show `shown` from now on and run `factor` times as fast (0 = stand still).

    Raises RuntimeError where no clock file is set: a production clock is never driven.
    """
    if not settings.CLOCK_FILE:
        raise RuntimeError("Only a demo with CARTEIRO_CLOCK_FILE can set the clock.")
    path = Path(settings.CLOCK_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"real": time.time(), "shown": shown.timestamp(), "speed": factor}))
    draft.replace(path)


def context(request: HttpRequest) -> dict[str, object]:
    """Give each page the server's time, so that its scripts agree with it."""
    return {"server_now": now().isoformat(), "clock_speed": speed()}
