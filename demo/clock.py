"""How the day's time passes: stepped as fast as the house keeps up, or many times faster than real."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

# More of the day than this behind its plan, and the player lets the clock stand until it has caught up.
MOST_BEHIND_S = 20.0


class DayClock:
    """The clock that the player turns.

    turn: called with (instant to show, factor), which makes the house's clock show it.
    speed: how many seconds of the day pass in a real one; 0 = step from happening to happening without waiting.
    """

    def __init__(
        self, turn: Callable[[datetime, float], None], start: datetime, speed: float
    ) -> None:
        self.turn = turn
        self.speed = speed
        self.is_held = False
        self.shown = start
        self.turned_at = time.monotonic()
        turn(start, speed)

    def now(self) -> datetime:
        """Return what the house's clock shows."""
        return self.shown + timedelta(seconds=(time.monotonic() - self.turned_at) * self.speed)

    def go_to(self, instant: datetime) -> None:
        """Let the day come to `instant`: by waiting, or by turning the clock. Never goes back.

        A house that can't keep up with the pace is waited for: the clock stands until its requests are through.
        """
        if self.is_held and not self.speed and instant > self.shown:
            self.release()
        if self.speed and (self.now() - instant).total_seconds() > MOST_BEHIND_S:
            self.hold()
        if self.speed:
            wait_s = (instant - self.now()).total_seconds() / self.speed
            if wait_s > 0:
                time.sleep(wait_s)
            return
        if instant > self.shown and not self.is_held:
            self.shown = instant
            self.turn(instant, 0.0)

    def hold(self) -> None:
        """Stop the day while the house does something that takes real time (a solve); `release` lets it go on."""
        if self.is_held or not self.speed:
            return
        self.shown, self.turned_at = self.now(), time.monotonic()
        self.turn(self.shown, 0.0)
        self._pace, self.speed, self.is_held = self.speed, 0.0, True

    def release(self) -> None:
        """Let the day go on after `hold`."""
        if not self.is_held:
            return
        self.speed, self.turned_at, self.is_held = self._pace, time.monotonic(), False
        self.turn(self.shown, self.speed)

    def leave_running(self) -> None:
        """Leave the house's clock running at the pace of a real one from where the day ended."""
        self.is_held = False
        self.turn(self.now(), 1.0)
