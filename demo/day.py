"""The demo day, from the first order to the last doorstep, through the public doors only.

A heap of happenings ordered by the day's time; each is one or a few requests that a real person or machine would make.
"""

import heapq
import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from demo.clients import Client, DoorClosed, machine, sign_in
from demo.clock import DayClock
from demo.generator import DemoOrder

Say = Callable[[str], None]
Happening = Callable[[datetime], None]


@dataclass
class Tally:
    """What the player did and saw, for the summary."""

    orders: Counter[str] = field(default_factory=Counter)
    reviewed: int = 0
    steps: int = 0
    rejected: int = 0
    assigned: int = 0
    unassigned: int = 0
    planned: int = 0
    unplanned: int = 0
    delivered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    late: int = 0
    worst_late_min: int = 0
    positions: int = 0
    ratings: Counter[int] = field(default_factory=Counter)
    metres: int = 0
    window_changed: bool = False
    fell_behind: str = ""
    problems: list[str] = field(default_factory=list)


class Day:
    """The day being played: who is there, what is yet to happen, what was seen.

    base: the site's address. found: the demo's credentials (people, couriers, partners, merchants, api_keys, hubs, day, zone, password).
    """

    def __init__(
        self, base: str, found: dict[str, Any], clock: DayClock, orders: list[DemoOrder], say: Say
    ) -> None:
        self.base = base
        self.found = found
        self.clock = clock
        self.orders = orders
        self.say = say
        self.zone = ZoneInfo(found["zone"])
        self.on = date.fromisoformat(found["day"])
        self.random = Random(11)
        self.tally = Tally()
        self.heap: list[tuple[datetime, int, Happening]] = []
        self.numbers = itertools.count()
        self.clients: dict[str, Client] = {}
        self.refs: dict[int, str] = {}

    # --- time ---
    def at(self, minute: float) -> datetime:
        """Return the instant of a minute of the day at the hubs."""
        return datetime.combine(self.on, time(), self.zone) + timedelta(minutes=minute)

    def plan(self, at: datetime, happening: Happening) -> None:
        """Let `happening` come at `at`, or right after what is happening now if that is past."""
        heapq.heappush(self.heap, (at, next(self.numbers), happening))

    def play(self, until: datetime) -> None:
        """Let all come that comes up to `until`. A refused request is a problem of the day, not its end."""
        while self.heap and self.heap[0][0] <= until:
            at, _number, happening = heapq.heappop(self.heap)
            self.clock.go_to(at)
            try:
                happening(self.clock.now())
            except DoorClosed as closed:
                self.problem(str(closed))
        self.clock.go_to(until)

    def problem(self, sentence: str) -> None:
        """Keep something that did not add up: it fails the day at its end."""
        self.tally.problems.append(sentence)
        self.say(f"  ! {sentence}")

    # --- people ---
    def person(self, who: str) -> Client:
        """Return a member of the staff, a partner's manager, a courier or a merchant's owner, signed in on first use."""
        if who not in self.clients:
            found = self.found
            email = (
                found["people"].get(who)
                or found["partners"].get(who)
                or found["couriers"].get(who)
                or f"{who}@demo.example"
            )
            self.clients[who] = sign_in(self.base, who, email, found["password"])
        return self.clients[who]

    def shop(self, merchant: int) -> Client:
        """Return a merchant's machine with its API key."""
        slug = self.found["merchants"][merchant]
        name = f"shop {slug}"
        if name not in self.clients:
            self.clients[name] = machine(self.base, name, self.found["api_keys"][slug])
        return self.clients[name]


def load_credentials(path: Path) -> dict[str, Any]:
    """Return the credentials that `manage.py demo_seed` kept."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found
