"""How the day's time passes: stepped as fast as the house keeps up, or many times faster than real."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


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
        self.shown = start
        self.turned_at = time.monotonic()
        turn(start, speed)

    def now(self) -> datetime:
        """Return what the house's clock shows."""
        return self.shown + timedelta(seconds=(time.monotonic() - self.turned_at) * self.speed)

    def go_to(self, instant: datetime) -> None:
        """Let the day come to `instant`: by waiting, or by turning the clock. Never goes back."""
        if self.speed:
            wait_s = (instant - self.now()).total_seconds() / self.speed
            if wait_s > 0:
                time.sleep(wait_s)
            return
        if instant > self.shown:
            self.shown = instant
            self.turn(instant, 0.0)

    def hold(self) -> None:
        """Stop the day while the house does something that takes real time (a solve); `release` lets it go on."""
        self.shown, self.turned_at = self.now(), time.monotonic()
        self.turn(self.shown, 0.0)
        self._held, self.speed = self.speed, 0.0

    def release(self) -> None:
        """Let the day go on after `hold`."""
        self.speed, self.turned_at = self._held, time.monotonic()
        self.turn(self.shown, self.speed)

    def leave_running(self) -> None:
        """Leave the house's clock running at the pace of a real one from where the day ended."""
        self.turn(self.now(), 1.0)
